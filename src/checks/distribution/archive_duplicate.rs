//! A path that occurs twice in the archive.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP827",
    id: "archive-duplicate",
    severity: Severity::Error,
    summary: "Every path is in the archive once.",
    protects: "reviewers and users: one reader takes the first of the two files and another the last.",
    details: "An index refuses a path that is there twice. Two paths that differ in case only, or in how a letter \
              and its accent are put together, are a warning: they are one file on macOS, the former on Windows too, and \
              the second overwrites the first.",
    fails: ("text", "acme/main.py\nacme/main.py"),
    passes: ("text", "acme/main.py\nacme/main_2.py"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let help = "keep one of them";
    tell_problems(subject, &RULE, &[ProblemKind::Duplicate], help, findings);
    let before = findings.len();
    tell_problems(subject, &RULE, &[ProblemKind::DuplicateByCase], help, findings);
    for finding in findings.iter_mut().skip(before) {
        finding.severity = Severity::Warning;
    }
}
