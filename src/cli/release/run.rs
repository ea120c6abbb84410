//! `shipshape release run`: the whole chain, from a merged commit to what runs.

mod foreseen;
mod others;
mod plan;
mod refusals;
mod rows;
mod steps;

use std::path::PathBuf;

use super::back::{CONTINUES, continued};
use super::gates::GateOptions;
use super::pace::PaceOptions;
use super::publish::UploadOptions;
use super::went_back::WentBack;
use super::{cascade, fleet, show_chain};
use crate::cli::package::options::SubjectOptions;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::index::IndexOptions;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step as Useful};
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, json_text};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::release::back::Back as WayBack;
use crate::release::chain::{self, RUN_SCHEMA, Record, Row, Run, RunDocument, drive, operation};
use crate::release::{Announcement, Stage, Step, Subject, back};
use clap::Args;
use foreseen::{Back, Before, remembered};
use plan::{Planned, Ready};
pub(in crate::cli::release) use rows::{CANNOT, looked_at, of_cascade, of_telling};
use steps::Steps;

/// Run all stages of a release, and show the state of each.
///
/// The next version is chosen, reserved by a tag, built from that commit, checked by every gate, uploaded,
/// waited for, and announced to every member, whose images are followed until they contain it. Finally
/// consumers are asked which image is running. Each stage is recorded when it is done. Run the command again
/// after any interruption, on any machine: finished stages are recognised. Nothing is built from files that are
/// not committed.
///
/// Exit codes: 1 when a gate fails; 3 when a stage failed or could not be checked. Consumers that are behind
/// are waiting, which is not an error: a host gets a release when it is refreshed.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape release run                            the head of the branch that is released from
  shipshape release run --dry-run                  only show which version, and what would be done
  shipshape release run --until tag                reserve the version, and stop
  shipshape release run --version 0.1.6            continue a release
  shipshape release run --waves 1,25%              one member first, then a quarter, then the rest
  shipshape release run --version 0.1.6 --from cascade     repeat the last stages
  shipshape release status                         the state of the last releases"
)]
pub(super) struct Arguments {
    /// The last stage to run.
    #[arg(long, value_enum, default_value = "consumers", value_name = "STAGE")]
    until: Stage,

    /// Repeat this stage and those after it, even if they are done. Gates are repeated only while nothing of
    /// the version is uploaded.
    #[arg(long, value_enum, value_name = "STAGE")]
    from: Option<Stage>,

    /// The version, instead of the next one. A version that has a tag is continued.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,

    /// The commit: an id, or a branch (default: that of the version's tag, otherwise the head of the branch
    /// that is released from).
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,

    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    gates: GateOptions,

    #[command(flatten)]
    index: UploadOptions,

    /// Minutes to wait until the index serves the upload.
    #[arg(
        long,
        value_name = "MINUTES",
        default_value_t = 15,
        value_parser = clap::value_parser!(u64).range(1..=1440)
    )]
    wait: u64,

    #[command(flatten, next_help_heading = "Cascade")]
    pace: PaceOptions,

    /// Exit with 0 even if single members failed.
    #[arg(long, help_heading = "Cascade")]
    soft: bool,

    /// Run the commands of consumers in fleet.yaml.
    #[arg(long)]
    trust: bool,

    /// Continue despite a freeze, skipped version numbers, a skip word of the commit, nothing new, a commit
    /// that is already released, members that went back from the version, or a newer published version from
    /// which members would go back. To go back, use `release back` instead.
    #[arg(long)]
    force: bool,

    /// Reserve the version without confirmation. Without a terminal, a new version requires --yes or --version.
    #[arg(long)]
    yes: bool,

    /// Only show which version it would be, and what would be done.
    #[arg(long)]
    dry_run: bool,

    /// The state file (default: the fleet's own in the state folder).
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Report")]
    format: Form,

    /// The file to write the report to, instead of standard output. It is written atomically.
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    output: Option<PathBuf>,

    #[command(flatten)]
    forge: ForgeOptions,
}

impl Arguments {
    /// Whether nothing may be changed.
    fn only_looks(&self) -> bool {
        self.dry_run || self.forge.read_only || self.until == Stage::Plan
    }

    /// The index options of stages that only read.
    fn reading(&self) -> IndexOptions {
        IndexOptions { index_url: self.index.index_url.clone(), index_cache: None }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    // Each stage asks the forge on its own; with -v it says what for.
    let context = &Context { is_part: true, ..context.clone() };
    let fleet = fleet(context)?;
    let subject = Subject::of(&fleet)?;
    // Checked before anything is reserved or published: a release that cannot be announced would stop half-way.
    if arguments.until >= Stage::Cascade {
        Announcement::of(&fleet)?;
        cascade::who_goes_first(&fleet, &arguments.pace.first)?;
    }
    if let Some(from) = arguments.from.filter(|from| *from > arguments.until) {
        let until = arguments.until;
        return Err(Error::usage(format!("--from {from} comes after --until {until}"))
            .hint("leave --until out, or name a later stage there"));
    }
    arguments.gates.possible(true)?;
    let has_mirror = subject.release.mirror.is_some();
    let ready = match plan::plan(arguments, context, &fleet, &subject)? {
        Planned::Ready(ready) => *ready,
        Planned::Nothing(row) => {
            let mut record = Record::default();
            record.set(row);
            let run = Run::of_no_version(&subject.distribution, &record, has_mirror);
            show(arguments, context, run, None)?;
            return Ok(Exit::Clean);
        }
    };
    arguments.goes_forward(&ready)?;
    if arguments.only_looks() {
        let Before { mut record, begun_at, back: way_back } =
            remembered(arguments, context, &fleet, &ready)?;
        let recorded = record.clone();
        if let Some(from) = arguments.from {
            record.forget_from(from);
        }
        record.ask_again(&[Stage::Compat], arguments.until);
        record.add(&ready.rows);
        record.about = ready.about();
        let back = Back::of(arguments, &ready);
        if arguments.until != Stage::Plan {
            foreseen::foresee(&mut record, arguments, context, &fleet, back.as_ref());
        }
        if arguments.until >= Stage::Cascade
            && let Some(went_back) = WentBack::of(&ready.version, &recorded, way_back.as_ref())
        {
            let begins = if arguments.force { "--force sets aside: " } else { "refused: " };
            context.terminal.note(&visible_line(&format!("{begins}{}", went_back.in_words())));
        }
        if let Some(freeze) = &ready.freeze {
            let begins = if arguments.force { "--force sets aside: " } else { "releases are " };
            context.terminal.note(&visible_line(&format!("{begins}{}", freeze.in_words())));
        }
        if arguments.until != Stage::Plan {
            context.terminal.note("Nothing was done.");
        }
        let run = Run::of(subject.at(&ready.version), &record, has_mirror, begun_at)
            .beside(way_back.as_ref());
        let next = in_earnest(arguments, context, (&run, way_back.as_ref()), &ready);
        show(arguments, context, run, next)?;
        return Ok(Exit::Clean);
    }
    let (run, exit) = go(arguments, context, (&fleet, &subject), ready)?;
    show(arguments, context, run, None)?;
    Ok(exit)
}

/// What to suggest after a dry run: the same command line without the options that made it one. `None` if nothing is
/// left to do, or members went back from the version, in which case the rows suggest what is next.
fn in_earnest(
    arguments: &Arguments,
    context: &Context,
    (run, back): (&Run, Option<&WayBack>),
    ready: &Ready,
) -> Option<Vec<Useful>> {
    if run.went_back.is_some() && arguments.until >= Stage::Cascade && !arguments.force {
        let back = back.filter(|back| run.is_going_back && back.can_go_on())?;
        let goes_on = Useful::because(continued(context, back), CONTINUES);
        let rows = show_chain::next(run, context, arguments.state.as_deref());
        return Some([goes_on].into_iter().chain(rows).collect());
    }
    if ready.is_withdrawn {
        let command = context.command(&context.given.carried_to("shipshape release run"));
        let why = "once a fix is merged: it is released as the next version";
        return Some(vec![Useful::because(command, why)]);
    }
    let is_to_come = |row: &Row| row.state == chain::State::Waiting && row.at.is_none();
    if !run.stages.iter().any(is_to_come) {
        return None;
    }
    let command = match (&run.tag, &run.version) {
        (Some(_), Some(version)) => format!("shipshape release run --version {version}"),
        _ => "shipshape release run".to_owned(),
    };
    let without: &[&str] = if arguments.until == Stage::Plan { &["until"] } else { &[] };
    let command = context.command(&context.given.in_earnest(&command, without));
    let thaw = (ready.freeze.is_some() && !arguments.force)
        .then(|| Useful::because(context.command("release thaw"), "when the reason is gone"));
    Some(thaw.into_iter().chain([command.into()]).collect())
}

/// Runs the steps after the tag.
fn go(
    arguments: &Arguments,
    context: &Context,
    (fleet, subject): (&Fleet, &Subject),
    ready: Ready,
) -> Result<(Run, Exit)> {
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let journal = Journal::open(&file)?;
    let now = context.clock.rfc3339();
    let (name, input) = operation(subject.at(&ready.version));
    // Held until the end: another run of the same version is asked to wait.
    let operation = journal.begin(&name, &input, &now)?;
    let begun_at = journal.unfinished(&name)?.map(|begun| begun.begun_at);
    let mut record = Record::of_effects(&operation.effects()?);
    arguments.goes_again(
        &ready,
        &record,
        back::begun(&journal, &subject.distribution)?.as_ref(),
    )?;
    let mut before = record.clone();
    if let Some(from) = arguments.from {
        record.forget_from(from);
    }
    record.options = context.given.kept();
    Record::keep_options(&operation, &record.options)?;
    // Members were notified of later versions since, so what is recorded of them is outdated.
    if let Some(back) = Back::of(arguments, &ready) {
        record.forget_from(Stage::Cascade);
        before.forget_from(Stage::Cascade);
        let waiting = |row: Row| Row { at: Some(now.clone()), ..row };
        Record::keep(&operation, &back.rows().map(waiting))?;
    }
    // Stages that were skipped for lack of the token can now run.
    if arguments.until >= Stage::Cascade && cascade::has_token(context) {
        let left_out = record.to_come_again(&[Stage::Cascade, Stage::Images]);
        before.forget(&left_out);
        Record::keep(&operation, &left_out)?;
    }
    let new = record.add(&ready.rows);
    record.about = ready.about();
    if let Some(about) = &record.about {
        Record::keep_about(&operation, about)?;
    }
    Record::keep(&operation, &new)?;
    let version = ready.version.to_string();
    let again = context.given.carried_to(&format!("release run --version {version}"));
    let last_words = LastWords::listening("Nothing was done.");
    let goes_on = [
        Useful::because(context.command(&again), "continues it"),
        Useful::because(context.command("release status"), "shows its state"),
    ];
    let words = next::below("Interrupted; what was done is kept.", goes_on);
    last_words.are(words.trim().to_owned());
    let version = ready.version.clone();
    let release = subject.at(&version);
    let mut steps = Steps::new(arguments, context, (fleet, subject), ready, (&operation, before));
    if let Some(row) = steps.unread(&record) {
        Record::keep(&operation, std::slice::from_ref(&row))?;
        record.set(row);
    } else {
        // Only if the gates run: otherwise their results stay in the table.
        record.ask_again(&Stage::GATES, arguments.until);
    }
    // Checked before anything is uploaded: a release that no member can be notified of would stop half-way.
    if arguments.until >= Stage::Cascade
        && !record.is_settled(Stage::Cascade)
        && chain::next(&record, Some(Step::Tag), arguments.until) == Some(Step::Publish)
    {
        cascade::can_notify(&arguments.forge, context, fleet, &[])?;
    }
    let stopped = record.has_failed(Step::Publish) && steps.exit != Exit::Clean;
    let ended = match stopped {
        true => Ok(()),
        false => drive(&mut record, Some(Step::Tag), arguments.until, |step, record| {
            let rows = steps.take(step, record)?;
            if step == Step::Consumers {
                Record::keep_consumers(&operation, &steps.consumers)?;
            }
            Record::keep(&operation, &rows)?;
            Ok(rows)
        }),
    };
    if !steps.consumers.is_empty() {
        record.consumers = std::mem::take(&mut steps.consumers);
    }
    if steps.goes_forward {
        record.went_back = None;
    }
    let has_mirror = subject.release.mirror.is_some();
    let run = Run::of(release, &record, has_mirror, begun_at);
    let exit = steps.exit;
    match ended {
        Ok(()) => Ok((run, exit)),
        // The table shows how far the run came.
        Err(error) => {
            show(arguments, context, run, None)?;
            Err(error)
        }
    }
}

/// Shows the table, and what to do next: `next`, or else what the rows suggest.
fn show(
    arguments: &Arguments,
    context: &Context,
    run: Run,
    next: Option<Vec<Useful>>,
) -> Result<()> {
    let next = next.unwrap_or_else(|| show_chain::next(&run, context, arguments.state.as_deref()));
    let run = show_chain::for_programs(run, context);
    let document = RunDocument { schema: RUN_SCHEMA, generated_at: context.clock.rfc3339(), run };
    let text = match arguments.format {
        Form::Human => show_chain::human(&document.run, context.terminal.columns()),
        Form::Json => json_text(&document)?,
    };
    context.terminal.output_to(arguments.output.as_ref(), &text)?;
    if arguments.format == Form::Human && !next.is_empty() {
        next::note(context, next);
    }
    Ok(())
}
