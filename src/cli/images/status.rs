//! `shipshape images status`: the state of each runtime on this host.

use clap::Args;

use super::host::{ChosenOptions, Loaded, SaidOptions, Session, at_once};
use super::show;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, json_text};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::images::status::{Request, look};

/// Show the status of each runtime here: registry digest, local digest, version, old containers.
///
/// Exit code 1 if a runtime is out of date and not held, or a held runtime has containers from an image other
/// than the held one; 3 if something could not be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape images status
  shipshape images status hermes -v                     also earlier images, and how to go back to them
  shipshape images status --layers                      search layers for the version if no label has it
  shipshape images status --format json | jq '.runtimes[] | select(.behind != []).runtime'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    chosen: ChosenOptions,

    /// Search the layers of an image for the version of the runtime package if no label has it. Layers are read
    /// from the registry, newest first, until one has it.
    #[arg(long)]
    layers: bool,

    #[command(flatten)]
    said: SaidOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let loaded = Loaded::load(context)?;
    let request = Request {
        runtimes: loaded.named(&arguments.chosen.names())?,
        distribution: loaded.distribution().filter(|_| arguments.layers),
        at_once: at_once(None),
    };
    let session = match Session::open(context, &arguments.said.host, &loaded) {
        Ok(session) => session,
        Err(error) => {
            // Holds are recorded in a local file, which needs no engine.
            let known = loaded.memory(context, &arguments.said.host)?.read()?;
            for runtime in &request.runtimes {
                let Some(hold) = known.image(&runtime.image).hold else { continue };
                let why = hold.reason.map(|why| format!(": {why}")).unwrap_or_default();
                let line = format!("{} is held since {}{why}", runtime.slug, hold.since);
                context.terminal.note(&visible_line(&line));
            }
            return Err(error);
        }
    };
    let standing = session.run(look(&session.host, &request))?;
    let text = match arguments.said.format {
        Form::Human => show::standing(&standing, context, &arguments.said.host),
        Form::Json => json_text(&standing)?,
    };
    context.terminal.output(&text)?;
    if !loaded.names_containers() {
        let file = loaded.fleet.file.display();
        context.terminal.note(&visible_line(&format!(
            "containers were not checked: {file} does not say what they are called (`images.containers.prefix`)"
        )));
    }
    let mut exit = if standing.is_behind() { Exit::Findings } else { Exit::Clean };
    for row in &standing.runtimes {
        for why in &row.unread {
            context.terminal.note(&visible_line(&format!("{}: not seen: {why}", row.runtime)));
            exit = Exit::Unchecked;
        }
    }
    Ok(exit)
}
