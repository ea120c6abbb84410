//! Whether what workflows use from other repositories is pinned.

use crate::checks::workflow::{actions, workflows};
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::shape::demands::workflow::Pin;
use crate::snapshot::RepoPath;
use crate::source::Text;
use crate::source::dockerfile::ImageReference;
use crate::source::shell::quoted;
use crate::source::workflow::{Revision, Uses, UsesTarget};

/// A reference to another repository can be moved.
pub static RULE: Rule = Rule {
    code: "SHP504",
    id: "workflow-unpinned",
    severity: Severity::Warning,
    summary: "Actions and reusable workflows of other repositories are pinned as firmly as the pack demands.",
    protects: "the repository's secrets and what it publishes: whoever can move a branch or a tag of another repository \
               decides what runs here.",
    details: "The pack's `demands.workflows.pinned` says how firmly, for actions and for reusable workflows: `any`, \
              `tag` or `commit`. A commit is its whole id. `main`, `master` and other usual branch names are \
              distinguished from tags by name alone, and so are `stable`, `nightly`, `latest` and the like, which are \
              meant to be moved, whether they are tags or branches; where `tag` is demanded and a name is neither \
              that nor like a version, it is unchecked, since only the other repository knows. A reference without a \
              revision is refused by the forge and always reported. Images (`docker://`) are held to the demand for \
              actions: a digest counts as a commit, `latest` as a branch. What is in the same repository (`./`) needs \
              no pin. The steps of composite actions are held to the demand for actions: an `action.yml` at the root, \
              below `.github/actions`, and in a folder that a workflow uses. Source: \
              <https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions#using-third-party-actions>.",
    fails: ("yaml", "- uses: actions/checkout@main"),
    passes: ("yaml", "- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowUnpinned;

/// How firmly a reference is pinned.
#[derive(Clone, Copy)]
enum Pinning {
    /// By a commit or a digest, or because it is in the same repository.
    Firm,
    Loose(Hold),
    /// The text cannot be parsed as a reference.
    Unknown,
}

/// What a reference that is not pinned to a commit names.
#[derive(Clone, Copy)]
enum Hold {
    Missing,
    Branch,
    /// An image tag that moves with each version.
    MovingTag,
    /// A branch or tag whose name says that it moves.
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
            let file = File { path: located.path, text: located.text() };
            for job in &located.workflow.jobs {
                findings.extend(job.uses.iter().filter_map(|u| judge(&file, u, pinned.reusable)));
                let steps = job.steps.iter().filter_map(|step| step.uses.as_ref());
                findings.extend(steps.filter_map(|uses| judge(&file, uses, pinned.actions)));
            }
        }
        for located in actions(repository) {
            let file = File { path: located.path, text: located.text() };
            let steps = located.action.steps.iter().filter_map(|step| step.uses.as_ref());
            findings.extend(steps.filter_map(|uses| judge(&file, uses, pinned.actions)));
        }
    }
}

/// The workflow or action that uses something.
struct File<'f> {
    path: &'f RepoPath,
    text: &'f Text,
}

fn judge(file: &File<'_>, uses: &Uses, demanded: Pin) -> Option<Finding> {
    let written = uses.written.text.trim();
    let at = |message: String| {
        Finding::new(&RULE, message).at(file.path.as_str(), file.text, uses.written.span)
    };
    let hold = match pinning(&uses.target) {
        Pinning::Firm => return None,
        Pinning::Unknown => {
            let message =
                format!("what `{written}` refers to, and whether it is pinned, cannot be decided");
            return (demanded > Pin::Any).then(|| at(message).unchecked());
        }
        Pinning::Loose(hold) => hold,
    };
    let finding = match (hold, demanded) {
        (Hold::Missing, _) => at(format!("`{written}` has no revision, which the forge refuses")),
        (_, Pin::Any) | (Hold::Tag, Pin::Tag) => return None,
        (Hold::MovingTag, _) => at(format!(
            "`{written}` uses a moving tag: whatever is pushed there next will run here"
        )),
        (Hold::Branch, _) => {
            at(format!("`{written}` uses a branch: whatever is pushed there next will run here"))
        }
        (Hold::Moving, _) => {
            at(format!("`{written}` uses a moving ref: whatever it points to next will run here"))
        }
        (Hold::Name, Pin::Tag) => {
            at(format!("whether `{written}` names a tag or a branch cannot be decided")).unchecked()
        }
        (Hold::Name | Hold::Tag, Pin::Commit) => {
            at(format!("`{written}` is not pinned to a commit: tags and branches can be moved"))
        }
    };
    Some(finding.help(help(uses, hold, demanded)))
}

/// How to pin the reference as the pack demands, and where the pack says so.
fn help(uses: &Uses, hold: Hold, demanded: Pin) -> String {
    let wanted = match demanded {
        Pin::Commit => "a commit, with the version in a comment after it",
        Pin::Tag | Pin::Any => "a tag or a commit",
    };
    let how = match (&uses.target, demanded) {
        (UsesTarget::Image(_), _) => "pin it to a digest".to_owned(),
        (UsesTarget::Repository { owner, repository, path, revision }, Pin::Commit) => {
            let below = if path.is_empty() { String::new() } else { format!("/{path}") };
            let tag = match (hold, revision) {
                (Hold::Tag, Some(Revision::Name(name))) => name.as_str(),
                _ => "TAG",
            };
            let one = quoted(&format!("{owner}/{repository}{below}@{tag}"));
            format!(
                "pin it to {wanted}: `shipshape pin --uses {one} --as commit` does so in every member"
            )
        }
        _ => format!("pin it to {wanted}"),
    };
    format!("{how} (`demands.workflows.pinned` of the shape)")
}

fn pinning(target: &UsesTarget) -> Pinning {
    let of_name = |name: &str| Pinning::Loose(hold_of_name(name));
    match target {
        UsesTarget::Local(_) => Pinning::Firm,
        UsesTarget::Repository { revision: None, .. } => Pinning::Loose(Hold::Missing),
        UsesTarget::Repository { revision: Some(Revision::Commit(_)), .. } => Pinning::Firm,
        UsesTarget::Repository { revision: Some(Revision::Name(name)), .. } => of_name(name),
        UsesTarget::Image(image) => {
            let image = ImageReference::parse(image);
            match (&image.digest, image.tag.as_deref()) {
                (Some(_), _) if image.is_fixed() => Pinning::Firm,
                // It is no digest that a registry has.
                (Some(_), _) => Pinning::Unknown,
                (None, None | Some("latest")) => Pinning::Loose(Hold::MovingTag),
                (None, Some(_)) => Pinning::Loose(Hold::Tag),
            }
        }
        // A full URL, which Gitea accepts.
        UsesTarget::Other(written) => {
            let Some((_, place)) = written.split_once("://") else { return Pinning::Unknown };
            match place.rsplit_once('@') {
                None => Pinning::Loose(Hold::Missing),
                Some((_, it)) if it.len() == 40 && it.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    Pinning::Firm
                }
                Some((_, revision)) => of_name(revision),
            }
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
    fn a_name_with_shell_code_is_quoted_in_the_help() {
        let text = "on: push\njobs:\n  a:\n    steps:\n      - uses: \"acme/z;id>X;#@v4\"\n";
        let case = Case::conformant().file(".github/workflows/x.yml", text);
        let help = case.findings("workflow-unpinned").remove(0).help.expect("a help");
        assert!(help.contains("`shipshape pin --uses 'acme/z;id>X;#@v4' --as commit`"), "{help}");
    }

    #[test]
    fn the_message_says_what_is_loose() {
        assert_eq!(
            said("actions/checkout@main"),
            ".github/workflows/x.yml:5:15: `actions/checkout@main` uses a branch: whatever is pushed there next will \
             run here\n"
        );
        for uses in
            ["actions/checkout@v4", "docker://alpine:3.20", "a/b@11bd719", "a/b/c@cargo-hack"]
        {
            assert!(said(uses).contains("is not pinned to a commit"), "{uses}: {}", said(uses));
        }
        for uses in ["https://gitea.com/a/b@master", "a/b@refs/heads/main"] {
            assert!(said(uses).contains("uses a branch"), "{uses}");
        }
        for uses in ["dtolnay/rust-toolchain@stable", "a/b@refs/tags/nightly"] {
            assert!(said(uses).contains("uses a moving ref"), "{uses}: {}", said(uses));
        }
        for uses in ["docker://alpine", "docker://bitnami/git:latest"] {
            assert!(said(uses).contains("uses a moving tag"), "{uses}: {}", said(uses));
        }
        assert!(said("actions/checkout").contains("has no revision"));
        assert!(said("https://example.org/a/b").contains("has no revision"));
        for uses in ["nothing", "docker://alpine@sha256:x"] {
            assert!(said(uses).ends_with("cannot be decided (unchecked)\n"), "{uses}");
        }
    }

    fn demanding(pinned: &str, uses: &str) -> String {
        let shape = format!("demands: {{workflows: {{folders: [w], pinned: {pinned}}}}}");
        let text = format!(
            "on: push\njobs:\n  a:\n    uses: {uses}\n  b:\n    steps:\n      - uses: a/b@v1\n"
        );
        Case::with_shape(&shape).file("w/x.yml", text).said("workflow-unpinned")
    }

    #[test]
    fn steps_of_an_action_are_held_to_the_demand_for_actions() {
        let action = "runs:\n  using: composite\n  steps:\n    - uses: actions/checkout@main\n";
        let workflow = "on: push\njobs:\n  a:\n    steps:\n      - uses: ./used/\n";
        let case = |path: &str| {
            let case = Case::with_shape(
                "demands: {workflows: {folders: [w], pinned: {actions: tag, reusable: tag}}}",
            );
            case.file("w/x.yml", workflow).file(path, action).said("workflow-unpinned")
        };
        for path in ["action.yml", ".github/actions/a/action.yaml", "used/action.yml"] {
            assert!(case(path).starts_with(&format!("{path}:4:13: ")), "{path}: {}", case(path));
        }
        assert_eq!(case("tests/data/action.yml"), "");
    }

    #[test]
    fn actions_and_workflows_are_held_apart() {
        let both = "{actions: any, reusable: tag}";
        assert_eq!(demanding(both, "a/b/.github/workflows/c.yml@v1.2"), "");
        assert!(demanding(both, "a/b/.github/workflows/c.yml@main").contains("w/x.yml:4:11: "));
        assert!(
            demanding(both, "a/b/.github/workflows/c.yml@stable").contains("uses a moving ref")
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
