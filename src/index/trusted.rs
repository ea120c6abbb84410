//! Trusted Publishing: exchanges the identity of a CI job for a short-lived token, as PyPI defines it.
//!
//! From the upload address, an [`Identity`] of the environment, and the [`Publisher`] that fleet.yaml says the index
//! knows, mints a token ([`Minted`]) or says why not and what to do. The job's claims are compared with the expected
//! ones *before* the index is asked: it answers "no corresponding publisher" without saying which field differs.
//!
//! A proof of identity can be used once. Whatever happened to it, the next attempt requests a new one; where CI
//! provides only one (GitLab), there is no next attempt. Proofs and tokens are secrets: they are passed only to the
//! index and, through [`Hush`], to the runner that has to mask them in its log.
//!
//! | file | what it owns |
//! |---|---|
//! | `claims` | a proof's claims, and how they differ from the expected ones |
//! | `identity` | where a proof comes from |
//! | `refusals` | the meaning of each refusal, and the next step |

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

/// Maximum number of bytes to read of a response.
const MAX_ANSWER: usize = 64 << 10;

/// The publisher that the index expects, as declared in fleet.yaml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// The repository, as `owner/name`.
    pub repository: String,
    /// The workflow's file name, `publish.yml`.
    pub workflow: String,
    /// The environment of its job, if the index demands one.
    pub environment: Option<String>,
}

/// Passes a secret to the runner, so that it masks it in the log.
pub type Hush<'a> = &'a (dyn Fn(&str) + Sync);

/// Why there is no token.
#[derive(Debug)]
pub enum NoToken {
    /// A later attempt may succeed.
    Passing(Error),
    /// Further attempts will fail as well.
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

/// A short-lived token.
pub struct Minted {
    /// The credentials for uploads.
    pub credentials: Credentials,
    /// When it expires, in seconds since 1970, if the index says so.
    pub expires: Option<i64>,
    /// The publisher it was minted for: `acme/platform, publish.yml`.
    pub bearer: String,
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// A client for an index that mints tokens.
#[derive(Debug)]
pub struct Mint {
    transport: Transport,
    /// The upload server: `/_/oidc/` is below its root.
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
    /// Creates a client for the index that uploads are sent to; sends no request yet.
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

    /// Requests a token with a new proof of identity. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// When the index mints none, CI provides no proof, or the proof is of another job than the index expects.
    pub async fn token(&self, now: i64, hush: Hush<'_>) -> Result<Minted, NoToken> {
        let audience = self.audience().await?;
        let proof = self.identity.proof(&audience, self.limits, &self.listener).await?;
        hush(&proof);
        let claims = Claims::read(&proof).map_err(|why| {
            NoToken::Lasting(
                Error::failed("this job's proof of identity could not be parsed")
                    .caused_by(why)
                    .hint("is it an OpenID Connect token? Use an API token instead: SHIPSHAPE_UPLOAD_PASSWORD"),
            )
        })?;
        // A proof for another index must not be sent to this one, which could use it there.
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
                Error::failed("the index does not say which audience a proof of identity must have")
                    .caused_by(format!("{}: {why}", shown(&url)))
                    .hint("it may not support Trusted Publishing: use an API token, SHIPSHAPE_UPLOAD_PASSWORD"),
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
                Error::failed("the index's answer contains no token").caused_by(format!(
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
