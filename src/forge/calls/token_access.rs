//! How a token stands, and what it sees: its scopes, and what waits in repositories.

use serde_json::{Value, json};

use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// Repositories in one document.
const AT_ONCE: usize = 50;

/// What waits in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Open pull requests.
    pub open_pulls: u64,
    /// What its default branch is called; an empty repository has none.
    pub default_branch: Option<String>,
}

impl Client {
    /// The scopes of a classic token; `None` for every other kind, whose permissions the forge does not tell.
    ///
    /// # Errors
    /// When it cannot be asked for.
    pub async fn scopes(&self) -> Result<Option<Vec<String>>, ForgeError> {
        // This one costs nothing.
        let scopes = self.header("/rate_limit", "x-oauth-scopes").await?;
        Ok(scopes.map(|scopes| {
            let scopes = scopes.split(',').map(|scope| scope.trim().to_owned());
            scopes.filter(|scope| !scope.is_empty()).collect()
        }))
    }

    /// Whether a read below a repository is permitted: why not, when it is not.
    ///
    /// # Errors
    /// When the forge did not answer at all.
    pub async fn may_read(
        &self,
        repository: &crate::fleet::RepositoryName,
        what: &str,
    ) -> Result<Option<ForgeError>, ForgeError> {
        let path = format!("{}/{what}", super::base(repository));
        match self.get::<serde_json::Value>(&path).await {
            Ok(_) => Ok(None),
            Err(error)
                if matches!(error.kind, ForgeErrorKind::Forbidden | ForgeErrorKind::NotFound) =>
            {
                Ok(Some(error))
            }
            Err(error) => Err(error),
        }
    }

    /// What waits in each of some repositories, in order.
    pub async fn waiting(
        &self,
        repositories: &[crate::fleet::RepositoryName],
    ) -> Vec<Result<Waiting, ForgeError>> {
        let mut found = Vec::with_capacity(repositories.len());
        for chunk in repositories.chunks(AT_ONCE) {
            let mut fields = String::new();
            for (number, name) in chunk.iter().enumerate() {
                // Names hold letters, digits and `-_.` only, so they can stand in the document.
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
                    Ok(Waiting { open_pulls, default_branch: branch.map(str::to_owned) })
                })),
                Err(error) => found.extend(chunk.iter().map(|_| Err(error.clone()))),
            }
        }
        found
    }
}
