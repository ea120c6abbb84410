//! Judges one repository: its paths, then the checks.
//!
//! Pure. Between [`judge`] and [`settle`] the caller applies what the fleet's owners decided about findings:
//! severities, waivers and the baseline.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::checks::{Finding, Repository, Rule, Severity, catalogue, syntax_error};
use crate::drift::model::{PathReport, RepositoryReport};
use crate::shape::{PathVerdict, Policy};
use crate::snapshot::RepoPath;
use crate::source::secrets;

use crate::checks::path_rules as rules;

use super::{RepositoryVerdict, paths, unwritable};

/// Settings of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Whether to keep both sides of each difference, for formats that show them.
    pub keep_differences: bool,
}

/// What judging a repository found, before waivers and the verdict.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// The paths, in byte order.
    pub paths: Vec<PathReport>,
    /// The findings, by path and position.
    pub findings: Vec<Finding>,
}

/// Judges a repository.
#[must_use]
pub fn judge(repository: &Repository<'_>, settings: &Settings) -> Judgement {
    let paths::JudgedPaths { mut paths, mut findings } =
        paths::judge(repository, settings.keep_differences);
    let mut hindered = Hindered::default();
    hindered.note(repository, rules::RULES);
    let is_left_out = |rule: &Rule| repository.profile.leaves_out(rule.id, rule.code);
    // Some checks read every file, which a forge would have to download just to drop the findings.
    for check in catalogue::checks().filter(|check| !is_left_out(check.rule())) {
        check.check(repository, &mut findings);
        hindered.note(repository, &[check.rule()]);
    }
    if is_left_out(&syntax_error::RULE) {
        // What the shape demands of these files is not judged, whether or not the profile wants to hear of it.
        findings.extend(syntax_error::concealing(repository).map(Finding::unchecked));
    }
    paths::extras(repository, &mut paths, &mut findings);
    hindered.note(repository, rules::RULES);
    findings.iter_mut().for_each(|finding| hindered.tell(finding));
    for problem in &repository.snapshot.problems {
        let mut finding = Finding::new(&rules::PATH_UNCHECKED, problem.in_words());
        if !problem.path.as_str().is_empty() {
            finding = finding.in_file(problem.path.clone());
        }
        let help = problem.help.as_deref().unwrap_or("repair the repository and run again");
        findings.push(finding.help(help).unchecked());
    }
    // What could not be read stays even if the profile leaves out its rule: it may hide anything.
    findings.retain(|finding| finding.unchecked || !is_left_out(finding.rule));
    findings.iter_mut().for_each(|finding| unwritable::leave(finding, repository.snapshot));
    findings.iter_mut().for_each(|finding| of_the_shape(finding, &paths, repository));
    findings.iter_mut().for_each(hide_credentials);
    findings.sort_by(|one, other| order(one).cmp(&order(other)));
    let findings = once(findings);
    paths.sort_by(|one, other| one.path.cmp(&other.path));
    Judgement { paths, findings }
}

/// The rules that read files which they could not parse, by these files.
#[derive(Debug, Default)]
struct Hindered {
    rules: BTreeMap<String, Vec<&'static str>>,
}

impl Hindered {
    /// Notes that these rules were the last to read files.
    fn note(&mut self, repository: &Repository<'_>, rules: &[&'static Rule]) {
        for path in repository.take_partly_read() {
            self.rules.entry(path).or_default().extend(rules.iter().map(|rule| rule.code));
        }
    }

    /// Adds the rules to what says that their file does not parse.
    fn tell(&self, finding: &mut Finding) {
        if finding.rule.code == syntax_error::RULE.code {
            let rules = finding.path().and_then(|path| self.rules.get(path.as_str()));
            finding.hinders = rules.cloned().unwrap_or_default();
        }
    }
}

/// Sets the verdicts of a repository and its paths, after its owners' decisions have been applied to the findings.
///
/// A path whose findings are all waived, or whose rule is turned off, becomes `waived`. A repository that could not be
/// judged stays `unchecked`.
pub fn settle(repository: &mut RepositoryReport) {
    let RepositoryReport { paths, findings, .. } = repository;
    let mut about: HashMap<&RepoPath, Vec<&Finding>> = HashMap::new();
    for finding in findings.iter() {
        if let Some(path) = finding.path() {
            about.entry(path).or_default().push(finding);
        }
    }
    for report in paths.iter_mut() {
        let about = about.get(&report.path).map_or(&[][..], Vec::as_slice);
        settle_path(report, about);
    }
    repository.verdict = verdict(repository);
}

/// Returns the verdict of a repository whose paths are settled.
#[must_use]
pub fn verdict(repository: &RepositoryReport) -> RepositoryVerdict {
    let RepositoryReport { paths, findings, .. } = repository;
    let open = || findings.iter().filter(|finding| finding.waived.is_none());
    if repository.error.is_some() {
        RepositoryVerdict::Unchecked
    } else if open().any(|finding| finding.severity == Severity::Error && !finding.unchecked) {
        RepositoryVerdict::Broken
    } else if open().any(|finding| finding.unchecked)
        || paths.iter().any(|report| report.verdict == PathVerdict::Unchecked)
    {
        RepositoryVerdict::Unchecked
    } else if open().any(|finding| finding.severity >= Severity::Warning) {
        RepositoryVerdict::Drifted
    } else {
        RepositoryVerdict::Conformant
    }
}

/// Sets the verdict of a path, given the findings about it.
fn settle_path(report: &mut PathReport, about: &[&Finding]) {
    let mut deciding = about.iter().filter(|finding| decides(finding, report)).peekable();
    let held_by_checks = report.policy.is_some_and(Policy::is_held_by_checks);
    if report.verdict == PathVerdict::Conformant {
        // For a path that is held by checks, their findings decide.
        if held_by_checks && deciding.peek().is_some() {
            let unchecked = about.iter().any(|finding| {
                decides(finding, report) && finding.unchecked && finding.waived.is_none()
            });
            let waived = deciding.all(|finding| finding.waived.is_some());
            report.verdict = match (unchecked, waived) {
                (true, _) => PathVerdict::Unchecked,
                (false, true) => PathVerdict::Waived,
                (false, false) => PathVerdict::Modified,
            };
        }
    } else if report.verdict != PathVerdict::Unchecked
        && deciding.all(|finding| finding.waived.is_some())
    {
        report.verdict = PathVerdict::Waived;
    }
}

/// Whether a finding about this path bears on its verdict.
fn decides(finding: &Finding, report: &PathReport) -> bool {
    let by_rule = rules::RULES.iter().any(|rule| std::ptr::eq(*rule, finding.rule));
    let by_contract = report.policy.is_some_and(Policy::is_held_by_checks);
    by_rule || by_contract && (finding.severity >= Severity::Warning || finding.unchecked)
}

/// Points a finding in a file that equals its canon exactly at the shape, and drops its fix, which would edit the
/// canon.
fn of_the_shape(finding: &mut Finding, paths: &[PathReport], repository: &Repository<'_>) {
    let is_own = |report: &&PathReport| {
        report.verdict == PathVerdict::Conformant
            && report.policy.is_some_and(Policy::equals_its_canon)
    };
    let own = finding
        .path()
        .is_some_and(|path| paths.iter().filter(is_own).any(|report| report.path == *path));
    if !own || finding.unchecked || finding.severity < Severity::Warning {
        return;
    }
    let shape = &repository.pack.manifest.name;
    let shared = format!("the shape `{shape}` contains the same file: fix it there, once");
    finding.help = Some(match finding.help.take() {
        Some(help) => format!("{help}; {shared}"),
        None => shared,
    });
    finding.fix = None;
}

/// Masks credentials in a finding's texts, which quote values of the repository.
pub fn hide_credentials(finding: &mut Finding) {
    let mask = |text: &mut String| {
        if let Cow::Owned(masked) = secrets::masked(text) {
            *text = masked;
        }
    };
    mask(&mut finding.message);
    finding.help.iter_mut().for_each(mask);
    finding.related.iter_mut().for_each(|(_, why)| mask(why));
    finding.fix.iter_mut().for_each(|fix| mask(&mut fix.title));
}

/// Drops findings repeated at the same place: content behind a YAML anchor is read again at each alias.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let has_region = finding.location.as_ref().is_some_and(|it| it.region.is_some());
        let mut of_place = kept.iter().rev().take_while(|it| order(it) == order(&finding));
        let is_repeated = has_region
            && of_place.any(|it| it.location == finding.location && it.message == finding.message);
        if !is_repeated {
            kept.push(finding);
        }
    }
    kept
}

/// The sort key of findings: the order in which a reader goes through a repository.
fn order(finding: &Finding) -> (Option<&str>, usize, &'static str) {
    let location = finding.location.as_ref();
    let start = location
        .and_then(|location| location.region.as_ref())
        .map_or(0, |region| region.span.start);
    (location.map(|location| location.path.as_str()), start, finding.rule.code)
}
