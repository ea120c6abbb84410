//! Removing files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::{self, Chosen};
use super::spec::Say;
use super::{Ground, Hindrance, Step};
use crate::change::{ChangeSet, FileEdit};
use crate::snapshot::Snapshot;
use crate::source::typed;

/// Removes files. Where none is, nothing happens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Globs over paths: `docs/**` is everything below a folder.
    pub paths: Vec<String>,
}

impl Remove {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.paths.is_empty() {
            // An empty list chooses everything elsewhere, which is never meant here.
            say(&[typed::Step::from("paths")], "no path is named".to_owned());
        }
        paths::check_globs("paths", &self.paths, say);
    }

    pub(super) fn make(&self, _ground: &Ground<'_>, tree: &Snapshot) -> Result<Step, Hindrance> {
        if self.paths.is_empty() {
            return Ok(Step::default());
        }
        let chosen = Chosen::of(&self.paths)?;
        let remove = |path: &crate::snapshot::RepoPath| FileEdit::Delete { path: path.clone() };
        let edits: Vec<FileEdit> = chosen.among(tree).map(remove).collect();
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks: Vec::new() })
    }
}
