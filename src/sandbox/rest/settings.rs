//! Settings of repositories: protection, rules, secrets, variables, Actions permissions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pages::{counted, listed};
use super::render::{Addresses, path_segment};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{World, rfc3339};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/branches/{branch*}/protection", Repository(&[Administration], Read) => protection;
    GET "/repos/{owner}/{repo}/rules/branches/{branch*}", Repository(&[Metadata], Read) => rules;
    GET "/repos/{owner}/{repo}/actions/secrets", Repository(&[Secrets], Read) => secrets;
    GET "/repos/{owner}/{repo}/actions/organization-secrets", Repository(&[Secrets], Read) => organization_secrets;
    GET "/repos/{owner}/{repo}/actions/variables", Repository(&[Variables], Read) => variables;
    GET "/repos/{owner}/{repo}/actions/organization-variables", Repository(&[Variables], Read) => organization_variables;
    GET "/repos/{owner}/{repo}/actions/permissions", Repository(&[Administration], Read) => actions_permissions;
    GET "/repos/{owner}/{repo}/actions/permissions/workflow", Repository(&[Administration], Read) => workflow_permissions;
    GET "/repos/{owner}/{repo}/actions/permissions/selected-actions", Repository(&[Administration], Read) => selected_actions;
};

/// Renders required checks by name, from any App.
pub(super) fn checks(names: &[String]) -> Vec<Value> {
    names.iter().map(|name| json!({"context": name, "app_id": null})).collect()
}

fn protection(world: &mut World, call: &Call) -> Answer {
    let (owner, name) = (call.repository(world)?, call.parameter("branch"));
    if owner.store()?.branch(name)?.is_none() {
        return Err(Refusal::new(404, "Branch not found"));
    }
    let settings = &owner.settings;
    if !settings.is_protected(name) {
        return Err(Refusal::new(404, "Branch not protected"));
    }
    let segment = path_segment(name);
    let url = Addresses(&call.base).repository(owner, &format!("/branches/{segment}/protection"));
    let mut shown = json!({
        "url": url,
        "enforce_admins": {"url": format!("{url}/enforce_admins"), "enabled": false},
        "required_linear_history": {"enabled": false},
        "allow_force_pushes": {"enabled": false},
        "allow_deletions": {"enabled": false},
        "block_creations": {"enabled": false},
        "required_conversation_resolution": {"enabled": false},
        "lock_branch": {"enabled": false},
        "allow_fork_syncing": {"enabled": false},
    });
    if let Some(fields) = shown.as_object_mut() {
        if let Some(required) = settings.required_checks.get(name) {
            let of_checks = json!({
                "url": format!("{url}/required_status_checks"),
                "strict": settings.strict_checks,
                "contexts": required,
                "contexts_url": format!("{url}/required_status_checks/contexts"),
                "checks": checks(required),
            });
            fields.insert("required_status_checks".to_owned(), of_checks);
        }
        if let Some(approvals) = settings.required_approvals.get(name) {
            let of_reviews = json!({
                "url": format!("{url}/required_pull_request_reviews"),
                "dismiss_stale_reviews": settings.dismiss_stale_reviews,
                "require_code_owner_reviews": false,
                "required_approving_review_count": approvals,
                "require_last_push_approval": false,
            });
            fields.insert("required_pull_request_reviews".to_owned(), of_reviews);
        }
    }
    Ok(Reply::ok(shown))
}

fn rules(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let (settings, branch) = (&owner.settings, call.parameter("branch"));
    let rule = |kind: &str, parameters: Value| {
        json!({
            "type": kind,
            "parameters": parameters,
            "ruleset_source_type": "Repository",
            "ruleset_source": owner.full_name(),
            "ruleset_id": owner.id,
        })
    };
    let mut rules = Vec::new();
    if let Some(names) = settings.ruleset_checks.get(branch) {
        let names: Vec<Value> = names.iter().map(|name| json!({"context": name})).collect();
        let parameters = json!({
            "strict_required_status_checks_policy": settings.strict_checks,
            "required_status_checks": names,
        });
        rules.push(rule("required_status_checks", parameters));
    }
    if let Some(approvals) = settings.ruleset_approvals.get(branch) {
        let parameters = json!({
            "dismiss_stale_reviews_on_push": settings.dismiss_stale_reviews,
            "require_code_owner_review": false,
            "require_last_push_approval": false,
            "required_approving_review_count": approvals,
            "required_review_thread_resolution": false,
        });
        rules.push(rule("pull_request", parameters));
    }
    listed(call, rules)
}

fn named(world: &World, call: &Call, names: &[String]) -> Answer {
    let owner = call.repository(world)?;
    let time = rfc3339(owner.created);
    let shown =
        names.iter().map(|name| json!({"name": name, "created_at": time, "updated_at": time}));
    counted(call, "secrets", shown.collect())
}

fn secrets(world: &mut World, call: &Call) -> Answer {
    named(world, call, &call.repository(world)?.settings.secrets)
}

fn organization_secrets(world: &mut World, call: &Call) -> Answer {
    named(world, call, &call.repository(world)?.settings.organization_secrets)
}

fn valued(call: &Call, created: i64, variables: &BTreeMap<String, String>) -> Answer {
    let time = rfc3339(created);
    let shown = variables.iter().map(|(name, value)| {
        json!({"name": name, "value": value, "created_at": time, "updated_at": time})
    });
    counted(call, "variables", shown.collect())
}

fn variables(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    valued(call, owner.created, &owner.settings.variables)
}

fn organization_variables(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    valued(call, owner.created, &owner.settings.organization_variables)
}

fn actions_permissions(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let settings = &owner.settings;
    let mut value = json!({"enabled": settings.actions_enabled});
    if let Some(fields) = value.as_object_mut().filter(|_| settings.actions_enabled) {
        fields.insert("allowed_actions".to_owned(), settings.allowed_actions.as_str().into());
        fields.insert("sha_pinning_required".to_owned(), false.into());
    }
    Ok(Reply::ok(value))
}

/// Returns the selected actions; like GitHub, responds 409 if actions are not restricted to
/// selected ones.
fn selected_actions(world: &mut World, call: &Call) -> Answer {
    let settings = &call.repository(world)?.settings;
    if !settings.actions_enabled || settings.allowed_actions != "selected" {
        return Err(Refusal::new(409, "Conflict"));
    }
    let selected = &settings.selected_actions;
    Ok(Reply::ok(json!({
        "github_owned_allowed": selected.github_owned,
        "verified_allowed": selected.verified,
        "patterns_allowed": selected.patterns,
    })))
}

fn workflow_permissions(world: &mut World, call: &Call) -> Answer {
    let settings = &call.repository(world)?.settings;
    Ok(Reply::ok(json!({
        "default_workflow_permissions": settings.workflow_permissions,
        "can_approve_pull_request_reviews": settings.can_approve_pull_requests,
    })))
}
