//! Comments on a pull request: creating, finding, changing and deleting them, and the account that writes them.

use serde::Deserialize;
use serde_json::json;

use super::base;
use super::owners::Owner;
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// How many comments of one pull request are read, oldest first. GitHub allows 2,500 on one.
const MOST: usize = 2_500;

/// The tolerated difference in seconds between the forge's clock and this machine's.
const SKEW: f64 = 600.0;

/// A comment on a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its number, unique on the whole forge.
    pub id: u64,
    /// The address of its web page.
    #[serde(default)]
    pub html_url: String,
    /// The text, in Markdown.
    #[serde(default)]
    pub body: Option<String>,
    /// The author; `None` once the account is deleted.
    #[serde(default)]
    pub user: Option<Owner>,
}

impl Client {
    /// Comments on a pull request.
    ///
    /// # Errors
    /// When it is locked, or the token may not comment.
    pub async fn comment_on_pull(
        &self,
        repository: &RepositoryName,
        number: u64,
        text: &str,
    ) -> Result<Comment, ForgeError> {
        let path = format!("{}/issues/{number}/comments", base(repository));
        let cost = Cost { notifies: true, ..Cost::CREATION };
        let request = self.rest(http::Method::POST, &path, Some(&json!({ "body": text })), cost);
        // If the answer is lost: a comment with the same text, created since this call began.
        let since = rfc3339(self.time().now() - SKEW);
        let said = async || self.said(&format!("{path}?since={since}"), text).await;
        self.write(repository, request, said).await
    }

    /// The newest comment on a pull request with exactly this text.
    ///
    /// # Errors
    /// When the comments cannot be read.
    pub async fn comment_saying(
        &self,
        repository: &RepositoryName,
        number: u64,
        text: &str,
    ) -> Result<Option<Comment>, ForgeError> {
        self.said(&format!("{}/issues/{number}/comments", base(repository)), text).await
    }

    /// The newest comment with this text. GitHub lists comments oldest first.
    async fn said(&self, listed: &str, text: &str) -> Result<Option<Comment>, ForgeError> {
        let comments: Vec<Comment> = self.list(listed, None, MOST).await?;
        Ok(comments.into_iter().rfind(|comment| comment.body.as_deref() == Some(text)))
    }

    /// The login that writes with this token. REST only knows it for users; GraphQL also reports it for App tokens,
    /// including a workflow's: `github-actions[bot]`.
    ///
    /// # Errors
    /// When the request fails.
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

    /// The comments on a pull request, oldest first, without review comments on lines of its files.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn comments(
        &self,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<Vec<Comment>, ForgeError> {
        self.list(&format!("{}/issues/{number}/comments", base(repository)), None, MOST).await
    }

    /// Replaces the text of a comment. Nobody is notified.
    ///
    /// # Errors
    /// When the token lacks the permission, or the comment does not exist.
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

    /// Deletes a comment; succeeds if it is already gone.
    ///
    /// # Errors
    /// When the token lacks the permission.
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

/// Formats a time in seconds since 1970 as the forge does.
fn rfc3339(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "times are small")]
    let second = seconds.floor() as i64;
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
