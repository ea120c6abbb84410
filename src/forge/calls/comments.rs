//! Comments on a pull request: saying something, saying it otherwise, and whose they are.

use serde::Deserialize;
use serde_json::json;

use super::base;
use super::owners::Owner;
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// So many comments of one pull request are looked through, the oldest first. GitHub takes 2,500 on one.
const MOST: usize = 2_500;

/// Clocks of a forge and of this machine differ by less than this many seconds.
const SKEW: f64 = 600.0;

/// A comment on a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its number, on the whole forge.
    pub id: u64,
    /// The page for people.
    #[serde(default)]
    pub html_url: String,
    /// What it says.
    #[serde(default)]
    pub body: Option<String>,
    /// Who wrote it; nobody, once the account is gone.
    #[serde(default)]
    pub user: Option<Owner>,
}

impl Client {
    /// Says something on a pull request.
    ///
    /// # Errors
    /// When it is locked, or may not be commented on.
    pub async fn comment_on_pull(
        &self,
        repository: &RepositoryName,
        number: u64,
        text: &str,
    ) -> Result<Comment, ForgeError> {
        let path = format!("{}/issues/{number}/comments", base(repository));
        let cost = Cost { notifies: true, ..Cost::CREATION };
        let request = self.rest(http::Method::POST, &path, Some(&json!({ "body": text })), cost);
        // The same words, said since this began.
        let since = rfc3339(self.time().now() - SKEW);
        let said = async || self.said(&format!("{path}?since={since}"), text).await;
        self.write(repository, request, said).await
    }

    /// The newest comment on a pull request that says exactly this.
    ///
    /// # Errors
    /// When it cannot be seen.
    pub async fn comment_saying(
        &self,
        repository: &RepositoryName,
        number: u64,
        text: &str,
    ) -> Result<Option<Comment>, ForgeError> {
        self.said(&format!("{}/issues/{number}/comments", base(repository)), text).await
    }

    /// GitHub lists comments from the oldest on.
    async fn said(&self, listed: &str, text: &str) -> Result<Option<Comment>, ForgeError> {
        let comments: Vec<Comment> = self.list(listed, None, MOST).await?;
        Ok(comments.into_iter().rfind(|comment| comment.body.as_deref() == Some(text)))
    }

    /// Who writes with this token. REST says it of persons only; GraphQL says it of an App's token too, and so of a
    /// workflow's: `github-actions[bot]`.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn author(&self) -> Result<String, ForgeError> {
        const NAME: &str = "GraphQL author";
        let data = self.query("author", "query author { viewer { login } }", &json!({})).await?;
        let data = data.whole(NAME)?;
        let login = data.pointer("/viewer/login").and_then(serde_json::Value::as_str);
        login.map(str::to_owned).ok_or_else(|| {
            ForgeError::new(
                ForgeErrorKind::Unintelligible,
                NAME,
                "it does not say whose the token is",
            )
        })
    }

    /// The comments on a pull request, the oldest first; those on lines of its files are not among them.
    ///
    /// # Errors
    /// When they cannot be asked for.
    pub async fn comments(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<Vec<Comment>, ForgeError> {
        self.list(&format!("{}/issues/{number}/comments", base(repository)), None, MOST).await
    }

    /// Makes a comment say something else. Nobody is notified of that.
    ///
    /// # Errors
    /// When it may not, or the comment is not there.
    pub async fn update_comment(
        &self,
        repository: &RepositoryName,
        id: u64,
        text: &str,
    ) -> Result<Comment, ForgeError> {
        let body = json!({ "body": text });
        let path = one(repository, id);
        let request = self.rest(http::Method::PATCH, &path, Some(&body), Cost::WRITE);
        let said = async || {
            let found: Comment = self.get(&path).await?;
            Ok((found.body.as_deref() == Some(text)).then_some(found))
        };
        self.write(repository, request, said).await
    }

    /// Takes a comment away; one that is gone already is no error.
    ///
    /// # Errors
    /// When it may not.
    pub async fn delete_comment(
        &self,
        repository: &RepositoryName,
        id: u64,
    ) -> Result<(), ForgeError> {
        let path = one(repository, id);
        let request = self.rest(http::Method::DELETE, &path, None, Cost::WRITE);
        let gone = async || {
            let found: Option<serde_json::Value> = self.find(&path).await?;
            Ok(found.is_none().then_some(serde_json::Value::Null))
        };
        match self.write::<serde_json::Value, _>(repository, request, gone).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

fn one(repository: &RepositoryName, id: u64) -> String {
    format!("{}/issues/comments/{id}", base(repository))
}

/// A moment in seconds since 1970, as the forge writes it.
fn rfc3339(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "times are small")]
    let second = seconds.floor() as i64;
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
