//! Whether a request was meant for this server, and came from its own pages.
//!
//! Another site's page can make a browser send requests to this machine, either through a name that resolves to it (DNS
//! rebinding, which `Host` reveals), or with a form or script (which `Origin` and `Sec-Fetch-Site` reveal).

use std::net::SocketAddr;

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// The names by which this server may be addressed.
#[derive(Debug)]
pub(super) struct Names {
    address: SocketAddr,
    given: Vec<String>,
}

impl Names {
    /// The names of a server that listens on an address and was given further names.
    pub(super) fn new(address: SocketAddr, given: &[String]) -> Self {
        let given = given.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { address, given }
    }

    /// Whether a `Host` names this server. On loopback it must name this machine; otherwise any name is accepted unless
    /// names were given.
    pub(super) fn has(&self, host: &str) -> bool {
        let Some((name, port)) = parts(host) else { return false };
        if self.given.contains(&name) {
            return true;
        }
        let loopback = self.address.ip().is_loopback();
        if !loopback && self.given.is_empty() {
            return true;
        }
        let own = [self.address.ip().to_string(), format!("[{}]", self.address.ip())];
        let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&name.as_str()) && loopback;
        (is_here || own.contains(&name)) && port.unwrap_or(80) == self.address.port()
    }
}

/// Splits a host into its name in lower case and its port.
fn parts(host: &str) -> Option<(String, Option<u16>)> {
    let (name, port) = match host.rsplit_once(':') {
        // The colons of an IPv6 address are inside brackets.
        Some((name, port)) if !port.ends_with(']') => {
            // `parse` would accept a sign.
            let digits = port.bytes().all(|byte| byte.is_ascii_digit());
            (name, Some(port.parse().ok().filter(|_| digits)?))
        }
        _ => (host, None),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    let fine = !name.is_empty() && name.bytes().all(plain);
    fine.then(|| (name.to_ascii_lowercase(), port))
}

/// The `Host` of a request, if there is exactly one.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(HOST).iter();
    let host = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(host)
}

/// Whether a request names this server: by its `Host`, and in its target too where that is a whole address, which counts
/// instead of `Host` (RFC 9112, 3.2.2).
pub(super) fn is_meant<B>(request: &http::Request<B>, names: &Names) -> bool {
    let target = request.uri().authority();
    host(request.headers()).is_some_and(|host| names.has(host))
        && target.is_none_or(|target| names.has(target.as_str()))
}

/// Whether a request that changes something was sent by one of our pages, or not by a page at all.
pub(super) fn is_of_ours(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return false;
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let origin = origin.to_str().unwrap_or_default();
    let named = ["http://", "https://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
    named.is_some_and(|named| host(headers).is_some_and(|host| host.eq_ignore_ascii_case(named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(address: &str, given: &[&str], host: &str) -> bool {
        let given: Vec<String> = given.iter().map(|name| (*name).to_owned()).collect();
        Names::new(address.parse().expect("an address"), &given).has(host)
    }

    #[test]
    fn on_this_machine_only_its_names_are_answered() {
        for host in ["localhost:4848", "127.0.0.1:4848", "LOCALHOST:4848", "[::1]:4848"] {
            assert!(has("127.0.0.1:4848", &[], host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4848",
            "127.0.0.1:80",
            "localhost",
            "localhost.evil:4848",
            "",
            ":4848",
            "127.0.0.1:4848@evil",
            "127.0.0.1:4848:4848",
            "localhost:x",
            "localhost:+4848",
            "10.0.0.1:4848",
        ] {
            assert!(!has("127.0.0.1:4848", &[], host), "{host}");
        }
        assert!(has("127.0.0.1:80", &[], "localhost"));
        assert!(has("127.0.0.1:4848", &["Fleet.example"], "fleet.example"));
        assert!(has("127.0.0.1:4848", &["fleet.example"], "FLEET.example:443"));
        assert!(!has("127.0.0.1:4848", &["fleet.example"], "evil.example"));
        assert!(has("127.0.0.5:4848", &[], "127.0.0.5:4848"));
    }

    #[test]
    fn elsewhere_names_count_once_they_are_given() {
        assert!(has("0.0.0.0:80", &[], "anything.example"));
        assert!(!has("0.0.0.0:80", &["fleet.example"], "anything.example"));
        assert!(!has("0.0.0.0:80", &["fleet.example"], "localhost"));
        assert!(has("10.0.0.1:80", &["fleet.example"], "10.0.0.1"));
    }

    #[test]
    fn pages_of_strangers_are_told_from_ours() {
        let of = |headers: &[(&'static str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(*name, value.parse().expect("a value"));
            }
            is_of_ours(&map)
        };
        let host = ("host", "fleet.example");
        assert!(of(&[host]));
        assert!(of(&[
            host,
            ("origin", "https://fleet.example"),
            ("sec-fetch-site", "same-origin")
        ]));
        for headers in [
            [host, ("origin", "https://evil.example")],
            [host, ("origin", "null")],
            [host, ("origin", "https://fleet.example.evil")],
            [host, ("origin", "ftp://fleet.example")],
            [host, ("sec-fetch-site", "cross-site")],
            [host, ("sec-fetch-site", "same-site")],
        ] {
            assert!(!of(&headers), "{headers:?}");
        }
    }
}
