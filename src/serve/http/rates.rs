//! Rate limits per address: a token bucket that refills every second.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most addresses that are tracked at once.
const ADDRESSES: usize = 10_000;

/// The buckets. An IPv6 network counts as one address, since its owner has 2^64 of them.
#[derive(Debug)]
pub(super) struct Rates {
    per_second: f64,
    most: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Rates {
    /// Allows `per_second` requests per second, and bursts of `most`.
    pub(super) fn new(per_second: f64, most: f64) -> Self {
        Self { per_second, most, buckets: Mutex::default() }
    }

    /// Takes one request from an address's bucket, or returns how long to wait.
    pub(super) fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let address = network(address);
        if buckets.len() >= ADDRESSES && !buckets.contains_key(&address) {
            // Full buckets are dropped, since they carry no more information than new ones.
            buckets.retain(|_, bucket| self.filled(bucket, now) < self.most);
            if buckets.len() >= ADDRESSES {
                return Err(Duration::from_secs(1));
            }
        }
        let bucket = buckets.entry(address).or_insert(Bucket { left: self.most, at: now });
        bucket.left = self.filled(bucket, now);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / self.per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }

    fn filled(&self, bucket: &Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.left + passed * self.per_second).min(self.most)
    }
}

/// The unit that is limited: an IPv4 address, or an IPv6 /64 network.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => {
                let [one, two, three, four, ..] = address.segments();
                IpAddr::V6([one, two, three, four, 0, 0, 0, 0].into())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn each_address_has_its_own_and_it_fills_up_again() {
        let (rates, now) = (Rates::new(2.0, 4.0), Instant::now());
        for _ in 0..4 {
            assert_eq!(rates.take(address("10.0.0.1"), now), Ok(()));
        }
        assert_eq!(rates.take(address("10.0.0.1"), now), Err(Duration::from_millis(500)));
        assert_eq!(rates.take(address("::ffff:10.0.0.1"), now), Err(Duration::from_millis(500)));
        assert_eq!(rates.take(address("10.0.0.2"), now), Ok(()));
        let later = now + Duration::from_millis(500);
        assert_eq!(rates.take(address("10.0.0.1"), later), Ok(()));
        assert!(rates.take(address("10.0.0.1"), later).is_err());
    }

    #[test]
    fn a_network_counts_as_one() {
        let (rates, now) = (Rates::new(1.0, 1.0), Instant::now());
        assert_eq!(rates.take(address("2001:db8::1"), now), Ok(()));
        assert!(rates.take(address("2001:db8::2"), now).is_err());
        assert_eq!(rates.take(address("2001:db8:0:1::1"), now), Ok(()));
    }

    #[test]
    fn many_addresses_cost_no_more_memory_than_they_may() {
        let (rates, now) = (Rates::new(1.0, 1.0), Instant::now());
        let nth = |number: u32| IpAddr::from(number.to_be_bytes());
        let taken = (0..2 * ADDRESSES as u32).filter(|n| rates.take(nth(*n), now).is_ok()).count();
        assert_eq!(taken, ADDRESSES);
        let later = now + Duration::from_secs(2);
        assert_eq!(rates.take(address("192.0.2.1"), later), Ok(()));
        assert_eq!(rates.buckets.lock().expect("whole").len(), 1);
    }
}
