//! RECORD, the list of a wheel's files.

use super::{Subject, tell_missing};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP842",
    id: "record-missing",
    severity: Severity::Error,
    summary: "A wheel has a RECORD.",
    protects: "users: without it the package cannot be uninstalled, and nothing shows that its files are those that were built.",
    details: "`NAME-VERSION.dist-info/RECORD`, with a hash for every file (PEP 376, PEP 427). Installers and the \
              index refuse a wheel without it.",
    fails: ("text", "acme-1.0.dist-info/ has no RECORD"),
    passes: ("text", "acme-1.0.dist-info/RECORD"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kind = subject.distribution.kind;
    if kind == Kind::Wheel {
        tell_missing(subject, &RULE, "RECORD", "build it again: a builder writes it", findings);
    }
}
