//! References: making, moving and removing them.

use serde_json::{Value, json};

use super::Forge;

const REFS: &str = "/repos/acme/one/git/refs";

fn create(forge: &Forge, name: &str) -> crate::rehearsal::Heard {
    let body = json!({ "ref": name, "sha": forge.head("main") });
    forge.send("POST", REFS, &body)
}

#[test]
fn a_reference_is_made_once_and_a_branch_and_a_folder_of_branches_cannot_share_a_name() {
    let forge = Forge::new();
    let made = create(&forge, "refs/heads/new/er").is(201).json();
    assert_eq!(made["object"]["sha"], forge.head("main").as_str());
    assert!(create(&forge, "refs/heads/new/er").is(422).said().contains("already exists"));
    for clash in ["refs/heads/new", "refs/heads/new/er/still"] {
        assert!(create(&forge, clash).is(422).said().contains("Reference update failed"));
    }
    create(&forge, "refs/tags/v1").is(201);
    let found = forge.get("/repos/acme/one/git/matching-refs/heads/n").is(200).json();
    assert_eq!(found[0]["ref"], "refs/heads/new/er");
    forge.get("/repos/acme/one/git/ref/heads/new").is(404);
    forge.get("/repos/acme/one/branches/new/er").is(200);
    forge.get("/repos/acme/one/branches/new%2Fer").is(200);
}

#[test]
fn a_name_that_git_or_github_does_not_take_is_refused() {
    let forge = Forge::new();
    let before = forge.state();
    let long = format!("refs/heads/{}", "x".repeat(300));
    let id = format!("refs/heads/{}", "a".repeat(40));
    for name in [
        "",
        "main",
        "heads/x",
        "refs/x",
        "refs/heads/",
        "refs/heads/..",
        "refs/heads/a..b",
        "refs/heads/../../config",
        "refs/heads/a b",
        "refs/heads/a~b",
        "refs/heads/a^b",
        "refs/heads/a:b",
        "refs/heads/a?b",
        "refs/heads/a*b",
        "refs/heads/a[b",
        "refs/heads/a\\b",
        "refs/heads/a.lock",
        "refs/heads/.a",
        "refs/heads/a.",
        "refs/heads/a/",
        "refs/heads//a",
        "refs/heads/a@{b",
        "refs/heads/@{-1}",
        "refs/heads/a\r\nb",
        "refs/heads/a\u{0}b",
        "refs/heads/a\u{7f}b",
        "refs/heads/HEAD",
        "refs/heads/-a",
        "refs/pull/1/head",
        "refs/remotes/x/y",
        "refs/notes/commits",
        &long,
        &id,
    ] {
        let refused = create(&forge, name);
        assert_eq!(refused.status, 422, "{name:?}: {}", refused.said());
    }
    assert_eq!(forge.state(), before);
}

#[test]
fn a_branch_moves_forward_and_elsewhere_only_by_force() {
    let forge = Forge::new();
    let (main, fix) = (forge.head("main"), forge.head("fix"));
    let moved =
        |branch: &str, body: Value| forge.send("PATCH", &format!("{REFS}/heads/{branch}"), &body);
    moved("main", json!({ "sha": fix })).is(200);
    let back = moved("main", json!({ "sha": main })).is(422);
    assert!(back.said().contains("not a fast forward"), "{}", back.said());
    moved("main", json!({ "sha": main, "force": true })).is(200);
    moved("gone", json!({ "sha": main })).is(422);
    moved("main", json!({ "sha": "main" })).is(422);
    moved("main", json!({ "sha": "1".repeat(40) })).is(422);
    moved("main", json!({ "sha": main, "force": "yes" })).is(422);
    let tree = forge.get("/repos/acme/one/git/trees/main").is(200).json()["sha"].clone();
    moved("main", json!({ "sha": tree })).is(422);
    assert_eq!(forge.head("main"), main);
}

#[test]
fn the_default_branch_and_a_protected_one_stay() {
    let forge = Forge::with(
        "tokens: [{ name: all }]\nrepositories:\n- name: acme/one\n  files: { a: x }\n\
         \x20 branches: { kept: { a: y }, spare: { a: z } }\n  settings: { required_checks: { kept: [test] } }",
    );
    let delete = |name: &str| forge.send("DELETE", &format!("{REFS}/{name}"), &Value::Null);
    delete("heads/main").is(422);
    delete("heads/kept").is(422);
    delete("heads/gone").is(422);
    delete("heads/spare").is(204);
    delete("heads/spare").is(422);
    let force = json!({ "sha": forge.head("main"), "force": true });
    forge.send("PATCH", &format!("{REFS}/heads/kept"), &force).is(422);
    let protection = forge.get("/repos/acme/one/branches/kept/protection").is(200).json();
    assert_eq!(protection["required_status_checks"]["contexts"], json!(["test"]));
    let bare = forge.get("/repos/acme/one/branches/main/protection").is(404);
    assert_eq!(bare.said(), "Branch not protected");
    assert_eq!(
        forge.get("/repos/acme/one/branches/gone/protection").is(404).said(),
        "Branch not found"
    );
}

#[test]
fn an_empty_repository_has_no_references_and_takes_none() {
    let forge = Forge::new();
    let sha = forge.head("main");
    forge.get("/repos/acme/empty/git/ref/heads/main").is(409);
    let body = json!({ "ref": "refs/heads/main", "sha": sha });
    forge.send("POST", "/repos/acme/empty/git/refs", &body).is(409);
    assert_eq!(forge.get("/repos/acme/empty/branches").is(200).json(), json!([]));
}
