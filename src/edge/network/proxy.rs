//! Finds the variable that sets the HTTP client's proxy for a server.
//!
//! The client reads these variables from the process, so they are read here as well instead of being passed in. Only
//! names leave this file: a proxy's address may contain a password.

use url::Url;

use super::address::is_this_machine;

/// The variable that sets the proxy for a server; `None` if there is no proxy.
pub(crate) fn proxy_to(server: &Url) -> Option<&'static str> {
    named_by(server, |name| std::env::var(name).ok())
}

/// Adds to a cause the proxy that may be responsible for it.
pub(crate) fn with_proxy(why: String, server: &Url) -> String {
    match proxy_to(server) {
        Some(variable) => format!("{why}; the request goes through the proxy in {variable}"),
        None => why,
    }
}

fn named_by(server: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let value = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let host = server.host_str()?;
    let is_left_out = |left_out: &str| {
        let left_out = left_out.trim().trim_start_matches('.');
        let end = host.len().checked_sub(left_out.len());
        let is_end = |at: usize| {
            host.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(left_out))
                && (at == 0 || host.get(..at).is_some_and(|before| before.ends_with('.')))
        };
        left_out == "*" || !left_out.is_empty() && end.is_some_and(is_end)
    };
    let direct = ["NO_PROXY", "no_proxy"].into_iter().find_map(value);
    if is_this_machine(server) || direct.is_some_and(|all| all.split(',').any(is_left_out)) {
        return None;
    }
    let names = match server.scheme() {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    names.into_iter().find(|name| value(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(server: &str, variables: &[(&str, &str)]) -> Option<&'static str> {
        let server = Url::parse(server).expect("an address");
        let found = |name: &str| variables.iter().find(|(known, _)| *known == name);
        named_by(&server, |name| found(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_proxy_is_that_of_the_scheme_unless_the_host_is_left_out() {
        let proxy = ("HTTPS_PROXY", "http://127.0.0.1:9");
        assert_eq!(named("https://github.com", &[]), None);
        assert_eq!(named("https://github.com", &[proxy]), Some("HTTPS_PROXY"));
        assert_eq!(named("https://github.com", &[("HTTPS_PROXY", " ")]), None);
        assert_eq!(named("https://github.com", &[("all_proxy", "x")]), Some("all_proxy"));
        assert_eq!(named("https://127.0.0.1:8", &[proxy]), None);
        for left_out in ["*", "github.com", "a, .github.com"] {
            assert_eq!(named("https://github.com", &[proxy, ("NO_PROXY", left_out)]), None);
            assert_eq!(named("https://api.github.com", &[proxy, ("no_proxy", left_out)]), None);
        }
        let other = [proxy, ("NO_PROXY", "hub.com,,b")];
        assert_eq!(named("https://github.com", &other), Some("HTTPS_PROXY"));
    }
}
