//! The layout of an sdist.

use std::collections::BTreeSet;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP872",
    id: "sdist-layout",
    severity: Severity::Error,
    summary: "An sdist has one folder, named like the file, and a build can start in it.",
    protects: "users who build it: the index refuses another folder, and a builder finds nothing to do.",
    details: "`NAME-VERSION.tar.gz` holds `NAME-VERSION/` and nothing beside it, with `pyproject.toml` in it (PEP \
              625, PEP 517). A `setup.py` without `pyproject.toml` still builds and is an information. PKG-INFO has a \
              rule of its own.",
    fails: ("text", "acme-1.0.tar.gz\n  src/acme/__init__.py"),
    passes: ("text", "acme-1.0.tar.gz\n  acme-1.0/pyproject.toml\n  acme-1.0/src/acme/__init__.py"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    if distribution.kind != Kind::Sdist || distribution.incomplete {
        return;
    }
    let mut root = distribution.file_name.clone();
    root.truncate(root.len().saturating_sub(".tar.gz".len()));
    let tops: BTreeSet<&str> = distribution
        .files
        .keys()
        .chain(&distribution.withheld)
        .map(|path| path.as_str().split('/').next().unwrap_or_default())
        .collect();
    let is_root = |top: &&str| {
        *top == root
            && distribution.files.keys().any(|path| path.as_str().starts_with(&format!("{root}/")))
    };
    if !tops.iter().any(is_root) {
        let message = format!("the sdist has no folder `{root}`");
        findings.push(
            Finding::new(&RULE, message).help("build it again: do not rename an sdist manually"),
        );
        return;
    }
    for other in tops.iter().filter(|top| **top != root) {
        let message = format!("`{other}` is beside the folder `{root}`");
        findings.push(Finding::new(&RULE, message).in_file(*other).help("leave it out"));
    }
    if distribution.file(&format!("{root}/pyproject.toml")).is_some() {
        return;
    }
    let (message, severity) = match distribution.file(&format!("{root}/setup.py")) {
        Some(_) => ("the sdist has a `setup.py` but no `pyproject.toml`", Severity::Info),
        None => (
            "the sdist has no `pyproject.toml`, so it is not known how to build it",
            Severity::Error,
        ),
    };
    let finding = Finding::new(&RULE, message).severity(severity);
    findings.push(finding.help("add a `pyproject.toml` with a `[build-system]`"));
}
