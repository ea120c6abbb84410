//! The server's options, and the checks that refuse unsafe ones.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::secret::{SigningSecret, Token};
use crate::error::{Error, Result};

/// A part of the server. All are off unless named, so that public webhooks and an engine's socket need not
/// share a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Role {
    /// Web pages, and checks of the fleet in the background.
    Dashboard,
    /// GitHub's deliveries.
    Webhooks,
    /// Refreshing images on this host.
    Images,
}

impl Role {
    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::Webhooks => "webhooks",
            Self::Images => "images",
        }
    }
}

/// The options of a server.
#[derive(Debug)]
pub struct Options {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The roles of the server.
    pub roles: BTreeSet<Role>,
    /// Names by which it may be addressed: the accepted values of `Host`.
    pub hosts: Vec<String>,
    /// Whether a proxy in front of it provides https. Cookies are then restricted to https.
    pub https: bool,
    /// The token that callers must present.
    pub token: Option<Token>,
    /// Whether callers need no token.
    pub tokenless: bool,
    /// The secret that deliveries are signed with.
    pub webhook_secret: Option<SigningSecret>,
    /// Additional paths of the endpoint that refreshes images.
    pub refresh_paths: Vec<String>,
    /// The file of deliveries: the role `webhooks` writes it, the others read it.
    pub deliveries: Option<PathBuf>,
    /// The interval between judgements of the whole fleet.
    pub every: Duration,
    /// Resource limits.
    pub limits: Limits,
}

/// Limits on the resources that untrusted clients may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Concurrent connections; more wait until one ends. One address may have at most half of them.
    pub connections: usize,
    /// How long a client may take to send a request, stay idle, or accept no bytes of an answer.
    pub patience: Duration,
    /// Requests per second from one address; bursts may be twice as large.
    pub rate: u32,
    /// How long running requests may take to finish when the server shuts down.
    pub grace: Duration,
    /// The largest delivery in bytes. GitHub sends at most 25 MB; a push of a thousand commits has about 1 MB.
    pub delivery_bytes: usize,
    /// The bytes of all deliveries that are read at once.
    pub deliveries_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            patience: Duration::from_secs(10),
            rate: 1_000,
            grace: Duration::from_secs(300),
            delivery_bytes: 5 << 20,
            deliveries_bytes: 64 << 20,
        }
    }
}

/// The largest request head in bytes: the request line and the headers.
pub(super) const HEAD_BYTES: usize = 32 << 10;
/// The most headers of a request.
pub(super) const HEADERS: usize = 64;
/// The largest form in bytes.
pub(super) const FORM_BYTES: usize = 8 << 10;
/// The longest life of a connection, so that even one that trickles bytes ends.
pub(super) const OLDEST_CONNECTION: Duration = Duration::from_secs(900);

/// The variable that holds the token.
pub const TOKEN_VARIABLE: &str = "SHIPSHAPE_SERVE_TOKEN";
/// The variable that holds the webhook secret.
pub const SECRET_VARIABLE: &str = "SHIPSHAPE_WEBHOOK_SECRET";

impl Options {
    /// Whether the server has a role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Refuses options that would admit strangers or cannot work.
    ///
    /// # Errors
    /// Says what is missing, and how to provide it.
    pub fn check(&self) -> Result<()> {
        let loopback = self.listen.ip().is_loopback();
        let give_token = format!("set {TOKEN_VARIABLE}, or name a file: --token-file FILE");
        if self.roles.is_empty() {
            return Err(Error::usage("a server without a role would do nothing")
                .hint("name one or more: --role dashboard, --role webhooks, --role images"));
        }
        if self.tokenless && !loopback {
            return Err(Error::usage(format!(
                "without a token only this machine is served, but {} is reachable from elsewhere",
                self.listen
            ))
            .hint(format!("{give_token}; and leave --no-token out")));
        }
        if self.tokenless && self.token.is_some() {
            return Err(Error::usage(
                "a token is given, but --no-token says that none is required",
            )
            .hint(format!("remove one: --no-token, or {TOKEN_VARIABLE}")));
        }
        if !self.tokenless && self.token.is_none() {
            let error =
                Error::usage("no token is set that callers have to present").hint(give_token);
            return Err(if loopback {
                error.hint("on this machine only, --no-token serves every caller")
            } else {
                error
            });
        }
        if let Some(odd) = self.hosts.iter().find(|name| !is_name(name)) {
            return Err(Error::usage(format!(
                "`{}` is not the name of a host",
                odd.escape_debug()
            ))
            .hint("give the name alone, without https:// and without a port: fleet.acme.example"));
        }
        if self.has(Role::Webhooks) && self.webhook_secret.is_none() {
            return Err(Error::usage(
                "deliveries are signed, but there is no secret to check them with",
            )
            .hint(format!("set {SECRET_VARIABLE}, or name a file: --webhook-secret-file FILE"))
            .hint("it is the secret of the webhook's settings on GitHub"));
        }
        if self.has(Role::Webhooks) && self.deliveries.is_none() {
            return Err(Error::usage("there is no place to keep what GitHub delivers: neither XDG_STATE_HOME nor HOME is set")
                .hint("set XDG_STATE_HOME to a folder that outlives this process"));
        }
        Ok(())
    }

    /// A warning to show before starting with options that are allowed but risky.
    #[must_use]
    pub fn caution(&self) -> Option<&'static str> {
        (!self.listen.ip().is_loopback() && !self.https).then_some(
            "it uses plain http: the token can be read in transit. Put a proxy with https in front of it, and give --https",
        )
    }
}

/// Whether a name can occur in `Host`. With a scheme or a port it would match nothing, and every request would be
/// refused.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let number = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match number {
        Some(number) => number.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !text.is_empty() && text.bytes().all(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(listen: &str, token: bool, tokenless: bool) -> Options {
        Options {
            listen: listen.parse().expect("an address"),
            roles: [Role::Dashboard].into(),
            hosts: Vec::new(),
            https: false,
            token: token.then(|| Token::of(b"x").expect("random numbers")),
            tokenless,
            webhook_secret: None,
            refresh_paths: Vec::new(),
            deliveries: None,
            every: Duration::from_secs(60),
            limits: Limits::default(),
        }
    }

    #[test]
    fn without_a_token_only_this_machine_is_served_and_only_when_asked() {
        for (listen, token, tokenless, fine) in [
            ("127.0.0.1:0", true, false, true),
            ("127.0.0.1:0", false, true, true),
            ("[::1]:0", false, true, true),
            ("127.0.0.1:0", false, false, false),
            ("127.0.0.1:0", true, true, false),
            ("0.0.0.0:0", true, false, true),
            ("0.0.0.0:0", false, true, false),
            ("[::]:0", false, true, false),
            ("10.0.0.1:80", false, false, false),
        ] {
            let checked = options(listen, token, tokenless).check();
            assert_eq!(checked.is_ok(), fine, "{listen} {token} {tokenless}: {checked:?}");
        }
    }

    #[test]
    fn webhooks_need_their_secret_and_a_server_needs_a_role() {
        let mut asked = options("127.0.0.1:0", true, false);
        asked.roles = [Role::Webhooks].into();
        assert!(asked.check().is_err());
        asked.roles.clear();
        assert!(asked.check().is_err());
    }

    #[test]
    fn a_host_is_a_name_and_nothing_beside_it() {
        for (name, fine) in [
            ("fleet.acme.example", true),
            ("[::1]", true),
            ("10.0.0.1", true),
            ("https://fleet.acme.example", false),
            ("fleet.acme.example:443", false),
            ("fleet/x", false),
            ("", false),
        ] {
            let mut asked = options("127.0.0.1:0", true, false);
            asked.hosts = vec![name.to_owned()];
            assert_eq!(asked.check().is_ok(), fine, "{name}");
        }
    }
}
