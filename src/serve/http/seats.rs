//! Limits the concurrent connections of one address, so that none can take them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::rates::network;

/// The connections by address. An IPv6 network counts as one address.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// The seat of a connection, released when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Seats {
    /// Allows `most` connections per address.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// Takes a seat for a connection; `None` when its address has no seats left.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let address = network(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Seat { seats: Arc::clone(self), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_its_share_and_gives_it_back() {
        let seats = Seats::new(2);
        let take = |text: &str| seats.take(text.parse().expect("an address"));
        let (one, two) = (take("10.0.0.1"), take("10.0.0.1"));
        assert!(one.is_some() && two.is_some());
        assert!(take("10.0.0.1").is_none() && take("::ffff:10.0.0.1").is_none());
        assert!(take("10.0.0.2").is_some());
        drop(one);
        assert!(take("10.0.0.1").is_some());
        drop(two);
        assert!(seats.taken.lock().expect("whole").is_empty());
    }
}
