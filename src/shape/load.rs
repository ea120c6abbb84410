//! Loads a pack from a folder or a repository, and its lineage from the git history; the only part of `shape`, apart
//! from `infer::read`, that does I/O.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::snapshot::git::{self, GitDirectory};
use crate::snapshot::history::{self, FolderHistory, Version};
use crate::snapshot::{self, EntryKind, Problem, Snapshot, Unreadable};
use crate::source::Text;

use super::lineage::{
    EarlierCanon, EarlierContent, EarlierOrigin, EarlierVariables, LOG, LOG_FOLDER, Lineage,
    Logged, STARTER_FOLDER,
};
use super::manifest::{Manifest, PathRule};
use super::pack::{FILES, MANIFEST, Pack, PackFile, PackFiles, TEMPLATE_SUFFIX, read_manifest};

/// The file of a pack by which git keeps its canons as they are.
pub const ATTRIBUTES: &str = ".gitattributes";

/// The lines of that file.
pub const VERBATIM: &str = "files/** -text -ident -filter -working-tree-encoding\n\
                            lineage/** -text -ident -filter -working-tree-encoding\n";

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
    all_kept(&snapshot, &files, folder)?;
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

/// Refuses a pack in a work tree with a canon that git ignores: a clone of the pack would not have it.
fn all_kept(snapshot: &Snapshot, files: &PackFiles, folder: &Path) -> Result<()> {
    let Some(tree) = snapshot.work_tree.as_ref().filter(|tree| tree.ignores_any()) else {
        return Ok(());
    };
    let text = files.get(MANIFEST).and_then(|manifest| Text::decode(&manifest.bytes).ok());
    // A manifest that cannot be read is reported when the pack is loaded.
    let Some(manifest) = text.and_then(|text| read_manifest(&text, MANIFEST).ok()) else {
        return Ok(());
    };
    for rule in manifest.paths.iter().filter(|rule| rule.policy.is_wanted()) {
        let literal = rule.canon_file();
        let template = format!("{literal}{TEMPLATE_SUFFIX}");
        let mut names = [literal, template].into_iter();
        let is_lost = |name: &String| {
            !files.contains_key(name) && tree.ignores(name) && folder.join(name).is_file()
        };
        if let Some(name) = names.find(is_lost) {
            let error = Error::usage(format!(
                "git ignores `{name}`, the canon of `{}`, so a clone of the pack would not have it",
                rule.path
            ));
            let error = error
                .in_file(folder.join(&name))
                .hint(format!("add it all the same: `git -C {} add -f {name}`", folder.display()));
            let own = |name: &&String| name.starts_with(FILES) && name.ends_with("/.gitignore");
            return Err(match files.keys().find(own) {
                Some(own) => error.hint(format!(
                    "if `{own}` ignores it, rename that to `dot-gitignore` and name it in shape.yaml: `source: {}dot-gitignore`",
                    own.trim_start_matches(FILES).trim_end_matches(".gitignore")
                )),
                None => error,
            });
        }
    }
    Ok(())
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
    let lineage = Lineage { incomplete: Some(why.to_owned()), ..Lineage::default() };
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
                Unreadable::Converted(_) => error.hint(format!(
                    "keep the pack's files as they are: add `{}` to {source}/{ATTRIBUTES}",
                    VERBATIM.trim_end().replace('\n', "` and `")
                )),
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
    Ok(Reader {
        history: &history,
        snapshot: &snapshot,
        folder: folder.trim_matches('/'),
        logged: Logged::read(files, source)?,
        committed: OnceCell::new(),
        unread: Cell::new(false),
    }
    .lineage(&manifest))
}

/// A content that a path had in the pack, and its version.
struct InPack<'a> {
    version: &'a Version,
    canon: EarlierCanon,
}

struct Reader<'a> {
    history: &'a FolderHistory,
    snapshot: &'a Snapshot,
    folder: &'a str,
    /// The pack's log, oldest first.
    logged: Vec<Logged>,
    /// For each line of the log, the version of the log that added it; `None` if uncommitted.
    committed: OnceCell<Vec<Option<&'a Version>>>,
    /// Set when a content could not be read, as in a partial clone.
    unread: Cell<bool>,
}

impl<'a> Reader<'a> {
    fn lineage(&self, manifest: &Manifest) -> Lineage {
        let mut lineage = Lineage::default();
        if !self.history.complete {
            lineage.incomplete = Some("the shape's repository is a shallow clone".to_owned());
        }
        for rule in manifest.paths.iter().filter(|rule| rule.policy.is_wanted()) {
            let mut canons = self.with_logged(rule, self.in_pack(rule));
            if rule.policy.has_literal_lineage() && self.folder == STARTER_FOLDER {
                canons.extend(self.literals(&rule.path));
            }
            lineage.earlier.insert(rule.path.clone(), canons);
        }
        if self.unread.get() {
            let why = "the shape's repository lacks contents of its history";
            lineage.incomplete.get_or_insert_with(|| why.to_owned());
        }
        lineage
    }

    /// Interleaves versions with the log: contents that were promoted, and replaced again before a commit. Log entries
    /// older than all versions are left out here; loading the pack appends its log.
    fn with_logged(&self, rule: &PathRule, versions: Vec<InPack<'a>>) -> Vec<EarlierCanon> {
        let logged = self.logged.iter().rev().filter(|logged| logged.path == rule.path);
        let place = |logged: &'_ Logged| (self.newer_than(logged, &versions), logged.canon.clone());
        let logged: Vec<(usize, EarlierCanon)> = logged.map(place).collect();
        let mut logged = logged.into_iter().peekable();
        let mut canons: Vec<EarlierCanon> = Vec::with_capacity(versions.len());
        for (index, version) in versions.into_iter().enumerate() {
            while let Some((_, canon)) = logged.next_if(|(newer, _)| *newer <= index) {
                // If git has the same content, git's label wins.
                if !canon.content.same(&version.canon.content) {
                    canons.push(canon);
                }
            }
            canons.push(version.canon);
        }
        canons
    }

    /// Returns how many of a path's versions are newer than a line of the log: those up to the commit that added the
    /// line, or none if it is uncommitted.
    fn newer_than(&self, logged: &Logged, versions: &[InPack<'_>]) -> usize {
        let committed = self.committed.get_or_init(|| {
            let mut committed: Vec<Option<&Version>> = vec![None; self.logged.len()];
            // Versions are newest first, so that the oldest one with a line is assigned last.
            for version in self.versions(&self.inside(LOG)) {
                let Ok(log) = self.snapshot.read(version.blob) else { continue };
                let lines = String::from_utf8_lossy(&log).lines().count();
                committed.iter_mut().take(lines).for_each(|line| *line = Some(version));
            }
            committed
        });
        let Some(by) = committed.get(logged.line).copied().flatten() else { return 0 };
        let together = versions.iter().position(|it| it.version.commit == by.commit);
        together.map_or_else(
            || versions.iter().take_while(|it| it.version.time >= by.time).count(),
            |index| index + 1,
        )
    }

    fn in_pack(&self, rule: &PathRule) -> Vec<InPack<'a>> {
        // Before it had a `source`, the canon was called like the path.
        let names = BTreeSet::from([rule.canon_file(), format!("{FILES}{}", rule.path)]);
        let mut found: Vec<InPack<'a>> = Vec::new();
        for literal in names.iter().map(|name| self.inside(name)) {
            for version in self.versions(&literal) {
                let canon = self.literal(version, EarlierOrigin::Pack);
                found.extend(canon.map(|canon| InPack { version, canon }));
            }
            for version in self.versions(&format!("{literal}{TEMPLATE_SUFFIX}")) {
                let Some(source) = self.read(version) else { continue };
                let variables = self.variables_at(version.time);
                let source = String::from_utf8_lossy(&source).into_owned().into();
                let content = EarlierContent::Template { source, variables };
                let canon =
                    EarlierCanon { content, label: short(version), origin: EarlierOrigin::Pack };
                found.push(InPack { version, canon });
            }
        }
        found.sort_by_key(|found| std::cmp::Reverse(found.version.time));
        found
    }

    fn literals(&self, path: &str) -> Vec<EarlierCanon> {
        let literal = |version| self.literal(version, EarlierOrigin::Starter);
        self.versions(path).iter().filter_map(literal).collect()
    }

    fn literal(&self, version: &Version, origin: EarlierOrigin) -> Option<EarlierCanon> {
        let content = EarlierContent::Literal(self.read(version)?);
        Some(EarlierCanon { content, label: short(version), origin })
    }

    /// Returns the variable definitions in force at the time of a version.
    fn variables_at(&self, time: i64) -> EarlierVariables {
        let shapes = self.versions(&self.inside(MANIFEST));
        let in_force = shapes.iter().find(|version| version.time <= time).or(shapes.last());
        EarlierVariables::of(in_force.and_then(|version| self.read(version)))
    }

    fn inside(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) }
    }

    fn versions(&self, path: &str) -> &'a [Version] {
        self.history.paths.get(path).map_or(&[], Vec::as_slice)
    }

    fn read(&self, version: &Version) -> Option<Arc<[u8]>> {
        let read = self.snapshot.read(version.blob).ok();
        self.unread.set(self.unread.get() || read.is_none());
        read
    }
}

fn short(version: &Version) -> String {
    version.commit.get(..12).unwrap_or(&version.commit).to_owned()
}
