//! Repositories that the default shape does not fit, and notes about them.

use std::path::Path;

use crate::checks::catalogue::OF_ANY_SHAPE;
use crate::checks::{Finding, path_rules};
use crate::cli::Context;
use crate::cli::shared::next::quoted_place;
use crate::cli::shared::packs_here::pack_in;
use crate::drift::judge;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::Target;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::shape::{Kinship, PathVerdict, embedded};

/// The documentation on writing shapes.
const PAGE: &str = "docs/shape-packs.md";

/// Repositories that the embedded shape does not fit.
#[derive(Default)]
pub(in crate::cli) struct Strangers<'t> {
    found: Vec<(&'t Target, Kinship)>,
    /// How many were compared with the embedded shape.
    held: usize,
    /// The first of these.
    first_held: Option<&'t Target>,
    /// Those that it fits although they contain a shape pack.
    with_a_pack: Vec<(&'t Target, String)>,
}

impl<'t> Strangers<'t> {
    /// Finds them among judged targets; those that could not be read are skipped.
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

    /// Examines a target that is compared with the embedded shape; `has` says whether a path exists.
    pub(in crate::cli) fn look(&mut self, target: &'t Target, has: &dyn Fn(&str) -> bool) {
        if target.shape.source != embedded::NAME {
            return;
        }
        self.held += 1;
        self.first_held.get_or_insert(target);
        let kinship = Kinship::of(&target.shape, has);
        if kinship.is_stranger() {
            self.found.push((target, kinship));
        } else if let Some(pack) = pack_of(target) {
            self.with_a_pack.push((target, pack));
        }
    }

    /// Whether the repository with this name in reports is one of them.
    pub(in crate::cli) fn has(&self, label: &str) -> bool {
        self.found.iter().any(|(target, _)| target.label == label)
    }

    /// Refuses to write to a repository whose shape was not chosen, if the embedded one does not fit it.
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

    /// Keeps in their reports only the findings of rules that apply to any repository.
    pub(in crate::cli) fn spare(&self, reports: &mut [RepositoryReport]) {
        let help =
            "`shipshape shape init` makes a shape of such repositories; `--shape FOLDER` names one";
        for (target, _) in &self.found {
            let Some(report) = reports.iter_mut().find(|report| report.name == target.label) else {
                continue;
            };
            let help = match pack_of(target) {
                Some(pack) => {
                    format!("`--shape {pack}` judges by the shape pack in the repository")
                }
                None => help.to_owned(),
            };
            let note = Finding::new(&path_rules::PATH_UNCHECKED, NOT_CHOSEN).help(help);
            spare(report, note.unchecked());
        }
    }

    /// Notes which repositories the shape does not fit, and what to do.
    pub(in crate::cli) fn tell(&self, context: &Context) {
        if let (true, [(target, pack)]) = (self.found.is_empty(), self.with_a_pack.as_slice()) {
            context.terminal.note(&visible_line(&format!(
                "`{}` is judged by the shape inside shipshape, but contains a shape pack: `--shape {pack}` judges by that",
                target.label
            )));
        }
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
        if let Some(pack) = self.pack_of_the_only_one() {
            let label = &first.label;
            context.terminal.note(&visible_line(&format!(
                "`{label}` contains a shape pack: `--shape {pack}` judges by it"
            )));
            return;
        }
        let out = new_folder();
        context.terminal.note(&format!(
            "for another kind of repository: `shipshape shape init --from DIR… --out {out}` makes a shape from \
            some of them, `--shape {out}` judges by it, and {PAGE} says how to write one"
        ));
    }

    /// As [`Strangers::tell`]; where nobody chose the shape, notes by which one the repositories are judged even if it fits
    /// them.
    pub(in crate::cli) fn tell_judged(&self, context: &Context, is_chosen: bool) {
        self.tell(context);
        let is_told = is_chosen || !self.found.is_empty() || self.with_a_pack.len() == 1;
        if let Some(target) = self.first_held.filter(|_| !is_told) {
            context.terminal.note(&visible_line(&format!(
                "judged by `{}`, the shape inside shipshape; `--shape FOLDER` names another",
                target.shape.manifest.name
            )));
        }
    }

    /// The shape pack in the only one of them, quoted for a shell.
    fn pack_of_the_only_one(&self) -> Option<String> {
        let [(target, _)] = self.found.as_slice() else { return None };
        pack_of(target)
    }

    /// The command that judges the only one by the shape pack in it, or that makes a shape from them, if they are local
    /// and at least two.
    pub(in crate::cli) fn next(&self) -> Option<String> {
        if let (Some(pack), Some((target, _))) = (self.pack_of_the_only_one(), self.found.first()) {
            let place = quoted_place(target.origin.local().ok()?);
            return Some(match place.as_str() {
                "." => format!("shipshape validate --shape {pack}"),
                place => format!("shipshape validate {place} --shape {pack}"),
            });
        }
        let places = self.found.iter().map(|(target, _)| target.origin.local().ok());
        let places: Option<Vec<String>> = places.map(|path| Some(quoted_place(path?))).collect();
        // More would make an unreadable line.
        let places = places.filter(|places| (2..=MOST_NAMED).contains(&places.len()))?;
        let out = new_folder();
        Some(format!("shipshape shape init --from {} --out {out}", places.join(" ")))
    }
}

/// A folder here for a new shape: one that is not there yet.
fn new_folder() -> String {
    let numbered = (2_usize..).map(|number| format!("shape-{number}"));
    let mut names = std::iter::once("shape".to_owned()).chain(numbered);
    names.find(|name| !Path::new(name).exists()).unwrap_or_default()
}

/// The shape pack in a repository on this machine, quoted for a shell.
fn pack_of(target: &Target) -> Option<String> {
    Some(quoted_place(&pack_in(target.origin.local().ok()?)?))
}

/// Whether a path of the shape exists in a repository.
pub(in crate::cli) fn has_path(report: &RepositoryReport, wanted: &str) -> bool {
    let mut paths = report.paths.iter();
    paths.any(|path| path.path.as_str() == wanted && path.verdict != PathVerdict::Missing)
}

/// The note in the report on a repository whose shape was not chosen.
pub(in crate::cli) const NOT_CHOSEN: &str =
    "no shape was chosen for this repository: only what holds for any repository was judged";

/// Keeps only the findings of rules that apply to any repository, and adds one note. Other demands of a shape that was
/// not chosen would turn the repository into something that it is not.
pub(in crate::cli) fn spare(report: &mut RepositoryReport, note: Finding) {
    report.findings.retain(|finding| {
        finding.waived.is_some() || OF_ANY_SHAPE.iter().any(|rule| rule.code == finding.rule.code)
    });
    // `fix` refuses such a repository.
    report.findings.iter_mut().for_each(|finding| finding.fix = None);
    report.findings.insert(0, note);
    // Without a chosen shape, it does not matter which of its paths exist.
    report.paths.clear();
    report.verdict = judge::verdict(report);
}

/// The most repositories that are named on one line.
const MOST_NAMED: usize = 40;
