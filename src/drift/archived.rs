//! Archived repositories: their findings can be read, but nothing can be changed there. Pure.

use super::model::RepositoryReport;
use crate::checks::Finding;
use crate::counted::counted_as;

/// The beginning of help that refers to `fix`, with or without options.
const FIX: &str = "`shipshape fix";

/// Removes the fixes of an archived repository's findings, so that no report promises them, and says in their help
/// what has to be done first.
pub(super) fn leave(findings: &mut [Finding]) {
    const FIRST: &str = "the repository is archived: unarchive it, or set `retired` in fleet.yaml";
    for finding in findings.iter_mut().filter(|finding| finding.fix.is_some()) {
        finding.fix = None;
        finding.help = Some(match finding.help.take().filter(|help| !help.starts_with(FIX)) {
            Some(help) => format!("{help}; {FIRST}"),
            None => FIRST.to_owned(),
        });
    }
}

/// Says which of the repositories are archived, if something was found in them that still counts.
#[must_use]
pub fn note(repositories: &[RepositoryReport]) -> Option<String> {
    let is_open = |it: &&RepositoryReport| {
        it.is_archived && it.findings.iter().any(|finding| finding.waived.is_none())
    };
    let names: Vec<String> =
        repositories.iter().filter(is_open).map(|it| format!("`{}`", it.name)).collect();
    let are = counted_as(names.len(), "repository is", "repositories are");
    (!names.is_empty()).then(|| {
        format!(
            "{are} archived, so that nothing can be fixed there: {}; unarchive {}, or set `retired` in fleet.yaml",
            names.join(", "),
            if names.len() == 1 { "it" } else { "them" }
        )
    })
}
