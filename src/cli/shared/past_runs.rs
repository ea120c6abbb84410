//! What runs record for later ones: the history of drift and the baseline.

use std::path::PathBuf;

use crate::checks::hygiene::is_about_credentials;
use crate::checks::{Finding, Waived, syntax_error};
use crate::cli::shared::decisions::{self, baseline as baseline_of};
use crate::cli::shared::targets::Targets;
use crate::cli::{Context, Exit, counted};
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::drift::history::{History, Record};
use crate::drift::model::{Report, TrendPoint};
use crate::drift::triage::{Mender, Triage};
use crate::edge::turn::Turn;
use crate::edge::{history_file, whole_file};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::baseline::Baseline;

/// How many past runs a report shows.
const SHOWN_RUNS: usize = 30;

/// How many members an error names.
const NAMED_MEMBERS: usize = 5;

/// Refuses to record a run over a part of the fleet, which would distort the trend.
pub(in crate::cli) fn only_whole(targets: &Targets) -> Result<()> {
    let Some(fleet) = &targets.fleet else { return Ok(()) };
    let missing = decisions::not_among(fleet, &targets.targets);
    if missing.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> =
        missing.iter().take(NAMED_MEMBERS).map(|member| member.name()).collect();
    if missing.len() > NAMED_MEMBERS {
        names.push(format!("{} more", missing.len() - NAMED_MEMBERS));
    }
    Err(Error::usage(
        "`--record` cannot be used for a part of the fleet: the trend is of all its members",
    )
    .hint(format!("not among the repositories: {}", names.join(", ")))
    .hint("add those, or leave out --record"))
}

/// Adds the recorded runs and this one to the report's trend. With `record`, also appends this run to the history.
pub(in crate::cli) fn tell_trend(
    context: &Context,
    targets: &Targets,
    report: &mut Report,
    record: bool,
) -> Result<()> {
    let file = match history_of(targets) {
        Ok(file) => file,
        Err(error) if record => return Err(error),
        Err(_) => return Ok(()),
    };
    let history = History::parse(&whole_file::read(&file)?.unwrap_or_default());
    let skipped = history.unreadable.len() + history.foreign;
    if skipped > 0 {
        let (lines, were) = if skipped == 1 { ("line", "was") } else { ("lines", "were") };
        let file = file.display();
        let message = format!("{skipped} {lines} of {file} cannot be read and {were} left out");
        context.terminal.note(&message);
    }
    let now = point(report);
    report.trend = history.trend(SHOWN_RUNS - 1);
    // A run over a part of the fleet would distort the trend.
    let is_part = decisions::is_part(targets.fleet.as_ref(), &targets.targets);
    if !report.trend.is_empty() && !is_part {
        report.trend.push(now.clone());
    }
    if record {
        let verdicts = report
            .repositories
            .iter()
            .map(|repository| (repository.name.clone(), repository.verdict))
            .collect();
        let line = Record::new(now, verdicts).to_line().map_err(|error| {
            Error::failed("cannot record this run").in_file(&file).caused_by(error)
        })?;
        history_file::append_line(&file, &line)?;
        context.terminal.note(&format!("recorded this run in {}", file.display()));
    }
    Ok(())
}

fn point(report: &Report) -> TrendPoint {
    let count = |verdict| {
        let repositories = report.repositories.iter();
        saturate(repositories.filter(|repository| repository.verdict == verdict).count())
    };
    let findings = || report.repositories.iter().flat_map(|repository| &repository.findings);
    let waived = || findings().filter_map(|finding| finding.waived.as_ref());
    let automatic = Triage::of(&report.repositories).share(Mender::Machine).repositories.len();
    TrendPoint {
        at: report.generated_at.clone(),
        repositories: saturate(report.repositories.len()),
        conformant: count(RepositoryVerdict::Conformant),
        drifted: count(RepositoryVerdict::Drifted),
        broken: count(RepositoryVerdict::Broken),
        unchecked: count(RepositoryVerdict::Unchecked),
        unread: saturate(report.repositories.iter().filter(|it| it.error.is_some()).count()),
        findings: saturate(findings().filter(|finding| finding.waived.is_none()).count()),
        waived: saturate(waived().filter(|it| !it.is_baseline()).count()),
        baseline: saturate(waived().filter(|it| it.is_baseline()).count()),
        automatic: Some(saturate(automatic)),
    }
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The file that runs are recorded in.
pub(in crate::cli) fn history_of(targets: &Targets) -> Result<PathBuf> {
    let fleet = targets.fleet.as_ref();
    fleet.and_then(|fleet| Some(fleet.beside(fleet.manifest.history.as_ref()?))).ok_or_else(|| {
        Error::usage("there is no history to record in")
            .hint("name one in fleet.yaml: `history: .shipshape-history.jsonl`")
    })
}

/// The file that a baseline is written to.
pub(in crate::cli) fn baseline_to_write(targets: &Targets) -> Result<PathBuf> {
    targets.fleet.as_ref().and_then(baseline_file).ok_or_else(|| {
        Error::usage("there is no baseline file to write")
            .hint("name one in fleet.yaml: `baseline: .shipshape-baseline.json`")
    })
}

/// Writes a baseline of the findings, and notes what it does not cover.
pub(in crate::cli) fn write_baseline(
    context: &Context,
    targets: &Targets,
    report: &Report,
) -> Result<Exit> {
    let file = baseline_to_write(targets)?;
    let repositories = || report.repositories.iter();
    if !report.repositories.is_empty() && repositories().all(|it| it.error.is_some()) {
        context.terminal.warning(&format!(
            "no repository could be read, so {} was not written; without `--write-baseline`, the report says why",
            file.display()
        ));
        return Ok(Exit::Unchecked);
    }
    let findings: Vec<(&str, Vec<Finding>)> = repositories()
        .map(|repository| (repository.name.as_str(), without_decisions(&repository.findings)))
        .collect();
    let mut baseline =
        Baseline::of(findings.iter().map(|(name, findings)| (*name, findings.as_slice())));
    let accepted = baseline.counts();
    let turn = Turn::at(&file)?;
    if let Some(old) = targets.fleet.as_ref().map(baseline_of).transpose()?.flatten() {
        let judged = |name: &str| {
            let mut repositories = report.repositories.iter();
            repositories.any(|repository| repository.name == name && repository.error.is_none())
        };
        baseline = baseline.keeping(old, |name| !judged(name));
    }
    turn.replace(baseline.render().as_bytes())?;
    context.terminal.note(&format!(
        "wrote {} of {} to {}: they no longer count, and have no owner",
        counted(accepted.iter().sum(), "finding"),
        counted(accepted.len(), "repository"),
        file.display()
    ));
    let findings = || report.repositories.iter().flat_map(|repository| &repository.findings);
    let is_credential =
        |it: &&Finding| is_about_credentials(it.rule) && it.waived.is_none() && !it.unchecked;
    let is_broken = |it: &&Finding| {
        it.rule.code == syntax_error::RULE.code && it.waived.is_none() && !it.unchecked
    };
    let broken = findings().filter(is_broken).count();
    if broken > 0 {
        context.terminal.note(&format!(
            "the baseline leaves out {}: fix what does not parse, since other findings in the same file may be missing",
            counted_as(broken, "syntax error", "syntax errors")
        ));
    }
    let credentials = findings().filter(is_credential).count();
    if credentials > 0 {
        context.terminal.note(&format!(
            "the baseline leaves out {}: revoke what was leaked, or accept it with `shipshape waive`",
            counted_as(credentials, "finding about a credential", "findings about credentials")
        ));
    }
    let unreadable = report.repositories.iter().filter(|it| it.error.is_some()).count();
    let unchecked = findings().filter(|finding| finding.unchecked).count();
    if unreadable + unchecked == 0 {
        return Ok(Exit::Clean);
    }
    let repositories = "repositories that could not be read";
    let left: Vec<String> = [
        (unreadable, "repository that could not be read", repositories),
        (unchecked, "finding that could not be checked", "findings that could not be checked"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| counted_as(number, one, many))
    .collect();
    context.terminal.note(&format!("the baseline leaves out {}", left.join(", ")));
    Ok(Exit::Unchecked)
}

fn baseline_file(fleet: &Fleet) -> Option<std::path::PathBuf> {
    Some(fleet.beside(fleet.manifest.baseline.as_ref()?))
}

/// Findings not covered by a waiver. Those in the old baseline are included, since the new one replaces it.
fn without_decisions(findings: &[Finding]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = findings
        .iter()
        .filter(|finding| finding.waived.as_ref().is_none_or(Waived::is_baseline))
        .cloned()
        .collect();
    for finding in &mut findings {
        finding.waived = None;
    }
    findings
}
