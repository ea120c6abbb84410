//! Workflows and their runs, dispatches, and what owners set up.

use serde_json::{Value, json};

use super::Forge;

const RUNS: &str = "/repos/acme/one/actions/runs";

const SEED: &str = r#"
tokens: [{ name: all }]
repositories:
  - name: acme/one
    files:
      .github/workflows/ci.yml: "name: CI\non: push\n"
      .github/workflows/hook.yml: "name: Hook\non: repository_dispatch\n"
    branches: { b: { x: y } }
    runs:
      - { workflow: ci.yml, conclusion: failure, seconds: 40, times: 1, jobs: [build, test], rerun: success }
      - { workflow: hook.yml, on: repository_dispatch, event_type: go, seconds: 10 }
    settings:
      secrets: [ONE]
      organization_secrets: [LENT]
      variables: { REGION: here }
      organization_variables: { STAGE: test }
      allowed_actions: selected
      selected_actions: { github_owned: true, patterns: ["acme/*"] }
  - { name: acme/two, files: { a: x } }
"#;

fn sleep(forge: &Forge, seconds: u64) {
    forge.control("POST", "clock/sleep", &json!({ "client": "t", "seconds": seconds })).is(200);
}

fn first(forge: &Forge, query: &str) -> Value {
    let found = forge.get(&format!("{RUNS}?{query}")).is(200).json();
    found["workflow_runs"][0].clone()
}

#[test]
fn a_run_follows_its_script_as_time_passes_and_is_run_again() {
    let forge = Forge::with(SEED);
    let body = json!({ "message": "x", "content": "eA==" });
    forge.send("PUT", "/repos/acme/one/contents/new", &body).is(201);
    let run = first(&forge, "event=push");
    assert_eq!((&run["status"], &run["conclusion"]), (&json!("queued"), &Value::Null));
    let again = format!("{RUNS}/{}/rerun-failed-jobs", run["id"]);
    forge.send("POST", &again, &Value::Null).is(403);
    sleep(&forge, 10);
    assert_eq!(first(&forge, "event=push")["status"], "in_progress");
    sleep(&forge, 30);
    assert_eq!(first(&forge, "status=failure")["id"], run["id"]);
    let jobs = forge.get(&format!("{RUNS}/{}/jobs", run["id"])).is(200).json();
    assert_eq!(jobs["total_count"], 2);
    forge.send("POST", &again, &Value::Null).is(201);
    sleep(&forge, 40);
    let done = forge.get(&format!("{RUNS}/{}", run["id"])).is(200).json();
    assert_eq!((&done["conclusion"], &done["run_attempt"]), (&json!("success"), &json!(2)));
    forge.send("POST", &again, &Value::Null).is(403);
    forge.get(&format!("{RUNS}/1")).is(404);
    forge.get(&format!("{RUNS}/x/jobs")).is(404);
}

#[test]
fn runs_are_found_by_what_github_filters_by_and_by_nothing_else() {
    let forge = Forge::with(SEED);
    let body = json!({ "message": "x", "content": "eA==" });
    forge.send("PUT", "/repos/acme/one/contents/new", &body).is(201);
    let count =
        |query: &str| forge.get(&format!("{RUNS}?{query}")).is(200).json()["total_count"].clone();
    for (query, wanted) in [
        ("", 1),
        ("branch=main", 1),
        ("branch=b", 0),
        ("event=pull_request", 0),
        ("created=%3E%3D2026-11-22", 1),
        ("created=%3C2026-11-22", 0),
        ("created=2026-11-22..2026-11-23", 1),
        ("created=*..2026-11-21", 0),
        ("created=2026-11-22T12:00:00Z", 1),
        ("head_sha=x", 0),
    ] {
        assert_eq!(count(query), wanted, "{query}");
    }
    for wrong in ["created=yesterday", "created=..", "created=%3E", "status=done", "page=x"] {
        forge.get(&format!("{RUNS}?{wrong}")).is(422);
    }
}

#[test]
fn a_dispatch_is_heard_and_what_is_too_large_is_refused() {
    let forge = Forge::with(SEED);
    let send = |body: Value| forge.send("POST", "/repos/acme/one/dispatches", &body);
    let many: serde_json::Map<String, Value> = (0..11).map(|n| (n.to_string(), n.into())).collect();
    for wrong in [
        json!({}),
        json!({ "event_type": "" }),
        json!({ "event_type": "x".repeat(101) }),
        json!({ "event_type": "go", "client_payload": many }),
        json!({ "event_type": "go", "client_payload": "text" }),
        json!({ "event_type": "go", "client_payload": { "a": "x".repeat(65_536) } }),
    ] {
        send(wrong).is(422);
    }
    // Heard, though nothing runs: that is what 204 says.
    send(json!({ "event_type": "other" })).is(204);
    assert_eq!(first(&forge, "event=repository_dispatch"), Value::Null);
    send(json!({ "event_type": "go", "client_payload": { "a": 1 } })).is(204);
    assert_eq!(first(&forge, "event=repository_dispatch")["name"], "Hook");
    forge.send("POST", "/repos/acme/gone/dispatches", &json!({ "event_type": "go" })).is(404);
}

#[test]
fn what_owners_set_up_is_told_and_no_secret_is() {
    let forge = Forge::with(SEED);
    let get = |what: &str| forge.get(&format!("/repos/acme/one/actions/{what}")).is(200).json();
    assert_eq!(get("secrets")["secrets"][0]["name"], "ONE");
    assert_eq!(get("organization-secrets")["secrets"][0]["name"], "LENT");
    assert_eq!(get("variables")["variables"][0]["value"], "here");
    assert_eq!(get("organization-variables")["variables"][0]["name"], "STAGE");
    assert_eq!(get("permissions")["allowed_actions"], "selected");
    let selected = json!({ "github_owned_allowed": true, "verified_allowed": false, "patterns_allowed": ["acme/*"] });
    assert_eq!(get("permissions/selected-actions"), selected);
    assert_eq!(get("permissions/workflow")["default_workflow_permissions"], "read");
    // Where all may be used, none are selected.
    forge.get("/repos/acme/two/actions/permissions/selected-actions").is(409);
    let paths = get("workflows");
    assert_eq!((&paths["total_count"], &paths["workflows"][0]["name"]), (&json!(2), &json!("CI")));
}
