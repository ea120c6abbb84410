//! A person on the demo's forge: what ann does there through the REST API with her own token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::demo::PREFIX;
use crate::error::{Error, Result};

/// Her login, and the name of her token in the seed.
pub(super) const NAME: &str = "ann";

/// A person who reviews pull requests.
pub(super) struct Person {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    /// The address of the REST API.
    base: String,
    token: String,
}

impl Person {
    /// Creates a person with a token on a forge.
    pub(super) fn at(forge: &str, token: &str) -> Result<Self> {
        let failed = |cause: &dyn std::fmt::Display| {
            Error::failed("cannot reach the demo's forge").caused_by(cause)
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        // Fails if a provider is already installed, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(NAME)
            .no_proxy()
            .build()
            .map_err(|error| failed(&error))?;
        let base = format!("{forge}/api/v3/repos/acme/");
        Ok(Self { runtime, http, base, token: token.to_owned() })
    }

    /// Approves a member's pull request.
    pub(super) fn approves(&self, slug: &str) -> Result<()> {
        let review = json!({ "event": "APPROVE", "body": "As it should be." });
        self.sends(reqwest::Method::POST, &format!("{PREFIX}{slug}/pulls/1/reviews"), &review)?;
        Ok(())
    }

    /// Closes a member's pull request.
    pub(super) fn closes(&self, slug: &str) -> Result<()> {
        let closed = json!({ "state": "closed" });
        self.sends(reqwest::Method::PATCH, &format!("{PREFIX}{slug}/pulls/1"), &closed)?;
        Ok(())
    }

    /// Adds a file to a branch of a member.
    pub(super) fn pushes(&self, slug: &str, branch: &str, path: &str) -> Result<()> {
        let content = STANDARD.encode("Asked the crew.\n");
        let file = json!({ "message": "Note why", "branch": branch, "content": content });
        let path = format!("{PREFIX}{slug}/contents/{path}");
        self.sends(reqwest::Method::PUT, &path, &file)?;
        Ok(())
    }

    /// Changes a file on a repository's default branch.
    pub(super) fn edits(
        &self,
        repository: &str,
        path: &str,
        message: &str,
        change: impl FnOnce(String) -> String,
    ) -> Result<()> {
        let place = format!("{repository}/contents/{path}");
        let known = self.sends(reqwest::Method::GET, &place, &Value::Null)?;
        let text = known["content"].as_str().unwrap_or_default().replace('\n', "");
        let bytes = STANDARD.decode(text).unwrap_or_default();
        let text = change(String::from_utf8_lossy(&bytes).into_owned());
        let content = STANDARD.encode(text);
        let file = json!({ "message": message, "content": content, "sha": known["sha"] });
        self.sends(reqwest::Method::PUT, &place, &file)?;
        Ok(())
    }

    fn sends(&self, method: reqwest::Method, path: &str, body: &Value) -> Result<Value> {
        let request =
            self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = match body {
            Value::Null => request,
            body => request.header("content-type", "application/json").body(body.to_string()),
        };
        let failed =
            |cause: String| Error::failed(format!("{NAME} could not do it")).caused_by(cause);
        let lost = |error: reqwest::Error| failed(error.without_url().to_string());
        let (status, bytes) = self.runtime.block_on(async {
            let answer = request.send().await.map_err(lost)?;
            let status = answer.status();
            Ok::<_, Error>((status, answer.bytes().await.map_err(lost)?))
        })?;
        match status.is_success() {
            true => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            false => Err(failed(format!("the sandbox answered {status} to `{path}`"))),
        }
    }
}
