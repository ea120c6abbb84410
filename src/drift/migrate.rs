//! Migrates the documents of one repository to a version of their schema.
//!
//! Pure: returns edits, or the reason for making none. The shape declares which documents have versions, and the steps
//! between these.

use crate::change::FileEdit;
use crate::checks::repository::Repository;
use crate::shape::demands::document::{Demand, Version};
use crate::shape::migration::{self, Refusal};
use crate::source::Span;

/// A document to migrate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its current version.
    pub from: i64,
    /// The version to migrate to.
    pub to: i64,
    /// All that it changes.
    pub edits: Vec<FileEdit>,
}

/// Why a document is not migrated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stays {
    /// The document exists but cannot be read.
    #[error("it cannot be read; `shipshape validate` says why")]
    Unreadable,
    /// Its file holds several documents, and which of them its readers take is not known.
    #[error("its file holds {count} documents, and a migration is of one")]
    Several {
        /// How many.
        count: usize,
        /// The marker of the second.
        second: Span,
    },
    /// The migration is not possible.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

impl Stays {
    /// Returns the span of the document at fault, if known.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Refused(Refusal::NoVersion { span, .. }) => Some(*span),
            Self::Several { second, .. } => Some(*second),
            _ => None,
        }
    }
}

/// Plans the migration of each versioned document of the shape, and returns it with the document's path: `None` for a
/// document that does not exist or has the version already.
///
/// Without `to`, each document goes to its current version. Opt-in versions are reached only if `opted_in`.
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
    if let [second, ..] = document.further_documents() {
        let count = document.further_documents().len() + 1;
        return Err(Stays::Several { count, second: *second });
    }
    let document = document.of_file(&demand.path);
    let plan = migration::plan(&document, version, to, opted_in)?;
    if plan.is_empty() {
        return Ok(None);
    }
    Ok(Some(Moved { from: plan.from, to, edits: plan.file_edits(&demand.path) }))
}
