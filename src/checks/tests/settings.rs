//! Examples of workflows that need something of a repository's settings.

use super::framed;
use crate::checks::Finding;
use crate::checks::settings::Actions;
use crate::checks::settings::Seen::Known;
use crate::checks::settings::testing::{findings, sound};

pub(super) fn judged(rule: &str, example: &str) -> Option<Vec<Finding>> {
    let mut subject = sound();
    let frame = match rule {
        "required-check-absent" => {
            // The example says which check is required: # required: `validate`
            subject = subject.required(example.split('`').nth(1)?, None);
            "on: pull_request\nEXAMPLE"
        }
        "action-not-allowed" => {
            subject.settings.actions = Known(Actions::OfOwner);
            "on: push\njobs:\n  a:\n    steps:\n      EXAMPLE"
        }
        "workflow-secret-missing" => "on: push\nEXAMPLE\njobs: { a: { steps: [{ run: make }] } }",
        "workflow-variable-missing" => {
            "on: push\njobs:\n  a:\n    steps: [{ run: make }]\n    EXAMPLE"
        }
        _ => return None,
    };
    Some(findings(&subject.workflow("example.yml", &framed(frame, example))))
}
