//! An archive that is truncated or whose bytes were changed.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP822",
    id: "archive-damaged",
    severity: Severity::Error,
    summary: "The archive is complete, and every file in it matches its checksum.",
    protects: "whoever installs it: the installer stops, or installs something that was never built.",
    details: "Reported for an archive that is cut off, a directory that is not where it should be, \
              data that cannot be expanded, and content that does not match its CRC-32 or its \
              size. What is in the missing part is not judged. Source: APPNOTE.TXT 4.3 and 4.4.7; \
              an index refuses such a file.",
    fails: ("text", "acme-1.0-py3-none-any.whl   upload ended early"),
    passes: ("text", "acme-1.0-py3-none-any.whl   as it was built"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Damaged];
    let help = "build it again, and compare the hash after copying it";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
