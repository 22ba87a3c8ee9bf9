use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use vocab::{Clock, Entropy, Timestamp};

/// The machine's clock, except that it never goes back: while the machine's does, it stands still.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one clock of the program"
        )]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        let before = self.latest.fetch_max(micros, Ordering::Relaxed);
        Timestamp::from_micros(micros.max(before))
    }
}

/// A clock that stands where it was put; the demo's month is made under it.
#[derive(Debug)]
pub struct ManualClock {
    micros: AtomicI64,
}

impl ManualClock {
    pub fn at(now: Timestamp) -> Self {
        Self {
            micros: AtomicI64::new(now.micros()),
        }
    }

    /// Puts the clock forward; an earlier moment leaves it where it is.
    pub fn advance_to(&self, now: Timestamp) {
        self.micros.fetch_max(now.micros(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// The operating system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one source of chance"
        )]
        getrandom::fill(buffer).expect("the kernel gives random bytes once it has booted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_goes_back() {
        let clock = SystemClock::default();
        let now = clock.now();
        assert!(now.micros() > 1_700_000_000_000_000, "{now}");
        let ahead = now.plus_seconds(3_600);
        clock.latest.store(ahead.micros(), Ordering::Relaxed);
        assert_eq!(clock.now(), ahead);
    }

    #[test]
    fn a_manual_clock_moves_forward_only() {
        let clock = ManualClock::at(Timestamp::from_micros(5));
        clock.advance_to(Timestamp::from_micros(9));
        clock.advance_to(Timestamp::from_micros(3));
        assert_eq!(clock.now(), Timestamp::from_micros(9));
    }

    #[test]
    fn random_bytes_differ() {
        let entropy: &dyn Entropy = &OsEntropy;
        assert_ne!(entropy.bytes::<32>(), entropy.bytes::<32>());
    }
}
