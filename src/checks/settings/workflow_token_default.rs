//! The token permissions of workflows that do not declare any.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};

/// By default, a workflow's token may write.
pub static RULE: Rule = Rule {
    code: "SHP906",
    id: "workflow-token-default",
    severity: Severity::Warning,
    summary: "A workflow's token may only read, unless the workflow asks for more.",
    protects: "the repository: an action that was taken over can push to it from any workflow that says nothing of permissions.",
    details: "The setting is the default for workflows and jobs without `permissions`. Reported only where such a job \
              exists: where each job sets its permissions, the default has no effect. The rule `workflow-permissions` \
              judges the workflows themselves.",
    fails: ("text", "Settings → Actions → General → Workflow permissions: Read and write"),
    passes: (
        "text",
        "Settings → Actions → General → Workflow permissions: Read repository contents",
    ),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.settings.token_writes.known() != Some(&true) {
        return;
    }
    let silent = subject.workflows.iter().find(|located| {
        let workflow = &located.workflow;
        workflow.permissions.is_none() && workflow.jobs.iter().any(|job| job.permissions.is_none())
    });
    if let Some(located) = silent {
        let message = "workflows that do not set permissions may write to the repository";
        let help = "set Workflow permissions to read (Settings → Actions → General), and set `permissions` where more is needed";
        findings.push(Finding::new(&RULE, message).in_file(located.path.as_str()).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Seen;
    use super::super::testing::{said, sound};

    #[test]
    fn the_default_matters_where_nothing_else_is_said() {
        let with = |workflow: &str, writes: bool| {
            let mut case = sound().without_workflows().workflow("x.yml", workflow);
            case.settings.token_writes = Seen::Known(writes);
            said(&case, "workflow-token-default")
        };
        let silent = "on: push\njobs: {a: {steps: []}}\n";
        assert!(
            with(silent, true).starts_with(".github/workflows/x.yml: workflows that do not set")
        );
        assert_eq!(with(silent, false), "");
        assert_eq!(with("on: push\npermissions: {}\njobs: {a: {steps: []}}\n", true), "");
        assert_eq!(with("on: push\njobs: {a: {permissions: {}, steps: []}}\n", true), "");
    }
}
