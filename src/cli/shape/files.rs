//! Finding a pack, and writing one.

use std::path::{Path, PathBuf};

use super::PackOptions;
use crate::change::{Change, ChangeSet, Mode};
use crate::cli::Context;
use crate::cli::shared::next::quoted;
use crate::cli::shared::shapes::{WrongPlace, ignored_pack, place_in};
use crate::edge::fs::write_change_set;
use crate::error::{Error, Result};
use crate::fleet::manifest::{NamedShape, Shape};
use crate::fleet::{Fleet, kin};
use crate::shape::infer::names_of;
use crate::shape::lineage::LOG_FOLDER;
use crate::shape::pack::{FILES, MANIFEST, PackFile, PackFiles};
use crate::shape::{Pack, embedded, load};
use crate::snapshot::{self, Entry, EntryKind, Snapshot};

/// The location of a pack.
pub(super) enum Place {
    Embedded,
    Folder(PathBuf),
    Repository {
        repository: PathBuf,
        reference: Option<String>,
        path: String,
        /// The error if the repository does not have the reference.
        wrong: Box<WrongPlace>,
    },
}

/// The kind of a repository: its member's, else the one that its name implies.
fn kind_of(fleet: &Fleet, repository: &Path) -> Option<String> {
    // Its remote's name and its folder's name.
    let names: Vec<String> = names_of(repository).into_iter().take(2).collect();
    let member = names.iter().find_map(|name| fleet.only(name));
    member.map(|member| member.kind.clone()).or_else(|| {
        let kinds = &fleet.manifest.kinds;
        names.iter().find_map(|name| kin::of_name(kinds, name)).map(|(name, _)| name.to_owned())
    })
}

impl Place {
    /// The pack that the options name, else fleet.yaml's, else the embedded one.
    pub(super) fn find(
        options: &PackOptions,
        context: &Context,
        near: Option<&Path>,
    ) -> Result<Self> {
        if let Some(folder) = &options.pack {
            return Ok(Self::Folder(folder.clone()));
        }
        let fleet = context.fleet(near)?;
        match (&fleet, &options.kind) {
            (Some(fleet), Some(kind)) => Self::of_fleet(fleet, Some(kind)),
            (Some(fleet), None) => {
                let kind = near.and_then(|near| kind_of(fleet, near));
                Self::of_fleet(fleet, kind.as_deref())
            }
            (None, Some(kind)) => {
                Err(Error::usage(format!("there is no fleet.yaml with a kind `{kind}`"))
                    .hint("name the pack's folder: `--pack FOLDER`"))
            }
            (None, None) => Ok(Self::Embedded),
        }
    }

    fn of_fleet(fleet: &Fleet, kind: Option<&str>) -> Result<Self> {
        let kinds = &fleet.manifest.kinds;
        let names: Vec<&str> = kinds.keys().map(String::as_str).collect();
        let found = match kind {
            Some(name) => kinds.get_key_value(name),
            None if kinds.len() > 1 => {
                return Err(Error::usage("the fleet has several kinds")
                    .hint(format!("name one: `--kind {}`", names.join("` or `--kind "))));
            }
            None => match kinds.iter().next() {
                Some(kind) => Some(kind),
                None => return Ok(Self::Embedded),
            },
        };
        let (name, found) = found.ok_or_else(|| {
            Error::usage(format!("the fleet has no kind `{}`", kind.unwrap_or_default()))
                .hint(format!("it has: {}", names.join(", ")))
        })?;
        Ok(match &found.shape {
            Shape::Named(NamedShape::Embedded) => Self::Embedded,
            Shape::Folder(folder) => Self::Folder(fleet.beside(&folder.folder)),
            Shape::Repository(repository) => Self::Repository {
                repository: fleet.beside(&repository.repository),
                reference: repository.reference.clone(),
                path: repository.path.clone(),
                wrong: Box::new(place_in(fleet, name, repository)),
            },
        })
    }

    pub(super) fn load(self) -> Result<Pack> {
        match self {
            Self::Embedded => embedded::load(),
            Self::Folder(folder) => load::from_folder(&folder),
            Self::Repository { repository, reference, path, wrong } => {
                load::from_repository(&repository, reference.as_deref(), &path)
                    .map_err(|error| wrong.or(error))
            }
        }
    }

    /// The folder of the pack, if it can be changed.
    pub(super) fn writable(self) -> Result<PathBuf> {
        match self {
            Self::Folder(folder) => Ok(folder),
            Self::Embedded => Err(Error::usage("the pack inside shipshape cannot be changed")
                .hint("make a copy of your own: `shipshape shape show --export FOLDER`, then name it in fleet.yaml or \
                       by `--pack FOLDER`")),
            Self::Repository { repository, path, .. } => {
                Err(Error::usage("a pack at a commit of a repository cannot be changed")
                    .in_file(repository)
                    .hint(format!("change a work tree of it: `--pack CLONE/{path}`")))
            }
        }
    }
}

/// The changes that add these files to a folder. Existing files that are equal stay as they are.
pub(super) fn changes(folder: &Snapshot, files: &PackFiles) -> ChangeSet {
    let mut changes = ChangeSet::default();
    for (path, file) in files {
        let mode = if file.executable { Mode::Executable } else { Mode::File };
        let kind = if file.executable { EntryKind::Executable } else { EntryKind::File };
        let base = folder.entry(path).map(|entry| entry.id);
        let wanted = Entry { kind, id: snapshot::BlobId::of(&file.bytes) };
        let same = folder.entry(path) == Some(wanted);
        let base = base.filter(|_| !folder.left_out.contains(path.as_str()));
        let path = snapshot::RepoPath::new(path);
        if !same {
            let bytes = std::sync::Arc::clone(&file.bytes);
            changes.changes.insert(path, Change::Write { bytes, mode, base });
        }
    }
    changes
}

/// Writes files to a folder, which is created if needed. Never replaces a file.
pub(super) fn write_new(folder: &Path, files: &PackFiles) -> Result<()> {
    create(folder)?;
    all_new(folder, files)?;
    write_change_set(folder, &changes(&nothing(), files))
}

/// Writes the files of a pack likewise, so that git keeps them.
pub(super) fn write_new_pack(folder: &Path, files: &PackFiles) -> Result<Writing> {
    create(folder)?;
    all_new(folder, files)?;
    let writing = Writing::of(&snapshot::folder::read(folder)?, files);
    write_change_set(folder, &writing.changes)?;
    Ok(writing)
}

pub(super) fn create(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::failed("cannot make the folder").in_file(folder).caused_by(error))
}

fn all_new(folder: &Path, files: &PackFiles) -> Result<()> {
    let there = files.keys().find(|path| folder.join(path).symlink_metadata().is_ok());
    there.map_or(Ok(()), |path| {
        Err(Error::usage("this file exists already, and would be replaced")
            .in_file(folder.join(path))
            .hint("name an empty folder"))
    })
}

/// Changes of a pack in a work tree, with the attributes by which git keeps its files as they are.
pub(super) struct Writing {
    pub(super) changes: ChangeSet,
    /// Whether the attributes are among the changes.
    adds_attributes: bool,
    /// The files of which git would keep other bytes all the same.
    converted: Vec<String>,
    names: Vec<String>,
}

/// Whether changes of a pack were made.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    DryRun,
    Written,
}

impl Writing {
    /// The changes that add these files to a folder. It gets attributes if git would convert canons, and it has none.
    pub(super) fn of(there: &Snapshot, files: &PackFiles) -> Self {
        let names = files.keys().cloned().collect();
        let changes = self::changes(there, files);
        let converted = self::converted(there, &changes, files);
        let is_canon = |name: &String| name.starts_with(FILES) || name.starts_with(LOG_FOLDER);
        let has_attributes = files.contains_key(load::ATTRIBUTES)
            || there.entry(load::ATTRIBUTES).is_some()
            || there.work_tree.as_ref().is_some_and(|tree| tree.ignores(load::ATTRIBUTES));
        if has_attributes || !converted.iter().any(is_canon) {
            return Self { changes, adds_attributes: false, converted, names };
        }
        let attributes = PackFile { bytes: load::VERBATIM.as_bytes().into(), executable: false };
        let mut files = files.clone();
        files.insert(load::ATTRIBUTES.to_owned(), attributes);
        let changes = self::changes(there, &files);
        let converted = self::converted(there, &changes, &files);
        Self { changes, adds_attributes: true, converted, names }
    }

    /// Says which attributes are written to a folder, and which files they do not help.
    pub(super) fn announce(&self, context: &Context, folder: &Path, stage: Stage) {
        let attributes = folder.join(load::ATTRIBUTES);
        if self.adds_attributes {
            let verb = match stage {
                Stage::DryRun => "would write",
                Stage::Written => "wrote",
            };
            context.terminal.note(&format!(
                "{verb} {}, so that git keeps the files of the pack byte for byte",
                attributes.display()
            ));
        }
        if !self.converted.is_empty() {
            context.terminal.warning(&format!(
                "git keeps other bytes than these files of the pack have, because of attributes: {}. Add `{}` to {}, \
                 and rename a {} below {FILES} (`source` in {MANIFEST} names its new place)",
                self.converted.join(", "),
                load::VERBATIM.trim_end().replace('\n', "` and `"),
                attributes.display(),
                load::ATTRIBUTES,
            ));
        }
    }

    /// Says the same of a folder that was written, and which of the files git ignores. Returns the command that adds those.
    pub(super) fn tell(&self, context: &Context, folder: &Path) -> Option<String> {
        self.announce(context, folder, Stage::Written);
        let git = format!("git -C {} add -f", quoted(&folder.to_string_lossy()));
        if snapshot::is_ignored(folder) {
            context.terminal.warning(&ignored_pack(folder));
            return Some(format!("{git} ."));
        }
        let there = match snapshot::folder::read(folder) {
            Ok(there) => there,
            Err(error) => {
                // The pack is written all the same.
                context.terminal.warning("cannot check which files of the pack git ignores:");
                context.terminal.error(&error);
                return None;
            }
        };
        let tree = there.work_tree.as_ref()?;
        let is_ignored =
            |name: &&String| there.entry(name).is_none() && tree.ignores(name.as_str());
        let names: Vec<&String> = self.names.iter().filter(is_ignored).collect();
        if names.is_empty() {
            return None;
        }
        let named: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        context.terminal.warning(&format!(
            "git ignores files of the pack, so a clone would not have them: {}",
            named.join(", ")
        ));
        let words: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        Some(format!("{git} {}", words.join(" ")))
    }
}

/// The files of which git would keep other bytes, once these changes are made.
fn converted(there: &Snapshot, changes: &ChangeSet, files: &PackFiles) -> Vec<String> {
    // What git has now decides too: it keeps CRLF where it has them.
    let mut after = there.clone();
    after.work_tree = changes.apply_to(there).work_tree;
    let is_kept = |(path, file): &(&String, &PackFile)| {
        after.as_git_keeps(path, &file.bytes).is_ok_and(|kept| kept == file.bytes)
    };
    files.iter().filter(|it| !is_kept(it)).map(|(path, _)| path.clone()).collect()
}

/// Whether a folder is missing or empty.
pub(super) fn is_empty(folder: &Path) -> Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Error::failed("cannot read the folder").in_file(folder).caused_by(error)),
    }
}

fn nothing() -> Snapshot {
    struct Nothing;
    impl snapshot::ReadBlob for Nothing {
        fn read(&self, _: snapshot::BlobId) -> Result<std::sync::Arc<[u8]>, snapshot::Unreadable> {
            Err(snapshot::Unreadable::Absent("it is empty".to_owned()))
        }
    }
    Snapshot::new(None, std::collections::BTreeMap::new(), std::sync::Arc::new(Nothing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_there_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("new/pack");
        let file = PackFile { bytes: b"1".as_slice().into(), executable: false };
        let files = PackFiles::from([("a/b".to_owned(), file)]);
        assert_eq!(is_empty(&out), Ok(true));
        write_new(&out, &files).expect("it is empty");
        assert_eq!(std::fs::read(out.join("a/b")).expect("there"), b"1");
        assert!(write_new(&out, &files).is_err());
        assert_eq!(is_empty(&out), Ok(false));
    }
}
