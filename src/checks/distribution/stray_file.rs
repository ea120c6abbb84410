//! Files that are installed where nobody wants them.

use std::collections::BTreeSet;

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::Kind;

/// Top-level folders that are never what somebody meant to install.
const STRAY: [&str; 12] = [
    "benchmarks",
    "bin",
    "build",
    "dist",
    "doc",
    "docs",
    "example",
    "examples",
    "scripts",
    "test",
    "tests",
    "testing",
];

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP851",
    id: "stray-file",
    severity: Severity::Warning,
    summary: "A wheel installs its package and nothing beside it.",
    protects: "users: a top-level `tests` of one package overwrites that of another, and a compiled file hides a change.",
    details: "Top-level folders such as `tests`, `docs` or `build`, top-level files that are no modules, and \
              `__pycache__` anywhere. A `.pth` file at the top is an information: it runs in every start of Python. An \
              sdist may hold tests and documents; of it only `__pycache__` is reported.",
    fails: ("text", "acme/__init__.py\ntests/test_acme.py"),
    passes: ("text", "acme/__init__.py\nacme/tests/test_acme.py"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let mut told = BTreeSet::new();
    for path in distribution.files.keys() {
        let text = path.as_str();
        let compiled = text.split('/').any(|part| part == "__pycache__");
        let (top, is_folder) = match text.split_once('/') {
            Some((top, _)) => (top, true),
            None => (text, false),
        };
        let finding = if compiled {
            let folder = text.split("__pycache__").next().unwrap_or_default();
            let place = format!("{folder}__pycache__");
            told.insert(place.clone()).then(|| {
                let message = "compiled files belong to one version of Python and one machine";
                Finding::new(&RULE, message)
                    .in_file(path.clone())
                    .help(format!("leave `{place}` out"))
            })
        } else if distribution.kind != Kind::Wheel {
            None
        } else if is_folder && STRAY.contains(&top) {
            told.insert(top.to_owned()).then(|| {
                let message = format!("the wheel installs a top-level `{top}`");
                let help =
                    format!("exclude `{top}` from the packages, or move it into the package");
                Finding::new(&RULE, message).in_file(path.clone()).help(help)
            })
        } else if !is_folder && text.ends_with(".pth") {
            let message = "this file is read at every start of Python";
            let help = "nothing has to be done when that is what it is for";
            let finding = Finding::new(&RULE, message).in_file(path.clone()).help(help);
            Some(finding.severity(Severity::Info))
        } else if !is_folder && !is_module(text) {
            let message = format!("the wheel installs `{text}` beside all other packages");
            Some(
                Finding::new(&RULE, message).in_file(path.clone()).help("move it into the package"),
            )
        } else if text == "setup.py" || text == "conftest.py" {
            let message = format!("the wheel installs a top-level `{text}`");
            Some(Finding::new(&RULE, message).in_file(path.clone()).help("leave it out"))
        } else {
            None
        };
        findings.extend(finding);
    }
}

fn is_module(file: &str) -> bool {
    [".py", ".so", ".pyd", ".pyi", ".pyc"].iter().any(|end| file.ends_with(end))
}
