//! `shipshape release workflows`: the GitHub Actions workflows that run the other subcommands.

use std::path::{Component, Path, PathBuf};

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
use crate::release::workflows::{
    Known, Settings, Workflow, WorkflowState, compare, publishing, render,
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
/// A job installs shipshape with the command of --install. Later runs take that command, the path of fleet.yaml
/// and the secret of --reader from the existing file.
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

    /// Path of fleet.yaml in that repository (default: that of the existing file, otherwise its path in the work
    /// tree here). Not needed if fleet.yaml names its `home`.
    #[arg(long, value_name = "PATH")]
    fleet_path: Option<String>,

    /// The secret with a token that can read private members, for the gate that checks which members a release
    /// breaks (default: that of the existing file, otherwise the job's own token). `--reader ''` sets the job's own
    /// token again.
    #[arg(long, value_name = "SECRET")]
    reader: Option<String>,

    /// Replace files of the same names that shipshape did not create.
    #[arg(long)]
    force: bool,
}

impl Arguments {
    /// The command that writes what was compared, with the settings that it was compared with.
    fn written_into(&self, folder: &Path) -> String {
        let mut command =
            format!("shipshape release workflows --into {}", quoted(&folder.to_string_lossy()));
        for (option, value) in [
            ("--install", &self.install),
            ("--fleet-path", &self.fleet_path),
            ("--reader", &self.reader),
        ] {
            if let Some(value) = value {
                command.push_str(&format!(" {option} {}", quoted(value)));
            }
        }
        command
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let Target { fleet, subject } = Target::of(context)?;
    let folder = arguments.into.as_deref().unwrap_or(Path::new("."));
    let there = whole_file::read(&folder.join(publishing(&subject)))?;
    let known = there.as_deref().map(Known::of).unwrap_or_default();
    let settings = Settings {
        install: install(arguments, known.install)?,
        fleet: fleet_path(arguments, context, &fleet, (folder, known.fleet))?,
        reader: reader(arguments, known.reader),
    };
    let workflows = render(&fleet, &subject, &settings)?;
    if subject.release.branch.is_none() {
        let file = visible_line(&fleet.file.display().to_string());
        context.terminal.note(&format!(
            "{file} does not set `runtime_package.release.branch`: they wait for `main`"
        ));
    }
    if arguments.check {
        return check(arguments, context, folder, &workflows);
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
fn install(arguments: &Arguments, known: Option<String>) -> Result<String> {
    arguments.install.clone().or(known).ok_or_else(|| {
        Error::usage("the command that installs shipshape in a job is not known")
            .hint("give the command once: `--install COMMAND`; later it is taken from the existing file")
            .hint("from its source: `--install 'cargo install --locked --git URL --rev COMMIT shipshape'`")
    })
}

/// The secret that the gate reads members with: the one given, or else that of the existing file. An empty name is the
/// job's own token.
fn reader(arguments: &Arguments, known: Option<String>) -> Option<String> {
    arguments.reader.clone().or(known).filter(|name| !name.is_empty())
}

/// The path of fleet.yaml in the source repository: the one given, or else that of the existing file, or else its path in
/// the work tree here. A path of the existing file at which nothing is gives way to one at which a file is.
fn fleet_path(
    arguments: &Arguments,
    context: &Context,
    fleet: &Fleet,
    (folder, known): (&Path, Option<String>),
) -> Result<String> {
    let is_there = |path: &String| folder.join(path).is_file();
    // A fleet.yaml with a `home` is fetched from there.
    let is_looked_for = |path: &String| fleet.manifest.home.is_none() && !is_there(path);
    if let Some(path) = &arguments.fleet_path {
        if !is_inside(path) {
            return Err(Error::usage(format!(
                "`{}` is not a path in the source's repository",
                path.escape_debug()
            ))
            .hint("give --fleet-path relative to the repository's root, without `..`"));
        }
        if is_looked_for(path) {
            context.terminal.note(&visible_line(&format!(
                "WARNING: {} has no `{path}`: the jobs look for it there",
                folder.display()
            )));
        }
        return Ok(path.clone());
    }
    let here = in_work_tree(fleet);
    let has_moved = here.as_ref().is_some_and(is_there);
    let known = known.filter(|known| is_inside(known));
    if let Some(known) = known.filter(|known| is_there(known) || !has_moved) {
        return Ok(known);
    }
    Ok(here.unwrap_or_else(|| {
        let name = fleet.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_looked_for(&name) {
            let file = fleet.file.display();
            context.terminal.note(&visible_line(&format!(
                "WARNING: {file} is not in a git work tree, and {} has no `{name}`: the jobs look for it there; \
                 name its path with --fleet-path, or its `home` in fleet.yaml",
                folder.display()
            )));
        }
        name
    }))
}

/// Whether a path stays in the repository that it is relative to.
fn is_inside(path: &str) -> bool {
    let stays = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    Path::new(path).components().all(stays)
}

/// The path of fleet.yaml in its work tree; `None` if it is in none.
fn in_work_tree(fleet: &Fleet) -> Option<String> {
    let file = fleet.file.canonicalize().ok()?;
    let root = file.ancestors().skip(1).find(|folder| folder.join(".git").exists())?;
    let inside = file.strip_prefix(root).ok()?;
    Some(inside.to_string_lossy().replace('\\', "/"))
}

fn check(
    arguments: &Arguments,
    context: &Context,
    folder: &Path,
    workflows: &[Workflow],
) -> Result<Exit> {
    let mut rows = Vec::new();
    let mut text = String::new();
    let mut exit = Exit::Clean;
    for workflow in workflows {
        let there = whole_file::read(&folder.join(&workflow.path))?;
        let state = compare(workflow, there.as_deref());
        rows.push(vec![workflow.path.clone(), state.as_str().to_owned()]);
        if state != WorkflowState::Same {
            exit = Exit::Findings;
        }
        if let Some(there) = there.filter(|_| state == WorkflowState::Differs) {
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
        next::note(context, [arguments.written_into(folder)]);
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
            WorkflowState::Same => {}
            WorkflowState::Foreign if !arguments.force => {
                return Err(Error::usage(
                    "a workflow of this name exists, and shipshape did not write it",
                )
                .in_file(&file)
                .hint("check what it does; --force replaces it"));
            }
            WorkflowState::Foreign | WorkflowState::Differs | WorkflowState::Missing => {
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
