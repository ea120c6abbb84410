//! SHP002: files that the shape makes demands of parse, and so do those whose names imply a format.

use super::{Check, DocumentKind, Finding, Repository, Rule, Severity, demanded};
use crate::source::dockerfile::Foreign;
use crate::source::workflow::Forge;
use crate::source::yaml::Dialect;
use crate::source::{Broken, Span, SyntaxError, Text, json};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP002",
    id: "syntax-error",
    severity: Severity::Error,
    summary: "Every file that the shape makes demands of parses, and so does every workflow, Python module and \
              well-known document.",
    protects: "the build or the boot, which stops at the same place, and readers of a report that would \
               otherwise be silent about the file.",
    details: "Files that the shape makes demands of: Dockerfiles are read as Docker reads them (a flag that only the frontend of another `# syntax=` may take is \
              unchecked; the name of an instruction in capitals where a `\\` above continues another one is refused \
              too, although Docker reads it as an argument), `*.json` as JSON \
              (those whose own readers take comments, such as `tsconfig.json`, as YAML), other documents and \
              workflows as YAML of their dialect, requirements files line by line as pip does, `*.py` as CPython \
              compiles it (an `await` in a plain function does not). Under any shape: workflows, `package.json`, \
              `composer.json`, `pyproject.toml`, `Cargo.toml`, `action.yml`, `compose.yml`, `.pre-commit-config.yaml` \
              and `dependabot.yml` in their places, and every `*.py`, which is a warning where no demand is about \
              Python: it may be an example of what does not parse. A document behind `---` is an error where PyYAML \
              reads the file, which takes one only, and a warning elsewhere. What is YAML but not to PyYAML's \
              `safe_load` is an error there too: an unknown tag (`!env`), an anchor that is defined twice, a date \
              that no calendar has (`2024-13-45`), a `<<` of what is no mapping, a key that is a mapping (`{{ name \
              }}` without quotes), a tab between two words, a control character, `%YAML 2.0`. So is what a forge \
              refuses of a workflow: no mapping, no `on` or `jobs`, a key that is there twice; on GitHub also a \
              second document, a merge key (`<<`), a job with neither `runs-on` nor `uses`, an event or a scope of \
              the token that is misspelled, a `${{` that is never closed. Files whose keys the \
              shape manages (`structured`) are checked for that too; `path-unchecked` reports those that do not \
              parse. A document, Dockerfile, workflow or adapter that does not parse hides what the shape demands of \
              it: it is neither waived nor in the baseline, and where the fleet switches this rule off, lowers it to \
              info or enforces it later, the file is reported as unchecked. The baseline leaves out everything that \
              this rule finds; `shipshape waive` accepts the rest, such as a Python module that is an example, or a \
              line of requirements. Python that is newer than the image's has a rule of its own. What cannot be read \
              as text is `unreadable-file`'s.",
    fails: ("yaml", "name: [unclosed"),
    passes: ("yaml", "name: [closed]"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct SyntaxErrors;

impl Check for SyntaxErrors {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        findings.extend(concealing(repository));
        for (path, kind) in demanded::files(repository) {
            let Some(text) = repository.text(&path) else { continue };
            match kind {
                DocumentKind::Requirements => {
                    let read = repository.requirements(&path);
                    for problem in read.iter().flat_map(|read| &read.problems) {
                        let line = text.slice(problem.span);
                        let line = super::shown::shown(line);
                        let message = format!("`{line}` {}", problem.message);
                        let finding = Finding::new(&RULE, message).help(AS_PIP_READS);
                        findings.push(finding.at(path.as_str(), &text, problem.span));
                    }
                }
                DocumentKind::Yaml(dialect) => {
                    further_documents(repository, &path, dialect, findings);
                    refused_by_its_reader(repository, &path, dialect, findings);
                }
                DocumentKind::Workflow => refused_by_its_forge(repository, &path, findings),
                DocumentKind::Dockerfile => findings.extend(not_for_docker(repository, &path)),
                _ => {}
            }
            if !is_read_as_a_whole(repository, &path, kind) {
                findings.extend(broken(repository, &path, kind).map(|it| it.help(LOOK)));
            }
        }
        for (path, dialect) in demanded::managed(repository) {
            further_documents(repository, &path, dialect, findings);
            refused_by_its_reader(repository, &path, dialect, findings);
        }
        for (path, kind) in demanded::of_any_shape(repository) {
            let severity = demanded::severity_of_any_shape(kind);
            let found = broken(repository, &path, kind);
            findings.extend(found.map(|it| it.help(LOOK).severity(severity)));
        }
    }
}

/// Files that do not parse and of which the shape demands something that is therefore not judged.
pub(crate) fn concealing(repository: &Repository<'_>) -> impl Iterator<Item = Finding> {
    let files = demanded::files(repository).into_iter();
    let files = files.filter(|(path, kind)| is_read_as_a_whole(repository, path, *kind));
    files.filter_map(|(path, kind)| {
        let found = broken(repository, &path, kind)?.help(
            "check this line and the one above it; what the shape demands of this file may not be checked until it \
             parses, so this cannot be waived",
        );
        Some(found.conceals_demands())
    })
}

/// Whether the shape demands something of this very file that is not judged where it does not parse. Of a list of
/// requirements, the other lines are judged. Of modules that no demand names, each is one among many, which may be an
/// example of what does not parse.
fn is_read_as_a_whole(repository: &Repository<'_>, path: &str, kind: DocumentKind) -> bool {
    match kind {
        DocumentKind::Requirements => false,
        DocumentKind::Python => {
            let adapters = &repository.pack.manifest.demands.python.adapters;
            adapters.iter().any(|adapter| adapter.path == path)
        }
        _ => true,
    }
}

/// Documents behind the first one of a file, which is the only one that is judged.
fn further_documents(
    repository: &Repository<'_>,
    path: &str,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) {
    let (severity, readers) = match dialect {
        Dialect::Yaml11 => (Severity::Error, "its readers refuse"),
        Dialect::Yaml12 | Dialect::Toml => (Severity::Warning, "many readers ignore or refuse"),
    };
    let Some(document) = repository.yaml(path, dialect) else { return };
    for further in document.further_documents() {
        let message = format!("a second document starts here, which {readers}");
        let finding = Finding::new(&RULE, message).at(path, document.text(), *further);
        findings.push(finding.severity(severity));
    }
}

/// What `PyYAML` refuses of a document that it reads, although it is YAML. The document is judged all the same.
fn refused_by_its_reader(
    repository: &Repository<'_>,
    path: &str,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) {
    if json::is_strict(path) {
        return;
    }
    let Some(document) = repository.yaml(path, dialect) else { return };
    for refused in document.refused_by_pyyaml() {
        let message = format!("PyYAML refuses this document: {}", refused.message);
        findings.push(Finding::new(&RULE, message).at(path, document.text(), refused.span));
    }
}

/// A flag of a Dockerfile for another frontend than Docker's, which only that one knows.
fn not_for_docker(repository: &Repository<'_>, path: &str) -> Option<Finding> {
    let (text, file) = (repository.text(path)?, repository.dockerfile(path)?);
    let Foreign { frontend, span } = file.foreign.as_ref()?;
    let message = format!(
        "whether this flag is right cannot be determined: `# syntax=` names `{frontend}` instead of Docker's frontend"
    );
    Some(Finding::new(&RULE, message).at(path, &text, *span).unchecked())
}

/// What the forge refuses of a workflow, which is judged all the same.
fn refused_by_its_forge(repository: &Repository<'_>, path: &str, findings: &mut Vec<Finding>) {
    let Some(workflow) = repository.workflow(path) else { return };
    let forge = if path.starts_with(".github/") { Forge::GitHub } else { Forge::Gitea };
    for refused in workflow.refused_by(forge) {
        let message = format!("the forge refuses this workflow: {}", refused.message);
        let text = workflow.document().text();
        findings.push(Finding::new(&RULE, message).at(path, text, refused.span));
    }
}

/// Why a file does not parse. JSON is tried first: demanded documents are read as YAML, which accepts more.
fn error_of(
    repository: &Repository<'_>,
    path: &str,
    kind: DocumentKind,
    text: &Text,
) -> Option<SyntaxError> {
    let of_json = is_json(path, kind).then(|| json::error(text)).flatten();
    of_json.or_else(|| match repository.broken(path, kind)? {
        Broken::Syntax(error) => Some(error),
        Broken::Undecodable(_) => None,
    })
}

fn is_json(path: &str, kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::Yaml(_)) && json::is_strict(path)
}

/// What to do about a line of requirements that does not parse.
const AS_PIP_READS: &str =
    "write it as pip reads it, a name and then its versions (`httpx>=0.27`), or put `#` in front";

/// What to do about a file that does not parse.
const LOOK: &str =
    "check this line and the one above it; other findings in this file may be missing";

/// A file that does not parse. Lists of requirements are not meant: each of their lines is read by itself.
fn broken(repository: &Repository<'_>, path: &str, kind: DocumentKind) -> Option<Finding> {
    let text = repository.text(path).filter(|_| kind != DocumentKind::Requirements)?;
    let error = error_of(repository, path, kind, &text)?;
    let name = if is_json(path, kind) { "JSON document" } else { demanded::kind_name(kind) };
    let message = format!("the {name} does not parse: {}", error.message);
    Some(Finding::new(&RULE, message).at(path, &text, in_the_text(&text, error.span)))
}

/// Moves the position of an unexpected end of file back to just after the last character, so that it is not on a line
/// that does not exist.
fn in_the_text(text: &Text, span: Span) -> Span {
    let last = text.as_str().trim_end().len();
    if span.start > last { Span::at(last) } else { span }
}

#[cfg(test)]
mod tests {
    use crate::checks::Severity;
    use crate::checks::testing::Case;

    #[test]
    fn each_kind_of_file_is_parsed() {
        assert_eq!(Case::conformant().said("syntax-error"), "");
        let case = Case::conformant()
            .file("config.yaml", "name: [a\n")
            .file("Dockerfile", "FROM python:3.11-slim\nRUNN x\n")
            .file("adapter.py", "class A(:\n")
            .file("tests/test_x.py", "def f(\n")
            .file(".github/workflows/extra.yaml", "on: {\n")
            .file("requirements.txt", "a==\nb=0.1\n-r more/base.txt\n")
            .file("more/base.txt", "??\n");
        insta::assert_snapshot!(case.said("syntax-error"), @"
        .github/workflows/extra.yaml:1:6: the workflow does not parse: while parsing a node, did not find expected node content
        Dockerfile:2:1: the Dockerfile does not parse: unknown instruction `RUNN`, did you mean `RUN`?
        adapter.py:1:9: the Python module does not parse: Expected an expression or a ')'
        config.yaml:1:9: the document does not parse: while parsing a flow sequence, expected ',' or ']'
        more/base.txt:1:1: `??` is not a requirement
        requirements.txt:1:2: `==` is not a version specifier
        requirements.txt:2:2: `=0.1` is not a version specifier: write `==0.1`
        tests/test_x.py:1:7: the Python module does not parse: unexpected EOF while parsing
        ");
    }

    #[test]
    fn a_flag_of_another_frontend_is_unchecked() {
        let said = |syntax: &str, flag: &str| {
            let text = format!("# syntax={syntax}\nFROM python:3.11-slim\nCOPY --{flag} a /b\n");
            Case::conformant().file("Dockerfile", text).said("syntax-error")
        };
        let found = said("acme/frontend", "fast");
        assert!(found.starts_with("Dockerfile:3:6: whether this flag is right"), "{found}");
        assert!(found.ends_with("instead of Docker's frontend (unchecked)\n"), "{found}");
        assert_eq!(said("acme/frontend", "link"), "");
        assert!(said("docker/dockerfile:1", "fast").contains("does not parse"));
    }

    #[test]
    fn an_instruction_that_a_backslash_swallows_is_told_and_nothing_is_repaired() {
        let said = "Dockerfile:4:1: the Dockerfile does not parse: `LABEL` begins no instruction here: a `\\` above \
                    continues the RUN\n";
        let open = "FROM python:3.11-slim\nARG RUNTIME_VERSION\nRUN pip install a \\\n\
                    LABEL com.molecule-ai.runtime-version=\"${RUNTIME_VERSION}\"\n";
        let case = Case::conformant().file("Dockerfile", open);
        assert_eq!(case.said("syntax-error"), said);
        assert_eq!(case.said("docker-label"), "");
    }

    #[test]
    fn the_help_for_a_requirement_shows_how_one_is_written() {
        let found = Case::conformant().file("requirements.txt", ">=\n").findings("syntax-error");
        assert_eq!(found[0].help.as_deref(), Some(super::AS_PIP_READS));
    }

    #[test]
    fn a_demand_on_json_does_not_make_it_yaml() {
        let shape = "demands:\n  documents:\n    - { path: package.json, keys: { name: { required: true } } }\n    - \
                     path: tsconfig.json\n";
        let case = |text: &str| {
            let case = Case::with_shape(shape).file("package.json", text);
            case.file("tsconfig.json", "{\"include\": [\"src\"],}\n").said("syntax-error")
        };
        assert_eq!(case("{\"name\": \"a\"}\n"), "");
        insta::assert_snapshot!(case("{\n  \"name\": \"a\",\n}\n"), @"package.json:3:1: the JSON document does not parse: trailing comma");
        insta::assert_snapshot!(case("name: a\n"), @"package.json:1:1: the JSON document does not parse: expected `{` or `[`");
    }

    #[test]
    fn a_second_document_is_told() {
        let case = Case::conformant().replace("config.yaml", "tier: 2\n", "tier: 2\n---\na: 1\n");
        insta::assert_snapshot!(
            case.said("syntax-error"),
            @"config.yaml:10:1: a second document starts here, which its readers refuse"
        );
        let shape = "demands:\n  documents:\n    - path: a.yaml\n";
        let case = Case::with_shape(shape).file("a.yaml", "a: 1\n---\nb: 1\n");
        assert_eq!(case.findings("syntax-error")[0].severity, Severity::Warning);
    }

    #[test]
    fn what_its_reader_refuses_of_yaml_is_told() {
        let case = Case::conformant().replace("config.yaml", "tier: 2\n", "tier: 2\nx: !env A\n");
        insta::assert_snapshot!(
            case.said("syntax-error"),
            @"config.yaml:10:4: PyYAML refuses this document: `safe_load` knows no tag `!env`"
        );
        let shape = "demands:\n  documents:\n    - path: a.yaml\n";
        let others = Case::with_shape(shape).file("a.yaml", "x: !env A\n");
        assert_eq!(others.said("syntax-error"), "");
    }

    #[test]
    fn what_a_forge_refuses_of_a_workflow_is_told() {
        let said = |path: &str, workflow: &str| {
            Case::with_shape("demands: {}\n").file(path, workflow).said("syntax-error")
        };
        let job = "on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ run: x }]\n";
        let called = "on: push\njobs: { a: { uses: ./.github/workflows/b.yml } }\n";
        for (workflow, what) in [
            (job.to_owned(), ""),
            (called.to_owned(), ""),
            (String::new(), "1:1: the forge refuses this workflow: it is null and no mapping"),
            ("on: push\n".to_owned(), "1:1: the forge refuses this workflow: `jobs` is missing"),
            (
                format!("{job}on: pull_request\n"),
                "6:1: the forge refuses this workflow: the key `on` is there twice",
            ),
            (
                format!("{job}---\n{job}"),
                "6:1: the forge refuses this workflow: a second document starts here",
            ),
            (
                job.replace("push", "pushh"),
                "1:5: the forge refuses this workflow: `pushh` is no event, did you mean `push`?",
            ),
            (job.replace("push", "nova_released"), ""),
            (
                format!("permissions: {{ content: read }}\n{job}"),
                "1:16: the forge refuses this workflow: `content` is no scope of a token, did you mean `contents`?",
            ),
            (
                job.replace("run: x", "run: 'a ${{ b }} ${{ c }'"),
                "5:32: the forge refuses this workflow: the expression `${{` is never closed",
            ),
            (
                job.replace("runs-on: x", "env: {}"),
                "3:3: the forge refuses this workflow: the job has no `runs-on`",
            ),
        ] {
            let said = said(".github/workflows/main.yml", &workflow);
            let wanted = Some(what).filter(|it| !it.is_empty());
            let wanted = wanted.map(|it| format!(".github/workflows/main.yml:{it}"));
            assert_eq!(said.trim_end(), wanted.unwrap_or_default(), "{workflow}");
        }
        let merged = job.replace("runs-on: x", "<<: { runs-on: x }");
        let found = said(".github/workflows/main.yml", &merged);
        assert!(found.contains("GitHub knows no merge key `<<`"), "{found}");
        assert!(!found.contains("runs-on"), "{found}");
        let gitea = "demands: { workflows: { folders: [.gitea/workflows] } }\n";
        let gitea = Case::with_shape(gitea).file(".gitea/workflows/main.yml", merged);
        assert_eq!(gitea.said("syntax-error"), "");
    }

    #[test]
    fn what_is_no_text_or_no_business_of_ours_is_not_parsed() {
        let case = Case::conformant()
            .file("config.yaml", b"a: [\xff")
            .file("docs/x.yaml", "a: [")
            .file(".github/workflows/nested/x.yml", "a: [");
        assert_eq!(case.said("syntax-error"), "");
    }

    #[test]
    fn whatever_is_demanded_of_python_has_all_modules_parsed() {
        let adapter = "adapters:\n      - path: adapter.py\n        name: Adapter";
        for demand in ["version: \"3.11\"", "package: acme", adapter] {
            let shape = format!("demands:\n  python:\n    {demand}\n");
            let said = Case::with_shape(&shape).file("a/x.py", "def f(\n").said("syntax-error");
            assert!(said.starts_with("a/x.py:1:7: "), "{demand}: {said}");
        }
    }

    #[test]
    fn what_tools_look_for_by_name_parses_under_any_shape() {
        let case = Case::with_shape("demands: {}\n")
            .file("a/x.py", "def f(\n")
            .file("package.json", "{\n\t\"name\": \"slash\", oops\n")
            .file("examples/package.json", "{")
            .file("Cargo.toml", "[package\n")
            .file("action.yml", "name: [a\n")
            .file(".github/workflows/main.yml", "on: [push\n  jobs\n");
        insta::assert_snapshot!(case.said("syntax-error"), @"
        .github/workflows/main.yml:2:7: the workflow does not parse: while parsing a flow sequence, expected ',' or ']'
        Cargo.toml:1:9: the document does not parse: unclosed table, expected `]`
        a/x.py:1:7: the Python module does not parse: unexpected EOF while parsing
        action.yml:1:9: the document does not parse: while parsing a flow sequence, expected ',' or ']'
        package.json:2:19: the JSON document does not parse: key must be a string
        ");
        let module =
            case.findings("syntax-error").into_iter().find(|it| it.message.contains("Python"));
        assert_eq!(module.map(|it| it.severity), Some(Severity::Warning));
        let fine = Case::with_shape("demands: {}\n")
            .file("package.json", "\u{feff}{\n\t\"name\": \"\\/\"\n}\n")
            .file("latin.py", b"# caf\xe9\n");
        assert_eq!(fine.said("syntax-error"), "");
        let off = Case::with_shape("demands: {workflows: {folders: []}}\n");
        assert_eq!(off.file(".github/workflows/main.yml", "on: [").said("syntax-error"), "");
    }
}
