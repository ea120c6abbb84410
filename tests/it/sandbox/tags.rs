//! Tags with a message, and dispatches that a workflow hears.

use serde_json::{Value, json};

use super::Forge;

const GIT: &str = "/repos/acme/one/git";

fn head(forge: &Forge) -> Value {
    forge.get(&format!("{GIT}/ref/heads/main")).is(200).json()["object"]["sha"].clone()
}

#[test]
fn a_tag_has_an_object_that_no_reference_leads_to_yet() {
    let forge = Forge::new();
    let head = head(&forge);
    let body = json!({ "tag": "v1", "message": "One\n\nwords", "object": head, "type": "commit" });
    let made = forge.send("POST", &format!("{GIT}/tags"), &body).is(201).json();
    assert_eq!((&made["tag"], &made["message"]), (&json!("v1"), &json!("One\n\nwords")));
    assert_eq!((&made["object"]["sha"], &made["object"]["type"]), (&head, &json!("commit")));
    assert_eq!(made["tagger"]["name"], "octo");
    forge.get(&format!("{GIT}/ref/tags/v1")).is(404);
    let reference = json!({ "ref": "refs/tags/v1", "sha": made["sha"] });
    forge.send("POST", &format!("{GIT}/refs"), &reference).is(201);
    forge.send("POST", &format!("{GIT}/refs"), &reference).is(422);
    let found = forge.get(&format!("{GIT}/ref/tags/v1")).is(200).json();
    assert_eq!((&found["object"]["type"], &found["object"]["sha"]), (&json!("tag"), &made["sha"]));
    // A commit is found by it, as by a branch.
    assert_eq!(forge.get("/repos/acme/one/commits/v1").is(200).json()["sha"], head);
    forge.send("DELETE", &format!("{GIT}/refs/tags/v1"), &Value::Null).is(204);
    forge.get(&format!("{GIT}/ref/tags/v1")).is(404);
}

#[test]
fn what_is_no_tag_is_refused() {
    let forge = Forge::new();
    let head = head(&forge);
    let sound = json!({ "tag": "v1", "message": "m", "object": head, "type": "commit" });
    let with = |key: &str, value: Value| {
        let mut body = sound.clone();
        body[key] = value;
        body
    };
    for wrong in [
        with("tag", Value::Null),
        with("tag", json!("a b")),
        with("tag", json!("-x..y")),
        with("message", json!(" ")),
        with("message", json!("a\u{0}b")),
        with("object", json!("x")),
        with("object", json!("1234567890123456789012345678901234567890")),
        with("type", json!("tree")),
        with("type", json!("tag")),
        with("tagger", json!({ "name": "a<b", "email": "c" })),
    ] {
        forge.send("POST", &format!("{GIT}/tags"), &wrong).is(422);
    }
    forge.send_as("reader", "POST", &format!("{GIT}/tags"), &sound).is(403);
    forge.send("POST", "/repos/acme/old/git/tags", &sound).is(403);
    forge.send("POST", "/repos/acme/empty/git/tags", &sound).is(409);
}

#[test]
fn a_dispatch_starts_what_hears_it_and_nothing_else() {
    let forge = Forge::with(
        "tokens: [{ name: all }]
repositories:
  - name: acme/one
    files:
      .github/workflows/hears.yml: \"name: Hears\\nrun-name: 'of ${{ github.event.client_payload.id }}'\\non: { repository_dispatch: { types: [go] } }\\n\"
      .github/workflows/deaf.yml: \"name: Deaf\\non: push\\n\"
    runs:
      - { workflow: hears.yml, on: repository_dispatch }
      - { workflow: deaf.yml, on: repository_dispatch }
",
    );
    let send = |event: &str| {
        let body = json!({ "event_type": event, "client_payload": { "id": "a1" } });
        forge.send("POST", "/repos/acme/one/dispatches", &body).is(204);
    };
    let runs = || forge.get("/repos/acme/one/actions/runs").is(200).json();
    send("stop");
    assert_eq!(runs()["total_count"], 0);
    send("go");
    let found = runs();
    assert_eq!(
        (&found["total_count"], &found["workflow_runs"][0]["display_title"]),
        (&json!(1), &json!("of a1"))
    );
}
