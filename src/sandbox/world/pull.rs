//! Pull requests.

use super::RepositoryId;

/// Whether a pull request is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PullState {
    Open,
    Closed,
    Merged,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) state: PullState,
    pub(crate) draft: bool,
    pub(crate) author: String,
    /// Where the head branch is; `None` once that repository is gone.
    pub(crate) head_repository: RepositoryId,
    pub(crate) head: String,
    /// The commit that the head branch had last.
    pub(crate) head_sha: String,
    pub(crate) base: String,
    pub(crate) base_sha: String,
    /// Names of labels of the repository.
    pub(crate) labels: Vec<String>,
    pub(crate) reviewers: Vec<String>,
    pub(crate) team_reviewers: Vec<String>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) closed: Option<i64>,
    pub(crate) merged: Option<i64>,
    pub(crate) merge_commit: Option<String>,
    pub(crate) maintainer_can_modify: bool,
}

impl Pull {
    pub(crate) fn node_id(&self) -> String {
        format!("PR_{}", self.id)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state == PullState::Open
    }
}
