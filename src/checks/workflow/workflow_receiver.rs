//! Whether the workflows that must start on an event from elsewhere do so.

use crate::change::FileEdit;
use crate::checks::workflow::{Located, starts_on, workflows};
use crate::checks::{Check, Finding, Fix, Repository, Rule, Severity};
use crate::shape::demands::workflow::Receiver;
use crate::source::Span;
use crate::source::yaml::edit::{Placement, append_item, insert_entry};
use crate::source::yaml::{Path, quote_scalar};

/// A workflow does not start on an event that is sent to it.
pub static RULE: Rule = Rule {
    code: "SHP501",
    id: "workflow-receiver",
    severity: Severity::Error,
    summary: "A workflow starts on every event that is sent to the repository.",
    protects: "whoever releases: an event that nothing receives is silently dropped, and the image keeps the old version.",
    details: "The pack's `demands.workflows.receivers` name the event, its type and the file that should receive it. \
              Any workflow in the pack's workflow folders that starts on the event counts; a trigger without `types` \
              takes every type. When none does, the demanded file is reported; when that file is absent, \
              `path-missing` reports it. The fix adds the trigger to an `on` that is a mapping: no existing trigger \
              is removed.",
    fails: ("yaml", "on:\n  push:\n    branches: [main]"),
    passes: (
        "yaml",
        "on:\n  push:\n    branches: [main]\n  repository_dispatch:\n    types: [runtime-published]",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowReceiver;

impl Check for WorkflowReceiver {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let receivers = &repository.pack.manifest.demands.workflows.receivers;
        if receivers.is_empty() {
            return;
        }
        let workflows = workflows(repository);
        for receiver in receivers {
            let wanted = (receiver.event.as_str(), receiver.event_type.as_deref());
            let starts =
                |located: &Located<'_>| starts_on(&located.workflow, wanted.0, wanted.1).is_some();
            let demanded = workflows.iter().find(|located| located.path.as_str() == receiver.path);
            if let Some(located) = demanded.filter(|_| !workflows.iter().any(starts)) {
                findings.push(finding(located, receiver));
            }
        }
    }
}

fn finding(located: &Located<'_>, receiver: &Receiver) -> Finding {
    let root = located.workflow.document().root();
    let span = root.entry("on").map_or(Span::at(root.span().start), |on| on.key.span());
    let what = match &receiver.event_type {
        Some(event_type) => format!("`{}` of type `{event_type}`", receiver.event),
        None => format!("`{}`", receiver.event),
    };
    let mut finding = Finding::new(&RULE, format!("no workflow starts on {what}"))
        .at(located.path.as_str(), located.text(), span)
        .help(format!("add it to the triggers of `{}`", receiver.path));
    if let Some(edits) = edits(located, receiver) {
        let edit = FileEdit::text(located.path.as_str(), edits);
        finding = finding.fix(Fix::safe(format!("start on {what}"), vec![edit]));
    }
    finding
}

fn edits(located: &Located<'_>, receiver: &Receiver) -> Option<Vec<crate::source::TextEdit>> {
    let document = located.workflow.document();
    let on = Path::keys(["on"]);
    if !document.at(&on)?.is_mapping() {
        return None;
    }
    let event_type = receiver.event_type.as_deref().map(quote_scalar);
    let edits = match (located.workflow.trigger(&receiver.event), event_type) {
        (Some(_), Some(event_type)) => {
            append_item(document, &on.key(&receiver.event).key("types"), &event_type)
        }
        (None, Some(event_type)) => {
            let fragment = format!("types: [{event_type}]");
            insert_entry(document, &on, &receiver.event, &fragment, Placement::End)
        }
        (_, None) => insert_entry(document, &on, &receiver.event, "{}", Placement::End),
    };
    edits.ok()
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const PUBLISH: &str = ".github/workflows/publish-image.yml";
    const RECEIVER: &str = "  repository_dispatch:\n    types: [runtime-published]\n";

    fn said(case: &Case) -> String {
        case.said("workflow-receiver")
    }

    #[test]
    fn a_workflow_that_starts_on_the_event_is_fine() {
        assert_eq!(said(&Case::conformant()), "");
        let every_type =
            Case::conformant().replace(PUBLISH, "    types: [runtime-published]\n", "");
        assert_eq!(said(&every_type), "", "no types: all of them");
        let list = "on: [push, repository_dispatch]\njobs: {}\n";
        assert_eq!(said(&Case::conformant().file(PUBLISH, list)), "");
    }

    #[test]
    fn one_that_does_not_is_found_and_mended() {
        let case = Case::conformant().replace(PUBLISH, RECEIVER, "");
        assert_eq!(
            said(&case),
            ".github/workflows/publish-image.yml:12:1: no workflow starts on `repository_dispatch` of type \
             `runtime-published`\n"
        );
        let fixed = case.fixed("workflow-receiver", PUBLISH);
        assert!(
            fixed.contains("\n  repository_dispatch:\n    types: [runtime-published]\n"),
            "{fixed}"
        );
    }

    #[test]
    fn another_type_is_not_enough() {
        let case = Case::conformant().replace(PUBLISH, "[runtime-published]", "[other]");
        assert_eq!(said(&case).lines().count(), 1);
        let fixed = case.fixed("workflow-receiver", PUBLISH);
        assert!(fixed.contains("types: [other, runtime-published]"), "{fixed}");
    }

    #[test]
    fn a_trigger_in_a_comment_or_in_another_mapping_does_not_count() {
        let commented = "on:\n  push:\n  # repository_dispatch:\n  #   types: [runtime-published]\nenv:\n  \
                         repository_dispatch: x\njobs: {}\n";
        assert_eq!(said(&Case::conformant().file(PUBLISH, commented)).lines().count(), 1);
    }

    #[test]
    fn a_list_of_triggers_has_no_fix() {
        let case = Case::conformant().file(PUBLISH, "on: [push]\njobs: {}\n");
        let findings = case.findings("workflow-receiver");
        assert_eq!(findings.len(), 1);
        assert!(findings[0].fix.is_none());
    }

    #[test]
    fn another_file_may_receive() {
        let other = format!("on:\n{RECEIVER}jobs: {{}}\n");
        let case = Case::conformant().replace(PUBLISH, RECEIVER, "");
        assert_eq!(said(&case.file(".gitea/workflows/cascade.yaml", &other)), "");
        let below = Case::conformant().replace(PUBLISH, RECEIVER, "");
        let below = below.file(".github/workflows/old/x.yml", &other);
        assert_ne!(said(&below), "", "no forge reads the folders below");
    }

    #[test]
    fn an_absent_or_unreadable_file_is_the_business_of_others() {
        assert_eq!(said(&Case::conformant().without(PUBLISH)), "");
        assert_eq!(said(&Case::conformant().file(PUBLISH, "on: [\n")), "");
        assert_eq!(said(&Case::with_shape("").file(PUBLISH, "on: push\n")), "");
    }
}
