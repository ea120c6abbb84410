//! GraphQL: documents that are read, weighed, refused and done.

use serde_json::{Value, json};

use super::Forge;
use crate::rehearsal::Asked;

#[test]
fn a_tree_is_read_with_its_texts_in_one_document() {
    let forge = Forge::new();
    let query = "query($owner: String!) { repository(owner: $owner, name: \"one\") { nameWithOwner isArchived \
        defaultBranchRef { name target { oid } } \
        object(expression: \"HEAD:\") { ... on Tree { entries { name mode type oid } } } \
        file: object(expression: \"HEAD:README.md\") { ... on Blob { text isBinary } } \
        none: object(expression: \"HEAD:../../config\") { oid } } }";
    let answer = forge.graphql(query, &json!({ "owner": "acme" }));
    assert_eq!(answer.get("errors"), None, "{answer}");
    let found = &answer["data"]["repository"];
    assert_eq!(found["defaultBranchRef"]["target"]["oid"], forge.head("main").as_str());
    assert_eq!((&found["file"]["text"], &found["none"]), (&json!("hello\n"), &Value::Null));
    let run = found["object"]["entries"].as_array().into_iter().flatten();
    let run =
        run.clone().find(|entry| entry["name"] == "run.sh").map(|entry| entry["mode"].clone());
    assert_eq!(run, Some(json!(0o100_755)));
}

#[test]
fn what_may_not_be_seen_is_null_with_an_error_and_the_rest_is_there() {
    let forge = Forge::new();
    let body = json!({ "query": "{ a: repository(owner: \"acme\", name: \"one\") { name } b: repository(owner: \"acme\", name: \"private\") { name } c: repository(owner: \"acme\", name: \"..\") { name } }" });
    let body = body.to_string().into_bytes();
    let asked = Asked { method: "POST", path: "/api/graphql", body, ..Asked::default() };
    let answer = forge.rehearsal.ask("stranger", &asked).is(200).json();
    assert_eq!(answer["data"], json!({ "a": { "name": "one" }, "b": null, "c": null }));
    let kinds: Vec<&Value> =
        answer["errors"].as_array().into_iter().flatten().map(|error| &error["type"]).collect();
    assert_eq!(kinds, ["NOT_FOUND", "NOT_FOUND"]);
}

#[test]
fn a_document_that_github_would_not_take_is_not_executed() {
    let forge = Forge::new();
    for query in [
        "",
        "{",
        "{ nonsense }",
        "query($x: Int) { viewer { login } }",
        "{ repository(owner: 1, name: 2) { name } }",
        "query a { viewer { login } } query b { viewer { login } }",
        "{ viewer { login(first: 1) } }",
        "{ viewer }",
        "{ organization(login: \"acme\") { repositories { nodes { name } } } }",
        "{ organization(login: \"acme\") { repositories(first: 101) { nodes { name } } } }",
        "{ organization(login: \"acme\") { repositories(first: 0) { nodes { name } } } }",
        "{ organization(login: \"acme\") { repositories(first: 1, last: 1) { nodes { name } } } }",
        "fragment f on User { ...f } { viewer { ...f } }",
        "subscription { viewer { login } }",
        "{ __schema { types { name } } }",
    ] {
        let answer = forge.graphql(query, &Value::Null);
        assert!(answer.get("data").is_none_or(Value::is_null), "{query}: {answer}");
        assert!(answer["errors"][0]["message"].is_string(), "{query}: {answer}");
    }
    for body in ["{}", "{\"query\": 1}", "[]"] {
        let body = body.as_bytes().to_vec();
        let asked = Asked { method: "POST", path: "/api/graphql", body, ..Asked::default() };
        assert_eq!(forge.rehearsal.ask("all", &asked).status, 400);
    }
    let missing =
        forge.graphql("query($o: String!) { organization(login: $o) { login } }", &json!({}));
    assert!(missing.get("data").is_none(), "{missing}");
}

#[test]
fn a_document_that_grows_without_end_is_refused_and_not_followed() {
    let forge = Forge::new();
    let deep = format!("{{ {} login {} }}", "viewer { ".repeat(5000), "}".repeat(5000));
    let nested = format!(
        "{{ repository(owner: {}\"a\"{}, name: \"b\") {{ name }} }}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    // Each fragment has the next one twice: forty of them are a million million fields.
    let mut doubled = "{ viewer { ...f0 } }".to_owned();
    for n in 0..40 {
        let next = n + 1;
        doubled.push_str(&format!(
            " fragment f{n} on User {{ a{n}: login ...f{next} ...on User {{ ...f{next} }} }}"
        ));
    }
    doubled.push_str(" fragment f40 on User { login }");
    for query in [deep, nested, doubled] {
        let answer = forge.graphql(&query, &Value::Null);
        assert!(
            answer["errors"][0]["message"].is_string(),
            "{}",
            query.get(..60).unwrap_or_default()
        );
        assert!(answer.get("data").is_none_or(Value::is_null));
    }
    forge.get("/user").is(200);
}

const PROPOSE: &str = "mutation($ref: CreateRefInput!, $commit: CreateCommitOnBranchInput!, $pull: CreatePullRequestInput!) { \
    createRef(input: $ref) { ref { name } } createCommitOnBranch(input: $commit) { commit { oid } } \
    createPullRequest(input: $pull) { pullRequest { number } } }";

fn proposal(forge: &Forge, change: impl FnOnce(&mut Value)) -> Value {
    let id = forge.get("/repos/acme/one").is(200).json()["node_id"].clone();
    let head = forge.head("main");
    let mut variables = json!({
        "ref": { "repositoryId": id, "name": "refs/heads/new", "oid": head },
        "commit": {
            "branch": { "repositoryNameWithOwner": "acme/one", "branchName": "new" },
            "message": { "headline": "Change it", "body": "And why." },
            "expectedHeadOid": head,
            "fileChanges": { "additions": [{ "path": "new", "contents": "eA==" }], "deletions": [{ "path": "README.md" }] },
        },
        "pull": { "repositoryId": id, "baseRefName": "main", "headRefName": "new", "title": "Change it" },
    });
    change(&mut variables);
    forge.graphql(PROPOSE, &variables)
}

#[test]
fn a_branch_a_commit_and_a_pull_request_are_made_by_one_document() {
    let forge = Forge::new();
    let answer = proposal(&forge, |_| {});
    assert_eq!(answer.get("errors"), None, "{answer}");
    assert_eq!(answer["data"]["createPullRequest"]["pullRequest"]["number"], 1);
    let commit = forge.get("/repos/acme/one/commits/new").is(200).json();
    assert_eq!(commit["commit"]["message"], "Change it\n\nAnd why.");
    let files: Vec<&Value> =
        commit["files"].as_array().into_iter().flatten().map(|file| &file["status"]).collect();
    assert_eq!(files, ["removed", "added"]);
}

#[test]
fn what_was_done_before_a_mutation_fails_stays_done() {
    for (change, made) in [
        (json!({ "pointer": "/commit/expectedHeadOid", "value": "1".repeat(40) }), true),
        (json!({ "pointer": "/commit/message/headline", "value": "a\u{0}b" }), true),
        (json!({ "pointer": "/commit/message/headline", "value": "" }), true),
        (json!({ "pointer": "/commit/fileChanges/additions/0/path", "value": "../x" }), true),
        (json!({ "pointer": "/commit/fileChanges/additions/0/contents", "value": "%" }), true),
        (json!({ "pointer": "/commit/fileChanges/deletions/0/path", "value": "gone" }), true),
        (json!({ "pointer": "/commit/fileChanges/additions/0/path", "value": "README.md" }), true),
        (json!({ "pointer": "/pull/title", "value": "" }), true),
        (json!({ "pointer": "/ref/name", "value": "refs/heads/a..b" }), false),
        (json!({ "pointer": "/ref/oid", "value": "1".repeat(40) }), false),
        (json!({ "pointer": "/ref/repositoryId", "value": "R_0" }), false),
    ] {
        let forge = Forge::new();
        let answer = proposal(&forge, |variables| {
            let at = variables.pointer_mut(change["pointer"].as_str().expect("a place"));
            *at.expect("a value") = change["value"].clone();
        });
        let kind = &answer["errors"][0]["type"];
        let known = ["UNPROCESSABLE", "STALE_DATA", "NOT_FOUND"].iter().any(|it| kind == it);
        assert!(known, "{change}: {answer}");
        let status = forge.get("/repos/acme/one/git/ref/heads/new").status;
        assert_eq!(status, if made { 200 } else { 404 }, "{change}");
    }
}
