//! Infers the events from other repositories that workflows have in common.

use std::collections::BTreeSet;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::shape::infer::nearly_all;
use crate::source::workflow::{Composite, UsesTarget, Workflow};

use super::{Files, Summary};

/// The event that another repository sends.
const DISPATCH: &str = "repository_dispatch";

pub(super) fn infer(path: &str, files: &Files) -> Option<(Vec<Value>, Summary)> {
    let mut events: Vec<(String, Option<String>)> = Vec::new();
    for (_, blob) in files {
        let Ok(workflow) = blob.documents.workflow() else { continue };
        let mut own = BTreeSet::new();
        for trigger in &workflow.triggers {
            own.insert((trigger.event.text.clone(), None));
            if trigger.event.text == DISPATCH {
                own.extend(
                    trigger.types.iter().map(|kind| (DISPATCH.to_owned(), Some(kind.text.clone()))),
                );
            }
        }
        events.extend(own);
    }
    events.sort();
    let common: Vec<&(String, Option<String>)> = events
        .chunk_by(|one, other| one == other)
        .filter(|run| run.len() >= 2 && nearly_all(run.len(), files.len()))
        .filter_map(|run| run.first())
        .collect();
    if common.is_empty() {
        return None;
    }
    let typed = common.iter().any(|(_, kind)| kind.is_some());
    let receivers: Vec<Value> = common
        .iter()
        .filter(|(event, kind)| event == DISPATCH && (kind.is_some() || !typed))
        .map(|(event, kind)| match kind {
            Some(kind) => json!({ "path": path, "event": event, "type": kind }),
            None => json!({ "path": path, "event": event }),
        })
        .collect();
    // Other triggers, such as a push, cannot be demanded.
    if receivers.is_empty() {
        return None;
    }
    let names: BTreeSet<&str> = common.iter().map(|(event, _)| event.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Some((receivers, format!("all start on {}", names.join(", "))))
}

/// What a forge runs of one repository.
#[derive(Debug, Default)]
pub(in crate::shape::infer) struct Automation {
    pub(in crate::shape::infer) workflows: Vec<Arc<Workflow>>,
    /// The composite actions, whose steps are held to the same pins.
    pub(in crate::shape::infer) actions: Vec<Composite>,
}

/// Returns the demands that every workflow of every repository meets already: stated token permissions, and references
/// pinned to commits, in composite actions too. A demand that some do not meet would be a finding on the first day.
pub(in crate::shape::infer) fn of_all(automation: &[Automation]) -> Map<String, Value> {
    let mut demands = Map::new();
    let workflows: Vec<&Vec<Arc<Workflow>>> = automation.iter().map(|it| &it.workflows).collect();
    let having = workflows.iter().filter(|of_one| !of_one.is_empty()).count();
    if having < 2 || !nearly_all(having, workflows.len()) {
        return demands;
    }
    let all = || workflows.iter().copied().flatten();
    if all().all(|workflow| states_permissions(workflow)) {
        demands.insert("permissions".to_owned(), json!(true));
    }
    let is_pinning = |of_one: &&&Vec<Arc<Workflow>>| {
        of_one.iter().flat_map(|workflow| workflow.uses()).any(|uses| uses.target.is_fixed())
    };
    let pinning = workflows.iter().filter(is_pinning).count();
    let is_held = |target: &UsesTarget| matches!(target, UsesTarget::Local(_)) || target.is_fixed();
    let steps = automation.iter().flat_map(|it| &it.actions).flat_map(|action| &action.steps);
    let mut of_actions = steps.filter_map(|step| step.uses.as_ref());
    if nearly_all(pinning, workflows.len())
        && all().flat_map(|workflow| workflow.uses()).all(|uses| is_held(&uses.target))
        && of_actions.all(|uses| is_held(&uses.target))
    {
        demands.insert("pinned".to_owned(), json!({ "actions": "commit", "reusable": "commit" }));
    }
    demands
}

/// Whether the workflow, or each of its jobs, states its token permissions. For one that is only called, the caller
/// decides.
fn states_permissions(workflow: &Workflow) -> bool {
    let mut triggers = workflow.triggers.iter();
    let is_only_called =
        !workflow.triggers.is_empty() && triggers.all(|it| it.event.text == "workflow_call");
    let root = workflow.document().root();
    let states = |id: &str| {
        let job = root.get("jobs").and_then(|jobs| jobs.get(id));
        job.is_some_and(|job| job.get("permissions").is_some())
    };
    is_only_called
        || root.get("permissions").is_some_and(|it| it.as_str() != Some("write-all"))
        || workflow.jobs.iter().all(|job| states(&job.id.text))
}
