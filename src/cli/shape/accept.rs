//! `shipshape shape accept`: declares an intended difference.

use std::path::PathBuf;

use clap::Args;

use super::PackOptions;
use super::files::Place;
use super::promote::{apply, around};
use crate::cli::shared::options;
use crate::cli::{Context, Exit};
use crate::error::Result;
use crate::shape::adopt::{self, Acceptance};
use crate::shape::load;
use crate::snapshot;

/// Allow a path to differ in repositories of a profile.
///
/// If the repository has a file at the path, it is no longer compared with the canon; if it does not, the path is no
/// longer required; and if the shape forbids the path or does not know it, it becomes permitted. What `demands` and
/// other checks say of a file still holds: `shipshape waive` accepts that. Comments of shape.yaml are kept. Repositories follow the profile once fleet.yaml assigns it to them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape shape accept repos/api .editorconfig --profile native --dry-run
  shipshape shape accept repos/api .gitea/workflows/ci.yml --profile gitea")]
pub(crate) struct Arguments {
    /// The repository.
    repository: PathBuf,

    /// The path in it.
    #[arg(value_parser = options::path_inside)]
    path: String,

    /// The profile. Created if the shape does not have it.
    #[arg(long, value_name = "NAME")]
    profile: String,

    /// A branch, tag or commit of the repository.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,

    /// Only show the difference.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    pack: PackOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let folder = Place::find(&arguments.pack, context, Some(&arguments.repository))?.writable()?;
    let files = load::files_of_folder(&folder)?;
    if let Some(inside) = around(context, &arguments.repository)? {
        return Err(inside.refused_without_slug());
    }
    let tree = snapshot::open(&arguments.repository, arguments.reference.as_deref())?;
    let path = arguments.path.as_str();
    let profile = arguments.profile.as_str();
    let acceptance = Acceptance { path, profile, present: tree.entry(path).is_some() };
    let adoption = adopt::accept(&files, &folder.display().to_string(), &acceptance)?;
    let exit = apply(context, &folder, &adoption, arguments.dry_run)?;
    let may = if arguments.dry_run { "would be free to" } else { "may" };
    context.terminal.note(&format!(
        "repositories with `profile: {profile}` in fleet.yaml {may} differ at `{path}`"
    ));
    Ok(exit)
}
