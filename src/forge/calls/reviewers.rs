//! Asking people to look, and telling them something.

use serde::Deserialize;
use serde_json::json;

use super::base;
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

/// A comment on a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// The page for people.
    #[serde(default)]
    pub html_url: String,
    /// What it says.
    #[serde(default)]
    pub body: Option<String>,
}

/// Who is asked to review a pull request and has not yet.
#[derive(Deserialize)]
struct Requested {
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    teams: Vec<Team>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct Team {
    slug: String,
}

/// Clocks of a forge and of this machine differ by less than this many seconds.
const SKEW: f64 = 600.0;

impl Client {
    /// Asks people and teams (their short names) to review a pull request.
    ///
    /// # Errors
    /// When one of them is its author, or may not see the repository (invalid); or it may not.
    pub async fn request_reviewers(
        &self,
        repository: &RepositoryName,
        number: u64,
        (users, teams): (&[String], &[String]),
    ) -> Result<(), ForgeError> {
        if users.is_empty() && teams.is_empty() {
            return Ok(());
        }
        let path = format!("{}/pulls/{number}/requested_reviewers", base(repository));
        let body = json!({ "reviewers": users, "team_reviewers": teams });
        let cost = Cost { notifies: true, ..Cost::CREATION };
        let request = self.rest(http::Method::POST, &path, Some(&body), cost);
        let asked = async || {
            let found: Requested = self.get(&path).await?;
            let user = |login: &String| {
                found.users.iter().any(|user| user.login.eq_ignore_ascii_case(login))
            };
            let team =
                |slug: &String| found.teams.iter().any(|team| team.slug.eq_ignore_ascii_case(slug));
            let all = users.iter().all(user) && teams.iter().all(team);
            Ok(all.then_some(serde_json::Value::Null))
        };
        self.write(repository, request, asked).await.map(|_| ())
    }

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
        let comments: Vec<Comment> = self.list(listed, None, 1000).await?;
        Ok(comments.into_iter().rfind(|comment| comment.body.as_deref() == Some(text)))
    }
}

/// A moment in seconds since 1970, as the forge writes it.
fn rfc3339(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "times are small")]
    let second = seconds.floor() as i64;
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
