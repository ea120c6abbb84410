//! SHP001: files that the shape makes demands of can be read.

use super::{Check, DocumentKind, Finding, Found, Repository, Rule, Severity, demanded};
use crate::source::{Broken, Undecodable};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP001",
    id: "unreadable-file",
    severity: Severity::Error,
    summary: "Every file that has demands in the shape, or whose name says its format, can be read as text.",
    protects: "the reader of a green report: nothing is known about a file that cannot be read.",
    details: "The demands name Dockerfiles, documents, Python modules, requirements files (with what they include), \
              workflows and scripts. Under any shape, the files that `syntax-error` lists by their names have to be \
              readable as well; a `*.py` that no demand covers is a warning. A file that is there and is a submodule, \
              a Git LFS pointer, a link that leaves the repository or points to itself, a blob that a partial clone \
              lacks, binary, not UTF-8, or larger than a megabyte counts as unchecked; every other rule ignores it. A \
              missing file is reported by `path-missing`.",
    fails: (
        "text",
        "version https://git-lfs.github.com/spec/v1\noid \
         sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345",
    ),
    passes: ("yaml", "name: Acme Agent"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct UnreadableFile;

impl Check for UnreadableFile {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for (path, kind) in demanded::files(repository) {
            findings.extend(unreadable(repository, &path, kind));
        }
        // Files that would be parsed under any shape but cannot be read.
        for (path, kind) in demanded::of_any_shape(repository) {
            let severity = demanded::severity_of_any_shape(kind);
            let found = unreadable(repository, &path, kind);
            findings.extend(found.map(|finding| finding.severity(severity)));
        }
    }
}

fn unreadable(repository: &Repository<'_>, path: &str, kind: DocumentKind) -> Option<Finding> {
    let name = demanded::kind_name(kind);
    let (reason, help) = match repository.find(path) {
        Found::Nothing => (
            "is a link whose target does not exist".to_owned(),
            "point the link to a file of the repository, or replace it with one".to_owned(),
        ),
        Found::Unusable(why) => (why.to_string(), why.remedy().to_owned()),
        Found::File(_) => match repository.broken(path, kind)? {
            Broken::Undecodable(fault) => (fault.to_string(), conversion(&fault)),
            Broken::Syntax(_) => return None,
        },
    };
    let finding = Finding::new(&RULE, format!("the {name} {reason}"));
    Some(finding.in_file(path).help(help).unchecked())
}

fn conversion(fault: &Undecodable) -> String {
    match fault {
        Undecodable::Binary(_) => {
            "a text contains no NUL byte: write the file again as UTF-8".to_owned()
        }
        Undecodable::NotUtf8 { line, .. } => {
            format!("convert the file to UTF-8; look at line {line} first")
        }
        Undecodable::TooLarge { .. } => "split the file, or keep the data elsewhere".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::Severity;
    use crate::checks::testing::Case;

    #[test]
    fn every_kind_of_unusable_file_is_told() {
        assert_eq!(Case::conformant().said("unreadable-file"), "");
        let pointer = "version https://git-lfs.github.com/spec/v1\noid \
                       sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
        let case = Case::conformant()
            .file("config.yaml", pointer)
            .file("adapter.py", b"x = 1\n# caf\xe9\n")
            .file("Dockerfile", b"FROM x\0")
            .link("requirements.txt", "/etc/requirements.txt")
            .link(".github/workflows/ci.yml", "gone.yml")
            .file("install.sh", vec![b'#'; (1 << 20) + 1])
            .link("start.sh", "start.sh");
        insta::assert_snapshot!(case.said("unreadable-file"), @"
        .github/workflows/ci.yml: the workflow is a link whose target does not exist (unchecked)
        Dockerfile: the Dockerfile is binary (a NUL byte at offset 6) (unchecked)
        adapter.py: the Python module is not UTF-8 (line 2, byte offset 11) (unchecked)
        config.yaml: the document is a Git LFS pointer, whose content is not here (unchecked)
        install.sh: the script has 1048577 bytes, more than the limit of 1048576 (unchecked)
        requirements.txt: the requirements file is a symbolic link that leaves the repository (unchecked)
        start.sh: the script is a symbolic link to itself (unchecked)
        ");
    }

    #[test]
    fn files_that_no_demand_is_about_may_be_anything() {
        let case = Case::conformant().file("logo.png", b"\x89PNG\0").link("elsewhere", "/x");
        assert_eq!(case.said("unreadable-file"), "");
        let missing = Case::conformant().without("config.yaml").without("Dockerfile");
        assert_eq!(missing.said("unreadable-file"), "");
        let nothing = Case::with_shape("").file("Dockerfile", b"\0").file("a.yaml", b"\0");
        assert_eq!(nothing.said("unreadable-file"), "");
    }

    #[test]
    fn what_would_be_parsed_under_any_shape_is_told_where_it_cannot_be() {
        let case = Case::with_shape("")
            .file("package.json", b"\xff\xfe{\0")
            .file("Cargo.toml", b"[package\n# caf\xe9\n")
            .file("pyproject.toml", vec![b'['; (1 << 20) + 1])
            .link("a.py", "gone.py")
            .file("b.py", b"# caf\xe9\ndef (:\n");
        insta::assert_snapshot!(case.said("unreadable-file"), @"
        Cargo.toml: the document is not UTF-8 (line 2, byte offset 14) (unchecked)
        a.py: the Python module is a link whose target does not exist (unchecked)
        b.py: the Python module is not UTF-8 (line 1, byte offset 5) (unchecked)
        package.json: the document is binary (a NUL byte at offset 3) (unchecked)
        pyproject.toml: the document has 1048577 bytes, more than the limit of 1048576 (unchecked)
        ");
        assert_eq!(case.said("syntax-error"), "");
        for finding in case.findings("unreadable-file") {
            let is_python = finding.message.contains("Python");
            assert_eq!(finding.severity == Severity::Warning, is_python, "{finding:?}");
        }
    }
}
