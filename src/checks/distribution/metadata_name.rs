//! A distribution name that is not valid.

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP855",
    id: "metadata-name",
    severity: Severity::Error,
    summary: "The name has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit.",
    protects: "whoever publishes: the index refuses the file, and nothing can ask for such a name.",
    details: "ASCII only, in any case (PEP 508, core metadata specification).",
    fails: ("text", "Name: acme runtime"),
    passes: ("text", "Name: acme-runtime"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let Some(field) = metadata.value.one("Name") else { return };
    if !field.value.is_empty() && !is_name(&field.value) {
        let message = format!("`{}` is not the name of a distribution", field.value);
        let help = "use letters, digits, `-`, `_` and `.`";
        findings.push(at_field(&RULE, metadata, field, message).help(help));
    }
}

/// Whether a text is a valid distribution name.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
