//! A file name whose name or version differs from the metadata.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::source::requirements::normalize;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP838",
    id: "file-name-disagrees",
    severity: Severity::Error,
    summary: "The file name and the metadata say the same name and version.",
    protects: "users, who would get another package or version than they asked for; installers stop there.",
    details: "Names are compared as PEP 503 has it, versions as PEP 440. A field that is missing or no name or \
              version has rules of its own.",
    fails: ("text", "acme-1.0-py3-none-any.whl   METADATA: Version: 1.1"),
    passes: ("text", "acme-1.0-py3-none-any.whl   METADATA: Version: 1.0"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let (Ok(name), Some(metadata)) = (distribution.name(), &distribution.metadata) else { return };
    let Some(version) = name.version() else { return };
    if let Some(field) = distribution.field("Name")
        && !field.value.is_empty()
        && normalize(&field.value) != normalize(name.distribution())
    {
        let message = format!(
            "the metadata is of `{}`, but the file name is of `{}`",
            field.value,
            name.distribution()
        );
        let finding =
            Finding::new(&RULE, message).at(metadata.path.clone(), &metadata.text, field.span);
        findings.push(finding.help("build it again: one of the two was renamed"));
    }
    let Some(field) = distribution.field("Version") else { return };
    let parse = |text: &str| {
        Version::from_str(text).or_else(|_| Version::from_str(&text.replace('_', "-")))
    };
    if let (Ok(stated), Ok(named)) = (parse(&field.value), parse(version))
        && stated != named
    {
        let message =
            format!("the metadata is of version {stated}, but the file name is of {named}");
        let finding =
            Finding::new(&RULE, message).at(metadata.path.clone(), &metadata.text, field.span);
        findings.push(finding.help("build it again: one of the two was renamed"));
    }
}
