//! Safe repairs that `fix` leaves out because git could not restore what they remove.

use crate::change::FileEdit;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Target};
use crate::drift::triage::{Mender, Replaced};
use crate::snapshot::{BlobId, RepoPath};

/// Whether `fix` would leave out all safe repairs, because each would remove content that is not committed.
pub(in crate::cli) fn keeps_all(repository: &RepositoryReport, target: &Target) -> bool {
    let committed = survey::committed(target);
    let has_it = |path: &RepoPath, id: BlobId| {
        let entry = committed.as_ref().and_then(|tree| tree.entry(path.as_str()));
        entry.is_some_and(|entry| entry.id == id)
    };
    let replaced = Replaced::of(repository);
    let open = repository.findings.iter().filter(|finding| finding.waived.is_none());
    let mut safe = open.filter(|it| Mender::among(it, &replaced) == Mender::Machine).peekable();
    safe.peek().is_some()
        && safe.all(|finding| {
            let takes_away = finding.fix.iter().flat_map(|fix| &fix.edits).any(|edit| {
                matches!(edit, FileEdit::Delete { .. } | FileEdit::Write { .. })
                    && finding.path() == Some(edit.path())
            });
            let lost = |(path, id): (&RepoPath, BlobId)| !has_it(path, id);
            takes_away && finding.path().zip(finding.evidence).is_some_and(lost)
        })
}
