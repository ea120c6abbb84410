//! The release plan: the version and why, what changed, which members it would break, and what blocks it.
//!
//! Pure: making a plan changes nothing.

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::Serialize;

use super::ReleaseId;
use super::chain::{Row, Run, State};
use super::decide::{Decision, known};
use super::freeze::Freeze;
use super::observed::{Change, Observed};
use super::stage::Stage;
use super::subject::Subject;
use super::unlisted;
use super::version::Level;
use crate::fleet::Fleet;
use crate::source::requirements::normalize;

/// Name and version of the document, see `schemas/release-plan.schema.json`.
pub const SCHEMA: &str = "shipshape/release-plan/1";

/// The plan of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Plan {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When it was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The distribution.
    pub distribution: String,
    /// The repository of its source.
    pub repository: String,
    /// The branch that is released from.
    pub branch: String,
    /// The commit.
    pub commit: String,
    /// Whether there is something to release.
    pub verdict: Verdict,
    /// The version: the next one, or that of the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Which part of the version increases. Absent for a version that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The reasons, one line each.
    pub why: Vec<String>,
    /// The highest final version that has a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Last>,
    /// Changes of the source since then, newest first.
    pub changes: Vec<Change>,
    /// Whether there are more changes than are listed.
    pub more_changes: bool,
    /// Compatibility with members. Absent if it was not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compat: Option<Vec<Suits>>,
    /// The freeze, if releases are frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<Freeze>,
    /// What would be done, in order.
    pub steps: Vec<Step>,
    /// What prevents the release, one line each.
    pub blockers: Vec<String>,
    /// What could not be checked, one line each.
    pub unchecked: Vec<String>,
    /// What the version would lose, which is among the blockers.
    #[serde(skip)]
    pub lost: Option<String>,
    /// What is recorded here of the version that contradicts the forge or the index, or that a gate refused its files, which
    /// is among the blockers.
    #[serde(skip)]
    pub objection: Option<String>,
    /// Whether the commit has the tag of a version that is still to be published.
    #[serde(skip)]
    pub is_unpublished: bool,
    /// Whether the commit was named, so that it need not be on the branch.
    #[serde(skip)]
    pub is_named: bool,
}

/// Whether there is something to release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// There is.
    Release,
    /// The commit is already released.
    Already,
    /// There is nothing new.
    Nothing,
    /// The commit's message prevents its release.
    Skipped,
}

/// A version that was released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Last {
    /// The version.
    pub version: String,
    /// Its tag.
    pub tag: String,
    /// Its commit.
    pub commit: String,
}

/// Compatibility of one member with the release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suits {
    /// The member.
    pub member: String,
    /// What would break, one line each, with its place.
    pub breaks: Vec<String>,
    /// Warnings that break nothing, one line each, with place and rule.
    pub warnings: Vec<String>,
    /// What could not be checked, one line each.
    pub unchecked: Vec<String>,
    /// Whether its repository is archived, so that it cannot be notified.
    pub is_archived: bool,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// Its stage.
    pub stage: Stage,
    /// What would be done.
    pub what: String,
}

/// The inputs of a plan.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// What is released.
    pub subject: &'a Subject,
    /// What the forge shows.
    pub observed: &'a Observed,
    /// The versions that the index knows; `None` if it does not know the distribution.
    pub indexed: Option<&'a [Version]>,
    /// What is doubtful about an index that does not know it; `None` if nothing is.
    pub doubt: Option<String>,
    /// The decision.
    pub decision: &'a Decision,
    /// Why the version of this commit was withdrawn from the index; `None` if it was not.
    pub withdrawn: Option<&'a str>,
    /// What this machine recorded of releases.
    pub runs: &'a [Run],
    /// What is recorded here of the version that contradicts the forge or the index; `None` if nothing does.
    pub objection: Option<String>,
    /// Which members it would break; `None` if that was not checked.
    pub compat: Option<Vec<Suits>>,
    /// The event that notifies members; `None` if none is configured.
    pub event: Option<String>,
    /// The current time, RFC 3339 in UTC.
    pub now: String,
}

impl Plan {
    /// Assembles the plan.
    #[must_use]
    pub fn of(parts: Parts<'_>) -> Self {
        let Parts {
            fleet,
            subject,
            observed,
            indexed,
            doubt,
            decision,
            withdrawn,
            runs,
            objection,
            compat,
            event,
            now,
        } = parts;
        let (verdict, version, tag, level, mut why) = decided(subject, decision);
        if indexed.is_none() {
            why.push(format!("the index has no {}", subject.distribution));
        }
        for odd in &observed.odd {
            why.push(format!("the tag `{odd}` names no version and is ignored"));
        }
        let lost = match decision {
            Decision::Release(chosen) => chosen.lost.as_ref(),
            _ => None,
        };
        let lost = lost.map(|lost| format!("{}; {}", lost.in_words(), lost.hint()));
        let mut blockers: Vec<String> = objection.iter().cloned().collect();
        let mut unchecked = Vec::new();
        if verdict == Verdict::Release {
            blockers.extend(observed.freeze.as_ref().map(Freeze::in_words));
            blockers.extend(lost.clone());
            for suits in compat.iter().flatten() {
                let member = &suits.member;
                blockers.extend(suits.breaks.iter().map(|why| format!("breaks {member}: {why}")));
                unchecked.extend(suits.unchecked.iter().map(|why| format!("{member}: {why}")));
            }
            if compat.is_none() {
                unchecked.push("no check was requested".to_owned());
            }
        }
        let known = known(observed, indexed.unwrap_or_default());
        let here = observed.released_here();
        let here = here.filter(|_| verdict == Verdict::Already && doubt.is_none());
        let standing = here.map(|it| {
            Standing::of(subject.at(&it.version), known.indexed.contains(&it.version), runs)
        });
        let Standing { is_open, why: stands, refused } = standing.unwrap_or_default();
        let is_unpublished = is_open && objection.is_none() && withdrawn.is_none();
        why.extend(stands);
        blockers.extend(refused.iter().cloned());
        why.extend(withdrawn.map(|reason| format!("it was withdrawn from the index: {reason}")));
        unchecked.extend(doubt);
        let steps = match (&version, &tag) {
            (Some(version), Some(tag)) if verdict == Verdict::Release => {
                let archived = compat.iter().flatten().filter(|suits| suits.is_archived);
                let archived: Vec<&str> = archived.map(|suits| suits.member.as_str()).collect();
                let told = Announced { event: event.as_deref(), archived: &archived };
                steps(fleet, subject, observed, (version, tag), &told)
            }
            _ => Vec::new(),
        };
        Self {
            schema: SCHEMA,
            generated_at: now,
            distribution: subject.distribution.clone(),
            repository: subject.repository.to_string(),
            branch: observed.branch.clone(),
            commit: observed.commit.clone(),
            verdict,
            version,
            tag,
            level,
            why,
            last: observed.last().map(|last| Last {
                version: last.version.to_string(),
                tag: last.tag.clone(),
                commit: last.commit.clone(),
            }),
            changes: observed.changes.clone(),
            more_changes: observed.more,
            compat,
            freeze: observed.freeze.clone(),
            steps,
            blockers,
            unchecked,
            lost,
            objection: objection.or(refused),
            is_unpublished,
            is_named: observed.is_named,
        }
    }
}

/// Where the version stands whose tag the commit has: as the index and the records of this machine show it.
#[derive(Default)]
struct Standing {
    /// Whether it is still to be published, or the rest of it.
    is_open: bool,
    /// Why, or why not.
    why: Option<String>,
    /// What has refused its files here, as recorded.
    refused: Option<String>,
}

impl Standing {
    fn of(release: ReleaseId<'_>, is_listed: bool, runs: &[Run]) -> Self {
        let (name, version) = (normalize(release.distribution), release.version.to_string());
        let is_it = |run: &&Run| run.distribution == name && run.version.as_ref() == Some(&version);
        let is_over = |run: &Run| run.went_back.is_some() || run.superseded.is_some();
        let run = runs.iter().find(is_it).filter(|run| !is_over(run));
        let found = |stage: Stage, is_halted: fn(&Row) -> bool| {
            let mut rows = run.into_iter().flat_map(|run| &run.stages);
            rows.find(|row| row.stage == stage && is_halted(row))
        };
        let ended = if is_listed { None } else { unlisted::ended(release, runs) };
        let is_failed = |row: &Row| row.state == State::Failed;
        // Cut off in the upload, it has a time.
        let is_halted = |row: &Row| match row.state {
            State::Failed => !row.is_deleted() && !row.is_taken(),
            State::Waiting => row.at.is_some(),
            _ => false,
        };
        let halted = found(Stage::Publish, is_halted);
        let refused = found(Stage::Compat, is_failed).filter(|_| ended.is_none() && !is_listed);
        let refused =
            refused.map(|row| format!("compat failed when it was run here: {}", row.what));
        match (is_listed, ended, halted) {
            (false, None, _) => {
                let why = Some("the index does not have it yet".to_owned());
                Self { is_open: true, why, refused }
            }
            // The index has a part of it.
            (true, _, Some(row)) => {
                let why = Some(format!("its publication has not ended: {}", row.what));
                Self { is_open: true, why, refused: None }
            }
            (_, ended, _) => Self { is_open: false, why: ended, refused: None },
        }
    }
}

type Decided = (Verdict, Option<String>, Option<String>, Option<Level>, Vec<String>);

fn decided(subject: &Subject, decision: &Decision) -> Decided {
    match decision {
        Decision::Release(chosen) => {
            let version = chosen.version.to_string();
            let tag = subject.release.tag_of(&version);
            (Verdict::Release, Some(version), Some(tag), chosen.level, chosen.why.clone())
        }
        Decision::Already(tagged) => {
            let why = vec![format!("the commit has the tag `{}`", tagged.tag)];
            let version = Some(tagged.version.to_string());
            (Verdict::Already, version, Some(tagged.tag.clone()), None, why)
        }
        Decision::Nothing(last) => {
            let why = vec![format!("nothing changed in `{}` since {}", subject.path, last.version)];
            (Verdict::Nothing, None, None, None, why)
        }
        Decision::Skipped(word) => {
            let why = vec![format!("the commit's message says `{word}`")];
            (Verdict::Skipped, None, None, None, why)
        }
    }
}

/// How members would be notified.
struct Announced<'a> {
    event: Option<&'a str>,
    /// The members that cannot be notified.
    archived: &'a [&'a str],
}

/// What would be done, as far as fleet.yaml configures it.
fn steps(
    fleet: &Fleet,
    subject: &Subject,
    observed: &Observed,
    (version, tag): (&str, &str),
    told: &Announced<'_>,
) -> Vec<Step> {
    let release = &subject.release;
    let short = observed.commit.get(..12).unwrap_or(&observed.commit);
    let hears = |member: &&crate::fleet::Member| !told.archived.contains(&member.slug.as_str());
    let mut repositories: Vec<String> = fleet
        .active()
        .filter(hears)
        .map(|member| member.repository.to_string().to_lowercase())
        .collect();
    repositories.sort();
    repositories.dedup();
    let step = |stage, what: String| Step { stage, what };
    let mut steps = vec![
        step(Stage::Tag, format!("create `{tag}` at {short} of {}", subject.repository)),
        step(Stage::Publish, format!("build, check and upload {} {version}", subject.distribution)),
        step(Stage::Wait, "until the index serves it".to_owned()),
    ];
    if let Some(mirror) = &release.mirror {
        steps.push(step(Stage::Mirror, format!("the built package to {}", mirror.repository)));
    }
    let archived = match told.archived {
        [] => String::new(),
        [one] => format!("; {one} is archived and cannot be notified"),
        several => format!("; {} are archived and cannot be notified", several.join(", ")),
    };
    let whom = match (told.event, repositories.as_slice()) {
        (Some(event), [only]) => format!("`{event}` to {only}"),
        (Some(event), all) => format!("`{event}` to {} repositories", all.len()),
        (None, all) => format!("it is not known by which event {} of them are notified", all.len()),
    };
    steps.push(step(Stage::Cascade, format!("{whom}{archived}")));
    if fleet.manifest.images.is_some() {
        steps.push(step(Stage::Images, format!("until each contains {version}")));
    }
    if !fleet.manifest.consumers.is_empty() {
        let names: Vec<&str> =
            fleet.manifest.consumers.iter().map(|consumer| consumer.name.as_str()).collect();
        steps.push(step(Stage::Consumers, format!("see what runs: {}", names.join(", "))));
    }
    steps
}
