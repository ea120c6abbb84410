//! Workflows, their runs and jobs, and dispatches.

use serde_json::{Value, json};

use super::pages::counted;
use super::render::{self, Addresses, path_segment};
use super::routes::{Route, routes};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::reply::Reply;
use crate::sandbox::world::{Repository, Run, Started, Trigger, World, rfc3339};

/// The routes of this group that the sandbox serves.
pub(super) const ROUTES: &[Route] = routes! {
    GET "/repos/{owner}/{repo}/actions/workflows", Repository(&[Actions], Read) => workflows;
    GET "/repos/{owner}/{repo}/actions/runs", Repository(&[Actions], Read) => runs;
    GET "/repos/{owner}/{repo}/actions/runs/{run_id}", Repository(&[Actions], Read) => run;
    GET "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", Repository(&[Actions], Read) => jobs;
    POST "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs", Repository(&[Actions], Write) => rerun_failed;
    POST "/repos/{owner}/{repo}/dispatches", Repository(&[Contents], Write) => dispatch;
};

/// GitHub's limits on a dispatch.
const MAX_EVENT: usize = 100;
const MAX_PAYLOAD_KEYS: usize = 10;
const MAX_PAYLOAD: usize = 65_536;

/// The statuses and conclusions by which runs can be filtered.
const STATUSES: [&str; 14] = [
    "completed",
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "skipped",
    "stale",
    "success",
    "timed_out",
    "in_progress",
    "queued",
    "requested",
    "waiting",
    "pending",
];

#[expect(clippy::cast_possible_truncation, reason = "times are small")]
fn time(seconds: f64) -> String {
    rfc3339(seconds.floor() as i64)
}

fn workflows(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let found = world.workflows(owner.id, None)?;
    let shown = found.iter().map(|workflow| {
        let id = workflow.id;
        let page = at.page(&format!("/{}", owner.full_name()));
        let file = workflow.path.rsplit('/').next().unwrap_or_default();
        json!({
            "id": id,
            "node_id": format!("W_{id}"),
            "name": workflow.name,
            "path": workflow.path,
            "state": "active",
            "created_at": rfc3339(owner.created),
            "updated_at": rfc3339(owner.pushed),
            "url": at.repository(owner, &format!("/actions/workflows/{id}")),
            "html_url": format!("{page}/blob/{}/{}", owner.default_branch, workflow.path),
            "badge_url": format!("{page}/workflows/{}/badge.svg", path_segment(file)),
        })
    });
    counted(call, "workflows", shown.collect())
}

fn shown_run(world: &World, at: Addresses<'_>, owner: &Repository, run: &Run) -> Value {
    let (id, started) = (run.id, &run.started);
    let api = |path: &str| at.repository(owner, &format!("/actions/runs/{id}{path}"));
    let pulls = started.pull.and_then(|number| owner.pull(number)).map(|pull| {
        let end = |branch: &str, sha: &str| {
            json!({
                "ref": branch,
                "sha": sha,
                "repo": {"id": owner.id, "url": at.repository(owner, ""), "name": owner.name},
            })
        };
        json!({
            "id": pull.id,
            "number": pull.number,
            "url": at.repository(owner, &format!("/pulls/{}", pull.number)),
            "head": end(&pull.head, &pull.head_sha),
            "base": end(&pull.base, &pull.base_sha),
        })
    });
    let commit = git2::Oid::from_str(&started.sha).ok();
    let commit = commit.and_then(|id| owner.store().ok()?.commit(id).ok());
    let head_commit = commit.map(|commit| {
        json!({
            "id": commit.id.to_string(),
            "tree_id": commit.tree.to_string(),
            "message": commit.message,
            "timestamp": rfc3339(commit.committer.seconds),
            "author": {"name": commit.author.name, "email": commit.author.email},
            "committer": {"name": commit.committer.name, "email": commit.committer.email},
        })
    });
    let minimal = render::repository(world, at, owner, None);
    let mut value = json!({
        "id": id,
        "name": run.workflow.name,
        "node_id": format!("WFR_{id}"),
        "head_branch": started.branch,
        "head_sha": started.sha,
        "path": run.workflow.path,
        "display_title": started.title,
        "run_number": run.number,
        "event": started.on.event(),
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": run.workflow.id,
        "check_suite_id": id,
        "check_suite_node_id": format!("CS_{id}"),
        "url": api(""),
        "html_url": at.page(&format!("/{}/actions/runs/{id}", owner.full_name())),
        "pull_requests": pulls.into_iter().collect::<Vec<_>>(),
        "created_at": time(run.created),
        "updated_at": time(run.updated),
        "actor": render::user(world, at, &started.actor),
        "triggering_actor": render::user(world, at, &started.actor),
        "run_attempt": run.attempt,
        "referenced_workflows": [],
        "run_started_at": time(run.began),
        "jobs_url": api("/jobs"),
        "logs_url": api("/logs"),
        "check_suite_url": at.repository(owner, &format!("/check-suites/{id}")),
        "artifacts_url": api("/artifacts"),
        "cancel_url": api("/cancel"),
        "rerun_url": api("/rerun"),
        "previous_attempt_url": null,
        "workflow_url": at.repository(owner, &format!("/actions/workflows/{}", run.workflow.id)),
        "head_commit": head_commit,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.insert("repository".to_owned(), minimal.clone());
        fields.insert("head_repository".to_owned(), minimal);
    }
    value
}

fn runs(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let created = call.asked("created").map(Created::read).transpose()?;
    call.one_of("status", &STATUSES)?;
    let mut found: Vec<&Run> = owner
        .runs
        .iter()
        .filter(|run| {
            let is = |name: &str, value: &str| call.asked(name).is_none_or(|asked| asked == value);
            let status = call.asked("status").is_none_or(|asked| {
                asked == run.status || Some(asked) == run.conclusion.as_deref()
            });
            status
                && is("event", run.started.on.event())
                && is("branch", &run.started.branch)
                && is("head_sha", &run.started.sha)
                && is("actor", &run.started.actor)
                && created.as_ref().is_none_or(|created| created.holds(run.created))
        })
        .collect();
    found.sort_by_key(|run| std::cmp::Reverse(run.id));
    // GitHub returns at most this many in a filtered list.
    found.truncate(1000);
    counted(
        call,
        "workflow_runs",
        found.iter().map(|run| shown_run(world, at, owner, run)).collect(),
    )
}

/// A filter such as `>=2026-01-01` or `2026-01-01..2026-02-01`.
struct Created {
    from: f64,
    to: f64,
}

impl Created {
    fn read(text: &str) -> Answer<Self> {
        let wrong = || Refusal::unprocessable(format!("created: {text} is not a date or a range"));
        let second = |text: &str, end: bool| -> Answer<f64> {
            if text == "*" {
                return Ok(if end { f64::INFINITY } else { f64::NEG_INFINITY });
            }
            if let Ok(time) = text.parse::<jiff::Timestamp>() {
                // A time covers the whole second.
                let fraction = if end { 0.999 } else { 0.0 };
                return Ok(time.as_millisecond() as f64 / 1000.0 + fraction);
            }
            let day: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
            let start = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?;
            let start = start.timestamp().as_second() as f64;
            Ok(if end { start + 86_399.999 } else { start })
        };
        if let Some((from, to)) = text.split_once("..") {
            return Ok(Self { from: second(from, false)?, to: second(to, true)? });
        }
        for (sign, before) in [(">=", false), ("<=", true), (">", false), ("<", true)] {
            let Some(rest) = text.strip_prefix(sign) else { continue };
            return Ok(match (before, sign.len()) {
                (false, 2) => Self { from: second(rest, false)?, to: f64::INFINITY },
                (false, _) => Self { from: second(rest, true)?, to: f64::INFINITY },
                (true, 2) => Self { from: f64::NEG_INFINITY, to: second(rest, true)? },
                (true, _) => Self { from: f64::NEG_INFINITY, to: second(rest, false)? },
            });
        }
        Ok(Self { from: second(text, false)?, to: second(text, true)? })
    }

    fn holds(&self, time: f64) -> bool {
        self.from <= time && time <= self.to
    }
}

fn found<'a>(owner: &'a Repository, call: &Call) -> Answer<&'a Run> {
    let id = call.number("run_id")?;
    owner.runs.iter().find(|run| run.id == id).ok_or_else(Refusal::not_found)
}

fn run(world: &mut World, call: &Call) -> Answer {
    let owner = call.repository(world)?;
    let run = found(owner, call)?;
    Ok(Reply::ok(shown_run(world, Addresses(&call.base), owner, run)))
}

fn jobs(world: &mut World, call: &Call) -> Answer {
    let (owner, at) = (call.repository(world)?, Addresses(&call.base));
    let run = found(owner, call)?;
    let done = run.status == "completed";
    let shown = run.jobs.iter().map(|(id, name)| {
        let page = at.page(&format!("/{}/actions/runs/{}/job/{id}", owner.full_name(), run.id));
        json!({
            "id": id,
            "run_id": run.id,
            "workflow_name": run.workflow.name,
            "head_branch": run.started.branch,
            "run_url": at.repository(owner, &format!("/actions/runs/{}", run.id)),
            "run_attempt": run.attempt,
            "node_id": format!("CR_{id}"),
            "head_sha": run.started.sha,
            "url": at.repository(owner, &format!("/actions/jobs/{id}")),
            "html_url": page,
            "status": run.status,
            "conclusion": run.conclusion,
            "created_at": time(run.created),
            "started_at": time(run.began),
            "completed_at": done.then(|| time(run.updated)),
            "name": name,
            "steps": [],
            "check_run_url": at.repository(owner, &format!("/check-runs/{id}")),
            "labels": ["ubuntu-latest"],
            "runner_id": null,
            "runner_name": null,
            "runner_group_id": null,
            "runner_group_name": null,
        })
    });
    counted(call, "jobs", shown.collect())
}

fn rerun_failed(world: &mut World, call: &Call) -> Answer {
    let now = world.now;
    let id = call.number("run_id")?;
    let owner = call.repository_mut(world)?;
    let run = owner.runs.iter_mut().find(|run| run.id == id).ok_or_else(Refusal::not_found)?;
    if run.status != "completed" {
        return Err(Refusal::forbidden("This workflow is already running"));
    }
    if !run.has_failed() {
        return Err(Refusal::forbidden("This workflow run has no failed jobs and cannot be rerun"));
    }
    run.rerun(now);
    Ok(Reply::created(json!({})))
}

fn dispatch(world: &mut World, call: &Call) -> Answer {
    let event = call.required("event_type")?;
    if event.is_empty() || event.chars().count() > MAX_EVENT {
        return Err(Refusal::invalid(format!("event_type must be 1 to {MAX_EVENT} characters.")));
    }
    let payload = call.field("client_payload");
    if let Some(payload) = payload {
        let keys = payload.as_object().ok_or_else(|| {
            Refusal::invalid(format!(
                "For 'properties/client_payload', {payload} is not an object."
            ))
        })?;
        if keys.len() > MAX_PAYLOAD_KEYS {
            return Err(Refusal::invalid(format!(
                "No more than {MAX_PAYLOAD_KEYS} properties are allowed; {} were supplied.",
                keys.len()
            )));
        }
        if payload.to_string().len() >= MAX_PAYLOAD {
            return Err(Refusal::unprocessable("client_payload is too large."));
        }
    }
    let (id, actor) = (call.id()?, call.identity(world)?.login);
    let owner = world.repository(id)?;
    let head = owner.store()?.branch(&owner.default_branch)?;
    // 204 means that the event was accepted, not that something runs.
    if let Some(head) = head {
        let started = Started {
            on: Trigger::Dispatch(Some(event.to_owned())),
            branch: owner.default_branch.clone(),
            sha: head.to_string(),
            actor,
            title: event.to_owned(),
            pull: None,
            payload: Some(payload.cloned().unwrap_or_else(|| json!({}))),
        };
        world.start_runs(id, &started);
    }
    Ok(Reply::nothing())
}
