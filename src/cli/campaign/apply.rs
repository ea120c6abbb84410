//! `shipshape campaign apply`: exactly what a plan says.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;

use super::conditions::Kept;
use super::consent::confirm;
use super::work::Work;
use super::{Subject, conditions, plan, show};
use crate::campaign::audit::Audit;
use crate::campaign::commands::Commands;
use crate::campaign::deed::Deed;
use crate::campaign::plan::assemble::Assembled;
use crate::campaign::plan::{Item, Pace, Plan, clusters_of, forecast};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::journal;
use crate::cli::{Context, Exit};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::Writes;
use crate::journal::{Journal, OperationName};

/// Do exactly what a plan says: one pull request for each repository, in waves.
///
/// Takes a plan, or a campaign, which is planned first. What is there already is not made again, whoever made it:
/// run it again after an interruption, a limit, or a merged wave, and it goes on. Ctrl-C once finishes what is in
/// flight; twice leaves at once.
///
/// Of a plan, whom it is about is decided: --targets, --reopen and --again are for a campaign. --trust counts for commands
/// that are run by this very command: those of a campaign, and of a plan whose bases moved (`moved: replan`).
///
/// Exit codes: 0 when all that may be done now is done; 3 when something failed or is blocked, or a limit or Ctrl-C ended it
/// early.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign apply                       plan campaign.yaml, ask, and do it
  shipshape campaign apply campaign.plan.json    exactly what was shown
  shipshape campaign apply --watch --yes         wave after wave, until all is through
  shipshape campaign apply --failed              only those that failed the last time
  shipshape campaign apply --dry-run             what it would do now")]
pub(super) struct Arguments {
    #[command(flatten)]
    subject: Subject,

    /// The pull request of the fleet's home repository that holds this plan and that somebody else approved.
    #[arg(long, value_name = "NUMBER")]
    approved_in: Option<u64>,

    /// Carry a plan out although the campaign's file, or a file that it brings along, was changed since.
    #[arg(long)]
    as_planned: bool,

    #[command(flatten)]
    how: How,
}

/// What a plan is carried out with, beside how.
#[derive(Debug)]
pub(crate) struct Means<'a> {
    /// Where it is kept.
    pub(crate) kept: Kept<'a>,
    /// How commands are run, should bases have moved: as this run says, whatever the one said that planned.
    pub(crate) commands: Commands,
    /// Whether it was made by this very run, so that nobody can have looked at it before.
    pub(crate) is_fresh: bool,
    /// The command that was typed, where the plan is kept nowhere.
    pub(crate) typed: Option<&'a str>,
    /// Whether it is carried out although the campaign was changed since.
    pub(crate) as_planned: bool,
}

impl<'a> Means<'a> {
    /// Those of a plan that this very run made.
    pub(crate) fn fresh(kept: Kept<'a>, commands: Commands) -> Self {
        Self { kept, commands, is_fresh: true, typed: None, as_planned: false }
    }
}

/// How a plan is carried out.
#[derive(Clone, Debug, Args)]
pub(crate) struct How {
    /// Do not ask.
    #[arg(long, short = 'y')]
    pub(super) yes: bool,

    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,

    /// Try only those that failed the last time.
    #[arg(long)]
    pub(super) failed: bool,

    /// Merge what is approved and green, and go on with the next wave as soon as it may begin, until all is through.
    #[arg(long)]
    pub(super) watch: bool,

    /// Seconds between two looks of --watch.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(super) every: u64,

    /// How fast to create content.
    #[arg(long, value_enum, default_value_t, value_name = "PACE")]
    pub(crate) pace: Pace,

    /// The file that remembers what was begun; by default the fleet's own in the folder for state.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) forge: ForgeOptions,
}

impl How {
    /// Whether nothing is to be changed, here or on the forge.
    fn only_looks(&self) -> bool {
        self.dry_run || self.forge.read_only
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let file = &arguments.subject.file;
    let how = &arguments.how;
    if Plan::is_kept_in(file)? {
        arguments.subject.check_of_plan()?;
        let fleet = context.fleet(file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, and there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        let (kept, as_planned) = (Kept::In(file, arguments.approved_in), arguments.as_planned);
        let commands = arguments.subject.commands(context);
        let means = Means { is_fresh: false, as_planned, ..Means::fresh(kept, commands) };
        let plan = Plan::load(file)?;
        if !as_planned {
            conditions::check_unchanged(&plan, file)?;
        }
        if how.only_looks() {
            let clusters = clusters_of(&plan);
            show_plan(how, context, &Assembled { plan: plan.clone(), clusters })?;
        }
        return carry_out(how, context, &plan, &fleet, &means);
    }
    if arguments.as_planned {
        return Err(Error::usage("--as-planned is of a plan, and this is a campaign")
            .in_file(file)
            .hint("name the file of the plan: `campaign apply campaign.plan.json --as-planned`"));
    }
    if arguments.approved_in.is_some() {
        return Err(Error::usage("what was approved is a plan, and this is a campaign")
            .in_file(file)
            .hint("name the file of the plan that was approved: `campaign apply campaign.plan.json --approved-in …`"));
    }
    let loaded = arguments.subject.load(context)?;
    let session = how.forge.session(context, Some(&loaded.fleet), Writes::none())?;
    let made = plan::made(&loaded, context, &session)?;
    drop(session);
    show_plan(how, context, &made)?;
    let plan = file.with_extension("plan.json");
    // What was kept may be approved already.
    if !how.only_looks() {
        whole_file::replace_private(&plan, made.plan.to_text()?.as_bytes())?;
    }
    let means = Means::fresh(Kept::In(&plan, None), loaded.commands.clone());
    carry_out(how, context, &made.plan, &loaded.fleet, &means)
}

/// Shows a plan that was made just now.
pub(crate) fn show_plan(how: &How, context: &Context, made: &Assembled) -> Result<()> {
    let forecast = forecast(&made.plan, how.pace);
    context.terminal.output(&show::plan(&made.plan, &made.clusters, forecast, how.pace))
}

/// Does what a plan says, after asking.
///
/// # Errors
/// When it must not be done, or the journal cannot be written.
pub(crate) fn carry_out(
    how: &How,
    context: &Context,
    plan: &Plan,
    fleet: &Fleet,
    means: &Means<'_>,
) -> Result<Exit> {
    conditions::check_members(plan, fleet)?;
    if how.only_looks() {
        context.terminal.note("Nothing was done.");
        return Ok(ending_of_plan(plan));
    }
    if plan.is_empty() {
        context.terminal.note("There is nothing to do.");
        return Ok(ending_of_plan(plan));
    }
    let left = left_of(how, context, plan, fleet);
    confirm(how, context, (left.as_ref().unwrap_or(plan), left.is_some()), means)?;
    let names: Vec<RepositoryName> = plan.items.iter().map(Item::name).collect();
    let writes = how.forge.writes(&names);
    let session = how.forge.session_at(context, Some(fleet), writes, how.pace.limits())?;
    let address = session.client().address().to_string();
    if plan.forge != address {
        return Err(Error::usage(format!(
            "the plan was made for `{}`, and this is `{address}`",
            plan.forge
        ))
        .hint("plan again, or name the forge: --forge URL"));
    }
    conditions::check_approval(context, &session, plan, fleet, means.kept)?;
    conditions::check_required(context, &session, plan, fleet)?;
    let file = journal::file(how.state.as_deref(), context, fleet, &session)?;
    let (journal, audit) = (Journal::open(&file)?, Audit::beside(&file));
    let (session, refused, without_checks) = (&session, RefCell::default(), RefCell::default());
    let work =
        Work { how, context, session, fleet, plan, means, journal, audit, refused, without_checks };
    work.through()
}

/// A plan without those that this machine has offered the change to already: what is asked is about the others. `None` where
/// there is no difference, or nobody left.
fn left_of(how: &How, context: &Context, plan: &Plan, fleet: &Fleet) -> Option<Plan> {
    let address = how.forge.address(Some(fleet)).ok()?;
    let file = journal::file_at(how.state.as_deref(), context, fleet, &address).ok()?;
    let name = OperationName::new("campaign", &plan.campaign);
    let begun = Journal::look(&file).ok()??.unfinished(&name).ok()??;
    let opened: BTreeSet<&str> = begun
        .effects
        .iter()
        .filter(|effect| effect.standing.outcome().is_some())
        .filter_map(|effect| Deed::of_key(&effect.key))
        .filter_map(|(deed, repository)| (deed == Deed::Open).then_some(repository))
        .collect();
    // What is offered anew has another number than the plan knows.
    let is_offered = |item: &Item| {
        item.offers() && item.pull.is_none() && opened.contains(item.repository.as_str())
    };
    if !plan.items.iter().any(is_offered) {
        return None;
    }
    let items = plan.items.iter().filter(|item| !is_offered(item)).cloned().collect();
    let left = Plan { items, contents: BTreeMap::new(), ..plan.clone() };
    let is_any = left.to_do().next().is_some();
    is_any.then_some(left)
}

fn ending_of_plan(plan: &Plan) -> Exit {
    let wrong = plan.items.iter().any(|item| item.state.is_hindered());
    if wrong { Exit::Unchecked } else { Exit::Clean }
}
