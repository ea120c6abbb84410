//! Actions that are made of steps: `runs.steps` of an `action.yml`.

use std::sync::Arc;

use super::jobs::read_steps;
use super::{Expression, Reader, Step, expression};
use crate::source::yaml::{Document, Path};

/// An action that is made of steps.
#[derive(Clone, Debug)]
pub struct Composite {
    document: Arc<Document>,
    /// Its steps, in the order of the file.
    pub steps: Vec<Step>,
}

impl Composite {
    /// Reads one; `None` where the document is an action of another kind, or no action.
    #[must_use]
    pub fn of(document: Arc<Document>) -> Option<Self> {
        let runs = document.root().get("runs")?;
        runs.get("using")?.as_str().filter(|using| using.eq_ignore_ascii_case("composite"))?;
        let steps = runs.get("steps").map(|steps| read_steps(steps, &mut Reader::default()));
        let steps = steps.unwrap_or_default();
        Some(Self { document, steps })
    }

    /// The document it was read from.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Where its steps are in that document.
    #[must_use]
    pub fn path_of_steps() -> Path {
        Path::keys(["runs", "steps"])
    }
}

/// The expressions within what is at a path of a document, `if` conditions without `${{` included.
#[must_use]
pub fn expressions_at(document: &Document, path: &Path) -> Vec<Expression> {
    document.root().all(path).into_iter().flat_map(expression::expressions_below).collect()
}
