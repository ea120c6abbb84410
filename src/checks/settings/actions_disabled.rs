//! Workflows in a repository that does not run any.

use super::{Actions, Subject};
use crate::checks::{Finding, Rule, Severity};

/// Actions are disabled.
pub static RULE: Rule = Rule {
    code: "SHP904",
    id: "actions-disabled",
    severity: Severity::Error,
    summary: "A repository with workflows runs them.",
    protects: "whoever waits for a check, an image or a release: no workflow starts, without an explanation.",
    details: "\
Actions can be switched off for one repository and for the whole organisation; both look alike here. Silent about a
repository without workflow files.",
    fails: ("text", "Settings → Actions → General: Disable actions"),
    passes: ("text", "Settings → Actions → General: Allow all actions and reusable workflows"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    if subject.settings.actions.known() == Some(&Actions::Disabled) && !subject.workflows.is_empty()
    {
        let message =
            format!("Actions are disabled, so {} workflows never start", subject.workflows.len());
        let help = "enable them (Settings → Actions → General), or remove the workflows";
        findings.push(Finding::new(&RULE, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{said, sound};
    use super::super::{Actions, Seen};

    #[test]
    fn only_workflows_need_actions() {
        let mut case = sound().workflow("x.yml", "on: push\njobs: {}\n");
        assert_eq!(said(&case, "actions-disabled"), "");
        case.settings.actions = Seen::Known(Actions::Disabled);
        assert!(
            said(&case, "actions-disabled")
                .starts_with("Actions are disabled, so 3 workflows never start")
        );
        let mut bare = sound().without_workflows();
        bare.settings.actions = Seen::Known(Actions::Disabled);
        assert_eq!(said(&bare, "actions-disabled"), "");
    }
}
