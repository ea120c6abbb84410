//! `shipshape waivers`: lists waivers and removes expired ones.

use clap::Args;

use crate::cli::shared::decisions;
use crate::cli::shared::options::Form;
use crate::cli::waive::no_fleet;
use crate::cli::{Context, Exit, counted, json_text};
use crate::edge::terminal::visible;
use crate::edge::turn::Turn;
use crate::error::Result;
use crate::fleet::waivers::edit;
use crate::fleet::{Date, Fleet};

/// List the fleet's waivers, the next to expire first; --prune removes the expired ones.
///
/// No repository is read for this. `validate` and `drift` report waivers whose finding has changed since
/// (`waiver-reopened`) and waivers that cover nothing (`waiver-unused`).
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Remove expired waivers from the file.
    #[arg(long)]
    prune: bool,

    /// The output format. With --prune, `json` lists the waivers that are left.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let fleet = context.fleet(None)?.ok_or_else(no_fleet)?;
    let today = context.clock.today();
    if arguments.prune {
        prune(context, &fleet, Date(today))?;
        if arguments.format == Form::Json {
            let left = decisions::waivers(context, &fleet)?.listing(Date(today));
            context.terminal.output(&json_text(&left)?)?;
        }
        return Ok(Exit::Clean);
    }
    let listing = decisions::waivers(context, &fleet)?.listing(Date(today));
    if arguments.format == Form::Json {
        context.terminal.output(&json_text(&listing)?)?;
        return Ok(Exit::Clean);
    }
    for waiver in &listing.waivers {
        let state = if waiver.expired { "expired" } else { "until  " };
        context.terminal.output(&format!(
            "{state} {}  {}  {} {}  ({}: {})\n",
            waiver.expires,
            visible(&waiver.repository),
            visible(&waiver.rule),
            visible(waiver.path.as_deref().unwrap_or_default()),
            visible(&waiver.owner),
            visible(&waiver.reason),
        ))?;
    }
    context.terminal.note(&counted(listing.waivers.len(), "waiver"));
    Ok(Exit::Clean)
}

/// Removes the waivers that have expired from the file.
fn prune(context: &Context, fleet: &Fleet, today: Date) -> Result<()> {
    let file = fleet.beside(&fleet.manifest.waivers);
    let turn = Turn::at(&file)?;
    let waivers = decisions::waivers(context, fleet)?;
    let entries = waivers.entries.iter().enumerate();
    let expired: Vec<usize> =
        entries.filter(|(_, it)| it.expires.0 < today.0).map(|(index, _)| index).collect();
    if expired.is_empty() {
        context.terminal.note("no waiver has expired");
        return Ok(());
    }
    let bytes = turn.read()?.unwrap_or_default();
    turn.replace(&context.all(edit::prune(&file, &bytes, &expired))?)?;
    context.terminal.note(&format!(
        "removed {} from {}",
        counted(expired.len(), "expired waiver"),
        file.display()
    ));
    Ok(())
}
