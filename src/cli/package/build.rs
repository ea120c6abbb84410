//! `shipshape package build`: builds the package, its wheel and its sdist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::options::{self, SubjectOptions, epoch, shown};
use crate::cli::shared::next::{self, quoted};
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, json_text};
use crate::digest::hexadecimal;
use crate::edge::made_folder::{Loose, Making};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::package::build::document::About;
use crate::package::build::{self, ARTEFACTS, Built, Kind, Request, Unpacked};
use crate::package::inventory::leaves_out;
use crate::package::metadata::Metadata;
use crate::package::name::in_file_names;
use crate::package::project::Project;

/// Build the package reproducibly: its tree, a wheel and an sdist.
///
/// The output is byte-for-byte the same on every machine. Imports of the listed modules are rewritten to the
/// package at their parsed positions; nothing else in a file changes. A folder that differs from the list in
/// package.yaml is not built. DIR is replaced as a whole: it contains DIR/PACKAGE and pyproject.toml, which any
/// build frontend can build, and DIR/dist with the wheel and the sdist. A DIR that contains anything that this
/// command did not create is left unchanged. All times in the archives are SOURCE_DATE_EPOCH, or 1980-01-01
/// without it.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape package build --version 0.1.6 --out build           tree, wheel and sdist
  shipshape package build --version 0.1.6.dev1 --out build --wheel
  shipshape package build --version 0.1.0+local --out /tmp/try && pip install /tmp/try/dist/*.whl
  shipshape package build --version 0.1.6 --out build --dry-run --rewrite-report
  shipshape package build --version 0.1.6 --out build --ref runtime-v0.1.6
  shipshape package build --from-sdist acme_runtime-0.1.6.tar.gz --out build"
)]
pub(crate) struct Arguments {
    /// The version (PEP 440). It is normalised, so that `v1.0-rc1` becomes `1.0rc1`.
    #[arg(long, value_name = "VERSION", required_unless_present = "from_sdist")]
    version: Option<String>,

    /// The folder to create.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Build the wheel, and the other outputs only if they are named too.
    #[arg(long, help_heading = "What to make")]
    wheel: bool,

    /// Build the sdist, and the other outputs only if they are named too.
    #[arg(long, help_heading = "What to make")]
    sdist: bool,

    /// Write the package as files, and the other outputs only if they are named too.
    #[arg(long, help_heading = "What to make")]
    tree: bool,

    /// Make the wheel from an sdist of ours: the same bytes as the wheel that was built with it.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "What to make",
        conflicts_with_all = ["version", "sdist", "tree", "rewrite_report", "package", "source", "reference"]
    )]
    from_sdist: Option<PathBuf>,

    #[command(flatten)]
    subject: SubjectOptions,

    /// Build and hash everything, and write nothing.
    #[arg(long)]
    dry_run: bool,

    /// Report each edit, file by file, and each module name left in a string; with FILE, as JSON to that file.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    rewrite_report: Option<Option<PathBuf>>,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.from_sdist {
        Some(file) => from_sdist(arguments, file, context),
        None => from_folder(arguments, context),
    }
}

fn from_folder(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let epoch = epoch(context)?;
    let project = arguments.subject.project(context)?;
    let metadata = project.metadata(arguments.version.as_deref().unwrap_or_default())?;
    apart(&arguments.out, &project)?;
    if let Some(Some(file)) = &arguments.rewrite_report {
        beside(file, &arguments.out)?;
    }
    context.all(build::refuse_drift(&project))?;
    options::note_leftovers(&project, context);
    let all = !(arguments.wheel || arguments.sdist || arguments.tree);
    let request = Request {
        wheel: all || arguments.wheel,
        sdist: all || arguments.sdist,
        tree: all || arguments.tree,
        report: arguments.rewrite_report.is_some(),
        epoch,
    };
    let making = begin(arguments, &metadata.name)?;
    let folder = making.as_ref().map(Making::folder);
    let mut built = context.all(build::build(&project, &metadata, &request, folder))?;
    finish(making, &built, context)?;
    if let Some(Some(file)) = &arguments.rewrite_report
        && let Some(report) = built.rewrites.take()
    {
        whole_file::replace(file, json_text(&report)?.as_bytes())?;
        context.terminal.note(&format!("wrote the rewrite report to {}", file.display()));
    }
    let about = about(arguments, &metadata);
    show(arguments, context, about, &built)
}

fn from_sdist(arguments: &Arguments, file: &Path, context: &Context) -> Result<Exit> {
    options::present(file, "sdist")?;
    let epoch = epoch(context)?;
    let unpacked = Unpacked::read(file)?;
    let about = About {
        distribution: unpacked.name.clone(),
        package: unpacked.package.clone(),
        version: unpacked.version.clone(),
        out: out(arguments),
    };
    let making = begin(arguments, &about.distribution)?;
    let built = build::build_from(&unpacked, epoch, making.as_ref().map(Making::folder))?;
    finish(making, &built, context)?;
    show(arguments, context, about, &built)
}

fn about(arguments: &Arguments, metadata: &Metadata) -> About {
    About {
        distribution: metadata.name.clone(),
        package: metadata.declared.package.clone(),
        version: metadata.version.to_string(),
        out: out(arguments),
    }
}

fn out(arguments: &Arguments) -> Option<String> {
    let shown = arguments.out.display().to_string();
    (!arguments.dry_run).then(|| shown.trim_end_matches('/').to_owned())
}

/// The absolute path, with links resolved as far as it exists.
fn whole(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let known = absolute.ancestors().find_map(|above| Some((above.canonicalize().ok()?, above)));
    let (known, above) = known?;
    Some(known.join(absolute.strip_prefix(above).ok()?))
}

/// Refuses a report inside the output folder, which is replaced as a whole.
fn beside(report: &Path, out: &Path) -> Result<()> {
    match (whole(report), whole(out)) {
        (Some(file), Some(target)) if file.starts_with(&target) => Err(Error::usage(
            "the rewrite report is in the output folder, which is recreated as a whole",
        )
        .in_file(report)
        .hint("name a file outside it")),
        _ => Ok(()),
    }
}

/// Refuses an output folder inside the source folder, where it would become part of the next build.
fn apart(out: &Path, project: &Project) -> Result<()> {
    let (Some(target), Some(source)) = (whole(out), whole(&project.folder)) else { return Ok(()) };
    let Ok(below) = target.strip_prefix(&source) else { return Ok(()) };
    let below = below.to_string_lossy();
    if !below.is_empty() && leaves_out(&project.document.description, &below) {
        return Ok(());
    }
    Err(Error::usage(
        "the output folder is in the source folder, and would be part of the next build",
    )
    .in_file(out)
    .hint("name one outside, or put it into `exclude` in package.yaml"))
}

fn begin(arguments: &Arguments, distribution: &str) -> Result<Option<Making>> {
    if arguments.dry_run {
        return Ok(None);
    }
    // `python -m build` in the folder puts its artefacts there.
    let loose = Loose {
        folder: ARTEFACTS,
        beginning: format!("{}-", in_file_names(distribution)),
        endings: &[".whl", ".tar.gz"],
    };
    Making::begin(&arguments.out, loose).map(Some)
}

/// Moves the folder into place, with the hashes of everything in it.
fn finish(making: Option<Making>, built: &Built, context: &Context) -> Result<()> {
    let Some(making) = making else { return Ok(()) };
    let mut files = BTreeMap::new();
    for artefact in &built.artefacts {
        match (artefact.kind, artefact.sha256) {
            (Kind::Tree, _) => files.extend(
                artefact.members.iter().map(|it| (it.path.clone(), hexadecimal(&it.sha256))),
            ),
            (_, Some(hash)) => drop(files.insert(artefact.path.clone(), hexadecimal(&hash))),
            (_, None) => {}
        }
    }
    for note in making.finish(files)? {
        context.terminal.note(&note);
    }
    Ok(())
}

fn show(arguments: &Arguments, context: &Context, about: About, built: &Built) -> Result<Exit> {
    let steps = steps(&about, built);
    let members = context.terminal.verbose();
    context.terminal.output(&shown(arguments.format, about, built, members)?)?;
    if arguments.dry_run {
        context.terminal.note("nothing was written (--dry-run)");
    } else if arguments.format == Form::Human {
        next::note(context, steps);
    }
    Ok(Exit::Clean)
}

fn steps(about: &About, built: &Built) -> Vec<String> {
    let out = about.out.as_deref().unwrap_or_default();
    let wheel = built.artefacts.iter().find(|artefact| artefact.kind == Kind::Wheel);
    let mut next =
        vec![format!("shipshape package check {}", quoted(&format!("{out}/{ARTEFACTS}")) + "/*")];
    if let Some(wheel) = wheel {
        next.push(format!("pip install {}", quoted(&format!("{out}/{}", wheel.path))));
    }
    if wheel.is_none() && built.artefacts.iter().all(|artefact| artefact.kind == Kind::Tree) {
        next = vec![format!("python -m build {}", quoted(out))];
    }
    next
}
