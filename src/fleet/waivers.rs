//! `waivers.yaml`: findings accepted until a day, and as long as they do not change.
//!
//! Applying waivers marks findings as waived, and reports the waivers that no longer hold. [`edit`] writes entries, and
//! [`Fingerprint`] identifies findings.

pub mod edit;
pub mod list;

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Date;
use super::resolve::check_relative;
use crate::checks::{Acceptance, Finding, Fingerprint, Location, Rule, Severity, Waived};
use crate::checks::{
    catalogue, fingerprint, fleet::waiver_expired, fleet::waiver_reopened, fleet::waiver_unused,
};
use crate::error::Error;
use crate::source::Text;
use crate::source::typed::{self, Node, Step, nearest};

/// The current version of the format, for the `schema` key.
pub const SCHEMA: u32 = 1;

/// The file `waivers.yaml`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format: 1.
    #[schemars(schema_with = "schema_version")]
    pub schema: u32,
    /// The waivers.
    #[serde(default)]
    pub waivers: Option<Vec<Waiver>>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

/// A decision to accept a finding until a date. `shipshape waive` writes these.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The repository, as named in reports, or `*` for all.
    pub repository: String,
    /// The rule, by id (`path-stale`) or code (`SHP012`).
    pub rule: String,
    /// The path of the finding. Absent for findings about the repository as a whole.
    pub path: Option<String>,
    /// Why the finding is accepted.
    pub reason: String,
    /// Who is responsible: a person or a team.
    pub owner: String,
    /// The last day on which it applies, `2026-01-31`.
    pub expires: Date,
    /// The day it was granted.
    pub created: Option<Date>,
    /// The finding's fingerprint, or at least its first 16 hexadecimal digits.
    #[schemars(extend("pattern" = "^[0-9a-f]{16,64}$"))]
    pub hash: String,
}

/// A parsed file of waivers.
#[derive(Clone, Debug)]
pub struct Waivers {
    /// The waivers, in the file's order.
    pub entries: Vec<Waiver>,
    text: Text,
    root: Node,
}

/// The findings of a repository, with every name that a waiver may use for it.
#[derive(Debug)]
pub struct Judged<'a> {
    /// Its names, see [`super::Member::names`].
    pub names: Vec<String>,
    /// The findings; waived ones are marked.
    pub findings: &'a mut [Finding],
    /// Whether it was read and judged completely: only then is the absence of a finding certain.
    pub is_whole: bool,
}

/// The circumstances of the run in which waivers are applied.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The day of the run.
    pub today: Date,
    /// Whether every member of the fleet was judged, so that waivers without a finding are certainly unused.
    pub whole_fleet: bool,
    /// Whether members were left out on purpose, so that their waivers are of no interest.
    pub is_part: bool,
    /// The path of the file relative to fleet.yaml's folder, for findings about it.
    pub path: &'a str,
}

impl Waivers {
    /// Returns the waivers of a fleet without the file: none.
    #[must_use]
    pub fn none() -> Self {
        let root = Node {
            span: crate::source::Span::default(),
            content: typed::Content::Mapping(Vec::new()),
        };
        Self { entries: Vec::new(), text: Text::new(""), root }
    }

    /// Parses a file of waivers. `file` is only used in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, in line order.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Vec<Error>> {
        let reading = typed::read::<Document>(file, bytes, SCHEMA)?;
        let entries = reading.value.waivers.as_deref().unwrap_or_default();
        let mut problems = reading.problems.clone();
        let mut seen: BTreeMap<(String, &str, Option<&str>, &str), usize> = BTreeMap::new();
        for (index, waiver) in entries.iter().enumerate() {
            let mut tell = |key: &str, message: String, hint: &str| {
                let path = ["waivers".into(), index.into(), key.into()];
                problems.push(reading.problem(file, &path, message).hint(hint));
            };
            for (key, text) in [("reason", &waiver.reason), ("owner", &waiver.owner)] {
                if text.trim().is_empty() {
                    tell(
                        key,
                        format!("a waiver needs its {key}"),
                        "give a reason, and an owner who is responsible for it",
                    );
                }
            }
            if !is_hash(&waiver.hash) {
                let message = format!("`{}` is not a finding's hash", waiver.hash);
                tell("hash", message, "copy the 16 digits that the report shows, in lower case");
            }
            if let Some(path) = &waiver.path
                && let Err(reason) = check_relative(path)
            {
                tell("path", format!("`{path}` {reason}"), "give a path of the repository");
            }
            if waiver.created.is_some_and(|created| created > waiver.expires) {
                tell("expires", "expires before it was created".to_owned(), "check both dates");
            }
            let repository = waiver.repository.to_lowercase();
            let key =
                (repository, waiver.rule.as_str(), waiver.path.as_deref(), waiver.hash.as_str());
            if let Some(first) = seen.insert(key, index) {
                let message = format!("says the same as waiver {}", first + 1);
                tell("repository", message, "remove one of the two");
            }
        }
        if !problems.is_empty() {
            problems.sort_by_key(|error| error.place().and_then(|place| place.position));
            return Err(problems);
        }
        let typed::Reading { value, text, root, .. } = reading;
        Ok(Self { entries: value.waivers.unwrap_or_default(), text, root })
    }

    /// Reports waivers of unknown rules.
    #[must_use]
    pub fn check_rules(&self, file: &Path, known: &[&Rule]) -> Vec<Error> {
        let mut problems = Vec::new();
        for (index, waiver) in self.entries.iter().enumerate() {
            if !known.iter().any(|rule| is_rule(rule, &waiver.rule)) {
                let path = ["waivers".into(), index.into(), "rule".into()];
                let names = known.iter().flat_map(|rule| [rule.id, rule.code]);
                let problem = Error::usage(format!("unknown rule `{}`", waiver.rule));
                let problem = problem.at(file, &self.text, self.root.span_of(&path));
                problems.push(problem.hint(match nearest(&waiver.rule, names) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "`shipshape explain` lists all rules".to_owned(),
                }));
            }
        }
        problems
    }

    /// The waivers that apply to a repository on a day. `names` are all names of the repository.
    pub fn of(&self, names: &[String], today: Date) -> impl Iterator<Item = &Waiver> {
        self.entries.iter().filter(move |it| today <= it.expires && it.names(names))
    }

    /// The waivers of a repository for what some of its findings were before they changed: each has the rule and path of
    /// one, and the hash of none of all findings.
    pub fn of_earlier<'w>(
        &'w self,
        names: &'w [String],
        some: &'w [&Finding],
        all: &'w [&Finding],
    ) -> impl Iterator<Item = Earlier<'w>> {
        let is_among_some = |it: &Finding| some.iter().any(|one| std::ptr::eq(*one, it));
        self.entries.iter().enumerate().filter_map(move |(index, waiver)| {
            let is_earlier = waiver.repository != "*"
                && waiver.names(names)
                && some.iter().any(|finding| waiver.speaks_of(finding))
                && !all.iter().any(|it| Fingerprint::of(it).starts_with(&waiver.hash));
            let is_of_another = all
                .iter()
                .any(|it| it.waived.is_none() && waiver.speaks_of(it) && !is_among_some(it));
            is_earlier.then_some(Earlier { index, waiver, is_of_another })
        })
    }

    /// Waives findings, and returns findings about the waivers that no longer hold.
    ///
    /// What could not be checked is never waived, since it is unknown what would be accepted; nor is a file that does
    /// not parse where that hides what the shape demands of it.
    #[must_use]
    pub fn apply(&self, judged: &mut [Judged<'_>], run: Circumstances<'_>) -> Vec<Finding> {
        let fingerprints: Vec<Vec<Fingerprint>> = judged
            .iter()
            .map(|judged| judged.findings.iter().map(Fingerprint::of).collect())
            .collect();
        let mut standing = Vec::with_capacity(self.entries.len());
        for waiver in &self.entries {
            let expired = run.today > waiver.expires;
            let mut met = Met { repository: false, finding: false, is_whole: true };
            for (judged, fingerprints) in judged.iter_mut().zip(&fingerprints) {
                if !waiver.names(&judged.names) {
                    continue;
                }
                met.repository = true;
                met.is_whole &= judged.is_whole && !waiver.may_be_hidden(judged.findings);
                for (finding, fingerprint) in judged.findings.iter_mut().zip(fingerprints) {
                    if !waiver.speaks_of(finding) || !fingerprint.starts_with(&waiver.hash) {
                        continue;
                    }
                    met.finding = true;
                    let can_be = Acceptance::of(finding) != Acceptance::Never;
                    if !expired && can_be && finding.waived.is_none() {
                        finding.waived = Some(waiver.waived());
                    }
                }
            }
            standing.push(met);
        }
        // Which findings are not waived is known only after all waivers have been applied.
        let entries = self.entries.iter().zip(standing).enumerate();
        entries
            .filter_map(|(index, (waiver, met))| self.problem(index, waiver, met, judged, run))
            .collect()
    }

    fn problem(
        &self,
        index: usize,
        waiver: &Waiver,
        met: Met,
        judged: &[Judged<'_>],
        run: Circumstances<'_>,
    ) -> Option<Finding> {
        let of = match &waiver.path {
            Some(path) => format!("`{}` at `{path}` in `{}`", waiver.rule, waiver.repository),
            None => format!("`{}` in `{}`", waiver.rule, waiver.repository),
        };
        let finding = |rule: &'static Rule, message: String, key: &str| {
            let path: [Step; 3] = ["waivers".into(), index.into(), key.into()];
            Finding::new(rule, message).at(run.path, &self.text, self.root.span_of(&path))
        };
        if run.is_part && !met.repository {
            return None;
        }
        if run.today > waiver.expires {
            let message = format!("the waiver of {of} expired on {}", waiver.expires);
            let help = if met.finding {
                "fix what it covered, or extend it with a reason that still holds"
            } else {
                "remove it with `shipshape waivers --prune`: nothing here needs it"
            };
            // Whether anything needs it is unknown if its repository was not judged.
            let help = if met.finding || met.repository && met.is_whole {
                help
            } else {
                "extend it, or remove it"
            };
            return Some(finding(&waiver_expired::RULE, message, "expires").help(help));
        }
        if met.finding {
            return None;
        }
        let all = judged;
        let changed = judged
            .iter()
            .filter(|judged| waiver.names(&judged.names))
            .flat_map(|judged| judged.findings.iter())
            .find(|finding| finding.waived.is_none() && waiver.speaks_of(finding));
        if let Some(changed) = changed {
            let message = format!("what the waiver of {of} covered has changed");
            let hash = Fingerprint::of(changed).short();
            let help = format!("review it again; to waive it as it is now, set `hash: \"{hash}\"`");
            let mut reopened = finding(&waiver_reopened::RULE, message, "hash").help(help);
            if let Some(location) = &changed.location {
                let repository = judged
                    .iter()
                    .find(|judged| waiver.names(&judged.names))
                    .and_then(|judged| judged.names.first())
                    .map_or(waiver.repository.as_str(), String::as_str);
                let path = format!("{repository}:{}", location.path);
                let location = Location { path: path.as_str().into(), ..location.clone() };
                reopened = reopened.related(location, changed.message.clone());
            }
            return Some(reopened);
        }
        // A repository that is no longer a member is not met even in a run over the whole fleet.
        if catalogue::of_packages().any(|rule| is_rule(rule, &waiver.rule)) {
            // Such findings come from `package compat`, and this may be another command.
            return None;
        }
        let judged = run.whole_fleet || (met.repository && waiver.repository != "*");
        (judged && met.is_whole).then(|| {
            let Idle { why, meant, key } = waiver.idle(met, all);
            let message = format!("the waiver of {of} covers nothing{why}");
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`? Otherwise remove it from the file"),
                None => "remove it from the file".to_owned(),
            };
            finding(&waiver_unused::RULE, message, key).help(help)
        })
    }
}

/// Why a waiver covers nothing, as far as that is known.
struct Idle<'a> {
    /// The end of a sentence.
    why: &'static str,
    /// What was probably meant.
    meant: Option<&'a str>,
    /// The key of the waiver that says so.
    key: &'static str,
}

/// A waiver that covers nothing any more.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'w> {
    /// Its place in the file.
    pub index: usize,
    /// The waiver.
    pub waiver: &'w Waiver,
    /// Whether it may have covered another open finding, whose review it still asks for.
    pub is_of_another: bool,
}

/// What a waiver matched in a run.
#[derive(Clone, Copy)]
struct Met {
    repository: bool,
    finding: bool,
    /// Whether all repositories that it matched were judged completely.
    is_whole: bool,
}

impl Waiver {
    fn names(&self, names: &[String]) -> bool {
        self.repository == "*"
            || names.iter().any(|name| name.eq_ignore_ascii_case(&self.repository))
    }

    /// Whether it waives the same finding, even if repository, rule or hash are written differently. `names` are all
    /// names of the other waiver's repository.
    fn waives_the_same(&self, other: &Self, names: &[String]) -> bool {
        let is_name = |name: &String| name.eq_ignore_ascii_case(&self.repository);
        let same_repository = is_name(&other.repository) || names.iter().any(is_name);
        let same_rule = match catalogue::find(&other.rule) {
            Some(rule) => is_rule(rule, &self.rule),
            None => self.rule == other.rule,
        };
        // Hashes may be abbreviated.
        let same_finding = self.hash.starts_with(&other.hash) || other.hash.starts_with(&self.hash);
        same_repository && same_rule && self.path == other.path && same_finding
    }

    /// Whether an error of another rule is in its file, waived or not: as long as an adapter is not found, nothing is found
    /// about it.
    fn may_be_hidden(&self, findings: &[Finding]) -> bool {
        let is_there =
            |finding: &Finding| finding.path().map(|it| it.as_str()) == self.path.as_deref();
        let is_another = |finding: &Finding| !is_rule(finding.rule, &self.rule);
        self.path.is_some()
            && findings
                .iter()
                .any(|it| it.severity == Severity::Error && is_there(it) && is_another(it))
    }

    /// Whether a finding has its rule and path.
    fn speaks_of(&self, finding: &Finding) -> bool {
        is_rule(finding.rule, &self.rule)
            && finding.path().map(|path| path.as_str()) == self.path.as_deref()
    }

    /// Why it covers nothing in these repositories: a name that none of them has, or a path at which its rule finds nothing
    /// while it does at one of almost the same name.
    fn idle<'a>(&self, met: Met, judged: &'a [Judged<'_>]) -> Idle<'a> {
        if !met.repository && self.repository != "*" {
            let names = judged.iter().flat_map(|judged| &judged.names).map(String::as_str);
            let meant = nearest(&self.repository, names);
            return Idle { why: ": no repository here is called so", meant, key: "repository" };
        }
        let of_rule = judged
            .iter()
            .filter(|judged| self.names(&judged.names))
            .flat_map(|judged| judged.findings.iter())
            .filter(|finding| is_rule(finding.rule, &self.rule) && finding.waived.is_none());
        let paths = of_rule.filter_map(|finding| finding.path()).map(|path| path.as_str());
        let path = self.path.as_deref().and_then(|path| nearest(path, paths));
        let key = if path.is_some() { "path" } else { "repository" };
        Idle { why: "", meant: path, key }
    }

    fn waived(&self) -> Waived {
        Waived {
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            expires: Some(self.expires.to_string()),
        }
    }
}

fn is_rule(rule: &Rule, name: &str) -> bool {
    rule.id == name || rule.code == name
}

fn is_hash(text: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    (fingerprint::SHORT_DIGITS..=64).contains(&text.len()) && text.chars().all(digit)
}

#[cfg(test)]
mod tests;
