//! Where an index is, and which addresses may be asked at all.
//!
//! Secrets do not belong in an address: it ends up in process lists, logs and error messages. Plain
//! http is for this machine only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::error::{Error, Result};
use crate::source::requirements::normalize;

/// The environment variables that hold credentials.
pub const USERNAME_VARIABLE: &str = "SHIPSHAPE_INDEX_USERNAME";
/// The password or token that goes with [`USERNAME_VARIABLE`].
pub const PASSWORD_VARIABLE: &str = "SHIPSHAPE_INDEX_PASSWORD";

/// The address of a simple index; its path ends in `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexAddress(Url);

impl IndexAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none, holds credentials, or is plain http to another machine. The error does not
    /// repeat what may be a secret.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::usage(format!("the address of the package index {what}"));
        let example = "write it as `https://packages.example/simple/`";
        let mut url = Url::parse(text.trim())
            .map_err(|error| wrong("cannot be read").caused_by(error).hint(example))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("holds credentials, which others can see").hint(format!(
                "leave them out, and put them in {USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
            )));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has a part behind `?` or `#`").hint(example));
        }
        if let Some(why) = refused(&url) {
            return Err(wrong(why).caused_by(shown(&url)).hint(example));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    /// The page of a distribution.
    #[must_use]
    pub fn project(&self, name: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&normalize(name)).push("");
        }
        url
    }

    /// The page of a distribution in the older JSON API, which stands beside `simple/`.
    #[must_use]
    pub fn legacy(&self, name: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().pop().extend(["pypi", &normalize(name), "json"]);
        }
        url
    }

    /// Whether an address is of the same server: credentials go to no other.
    #[must_use]
    pub fn is_home_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// The host of the index.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.0.host_str()
    }

    /// The address as a person reads it.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.0)
    }

    /// The address in full, for an installer; it holds no credentials.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// An address without what may be secret.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // These fail only where there is nothing to take away.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

/// Why an address may not be asked; `None` when it may.
pub(super) fn refused(url: &Url) -> Option<&'static str> {
    match url.scheme() {
        _ if url.host().is_none() => Some("names no host"),
        "https" => None,
        "http" if is_this_machine(url) => None,
        "http" => Some("is plain http, which is for this machine only"),
        _ => Some("is neither https nor http"),
    }
}

/// Whether a host is this machine.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The address that a URL names by number.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
    }
}

/// Whether an address is one of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match carried(address) {
            Some(carried) => is_public_v4(carried),
            None => is_public_v6(address),
        },
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, by NAT64, or by 6to4.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(of(high, low))
        }
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 198 && (18..20).contains(&second)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, third, ..] = segments;
    // `::a.b.c.d` and its neighbours (loopback, unspecified) are of no network; NAT64 of a network's own,
    // Teredo and documentation lead nowhere that an index would be.
    !(segments.starts_with(&[0, 0, 0, 0, 0, 0])
        || address.is_multicast()
        || (first, second, third) == (0x64, 0xff9b, 1)
        || (first, second) == (0x2001, 0)
        || (first, second) == (0x2001, 0xdb8)
        || (first & 0xfe00) == 0xfc00
        || (first & 0xffc0) == 0xfe80
        || (first & 0xffc0) == 0xfec0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_in_a_slash_and_names_are_normalized() {
        let address = IndexAddress::parse("https://packages.example/simple").expect("sound");
        assert_eq!(address.as_str(), "https://packages.example/simple/");
        let page = address.project("Acme_Workspace.Runtime");
        assert_eq!(page.as_str(), "https://packages.example/simple/acme-workspace-runtime/");
        let legacy = address.legacy("Acme");
        assert_eq!(legacy.as_str(), "https://packages.example/pypi/acme/json");
        let root = IndexAddress::parse("http://127.0.0.1:8080").expect("sound");
        assert_eq!(root.project("../x").as_str(), "http://127.0.0.1:8080/-%2Fx/");
    }

    #[test]
    fn secrets_are_refused_and_not_repeated() {
        for text in ["https://me:hunter2@packages.example/", "https://hunter2@packages.example/"] {
            let error = IndexAddress::parse(text).expect_err("credentials");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            assert!(error.hints().iter().any(|hint| hint.contains(PASSWORD_VARIABLE)));
        }
        let url = Url::parse("https://a:b@packages.example/x?token=c#d").expect("a URL");
        assert_eq!(shown(&url), "https://packages.example/x");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for fine in
            ["https://a.example/", "http://localhost:1/", "http://127.0.0.9/", "http://[::1]/"]
        {
            assert!(IndexAddress::parse(fine).is_ok(), "{fine}");
        }
        for wrong in
            ["http://a.example/", "ftp://a.example/", "file:///x", "http://127.0.0.1.example/", "x"]
        {
            assert!(IndexAddress::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_of_the_public_internet() {
        for public in [
            "93.184.216.34",
            "2606:2800:220:1:248:1893:25c8:1946",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for other in [
            "10.0.0.1",
            "172.16.3.4",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:169.254.169.254",
            "224.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "2002:a00:1::",
            "2002:7f00:1::1",
            "::10.0.0.1",
            "::8.8.8.8",
            "fec0::1",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(other.parse().expect("an address")), "{other}");
        }
    }
}
