//! Repositories below fleet.yaml that are not members and whose names imply no kind. They are compared with the only
//! kind, which was not chosen for them.

use std::path::PathBuf;

use crate::checks::{Finding, path_rules};
use crate::cli::Context;
use crate::cli::shared::fold::some;
use crate::cli::shared::inside::{self, Inside};
use crate::cli::shared::other_kinds::{NOT_CHOSEN, has_path, spare};
use crate::cli::shared::placing::member_at;
use crate::cli::shared::targets::Targets;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{Origin, Target};
use crate::error::{Error, Result};
use crate::fleet::Member;
use crate::shape::Kinship;
use crate::source::typed::nearest;

/// What to do about a stray.
const CHOOSE: &str = "add the repository to `members`, name its shape with `--shape FOLDER`, or give the slug that it \
                      would have as a member: `--slug SLUG`";

impl Targets {
    /// Whether a repository is a stray.
    pub(in crate::cli) fn is_stray(&self, target: &Target) -> bool {
        matches!(&target.origin, Origin::Local(path) if self.strays.contains(path))
    }

    /// Whether the repository with this name in reports is a stray.
    pub(in crate::cli) fn is_called_stray(&self, label: &str) -> bool {
        !self.strays.is_empty() && self.called(label).is_some_and(|target| self.is_stray(target))
    }

    /// The repository to repair for what a report says: of a folder inside a repository, that repository.
    pub(in crate::cli) fn place_to_repair(&self, report: &RepositoryReport) -> PathBuf {
        let place = self.place_of(report);
        let around = self.inside.iter().find(|inside| inside.is_committed() && inside.is(&place));
        around.map_or(place, |inside| inside.root().to_owned())
    }

    /// Whether repairing the repository around a folder would not repair that folder: only other folders in it are
    /// members, or the repository is of another kind than the folder's shape describes.
    pub(in crate::cli) fn is_out_of_reach(&self, report: &RepositoryReport) -> bool {
        let place = self.place_of(report);
        let around = self.inside.iter().find(|inside| inside.is_committed() && inside.is(&place));
        let Some(inside) = around else { return false };
        let has = |path: &str| inside.root().join(path).symlink_metadata().is_ok();
        let is_unlike = |target: &Target| Kinship::of(&target.shape, &has).is_stranger();
        self.called(&report.name).is_some_and(is_unlike)
            || self.fleet.as_ref().is_some_and(|fleet| {
                member_at(fleet, inside.root()).is_some_and(|member| member.path.is_some())
            })
    }

    /// Refuses to write to a folder inside a repository, or to a repository whose shape was not chosen.
    pub(in crate::cli) fn must_be_chosen(&self, target: &Target) -> Result<()> {
        let is_it = |inside: &&Inside| {
            inside.is_committed()
                && matches!(&target.origin, Origin::Local(path) if inside.is(path))
        };
        if let Some(inside) = self.inside.iter().find(is_it) {
            return Err(inside.refused());
        }
        match &self.fleet {
            Some(fleet) if self.is_stray(target) => Err(Error::usage(format!(
                "`{}` is not a member of the fleet, and its name matches no kind: no shape was chosen for it",
                target.identity.name
            ))
            .in_file(&fleet.file)
            .hint(CHOOSE)),
            _ => Ok(()),
        }
    }

    /// Limits the reports on strays. If one has fewer than half of the shape's paths, only findings that apply to any
    /// repository are kept; otherwise only repairs are removed, since `fix` refuses to make them.
    pub(in crate::cli) fn spare_strays(&self, reports: &mut [RepositoryReport]) {
        for (target, report) in self.targets.iter().zip(reports) {
            if !self.is_stray(target) || report.error.is_some() {
                continue;
            }
            if is_unlike(target, report) {
                // The fleet has demands on its repositories, but nobody said which apply to this one.
                let note = Finding::new(&path_rules::PATH_UNCHECKED, NOT_CHOSEN).help(CHOOSE);
                spare(report, note.unchecked());
                continue;
            }
            for finding in &mut report.findings {
                let is_offered = |help: &String| help.starts_with("`shipshape fix");
                if finding.fix.take().is_some() && finding.help.as_ref().is_some_and(is_offered) {
                    finding.help = Some(CHOOSE.to_owned());
                }
            }
        }
    }

    /// Notes which folders are not repositories of their own.
    pub(in crate::cli) fn tell_inside(&self, context: &Context) {
        inside::tell(&self.inside, context);
    }

    /// Says which repositories are strays, and what they are judged by. `reports` are those that
    /// [`Self::spare_strays`] limited.
    pub(in crate::cli) fn told_strays(&self, reports: &[RepositoryReport]) -> Vec<String> {
        let report = |target: &Target| reports.iter().find(|report| report.name == target.label);
        let is_compared =
            |target: &&Target| report(target).is_some_and(|it| !is_unlike(target, it));
        let strays = self.targets.iter().filter(|target| self.is_stray(target));
        let (compared, others): (Vec<&Target>, Vec<&Target>) = strays.partition(is_compared);
        let mut notes = Vec::new();
        if let Some(first) = compared.first() {
            let manifest = &first.shape.manifest;
            let are = if compared.len() == 1 { "it is" } else { "they are" };
            let outcome =
                format!("{are} compared with the shape of the only kind, `{}`", manifest.name);
            notes.push(format!("{}; {CHOOSE}", told(&compared, &outcome)));
        }
        if !others.is_empty() {
            let whom = if others.len() == 1 { "it" } else { "them" };
            notes.push(told(&others, &format!("no shape was chosen for {whom}")));
        }
        notes.extend(self.misspelled_members());
        notes
    }

    /// Says which strays are called almost as a member that none of the repositories here is, if these are the fleet but
    /// for that: one of the two names is probably misspelled. Of a part of the fleet, the next name is another repository.
    fn misspelled_members(&self) -> Option<String> {
        let fleet = self.fleet.as_ref()?;
        let strays: Vec<&Target> =
            self.targets.iter().filter(|target| self.is_stray(target)).collect();
        let is_here = |member: &Member| {
            self.targets.iter().any(|target| member.is_called(&target.identity.name))
        };
        let absent: Vec<&Member> = fleet
            .members
            .iter()
            .filter(|member| member.retired.is_none() && !is_here(member))
            .collect();
        if absent.len() != strays.len() || strays.len() == self.targets.len() {
            return None;
        }
        let names: Vec<String> =
            absent.iter().flat_map(|member| [member.slug.clone(), member.name()]).collect();
        let meant = |stray: &&Target| {
            let name = stray.identity.name.as_str();
            let meant = nearest(name, names.iter().map(String::as_str))?;
            Some(format!("`{meant}`, which is almost `{name}`"))
        };
        let meant: Vec<String> = strays.iter().filter_map(meant).collect();
        (!meant.is_empty()).then(|| {
            format!(
                "`{}` has {}, and no repository here is called so: is it misspelled?",
                fleet.file.display(),
                some(&meant)
            )
        })
    }
}

/// Whether a stray has so few of the shape's paths that it is judged only by rules that apply to any repository. One that
/// could not be read is not compared either.
fn is_unlike(target: &Target, report: &RepositoryReport) -> bool {
    report.error.is_some()
        || Kinship::of(&target.shape, &|path| has_path(report, path)).is_stranger()
}

/// Why these are strays, and the outcome of that.
fn told(strays: &[&Target], outcome: &str) -> String {
    let names: Vec<String> = strays.iter().map(|it| format!("`{}`", it.label)).collect();
    let names = some(&names);
    let why = match strays.len() {
        1 => "is not a member of the fleet, and its name matches no kind",
        _ => "are not members of the fleet, and their names match no kind",
    };
    format!("{names} {why}: {outcome}")
}
