//! A dependency by URL, which no index accepts.

use super::declared::requirement;
use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP860",
    id: "requirement-url",
    severity: Severity::Error,
    summary: "No dependency is a URL.",
    protects: "users, whose installation would run code from a place that the index does not keep; it refuses the file.",
    details: "`name @ URL` (PEP 508) in `Requires-Dist`, `Provides-Dist` and `Obsoletes-Dist`, in extras too.",
    fails: ("text", "Requires-Dist: acme-tools @ git+https://example.com/acme-tools.git"),
    passes: ("text", "Requires-Dist: acme-tools>=1.0"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    for name in ["Requires-Dist", "Provides-Dist", "Obsoletes-Dist"] {
        for field in metadata.value.all(name) {
            let Ok(requirement) = requirement(&field.value) else { continue };
            if requirement.url.is_some() {
                let message = format!(
                    "an index refuses `{}`, which is installed from a URL",
                    requirement.name
                );
                let help = "publish it, and require a version";
                findings.push(at_field(&RULE, metadata, field, message).help(help));
            }
        }
    }
}
