//! What the sandbox says beside the forge: its log, its state, its seeds.

use serde_json::{Value, json};

use super::{Forge, SEED};
use crate::rehearsal::Asked;

fn seed(forge: &Forge, text: &str) -> crate::rehearsal::Heard {
    let body = text.as_bytes().to_vec();
    forge
        .rehearsal
        .ask("", &Asked { method: "POST", path: "/_sandbox/seed", body, ..Asked::default() })
}

#[test]
fn the_log_tells_every_request_in_order_and_names_tokens_only() {
    let forge = Forge::new();
    forge.get("/repos/acme/one/branches?per_page=1").is(200);
    forge.send_as("reader", "POST", "/repos/acme/one/labels", &json!({ "name": "x" })).is(403);
    forge.send_as("", "GET", "/nothing", &Value::Null).is(404);
    let heard = forge.control("GET", "requests?bodies=true", &Value::Null).is(200);
    let log = heard.json();
    let told = |name: &str| -> Vec<Value> {
        log.as_array().into_iter().flatten().map(|entry| entry[name].clone()).collect()
    };
    assert_eq!(told("n"), [1, 2, 3]);
    assert_eq!(told("status"), [200, 403, 404]);
    assert_eq!(told("token"), [json!("all"), json!("reader"), Value::Null]);
    assert_eq!(told("cost"), [1, 1, 0]);
    assert_eq!(told("query")[0], "per_page=1");
    assert_eq!(told("route")[1], "POST /repos/{owner}/{repo}/labels");
    assert_eq!(told("request")[1], json!({ "name": "x" }));
    let text = String::from_utf8_lossy(&heard.body).into_owned();
    assert!(!text.contains("sandbox-all") && !text.contains("sandbox-reader"), "{text}");
    let plain = forge.control("GET", "requests", &Value::Null).is(200).json();
    assert_eq!(plain[1].get("request"), None);
    forge.control("DELETE", "requests", &Value::Null).is(204);
    assert_eq!(forge.control("GET", "requests", &Value::Null).json(), json!([]));
}

#[test]
fn the_same_seed_and_the_same_requests_come_to_the_same_state() {
    let run = || {
        let forge = Forge::new();
        let open = json!({ "title": "Better", "head": "fix", "base": "main" });
        forge.send("POST", "/repos/acme/one/pulls", &open).is(201);
        let file = json!({ "message": "x", "content": "eA==" });
        forge.send("PUT", "/repos/acme/one/contents/new", &file).is(201);
        forge.state()
    };
    let state = run();
    assert_eq!(state, run());
    let one = &state["repositories"]["acme/one"];
    assert_eq!(one["pulls"][0]["title"], "Better");
    assert_eq!(one["references"]["refs/heads/main"]["history"], 2);
    assert_eq!(state["repositories"]["acme/old"]["archived"], true);
}

#[test]
fn a_seed_adds_to_what_is_there_or_changes_nothing() {
    let forge = Forge::new();
    seed(&forge, "repositories: [{ name: acme/more, files: { a: x } }]").is(204);
    forge.get("/repos/acme/more/contents/a").is(200);
    let before = forge.state();
    for wrong in [
        "repositories: [{ name: acme/next }, { name: acme/one }]",
        "repositories: [{ name: acme/next }, { name: 'acme/..' }]",
        "repositories: [{ name: acme/next, pulls: [{ title: x, head: gone }] }]",
        "repositories: [{ name: acme/next, default_branch: 'a..b', files: { a: x } }]",
        "repositories: [{ name: acme/next, branches: { 'a b': { x: y } }, files: { a: x } }]",
        "repositories: [{ name: acme/next, files: { '../x': y } }]",
        "repositories: [{ name: acme/next, files: { '.git/config': y } }]",
        "repositories: [{ name: acme/next, renamed_from: [..] }]",
        "owners: { acme: { runs: [{ workflow: ci.yml, happened: true }] } }",
        "owners: { acme: { packages: [{ name: one, installs: { distribution: acme-runtime } }] } }",
        "tokens: [{ name: a, value: '' }]",
        "tokens: [{ name: a, value: x }, { name: b, value: x }]",
        "tokens: [{ name: a, user: ../up }]",
        "owners: { ../up: {} }",
        "app: { id: 1, slug: ../up, account: acme, installation: 1 }",
        "nonsense: 1",
        "- 1",
        "{",
        "schema: 2",
    ] {
        let refused = seed(&forge, wrong);
        assert_eq!(refused.status, 422, "{wrong}: {}", String::from_utf8_lossy(&refused.body));
        assert!(refused.json()["errors"][0].is_string(), "{wrong}");
        assert_eq!(forge.state(), before, "{wrong}");
    }
    forge.get("/repos/acme/next").is(404);
    seed(&forge, "repositories: [{ name: acme/next }]").is(204);
}

#[test]
fn a_seed_that_is_sent_reads_no_folder_of_this_machine() {
    let forge = Forge::new();
    forge.world.write("secret/key", "hunter2");
    let folder = forge.world.path("secret");
    let refused = seed(
        &forge,
        &format!("repositories: [{{ name: acme/leak, from: '{}' }}]", folder.display()),
    );
    assert_eq!(refused.status, 422, "{}", String::from_utf8_lossy(&refused.body));
    forge.get("/repos/acme/leak").is(404);
    // One that whoever starts the sandbox gives may.
    let world = crate::world::World::new();
    world.write("mine/README.md", "hello\n");
    let text = format!("{SEED}  - {{ name: acme/mine, from: mine }}\n");
    let rehearsal = crate::rehearsal::Rehearsal::new(&world, &text);
    let path = "/api/v3/repos/acme/mine/contents/README.md";
    rehearsal.ask("all", &Asked { method: "GET", path, ..Asked::default() }).is(200);
}

#[test]
fn a_browser_is_told_where_to_look_and_a_program_is_not() {
    let forge = Forge::new();
    let page = |path: &str, accept: &str| {
        let headers = &[("accept", accept)];
        forge.rehearsal.ask("", &Asked { method: "GET", path, headers, ..Asked::default() })
    };
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    for path in ["/", "/acme/one", "/acme/one/pull/1"] {
        let heard = page(path, browser).is(404);
        let text = String::from_utf8_lossy(&heard.body).into_owned();
        assert!(text.contains("/_sandbox/state"), "{path}: {text}");
    }
    for (path, accept) in [("/acme/one", "*/*"), ("/api/v3/nothing", browser)] {
        assert_eq!(page(path, accept).is(404).json()["message"], "Not Found", "{path}");
    }
}
