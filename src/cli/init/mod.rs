//! `shipshape init`: creates a first fleet.yaml from existing repositories.

mod here;
mod organization;
mod steps;

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Context, Exit, counted};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::missing_paths::is_git_directory;
use crate::cli::shared::next;
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::draft::{self, Draft, Observed, Wishes};

/// Write a first fleet.yaml from existing repositories.
///
/// Kinds are recognised by prefixes of the repositories' names, or by their files where the names have nothing
/// in common; the runtime package and images by what their files install, import and publish. Comments in
/// the file say what was guessed, and from what. An existing file is overwritten only with --force.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape init repos/*                       from clones or folders on this machine
  shipshape init --owner acme                  from an organisation on the forge, without a clone
  shipshape init --manifest manifest.json      from an existing list, which becomes a registration
  shipshape init repos/* --prefix template- --prefix plugin-
  shipshape init repos/* --dry-run             print it, write nothing")]
pub(crate) struct Arguments {
    /// Folders, git work trees or bare git directories.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// A JSON file that lists repositories: arrays or objects whose entries name them.
    #[arg(long, value_name = "FILE")]
    manifest: Vec<PathBuf>,

    /// The organisation or user that owns the repositories (default: as in their remotes). Without paths and
    /// lists, its repositories are read from the forge.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,

    /// Name of the fleet (default: the owner's).
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Prefix of the names of a kind of repository; may be given several times (default: guessed).
    #[arg(long, value_name = "PREFIX")]
    prefix: Vec<String>,

    /// The file to write.
    #[arg(long, short, value_name = "FILE", default_value = "fleet.yaml")]
    output: PathBuf,

    /// Replace an existing file.
    #[arg(long)]
    force: bool,

    /// Print the file instead of writing it.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let here = !arguments.paths.is_empty() || !arguments.manifest.is_empty();
    if !here && arguments.owner.is_none() {
        return Err(Error::usage("no repositories are given to make a fleet of")
            .hint(
                "name repositories, `shipshape init repos/*`, or a list of them, `--manifest FILE`",
            )
            .hint("or an organisation on the forge: `shipshape init --owner acme`"));
    }
    let is_there = arguments.output.symlink_metadata().is_ok();
    if is_there && !arguments.force && !arguments.dry_run {
        return Err(Error::usage("the file is there already")
            .in_file(&arguments.output)
            .hint("name another with --output, look with --dry-run, or replace it with --force"));
    }
    let home = match arguments.output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if is_git_directory(home) && !arguments.dry_run {
        return Err(Error::usage("the folder is git's own directory, not one for your files")
            .in_file(home)
            .hint("run it in another folder, or name a file in one: `--output FILE`"));
    }
    let mut exit = Exit::Clean;
    let mut observed = match &arguments.owner {
        Some(owner) if !here => organization::observe(arguments, context, owner, &mut exit)?,
        _ => here::observe(arguments, context, &mut exit)?,
    };
    observed.shapes = here::shapes(home);
    let wishes = Wishes {
        name: arguments.name.clone(),
        owner: arguments.owner.clone(),
        url: arguments.forge.forge.clone().filter(|url| !here && !url.trim().is_empty()),
        prefixes: arguments.prefix.clone(),
    };
    let draft = draft::draft(&observed, &wishes)
        .ok_or_else(|| nothing_to_draft(&observed, &wishes, exit))?;
    // Values from the command line may be invalid in a manifest.
    context.all(Fleet::parse(&arguments.output, draft.text.as_bytes()))?;
    tell(context, &draft);
    if arguments.dry_run {
        context.terminal.output(&draft.text)?;
        return Ok(exit);
    }
    whole_file::replace(&arguments.output, draft.text.as_bytes())?;
    let members = counted(draft.members, "member");
    context.terminal.note(&format!("wrote {} with {members}", arguments.output.display()));
    next::note(context, steps::steps(arguments, &observed, &draft.kinds));
    Ok(exit)
}

/// How many repositories an error names that were left out.
const SHOWN: usize = 5;

fn nothing_to_draft(observed: &Observed, wishes: &Wishes, exit: Exit) -> Error {
    let message = format!("no members were found in {}", observed.source);
    // A repository that could not be read might have been a member.
    let mut error =
        if exit == Exit::Clean { Error::usage(message) } else { Error::failed(message) };
    let left_out = draft::left_out(observed, wishes);
    for (name, why) in left_out.iter().take(SHOWN) {
        error = error.caused_by(format!("`{name}`: {why}"));
    }
    if let Some(others) = left_out.len().checked_sub(SHOWN).filter(|others| *others > 0) {
        error = error.caused_by(format!("and {others} more"));
    }
    error.hint("name the repositories that are to be kept in shape")
}

fn tell(context: &Context, draft: &Draft) {
    for guess in &draft.guesses {
        context.terminal.note(&visible_line(&format!("guessed: {guess}")));
    }
    for (name, why) in &draft.left_out {
        context.terminal.note(&visible_line(&format!("left out: `{name}`: {why}")));
    }
}
