//! `images smoke`: an image tried in containers of its own, on an engine that does what a test says.

use serde_json::{Value, json};

use super::stand::Stand;
use super::{listed, refreshed};

/// A fleet that says how its platform runs images, and what is tried.
fn declared() -> Stand {
    let stand = Stand::new(&["hermes", "codex"]);
    stand.say_of_images(
        "containers: { prefix: ws- }",
        "containers: { prefix: ws-, user: agent, environment: { MODULE: adapter }, \
         mounts: { /workspace: empty, /configs: stand-in } }, \
         smoke: { boot: { seconds: 1 }, imports: [acme_runtime, $MODULE], skip: { acme_runtime.server: it listens }, \
         execute: 'print(stub(1))' }",
    );
    stand.world.write("stand-in/config.yaml", "name: x\n");
    stand.publish("hermes", "1.0.0");
    stand.provision("hermes", "ws-1");
    let mut shelf = stand.shelf();
    let modules = json!({"python": "3.11.7", "problems": [],
        "modules": ["acme_runtime", "acme_runtime.server", "adapter"]});
    shelf.left.insert("modules.json", modules.to_string());
    let results = "{\"begun\": 0}\n{\"id\": 0}\n{\"begun\": 1}\n{\"id\": 1}\n";
    shelf.left.insert("results.jsonl", results.to_owned());
    shelf.left.insert("execute.json", "{\"problem\": null}".to_owned());
    drop(shelf);
    stand
}

fn smoked(stand: &Stand, code: i32) -> Value {
    stand.run(&["smoke", "hermes", "--format", "json"]).exits(code).json()
}

#[test]
fn an_image_is_tried_as_the_platform_runs_it() {
    let stand = declared();
    let report = smoked(&stand, 0);
    assert_eq!(report["verdict"], "well");
    assert_eq!((&report["version"], &report["imports"]["imported"]), (&json!("1.0.0"), &json!(2)));
    assert_eq!(listed(&report["imports"], "skipped", "module"), ["acme_runtime.server"]);
    let schema = shipshape::schema::print("images-smoke").expect("a schema");
    let schema = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON"));
    assert!(schema.expect("a schema").is_valid(&report), "{report}");
    let shelf = stand.shelf();
    assert_eq!(shelf.made.len(), 4, "it begins, lists, imports, executes");
    for body in &shelf.made {
        assert_eq!(body["User"], "agent");
        assert_eq!(body["Env"], json!(["MODULE=adapter"]));
        assert_eq!(body["HostConfig"]["NetworkMode"], "none");
        assert_eq!(body["HostConfig"]["Tmpfs"], json!({"/workspace": "mode=1777"}));
        assert!(body["HostConfig"]["Binds"].is_null() && body["HostConfig"]["Mounts"].is_null());
        assert!(body["Image"].as_str().is_some_and(|image| image.starts_with("sha256:")));
    }
    assert!(shelf.made[0]["Entrypoint"].is_null(), "its own command");
    assert_eq!(shelf.made[1]["Entrypoint"], json!(["python3"]));
    assert!(shelf.trials.is_empty(), "nothing is left behind");
    let containers = shelf.containers.keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(containers, ["ws-1"]);
    drop(shelf);
    let human = stand.run(&["smoke", "hermes"]).exits(0).stdout;
    assert!(human.contains("2 modules imported by Python 3.11.7, 1 left out"), "{human}");
    // By its name, and one that is only in the registry.
    stand.publish("codex", "2.0.0");
    let name = stand.image("codex");
    stand.run(&["smoke", &name]).exits(0);
    assert_eq!(stand.version_here("codex"), None, "no tag moved");
    let missing = stand.run(&["smoke", &stand.image("nobody")]).exits(3);
    assert!(missing.stderr.contains("warning: "), "{}", missing.stderr);
    stand.run(&["smoke", "nobody"]).exits(2);
}

#[test]
fn what_is_broken_is_told_with_the_words_of_the_container() {
    let stand = declared();
    {
        let mut shelf = stand.shelf();
        shelf.ends_with = Some(1);
        shelf.wrote = "Traceback\nKeyError: 'X' \u{1b}[31m https://me:hunter22@x.example/\n";
        let raises = "{\"id\": 0}\n{\"id\": 1, \"problem\": {\"kind\": \"ImportError\", \"message\": \"no x\"}}\n";
        shelf.left.insert("results.jsonl", raises.to_owned());
        let problem = "{\"problem\": {\"kind\": \"TypeError\", \"message\": \"no\"}, \"line\": 1}";
        shelf.left.insert("execute.json", problem.to_owned());
    }
    let report = smoked(&stand, 1);
    assert_eq!(report["verdict"], "broken");
    assert_eq!(report["boot"]["why"], "it ended within 1 s, with 1");
    assert_eq!(report["imports"]["problems"][0]["module"], "adapter");
    assert_eq!(report["execute"]["why"], "line 1: it raises `TypeError: no`");
    let text = report.to_string();
    assert!(!text.contains("hunter22"), "{text}");
    let human = stand.run(&["smoke", "hermes"]).exits(1).stdout;
    assert!(human.contains("KeyError: 'X' \\u{1b}[31m"), "{human}");
    assert!(stand.shelf().trials.is_empty());
}

#[test]
fn where_no_container_starts_nothing_is_well() {
    let stand = declared();
    stand.shelf().unstartable = Some("crun: cannot set up cgroup\n");
    let report = smoked(&stand, 3);
    assert_eq!(report["verdict"], "unchecked");
    for step in ["boot", "imports", "execute"] {
        assert_eq!(report[step]["state"], "unchecked", "{report}");
        let why = report[step]["why"].as_str().unwrap_or_default();
        assert!(why.contains("no container starts here") && why.contains("crun"), "{why}");
    }
    assert!(stand.shelf().trials.is_empty(), "what was made is gone");
}

#[test]
fn the_others_follow_a_canary_that_was_tried() {
    let stand = declared();
    stand.publish("hermes", "1.1.0");
    stand.publish("codex", "1.1.0");
    stand.shelf().ends_with = Some(1);
    let canary = ["--canary", "hermes", "--smoke"];
    let report = refreshed(&stand, &canary, 3);
    assert_eq!(listed(&report, "pulled", "runtime"), ["hermes"]);
    assert_eq!(listed(&report, "failed", "stage"), ["canary"]);
    let why = report["failed"][0]["why"].as_str().unwrap_or_default();
    assert!(why.contains("beginning: it ended within 1 s, with 1"), "{why}");
    assert_eq!(stand.version_here("codex"), None);
    stand.shelf().unstartable = Some("no");
    let report = refreshed(&stand, &canary, 3);
    assert_eq!(listed(&report, "failed", "stage"), ["canary"], "what was not tried is not well");
    stand.shelf().unstartable = None;
    stand.shelf().ends_with = None;
    let report = refreshed(&stand, &canary, 0);
    assert_eq!(listed(&report, "pulled", "runtime"), ["codex"]);
    stand.run(&["refresh", "--smoke"]).exits(2);
}

#[test]
fn what_the_registry_has_is_tried_before_it_is_brought_here() {
    let stand = declared();
    stand.publish("hermes", "1.1.0");
    assert_eq!(smoked(&stand, 0)["version"], "1.0.0");
    let ran = stand.run(&["smoke", "hermes", "--registry", "--format", "json"]).exits(0);
    assert_eq!(ran.json()["version"], "1.1.0");
    assert_eq!(stand.version_here("hermes").as_deref(), Some("1.0.0"), "no tag moved");
}
