//! The types of `campaign.yaml`.
//!
//! Every key is documented here: the JSON Schema that editors use is generated from these types. What a campaign means
//! for one fleet is a [`super::plan::Plan`].

mod read;
mod waves;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changes::ChangeSpec;
use crate::drift::RepositoryVerdict;
pub use crate::fleet::manifest::Approval;
pub use read::{Campaign, inverse_name};
pub use waves::{Advance, Size, Waves};

/// The supported value of the `schema` key.
pub const SCHEMA: u32 = 1;

/// The same change in every repository that is meant: one pull request each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    /// Version of this format; 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// Name of the campaign: lowercase words with hyphens. Its branches are `shipshape/<name>`, so a campaign
    /// that is given another name is another campaign.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub name: String,
    /// Which members it is about; all that are kept in shape when absent.
    #[serde(default)]
    pub select: Select,
    /// What is changed, in order: each change works on the tree that those before it led to.
    pub changes: Vec<ChangeSpec>,
    /// How the pull requests are worded and who is asked to look at them.
    pub pull_request: Words,
    /// How many repositories go first, and how many after them.
    #[serde(default)]
    pub waves: Waves,
    /// When pull requests may be opened and merged; always when empty. A run outside of them stops as paused.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// How much may be under way at once.
    #[serde(default)]
    pub limits: Brake,
    /// Names of checks that must have run and be green before anything is merged, beside those that each
    /// repository requires.
    #[serde(default)]
    pub checks: Vec<String>,
    /// What must be true before it starts.
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// Whether somebody else has to approve the plan first.
    #[serde(default)]
    pub approval: Approval,
    /// What becomes of an open pull request whose change is no longer needed, or whose repository left the
    /// selection.
    #[serde(default)]
    pub unneeded: Unneeded,
    /// What becomes of a repository whose base branch moved after the plan.
    #[serde(default)]
    pub moved: Moved,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

/// Which members are meant. What stands in one list adds up; all lists that are given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Select {
    /// Slugs, aliases or repositories; `*` stands for any text, `!` before one leaves it out.
    pub members: Vec<String>,
    /// Kinds of fleet.yaml.
    pub kinds: Vec<String>,
    /// Owners, as fleet.yaml has them.
    pub owners: Vec<String>,
    /// Profiles of the shape.
    pub profiles: Vec<String>,
    /// How they must stand.
    pub verdicts: Vec<RepositoryVerdict>,
    /// Rules, by id (`path-stale`) or code (`SHP012`), of which something must be found that is not waived.
    pub findings: Vec<String>,
    /// A file beside this one that lists members, one a line; `#` begins a comment.
    pub targets: Option<String>,
}

impl Select {
    /// Whether the selection depends on how members are judged.
    #[must_use]
    pub fn judges(&self) -> bool {
        !self.verdicts.is_empty() || !self.findings.is_empty()
    }

    /// Whether it selects only members in which something was found.
    #[must_use]
    pub fn is_by_findings(&self) -> bool {
        let stands_well = self.verdicts.contains(&RepositoryVerdict::Conformant);
        !self.findings.is_empty() || !self.verdicts.is_empty() && !stands_well
    }

    /// Whether it selects every member.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        let lists = [&self.members, &self.kinds, &self.owners, &self.profiles, &self.findings];
        lists.iter().all(|list| list.is_empty())
            && self.verdicts.is_empty()
            && self.targets.is_none()
    }
}

/// The words of the pull requests. Each is a Tera template, rendered for each repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The title.
    pub title: String,
    /// What it says, in Markdown. By default what was done and why.
    pub body: Option<String>,
    /// The message of the commit; by default the title.
    pub commit: Option<String>,
    /// Labels; one that a repository lacks is made.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Who is asked to review.
    #[serde(default)]
    pub reviewers: Reviewers,
    /// Whether they begin as drafts.
    #[serde(default)]
    pub draft: bool,
    /// How the forge merges them by itself once all that is required is there; it does not when absent.
    pub auto_merge: Option<Method>,
}

/// Who is asked to review.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reviewers {
    /// The member's owner in fleet.yaml: `@person` or `@organization/team`.
    pub owner: bool,
    /// Logins of persons.
    pub users: Vec<String>,
    /// Names of teams of the organisation, without it.
    pub teams: Vec<String>,
}

/// How a pull request is merged.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A merge commit.
    Merge,
    /// One commit on the base branch.
    Squash,
    /// Its commits on top of the base branch.
    Rebase,
}

/// A time of the week.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The days; every day when empty.
    #[serde(default)]
    pub days: Vec<Day>,
    /// When it begins, `09:00`.
    #[schemars(extend("pattern" = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub from: String,
    /// When it ends, `17:00`; on the next day when that is not after `from`.
    #[schemars(extend("pattern" = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub to: String,
    /// How far its clock is ahead of UTC, `+01:00`; UTC itself when absent.
    #[schemars(extend("pattern" = "^[+-](0[0-9]|1[0-4]):[0-5][0-9]$"))]
    pub offset: Option<String>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// How much may be under way at once, over the whole fleet.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Brake {
    /// No more pull requests of the campaign than this are open at once.
    #[schemars(range(min = 1))]
    pub open: Option<u32>,
    /// No pull request is opened while the checks of so many are running.
    #[schemars(range(min = 1))]
    pub pending_checks: Option<u32>,
    /// No more pull requests than this are opened in one run.
    #[schemars(range(min = 1))]
    pub each_run: Option<u32>,
}

/// What must be true before a campaign starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// Another campaign, by its name, has no open pull request in a repository that this one is about.
    Campaign(String),
    /// A version of the runtime package is on the index and not yanked.
    Runtime(String),
}

/// What becomes of a pull request that nobody needs any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unneeded {
    /// It stays open, and is told.
    #[default]
    Leave,
    /// It is closed, with the reason.
    Close,
}

/// What becomes of a repository whose base branch moved after the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Moved {
    /// It is left for the next plan.
    #[default]
    Leave,
    /// Its change is computed again, and made when it comes to the same edits.
    Replan,
}
