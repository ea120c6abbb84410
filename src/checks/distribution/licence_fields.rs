//! Licence fields that exclude each other.

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP863",
    id: "licence-fields",
    severity: Severity::Error,
    summary: "A licence expression is the only statement: there is no old `License` field and no `License ::` \
              classifier beside it.",
    protects: "whoever publishes: the index refuses both together, since they could say different things.",
    details: "PEP 639. Without `License-Expression` the old field and the classifiers are allowed.",
    fails: ("text", "License-Expression: MIT\nLicense: MIT License"),
    passes: ("text", "License-Expression: MIT"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    if metadata.value.one("License-Expression").is_none() {
        return;
    }
    let classifiers = metadata.value.all("Classifier");
    let classifiers = classifiers.filter(|field| field.value.starts_with("License ::"));
    for field in metadata.value.all("License").chain(classifiers) {
        let message = format!("`{}` is present beside `License-Expression`", field.name);
        let help = "remove it: the expression is sufficient";
        findings.push(at_field(&RULE, metadata, field, message).help(help));
    }
}
