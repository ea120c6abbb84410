//! Which machines may be requested: a server in the public internet must not lead into another network.
//!
//! A page or a redirect could name an address within the local network, such as a cloud's metadata service. Names are
//! checked when they are resolved, so that a name that changes its address between two lookups gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use super::address::{is_public, is_this_machine, literal, refused};

/// The network in which the server itself was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// Unknown so far. It stays unknown behind a proxy, which resolves the name.
    Unseen,
    /// The public internet.
    Public,
    /// A private network, or this machine.
    Inner,
}

/// What is known about the server's own addresses.
#[derive(Debug)]
pub(super) struct Guard {
    host: Option<String>,
    seen: Mutex<Home>,
}

impl Guard {
    pub(super) fn of(server: &Url) -> Arc<Self> {
        let host = server.host_str().map(str::to_owned);
        let home = match literal(server) {
            Some(number) => Home::of(is_public(number)),
            None if is_this_machine(server) => Home::Inner,
            None => Home::Unseen,
        };
        Arc::new(Self { host, seen: Mutex::new(home) })
    }

    fn home(&self) -> Home {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first observation counts: a name that moves later gains nothing.
    fn note(&self, seen: Home) {
        let mut known = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == Home::Unseen {
            *known = seen;
        }
    }

    /// Checks that an address may be requested, or returns the reason that it may not. A literal private address is
    /// refused unless the server is itself known to be in a private network: a proxy would request it for us.
    pub(super) fn permits(&self, url: &Url) -> Result<(), String> {
        if let Some(why) = refused(url) {
            return Err(why.to_owned());
        }
        let is_inside = literal(url).is_some_and(|number| !is_public(number));
        let is_foreign = url.host_str() != self.host.as_deref();
        if is_foreign && self.home() != Home::Inner && (is_inside || is_this_machine(url)) {
            return Err("redirects from the public internet into another network".to_owned());
        }
        Ok(())
    }

    /// The addresses of a name that may be requested.
    fn permitted(&self, name: &str, found: Vec<SocketAddr>) -> Vec<SocketAddr> {
        if name == "localhost" {
            return found.into_iter().filter(|address| address.ip().is_loopback()).collect();
        }
        if self.host.as_deref() == Some(name) {
            if !found.is_empty() {
                self.note(Home::of(found.iter().all(|address| is_public(address.ip()))));
            }
            return found;
        }
        // The name may be that of a proxy, which is resolved before the server is.
        let open = self.home() != Home::Public;
        let may = |address: IpAddr| open || is_public(address);
        found.into_iter().filter(|address| may(address.ip())).collect()
    }
}

impl Home {
    fn of(is_public: bool) -> Self {
        if is_public { Self::Public } else { Self::Inner }
    }
}

/// The guard as a DNS resolver.
pub(super) struct Resolver(pub(super) Arc<Guard>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let permitted = guard.permitted(&name, found);
            if permitted.is_empty() {
                let why = format!("`{name}` has no address that is allowed");
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
        let index = Url::parse("https://index.example/simple/").expect("a URL");
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
    fn behind_a_proxy_an_inner_number_is_refused_all_the_same() {
        let index = Url::parse("https://index.example/simple/").expect("a URL");
        let guard = Guard::of(&index);
        let says = |url: &str| guard.permits(&Url::parse(url).expect("a URL"));
        // The proxy resolves the index's name: nothing was seen of it.
        for inside in [
            "https://169.254.169.254/latest",
            "https://[64:ff9b::a00:1]/",
            "https://2130706433/",
            "http://localhost/",
        ] {
            assert!(says(inside).is_err(), "{inside}");
        }
        assert!(says("https://files.example/").is_ok());
        assert!(says("https://93.184.216.34/").is_ok());
    }

    #[test]
    fn an_inner_index_leads_to_inner_machines() {
        let link = Url::parse("https://10.0.0.7/x.whl").expect("a URL");
        for home in ["https://10.0.0.1/simple/", "http://localhost:1/", "http://127.0.0.1:1/"] {
            let index = Url::parse(home).expect("a URL");
            assert_eq!(Guard::of(&index).permits(&link), Ok(()), "{home}");
        }
        let guard = Guard::of(&Url::parse("https://index.example/").expect("a URL"));
        assert!(guard.permits(&link).is_err());
        guard.permitted("index.example", addresses(&["10.0.0.1"]));
        assert_eq!(guard.permits(&link), Ok(()));
    }

    #[test]
    fn localhost_is_this_machine() {
        let index = Url::parse("http://localhost:1/").expect("a URL");
        let found = addresses(&["10.0.0.1", "127.0.0.1"]);
        assert_eq!(Guard::of(&index).permitted("localhost", found), addresses(&["127.0.0.1"]));
    }
}
