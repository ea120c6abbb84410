//! `campaign.yaml` as it is written, typed.
//!
//! Every key is known and documented here: the JSON Schema that editors use is made from these types. What the
//! keys amount to in one fleet is a [`super::plan::Plan`].

use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::changes::ChangeSpec;
use super::identity::digest_of;
use crate::checks::registry;
use crate::drift::RepositoryVerdict;
use crate::edge::whole_file;
use crate::error::Error;
use crate::fleet::is_slug;
pub use crate::fleet::manifest::Approval;
use crate::source::typed;

/// The newest number of the `schema` key.
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
    /// Whether something must have been found in whoever is meant.
    #[must_use]
    pub fn is_by_findings(&self) -> bool {
        let stands_well = self.verdicts.contains(&RepositoryVerdict::Conformant);
        !self.findings.is_empty() || !self.verdicts.is_empty() && !stands_well
    }

    /// Whether it leaves anything out.
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

/// Repositories go in waves: a wave begins once the one before it came through.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Waves {
    /// How many repositories each wave has: a number, or a part of all (`25%`). The last wave has the rest. One
    /// wave when empty.
    pub sizes: Vec<Size>,
    /// Members that go before all others, in this order.
    pub first: Vec<String>,
    /// What a wave must have come to before the next one begins.
    pub advance: Advance,
    /// So many repositories of the campaign that failed, or whose pull request was declined or has red checks, stop
    /// it: no wave begins any more.
    #[schemars(range(min = 1))]
    pub stop_at_failures: Option<u32>,
}

/// A number, or a part of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "String")]
pub enum Size {
    /// So many.
    Count(u32),
    /// So many of a hundred.
    Percent(u8),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u32),
    Text(String),
}

impl TryFrom<Written> for Size {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(0) => Err("a wave has one repository at least".to_owned()),
            Written::Number(count) => Ok(Self::Count(count)),
            Written::Text(text) => text.parse(),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').and_then(|part| part.parse::<u8>().ok());
        match percent {
            Some(part) if (1..=100).contains(&part) => Ok(Self::Percent(part)),
            _ => text
                .parse::<u32>()
                .ok()
                .filter(|count| *count > 0)
                .map(Self::Count)
                .ok_or_else(|| format!("`{text}` is neither a number nor a part like `25%`")),
        }
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        match size {
            Size::Count(count) => count.to_string(),
            Size::Percent(part) => format!("{part}%"),
        }
    }
}

impl JsonSchema for Size {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number, or a part of all (`25%`).",
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "string", "pattern": "^([1-9][0-9]?|100)%$|^[1-9][0-9]*$" }
            ]
        })
    }
}

/// What a wave must have come to before the next one begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Advance {
    /// Each pull request is merged, or was declined or failed.
    #[default]
    Merged,
    /// Each pull request has green checks, or is merged.
    Green,
    /// Each pull request is open.
    Opened,
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

/// A campaign's file that was read.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The file.
    pub file: PathBuf,
    /// What it says.
    pub says: CampaignFile,
    /// Its digest: a plan belongs to one wording of the file.
    pub digest: String,
}

impl Campaign {
    /// Reads a campaign. `file` is named in errors only.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its lines.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Vec<Error>> {
        let reading = typed::read::<CampaignFile>(file, bytes, SCHEMA)?;
        let mut problems = reading.problems.clone();
        let says = &reading.value;
        let mut wrong = |path: &[typed::Step], message: String, hint: &str| {
            problems.push(reading.problem(file, path, message).hint(hint));
        };
        if !is_slug(&says.name) || says.name.len() > 60 {
            wrong(
                &["name".into()],
                format!("`{}` is no name of a campaign", says.name),
                "lowercase letters and digits with single hyphens, 60 at most",
            );
        }
        if says.changes.is_empty() {
            wrong(&["changes".into()], "nothing is changed".to_owned(), "name one change at least");
        }
        if says.pull_request.title.trim().is_empty() {
            let path = ["pull_request".into(), "title".into()];
            wrong(&path, "a pull request needs a title".to_owned(), "say what it does");
        }
        for (index, change) in says.changes.iter().enumerate() {
            for problem in change.problems() {
                let path = [&["changes".into(), index.into()], &problem.at[..]].concat();
                let hint = "`shipshape schema campaign` describes each kind of change";
                wrong(&path, problem.message, hint);
            }
        }
        for (index, name) in says.select.findings.iter().enumerate() {
            if let Err(error) = registry::known(name) {
                let path = ["select".into(), "findings".into(), index.into()];
                let hint = error.hints().first().map_or("", String::as_str);
                wrong(&path, error.message().to_owned(), hint);
            }
        }
        for (index, requirement) in says.requires.iter().enumerate() {
            if let Requirement::Campaign(other) = requirement
                && !is_slug(other)
            {
                let path = ["requires".into(), index.into()];
                let hint = "name it as its own file does: `{ campaign: add-note }`";
                wrong(&path, format!("`{other}` is no name of a campaign"), hint);
            }
        }
        for (index, window) in says.windows.iter().enumerate() {
            if let Err(why) = super::windows::check(window) {
                let hint = "write it as `{ days: [mon, fri], from: '09:00', to: '17:00' }`";
                wrong(&["windows".into(), index.into()], why, hint);
            }
        }
        if problems.is_empty() {
            let digest = digest_of(bytes);
            Ok(Self { file: file.to_owned(), says: reading.value, digest })
        } else {
            problems.sort_by_key(|error| error.place().and_then(|place| place.position));
            Err(problems)
        }
    }

    /// Reads a campaign from a file.
    ///
    /// # Errors
    /// When it cannot be read, and everything that is wrong with it.
    pub fn load(file: &Path) -> Result<Self, Vec<Error>> {
        let wrong = |error: Error| vec![error];
        let bytes = whole_file::read(file).map_err(wrong)?.ok_or_else(|| {
            wrong(
                Error::usage("there is no such campaign")
                    .in_file(file)
                    .hint("`shipshape campaign init NAME` writes one to start from"),
            )
        })?;
        Self::parse(file, &bytes)
    }

    /// The campaign that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let mut says = self.says.clone();
        says.name = format!("revert-{}", says.name);
        let words = &mut says.pull_request;
        // What the campaign's own words speak of may be gone since.
        words.title = "Revert: {{ taken_back }}".to_owned();
        words.commit = None;
        words.body = Some(format!(
            "Takes back what the campaign {{{{ '{}' | code }}}} changed here.\n",
            self.says.name
        ));
        says.requires.clear();
        Self { file: self.file.clone(), says, digest: self.digest.clone() }
    }

    /// A path of the file, which is relative to its folder. A campaign comes from whoever wrote it, and what it brings
    /// along is shown in pull requests: so it reads nothing outside of its folder, by links neither.
    ///
    /// # Errors
    /// When it leads outside.
    pub fn beside(&self, relative: &str) -> Result<PathBuf, Error> {
        let is_below =
            |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let file = folder.join(relative);
        let leads_out = match (folder.canonicalize(), file.canonicalize()) {
            (Ok(folder), Ok(target)) => !target.starts_with(folder),
            _ => false,
        };
        if leads_out || !Path::new(relative).components().all(is_below) {
            return Err(Error::usage(format!("`{relative}` leads out of the campaign's folder"))
                .in_file(&self.file)
                .hint("a campaign reads files beside it and below only: put a copy there"));
        }
        Ok(file)
    }
}
