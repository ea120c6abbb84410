//! Limits, as GitHub keeps them.

use serde_json::{Value, json};

use super::Forge;
use crate::rehearsal::Heard;

fn forge(limits: &str) -> Forge {
    Forge::with(&format!(
        "limits: {{ {limits} }}\nowners: {{ octo: {{ type: user }} }}\n\
         tokens: [{{ name: all, user: octo }}, {{ name: second, user: octo }}, {{ name: other, user: mona }}]\n\
         repositories:\n- {{ name: acme/one, files: {{ a: x }}, branches: {{ b: {{ a: y }}, c: {{ a: z }} }} }}"
    ))
}

fn sleep(forge: &Forge, seconds: u64) {
    forge.control("POST", "clock/sleep", &json!({ "client": "t", "seconds": seconds })).is(200);
}

fn label(forge: &Forge, name: &str) -> Heard {
    forge.send("POST", "/repos/acme/one/labels", &json!({ "name": name }))
}

#[test]
fn the_hour_of_a_user_is_used_up_whatever_the_token_and_comes_again() {
    let forge = forge("rest: 3");
    for left in ["2", "1", "0"] {
        assert_eq!(forge.get("/user").is(200).header("x-ratelimit-remaining"), left);
    }
    let refused = forge.send_as("second", "GET", "/user", &Value::Null).is(403);
    assert!(refused.said().starts_with("API rate limit exceeded"), "{}", refused.said());
    assert!(refused.headers.get("retry-after").is_none());
    assert_eq!(refused.header("x-ratelimit-resource"), "core");
    let reset: u64 = refused.header("x-ratelimit-reset").parse().expect("a number");
    let left = forge.get("/rate_limit").is(200).json();
    assert_eq!(
        left["resources"]["core"],
        json!({ "limit": 3, "remaining": 0, "used": 3, "reset": reset })
    );
    forge.send_as("other", "GET", "/user", &Value::Null).is(200);
    sleep(&forge, 3599);
    forge.get("/user").is(403);
    sleep(&forge, 2);
    assert_eq!(forge.get("/user").is(200).header("x-ratelimit-remaining"), "2");
}

#[test]
fn what_has_not_changed_costs_nothing() {
    let forge = forge("rest: 2");
    let first = forge.get("/repos/acme/one").is(200);
    let tag = [("if-none-match", first.header("etag"))];
    for _ in 0..3 {
        let same = forge.get_with("/repos/acme/one", &tag).is(304);
        assert!(same.body.is_empty());
        assert_eq!(same.header("x-ratelimit-remaining"), "1");
    }
    forge.send("PATCH", "/repos/acme/one", &json!({ "description": "new" })).is(200);
    // Nothing is left, and what is refused is not "unchanged".
    forge.get_with("/repos/acme/one", &tag).is(403);
}

#[test]
fn who_is_not_known_has_sixty_and_a_search_has_its_own() {
    let forge = forge("search: 1");
    let anonymous = forge.send_as("", "GET", "/repos/acme/one", &Value::Null).is(200);
    assert_eq!(anonymous.header("x-ratelimit-limit"), "60");
    let search = || forge.get("/search/repositories?q=org:acme");
    assert_eq!(search().is(200).header("x-ratelimit-resource"), "search");
    search().is(403);
    forge.get("/user").is(200);
    sleep(&forge, 61);
    search().is(200);
}

#[test]
fn points_of_a_minute_count_a_write_five_times() {
    let forge = forge("rest_points: 10, retry_after: 42");
    label(&forge, "a").is(201);
    for _ in 0..5 {
        forge.get("/user").is(200);
    }
    let refused = forge.get("/user").is(403);
    assert!(refused.said().contains("secondary rate limit"), "{}", refused.said());
    assert_eq!(refused.header("retry-after"), "42");
    assert_ne!(refused.header("x-ratelimit-remaining"), "0");
    sleep(&forge, 30);
    // Who goes on asking is counted on.
    forge.get("/user").is(403);
    sleep(&forge, 31);
    forge.get("/user").is(200);
}

#[test]
fn content_is_made_so_often_in_a_minute_and_so_often_in_an_hour() {
    let forge = forge("content_per_minute: 2, content_per_hour: 4");
    // Blobs and trees are seen by nobody yet.
    for _ in 0..5 {
        forge.send("POST", "/repos/acme/one/git/blobs", &json!({ "content": "x" })).is(201);
    }
    label(&forge, "a").is(201);
    label(&forge, "b").is(201);
    label(&forge, "c").is(403);
    sleep(&forge, 61);
    label(&forge, "d").is(201);
    sleep(&forge, 61);
    label(&forge, "e").is(403);
    sleep(&forge, 3600);
    label(&forge, "e").is(201);
}

#[test]
fn pull_requests_one_after_the_other_are_submitted_too_quickly() {
    let forge = forge("pulls_per_minute: 1");
    let open = |head: &str| {
        let body = json!({ "title": "x", "head": head, "base": "main" });
        forge.send("POST", "/repos/acme/one/pulls", &body)
    };
    open("b").is(201);
    let refused = open("c").is(422);
    assert!(refused.said().contains("submitted too quickly"), "{}", refused.said());
    sleep(&forge, 61);
    open("c").is(201);
}

#[test]
fn graphql_has_points_of_its_own() {
    let forge = forge("graphql: 2, nodes: 150");
    let ask = |query: &str| forge.graphql(query, &Value::Null);
    let cost = ask("{ rateLimit { cost remaining } viewer { login } }");
    assert_eq!(cost["data"]["rateLimit"], json!({ "cost": 1, "remaining": 1 }));
    let heavy = "{ organization(login: \"acme\") { repositories(first: 100) { nodes { refs(first: 100, refPrefix: \"refs/heads/\") { nodes { name } } } } } }";
    let refused = ask(heavy);
    assert_eq!(refused["errors"][0]["type"], "MAX_NODE_LIMIT_EXCEEDED", "{refused}");
    forge.get("/user").is(200);
    sleep(&forge, 3601);
    for _ in 0..2 {
        ask("{ viewer { login } }");
    }
    let body = json!({ "query": "{ viewer { login } }" }).to_string().into_bytes();
    let asked = crate::rehearsal::Asked {
        method: "POST",
        path: "/api/graphql",
        body,
        ..Default::default()
    };
    let over = forge.rehearsal.ask("all", &asked);
    assert_eq!(over.header("x-ratelimit-remaining"), "0");
    assert!(
        over.said().contains("rate limit") || over.json()["errors"][0]["type"] == "RATE_LIMITED"
    );
}
