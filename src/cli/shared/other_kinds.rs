//! Telling somebody that what they judge is of another kind than the shape that nobody chose.

use crate::checks::hygiene::{merge_conflict_marker, secret, secret_in_history};
use crate::checks::workflow::{workflow_template_injection, workflow_unknown_job};
use crate::checks::{Finding, Rule, path_rules, syntax_error, unreadable_file};
use crate::cli::Context;
use crate::cli::shared::next::quoted_place;
use crate::drift::judge;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::Target;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::shape::{Kinship, PathVerdict, embedded};

/// Where the command line learns how to write a shape.
const PAGE: &str = "docs/shape-packs.md";

/// Rules that hold of a repository whatever its shape.
const OF_ANY_KIND: [&Rule; 7] = [
    &unreadable_file::RULE,
    &syntax_error::RULE,
    &secret::RULE,
    &secret_in_history::RULE,
    &merge_conflict_marker::RULE,
    &workflow_template_injection::RULE,
    &workflow_unknown_job::RULE,
];

/// Repositories that the embedded shape is not about.
#[derive(Default)]
pub(in crate::cli) struct Strangers<'t> {
    found: Vec<(&'t Target, Kinship)>,
    /// How many were held to the embedded shape.
    held: usize,
}

impl<'t> Strangers<'t> {
    /// Those among targets that were judged; one that could not be read is none.
    pub(in crate::cli) fn among(
        targets: impl IntoIterator<Item = &'t Target>,
        reports: &[RepositoryReport],
    ) -> Self {
        let mut strangers = Self::default();
        for (target, report) in targets.into_iter().zip(reports) {
            if report.error.is_none() {
                strangers.look(target, &|wanted| has_path(report, wanted));
            }
        }
        strangers
    }

    /// Looks at one that is held to the embedded shape; `has` says whether a path is there.
    pub(in crate::cli) fn look(&mut self, target: &'t Target, has: &dyn Fn(&str) -> bool) {
        if target.shape.source != embedded::NAME {
            return;
        }
        self.held += 1;
        let kinship = Kinship::of(&target.shape, has);
        if kinship.is_stranger() {
            self.found.push((target, kinship));
        }
    }

    /// Whether a repository, as reports call it, is one of them.
    pub(in crate::cli) fn has(&self, label: &str) -> bool {
        self.found.iter().any(|(target, _)| target.label == label)
    }

    /// Refuses to write into a repository whose shape nobody chose, where the embedded one is not about it.
    pub(in crate::cli) fn must_be_chosen(
        &self,
        context: &Context,
        target: &Target,
        is_chosen: bool,
    ) -> Result<()> {
        self.tell(context);
        if is_chosen || !self.has(&target.label) {
            return Ok(());
        }
        Err(Error::usage(
            "no shape was chosen, and the built-in one is for repositories of another kind",
        )
        .in_file(target.origin.to_string())
        .hint("name the shape that it is to have: `--shape FOLDER`"))
    }

    /// Leaves in their reports what holds of any repository.
    pub(in crate::cli) fn spare(&self, reports: &mut [RepositoryReport]) {
        let help =
            "`shipshape shape init` makes a shape of such repositories; `--shape FOLDER` names one";
        for report in reports.iter_mut().filter(|report| self.has(&report.name)) {
            let note = Finding::new(&path_rules::PATH_UNCHECKED, NOT_CHOSEN).help(help);
            spare(report, note.unchecked());
        }
    }

    /// Says it, and what to do.
    pub(in crate::cli) fn tell(&self, context: &Context) {
        let Some((first, kinship)) = self.found.first() else { return };
        let who = match self.found.len() {
            1 => {
                let Kinship { present, wanted } = kinship;
                format!("`{}` has {present} of the {wanted} paths", first.label)
            }
            count => {
                format!("{count} of {} repositories have fewer than half of the paths", self.held)
            }
        };
        let manifest = &first.shape.manifest;
        let about = match manifest.description.as_str() {
            "" => String::new(),
            description => format!(" ({description})"),
        };
        context.terminal.note(&visible_line(&format!(
            "{who} of `{}`, the shape inside shipshape{about}",
            manifest.name
        )));
        context.terminal.note(&format!(
            "for another kind of repository: `shipshape shape init --from DIR… --out shape` makes a shape out of \
             some, `--shape shape` judges by it, and {PAGE} says how to write one"
        ));
    }

    /// The command that makes a shape of them, when they are enough to be one and are here.
    pub(in crate::cli) fn next(&self) -> Option<String> {
        let places = self.found.iter().map(|(target, _)| target.origin.local().ok());
        let places: Option<Vec<String>> = places.map(|path| Some(quoted_place(path?))).collect();
        // Further ones would make no line that somebody reads.
        let places = places.filter(|places| (2..=MOST_NAMED).contains(&places.len()))?;
        Some(format!("shipshape shape init --from {} --out shape", places.join(" ")))
    }
}

/// Whether a path of the shape was there.
pub(in crate::cli) fn has_path(report: &RepositoryReport, wanted: &str) -> bool {
    let mut paths = report.paths.iter();
    paths.any(|path| path.path.as_str() == wanted && path.verdict != PathVerdict::Missing)
}

/// What is said of a repository whose shape nobody chose.
pub(in crate::cli) const NOT_CHOSEN: &str =
    "no shape was chosen for this repository: only what holds of any repository was judged";

/// Leaves in a report what holds of any repository, and one note: whatever else a shape wants that nobody chose would
/// make the repository something that it is not.
pub(in crate::cli) fn spare(report: &mut RepositoryReport, note: Finding) {
    report.findings.retain(|finding| {
        finding.waived.is_some() || OF_ANY_KIND.iter().any(|rule| rule.code == finding.rule.code)
    });
    report.findings.insert(0, note);
    // Nobody chose these paths: that others lack or have them says nothing.
    report.paths.clear();
    report.verdict = judge::verdict(report);
}

/// So many repositories are named on one line.
const MOST_NAMED: usize = 40;
