//! How many repositories stand, for `fleet status`: what is asked of each of them in one document.

use serde_json::{Value, json};

use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// Repositories per document.
const AT_ONCE: usize = 50;

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
        let mut found = Vec::with_capacity(repositories.len());
        for chunk in repositories.chunks(AT_ONCE) {
            let mut fields = String::new();
            for (number, name) in chunk.iter().enumerate() {
                // Names consist of letters, digits and `-_.`, so they are safe to inline.
                let (owner, name) = (json!(name.owner), json!(name.name));
                fields.push_str(&format!(
                    " r{number}: repository(owner: {owner}, name: {name}) \
                     {{ defaultBranchRef {{ name }} pullRequests(states: [OPEN], first: 1) {{ totalCount }} }}"
                ));
            }
            let text = format!("query pulls {{ rateLimit {{ cost }}{fields} }}");
            match self.query("pull requests", &text, &json!({})).await {
                Ok(data) => found.extend(chunk.iter().enumerate().map(|(number, name)| {
                    let request = format!("GraphQL pull requests of {name}");
                    let field = data.field(&format!("r{number}"), &request)?;
                    let open_pulls = field
                        .pointer("/pullRequests/totalCount")
                        .and_then(Value::as_u64)
                        .ok_or_else(|| {
                            let said = "it does not say how many there are";
                            ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
                        })?;
                    let branch = field.pointer("/defaultBranchRef/name").and_then(Value::as_str);
                    Ok(Standing { open_pulls, default_branch: branch.map(str::to_owned) })
                })),
                Err(error) => found.extend(chunk.iter().map(|_| Err(error.clone()))),
            }
        }
        found
    }
}
