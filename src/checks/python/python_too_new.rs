//! Whether the image's Python supports the syntax of the repository's modules.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::image_python::{Answer, ImagePython};
use crate::checks::dockerfile::dockerfiles;
use crate::checks::pytest::is_test;
use crate::checks::reach::reached;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::python::Versions;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP308",
    id: "python-too-new",
    severity: Severity::Error,
    summary: "The image's Python has the syntax that the modules use.",
    protects: "the container: one piece of newer syntax is a SyntaxError of its whole module.",
    details: "Every `*.py` is read apart from tests (`tests/`, `test_*.py`, `conftest.py`), which may run elsewhere. \
              The first use of each piece of syntax is reported, as a warning in a module that nothing which is known to \
              be used copies, imports or runs, though there is a Dockerfile. Which Python it is, the base of the Dockerfile's last stage says (`python:3.12-slim`), \
              be it the demanded one or an accepted one; where its tag does not, it is `demands.python.version` of the shape. \
              Where a RUN or COPY may bring another Python, or a container runs another, it may be the base's or the one that is \
              named (`python3.11`), else the demanded one. What only some of them refuse is unchecked; where nothing says which one is \
              brought (`pyenv`), so is what all refuse. Names of a newer standard library are \
              not checked.",
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
        let Some(python) = ImagePython::of(repository) else { return };
        // Where there is no image, what is copied into it says nothing.
        let in_use: OnceCell<Option<BTreeSet<String>>> = OnceCell::new();
        let found_in_use = || (!dockerfiles(repository).is_empty()).then(|| reached(repository));
        let paths = repository.snapshot.entries.keys().map(|path| path.as_str());
        for path in paths.filter(|path| path.ends_with(".py") && !is_test(path)) {
            let (Some(text), Some(module)) = (repository.text(path), repository.python(path))
            else {
                continue;
            };
            let mut said: Vec<&str> = Vec::new();
            for syntax in module.newer_than(python.version) {
                if said.contains(&syntax.what) {
                    continue;
                }
                said.push(syntax.what);
                let needs = format!("{} needs Python {}; {python}", syntax.what, syntax.since);
                let refuses = python.is_of(Versions::before(syntax.since));
                let is_doubted = refuses == Answer::Perhaps;
                let message = match is_doubted {
                    true => format!("{needs}, but which Python the image has is not known"),
                    false => needs,
                };
                let finding = Finding::new(&RULE, message).at(path, &text, syntax.span);
                let finding = match is_doubted {
                    true => finding.severity(Severity::Warning).unchecked(),
                    false => finding,
                };
                let readable = format!("write it so that Python {} can read it", python.version);
                let in_use = in_use.get_or_init(found_in_use).as_ref();
                let is_in_use = in_use.is_none_or(|paths| paths.contains(path));
                findings.push(match is_in_use {
                    true => finding.help(readable),
                    false => finding
                        .severity(Severity::Warning)
                        // A module that is not known to be used may import it all the same.
                        .help(format!(
                            "nothing that is known to be used copies, imports or runs this module; {readable}"
                        )),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::pytest::is_test;
    use crate::checks::testing::Case;
    use crate::checks::{Finding, Severity};
    use crate::source::python::PythonVersion;

    #[test]
    fn newer_syntax_is_named_with_its_version() {
        let case = Case::conformant().file("x.py", "type A = int\ntype B = int\n");
        let said = case.said("python-too-new");
        assert!(
            said.starts_with("x.py:1:")
                && said.ends_with("needs Python 3.12; the image's base is `python:3.11-slim`\n")
        );
        assert_eq!(said.lines().count(), 1, "each piece of syntax once");
    }

    #[test]
    fn the_base_of_the_image_counts_before_the_demand() {
        let said = |base: &str| {
            Case::conformant()
                .file("adapter.py", "try: ...\nexcept* OSError: ...\n")
                .replace("Dockerfile", "FROM python:3.11-slim", base)
                .said("python-too-new")
        };
        assert_eq!(said("FROM python:3.12-slim"), "");
        assert!(
            said("FROM python:3.10-slim").ends_with("the image's base is `python:3.10-slim`\n")
        );
        let shape = "demands:\n  python:\n    version: '3.10'\n";
        let case = Case::with_shape(shape).file("x.py", "type A = int\n");
        assert!(case.said("python-too-new").ends_with("Python 3.12; the shape demands 3.10\n"));
    }

    #[test]
    fn a_module_that_nothing_runs_is_a_warning() {
        let severity = |path: &str| {
            let case = Case::conformant().file(path, "type A = int\n");
            case.findings("python-too-new")[0].severity
        };
        assert_eq!(severity("adapter.py"), Severity::Error);
        assert_eq!(severity("scripts/gen.py"), Severity::Warning);
        let shape = "demands:\n  python:\n    version: '3.11'\n";
        let library = Case::with_shape(shape).file("scripts/gen.py", "type A = int\n");
        assert_eq!(library.findings("python-too-new")[0].severity, Severity::Error, "no image");
    }

    #[test]
    fn a_package_is_found_below_src_and_where_a_mount_has_everything() {
        let case = Case::conformant().file("src/acme/tool.py", "type A = int\n");
        let severity = |case: Case| case.findings("python-too-new")[0].severity;
        assert_eq!(severity(case.clone()), Severity::Warning);
        let imported = case.clone().file("adapter.py", "from acme import tool\n");
        assert_eq!(severity(imported), Severity::Error);
        let install = "RUN --mount=type=bind,target=/src pip install /src\nENV PYTHONPATH=/app";
        let mounted = case.replace("Dockerfile", "ENV PYTHONPATH=/app", install);
        assert_eq!(severity(mounted), Severity::Error);
    }

    /// What is said of adapter.py, where the last stage of an image with Python 3.12 goes on with an instruction. The shape
    /// demands 3.11.
    fn brought(instruction: &str, source: &str) -> Vec<Finding> {
        let base = format!("FROM python:3.12-slim\n{instruction}");
        let case = Case::conformant().file("adapter.py", source);
        case.replace("Dockerfile", "FROM python:3.11-slim", &base).findings("python-too-new")
    }

    #[test]
    fn what_only_the_base_or_the_demand_refuses_is_unchecked() {
        let found = brought("RUN uv sync", "type A = int\n");
        assert!(found.len() == 1 && found[0].unchecked, "{found:?}");
        assert!(found[0].message.ends_with(
            "needs Python 3.12; the shape demands 3.11, but which Python the image has is not known"
        ));
        let found = brought("RUN uv sync", "type A[T = int] = T\n");
        let unchecked: Vec<bool> = found.iter().map(|finding| finding.unchecked).collect();
        assert!(unchecked.contains(&false), "both refuse a default: {found:?}");
    }

    #[test]
    fn a_python_that_is_named_may_be_the_one_that_runs() {
        let named = |version: &str| format!("RUN apt-get install -y python{version}");
        let found = brought(&named("3.11"), "type A = int\n");
        assert!(found.len() == 1 && found[0].unchecked, "{found:?}");
        assert!(found[0].message.ends_with(
            "the Dockerfile names Python 3.11, but which Python the image has is not known"
        ));
        assert!(brought(&named("3.13"), "type A = int\n").is_empty());
        for instruction in [named("3.13").as_str(), "RUN curl https://pyenv.run | sh"] {
            let found = brought(instruction, "type A[T = int] = T\n");
            assert!(found.iter().all(|finding| finding.unchecked), "{instruction}: {found:?}");
            assert!(!found.is_empty(), "{instruction}");
        }
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
