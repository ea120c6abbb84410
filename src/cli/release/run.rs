//! `shipshape release run`: the whole chain, from a merged commit to what runs.

mod asked;
mod foreseen;
mod on_purpose;
mod others;
mod placed;
mod plan;
mod refusals;
mod rows;
mod shown;
mod standing;
mod steps;
mod tokens;
mod waves;
mod way_back;

use std::path::PathBuf;

use super::gates::GateOptions;
use super::pace::PaceOptions;
use super::publish::UploadOptions;
use super::{Target, cascade, minutes, show_chain, withdraw};
use crate::cli::package::options::SubjectOptions;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::index::IndexOptions;
use crate::cli::shared::interruption::LastWords;
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step as Useful, quoted};
use crate::cli::shared::options::Form;
use crate::cli::shared::releases::{self, Remembered};
use crate::cli::{Context, Exit};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::journal::Journal;
use crate::release::chain::{
    self, Record, Row, Run, TakeUp, TakenUp, drive, operation, taken_up, until,
};
use crate::release::{Announcement, Stage, Step, back};
pub(in crate::cli::release) use asked::{is_newer_answer, of_consumers};
use clap::Args;
use pep440_rs::Version;
use plan::{Planned, Ready};
pub(in crate::cli::release) use rows::{
    is_news, lacking, looked_at, of_cascade, of_mirror, of_telling, taken_back, told,
};
use shown::{show, so_far};
use steps::Steps;
use way_back::TakesBack;

/// Run all stages of a release, and show the state of each.
///
/// The next version is chosen, reserved by a tag, built from that commit, checked by every gate, uploaded,
/// waited for, and announced to every member, whose images are followed until they contain it. Finally
/// consumers are asked which image is running. Each stage is recorded when it is done. Run the command again
/// after any interruption, on any machine: finished stages are recognised. Nothing is built from files that are
/// not committed.
///
/// Exit codes: 1 when a gate fails, or with --dry-run when the run would be refused; 2, also with --dry-run, when a
/// later version is published or the version is not above the highest; 3 when a stage failed or could not be
/// checked, or with --dry-run when a stage would fail for lack of a token that may do it. Consumers that are
/// behind are waiting, which is not an error: a host gets a release when it is refreshed.
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
        value_parser = minutes::from_one
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
    /// that is already released or lacks changes of the last release, members that went back from the version,
    /// or a newer version from which members would go back. To go back, use `release back` instead.
    #[arg(long)]
    force: bool,

    /// Reserve the version without confirmation. Without a terminal, a new version requires --yes or --version.
    #[arg(long)]
    yes: bool,

    /// Only show which version it would be, what would be done, and what is known of the tokens for that.
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

    /// Refuses what could not be brought to its end, before anything is reserved or published.
    fn possible(&self, fleet: &Fleet) -> Result<()> {
        // A release that cannot be announced would stop half-way.
        if self.until >= Stage::Cascade {
            Announcement::of(fleet)?;
            cascade::who_goes_first(fleet, &self.pace.first)?;
        }
        self.follows_waves()?;
        if let Some(from) = self.from.filter(|from| *from > self.until) {
            let until = self.until;
            return Err(Error::usage(format!("--from {from} comes after --until {until}"))
                .hint("leave --until out, or name a later stage there"));
        }
        self.gates.possible(true)
    }

    /// What is to be done with the recorded chain of a version.
    fn take_up<'a>(&self, context: &Context, target: &Target, ready: &'a Ready) -> TakeUp<'a> {
        let can_notify = self.until >= Stage::Cascade && cascade::has_token(context);
        let can_run: &[Stage] = match (can_notify, &target.fleet.manifest.images) {
            (false, _) => &[],
            (true, None) => &[Stage::Cascade],
            (true, Some(_)) => &[Stage::Cascade, Stage::Images],
        };
        TakeUp {
            rows: &ready.rows,
            about: ready.about(),
            is_tagged_again: ready.is_tagged_again,
            from: self.from,
            until: self.until,
            back: TakesBack::of(self, ready).map(|back| back.rows()),
            can_run,
            gates: &Stage::GATES,
            unread: None,
        }
    }

    /// Sets whether a later version has superseded this one. A run that takes members back on purpose sets that aside,
    /// and an index that could not be read says nothing.
    fn supersede(&self, ready: &Ready, later: Option<&Version>, record: &mut Record) {
        let takes_back = self.force && self.until >= Stage::Cascade;
        if ready.known.is_ok() {
            record.superseded = later.filter(|_| !takes_back).map(Version::to_string);
        }
    }

    /// The options to record: all but `--force`, which no later command repeats. Without the token, a run that follows
    /// dispatches of an earlier one only checks images: the waves and other options of the earlier one stay. So do the waves
    /// where it notifies nobody.
    fn options(&self, context: &Context, recorded: &Record, notifies: bool) -> Vec<String> {
        let only_checks = recorded.dispatched().is_some() && !cascade::has_token(context);
        let given = context.given.without("force");
        let options = match (only_checks, notifies) {
            (true, _) => given.added_to(&recorded.options),
            (false, true) => given.kept(),
            (false, false) => waves::kept(&recorded.options, given.kept()),
        };
        until::with(options, self.until)
    }

    /// The command that continues a run of which nothing may be recorded yet, with the options of this one.
    fn again(&self, context: &Context, version: Option<&str>) -> String {
        let version = version.map(|version| format!(" --version {}", quoted(version)));
        let again = format!("shipshape release run{}", version.unwrap_or_default());
        let again = context.given.carried_to(&again);
        match until::option(self.until) {
            Some(until) => format!("{again} {until}"),
            None => again,
        }
    }

    /// The cascade of a version to all members, which follows nothing.
    fn cascade_of(&self, version: &Version) -> cascade::Wish {
        cascade::Wish {
            version: version.to_string(),
            pace: self.pace.clone(),
            watch: false,
            every: cascade::EVERY,
            force: self.force,
            state: self.state.clone(),
            index: self.reading(),
            forge: self.forge.clone(),
            runtime: Vec::new(),
            only_behind: false,
            only_back: false,
            knows_freeze: false,
            unlisted: Vec::new(),
            from: None,
            knew: Vec::new(),
            again: false,
            dry_run: false,
        }
    }

    /// The index options of stages that only read.
    fn reading(&self) -> IndexOptions {
        IndexOptions { index_url: self.index.index_url.clone(), index_cache: None }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    // Each stage asks the forge on its own; with -v it says what for.
    let context = &Context { is_part: true, ..context.clone() };
    let target = Target::of(context)?;
    arguments.possible(&target.fleet)?;
    // An index or a forge that hangs is waited for here already.
    let last_words = (!arguments.only_looks()).then(|| {
        LastWords::listening(&interrupted(arguments, context, arguments.version.as_deref()))
    });
    let planned = plan::plan(arguments, context, &target)
        .map_err(|error| so_far(arguments, context, &target, (None, Stage::Plan), error))?;
    let mut ready = match planned {
        Planned::Ready(ready) => *ready,
        Planned::Nothing(row) => {
            let Target { subject, .. } = &target;
            let mut record = Record::default();
            record.set(row);
            let has_mirror = subject.release.mirror.is_some();
            let run = Run::of_no_version(&subject.distribution, &record, has_mirror);
            show(arguments, context, run, None)?;
            return Ok(Exit::Clean);
        }
    };
    if let Some(last_words) = &last_words {
        last_words.are(interrupted(arguments, context, Some(&ready.version.to_string())));
    }
    let before = arguments.before(context, &target, &ready)?;
    let later = before.superseded(&ready).cloned();
    if arguments.until >= Stage::Cascade {
        before.warn_of_back(context, &ready.version);
    }
    // Of a version that was reserved just now, that was listed before.
    if !ready.is_new {
        let ahead = arguments.ahead_of(context, &target, &ready);
        let about = (Some(&ready.version), Stage::Cascade);
        ready.ahead = ahead.map_err(|error| so_far(arguments, context, &target, about, error))?;
    }
    if arguments.only_looks() {
        return foreseen::show(arguments, context, &target, &ready, before);
    }
    if !ready.is_new {
        arguments.takes_nobody_back(context, &target, (&ready, &before))?;
    }
    go(arguments, context, &target, (ready, later.as_ref()))
}

/// Runs the steps after the tag, and shows what became of them.
fn go(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    (ready, later): (Ready, Option<&Version>),
) -> Result<Exit> {
    let Target { fleet, subject } = target;
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(arguments.state.as_deref(), context, fleet, &forge)?;
    let journal = Journal::open(&file)?;
    let now = context.clock.rfc3339();
    let version = ready.version.clone();
    let release = subject.at(&version);
    let (name, input) = operation(release);
    // Held until the end: another run of the same version is asked to wait.
    let operation = journal.begin(&name, &input, &now)?;
    let begun_at = journal.unfinished(&name)?.map(|begun| begun.begun_at);
    let recorded = Record::of_effects(&operation.effects()?);
    let back = back::begun(&journal, release.distribution)?;
    arguments.undoes_no_way_back(context, &ready, (&recorded, back.as_ref()))?;
    let wish = begun_now(arguments.take_up(context, target, &ready), context, &ready);
    let TakenUp { mut record, before, rows_to_keep, is_unread } = taken_up(&recorded, wish);
    let notifies = arguments.may_notify(&ready) && !is_unread;
    record.options = arguments.options(context, &recorded, notifies);
    record.is_withdrawn = ready.is_withdrawn;
    Record::keep_options(&operation, &record.options)?;
    if let Some(about) = &record.about {
        Record::keep_about(&operation, about)?;
    }
    Record::keep(&operation, &rows_to_keep)?;
    arguments.supersede(&ready, later, &mut record);
    if record.superseded != recorded.superseded {
        Record::keep_superseded(&operation, record.superseded.as_deref())?;
    }
    let stands = standing::stands(&record, arguments.until);
    let is_overtaken = ready.later().is_some();
    let mut steps = Steps::new(arguments, context, target, ready, (&operation, before, recorded));
    if is_unread {
        steps.report_unread();
    }
    let about = (Some(&version), Stage::Cascade);
    must_reach_members(arguments, context, fleet, &record)
        .map_err(|error| so_far(arguments, context, target, about, error))?;
    let ended = match is_unread {
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
    let has_mirror = subject.release.mirror.is_some();
    // Another command may have taken members back meanwhile.
    steps.end(&mut record)?;
    // To look again is refused once members went back.
    let stands = stands.filter(|_| record.went_back.is_none());
    let run = Run::of(release, &record, has_mirror, begun_at.clone());
    let others = releases::remembered(&journal, fleet)?;
    let back = back::begun(&journal, &subject.distribution)?;
    let run = run.among(&others, &releases::members(fleet), back.as_ref());
    // This run was asked to take members forward, so what is proposed at its end continues it.
    let next = steps.goes_forward.then(|| {
        record.went_back = None;
        let run = Run::of(release, &record, has_mirror, begun_at);
        show_chain::next(&run, context, arguments.state.as_deref())
    });
    // Members that went back from the newer version are not notified of this one either while the index offers that.
    let is_only_published = arguments.until < Stage::Cascade
        && record.is_settled(Stage::Wait)
        && record.superseded.as_deref().is_none_or(|later| is_over(later, &others));
    let next = next.or_else(|| (is_overtaken && is_only_published).then(Vec::new));
    let exit = steps.exit;
    // What follows from members that went back from this version is said below its table.
    if run.went_back.is_none() {
        withdraw::remind(context, &Remembered::of(&journal, fleet)?.runs);
    }
    show(arguments, context, run, next)?;
    if let (Some(stands), Ok(())) = (stands, &ended) {
        stands.tell(context, &version);
    }
    // The table shows how far the run came.
    ended.map(|()| exit)
}

/// Whether nothing is left to do for a version, as recorded here.
fn is_over(version: &str, runs: &[Run]) -> bool {
    runs.iter().any(|run| run.version.as_deref() == Some(version) && !run.is_left_to_continue())
}

/// What a run adds that is not only looking: times, and that the index could not be read.
fn begun_now<'a>(wish: TakeUp<'a>, context: &Context, ready: &Ready) -> TakeUp<'a> {
    let now = context.clock.rfc3339();
    let back = wish.back.map(|rows| rows.map(|row| Row { at: Some(now.clone()), ..row }));
    let unread = ready.known.as_ref().err().map(|error| Row {
        at: Some(context.clock.again().rfc3339()),
        next: Some(ready.again(context)),
        ..Row::new(Stage::Publish, chain::State::Failed, told(error))
    });
    TakeUp { back, unread, ..wish }
}

/// The message on an interrupt. The version is not known at first, unless it was asked for.
fn interrupted(arguments: &Arguments, context: &Context, version: Option<&str>) -> String {
    let again = arguments.again(context, version);
    let goes_on = [
        Useful::because(next::command(context, again), "continues it"),
        Useful::because(context.command("release status"), "shows its state"),
    ];
    next::below("Interrupted; what was done is kept.", goes_on).trim().to_owned()
}

/// Refuses, before anything is uploaded, a release that no member can be notified of: it would stop half-way.
fn must_reach_members(
    arguments: &Arguments,
    context: &Context,
    fleet: &Fleet,
    record: &Record,
) -> Result<()> {
    let publishes = chain::next(record, Some(Step::Tag), arguments.until) == Some(Step::Publish);
    if arguments.until >= Stage::Cascade && !record.is_settled(Stage::Cascade) && publishes {
        cascade::can_notify(&arguments.forge, context, fleet, &[])?;
    }
    Ok(())
}
