//! `shipshape init`: a first fleet.yaml out of what exists.

use std::path::{Path, PathBuf};

use clap::Args;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::forge::{ForgeOptions, Session};
use super::judging::quoted;
use super::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::draft::{self, Draft, List, Observed, Seen, Wishes, listed};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::calls::listing::Listed;
use crate::forge::scan::{Place, Scan};
use crate::forge::{ForgeErrorKind, Writes};
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
  shipshape init --owner acme                  of an organisation on the forge, without a clone
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

    /// The organisation or user that owns the repositories; by default as their remotes say. Without paths and
    /// lists its repositories are read from the forge.
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

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let here = !arguments.paths.is_empty() || !arguments.manifest.is_empty();
    if !here && arguments.owner.is_none() {
        return Err(Error::usage("nothing is named that a fleet could be made of")
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
    let mut exit = Exit::Clean;
    let observed = match &arguments.owner {
        Some(owner) if !here => on_forge(arguments, context, owner, &mut exit)?,
        _ => observe(arguments, context, &mut exit)?,
    };
    let wishes = Wishes {
        name: arguments.name.clone(),
        owner: arguments.owner.clone(),
        url: arguments.forge.forge.clone().filter(|url| !here && !url.trim().is_empty()),
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
        for (seen, error) in folders(&arguments.paths, home.as_deref(), context) {
            observed.repositories.extend(seen);
            if let Some(error) = error {
                context.terminal.error(&error);
                *exit = Exit::Unchecked;
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

/// The repositories of an organisation or a user, as the forge has them. Files are read of those that may be
/// members, to guess by.
fn on_forge(
    arguments: &Arguments,
    context: &Context,
    owner: &str,
    exit: &mut Exit,
) -> Result<Observed> {
    let session = arguments.forge.session(context, None, Writes::none())?;
    let bar = context.terminal.counter("listing repositories");
    let step = |count| bar.inc(count);
    let found = session.run(session.client().repositories_of(owner, &step)).map_err(|error| {
        let unknown = error.kind == ForgeErrorKind::NotFound;
        let failed = Error::failed(format!("cannot list the repositories of `{owner}`"));
        let failed = failed.caused_by(&error);
        if unknown {
            failed
                .hint("is the name right? The forge answers the same when the token may not see it")
        } else {
            Error::from(error)
        }
    })?;
    bar.finish_and_clear();
    let mut repositories: Vec<Seen> = found.iter().map(seen).collect();
    read_files(&session, context, &arguments.prefix, &mut repositories, exit);
    let noun = if repositories.len() == 1 { "repository" } else { "repositories" };
    let source = format!("{} {noun} of {owner}", repositories.len());
    Ok(Observed { source, repositories, lists: Vec::new() })
}

fn seen(repository: &Listed) -> Seen {
    let name = repository.name.clone();
    let states = [
        (repository.is_archived, "it is archived"),
        (repository.is_disabled, "the forge has shut it"),
        (repository.is_fork, "it is a fork"),
        (repository.is_empty, "it is empty"),
    ];
    let aside = states.iter().find(|(holds, _)| *holds).map(|(_, why)| (*why).to_owned());
    let branch = repository.default_branch.clone();
    Seen { name: name.name, owner: Some(name.owner), branch, aside, ..Seen::default() }
}

/// Files of more repositories than this are not read: a guess is as good by fewer.
const MOST_READ: usize = 100;

/// Texts are fetched in this many rounds at most.
const ROUNDS: usize = 4;

fn read_files(
    session: &Session,
    context: &Context,
    prefixes: &[String],
    repositories: &mut [Seen],
    exit: &mut Exit,
) {
    let likely = draft::likely_members(repositories, prefixes);
    let places: Vec<Place> = likely
        .iter()
        .take(MOST_READ)
        .filter_map(|index| {
            let seen = repositories.get(*index)?;
            let name = RepositoryName::new(seen.owner.clone()?, seen.name.clone());
            Some(Place { name, reference: None })
        })
        .collect();
    let mut scan = Scan::new(session.client(), []);
    let bar = context.terminal.progress(places.len(), "reading");
    let snapshots = session.run(scan.snapshots(&places, &|count| bar.inc(count)));
    bar.finish_and_clear();
    for _ in 0..ROUNDS {
        snapshots.iter().flatten().for_each(|snapshot| drop(draft::observe(snapshot)));
        if session.run(scan.fetch_wanted()).is_empty() {
            break;
        }
    }
    for ((index, place), snapshot) in likely.iter().zip(&places).zip(snapshots) {
        let Some(seen) = repositories.get_mut(*index) else { continue };
        match snapshot {
            Ok(snapshot) => seen.contents = Some(draft::observe(&snapshot)),
            Err(error) if error.kind == ForgeErrorKind::Conflict => {
                seen.aside = Some("it is empty".to_owned());
            }
            Err(error) => {
                let failed = Error::failed(format!("cannot read `{}` to guess by it", place.name));
                context.terminal.error(&failed.caused_by(error));
                *exit = Exit::Unchecked;
            }
        }
    }
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

fn folders(
    paths: &[PathBuf],
    home: Option<&Path>,
    context: &Context,
) -> Vec<(Option<Seen>, Option<Error>)> {
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

/// What was seen of a folder, and what could not be. One that is a repository and cannot be read is known by
/// its name.
fn folder(source: &Source, home: Option<&Path>) -> (Option<Seen>, Option<Error>) {
    let kind = match snapshot::kind_of(&source.path) {
        Ok(kind) => kind,
        Err(error) => return (None, Some(error)),
    };
    let (owner, host, name) = match git::origin(&source.path) {
        Some(origin) => (origin.owner, origin.host, origin.name),
        None => (None, None, source.name.clone()),
    };
    let is_bare = kind == snapshot::SourceKind::GitDirectory;
    let place = below(home, &source.path).filter(|_| !is_bare);
    let seen = Seen { name, owner, host, place, ..Seen::default() };
    match snapshot::open(&source.path, None) {
        Ok(tree) => {
            let aside = tree.entries.is_empty().then(|| "it is empty".to_owned());
            (Some(Seen { aside, contents: Some(draft::observe(&tree)), ..seen }), None)
        }
        Err(error) if kind == snapshot::SourceKind::Folder => (None, Some(error)),
        Err(error) => (Some(seen), Some(error)),
    }
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
    if !arguments.paths.is_empty() {
        next.push(format!("shipshape drift{file} --local {}", together(&arguments.paths)));
    }
    if arguments.paths.is_empty() && arguments.manifest.is_empty() {
        next.push(format!("shipshape drift{file}"));
    }
    if !observed.lists.is_empty() {
        next.push(format!("shipshape fleet registrations{file}"));
    }
    next
}

/// Paths as a person would write them: those of one folder by a star.
fn together(paths: &[PathBuf]) -> String {
    let mut words: Vec<String> = Vec::new();
    for path in paths {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let beside = paths.iter().filter(|other| other.parent() == parent).count();
        let word = match parent {
            Some(parent) if beside > 1 => format!("{}/*", quoted(&parent.to_string_lossy())),
            _ => quoted(&path.to_string_lossy()),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}
