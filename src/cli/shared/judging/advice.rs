//! Which commands to run next after a report.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::checks::document::is_for_migrate;
use crate::checks::hygiene::is_about_credentials;
use crate::checks::{Finding, Severity};
use crate::cli::Context;
use crate::cli::shared::ahead::Ahead;
use crate::cli::shared::next::{quoted, quoted_place, repairs};
use crate::cli::shared::other_kinds::Strangers;
use crate::cli::shared::pasted_paths::{are_all_in, together};
use crate::cli::shared::targets::Targets;
use crate::drift::model::{Report, RepositoryReport};
use crate::drift::survey::Origin;
use crate::drift::triage::{Mender, Pressing, Replaced, Triage};
use crate::drift::worst::worst_of;
use crate::forge::ForgeAddress;

/// Facts about targets that are not in the report.
pub(super) struct Seen<'s, 't> {
    pub(super) targets: &'s Targets,
    pub(super) strangers: &'s Strangers<'t>,
    pub(super) ahead: &'s [Ahead],
    pub(super) context: &'s Context,
    /// The forge that the repositories were read from.
    pub(super) forge: Option<&'s ForgeAddress>,
}

impl Seen<'_, '_> {
    /// The command that previews promoting a repository's content, if it changed today's canon further.
    fn promote(&self) -> Option<String> {
        let has_fleet = self.targets.fleet.is_some();
        let first = self.ahead.iter().find(|it| !self.targets.is_called_stray(it.label()))?;
        first.promote(self.targets.called(first.label())?, has_fleet)
    }
}

/// The next commands: those of what was judged, and the one that examines why a member could not be read.
pub(super) fn next(
    report: &Report,
    seen: &Seen<'_, '_>,
    carried: &dyn Fn(String) -> String,
) -> Vec<String> {
    let mut next = of_judged(report, seen, carried);
    if seen.forge.is_some() && report.repositories.iter().any(|it| it.error.is_some()) {
        next.push(carried("shipshape doctor".to_owned()));
    }
    next
}

/// Automatic repairs, the repository that most needs attention, and its gravest rule.
fn of_judged(
    report: &Report,
    seen: &Seen<'_, '_>,
    carried: &dyn Fn(String) -> String,
) -> Vec<String> {
    let Seen { targets, strangers, .. } = seen;
    let on_forge = seen.forge.is_some();
    let worst = worst_of(&report.repositories);
    if worst.is_some_and(|worst| strangers.has(&worst.name)) {
        // Repairing it would turn it into something that it is not, and the built-in shape does not fit it.
        let help = || "shipshape shape init --help".to_owned();
        return vec![strangers.next().unwrap_or_else(help)];
    }
    let triage = Triage::of(&report.repositories);
    let mut next = Vec::new();
    let is_fleet = report.repositories.len() > 1;
    // Do not suggest what `fix` refuses.
    let with = |mender: Mender| {
        let these = report.repositories.iter().filter(move |it| has(it, mender));
        let these = these.filter(|it| !targets.is_called_stray(&it.name));
        these.partition::<Vec<_>, _>(|it| !targets.is_out_of_reach(it))
    };
    // The folder itself is repaired under a slug.
    let apart = |options: &str, reports: &[&RepositoryReport]| {
        let target = targets.called(&reports.first()?.name)?;
        let (place, slug) = (quoted_place(target.origin.local().ok()?), &target.identity.slug);
        Some(carried(format!("shipshape fix --diff {options}{place} --slug {}", quoted(slug))))
    };
    if triage.share(Mender::Machine).findings > 0 {
        let (mendable, others) = with(Mender::Machine);
        if let (Some(forge), Some(fleet), true) = (seen.forge, &targets.fleet, is_fleet) {
            next.push(carried(repairs(seen.context, fleet, forge)));
        } else if !on_forge && !mendable.is_empty() {
            let these = mendable.iter().map(|it| targets.place_to_repair(it)).collect::<Vec<_>>();
            next.push(carried(format!("shipshape fix --diff {}", places(&these, targets))));
        }
        if !on_forge {
            next.extend(apart("", &others));
        }
    }
    let Some(worst) = worst else { return next };
    let documents = report.repositories.iter().filter(|it| open(it).any(is_for_migrate));
    let documents = documents.filter(|it| !targets.is_out_of_reach(it));
    let documents: Vec<PathBuf> = documents.map(|it| targets.place_to_repair(it)).collect();
    if !on_forge && !documents.is_empty() {
        next.push(carried(format!("shipshape migrate --diff {}", places(&documents, targets))));
    }
    let (looks, others) = with(Mender::MachineAndLook);
    if next.is_empty() && !on_forge && looks.is_empty() {
        next.extend(apart("--unsafe-fixes ", &others));
    }
    if next.is_empty() && !on_forge && !looks.is_empty() {
        // Do not suggest reverting changes on top of the canon without showing the alternative.
        next.extend(seen.promote().map(carried));
        // Shows the differences, which no report does.
        let these = looks.iter().map(|it| targets.place_to_repair(it)).collect::<Vec<_>>();
        next.push(carried(format!(
            "shipshape fix --diff --unsafe-fixes {}",
            places(&these, targets)
        )));
    }
    if targets.is_called_stray(&worst.name) {
        next.push(carried("shipshape fleet list".to_owned()));
    }
    if is_fleet {
        let option = if on_forge { " --repository" } else { "" };
        let place = quoted_place(&targets.place_of(worst));
        next.push(carried(format!("shipshape validate{option} {place}")));
    }
    // Of equals, the first in the report's own list of what matters most.
    let rank = |finding: &Finding| {
        let is_it =
            |it: &Pressing<'_>| (it.rule, it.severity) == (finding.rule.id, finding.severity);
        Reverse(triage.pressing.iter().position(is_it))
    };
    if let Some(gravest) = open(worst).max_by_key(|finding| (weight(finding), rank(finding))) {
        next.push(format!("shipshape explain {}", gravest.rule.id));
    }
    next
}

fn open(repository: &RepositoryReport) -> impl Iterator<Item = &Finding> {
    repository.findings.iter().filter(|finding| finding.waived.is_none())
}

fn has(repository: &RepositoryReport, mender: Mender) -> bool {
    let replaced = Replaced::of(repository);
    open(repository).any(|finding| Mender::among(finding, &replaced) == mender)
}

/// A finding weighs more the graver it is and the less a machine can do about it.
fn weight(finding: &Finding) -> (Severity, bool, Mender) {
    (finding.severity, is_about_credentials(finding.rule), Mender::of(finding))
}

/// Repositories as words for a shell: many in one folder as `folder/*` if all in that folder were judged, otherwise
/// listed.
fn places(origins: &[PathBuf], targets: &Targets) -> String {
    const NAMED: usize = 3;
    let parent = |origin: &PathBuf| {
        origin.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned)
    };
    let parents: BTreeSet<Option<PathBuf>> = origins.iter().map(parent).collect();
    match (parents.first(), parents.len()) {
        (Some(Some(parent)), 1) if origins.len() > NAMED => {
            let judged = targets.targets.iter().filter_map(|target| match &target.origin {
                Origin::Local(path) => Some(path.as_path()),
                Origin::Forge(_) => None,
            });
            match are_all_in(parent, judged) {
                true => format!("{}/*", quoted_place(parent)),
                false => together(origins, ""),
            }
        }
        _ => {
            // Several members can be in one repository.
            let mut named: Vec<String> = origins.iter().map(|place| quoted_place(place)).collect();
            named.dedup();
            named.join(" ")
        }
    }
}
