//! A plan: what a campaign would do to each repository, exactly, before anything is done.
//!
//! In: how each repository was judged and what the forge shows of it. Out: a [`Plan`], which is a value that can
//! be read by a person, kept in a file, approved by somebody else and applied by a third. It is bound to the
//! commits that it was computed from and to a digest over all of it; contents stand in it once each, however many
//! repositories get them.
//!
//! | file | what it owns |
//! |---|---|
//! | `again` | a plan whose bases moved |
//! | `assemble` | a plan out of how every repository stands |
//! | `clusters` | which repositories get the very same change |
//! | `decide` | what is to be done with one repository, and why |
//! | `file` | the plan as it is kept |
//! | `forecast` | how many writes it takes, and how long |
//! | `gate` | what may begin now |
//! | `missing` | what an open pull request lacks |
//! | `sound` | whether a plan that was read says one thing only |
//! | `waves` | who goes first |

mod again;
pub mod assemble;
mod clusters;
pub mod decide;
pub mod file;
mod forecast;
pub mod gate;
pub mod missing;
mod reason;
mod sound;
pub mod waves;

pub use again::{ANOTHER_CHANGE, on_todays_commits, still_meant};
pub use clusters::{Cluster, Shown, clusters, clusters_of};
pub use decide::{Decision, Wanted, Wishes, decide};
pub use forecast::{Forecast, Pace, forecast};
pub use missing::Extra;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::{
    Advance, Approval, Brake, CampaignFile, Method, Moved, Requirement, Unneeded, Window,
};
use super::state::State;
use crate::fleet::RepositoryName;

/// Name and version of a plan's file, see `schemas/plan.schema.json`.
pub const SCHEMA: &str = "shipshape/plan/1";

/// What a campaign would do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Name and version of this format.
    pub schema: String,
    /// The campaign.
    pub campaign: String,
    /// The campaign's file as it was named when this was made.
    pub file: String,
    /// SHA-256 of that file, and of the files that it brings along, when it does.
    pub file_digest: String,
    /// SHA-256 of what the fleet's owners had accepted when this was made, by waivers and the baseline; absent where the
    /// campaign does not rest on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions_digest: Option<String>,
    /// When it was made, RFC 3339 in UTC.
    pub made_at: String,
    /// Whose token made it, as the forge knows them.
    pub made_by: String,
    /// The forge's address.
    pub forge: String,
    /// The branch in each repository.
    pub branch: String,
    /// What the campaign's file says of how it goes on.
    pub terms: Terms,
    /// Repositories, in the order in which they go.
    pub items: Vec<Item>,
    /// Contents of files, by their blob ids; each once.
    pub contents: BTreeMap<String, Content>,
    /// SHA-256 over all of the above.
    pub digest: String,
}

/// How a campaign goes on, as its file says.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Whether the campaign selects every member.
    pub selects_everything: bool,
    /// What must be true before it starts.
    pub requires: Vec<Requirement>,
    /// Labels of the pull requests.
    pub labels: Vec<String>,
    /// Whether they begin as drafts.
    pub draft: bool,
    /// How the forge merges them by itself; it does not when absent.
    pub auto_merge: Option<Method>,
    /// Checks that must be green before anything is merged.
    pub checks: Vec<String>,
    /// When it may act; always when empty.
    pub windows: Vec<Window>,
    /// What a wave must have come to before the next one begins.
    pub advance: Advance,
    /// So many failures stop it.
    pub stop_at_failures: Option<u32>,
    /// Pull requests open at once.
    pub open: Option<u32>,
    /// Pull requests whose checks run at once.
    pub pending_checks: Option<u32>,
    /// Pull requests opened in one run.
    pub each_run: Option<u32>,
    /// Whether somebody else has to approve it.
    pub approval: Approval,
    /// What becomes of pull requests that nobody needs.
    pub unneeded: Unneeded,
    /// What becomes of repositories that moved.
    pub moved: Moved,
}

impl Terms {
    /// The terms of a campaign's file.
    #[must_use]
    pub fn of(says: &CampaignFile) -> Self {
        let Brake { open, pending_checks, each_run } = says.limits;
        Self {
            selects_everything: says.select.is_everything(),
            requires: says.requires.clone(),
            labels: says.pull_request.labels.clone(),
            draft: says.pull_request.draft,
            auto_merge: says.pull_request.auto_merge,
            checks: says.checks.clone(),
            windows: says.windows.clone(),
            advance: says.waves.advance,
            stop_at_failures: says.waves.stop_at_failures,
            open,
            pending_checks,
            each_run,
            approval: says.approval,
            unneeded: says.unneeded,
            moved: says.moved,
        }
    }
}

/// One repository of a plan.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The members in it, by their slugs.
    pub members: Vec<String>,
    /// Who owns it, as fleet.yaml says.
    pub owner: Option<String>,
    /// The wave it goes in; the first is 1.
    pub wave: u32,
    /// What is to be done.
    pub action: Action,
    /// How it stands now.
    pub state: State,
    /// Why.
    pub reason: String,
    /// The pull request that is there.
    pub pull: Option<u64>,
    /// The page of that.
    pub page: Option<String>,
    /// What of its pull request the token could not see, a line each: what rests on it is not known.
    #[serde(default)]
    pub unread: Vec<String>,
    /// What its open pull request lacks.
    #[serde(default)]
    pub missing: Vec<Extra>,
    /// What its change is, when there is one.
    pub change: Option<Proposed>,
}

impl Item {
    /// Whether it could not be looked at: what is to be done with it is not known.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.state == State::Failed && self.reason != decide::MAY_NOT_PUSH
    }

    /// The repository's name.
    #[must_use]
    pub fn name(&self) -> RepositoryName {
        let (owner, name) = self.repository.split_once('/').unwrap_or(("", &self.repository));
        RepositoryName::new(owner, name)
    }

    /// Whether a pull request of the campaign was open when this was planned. What is blocked or failed bears the number of one
    /// only where that is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let may_be = self.state.is_open() || self.state.is_hindered();
        may_be && self.pull.is_some()
    }

    /// How it stands for those that wait.
    #[must_use]
    pub fn seen(&self) -> gate::Seen {
        gate::Seen { state: self.state, is_open: self.is_open() }
    }

    /// Whether anything is done with it.
    #[must_use]
    pub fn is_to_do(&self) -> bool {
        self.action != Action::Leave
    }

    /// Whether a pull request more is open afterwards.
    #[must_use]
    pub fn offers(&self) -> bool {
        self.action.opens_pull()
    }
}

impl Plan {
    /// What is to be done, in its order.
    pub fn to_do(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_to_do())
    }

    /// Whether there is nothing to look after: nothing is to be done, and no change of it is on the forge that could lack
    /// something.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.iter().all(|item| item.change.is_none() && !item.is_to_do())
    }
}

/// What is to be done with a repository.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A pull request is opened.
    Open,
    /// A pull request that was begun is finished: its branch is there already.
    Finish,
    /// The pull request's branch gets the change on top of the newest base.
    Update,
    /// The pull request is there, and gets what it lacks: labels, reviewers, that it merges itself.
    Complete,
    /// The pull request is closed.
    Close,
    /// Nothing is done.
    Leave,
}

impl Action {
    /// Whether a pull request more is open afterwards.
    #[must_use]
    pub fn opens_pull(self) -> bool {
        matches!(self, Self::Open | Self::Finish)
    }

    /// Whether the change is written to a branch.
    #[must_use]
    pub fn writes_change(self) -> bool {
        self.opens_pull() || self == Self::Update
    }
}

/// A change of one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// The branch that it is offered to.
    pub base_branch: String,
    /// The commit that it was computed from.
    pub base: String,
    /// What it amounts to: 16 hexadecimal digits, equal for equal changes of files.
    pub digest: String,
    /// The files, in byte order.
    pub files: Vec<PlannedFile>,
    /// The title of the pull request.
    pub title: String,
    /// Its text.
    pub body: String,
    /// The message of the commit.
    pub commit: String,
    /// Logins of persons who are asked to review.
    pub reviewers: Vec<String>,
    /// Teams that are.
    pub team_reviewers: Vec<String>,
    /// What was noticed on the way.
    pub remarks: Vec<String>,
    /// The group of equal differences that it belongs to, from 0.
    pub cluster: usize,
}

impl Proposed {
    /// Whether it changes a workflow, which can do what its author could not.
    #[must_use]
    pub fn touches_workflows(&self) -> bool {
        let is_workflow = |path: &str| {
            [".github", ".gitea", ".forgejo"].iter().any(|forge| {
                let folder = format!("{forge}/workflows");
                // A link in place of the folder leads to other workflows.
                path == *forge || path == folder || path.starts_with(&format!("{folder}/"))
            })
        };
        self.files.iter().any(|file| is_workflow(&file.path))
    }
}

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// The path.
    pub path: String,
    /// Git's mode: `100644`, `100755` or `120000`.
    pub mode: String,
    /// The blob id of the new content; the file is removed when absent.
    pub content: Option<String>,
    /// The blob id that it was computed from; the file was not there when absent.
    pub base: Option<String>,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// As text.
    Text(String),
    /// Bytes that are no text, in base 64.
    Base64(String),
}
