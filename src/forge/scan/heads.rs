//! The commits that branches are at, for up to a hundred repositories per document.

use std::ops::Range;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Step;
use super::batch::in_batches;
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// Repositories per document.
const MOST: usize = 100;

/// A repository at a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The repository.
    pub name: RepositoryName,
    /// A branch, tag or commit; the default branch when `None`.
    pub reference: Option<String>,
}

/// A repository, and the commit at a reference of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its present name, which differs from the requested one if it was renamed.
    pub name: RepositoryName,
    /// Its GraphQL id.
    pub id: String,
    /// Its default branch.
    pub default_branch: Option<String>,
    /// The commit; empty when the repository has none.
    pub commit: String,
    /// The tree of the commit.
    pub tree: Option<String>,
    /// When it was committed (RFC 3339).
    pub committed: Option<String>,
    /// Whether it is archived, and so read-only.
    pub is_archived: bool,
    /// Whether the forge has disabled it.
    pub is_disabled: bool,
    /// Whether it is private.
    pub is_private: bool,
}

/// The cache name of the trees of commits, including a format version.
const KIND: &str = "tree-of-commit-v1";

impl Head {
    /// A commit that was read before, in any run, with what never changes of it; `None` if it was not.
    pub(super) fn known(client: &Client, place: &Place) -> Option<Self> {
        let commit = place.reference.clone()?;
        let tree = client.cache().fact(KIND, &commit)?;
        Some(Self {
            name: place.name.clone(),
            id: String::new(),
            default_branch: None,
            commit,
            tree: Some(String::from_utf8(tree).ok().filter(|tree| is_id(tree))?),
            committed: None,
            is_archived: false,
            is_disabled: false,
            is_private: false,
        })
    }

    /// Remembers the tree of the commit for [`Self::known`].
    pub(super) fn remember(&self, client: &Client) {
        if let Some(tree) = &self.tree {
            client.cache().keep_fact(KIND, &self.commit, tree.as_bytes());
        }
    }
}

/// Whether a text is a full id of git's.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The fields read of every repository.
const FIELDS: &str = "fragment head on Repository { id nameWithOwner isArchived isDisabled isPrivate \
    defaultBranchRef { name target { oid ... on Commit { committedDate tree { oid } } } } }";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    id: String,
    name_with_owner: String,
    #[serde(default)]
    is_archived: bool,
    #[serde(default)]
    is_disabled: bool,
    #[serde(default)]
    is_private: bool,
    default_branch_ref: Option<Branch>,
    #[serde(default)]
    object: Option<Target>,
}

#[derive(Debug, Deserialize)]
struct Branch {
    name: String,
    target: Option<Target>,
}

/// The target of a reference: a commit, or a tag that points to one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    #[serde(default)]
    oid: String,
    #[serde(default)]
    committed_date: Option<String>,
    #[serde(default)]
    tree: Option<Oid>,
    #[serde(default)]
    target: Option<Box<Target>>,
}

#[derive(Debug, Deserialize)]
struct Oid {
    oid: String,
}

impl Target {
    fn commit(self) -> Self {
        match self.target {
            Some(inner) => inner.commit(),
            None => self,
        }
    }
}

/// Reads heads, in order.
pub(super) async fn read(
    client: &Client,
    places: &[Place],
    step: Step<'_>,
) -> Vec<Result<Head, ForgeError>> {
    let asking =
        async |range: Range<usize>| ask(client, places.get(range).unwrap_or_default()).await;
    in_batches(client, places.len(), MOST, asking, |found| step(found as u64)).await
}

async fn ask(
    client: &Client,
    places: &[Place],
) -> Result<Vec<Result<Head, ForgeError>>, ForgeError> {
    let (text, variables) = document(places);
    let data = client.query_once("commits", &text, &variables).await?;
    let crippled = data.errors.iter().any(|error| error.is_too_much());
    if crippled || (data.data.is_null() && !data.errors.is_empty()) {
        let error = data.errors.iter().find(|error| error.is_too_much()).or(data.errors.first());
        return Err(error.map(|error| error.failure("GraphQL commits")).unwrap_or_else(|| {
            ForgeError::new(ForgeErrorKind::Unavailable, "GraphQL commits", "half of it is missing")
        }));
    }
    let mut heads = Vec::with_capacity(places.len());
    for (number, place) in places.iter().enumerate() {
        let request = format!("GraphQL commits of {}", place.name);
        heads.push(data.field(&format!("r{number}"), &request).and_then(|value| {
            let answer: Answer = serde_json::from_value(value.clone()).map_err(|error| {
                let said = format!("its answer cannot be understood: {error}");
                ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
            })?;
            let head = head(answer, place, &request)?;
            if !head.name.same(&place.name) {
                client.renamed(&place.name, &head.name);
            }
            Ok(head)
        }));
    }
    Ok(heads)
}

fn document(places: &[Place]) -> (String, Value) {
    let mut variables = serde_json::Map::new();
    let mut declared = String::new();
    let mut fields = String::new();
    for (number, place) in places.iter().enumerate() {
        // Names consist of letters, digits and `-_.`, so they are safe to inline.
        let RepositoryName { owner, name } = &place.name;
        let (owner, name) = (json!(owner), json!(name));
        let mut more = String::new();
        if let Some(reference) = &place.reference {
            declared.push_str(&format!("$e{number}: String! "));
            variables.insert(format!("e{number}"), reference.clone().into());
            more = format!(
                " object(expression: $e{number}) {{ oid ... on Commit {{ committedDate tree {{ oid }} }} \
                 ... on Tag {{ target {{ oid ... on Commit {{ committedDate tree {{ oid }} }} }} }} }}"
            );
        }
        fields.push_str(&format!(
            " r{number}: repository(owner: {owner}, name: {name}) {{ ...head{more} }}"
        ));
    }
    let declared = if declared.is_empty() { declared } else { format!("({declared})") };
    let text = format!("query heads{declared} {{ rateLimit {{ cost }}{fields} }} {FIELDS}");
    (text, Value::Object(variables))
}

fn head(answer: Answer, place: &Place, request: &str) -> Result<Head, ForgeError> {
    let name = RepositoryName::parse(&answer.name_with_owner, "").ok_or_else(|| {
        ForgeError::new(ForgeErrorKind::Unintelligible, request, "it answers with an invalid name")
    })?;
    let default_branch = answer.default_branch_ref.as_ref().map(|branch| branch.name.clone());
    let target = match &place.reference {
        None => answer.default_branch_ref.and_then(|branch| branch.target),
        Some(reference) => {
            Some(answer.object.ok_or_else(|| ForgeError::of_reference(request, reference))?)
        }
    };
    let commit = target.map(Target::commit);
    let (oid, tree, committed) = match commit {
        Some(commit) => (commit.oid, commit.tree.map(|tree| tree.oid), commit.committed_date),
        None => (String::new(), None, None),
    };
    Ok(Head {
        name,
        id: answer.id,
        default_branch,
        commit: oid,
        tree,
        committed,
        is_archived: answer.is_archived,
        is_disabled: answer.is_disabled,
        is_private: answer.is_private,
    })
}

/// What the fuzz target asserts: the name of a head is valid.
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::forge) fn fuzzed(value: &Value) {
    for reference in [None, Some("v1".to_owned())] {
        let Ok(answer) = serde_json::from_value::<Answer>(value.clone()) else { return };
        let place = Place { name: RepositoryName::new("acme", "api"), reference };
        if let Ok(head) = head(answer, &place, "x") {
            let name = head.name.to_string();
            assert_eq!(RepositoryName::parse(&name, ""), Some(head.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, reference: Option<&str>) -> Place {
        let reference = reference.map(str::to_owned);
        Place { name: RepositoryName::new("acme", name), reference }
    }

    #[test]
    fn references_are_variables_and_never_text() {
        let (text, variables) = document(&[place("a", None), place("b", Some("x\") { id } #"))]);
        assert!(!text.contains('#'), "{text}");
        assert_eq!(variables, json!({ "e1": "x\") { id } #" }));
        assert!(text.starts_with("query heads($e1: String! ) { rateLimit"), "{text}");
    }

    #[test]
    fn a_tag_leads_to_its_commit() {
        let answer: Answer = serde_json::from_value(json!({
            "id": "R", "nameWithOwner": "acme/new", "defaultBranchRef": null,
            "object": { "oid": "t", "target": { "oid": "c", "tree": { "oid": "r" } } },
        }))
        .expect("an answer");
        let head = head(answer, &place("old", Some("v1")), "x").expect("a head");
        assert_eq!((head.commit.as_str(), head.tree.as_deref()), ("c", Some("r")));
        assert_eq!(head.name, RepositoryName::new("acme", "new"));
    }
}
