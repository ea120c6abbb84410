//! Whether what workflows take from other repositories is pinned.

use crate::checks::workflow::{Located, workflows};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::shape::demands::workflow::Pin;
use crate::source::workflow::{Revision, Uses, UsesTarget};

/// A reference to another repository can be moved.
pub static RULE: Rule = Rule {
    code: "SHP504",
    id: "workflow-unpinned",
    severity: Severity::Warning,
    summary: "Actions and reusable workflows of others are pinned as firmly as the pack demands.",
    protects: "the repository's secrets and its images: whoever can move a branch or a tag of another repository \
               decides what runs here.",
    details: "The pack's `demands.workflows.pinned` says how firmly, for actions and for reusable workflows: `any`, \
              `tag` or `commit`. A commit is its whole id. `main`, `master` and other usual names of branches are \
              told apart from tags by name alone, and so are `stable`, `nightly`, `latest` and the like, which are \
              moved by what they mean, whether they are tags or branches; where `tag` is demanded and a name is neither that nor like a \
              version, it is unchecked, since only the other repository knows. A reference without a revision is \
              refused by the forge and always reported. Images (`docker://`) are held to the demand for actions: \
              a digest is a commit, `latest` is a branch. What stands in the same repository (`./`) needs no pin. \
              Source: <https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions#using-third-party-actions>.",
    fails: ("yaml", "- uses: actions/checkout@main"),
    passes: ("yaml", "- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"),
};

/// Decides [`RULE`].
#[derive(Debug)]
pub struct WorkflowUnpinned;

/// What holds a reference that no commit holds.
#[derive(Clone, Copy)]
enum Hold {
    Missing,
    Branch,
    /// A branch or a tag that is moved by what its name says.
    Moving,
    /// A branch or a tag.
    Name,
    Tag,
}

impl Check for WorkflowUnpinned {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let Some(pinned) = &repository.pack.manifest.demands.workflows.pinned else { return };
        for located in workflows(repository) {
            for job in &located.workflow.jobs {
                findings
                    .extend(job.uses.iter().filter_map(|u| judge(&located, u, pinned.reusable)));
                let steps = job.steps.iter().filter_map(|step| step.uses.as_ref());
                findings.extend(steps.filter_map(|uses| judge(&located, uses, pinned.actions)));
            }
        }
    }
}

fn judge(located: &Located<'_>, uses: &Uses, demanded: Pin) -> Option<Finding> {
    let written = uses.written.text.trim();
    let at = |message: String| {
        Finding::new(&RULE, message).at(located.path.as_str(), located.text(), uses.written.span)
    };
    let Some(hold) = hold(&uses.target)? else {
        let message =
            format!("what `{written}` refers to, and whether it is pinned, cannot be decided");
        return (demanded > Pin::Any).then(|| at(message).unchecked());
    };
    let wanted = match demanded {
        Pin::Commit => "a commit",
        Pin::Tag | Pin::Any => "a tag or a commit",
    };
    let finding = match (hold, demanded) {
        (Hold::Missing, _) => at(format!("`{written}` names no revision, which the forge refuses")),
        (_, Pin::Any) | (Hold::Tag, Pin::Tag) => return None,
        (Hold::Branch, _) if matches!(uses.target, UsesTarget::Image(_)) => {
            at(format!("`{written}` follows a moving tag: whatever is pushed there runs here"))
        }
        (Hold::Branch, _) => {
            at(format!("`{written}` follows a branch: whatever is pushed there runs here"))
        }
        (Hold::Moving, _) => {
            at(format!("`{written}` follows a name that is moved: whatever it leads to runs here"))
        }
        (Hold::Name, Pin::Tag) => {
            at(format!("whether `{written}` names a tag or a branch cannot be decided")).unchecked()
        }
        (Hold::Name | Hold::Tag, Pin::Commit) => {
            at(format!("`{written}` is not pinned to a commit: tags and branches can be moved"))
        }
    };
    Some(finding.help(format!("pin it to {wanted}, with the version in a comment behind it")))
}

/// `None` when nothing needs a pin, `Some(None)` when that cannot be told.
fn hold(target: &UsesTarget) -> Option<Option<Hold>> {
    match target {
        UsesTarget::Local(_) => None,
        UsesTarget::Repository { revision: None, .. } => Some(Some(Hold::Missing)),
        UsesTarget::Repository { revision: Some(Revision::Commit(_)), .. } => None,
        UsesTarget::Repository { revision: Some(Revision::Name(name)), .. } => {
            Some(Some(hold_of_name(name)))
        }
        UsesTarget::Image(image) => {
            let tag = image.rsplit('/').next().and_then(|last| last.split_once(':'));
            Some(Some(match tag {
                _ if image.contains("@sha256:") => return None,
                None | Some((_, "latest")) => Hold::Branch,
                Some(_) => Hold::Tag,
            }))
        }
        // A whole URL, which Gitea takes.
        UsesTarget::Other(written) => {
            let Some((_, place)) = written.split_once("://") else { return Some(None) };
            let Some((_, revision)) = place.rsplit_once('@') else {
                return Some(Some(Hold::Missing));
            };
            let is_commit = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
            (!is_commit).then(|| Some(hold_of_name(revision)))
        }
    }
}

fn hold_of_name(name: &str) -> Hold {
    const BRANCHES: &[&str] =
        &["main", "master", "trunk", "develop", "dev", "development", "staging", "next", "head"];
    const MOVING: &[&str] =
        &["stable", "beta", "nightly", "latest", "canary", "edge", "rolling", "unstable"];
    let name = name.to_lowercase();
    let name = name.strip_prefix("refs/heads/").unwrap_or(&name);
    let version = name.strip_prefix("refs/tags/").unwrap_or(name);
    let version = version.strip_prefix('v').unwrap_or(version);
    if BRANCHES.contains(&name) {
        Hold::Branch
    } else if MOVING.contains(&version) {
        Hold::Moving
    } else if version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
        || !version.is_empty() && version.len() < 5 && version.bytes().all(|b| b.is_ascii_digit())
    {
        Hold::Tag
    } else {
        Hold::Name
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const COMMIT: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    fn said(uses: &str) -> String {
        let text = format!("on: push\njobs:\n  a:\n    steps:\n      - uses: {uses}\n");
        Case::conformant().file(".github/workflows/x.yml", text).said("workflow-unpinned")
    }

    #[test]
    fn commits_digests_and_own_files_are_fine() {
        assert_eq!(Case::conformant().said("workflow-unpinned"), "");
        let digest = "c".repeat(64);
        for uses in [
            &format!("actions/checkout@{COMMIT} # v4"),
            &format!("https://gitea.com/actions/checkout@{COMMIT}"),
            "./.github/actions/x",
            &format!("docker://alpine@sha256:{digest}"),
        ] {
            assert_eq!(said(uses), "", "{uses}");
        }
    }

    #[test]
    fn the_message_says_what_is_loose() {
        assert_eq!(
            said("actions/checkout@main"),
            ".github/workflows/x.yml:5:15: `actions/checkout@main` follows a branch: whatever is pushed there runs \
             here\n"
        );
        for uses in
            ["actions/checkout@v4", "docker://alpine:3.20", "a/b@11bd719", "a/b/c@cargo-hack"]
        {
            assert!(said(uses).contains("is not pinned to a commit"), "{uses}: {}", said(uses));
        }
        for uses in ["https://gitea.com/a/b@master", "a/b@refs/heads/main"] {
            assert!(said(uses).contains("follows a branch"), "{uses}");
        }
        for uses in ["dtolnay/rust-toolchain@stable", "a/b@refs/tags/nightly"] {
            assert!(said(uses).contains("follows a name that is moved"), "{uses}: {}", said(uses));
        }
        for uses in ["docker://alpine", "docker://bitnami/git:latest"] {
            assert!(said(uses).contains("follows a moving tag"), "{uses}: {}", said(uses));
        }
        assert!(said("actions/checkout").contains("names no revision"));
        assert!(said("https://example.org/a/b").contains("names no revision"));
        assert!(said("nothing").ends_with("cannot be decided (unchecked)\n"));
    }

    fn demanding(pinned: &str, uses: &str) -> String {
        let shape = format!("demands: {{workflows: {{folders: [w], pinned: {pinned}}}}}");
        let text = format!(
            "on: push\njobs:\n  a:\n    uses: {uses}\n  b:\n    steps:\n      - uses: a/b@v1\n"
        );
        Case::with_shape(&shape).file("w/x.yml", text).said("workflow-unpinned")
    }

    #[test]
    fn actions_and_workflows_are_held_apart() {
        let both = "{actions: any, reusable: tag}";
        assert_eq!(demanding(both, "a/b/.github/workflows/c.yml@v1.2"), "");
        assert!(demanding(both, "a/b/.github/workflows/c.yml@main").contains("w/x.yml:4:11: "));
        assert!(
            demanding(both, "a/b/.github/workflows/c.yml@stable").contains("a name that is moved")
        );
        for name in ["cargo-hack", "release/v1", "11bd719"] {
            let said = demanding(both, &format!("a/b/.github/workflows/c.yml@{name}"));
            assert!(said.ends_with("(unchecked)\n"), "{name}");
        }
        let firm = "{actions: commit, reusable: any}";
        assert!(demanding(firm, "a/b/.github/workflows/c.yml@main").starts_with("w/x.yml:7:15: "));
        assert_eq!(demanding("~", "a/b/.github/workflows/c.yml@main"), "");
    }
}
