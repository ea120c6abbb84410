//! `shipshape release thaw`: lets releases go on.

use clap::Args;

use super::Target;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::release::freeze;

/// Allow releases again: remove the tag of `release freeze`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release thaw
  shipshape release thaw --dry-run     only show the freeze")]
pub(super) struct Arguments {
    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Target { fleet, subject } = Target::of(context)?;
    let writes = arguments.forge.writes([&subject.repository]);
    let session = arguments.forge.session(context, Some(&fleet), writes)?;
    let only_look = arguments.dry_run || arguments.forge.read_only;
    let found = if only_look {
        session.run(freeze::find(session.client(), &subject))?
    } else {
        session.run(freeze::lift(session.client(), &subject))?
    };
    let was_frozen = found.is_some();
    let line = match (found, only_look) {
        (None, _) => "releases are not frozen".to_owned(),
        (Some(freeze), true) => freeze.after("releases are frozen"),
        (Some(freeze), false) => freeze.after("releases continue; they were frozen"),
    };
    context.terminal.note(&visible_line(&line));
    let back = super::status::way_back_of(context, &fleet, &arguments.forge)?;
    if let Some(back) = back.filter(|back| was_frozen && back.is_open()) {
        let line = format!("WARNING: members are being taken back: {}", back.in_words());
        context.terminal.note(&visible_line(&line));
    }
    Ok(Exit::Clean)
}
