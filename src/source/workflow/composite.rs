//! Composite actions: the `runs.steps` of an `action.yml`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::jobs::read_steps;
use super::{Expression, Reader, Step, UsesTarget, Workflow, expression};
use crate::source::yaml::{Document, Path};

/// A composite action.
#[derive(Clone, Debug)]
pub struct Composite {
    document: Arc<Document>,
    /// The steps, in source order.
    pub steps: Vec<Step>,
}

impl Composite {
    /// Reads a composite action; `None` if the document is another kind of action, or none at all.
    #[must_use]
    pub fn of(document: Arc<Document>) -> Option<Self> {
        let runs = document.root().get("runs")?;
        runs.get("using")?.as_str().filter(|using| using.eq_ignore_ascii_case("composite"))?;
        let steps = runs.get("steps").map(|steps| read_steps(steps, &mut Reader::default()));
        let steps = steps.unwrap_or_default();
        Some(Self { document, steps })
    }

    /// Returns the document that the action was read from.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the path of the steps in the document.
    #[must_use]
    pub fn path_of_steps() -> Path {
        Path::keys(["runs", "steps"])
    }
}

/// Whether a path is that of an action which the repository is or runs: at its root, in the usual folders of a forge, or
/// in a folder that one of its workflows uses ([`used_folders`]). Elsewhere it may be an example or test data.
#[must_use]
pub fn is_run_from(path: &str, used: &BTreeSet<&str>) -> bool {
    const USUAL: [&str; 3] = [".github/actions/", ".gitea/actions/", ".forgejo/actions/"];
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    matches!(name, "action.yml" | "action.yaml")
        && (folder.is_empty()
            || USUAL.iter().any(|usual| folder.starts_with(usual))
            || used.contains(folder))
}

/// Returns the folders of the repository whose actions a workflow uses.
pub fn used_folders(workflow: &Workflow) -> impl Iterator<Item = &str> {
    workflow.uses().filter_map(|uses| match &uses.target {
        UsesTarget::Local(path) => Some(path.trim_start_matches("./").trim_end_matches('/')),
        _ => None,
    })
}

/// Returns the expressions in the value at a path, including `if` conditions without `${{`.
#[must_use]
pub fn expressions_at(document: &Document, path: &Path) -> Vec<Expression> {
    document.root().all(path).into_iter().flat_map(expression::expressions_below).collect()
}
