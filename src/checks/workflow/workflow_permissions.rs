//! Whether workflows declare what their token may do.

use crate::change::FileEdit;
use crate::checks::workflow::{Located, workflows};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::source::Span;
use crate::source::workflow::{Job, Permissions};
use crate::source::yaml::Path;
use crate::source::yaml::edit::{Placement, insert_entry};

/// A workflow does not declare what its token may do.
pub static RULE: Rule = Rule {
    code: "SHP506",
    id: "workflow-permissions",
    severity: Severity::Warning,
    summary: "Every workflow sets what its token may do, and none requests everything.",
    protects: "the repository and its packages: without `permissions` a setting that no file shows decides, which may \
               let every step write.",
    details: "Judged when the pack has `demands.workflows.permissions: true`. Either the workflow or each of its jobs \
              needs `permissions`, a job that calls a reusable workflow included; `write-all` is always reported. A \
              workflow that only others call (`workflow_call`) is left out: its caller decides. The fix writes \
              `contents: read` and is not safe, since a job may need more.",
    fails: ("yaml", "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: […]"),
    passes: (
        "yaml",
        "on: push\npermissions:\n  contents: read\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: […]",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowPermissions;

impl Check for WorkflowPermissions {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        if !repository.pack.manifest.demands.workflows.permissions {
            return;
        }
        for located in workflows(repository) {
            unstated(&located, findings);
            let workflow = &located.workflow;
            let jobs = workflow.jobs.iter().filter_map(|job| job.permissions.as_ref());
            for permissions in workflow.permissions.iter().chain(jobs) {
                if let Permissions::WriteAll(span) = permissions {
                    findings.push(
                        at(
                            &located,
                            *span,
                            "`write-all` lets every step change everything".to_owned(),
                        )
                        .help("name the scopes that it needs, such as `contents: read`"),
                    );
                }
            }
        }
    }
}

fn at(located: &Located<'_>, span: Span, message: String) -> Finding {
    Finding::new(&RULE, message).at(located.path.as_str(), located.text(), span)
}

fn unstated(located: &Located<'_>, findings: &mut Vec<Finding>) {
    let workflow = &located.workflow;
    let root = workflow.document().root();
    let only_called = !workflow.triggers.is_empty()
        && workflow.triggers.iter().all(|trigger| trigger.event.text == "workflow_call");
    // Permissions that exist but cannot be read are reported when workflows are parsed.
    if root.get("permissions").is_some() || only_called {
        return;
    }
    let states = |job: &&Job| {
        let jobs = root.get("jobs").and_then(|jobs| jobs.get(&job.id.text));
        jobs.is_some_and(|job| job.get("permissions").is_some())
    };
    let silent: Vec<&Job> = workflow.jobs.iter().filter(|job| !states(job)).collect();
    let Some(first) = silent.first() else { return };
    let message = if silent.len() == workflow.jobs.len() {
        "`permissions` is missing, so a repository setting decides what the token may do".to_owned()
    } else {
        let names: Vec<String> = silent.iter().map(|job| format!("`{}`", job.id.text)).collect();
        format!("`permissions` is missing for {}", names.join(", "))
    };
    let mut finding = at(located, first.id.span, message)
        .help("add `permissions:` with `contents: read` and whatever else its jobs need");
    let (document, root_path) = (workflow.document(), Path::root());
    let edits =
        insert_entry(document, &root_path, "permissions", "contents: read", Placement::After("on"));
    if let Ok(edits) = edits {
        let edit = FileEdit::text(located.path.as_str(), edits);
        finding = finding.fix(Fix::risky("restrict the token to reading contents", vec![edit]));
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const FILE: &str = ".github/workflows/x.yml";

    fn case(workflow: &str) -> Case {
        Case::conformant().file(FILE, workflow)
    }

    fn said(workflow: &str) -> String {
        case(workflow).said("workflow-permissions")
    }

    #[test]
    fn a_workflow_or_all_its_jobs_say_it() {
        assert_eq!(Case::conformant().said("workflow-permissions"), "");
        assert_eq!(said("on: push\npermissions: {}\njobs: {a: {steps: []}}\n"), "");
        assert_eq!(said("on: push\njobs: {a: {permissions: read-all, steps: []}}\n"), "");
        assert_eq!(said("on: workflow_call\njobs: {a: {steps: []}}\n"), "");
    }

    #[test]
    fn one_that_says_nothing_is_found() {
        let call = "name: CI\non: [push, pull_request]\njobs:\n  validate:\n    uses: a/b/.github/workflows/c.yml@v1\n";
        assert_eq!(
            said(call),
            ".github/workflows/x.yml:4:3: `permissions` is missing, so a repository setting decides what the token may do\n"
        );
        let fixed = case(call).fixed("workflow-permissions", FILE);
        assert!(
            fixed.contains("on: [push, pull_request]\npermissions:\n  contents: read\njobs:"),
            "{fixed}"
        );
        let some = "on: push\njobs:\n  a:\n    permissions: {}\n    steps: []\n  b: {steps: []}\n  c: {steps: []}\n";
        assert_eq!(
            said(some),
            ".github/workflows/x.yml:6:3: `permissions` is missing for `b`, `c`\n"
        );
    }

    #[test]
    fn everything_is_too_much() {
        let text =
            "on: push\npermissions: write-all\njobs: {a: {permissions: write-all, steps: []}}\n";
        assert_eq!(said(text).lines().count(), 2);
    }

    #[test]
    fn a_comment_says_nothing_to_the_forge() {
        let text = "on: push\n# permissions: read-all\njobs: {a: {steps: []}}\n";
        assert_eq!(said(text).lines().count(), 1);
        let undemanding = Case::with_shape("demands: {workflows: {folders: [.github/workflows]}}");
        assert_eq!(undemanding.file(FILE, text).said("workflow-permissions"), "");
    }
}
