//! `Dynamic` entries that name no field, or one that must not be dynamic.

use super::metadata_field::is_field;
use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP866",
    id: "metadata-dynamic",
    severity: Severity::Error,
    summary: "`Dynamic` names fields that a build may decide.",
    protects: "tools that trust an sdist's metadata, and whoever publishes: the index refuses the file.",
    details: "Any field but `Metadata-Version`, `Name`, `Version` and `Dynamic` itself (PEP 643).",
    fails: ("text", "Dynamic: Version"),
    passes: ("text", "Dynamic: Requires-Dist"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    for field in metadata.value.all("Dynamic") {
        let name = field.value.to_ascii_lowercase();
        let message = match name.as_str() {
            "metadata-version" | "name" | "version" | "dynamic" => {
                format!("`{}` may not be dynamic", field.value)
            }
            _ if !is_field(&name) => format!("`{}` is not a metadata field", field.value),
            _ => continue,
        };
        findings.push(at_field(&RULE, metadata, field, message).help("take it out"));
    }
}
