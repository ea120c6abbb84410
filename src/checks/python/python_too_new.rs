//! Whether the image's Python supports the syntax of the repository's modules.

use crate::checks::pytest::is_test;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::python::PythonVersion;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP308",
    id: "python-too-new",
    severity: Severity::Error,
    summary: "The image's Python has the syntax that the modules use.",
    protects: "the container: one piece of newer syntax is a SyntaxError of its whole module.",
    details: "Every `*.py` is read apart from tests (`tests/`, `test_*.py`, `conftest.py`), which may run elsewhere. \
              The first use of each piece of syntax is reported. Names of a newer standard library are not checked. \
              Source: `demands.python.version` of the shape.",
    fails: ("python", "type Reply = str  # Python 3.12"),
    passes: ("python", "Reply = str"),
};

/// The check.
#[derive(Debug)]
pub struct PythonTooNew;

impl Check for PythonTooNew {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let demanded = repository.pack.manifest.demands.python.version.as_deref();
        let Some(version) = demanded.and_then(PythonVersion::parse) else { return };
        let paths = repository.snapshot.entries.keys().map(|path| path.as_str());
        for path in paths.filter(|path| path.ends_with(".py") && !is_test(path)) {
            let (Some(text), Some(module)) = (repository.text(path), repository.python(path))
            else {
                continue;
            };
            let mut said: Vec<&str> = Vec::new();
            for syntax in module.newer_than(version) {
                if said.contains(&syntax.what) {
                    continue;
                }
                said.push(syntax.what);
                let message = format!(
                    "{} needs Python {}; the image has {version}",
                    syntax.what, syntax.since
                );
                let help = format!("write it so that Python {version} can read it");
                findings.push(Finding::new(&RULE, message).at(path, &text, syntax.span).help(help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::pytest::is_test;
    use crate::checks::testing::Case;
    use crate::source::python::PythonVersion;

    #[test]
    fn newer_syntax_is_named_with_its_version() {
        let case = Case::conformant().file("x.py", "type A = int\ntype B = int\n");
        let said = case.said("python-too-new");
        assert!(
            said.starts_with("x.py:1:")
                && said.ends_with("needs Python 3.12; the image has 3.11\n")
        );
        assert_eq!(said.lines().count(), 1, "each piece of syntax once");
    }

    #[test]
    fn older_syntax_and_tests_are_silent() {
        let case = Case::conformant()
            .file("x.py", "match x:\n    case 1: ...\n")
            .file("tests/conftest.py", "type A = int\n")
            .file("test_x.py", "type A = int\n");
        assert_eq!(case.said("python-too-new"), "");
        assert_eq!(Case::with_shape("").file("x.py", "type A = int\n").said("python-too-new"), "");
    }

    #[test]
    fn versions_and_tests_are_told() {
        assert_eq!(PythonVersion::parse("3.11.9"), PythonVersion::parse("3.11"));
        assert_eq!(PythonVersion::parse("three"), None);
        assert!(
            is_test("a/tests/b.py") && is_test("conftest.py") && !is_test("contests/latest.py")
        );
    }
}
