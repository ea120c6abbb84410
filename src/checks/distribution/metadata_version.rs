//! An unknown metadata version.

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The published versions, and 2.0, which was never published but is used by many old wheels.
const KNOWN: [&str; 9] = ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"];

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP854",
    id: "metadata-version",
    severity: Severity::Error,
    summary: "The metadata is of a version that exists.",
    protects: "whoever publishes: the index refuses the file, since it cannot know what its fields mean.",
    details: "1.0 to 1.2, 2.0 to 2.5 (core metadata specification). One that is newer than an index knows is refused \
              there as well.",
    fails: ("text", "Metadata-Version: 3.7"),
    passes: ("text", "Metadata-Version: 2.4"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let Some(field) = metadata.value.one("Metadata-Version") else { return };
    if !field.value.is_empty() && !KNOWN.contains(&field.value.as_str()) {
        let message = format!("there is no metadata version `{}`", field.value);
        let help = "build it again: a builder writes the version that it uses";
        findings.push(at_field(&RULE, metadata, field, message).help(help));
    }
}
