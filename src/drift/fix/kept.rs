//! Fixes that would delete or replace content which git does not have at HEAD. Without `risky`, they are left out.

use crate::change::FileEdit;
use crate::checks::hygiene::is_about_credentials;
use crate::checks::{Finding, Fix, Safety};
use crate::drift::help::without_fix;
use crate::snapshot::{BlobId, RepoPath, Snapshot};
use crate::source::shell::quoted;

/// Whether a content can be recovered because git has it at this path.
pub type Recoverable<'a> = dyn Fn(&RepoPath, BlobId) -> bool + 'a;

/// Returns the edit of a fix that would irrecoverably delete or replace a file.
pub(super) fn lost<'f>(
    fix: &'f Fix,
    tree: &Snapshot,
    recoverable: &Recoverable<'_>,
) -> Option<&'f FileEdit> {
    fix.edits.iter().find(|edit| {
        let path = match edit {
            FileEdit::Delete { path } | FileEdit::Write { path, .. } => path,
            FileEdit::Text { .. } => return false,
        };
        let entry = tree.entry(path.as_str());
        entry.is_some_and(|entry| !recoverable(path, entry.id))
    })
}

/// Why an edit that loses content is not made, and what to do instead. Never suggests committing what must not be in a
/// repository, least of all a credential.
pub(super) fn why_kept(edit: &FileEdit, findings: &[Finding]) -> String {
    let path = edit.path();
    let is_removed = matches!(edit, FileEdit::Delete { .. });
    let holds_credential =
        || findings.iter().any(|it| is_about_credentials(it.rule) && it.path() == Some(path));
    let then = match is_removed {
        true => "delete it with --unsafe-fixes",
        false => "replace it with --unsafe-fixes",
    };
    if is_removed || holds_credential() {
        format!(
            "the content of `{path}` is not at HEAD: move it out of the repository (if it is staged, `git rm --cached -- {}` \
             as well), or {then}",
            quoted(path.as_str())
        )
    } else {
        format!("the content of `{path}` is not at HEAD: commit it first, or {then}")
    }
}

/// Marks safe fixes that `fix` would leave out in this tree as unsafe, and says in their help why, so that reports
/// promise no more than `fix` does.
pub fn mark_kept(findings: &mut [Finding], tree: &Snapshot, recoverable: &Recoverable<'_>) {
    let why = |finding: &Finding| {
        let fix = finding.fix.as_ref().filter(|fix| fix.safety == Safety::Safe)?;
        Some(why_kept(lost(fix, tree, recoverable)?, findings))
    };
    let kept: Vec<Option<String>> = findings.iter().map(why).collect();
    for (finding, why) in findings.iter_mut().zip(kept) {
        let (Some(fix), Some(why)) = (&mut finding.fix, why) else { continue };
        fix.safety = Safety::Unsafe;
        let kept = format!("`shipshape fix` leaves this out, since {why}");
        finding.help = Some(without_fix(finding.help.take(), &kept));
    }
}
