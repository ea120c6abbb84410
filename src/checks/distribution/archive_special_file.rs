//! Links, devices and other entries that are not regular files.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP828",
    id: "archive-special-file",
    severity: Severity::Error,
    summary: "The archive holds files and folders only.",
    protects: "whoever unpacks it: a link can redirect the next file out of the folder, and installers drop it or follow it.",
    details: "Symbolic and hard links, devices, pipes, sparse files and folders with content. Such \
              an entry is not read. PEP 427 knows no links; PEP 706 lets installers refuse them in \
              an sdist.",
    fails: ("text", "acme/latest -> ../../../etc"),
    passes: ("text", "acme/latest.py   a file"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Special];
    let help = "replace it with the file itself";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
