//! Comments in a zip.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP832",
    id: "archive-comment",
    severity: Severity::Error,
    summary: "Neither the archive nor an entry has a comment.",
    protects: "whoever publishes: comments hide what a scanner does not read, and the public index \
              refuses them.",
    details: "The comment behind the end of the directory and that of each entry (APPNOTE.TXT \
              4.3.16 and 4.3.12).",
    fails: ("text", "end of the directory, comment \"built by me\""),
    passes: ("text", "end of the directory"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Comment];
    let help = "build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
