//! The requests for one image: the token handshake, and bytes verified by their digests.

use std::sync::{Arc, PoisonError};

use serde::Deserialize;
use sha2::Digest as _;
use url::Url;

use super::challenge::{self, Challenge};
use super::client::{Head, Inner};
use super::document::{self, ACCEPT, Image, Layer, Manifest};
use super::reference::{Reference, is_digest};
use super::refusal::{Refusal, RefusalKind};
use crate::edge::network::{Answer, Ask, Authorization, Fault, Listener, Sink, Transport, shown};
use crate::error::Error;

/// Maximum size of a manifest, according to the specification, and of a configuration, in bytes.
const MAX_DOCUMENT: u64 = 4 << 20;

/// Maximum size of a token response, in bytes.
const MAX_TOKEN: u64 = 64 << 10;

/// The requests for one image.
pub(super) struct Asking<'a> {
    pub(super) inner: &'a Inner,
    pub(super) reference: &'a Reference,
}

/// What a request asks for.
pub(super) enum Way<'s> {
    /// The whole body.
    Whole(&'s mut dyn Sink),
    /// Only the headers; with an etag, nothing if it still matches.
    Head(Option<&'s str>),
}

impl Asking<'_> {
    /// Refuses, without the credentials that were sent: the registry may repeat them in what `why` quotes.
    pub(super) fn refusal(&self, kind: RefusalKind, why: impl Into<String>) -> Refusal {
        let sent = self.inner.sent.lock().unwrap_or_else(PoisonError::into_inner);
        Refusal { kind, image: self.reference.to_string(), why: sent.masked(&why.into()) }
    }

    /// Remembers a credential that is about to be sent.
    fn sends(&self, secret: &str) {
        self.inner.sent.lock().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    pub(super) fn unsound(&self, why: impl Into<String>) -> Refusal {
        self.refusal(RefusalKind::Unsound, why)
    }

    /// Fetches a manifest by tag or digest, and returns it with its digest.
    async fn manifest(&self, version: &str) -> Result<(String, Vec<u8>), Refusal> {
        let bytes = self.get("manifests", version, ACCEPT, MAX_DOCUMENT).await?;
        let digest = digest_of(&bytes);
        if version.starts_with("sha256:") && version != digest {
            return Err(self.unsound(format!("its manifest is not {version} but {digest}")));
        }
        Ok((digest, bytes))
    }

    async fn configuration(&self, digest: &str, size: u64) -> Result<Vec<u8>, Refusal> {
        if size > MAX_DOCUMENT {
            let why = format!(
                "its configuration has {size} bytes, more than the limit of {MAX_DOCUMENT}"
            );
            return Err(self.unsound(why));
        }
        let bytes = self.get("blobs", digest, "*/*", MAX_DOCUMENT).await?;
        let found = digest_of(&bytes);
        if found != digest {
            return Err(self.unsound(format!("its configuration is not {digest} but {found}")));
        }
        Ok(bytes)
    }

    /// Fetches the image and its layers, oldest first.
    pub(super) async fn image(&self) -> Result<(Image, Vec<Layer>), Refusal> {
        let (digest, bytes) = self.manifest(self.reference.version()).await?;
        let platform = &self.inner.options.platform;
        let read = |bytes: &[u8]| document::manifest(bytes).map_err(|why| self.unsound(why));
        let (manifest, found) = match read(&bytes)? {
            Manifest::Index(listed) => {
                let chosen = document::choose(&listed, platform)
                    .ok_or_else(|| self.unsound("its index lists no image".to_owned()))?;
                let (manifest, bytes) = self.manifest(&chosen.digest).await?;
                (manifest, read(&bytes)?)
            }
            image @ Manifest::Image { .. } => (digest.clone(), image),
        };
        let Manifest::Image { configuration, layers } = found else {
            return Err(self.unsound("its index refers to another index".to_owned()));
        };
        let bytes = self.configuration(&configuration.digest, configuration.size).await?;
        let configured = document::configuration(&bytes).map_err(|why| self.unsound(why))?;
        let size = layers.iter().fold(0_u64, |sum, layer| sum.saturating_add(layer.blob.size));
        let image = Image {
            digest,
            manifest,
            platform: configured.platform,
            created: configured.created,
            labels: configured.labels,
            size,
        };
        Ok((image, layers))
    }

    pub(super) async fn head(&self, etag: Option<&str>) -> Result<Option<Head>, Refusal> {
        let version = self.reference.version();
        let answer =
            self.ask("manifests", version, (ACCEPT, MAX_DOCUMENT), Way::Head(etag)).await?;
        if answer.status == 304 {
            return Ok(None);
        }
        let digest = match answer.digest {
            Some(digest) if is_digest(&digest) => digest,
            Some(other) => {
                let why = format!("the registry gives its digest as `{}`", other.escape_debug());
                return Err(self.unsound(why));
            }
            // The header is optional: without it, the digest is computed.
            None => self.manifest(version).await?.0,
        };
        if version.starts_with("sha256:") && version != digest {
            return Err(self.unsound(format!("its manifest is not {version} but {digest}")));
        }
        Ok(Some(Head { digest, etag: answer.etag }))
    }

    async fn get(
        &self,
        what: &str,
        name: &str,
        accept: &str,
        bound: u64,
    ) -> Result<Vec<u8>, Refusal> {
        let mut body = Vec::new();
        self.ask(what, name, (accept, bound), Way::Whole(&mut body)).await?;
        Ok(body)
    }

    pub(super) async fn ask(
        &self,
        what: &str,
        name: &str,
        (accept, bound): (&str, u64),
        mut way: Way<'_>,
    ) -> Result<Answer, Refusal> {
        let unreachable = |error: &Error| self.refusal(RefusalKind::Unreachable, error.to_string());
        let server = self.reference.server().map_err(|error| unreachable(&error))?;
        let transport = self.transport(&server).map_err(|error| unreachable(&error))?;
        let url = server
            .join(&format!("v2/{}/{what}/{name}", self.reference.repository()))
            .map_err(|error| self.unsound(error.to_string()))?;
        let etag = match &way {
            Way::Head(etag) => *etag,
            Way::Whole(_) => None,
        };
        let known = self.known(&server);
        let ask =
            |authorization| Ask { url: &url, accept, authorization, etag, modified: None, bound };
        let fault = match way.answered(&transport, &ask(known.as_deref())).await {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        let Fault::Status { code: 401, challenge: Some(challenge), .. } = &fault else {
            return Err(self.refused(&url, &fault));
        };
        let authorization = self.authorize(&transport, &server, challenge).await?;
        let answered = way.answered(&transport, &ask(Some(&authorization))).await;
        answered.map_err(|fault| self.refused(&url, &fault))
    }

    /// The authorization that was last obtained for this server and image.
    fn known(&self, server: &Url) -> Option<Arc<Authorization>> {
        let known = self.inner.authorizations.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&self.key(server)).map(Arc::clone)
    }

    fn key(&self, server: &Url) -> (String, String) {
        (server.to_string(), self.reference.repository().to_owned())
    }

    fn transport(&self, server: &Url) -> Result<Arc<Transport>, Error> {
        let mut all = self.inner.transports.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transport) = all.get(server.as_str()) {
            return Ok(Arc::clone(transport));
        }
        let limits = self.inner.options.limits;
        let transport =
            Arc::new(Transport::new(server, "image registry", limits, Listener::default())?);
        all.insert(server.to_string(), Arc::clone(&transport));
        Ok(transport)
    }

    /// Obtains and keeps the authorization that a challenge demands.
    async fn authorize(
        &self,
        transport: &Transport,
        server: &Url,
        challenge: &str,
    ) -> Result<Arc<Authorization>, Refusal> {
        let denied = |why: &str| self.refusal(RefusalKind::Denied, why.to_owned());
        let credentials = self.inner.credentials(self.reference);
        if let Some(credentials) = credentials {
            self.sends(&credentials.password);
        }
        let found = match challenge::parse(challenge) {
            // The server's scope is not used: it could be for another image, or for more than reading.
            Some(Challenge::Bearer { realm, service, .. }) => {
                let realm = self.realm(&realm, service.as_deref())?;
                let basic = credentials
                    .filter(|_| are_kin(server, &realm))
                    .map(|it| Authorization::basic(&realm, &it.username, &it.password));
                match self.token(transport, server, &realm, basic.as_ref()).await {
                    // Public images can be read without these credentials, so bad ones do not matter.
                    Err(refused) if basic.is_some() && refused.kind == RefusalKind::Denied => {
                        self.token(transport, server, &realm, None).await?
                    }
                    token => token?,
                }
            }
            Some(Challenge::Basic) => match credentials {
                Some(it) => Authorization::basic(server, &it.username, &it.password),
                None => return Err(denied("the registry requires credentials")),
            },
            None => {
                return Err(denied(
                    "the registry asks for credentials in a form that is not supported",
                ));
            }
        };
        let found = Arc::new(found);
        let mut all = self.inner.authorizations.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(self.key(server), Arc::clone(&found));
        Ok(found)
    }

    fn realm(&self, realm: &str, service: Option<&str>) -> Result<Url, Refusal> {
        let mut url = Url::parse(realm)
            .map_err(|_| self.unsound("it does not say where to get a token".to_owned()))?;
        let pull = format!("repository:{}:pull", self.reference.repository());
        let mut query = url.query_pairs_mut();
        if let Some(service) = service {
            query.append_pair("service", service);
        }
        query.append_pair("scope", &pull);
        drop(query);
        Ok(url)
    }

    async fn token(
        &self,
        transport: &Transport,
        server: &Url,
        realm: &Url,
        authorization: Option<&Authorization>,
    ) -> Result<Authorization, Refusal> {
        #[derive(Deserialize)]
        struct Answered {
            token: Option<String>,
            access_token: Option<String>,
        }
        let ask = Ask {
            url: realm,
            accept: "application/json",
            authorization,
            etag: None,
            modified: None,
            bound: MAX_TOKEN,
        };
        let mut body = Vec::new();
        let asked = transport.get(&ask, &mut body).await;
        asked.map_err(|fault| self.refused(realm, &fault))?;
        let answered: Option<Answered> = serde_json::from_slice(&body).ok();
        let token = answered.and_then(|it| it.token.or(it.access_token));
        // The response may be a secret and is not repeated.
        let authorization = token.and_then(|token| {
            self.sends(&token);
            Authorization::bearer(server, &token)
        });
        authorization.ok_or_else(|| self.unsound(format!("{} gave no token", shown(realm))))
    }

    fn refused(&self, url: &Url, fault: &Fault) -> Refusal {
        let kind = match fault {
            Fault::Status { code: 404, .. } => RefusalKind::Absent,
            Fault::Status { code: 401 | 403, .. } => RefusalKind::Denied,
            Fault::Status { code: 429, .. } => RefusalKind::Limited,
            Fault::TooLarge(_) | Fault::Refused(..) | Fault::Redirects(_) | Fault::Nowhere => {
                RefusalKind::Unsound
            }
            _ => RefusalKind::Unreachable,
        };
        self.refusal(kind, format!("{}: {fault}", shown(url)))
    }
}

/// Whether a registry's credentials may be sent to its token server: one on the same host and port, on a parent domain
/// (`gitlab.com` for `registry.gitlab.com`), or Docker's own.
fn are_kin(server: &Url, realm: &Url) -> bool {
    let (Some(registry), Some(giver)) = (server.host_str(), realm.host_str()) else { return false };
    let is_part = registry.strip_suffix(giver).is_some_and(|before| before.ends_with('.'));
    realm.scheme() == server.scheme()
        && realm.port() == server.port()
        && (registry == giver || is_part || (registry, giver) == DOCKER_TOKENS)
}

/// Docker's registry and its token server.
const DOCKER_TOKENS: (&str, &str) = ("registry-1.docker.io", "auth.docker.io");

impl Way<'_> {
    async fn answered(&mut self, transport: &Transport, ask: &Ask<'_>) -> Result<Answer, Fault> {
        match self {
            Self::Whole(sink) => transport.get(ask, *sink).await,
            Self::Head(_) => transport.head(ask).await,
        }
    }
}

fn digest_of(bytes: &[u8]) -> String {
    named(&sha2::Sha256::digest(bytes))
}

pub(super) fn named(digest: &[u8]) -> String {
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_shown_to_kin_alone() {
        let kin = |registry: &str, giver: &str| {
            are_kin(&Url::parse(registry).expect("a URL"), &Url::parse(giver).expect("a URL"))
        };
        assert!(kin("https://ghcr.io/v2/", "https://ghcr.io/token"));
        assert!(kin("https://registry.gitlab.com/", "https://gitlab.com/jwt/auth"));
        assert!(kin("https://registry-1.docker.io/", "https://auth.docker.io/token"));
        assert!(kin("http://localhost:5000/", "http://localhost:5000/token"));
        // On one host, another port is another server.
        assert!(!kin("http://localhost:5000/", "http://localhost:5001/token"));
        assert!(!kin("https://ghcr.io/", "https://ghcr.io:8443/token"));
        assert!(!kin("https://ghcr.io/", "https://evil.example/token"));
        assert!(!kin("https://ghcr.io/", "http://ghcr.io/token"));
    }
}
