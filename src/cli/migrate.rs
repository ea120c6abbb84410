//! `shipshape migrate`: migrates documents between versions of their schema.

use std::path::PathBuf;

use clap::Args;

use crate::change::ChangeSet;
use crate::checks::repository::Repository;
use crate::cli::shared::options::SubjectOptions;
use crate::cli::shared::other_kinds::Strangers;
use crate::cli::shared::targets::{self, Targets};
use crate::cli::{Context, Exit};
use crate::drift::migrate::{self, Moved, Stays};
use crate::drift::survey::{self, Target, unknown_profile};
use crate::edge::fs::write_change_set;
use crate::edge::terminal::visible;
use crate::error::{Error, Result};
use crate::shape::migration::Refusal;
use crate::snapshot::{self, BlobStore};

/// Migrate config files from one version of their schema to another.
///
/// The shape declares the versions and the steps between them. Comments and the order of keys are kept. Nothing
/// is moved to a version that not every reader supports yet (`opt_in`), unless that version is named with --to.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape migrate --diff            what would change in this folder
  shipshape migrate repos/*           to the current version
  shipshape migrate --to 2 repos/api  to a version that is opt-in")]
pub(crate) struct Arguments {
    /// Folders or git work trees.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The version to migrate to (default: the current one).
    #[arg(long, value_name = "VERSION")]
    to: Option<i64>,

    /// Only print what would change, as a unified diff with paths from the root of the checkout.
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,

    #[command(flatten)]
    subject: SubjectOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let targets = targets::resolve(context, &arguments.subject.of(&arguments.paths))?;
    // Check all targets before writing to any.
    for target in &targets.targets {
        targets.must_be_chosen(target)?;
        chosen(arguments, context, &targets, target)?;
    }
    let mut exit = Exit::Clean;
    for target in &targets.targets {
        exit = exit.worse(context.told(moved(arguments, context, target))?);
    }
    Ok(exit)
}

/// Checks that a shape was chosen, or that the built-in one fits the repository. Otherwise there would be no documents
/// to migrate, and the command would silently do nothing.
fn chosen(
    arguments: &Arguments,
    context: &Context,
    targets: &Targets,
    target: &Target,
) -> Result<()> {
    let is_chosen = targets.fleet.is_some() || arguments.subject.shape.is_some();
    let tree = snapshot::open(target.origin.local()?, target.reference.as_deref())?;
    let tree = survey::in_folder(&tree, target)?;
    let mut strangers = Strangers::default();
    strangers.look(target, &|path| tree.entry(path).is_some());
    strangers.must_be_chosen(context, target, is_chosen)
}

fn moved(arguments: &Arguments, context: &Context, target: &Target) -> Result<Exit> {
    let name = visible(&target.identity.name);
    let origin = target.origin.local()?;
    let tree = snapshot::open(origin, target.reference.as_deref())?;
    let tree = survey::in_folder(&tree, target)?;
    let root =
        target.folder.as_ref().map_or_else(|| origin.to_owned(), |folder| origin.join(folder));
    let profile = target.shape.profile(target.identity.profile.as_deref());
    let profile = profile.ok_or_else(|| unknown_profile(target))?;
    let store = BlobStore::default();
    let repository = Repository::new(&target.identity, &tree, &target.shape, &profile, &store);
    let mut edits = Vec::new();
    let mut exit = Exit::Clean;
    for (path, outcome) in migrate::migrate(&repository, arguments.to, arguments.to.is_some()) {
        match outcome {
            Ok(None) => {}
            Ok(Some(Moved { from, to, edits: moved })) => {
                let note = format!("{name}: {path} from version {from} to {to}");
                context.terminal.note(&note);
                edits.extend(moved);
            }
            Err(why) => {
                let hint = match why {
                    Stays::Refused(Refusal::OptIn { to }) => {
                        format!("; give --to {to} to include it")
                    }
                    _ => String::new(),
                };
                let why = why.to_string();
                let note = format!("{name}: {path} stays as it is: {}{hint}", visible(&why));
                context.terminal.note(&note);
                exit = exit.worse(Exit::Unchecked);
            }
        }
    }
    let changes = ChangeSet::compose(&tree, &edits).map_err(|conflict| {
        Error::failed("the migrations contradict each other").caused_by(conflict)
    })?;
    if arguments.diff {
        let diffs = changes.diff_from_root(&tree, &survey::tree_of(target).folder);
        context
            .terminal
            .output(&diffs.iter().map(|diff| visible(&diff.text)).collect::<String>())?;
    } else if !changes.is_empty() {
        write_change_set(&root, &changes.clone().on_disk(&tree)?)?;
    }
    if changes.is_empty() && exit == Exit::Clean {
        context.terminal.note(&format!("{name}: no document has to be migrated"));
    }
    Ok(exit)
}
