//! `shipshape fleet registrations`: the other places that keep the list of members.

use std::path::PathBuf;

use clap::Args;

use crate::cli::judging::{self, quoted};
use crate::cli::options::ReportOptions;
use crate::cli::{Context, Exit, decisions, registrations};
use crate::drift::model::{Report, ShapeName};
use crate::error::Result;
use crate::fleet::Fleet;

/// Compare the other places that keep the list of members with fleet.yaml, and repair them.
///
/// Files beside fleet.yaml are read as they lie there, those of repositories from the checkouts that --local
/// names. Exit codes are those of `drift`: a list that could not be read is never green.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape fleet registrations                        lists beside fleet.yaml
  shipshape fleet registrations --local core dashboard lists in these checkouts too
  shipshape fleet registrations --local core --diff    what would repair them
  shipshape fleet registrations --local core --write   repair the files in the checkouts")]
pub(crate) struct Arguments {
    /// Checkouts of the repositories that hold registrations, matched by name.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    local: Vec<PathBuf>,

    /// Show what would repair them, as a unified diff.
    #[arg(long)]
    diff: bool,

    /// Repair the files: beside fleet.yaml, and in the checkouts.
    #[arg(long, conflicts_with = "diff")]
    write: bool,

    #[command(flatten)]
    report: ReportOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = super::fleet(context)?;
    if fleet.manifest.registrations.is_empty() {
        context.terminal.note("fleet.yaml names no registrations; docs/registrations.md says how");
    }
    if arguments.diff || arguments.write {
        return registrations::mend(context, &fleet, &arguments.local, arguments.diff);
    }
    let found = registrations::judge(&fleet, &arguments.local);
    let found = decisions::with_rules(context, &fleet, found);
    let report = Report {
        command: "fleet registrations",
        generated_at: context.clock.rfc3339(),
        shape: ShapeName { name: String::new(), source: String::new() },
        repositories: Vec::new(),
        next: next(arguments, context, &fleet, !found.is_empty()),
        fleet_findings: found,
        outliers: Vec::new(),
        trend: Vec::new(),
    };
    judging::show(context, &report, &arguments.report)
}

fn next(arguments: &Arguments, context: &Context, fleet: &Fleet, differs: bool) -> Vec<String> {
    if !differs {
        return Vec::new();
    }
    let mut command = "shipshape fleet registrations".to_owned();
    if let Some(file) = &context.fleet_file {
        command.push_str(&format!(" --fleet {}", quoted(&file.to_string_lossy())));
    }
    let mut holders: Vec<String> =
        arguments.local.iter().map(|path| quoted(&path.to_string_lossy())).collect();
    if holders.is_empty() {
        // Without the checkouts the lists of repositories cannot be read.
        let repositories = fleet.manifest.registrations.iter();
        holders = repositories.filter_map(|it| it.repository.as_deref().map(quoted)).collect();
        holders.sort();
        holders.dedup();
    }
    if !holders.is_empty() {
        command.push_str(&format!(" --local {}", holders.join(" ")));
    }
    vec![format!("{command} --diff"), format!("{command} --write")]
}
