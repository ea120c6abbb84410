//! `shipshape init`: a first fleet.yaml out of what exists.

use std::path::{Path, PathBuf};

use clap::Args;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::judging::quoted;
use super::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::fleet::draft::{self, Draft, List, Observed, Seen, Wishes, listed};
use crate::shape::infer::Source;
use crate::snapshot::{self, git};

/// Write a first fleet.yaml, made of repositories that exist.
///
/// Kinds are told by what the repositories' names begin with; the runtime package and the images by what
/// their files install, import and publish. Comments in the file say what was guessed, and from what. Nothing
/// is overwritten without --force.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape init repos/*                       of clones or folders on this machine
  shipshape init --manifest manifest.json      of a list that somebody keeps; it becomes a registration
  shipshape init repos/* --prefix template- --prefix plugin-
  shipshape init repos/* --dry-run             print it, write nothing")]
pub(crate) struct Arguments {
    /// Folders, git work trees or bare git directories.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// A JSON file that lists repositories: arrays or objects whose entries name them.
    #[arg(long, value_name = "FILE")]
    manifest: Vec<PathBuf>,

    /// The organisation or user that owns the repositories; by default as their remotes say.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,

    /// What the fleet is called; by default as its owner.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// What the names of a kind of repository begin with; may be given again. By default guessed.
    #[arg(long, value_name = "PREFIX")]
    prefix: Vec<String>,

    /// The file to write.
    #[arg(long, short, value_name = "FILE", default_value = "fleet.yaml")]
    output: PathBuf,

    /// Replace the file when it is there.
    #[arg(long)]
    force: bool,

    /// Print the file, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    if arguments.paths.is_empty() && arguments.manifest.is_empty() {
        return Err(Error::usage("nothing is named that a fleet could be made of").hint(
            "name repositories, `shipshape init repos/*`, or a list of them, `--manifest FILE`",
        ));
    }
    let is_there = arguments.output.symlink_metadata().is_ok();
    if is_there && !arguments.force && !arguments.dry_run {
        return Err(Error::usage("the file is there already")
            .in_file(&arguments.output)
            .hint("name another with --output, look with --dry-run, or replace it with --force"));
    }
    let mut exit = Exit::Clean;
    let observed = observe(arguments, context, &mut exit)?;
    let wishes = Wishes {
        name: arguments.name.clone(),
        owner: arguments.owner.clone(),
        url: None,
        prefixes: arguments.prefix.clone(),
    };
    let draft = draft::draft(&observed, &wishes).ok_or_else(|| nothing_to_draft(&observed))?;
    // What was given on the command line may be what no manifest can hold.
    context.all(Fleet::parse(&arguments.output, draft.text.as_bytes()))?;
    tell(context, &draft);
    if arguments.dry_run {
        context.terminal.output(&draft.text)?;
        return Ok(exit);
    }
    whole_file::replace(&arguments.output, draft.text.as_bytes())?;
    let members = counted(draft.members, "member");
    context.terminal.note(&format!("wrote {} with {members}", arguments.output.display()));
    for command in next(arguments, &observed) {
        context.terminal.note(&format!("next: {command}"));
    }
    Ok(exit)
}

fn nothing_to_draft(observed: &Observed) -> Error {
    let mut error = Error::failed(format!("{} gave no member", observed.source));
    for seen in observed.repositories.iter().take(5) {
        let why = seen.aside.as_deref().unwrap_or("its name is none that a forge permits");
        error = error.caused_by(format!("`{}`: {why}", seen.name));
    }
    error.hint("name the repositories that are to be kept in shape")
}

/// Reads everything that was named. What cannot be read is told, and the rest counts.
fn observe(arguments: &Arguments, context: &Context, exit: &mut Exit) -> Result<Observed> {
    let home = home_of(&arguments.output);
    let mut observed = Observed::default();
    let mut sources = Vec::new();
    if !arguments.paths.is_empty() {
        sources.push(counted(arguments.paths.len(), "folder"));
        for seen in folders(&arguments.paths, home.as_deref(), context) {
            match seen {
                Ok(seen) => observed.repositories.push(seen),
                Err(error) => {
                    context.terminal.error(&error);
                    *exit = Exit::Unchecked;
                }
            }
        }
    }
    for file in &arguments.manifest {
        sources.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let found = manifest(file, home.as_deref(), &arguments.prefix)?;
        for strange in &found.not_understood {
            let file = file.display();
            context.terminal.note(&visible_line(&format!("{file}: not understood: {strange}")));
        }
        add(&mut observed.repositories, found.repositories);
        observed.lists.extend(found.lists);
    }
    observed.source = sources.join(" and ");
    Ok(observed)
}

/// Adds repositories of a list to those that were read: what both know stands once.
fn add(known: &mut Vec<Seen>, listed: Vec<Seen>) {
    for seen in listed {
        let same = |other: &&mut Seen| {
            let owners = other.owner.as_ref().zip(seen.owner.as_ref());
            other.name.eq_ignore_ascii_case(&seen.name)
                && owners.is_none_or(|(one, other)| one.eq_ignore_ascii_case(other))
        };
        match known.iter_mut().find(same) {
            Some(other) => {
                other.owner = other.owner.take().or(seen.owner);
                other.slug = other.slug.take().or(seen.slug);
                other.image = other.image.take().or(seen.image);
            }
            None => known.push(seen),
        }
    }
}

/// The folder that the manifest's paths are relative to.
fn home_of(output: &Path) -> Option<PathBuf> {
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).canonicalize().ok()
}

/// A path relative to the manifest's folder, when it lies below that.
fn below(home: Option<&Path>, path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let inside = path.strip_prefix(home?).ok()?;
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

fn folders(paths: &[PathBuf], home: Option<&Path>, context: &Context) -> Vec<Result<Seen>> {
    let bar = context.terminal.progress(paths.len(), "reading");
    let sources = Source::named(paths);
    let seen = sources
        .par_iter()
        .map(|source| {
            let seen = folder(source, home);
            bar.inc(1);
            seen
        })
        .collect();
    bar.finish_and_clear();
    seen
}

fn folder(source: &Source, home: Option<&Path>) -> Result<Seen> {
    let tree = snapshot::open(&source.path, None)?;
    let origin = git::origin(&source.path);
    let (owner, host, name) = match origin {
        Some(origin) => (origin.owner, origin.host, origin.name),
        None => (None, None, source.name.clone()),
    };
    let is_work_tree = snapshot::kind_of(&source.path)? != snapshot::SourceKind::GitDirectory;
    Ok(Seen {
        name,
        owner,
        host,
        place: below(home, &source.path).filter(|_| is_work_tree),
        aside: tree.entries.is_empty().then(|| "it is empty".to_owned()),
        contents: Some(draft::observe(&tree)),
        ..Seen::default()
    })
}

fn manifest(file: &Path, home: Option<&Path>, prefixes: &[String]) -> Result<listed::Listed> {
    let bytes = whole_file::read(file)?
        .ok_or_else(|| Error::usage("there is no such file").in_file(file))?;
    let document = serde_json::from_slice(&bytes).map_err(|error| {
        Error::usage("the file is no JSON")
            .in_file(file)
            .caused_by(error)
            .hint("comments and trailing commas are no part of JSON")
    })?;
    let place = below(home, file);
    let name = place
        .clone()
        .unwrap_or_else(|| file.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let mut listed = listed::read(&document, &name, prefixes);
    if place.is_none() {
        listed.lists = in_repository(file, listed.lists);
    }
    Ok(listed)
}

/// Lists of a file that is not beside the manifest: in the repository that holds it, when its remote says
/// which that is.
fn in_repository(file: &Path, lists: Vec<List>) -> Vec<List> {
    let home = file.canonicalize().ok().and_then(|file| {
        let (root, inside) = snapshot::work_tree_around(file.parent()?)?;
        let origin = git::origin(&root)?;
        let inside = inside.join(file.file_name()?);
        Some((format!("{}/{}", origin.owner?, origin.name), inside.to_str()?.to_owned()))
    });
    let Some((repository, path)) = home else { return Vec::new() };
    let moved = |list| List { repository: Some(repository.clone()), file: path.clone(), ..list };
    lists.into_iter().map(moved).collect()
}

fn tell(context: &Context, draft: &Draft) {
    for guess in &draft.guesses {
        context.terminal.note(&visible_line(&format!("guessed: {guess}")));
    }
    for (name, why) in &draft.left_out {
        context.terminal.note(&visible_line(&format!("left out: `{name}`: {why}")));
    }
}

/// The commands that are most useful next, as a shell takes them.
fn next(arguments: &Arguments, observed: &Observed) -> Vec<String> {
    let file = if arguments.output == Path::new("fleet.yaml") {
        String::new()
    } else {
        format!(" --fleet {}", quoted(&arguments.output.to_string_lossy()))
    };
    let mut next = vec![format!("read {}, and correct it", arguments.output.display())];
    if let Some(first) = arguments.paths.first() {
        let parent = first.parent().filter(|parent| !parent.as_os_str().is_empty());
        let together = parent.filter(|parent| {
            arguments.paths.len() > 1
                && arguments.paths.iter().all(|path| path.parent() == Some(parent))
        });
        let paths = match together {
            Some(parent) => format!("{}/*", quoted(&parent.to_string_lossy())),
            None => {
                let paths = arguments.paths.iter();
                paths.map(|path| quoted(&path.to_string_lossy())).collect::<Vec<_>>().join(" ")
            }
        };
        next.push(format!("shipshape drift{file} --local {paths}"));
    }
    if !observed.lists.is_empty() {
        next.push(format!("shipshape fleet registrations{file}"));
    }
    next
}
