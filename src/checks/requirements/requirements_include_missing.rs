//! SHP402: the files that a requirements file names exist.

use crate::checks::requirements::{self, Included};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Found, Repository, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP402",
    id: "requirements-include-missing",
    severity: Severity::Error,
    summary: "Every file that a requirements file names with `-r` or `-c` is in the repository.",
    protects: "the build, which stops there.",
    details: "Names are relative to the file that includes them, as pip has it. A URL is not looked up, and neither \
              is a name with a `${VARIABLE}`. A path that leaves the repository is a finding, since no build \
              context has it.",
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
        }
    }
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
}
