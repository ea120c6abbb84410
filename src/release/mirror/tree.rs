//! The files of the mirror, and differences between trees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::document::{Edit, How};
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::forge::Client;
use crate::release::subject::Subject;
use crate::snapshot::{self, BlobId, EntryKind, Snapshot};

/// The file that starts with the note that everything is generated.
pub(super) const README: &str = "README.md";

/// The files of the built package.
#[derive(Clone, Debug)]
pub struct Files(Snapshot);

/// One file of the mirror.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) executable: bool,
    pub(super) id: BlobId,
    pub(super) bytes: Arc<[u8]>,
}

impl Files {
    /// Reads the files of a folder that a build created.
    ///
    /// # Errors
    /// When it cannot be read, or contains anything but files.
    pub fn of(folder: &Path) -> Result<Self> {
        let tree = snapshot::folder::on_disk(folder)?;
        let odd = tree
            .entries
            .iter()
            .find(|(_, entry)| !matches!(entry.kind, EntryKind::File | EntryKind::Executable));
        let problem = tree.problems.first().map(|problem| problem.message.clone());
        match (odd, problem) {
            (None, None) => Ok(Self(tree)),
            (Some((path, _)), _) => Err(Error::failed(format!("`{path}` is not a file"))),
            (None, Some(why)) => Err(Error::failed("cannot read what was built").caused_by(why)),
        }
    }

    /// The files of the mirror, with a note in the readme that everything is generated.
    pub(super) fn shown(&self, subject: &Subject, commit: &str) -> Result<Vec<File>> {
        let mut files = Vec::new();
        let mut has_readme = false;
        let note = format!(
            "> Generated from `{}` at `{commit}`. Change it there: what is changed here is lost.\n",
            subject.repository
        );
        for (path, entry) in self.0.entries.iter() {
            let bytes = self.0.read(entry.id).map_err(|why| {
                Error::failed("cannot read what was built").caused_by(format!("`{path}` {why}"))
            })?;
            let executable = entry.kind == EntryKind::Executable;
            let path = path.as_str().to_owned();
            let (id, bytes) = match path == README {
                true => {
                    has_readme = true;
                    marked(&note, &bytes)
                }
                false => (entry.id, bytes),
            };
            files.push(File { path, executable, id, bytes });
        }
        if !has_readme {
            let (id, bytes) = marked(&note, &[]);
            files.push(File { path: README.to_owned(), executable: false, id, bytes });
        }
        Ok(files)
    }
}

/// The readme of a mirror that shows no version yet.
pub(super) fn first_readme(subject: &Subject) -> String {
    let from = &subject.repository;
    format!("> Generated from `{from}`. Change it there: what is changed here is lost.\n")
}

fn marked(note: &str, text: &[u8]) -> (BlobId, Arc<[u8]>) {
    let mut bytes = note.as_bytes().to_vec();
    if !text.is_empty() {
        bytes.push(b'\n');
        bytes.extend_from_slice(text);
    }
    (BlobId::of(&bytes), bytes.into())
}

/// The tree of a commit: mode and id of each path.
#[derive(Debug, Default)]
pub(super) struct Known {
    paths: BTreeMap<String, (String, String)>,
    ids: BTreeSet<String>,
}

impl Known {
    pub(super) async fn of(
        client: &Client,
        repository: &RepositoryName,
        sha: &str,
    ) -> Result<Self> {
        let tree = client.tree(repository, sha).await?;
        if tree.truncated {
            return Err(Error::failed(format!("{repository} has more files than the forge lists"))
                .hint("a mirror contains one package and nothing else"));
        }
        let mut known = Self::default();
        for entry in tree.tree.into_iter().filter(|entry| entry.kind != "tree") {
            known.ids.insert(entry.sha.clone());
            known.paths.insert(entry.path, (entry.mode, entry.sha));
        }
        Ok(known)
    }

    /// Whether a blob is in the tree.
    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}

/// The differences between two trees, ordered by path.
pub(super) fn differences(before: &Known, after: &Known) -> Vec<Edit> {
    let paths: BTreeSet<&String> = before.paths.keys().chain(after.paths.keys()).collect();
    let edit = |path: &String| {
        let how = match (before.paths.get(path), after.paths.get(path)) {
            (None, Some(_)) => How::Added,
            (Some(_), None) => How::Removed,
            (Some(old), Some(new)) if old != new => How::Changed,
            _ => return None,
        };
        Some(Edit { path: path.clone(), how })
    };
    paths.into_iter().filter_map(edit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(files: &[(&str, &str)]) -> Known {
        let entry = |(path, sha): &(&str, &str)| {
            ((*path).to_owned(), ("100644".to_owned(), (*sha).to_owned()))
        };
        let ids = files.iter().map(|(_, sha)| (*sha).to_owned()).collect();
        Known { paths: files.iter().map(entry).collect(), ids }
    }

    #[test]
    fn what_was_changed_by_hand_is_told_path_by_path() {
        let before = known(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let after = known(&[("a", "1"), ("b", "4"), ("d", "3")]);
        let found: Vec<(String, How)> =
            differences(&before, &after).into_iter().map(|edit| (edit.path, edit.how)).collect();
        let wanted = [("b", How::Changed), ("c", How::Removed), ("d", How::Added)];
        assert_eq!(found, wanted.map(|(path, how)| (path.to_owned(), how)));
        assert!(after.has("4") && !after.has("2"));
    }
}
