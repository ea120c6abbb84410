//! `shipshape completions`: what a shell needs to complete the command line.

use clap::Args;
use clap_complete::Shell;

use super::{Context, Exit};
use crate::error::Result;

/// Print completions for a shell.
///
/// Bash: into `~/.local/share/bash-completion/completions/shipshape`. Zsh: into a folder of `$fpath`, as `_shipshape`.
/// Fish: into `~/.config/fish/completions/shipshape.fish`. Folders that are not there have to be made first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  shipshape completions bash > ~/.local/share/bash-completion/completions/shipshape
  mkdir -p ~/.config/fish/completions
  shipshape completions fish > ~/.config/fish/completions/shipshape.fish")]
pub(crate) struct Arguments {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::tree(), "shipshape", &mut script);
    context.terminal.output(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
