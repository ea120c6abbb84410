//! SHP405: what is installed comes from a trustworthy source.

use crate::checks::requirements::{self, File};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::Span;
use crate::source::requirements::danger::{self, Danger};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP405",
    id: "requirements-unsafe",
    severity: Severity::Warning,
    summary: "Requirements come over a protected connection, from one index, and from commits that cannot change.",
    protects: "everyone who runs the image, from code that was put in its place.",
    details: "Reported are `--extra-index-url` (pip takes the highest version of either index, whoever \
              uploaded it), `--trusted-host` (which turns the check of certificates off), anything over \
              `http://` or `git://`, and a version-control URL that names no full commit. Archives by URL are \
              left alone, for pip checks the `#sha256=` of one that has it, and many hosts never change a file.",
    fails: (
        "text",
        "--extra-index-url https://pypi.example.com/simple\nmine @ git+https://git.example.com/mine@main",
    ),
    passes: (
        "text",
        "mine @ git+https://git.example.com/mine@0123456789abcdef0123456789abcdef01234567",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct RequirementsUnsafe;

impl Check for RequirementsUnsafe {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for file in requirements::all(repository) {
            for entry in &file.read.entries {
                let danger = danger::of(entry);
                findings.extend(danger.map(|(danger, span)| said(&file, danger, span)));
            }
        }
    }
}

fn said(file: &File, danger: Danger<'_>, span: Span) -> Finding {
    let (message, help) = match danger {
        Danger::SecondIndex => (
            "a second index: a higher version uploaded there by anyone is installed".to_owned(),
            "use one `--index-url` that has every distribution",
        ),
        Danger::TrustedHost => (
            "the certificate of this host is not checked".to_owned(),
            "give the host a trusted certificate",
        ),
        Danger::OpenLine(url) => {
            (format!("`{}` is fetched over an unprotected connection", shown(url)), "use https")
        }
        Danger::MovingRevision(revision) => (
            format!("`{}` may point to another commit tomorrow", shown(revision)),
            "name a full commit: `…@0123…`",
        ),
        Danger::NoRevision => (
            "no commit is named, so each build may get a different one".to_owned(),
            "name a full commit: `…@0123…`",
        ),
    };
    let mut finding = Finding::new(&RULE, message).help(help);
    finding.location = Some(file.location(span));
    finding
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(requirements: &str) -> String {
        Case::conformant().file("requirements.txt", requirements).said("requirements-unsafe")
    }

    #[test]
    fn what_others_can_replace() {
        insta::assert_snapshot!(
            said("--extra-index-url https://x.test/simple\n--trusted-host x.test\n-i http://x.test/simple\n\
                  a @ git+https://x.test/a@main\n-e git+ssh://git@x.test/b\nhttp://x.test/c.whl\n"),
            @"
        requirements.txt:1:1: a second index: a higher version uploaded there by anyone is installed
        requirements.txt:2:1: the certificate of this host is not checked
        requirements.txt:3:1: `http://x.test/simple` is fetched over an unprotected connection
        requirements.txt:4:1: `main` may point to another commit tomorrow
        requirements.txt:5:1: no commit is named, so each build may get a different one
        requirements.txt:6:1: `http://x.test/c.whl` is fetched over an unprotected connection
        "
        );
    }

    #[test]
    fn what_stays_what_it_is() {
        assert_eq!(Case::conformant().said("requirements-unsafe"), "");
        for fine in [
            "a @ git+https://x.test/a@0123456789abcdef0123456789abcdef01234567#egg=a\n",
            "git+ssh://git@x.test/a@0123456789abcdef0123456789abcdef01234567\n",
            "--index-url https://x.test/simple\n",
            "a @ https://x.test/a.whl\n",
            "# --trusted-host x\n",
            "-i http://localhost:8080/simple\n",
        ] {
            assert_eq!(said(fine), "", "{fine}");
        }
    }
}
