//! Labels, and pull requests that have them.

use serde_json::{Value, json};

use super::Forge;

#[test]
fn a_label_is_made_once_whatever_its_case() {
    let forge = Forge::new();
    let make = |body: Value| forge.send("POST", "/repos/acme/one/labels", &body);
    let made = make(json!({ "name": "Bug", "color": "FF0000" })).is(201).json();
    assert_eq!(made["color"], "ff0000");
    assert!(make(json!({ "name": "bug" })).is(422).said().contains("already_exists"));
    let (long, told) = ("x".repeat(51), "x".repeat(101));
    for wrong in [
        json!({ "name": "" }),
        json!({ "name": " " }),
        json!({ "name": long }),
        json!({ "name": "a\nb" }),
        json!({ "name": "a", "color": "#ff0000" }),
        json!({ "name": "a", "color": "red" }),
        json!({ "name": "a", "description": told }),
        json!({}),
    ] {
        make(wrong).is(422);
    }
    assert_eq!(
        forge.get("/repos/acme/one/labels").is(200).json().as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn labels_are_put_on_what_is_there_and_made_when_they_are_new() {
    let forge = Forge::new();
    let open = json!({ "title": "Better", "head": "fix", "base": "main" });
    forge.send("POST", "/repos/acme/one/pulls", &open).is(201);
    let put = |number: u64, body: Value| {
        forge.send("POST", &format!("/repos/acme/one/issues/{number}/labels"), &body)
    };
    put(1, json!({ "labels": ["fresh", "FRESH"] })).is(200);
    let both = put(1, json!({ "labels": ["other"] })).is(200).json();
    let names: Vec<&Value> = both.as_array().into_iter().flatten().map(|it| &it["name"]).collect();
    assert_eq!(names, ["fresh", "other"]);
    put(2, json!({ "labels": ["other"] })).is(404);
    for wrong in [
        json!({}),
        json!({ "labels": [] }),
        json!({ "labels": [""] }),
        json!({ "labels": [1] }),
        json!({ "labels": "x" }),
    ] {
        let said = wrong.to_string();
        let refused = put(1, wrong);
        assert_eq!(refused.status, 422, "{said}: {}", String::from_utf8_lossy(&refused.body));
    }
}
