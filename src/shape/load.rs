//! Loads a pack from a folder or a repository, and its lineage from the git history; the only part of `shape`, apart
//! from `infer::read`, that does I/O.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::snapshot::git::{self, GitDirectory};
use crate::snapshot::history::{self, FolderHistory, Trees, Version, inside};
use crate::snapshot::{self, BlobId, EntryKind, Problem, Snapshot, Unreadable};
use crate::source::Text;

use super::lineage::{
    EarlierCanon, EarlierContent, EarlierOrigin, EarlierVariables, LOG, LOG_FOLDER, Lineage,
    Logged, STARTER_FOLDER,
};
use super::manifest::{Manifest, PathRule};
use super::pack::{FILES, MANIFEST, Pack, PackFile, PackFiles, TEMPLATE_SUFFIX, read_manifest};

/// Loads the pack in a folder as it is on disk. In a git work tree, the lineage comes from the committed history.
///
/// # Errors
/// When the folder cannot be read or contains no pack.
pub fn from_folder(folder: &Path) -> Result<Pack> {
    if !folder.exists() {
        return Err(Error::usage("there is no folder of this name").in_file(folder).hint(
            "`shipshape shape init --from DIR… --out FOLDER` creates a shape from repositories",
        ));
    }
    let snapshot = snapshot::open(folder, None)?;
    let source = folder.display().to_string();
    let files = pack_files(&snapshot, "", &source)?;
    let lineage = match snapshot::work_tree_around(folder) {
        Some((root, inside)) => {
            let repository = git::open(&root)?;
            if repository.tips().is_empty() {
                // Without a commit there is no history.
                Lineage::default()
            } else {
                lineage(&repository, None, &inside.to_string_lossy(), &files, &source)?
            }
        }
        None => Lineage::default(),
    };
    Pack::load(&files, &source, lineage)
}

/// Loads the pack in a folder of a git repository at a branch, tag or commit.
///
/// # Errors
/// When the repository or the reference cannot be read, or there is no pack in the folder.
pub fn from_repository(repository: &Path, reference: Option<&str>, folder: &str) -> Result<Pack> {
    let directory = git::open(repository)?;
    let snapshot = directory.snapshot(reference)?;
    let commit = snapshot.commit.clone().unwrap_or_default();
    let source = format!("{} at {}", repository.display(), commit.get(..12).unwrap_or(&commit));
    let files = pack_files(&snapshot, folder, &source)?;
    let lineage = lineage(&directory, Some(&commit), folder, &files, &source)?;
    Pack::load(&files, &source, lineage)
}

/// Loads the pack in a folder of a snapshot, without history: the lineage is incomplete, apart from the pack's own log.
///
/// # Errors
/// When there is no pack in the folder, or it cannot be read.
pub fn from_snapshot(snapshot: &Snapshot, folder: &str, source: &str) -> Result<Pack> {
    let files = pack_files(snapshot, folder, source)?;
    let why = "the shape was read from the forge, without its history; clone its repository beside fleet.yaml";
    let lineage = Lineage::incomplete(why);
    Pack::load(&files, source, lineage)
}

/// Reads the shape.yaml in a folder, without the rest of the pack; `None` if there is none.
///
/// # Errors
/// When it cannot be read.
pub fn manifest_of_folder(folder: &Path) -> Result<Option<Manifest>> {
    manifest_in(&snapshot::open(folder, None)?, "", &folder.display().to_string())
}

/// Like [`manifest_of_folder`], for a folder of a git repository at a branch, tag or commit.
///
/// # Errors
/// When the repository, the reference or the file cannot be read.
pub fn manifest_of_repository(
    repository: &Path,
    reference: Option<&str>,
    folder: &str,
) -> Result<Option<Manifest>> {
    let snapshot = git::open(repository)?.snapshot(reference)?;
    manifest_in(&snapshot, folder, &repository.display().to_string())
}

fn manifest_in(snapshot: &Snapshot, folder: &str, source: &str) -> Result<Option<Manifest>> {
    let files = pack_files(snapshot, folder, source)?;
    let Some(manifest) = files.get(MANIFEST) else { return Ok(None) };
    let text = Text::decode(&manifest.bytes).map_err(|error| {
        Error::usage("cannot read the shape pack").in_file(source).caused_by(error)
    })?;
    read_manifest(&text, &format!("{source}/{MANIFEST}")).map(Some)
}

/// Returns the files of the pack in a folder, as they are on disk.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_of_folder(folder: &Path) -> Result<PackFiles> {
    pack_files(&snapshot::open(folder, None)?, "", &folder.display().to_string())
}

/// Returns the files below a folder of a snapshot as files of a pack, as git keeps them. Links and submodules are not
/// part of a pack.
fn pack_files(snapshot: &Snapshot, folder: &str, source: &str) -> Result<PackFiles> {
    let prefix =
        if folder.is_empty() { String::new() } else { format!("{}/", folder.trim_matches('/')) };
    let failure = |path: &str, why: &dyn std::fmt::Display| {
        let name = path.strip_prefix(&prefix).unwrap_or(path);
        Error::failed("cannot read the shape pack")
            .in_file(format!("{source}/{name}"))
            .caused_by(why)
    };
    // The files of a starter repository, in which a pack may be, are not those of the pack.
    let parts = [MANIFEST, FILES, LOG_FOLDER].map(|part| format!("{prefix}{part}"));
    let is_of_pack = |problem: &&Problem| {
        let path = problem.path.as_str();
        // A file that was read may have a problem too: a `.gitignore` that is not applied.
        let is_unread = !path.is_empty() && snapshot.entry(path).is_none();
        let path = format!("{path}/");
        is_unread
            && parts.iter().any(|part| {
                let part = format!("{}/", part.trim_end_matches('/'));
                path.starts_with(&part) || part.starts_with(&path)
            })
    };
    if let Some(problem) = snapshot.problems.iter().find(is_of_pack) {
        return Err(failure(problem.path.as_str(), &problem.message));
    }
    let mut files = PackFiles::new();
    for (path, entry) in snapshot.entries.iter() {
        let Some(name) = path.as_str().strip_prefix(&prefix) else { continue };
        if !matches!(entry.kind, EntryKind::File | EntryKind::Executable) {
            continue;
        }
        let bytes = snapshot.read(entry.id).map_err(|unreadable| {
            let error = failure(path.as_str(), &unreadable);
            let is_fetched_by_git = snapshot.left_out.contains(path.as_str());
            match unreadable {
                Unreadable::Absent(_) if is_fetched_by_git => error
                    .hint("`git sparse-checkout disable` in this clone fetches the missing files"),
                _ => error,
            }
        })?;
        let executable = entry.kind == EntryKind::Executable;
        files.insert(name.to_owned(), PackFile { bytes, executable });
    }
    Ok(files)
}

/// Returns the earlier contents of a pack's paths: from the history of the pack, interleaved with its log, then, for a
/// pack in [`STARTER_FOLDER`], from the repository's root, where the starter had these files before it had a pack.
fn lineage(
    repository: &GitDirectory,
    commit: Option<&str>,
    folder: &str,
    files: &PackFiles,
    source: &str,
) -> Result<Lineage> {
    let Some(manifest) = files.get(MANIFEST) else { return Ok(Lineage::default()) };
    let text = Text::decode(&manifest.bytes).map_err(|error| {
        Error::usage("cannot read the shape pack").in_file(source).caused_by(error)
    })?;
    let manifest = read_manifest(&text, &format!("{source}/{MANIFEST}"))?;
    let history = history::of_folder(repository, commit.unwrap_or("HEAD"), "")?;
    let snapshot = repository.snapshot(commit)?;
    let trees = Trees::of(repository)?;
    Ok(Reader {
        folders: history::folders(&history, &trees, folder.trim_matches('/'), MANIFEST),
        history: &history,
        trees,
        snapshot: &snapshot,
        logged: Logged::read(files, source)?,
        committed: OnceCell::new(),
        shapes: RefCell::default(),
        unread: Cell::new(false),
    }
    .lineage(&manifest))
}

/// A moment at which a canon of a path may have become another one.
#[derive(Clone, Copy)]
struct Moment<'a> {
    commit: &'a str,
    place: usize,
    is_merge: bool,
}

/// The file of a pack that holds the canon of a path.
struct CanonFile {
    /// Its name where it is literal.
    literal: String,
    /// Its name where it is a template.
    template: String,
}

/// What was wanted at a path in a commit.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Wanted {
    Literal(BlobId),
    Template { source: BlobId, shape: Option<BlobId> },
}

/// A content that a path had in the pack, and the place in the history of the commit that brought it.
struct InPack {
    place: usize,
    canon: EarlierCanon,
}

struct Reader<'a> {
    history: &'a FolderHistory,
    trees: Trees,
    snapshot: &'a Snapshot,
    /// The folders that the pack has been in, today's first.
    folders: Vec<String>,
    /// The pack's log, oldest first.
    logged: Vec<Logged>,
    /// For each line of the log, the place of the commit that added it; `None` if uncommitted.
    committed: OnceCell<Vec<Option<usize>>>,
    /// The variables of each shape.yaml: many templates share one.
    shapes: RefCell<BTreeMap<BlobId, EarlierVariables>>,
    /// Set when a content could not be read, as in a partial clone.
    unread: Cell<bool>,
}

impl<'a> Reader<'a> {
    fn lineage(&self, manifest: &Manifest) -> Lineage {
        let mut lineage = Lineage::default();
        if !self.history.complete {
            lineage.incomplete = Some("the shape's repository is a shallow clone".to_owned());
        }
        let is_in_starter = self.folders.first().is_some_and(|folder| folder == STARTER_FOLDER);
        for rule in manifest.paths.iter().filter(|rule| rule.policy.is_wanted()) {
            lineage.add_older(&rule.path, self.with_logged(rule, self.in_pack(rule)));
            if rule.policy.has_literal_lineage() && is_in_starter {
                lineage.add_older(&rule.path, self.literals(&rule.path));
            }
        }
        if self.unread.get() {
            let why = "the shape's repository lacks contents of its history";
            lineage.incomplete.get_or_insert_with(|| why.to_owned());
        }
        lineage
    }

    /// Interleaves versions with the log: contents that were promoted, and replaced again before a commit. Log entries
    /// older than all versions are left out here; loading the pack appends its log.
    fn with_logged(&self, rule: &PathRule, versions: Vec<InPack>) -> Vec<EarlierCanon> {
        let logged = self.logged.iter().rev().filter(|logged| logged.path == rule.path);
        let place = |logged: &'_ Logged| (self.newer_than(logged, &versions), logged.canon.clone());
        let logged: Vec<(usize, EarlierCanon)> = logged.map(place).collect();
        let mut logged = logged.into_iter().peekable();
        let mut canons: Vec<EarlierCanon> = Vec::with_capacity(versions.len());
        for (index, version) in versions.into_iter().enumerate() {
            while let Some((_, canon)) = logged.next_if(|(newer, _)| *newer <= index) {
                canons.push(canon);
            }
            canons.push(version.canon);
        }
        canons
    }

    /// Returns how many of a path's versions are newer than a line of the log: those up to the commit that added the
    /// line, or none if it is uncommitted.
    fn newer_than(&self, logged: &Logged, versions: &[InPack]) -> usize {
        let committed = self.committed.get_or_init(|| {
            let mut committed: Vec<Option<usize>> = vec![None; self.logged.len()];
            // Moments are newest first, so that the oldest one with a line is assigned last.
            for moment in self.moments(&[LOG]) {
                let log = self
                    .folders_at(moment.commit)
                    .find_map(|folder| self.trees.file(moment.commit, &inside(folder, LOG)));
                let Some(Ok(log)) = log.map(|log| self.snapshot.read(log)) else { continue };
                let lines = String::from_utf8_lossy(&log).lines().count();
                committed.iter_mut().take(lines).for_each(|line| *line = Some(moment.place));
            }
            committed
        });
        let Some(by) = committed.get(logged.line).copied().flatten() else { return 0 };
        versions.iter().take_while(|version| version.place <= by).count()
    }

    /// Returns the contents of a path, newest first. A version of a template is the template with the shape.yaml of its
    /// commit, which defines its variables.
    fn in_pack(&self, rule: &PathRule) -> Vec<InPack> {
        let name = rule.source.as_deref().unwrap_or(&rule.path);
        let literal = format!("{FILES}{}", name.strip_prefix(FILES).unwrap_or(name));
        let file = CanonFile { template: format!("{literal}{TEMPLATE_SUFFIX}"), literal };
        let templates = self.folders.iter().map(|folder| inside(folder, &file.template));
        let was_template = templates.into_iter().any(|path| !self.versions(&path).is_empty());
        let moments = match was_template {
            true => self.moments(&[&file.literal, &file.template, MANIFEST]),
            false => self.moments(&[&file.literal]),
        };
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for moment in moments {
            let Some(wanted) = self.wanted(&file, moment.commit) else { continue };
            let is_of_a_parent = || {
                let parents = self.trees.parents(moment.commit);
                parents.iter().any(|parent| self.wanted(&file, parent) == Some(wanted))
            };
            if (moment.is_merge && is_of_a_parent()) || !seen.insert(wanted) {
                continue;
            }
            let Some(content) = self.content(wanted) else { continue };
            let canon =
                EarlierCanon { content, label: short(moment.commit), origin: EarlierOrigin::Pack };
            found.push(InPack { place: moment.place, canon });
        }
        found
    }

    /// Returns the commits that changed one of these files of the pack, newest first, and if one of them is shape.yaml,
    /// the merges that brought changes together.
    fn moments(&self, names: &[&str]) -> Vec<Moment<'a>> {
        let mut moments = Vec::new();
        for folder in &self.folders {
            for name in names {
                let versions = self.versions(&inside(folder, name)).iter();
                moments.extend(versions.map(|version| Moment {
                    commit: &version.commit,
                    place: version.place,
                    is_merge: false,
                }));
            }
            let merges = self.history.merges.get(folder.as_str()).map_or(&[][..], Vec::as_slice);
            let merges = merges.iter().filter(|_| names.contains(&MANIFEST));
            moments.extend(merges.map(|merge| Moment {
                commit: &merge.commit,
                place: merge.place,
                is_merge: true,
            }));
        }
        moments.sort_by_key(|moment| (moment.place, moment.is_merge));
        moments.dedup_by_key(|moment| moment.place);
        moments
    }

    /// Returns the folder of the pack in a commit first, then where it may have been before it had a shape.yaml.
    fn folders_at(&self, commit: &str) -> impl Iterator<Item = &str> {
        let folders = || self.folders.iter().map(String::as_str);
        let is_pack = |folder: &&str| self.trees.file(commit, &inside(folder, MANIFEST)).is_some();
        let of_pack = folders().find(|folder| self.folders.len() == 1 || is_pack(folder));
        let others = folders().filter(move |_| of_pack.is_none());
        of_pack.into_iter().chain(others)
    }

    fn wanted(&self, file: &CanonFile, commit: &str) -> Option<Wanted> {
        self.folders_at(commit).find_map(|folder| {
            let at = |name: &str| self.trees.file(commit, &inside(folder, name));
            let literal = at(&file.literal).map(Wanted::Literal);
            literal.or_else(|| {
                let source = at(&file.template)?;
                Some(Wanted::Template { source, shape: at(MANIFEST) })
            })
        })
    }

    fn content(&self, wanted: Wanted) -> Option<EarlierContent> {
        match wanted {
            Wanted::Literal(blob) => Some(EarlierContent::Literal(self.read(blob)?)),
            Wanted::Template { source, shape } => {
                let source = String::from_utf8_lossy(&self.read(source)?).into_owned().into();
                let variables = shape.map(|shape| self.variables(shape)).unwrap_or_default();
                Some(EarlierContent::Template { source, variables })
            }
        }
    }

    fn variables(&self, shape: BlobId) -> EarlierVariables {
        let read = || EarlierVariables::of(self.read(shape));
        self.shapes.borrow_mut().entry(shape).or_insert_with(read).clone()
    }

    fn literals(&self, path: &str) -> Vec<EarlierCanon> {
        let literal = |version: Version| {
            let content = EarlierContent::Literal(self.read(version.blob)?);
            let label = short(&version.commit);
            Some(EarlierCanon { content, label, origin: EarlierOrigin::Starter })
        };
        history::distinct(self.versions(path).to_vec()).into_iter().filter_map(literal).collect()
    }

    fn versions(&self, path: &str) -> &'a [Version] {
        self.history.versions(path)
    }

    fn read(&self, blob: BlobId) -> Option<Arc<[u8]>> {
        let read = self.snapshot.read(blob).ok();
        self.unread.set(self.unread.get() || read.is_none());
        read
    }
}

fn short(commit: &str) -> String {
    commit.get(..12).unwrap_or(commit).to_owned()
}
