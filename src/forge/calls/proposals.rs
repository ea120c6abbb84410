//! A change offered as a pull request, or put on a branch: in one document where the change allows it.
//!
//! One mutation document makes the branch, the commit and the pull request, in that order: one unit of
//! content instead of three, and a commit that the forge signs (docs.github.com, "createCommitOnBranch").
//! It cannot set modes, so executables, links and submodules go through git's own objects. The fields
//! of a document are not one transaction: whatever was done of it is looked up and finished step by step, and
//! a branch that leads nowhere is taken away again.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::git::NewEntry;
use super::pulls::PullRequest;
use crate::fleet::RepositoryName;
use crate::forge::error::ForgeErrorKind;
use crate::forge::governor::{Budget, Cost};
use crate::forge::{Client, ForgeError};

/// What is to stand at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The path.
    pub path: String,
    /// The content; `None` takes it away.
    pub content: Option<FileContent>,
}

/// A file that is to stand at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// Git's mode in octal: `100644`, `100755`, `120000`.
    pub mode: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A commit that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// The commit that it goes on top of.
    pub base: String,
    /// What it says: a line, and more behind an empty one.
    pub message: String,
    /// What is different in it.
    pub changes: Vec<FileChange>,
    /// The modes that paths have already, where they are not `100644`: a document would lose them.
    pub keeps_modes: bool,
}

/// A pull request that is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The branch that is made for it.
    pub branch: String,
    /// The branch that it is offered to.
    pub onto: String,
    /// Its one commit.
    pub commit: NewCommit,
    /// Its title.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Whether it is not ready yet.
    pub draft: bool,
    /// Its labels.
    pub labels: Vec<String>,
}

/// More bytes than this do not go into one document.
const MAX_DOCUMENT_BYTES: usize = 2 << 20;

impl NewCommit {
    /// Whether a document can make it.
    fn fits_a_document(&self) -> bool {
        let contents = || self.changes.iter().filter_map(|change| change.content.as_ref());
        !self.keeps_modes
            && contents().all(|content| content.mode == "100644")
            && contents().map(|content| content.bytes.len()).sum::<usize>() <= MAX_DOCUMENT_BYTES
    }

    fn variables(&self) -> Value {
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
    /// Offers a change. One that is offered already, from the same branch, is taken as it is.
    ///
    /// # Errors
    /// When the branch holds something else, the base has moved away, or it may not.
    pub async fn propose(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<PullRequest, ForgeError> {
        let pull = self.proposed(repository, proposal).await?;
        self.add_labels(repository, pull.number, &proposal.labels).await?;
        Ok(pull)
    }

    async fn proposed(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<PullRequest, ForgeError> {
        let Proposal { branch, onto, .. } = proposal;
        if let Some(pull) = self.open_pull(repository, branch, onto).await? {
            return Ok(pull);
        }
        let is_new = self.branch_head(repository, branch).await?.is_none();
        if is_new && proposal.commit.fits_a_document() {
            let outcome = self.propose_at_once(repository, proposal).await?;
            if let Some(pull) = self.open_pull(repository, branch, onto).await? {
                return Ok(pull);
            }
            if let Some(error) = outcome {
                // What was begun leads nowhere: the branch goes, unless it cannot be asked for.
                if error.kind != ForgeErrorKind::Unavailable {
                    self.delete_branch(repository, branch).await?;
                    return Err(error);
                }
            }
        }
        self.propose_step_by_step(repository, proposal).await
    }

    /// Sends the one document; the first thing in it that failed, if any.
    async fn propose_at_once(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<Option<ForgeError>, ForgeError> {
        const PROPOSE: &str = "mutation propose($ref: CreateRefInput!, $commit: CreateCommitOnBranchInput!, \
            $pull: CreatePullRequestInput!) { \
            createRef(input: $ref) { ref { name } } \
            createCommitOnBranch(input: $commit) { commit { oid } } \
            createPullRequest(input: $pull) { pullRequest { number } } }";
        let id = self.repository(repository).await?.node_id;
        let mut commit = proposal.commit.variables();
        commit["branch"] = committable(repository, &proposal.branch);
        let variables = json!({
            "ref": {
                "repositoryId": id,
                "name": format!("refs/heads/{}", proposal.branch),
                "oid": proposal.commit.base,
            },
            "commit": commit,
            "pull": {
                "repositoryId": id,
                "baseRefName": proposal.onto,
                "headRefName": proposal.branch,
                "title": proposal.title,
                "body": proposal.body,
                "draft": proposal.draft,
            },
        });
        let cost = Cost { budget: Budget::Graphql, notifies: true, ..Cost::CREATION };
        let request = self.document("propose", PROPOSE, &variables, cost);
        // Whatever was begun is finished step by step, not sent again.
        let begun = async || {
            let head = self.branch_head(repository, &proposal.branch).await?;
            Ok(head.map(|_| Value::Null))
        };
        let answer = self.mutate(repository, request, begun).await?;
        Ok(answer.errors.first().map(|error| error.failure("GraphQL propose")))
    }

    async fn propose_step_by_step(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<PullRequest, ForgeError> {
        let Proposal { branch, onto, commit, .. } = proposal;
        if self.branch_head(repository, branch).await?.is_none() {
            self.create_branch(repository, branch, &commit.base).await?;
        }
        self.commit_on_branch(repository, branch, commit).await?;
        let said = (proposal.title.as_str(), proposal.body.as_str());
        self.create_pull(repository, (branch, onto), said, proposal.draft).await
    }

    /// Puts one commit on a branch that is at its base; its id. A branch that has it already is left.
    ///
    /// # Errors
    /// When the branch is elsewhere (conflict), or it may not.
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
                    "the branch has other commits than those that this was made for",
                )
                .hint("look at the branch; delete it, or merge it, and run this again")),
            };
        }
        if commit.fits_a_document() {
            self.commit_at_once(repository, branch, commit).await
        } else {
            self.commit_by_objects(repository, branch, commit).await
        }
    }

    /// The commit, if a branch's head is it: on top of the base, with its words.
    async fn made(
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
        let made = self.create_commit(repository, &commit.message, &tree, &[&commit.base]).await?;
        self.move_branch(repository, branch, &made).await?;
        Ok(made)
    }
}

fn committable(repository: &RepositoryName, branch: &str) -> Value {
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
