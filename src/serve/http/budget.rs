//! How many bytes of deliveries are read at once, of all and of one address.
//!
//! Bytes count when they have come, and not when somebody says that they will. One address has half of them at
//! most, so that nobody takes all that there are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::rates::network;

/// Bytes by address. A network of IPv6 counts as one.
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

/// What one delivery has taken, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    address: IpAddr,
    bytes: usize,
}

impl Budget {
    /// So many bytes at once.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// A share for a delivery from an address; it has nothing yet.
    pub(super) fn share(self: &Arc<Self>, address: IpAddr) -> Share {
        Share { budget: Arc::clone(self), address: network(address), bytes: 0 }
    }
}

impl Share {
    /// Takes more; whether there was room.
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
