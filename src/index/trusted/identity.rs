//! Sources of a proof of identity: GitHub Actions issues a new one on request, other CI systems put one into the
//! environment.

use std::fmt;

use serde::Deserialize;
use url::Url;

use super::{Claims, NoToken};
use crate::edge::network::{
    Ask, Authorization, Fault, Limits, Listener, Transport, refused, shown,
};
use crate::error::{Error, Result};

/// The variables that a proof may come from. Those named `*_ID_TOKEN` follow the index's documentation for GitLab: they
/// are named after the audience.
pub const VARIABLES: [&str; 6] = [
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "GITHUB_ACTIONS",
    "PYPI_ID_TOKEN",
    "TESTPYPI_ID_TOKEN",
    "SHIPSHAPE_ID_TOKEN",
];

/// Maximum size of a response with a proof, in bytes.
const MAX_ANSWER: u64 = 64 << 10;

/// The identity of this job, as far as CI can prove it.
#[derive(Clone)]
pub enum Identity {
    /// GitHub Actions, which issues proofs on request.
    GitHub {
        /// The address to request from.
        url: Url,
        /// The token for the request.
        token: String,
    },
    /// Proofs from the environment, in order of preference.
    Given(Vec<Proof>),
}

/// A proof from the environment.
#[derive(Clone)]
pub struct Proof {
    /// The variable it was in.
    variable: &'static str,
    /// The proof.
    text: String,
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.variable)
    }
}

/// Leaves out secrets.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GitHub { url, .. } => f.debug_tuple("GitHub").field(&shown(url)).finish(),
            Self::Given(proofs) => f.debug_tuple("Given").field(proofs).finish(),
        }
    }
}

#[derive(Deserialize)]
struct Given {
    value: String,
}

impl Identity {
    /// Reads the identity from the environment; `None` outside of CI.
    ///
    /// # Errors
    /// When a job of GitHub Actions lacks the permission to request a proof, or the request address is not allowed.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let asked = (set("ACTIONS_ID_TOKEN_REQUEST_URL"), set("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
        if let (Some(text), Some(token)) = asked {
            let wrong = |why: &str| {
                Error::failed("cannot ask GitHub Actions for this job's identity")
                    .caused_by(format!("ACTIONS_ID_TOKEN_REQUEST_URL {why}"))
            };
            let url =
                Url::parse(&text).map_err(|error| wrong(&format!("is not a URL: {error}")))?;
            if let Some(why) = refused(&url) {
                return Err(wrong(why));
            }
            return Ok(Some(Self::GitHub { url, token }));
        }
        let given =
            ["SHIPSHAPE_ID_TOKEN", "PYPI_ID_TOKEN", "TESTPYPI_ID_TOKEN"].into_iter().filter_map(
                |variable| Some(Proof { variable, text: set(variable)?.trim().to_owned() }),
            );
        let given: Vec<Proof> = given.collect();
        if !given.is_empty() {
            return Ok(Some(Self::Given(given)));
        }
        if set("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
            return Err(no_permission());
        }
        Ok(None)
    }

    /// Whether each proof is a new one.
    pub(super) fn is_renewable(&self) -> bool {
        matches!(self, Self::GitHub { .. })
    }

    /// The variable that the preferred proof is in, if it is in one.
    pub(super) fn variable(&self) -> Option<&'static str> {
        match self {
            Self::Given(proofs) => proofs.first().map(|proof| proof.variable),
            Self::GitHub { .. } => None,
        }
    }

    /// Returns a proof, preferring among several in the environment one for this audience.
    pub(super) async fn proof(
        &self,
        audience: &str,
        limits: Limits,
        listener: &Listener,
    ) -> Result<String, NoToken> {
        let (url, token) = match self {
            Self::Given(proofs) => {
                let fits = |proof: &&Proof| {
                    Claims::read(&proof.text).is_ok_and(|claims| claims.is_for(audience))
                };
                let proof = proofs.iter().find(fits).or_else(|| proofs.first());
                return Ok(proof.map(|proof| proof.text.clone()).unwrap_or_default());
            }
            Self::GitHub { url, token } => (url, token),
        };
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("audience", audience);
        let transport =
            Transport::new(&url, "identity of GitHub Actions", limits, listener.clone())
                .map_err(NoToken::Lasting)?;
        let authorization = Authorization::bearer(&url, token).ok_or_else(|| {
            NoToken::Lasting(Error::failed("ACTIONS_ID_TOKEN_REQUEST_TOKEN is not a token"))
        })?;
        let ask = Ask {
            url: &url,
            accept: "application/json",
            authorization: Some(&authorization),
            etag: None,
            modified: None,
            bound: MAX_ANSWER,
        };
        let mut body = Vec::new();
        if let Err(fault) = transport.get(&ask, &mut body).await {
            return Err(unproven(&url, &fault));
        }
        let given: Given = serde_json::from_slice(&body).map_err(|_| {
            NoToken::Lasting(
                Error::failed("GitHub Actions did not give this job's identity")
                    .caused_by(format!("{}: its answer has no `value`", shown(&url))),
            )
        })?;
        Ok(given.value)
    }
}

fn unproven(url: &Url, fault: &Fault) -> NoToken {
    let error = Error::failed("GitHub Actions did not give this job's identity")
        .caused_by(format!("{}: {fault}", shown(url)));
    match fault {
        Fault::Status { code: 401 | 403, .. } => NoToken::Lasting(error.hint(
            "the job's permission to ask has expired or was never granted: does it have `permissions: id-token: write`?",
        )),
        Fault::Status { code, .. } if *code != 429 && *code < 500 => NoToken::Lasting(error),
        Fault::Refused(..) => NoToken::Lasting(error),
        _ => NoToken::Passing(error.hint("GitHub is failing; try again later")),
    }
}

/// The error for a job of GitHub Actions that has no permission to request a proof.
fn no_permission() -> Error {
    Error::failed("this job is not allowed to prove its identity, so nothing can be published without a token")
        .caused_by("ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set")
        .hint(
            "give the job `permissions: id-token: write`; a pull request from a fork never has it",
        )
        .hint("or give it an API token of the index: SHIPSHAPE_UPLOAD_PASSWORD")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Result<Option<Identity>> {
        Identity::of(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_identity_is_where_ci_says_and_shows_no_secret() {
        let github = of(&[
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://a.example/token?api-version=2.0"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hunter2"),
            ("PYPI_ID_TOKEN", "a.b.c"),
        ]);
        let github = github.expect("sound").expect("an identity");
        assert!(github.is_renewable());
        assert!(!format!("{github:?}").contains("hunter2"));
        let given = of(&[("PYPI_ID_TOKEN", "a.b.c")]).expect("sound").expect("an identity");
        assert!(!given.is_renewable());
        assert!(!format!("{given:?}").contains("a.b.c"));
        assert!(of(&[]).expect("sound").is_none());
    }

    #[test]
    fn a_job_of_github_that_may_not_ask_is_told_which_permission_it_lacks() {
        let error = of(&[("GITHUB_ACTIONS", "true")]).expect_err("no permission");
        assert!(error.hints()[0].contains("id-token: write"), "{error:?}");
        assert!(error.hints()[0].contains("fork"), "{error:?}");
        let set = [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://a.example/token"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
        ];
        assert!(of(&set).expect_err("plain http").causes()[0].contains("plain http"));
    }
}
