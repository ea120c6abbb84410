//! An incoming request.

use std::net::SocketAddr;

use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A request.
#[derive(Debug)]
pub(in crate::sandbox) struct Incoming {
    pub(in crate::sandbox) method: String,
    pub(in crate::sandbox) path: String,
    pub(in crate::sandbox) raw_query: String,
    pub(in crate::sandbox) query: Vec<(String, String)>,
    pub(in crate::sandbox) body: Vec<u8>,
    /// The credentials that were sent.
    pub(in crate::sandbox) authorization: Option<Authorization>,
    pub(in crate::sandbox) accept: String,
    pub(in crate::sandbox) if_none_match: Option<String>,
    pub(in crate::sandbox) user_agent: bool,
    /// The user name that was sent along with a password.
    pub(in crate::sandbox) username: Option<String>,
    pub(in crate::sandbox) content_type: String,
    /// The `Content-Encoding`.
    pub(in crate::sandbox) encoding: String,
    /// The version of the protocol requested by git.
    pub(in crate::sandbox) git_protocol: String,
    /// The base URL to which it was sent.
    pub(in crate::sandbox) base: String,
}

/// The credentials of a request.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum Authorization {
    Token(String),
    /// A JSON web token of a GitHub App.
    Proof(String),
}

impl std::fmt::Debug for Authorization {
    /// Omits the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::Proof(_) => "Proof",
        })
    }
}

impl Incoming {
    /// Reads a request; `None` if it was sent to another host or by a page of another origin. A
    /// page in a browser may have been told that its own name is this machine (DNS rebinding).
    pub(super) fn read(head: &Parts, body: Vec<u8>, address: SocketAddr) -> Option<Self> {
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let host = match text("host") {
            Some(host) => {
                if !is_loopback(host) {
                    return None;
                }
                host.to_owned()
            }
            None => address.to_string(),
        };
        // Refuse pages of other origins: a browser would send what they tell it to.
        if text("origin").is_some_and(|origin| origin != format!("http://{host}")) {
            return None;
        }
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        let query = url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
        Some(Self {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            raw_query,
            query,
            body,
            // Unparsable credentials count as an unknown token.
            authorization: head.headers.get("authorization").map(|value| {
                let known = value.to_str().ok().and_then(authorization);
                known.unwrap_or_else(|| Authorization::Token(String::new()))
            }),
            username: text("authorization").and_then(username),
            content_type: text("content-type").unwrap_or_default().to_owned(),
            accept: text("accept").unwrap_or_default().to_owned(),
            if_none_match: text("if-none-match").map(str::to_owned),
            user_agent: text("user-agent").is_some_and(|agent| !agent.trim().is_empty()),
            encoding: text("content-encoding").unwrap_or_default().to_owned(),
            git_protocol: text("git-protocol").unwrap_or_default().to_owned(),
            base: format!("http://{host}"),
        })
    }

    pub(in crate::sandbox) fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a host, with an optional port, is this machine.
fn is_loopback(host: &str) -> bool {
    let names = ["127.0.0.1", "localhost", "[::1]"];
    let port = names.iter().find_map(|name| host.strip_prefix(name));
    port.is_some_and(|port| match port.strip_prefix(':') {
        Some(port) => !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()),
        None => port.is_empty(),
    })
}

/// Returns the user name of `Basic` credentials.
fn username(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then_some(())?;
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    text.split_once(':').map(|(name, _)| name.to_owned())
}

fn authorization(value: &str) -> Option<Authorization> {
    let (scheme, rest) = value.split_once(' ')?;
    let secret = match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => rest.trim().to_owned(),
        "basic" => {
            let bytes = STANDARD.decode(rest.trim()).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            // A token may be in place of the password or of the name.
            match text.split_once(':')? {
                (name, "" | "x-oauth-basic") => name.to_owned(),
                (_, password) => password.to_owned(),
            }
        }
        _ => return None,
    };
    // A token never contains two dots; a JSON web token always does.
    Some(match secret.matches('.').count() {
        2 => Authorization::Proof(secret),
        _ => Authorization::Token(secret),
    })
}
