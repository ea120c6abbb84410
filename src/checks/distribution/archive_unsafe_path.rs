//! Paths that would be extracted outside the target folder.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP825",
    id: "archive-unsafe-path",
    severity: Severity::Error,
    summary: "Every path in the archive is relative and stays in its folder.",
    protects: "whoever unpacks it: a file outside the environment is overwritten.",
    details: "Absolute paths, drive letters, `..`, `.`, empty parts, backslashes and control \
              characters. Such an entry is not read. Source: the binary distribution format (PEP \
              427) and PEP 706 for sdists.",
    fails: ("text", "../../home/user/.bashrc"),
    passes: ("text", "acme/data/bashrc"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::UnsafePath];
    let help = "give the file a path below the package";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
