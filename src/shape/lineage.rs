//! Earlier canons: every distinct content that a path of the pack has had.
//!
//! A difference alone does not say what to do: a file that equals an earlier canon can be replaced
//! unseen, one that a person edited cannot. In: versions of the pack, newest first. Out: for each
//! path its distinct contents before today's, and whether that history is whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::snapshot::BlobId;

use super::manifest::Variable;

/// The history of every path of a pack.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    /// Earlier contents by canonical path, newest first, today's left out.
    pub earlier: BTreeMap<String, Vec<EarlierCanon>>,
    /// Why the history is not whole: then a content that matches nothing may still have been canon.
    pub incomplete: Option<String>,
}

/// A content that a path once had in the canon.
#[derive(Clone, Debug)]
pub struct EarlierCanon {
    /// The content, or only its id where no more is known.
    pub content: EarlierContent,
    /// When it was replaced or, where that is not known, made: for reports.
    pub label: String,
}

/// What is known of an earlier content.
#[derive(Clone, Debug)]
pub enum EarlierContent {
    /// The bytes.
    Literal(Arc<[u8]>),
    /// A template, with the variables as they were defined then.
    Template {
        /// Its source.
        source: Arc<str>,
        /// Definitions of that time.
        variables: Arc<Vec<(String, Variable)>>,
    },
    /// Only git's id of the bytes.
    Id(BlobId),
}

impl Lineage {
    /// Earlier contents of a path, newest first.
    #[must_use]
    pub fn of(&self, path: &str) -> &[EarlierCanon] {
        self.earlier.get(path).map_or(&[], Vec::as_slice)
    }
}
