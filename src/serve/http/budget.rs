//! Limits how many bytes of deliveries are read at once, in total and per address.
//!
//! Bytes count when they arrive, not when they are announced. One address may use at most half of the total, so that no
//! single sender can exhaust it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::rates::network;

/// The bytes in use, by address. An IPv6 network counts as one address.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

/// The bytes that one delivery uses, released when dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    address: IpAddr,
    bytes: usize,
}

impl Budget {
    /// A budget of `most` bytes.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// An empty share for a delivery from an address.
    pub(super) fn share(self: &Arc<Self>, address: IpAddr) -> Share {
        Share { budget: Arc::clone(self), address: network(address), bytes: 0 }
    }
}

impl Share {
    /// Adds bytes to the share. Returns whether there was room.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let most = self.budget.most;
        let mut taken = self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = taken.by.get(&self.address).copied().unwrap_or_default();
        if taken.all + bytes > most || of_address + bytes > most / 2 {
            return false;
        }
        taken.all += bytes;
        taken.by.insert(self.address, of_address + bytes);
        self.bytes += bytes;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(self.bytes);
        if let Some(of_address) = taken.by.get_mut(&self.address) {
            *of_address = of_address.saturating_sub(self.bytes);
            if *of_address == 0 {
                taken.by.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_half_and_gives_it_back() {
        let budget = Budget::new(10);
        let address = |last| IpAddr::from([10, 0, 0, last]);
        let mut one = budget.share(address(1));
        assert!(one.grow(4) && !one.grow(2) && one.grow(1));
        let mut same = budget.share(address(1));
        assert!(!same.grow(1));
        let mut other = budget.share(address(2));
        assert!(other.grow(5));
        assert!(!budget.share(address(3)).grow(1));
        drop(one);
        assert!(same.grow(5) && !same.grow(1));
        drop((same, other));
        assert!(budget.taken.lock().expect("whole").by.is_empty());
    }
}
