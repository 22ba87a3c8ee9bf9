//! The networks that a person signs in from, so that a payment from an unfamiliar one is noticed.
//!
//! A network is an address without its last part: /24 of IPv4, /48 of IPv6. It is kept as a keyed
//! digest, so the store does not tell where somebody was.

mod store;

use core::net::IpAddr;

pub(crate) use store::STATEMENTS;
use vocab::UserId;

use crate::{Cx, Error, keys::MacPurpose, keys::Tag};

/// Notes that a person signed in from an address.
pub(crate) fn note(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    address: &str,
) -> Result<(), Error> {
    let network = keyed(cx, user, address);
    Ok(store::note(tx, user, &network, cx.now)?)
}

/// Whether a person has signed in from this network before yesterday, or it is the first they ever
/// signed in from.
pub fn is_familiar(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    address: &str,
) -> Result<bool, Error> {
    let Some(first) = store::first(read, user)? else {
        // They have not signed in since networks are noted.
        return Ok(true);
    };
    let network = keyed(cx, user, address);
    let since = store::since(read, user, &network)?;
    let trusted = |at: vocab::Timestamp| {
        at == first || at.plus_seconds(cx.policy.device_trust_seconds) <= cx.now
    };
    Ok(since.is_some_and(trusted))
}

fn keyed(cx: &Cx<'_>, user: UserId, address: &str) -> Tag {
    let parts = [&user.raw().to_be_bytes()[..], &network_of(address)];
    cx.keys.mac(MacPurpose::Network, &parts)
}

fn network_of(address: &str) -> Vec<u8> {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V4(address)) => address.octets()[..3].to_vec(),
        Ok(IpAddr::V6(address)) => address.octets()[..6].to_vec(),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::network_of;

    #[test]
    fn neighbours_are_one_network() {
        assert_eq!(network_of("203.0.113.7"), network_of("203.0.113.99"));
        assert_ne!(network_of("203.0.113.7"), network_of("203.0.114.7"));
        assert_eq!(network_of("::ffff:203.0.113.7"), network_of("203.0.113.7"));
        assert_eq!(network_of("2001:db8:1::1"), network_of("2001:db8:1:2::9"));
        assert_ne!(network_of("2001:db8:1::1"), network_of("2001:db8:2::1"));
    }
}
