//! A zip in which two readers would see different files.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP823",
    id: "archive-disagreement",
    severity: Severity::Error,
    summary: "The header before each file's data agrees with the directory at the end of the zip.",
    protects: "reviewers: a scanner that reads one of the two and an installer that reads the other \
              see different packages.",
    details: "Name, compression, sizes and checksum of both headers are compared, and the number \
              of entries with what the end of the directory says. An entry that disagrees is not \
              read. Source: APPNOTE.TXT 4.3.7 and 4.3.12; the public index refuses such wheels \
              since 2025.",
    fails: ("text", "directory: acme/safe.py    header before the data: acme/evil.py"),
    passes: ("text", "both: acme/safe.py"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Disagreement];
    let help = "build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
