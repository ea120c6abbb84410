//! Files that are installed where they do not belong.

use std::collections::{BTreeMap, BTreeSet};

use super::{Few, Subject};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::{FileName, Kind};
use crate::package::modules::PythonFile;
use crate::package::name::in_file_names;
use crate::snapshot::RepoPath;
use crate::source::{Span, Text};

/// Top-level folders that are practically never meant to be installed.
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
              `__pycache__` anywhere. A `.pth` file at the top is read in every start of Python: one that only names \
              folders is an information, and so is a package beside the one with the distribution's name, which other \
              distributions may also install; a line that begins with `import` runs as code, whatever is started. An \
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
            Some(of_start(subject, path))
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
    if distribution.kind == Kind::Wheel {
        beside_its_own(subject, findings);
    }
}

/// The finding for a `.pth` file: `site` treats each line as a folder, or executes it if it begins with `import`.
fn of_start(subject: &Subject<'_>, path: &RepoPath) -> Finding {
    let bytes = subject.distribution.file(path.as_str()).map_or(&[][..], |bytes| bytes);
    let text = Text::new(&String::from_utf8_lossy(bytes));
    let mut at = 0;
    for line in text.as_str().split_inclusive(['\n', '\r']) {
        if line.starts_with("import ") || line.starts_with("import\t") {
            let span = Span::new(at, at + line.trim_end().len());
            let message = "this line runs as code at every start of Python, whatever is started";
            let help = "remove it: code can run when the package is imported instead";
            return Finding::new(&RULE, message).at(path.clone(), &text, span).help(help);
        }
        at += line.len();
    }
    let message = "this file is read at every start of Python";
    let help = "no action is needed if this is intended";
    Finding::new(&RULE, message).in_file(path.clone()).help(help).severity(Severity::Info)
}

/// Reports packages and modules next to the one that has the distribution's name. If none has, the wheel follows
/// another convention and nothing is reported.
fn beside_its_own(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Ok(FileName::Wheel(name)) = subject.distribution.name() else { return };
    let own = in_file_names(&name.distribution);
    let mut tops: BTreeMap<&str, &PythonFile> = BTreeMap::new();
    for file in subject.modules.files.values() {
        let place = file.site.as_str();
        let top = place.split('/').next().unwrap_or(place).trim_end_matches(".py");
        tops.entry(top).or_insert(file);
    }
    let is_own = |top: &str| top.eq_ignore_ascii_case(&own);
    if !tops.keys().any(|top| is_own(top)) {
        return;
    }
    let is_told = |top: &str| STRAY.contains(&top) || matches!(top, "setup" | "conftest");
    let mut few = Few::new(findings);
    for (top, first) in tops {
        // A leading `_` suggests that the name is there on purpose.
        if is_own(top) || is_told(top) || top.starts_with('_') {
            continue;
        }
        few.tell(|| {
            let message = format!("the wheel also installs `{top}` beside its own `{own}`");
            let help =
                "remove it if it is there by mistake: no other distribution can use the name";
            let finding = Finding::new(&RULE, message).in_file(first.path.clone());
            finding.help(help).severity(Severity::Info)
        });
    }
    few.end();
}

fn is_module(file: &str) -> bool {
    [".py", ".so", ".pyd", ".pyi", ".pyc"].iter().any(|end| file.ends_with(end))
}
