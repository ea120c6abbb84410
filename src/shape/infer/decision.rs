//! A decision on how to hold a path, and the canons of files that are not held as a whole.

use std::sync::Arc;

use crate::counted::counted_as;
use crate::shape::Policy;
use crate::snapshot::BlobId;
use crate::source::secrets::secrets_in;

use super::census::PathCensus;
use super::{Member, abstraction, demands, kind, lines};

/// A canonical content.
pub(super) struct Canon {
    pub(super) bytes: Arc<[u8]>,
    pub(super) template: bool,
    /// Indices of the repositories that conform to it.
    pub(super) conforming: Vec<usize>,
}

impl Canon {
    pub(super) fn of(template: &abstraction::Abstraction) -> Self {
        let bytes = Arc::from(template.source.as_bytes());
        Self { bytes, template: true, conforming: template.renders.clone() }
    }
}

/// The decision on how to hold a path.
pub(super) struct Decision {
    pub(super) policy: Policy,
    pub(super) canon: Option<Canon>,
    pub(super) why: String,
    /// What a person is asked if the path is held.
    pub(super) questions: Vec<String>,
}

impl Decision {
    pub(super) fn new(policy: Policy, canon: Option<Canon>, why: impl Into<String>) -> Self {
        Self { policy, canon, why: why.into(), questions: Vec::new() }
    }

    pub(super) fn asking(self, questions: impl IntoIterator<Item = String>) -> Self {
        Self { questions: questions.into_iter().collect(), ..self }
    }
}

/// Holds only the presence of a file that is about its own repository. If all have the same content it serves as a
/// starting point, unless it follows from the repository's dependencies.
pub(super) fn own(path: &PathCensus, why: &str, members: &[Member]) -> Decision {
    let equal = path.groups.first().map_or(0, |group| group.members.len());
    let same = equal == members.len() && kind::can_be_started_from(path.path.as_str());
    let canon = same.then(|| start_of(path, members)).flatten();
    Decision::new(Policy::Seeded, canon, why)
}

/// Returns the most frequent content as a starting point.
pub(super) fn start_of(path: &PathCensus, members: &[Member]) -> Option<Canon> {
    let blob = path.groups.first()?.read(members)?;
    let bytes = Arc::clone(blob.documents.bytes());
    Some(Canon { bytes, template: false, conforming: Vec::new() })
}

pub(super) fn structured(
    path: &str,
    blobs: &demands::Files,
    first: BlobId,
    of: usize,
) -> Option<Decision> {
    let core = lines::core(path, blobs, first, of)?;
    let why = format!(
        "{} in nearly all; the rest is free",
        counted_as(core.lines, "line is", "lines are")
    );
    let bytes = core.text.into_bytes().into();
    let canon = Canon { bytes, template: false, conforming: core.conforming };
    Some(Decision::new(Policy::Structured, Some(canon), why))
}

/// Whether the `secret` rule would find something in a content.
pub(super) fn holds_credential(bytes: &[u8]) -> bool {
    !secrets_in(bytes).is_empty()
}
