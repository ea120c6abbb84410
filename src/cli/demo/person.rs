//! A person on the demo's forge: what ann does there by its REST API, with a token of her own.

use serde_json::{Value, json};

use crate::demo::PREFIX;
use crate::error::{Error, Result};

/// Her login, and the name of her token in the seed.
pub(super) const NAME: &str = "ann";

/// Somebody who looks at pull requests.
pub(super) struct Person {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    /// The REST API's address.
    base: String,
    token: String,
}

impl Person {
    /// Somebody with a token, at the forge of this address.
    pub(super) fn at(forge: &str, token: &str) -> Result<Self> {
        let failed = |cause: &dyn std::fmt::Display| {
            Error::failed("nobody can look at the demo's forge").caused_by(cause)
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        // One that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().map_err(|error| failed(&error))?;
        let base = format!("{forge}/api/v3/repos/acme/{PREFIX}");
        Ok(Self { runtime, http, base, token: token.to_owned() })
    }

    /// Approves the pull request of a member.
    pub(super) fn approves(&self, slug: &str) -> Result<()> {
        let review = json!({ "event": "APPROVE", "body": "As it should be." });
        self.sends(reqwest::Method::POST, slug, "pulls/1/reviews", &review)
    }

    /// Closes it.
    pub(super) fn closes(&self, slug: &str) -> Result<()> {
        self.sends(reqwest::Method::PATCH, slug, "pulls/1", &json!({ "state": "closed" }))
    }

    /// Adds a file to its branch.
    pub(super) fn pushes(&self, slug: &str, branch: &str, path: &str) -> Result<()> {
        // "Asked the crew."
        let content = json!({ "message": "Note why", "branch": branch, "content": "QXNrZWQgdGhlIGNyZXcuCg==" });
        self.sends(reqwest::Method::PUT, slug, &format!("contents/{path}"), &content)
    }

    fn sends(&self, method: reqwest::Method, slug: &str, path: &str, body: &Value) -> Result<()> {
        let asked = self
            .http
            .request(method, format!("{}{slug}/{path}", self.base))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send();
        let failed =
            |cause: String| Error::failed(format!("{NAME} could not do it")).caused_by(cause);
        let answer = self
            .runtime
            .block_on(asked)
            .map_err(|error| failed(error.without_url().to_string()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(failed(format!("the sandbox answered {status} to `{path}`"))),
        }
    }
}
