//! `shipshape package init`: creates package.yaml from a folder, or updates it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::change::diff_of_file;
use crate::cli::shared::next::{self, Step, quoted};
use crate::cli::{Context, Exit};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::package::description::FILE;
use crate::package::init::{self, About, BUILT, REQUIREMENTS, RequirementsFile};
use crate::package::inventory::leaves_out;
use crate::package::project::{Place, Project};
use crate::package::{Description, Inventory};
use crate::snapshot::{RepoPath, Snapshot, folder};

mod declared;

/// Write package.yaml from a folder of modules, or update it.
///
/// Lists the modules and subpackages, and excludes what no package should contain: tests, scripts, Dockerfile,
/// requirements. If FOLDER is around one package (FOLDER/src/mypkg), that package is taken. Name and metadata are
/// taken from the nearest `[project]` table of a pyproject.toml, in FOLDER or above it in the repository. What it cannot decide is noted in the file as a comment. An existing package.yaml is never
/// overwritten: --update adds new modules, removes those that are gone, and keeps comments and order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape package init workspace               writes package.yaml here, for the folder workspace
  shipshape package init workspace --dry-run     shows what it would write
  shipshape package init --update                after a module was added or removed
  shipshape package init --update --dry-run      shows what would change")]
pub(crate) struct Arguments {
    /// The folder with the modules (default: this one).
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// The file to write (default: package.yaml here).
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,

    /// The name on the package index (default: that of pyproject.toml, else derived from this folder's name).
    #[arg(long, value_name = "NAME", conflicts_with = "update")]
    distribution: Option<String>,

    /// The name that Python imports (default: FOLDER's if it is a package, else derived from the distribution's).
    #[arg(long, value_name = "NAME", conflicts_with = "update")]
    import: Option<String>,

    /// Update the lists of an existing package.yaml from its folder.
    #[arg(long)]
    update: bool,

    /// Only show what would be written.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match (&arguments.folder, arguments.update) {
        (Some(_), true) => {
            Err(Error::usage("--update takes the folder from `source` in package.yaml")
                .hint("leave the folder out: `shipshape package init --update`"))
        }
        (None, true) => update(arguments, context),
        (_, false) => write(arguments, context),
    }
}

fn write(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let file = match &arguments.package {
        Some(file) if file.is_dir() => file.join(FILE),
        Some(file) => file.clone(),
        None => PathBuf::from(FILE),
    };
    // Without the option, the file is looked for here and in folders above.
    let named = arguments.package.as_ref().map(|_| quoted(&file.to_string_lossy()));
    let named = named.map(|file| format!(" --package {file}")).unwrap_or_default();
    let command = |rest: &str| format!("shipshape package {rest}{named}");
    if file.symlink_metadata().is_ok() && !arguments.dry_run {
        let update = command("init --update");
        return Err(Error::usage("the description already exists, and is not overwritten")
            .in_file(&file)
            .hint(format!("`{update}` brings it up to date with its folder")));
    }
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    let mut about = about(&file, &folder, arguments, context)?;
    let source = source(&folder, &mut about)?;
    let proposal = init::propose(&source, &about);
    if !proposal.has_modules() {
        let message = "the folder has no module that a package could include";
        return Err(Error::usage(message)
            .in_file(&folder)
            .hint("name the folder that contains the `*.py` files"));
    }
    let text = proposal.render();
    // Names from the command line may be invalid.
    let read = context.all(Description::parse(&file, text.as_bytes()))?;
    if arguments.dry_run {
        context.terminal.output(&text)?;
    } else {
        whole_file::replace(&file, text.as_bytes())?;
        context.terminal.output(&format!("wrote {}\n", file.display()))?;
    }
    proposal.told().iter().for_each(|line| context.terminal.note(line));
    if arguments.dry_run {
        return Ok(Exit::Clean);
    }
    let open = proposal.open_dependencies();
    for line in &open {
        context.terminal.note(&format!("left out: {line}"));
    }
    let drift = Inventory::of(&read.description, &source).drift;
    for drift in &drift {
        context.terminal.note(&format!("undecided: {}; {}", drift.message, drift.help));
    }
    let list = command("list --version 0.1.0.dev0");
    let mut next = vec![match drift.is_empty() {
        true => Step::from(list),
        // A list is what a build would contain, and there is none yet.
        false => Step::because(list, "once what is undecided is decided in package.yaml"),
    }];
    // What is undecided prevents a build, and so does a folder for it that would be part of the source. What is left out
    // does not, nor does a command without its module: only what is installed would fail.
    let is_apart = about.source != "." || leaves_out(&read.description, BUILT);
    let is_whole = open.is_empty() && proposal.astray().is_empty();
    if drift.is_empty() && is_whole && is_apart {
        next.push(command(&format!("build --version 0.1.0.dev0 --out {BUILT}")).into());
    }
    next::note(context, next);
    Ok(Exit::Clean)
}

/// The folder that becomes the source: the named one, or the package in it if it has no other.
fn source(folder: &Path, about: &mut About) -> Result<Snapshot> {
    let named = folder::on_disk(folder)?;
    let Some(below) = init::package_below(&named, about) else {
        return Ok(named);
    };
    let source = match about.source.as_str() {
        "." => below.folder.clone(),
        folder => format!("{folder}/{}", below.folder),
    };
    about.named = Some(std::mem::replace(&mut about.source, source));
    about.left_out = below.left_out;
    Ok(named.below(&below.folder))
}

/// What is known about the location, apart from the folder's content.
fn about(file: &Path, folder: &Path, arguments: &Arguments, context: &Context) -> Result<About> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause: std::io::Error| {
            Error::usage("cannot read this folder").in_file(&path).caused_by(cause)
        }
    };
    let beside = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let whole = beside.canonicalize().map_err(unreadable(&beside))?;
    let source = folder.canonicalize().map_err(unreadable(folder))?;
    let Ok(relative) = source.strip_prefix(&whole) else {
        return Err(Error::usage("the folder is not below that of package.yaml")
            .in_file(folder)
            .hint("write package.yaml above the folder: `--package FILE`"));
    };
    let relative = with_slashes(relative);
    let described = declared::nearest(&source, &whole, context)?;
    let names = std::fs::read_dir(&whole).map_err(unreadable(&whole))?;
    let names = names.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let beside: BTreeSet<String> =
        names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    Ok(About {
        name: whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        distribution: arguments.distribution.clone(),
        package: arguments.import.clone(),
        source: if relative.is_empty() { ".".to_owned() } else { relative },
        named: None,
        left_out: Vec::new(),
        declared: described.declared,
        is_project: described.is_project,
        beside,
        requirements: requirements(&source, &whole)?,
    })
}

/// The requirements file of a source folder's project, else the one beside the description. Both folders are absolute.
fn requirements(source: &Path, whole: &Path) -> Result<Option<RequirementsFile>> {
    // The description cannot name one that is above it.
    for folder in source.ancestors().take_while(|folder| folder.starts_with(whole)) {
        let is_own = declared::is_of(source, folder);
        let file = folder.join(REQUIREMENTS);
        let is_file = || file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        if (is_own || folder == whole)
            && is_file()
            && let Some(content) = whole_file::read(&file)?
        {
            let path = with_slashes(file.strip_prefix(whole).unwrap_or(&file));
            return Ok(Some(RequirementsFile { path, content, is_own }));
        }
    }
    Ok(None)
}

fn with_slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn update(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let place = Place { description: arguments.package.as_deref(), ..Place::default() };
    let project = context.all(Project::load(place))?;
    let document = &project.document;
    let (drift, dependencies) = (&project.inventory.drift, &project.dependencies);
    let update = init::update(document, &project.source, drift, dependencies)?;
    let (before, after) = (document.text.to_bytes(), update.text.to_bytes());
    context.all(Description::parse(&document.file, &after))?;
    if before == after {
        context.terminal.output("the lists are up to date\n")?;
    } else if arguments.dry_run {
        let name = RepoPath::new(&document.file.to_string_lossy());
        context.terminal.output(&diff_of_file(&name, &before, &after))?;
    } else {
        whole_file::replace(&document.file, &after)?;
        let done: Vec<String> = update.done.iter().map(|line| format!("{line}\n")).collect();
        context.terminal.output(&done.concat())?;
    }
    for drift in &update.left {
        context.terminal.note(&format!("left: {}; {}", drift.message, drift.help));
    }
    // What is left prevents a build.
    Ok(if update.left.is_empty() { Exit::Clean } else { Exit::Findings })
}
