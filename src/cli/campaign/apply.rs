//! `shipshape campaign apply`: carries out exactly what a plan says.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::conditions::{Hours, Kept};
use super::consent::{Asked, confirm};
use super::rest::{failed_of, left_of, none_of_plan_failed};
use super::show::{self, Room};
use super::work::Work;
use super::{Subject, conditions, is_of_revert, only, plan, required};
use crate::campaign::audit::Audit;
use crate::campaign::commands::Commands;
use crate::campaign::plan::assemble::Assembled;
use crate::campaign::plan::{Cluster, Item, Pace, Plan, clusters_of, forecast, gate};
use crate::campaign::state::State;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step, at_same_place, quoted, quoted_place};
use crate::cli::{Context, Exit, counted};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::WriteScope;
use crate::journal::Journal;

/// Apply a plan: open one pull request per repository, in waves.
///
/// Takes a plan file, or a campaign file, which is planned first. On a terminal it asks before anything is done.
/// Without a terminal, a plan file is applied without a question; a campaign file, or a plan that selects every
/// member, needs --yes. The command is safe to run again: existing
/// branches and pull requests are reused, so it resumes after an interruption, a rate limit or a merged wave.
/// Ctrl-C once finishes what is in flight; twice exits at once.
///
/// A plan already fixes its repositories, so --member, --targets, --reopen and --again work only with a
/// campaign file. Repositories whose findings were waived after the plan was made are left out. --trust applies
/// to the commands that this run executes: those of a campaign, and those of a plan whose bases moved (`moved:
/// replan`).
///
/// Exit codes: 0 when everything that may be done now is done; 3 when something failed or is blocked, when enough
/// failures stopped the campaign (`stop_at_failures`), or when a limit, a closed window or Ctrl-C ended the run early.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign apply                       plan campaign.yaml, ask, and apply it
  shipshape campaign apply campaign.plan.json    exactly what was shown
  shipshape campaign apply --watch --yes         wave after wave, until nothing is left to do
  shipshape campaign apply --failed              only the repositories that failed in the last run
  shipshape campaign apply --dry-run             show what it would do now")]
pub(super) struct Arguments {
    #[command(flatten)]
    subject: Subject,

    /// The pull request in the fleet's home repository that holds this plan and that another person approved.
    #[arg(long, value_name = "NUMBER")]
    approved_in: Option<u64>,

    /// Apply the plan even if the campaign file, a file that it includes, or the waivers have changed since.
    #[arg(long)]
    as_planned: bool,

    #[command(flatten)]
    how: How,
}

/// What carrying out a plan depends on, besides [`How`].
#[derive(Debug)]
pub(crate) struct Means<'a> {
    /// Where the plan is kept.
    pub(crate) kept: Kept<'a>,
    /// How commands are run if bases have moved: by the options of this run, not those of the run that planned.
    pub(crate) commands: Commands,
    /// Whether this run made the plan, so nobody can have reviewed it.
    pub(crate) is_fresh: bool,
    /// The command that made the plan, as typed; `None` for a plan that was read from its file.
    pub(crate) typed: Option<&'a str>,
    /// The options that limit the members in suggested commands, each after a space.
    pub(crate) only: String,
    /// Whether to carry it out even if the campaign has changed since.
    pub(crate) as_planned: bool,
}

impl<'a> Means<'a> {
    /// The means for a plan that this run made.
    pub(crate) fn fresh(kept: Kept<'a>, commands: Commands) -> Self {
        Self { kept, commands, is_fresh: true, typed: None, only: String::new(), as_planned: false }
    }

    /// The means for a plan that was read from its file.
    fn of_file(kept: Kept<'a>, commands: Commands) -> Self {
        Self { is_fresh: false, ..Self::fresh(kept, commands) }
    }

    /// Writes a plan that this run made to its file. This happens only after somebody has confirmed it and once nothing
    /// refuses it, because the plan already in that file may be an approved one.
    pub(super) fn keep(&self, context: &Context, plan: &Plan) -> Result<()> {
        let Kept::In(file, _) = self.kept else { return Ok(()) };
        if !self.is_fresh {
            return Ok(());
        }
        plan::written(context, plan, file).map(|_| ())
    }
}

/// How a plan is carried out.
#[derive(Clone, Debug, Args)]
pub(crate) struct How {
    /// Do not ask for confirmation.
    #[arg(long, short = 'y')]
    pub(super) yes: bool,

    /// Only show what would be done.
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Try only the repositories that failed in the last run.
    #[arg(long)]
    pub(super) failed: bool,

    /// Merge what is approved and green, and start each wave as soon as possible, until nothing is left to do.
    #[arg(long)]
    pub(super) watch: bool,

    /// Seconds between checks of --watch.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(super) every: u64,

    /// How fast to create pull requests and other content.
    #[arg(long, value_enum, default_value_t, value_name = "PACE")]
    pub(crate) pace: Pace,

    /// How many lines of each different change to show.
    #[arg(long, value_name = "N", default_value_t = show::LINES)]
    pub(super) lines: usize,

    /// The journal file (default: the fleet's journal in the state folder).
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) forge: ForgeOptions,
}

impl How {
    /// Whether nothing may be changed, here or on the forge.
    fn only_looks(&self) -> bool {
        self.dry_run || self.forge.read_only
    }
}

/// The command that makes a plan in a file: from the campaign beside it that `plan` writes there by itself, if there is one.
fn made_by(context: &Context, plan: &Path) -> String {
    let stem = plan.to_str().and_then(|path| path.strip_suffix(".plan.json"));
    let beside = |stem: &str| {
        let files = ["yaml", "yml"].map(|ending| PathBuf::from(format!("{stem}.{ending}")));
        files.into_iter().find(|file| file.is_file())
    };
    let command = match stem.and_then(beside) {
        Some(campaign) => format!("shipshape campaign plan {}", quoted_place(&campaign)),
        None => format!("shipshape campaign plan FILE -o {}", quoted_place(plan)),
    };
    at_same_place(context, &command)
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match Plan::is_kept_in(&arguments.subject.file)? {
        true => apply_plan_file(arguments, context),
        false => apply_campaign_file(arguments, context),
    }
}

/// Applies a plan that was made before.
fn apply_plan_file(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Arguments { subject, approved_in, as_planned, how } = arguments;
    let file = &subject.file;
    let plan = Plan::load(file).map_err(|error| match file.exists() {
        true => error,
        false => error.hint(format!("make one: `{}`", made_by(context, file))),
    })?;
    subject.check_of_plan(context, &plan)?;
    only::check_has_some(&plan, file)?;
    let fleet = context.fleet(file.parent())?.ok_or_else(|| {
        Error::usage("a campaign is about a fleet, but there is no fleet.yaml here")
            .hint("name it with --fleet FILE")
    })?;
    let from_file = Means::of_file(Kept::In(file, *approved_in), subject.commands(context));
    let only = only::of_plan(&plan, &fleet);
    let means = Means { as_planned: *as_planned, only, ..from_file };
    if !as_planned {
        conditions::check_unchanged(context, &plan, file, &means.only)?;
    }
    if how.only_looks() {
        let clusters = clusters_of(&plan);
        let (left_out, out_of_reach, unselected) = Default::default();
        let plan = plan.clone();
        let shown =
            Assembled { plan, clusters, left_out, out_of_reach, unselected, may_push: true };
        show_plan(how, context, &fleet, &shown)?;
        context.terminal.note(
            "This is the plan as it was made; the forge was not checked for changes since then.",
        );
    }
    carry_out(how, context, &plan, &fleet, &means)
}

/// Plans a campaign, and applies that.
fn apply_campaign_file(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Arguments { subject, how, .. } = arguments;
    let file = &subject.file;
    check_needs_no_plan_file(arguments)?;
    let loaded = subject.load(context)?;
    plan::check_files(context, &loaded.campaign)?;
    let session = how.forge.session(context, Some(&loaded.fleet), WriteScope::none())?;
    let made = plan::made(&loaded, context, &session)?;
    drop(session);
    show_plan(how, context, &loaded.fleet, &made)?;
    plan::note_remarks(context, &made.plan);
    let plan = file.with_extension("plan.json");
    let only = subject.only.typed(&made.plan, &loaded.fleet);
    let (name, wishes) = (quoted(&file.display().to_string()), subject.wishes_typed());
    let typed = format!("shipshape campaign apply {name}{only}{wishes}");
    // A plan of which only a part was shown is not kept: it could be applied later without a question.
    let keeping = format!("shipshape campaign plan {name}{only}{wishes}");
    let kept = if how.failed { Kept::Nowhere(&keeping) } else { Kept::In(&plan, None) };
    let fresh = Means::fresh(kept, loaded.commands.clone());
    let means = Means { only, typed: Some(&typed), ..fresh };
    carry_out(how, context, &made.plan, &loaded.fleet, &means)
}

/// Refuses options that are about a plan which was made before.
fn check_needs_no_plan_file(arguments: &Arguments) -> Result<()> {
    let file = &arguments.subject.file;
    if arguments.as_planned {
        return Err(Error::usage("`--as-planned` needs a plan file, but this is a campaign file")
            .in_file(file)
            .hint("name the plan file: `campaign apply campaign.plan.json --as-planned`"));
    }
    if arguments.approved_in.is_some() {
        return Err(Error::usage("`--approved-in` needs a plan file, but this is a campaign file")
            .in_file(file)
            .hint(format!(
                "name the plan file that was approved: `campaign apply {} --approved-in …`",
                quoted(&file.with_extension("plan.json").display().to_string())
            )));
    }
    Ok(())
}

/// Shows a plan that was just made: with `--failed`, only what that tries.
pub(crate) fn show_plan(
    how: &How,
    context: &Context,
    fleet: &Fleet,
    made: &Assembled,
) -> Result<()> {
    let within = show::Within { lines: how.lines, room: Room::of(context) };
    let shown = |plan: &Plan, clusters: &[Cluster]| {
        show::plan(within, plan, clusters, (forecast(plan, how.pace), how.pace))
    };
    if !how.failed {
        return context.terminal.output(&shown(&made.plan, &made.clusters));
    }
    match failed_of(how, context, &made.plan, fleet)? {
        Some(failed) => context.terminal.output(&shown(&failed, &clusters_of(&failed))),
        // `carry_out` says so.
        None => Ok(()),
    }
}

/// Carries out a plan after asking.
///
/// # Errors
/// When it must not be carried out, or the journal cannot be written.
pub(crate) fn carry_out(
    how: &How,
    context: &Context,
    plan: &Plan,
    fleet: &Fleet,
    means: &Means<'_>,
) -> Result<Exit> {
    conditions::check_members(plan, fleet)?;
    if !means.as_planned && conditions::is_decided_anew(plan, fleet)? {
        context.terminal.note(
            "Waivers, the baseline or the shape have changed since this plan was made: findings that they accept now are left \
             out, and what would be another change now waits for a new plan.",
        );
    }
    if how.failed && failed_of(how, context, plan, fleet)?.is_none() {
        return none_of_plan_failed(how, context, (plan, means), fleet);
    }
    if how.only_looks() {
        if let Some(why) = gate::stopped(plan) {
            context.terminal.note(&why);
        }
        context.terminal.note("Nothing was done.");
        return Ok(ending_of_plan(plan));
    }
    if plan.is_empty() {
        means.keep(context, plan)?;
        nothing_to_do(context, plan, means)?;
        return Ok(ending_of_plan(plan));
    }
    // What is planned now cannot have been approved: nothing is asked, and the plan that is kept may be an approved one.
    if means.is_fresh && matches!(means.kept, Kept::In(..)) {
        conditions::check_needs_no_approval(context, plan, fleet, &means.only)?;
    }
    let left = left_of(how, context, plan, fleet)?;
    let asked = left.as_ref().map_or(Asked::Whole(plan), Asked::Rest);
    confirm(how, context, asked, means)?;
    let names: Vec<RepositoryName> = plan.items.iter().map(Item::name).collect();
    let writes = how.forge.writes(&names);
    let session = how.forge.session_at(context, Some(fleet), writes, how.pace.limits())?;
    let address = session.client().address().to_string();
    if plan.forge != address {
        return Err(Error::usage(format!(
            "the plan was made for `{}`, but the forge is `{address}`",
            plan.forge
        ))
        .hint("plan again, or name the forge: --forge URL"));
    }
    conditions::check_workflows(&session, plan)?;
    conditions::check_approval(context, &session, plan, fleet, means.kept)?;
    let kept = match means.kept {
        Kept::In(kept, _) => Some(kept),
        Kept::Nowhere(_) => None,
    };
    required::check((context, fleet), &session, plan, (kept, how.state.as_deref()))?;
    let file = journal::file(how.state.as_deref(), context, fleet, &session)?;
    let (journal, audit) = (Journal::open(&file)?, Audit::beside(&file));
    let work = Work {
        how,
        context,
        session: &session,
        fleet,
        plan,
        means,
        journal,
        audit,
        hours: Hours::of(&plan.terms.windows, context, session.client()),
        opened: Cell::new(0),
        refused: RefCell::default(),
        left_approved: RefCell::default(),
        decided: RefCell::default(),
        told_of_shapes: Cell::new(false),
    };
    work.through()
}

/// Says that there is nothing to do, and what is in the way where something is.
fn nothing_to_do(context: &Context, plan: &Plan, means: &Means<'_>) -> Result<()> {
    let Hindered { counts, unread } = Hindered::of(plan);
    let parts: Vec<String> =
        counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let hindered = parts.join(", ");
    let unreadable = counted(unread, "repository");
    context.terminal.note(&match (hindered.as_str(), unread) {
        ("", 0) => "There is nothing to do.".to_owned(),
        ("", _) => format!("Nothing to do was found, but {unreadable} could not be read."),
        (_, 0) => format!("Nothing can be done: {hindered}."),
        _ => format!("Nothing can be done: {hindered}; {unreadable} could not be read."),
    });
    if hindered.is_empty() {
        return Ok(());
    }
    // A plan that was just made has been shown.
    if !means.is_fresh {
        context.terminal.output(&show::left_alone(Room::of(context), plan))?;
    }
    // A campaign that a command generated has no file to name.
    if Path::new(&plan.file).is_file() {
        let command = match (is_of_revert(plan), means.is_fresh) {
            (true, _) => "revert",
            (false, true) => "apply",
            (false, false) => "plan",
        };
        let step = means.typed.map_or_else(
            || format!("shipshape campaign {command} {}{}", quoted(&plan.file), means.only),
            str::to_owned,
        );
        next::note_at_same_place(
            context,
            [Step::because(step, format!("once the reasons are gone: {hindered}"))],
        );
    }
    Ok(())
}

/// What is in the way of a plan.
struct Hindered {
    /// How many repositories cannot take the change, by state.
    counts: BTreeMap<State, usize>,
    /// How many could not be read.
    unread: usize,
}

impl Hindered {
    fn of(plan: &Plan) -> Self {
        let (unread, read): (Vec<&Item>, Vec<&Item>) =
            plan.items.iter().partition(|item| item.is_unread());
        let mut counts = BTreeMap::new();
        for item in read.into_iter().filter(|item| item.state.is_hindered()) {
            *counts.entry(item.state).or_default() += 1;
        }
        Self { counts, unread: unread.len() }
    }
}

fn ending_of_plan(plan: &Plan) -> Exit {
    let wrong = plan.items.iter().any(|item| item.state.is_hindered());
    if wrong || gate::stopped(plan).is_some() { Exit::Unchecked } else { Exit::Clean }
}
