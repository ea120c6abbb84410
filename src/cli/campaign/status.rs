//! `shipshape campaign status`: the state of every repository, and why.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::fleet_journal::FleetJournal;
use super::former::OfCampaign;
use super::show::{self, Room};
use super::{Only, Subject, plan};
use crate::campaign::approval::is_needed;
use crate::campaign::asked::Asked;
use crate::campaign::plan::Plan;
use crate::campaign::state::{Concern, State};
use crate::campaign::status::Status;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::next;
use crate::cli::{Context, Exit, json_text};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::forge::WriteScope;
use crate::report;

const ABOUT: &str = "Show the state of every repository in a campaign, and why it is in that state";

#[derive(Debug, Args)]
#[command(about = ABOUT, long_about = long_about(), after_help = "\
Examples:
  shipshape campaign status                      a table, by owner
  shipshape campaign status --watch              what changes while something is open
  shipshape campaign status --reverted           the state of its revert
  shipshape campaign status --format html -o campaign.html")]
pub(super) struct Arguments {
    #[command(flatten)]
    subject: Subject,

    /// Show the pull requests that revert the campaign, made by `campaign revert`.
    #[arg(long)]
    reverted: bool,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: StatusForm,

    /// The file to write to, instead of standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,

    /// Repeat until nothing more happens without a person or another command, and show what changes.
    #[arg(long)]
    watch: bool,

    /// Seconds between checks of --watch.
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

/// The full help, with all states.
fn long_about() -> String {
    format!(
        "{ABOUT}.\n\n\
         Reads the fleet and the forge, and writes nothing there. The changes are computed again, which runs the campaign's \
         commands. States, in the order of the table: {}.\n\n\
         Exit codes: 0 when nothing is in the way; 1 when something is red, blocked, declined or regressed; 3 when \
         something failed or could not be read.",
        State::in_help()
    )
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = arguments.subject.load(context)?.reverted(arguments.reverted).by_this_token();
    let session = arguments.forge.session(context, Some(&loaded.fleet), WriteScope::none())?;
    let mut last: Option<Status> = None;
    let fleet = &loaded.fleet;
    let journal = FleetJournal { fleet, forge: session.client().address(), file: None };
    loop {
        let made = plan::made(&loaded, context, &session)?;
        let memory = journal.memory(context, &made.plan.campaign);
        // Whoever reverts the campaign in named members does not mean the others.
        let is_whole_revert = arguments.reverted && loaded.list.is_none();
        let asked = is_whole_revert.then(|| asked(journal, context, &made.plan)).flatten();
        let as_asked = asked.as_ref().map(|asked| asked.of_plan(&made.plan, &memory));
        let plan = as_asked.as_ref().unwrap_or(&made.plan);
        let status = Status::of(plan, &made.unselected, &memory);
        let ends = !arguments.watch || status.is_settled();
        show_look(arguments, context, &status, last.as_ref())?;
        if last.is_none() {
            plan::note_remarks(context, &made.plan);
        }
        if !arguments.forge.read_only {
            journal.note_seen(context, &made.plan, &memory);
        }
        if last.is_none() && loaded.list.is_none() {
            let of = OfCampaign {
                campaign: &made.plan.campaign,
                file: &arguments.subject.file,
                is_reverted: arguments.reverted,
            };
            journal.note(context, &session, &journal.former(&memory), of);
        }
        if ends {
            if arguments.format == StatusForm::Human {
                let approval = loaded.fleet.manifest.campaigns.approval;
                // What cannot be read may not have been asked for.
                let only = match &asked {
                    Some(asked) => {
                        let rows = status.repositories.iter().filter(|row| asked.is_about(row));
                        show::options(&rows.collect::<Vec<_>>())
                    }
                    None => arguments.subject.only.typed(&made.plan, &loaded.fleet),
                };
                let named = show::Named {
                    file: &arguments.subject.file.display().to_string(),
                    only: &only,
                    is_reverted: arguments.reverted,
                    needs_approval: is_needed(&made.plan, approval).is_some(),
                    checks: &made.plan.terms.checks,
                };
                let meant = asked.as_ref().map(|asked| status.as_asked(asked));
                let meant = meant.as_ref().unwrap_or(&status);
                next::note_at_same_place(context, show::next(meant, &named));
            }
            if arguments.watch && status.is_left_to_people() {
                context.terminal.note("The watch has ended: the rest needs a person.");
            }
            return Ok(exit(&status));
        }
        last = Some(status);
        let pause = Duration::from_secs(arguments.every.max(1));
        session.run(session.client().time().sleep(pause));
    }
}

/// For which repositories of its plan a revert was asked; `None` for all.
fn asked(journal: FleetJournal<'_>, context: &Context, plan: &Plan) -> Option<Asked> {
    let is_offered = plan.items.iter().any(|item| item.pull.is_some());
    journal.asked(context, &plan.campaign, is_offered)
}

/// Shows everything at the first look, and later what has changed since; a file always gets everything.
fn show_look(
    arguments: &Arguments,
    context: &Context,
    status: &Status,
    last: Option<&Status>,
) -> Result<()> {
    if last.is_some_and(|last| status.changed_since(last).is_empty()) {
        return Ok(());
    }
    let room = match arguments.output {
        Some(_) => Room::unlimited(),
        None => Room::of(context),
    };
    let text = match (arguments.format, last) {
        (StatusForm::Human, Some(last)) if arguments.output.is_none() => {
            show::changes(room, status, last)
        }
        (StatusForm::Human, _) => show::status(room, status),
        (StatusForm::Json, _) => json_text(status)?,
        (StatusForm::Html, _) => report::campaign_page::page(status)?,
    };
    context.terminal.output_to(arguments.output.as_ref(), &text)?;
    let file = arguments.output.as_ref().filter(|file| file.as_os_str() != "-");
    if let Some(file) = file.filter(|_| last.is_none()) {
        let shown = file.display().to_string();
        context.terminal.note(&format!("wrote the status to {}", visible_line(&shown)));
    }
    Ok(())
}

/// The current status of the campaign in a file.
pub(crate) fn standing(file: &Path, context: &Context, forge: &ForgeOptions) -> Result<Status> {
    let (file, only) = (file.to_owned(), Only::default());
    let subject = Subject { file, only, reopen: false, again: false, trust: false };
    let loaded = subject.load(context)?.by_this_token();
    let session = forge.session(context, Some(&loaded.fleet), WriteScope::none())?;
    let made = plan::made(&loaded, context, &session)?;
    let fleet = &loaded.fleet;
    let journal = FleetJournal { fleet, forge: session.client().address(), file: None };
    let memory = journal.memory(context, &made.plan.campaign);
    Ok(Status::of(&made.plan, &made.unselected, &memory))
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
