//! A version that is not valid under PEP 440.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP856",
    id: "version-invalid",
    severity: Severity::Error,
    summary: "The version is valid by PEP 440.",
    protects: "users: nothing can be compared with it, so no installer chooses it.",
    details: "`0.1.0-local` is not valid; a local version is written `0.1.0+local`, and a development one `0.1.0.dev1`.",
    fails: ("text", "Version: 0.1.0-local"),
    passes: ("text", "Version: 0.1.0.dev1"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    let Some(field) = metadata.value.one("Version") else { return };
    if field.value.is_empty() || Version::from_str(&field.value).is_ok() {
        return;
    }
    let message = format!("`{}` is not a version", field.value);
    let local = field.value.replacen('-', "+", 1);
    let help = match Version::from_str(&local) {
        Ok(local) => format!("did you mean `{local}`? An index accepts no local versions"),
        Err(_) => "write it like `1.2.3`, `1.2.3rc1` or `1.2.3.dev4`".to_owned(),
    };
    findings.push(at_field(&RULE, metadata, field, message).help(help));
}
