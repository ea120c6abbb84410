//! The same question to many repositories, so many of them in one document.

use serde_json::{Value, json};

use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError};

/// Repositories per document.
const AT_ONCE: usize = 50;

/// A question about a repository.
pub(super) struct Question<'q> {
    /// The name of the document's operation, and what it is about, for errors.
    pub(super) operation: &'q str,
    pub(super) about: &'q str,
    /// The fields that are asked of each.
    pub(super) fields: &'q str,
}

impl Client {
    /// The answers of some repositories, in order. `read` reads the one of a repository, and gets the request's name for its
    /// errors.
    pub(super) async fn of_each<T>(
        &self,
        repositories: &[RepositoryName],
        Question { operation, about, fields }: Question<'_>,
        read: impl Fn(&Value, &str) -> Result<T, ForgeError>,
    ) -> Vec<Result<T, ForgeError>> {
        let mut found = Vec::with_capacity(repositories.len());
        for chunk in repositories.chunks(AT_ONCE) {
            let mut asked = String::new();
            for (number, name) in chunk.iter().enumerate() {
                // Names consist of letters, digits and `-_.`, so they are safe to inline.
                let (owner, name) = (json!(name.owner), json!(name.name));
                asked.push_str(&format!(
                    " r{number}: repository(owner: {owner}, name: {name}) {{ {fields} }}"
                ));
            }
            let text = format!("query {operation} {{ rateLimit {{ cost }}{asked} }}");
            match self.query(about, &text, &json!({})).await {
                Ok(data) => found.extend(chunk.iter().enumerate().map(|(number, name)| {
                    let request = format!("GraphQL {about} of {name}");
                    read(data.field(&format!("r{number}"), &request)?, &request)
                })),
                Err(error) => found.extend(chunk.iter().map(|_| Err(error.clone()))),
            }
        }
        found
    }
}
