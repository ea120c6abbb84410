//! `shipshape release workflows`: the GitHub Actions workflows that run the other subcommands.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Target;
use crate::change::diff_of_file;
use crate::cli::shared::columns;
use crate::cli::shared::next::{self, quoted};
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::{visible, visible_line};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::release::Subject;
use crate::release::workflows::{
    Settings, Standing, Workflow, compare, installed_with, publishing, render,
};
use crate::snapshot::RepoPath;
use crate::source::secrets::masked;

/// Write workflows that tag, publish and announce every merged change.
///
/// They are for the repository of the runtime's source. One workflow run does everything, because a tag that a
/// workflow pushes with its own token does not start another workflow. The upload uses Trusted Publishing; the
/// cascade uses the secret TEMPLATE_DISPATCH_TOKEN and nothing else; every job has the least permissions, and
/// every action is pinned to a commit. Without --into the workflows are printed.
///
/// A job installs shipshape with the command of --install. Later runs take the command from the existing file.
///
/// Exit codes: 1 with --check when something differs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release workflows --into . --install 'cargo install --git URL shipshape'
  shipshape release workflows --into .              write them again from the current fleet.yaml
  shipshape release workflows --into . --check      show differences from the existing files
  shipshape release workflows                       print them
  shipshape release workflows --reader FLEET_READ_TOKEN      for private members")]
pub(super) struct Arguments {
    /// The checkout of the source's repository to write them into.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,

    /// Only show differences from the existing files (default: in this folder).
    #[arg(long)]
    check: bool,

    /// The command that installs shipshape on PATH in a job, in one line (default: that of the existing file).
    /// It runs in a job of its own, which has no checkout and no token.
    #[arg(long, value_name = "COMMAND")]
    install: Option<String>,

    /// Path of fleet.yaml in that repository (default: its path in the work tree here). Not needed if
    /// fleet.yaml names its `home`.
    #[arg(long, value_name = "PATH")]
    fleet_path: Option<String>,

    /// The secret with a token that can read private members, for the gate that checks which members a release
    /// breaks.
    #[arg(long, value_name = "SECRET")]
    reader: Option<String>,

    /// Replace files of the same names that shipshape did not create.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Target { fleet, subject } = Target::of(context)?;
    let settings = Settings {
        install: install(arguments, &subject)?,
        fleet: arguments.fleet_path.clone().unwrap_or_else(|| in_work_tree(&fleet)),
        reader: arguments.reader.clone(),
    };
    let workflows = render(&fleet, &subject, &settings)?;
    if subject.release.branch.is_none() {
        let file = visible_line(&fleet.file.display().to_string());
        context.terminal.note(&format!(
            "{file} does not set `runtime_package.release.branch`: they wait for `main`"
        ));
    }
    if arguments.check {
        return check(context, arguments.into.as_deref().unwrap_or(Path::new(".")), &workflows);
    }
    match &arguments.into {
        Some(folder) => write(arguments, context, folder, &workflows),
        None => {
            for workflow in &workflows {
                context
                    .terminal
                    .output(&visible(&format!("# {}\n{}\n", workflow.path, workflow.text)))?;
            }
            Ok(Exit::Clean)
        }
    }
}

/// The install command for jobs: the one given, or else that of the existing file. There is no default: a package of
/// this name in some registry need not be this program.
fn install(arguments: &Arguments, subject: &Subject) -> Result<String> {
    if let Some(command) = &arguments.install {
        return Ok(command.clone());
    }
    let folder = arguments.into.as_deref().unwrap_or(Path::new("."));
    let there = whole_file::read(&folder.join(publishing(subject)))?;
    there.as_deref().and_then(installed_with).ok_or_else(|| {
        Error::usage("the command that installs shipshape in a job is not known")
            .hint("give the command once: `--install COMMAND`; later it is taken from the existing file")
            .hint("from its source: `--install 'cargo install --locked --git URL --rev COMMIT shipshape'`")
    })
}

/// The path of fleet.yaml in its work tree; only its name if it is in none.
fn in_work_tree(fleet: &Fleet) -> String {
    let name = || {
        let name = fleet.file.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let Ok(file) = fleet.file.canonicalize() else { return name() };
    let root = file.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    let inside = root.and_then(|root| file.strip_prefix(root).ok());
    inside.map_or_else(name, |path| path.to_string_lossy().replace('\\', "/"))
}

fn check(context: &Context, folder: &Path, workflows: &[Workflow]) -> Result<Exit> {
    let mut rows = Vec::new();
    let mut text = String::new();
    let mut exit = Exit::Clean;
    for workflow in workflows {
        let there = whole_file::read(&folder.join(&workflow.path))?;
        let standing = compare(workflow, there.as_deref());
        rows.push(vec![workflow.path.clone(), standing.as_str().to_owned()]);
        if standing != Standing::Same {
            exit = Exit::Findings;
        }
        if let Some(there) = there.filter(|_| standing == Standing::Differs) {
            let path = RepoPath::new(&workflow.path);
            let diff = diff_of_file(&path, &there, workflow.text.as_bytes());
            text.push_str(&visible(&masked(&diff)));
        }
    }
    context.terminal.output(&visible(&columns::aligned(&rows)))?;
    if !text.is_empty() {
        context.terminal.output(&format!("\n{text}"))?;
    }
    if exit != Exit::Clean {
        let into = quoted(&folder.to_string_lossy());
        next::note(context, [format!("shipshape release workflows --into {into}")]);
    }
    Ok(exit)
}

fn write(
    arguments: &Arguments,
    context: &Context,
    folder: &Path,
    workflows: &[Workflow],
) -> Result<Exit> {
    if !folder.is_dir() {
        return Err(Error::usage("there is no such folder").in_file(folder));
    }
    let mut wanted = Vec::new();
    for workflow in workflows {
        let file = folder.join(&workflow.path);
        let there = whole_file::read(&file)?;
        match compare(workflow, there.as_deref()) {
            Standing::Same => {}
            Standing::Foreign if !arguments.force => {
                return Err(Error::usage(
                    "a workflow of this name exists, and shipshape did not write it",
                )
                .in_file(&file)
                .hint("check what it does; --force replaces it"));
            }
            Standing::Foreign | Standing::Differs | Standing::Missing => {
                wanted.push((file, workflow));
            }
        }
    }
    for (file, workflow) in &wanted {
        if let Some(above) = file.parent() {
            std::fs::create_dir_all(above).map_err(|cause| {
                Error::failed("cannot make the folder").in_file(above).caused_by(cause)
            })?;
        }
        whole_file::replace(file, workflow.text.as_bytes())?;
    }
    let what = match wanted.len() {
        0 => "they are up to date".to_owned(),
        count => format!("wrote {}", counted(count, "workflow")),
    };
    context.terminal.note(&what);
    Ok(Exit::Clean)
}
