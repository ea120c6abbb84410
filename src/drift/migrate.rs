//! Documents of one repository on their way to a version of their schema.
//!
//! Pure: reads through the repository, and returns edits or the reason for none. The shape declares which
//! documents have versions, and the steps between them.

use crate::change::FileEdit;
use crate::checks::repository::Repository;
use crate::shape::demands::document::{Demand, Version};
use crate::shape::migration::{self, Refusal};
use crate::source::Span;

/// A document that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The version that it has.
    pub from: i64,
    /// The version that it gets.
    pub to: i64,
    /// The edit of its file.
    pub edit: FileEdit,
}

/// Why a document stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stays {
    /// It is there and cannot be read.
    #[error("it cannot be read; `shipshape validate` says why")]
    Unreadable,
    /// There is no way for it.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

impl Stays {
    /// The part of the document that stands in the way, where that is known.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Refused(Refusal::NoVersion { span, .. }) => Some(*span),
            _ => None,
        }
    }
}

/// What becomes of each document that the shape gives versions, with its path: nothing where it is not
/// there or has that version already. Without `to` each goes to its current version. A version that is opt-in
/// is reached only when `opted_in`.
pub fn migrate<'r>(
    repository: &'r Repository<'_>,
    to: Option<i64>,
    opted_in: bool,
) -> impl Iterator<Item = (&'r str, Result<Option<Moved>, Stays>)> {
    let demands = &repository.pack.manifest.demands.documents;
    let versioned = demands.iter().filter_map(|demand| Some((demand, demand.version.as_ref()?)));
    versioned.map(move |(demand, version)| {
        let to = to.unwrap_or(version.current);
        (demand.path.as_str(), document(repository, demand, version, to, opted_in))
    })
}

fn document(
    repository: &Repository<'_>,
    demand: &Demand,
    version: &Version,
    to: i64,
    opted_in: bool,
) -> Result<Option<Moved>, Stays> {
    if !repository.has(&demand.path) {
        return Ok(None);
    }
    let document = repository.yaml(&demand.path, demand.read_as()).ok_or(Stays::Unreadable)?;
    let plan = migration::plan(&document, version, to, opted_in)?;
    if plan.edits.is_empty() {
        return Ok(None);
    }
    let edit = FileEdit::text(demand.path.as_str(), plan.edits);
    Ok(Some(Moved { from: plan.from, to, edit }))
}
