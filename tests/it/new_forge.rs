//! `shipshape new` on the forge: made once, whatever is killed or lost on the way.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use shipshape::sandbox::{Options, Pace, Running, Server, seed};

use crate::world::{Ran, World};

pub(crate) const FLEET: &str = "# Who we are.
schema: 1
name: acme
forge: { owner: acme }
kinds:
  workspace: { prefix: workspace-template-, starter: workspace-template-starter, owner: '@acme/platform' }
images: { registry: ghcr.io, name: 'ghcr.io/acme/workspace-template-{slug}' }
members:
  - alpha # the first
registrations:
  - { name: images, repository: core, path: images.go, language: go, symbol: RuntimeImages, form: map, values: '{image}:latest' }
  - { name: list, repository: core, path: list.json, language: json, form: array }
  - { name: beside, path: list.txt, language: text, form: array }
";

pub(crate) const SEED: &str = r#"
schema: 1
owners: { acme: { type: organization } }
tokens:
  - { name: writer, value: writer-token, scopes: [repo, workflow, "read:packages"] }
  - { name: reader, value: reader-token, permissions: { contents: read, metadata: read } }
repositories:
  - name: acme/workspace-template-starter
    from: starter
    template: true
    runs:
      - { workflow: ci.yml, conclusion: success, seconds: 20 }
      - { workflow: publish-image.yml, conclusion: failure, seconds: 5, times: 1 }
      - { workflow: publish-image.yml, conclusion: success, seconds: 60, publishes: { name: "{repository}" } }
  - name: acme/core
    files:
      images.go: "package x\n\nvar RuntimeImages = map[string]string{\n\t\"alpha\": \"ghcr.io/acme/workspace-template-alpha:latest\",\n}\n"
      list.json: "[\"alpha\"]\n"
  - { name: acme/workspace-template-taken, files: { README.md: mine } }
  - { name: acme/home, files: { fleet.yaml: "FLEET" } }
"#;

const ARGUMENTS: [&str; 3] = ["new", "beta", "--defaults"];

/// A forge with a starter, and a fleet beside it.
struct Stage {
    world: World,
    forge: Running,
}

impl Stage {
    fn new() -> Self {
        Self::with(FLEET)
    }

    fn with(fleet: &str) -> Self {
        let world = World::new();
        world.run(&["shape", "show", "--render", "starter", "--starter"]).exits(0);
        world.run(&["shape", "show", "--export", "starter/.shipshape"]).exits(0);
        world.write("starter/LICENSE", "Do what you like.\n");
        world.write("fleet.yaml", fleet).write("list.txt", "alpha\n");
        let text = SEED.replace("FLEET", &fleet.replace('\n', "\\n"));
        let seed = seed::read(Path::new("seed.yaml"), text.as_bytes()).expect("a seed");
        let options = Options {
            pace: Pace::Virtual,
            start: 1_763_800_000,
            seed,
            seed_folder: world.path(""),
            ..Options::default()
        };
        Self { forge: Server::start(options).expect("a forge"), world }
    }

    fn variables(&self) -> Vec<(String, String)> {
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            variable("SHIPSHAPE_FORGE", &self.forge.url()),
            variable("GH_ENTERPRISE_TOKEN", "writer-token"),
            variable("SHIPSHAPE_FORGE_CLOCK", "sandbox"),
        ]
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_as("writer-token", arguments)
    }

    fn run_as(&self, token: &str, arguments: &[&str]) -> Ran {
        let mut variables = self.variables();
        variables[1].1 = token.to_owned();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.world.run_in(&self.world.path(""), arguments, &variables)
    }

    /// Asks the sandbox itself.
    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let host = self.forge.url().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&host).expect("a sandbox");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        write!(
            stream,
            "{method} /_sandbox/{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    fn requests(&self) -> usize {
        let log = self.control("GET", "requests", &Value::Null);
        log.as_array().or_else(|| log["requests"].as_array()).map_or(0, Vec::len)
    }

    /// Everything that matters of what is there, without times and the ids that follow from them.
    fn end_state(&self) -> Value {
        let state = self.control("GET", "state", &Value::Null);
        let mut summary = serde_json::Map::new();
        for (name, repository) in state["repositories"].as_object().expect("repositories") {
            let references: serde_json::Map<String, Value> = repository["references"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, it)| (name.clone(), json!([it["tree"], it["message"], it["history"]])))
                .collect();
            let pulls = repository["pulls"].as_array().into_iter().flatten();
            let mut pulls: Vec<Value> = pulls
                .map(|it| json!([it["title"], it["body"], it["state"], it["draft"], it["head"]]))
                .collect();
            pulls.sort_by_key(Value::to_string);
            summary.insert(
                name.clone(),
                json!({
                    "references": references, "pulls": pulls,
                    "description": repository["description"], "visibility": repository["visibility"],
                }),
            );
        }
        // The address has another port each time.
        let text = Value::Object(summary).to_string().replace(&self.forge.url(), "[forge]");
        let mut state: Value = serde_json::from_str(&text).expect("JSON");
        for file in ["fleet.yaml", "list.txt"] {
            state[file] = self.world.read(file).into();
        }
        state
    }
}

#[test]
fn a_repository_is_made_with_one_commit_its_lists_and_its_member() {
    let stage = Stage::new();
    let ran = stage.run(&ARGUMENTS).exits(0);
    for said in [
        "generate acme/workspace-template-beta from acme/workspace-template-starter",
        "images: a pull request waits for review",
        "a new image is private",
        "0 findings",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}\n{}", ran.stdout, ran.stderr);
    }
    let state = stage.end_state();
    let beta = &state["acme/workspace-template-beta"];
    let main = &beta["references"]["refs/heads/main"];
    assert_eq!(main[2], 2, "{beta:#}");
    assert!(
        main[1]
            .as_str()
            .expect("a message")
            .contains("Shipshape-New: acme/workspace-template-beta")
    );
    assert_eq!(beta["description"], "Beta as a workspace runtime");
    let pulls = state["acme/core"]["pulls"].as_array().expect("pulls");
    assert_eq!(pulls.len(), 2, "{pulls:#?}");
    assert!(pulls.iter().all(|pull| pull[3] == json!(false)), "{pulls:#?}");
    assert_eq!(state["fleet.yaml"], FLEET.replace("first\n", "first\n  - beta\n"));
    assert_eq!(state["list.txt"], "alpha\nbeta\n");
    // The starter's own extras stay, its pack does not: judged as the forge has it.
    stage.run(&["validate", "--repository", "beta"]).exits(0);
    let again = stage.run(&ARGUMENTS).exits(0);
    assert!(again.stdout.contains("go on with acme/workspace-template-beta"), "{}", again.stdout);
    assert_eq!(stage.end_state(), state);
}

#[test]
fn what_is_taken_or_not_permitted_is_said_before_anything_is_made() {
    let stage = Stage::new();
    let before = stage.end_state();
    let ran = stage.run(&["new", "taken", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("exists already"), "{}", ran.stderr);
    let ran = stage.run(&["new", "alpha", "--defaults"]).exits(2);
    assert!(ran.stderr.contains("`alpha` is a member already"), "{}", ran.stderr);
    stage.run(&["new", "beta", "--defaults", "--dry-run"]).exits(0);
    stage.run(&["new", "beta", "--defaults", "--read-only"]).exits(0);
    let ran = stage.run_as("nonsense", &ARGUMENTS).exits(3);
    assert!(ran.stderr.contains("gh auth login"), "{}", ran.stderr);
    stage.run_as("reader-token", &ARGUMENTS).exits(3);
    assert_eq!(stage.end_state(), before);
}

#[test]
fn the_command_that_is_printed_makes_the_same_and_the_cost_is_told_once() {
    let stage = Stage::new();
    let url = stage.forge.url();
    let arguments = [&ARGUMENTS[..], &["--state", "here.db", "--forge", &url]].concat();
    let variables: Vec<(String, String)> =
        stage.variables().into_iter().filter(|(name, _)| name != "SHIPSHAPE_FORGE").collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let ran = stage.world.run_in(&stage.world.path(""), &arguments, &variables).exits(0);
    let wanted = format!("  shipshape new beta --forge {url} --state here.db --defaults");
    assert!(ran.stderr.contains(&wanted), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches(" to the forge (").count(), 1, "{}", ran.stderr);
    assert!(stage.world.path("here.db").exists());
}

#[test]
fn an_image_that_is_not_there_yet_leaves_drafts_and_the_next_run_makes_them_ready() {
    let stage = Stage::new();
    let ran = stage.run(&["new", "beta", "--defaults", "--wait", "0"]).exits(3);
    assert!(ran.stdout.contains("is not there yet"), "{}", ran.stdout);
    let drafts = stage.end_state()["acme/core"]["pulls"].clone();
    assert!(drafts.as_array().expect("pulls").iter().all(|pull| pull[3] == json!(true)));
    let other = stage.run(&["new", "beta", "--defaults", "--set", "model=a:b"]).exits(2);
    assert!(other.stderr.contains("--start-over"), "{}", other.stderr);
    let ran = stage.run(&["new", "beta"]).exits(0);
    assert!(ran.stderr.contains("Going on with what was begun"), "{}", ran.stderr);
    let ready = stage.end_state()["acme/core"]["pulls"].clone();
    assert!(ready.as_array().expect("pulls").iter().all(|pull| pull[3] == json!(false)));
}

#[test]
fn a_journal_that_was_lost_is_made_up_for() {
    let stage = Stage::new();
    stage.run(&ARGUMENTS).exits(0);
    let state = stage.end_state();
    std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    stage.run(&ARGUMENTS).exits(0);
    assert_eq!(stage.end_state(), state);
    std::fs::remove_dir_all(stage.world.path(".local/state")).expect("a journal");
    stage.world.write("fleet.yaml", FLEET).write("list.txt", "alpha\n");
    stage.run(&ARGUMENTS).exits(0);
    assert_eq!(stage.end_state(), state);
}

#[test]
fn a_manifest_that_is_at_home_on_the_forge_is_changed_by_a_pull_request() {
    let fleet = FLEET.replace("forge:", "home: { repository: home }\nforge:");
    let stage = Stage::with(&fleet);
    stage.run(&ARGUMENTS).exits(0);
    assert_eq!(stage.world.read("fleet.yaml"), fleet);
    let pulls = stage.end_state()["acme/home"]["pulls"].clone();
    assert_eq!(pulls[0][0], "Add beta to fleet.yaml");
    assert_eq!(pulls.as_array().map(Vec::len), Some(1));
}

/// Every how many requests something happens; all, when the whole is wanted.
fn stride(usual: usize) -> usize {
    if std::env::var_os("SHIPSHAPE_EVERY_REQUEST").is_some() { 1 } else { usual }
}

#[test]
fn killed_at_any_request_and_run_again_it_ends_the_same() {
    let calm = Stage::new();
    calm.run(&ARGUMENTS).exits(0);
    let (wanted, requests) = (calm.end_state(), calm.requests());
    for at in (1..=requests).step_by(stride(11)) {
        let stage = Stage::new();
        let fault = json!({ "faults": [{ "at": at, "kind": "slow", "seconds": 600 }] });
        stage.control("POST", "faults", &fault);
        let mut command = stage.world.command(&stage.world.path(""), &ARGUMENTS);
        command.envs(stage.variables()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary runs");
        // The answer to this request is being held back, while what it asked for is done.
        while stage.requests() < at && child.try_wait().expect("a child").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        stage.control("POST", "faults", &json!({ "faults": [] }));
        stage.run(&ARGUMENTS).exits(0);
        assert_eq!(stage.end_state(), wanted, "killed at request {at}");
    }
}

#[test]
fn under_any_fault_at_any_request_it_ends_the_same() {
    const KINDS: [&str; 11] = [
        "bad-gateway-before",
        "bad-gateway-after",
        "reset-before",
        "reset-after",
        "partial-data",
        "secondary-403",
        "secondary-429",
        "secondary-200",
        "secondary-no-retry-after",
        "truncated-body",
        "unauthorized",
    ];
    let calm = Stage::new();
    calm.run(&ARGUMENTS).exits(0);
    let (wanted, requests) = (calm.end_state(), calm.requests());
    for (turn, at) in (1..=requests).step_by(stride(9)).enumerate() {
        let kinds = if stride(2) == 1 { &KINDS[..] } else { &KINDS[turn % KINDS.len()..][..1] };
        for kind in kinds {
            let stage = Stage::new();
            let fault = json!({ "faults": [{ "at": at, "kind": kind }] });
            stage.control("POST", "faults", &fault);
            let ran = stage.run(&ARGUMENTS);
            if ran.code != 0 {
                stage.run(&ARGUMENTS).exits(0);
            }
            assert_eq!(stage.end_state(), wanted, "{kind} at request {at}\n{}", ran.stderr);
        }
    }
}

#[test]
fn a_starter_is_brought_to_the_shape_by_one_pull_request() {
    let stage = Stage::new();
    let ran = stage.run(&["starter", "sync"]).exits(0);
    assert!(ran.stderr.contains("is the shape already"), "{}", ran.stderr);
    stage.run(&["shape", "show", "--export", "shape"]).exits(0);
    let ci = stage.world.read("shape/files/.github/workflows/ci.yml");
    stage.world.write("shape/files/.github/workflows/ci.yml", format!("{ci}# newer\n"));
    let sync = ["starter", "sync", "--shape", "shape"];
    let looked = stage.run(&[&sync[..], &["--dry-run"]].concat()).exits(1);
    assert!(looked.stdout.contains("\n+# newer\n"), "{}", looked.stdout);
    let before = stage.end_state();
    assert_eq!(before["acme/workspace-template-starter"]["pulls"], json!([]));
    let first = stage.run(&sync).exits(0);
    assert_eq!(stage.run(&sync).exits(0).stdout, first.stdout);
    let pulls = stage.end_state()["acme/workspace-template-starter"]["pulls"].clone();
    assert_eq!(pulls.as_array().map(Vec::len), Some(1), "{pulls:#}");
    let local = [&sync[..], &["--local", "starter"]].concat();
    stage.run(&local).exits(0);
    assert!(stage.world.read("starter/.github/workflows/ci.yml").ends_with("# newer\n"));
    let again = stage.run(&local).exits(0);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
}
