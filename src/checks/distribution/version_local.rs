//! A local version, which no index accepts.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP857",
    id: "version-local",
    severity: Severity::Error,
    summary: "What is published has no local version.",
    protects: "whoever publishes: the public index refuses it.",
    details: "A local version (`1.0+fix1`) marks a patched build of a published version; it is for private use (PEP \
              440). Waive the finding for builds that are not published.",
    fails: ("text", "Version: 1.0+local"),
    passes: ("text", "Version: 1.0.post1"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let Some(field) = metadata.value.one("Version") else { return };
    let Ok(version) = Version::from_str(&field.value) else { return };
    if version.is_local() {
        let message = format!("an index refuses the local version `{version}`");
        let help = "publish it as a `.dev`, `rc` or `.post` version";
        findings.push(at_field(&RULE, metadata, field, message).help(help));
    }
}
