//! A file name that is not in the form that installers read.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP836",
    id: "file-name-invalid",
    severity: Severity::Error,
    summary: "The file is named as PEP 427 has it for a wheel, or PEP 625 for an sdist.",
    protects: "users: an installer that cannot read the name does not see the file.",
    details: "A wheel is `NAME-VERSION(-BUILD)-PYTHON-ABI-PLATFORM.whl`, an sdist `NAME-VERSION.tar.gz`. The name \
              has letters, digits, `_` and `.`; the version is one by PEP 440; a build tag begins with a digit.",
    fails: ("text", "acme runtime-1.0-any.whl"),
    passes: ("text", "acme_runtime-1.0-py3-none-any.whl"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let Err(error) = distribution.name() else { return };
    let form = match distribution.kind {
        Kind::Sdist => "NAME-VERSION.tar.gz",
        Kind::Wheel | Kind::Tree => "NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
    };
    let message = format!("the file name {error}");
    findings.push(Finding::new(&RULE, message).help(format!("name it `{form}`")));
}
