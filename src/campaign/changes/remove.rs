//! The change `remove`: removes files.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::{self, Chosen};
use super::spec::Say;
use super::{Hindrance, Nowhere, Step, Surroundings};
use crate::change::{ChangeSet, FileEdit};
use crate::checks::{StillNamed, still_named};
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::typed;

/// Removes files. If none matches, nothing changes. A repository is left out if a workflow, Dockerfile, script or
/// import still names one of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Globs of paths, such as `docs/**` for everything below a folder.
    pub paths: Vec<String>,
    /// Whether to remove the files even if a workflow, Dockerfile, script or import names them.
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
            && let Some(StillNamed { by, named, .. }) =
                still_named(&surroundings.repository(tree), &removed).into_values().next()
        {
            let why = format!("`{named}` is still named by `{by}`");
            let hint = "correct that file first, or set `even_if_named: true`";
            return Err(Hindrance::new(why).in_file(&by).hint(hint));
        }
        let remove = |path: &&str| FileEdit::Delete { path: RepoPath::new(path) };
        let edits: Vec<FileEdit> = removed.iter().map(remove).collect();
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks: Vec::new() })
    }
}
