//! What is on this machine: folders, clones, and lists of repositories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::Arguments;
use crate::cli::shared::beside::without_those;
use crate::cli::shared::inside::Inside;
use crate::cli::shared::missing_paths::not_many;
use crate::cli::{Context, Exit, counted};
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::draft::{self, List, Observed, Seen, Within, listed};
use crate::shape::infer::Source;
use crate::snapshot::{self, git};

/// Reads everything that was named. Reports what cannot be read, and continues.
pub(super) fn observe(
    arguments: &Arguments,
    context: &Context,
    exit: &mut Exit,
) -> Result<Observed> {
    let home = home_of(&arguments.output);
    let mut observed = Observed::default();
    let mut sources = Vec::new();
    if !arguments.paths.is_empty() {
        // The draft itself leaves out packs, since it may name them.
        let paths = without_those(context, &arguments.paths, &|_| false);
        paths.iter().try_for_each(|path| not_many(None, path, None))?;
        sources.push(counted(paths.len(), "folder"));
        let mut found = folders(&paths, home.as_deref(), context);
        apart(&mut found);
        for (seen, error) in found {
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

/// Adds the repositories of a list to those read so far, merging duplicates.
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

/// A path relative to the manifest's folder, if it is below it.
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

/// Renames clones whose remotes have the same name, such as `mirror/one/repo` and `mirror/two/repo`, after their
/// folders.
fn apart(found: &mut [(Option<Seen>, Option<Error>)]) {
    let key = |seen: &Seen| (seen.owner.clone(), seen.name.to_lowercase());
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for seen in found.iter().filter_map(|(seen, _)| seen.as_ref()) {
        *counts.entry(key(seen)).or_default() += 1;
    }
    for seen in found.iter_mut().filter_map(|(seen, _)| seen.as_mut()) {
        let alike = counts.get(&key(seen)).is_some_and(|count| *count > 1);
        let folder = seen.folder.as_ref().and_then(|folder| folder.file_name());
        if let Some(folder) = folder.filter(|_| alike) {
            let name = folder.to_string_lossy();
            seen.name = name.strip_suffix(".git").unwrap_or(&name).to_owned();
        }
    }
}

/// The repository around a folder that is committed in it: its origin, and the folder's place.
fn around(folder: &Path) -> Option<(Option<git::Origin>, Within)> {
    Inside::of(folder).filter(Inside::is_committed)?;
    let (root, path) = snapshot::work_tree_around(folder)?;
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    let origin = git::origin(&root);
    let name = || root.file_name().map(|name| name.to_string_lossy().into_owned());
    let repository = origin.as_ref().map(|origin| origin.name.clone()).or_else(name)?;
    Some((origin, Within { repository, path: parts?.join("/") }))
}

/// What was seen of a folder, and what could not be read. A repository that cannot be read is known by its name only.
fn folder(source: &Source, home: Option<&Path>) -> (Option<Seen>, Option<Error>) {
    let kind = match snapshot::kind_of(&source.path) {
        Ok(kind) => kind,
        Err(error) => return (None, Some(error)),
    };
    let around = around(&source.path);
    let (origin, name, within) = match (around, git::origin(&source.path)) {
        (Some((origin, within)), _) => (origin, source.name.clone(), Some(within)),
        (None, Some(origin)) => (Some(origin.clone()), origin.name, None),
        (None, None) => (None, source.name.clone(), None),
    };
    let is_plain = origin.as_ref().is_some_and(|origin| origin.is_plain);
    let (owner, host) = origin.map_or((None, None), |it| (it.owner, it.host));
    let is_bare = kind == snapshot::SourceKind::GitDirectory;
    let place = below(home, &source.path).filter(|_| !is_bare);
    let folder = Some(source.path.clone());
    let seen = Seen { name, owner, host, is_plain, folder, place, within, ..Seen::default() };
    match snapshot::open(&source.path, None) {
        Ok(tree) => {
            let aside = tree.entries.is_empty().then(|| "it is empty".to_owned());
            (Some(Seen { aside, contents: Some(draft::observe(&tree)), ..seen }), None)
        }
        Err(error) if kind == snapshot::SourceKind::Folder => (None, Some(error)),
        Err(error) => (Some(seen), Some(error)),
    }
}

/// What is in the folder of shapes beside fleet.yaml. What cannot be read there is no pack, but has its place.
pub(super) fn shapes(home: &Path) -> Vec<Seen> {
    let folder = home.join(draft::SHAPES);
    let names = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    let seen = |name: String| {
        let tree = snapshot::folder::read(&folder.join(&name)).ok();
        let place = Some(format!("{}/{name}", draft::SHAPES));
        Seen { name, place, contents: tree.map(|tree| draft::observe(&tree)), ..Seen::default() }
    };
    names.into_iter().map(seen).collect()
}

fn manifest(file: &Path, home: Option<&Path>, prefixes: &[String]) -> Result<listed::Listed> {
    let bytes = whole_file::read(file)?
        .ok_or_else(|| Error::usage("the file does not exist").in_file(file))?;
    let document = serde_json::from_slice(&bytes).map_err(|error| {
        Error::usage("the file is not JSON")
            .in_file(file)
            .caused_by(error)
            .hint("JSON has no comments and no trailing commas")
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

/// Lists in a file that is not below the manifest are assigned to the repository that contains it, if its remote names
/// one.
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
