//! Git objects through the forge: references, commits, trees and blobs.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::{base, segments};
use crate::fleet::RepositoryName;
use crate::forge::error::ForgeErrorKind;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError};

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Commit {
    /// Its id.
    pub sha: String,
    /// The message.
    #[serde(default)]
    pub message: String,
    /// Its tree.
    pub tree: Object,
    /// Its parents.
    #[serde(default)]
    pub parents: Vec<Object>,
}

/// A git object, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Object {
    /// The id.
    pub sha: String,
}

/// A tree, or as much of it as the forge returns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tree {
    /// Its id.
    pub sha: String,
    /// Its entries.
    pub tree: Vec<TreeEntry>,
    /// Whether the forge left entries out: it does beyond 100,000 entries or 7 MB.
    #[serde(default)]
    pub truncated: bool,
}

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TreeEntry {
    /// Its path from the tree's root.
    pub path: String,
    /// Git's mode in octal: `100644`.
    pub mode: String,
    /// `blob`, `tree` or `commit`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub sha: String,
    /// The size of a blob in bytes.
    #[serde(default)]
    pub size: Option<u64>,
}

/// An entry of a new tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The path.
    pub path: String,
    /// Git's mode in octal.
    pub mode: &'static str,
    /// The blob; `None` deletes the path.
    pub sha: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    object: Object,
}

impl Client {
    /// The commit that a branch is at; `None` when the branch does not exist, or has no commit yet.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn branch_head(
        &self,
        repository: &RepositoryName,
        branch: &str,
    ) -> Result<Option<String>, ForgeError> {
        let path = format!("{}/git/ref/heads/{}", base(repository), segments(branch));
        match self.find::<Reference>(&path).await {
            Ok(found) => Ok(found.map(|reference| reference.object.sha)),
            // "Git Repository is empty."
            Err(error) if error.kind == ForgeErrorKind::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a commit.
    ///
    /// # Errors
    /// When it does not exist, or the request fails.
    pub async fn commit(
        &self,
        repository: &RepositoryName,
        sha: &str,
    ) -> Result<Commit, ForgeError> {
        self.get(&format!("{}/git/commits/{}", base(repository), segments(sha))).await
    }

    /// Reads a tree recursively.
    ///
    /// # Errors
    /// When it does not exist, or the request fails.
    pub async fn tree(&self, repository: &RepositoryName, sha: &str) -> Result<Tree, ForgeError> {
        self.get(&format!("{}/git/trees/{}?recursive=1", base(repository), segments(sha))).await
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// When it does not exist, or is too large for the forge (100 MB).
    pub async fn blob(
        &self,
        repository: &RepositoryName,
        sha: &str,
    ) -> Result<Vec<u8>, ForgeError> {
        #[derive(Deserialize)]
        struct Answer {
            content: String,
            encoding: String,
        }
        let path = format!("{}/git/blobs/{}", base(repository), segments(sha));
        let answer: Answer = self.get(&path).await?;
        let unread = || {
            let said = format!("its content is in the encoding `{}`", answer.encoding);
            ForgeError::new(ForgeErrorKind::Unintelligible, format!("GET {path}"), said)
        };
        match answer.encoding.as_str() {
            "base64" => {
                let packed: String = answer.content.split_whitespace().collect();
                BASE64_STANDARD.decode(packed).map_err(|_| unread())
            }
            "utf-8" => Ok(answer.content.clone().into_bytes()),
            _ => Err(unread()),
        }
    }

    /// Creates a blob. Returns its id.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn create_blob(
        &self,
        repository: &RepositoryName,
        bytes: &[u8],
    ) -> Result<String, ForgeError> {
        let body = json!({ "content": BASE64_STANDARD.encode(bytes), "encoding": "base64" });
        let path = format!("{}/git/blobs", base(repository));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::WRITE);
        // Safe to send twice: a blob is identified by its content.
        let made: Object = self.write(repository, request, async || Ok(None)).await?;
        Ok(made.sha)
    }

    /// Creates a tree from another one and changes to it. Returns its id.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn create_tree(
        &self,
        repository: &RepositoryName,
        beneath: Option<&str>,
        entries: &[NewEntry],
    ) -> Result<String, ForgeError> {
        let entries: Vec<serde_json::Value> = entries
            .iter()
            .map(|entry| {
                let kind = if entry.mode == "160000" { "commit" } else { "blob" };
                json!({ "path": entry.path, "mode": entry.mode, "type": kind, "sha": entry.sha })
            })
            .collect();
        let mut body = json!({ "tree": entries });
        if let (Some(beneath), Some(body)) = (beneath, body.as_object_mut()) {
            body.insert("base_tree".to_owned(), beneath.into());
        }
        let path = format!("{}/git/trees", base(repository));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::WRITE);
        let made: Object = self.write(repository, request, async || Ok(None)).await?;
        Ok(made.sha)
    }

    /// Creates a commit that nothing points to yet. Returns its id.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn create_commit(
        &self,
        repository: &RepositoryName,
        message: &str,
        tree: &str,
        parents: &[&str],
    ) -> Result<String, ForgeError> {
        let body = json!({ "message": message, "tree": tree, "parents": parents });
        let path = format!("{}/git/commits", base(repository));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        // Safe to send twice: a duplicate differs in its time at most, and nothing points to the first.
        let made: Object = self.write(repository, request, async || Ok(None)).await?;
        Ok(made.sha)
    }

    /// Creates a branch at a commit.
    ///
    /// # Errors
    /// When a branch of that name already exists at another commit.
    pub async fn create_branch(
        &self,
        repository: &RepositoryName,
        branch: &str,
        sha: &str,
    ) -> Result<(), ForgeError> {
        let body = json!({ "ref": format!("refs/heads/{branch}"), "sha": sha });
        let path = format!("{}/git/refs", base(repository));
        let request = self.rest(http::Method::POST, &path, Some(&body), Cost::CREATION);
        self.write(repository, request, async || self.is_at(repository, branch, sha).await)
            .await
            .map(|_: serde_json::Value| ())
    }

    /// Fast-forwards a branch to a commit.
    ///
    /// # Errors
    /// When it has moved meanwhile (invalid: not a fast forward), or may not be moved.
    pub async fn move_branch(
        &self,
        repository: &RepositoryName,
        branch: &str,
        sha: &str,
    ) -> Result<(), ForgeError> {
        let body = json!({ "sha": sha, "force": false });
        let path = format!("{}/git/refs/heads/{}", base(repository), segments(branch));
        let request = self.rest(http::Method::PATCH, &path, Some(&body), Cost::WRITE);
        self.write(repository, request, async || self.is_at(repository, branch, sha).await)
            .await
            .map(|_: serde_json::Value| ())
    }

    /// Deletes a branch. Succeeds if it is already gone.
    ///
    /// # Errors
    /// When the token lacks the permission.
    pub async fn delete_branch(
        &self,
        repository: &RepositoryName,
        branch: &str,
    ) -> Result<(), ForgeError> {
        let path = format!("{}/git/refs/heads/{}", base(repository), segments(branch));
        let request = self.rest(http::Method::DELETE, &path, None, Cost::WRITE);
        let gone = async || {
            let head = self.branch_head(repository, branch).await?;
            Ok(head.is_none().then_some(serde_json::Value::Null))
        };
        match self.write::<serde_json::Value, _>(repository, request, gone).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            // "Reference does not exist"
            Err(error) if error.kind == ForgeErrorKind::Invalid => {
                match self.branch_head(repository, branch).await? {
                    None => Ok(()),
                    Some(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn is_at(
        &self,
        repository: &RepositoryName,
        branch: &str,
        sha: &str,
    ) -> Result<Option<serde_json::Value>, ForgeError> {
        let head = self.branch_head(repository, branch).await?;
        Ok((head.as_deref() == Some(sha)).then_some(serde_json::Value::Null))
    }
}
