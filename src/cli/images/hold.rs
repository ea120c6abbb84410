//! `shipshape images hold` and `unhold`: keeps a runtime's image as it is.

use clap::Args;

use super::host::{HostOptions, Loaded, MeantOptions};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::images::memory::{Hold, Memory};

/// Hold runtimes at their current image: they are not refreshed until `unhold`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images hold hermes --reason 'a customer demonstrates on Friday'
  shipshape images hold --all --reason 'nothing moves before Monday'
  shipshape images unhold hermes")]
pub(crate) struct Arguments {
    #[command(flatten)]
    meant: MeantOptions,

    /// The reason, shown wherever the hold is reported.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    #[command(flatten)]
    host: HostOptions,
}

/// Release held runtimes, so that they are refreshed again.
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
    let (reason, since) = (arguments.reason.clone(), context.clock.rfc3339());
    let memory = loaded.memory(context, &arguments.host)?;
    memory.change(|known| {
        for runtime in &runtimes {
            let entry = known.entry(&runtime.image);
            let held = entry.hold.take();
            // Keep the target of a rollback, so that repeating the rollback does not go further back, and the reason,
            // unless a new one is given.
            let back = held.as_ref().and_then(|held| held.back.clone());
            let reason = reason.clone().or_else(|| held.and_then(|held| held.reason));
            entry.hold = Some(Hold { reason, since: since.clone(), back });
        }
    })?;
    for runtime in &runtimes {
        let unhold = arguments.host.command(context, &format!("unhold {}", runtime.slug));
        context.terminal.note(&format!("{} is held; `{unhold}` ends the hold", runtime.slug));
    }
    context.terminal.note(&kept_in(&memory));
    Ok(Exit::Clean)
}

/// A note on where holds are stored: a server, another user or a run with another forge uses another file and does not
/// see them.
pub(super) fn kept_in(memory: &Memory) -> String {
    visible_line(&format!(
        "holds are kept in {}; a refresh by another user, or with another fleet.yaml, does not see them",
        memory.file().display()
    ))
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
                    "{slug} is no longer held; it was held since {since}{why}. `{}` brings it up to date",
                    arguments.host.command(context, &format!("refresh {slug}"))
                )
            }
        };
        context.terminal.note(&visible_line(&line));
    }
    Ok(Exit::Clean)
}
