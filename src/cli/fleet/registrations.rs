//! `shipshape fleet registrations`: the other lists of members.

use std::path::PathBuf;

use clap::Args;

use super::holders::{self, Occasion};
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::judging;
use crate::cli::shared::next::{quoted, quoted_path};
use crate::cli::shared::observing::Source;
use crate::cli::shared::options::ReportOptions;
use crate::cli::shared::{decisions, registrations};
use crate::cli::{Context, Exit};
use crate::drift::model::{Report, ShapeName};
use crate::edge::terminal::{visible, visible_line};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::registrations::Aim;
use crate::forge::WriteScope;
use crate::scaffold::publish::{Offered, in_words};

/// Options of the report, which repairs do not print.
const OF_REPORTS: [&str; 4] = ["format", "output", "also", "fail_on"];

/// Compare the other lists of members with fleet.yaml, and repair them.
///
/// Files beside fleet.yaml are read from disk, and those of repositories from the forge or, with --local, from
/// checkouts. Repairs of checkouts are written there. Repairs of repositories are offered as one pull request
/// each; running the command again does not open a second one. A list that could not be read is never green.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fleet registrations                        what the lists on the forge lack
  shipshape fleet registrations --diff                 what would repair them
  shipshape fleet registrations --pull-requests        offer the repairs
  shipshape fleet registrations --local core dashboard read these checkouts instead
  shipshape fleet registrations --local core --write   repair the files in the checkouts")]
pub(crate) struct Arguments {
    /// Checkouts of the repositories with registrations, matched by name, instead of the forge.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    local: Vec<PathBuf>,

    /// Show the repairs as a unified diff.
    #[arg(long, conflicts_with_all = ["write", "pull_requests"], conflicts_with_all = OF_REPORTS)]
    diff: bool,

    /// Repair the files: beside fleet.yaml, and in the checkouts.
    #[arg(long, conflicts_with = "pull_requests", conflicts_with_all = OF_REPORTS)]
    write: bool,

    /// Offer the repairs as pull requests, one per repository.
    #[arg(long, conflicts_with = "local", conflicts_with_all = OF_REPORTS)]
    pull_requests: bool,

    #[command(flatten)]
    report: ReportOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.required_fleet()?;
    if fleet.manifest.registrations.is_empty() {
        context
            .terminal
            .note("fleet.yaml has no `registrations`; docs/registrations.md describes them");
    }
    if let Some(folder) = arguments.local.iter().find(|folder| !folder.exists()) {
        return Err(Error::usage("there is no such checkout")
            .in_file(folder)
            .hint("name folders or clones of the repositories that hold registrations"));
    }
    let holders = holders::names(&fleet);
    let is_here = holders.is_empty() || !arguments.local.is_empty();
    if arguments.write || (arguments.diff && is_here) {
        return registrations::mend(context, &fleet, &arguments.local, arguments.diff);
    }
    if arguments.pull_requests && holders.is_empty() {
        return Err(Error::usage("no registration is in a repository: nothing can be offered")
            .hint("repair the files beside fleet.yaml with --write"));
    }
    let source = if is_here {
        Source::Here
    } else {
        let writes = if arguments.pull_requests {
            arguments.forge.writes(&holders)
        } else {
            WriteScope::none()
        };
        let session = arguments.forge.session(context, Some(&fleet), writes)?;
        if arguments.diff || arguments.pull_requests {
            return repair(arguments, context, &fleet, &session);
        }
        Source::Forge(Box::new(session))
    };
    let found = registrations::all(source.registrations(&fleet, &arguments.local));
    let found = decisions::with_rules(context, &fleet, found);
    let report = Report {
        command: "fleet registrations",
        generated_at: context.clock.rfc3339(),
        shape: ShapeName { name: String::new(), source: String::new() },
        repositories: Vec::new(),
        notes: Vec::new(),
        next: match found.iter().any(|finding| finding.fix.is_some()) {
            true => next(arguments, context, is_here),
            // The rest has to be done by a person.
            false => Vec::new(),
        },
        fleet_findings: found,
        fleet: None,
        outliers: Vec::new(),
        trend: Vec::new(),
    };
    judging::show(context, &report, &arguments.report)
}

/// Shows or proposes the repairs of lists on the forge. A failing repository does not stop the others.
fn repair(
    arguments: &Arguments,
    context: &Context,
    fleet: &Fleet,
    session: &Session,
) -> Result<Exit> {
    // What --write repairs is shown too.
    let mut exit = match arguments.diff {
        true => registrations::show_beside(context, fleet)?,
        false => Exit::Clean,
    };
    for name in holders::names(fleet) {
        let holder = match holders::read(session, fleet, &name, Aim::All) {
            Ok(holder) => holder,
            Err(error) => {
                context.terminal.error(&error);
                exit = Exit::Unchecked;
                continue;
            }
        };
        for (registration, why) in &holder.mended.left {
            let line = format!("{registration}: {why}");
            context.terminal.note(&visible_line(&line));
            exit = exit.worse(Exit::Findings);
        }
        if holder.mended.files.is_empty() {
            continue;
        }
        if arguments.diff || arguments.forge.read_only {
            context.terminal.output(&visible(&difference(&holder)))?;
            continue;
        }
        let occasion = Occasion {
            title: "Bring the list of members up to date",
            why: "This repository's list of members differs from the fleet's manifest.",
            marker: "<!-- shipshape: registrations -->",
        };
        match holders::propose(session, &holder, &occasion) {
            Ok(Offered::Open { number, page, .. }) => {
                let line = format!("{}: {page} offers the repair", holder.name);
                context.terminal.output(&format!("{}\n", visible_line(&line)))?;
                for earlier in holders::superseded(session, &holder, number) {
                    let line = format!("{}: it replaces {}", holder.name, earlier.html_url);
                    context.terminal.note(&visible_line(&line));
                }
                for (slug, page) in holders::announcing(session, &holder, fleet) {
                    let line = format!(
                        "{}: {page} of `shipshape new` offers `{slug}` there too: once one of both is merged, \
                         close or renew the other",
                        holder.name
                    );
                    context.terminal.note(&visible_line(&line));
                }
            }
            Ok(other) => {
                let line = format!("{}: {}", holder.name, in_words(&other));
                context.terminal.note(&visible_line(&line));
                exit = exit.worse(Exit::Findings);
            }
            Err(error) => {
                context.terminal.error(&error);
                exit = Exit::Unchecked;
            }
        }
    }
    let beside = fleet.manifest.registrations.iter().filter(|it| it.repository.is_none()).count();
    if beside > 0 {
        context.terminal.note("lists beside fleet.yaml are repaired with --write");
    }
    Ok(exit)
}

fn difference(holder: &holders::Holder) -> String {
    let name = &holder.name.name;
    let diff = |(path, (before, after)): (&String, &(crate::source::Text, crate::source::Text))| {
        let diff = similar::TextDiff::from_lines(before.as_str(), after.as_str());
        let (old, new) = (format!("a/{name}/{path}"), format!("b/{name}/{path}"));
        diff.unified_diff().header(&old, &new).to_string()
    };
    holder.mended.files.iter().map(diff).collect()
}

fn next(arguments: &Arguments, context: &Context, is_here: bool) -> Vec<String> {
    let mut command = "shipshape fleet registrations".to_owned();
    if let Some(file) = &context.fleet_file {
        command.push_str(&format!(" --fleet {}", quoted(&file.to_string_lossy())));
    }
    if !arguments.local.is_empty() {
        let holders = arguments.local.iter().map(|path| quoted_path(&path.to_string_lossy()));
        command.push_str(&format!(" --local {}", holders.collect::<Vec<_>>().join(" ")));
    }
    let act = if is_here { "--write" } else { "--pull-requests" };
    vec![format!("{command} --diff"), format!("{command} {act}")]
}
