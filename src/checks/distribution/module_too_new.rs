//! Syntax that the oldest admitted Python does not support.

use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};

use super::Subject;
use crate::checks::pytest::is_test;
use crate::checks::{Finding, Rule, Severity};
use crate::package::symbols::Place;
use crate::source::python::{PythonVersion, When};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP875",
    id: "module-too-new",
    severity: Severity::Error,
    summary: "Every module can be read by the oldest Python that `Requires-Python` admits.",
    protects: "users of that Python: the package installs, and is a SyntaxError when it is imported.",
    details: "Without `Requires-Python` nothing is demanded. Versions before 3.8 count as 3.8: older syntax is not \
              distinguished. The first use of each piece of syntax is reported; a module that is imported under a \
              condition only, and a test, are warnings. Names of a newer standard library are not checked.",
    fails: ("python", "type Reply = str  # 3.12, and Requires-Python: >=3.11"),
    passes: ("python", "Reply = str"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(oldest) = oldest(subject) else { return };
    for file in subject.modules.files.values() {
        let (Ok(module), Some(text)) = (&file.module, &file.text) else { continue };
        let mut said: Vec<&str> = Vec::new();
        for syntax in module.newer_than(oldest) {
            if said.contains(&syntax.what) {
                continue;
            }
            said.push(syntax.what);
            let message =
                format!("{} needs Python {}, but {oldest} is admitted", syntax.what, syntax.since);
            let help = format!("write it so that {oldest} can read it, or raise `Requires-Python`");
            let mild = is_test(file.site.as_str())
                || Place::of(&file.site).is_some_and(|place| is_optional(subject, &place.dotted));
            let severity = if mild { Severity::Warning } else { Severity::Error };
            let finding = Finding::new(&RULE, message).at(file.path.clone(), text, syntax.span);
            findings.push(finding.severity(severity).help(help));
        }
    }
}

/// Whether other modules import this one, and only conditionally, lazily or guarded.
fn is_optional(subject: &Subject<'_>, dotted: &str) -> bool {
    let mut wanted = false;
    for reference in subject.references.values().flatten() {
        let Some(module) = &reference.module else { continue };
        let by_name =
            reference.name.as_ref().is_some_and(|name| format!("{module}.{name}") == dotted);
        if module != dotted && !by_name {
            continue;
        }
        wanted = true;
        let always =
            reference.when == When::ImportTime && !reference.guarded && !reference.conditional;
        if always {
            return false;
        }
    }
    wanted
}

/// The oldest Python that `Requires-Python` admits, but at least 3.8.
fn oldest(subject: &Subject<'_>) -> Option<PythonVersion> {
    let field = subject.distribution.field("Requires-Python")?;
    let specifiers = VersionSpecifiers::from_str(&field.value).ok()?;
    let admitted = |minor: u8| {
        // A specifier may exclude single releases, so several patch versions are tried.
        [0, 1, 9, 99].iter().any(|patch| {
            let version = Version::new([3, u64::from(minor), *patch]);
            specifiers.contains(&version)
        })
    };
    let minor = (0..=30).find(|minor| admitted(*minor))?;
    Some(PythonVersion::new(3, minor.max(8)))
}
