//! What the forge reports for one repository: the repository itself, the branch, and the pull requests from it.

use crate::fleet::RepositoryName;
use crate::forge::{ForgeError, ForgeErrorKind};

/// The repository and branch to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferQuery {
    /// The repository.
    pub repository: RepositoryName,
    /// The exact branch name: `shipshape/fix` does not match `shipshape/fix-2`.
    pub branch: String,
}

/// A repository, and its pull requests from one branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Its present name.
    pub name: RepositoryName,
    /// The name that was asked for, if it differs from the present one.
    pub renamed_from: Option<RepositoryName>,
    /// Its GraphQL id.
    pub id: String,
    /// The login of the token, in the form of [`PullSeen::author`].
    pub viewer: String,
    /// Its default branch; `None` while it is empty.
    pub default_branch: Option<String>,
    /// The commit that the default branch is at.
    pub head: Option<String>,
    /// The tree of that commit.
    pub tree: Option<String>,
    /// Whether it is archived, and so read-only.
    pub is_archived: bool,
    /// Whether the forge has disabled it.
    pub is_disabled: bool,
    /// Whether it has no commits.
    pub is_empty: bool,
    /// Whether it is private.
    pub is_private: bool,
    /// Whether the token may push to it. The forge does not say so for an App's token, where this is `true`.
    pub may_push: bool,
    /// The allowed merge methods.
    pub methods: MergeMethods,
    /// Whether auto-merge is allowed.
    pub auto_merge_allowed: bool,
    /// Whether the forge deletes a branch once it is merged.
    pub delete_branch_on_merge: bool,
    /// The names of the checks that the default branch requires, by branch protection or rulesets.
    pub required_checks: Vec<String>,
    /// The number of approvals that the default branch requires.
    pub required_approvals: u64,
    /// The checks of the default branch's head.
    pub checks: Checks,
    /// The queried branch, if it exists.
    pub branch: Option<BranchSeen>,
    /// The pull requests from exactly this branch of this repository, newest first, at most
    /// [`MOST_PULLS`](super::MOST_PULLS).
    pub pulls: Vec<PullSeen>,
    /// What the token could not read, and why, one line each. Checks that were not read are [`CheckState::Unknown`].
    pub unread: Vec<String>,
}

impl Offer {
    /// The open pull request, if there is one.
    #[must_use]
    pub fn open_pull(&self) -> Option<&PullSeen> {
        self.pulls.iter().find(|pull| pull.state == PullStanding::Open)
    }

    /// [`Offer::unread`] if a pull request is open, else nothing.
    #[must_use]
    pub fn unread_of_pull(&self) -> Vec<String> {
        if self.open_pull().is_some() { self.unread.clone() } else { Vec::new() }
    }
}

/// The merge methods that a repository allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeMethods {
    /// By a merge commit.
    pub merge: bool,
    /// By squashing it into one commit.
    pub squash: bool,
    /// By rebasing its commits onto the base.
    pub rebase: bool,
}

/// A branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchSeen {
    /// The commit that it is at.
    pub head: String,
    /// The newest commits, head first, followed by those of the base.
    pub commits: Vec<CommitSeen>,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitSeen {
    /// Its id.
    pub oid: String,
    /// The message, trailers included.
    pub message: String,
    /// The author.
    pub author: Person,
    /// The committer: the forge itself for commits made through it.
    pub committer: Person,
    /// The ids of its parents.
    pub parents: Vec<String>,
}

/// A person, as a commit names them. Commits can claim anything: this is not proof of identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The account that the forge associates with the email address.
    pub login: Option<String>,
    /// The name.
    pub name: String,
    /// The email address.
    pub email: String,
}

/// The state of a pull request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullStanding {
    /// It is open.
    #[default]
    Open,
    /// It was closed without being merged.
    Closed,
    /// It was merged.
    Merged,
}

/// The overall review decision on a pull request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewDecision {
    /// Nobody reviewed it, and no review is required.
    #[default]
    None,
    /// An approval is still required.
    Required,
    /// It was approved.
    Approved,
    /// A reviewer requested changes.
    ChangesRequested,
}

/// Whether a pull request merges cleanly into its base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mergeable {
    /// It does.
    Mergeable,
    /// It conflicts with its base.
    Conflicting,
    /// The forge has not computed it yet, or need not.
    #[default]
    Unknown,
}

/// The newest opinionated review by one reviewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewSeen {
    /// The reviewer; `None` once the account is deleted.
    pub by: Option<String>,
    /// `APPROVED`, `CHANGES_REQUESTED` or `DISMISSED`.
    pub state: String,
}

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullSeen {
    /// Its number.
    pub number: u64,
    /// Its GraphQL id.
    pub id: String,
    /// The address of its web page.
    pub url: String,
    /// Whether it is open, closed or merged.
    pub state: PullStanding,
    /// Whether it is a draft.
    pub draft: bool,
    /// Its title.
    pub title: String,
    /// The description, in Markdown.
    pub body: String,
    /// The author; `None` once the account is deleted. Apps are `name[bot]`, as in REST.
    pub author: Option<String>,
    /// The head commit.
    pub head: String,
    /// The head branch.
    pub head_branch: String,
    /// The base branch.
    pub base_branch: String,
    /// When it was opened (RFC 3339).
    pub created_at: String,
    /// When it was merged.
    pub merged_at: Option<String>,
    /// When it was closed, merged or not.
    pub closed_at: Option<String>,
    /// The resulting commit on the base.
    pub merge_commit: Option<String>,
    /// The first parent of that commit: the base before the merge.
    pub merged_onto: Option<String>,
    /// Who merged it.
    pub merged_by: Option<String>,
    /// Who closed it without merging; `None` if the forge did, because its branch was deleted.
    pub closed_by: Option<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// The overall review decision.
    pub review: ReviewDecision,
    /// The newest review of each reviewer with write access.
    pub reviews: Vec<ReviewSeen>,
    /// Requested reviewers who have not reviewed yet: logins, and teams as `owner/team`.
    pub requested_reviewers: Vec<String>,
    /// Whether it merges cleanly into its base.
    pub mergeable: Mergeable,
    /// GitHub's `mergeStateStatus`: `CLEAN`, `BLOCKED`, `BEHIND`, `DIRTY`, `DRAFT`, `UNSTABLE`, `HAS_HOOKS` or
    /// `UNKNOWN`.
    pub merge_state: String,
    /// Whether auto-merge is enabled.
    pub auto_merge: bool,
    /// The checks of its head.
    pub checks: Checks,
    /// Its newest commits, head first.
    pub commits: Vec<CommitSeen>,
    /// The total number of its commits.
    pub commit_count: u64,
}

/// The state of one check, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckState {
    /// There are no checks.
    #[default]
    None,
    /// Not all have completed.
    Pending,
    /// All succeeded, or were neutral or skipped.
    Green,
    /// One failed.
    Red,
    /// The token may not read them.
    Unknown,
}

/// The checks of a commit, including commit statuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// The combined state, as computed by the forge.
    pub state: CheckState,
    /// The individual checks, at most [`MOST_CONTEXTS`](super::MOST_CONTEXTS).
    pub contexts: Vec<CheckSeen>,
    /// Why some checks are missing here, if the forge did not return all.
    pub unread: Option<ForgeError>,
}

/// One check of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckSeen {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: CheckState,
    /// Whether the default branch requires it.
    pub required: bool,
}

impl Checks {
    /// Whether the token lacks the permission to read all checks, which waiting will not change.
    #[must_use]
    pub fn are_forbidden(&self) -> bool {
        self.unread.as_ref().is_some_and(|why| why.kind == ForgeErrorKind::Forbidden)
    }

    /// Which of the required checks this commit does not have yet.
    #[must_use]
    pub fn missing<'a>(&self, required: &'a [String]) -> Vec<&'a str> {
        let known = |name: &&String| !self.contexts.iter().any(|check| check.name == **name);
        required.iter().filter(known).map(String::as_str).collect()
    }
}
