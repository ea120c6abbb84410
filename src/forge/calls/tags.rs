//! Tags: listing them with the commits they point to, and creating and deleting annotated ones.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{base, segments};
use crate::fleet::RepositoryName;
use crate::forge::error::ForgeErrorKind;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

/// The most tags that are read from one repository.
const MAX_TAGS: usize = 20_000;

/// Tags per document.
const PAGE: usize = 100;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What its reference points to: the tag object if it is annotated, else the commit.
    pub object: String,
    /// The commit, followed through nested tags; `None` if it points to something else.
    pub commit: Option<String>,
    /// The annotation; `None` for a lightweight tag.
    pub note: Option<Note>,
}

/// The annotation of a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The message.
    pub message: String,
    /// The tagger's name, as given by the tagger.
    pub by: Option<String>,
    /// When it was tagged (RFC 3339).
    pub at: Option<String>,
}

const TAGS: &str = "query tags($owner: String!, $name: String!, $word: String, $after: String) { \
    repository(owner: $owner, name: $name) { \
    refs(refPrefix: \"refs/tags/\", query: $word, first: 100, after: $after) { \
    pageInfo { hasNextPage endCursor } nodes { name target { __typename oid \
    ... on Tag { message tagger { name date } target { __typename oid \
    ... on Tag { target { __typename oid ... on Tag { target { __typename oid \
    ... on Tag { target { __typename oid } } } } } } } } } } } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    #[serde(default)]
    nodes: Vec<Option<Node>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Node {
    name: String,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    #[serde(rename = "__typename")]
    kind: String,
    oid: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    tagger: Option<Tagger>,
    #[serde(default)]
    target: Option<Box<Target>>,
}

#[derive(Deserialize)]
struct Tagger {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    date: Option<String>,
}

impl Target {
    fn commit(&self) -> Option<&str> {
        match (self.kind.as_str(), &self.target) {
            ("Commit", _) => Some(&self.oid),
            ("Tag", Some(inner)) => inner.commit(),
            _ => None,
        }
    }
}

impl Node {
    fn tag(self) -> Option<Tag> {
        let Self { name, target } = self;
        let target = target?;
        let commit = target.commit().map(str::to_owned);
        if target.kind != "Tag" {
            return Some(Tag { name, object: target.oid, commit, note: None });
        }
        let (by, at) = target.tagger.map_or((None, None), |tagger| (tagger.name, tagger.date));
        let note = Note { message: target.message.unwrap_or_default(), by, at };
        Some(Tag { name, object: target.oid, commit, note: Some(note) })
    }
}

impl Client {
    /// Lists the tags of a repository that begin with a prefix.
    ///
    /// # Errors
    /// When the request fails, or there are more than 20,000: a partial list would prove nothing.
    pub async fn tags(
        &self,
        repository: &RepositoryName,
        prefix: &str,
    ) -> Result<Vec<Tag>, ForgeError> {
        let request = format!("GraphQL tags of {repository}");
        let (mut found, mut after) = (Vec::new(), None::<String>);
        for _ in 0..MAX_TAGS / PAGE {
            let word = (!prefix.is_empty()).then_some(prefix);
            let variables = json!({
                "owner": repository.owner, "name": repository.name, "word": word, "after": after,
            });
            let mut data = self.query("tags", TAGS, &variables).await?.whole(&request)?;
            let page = data.pointer_mut("/repository/refs").map(Value::take);
            let page = page.filter(|page| !page.is_null()).ok_or_else(|| {
                ForgeError::new(ForgeErrorKind::NotFound, &request, "there is no such repository")
            })?;
            let page: Page = serde_json::from_value(page).map_err(|error| {
                let said = format!("its answer cannot be understood: {error}");
                ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
            })?;
            let tags = page.nodes.into_iter().flatten().filter_map(Node::tag);
            found.extend(tags.filter(|tag| tag.name.starts_with(prefix)));
            match page.page_info {
                PageInfo { has_next_page: true, end_cursor: Some(cursor) } => after = Some(cursor),
                _ => return Ok(found),
            }
        }
        let said = format!("there are more than {MAX_TAGS} tags that begin with `{prefix}`");
        Err(ForgeError::new(ForgeErrorKind::Invalid, request, said))
    }

    /// What the reference of a tag points to; `None` when the tag does not exist.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn tag_object(
        &self,
        repository: &RepositoryName,
        name: &str,
    ) -> Result<Option<String>, ForgeError> {
        #[derive(Deserialize)]
        struct Answer {
            object: super::git::Object,
        }
        let path = format!("{}/git/ref/tags/{}", base(repository), segments(name));
        match self.find::<Answer>(&path).await {
            Ok(found) => Ok(found.map(|answer| answer.object.sha)),
            // "Git Repository is empty."
            Err(error) if error.kind == ForgeErrorKind::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates the object of an annotated tag, which nothing points to yet. Returns its id.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn create_tag_object(
        &self,
        repository: &RepositoryName,
        name: &str,
        message: &str,
        commit: &str,
    ) -> Result<String, ForgeError> {
        let body = json!({ "tag": name, "message": message, "object": commit, "type": "commit" });
        let path = format!("{}/git/tags", base(repository));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        // Safe to send twice: no reference points to a duplicate.
        let made: super::git::Object = self.write(repository, request, async || Ok(None)).await?;
        Ok(made.sha)
    }

    /// Creates the reference of a tag. Of several concurrent attempts, one succeeds.
    ///
    /// # Errors
    /// A conflict when a tag of that name already points elsewhere; otherwise when the token lacks the permission.
    pub async fn create_tag_reference(
        &self,
        repository: &RepositoryName,
        name: &str,
        object: &str,
    ) -> Result<(), ForgeError> {
        let body = json!({ "ref": format!("refs/tags/{name}"), "sha": object });
        let path = format!("{}/git/refs", base(repository));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        let ours = async || {
            let found = self.tag_object(repository, name).await?;
            Ok((found.as_deref() == Some(object)).then_some(Value::Null))
        };
        match self.write::<Value, _>(repository, request, ours).await {
            Ok(_) => Ok(()),
            // "Reference already exists". A repository rule answers with the same status.
            Err(error) if error.kind == ForgeErrorKind::Invalid => {
                match self.tag_object(repository, name).await? {
                    Some(found) if found == object => Ok(()),
                    Some(_) => {
                        let said = format!("the tag `{name}` is there already");
                        Err(ForgeError::new(ForgeErrorKind::Conflict, error.request, said))
                    }
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes a tag. Succeeds if it is already gone.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn delete_tag(
        &self,
        repository: &RepositoryName,
        name: &str,
    ) -> Result<(), ForgeError> {
        let path = format!("{}/git/refs/tags/{}", base(repository), segments(name));
        let request = self.rest(http::Method::DELETE, &path, None, Cost::WRITE);
        let gone =
            async || Ok(self.tag_object(repository, name).await?.is_none().then_some(Value::Null));
        match self.write::<Value, _>(repository, request, gone).await {
            Ok(_) => Ok(()),
            // "Reference does not exist"
            Err(error)
                if matches!(error.kind, ForgeErrorKind::Invalid | ForgeErrorKind::NotFound) =>
            {
                match self.tag_object(repository, name).await? {
                    None => Ok(()),
                    Some(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(target: &Value) -> Option<Tag> {
        let node = json!({ "name": "v1", "target": target });
        serde_json::from_value::<Node>(node).expect("a node").tag()
    }

    #[test]
    fn tags_with_and_without_a_message_lead_to_their_commits() {
        let plain = tag(&json!({ "__typename": "Commit", "oid": "c" })).expect("a tag");
        assert_eq!((plain.object.as_str(), plain.commit.as_deref()), ("c", Some("c")));
        assert_eq!(plain.note, None);
        let noted = tag(&json!({
            "__typename": "Tag", "oid": "t", "message": "m", "tagger": { "name": "Ann", "date": "d" },
            "target": { "__typename": "Commit", "oid": "c" },
        }))
        .expect("a tag");
        assert_eq!((noted.object.as_str(), noted.commit.as_deref()), ("t", Some("c")));
        assert_eq!(noted.note.and_then(|note| note.by).as_deref(), Some("Ann"));
    }

    #[test]
    fn a_tag_of_a_tag_leads_to_its_commit() {
        let commit = json!({ "__typename": "Commit", "oid": "c" });
        let inner =
            json!({ "__typename": "Tag", "oid": "i", "message": "inner", "target": commit });
        let outer = json!({ "__typename": "Tag", "oid": "o", "message": "why", "target": inner });
        let found = tag(&outer).expect("a tag");
        assert_eq!((found.object.as_str(), found.commit.as_deref()), ("o", Some("c")));
        assert_eq!(found.note.map(|note| note.message).as_deref(), Some("why"));
    }

    #[test]
    fn a_tag_of_something_else_is_there_without_a_commit() {
        let blob = tag(&json!({ "__typename": "Blob", "oid": "b" })).expect("a tag");
        assert_eq!((blob.object.as_str(), blob.commit), ("b", None));
        let of_tree = json!({
            "__typename": "Tag", "oid": "t", "target": { "__typename": "Tree", "oid": "x" },
        });
        let found = tag(&of_tree).expect("a tag");
        assert_eq!((found.object.as_str(), found.commit), ("t", None));
        assert_eq!(tag(&Value::Null), None);
    }
}
