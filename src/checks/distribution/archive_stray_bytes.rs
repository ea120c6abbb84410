//! Bytes that do not belong to any entry.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP833",
    id: "archive-stray-bytes",
    severity: Severity::Error,
    summary: "Every byte of the archive belongs to an entry.",
    protects: "reviewers: bytes before, between or after the entries are another archive to another reader.",
    details: "Bytes before the first entry, between two, behind the compressed data of one, and \
              behind the end of the directory or of the gzip stream. The public index refuses them \
              in wheels. Self-extracting archives have them in front.",
    fails: ("text", "#!/bin/sh ... PK\\3\\4 ..."),
    passes: ("text", "PK\\3\\4 ..."),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::StrayBytes];
    let help = "build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
