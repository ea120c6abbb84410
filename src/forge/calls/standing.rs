//! How many repositories stand, for `fleet status`: what is asked of each of them in one document.

use serde_json::Value;

use super::of_each::Question;
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// What is asked of each.
const ASKED: Question<'static> = Question {
    operation: "pulls",
    about: "pull requests",
    fields: "defaultBranchRef { name } pullRequests(states: [OPEN], first: 1) { totalCount }",
};

/// How a repository stands on the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many pull requests are open.
    pub open_pulls: u64,
    /// Its default branch; `None` for an empty repository.
    pub default_branch: Option<String>,
}

impl Client {
    /// How some repositories stand, in order.
    pub async fn standing(
        &self,
        repositories: &[RepositoryName],
    ) -> Vec<Result<Standing, ForgeError>> {
        self.of_each(repositories, ASKED, standing).await
    }
}

fn standing(field: &Value, request: &str) -> Result<Standing, ForgeError> {
    let open_pulls = field.pointer("/pullRequests/totalCount").and_then(Value::as_u64);
    let open_pulls = open_pulls.ok_or_else(|| {
        let said = "it does not say how many there are";
        ForgeError::new(ForgeErrorKind::Unintelligible, request, said)
    })?;
    let branch = field.pointer("/defaultBranchRef/name").and_then(Value::as_str);
    Ok(Standing { open_pulls, default_branch: branch.map(str::to_owned) })
}
