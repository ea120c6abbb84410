//! Where the server listens and for whom: what the command line asked for, and what is refused of it.

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
    /// Pages for people, and judging in the background.
    Dashboard,
    /// GitHub's deliveries.
    Webhooks,
    /// Refreshing images on this host.
    Images,
}

impl Role {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::Webhooks => "webhooks",
            Self::Images => "images",
        }
    }
}

/// What the command line asked for.
#[derive(Debug)]
pub struct Options {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What it does.
    pub roles: BTreeSet<Role>,
    /// Names by which it is called from elsewhere: what a `Host` may say.
    pub hosts: Vec<String>,
    /// Whether a proxy in front of it speaks https: cookies are for https only then.
    pub https: bool,
    /// What callers present.
    pub token: Option<Token>,
    /// Whether callers need none.
    pub tokenless: bool,
    /// What deliveries are signed with.
    pub webhook_secret: Option<SigningSecret>,
    /// Further paths at which a refresh of images is asked for.
    pub refresh_paths: Vec<String>,
    /// The file of deliveries: the role `webhooks` writes it, the others read it.
    pub deliveries: Option<PathBuf>,
    /// Between two judgings of the whole fleet.
    pub every: Duration,
    /// Bounds.
    pub limits: Limits,
}

/// Bounds on what strangers may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; more wait until one ends. One address has half of them at most.
    pub connections: usize,
    /// How long a client may take to send a request, to send nothing, or to take no byte of an answer.
    pub patience: Duration,
    /// Requests a second from one address; twice as many at once.
    pub rate: u32,
    /// How long requests that run may take to end when the server is asked to.
    pub grace: Duration,
    /// Bytes of a delivery. GitHub sends 25 MB at most; a push of a thousand commits has about 1 MB.
    pub delivery_bytes: usize,
    /// Bytes of all deliveries that are being read at once.
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

/// Bytes of the head of a request: its line and its headers.
pub(super) const HEAD_BYTES: usize = 32 << 10;
/// Headers of a request.
pub(super) const HEADERS: usize = 64;
/// Bytes of a form, or of the body of any other request that needs none.
pub(super) const FORM_BYTES: usize = 8 << 10;
/// No connection is older: one that gives away a byte at a time ends, too.
pub(super) const OLDEST_CONNECTION: Duration = Duration::from_secs(900);

/// The variable that holds the token.
pub const TOKEN_VARIABLE: &str = "SHIPSHAPE_SERVE_TOKEN";
/// The variable that holds the secret of webhooks.
pub const SECRET_VARIABLE: &str = "SHIPSHAPE_WEBHOOK_SECRET";

impl Options {
    /// Whether the roles hold this one.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Refuses what would let strangers in.
    ///
    /// # Errors
    /// What is missing, and how to give it.
    pub fn check(&self) -> Result<()> {
        let loopback = self.listen.ip().is_loopback();
        let give_token = format!("set {TOKEN_VARIABLE}, or name a file: --token-file FILE");
        if self.roles.is_empty() {
            return Err(Error::usage("a server without a role would do nothing")
                .hint("name one or more: --role dashboard, --role webhooks, --role images"));
        }
        if self.tokenless && !loopback {
            return Err(Error::usage(format!(
                "without a token only this machine is served, and {} is reached from elsewhere",
                self.listen
            ))
            .hint(format!("{give_token}; and leave --no-token out")));
        }
        if self.tokenless && self.token.is_some() {
            return Err(Error::usage(
                "a token is given, and --no-token says that none is asked for",
            )
            .hint(format!("take one away: --no-token, or {TOKEN_VARIABLE}")));
        }
        if !self.tokenless && self.token.is_none() {
            let error = Error::usage("there is no token for callers to present").hint(give_token);
            return Err(if loopback {
                error.hint("on this machine alone, --no-token serves whoever asks")
            } else {
                error
            });
        }
        if let Some(odd) = self.hosts.iter().find(|name| !is_name(name)) {
            return Err(Error::usage(format!("`{}` is no host's name", odd.escape_debug())).hint(
                "give the name alone, without https:// and without a port: fleet.acme.example",
            ));
        }
        if self.has(Role::Webhooks) && self.webhook_secret.is_none() {
            return Err(Error::usage(
                "deliveries are signed, and there is no secret to check them by",
            )
            .hint(format!("set {SECRET_VARIABLE}, or name a file: --webhook-secret-file FILE"))
            .hint("it is the secret of the webhook's settings on GitHub"));
        }
        if self.has(Role::Webhooks) && self.deliveries.is_none() {
            return Err(Error::usage("nothing says where to keep what GitHub delivers: neither XDG_STATE_HOME nor HOME is set")
                .hint("set XDG_STATE_HOME to a folder that outlives this process"));
        }
        Ok(())
    }

    /// What deserves a word before it starts, though it is allowed.
    #[must_use]
    pub fn caution(&self) -> Option<&'static str> {
        (!self.listen.ip().is_loopback() && !self.https).then_some(
            "it speaks plain http: on the way, the token can be read. Put a proxy with https in front of it, and say --https",
        )
    }
}

/// Whether a `Host` can say this name. With a scheme or a port it would fit none, and nobody would get in.
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
