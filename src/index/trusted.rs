//! Trusted Publishing: who a CI job is, exchanged for a token of some minutes as PyPI has it.
//!
//! In: where uploads go, an [`Identity`] of the environment, and the [`Publisher`] that fleet.yaml says the index knows.
//! Out: a [`Minted`] token, or why there is none and what to do. What the job is said to be is compared with what is
//! expected *before* the index is asked: the index answers "no corresponding publisher" and not which field differs.
//!
//! A proof of identity counts once. Whatever happened to it, the next attempt asks for a new one; where CI gives
//! one only (GitLab), there is no next attempt. Proofs and tokens are secrets: they are told to nobody but the index,
//! and, through [`Hush`], to a runner that shall keep them out of its log.
//!
//! | file | what it owns |
//! |---|---|
//! | `claims` | what a proof says, and what of it differs |
//! | `identity` | where a proof comes from |
//! | `refusals` | what each refusal means, and its next step |

mod claims;
mod identity;
mod refusals;

use std::fmt;

use serde::Deserialize;
use url::Url;

use super::upload::UploadAddress;
use super::{Credentials, Limits, Listener};
use crate::edge::network::{Ask, Fault, Post, Transport, shown};
use crate::error::{Error, Result};

pub use claims::{Claims, Difference, compare};
pub use identity::{Identity, Proof, VARIABLES};

/// Bytes of each answer that are read.
const MAX_ANSWER: usize = 64 << 10;

/// Who the index expects to publish, as fleet.yaml says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The workflow's file name, `publish.yml`.
    pub workflow: String,
    /// The environment that its job runs in, where the index asks for one.
    pub environment: Option<String>,
}

/// Who is told a secret so that nobody else is: the runner that writes a log.
pub type Hush<'a> = &'a (dyn Fn(&str) + Sync);

/// Why there is no token.
#[derive(Debug)]
pub enum NoToken {
    /// It may be there the next time.
    Passing(Error),
    /// It will not.
    Lasting(Error),
}

impl NoToken {
    /// The error.
    #[must_use]
    pub fn error(self) -> Error {
        match self {
            Self::Passing(error) | Self::Lasting(error) => error,
        }
    }
}

/// A token of some minutes.
pub struct Minted {
    /// What an upload takes.
    pub credentials: Credentials,
    /// Until when it counts, in seconds since 1970, where the index says it.
    pub expires: Option<i64>,
    /// Who it is for: `acme/platform, publish.yml`.
    pub bearer: String,
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// An index that mints tokens.
#[derive(Debug)]
pub struct Mint {
    transport: Transport,
    /// The server of uploads: `/_/oidc/` is below its root.
    server: Url,
    identity: Identity,
    publisher: Option<Publisher>,
    limits: Limits,
    listener: Listener,
}

#[derive(Deserialize)]
struct Audience {
    audience: String,
}

#[derive(Deserialize)]
struct Success {
    token: String,
    expires: Option<i64>,
}

impl Mint {
    /// The mint of the index that uploads are sent to; nothing is asked yet.
    ///
    /// # Errors
    /// When requests cannot be prepared on this machine.
    pub fn new(
        uploads: &UploadAddress,
        identity: Identity,
        publisher: Option<Publisher>,
        limits: Limits,
        listener: Listener,
    ) -> Result<Self> {
        let server = uploads.url().clone();
        let transport = Transport::new(&server, "package index", limits, listener.clone())?;
        Ok(Self { transport, server, identity, publisher, limits, listener })
    }

    /// A token, with a proof of identity that was not used before. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// When the index mints none, CI proves nothing, or the proof is of another job than the index expects.
    pub async fn token(&self, now: i64, hush: Hush<'_>) -> Result<Minted, NoToken> {
        let audience = self.audience().await?;
        let proof = self.identity.proof(&audience, self.limits, &self.listener).await?;
        hush(&proof);
        let claims = Claims::read(&proof).map_err(|why| {
            NoToken::Lasting(
                Error::failed("what proves this job's identity is not understood")
                    .caused_by(why)
                    .hint("is it an OpenID Connect token? Use an API token instead: SHIPSHAPE_UPLOAD_PASSWORD"),
            )
        })?;
        // A proof for another index is none of this one's business: it could be used there.
        if !claims.is_for(&audience) {
            return Err(NoToken::Lasting(refusals::of_audience_claim(
                &self.identity,
                &claims,
                &audience,
            )));
        }
        if let Some(publisher) = &self.publisher {
            let differences = compare(&claims, publisher);
            if !differences.is_empty() {
                return Err(NoToken::Lasting(refusals::of_claims(&differences, &claims)));
            }
        }
        self.mint(&proof, &claims, now, hush).await
    }

    fn address(&self, path: &str) -> Url {
        let mut url = self.server.clone();
        url.set_path(path);
        url
    }

    async fn audience(&self) -> Result<String, NoToken> {
        let url = self.address("/_/oidc/audience");
        let ask = Ask {
            url: &url,
            accept: "application/json",
            authorization: None,
            etag: None,
            modified: None,
            bound: MAX_ANSWER as u64,
        };
        let mut body = Vec::new();
        if let Err(fault) = self.transport.get(&ask, &mut body).await {
            return Err(refusals::of_audience(&url, &fault));
        }
        let read: Result<Audience, _> = serde_json::from_slice(&body);
        let read = read.map_err(|why| {
            NoToken::Lasting(
                Error::failed("the index does not say for whom a proof of identity has to be")
                    .caused_by(format!("{}: {why}", shown(&url)))
                    .hint("it may not know Trusted Publishing: use an API token, SHIPSHAPE_UPLOAD_PASSWORD"),
            )
        })?;
        Ok(read.audience)
    }

    async fn mint(
        &self,
        proof: &str,
        claims: &Claims,
        now: i64,
        hush: Hush<'_>,
    ) -> Result<Minted, NoToken> {
        let url = self.address("/_/oidc/mint-token");
        let post = Post {
            url: &url,
            accept: "application/json",
            content_type: "application/json",
            authorization: None,
            body: serde_json::json!({ "token": proof }).to_string().into_bytes(),
            bound: MAX_ANSWER,
        };
        let heard = self.transport.post(post).await.map_err(|fault| {
            let error = Error::failed("the index was asked for a token and gave no answer")
                .caused_by(format!("{}: {fault}", shown(&url)));
            match fault {
                Fault::Refused(..) => NoToken::Lasting(error),
                _ => NoToken::Passing(error),
            }
        })?;
        if !(200..300).contains(&heard.status) {
            let renewable = self.identity.is_renewable();
            return Err(refusals::of_mint(&heard, proof, claims, now, renewable));
        }
        let Ok(success) = serde_json::from_slice::<Success>(&heard.body) else {
            return Err(NoToken::Lasting(
                Error::failed("the index's answer holds no token").caused_by(format!(
                    "{} answered {}",
                    shown(&url),
                    heard.status
                )),
            ));
        };
        hush(&success.token);
        Ok(Minted {
            credentials: Credentials::token(&success.token),
            expires: success.expires,
            bearer: claims.in_words(),
        })
    }
}
