//! Faults on demand: what each kind does to its request, and that what it says was done was.

use serde_json::{Value, json};

use super::Forge;
use crate::rehearsal::{Asked, Heard};

const LABEL: &str = "POST /repos/{owner}/{repo}/labels";

/// What a request that makes a label meets under a fault, and whether the label is there afterwards.
fn under(kind: &str, more: &Value) -> (Heard, bool) {
    let forge = Forge::new();
    let mut fault = json!({ "route": LABEL, "kind": kind });
    for (name, value) in more.as_object().into_iter().flatten() {
        fault[name] = value.clone();
    }
    forge.control("POST", "faults", &json!({ "faults": [fault] })).is(204);
    // Another route meets nothing.
    forge.get("/repos/acme/one/labels").is(200);
    let heard = forge.send("POST", "/repos/acme/one/labels", &json!({ "name": "new" }));
    let log = forge.control("GET", "requests", &Value::Null).is(200).json();
    let logged: Vec<&Value> =
        log.as_array().into_iter().flatten().filter(|entry| entry["fault"] == kind).collect();
    assert_eq!(logged.len(), 1, "{kind} is told of in the log");
    let labels = forge.get("/repos/acme/one/labels").is(200).json();
    (heard, labels != json!([]))
}

#[test]
fn each_fault_does_what_it_is_called_and_no_more() {
    for (kind, status, done) in [
        ("bad-gateway-before", 502, false),
        ("bad-gateway-after", 502, true),
        ("secondary-403", 403, false),
        ("secondary-429", 429, false),
        ("secondary-200", 403, false),
        ("secondary-no-retry-after", 403, false),
        ("primary", 403, false),
        ("moved-301", 301, false),
        ("redirect-307", 307, false),
        ("slow", 201, true),
        ("unauthorized", 401, false),
        ("partial-data", 201, true),
    ] {
        // The primary limit stays used up: the look afterwards would be refused too.
        if kind == "primary" {
            continue;
        }
        let (heard, is_there) =
            under(kind, &json!({ "seconds": if kind == "slow" { 0 } else { 7 } }));
        assert_eq!((heard.status, is_there), (status, done), "{kind}");
        let waits = heard.headers.get("retry-after").map(|value| value.to_str().expect("text"));
        let says = matches!(kind, "secondary-403" | "secondary-429" | "secondary-200");
        assert_eq!(waits, says.then_some("7"), "{kind}");
    }
    for (kind, done) in [("reset-before", false), ("reset-after", true), ("truncated-body", true)] {
        let (heard, is_there) = under(kind, &json!({}));
        assert!(heard.lost.is_some(), "{kind}: {heard:?}");
        assert_eq!(is_there, done, "{kind}");
    }
}

#[test]
fn the_primary_limit_stays_used_up_after_its_fault() {
    let forge = Forge::new();
    let faults = json!({ "faults": [{ "kind": "primary" }] });
    forge.control("POST", "faults", &faults).is(204);
    assert_eq!(forge.get("/user").is(403).header("x-ratelimit-remaining"), "0");
    forge.get("/user").is(403);
    forge.control("POST", "clock/sleep", &json!({ "client": "t", "seconds": 3601 })).is(200);
    forge.get("/user").is(200);
}

#[test]
fn a_fault_strikes_as_often_as_it_says_and_at_the_request_that_it_names() {
    let forge = Forge::new();
    let set = |faults: Value| forge.control("POST", "faults", &faults);
    set(json!({ "faults": [{ "at": 2, "kind": "unauthorized" }, { "times": 2, "route": "GET /meta", "kind": "unauthorized" }] }))
        .is(204);
    let statuses: Vec<u16> = ["/user", "/user", "/user", "/meta", "/meta", "/meta"]
        .map(|path| forge.get(path).status)
        .into();
    assert_eq!(statuses, [200, 401, 200, 401, 401, 200]);
    set(json!({ "seed": 3, "faults": [{ "percent": 50, "kind": "unauthorized" }] })).is(204);
    let dice = || -> Vec<u16> { (0..12).map(|_| forge.get("/meta").status).collect() };
    let first = dice();
    assert!(first.contains(&200) && first.contains(&401), "{first:?}");
    set(json!({ "seed": 3, "faults": [{ "percent": 50, "kind": "unauthorized" }] })).is(204);
    assert_eq!(dice(), first, "the same dice fall the same");
    forge.control("DELETE", "faults", &Value::Null).is(204);
    assert!(dice().iter().all(|status| *status == 200));
    for wrong in [
        json!({ "faults": [{ "kind": "nonsense" }] }),
        json!({ "faults": [{ "kind": "slow", "sometimes": true }] }),
        json!([]),
        json!({ "faults": [{ "kind": "slow", "at": -1 }] }),
    ] {
        set(wrong).is(422);
    }
}

#[test]
fn what_graphql_loses_is_null_with_an_error() {
    let forge = Forge::new();
    let ask = |kind: &str| {
        forge.control("POST", "faults", &json!({ "faults": [{ "kind": kind }] })).is(204);
        let body = json!({ "query": "{ viewer { login } a: repository(owner: \"acme\", name: \"one\") { name } }" });
        let body = body.to_string().into_bytes();
        forge
            .rehearsal
            .ask("all", &Asked { method: "POST", path: "/api/graphql", body, ..Asked::default() })
    };
    let partial = ask("partial-data").is(200).json();
    assert_eq!(partial["data"], json!({ "viewer": { "login": "octo" }, "a": null }));
    assert_eq!(partial["errors"][0]["path"], json!(["a"]));
    let limited = ask("secondary-200").is(200).json();
    assert!(limited.get("data").is_none(), "{limited}");
    assert_eq!(limited["errors"][0]["type"], "RATE_LIMITED");
    assert_eq!(ask("primary").is(200).json()["errors"][0]["type"], "RATE_LIMITED");
}

#[test]
fn a_redirect_leads_to_where_the_request_is_answered() {
    let forge = Forge::new();
    for (kind, status) in [("moved-301", 301), ("redirect-307", 307)] {
        forge.control("POST", "faults", &json!({ "faults": [{ "kind": kind }] })).is(204);
        let moved = forge.get("/repos/acme/one/branches?per_page=1").is(status);
        let path = moved.header("location").split_once("/api/v3").expect("REST").1.to_owned();
        assert!(path.ends_with("per_page=1"), "{path}");
        assert_eq!(forge.get(&path).is(200).json().as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn a_fault_of_a_route_that_is_not_there_is_refused_with_those_that_are_alike() {
    let forge = Forge::new();
    let fault = |route: &str| json!({ "faults": [{ "route": route, "kind": "slow" }] });
    let heard = forge.control("POST", "faults", &fault("GET /_index/simple/")).is(422);
    let said = heard.json()["message"].to_string();
    assert!(said.contains("there is `GET /_index/simple/{project}/`"), "{said}");
    let known = [
        "GET /_index/simple/{project}/",
        "GET /v2/{name}/manifests/{reference}",
        "POST /{owner}/{repo}.git/git-receive-pack",
        "GET /repos/{owner}/{repo}/branches/{branch}",
    ];
    for route in known {
        forge.control("POST", "faults", &fault(route)).is(204);
    }
}
