//! `shipshape release status`: the state of the last releases, as recorded on this machine.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use super::back::{CONTINUES, continued};
use super::fleet;
use super::show::safe;
use super::show_chain::{self, Proposal};
use super::withdraw;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step, quoted};
use crate::cli::shared::options::Form;
use crate::cli::shared::releases::{self, Remembered};
use crate::cli::{Context, Exit, json_text};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::package::version;
use crate::release::back::Back;
use crate::release::chain::{KIND, Line, Run, STATUS_SCHEMA, StatusDocument, lines};
use crate::source::requirements::normalize;

/// Show the last runs of `release run`, and an unfinished `release back`, from local records.
///
/// No server is contacted and nothing is changed. A run in progress is shown with its process. The records are
/// those of runs on this machine; `release plan` reads the forge.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release status                  the last releases
  shipshape release status 0.1.6            one release
  shipshape release status --format json    for programs")]
pub(super) struct Arguments {
    /// Only this version.
    #[arg(value_name = "VERSION")]
    version: Option<String>,

    /// Number of releases to show, newest first.
    #[arg(long, value_name = "N", default_value = "3")]
    last: NonZeroUsize,

    /// The state file (default: the fleet's own in the state folder).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = fleet(context)?;
    let wanted = arguments.version.as_deref().map(version::read).transpose()?;
    let forge = arguments.forge.address(Some(&fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, &fleet, &forge)?;
    let journal = Journal::look(&file)?;
    let recorded = journal.as_ref().map(|journal| Remembered::of(journal, &fleet)).transpose()?;
    let Remembered { mut runs, mut back } = recorded.unwrap_or_default();
    let newest = releases::newest_offered(&runs);
    let open = match &journal {
        Some(journal) => lines(journal.running(KIND)?),
        None => Vec::new(),
    };
    // What follows from a way back follows whichever version was begun last.
    let package = fleet.manifest.runtime_package.as_ref();
    let ours = package.map(|package| normalize(&package.distribution));
    let highest = open.iter().find(|line| ours.as_ref().is_none_or(|it| *it == line.distribution));
    let is_highest = |run: &&Run| {
        let is_it = |line: &Line| {
            run.distribution == line.distribution
                && run.version.as_deref() == Some(&*line.version.to_string())
        };
        run.went_back.is_some() && highest.is_some_and(is_it)
    };
    let left = runs.iter().find(is_highest).filter(|_| wanted.is_none()).cloned();
    if let Some(wanted) = wanted.map(|wanted| wanted.to_string()) {
        runs.retain(|run| run.version.as_deref() == Some(wanted.as_str()));
        // A way back that leaves the version is about it too.
        back = back.filter(|it| it.version == wanted || runs.iter().any(|run| run.is_to_be_left));
        if runs.is_empty() && back.is_none() {
            return Err(Error::usage(format!("no run of {wanted} is recorded here"))
                .in_file(&file)
                .hint(format!(
                    "to see what a run of it would do: {}",
                    context.command(&format!("release run --version {wanted} --dry-run"))
                )));
        }
    }
    let of_all = runs.clone();
    runs.truncate(arguments.last.get());
    let document =
        StatusDocument { schema: STATUS_SCHEMA, generated_at: context.clock.rfc3339(), back, runs };
    // Notifying members of a version that a later one has overtaken is refused.
    let proposal = |run: &Run| {
        let version = run.version.as_deref().and_then(|text| version::read(text).ok());
        let newest = newest.get(&run.distribution);
        let newer = newest.filter(|newest| version.is_some_and(|it| it < **newest));
        let is_open =
            open.iter().any(|line| run.version.as_deref() == Some(&*line.version.to_string()));
        // What takes members back from it is proposed above.
        if run.is_to_be_left {
            return Proposal::Nothing;
        }
        let is_alone = run.went_back.is_some() && arguments.version.is_some();
        match newer.filter(|_| !is_alone) {
            None => Proposal::Continue,
            Some(newer) if is_open => Proposal::PublishOnly(newer),
            Some(_) => Proposal::Nothing,
        }
    };
    let state = arguments.state.as_deref();
    if arguments.format == Form::Json {
        let runs = document.runs.into_iter().map(|run| {
            let proposal = proposal(&run);
            show_chain::proposed_for_programs(run, proposal, context, state)
        });
        let document = StatusDocument { runs: runs.collect(), ..document };
        context.terminal.output(&json_text(&document)?)?;
        return Ok(Exit::Clean);
    }
    let table = |run| show_chain::human(run, context.terminal.columns());
    let mut tables: Vec<String> = document.runs.iter().map(table).collect();
    let mut steps: Vec<Step> = Vec::new();
    if let Some(back) = &document.back {
        tables.insert(0, format!("{}\n", safe(&back.in_words())));
        if back.can_go_on() {
            steps.push(Step::because(continued(context, back), CONTINUES));
        }
    }
    context.terminal.output(&tables.join("\n"))?;
    let left = left.filter(|left| document.runs.first() != Some(left));
    steps.extend(left.iter().flat_map(|left| show_chain::next(left, context, state)));
    if let Some(run) = document.runs.first() {
        steps.extend(show_chain::proposed(run, proposal(run), context, state));
    }
    steps.extend(withdraw::left_over(&of_all, &steps));
    if tables.is_empty() {
        // A fleet without a runtime package gets an error instead of this suggestion.
        crate::release::subject::package(&fleet)?;
        context.terminal.note("no run is recorded here");
        let state = arguments.state.as_ref().map(|file| quoted(&file.to_string_lossy()));
        let state = state.map(|file| format!(" --state {file}")).unwrap_or_default();
        steps.push(Step::from(context.command("release run --dry-run") + &state));
    }
    if !steps.is_empty() {
        next::note(context, steps);
    }
    Ok(Exit::Clean)
}

/// Reads what is recorded of releases on this machine, with up to `count` of the last runs.
pub(in crate::cli) fn last(
    context: &Context,
    fleet: &Fleet,
    forge: &ForgeOptions,
    count: usize,
) -> Result<Remembered> {
    let mut recorded = remembered(None, context, fleet, forge)?;
    recorded.runs.truncate(count);
    Ok(recorded)
}

/// Reads what is recorded of releases in the named state file, or in the fleet's own.
pub(super) fn remembered(
    state: Option<&Path>,
    context: &Context,
    fleet: &Fleet,
    forge: &ForgeOptions,
) -> Result<Remembered> {
    let file = journal::file_at(state, context, fleet, &forge.address(Some(fleet))?)?;
    match Journal::look(&file)? {
        Some(journal) => Remembered::of(&journal, fleet),
        None => Ok(Remembered::default()),
    }
}

/// The unfinished way back that is recorded on this machine.
pub(super) fn way_back_of(
    context: &Context,
    fleet: &Fleet,
    forge: &ForgeOptions,
) -> Result<Option<Back>> {
    let file = journal::file_at(None, context, fleet, &forge.address(Some(fleet))?)?;
    match Journal::look(&file)? {
        Some(journal) => releases::way_back(&journal, fleet),
        None => Ok(None),
    }
}
