//! A `Requires-Python` that installers cannot parse.

use std::str::FromStr as _;

use pep440_rs::VersionSpecifiers;

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP858",
    id: "requires-python-invalid",
    severity: Severity::Error,
    summary: "`Requires-Python` is a version specifier by PEP 440.",
    protects: "users of an old Python, who get a package that their Python cannot run.",
    details: "`>=3.11`, `>=3.9,!=3.9.7`. A caret or a bare number is not valid, and the index refuses it.",
    fails: ("text", "Requires-Python: ^3.11"),
    passes: ("text", "Requires-Python: >=3.11"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let Some(field) = metadata.value.one("Requires-Python") else { return };
    if let Err(error) = VersionSpecifiers::from_str(&field.value) {
        let reason = error.to_string();
        let reason = reason.lines().next().unwrap_or_default();
        let message = format!("`{}` is not a version specifier: {reason}", field.value);
        let help = "write it like `>=3.11`";
        findings.push(at_field(&RULE, metadata, field, message).help(help));
    }
}
