//! Reads single files of default branches without listing their trees, such as a list kept in a monorepo of a hundred
//! thousand files.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};
use crate::snapshot::BlobId;

/// Files per document.
const MOST: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    oid: String,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    text: Option<String>,
}

/// Reads files, in order.
pub(super) async fn read(
    client: &Client,
    wanted: &[(RepositoryName, String)],
) -> Vec<Result<Option<Vec<u8>>, ForgeError>> {
    let mut files = Vec::with_capacity(wanted.len());
    for chunk in wanted.chunks(MOST) {
        match ask(client, chunk).await {
            Ok(data) => {
                for (number, (name, _)) in chunk.iter().enumerate() {
                    files.push(one(client, &data, number, name).await);
                }
            }
            Err(error) => files.extend(chunk.iter().map(|_| Err(error.clone()))),
        }
    }
    files
}

async fn ask(
    client: &Client,
    wanted: &[(RepositoryName, String)],
) -> Result<crate::forge::Data, ForgeError> {
    let mut variables = serde_json::Map::new();
    let mut declared = String::new();
    let mut fields = String::new();
    for (number, (name, path)) in wanted.iter().enumerate() {
        let (owner, repository) = (json!(name.owner), json!(name.name));
        declared.push_str(&format!("$e{number}: String! "));
        variables.insert(format!("e{number}"), format!("HEAD:{path}").into());
        fields.push_str(&format!(
            " r{number}: repository(owner: {owner}, name: {repository}) \
             {{ object(expression: $e{number}) {{ ... on Blob {{ oid isTruncated text }} }} }}"
        ));
    }
    let text = format!("query files({declared}) {{ rateLimit {{ cost }}{fields} }}");
    client.query("files", &text, &Value::Object(variables)).await
}

async fn one(
    client: &Client,
    data: &crate::forge::Data,
    number: usize,
    name: &RepositoryName,
) -> Result<Option<Vec<u8>>, ForgeError> {
    let request = format!("GraphQL files of {name}");
    let found = data.field(&format!("r{number}"), &request)?;
    let object = found.get("object").cloned().unwrap_or_default();
    if object.get("oid").is_none() {
        // The path does not exist, or is a directory.
        return Ok(None);
    }
    let answer: Answer = serde_json::from_value(object).map_err(|error| {
        let said = format!("its answer cannot be understood: {error}");
        ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
    })?;
    match answer.text {
        Some(text)
            if !answer.is_truncated
                && BlobId::parse(&answer.oid) == Some(BlobId::of(text.as_bytes())) =>
        {
            Ok(Some(text.into_bytes()))
        }
        // Truncated, or not UTF-8.
        _ => client.blob(name, &answer.oid).await.map(Some),
    }
}
