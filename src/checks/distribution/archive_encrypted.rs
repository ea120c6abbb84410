//! Encrypted entries.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP829",
    id: "archive-encrypted",
    severity: Severity::Error,
    summary: "No entry is encrypted.",
    protects: "all users: an installer has no password.",
    details: "Traditional and strong encryption, and hidden headers, by the flags of the entry. \
              Such an entry is not read. PEP 427 wants plain files.",
    fails: ("text", "acme/secret.py   encrypted"),
    passes: ("text", "acme/secret.py   plain"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Encrypted];
    let help = "build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
