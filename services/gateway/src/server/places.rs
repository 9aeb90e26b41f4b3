//! How many connections there are, in all and of one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use parking_lot::Mutex;

/// Most connections at a time.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Bits of an IPv6 address that name a network: one customer of a provider has a whole one (RFC 6177).
const NETWORK_BITS: u32 = 64;

/// The places that there are.
#[derive(Clone)]
pub(crate) struct Places {
    per_address: NonZeroU32,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, u32>,
}

/// A place that is taken, until it is dropped.
pub(super) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    pub(crate) fn new(per_address: NonZeroU32) -> Self {
        Self { per_address, taken: Arc::default() }
    }

    /// Takes one, where there is one left.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Place> {
        let address = network(peer);
        let mut taken = self.taken.lock();
        if taken.all >= CONNECTIONS_MAX {
            return None;
        }
        let of_address = taken.by_address.entry(address).or_default();
        if *of_address >= self.per_address.get() {
            return None;
        }
        *of_address += 1;
        taken.all += 1;
        Some(Place { address, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        taken.all -= 1;
        if let Some(of_address) = taken.by_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// What is counted together.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let mask = u128::MAX << (Ipv6Addr::BITS - NETWORK_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_connections_and_holds_up_no_other() {
        let places = Places::new(NonZeroU32::new(2).unwrap());
        let take = |address: &str| places.take(address.parse().unwrap());
        let held = [take("192.0.2.1").unwrap(), take("::ffff:192.0.2.1").unwrap()];
        assert!(take("192.0.2.1").is_none());
        assert!(take("192.0.2.2").is_some());
        drop(held);
        assert!(take("192.0.2.1").is_some());
        assert_eq!(places.taken.lock().by_address.len(), 0, "nothing is kept of who has gone");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let places = Places::new(NonZeroU32::MIN);
        let take = |address: &str| places.take(address.parse().unwrap());
        let _held = take("2001:db8:0:1::1").unwrap();
        assert!(take("2001:db8:0:1:ffff::2").is_none());
        assert!(take("2001:db8:0:2::1").is_some());
    }

    #[test]
    fn there_are_so_many_connections_in_all() {
        let places = Places::new(NonZeroU32::new(u32::MAX).unwrap());
        let address = |number: usize| IpAddr::from([192, 0, 2, u8::try_from(number % 200).unwrap()]);
        let mut held: Vec<Place> =
            (0..CONNECTIONS_MAX).map(|number| places.take(address(number)).unwrap()).collect();
        assert!(places.take(address(0)).is_none());
        held.pop();
        assert!(places.take(address(0)).is_some());
    }
}
