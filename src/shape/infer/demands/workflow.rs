//! The events from elsewhere that workflows have in common.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::shape::infer::nearly_all;

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
    // That a file starts on a push is no demand that anything is held to.
    if receivers.is_empty() {
        return None;
    }
    let names: BTreeSet<&str> = common.iter().map(|(event, _)| event.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Some((receivers, format!("all start on {}", names.join(", "))))
}
