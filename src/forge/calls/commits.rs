//! Creating commits through the forge: in one GraphQL mutation where the change allows it, else object by object.
//!
//! A commit made by mutation is signed by the forge (docs.github.com, "createCommitOnBranch"). The mutation cannot set
//! file modes, so executables, links and submodules are created as git objects, and so is a commit on another base.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::git::NewEntry;
use crate::fleet::RepositoryName;
use crate::forge::error::ForgeErrorKind;
use crate::forge::governor::{Budget, Cost};
use crate::forge::{Client, ForgeError};

/// A change to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The path.
    pub path: String,
    /// The new content; `None` deletes the path.
    pub content: Option<FileContent>,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// Git's file mode in octal: `100644`, `100755`, `120000`.
    pub mode: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A commit to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// The parent commit.
    pub base: String,
    /// The message: a subject line, then optionally an empty line and a body.
    pub message: String,
    /// The changes relative to the parent.
    pub changes: Vec<FileChange>,
    /// Whether a written path has a mode other than `100644`, which the mutation would lose.
    pub keeps_modes: bool,
}

/// The most content, in bytes, that is sent in one mutation.
const MAX_DOCUMENT_BYTES: usize = 2 << 20;

/// The permission needed to change workflow files.
const OF_WORKFLOWS: &str = "`workflows: write`";

/// What to do about the lack of a permission that is named.
const TELLS_OF_NEEDS: &str =
    "`shipshape doctor --permissions` lists what each command needs of a token";

impl NewCommit {
    /// Adds the likely cause to a "not found" error: GitHub answers as if the repository did not exist when the token
    /// may not change workflow files
    /// (<https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>).
    pub(super) fn explained(&self, error: ForgeError) -> ForgeError {
        let of_workflows = |change: &FileChange| change.path.starts_with(".github/workflows/");
        let is_refused = error.is_not_found() && self.changes.iter().any(of_workflows);
        if !is_refused || error.said.contains(OF_WORKFLOWS) {
            return error;
        }
        let said = format!(
            "{}: to change files of workflows the token needs {OF_WORKFLOWS} (a classic token the scope `workflow`)",
            error.said
        );
        let hint = error.hint.clone().unwrap_or_else(|| TELLS_OF_NEEDS.to_owned());
        ForgeError { said, ..error }.hint(hint)
    }

    /// Whether one mutation can create it.
    pub(super) fn fits_a_document(&self) -> bool {
        let contents = || self.changes.iter().filter_map(|change| change.content.as_ref());
        !self.keeps_modes
            && contents().all(|content| content.mode == "100644")
            && contents().map(|content| content.bytes.len()).sum::<usize>() <= MAX_DOCUMENT_BYTES
    }

    pub(super) fn variables(&self) -> Value {
        let (headline, body) = self.message.split_once('\n').unwrap_or((&self.message, ""));
        let additions: Vec<Value> = self
            .changes
            .iter()
            .filter_map(|change| {
                let content = change.content.as_ref()?;
                let packed = BASE64_STANDARD.encode(&content.bytes);
                Some(json!({ "path": change.path, "contents": packed }))
            })
            .collect();
        let deletions: Vec<Value> = self
            .changes
            .iter()
            .filter(|change| change.content.is_none())
            .map(|change| json!({ "path": change.path }))
            .collect();
        json!({
            "message": { "headline": headline, "body": body.trim_start_matches('\n') },
            "fileChanges": { "additions": additions, "deletions": deletions },
            "expectedHeadOid": self.base,
        })
    }
}

impl Client {
    /// Adds one commit to a branch that is at the commit's base. Returns the commit's id. Does nothing if the branch
    /// already has it.
    ///
    /// # Errors
    /// A conflict when the branch is at another commit; otherwise when the token lacks the permission.
    pub async fn commit_on_branch(
        &self,
        repository: &RepositoryName,
        branch: &str,
        commit: &NewCommit,
    ) -> Result<String, ForgeError> {
        let label = format!("commit on `{branch}` of {repository}");
        let head = self.branch_head(repository, branch).await?.ok_or_else(|| {
            ForgeError::new(ForgeErrorKind::NotFound, &label, "there is no such branch")
        })?;
        if head != commit.base {
            return match self.made(repository, &head, commit).await? {
                Some(sha) => Ok(sha),
                None => Err(ForgeError::new(
                    ForgeErrorKind::Conflict,
                    &label,
                    "the branch has other commits than those that this change was made for",
                )
                .hint("check the branch; delete it or merge it, and run this again")),
            };
        }
        let made = if commit.fits_a_document() {
            self.commit_at_once(repository, branch, commit).await
        } else {
            self.commit_by_objects(repository, branch, commit).await
        };
        made.map_err(|error| commit.explained(error))
    }

    /// The id of `head` if it is this commit: same parent, same message.
    pub(super) async fn made(
        &self,
        repository: &RepositoryName,
        head: &str,
        commit: &NewCommit,
    ) -> Result<Option<String>, ForgeError> {
        let found = self.commit(repository, head).await?;
        let on_top = matches!(found.parents.as_slice(), [only] if only.sha == commit.base);
        let same = found.message.trim_end() == commit.message.trim_end();
        Ok((on_top && same).then_some(found.sha))
    }

    async fn commit_at_once(
        &self,
        repository: &RepositoryName,
        branch: &str,
        commit: &NewCommit,
    ) -> Result<String, ForgeError> {
        const COMMIT: &str = "mutation commit($commit: CreateCommitOnBranchInput!) { \
            createCommitOnBranch(input: $commit) { commit { oid } } }";
        let mut input = commit.variables();
        input["branch"] = committable(repository, branch);
        let cost = Cost { budget: Budget::Graphql, ..Cost::CREATION };
        let request = self.document("commit", COMMIT, &json!({ "commit": input }), cost);
        let done = async || {
            let Some(head) = self.branch_head(repository, branch).await? else { return Ok(None) };
            let made = self.made(repository, &head, commit).await?;
            Ok(made.map(|oid| json!({ "createCommitOnBranch": { "commit": { "oid": oid } } })))
        };
        let data = self.mutate(repository, request, done).await?;
        let made = data.field("createCommitOnBranch", "GraphQL commit")?;
        let oid = made.pointer("/commit/oid").and_then(Value::as_str);
        oid.map(str::to_owned).ok_or_else(|| {
            ForgeError::new(ForgeErrorKind::Unintelligible, "GraphQL commit", "it names no commit")
        })
    }

    async fn commit_by_objects(
        &self,
        repository: &RepositoryName,
        branch: &str,
        commit: &NewCommit,
    ) -> Result<String, ForgeError> {
        let made = self.commit_unseen(repository, commit).await?;
        self.move_branch(repository, branch, &made).await?;
        Ok(made)
    }

    /// Creates a commit that no branch points to yet. Returns its id.
    pub(super) async fn commit_unseen(
        &self,
        repository: &RepositoryName,
        commit: &NewCommit,
    ) -> Result<String, ForgeError> {
        let beneath = self.commit(repository, &commit.base).await?.tree.sha;
        let mut entries = Vec::with_capacity(commit.changes.len());
        for change in &commit.changes {
            let (mode, sha) = match &change.content {
                None => ("100644", None),
                Some(content) => {
                    (content.mode, Some(self.create_blob(repository, &content.bytes).await?))
                }
            };
            entries.push(NewEntry { path: change.path.clone(), mode, sha });
        }
        let tree = self.create_tree(repository, Some(&beneath), &entries).await?;
        self.create_commit(repository, &commit.message, &tree, &[&commit.base]).await
    }
}

/// A branch, as GraphQL mutations identify it.
pub(super) fn committable(repository: &RepositoryName, branch: &str) -> Value {
    json!({ "repositoryNameWithOwner": repository.to_string(), "branchName": branch })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(mode: &'static str, bytes: usize) -> NewCommit {
        let content = Some(FileContent { mode, bytes: vec![b'x'; bytes] });
        NewCommit {
            base: "a".repeat(40),
            message: "Say what it is\n\nAnd why.\n".to_owned(),
            changes: vec![
                FileChange { path: "a".to_owned(), content },
                FileChange { path: "b".to_owned(), content: None },
            ],
            keeps_modes: false,
        }
    }

    #[test]
    fn only_plain_files_fit_a_document() {
        assert!(commit("100644", 10).fits_a_document());
        assert!(!commit("100755", 10).fits_a_document());
        assert!(!commit("100644", MAX_DOCUMENT_BYTES + 1).fits_a_document());
        assert!(!NewCommit { keeps_modes: true, ..commit("100644", 1) }.fits_a_document());
    }

    #[test]
    fn a_message_is_a_line_and_what_follows() {
        let variables = commit("100644", 1).variables();
        assert_eq!(
            variables["message"],
            json!({ "headline": "Say what it is", "body": "And why.\n" })
        );
        assert_eq!(variables["fileChanges"]["additions"][0]["contents"], "eA==");
        assert_eq!(variables["fileChanges"]["deletions"], json!([{ "path": "b" }]));
    }
}
