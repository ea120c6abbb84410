//! The owners' decisions about findings: severities, waivers and the baseline.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::campaign::identity::digest_of;
use crate::checks::fleet::{waiver_expired, waiver_reopened, waiver_unused};
use crate::checks::{Finding, catalogue};
use crate::cli::Context;
use crate::counted::counted_as;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::Target;
use crate::drift::{Judgement, RepositoryVerdict, judge};
use crate::edge::whole_file;
use crate::error::Result;
use crate::fleet::baseline::Baseline;
use crate::fleet::manifest::{Kind, Shape};
use crate::fleet::waivers::{Circumstances, Judged, Waivers};
use crate::fleet::{Date, Fleet, Member};
use crate::shape::load;

/// Like [`apply`], for a command that only runs some rules and so cannot tell whether a waiver or baseline entry is
/// still needed.
pub(in crate::cli) fn apply_to_some(
    context: &Context,
    fleet: Option<&Fleet>,
    targets: &[&Target],
    repositories: &mut [RepositoryReport],
) -> Result<Vec<Finding>> {
    let Some(fleet) = fleet else { return Ok(Vec::new()) };
    let mut findings = with_waivers(context, fleet, targets, repositories)?;
    findings.retain(|finding| {
        let silent = [&waiver_unused::RULE, &waiver_expired::RULE, &waiver_reopened::RULE];
        !silent.iter().any(|rule| rule.code == finding.rule.code)
    });
    Ok(findings)
}

/// Marks waived findings, and returns findings about waivers that no longer apply. A note says what is gone from the
/// baseline.
pub(in crate::cli) fn apply(
    context: &Context,
    fleet: Option<&Fleet>,
    targets: &[&Target],
    repositories: &mut [RepositoryReport],
) -> Result<Vec<Finding>> {
    let write = context.command("drift --write-baseline");
    let note = |repository: &str, gone: usize| {
        let gone = counted_as(gone, "finding of the baseline is", "findings of the baseline are");
        context.terminal.note(&format!(
            "{repository}: {gone} gone; `{write}` removes what is gone from the baseline"
        ));
    };
    apply_noting(context, fleet, targets, repositories, &note)
}

/// Like [`apply`], without a note: for a tree that is not on disk yet, and for a run that writes the baseline.
pub(in crate::cli) fn apply_without_note(
    context: &Context,
    fleet: Option<&Fleet>,
    targets: &[&Target],
    repositories: &mut [RepositoryReport],
) -> Result<Vec<Finding>> {
    apply_noting(context, fleet, targets, repositories, &|_, _| {})
}

/// `note` gets the repositories with findings that are gone from the baseline, and how many of them.
fn apply_noting(
    context: &Context,
    fleet: Option<&Fleet>,
    targets: &[&Target],
    repositories: &mut [RepositoryReport],
    note: &dyn Fn(&str, usize),
) -> Result<Vec<Finding>> {
    let Some(fleet) = fleet else { return Ok(Vec::new()) };
    let today = Date(context.clock.today());
    let findings = with_waivers(context, fleet, targets, repositories)?;
    if let Some(baseline) = baseline(fleet)? {
        for repository in repositories.iter_mut() {
            let gone = baseline.apply(&repository.name, &mut repository.findings);
            // What could not be read or decided may still be there.
            if !gone.is_empty() && is_whole_tree(repository) {
                note(&repository.name, gone.len());
            }
        }
    }
    Ok(fleet.apply_rules(findings, today))
}

/// Takes the waivers that cover nothing out of findings about waivers, as notes.
pub(in crate::cli) fn take_unused_waivers(findings: &mut Vec<Finding>) -> Vec<String> {
    let is_unused = |finding: &mut Finding| finding.rule.code == waiver_unused::RULE.code;
    let noted = |finding: Finding| {
        let file = finding.path().map_or("the file of waivers", |path| path.as_str());
        format!("{}; whoever keeps `{file}` of the fleet can remove it", finding.message)
    };
    findings.extract_if(.., is_unused).map(noted).collect()
}

/// Applies severities and waivers. Returns findings about the waivers.
fn with_waivers(
    context: &Context,
    fleet: &Fleet,
    targets: &[&Target],
    repositories: &mut [RepositoryReport],
) -> Result<Vec<Finding>> {
    let today = Date(context.clock.today());
    let rules: Vec<_> = catalogue::rules().collect();
    let unknown = fleet.check_rules(&rules);
    if !unknown.is_empty() {
        return context.all(Err(unknown));
    }
    for repository in repositories.iter_mut() {
        repository.findings = fleet.apply_rules(std::mem::take(&mut repository.findings), today);
    }
    let waivers = waivers(context, fleet)?;
    let whole_fleet = is_whole(fleet, targets, repositories);
    let mut judged: Vec<Judged<'_>> = targets
        .iter()
        .zip(repositories.iter_mut())
        .map(|(target, repository)| Judged {
            names: target.names.clone(),
            is_whole: is_whole_tree(repository),
            findings: &mut repository.findings,
        })
        .collect();
    let circumstances = Circumstances {
        today,
        whole_fleet,
        is_part: is_part(Some(fleet), targets),
        path: &fleet.manifest.waivers,
    };
    Ok(waivers.apply(&mut judged, circumstances))
}

/// Whether all of a repository could be read and decided.
fn is_whole_tree(repository: &RepositoryReport) -> bool {
    repository.error.is_none() && !repository.findings.iter().any(|finding| finding.unchecked)
}

/// Whether every member of the fleet was judged.
fn is_whole(fleet: &Fleet, targets: &[&Target], repositories: &[RepositoryReport]) -> bool {
    let judged: HashSet<String> = targets
        .iter()
        .zip(repositories)
        .filter(|(_, repository)| repository.error.is_none())
        .flat_map(|(target, _)| target.names.iter().map(|name| name.to_ascii_lowercase()))
        .collect();
    let is_judged = |name: &String| judged.contains(&name.to_ascii_lowercase());
    fleet.active().all(|member| member.names().iter().any(is_judged))
}

/// Whether some member of the fleet is not among the targets, so that findings only cover a part of it.
pub(in crate::cli) fn is_part<T: Borrow<Target>>(fleet: Option<&Fleet>, targets: &[T]) -> bool {
    fleet.is_some_and(|fleet| !not_among(fleet, targets).is_empty())
}

/// The members of the fleet that are not among the targets.
pub(in crate::cli) fn not_among<'f, T: Borrow<Target>>(
    fleet: &'f Fleet,
    targets: &[T],
) -> Vec<&'f Member> {
    let names: HashSet<String> = targets
        .iter()
        .flat_map(|target| target.borrow().names.iter().map(|name| name.to_ascii_lowercase()))
        .collect();
    let is_named = |name: &String| names.contains(&name.to_ascii_lowercase());
    fleet.active().filter(|member| !member.names().iter().any(is_named)).collect()
}

/// The owners' decisions, read once and applied to one repository at a time.
pub(in crate::cli) struct Owners<'f> {
    fleet: &'f Fleet,
    waivers: Waivers,
    baseline: Option<Baseline>,
    today: Date,
}

impl<'f> Owners<'f> {
    /// Reads severities, waivers and the baseline of a fleet.
    pub(in crate::cli) fn of(context: &Context, fleet: &'f Fleet) -> Result<Self> {
        let today = Date(context.clock.today());
        Ok(Self { fleet, waivers: waivers(context, fleet)?, baseline: baseline(fleet)?, today })
    }

    /// The same, without the baseline.
    pub(in crate::cli) fn without_baseline(self) -> Self {
        Self { baseline: None, ..self }
    }

    /// A judgement of one repository with these decisions applied; the baseline does not cover what `stays_open`.
    pub(in crate::cli) fn settled(
        &self,
        target: &Target,
        judgement: Judgement,
        stays_open: &dyn Fn(&Finding) -> bool,
    ) -> Judgement {
        let findings = self.fleet.apply_rules(judgement.findings, self.today);
        let mut report = RepositoryReport {
            is_archived: false,
            name: target.label.clone(),
            origin: String::new(),
            commit: None,
            tree: None,
            profile: target.identity.profile.clone(),
            owner: target.identity.owner.clone(),
            shape: String::new(),
            verdict: RepositoryVerdict::Unchecked,
            error: None,
            paths: judgement.paths,
            findings,
        };
        let names = target.names.clone();
        let is_whole = is_whole_tree(&report);
        let mut judged = [Judged { names, findings: &mut report.findings, is_whole }];
        let path = &self.fleet.manifest.waivers;
        let run = Circumstances { today: self.today, whole_fleet: false, is_part: true, path };
        // Findings about unused waivers are ignored, since one repository cannot show which are unused.
        let _ = self.waivers.apply(&mut judged, run);
        if let Some(baseline) = &self.baseline {
            baseline.apply(&report.name, &mut report.findings);
            let open = report.findings.iter_mut().filter(|finding| stays_open(finding));
            open.for_each(Finding::leave_baseline);
        }
        judge::settle(&mut report);
        Judgement { paths: report.paths, findings: report.findings }
    }
}

/// The digest of what judgements rest on besides the repositories: what a fleet's owners accept, by waivers and the baseline,
/// and the shapes in folders beside fleet.yaml.
pub(in crate::cli) fn digest(fleet: &Fleet) -> Result<String> {
    let files = [Some(&fleet.manifest.waivers), fleet.manifest.baseline.as_ref()];
    let mut digest = String::new();
    for file in files.into_iter().flatten() {
        let bytes = whole_file::read(&fleet.beside(file))?.unwrap_or_default();
        digest = digest_of(format!("{digest}\0{}", digest_of(&bytes)).as_bytes());
    }
    for folder in shape_folders(fleet) {
        for (path, file) in load::files_of_folder(&folder)? {
            let content = digest_of(&file.bytes);
            let said = format!("{digest}\0{path}\0{}\0{content}", file.executable);
            digest = digest_of(said.as_bytes());
        }
    }
    Ok(digest)
}

/// The folders beside fleet.yaml that are shapes, each once. A kind without members may have one that is not there.
fn shape_folders(fleet: &Fleet) -> BTreeSet<PathBuf> {
    let folder = |kind: &Kind| match &kind.shape {
        Shape::Folder(folder) => Some(fleet.beside(&folder.folder)),
        Shape::Named(_) | Shape::Repository(_) => None,
    };
    fleet.manifest.kinds.values().filter_map(folder).filter(|folder| folder.is_dir()).collect()
}

/// The fleet's baseline, if one is configured and has been written.
pub(in crate::cli) fn baseline(fleet: &Fleet) -> Result<Option<Baseline>> {
    let Some(file) = &fleet.manifest.baseline else { return Ok(None) };
    let file = fleet.beside(file);
    let bytes = whole_file::read(&file)?;
    bytes.map(|bytes| Baseline::parse(&file, &bytes)).transpose()
}

/// Findings about the fleet itself, with the severities that its owners configured.
pub(in crate::cli) fn with_rules(
    context: &Context,
    fleet: &Fleet,
    findings: Vec<Finding>,
) -> Vec<Finding> {
    fleet.apply_rules(findings, Date(context.clock.today()))
}

/// The fleet's waivers; none when the file does not exist.
pub(in crate::cli) fn waivers(context: &Context, fleet: &Fleet) -> Result<Waivers> {
    waivers_of(context, &fleet.beside(&fleet.manifest.waivers))
}

/// The waivers in a file; none when it does not exist.
fn waivers_of(context: &Context, file: &Path) -> Result<Waivers> {
    let Some(bytes) = whole_file::read(file)? else { return Ok(Waivers::none()) };
    let waivers = context.all(Waivers::parse(file, &bytes))?;
    let rules: Vec<_> = catalogue::rules().collect();
    let unknown = waivers.check_rules(file, &rules);
    if unknown.is_empty() { Ok(waivers) } else { context.all(Err(unknown)) }
}

/// Applies a waiver file to subjects that belong to no fleet, each with its names. Returns findings about the waivers.
/// `named` is the file's name in findings.
pub(in crate::cli) fn apply_file(
    context: &Context,
    file: &Path,
    named: &str,
    subjects: &mut [(Vec<String>, &mut RepositoryReport)],
) -> Result<Vec<Finding>> {
    let waivers = waivers_of(context, file)?;
    let mut judged: Vec<Judged<'_>> = subjects
        .iter_mut()
        .map(|(names, report)| Judged {
            names: names.clone(),
            is_whole: is_whole_tree(report),
            findings: &mut report.findings,
        })
        .collect();
    // A waiver may be for another run, such as the one that judges the sdist or the folder.
    let today = Date(context.clock.today());
    let circumstances = Circumstances { today, whole_fleet: false, is_part: false, path: named };
    Ok(waivers.apply(&mut judged, circumstances))
}

/// Checks that all of these are names of rules.
pub(in crate::cli) fn known_rules(names: &[String]) -> Result<()> {
    for name in names {
        catalogue::known(name)?;
    }
    Ok(())
}
