//! Compares every path of one repository with the shape.
//!
//! Pure. This module decides what is judged, and in which order: `presence` finds missing and forbidden paths, `extras`
//! unknown ones, `content` compares a file with its canon, `managed` its managed part, and `edit` describes edits of a canon.

mod content;
mod edit;
mod extras;
mod ignored;
mod managed;
mod ordered_lines;
mod other_lines;
mod presence;
mod structured;
mod touched;
mod values;

pub(super) use extras::extras;

use std::sync::Arc;

use crate::change::{FileEdit, Mode};
use crate::checks::hygiene::{brings_credential, todo_marker};
use crate::checks::{Finding, Repository, Safety, path_rules as rules};
use crate::drift::canon::{Canons, Unfit};
use crate::drift::model::PathReport;
use crate::fleet::is_slug;
use crate::shape::manifest::Extract;
use crate::shape::pack::{Canon, HeldPath};
use crate::shape::variables::{Authority, Disagreement, Origin};
use crate::shape::{HeldBy, PathVerdict};

/// The result of judging the paths of a repository.
#[derive(Debug, Default)]
pub(super) struct JudgedPaths {
    /// One for each path that the shape holds or does not know.
    pub(super) paths: Vec<PathReport>,
    /// The findings about them.
    pub(super) findings: Vec<Finding>,
}

/// Judges every path except extras, which [`extras()`] adds.
pub(super) fn judge(repository: &Repository<'_>, keep_differences: bool) -> JudgedPaths {
    let mut judge = Judge {
        repository,
        keep_differences,
        canons: Canons::of(repository),
        judged: JudgedPaths::default(),
    };
    judge.disagreements();
    judge.unfit_values();
    for held in repository.pack.rules() {
        if !held.rule.policy.is_wanted() {
            judge.forbidden(held);
        } else if !repository.profile.does_without(&held.rule.path) {
            judge.wanted(held);
        }
    }
    judge.removals_that_need_review();
    judge.expected_by_profile();
    judge.judged.findings.iter_mut().for_each(|finding| {
        keep_out_markers(finding, repository);
        keep_out_credentials(finding, repository);
    });
    judge.judged
}

/// Drops a fix that would copy a credential out of the shape: `fix` would refuse it.
fn keep_out_credentials(finding: &mut Finding, repository: &Repository<'_>) {
    let brings = |edit: &&FileEdit| match edit {
        FileEdit::Write { path, bytes, .. } => brings_credential(repository, path, bytes),
        FileEdit::Text { path, edits } => edits.iter().any(|edit| {
            brings_credential(repository, path, &Arc::from(edit.replacement.as_bytes()))
        }),
        FileEdit::Delete { .. } => false,
    };
    let mut edits = finding.fix.iter().flat_map(|fix| &fix.edits);
    let Some(path) = edits.find(brings).map(FileEdit::path) else { return };
    let shape = &repository.pack.manifest.name;
    finding.help = Some(format!(
        "the canonical `{path}` holds a credential, so `shipshape fix` does not copy it: revoke the credential, and \
         remove it from the shape `{shape}` first"
    ));
    finding.fix = None;
}

/// Leaves a fix that would copy a marker out of the shape to a person: `fix` refuses it where `todo-marker` counts, since
/// it would add a finding.
fn keep_out_markers(finding: &mut Finding, repository: &Repository<'_>) {
    let Some(fix) = &mut finding.fix else { return };
    let brought = |edit: &FileEdit| {
        let path = edit.path();
        let marker = match edit {
            FileEdit::Write { bytes, .. } => {
                todo_marker::brought(repository, path, std::str::from_utf8(bytes).ok()?)
            }
            FileEdit::Text { edits, .. } => edits
                .iter()
                .find_map(|edit| todo_marker::brought(repository, path, &edit.replacement)),
            FileEdit::Delete { .. } => None,
        };
        Some((path.clone(), marker?))
    };
    let Some((path, marker)) = fix.edits.iter().find_map(brought) else { return };
    fix.safety = Safety::Unsafe;
    finding.help = Some(format!(
        "the canonical `{path}` holds the marker `{marker}`, which `todo-marker` would report, so `shipshape fix` leaves this \
         out: correct the canon, or list the path under `demands.marker_exclusions` of the shape"
    ));
}

struct Judge<'r, 'a> {
    repository: &'r Repository<'a>,
    keep_differences: bool,
    canons: Canons<'r, 'a>,
    judged: JudgedPaths,
}

impl Judge<'_, '_> {
    fn disagreements(&mut self) {
        for Disagreement { variable, found, from, wanted, by } in self.canons.disagreements() {
            let definition = self.repository.pack.variable(variable);
            let (place, extract) = self.said_in(variable, *from);
            let message =
                format!("`{variable}` is `{found}` in {place}, but `{wanted}` according to {by}");
            let counts = if *by == Authority::Fleet { wanted } else { found };
            let is_slug = is_slug(found) && definition.is_some_and(|(_, it)| it.must_be_slug());
            let correct = match extract.filter(|_| *by == Authority::Slug && is_slug) {
                // The slug may only be the name of a folder.
                Some(extract) => format!(
                    "correct `{}`, or give the slug: `--slug {found}`, or `slug: {found}` of the member in fleet.yaml",
                    extract.path()
                ),
                None => "correct the wrong one".to_owned(),
            };
            let mut finding = Finding::new(&rules::VARIABLE_DISAGREEMENT, message)
                .help(format!("{correct}; until then `{counts}` applies"));
            finding.location = extract.map(|extract| self.repository.place_of(extract));
            self.judged.findings.push(finding);
        }
    }

    fn unfit_values(&mut self) {
        for Unfit { variable, value, part, from, advice } in self.canons.unfit() {
            let (place, extract) = self.said_in(variable, from);
            let verb = if part == value { "is" } else { "has" };
            let message =
                format!("`{variable}` {verb} `{part}` in {place}, which the shape does not permit");
            let until = match from {
                Origin::Default => "give a value under `variables` in fleet.yaml; until then",
                _ => "until then",
            };
            let mut finding = Finding::new(&rules::VARIABLE_DISAGREEMENT, message)
                .help(format!("{advice}; {until} `{value}` applies"));
            finding.location = extract.map(|extract| self.repository.place_of(extract));
            self.judged.findings.push(finding);
        }
    }

    /// What says the value of a variable, in words, and where if that is in the repository.
    fn said_in(&self, variable: &str, from: Origin) -> (String, Option<&Extract>) {
        let definition = self.repository.pack.variable(variable);
        let extract = definition.and_then(|(_, definition)| definition.extract.as_ref());
        match (from, extract) {
            (Origin::Extracted, Some(extract)) => (format!("`{}`", extract.path()), Some(extract)),
            (Origin::Fleet, _) => ("fleet.yaml".to_owned(), None),
            _ => ("the shape's default".to_owned(), None),
        }
    }

    fn wanted(&mut self, held: &HeldPath) {
        let path = held.rule.path.as_str();
        let policy = self.repository.profile.policy_of(&held.rule);
        let Some(entry) = self.repository.snapshot.entry(path) else {
            // The path may exist but have been unreadable, in which case the snapshot's problem reports that.
            if !held.rule.optional && !self.repository.snapshot.may_hide(path) {
                self.missing(held, policy);
            }
            return;
        };
        let mut report = PathReport {
            path: path.into(),
            policy: Some(policy),
            verdict: PathVerdict::Conformant,
            behind: None,
            actual: Some(entry.id),
            difference: None,
        };
        match policy.held_by() {
            HeldBy::Text(comparison) => self.compared(held, comparison, entry.kind, &mut report),
            HeldBy::Presence => self.seeded(path, &mut report),
            // Checks run later; absence is judged by `forbidden`.
            HeldBy::Checks | HeldBy::Absence => {}
        }
        self.judged.paths.push(report);
    }

    fn unchecked(&mut self, path: &str, message: String, help: &str) {
        let finding =
            Finding::new(&rules::PATH_UNCHECKED, message).in_file(path).help(help).unchecked();
        self.judged.findings.push(finding);
    }
}

fn write_canon(path: &str, canon: &Canon) -> FileEdit {
    let mode = if canon.executable { Mode::Executable } else { Mode::File };
    FileEdit::Write { path: path.into(), bytes: Arc::clone(&canon.bytes), mode }
}
