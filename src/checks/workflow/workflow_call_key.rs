//! Whether a job that calls a reusable workflow has only the keys that such a job may have.

use super::{Located, workflows};
use crate::change::FileEdit;
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::source::yaml::Path;
use crate::source::yaml::edit::remove_entry;

/// A calling job has a key that only a job with steps may have.
pub static RULE: Rule = Rule {
    code: "SHP510",
    id: "workflow-call-key",
    severity: Severity::Error,
    summary: "A job that calls a reusable workflow has only the keys that such a job may have.",
    protects: "everyone who relies on the workflow: the forge refuses the whole file, and no job of it runs.",
    details: "A job with `uses` takes `name`, `uses`, `with`, `secrets`, `strategy`, `needs`, `if`, `concurrency` and \
              `permissions`; everything else (`runs-on`, `steps`, `timeout-minutes`, `env`, …) belongs to the jobs of the \
              workflow that is called. Source: Supported keywords for jobs that call a reusable workflow, \
              docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations.",
    fails: ("yaml", "check:\n  uses: ./.github/workflows/check.yml\n  timeout-minutes: 15"),
    passes: ("yaml", "check:\n  uses: ./.github/workflows/check.yml"),
};

const KEYS: [&str; 9] =
    ["name", "uses", "with", "secrets", "strategy", "needs", "if", "concurrency", "permissions"];

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowCallKey;

impl Check for WorkflowCallKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        // Gitea is more lenient when reading workflows and does not document this.
        for located in workflows(repository).iter().filter(|located| !located.is_for_gitea()) {
            for job in located.workflow.jobs.iter().filter(|job| job.uses.is_some()) {
                judged(located, &job.id.text, findings);
            }
        }
    }
}

fn judged(located: &Located<'_>, job: &str, findings: &mut Vec<Finding>) {
    let document = located.workflow.document();
    let path = Path::keys(["jobs", job]);
    let entries = document.at(&path).into_iter().flat_map(|job| job.entries());
    for entry in entries {
        let Some(key) = entry.key.scalar_text().filter(|key| !KEYS.contains(key)) else { continue };
        let message = format!("`{job}` calls a workflow, so it may not have `{key}`");
        let help = "remove it, and set it in the called workflow, through an input if it differs";
        let mut finding = Finding::new(&RULE, message)
            .at(located.path.as_str(), located.text(), entry.key.span())
            .help(help);
        if let Ok(edits) = remove_entry(document, &path.clone().key(key)) {
            let edit = FileEdit::text(located.path.as_str(), edits);
            finding = finding.fix(Fix::risky(format!("remove `{key}`"), vec![edit]));
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    #[test]
    fn what_a_calling_job_may_not_have_is_found_and_the_rest_is_not() {
        let said = |jobs: &str| {
            let workflow = format!("on: push\njobs:\n{jobs}");
            Case::conformant().file(".github/workflows/x.yml", workflow).said("workflow-call-key")
        };
        assert_eq!(
            said(
                "  a:\n    uses: o/r/.github/workflows/w.yml@v1\n    timeout-minutes: 15\n    runs-on: x\n"
            ),
            ".github/workflows/x.yml:5:5: `a` calls a workflow, so it may not have `timeout-minutes`\n\
             .github/workflows/x.yml:6:5: `a` calls a workflow, so it may not have `runs-on`\n"
        );
        let takes = "name: n\n    with: {}\n    secrets: inherit\n    strategy: {}\n    needs: b\n    if: x\n    \
                     concurrency: c\n    permissions: {}";
        assert_eq!(said(&format!("  a:\n    uses: ./w.yml\n    {takes}\n")), "");
        assert_eq!(said("  b:\n    runs-on: x\n    timeout-minutes: 1\n    steps: []\n"), "");
    }
}
