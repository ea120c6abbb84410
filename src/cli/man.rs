//! `shipshape man`: the manual pages.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit};
use crate::error::{Error, Result};

/// Write the manual pages: one for shipshape and one for each command.
///
/// `man` finds pages in a folder `man1` of its search path (`manpath`): `~/.local/share/man/man1` where `~/.local/bin` is in
/// PATH, or `/usr/local/share/man/man1`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape man ~/.local/share/man/man1
  man shipshape")]
pub(crate) struct Arguments {
    /// The folder to write them to. Created if it does not exist.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let failed = |error: std::io::Error| {
        Error::failed("cannot write the manual pages").in_file(&arguments.folder).caused_by(error)
    };
    std::fs::create_dir_all(&arguments.folder).map_err(failed)?;
    let mut tree = super::tree().disable_help_subcommand(true);
    tree.build();
    pages(&arguments.folder, &tree).map_err(failed)?;
    context.terminal.note(&format!("wrote the manual pages to {}", arguments.folder.display()));
    Ok(Exit::Clean)
}

/// Writes the page of a command, and those of the commands below it.
fn pages(folder: &Path, command: &clap::Command) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages(folder, below)?;
    }
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    let usage = command.clone().render_usage().to_string();
    let page = with_usage(&String::from_utf8_lossy(&page), &usage);
    let page = with_examples(&page);
    std::fs::write(folder.join(man.get_filename()), page)
}

/// Has the synopsis say what `--help` does: that of `clap_mangen` leaves out which arguments can be repeated, and the
/// values of options.
fn with_usage(page: &str, usage: &str) -> String {
    const HEADING: &str = ".SH SYNOPSIS\n";
    let Some((before, rest)) = page.split_once(HEADING) else { return page.to_owned() };
    let after = rest.find(".SH ").and_then(|at| rest.get(at..)).unwrap_or_default();
    let usage =
        usage.strip_prefix("Usage:").unwrap_or(usage).replace('\\', "\\e").replace('-', "\\-");
    let lines = usage.lines().map(|line| format!("{}\n", line.trim()));
    format!("{before}{HEADING}.nf\n{}.fi\n{after}", lines.collect::<String>())
}

/// The heading that `clap_mangen` gives to what follows the options.
const EXTRA: &str = "\n.SH EXTRA\n";

/// Names the last section of a page by what it holds, and keeps its indented lines as they are: `man` would fill them.
fn with_examples(page: &str) -> String {
    let Some((before, section)) = page.split_once(EXTRA) else { return page.to_owned() };
    let (section, after) = match section.find("\n.SH ") {
        Some(end) => section.split_at(end + 1),
        None => (section, ""),
    };
    let (heading, section) = match section.strip_prefix("Examples:\n") {
        Some(examples) => ("EXAMPLES", examples),
        None => ("NOTES", section),
    };
    let mut text = format!("{before}\n.SH {heading}\n");
    let mut is_kept = false;
    for line in section.lines() {
        let is_indented = line.starts_with(' ');
        if is_indented != is_kept {
            text.push_str(if is_indented { ".nf\n" } else { ".fi\n" });
            is_kept = is_indented;
        }
        text.push_str(line);
        text.push('\n');
    }
    if is_kept {
        text.push_str(".fi\n");
    }
    text + after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_synopsis_is_the_usage_of_help() {
        let path = clap::Arg::new("PATH").num_args(0..);
        let command = clap::Command::new("a").arg(path);
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut page).expect("rendered");
        let usage = command.clone().render_usage().to_string();
        let page = with_usage(&String::from_utf8(page).expect("UTF-8"), &usage);
        assert!(page.contains(".SH SYNOPSIS\n.nf\na [PATH]...\n.fi\n.SH "), "{page}");
        let page = with_usage(".SH SYNOPSIS\nx\n.SH NAME\n", "Usage: a --b <C>\n       a d");
        assert_eq!(page, ".SH SYNOPSIS\n.nf\na \\-\\-b <C>\na d\n.fi\n.SH NAME\n");
    }

    #[test]
    fn examples_keep_their_lines() {
        let page = ".SH NAME\na\n.SH EXTRA\nExamples:\n  a b   c\n  d\n\nExit codes: 0.\n.SH VERSION\nv1\n";
        let wanted = ".SH NAME\na\n.SH EXAMPLES\n.nf\n  a b   c\n  d\n.fi\n\nExit codes: 0.\n.SH VERSION\nv1\n";
        assert_eq!(with_examples(page), wanted);
        assert_eq!(with_examples(".SH NAME\na\n"), ".SH NAME\na\n");
        let mut page = Vec::new();
        let command = clap::Command::new("a").after_help("Examples:\n  a b");
        clap_mangen::Man::new(command).render(&mut page).expect("rendered");
        let page = with_examples(&String::from_utf8(page).expect("UTF-8"));
        assert!(page.contains(".SH EXAMPLES\n.nf\n  a b\n.fi\n"), "{page}");
    }
}
