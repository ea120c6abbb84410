//! The types of `campaign.yaml`.
//!
//! Every key is documented here: the JSON Schema that editors use is generated from these types. What a campaign means
//! for one fleet is a [`super::plan::Plan`].

mod indentation;
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

/// A campaign: the same change in every selected repository, with one pull request each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    /// Version of this format: 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// Name of the campaign: lowercase words with hyphens. Its branches are named `shipshape/<name>`, so
    /// renaming it starts a new campaign.
    #[schemars(extend("pattern" = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub name: String,
    /// The members to change. Default: all that are kept in shape.
    #[serde(default)]
    pub select: Select,
    /// The changes, in order. Each applies to the result of the previous one.
    pub changes: Vec<ChangeSpec>,
    /// Title, text and reviewers of the pull requests.
    pub pull_request: Words,
    /// How many repositories change at once, and in which order.
    #[serde(default)]
    pub waves: Waves,
    /// When pull requests may be opened and merged. Default: always. Outside these windows a run stops as
    /// paused.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// Limits on how much happens at once.
    #[serde(default)]
    pub limits: Brake,
    /// Names of checks that must have passed before a pull request is merged, in addition to those that its
    /// repository requires.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Conditions that must hold before the campaign starts.
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// Whether another person must approve the plan before it is applied.
    #[serde(default)]
    pub approval: Approval,
    /// What to do with an open pull request whose change is no longer needed, or whose repository is no longer
    /// selected.
    #[serde(default)]
    pub unneeded: Unneeded,
    /// What to do if a base branch moved after the plan was made.
    #[serde(default)]
    pub moved: Moved,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

/// Selects members. A member must match at least one entry of every list that is given.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Select {
    /// Slugs, aliases or repositories. `*` matches any text, and a leading `!` excludes.
    pub members: Vec<String>,
    /// Kinds, as named in fleet.yaml.
    pub kinds: Vec<String>,
    /// Owners, as written in fleet.yaml.
    pub owners: Vec<String>,
    /// Profiles of the shape.
    pub profiles: Vec<String>,
    /// Verdicts of the repositories, such as `drifted`.
    pub verdicts: Vec<RepositoryVerdict>,
    /// Rules, by id (`path-stale`) or code (`SHP012`). A member matches if it has a finding of one that is not
    /// waived.
    pub findings: Vec<String>,
    /// A file that lists members, one per line, relative to this file. `#` starts a comment.
    pub targets: Option<String>,
    /// Treats findings in the baseline like others: they select members, and are repaired. Waivers still count.
    pub include_baseline: bool,
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

    /// Whether it selects some members for what they are, whatever is found in them.
    #[must_use]
    pub fn is_of_some(&self) -> bool {
        let lists = [&self.members, &self.kinds, &self.owners, &self.profiles];
        lists.iter().any(|list| !list.is_empty()) || self.targets.is_some()
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

impl CampaignFile {
    /// Whether it makes every repair that needs no review, wherever something is found. `restore` alone mends paths, and no rule.
    #[must_use]
    pub fn mends_whatever(&self) -> bool {
        use RepositoryVerdict::{Broken, Drifted, Unchecked};
        let Select { verdicts, findings, .. } = &self.select;
        let is_found_anywhere = verdicts.is_empty()
            || [Drifted, Broken, Unchecked].iter().all(|it| verdicts.contains(it));
        let is_for_all = !self.select.is_of_some() && findings.is_empty() && is_found_anywhere;
        let is_by_any_rule =
            |change: &ChangeSpec| matches!(change, ChangeSpec::Fix(fix) if fix.rules.is_empty());
        is_for_all && self.changes.iter().any(is_by_any_rule)
    }
}

/// Texts of the pull requests. Each is a Tera template that is rendered per repository.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The title of the pull request.
    pub title: String,
    /// The description, in Markdown. Default: what was changed and why.
    pub body: Option<String>,
    /// The commit message. Default: the title.
    pub commit: Option<String>,
    /// Labels to add. A label that does not exist in a repository is created.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Reviewers to request.
    #[serde(default)]
    pub reviewers: Reviewers,
    /// Whether pull requests are opened as drafts.
    #[serde(default)]
    pub draft: bool,
    /// Merge method for the forge's auto-merge, once all requirements are met. Default: no auto-merge.
    pub auto_merge: Option<Method>,
}

/// Reviewers to request.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reviewers {
    /// Whether to request the member's owner in fleet.yaml: `@person` or `@organization/team`.
    pub owner: bool,
    /// Logins of users.
    pub users: Vec<String>,
    /// Names of teams, without the organisation.
    pub teams: Vec<String>,
}

/// How a pull request is merged.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// With a merge commit.
    Merge,
    /// As one commit on the base branch.
    Squash,
    /// By rebasing its commits onto the base branch.
    Rebase,
}

/// A time window that recurs every week.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The days on which it starts. Default: every day.
    #[serde(default)]
    pub days: Vec<Day>,
    /// When it starts, `09:00`.
    #[schemars(extend("pattern" = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub from: String,
    /// When it ends, `17:00`. A time that is not after `from` is on the next day.
    #[schemars(extend("pattern" = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub to: String,
    /// Offset from UTC of both times, `+01:00`. Default: UTC.
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

/// Limits on how much happens at once, over the whole fleet.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Brake {
    /// The most pull requests of the campaign that may be open at once.
    #[schemars(range(min = 1))]
    pub open: Option<u32>,
    /// No pull request is opened while the checks of this many are running.
    #[schemars(range(min = 1))]
    pub pending_checks: Option<u32>,
    /// The most pull requests that one run opens.
    #[schemars(range(min = 1))]
    pub each_run: Option<u32>,
}

/// A condition that must hold before a campaign starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// The campaign of this name has no open pull request in the selected repositories.
    Campaign(String),
    /// This version of the runtime package is on the index and not yanked.
    Runtime(String),
}

impl Requirement {
    /// What has to hold, for a person.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Self::Campaign(name) => {
                format!("the campaign `{name}` has no open pull request in these repositories")
            }
            Self::Runtime(version) => {
                format!("version {version} of the runtime package is on the index")
            }
        }
    }
}

/// What to do with a pull request that is no longer needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unneeded {
    /// Leave it open, and report it.
    #[default]
    Leave,
    /// Close it, with the reason.
    Close,
}

/// What to do if a base branch moved after the plan was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Moved {
    /// Leave the repository for the next plan.
    #[default]
    Leave,
    /// Compute the change again, and apply it if the edits are the same.
    Replan,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn only_a_fix_of_every_rule_that_selects_whatever_is_found_mends_whatever() {
        let mends = |select: &str, change: &str| {
            let text = format!(
                "schema: 1\nname: it\nselect: {{ {select} }}\nchanges: [{{ {change} }}]\npull_request: {{ title: It }}\n"
            );
            let campaign = Campaign::parse(Path::new("campaign.yaml"), text.as_bytes());
            campaign.expect("a campaign").says.mends_whatever()
        };
        assert!(mends("", "fix: {}"));
        assert!(mends("verdicts: [drifted, broken, unchecked]", "fix: {}"));
        for (select, change) in [
            ("verdicts: [drifted]", "fix: {}"),
            ("findings: [path-stale]", "fix: {}"),
            ("members: [a]", "fix: {}"),
            ("", "fix: { rules: [path-stale] }"),
            ("", "restore: {}"),
        ] {
            assert!(!mends(select, change), "{select} {change}");
        }
    }
}
