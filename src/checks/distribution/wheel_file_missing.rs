//! The WHEEL file, which says how a wheel is installed.

use super::{Subject, tell_missing};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP841",
    id: "wheel-file-missing",
    severity: Severity::Error,
    summary: "A wheel has a WHEEL file.",
    protects: "users: an installer refuses a wheel without it.",
    details: "`NAME-VERSION.dist-info/WHEEL`, with the version of the format and the tags (PEP 427).",
    fails: ("text", "acme-1.0.dist-info/ has no WHEEL"),
    passes: ("text", "acme-1.0.dist-info/WHEEL"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kind = subject.distribution.kind;
    if kind == Kind::Wheel {
        tell_missing(subject, &RULE, "WHEEL", "build it again: a builder writes it", findings);
    }
}
