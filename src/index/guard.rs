//! Which machines may be asked: an index of the public internet leads to no other network.
//!
//! A page, or a redirect, could name an address inside the network that the command runs in (the
//! metadata service of a cloud, say). Names are looked at when they are resolved, so that a name which
//! changes its address between two look-ups gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::sync::Arc;
use url::Url;

use super::address::{IndexAddress, is_public, is_this_machine, literal, refused};

/// What is known of the index's own addresses.
#[derive(Debug)]
pub(super) struct Guard {
    home: Option<String>,
    /// Set once the index was seen at a public address.
    is_public: AtomicBool,
}

impl Guard {
    pub(super) fn of(index: &IndexAddress) -> Arc<Self> {
        let home = index.host().map(str::to_owned);
        let number = Url::parse(index.as_str()).ok().and_then(|url| literal(&url));
        Arc::new(Self { home, is_public: AtomicBool::new(number.is_some_and(is_public)) })
    }

    /// Whether an address may be asked; else why not.
    pub(super) fn permits(&self, url: &Url) -> Result<(), String> {
        if let Some(why) = refused(url) {
            return Err(why.to_owned());
        }
        let is_inside = literal(url).is_some_and(|number| !is_public(number));
        let is_foreign = url.host_str() != self.home.as_deref();
        let is_guarded = is_foreign && self.is_public.load(Ordering::Relaxed);
        if is_guarded && (is_inside || is_this_machine(url)) {
            return Err("leads from the public internet into another network".to_owned());
        }
        Ok(())
    }

    /// Of the addresses of a name, those that may be asked.
    fn permitted(&self, name: &str, found: Vec<SocketAddr>) -> Vec<SocketAddr> {
        if name == "localhost" {
            return found.into_iter().filter(|address| address.ip().is_loopback()).collect();
        }
        if self.home.as_deref() == Some(name) {
            if !found.is_empty() && found.iter().all(|address| is_public(address.ip())) {
                self.is_public.store(true, Ordering::Relaxed);
            }
            return found;
        }
        let open = !self.is_public.load(Ordering::Relaxed);
        let may = |address: IpAddr| open || is_public(address);
        found.into_iter().filter(|address| may(address.ip())).collect()
    }
}

/// The guard as a resolver of names.
pub(super) struct Resolver(pub(super) Arc<Guard>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let permitted = guard.permitted(&name, found);
            if permitted.is_empty() {
                let why = format!("`{name}` has no address that may be asked");
                return Err(std::io::Error::other(why).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(numbers: &[&str]) -> Vec<SocketAddr> {
        let one = |number: &&str| SocketAddr::new(number.parse().expect("an address"), 443);
        numbers.iter().map(one).collect()
    }

    #[test]
    fn a_public_index_leads_to_public_machines_only() {
        let index = IndexAddress::parse("https://index.example/simple/").expect("sound");
        let guard = Guard::of(&index);
        let inside = addresses(&["10.0.0.1"]);
        // Before anything is known of the index, and for an index of an inner network, all is open.
        assert_eq!(guard.permitted("files.example", inside.clone()), inside);
        guard.permitted("index.example", addresses(&["93.184.216.34"]));
        let mixed = addresses(&["10.0.0.1", "93.184.216.35"]);
        assert_eq!(guard.permitted("files.example", mixed), addresses(&["93.184.216.35"]));
        let says = |url: &str| guard.permits(&Url::parse(url).expect("a URL"));
        assert!(says("https://169.254.169.254/latest").is_err());
        assert!(says("http://127.0.0.1/").is_err());
        assert!(says("https://localhost/").is_err());
        assert!(says("http://files.example/").is_err());
        assert!(says("https://files.example/").is_ok());
    }

    #[test]
    fn localhost_is_this_machine() {
        let index = IndexAddress::parse("http://localhost:1/").expect("sound");
        let found = addresses(&["10.0.0.1", "127.0.0.1"]);
        assert_eq!(Guard::of(&index).permitted("localhost", found), addresses(&["127.0.0.1"]));
    }
}
