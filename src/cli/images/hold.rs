//! `shipshape images hold` and `unhold`: a runtime left where it is.

use clap::Args;

use super::host::{HostOptions, Loaded, MeantOptions};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::images::memory::Hold;

/// Hold runtimes where they are: they are not refreshed until `unhold`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images hold hermes --reason 'a customer demonstrates on Friday'
  shipshape images hold --all --reason 'nothing moves before Monday'
  shipshape images unhold hermes")]
pub(crate) struct Arguments {
    #[command(flatten)]
    meant: MeantOptions,

    /// Why, for whoever finds it held.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    #[command(flatten)]
    host: HostOptions,
}

/// Let runtimes that are held be refreshed again.
#[derive(Debug, Args)]
pub(crate) struct UnholdArguments {
    #[command(flatten)]
    meant: MeantOptions,

    #[command(flatten)]
    host: HostOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = Loaded::load(context)?;
    let runtimes = arguments.meant.of(&loaded)?;
    let hold =
        Hold { reason: arguments.reason.clone(), since: context.clock.rfc3339(), back: None };
    let memory = loaded.memory(context, &arguments.host)?;
    memory.change(|known| {
        for runtime in &runtimes {
            let entry = known.entry(&runtime.image);
            // Where a rollback holds it stays known: the same rollback again goes no further, least of all forward.
            let back = entry.hold.take().and_then(|held| held.back);
            entry.hold = Some(Hold { back, ..hold.clone() });
        }
    })?;
    for runtime in &runtimes {
        let unhold = arguments.host.command(context, &format!("unhold {}", runtime.slug));
        context.terminal.note(&format!("{} is held; `{unhold}` ends that", runtime.slug));
    }
    // A server, another user, or the same with another forge looks elsewhere, and would go on.
    let file = memory.file().display();
    context.terminal.note(&visible_line(&format!(
        "that is remembered in {file}: whoever refreshes by another file does not know it"
    )));
    Ok(Exit::Clean)
}

pub(super) fn unhold(arguments: &UnholdArguments, context: &Context) -> Result<Exit> {
    let loaded = Loaded::load(context)?;
    let memory = loaded.memory(context, &arguments.host)?;
    for runtime in arguments.meant.of(&loaded)? {
        let slug = &runtime.slug;
        let line = match memory.change(|known| known.entry(&runtime.image).hold.take())? {
            None => format!("{slug} was not held by {}", memory.file().display()),
            Some(Hold { reason, since, .. }) => {
                let why = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
                format!(
                    "{slug} is held no more; it was since {since}{why}. `{}` brings it up to date",
                    arguments.host.command(context, &format!("refresh {slug}"))
                )
            }
        };
        context.terminal.note(&visible_line(&line));
    }
    Ok(Exit::Clean)
}
