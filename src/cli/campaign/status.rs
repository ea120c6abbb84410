//! `shipshape campaign status`: where every repository stands, and why.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Subject, plan, show};
use crate::campaign::plan::Plan;
use crate::campaign::state::Concern;
use crate::campaign::status::Status;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::next;
use crate::cli::{Context, Exit, json_text};
use crate::error::Result;
use crate::forge::Writes;
use crate::report;

/// Show where every repository of a campaign stands, and why.
///
/// Looks at the fleet and at the forge, and writes nothing; what is wanted is computed anew, and commands of the
/// campaign are run for it. States: planned, open, checks (running), red, red on base
/// (the same checks are red on the base branch), approved, edited (somebody else changed the branch), declined,
/// given up (`close` closed it), regressed (merged, and the difference is back), merged, done (nothing to change), left (what
/// was found is not for this campaign), blocked, skipped, failed, paused (it waits for its wave or a limit).
///
/// Exit codes: 0 when nothing is in the way; 1 when something is red, blocked, declined or regressed; 3 when something could not be looked at.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape campaign status                      a table, by owner
  shipshape campaign status --watch              again every minute, until all is through
  shipshape campaign status --reverted           what takes it back
  shipshape campaign status --format html -o campaign.html")]
pub(super) struct Arguments {
    #[command(flatten)]
    subject: Subject,

    /// Where what takes the campaign back stands, as `campaign revert` offers it.
    #[arg(long)]
    reverted: bool,

    /// How to show it.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: StatusForm,

    /// Where to write it, instead of to standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,

    /// Look again until nothing more is to come without a person.
    #[arg(long)]
    watch: bool,

    /// Seconds between two looks of --watch.
    #[arg(long, value_name = "N", default_value_t = 60)]
    every: u64,

    #[command(flatten)]
    forge: ForgeOptions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum StatusForm {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// One page for a browser.
    Html,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = arguments.subject.load(context)?.reverted(arguments.reverted);
    let session = arguments.forge.session(context, Some(&loaded.fleet), Writes::none())?;
    loop {
        let made = plan::made(&loaded, context, &session)?;
        let status = Status::of(&made.plan);
        let text = match arguments.format {
            StatusForm::Human => show::status(&status),
            StatusForm::Json => json_text(&status)?,
            StatusForm::Html => report::campaign::page(&status)?,
        };
        context.terminal.output_to(arguments.output.as_ref(), &text)?;
        if arguments.format == StatusForm::Human {
            tell_next(arguments, context, &made.plan, &status);
        }
        if !arguments.watch || status.is_settled() {
            return Ok(exit(&status));
        }
        let pause = Duration::from_secs(arguments.every.max(1));
        session.run(session.client().time().sleep(pause));
    }
}

/// Says what to do about it.
fn tell_next(arguments: &Arguments, context: &Context, today: &Plan, status: &Status) {
    let file = &arguments.subject.file;
    let beside = file.with_extension("plan.json");
    let is_of_today =
        |kept: &Plan| (&kept.campaign, &kept.file_digest) == (&today.campaign, &today.file_digest);
    let has_plan = beside.is_file() && Plan::load(&beside).is_ok_and(|kept| is_of_today(&kept));
    let (file, beside) = (file.display().to_string(), beside.display().to_string());
    let named = show::Named {
        file: &file,
        plan: has_plan.then_some(beside.as_str()),
        is_reverted: arguments.reverted,
    };
    next::note(context, show::next(status, &named));
}

/// Where the campaign of a file stands now.
pub(crate) fn standing(file: &Path, context: &Context, forge: &ForgeOptions) -> Result<Status> {
    let subject =
        Subject { file: file.to_owned(), targets: None, reopen: false, again: false, trust: false };
    let loaded = subject.load(context)?;
    let session = forge.session(context, Some(&loaded.fleet), Writes::none())?;
    Ok(Status::of(&plan::made(&loaded, context, &session)?.plan))
}

fn exit(status: &Status) -> Exit {
    let any = |concern| status.repositories.iter().any(|row| row.state.concern() == concern);
    let unread = status.repositories.iter().any(|row| !row.unread.is_empty());
    if unread || any(Concern::Unknown) {
        Exit::Unchecked
    } else if any(Concern::Wrong) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
