//! What an open pull request of the campaign repairs in a member: that stays wanted, whatever the baseline accepts meanwhile.
//! What the baseline accepts beside it in the same files stays accepted.

use std::cell::OnceCell;

use crate::campaign::compute::from_root;
use crate::campaign::fit::Offered;
use crate::checks::{Finding, Fingerprint, Waived};
use crate::snapshot::Snapshot;

/// An open pull request, as seen from a member.
#[derive(Clone, Copy)]
pub(super) struct OpenPull<'a> {
    /// What it changes.
    pub(super) offered: &'a Offered,
    /// The folder of the member.
    pub(super) folder: Option<&'a str>,
}

/// What an open pull request repairs in a member's tree. It is judged only if that matters.
pub(super) struct Repaired<'a, F> {
    pull: OpenPull<'a>,
    tree: &'a Snapshot,
    found: &'a F,
    /// What is found before and after its commit.
    around: OnceCell<[Vec<Finding>; 2]>,
}

impl<'a, F: Fn(&Snapshot) -> Vec<Finding>> Repaired<'a, F> {
    /// `found` judges a tree, without the decisions of the owners.
    pub(super) fn new(pull: OpenPull<'a>, tree: &'a Snapshot, found: &'a F) -> Self {
        Self { pull, tree, found, around: OnceCell::new() }
    }

    /// Whether this is in the baseline, and the pull request repairs it.
    pub(super) fn has(&self, finding: &Finding) -> bool {
        let OpenPull { offered, folder } = self.pull;
        let is_accepted = finding.waived.as_ref().is_some_and(Waived::is_baseline);
        let changes = |path| offered.changes(&from_root(folder, path));
        if !is_accepted || !finding.path().is_some_and(changes) {
            return false;
        }
        let judged = || offered.around(self.tree, folder).map(|tree| (self.found)(&tree));
        let [before, after] = self.around.get_or_init(judged);
        is_among(before, finding) && !is_among(after, finding)
    }
}

/// Whether a finding is one of these, perhaps elsewhere in its file.
fn is_among(findings: &[Finding], finding: &Finding) -> bool {
    let fingerprint = Fingerprint::of(finding);
    let is_it = |other: &Finding| {
        // What is bound to the content of a whole file has another fingerprint after any change of it.
        let is_of_whole = finding.evidence.is_some() && other.evidence.is_some();
        let is_same_there = other.rule.code == finding.rule.code && other.path() == finding.path();
        is_of_whole && is_same_there || Fingerprint::of(other) == fingerprint
    };
    findings.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::path_rules::PATH_UNCHECKED;
    use crate::snapshot::BlobId;

    #[test]
    fn a_finding_of_a_whole_file_is_the_same_after_another_change_of_it() {
        let found = |path: &str| Finding::new(&PATH_UNCHECKED, "differs").in_file(path);
        let judged = |content: &[u8]| found("a").evidence(BlobId::of(content));
        assert!(is_among(&[judged(b"1\n")], &judged(b"2\n")));
        assert!(!is_among(&[judged(b"1\n")], &found("b").evidence(BlobId::of(b"1\n"))));
        assert!(is_among(&[found("a")], &found("a")));
        assert!(!is_among(&[found("a")], &found("b")));
    }
}
