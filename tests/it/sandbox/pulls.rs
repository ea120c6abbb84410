//! Pull requests.

use serde_json::{Value, json};

use super::Forge;
use crate::rehearsal::Heard;

const PULLS: &str = "/repos/acme/one/pulls";

fn open(forge: &Forge, change: &Value) -> Heard {
    let mut body = json!({ "title": "Better", "head": "fix", "base": "main" });
    for (name, value) in change.as_object().expect("fields") {
        body[name] = value.clone();
    }
    forge.send("POST", PULLS, &body)
}

#[test]
fn one_pull_request_is_open_for_a_branch_at_a_time() {
    let forge = Forge::new();
    let pull = open(&forge, &json!({})).is(201).json();
    assert_eq!((&pull["number"], &pull["changed_files"]), (&json!(1), &json!(1)));
    assert!(open(&forge, &json!({})).is(422).said().contains("already exists for acme:fix"));
    assert!(open(&forge, &json!({ "head": "acme:fix" })).is(422).said().contains("already exists"));
    forge.send("PATCH", &format!("{PULLS}/1"), &json!({ "state": "closed" })).is(200);
    assert_eq!(open(&forge, &json!({ "head": "acme:fix" })).is(201).json()["number"], 2);
    let files = forge.get(&format!("{PULLS}/2/files")).is(200).json();
    assert_eq!(files[0]["filename"], "README.md");
    assert_eq!(files[0]["patch"], "@@ -1 +1 @@\n-hello\n+better");
    assert_eq!(pull["author_association"], "MEMBER");
    forge.get(&format!("{PULLS}/3")).is(404);
    forge.get(&format!("{PULLS}/x")).is(404);
    forge.get(&format!("{PULLS}/99999999999999999999999")).is(404);
}

#[test]
fn what_cannot_be_proposed_is_refused() {
    let forge = Forge::new();
    let (long, longer) = ("x".repeat(257), "x".repeat(65_537));
    for (change, why) in [
        (json!({ "head": "gone" }), "head invalid"),
        (json!({ "base": "gone" }), "base invalid"),
        (json!({ "head": "a\u{0}b" }), "head invalid"),
        (json!({ "head": "../../config" }), "head invalid"),
        (json!({ "head": "mona:fix" }), "head invalid"),
        (json!({ "head": "main" }), "No commits between"),
        (json!({ "head": "main", "base": "fix" }), "No commits between"),
        (json!({ "title": " " }), "title missing_field"),
        (json!({ "title": long }), "too long"),
        (json!({ "body": longer }), "too long"),
        (json!({ "title": null }), "title"),
        (json!({ "title": 3 }), "title"),
        (json!({ "draft": "yes" }), "draft"),
    ] {
        let refused = open(&forge, &change);
        assert_eq!(refused.status, 422);
        assert!(refused.said().contains(why), "{why}: {}", refused.said());
    }
    assert_eq!(forge.get(&format!("{PULLS}?state=all")).is(200).json(), json!([]));
}

#[test]
fn a_list_is_of_one_state_and_of_one_head_that_names_its_owner() {
    let forge = Forge::new();
    open(&forge, &json!({})).is(201);
    let count = |query: &str| {
        let found = forge.get(&format!("{PULLS}?{query}")).is(200).json();
        found.as_array().map(Vec::len).expect("a list")
    };
    assert_eq!(count("head=acme:fix"), 1);
    assert_eq!(count("head=acme:other"), 0);
    assert_eq!(count("head=other"), 1, "without an owner a head is ignored: GitHub's trap");
    assert_eq!(count("base=fix"), 0);
    assert_eq!(count("state=closed"), 0);
    assert_eq!(count("state=all"), 1);
    for wrong in ["state=opened", "sort=newest", "direction=up"] {
        forge.get(&format!("{PULLS}?{wrong}")).is(422);
    }
}

#[test]
fn what_is_closed_opens_again_while_its_branch_is_there() {
    let forge = Forge::new();
    open(&forge, &json!({})).is(201);
    let change = |body: Value| forge.send("PATCH", &format!("{PULLS}/1"), &body);
    change(json!({ "state": "merged" })).is(422);
    change(json!({ "title": "" })).is(422);
    change(json!({ "base": "gone" })).is(422);
    let renamed = change(json!({ "title": "Best", "body": "" })).is(200).json();
    assert_eq!(renamed["title"], "Best");
    change(json!({ "state": "closed" })).is(200);
    assert_eq!(change(json!({ "state": "open" })).is(200).json()["state"], "open");
    forge.send("DELETE", "/repos/acme/one/git/refs/heads/fix", &Value::Null).is(204);
    assert_eq!(forge.get(&format!("{PULLS}/1")).is(200).json()["state"], "closed");
    assert!(change(json!({ "state": "open" })).is(422).said().contains("deleted"));
}

#[test]
fn a_pull_request_follows_its_branch() {
    let forge = Forge::new();
    open(&forge, &json!({})).is(201);
    let body = json!({ "message": "x", "content": "eA==", "branch": "fix" });
    forge.send("PUT", "/repos/acme/one/contents/more", &body).is(201);
    let pull = forge.get(&format!("{PULLS}/1")).is(200).json();
    assert_eq!(pull["head"]["sha"], forge.head("fix").as_str());
    assert_eq!((&pull["commits"], &pull["changed_files"]), (&json!(2), &json!(2)));
    // It is compared with its base when its own branch moves, and not when the base does.
    let was = pull["base"]["sha"].clone();
    let base = json!({ "message": "y", "content": "eQ==", "branch": "main" });
    forge.send("PUT", "/repos/acme/one/contents/other", &base).is(201);
    let pull = forge.get(&format!("{PULLS}/1")).is(200).json();
    assert_eq!(pull["base"]["sha"], was);
    let head = forge.get("/repos/acme/one/commits/fix").is(200).json();
    let tree = &head["commit"]["tree"]["sha"];
    let renewed = json!({ "message": "z", "tree": tree, "parents": [forge.head("main")] });
    let commit = forge.send("POST", "/repos/acme/one/git/commits", &renewed).is(201).json();
    let moved = json!({ "sha": commit["sha"], "force": true });
    forge.send("PATCH", "/repos/acme/one/git/refs/heads/fix", &moved).is(200);
    let pull = forge.get(&format!("{PULLS}/1")).is(200).json();
    assert_eq!((&pull["base"]["sha"], &pull["commits"]), (&json!(forge.head("main")), &json!(1)));
    let of = forge.get(&format!("/repos/acme/one/commits/{}/pulls", forge.head("fix"))).is(200);
    assert_eq!(of.json()[0]["number"], 1);
}

#[test]
fn a_review_is_asked_of_people_that_are_there_and_not_of_the_author() {
    let forge = Forge::new();
    open(&forge, &json!({})).is(201);
    let ask = |reviewers: &[&str]| {
        let body = json!({ "reviewers": reviewers });
        forge.send("POST", &format!("{PULLS}/1/requested_reviewers"), &body)
    };
    for wrong in ["octo", "OCTO", "nobody", "acme"] {
        ask(&[wrong]).is(422);
    }
    let asked = ask(&["mona", "MONA"]).is(201).json();
    let asked: Vec<&Value> = asked["requested_reviewers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| &it["login"])
        .collect();
    assert_eq!(asked, ["mona"]);
}
