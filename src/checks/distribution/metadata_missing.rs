//! The metadata file of a distribution.

use super::{Subject, tell_missing};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP840",
    id: "metadata-missing",
    severity: Severity::Error,
    summary: "A wheel has METADATA, an sdist PKG-INFO.",
    protects: "users and indexes, who know neither name nor version without it.",
    details: "`NAME-VERSION.dist-info/METADATA` in a wheel (PEP 427), `NAME-VERSION/PKG-INFO` in an sdist (PEP 643). \
              An archive that was not read whole is not judged.",
    fails: ("text", "acme-1.0.dist-info/ has no METADATA"),
    passes: ("text", "acme-1.0.dist-info/METADATA"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kind = subject.distribution.kind;
    let file = if kind == Kind::Sdist { "PKG-INFO" } else { "METADATA" };
    tell_missing(subject, &RULE, file, "build it again: a builder writes it", findings);
}
