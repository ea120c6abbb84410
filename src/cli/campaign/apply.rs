//! `shipshape campaign apply`: exactly what a plan says.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::conditions::Kept;
use super::{Loaded, Subject, conditions, plan, show};
use crate::campaign::apply::{Job, Outcome, apply};
use crate::campaign::audit::Audit;
use crate::campaign::commands::Commands;
use crate::campaign::desk::Desk;
use crate::campaign::file::{Campaign, Moved};
use crate::campaign::memory::Memory;
use crate::campaign::plan::assemble::Assembled;
use crate::campaign::plan::{
    Action, Item, Pace, Plan, Wishes, clusters_of, forecast, on_todays_commits,
};
use crate::campaign::state::State;
use crate::cli::forge::{ForgeOptions, Session};
use crate::cli::next::{self, quoted};
use crate::cli::{Context, Exit, journal};
use crate::edge::interrupt::Interrupt;
use crate::edge::terminal::visible_line;
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
/// Exit codes: 0 when all that may be done now is done; 3 when something failed, or a limit or Ctrl-C ended it early.
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
}

/// How a plan is carried out.
#[derive(Clone, Debug, Args)]
pub(crate) struct How {
    /// Do not ask.
    #[arg(long, short = 'y')]
    yes: bool,

    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,

    /// Try only those that failed the last time.
    #[arg(long)]
    failed: bool,

    /// Go on with the next wave as soon as it may begin, until all is through.
    #[arg(long)]
    watch: bool,

    /// Seconds between two looks of --watch.
    #[arg(long, value_name = "N", default_value_t = 60)]
    every: u64,

    /// How fast to create content.
    #[arg(long, value_enum, default_value_t, value_name = "PACE")]
    pub(crate) pace: Pace,

    /// The file that remembers what was begun; by default the fleet's own in the folder for state.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) forge: ForgeOptions,
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
        let kept = Kept::In(file, arguments.approved_in);
        let means = Means { kept, commands: arguments.subject.commands(context), is_fresh: false };
        let plan = Plan::load(file)?;
        if how.dry_run || how.forge.read_only {
            let clusters = clusters_of(&plan);
            show_plan(how, context, &Assembled { plan: plan.clone(), clusters })?;
        }
        return carry_out(how, context, &plan, &fleet, &means);
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
    whole_file::replace(&plan, made.plan.to_text()?.as_bytes())?;
    let (kept, commands) = (Kept::In(&plan, None), loaded.commands.clone());
    let means = Means { kept, commands, is_fresh: true };
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
    if how.dry_run || how.forge.read_only {
        context.terminal.note("Nothing was done.");
        return Ok(ending_of_plan(plan));
    }
    if plan.items.iter().all(|item| item.change.is_none() && item.action == Action::Leave) {
        context.terminal.note("There is nothing to do.");
        return Ok(ending_of_plan(plan));
    }
    confirm(how, context, plan, means)?;
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
    let memory = Journal::open(&file)?;
    let name = OperationName::new("campaign", &plan.campaign);
    let input = serde_json::json!({ "campaign": plan.campaign });
    let operation = memory.begin(&name, &input, &context.clock.rfc3339())?;
    let audit = Audit::beside(&file);
    let commands = &means.commands;
    let work = Work { how, context, session: &session, fleet, plan, commands, audit };
    work.through(&operation)
}

/// Asks, where somebody can answer.
fn confirm(how: &How, context: &Context, plan: &Plan, means: &Means<'_>) -> Result<()> {
    let todo = plan.items.iter().filter(|item| item.action != Action::Leave).count();
    if how.yes || todo == 0 {
        return Ok(());
    }
    let everything = plan.terms.selects_everything;
    if !context.terminal.can_ask() {
        if everything {
            let what = "the campaign selects every member of the fleet, and nobody can be asked";
            return Err(
                Error::usage(what).hint("say --yes when that is meant, or narrow `select` down")
            );
        }
        if means.is_fresh {
            let what = "nobody has seen this plan, and nobody can be asked";
            let mut error = Error::usage(what).hint("say --yes when it is to be done unseen");
            if let Kept::In(file, _) = means.kept {
                let file = quoted(&file.display().to_string());
                error = error.hint(format!(
                    "or look at it, and apply what was shown: shipshape campaign apply {file}"
                ));
            }
            return Err(error);
        }
        return Ok(());
    }
    let what = if todo == 1 { "1 repository".to_owned() } else { format!("{todo} repositories") };
    let all = if everything { ", every member of the fleet," } else { "" };
    let question = visible_line(&format!("Change {what}{all} on {}?", plan.forge));
    let answer = dialoguer::Confirm::new().with_prompt(question).default(false).interact();
    match answer {
        Ok(true) => {
            context.terminal.note("");
            Ok(())
        }
        Ok(false) => Err(Error::usage("nothing was done").hint("say yes, or --yes")),
        Err(error) => Err(Error::failed("nobody answered").caused_by(error)),
    }
}

fn ending_of_plan(plan: &Plan) -> Exit {
    let wrong = plan.items.iter().any(|item| item.state.is_hindered());
    if wrong { Exit::Unchecked } else { Exit::Clean }
}

/// A plan at work.
struct Work<'a> {
    how: &'a How,
    context: &'a Context,
    session: &'a Session,
    fleet: &'a Fleet,
    plan: &'a Plan,
    commands: &'a Commands,
    audit: Audit,
}

impl Work<'_> {
    /// Round after round, as long as is wished.
    fn through(&self, operation: &crate::journal::Operation) -> Result<Exit> {
        let terminal = self.context.terminal.clone();
        let told = move || {
            terminal.note(
                "Stopping: what is in flight is finished first. Ctrl-C again leaves at once.",
            );
        };
        let interrupt = self.session.run(async { Interrupt::listening(told) });
        loop {
            let now = self.context.clock.seconds();
            let outcomes = match conditions::check_windows(&self.plan.terms.windows, now) {
                Ok(()) => Some(self.settled(operation, &interrupt)?),
                Err(_) if self.how.watch => None,
                Err(paused) => {
                    return Err(paused.hint("run it again then, or let it wait with --watch"));
                }
            };
            let goes_on = self.how.watch && !interrupt.is_asked();
            if let Some((plan, outcomes)) = &outcomes {
                let waiting = outcomes.iter().any(|outcome| outcome.waits);
                if !(goes_on && waiting) {
                    self.show(plan, outcomes)?;
                    return Ok(ending(outcomes));
                }
            }
            let pause = Duration::from_secs(self.how.every.max(1));
            let time = self.session.client().time();
            self.session.run(async {
                tokio::select! {
                    () = time.sleep(pause) => {}
                    () = interrupt.asked() => {}
                }
            });
            if interrupt.is_asked() {
                if let Some((plan, outcomes)) = &outcomes {
                    self.show(plan, outcomes)?;
                }
                return Ok(Exit::Unchecked);
            }
        }
    }

    /// One round, and another for those whose base moved, where the campaign wants them planned again.
    fn settled(
        &self,
        operation: &crate::journal::Operation,
        interrupt: &Interrupt,
    ) -> Result<(Plan, Vec<Outcome>)> {
        let outcomes = self.round(self.plan, operation, interrupt)?;
        let moved = outcomes.iter().any(|outcome| outcome.moved);
        if !moved || self.plan.terms.moved == Moved::Leave || interrupt.is_asked() {
            return Ok((self.plan.clone(), outcomes));
        }
        self.context.terminal.note("Planning again where the base moved.");
        let again = self.planned_again()?;
        let outcomes = self.round(&again, operation, interrupt)?;
        Ok((again, outcomes))
    }

    /// The plan on the commits of today, as far as it comes to the very changes that were shown.
    fn planned_again(&self) -> Result<Plan> {
        let file = Path::new(&self.plan.file);
        let campaign = self.context.all(Campaign::load(file))?;
        if campaign.digest != self.plan.file_digest {
            return Err(Error::failed("the campaign was changed after the plan was made")
                .in_file(file)
                .hint("plan again: `shipshape campaign plan`"));
        }
        let reverted = campaign.inverse().says.name == self.plan.campaign;
        // Whether it may be offered again was said when the plan was made: what was to be left alone stays so.
        let unneeded = campaign.says.unneeded;
        let wishes = Wishes { unneeded, reopen: true, again: true, only_planned: true };
        let meant = self.plan.items.iter().filter(|item| item.change.is_some());
        let meant: HashSet<&str> = meant.flat_map(|it| &it.members).map(String::as_str).collect();
        let members = self.fleet.members.iter().map(|member| member.slug.as_str());
        let list: String =
            members.filter(|slug| meant.contains(slug)).map(|slug| format!("{slug}\n")).collect();
        let loaded = Loaded::of(campaign, self.fleet.clone(), wishes)
            .running(self.commands.clone())
            .only(PathBuf::from("<plan>"), list.into_bytes())
            .reverted(reverted);
        let today = plan::made(&loaded, self.context, self.session)?.plan;
        Ok(on_todays_commits(self.plan, today))
    }

    fn round(
        &self,
        plan: &Plan,
        operation: &crate::journal::Operation,
        interrupt: &Interrupt,
    ) -> Result<Vec<Outcome>> {
        let bar = self.context.terminal.progress(plan.items.len(), "applying");
        let now = || self.context.clock.rfc3339();
        let told = |line: &str| {
            bar.suspend(|| self.context.terminal.note(&visible_line(line)));
        };
        let step = || bar.inc(1);
        let memory = Memory::of(operation)?;
        let mut names = plan.items.iter().map(|item| &item.repository);
        if self.how.failed && !names.any(|name| memory.failed(name)) {
            self.context.terminal.note(
                "Nothing is known to have failed the last time; what could not be read is tried without --failed.",
            );
        }
        let desk = Desk::new(
            (&plan.campaign, &plan.digest),
            self.session.client(),
            (operation, &memory, &self.audit),
            (&now, &told),
            interrupt,
        );
        let job = Job { plan, desk, step: &step, only_failed: self.how.failed };
        let outcomes = self.session.run(apply(&job));
        bar.finish_and_clear();
        outcomes
    }

    fn show(&self, plan: &Plan, outcomes: &[Outcome]) -> Result<()> {
        self.context.terminal.output(&show::outcomes(plan, outcomes))?;
        let waits = outcomes.iter().any(|outcome| outcome.waits);
        let paused = outcomes.iter().any(|it| it.state == State::Paused && !it.waits);
        // A campaign that a command made has no file that could be named.
        if std::path::Path::new(&self.plan.file).is_file() {
            let file = quoted(&self.plan.file);
            // Who waits for others goes on when those are merged.
            let verb = match (paused, waits) {
                (true, _) => "apply",
                (false, true) => "merge",
                (false, false) => "status",
            };
            next::note(self.context, [format!("shipshape campaign {verb} {file}")]);
        }
        Ok(())
    }
}

/// Whatever failed, or was ended early, is never green; waiting for a wave is as it should be.
fn ending(outcomes: &[Outcome]) -> Exit {
    let wrong = |outcome: &Outcome| {
        outcome.state == State::Failed
            || !outcome.left.is_empty()
            || !outcome.unread.is_empty()
            || outcome.state == State::Paused && !outcome.waits
    };
    if outcomes.iter().any(wrong) { Exit::Unchecked } else { Exit::Clean }
}
