//! Single files at a commit, with their git entries, and the first file of an empty repository.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::git::{Tree, TreeEntry};
use super::{base, segment, segments};
use crate::fleet::RepositoryName;
use crate::forge::governor::Cost;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

impl Client {
    /// The entry at a path of a tree; `None` when there is none. Reads only the directories on the way, so a monorepo
    /// costs no more than any other repository.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn entry(
        &self,
        repository: &RepositoryName,
        tree: &str,
        path: &str,
    ) -> Result<Option<TreeEntry>, ForgeError> {
        let mut tree = tree.to_owned();
        let mut rest = path.split('/').peekable();
        while let Some(name) = rest.next() {
            let listed: Tree =
                self.get(&format!("{}/git/trees/{}", base(repository), segments(&tree))).await?;
            let found = listed.tree.into_iter().find(|entry| entry.path == name);
            let Some(entry) = found else {
                if listed.truncated {
                    let said = "the folder is too large to be listed completely";
                    let label = format!("tree of `{path}` in {repository}");
                    return Err(ForgeError::new(ForgeErrorKind::Unintelligible, label, said));
                }
                return Ok(None);
            };
            if rest.peek().is_none() {
                return Ok(Some(TreeEntry { path: path.to_owned(), ..entry }));
            }
            if entry.kind != "tree" {
                return Ok(None);
            }
            tree = entry.sha;
        }
        Ok(None)
    }

    /// Creates the first commit of an empty repository, with one file, on its default branch. The forge accepts git
    /// objects only in a repository that has a commit ("Git Repository is empty.").
    ///
    /// # Errors
    /// When the token lacks the permission, or the file already exists.
    pub async fn begin_with(
        &self,
        repository: &RepositoryName,
        branch: &str,
        (path, bytes): (&str, &[u8]),
        message: &str,
    ) -> Result<(), ForgeError> {
        let body = json!({ "message": message, "content": BASE64_STANDARD.encode(bytes) });
        let path = format!("{}/contents/{}", base(repository), segments(path));
        let request = self.rest(http::Method::PUT, &path, Some(&body), Cost::CREATION);
        let begun = async || Ok(self.branch_head(repository, branch).await?.map(|_| Value::Null));
        self.write(repository, request, begun).await.map(|_: Value| ())
    }

    /// The bytes of a file at a branch, tag or commit; `None` when it does not exist or may not be read.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn file_at(
        &self,
        repository: &RepositoryName,
        path: &str,
        reference: Option<&str>,
    ) -> Result<Option<Vec<u8>>, ForgeError> {
        #[derive(serde::Deserialize)]
        struct Answer {
            #[serde(rename = "type")]
            kind: String,
            sha: String,
        }
        let reference = reference.map(|it| format!("?ref={}", segment(it))).unwrap_or_default();
        let path = format!("{}/contents/{}{reference}", base(repository), segments(path));
        let found: Option<serde_json::Value> = self.find(&path).await?;
        // A directory is answered with a list, which does not parse.
        let answer: Option<Answer> = found.and_then(|value| serde_json::from_value(value).ok());
        match answer {
            Some(answer) if answer.kind == "file" => {
                self.blob(repository, &answer.sha).await.map(Some)
            }
            _ => Ok(None),
        }
    }
}
