//! Archived repositories: their findings can be read, but nothing can be changed there. Pure.

use super::help::without_fix;
use super::model::RepositoryReport;
use crate::checks::Finding;
use crate::counted::counted_as;

/// Removes the fixes of an archived repository's findings, so that no report promises them, and says in their help
/// what has to be done first.
pub(super) fn leave(findings: &mut [Finding]) {
    const FIRST: &str = "the repository is archived: unarchive it, or set `retired` in fleet.yaml";
    for finding in findings.iter_mut().filter(|finding| finding.fix.is_some()) {
        finding.fix = None;
        finding.help = Some(without_fix(finding.help.take(), FIRST));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Fix, path_rules};

    #[test]
    fn no_help_of_an_archived_repository_says_to_run_fix() {
        let helped = |help: &str| {
            let finding = Finding::new(&path_rules::PATH_DIVERGED, "it differs").help(help);
            let mut findings = [finding.fix(Fix::risky("restore it", Vec::new()))];
            leave(&mut findings);
            let [Finding { fix: None, help: Some(help), .. }] = findings else {
                panic!("{findings:?}")
            };
            help
        };
        let first = "the repository is archived: unarchive it, or set `retired` in fleet.yaml";
        for help in [
            "`shipshape fix` replaces it",
            "make the edit canon, or restore the canon (`fix --unsafe-fixes`)",
            "it is ignored: if that is right, `shipshape fix --unsafe-fixes` adds the file",
        ] {
            assert_eq!(helped(help), first);
        }
        assert_eq!(helped("quote it"), format!("quote it; {first}"));
    }
}
