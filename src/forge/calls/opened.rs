//! The open pull requests of repositories, with what they say of themselves.

use serde::Deserialize;
use serde_json::json;

use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// Repositories in one document.
const AT_ONCE: usize = 50;

/// Pull requests of each: those that were opened last.
const MOST: usize = 20;

/// An open pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenPull {
    /// Its number.
    pub number: u64,
    /// Its branch.
    pub head_ref_name: String,
    /// What it says, in Markdown.
    pub body: String,
}

impl Client {
    /// The open pull requests of each of some repositories, in order: the newest twenty.
    pub async fn open_pulls(
        &self,
        repositories: &[RepositoryName],
    ) -> Vec<Result<Vec<OpenPull>, ForgeError>> {
        let mut found = Vec::with_capacity(repositories.len());
        for chunk in repositories.chunks(AT_ONCE) {
            let mut fields = String::new();
            for (number, name) in chunk.iter().enumerate() {
                // Names hold letters, digits and `-_.` only, so they can stand in the document.
                let (owner, name) = (json!(name.owner), json!(name.name));
                fields.push_str(&format!(
                    " r{number}: repository(owner: {owner}, name: {name}) {{ pullRequests(states: [OPEN], first: {MOST}, \
                     orderBy: {{ field: CREATED_AT, direction: DESC }}) {{ nodes {{ number headRefName body }} }} }}"
                ));
            }
            let text = format!("query opened {{ rateLimit {{ cost }}{fields} }}");
            match self.query("opened", &text, &json!({})).await {
                Ok(data) => found.extend(chunk.iter().enumerate().map(|(number, name)| {
                    let request = format!("GraphQL open pull requests of {name}");
                    let field = data.field(&format!("r{number}"), &request)?;
                    let nodes = field.pointer("/pullRequests/nodes").cloned().unwrap_or_default();
                    serde_json::from_value(nodes).map_err(|error| {
                        let said = format!("it does not say which are open: {error}");
                        ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
                    })
                })),
                Err(error) => found.extend(chunk.iter().map(|_| Err(error.clone()))),
            }
        }
        found
    }
}
