//! Brings a checkout of the starter to the shape.
//!
//! What a folder holds beyond HEAD exists nowhere else: it is replaced only with `--force`. A folder that is not the
//! starter, such as a member's, is not made one.

use std::path::Path;
use std::sync::Arc;

use super::{Sync, SyncArguments, difference, name_here, note_left, starter_of, sync_of, told};
use crate::change::{Change, ChangeSet};
use crate::cli::shared::next::quoted_place;
use crate::cli::shared::other_kinds::Strangers;
use crate::cli::shared::placing::{self, member_at};
use crate::cli::shared::targets::{self, Named};
use crate::cli::{Context, Exit, counted};
use crate::drift::survey::{self, Origin, Target};
use crate::edge::fs::write_change_set;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::manifest::Shape;
use crate::fleet::{Fleet, RepositoryName};
use crate::scaffold::draft::starter_files;
use crate::shape::pack::MANIFEST;
use crate::shape::{Pack, load};
use crate::snapshot::{self, BlobId, RepoPath, Snapshot, SourceKind, git};

/// The most files that an error names.
const MOST_NAMED: usize = 10;

pub(super) fn run(
    arguments: &SyncArguments,
    context: &Context,
    folder: &Path,
    fleet: Option<&Fleet>,
    kind: &str,
) -> Result<Exit> {
    if snapshot::kind_of(folder)? == SourceKind::GitDirectory {
        return Err(Error::usage("a bare repository has no files to update")
            .in_file(folder)
            .hint("clone it, and name the clone"));
    }
    let shape = arguments.shape.as_deref();
    let pack = targets::shape(context, fleet, kind, shape, None)?;
    let starter = fleet.and_then(|fleet| starter_of(fleet, kind));
    let member = fleet.and_then(|fleet| member_at(fleet, folder));
    if let Some(member) = member
        && starter.as_ref().is_none_or(|starter| starter.key() != member.repository.key())
    {
        let message = format!("`{}` is a member of the fleet, not a starter", member.name());
        return Err(Error::usage(message).in_file(folder).hint(format!(
            "name a checkout of the starter; `{}` repairs a member",
            context.command(&format!("fix {}", quoted_place(folder)))
        )));
    }
    // A mirror on this machine may have any name.
    let remote = git::origin(folder).filter(|remote| remote.host.is_some());
    if let Some((starter, remote)) = starter.as_ref().zip(remote)
        && !remote.name.eq_ignore_ascii_case(&starter.name)
        && !arguments.force
    {
        let here = &remote.name;
        let message = format!("its remote is `{here}`, but the starter of `{kind}` is `{starter}`");
        return Err(Error::usage(message)
            .in_file(folder)
            .hint("name a checkout of the starter, or say --force if it is one"));
    }
    let here = || {
        let owner = git::origin(folder).and_then(|remote| remote.owner);
        RepositoryName::new(owner.unwrap_or_default(), name_here(folder))
    };
    let repository = starter.unwrap_or_else(here);
    let there = snapshot::folder::read(folder)?;
    let target = target(folder, &repository.name, &pack);
    let mut strangers = Strangers::default();
    // A starter may begin as an empty folder, which is of no kind.
    if !there.entries.is_empty() {
        strangers.look(&target, &|path| there.entry(path).is_some());
    }
    strangers.must_be_chosen(context, &target, fleet.is_some() || shape.is_some())?;
    let is_there = |path: &RepoPath| folder.join(path.as_str()).symlink_metadata().is_ok();
    let sync = without_ignored(sync_of(&starter_files(&pack, &repository)?, &there), &is_there);
    let exit = in_folder(arguments, context, &target, &there, &sync)?;
    let other = fleet.filter(|_| shape.is_none());
    let Some(other) = other.and_then(|fleet| other_pack(fleet, kind, folder, (&pack, &repository)))
    else {
        return Ok(exit);
    };
    context.terminal.note(&visible_line(&other));
    Ok(if exit == Exit::Clean { Exit::Unchecked } else { exit })
}

/// Says that the checkout has a pack which gives other files than the shape that was read, if so: fleet.yaml names what is
/// committed at a reference, and an edit of the pack is not that.
fn other_pack(
    fleet: &Fleet,
    kind: &str,
    folder: &Path,
    (pack, repository): (&Pack, &RepositoryName),
) -> Option<String> {
    let Shape::Repository(shape) = &fleet.manifest.kinds.get(kind)?.shape else { return None };
    let here = folder.join(&shape.path);
    if !here.join(MANIFEST).is_file() {
        return None;
    }
    let read = starter_files(pack, repository).ok()?;
    let is_same = load::from_folder(&here)
        .and_then(|other| starter_files(&other, repository))
        .is_ok_and(|files| files == read);
    (!is_same).then(|| {
        let reference = shape.reference.as_deref().unwrap_or("HEAD");
        let (source, place) = (&pack.source, here.display());
        format!(
            "the shape was read at `{reference}`, from {source}, and the pack in {place} gives other files: commit it there, or \
             say --shape {}",
            quoted_place(&here)
        )
    })
}

/// Leaves to a person what would be created where a file is: one that git ignores, so that it was not compared.
fn without_ignored(mut sync: Sync, is_there: &dyn Fn(&RepoPath) -> bool) -> Sync {
    let left = &mut sync.left;
    sync.changes.changes.retain(|path, change| {
        let is_ignored = base_of(change).is_none() && is_there(path);
        if is_ignored {
            left.push(format!(
                "`{path}` is of the shape, but git ignores the one that is there: take it out of .gitignore, or remove it"
            ));
        }
        !is_ignored
    });
    sync
}

/// The folder as what the embedded shape and HEAD are compared with.
fn target(folder: &Path, name: &str, pack: &Arc<Pack>) -> Target {
    let origin = Origin::Local(folder.to_owned());
    placing::target(origin, name.to_owned(), None, Arc::clone(pack), &Named::default())
}

fn in_folder(
    arguments: &SyncArguments,
    context: &Context,
    target: &Target,
    there: &Snapshot,
    Sync { changes, left }: &Sync,
) -> Result<Exit> {
    let folder = target.origin.local()?;
    if changes.is_empty() && left.is_empty() {
        let said = format!("the starter matches the shape already: {}", told(&target.shape));
        context.terminal.note(&visible_line(&said));
        return Ok(Exit::Clean);
    }
    let lost = lost(changes, &survey::recoverable(target));
    if arguments.dry_run {
        context.terminal.output(&difference(there, changes))?;
        note_left(context, left);
        note_lost(context, &lost, "would be gone");
        return Ok(Exit::Findings);
    }
    if !lost.is_empty() && !arguments.force {
        return Err(kept(&lost).in_file(folder));
    }
    if !changes.is_empty() {
        write_change_set(folder, &changes.clone().on_disk(there)?)?;
    }
    for (path, change) in &changes.changes {
        let verb = if base_of(change).is_some() { "changed" } else { "added" };
        context.terminal.note(&visible_line(&format!("{verb} {path}")));
    }
    let count = counted(changes.changes.len(), "file");
    context.terminal.note(&visible_line(&format!("changed {count} in {}", folder.display())));
    note_left(context, left);
    note_lost(context, &lost, "is gone");
    Ok(if left.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// The files whose present content the changes replace, and git does not have at HEAD.
fn lost<'c>(
    changes: &'c ChangeSet,
    is_recoverable: &dyn Fn(&RepoPath, BlobId) -> bool,
) -> Vec<&'c RepoPath> {
    let is_lost = |(path, change): &(&RepoPath, &Change)| {
        let becomes = match change {
            Change::Write { bytes, .. } => Some(BlobId::of(bytes)),
            Change::Delete { .. } => None,
        };
        // One that only gets another mode keeps its content.
        base_of(change).is_some_and(|base| becomes != Some(base) && !is_recoverable(path, base))
    };
    changes.changes.iter().filter(is_lost).map(|(path, _)| path).collect()
}

fn base_of(change: &Change) -> Option<BlobId> {
    match change {
        Change::Write { base, .. } => *base,
        Change::Delete { base } => Some(*base),
    }
}

fn kept(lost: &[&RepoPath]) -> Error {
    let named: Vec<String> = lost.iter().take(MOST_NAMED).map(|path| format!("`{path}`")).collect();
    let more = match lost.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error::usage(format!(
        "HEAD does not have what is in {}{more}, which would be replaced",
        named.join(", ")
    ))
    .hint("`--dry-run` shows what would change; commit what is there first, or replace it with --force")
}

fn note_lost(context: &Context, lost: &[&RepoPath], is_gone: &str) {
    for path in lost {
        context.terminal.note(&visible_line(&format!(
            "HEAD does not have what was in `{path}`: the previous content {is_gone}"
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Mode;

    #[test]
    fn what_git_ignores_is_left_to_a_person() {
        let write = |base| Change::Write { bytes: b"new"[..].into(), mode: Mode::File, base };
        let mut sync = Sync::default();
        let base = Some(BlobId::of(b"old"));
        for (path, base) in [("changed", base), ("ignored", None), ("new", None)] {
            sync.changes.changes.insert(RepoPath::from(path), write(base));
        }
        let sync = without_ignored(sync, &|path| path.as_str() != "new");
        let paths: Vec<&str> = sync.changes.changes.keys().map(RepoPath::as_str).collect();
        assert_eq!(paths, ["changed", "new"]);
        assert!(sync.left.concat().contains("`ignored`"), "{:?}", sync.left);
    }

    #[test]
    fn only_content_that_is_replaced_and_nowhere_else_is_lost() {
        let write = |bytes: &[u8], base: Option<&[u8]>| Change::Write {
            bytes: bytes.into(),
            mode: Mode::File,
            base: base.map(BlobId::of),
        };
        let changes = ChangeSet {
            changes: [
                ("committed", write(b"new", Some(b"at HEAD"))),
                ("edited", write(b"new", Some(b"mine"))),
                ("mode", write(b"mine", Some(b"mine"))),
                ("new", write(b"new", None)),
            ]
            .into_iter()
            .map(|(path, change)| (RepoPath::from(path), change))
            .collect(),
        };
        let at_head = BlobId::of(b"at HEAD");
        let lost = lost(&changes, &|_, id| id == at_head);
        assert_eq!(lost.iter().map(|path| path.as_str()).collect::<Vec<_>>(), ["edited"]);
    }
}
