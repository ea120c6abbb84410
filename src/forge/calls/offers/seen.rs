//! What a forge shows of one repository's offer: the repository, the branch, the pull requests from it.

use crate::fleet::RepositoryName;
use crate::forge::{ForgeError, ForgeErrorKind};

/// Where an offer would be, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferQuery {
    /// The repository.
    pub repository: RepositoryName,
    /// The branch that is offered, whole: `shipshape/fix` is not `shipshape/fix-2`.
    pub branch: String,
}

/// A repository with what is offered to it from one branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// What it is called now.
    pub name: RepositoryName,
    /// What it was asked for by, when it is called otherwise now.
    pub renamed_from: Option<RepositoryName>,
    /// Its id in GraphQL.
    pub id: String,
    /// Who asks, as [`PullSeen::author`] names people.
    pub viewer: String,
    /// Its default branch; `None` while it is empty.
    pub default_branch: Option<String>,
    /// The commit that the default branch is at.
    pub head: Option<String>,
    /// The tree of that commit.
    pub tree: Option<String>,
    /// Whether it takes no writes.
    pub is_archived: bool,
    /// Whether the forge has shut it.
    pub is_disabled: bool,
    /// Whether it has no commit.
    pub is_empty: bool,
    /// Whether only those who were let in see it.
    pub is_private: bool,
    /// Whether who asks may push to it. Of an App's token the forge does not say so: then it is `true`.
    pub may_push: bool,
    /// How its pull requests may be merged.
    pub methods: MergeMethods,
    /// Whether a pull request may be told to merge itself.
    pub auto_merge_allowed: bool,
    /// Whether the forge takes a branch away once it is merged.
    pub delete_branch_on_merge: bool,
    /// Names of the checks that the default branch requires, by protection and by rulesets.
    pub required_checks: Vec<String>,
    /// How many approvals the default branch requires.
    pub required_approvals: u64,
    /// The checks of the default branch's head.
    pub checks: Checks,
    /// The branch that is asked about, when it exists.
    pub branch: Option<BranchSeen>,
    /// The pull requests from exactly this branch of this repository, the newest first, at most
    /// [`MOST_PULLS`](super::MOST_PULLS).
    pub pulls: Vec<PullSeen>,
    /// What the token could not see, and why, a line each: such checks are [`CheckState::Unknown`].
    pub unread: Vec<String>,
}

impl Offer {
    /// The open pull request, when there is one.
    #[must_use]
    pub fn open_pull(&self) -> Option<&PullSeen> {
        self.pulls.iter().find(|pull| pull.state == PullStanding::Open)
    }

    /// What the token could not see, where something is open that it matters to.
    #[must_use]
    pub fn unread_of_pull(&self) -> Vec<String> {
        if self.open_pull().is_some() { self.unread.clone() } else { Vec::new() }
    }
}

/// How pull requests of a repository may be merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeMethods {
    /// By a merge commit.
    pub merge: bool,
    /// By one commit that holds it all.
    pub squash: bool,
    /// By its commits on top of the base.
    pub rebase: bool,
}

/// A branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchSeen {
    /// The commit that it is at.
    pub head: String,
    /// The newest commits, its head first; those of the base follow its own.
    pub commits: Vec<CommitSeen>,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitSeen {
    /// Its id.
    pub oid: String,
    /// What it says, trailers included.
    pub message: String,
    /// Who wrote it.
    pub author: Person,
    /// Who committed it: the forge itself, for what was made through it.
    pub committer: Person,
    /// What it is on top of.
    pub parents: Vec<String>,
}

/// Somebody, as a commit names them. Commits name whom they like: nothing here is proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The account that the forge knows by the address.
    pub login: Option<String>,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// Whether a pull request waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullStanding {
    /// It waits.
    #[default]
    Open,
    /// It was closed without being merged.
    Closed,
    /// It was merged.
    Merged,
}

/// What reviewers make of a pull request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewDecision {
    /// Nobody said anything, and nobody has to.
    #[default]
    None,
    /// Somebody has to approve it.
    Required,
    /// It was approved.
    Approved,
    /// Somebody wants it to be otherwise.
    ChangesRequested,
}

/// Whether a pull request goes together with its base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mergeable {
    /// It does.
    Mergeable,
    /// It does not.
    Conflicting,
    /// The forge has not looked yet, or need not.
    #[default]
    Unknown,
}

/// The newest opinion of a reviewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewSeen {
    /// Whose; nobody, once the account is gone.
    pub by: Option<String>,
    /// `APPROVED`, `CHANGES_REQUESTED` or `DISMISSED`.
    pub state: String,
}

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullSeen {
    /// Its number.
    pub number: u64,
    /// Its id in GraphQL.
    pub id: String,
    /// The page for people.
    pub url: String,
    /// Whether it waits.
    pub state: PullStanding,
    /// Whether it is not ready yet.
    pub draft: bool,
    /// Its title.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Who opened it; nobody, once the account is gone. Apps are `name[bot]`, as REST writes them.
    pub author: Option<String>,
    /// The commit that is offered.
    pub head: String,
    /// The branch that is offered.
    pub head_branch: String,
    /// The branch that it is offered to.
    pub base_branch: String,
    /// When it was opened, RFC 3339.
    pub created_at: String,
    /// When it was merged.
    pub merged_at: Option<String>,
    /// When it was closed, merged or not.
    pub closed_at: Option<String>,
    /// The commit on the base that has it.
    pub merge_commit: Option<String>,
    /// Who merged it.
    pub merged_by: Option<String>,
    /// Who closed it without merging it; nobody, when the forge closed it: its branch went.
    pub closed_by: Option<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// What reviewers make of it.
    pub review: ReviewDecision,
    /// The newest opinion of each reviewer who may write to the repository.
    pub reviews: Vec<ReviewSeen>,
    /// Who was asked to review it and has not: logins, and teams as `owner/team`.
    pub requested_reviewers: Vec<String>,
    /// Whether it goes together with its base.
    pub mergeable: Mergeable,
    /// GitHub's word for what keeps it from being merged: `CLEAN`, `BLOCKED`, `BEHIND`, `DIRTY`,
    /// `DRAFT`, `UNSTABLE`, `HAS_HOOKS` or `UNKNOWN`.
    pub merge_state: String,
    /// Whether it merges itself as soon as it may.
    pub auto_merge: bool,
    /// The checks of its head.
    pub checks: Checks,
    /// Its newest commits, the head first.
    pub commits: Vec<CommitSeen>,
    /// How many commits it has.
    pub commit_count: u64,
}

/// How checks stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckState {
    /// There is none.
    #[default]
    None,
    /// Not all have ended.
    Pending,
    /// All went well, or had nothing to say.
    Green,
    /// One failed.
    Red,
    /// The token may not see them.
    Unknown,
}

/// The checks of a commit, statuses included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// All of them together, as the forge counts.
    pub state: CheckState,
    /// Each of them, at most [`MOST_CONTEXTS`](super::MOST_CONTEXTS).
    pub contexts: Vec<CheckSeen>,
    /// Why some of them are not among these, where the forge did not show all.
    pub unread: Option<ForgeError>,
}

/// One check of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckSeen {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: CheckState,
    /// Whether the default branch requires it.
    pub required: bool,
}

impl Checks {
    /// Whether the token may not see all of them: that does not change by waiting.
    #[must_use]
    pub fn are_forbidden(&self) -> bool {
        self.unread.as_ref().is_some_and(|why| why.kind == ForgeErrorKind::Forbidden)
    }

    /// Those of some required checks that this commit does not have yet.
    #[must_use]
    pub fn missing<'a>(&self, required: &'a [String]) -> Vec<&'a str> {
        let known = |name: &&String| !self.contexts.iter().any(|check| check.name == **name);
        required.iter().filter(known).map(String::as_str).collect()
    }
}
