//! A file name that is not in normalised form, which is what indexes compare.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;
use crate::source::requirements::normalize;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP837",
    id: "file-name-not-normalised",
    severity: Severity::Error,
    summary: "Name and version in the file name are normalised.",
    protects: "whoever publishes: the index refuses the sdist, and tools that look for the file do not find it.",
    details: "The name in lower case with every run of `-`, `_` and `.` as one `_` (PEP 503, then PEP 625 and the \
              binary distribution format), the version as PEP 440 normalises it. The public index refuses sdists that are \
              not; of a wheel it is a warning, since many in use have the old spelling.",
    fails: ("text", "Acme.Runtime-1.0RC1.tar.gz"),
    passes: ("text", "acme_runtime-1.0rc1.tar.gz"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let Ok(name) = distribution.name() else { return };
    let Some(version) = name.version() else { return };
    let wanted_name = normalize(name.distribution()).replace('-', "_");
    let wanted_version = match Version::from_str(&version.replace('_', "-")) {
        Ok(parsed) => parsed.to_string().replace('-', "_"),
        Err(_) => version.to_owned(),
    };
    let severity = match distribution.kind {
        Kind::Sdist => Severity::Error,
        Kind::Wheel | Kind::Tree => Severity::Warning,
    };
    for (what, written, wanted) in
        [("name", name.distribution(), wanted_name), ("version", version, wanted_version)]
    {
        if written != wanted {
            let message = format!(
                "the {what} in the file name is `{written}`; its normalised form is `{wanted}`"
            );
            let help = "build it with a newer tool, which names it correctly";
            findings.push(Finding::new(&RULE, message).severity(severity).help(help));
        }
    }
}
