//! Checks and statuses of commits: reporting and reading them.

use git2::Oid;
use serde_json::{Value, json};

use super::pages::{counted, listed, paged};
use super::references::object_id;
use super::render::{self, Addresses};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{
    CheckRun, Context, Outcome, Repository, Status, World, rfc3339, rollup,
};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/commits/{ref*}/check-runs", Repository(&[Checks], Read) => runs;
    GET "/repos/{owner}/{repo}/commits/{ref*}/statuses", Repository(&[Statuses], Read) => statuses;
    GET "/repos/{owner}/{repo}/commits/{ref*}/status", Repository(&[Statuses], Read) => combined;
    POST "/repos/{owner}/{repo}/check-runs", Repository(&[Checks], Write) => create_run;
    POST "/repos/{owner}/{repo}/statuses/{sha}", Repository(&[Statuses], Write) => create_status;
};

/// The conclusions that a reporter may give a check.
const CONCLUSIONS: [&str; 7] =
    ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

fn run_shown(at: Addresses<'_>, owner: &Repository, sha: &str, context: &Context) -> Value {
    let id = context.id;
    let done = context.status == "completed";
    json!({
        "id": id,
        "node_id": format!("CR_{id}"),
        "head_sha": sha,
        "external_id": "",
        "url": at.repository(owner, &format!("/check-runs/{id}")),
        "html_url": at.page(&format!("/{}/runs/{id}", owner.full_name())),
        "details_url": context.target,
        "status": context.status,
        "conclusion": context.conclusion,
        "started_at": rfc3339(context.started),
        "completed_at": done.then(|| rfc3339(context.started)),
        "output": {
            "title": null, "summary": null, "text": null, "annotations_count": 0,
            "annotations_url": at.repository(owner, &format!("/check-runs/{id}/annotations")),
        },
        "name": context.name,
        "check_suite": null,
        "app": null,
        "pull_requests": [],
    })
}

fn status_shown(at: Addresses<'_>, owner: &Repository, sha: &str, context: &Context) -> Value {
    json!({
        "url": at.repository(owner, &format!("/statuses/{sha}")),
        "avatar_url": at.page("/avatars/0"),
        "id": context.id,
        "node_id": format!("SC_{}", context.id),
        "state": context.status,
        "description": context.description,
        "target_url": context.target,
        "context": context.name,
        "created_at": rfc3339(context.started),
        "updated_at": rfc3339(context.started),
    })
}

/// Returns the commit that a path names.
fn named(owner: &Repository, call: &Call) -> Answer<Oid> {
    let name = call.parameter("ref");
    let missing = || Refusal::unprocessable(format!("No commit found for SHA: {name}"));
    owner.store()?.resolve(name, &owner.default_branch)?.ok_or_else(missing)
}

fn runs(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let sha = named(owner, call)?.to_string();
    let contexts = owner.contexts(&sha, world.now);
    let fits = |context: &&Context| {
        !context.is_status && call.asked("check_name").is_none_or(|name| name == context.name)
    };
    let shown = contexts.iter().filter(fits).map(|it| run_shown(at, owner, &sha, it));
    counted(call, "check_runs", shown.collect())
}

fn statuses(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let sha = named(owner, call)?.to_string();
    let by = |context: &Context| {
        let of = owner.checks.statuses.iter().find(|status| status.id == context.id);
        of.map_or_else(|| owner.owner.clone(), |status| status.by.clone())
    };
    let contexts = owner.contexts(&sha, world.now);
    let mut shown = Vec::new();
    for context in contexts.iter().filter(|context| context.is_status) {
        let mut value = status_shown(at, owner, &sha, context);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("creator".to_owned(), render::user(world, at, &by(context)));
        }
        shown.push(value);
    }
    listed(call, shown)
}

fn combined(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let sha = named(owner, call)?.to_string();
    let mut contexts = owner.contexts(&sha, world.now);
    contexts.retain(|context| context.is_status);
    // Without any checks, GitHub reports pending.
    let state = match rollup(&contexts) {
        Some(Outcome::Success) => "success",
        Some(Outcome::Failure) => "failure",
        Some(Outcome::Pending) | None => "pending",
    };
    let shown: Vec<Value> = contexts.iter().map(|it| status_shown(at, owner, &sha, it)).collect();
    let total = shown.len();
    let (shown, _) = paged(call, shown)?;
    Ok(Reply::ok(json!({
        "state": state,
        "statuses": shown,
        "sha": sha,
        "total_count": total,
        "repository": render::repository(world, at, owner, None),
        "commit_url": at.repository(owner, &format!("/commits/{sha}")),
        "url": at.repository(owner, &format!("/commits/{sha}/status")),
    })))
}

fn create_run(world: &mut World, call: &Call) -> Answer {
    if !call.token(world)?.is_installation() {
        return Err(Refusal::forbidden("You must authenticate via a GitHub App."));
    }
    let (name, sha) = (call.required("name")?.to_owned(), object_id(call.required("head_sha")?)?);
    let conclusion = call.text("conclusion")?.map(str::to_owned);
    if conclusion.as_ref().is_some_and(|end| !CONCLUSIONS.contains(&end.as_str())) {
        return Err(Refusal::invalid("For 'properties/conclusion', it is not a conclusion."));
    }
    let status = match (call.text("status")?, &conclusion) {
        // A conclusion implies completion.
        (_, Some(_)) => "completed",
        (None, None) => "queued",
        (Some(status @ ("queued" | "in_progress")), None) => status,
        (Some(_), None) => {
            return Err(Refusal::invalid("\"conclusion\" wasn't supplied."));
        }
    };
    let status = status.to_owned();
    let owner = call.repository(world)?;
    if owner.store()?.kind(sha) != Some(git2::ObjectType::Commit) {
        return Err(Refusal::unprocessable(format!("No commit found for SHA: {sha}")));
    }
    let details = call.text("details_url")?.map(str::to_owned);
    let (id, started, sha) = (world.next_id(), world.seconds(), sha.to_string());
    let run = CheckRun { id, name, sha: sha.clone(), status, conclusion, details, started };
    call.repository_mut(world)?.checks.runs.push(run);
    world.merge_what_waits();
    let owner = call.repository(world)?;
    let made = owner.contexts(&sha, world.now).into_iter().find(|context| context.id == id);
    let made = made.ok_or_else(Refusal::not_found)?;
    Ok(Reply::created(run_shown(Addresses(&call.base), owner, &sha, &made)))
}

fn create_status(world: &mut World, call: &Call) -> Answer {
    let sha = object_id(call.parameter("sha"))?;
    let state = call.required("state")?.to_owned();
    if !["error", "failure", "pending", "success"].contains(&state.as_str()) {
        return Err(Refusal::validation("Status", "state", "invalid"));
    }
    let owner = call.repository(world)?;
    if owner.store()?.kind(sha) != Some(git2::ObjectType::Commit) {
        return Err(Refusal::unprocessable(format!("No commit found for SHA: {sha}")));
    }
    let by = call.identity(world)?.login;
    let (id, created, sha) = (world.next_id(), world.seconds(), sha.to_string());
    let status = Status {
        id,
        context: call.text("context")?.unwrap_or("default").to_owned(),
        sha: sha.clone(),
        state,
        description: call.text("description")?.map(str::to_owned),
        target: call.text("target_url")?.map(str::to_owned),
        by: by.clone(),
        created,
    };
    call.repository_mut(world)?.checks.statuses.push(status);
    world.merge_what_waits();
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let made = owner.contexts(&sha, world.now).into_iter().find(|context| context.id == id);
    let mut shown = status_shown(at, owner, &sha, &made.ok_or_else(Refusal::not_found)?);
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("creator".to_owned(), render::user(world, at, &by));
    }
    Ok(Reply::created(shown))
}
