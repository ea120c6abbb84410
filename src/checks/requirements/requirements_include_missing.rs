//! SHP402: the files and folders that a requirements file names exist.

use crate::checks::requirements::{self, File, Included};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Found, Repository, Rule, Severity};
use crate::source::requirements::{Entry, Named};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP402",
    id: "requirements-include-missing",
    severity: Severity::Error,
    summary: "Every file that a requirements file names, and every folder, is in the repository.",
    protects: "the build, which stops there.",
    details: "Names are relative to the file that includes them, as pip has it. A URL is not looked up, and neither \
              is a name with a `${VARIABLE}`. A path that leaves the repository is a finding, since no build \
              context has it. A line such as `foo/bar` is a path to pip, which stops where there is no such folder; it is a \
              finding if the repository has nothing of that name, in whatever folder. Paths that begin with `.` or `/` and archives \
              are left alone, since a build may make them.",
    fails: ("text", "-r requirements/base.txt   # the file is called common.txt"),
    passes: ("text", "-r requirements/common.txt"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct RequirementsIncludeMissing;

impl Check for RequirementsIncludeMissing {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for file in requirements::all(repository) {
            for (named, _, included) in file.includes() {
                let why = match included {
                    Included::Elsewhere => continue,
                    Included::Outside => "is outside the repository",
                    Included::Path(path) => match repository.find(&path) {
                        Found::Nothing => "does not exist",
                        Found::File(_) | Found::Unusable(_) => continue,
                    },
                };
                let message = format!("`{}` {why}", shown(&named.value));
                let mut finding = Finding::new(&RULE, message);
                finding.location = Some(file.location(named.value_span));
                findings.push(finding.help("add the file, or remove the line"));
            }
            findings.extend(file.read.entries.iter().filter_map(|entry| {
                let Entry::Location(named) = entry else { return None };
                absent_folder(repository, &file, named)
            }));
        }
    }
}

/// The endings of what pip takes for an archive, whose name need not be that of a folder.
const ARCHIVES: [&str; 12] = [
    ".whl",
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
];

/// Reports a name with a slash that is none of the repository's. pip takes it for a folder relative to where it is started,
/// which is not known, and refuses it as a requirement if there is none (`_get_url_from_path` in
/// `pip/_internal/req/constructors.py`).
fn absent_folder(repository: &Repository<'_>, file: &File, named: &Named) -> Option<Finding> {
    let path = named.value.split([';', '[', '=', '<', '>', '!', '~', '(']).next()?;
    let path = path.trim_end_matches('/');
    let may_be_made = path.starts_with(['.', '/'])
        || path.contains([':', '$', '\\'])
        || ARCHIVES.iter().any(|ending| path.to_ascii_lowercase().ends_with(ending));
    let inside = format!("/{path}/");
    let mut known = repository.snapshot.entries.keys();
    if may_be_made || known.any(|known| format!("/{}/", known.as_str()).contains(&inside)) {
        return None;
    }
    let message = format!("`{}` is a path to pip, and does not exist", shown(path));
    let mut finding = Finding::new(&RULE, message);
    finding.location = Some(file.location(named.value_span));
    Some(finding.help(
        "name the distribution alone, or with the address of its repository: `NAME @ git+https://HOST/PATH@COMMIT`",
    ))
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    #[test]
    fn includes_are_looked_up_from_where_they_are_named() {
        assert_eq!(Case::conformant().said("requirements-include-missing"), "");
        let case = Case::conformant()
            .file(
                "requirements.txt",
                "-r more/a.txt\n-c gone.txt\n-r https://x.test/r.txt\n-r ../up.txt\n# -r no.txt\n",
            )
            .file("more/a.txt", "-r b.txt\n-r ../requirements.txt\n-r c.txt\n")
            .file("more/b.txt", "x\n");
        insta::assert_snapshot!(case.said("requirements-include-missing"), @"
        requirements.txt:2:4: `gone.txt` does not exist
        requirements.txt:4:4: `../up.txt` is outside the repository
        more/a.txt:3:4: `c.txt` does not exist
        ");
    }

    #[test]
    fn a_name_with_a_slash_is_a_folder() {
        let case = Case::conformant()
            .file(
                "requirements.txt",
                "foo/bar\nfoo/far[x]; python_version > '3'\nlib/core\ncore/x\n./made\ndist/a-1.whl\n/opt/it\n",
            )
            .file("lib/core/x/pyproject.toml", "");
        insta::assert_snapshot!(case.said("requirements-include-missing"), @"
        requirements.txt:1:1: `foo/bar` is a path to pip, and does not exist
        requirements.txt:2:1: `foo/far` is a path to pip, and does not exist
        ");
    }
}
