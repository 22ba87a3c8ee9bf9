use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use api::Network;

/// How many connections each address has, so that one alone cannot take every place.
#[derive(Debug)]
pub(super) struct Crowd {
    most: u32,
    /// Proxies that are trusted: they come for many.
    spared: Vec<Network>,
    here: Mutex<HashMap<u64, u32>>,
}

/// A place in the crowd, given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    crowd: Arc<Crowd>,
    neighbourhood: Option<u64>,
}

impl Crowd {
    pub(super) fn new(most: u32, spared: Vec<Network>) -> Self {
        Self {
            most,
            spared,
            here: Mutex::default(),
        }
    }

    /// A seat, unless this address has its share already.
    pub(super) fn seat(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let is_spared = self.spared.iter().any(|net| net.contains(address));
        let neighbourhood = (!is_spared).then(|| neighbourhood(address));
        if let Some(neighbourhood) = neighbourhood {
            let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
            let count = here.entry(neighbourhood).or_default();
            if *count >= self.most {
                return None;
            }
            *count += 1;
        }
        Some(Seat {
            crowd: self.clone(),
            neighbourhood,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(neighbourhood) = self.neighbourhood else {
            return;
        };
        let mut here = self
            .crowd
            .here
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = here.get_mut(&neighbourhood) {
            *count -= 1;
            if *count == 0 {
                here.remove(&neighbourhood);
            }
        }
    }
}

/// An IPv4 address, or an IPv6 network of 64 bits: below 2^32 nothing is assigned in IPv6.
fn neighbourhood(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => u64::try_from(v6.to_bits() >> 64).unwrap_or_default() | (1 << 63),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_its_share_and_gives_it_back() {
        let crowd = Arc::new(Crowd::new(2, vec!["10.0.0.0/8".parse().unwrap()]));
        let seat = |address: &str| crowd.seat(address.parse().unwrap());
        let (first, second) = (seat("192.0.2.1"), seat("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(seat("192.0.2.1").is_none());
        assert!(seat("192.0.2.2").is_some());
        drop(first);
        assert!(seat("192.0.2.1").is_some());
        let near: Vec<_> = (0..4).map(|n| seat(&format!("2001:db8::{n}"))).collect();
        assert_eq!(near.iter().flatten().count(), 2);
        let proxied: Vec<_> = (0..9).map(|_| seat("10.1.2.3")).collect();
        assert_eq!(proxied.iter().flatten().count(), 9);
        drop((second, near, proxied));
        assert!(
            crowd.here.lock().unwrap().is_empty(),
            "nothing is kept of who left"
        );
    }
}
