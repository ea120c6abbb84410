//! The change `remove`: removes files.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::{self, Chosen};
use super::spec::Say;
use super::{Hindrance, Nowhere, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit};
use crate::checks::{Found, Repository};
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::typed;

/// Removes files. If none matches, nothing changes. A repository is left out if a workflow, Dockerfile or
/// script still names one of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Globs of paths, such as `docs/**` for everything below a folder.
    pub paths: Vec<String>,
    /// Whether to remove the files even if a workflow, Dockerfile or script names them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub even_if_named: bool,
}

impl Remove {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.paths.is_empty() {
            // Elsewhere an empty list chooses everything, which is never meant here.
            say(&[typed::Step::from("paths")], "no path is named".to_owned());
        }
        paths::check_globs("paths", &self.paths, say);
    }

    /// Its files, if the tree has none of them.
    pub(super) fn nowhere(&self, tree: &Snapshot) -> Vec<Nowhere> {
        let Ok(chosen) = Chosen::of(&self.paths) else { return Vec::new() };
        let is_there = chosen.among(tree).next().is_some();
        (!is_there).then(|| Nowhere::of_files("paths", &self.paths)).into_iter().collect()
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        if self.paths.is_empty() {
            return Ok(Step::default());
        }
        let chosen = Chosen::of(&self.paths)?;
        let removed: BTreeSet<&str> = chosen.among(tree).map(RepoPath::as_str).collect();
        if removed.is_empty() {
            return Ok(Step::default());
        }
        if !self.even_if_named
            && let Some((by, named)) = still_named(&surroundings.repository(tree), &removed)
        {
            let why = format!("`{named}` is still named by `{by}`");
            let hint = "correct that file first, or set `even_if_named: true`";
            return Err(Hindrance::new(why).in_file(&RepoPath::new(by)).hint(hint));
        }
        let remove = |path: &&str| FileEdit::Delete { path: RepoPath::new(path) };
        let edits: Vec<FileEdit> = removed.iter().map(remove).collect();
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks: Vec::new() })
    }
}

/// A file that stays, is run, and names a removed file or a folder of which nothing stays; with that name.
fn still_named<'r>(
    repository: &'r Repository<'_>,
    removed: &BTreeSet<&'r str>,
) -> Option<(&'r str, String)> {
    let paths = || repository.snapshot.entries.keys().map(RepoPath::as_str);
    let mut gone: BTreeSet<&str> = removed.clone();
    for path in removed {
        gone.extend(folders_of(path));
    }
    // A folder stays as long as anything in it does.
    for path in paths().filter(|path| !removed.contains(path)) {
        for folder in folders_of(path) {
            gone.remove(folder);
        }
    }
    for path in paths().filter(|path| !removed.contains(path) && runs(path)) {
        let Found::File(blob) = repository.find(path) else { continue };
        for word in blob.documents.path_words() {
            // A single word may mean anything, so a folder has to be named with a `/`.
            let named = word.trim_start_matches("./").trim_end_matches(['/', '.']);
            if removed.contains(named) || word.contains('/') && gone.contains(named) {
                return Some((path, named.to_owned()));
            }
        }
    }
    None
}

fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// Whether a file is run, or configures what is.
fn runs(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let of_forge = path.starts_with(".github/") || path.starts_with(".gitea/");
    of_forge && ends(&[".yml", ".yaml"])
        || name.starts_with("Dockerfile")
        || matches!(name, "Makefile" | "justfile" | ".pre-commit-config.yaml" | "tox.ini")
        || ends(&[".sh", ".bash"])
}
