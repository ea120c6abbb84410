//! SHP405: what is installed comes from where it should.

use crate::checks::requirements::{self, File};
use crate::checks::shown::shown;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::source::Span;
use crate::source::requirements::Entry;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP405",
    id: "requirements-unsafe",
    severity: Severity::Warning,
    summary: "Requirements come over a protected line, from one index, and from commits that stay what they are.",
    protects: "everyone who runs the image, from code that somebody else has put in its place.",
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

/// Decides it.
#[derive(Debug)]
pub struct RequirementsUnsafe;

impl Check for RequirementsUnsafe {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for file in requirements::all(repository) {
            for entry in &file.read.entries {
                findings.extend(danger(&file, entry));
            }
        }
    }
}

fn danger(file: &File, entry: &Entry) -> Option<Finding> {
    match entry {
        Entry::Requirement(requirement) => {
            from_url(file, requirement.url.as_ref()?, requirement.span)
        }
        Entry::Include(named)
        | Entry::Constraint(named)
        | Entry::Editable(named)
        | Entry::Location(named) => from_url(file, &named.value, named.span),
        Entry::Option(named) => {
            let mut words = named.value.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            let option = words.next()?;
            let (message, help) = match option {
                "--extra-index-url" => (
                    "a second index: whoever uploads a higher version there is installed",
                    "use one `--index-url` that knows every distribution",
                ),
                "--trusted-host" => (
                    "the certificate of this host is not checked",
                    "give the host a certificate that is trusted",
                ),
                _ => return words.next().and_then(|url| from_url(file, url, named.span)),
            };
            Some(said(file, message.to_owned(), help, named.span))
        }
    }
}

fn from_url(file: &File, url: &str, span: Span) -> Option<Finding> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let transport = scheme.rsplit('+').next().unwrap_or_default();
    if matches!(transport, "http" | "git") && !is_this_machine(rest) {
        let message = format!("`{}` is fetched over an open line", shown(url));
        return Some(said(file, message, "use https", span));
    }
    let version_control =
        ["git+", "hg+", "svn+", "bzr+"].iter().any(|kind| scheme.starts_with(kind));
    let without_fragment = rest.split('#').next().unwrap_or_default();
    let path = without_fragment.split_once('/').map_or("", |(_, path)| path);
    let revision = path.rsplit_once('@').map(|(_, revision)| revision);
    let is_commit = |revision: &str| {
        matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !version_control || revision.is_some_and(|it| is_commit(it) || it.contains("${")) {
        return None;
    }
    let message = match revision {
        Some(revision) => format!("`{}` may become another commit tomorrow", shown(revision)),
        None => "no commit is named, so that each build may get another".to_owned(),
    };
    Some(said(file, message, "name a full commit: `…@0123…`", span))
}

fn is_this_machine(rest: &str) -> bool {
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1")
}

fn said(file: &File, message: String, help: &str, span: Span) -> Finding {
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
        requirements.txt:1:1: a second index: whoever uploads a higher version there is installed
        requirements.txt:2:1: the certificate of this host is not checked
        requirements.txt:3:1: `http://x.test/simple` is fetched over an open line
        requirements.txt:4:1: `main` may become another commit tomorrow
        requirements.txt:5:1: no commit is named, so that each build may get another
        requirements.txt:6:1: `http://x.test/c.whl` is fetched over an open line
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
