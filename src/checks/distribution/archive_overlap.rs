//! Entries of a zip that share bytes.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP824",
    id: "archive-overlap",
    severity: Severity::Error,
    summary: "No two entries of the archive share bytes.",
    protects: "the machine that unpacks it: overlapping entries are how a small file expands \
              without end.",
    details: "The bytes from an entry's header to the end of its data belong to it alone. One that \
              begins inside another is not read.",
    fails: ("text", "acme/a.py at bytes 0..500, acme/b.py at bytes 0..500"),
    passes: ("text", "acme/a.py at bytes 0..500, acme/b.py at bytes 500..900"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Overlap];
    let help = "build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
