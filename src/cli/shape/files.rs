//! Finding a pack, and writing one.

use std::path::{Path, PathBuf};

use super::PackOptions;
use crate::change::{Change, ChangeSet, Mode};
use crate::cli::Context;
use crate::cli::shared::next::quoted;
use crate::edge::fs::write_change_set;
use crate::error::{Error, Result};
use crate::fleet::manifest::{NamedShape, Shape};
use crate::fleet::{Fleet, kin};
use crate::shape::infer::names_of;
use crate::shape::pack::{FILES, MANIFEST, PackFile, PackFiles};
use crate::shape::{Pack, embedded, load};
use crate::snapshot::{self, Snapshot};

/// The location of a pack.
pub(super) enum Place {
    Embedded,
    Folder(PathBuf),
    Repository { repository: PathBuf, reference: Option<String>, path: String },
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
            Some(name) => kinds.get(name),
            None if kinds.len() > 1 => {
                return Err(Error::usage("the fleet has several kinds")
                    .hint(format!("name one: `--kind {}`", names.join("` or `--kind "))));
            }
            None => match kinds.values().next() {
                Some(kind) => Some(kind),
                None => return Ok(Self::Embedded),
            },
        };
        let found = found.ok_or_else(|| {
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
            },
        })
    }

    pub(super) fn load(&self) -> Result<Pack> {
        match self {
            Self::Embedded => embedded::load(),
            Self::Folder(folder) => load::from_folder(folder),
            Self::Repository { repository, reference, path } => {
                load::from_repository(repository, reference.as_deref(), path)
            }
        }
    }

    /// The folder of the pack, if it can be changed.
    pub(super) fn writable(self) -> Result<PathBuf> {
        match self {
            Self::Folder(folder) => Ok(folder),
            Self::Embedded => Err(Error::usage("the pack inside shipshape cannot be changed")
                .hint("make a copy of your own: `shipshape shape show --export FOLDER`, then name it in fleet.yaml or by `--pack FOLDER`")),
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
        let base = folder.entry(path).map(|entry| entry.id);
        let same = base == Some(snapshot::BlobId::of(&file.bytes));
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
    std::fs::create_dir_all(folder).map_err(|error| {
        Error::failed("cannot make the folder").in_file(folder).caused_by(error)
    })?;
    let there = files.keys().find(|path| folder.join(path).symlink_metadata().is_ok());
    if let Some(path) = there {
        return Err(Error::usage("this file exists already, and would be replaced")
            .in_file(folder.join(path))
            .hint("name an empty folder"));
    }
    write_change_set(folder, &changes(&nothing(), files))
}

/// Sees to it that git keeps files that were just written to a pack in a work tree. Where it would convert them, writes
/// the attributes that prevent it. Returns the command that adds those that it ignores.
pub(super) fn kept_by_git(
    context: &Context,
    folder: &Path,
    files: &PackFiles,
) -> Result<Option<String>> {
    let mut kept = Kept::of(folder, files)?;
    let attributes = folder.join(load::ATTRIBUTES);
    if !kept.converted.is_empty() && attributes.symlink_metadata().is_err() {
        let bytes = load::VERBATIM.as_bytes().into();
        let file = PackFile { bytes, executable: false };
        write_new(folder, &PackFiles::from([(load::ATTRIBUTES.to_owned(), file)]))?;
        context.terminal.note(&format!(
            "wrote {}, so that git keeps the files of the pack byte for byte",
            attributes.display()
        ));
        kept = Kept::of(folder, files)?;
    }
    if !kept.converted.is_empty() {
        context.terminal.warning(&format!(
            "git keeps other bytes than these files of the pack have, because of attributes: {}. Add `{}` to {}, and rename a {} below {FILES} (`source` in {MANIFEST} names its new place)",
            kept.converted.join(", "),
            load::VERBATIM.trim_end().replace('\n', "` and `"),
            attributes.display(),
            load::ATTRIBUTES,
        ));
    }
    if kept.ignored.is_empty() {
        return Ok(None);
    }
    let names = kept.ignored.join(", ");
    context.terminal.warning(&format!(
        "git ignores files of the pack, so a clone would not have them: {names}"
    ));
    let words = kept.ignored.iter().map(|name| quoted(name));
    let words: Vec<String> = words.collect();
    let folder = quoted(&folder.to_string_lossy());
    Ok(Some(format!("git -C {folder} add -f {}", words.join(" "))))
}

/// What git would make of the files of a pack.
#[derive(Default)]
struct Kept {
    /// Those that it ignores.
    ignored: Vec<String>,
    /// Those of which it would keep other bytes.
    converted: Vec<String>,
}

impl Kept {
    fn of(folder: &Path, files: &PackFiles) -> Result<Self> {
        let there = snapshot::folder::read(folder)?;
        let mut kept = Self::default();
        let Some(tree) = &there.work_tree else { return Ok(kept) };
        for (path, file) in files {
            match there.entry(path) {
                None if tree.ignores(path) => kept.ignored.push(path.clone()),
                Some(entry) if entry.id != snapshot::BlobId::of(&file.bytes) => {
                    kept.converted.push(path.clone());
                }
                _ => {}
            }
        }
        Ok(kept)
    }
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
