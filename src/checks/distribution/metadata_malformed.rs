//! Metadata that does not consist of fields.

use super::{Subject, tell_header_problems, tell_undecodable};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP852",
    id: "metadata-malformed",
    severity: Severity::Error,
    summary: "METADATA and PKG-INFO are fields in UTF-8, an empty line, and the description.",
    protects: "users and indexes: what follows a line that is not a field is read as the description.",
    details: "A field is a name, `:` and a value; lines that begin with a blank belong to the field before. Source: the \
              core metadata specification, which follows RFC 822 as Python's `email` reads it.",
    fails: ("text", "Metadata-Version: 2.4\nName acme"),
    passes: ("text", "Metadata-Version: 2.4\nName: acme"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for file in ["METADATA", "PKG-INFO"] {
        tell_undecodable(subject, &RULE, file, findings);
    }
    if let Some(metadata) = &subject.distribution.metadata {
        tell_header_problems(metadata, &RULE, findings);
    }
}
