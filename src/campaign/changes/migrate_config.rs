//! The change `migrate_config`: moves documents to a version of their schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::Say;
use super::{Hindrance, Step, Surroundings};
use crate::change::ChangeSet;
use crate::drift::migrate::{self, Stays};
use crate::shape::migration::Refusal;
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::typed;

/// Migrates the documents that have versions in the shape (such as `config.yaml`) to another version. Comments
/// and the order of keys are kept. No document moves to a version that its readers may not know: an opt-in
/// version must be named in `to` and confirmed with `opt_in`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct MigrateConfig {
    /// The version to migrate to. Default: the shape's current version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// Confirms that every reader of these documents supports an opt-in version.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_in: bool,
}

impl MigrateConfig {
    pub(super) fn check(&self, say: &mut Say<'_>) {
        if self.opt_in && self.to.is_none() {
            say(
                &[typed::Step::from("opt_in")],
                "an opt-in version has to be named with `to`".to_owned(),
            );
        }
    }

    pub(super) fn make(
        &self,
        surroundings: &Surroundings<'_>,
        tree: &Snapshot,
    ) -> Result<Step, Hindrance> {
        let repository = surroundings.repository(tree);
        let mut edits = Vec::new();
        let mut remarks = Vec::new();
        for (path, outcome) in migrate::migrate(&repository, self.to, self.opt_in) {
            match outcome {
                Ok(None) => {}
                Ok(Some(moved)) => {
                    remarks.push(format!(
                        "`{path}` moves from version {} to {}",
                        moved.from, moved.to
                    ));
                    edits.extend(moved.edits);
                }
                Err(why) => return Err(hindrance(&repository, path, &why)),
            }
        }
        Ok(Step { changes: ChangeSet::compose(tree, &edits)?, remarks })
    }
}

fn hindrance(repository: &crate::checks::Repository<'_>, path: &str, why: &Stays) -> Hindrance {
    let repo_path = RepoPath::new(path);
    let hindrance = Hindrance::new(format!("`{path}` stays as it is: {why}"));
    let hindrance = match (why.span(), repository.text(path)) {
        (Some(span), Some(text)) => hindrance.at(&repo_path, &text, span),
        _ => hindrance.in_file(&repo_path),
    };
    match why {
        Stays::Refused(Refusal::OptIn { .. }) => {
            hindrance.hint("once every reader supports it, set `opt_in: true`")
        }
        Stays::Unreadable => hindrance.hint("repair the file first"),
        Stays::Several { .. } => hindrance.hint("keep one document in the file"),
        Stays::Refused(_) => hindrance,
    }
}
