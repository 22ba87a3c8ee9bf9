//! The rate floors: how often one address may knock at what needs no sign-in. They keep one address
//! from keeping everybody busy; what guards an account is counted in the store, by account.

use std::{
    fmt,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::Method;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::address::ClientAddress;

/// Neighbourhoods that one line remembers. At about 100 bytes each, 6 MB.
const REMEMBERED_MOST: usize = 65_536;
/// How often those that have been quiet are looked for.
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// What a provider's network of 48 bits may do, in networks of 64 bits (own).
const WIDE: u32 = 8;

/// So many at once, and then one in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub burst: NonZeroU32,
    pub period: Duration,
}

/// How often one IPv4 address, or one IPv6 network of 64 bits, may knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floors {
    /// Where a password, a code or another proof is tried.
    pub guesses: Rate,
    /// Where else nobody has to be signed in.
    pub anonymous: Rate,
}

impl Floors {
    /// For real people. Guesses: 20 at once, 120 an hour; a sign-in is one call or two, so that is
    /// 10 of them at once and 60 an hour (own). Anonymous: 60 at once and
    /// one a second (own: a browser that waits for another device asks every two seconds).
    pub const USUAL: Self = Self {
        guesses: Rate {
            burst: NonZeroU32::MIN.saturating_add(19),
            period: Duration::from_secs(30),
        },
        anonymous: Rate {
            burst: NonZeroU32::MIN.saturating_add(59),
            period: Duration::from_secs(1),
        },
    };
}

/// What a call without a sign-in is to the floors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knock {
    Guess,
    Anonymous,
}

/// Where proofs are tried without being signed in.
const GUESSES: &[&str] = &[
    "/v1/sessions",
    "/v1/sessions/second-factor",
    "/v1/sessions/passkey",
    "/v1/registrations/{id}/verify",
    "/v1/recoveries/{id}/verify",
    "/v1/recoveries/{id}/prove",
    "/v1/device-confirmations/{id}/redeem",
    "/v1/freeze-requests/{id}/confirm",
    "/v1/notices/repudiate",
    "/ops/v1/bootstrap",
    "/ops/v1/sessions",
];

impl Knock {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        if !method.is_safe() && GUESSES.contains(&path) {
            Self::Guess
        } else {
            Self::Anonymous
        }
    }
}

/// The floors of a running server.
#[derive(Debug)]
pub(crate) struct Floor(Option<Lines>);

#[derive(Debug)]
struct Lines {
    guesses: Line,
    anonymous: Line,
}

impl Floor {
    pub(crate) fn new(floors: Option<Floors>) -> Self {
        Self(floors.map(|floors| Lines {
            guesses: Line::new(floors.guesses),
            anonymous: Line::new(floors.anonymous),
        }))
    }

    /// Whether one more knock is welcome.
    pub(crate) fn allows(&self, client: ClientAddress, knock: Knock) -> bool {
        let Some(lines) = &self.0 else {
            return true;
        };
        match knock {
            Knock::Guess => lines.guesses.allows(client.0),
            Knock::Anonymous => lines.anonymous.allows(client.0),
        }
    }
}

/// One household is one IPv4 address, or one IPv6 network of 64 bits; providers give whole networks
/// of 48 bits to one customer, so those count too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Neighbourhood {
    V4(u32),
    Near(u64),
    Wide(u64),
}

type Limiter = DefaultKeyedRateLimiter<Neighbourhood>;

struct Line {
    near: Rate,
    wide: Rate,
    kept: Mutex<Kept>,
}

struct Kept {
    near: Limiter,
    wide: Limiter,
    tidied: Instant,
}

impl Line {
    fn new(near: Rate) -> Self {
        let wide = Rate {
            burst: near
                .burst
                .saturating_mul(NonZeroU32::MIN.saturating_add(WIDE - 1)),
            period: near.period / WIDE,
        };
        let kept = Mutex::new(Kept {
            near: limiter(near),
            wide: limiter(wide),
            tidied: Instant::now(),
        });
        Self { near, wide, kept }
    }

    fn allows(&self, address: IpAddr) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.near.len().max(kept.wide.len()) >= REMEMBERED_MOST {
            self.tidy(&mut kept);
        }
        let (near, wide) = match address.to_canonical() {
            IpAddr::V4(v4) => (Neighbourhood::V4(v4.to_bits()), None),
            IpAddr::V6(v6) => {
                let network = u64::try_from(v6.to_bits() >> 64).unwrap_or_default();
                let wide = Neighbourhood::Wide(network >> 16);
                (Neighbourhood::Near(network), Some(wide))
            }
        };
        let is_near_allowed = kept.near.check_key(&near).is_ok();
        is_near_allowed && wide.is_none_or(|wide| kept.wide.check_key(&wide).is_ok())
    }

    /// Forgets those that have been quiet, at most once a second; if that does not help, everybody:
    /// memory has an end, and what guards accounts is counted elsewhere.
    fn tidy(&self, kept: &mut Kept) {
        if kept.tidied.elapsed() >= TIDY_EVERY {
            kept.tidied = Instant::now();
            kept.near.retain_recent();
            kept.wide.retain_recent();
        }
        if kept.near.len().max(kept.wide.len()) >= REMEMBERED_MOST {
            kept.near = limiter(self.near);
            kept.wide = limiter(self.wide);
        }
    }
}

fn limiter(rate: Rate) -> Limiter {
    let quota = Quota::with_period(rate.period).unwrap_or(Quota::per_second(NonZeroU32::MIN));
    RateLimiter::keyed(quota.allow_burst(rate.burst))
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("near", &self.near)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So slow that nothing comes back while a test runs.
    fn floor(burst: u32) -> Floor {
        let rate = Rate {
            burst: NonZeroU32::new(burst).unwrap(),
            period: Duration::from_secs(3_600),
        };
        Floor::new(Some(Floors {
            guesses: rate,
            anonymous: rate,
        }))
    }

    fn served(floor: &Floor, addresses: impl Iterator<Item = String>) -> usize {
        let ask = |address: String| {
            floor.allows(ClientAddress(address.parse().unwrap()), Knock::Anonymous)
        };
        addresses.filter(|address| ask(address.clone())).count()
    }

    #[test]
    fn a_household_has_one_floor_and_the_next_its_own() {
        let floor = floor(6);
        let same = |_| "192.0.2.1".to_owned();
        assert_eq!(served(&floor, (0..100).map(same)), 6);
        let mapped = |_| "::ffff:192.0.2.1".to_owned();
        assert_eq!(served(&floor, (0..9).map(mapped)), 0);
        assert_eq!(served(&floor, std::iter::once("192.0.2.2".to_owned())), 1);
        // Addresses of one network of 64 bits are one household.
        let within = |n: u32| format!("2001:db8::{n:x}");
        assert_eq!(served(&floor, (0..100).map(within)), 6);
        // Networks of one provider's network of 48 bits have eight floors together; six went.
        let beside = |n: u32| format!("2001:db8:0:{:x}::1", n + 1);
        assert_eq!(served(&floor, (0..1_000).map(beside)), 6 * 8 - 6);
        let guess = Knock::of(&Method::POST, "/v1/sessions");
        let first = ClientAddress("192.0.2.1".parse().unwrap());
        assert!(floor.allows(first, guess), "another line");
        assert_eq!(served(&Floor::new(None), (0..1_000).map(same)), 1_000);
    }

    #[test]
    fn memory_has_an_end() {
        let floor = floor(1);
        let many = u32::try_from(REMEMBERED_MOST + 10).unwrap();
        let everybody = (0..many).map(|n| std::net::Ipv4Addr::from_bits(n).to_string());
        assert_eq!(served(&floor, everybody), REMEMBERED_MOST + 10);
        let lines = floor.0.as_ref().unwrap();
        let kept = lines.anonymous.kept.lock().unwrap();
        assert!(kept.near.len() <= REMEMBERED_MOST, "{}", kept.near.len());
    }
}
