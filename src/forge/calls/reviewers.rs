//! Review requests.

use serde::Deserialize;
use serde_json::json;

use super::base;
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

/// What the forge says of a team that the token may not see, instead of naming the permission (github/docs#35057).
const NO_NODE: &str = "Could not resolve to a node";

const NEEDS_MEMBERS: &str = "to ask a team for a review, the token needs `members: read` in the organisation (a \
                             classic token: `read:org`)";

/// The requested reviewers who have not reviewed yet.
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

impl Client {
    /// Requests reviews of a pull request from users and teams (by slug).
    ///
    /// # Errors
    /// When one of them is its author or may not see the repository (invalid), or the token lacks the permission.
    pub async fn request_reviewers(
        &self,
        repository: &RepositoryName,
        number: u64,
        users: &[String],
        teams: &[String],
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
        let done = self.write(repository, request, asked).await;
        done.map(|_| ()).map_err(|error| match !teams.is_empty() && error.said.contains(NO_NODE) {
            true => ForgeError { said: format!("{NEEDS_MEMBERS}: {}", error.said), ..error },
            false => error,
        })
    }
}
