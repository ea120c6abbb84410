//! `shipshape release plan`: the next version and why, and what would be done.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pep440_rs::Version;

use super::on_index::{self, Found};
use super::recorded::Recorded;
use super::{Target, compat, listed, project, show, status, undecided, withdraw};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::index::IndexOptions;
use crate::cli::shared::journal;
use crate::cli::{Context, Exit, json_text};
use crate::error::Result;
use crate::forge::WriteScope;
use crate::index::{Availability, IndexAddress, Project};
use crate::package::version;
use crate::release::plan::{Parts, Plan};
use crate::release::{Announcement, Decision, Wish, decide, observe, unlisted};

/// Show the next version and why, what changed, which members it would break, and what would be done.
///
/// The next version is above all versions in tags and on the index, including withdrawn (yanked) and deleted ones. Labels
/// of the pull requests that were merged since the last final version decide the level. Nothing is changed, but which versions
/// the index has withdrawn is recorded for the commands that do not read it.
///
/// Exit codes: 1 when something prevents the release; 3 when something could not be determined.
// `--version` is the release's here, so clap's own flag is disabled.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape release plan                           the head of the branch that is released from
  shipshape release plan --commit 1f2e3d4c5b6a...  a commit that was merged
  shipshape release plan --version 0.2.0rc1        this version (PEP 440)
  shipshape release plan --source core/workspace   with the source in a local folder
  shipshape release plan --format markdown         for a comment or a job summary"
)]
pub(super) struct Arguments {
    /// The commit: an id, or a branch (default: the head of the branch that is released from).
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,

    /// The version, instead of the next one.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,

    /// Accept a version that skips numbers or is not the highest, a commit without changes since the last
    /// release, one that lacks changes of it, and one with a skip word.
    #[arg(long)]
    force: bool,

    /// The folder with package.yaml or the source, to check which members it breaks (default: as in the
    /// commit).
    #[arg(long, value_name = "DIR", conflicts_with = "no_compat")]
    source: Option<PathBuf>,

    /// Do not check which members it breaks.
    #[arg(long)]
    no_compat: bool,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: PlanForm,

    /// The state file with what runs have recorded (default: the fleet's own in the state folder).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    index: IndexOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

/// A form of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PlanForm {
    /// For a person.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// For a comment.
    Markdown,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let target = Target::of(context)?;
    let Target { fleet, subject } = &target;
    let wanted = arguments.version.as_deref().map(version::read).transpose()?;
    let session = arguments.forge.session(context, Some(fleet), WriteScope::none())?;
    let commit = arguments.commit.as_deref();
    let observed = session.run(observe(session.client(), subject, commit))?;
    let project = project(context, &arguments.index, fleet).map_err(undecided)?;
    let indexed: Option<Vec<Version>> =
        project.as_ref().map(|project| project.releases().into_keys().collect());
    let state = arguments.state.as_deref();
    let recorded = Recorded::of(state, context, &target, &arguments.forge)?;
    let taken = recorded.taken.clone();
    let wish = Wish { version: wanted, force: arguments.force, taken, ..Wish::default() };
    let known = indexed.as_deref().unwrap_or_default();
    let decision = decide(&observed, known, &subject.release, &wish)?;
    let objection = recorded.objection(&observed, &decision, (&wish, commit.is_some()));
    let compat = match &decision {
        Decision::Release(chosen) if !arguments.no_compat => {
            let asked = compat::Asked {
                fleet,
                subject,
                commit: &observed.commit,
                version: &chosen.version,
                source: arguments.source.as_deref(),
            };
            Some(compat::ask(context, &session, &asked)?)
        }
        _ => None,
    };
    let withdrawn = match (&project, &decision) {
        (Some(project), Decision::Already(tagged)) => match project.availability(&tagged.version) {
            Availability::Withdrawn(yanked) => Some(yanked.in_words()),
            Availability::Offered(_) | Availability::Missing => None,
        },
        _ => None,
    };
    let is_typed = !context.given.of_index().is_empty();
    let package = fleet.manifest.runtime_package.as_ref();
    let written = package.and_then(|package| package.index.as_ref());
    let written = written.map(|index| index.simple.as_str());
    let named = (arguments.index.index_url.as_deref(), is_typed);
    let records = !arguments.forge.read_only && is_usual(named, written);
    if let Some(project) = project.as_ref().filter(|_| records) {
        note(arguments, context, &target, project);
    }
    let mut runs = status::remembered(state, context, fleet, &arguments.forge)?.runs;
    if let Some(project) = &project {
        withdraw::without_gone(&mut runs, &subject.distribution, &listed(project));
    }
    // An address that is not the index's, or an outage, may answer so as well.
    let doubt = match &indexed {
        Some(_) => None,
        None => unlisted::unknown(&subject.distribution, &runs),
    };
    let is_doubted = doubt.is_some();
    let plan = Plan::of(Parts {
        fleet,
        subject,
        observed: &observed,
        indexed: indexed.as_deref(),
        doubt,
        decision: &decision,
        withdrawn,
        runs: &runs,
        objection,
        compat,
        event: Announcement::of(fleet).ok().map(|announcement| announcement.event),
        now: context.clock.rfc3339(),
    });
    context.terminal.output(&match arguments.format {
        PlanForm::Human => show::human(&plan, context.terminal.columns()),
        PlanForm::Json => json_text(&plan)?,
        PlanForm::Markdown => show::markdown(&plan),
    })?;
    show::next(context, (&plan, &runs), arguments.version.as_deref(), is_doubted);
    withdraw::remind(context, &runs);
    let exit = if plan.blockers.is_empty() { Exit::Clean } else { Exit::Findings };
    // With --no-compat, members are left unchecked on purpose.
    let unseen = is_doubted || (!arguments.no_compat && !plan.unchecked.is_empty());
    Ok(exit.worse(if unseen { Exit::Unchecked } else { Exit::Clean }))
}

/// Whether the index that is read is the one that is released to: what another has says nothing of that. `written` is the one in
/// fleet.yaml. Where that names none, the environment does, for runs too.
fn is_usual((named, is_typed): (Option<&str>, bool), written: Option<&str>) -> bool {
    match (named.filter(|text| !text.trim().is_empty()), written) {
        (None, _) => true,
        (Some(_), None) => !is_typed,
        (Some(named), Some(written)) => {
            let written = IndexAddress::parse(written).ok();
            written.is_some() && written == IndexAddress::parse(named).ok()
        }
    }
}

/// Records what the index has of the versions that are remembered here. A record that cannot be written does not keep the plan
/// from being shown.
fn note(arguments: &Arguments, context: &Context, target: &Target, project: &Project) {
    let known: Vec<Version> = project.releases().into_keys().collect();
    let is_withdrawn =
        |version: &&Version| matches!(project.availability(version), Availability::Withdrawn(_));
    let withdrawn: Vec<Version> = known.iter().filter(is_withdrawn).cloned().collect();
    let listed = listed(project);
    let found = Found { known: &known, withdrawn: &withdrawn, listed: &listed, is_usual: true };
    let (fleet, state) = (&target.fleet, arguments.state.as_deref());
    let file = arguments
        .forge
        .address(Some(fleet))
        .and_then(|address| journal::file_at(state, context, fleet, &address));
    let _ = file.and_then(|file| on_index::record(&file, context, target, &found));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_index_than_that_of_the_fleet_is_not_the_one_that_is_released_to() {
        let (ours, other) = ("https://ours.example/simple/", "https://other.example/simple/");
        let usual = |named: Option<&str>, is_typed: bool, written: Option<&str>| {
            is_usual((named, is_typed), written)
        };
        assert!(usual(None, false, Some(ours)) && usual(Some(" "), false, Some(ours)));
        assert!(usual(Some("https://ours.example/simple"), true, Some(ours)), "it is the same");
        assert!(!usual(Some(other), false, Some(ours)), "the environment names a mirror");
        assert!(usual(Some(other), false, None) && !usual(Some(other), true, None));
    }
}
