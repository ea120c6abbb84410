//! Tokens, and what they may do where.

use serde_json::{Value, json};

use super::Forge;
use crate::rehearsal::Asked;

#[test]
fn what_a_token_may_not_see_is_not_there_and_what_it_may_not_do_is_forbidden() {
    let forge = Forge::new();
    let status = |token: &str, method: &str, path: &str, body: Value| {
        forge.send_as(token, method, path, &body).status
    };
    let label = json!({ "name": "x" });
    assert_eq!(status("stranger", "GET", "/repos/acme/private", Value::Null), 404);
    assert_eq!(status("stranger", "POST", "/repos/acme/private/labels", label.clone()), 404);
    assert_eq!(status("stranger", "GET", "/repos/acme/one", Value::Null), 200);
    // A classic token without the scope hears of nothing to be done; one whose user may not does.
    assert_eq!(status("stranger", "POST", "/repos/acme/one/labels", label.clone()), 404);
    assert_eq!(status("pusher", "PATCH", "/repos/acme/one", json!({ "archived": true })), 403);
    assert_eq!(status("pusher", "POST", "/repos/acme/one/labels", label.clone()), 201);
    assert_eq!(status("reader", "GET", "/repos/acme/private/contents/README.md", Value::Null), 200);
    let refused = forge.send_as("reader", "POST", "/repos/acme/private/labels", &label).is(403);
    assert!(refused.said().contains("personal access token"), "{}", refused.said());
    assert_eq!(
        refused.header("x-accepted-github-permissions"),
        "issues=write; pull_requests=write"
    );
    assert_eq!(status("reader", "GET", "/repos/acme/one/actions/secrets", Value::Null), 403);
}

#[test]
fn without_a_token_one_sees_what_is_public_and_does_nothing() {
    let forge = Forge::new();
    let status = |method: &str, path: &str| forge.send_as("", method, path, &Value::Null).status;
    assert_eq!(status("GET", "/repos/acme/one"), 200);
    assert_eq!(status("GET", "/repos/acme/private"), 404);
    assert_eq!(status("GET", "/user"), 401);
    assert_eq!(status("DELETE", "/repos/acme/one/git/refs/heads/fix"), 404);
    assert_eq!(status("POST", "/user/repos"), 401);
    assert_eq!(status("GET", "/repos/acme/one/branches/main/protection"), 404);
    let graphql = Asked { method: "POST", path: "/api/graphql", ..Asked::default() };
    assert_eq!(forge.rehearsal.ask("", &graphql).status, 401);
}

#[test]
fn a_token_that_is_unknown_or_over_is_refused_even_where_none_is_needed() {
    let forge = Forge::with("tokens: [{ name: all }, { name: brief, expires_after: 60 }]");
    for scheme in [
        "Bearer nonsense",
        "token nonsense",
        "Basic eDpub25zZW5zZQ==",
        "Bearer ",
        "Negotiate x",
        "nonsense",
    ] {
        let headers = [("authorization", scheme)];
        let path = "/api/v3/meta";
        let asked = Asked { method: "GET", path, headers: &headers, ..Asked::default() };
        let refused = forge.rehearsal.ask("", &asked);
        assert_eq!(refused.status, 401, "{scheme}: {}", refused.said());
    }
    let brief = forge.send_as("brief", "GET", "/user", &Value::Null).is(200);
    assert!(brief.header("github-authentication-token-expiration").ends_with("UTC"));
    forge.control("POST", "clock/sleep", &json!({ "client": "t", "seconds": 60 })).is(200);
    let over = forge.send_as("brief", "GET", "/user", &Value::Null).is(401);
    assert_eq!(over.said(), "Bad credentials");
}

#[test]
fn a_workflow_file_is_written_by_tokens_that_may_only() {
    let forge = Forge::new();
    let body = json!({ "message": "x", "content": "eA==" });
    for path in [
        ".github/workflows/ci.yml",
        ".github/workflows/deep/er.yml",
        ".github%2Fworkflows%2Fci.yml",
    ] {
        let path = format!("/repos/acme/one/contents/{path}");
        // The misleading answer is GitHub's.
        assert_eq!(forge.send_as("pusher", "PUT", &path, &body).is(404).said(), "Not Found");
    }
    forge.send_as("pusher", "PUT", "/repos/acme/one/contents/.github/x.yml", &body).is(201);
    let tree = json!({ "tree": [{ "path": ".github/workflows/a.yml", "mode": "100644", "type": "blob", "content": "x" }] });
    forge.send_as("pusher", "POST", "/repos/acme/one/git/trees", &tree).is(404);
    let tree = forge.send("POST", "/repos/acme/one/git/trees", &tree).is(201).json()["sha"].clone();
    // Nor by bringing a commit of another's to a branch, nor by a folder moved there.
    let commit = json!({ "message": "x", "tree": tree, "parents": [forge.head("main")] });
    let commit =
        forge.send("POST", "/repos/acme/one/git/commits", &commit).is(201).json()["sha"].clone();
    let branch = json!({ "ref": "refs/heads/new", "sha": commit });
    forge.send_as("pusher", "POST", "/repos/acme/one/git/refs", &branch).is(404);
    let moved = json!({ "sha": commit });
    forge.send_as("pusher", "PATCH", "/repos/acme/one/git/refs/heads/main", &moved).is(404);
    forge.send("POST", "/repos/acme/one/git/refs", &branch).is(201);
}

#[test]
fn an_app_gets_a_token_for_less_than_it_may_and_never_for_more() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let forge = Forge::with(
        "tokens: [{ name: all }]\nrepositories: [{ name: acme/one, files: { a: x } }, { name: acme/two, files: { a: x } }]\n\
         app: { id: 7, slug: bot, account: acme, installation: 70, permissions: { contents: write, metadata: read } }",
    );
    let now = crate::world::NOW.parse::<jiff::Timestamp>().expect("a time").as_second();
    let proof = |claims: Value| {
        let head = BASE64.encode(r#"{"alg":"RS256"}"#);
        format!("Bearer {head}.{}.{}", BASE64.encode(claims.to_string()), BASE64.encode("unsigned"))
    };
    let good = proof(json!({ "iss": 7, "iat": now, "exp": now + 300 }));
    let ask = |method: &str, path: &str, authorization: &str, body: Value| {
        let path = format!("/api/v3{path}");
        let headers = [("authorization", authorization)];
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        forge.rehearsal.ask("", &Asked { method, path: &path, headers: &headers, body })
    };
    let tokens = "/app/installations/70/access_tokens";
    for claims in [
        json!({ "iss": 8, "iat": now, "exp": now + 300 }),
        json!({ "iss": 7, "iat": now, "exp": now - 1 }),
        json!({ "iss": 7, "iat": now + 300, "exp": now + 500 }),
        json!({ "iss": 7, "iat": now, "exp": now + 3600 }),
        json!({ "iss": 7, "iat": now }),
        json!({ "iss": 7, "exp": now + 300 }),
    ] {
        ask("POST", tokens, &proof(claims), json!({})).is(401);
    }
    ask("POST", "/app/installations/71/access_tokens", &good, json!({})).is(404);
    for more in [json!({ "contents": "admin" }), json!({ "actions": "read" })] {
        ask("POST", tokens, &good, json!({ "permissions": more })).is(422);
    }
    ask("POST", tokens, &good, json!({ "repositories": ["three"] })).is(422);
    let fewer = json!({ "repositories": ["one"], "permissions": { "contents": "read" } });
    let made = ask("POST", tokens, &good, fewer).is(201).json();
    let token = format!("token {}", made["token"].as_str().expect("a token"));
    let file = json!({ "message": "x", "content": "eA==" });
    ask("GET", "/repos/acme/one/contents/a", &token, json!({})).is(200);
    ask("PUT", "/repos/acme/one/contents/b", &token, file.clone()).is(403);
    ask("PUT", "/repos/acme/two/contents/b", &token, file).is(403);
    ask("GET", "/user", &token, json!({})).is(403);
    // What is told of it is its name.
    let log = forge.control("GET", "requests?bodies=true", &Value::Null).is(200);
    let secret = made["token"].as_str().expect("a token").to_owned();
    assert!(!String::from_utf8_lossy(&log.body).contains(&secret));
}

#[test]
fn a_fine_grained_token_may_do_no_more_than_its_user() {
    let forge = Forge::with(
        "owners: { acme: { type: organization, teams: [platform] } }\n\
         tokens:\n- { name: all }\n\
         - { name: looker, role: read, permissions: { contents: write, issues: write, administration: write } }\n\
         - { name: keeper, user: 'keeper[bot]', permissions: { issues: write } }\n\
         repositories:\n- { name: acme/closed, visibility: private, files: { README.md: x } }\n",
    );
    let label = json!({ "name": "x" });
    let path = "/repos/acme/closed";
    let labels = format!("{path}/labels");
    forge.send_as("looker", "POST", &labels, &label).is(403);
    let seen = forge.send_as("looker", "GET", path, &Value::Null).is(200).json();
    assert_eq!(
        (&seen["permissions"]["push"], &seen["permissions"]["admin"]),
        (&json!(false), &json!(false))
    );
    forge.send_as("looker", "POST", "/orgs/acme/repos", &json!({ "name": "new" })).is(403);
    // An App has no role.
    forge.send_as("keeper", "POST", &labels, &label).is(201);
}
