//! Trees: listing them, and creating edited ones.

use std::collections::BTreeMap;

use git2::{FileMode, ObjectType, Oid, TreeWalkMode, TreeWalkResult};

use super::{Entry, Store};
use crate::sandbox::refusal::Answer;

/// A change to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum TreeEdit {
    /// Puts an object there, with its mode.
    Put(Oid, i32),
    Remove,
}

impl Store {
    /// Returns the entries of a tree, including those of its subdirectories if `recursive`, in
    /// git's order.
    pub(in crate::sandbox) fn entries(&self, tree: Oid, recursive: bool) -> Answer<Vec<Entry>> {
        let tree = self.0.find_tree(tree)?;
        let mut found = Vec::new();
        if !recursive {
            for entry in &tree {
                found.push(self.entry("", &entry));
            }
            return Ok(found);
        }
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            found.push(self.entry(folder, entry));
            TreeWalkResult::Ok
        })?;
        Ok(found)
    }

    fn entry(&self, folder: &str, entry: &git2::TreeEntry<'_>) -> Entry {
        let (kind, size) = match entry.kind() {
            Some(ObjectType::Tree) => ("tree", None),
            Some(ObjectType::Commit) => ("commit", None),
            _ => ("blob", self.blob_size(entry.id())),
        };
        let name = String::from_utf8_lossy(entry.name_bytes());
        let path = format!("{folder}{name}");
        Entry { path, mode: entry.filemode(), kind, id: entry.id(), size }
    }

    /// Returns the entry at a path of a tree; the empty path is the tree itself.
    pub(in crate::sandbox) fn at(&self, tree: Oid, path: &str) -> Answer<Option<Entry>> {
        let path = path.trim_matches('/');
        if path.is_empty() {
            let entry =
                Entry { path: String::new(), mode: 0o040_000, kind: "tree", id: tree, size: None };
            return Ok(Some(entry));
        }
        let tree = self.0.find_tree(tree)?;
        let Ok(entry) = tree.get_path(std::path::Path::new(path)) else { return Ok(None) };
        let mut found = self.entry("", &entry);
        path.clone_into(&mut found.path);
        Ok(Some(found))
    }

    /// Creates a tree with changed entries. Directories that become empty disappear, since git has
    /// none.
    pub(in crate::sandbox) fn edited(
        &self,
        base: Option<Oid>,
        edits: &BTreeMap<String, TreeEdit>,
    ) -> Answer<Oid> {
        let base = base.map(|id| self.0.find_tree(id)).transpose()?;
        let mut names: BTreeMap<&str, Option<TreeEdit>> = BTreeMap::new();
        let mut folders: BTreeMap<&str, BTreeMap<String, TreeEdit>> = BTreeMap::new();
        for (path, edit) in edits {
            match path.split_once('/') {
                None => {
                    names.insert(path, Some(*edit));
                }
                Some((folder, rest)) => {
                    folders.entry(folder).or_default().insert(rest.to_owned(), *edit);
                }
            }
        }
        let mut builder = self.0.treebuilder(base.as_ref())?;
        for (name, edit) in names {
            match edit {
                Some(TreeEdit::Put(id, mode)) => {
                    builder.insert(name, id, mode)?;
                }
                _ => {
                    if builder.get(name)?.is_some() {
                        builder.remove(name)?;
                    }
                }
            }
        }
        for (folder, edits) in folders {
            let inside =
                builder.get(folder)?.filter(|entry| entry.kind() == Some(ObjectType::Tree));
            let inside = inside.map(|entry| entry.id());
            let made = self.edited(inside, &edits)?;
            if self.0.find_tree(made)?.is_empty() {
                if builder.get(folder)?.is_some() {
                    builder.remove(folder)?;
                }
            } else {
                builder.insert(folder, made, FileMode::Tree.into())?;
            }
        }
        Ok(builder.write()?)
    }

    /// Copies a tree and everything in it to another repository.
    pub(in crate::sandbox) fn copy_tree_to(&self, tree: Oid, target: &Self) -> Answer<()> {
        let (from, to) = (self.0.odb()?, target.0.odb()?);
        for entry in self.entries(tree, true)? {
            if entry.kind != "commit" && !to.exists(entry.id) {
                let object = from.read(entry.id)?;
                to.write(object.kind(), object.data())?;
            }
        }
        let object = from.read(tree)?;
        to.write(object.kind(), object.data())?;
        Ok(())
    }
}

/// Returns a single change as a map of edits.
pub(in crate::sandbox) fn edit(path: &str, edit: TreeEdit) -> BTreeMap<String, TreeEdit> {
    BTreeMap::from([(path.to_owned(), edit)])
}

/// A file in which two trees differ.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Changed {
    pub(in crate::sandbox) path: String,
    pub(in crate::sandbox) status: &'static str,
    /// The new content; for a removed file, the old one.
    pub(in crate::sandbox) id: Option<Oid>,
    pub(in crate::sandbox) additions: usize,
    pub(in crate::sandbox) deletions: usize,
    /// The hunks, if it is text.
    pub(in crate::sandbox) patch: Option<String>,
}

impl Store {
    /// Returns the files in which two trees differ.
    pub(in crate::sandbox) fn changed(&self, from: Option<Oid>, to: Oid) -> Answer<Vec<Changed>> {
        let from = from.map(|id| self.0.find_tree(id)).transpose()?;
        let to = self.0.find_tree(to)?;
        let diff = self.0.diff_tree_to_tree(from.as_ref(), Some(&to), None)?;
        let mut found = Vec::new();
        for (index, delta) in diff.deltas().enumerate() {
            let removed = delta.status() == git2::Delta::Deleted;
            let file = if removed { delta.old_file() } else { delta.new_file() };
            let path = String::from_utf8_lossy(file.path_bytes().unwrap_or_default()).into_owned();
            let status = match delta.status() {
                git2::Delta::Added => "added",
                git2::Delta::Deleted => "removed",
                _ => "modified",
            };
            let id = Some(file.id());
            let mut changed = Changed { path, status, id, additions: 0, deletions: 0, patch: None };
            if let Some(mut patch) = git2::Patch::from_diff(&diff, index)? {
                let (_, additions, deletions) = patch.line_stats()?;
                let text = patch.to_buf()?;
                let text = String::from_utf8_lossy(&text).into_owned();
                let hunks = text.find("\n@@").and_then(|start| text.get(start + 1..));
                // GitHub omits the last line end.
                changed.patch = hunks.map(|hunks| hunks.trim_end_matches('\n').to_owned());
                changed.additions = additions;
                changed.deletions = deletions;
            }
            found.push(changed);
        }
        Ok(found)
    }
}
