//! A plan: what a campaign would do to each repository, exactly, before anything is done.
//!
//! Given how each repository was judged and what the forge shows of it, returns a [`Plan`]: a value that one person can
//! read, another can approve, and a third can apply. A plan is bound to the commits that it was computed from, and has a
//! digest over all of its content. It contains the content of a file once, however many repositories get it.
//!
//! | file | what it owns |
//! |---|---|
//! | `again` | a plan on new commits, after its bases moved |
//! | `assemble` | puts a plan together from the state of every repository |
//! | `clusters` | which repositories get the very same change |
//! | `decide` | what is to be done with one repository, and why |
//! | `elsewhere` | the very same change in other campaigns |
//! | `file` | the plan as it is kept |
//! | `forecast` | how many writes it takes, and how long |
//! | `gate` | what may start now |
//! | `left_branch` | a branch that is still there although its pull request has ended |
//! | `missing` | what an open pull request lacks |
//! | `reason` | why something is decided: a sentence, and its kinds |
//! | `same_files` | pull requests of other campaigns about the same files |
//! | `since` | what happened since a change was merged |
//! | `sound` | whether a plan that was read contradicts itself |
//! | `waves` | which repositories go first |

mod again;
pub mod assemble;
mod clusters;
pub mod decide;
mod elsewhere;
pub mod file;
mod forecast;
pub mod gate;
mod left_branch;
pub mod missing;
pub mod reason;
pub mod same_files;
mod since;
mod sound;
pub mod waves;

pub use again::{on_todays_commits, still_meant};
pub use clusters::{Cluster, Shown, clusters, clusters_of};
pub use decide::{Decision, Wanted, Wishes, decide};
pub use elsewhere::Elsewhere;
pub use forecast::{Forecast, Pace, forecast};
pub use missing::Extra;
pub use reason::{Kinds, Reason, ReasonKind};
pub use since::{Since, Trees};

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::{
    Advance, Approval, Brake, CampaignFile, Method, Moved, Requirement, Unneeded, Window,
};
use super::fit::Fit;
use super::held::Held;
use super::state::State;
use crate::fleet::RepositoryName;

/// Name and version of a plan's file, see `schemas/plan.schema.json`.
pub const SCHEMA: &str = "shipshape/plan/1";

/// The plan of a campaign.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Name and version of this format.
    pub schema: String,
    /// The campaign.
    pub campaign: String,
    /// The campaign file, as named when the plan was made.
    pub file: String,
    /// Whether there was no such file then: a command generated the campaign.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_no_file: bool,
    /// SHA-256 of that file, and of the files that it refers to.
    pub file_digest: String,
    /// SHA-256 of the waivers, the baseline and the shapes in folders when the plan was made. Absent if the campaign does
    /// not depend on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions_digest: Option<String>,
    /// SHA-256 of the shapes in repositories when the plan was made. Absent if there are none, or the campaign does not depend on
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shapes_digest: Option<String>,
    /// When the plan was made, RFC 3339 in UTC.
    pub made_at: String,
    /// Login of the token's user who made it.
    pub made_by: String,
    /// The forge's address.
    pub forge: String,
    /// The branch in each repository.
    pub branch: String,
    /// Whether the command that made it named some members (`--member`, `--targets`): suggested commands name them too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_limited: bool,
    /// What is worth knowing of the campaign as a whole, for people: of files that it names and that no repository has, for
    /// example. Absent if there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// The campaign's settings for applying the plan.
    pub terms: Terms,
    /// The repositories, in the order in which they are changed.
    pub items: Vec<Item>,
    /// Contents of files, by blob id.
    pub contents: BTreeMap<String, Content>,
    /// SHA-256 over all of the above.
    pub digest: String,
}

/// Settings of a campaign for applying its plan.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Whether the campaign selects every member.
    pub selects_everything: bool,
    /// Conditions that must hold before it starts.
    pub requires: Vec<Requirement>,
    /// Labels of the pull requests.
    pub labels: Vec<String>,
    /// Whether pull requests are opened as drafts.
    pub draft: bool,
    /// Merge method for auto-merge. Absent for no auto-merge.
    pub auto_merge: Option<Method>,
    /// Checks that must pass before anything is merged.
    pub checks: Vec<String>,
    /// When it may act. Empty for always.
    pub windows: Vec<Window>,
    /// What a wave must reach before the next one starts.
    pub advance: Advance,
    /// The number of failures that stops the campaign.
    pub stop_at_failures: Option<u32>,
    /// The most pull requests open at once.
    pub open: Option<u32>,
    /// The most pull requests whose checks run at once.
    pub pending_checks: Option<u32>,
    /// The most pull requests opened in one run.
    pub each_run: Option<u32>,
    /// Whether another person must approve the plan.
    pub approval: Approval,
    /// What to do with pull requests that are no longer needed.
    pub unneeded: Unneeded,
    /// What to do with repositories whose base branch moved.
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
    /// Its owner in fleet.yaml: a team or a person.
    pub owner: Option<String>,
    /// Its wave; the first is 1.
    pub wave: u32,
    /// The action.
    pub action: Action,
    /// Its current state.
    pub state: State,
    /// The reason for the action or state, for people.
    pub reason: String,
    /// What the reason is about, for programs. Plans of earlier versions do not have it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: Kinds,
    /// The number of its newest pull request.
    pub pull: Option<u64>,
    /// Whether a pull request of the campaign is open with which something can be done. Plans of earlier versions do not have
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_open_pull: Option<bool>,
    /// The URL of the pull request's page.
    pub page: Option<String>,
    /// Parts of its pull request that the token cannot read, one line each. What depends on them is unknown.
    #[serde(default)]
    pub unread: Vec<String>,
    /// What its open pull request lacks.
    #[serde(default)]
    pub missing: Vec<Extra>,
    /// The commit of the base branch on which it was judged, if its pull request is to be closed because of what was found
    /// there. Plans of earlier versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_at: Option<String>,
    /// Its change, if there is one.
    pub change: Option<Proposed>,
}

impl Item {
    /// Whether the repository could not be read, so that it is not known what to do with it.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.state == State::Failed && !self.is(ReasonKind::MayNotPush)
    }

    /// Whether its reason is of this kind.
    #[must_use]
    pub fn is(&self, kind: ReasonKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether the campaign does not select it.
    #[must_use]
    pub fn is_unselected(&self) -> bool {
        is_unselected(self.state, &self.kinds)
    }

    /// Its reason, with its kinds.
    #[must_use]
    pub fn why(&self) -> Reason {
        Reason::of_kinds(self.kinds.clone(), self.reason.as_str())
    }

    /// The same item, for this reason.
    fn because(self, why: &Reason) -> Self {
        Self { reason: why.to_string(), kinds: why.kinds().clone(), ..self }
    }

    /// The repository's name.
    #[must_use]
    pub fn name(&self) -> RepositoryName {
        let (owner, name) = self.repository.split_once('/').unwrap_or(("", &self.repository));
        RepositoryName::new(owner, name)
    }

    /// Whether a pull request of the campaign was open when this was planned: a blocked or failed item may have one, and the
    /// branch of an edited one may be all that is left of it. A plan of an earlier version does not say so of an ended one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let may_be = self.state.is_open() || self.state.is_hindered();
        may_be && self.has_open_pull.unwrap_or(self.pull.is_some())
    }

    /// How it counts for repositories that wait.
    #[must_use]
    pub fn seen(&self) -> gate::Seen {
        let checked = gate::Checked::of(&self.kinds);
        gate::Seen { checked, ..gate::Seen::new(self.state, self.is_open()) }
    }

    /// Whether it has a place in a wave: one that needs nothing, or is left out, has none. One that is out of reach keeps
    /// the place of its pull request.
    #[must_use]
    pub fn is_in_wave(&self) -> bool {
        let keeps = !self.state.is_out_of_waves() || self.is(ReasonKind::OutOfReach);
        self.is_to_do() || self.pull.is_some() && keeps
    }

    /// Whether anything is done with it.
    #[must_use]
    pub fn is_to_do(&self) -> bool {
        self.action != Action::Leave
    }

    /// Whether it adds an open pull request.
    #[must_use]
    pub fn offers(&self) -> bool {
        self.action.opens_pull()
    }
}

/// Whether a repository in this state, for a reason of these kinds, is one that the campaign does not select.
#[must_use]
pub fn is_unselected(state: State, kinds: &Kinds) -> bool {
    state == State::Skipped && kinds.contains(&ReasonKind::NotSelected)
}

impl Plan {
    /// What is to be done, in its order.
    pub fn to_do(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_to_do())
    }

    /// Whether none of the repositories that the campaign selects could be read: it says nothing of any of them. That one is
    /// archived or empty is known without reading it.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        let is_meant = |item: &&Item| !item.is_unselected() && !item.is(ReasonKind::OutOfReach);
        let mut meant = self.items.iter().filter(is_meant).peekable();
        meant.peek().is_some() && meant.all(Item::is_unread)
    }

    /// Whether there is nothing to look after: nothing is to be done, and no change of it is on the forge that could lack
    /// something.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.iter().all(|item| item.change.is_none() && !item.is_to_do())
    }
}

/// The action for a repository.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A pull request is opened.
    Open,
    /// An incomplete pull request is finished: its branch already exists.
    Finish,
    /// The pull request's branch is updated to the change on top of the current base.
    Update,
    /// The pull request exists and gets what it lacks: labels, reviewers, auto-merge.
    Complete,
    /// The pull request is closed.
    Close,
    /// Nothing is done.
    Leave,
}

impl Action {
    /// Whether it adds an open pull request.
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
    /// The target branch.
    pub base_branch: String,
    /// The commit that it was computed from.
    pub base: String,
    /// Digest of the change: 16 hexadecimal digits, equal for equal changes of files.
    pub digest: String,
    /// The digest of the change of its open pull request, where that is another one with the same result: merging it gives
    /// this change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_as: Option<String>,
    /// The commit of its open pull request that has to be replaced although its digest is the same: merging it gives
    /// another change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// The files, in byte order.
    pub files: Vec<PlannedFile>,
    /// The title of the pull request.
    pub title: String,
    /// Its text.
    pub body: String,
    /// The message of the commit.
    pub commit: String,
    /// Logins of requested reviewers.
    pub reviewers: Vec<String>,
    /// Teams that are requested as reviewers.
    pub team_reviewers: Vec<String>,
    /// Remarks.
    pub remarks: Vec<String>,
    /// The group of equal changes that it belongs to, from 0.
    pub cluster: usize,
}

impl Proposed {
    /// Whether this is what a pull request gives whose change has this digest.
    #[must_use]
    pub fn is_given_by(&self, change: &str) -> bool {
        self.digest == change || self.offered_as.as_deref() == Some(change)
    }

    /// Whether merging the pull request on this branch gives the change, as far as it was seen when this was planned.
    #[must_use]
    pub fn fit(&self, held: &Held) -> Fit {
        match held {
            Held::Ours { head, .. } if self.replaces.as_ref() == Some(head) => Fit::EarlierForm,
            Held::Ours { change, .. } if self.is_given_by(change) => Fit::AsWanted,
            _ => Fit::EarlierForm,
        }
    }

    /// Whether it changes a workflow, which can do what its author could not.
    #[must_use]
    pub fn touches_workflows(&self) -> bool {
        self.files.iter().any(|file| is_workflow(&file.path))
    }
}

/// Whether a change of this path changes workflows.
#[must_use]
pub fn is_workflow(path: &str) -> bool {
    [".github", ".gitea", ".forgejo"].iter().any(|forge| {
        let folder = format!("{forge}/workflows");
        // A link in place of the folder points to other workflows.
        path == *forge || path == folder || path.starts_with(&format!("{folder}/"))
    })
}

/// The change of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    /// The path.
    pub path: String,
    /// Git's mode: `100644`, `100755` or `120000`.
    pub mode: String,
    /// Blob id of the new content. Absent if the file is removed.
    pub content: Option<String>,
    /// Blob id of the old content. Absent if the file is new.
    pub base: Option<String>,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// As text.
    Text(String),
    /// Bytes that are not text, in Base64.
    Base64(String),
}
