//! The change `move`: moves a file or a folder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths;
use super::spec::Say;
use super::{Hindrance, Nowhere, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit, Mode};
use crate::snapshot::{Entry, EntryKind, RepoPath, Snapshot};
use crate::source::typed;

/// Moves a file, or a folder with its content. Modes and links are kept. If the path does not exist, nothing
/// changes. What is already at the new path is never overwritten, unless it is identical.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The path of a file or a folder.
    pub from: String,
    /// Its new path.
    pub to: String,
}

impl Move {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        paths::check_path("from", self.from.trim_end_matches('/'), say);
        paths::check_path("to", self.to.trim_end_matches('/'), say);
        let below = |one: &str, other: &str| format!("{other}/").starts_with(&format!("{one}/"));
        let (from, to) = (self.from.trim_end_matches('/'), self.to.trim_end_matches('/'));
        let what = if from == to {
            format!("it is at `{to}` already")
        } else if below(from, to) {
            format!("`{to}` is inside `{from}`")
        } else if below(to, from) {
            format!("`{from}` is inside `{to}`")
        } else {
            return;
        };
        say(&[typed::Step::from("to")], what);
    }

    /// What it moves, if that is not in the tree.
    pub(super) fn nowhere(&self, tree: &Snapshot) -> Vec<Nowhere> {
        let from = self.from.trim_end_matches('/');
        let is_it = |path: &RepoPath| {
            let rest = path.as_str().strip_prefix(from);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_there = tree.entries.keys().any(is_it);
        let nowhere = || Nowhere::of_files("from", std::slice::from_ref(&self.from));
        (!is_there).then(nowhere).into_iter().collect()
    }

    pub(super) fn make(
        &self,
        _ground: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let (from, to) = (self.from.trim_end_matches('/'), self.to.trim_end_matches('/'));
        let mut edits = Vec::new();
        for (path, entry) in tree.entries.iter() {
            let Some(rest) = path.as_str().strip_prefix(from) else { continue };
            if rest.is_empty() || rest.starts_with('/') {
                let target = RepoPath::new(&format!("{to}{rest}"));
                edits.extend(moved(tree, path, *entry, target)?);
            }
        }
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks: Vec::new() })
    }
}

fn moved(
    tree: &Snapshot,
    path: &RepoPath,
    entry: Entry,
    target: RepoPath,
) -> Result<Vec<FileEdit>, Hindrance> {
    let refused = |why: String| Err(Hindrance::new(why).in_file(path));
    let mode = match entry.kind {
        EntryKind::File => Mode::File,
        EntryKind::Executable => Mode::Executable,
        // The target of a link is relative to the folder of the link.
        EntryKind::Link if path.parent() == target.parent() => Mode::Link,
        EntryKind::Link => {
            return refused(format!(
                "`{path}` is a link, which would point elsewhere from `{target}`"
            ));
        }
        EntryKind::Submodule => return refused(format!("`{path}` is a submodule")),
    };
    if let Some(other) = tree.entry(target.as_str())
        && other != entry
    {
        return refused(format!("`{target}` exists already and differs"));
    }
    let bytes = tree
        .read(entry.id)
        .map_err(|error| Hindrance::new(format!("`{path}` {error}")).in_file(path))?;
    Ok(vec![FileEdit::Write { path: target, bytes, mode }, FileEdit::Delete { path: path.clone() }])
}
