//! Branches that want approvals or checks: what is pushed to them past a pull request.

use serde_json::{Value, json};

use super::Forge;

const SEED: &str = r#"
owners: { acme: { type: organization } }
tokens:
  - { name: all, user: octo }
  - { name: pusher, user: mona, role: write }
repositories:
  - name: acme/one
    files: { README.md: "hello\n" }
    branches: { reviewed: { a: x }, checked: { a: x }, ruled: { a: x }, ruledchecks: { a: x }, free: { a: x } }
    checks: [{ name: ci }, { name: never, conclusion: never }]
    settings:
      required_approvals: { reviewed: 1 }
      required_checks: { checked: [ci, never] }
      ruleset_approvals: { ruled: 1 }
      ruleset_checks: { ruledchecks: [never] }
      strict_checks: true
"#;

const REFS: &str = "/repos/acme/one/git/refs/heads";

/// A commit on top of a branch that nothing points to.
fn commit(forge: &Forge, branch: &str) -> String {
    let head = forge.head(branch);
    let tree =
        forge.get(&format!("/repos/acme/one/git/commits/{head}")).is(200).json()["tree"]["sha"]
            .clone();
    let body = json!({ "message": "More", "tree": tree, "parents": [head] });
    let made = forge.send("POST", "/repos/acme/one/git/commits", &body).is(201).json();
    made["sha"].as_str().expect("an id").to_owned()
}

/// Moves a branch on by a reference, a file and a document; how each was answered.
fn pushed(forge: &Forge, token: &str, branch: &str) -> [String; 3] {
    let answered = |status: u16, said: String| match status {
        200 | 201 => "done".to_owned(),
        status => format!("{status} {said}"),
    };
    let sha = commit(forge, branch);
    let moved = forge.send_as(token, "PATCH", &format!("{REFS}/{branch}"), &json!({ "sha": sha }));
    let content = json!({ "message": "Say", "content": "eA==", "branch": branch });
    let path = format!("/repos/acme/one/contents/{token}.txt");
    let written = forge.send_as(token, "PUT", &path, &content);
    let document = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
    let input = json!({
        "branch": { "repositoryNameWithOwner": "acme/one", "branchName": branch },
        "message": { "headline": "More" },
        "expectedHeadOid": forge.head(branch),
        "fileChanges": { "additions": [{ "path": format!("{token}.md"), "contents": "eA==" }] },
    });
    let body = json!({ "query": document, "variables": { "input": input } });
    let asked = crate::rehearsal::Asked {
        method: "POST",
        path: "/api/graphql",
        body: body.to_string().into_bytes(),
        ..Default::default()
    };
    let said = forge.rehearsal.ask(token, &asked).is(200).json();
    let error = &said["errors"][0];
    let by_document = match error {
        Value::Null => "done".to_owned(),
        error => format!(
            "{} {}",
            error["type"].as_str().unwrap_or_default(),
            error["message"].as_str().unwrap_or_default()
        ),
    };
    [answered(moved.status, moved.said()), answered(written.status, written.said()), by_document]
}

#[test]
fn changes_come_by_pull_requests_but_for_who_may_pass_them_by() {
    let forge = Forge::with(SEED);
    let refused = |why: &str| {
        [
            format!("422 {why}"),
            format!("409 Could not update file: {why}"),
            format!("BRANCH_PROTECTION_RULE_VIOLATION {why}"),
        ]
    };
    let reviews = refused("Changes must be made through a pull request.");
    let checks = refused("Required status check \"ci\" is expected.");
    let ruled = refused("Required status check \"never\" is expected.");
    let done = ["done".to_owned(), "done".to_owned(), "done".to_owned()];
    assert_eq!(pushed(&forge, "pusher", "reviewed"), reviews);
    assert_eq!(pushed(&forge, "pusher", "checked"), checks);
    assert_eq!(pushed(&forge, "pusher", "ruled"), reviews);
    assert_eq!(pushed(&forge, "pusher", "ruledchecks"), ruled);
    assert_eq!(pushed(&forge, "pusher", "free"), done);
    // Of branch protection an administrator is let past, of a ruleset nobody.
    assert_eq!(pushed(&forge, "all", "reviewed"), done);
    assert_eq!(pushed(&forge, "all", "checked"), done);
    assert_eq!(pushed(&forge, "all", "ruled"), reviews);
    assert_eq!(pushed(&forge, "all", "ruledchecks"), ruled);
}

#[test]
fn nobody_rewrites_or_deletes_such_a_branch() {
    let forge = Forge::with(SEED);
    let elsewhere = json!({ "sha": forge.head("main"), "force": true });
    for branch in ["reviewed", "checked", "ruled", "ruledchecks"] {
        let path = format!("{REFS}/{branch}");
        let said = forge.send("PATCH", &path, &elsewhere).is(422).said();
        assert_eq!(said, "Cannot force-push to this branch", "{branch}");
        let said = forge.send("DELETE", &path, &Value::Null).is(422).said();
        assert_eq!(said, "Cannot delete this branch", "{branch}");
    }
    forge.send("PATCH", &format!("{REFS}/free"), &elsewhere).is(200);
    forge.send("DELETE", &format!("{REFS}/free"), &Value::Null).is(204);
}

#[test]
fn a_commit_whose_checks_are_green_may_be_pushed() {
    let seed = SEED.replace("[ci, never]", "[ci]");
    let forge = Forge::with(&seed);
    let sha = commit(&forge, "checked");
    let move_to = json!({ "sha": sha });
    forge.send_as("pusher", "PATCH", &format!("{REFS}/checked"), &move_to).is(422);
    // On a branch of its own it is checked.
    let body = json!({ "ref": "refs/heads/first", "sha": sha });
    forge.send_as("pusher", "POST", "/repos/acme/one/git/refs", &body).is(201);
    forge.send_as("pusher", "PATCH", &format!("{REFS}/checked"), &move_to).is(200);
}

#[test]
fn it_is_told_as_protection_and_as_rules() {
    let forge = Forge::with(SEED);
    let protection = |branch: &str| {
        forge.get(&format!("/repos/acme/one/branches/{branch}/protection")).is(200).json()
    };
    let reviewed = protection("reviewed");
    assert_eq!(reviewed["required_pull_request_reviews"]["required_approving_review_count"], 1);
    assert_eq!(reviewed["required_status_checks"], Value::Null);
    assert_eq!(protection("checked")["required_status_checks"]["strict"], true);
    let rules = |branch: &str| {
        forge.get(&format!("/repos/acme/one/rules/branches/{branch}")).is(200).json()
    };
    assert_eq!(rules("ruled")[0]["type"], "pull_request");
    assert_eq!(rules("ruledchecks")[0]["type"], "required_status_checks");
    assert_eq!(rules("free"), json!([]));
    for (branch, is_protected) in [("reviewed", true), ("ruled", true), ("free", false)] {
        let found = forge.get(&format!("/repos/acme/one/branches/{branch}")).is(200).json();
        assert_eq!(found["protected"], is_protected, "{branch}");
    }
}
