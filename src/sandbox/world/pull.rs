//! Pull requests.

use super::RepositoryId;

/// Whether a pull request is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum PullState {
    Open,
    Closed,
    Merged,
}

/// A pull request.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Pull {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) number: u64,
    pub(in crate::sandbox) title: String,
    pub(in crate::sandbox) body: Option<String>,
    pub(in crate::sandbox) state: PullState,
    pub(in crate::sandbox) draft: bool,
    pub(in crate::sandbox) author: String,
    /// Where the head branch is; `None` once that repository is gone.
    pub(in crate::sandbox) head_repository: RepositoryId,
    pub(in crate::sandbox) head: String,
    /// The commit that the head branch had last.
    pub(in crate::sandbox) head_sha: String,
    pub(in crate::sandbox) base: String,
    pub(in crate::sandbox) base_sha: String,
    /// Names of labels of the repository.
    pub(in crate::sandbox) labels: Vec<String>,
    pub(in crate::sandbox) reviewers: Vec<String>,
    pub(in crate::sandbox) team_reviewers: Vec<String>,
    pub(in crate::sandbox) created: i64,
    pub(in crate::sandbox) updated: i64,
    pub(in crate::sandbox) closed: Option<i64>,
    pub(in crate::sandbox) merged: Option<i64>,
    pub(in crate::sandbox) merge_commit: Option<String>,
    pub(in crate::sandbox) maintainer_can_modify: bool,
}

impl Pull {
    pub(in crate::sandbox) fn node_id(&self) -> String {
        format!("PR_{}", self.id)
    }

    pub(in crate::sandbox) fn is_open(&self) -> bool {
        self.state == PullState::Open
    }
}
