//! `release publish` against the sandbox's index: once, the same bytes, whatever is refused, lost or killed.

mod gates;
mod named;
mod refused;
mod trusted;

use std::process::Stdio;

use serde_json::{Value, json};

use crate::rehearsal::{Asked, Rehearsal};
use crate::world::{Ran, World};

const DESCRIPTION: &str = "\
schema: 1
distribution: Acme.Runtime
package: acme_runtime
source: workspace
modules: [client, main]
metadata:
  description: A runtime
  readme: README.md
  requires-python: '>=3.11'
  license: MIT
  license-files: [LICENSE, NOTICE]
  keywords: [b, a]
  classifiers: ['Programming Language :: Python :: 3', 'Programming Language :: Python :: 3.12']
  urls: { Source: 'https://example.com/x', Home: 'https://example.com' }
  dependencies: ['httpx>=0.27', 'pydantic>=2']
";

pub(crate) const WHEEL: &str = "acme_runtime-0.1.6-py3-none-any.whl";
pub(crate) const SDIST: &str = "acme_runtime-0.1.6.tar.gz";

/// What is published, without gates that need more than this program.
pub(crate) const PUBLISH: [&str; 5] = ["release", "publish", "0.1.6", "--no-smoke", "--no-compat"];

/// A runtime's source beside an index.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) forge: Rehearsal,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with("{}")
    }

    /// With an index that a seed speaks of.
    pub(crate) fn with(index: &str) -> Self {
        let world = World::new();
        world
            .write("package.yaml", DESCRIPTION)
            .write("README.md", "# Acme\n\nA naïve runtime.\n")
            .write("LICENSE", "MIT\n")
            .write("NOTICE", "notice\n")
            .write("workspace/client.py", "import httpx\n\nNAME = httpx.__name__\n")
            .write(
                "workspace/main.py",
                "from client import NAME\nimport pydantic\n\nprint(NAME, pydantic)\n",
            );
        let forge = Rehearsal::new(&world, &format!("index: {index}\n"));
        Self { world, forge }
    }

    /// With a fleet whose runtime has its source on the forge, and a publisher that the index may know.
    pub(crate) fn of_fleet(index: &str) -> Self {
        let stage = Self::with(&format!(
            "{index}\nrepositories: [{{ name: acme/platform, visibility: private, files: {{ workspace/main.py: x }} }}]\n\
             tokens:\n- {{ name: all, scopes: [repo] }}\n\
             - {{ name: reads, permissions: {{ contents: read }}, repositories: ['acme/*'] }}\n\
             - {{ name: less, permissions: {{ issues: read }}, repositories: ['acme/*'] }}"
        ));
        stage.world.write(
            "fleet.yaml",
            "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: {} }\nmembers: [x]\n\
             runtime_package:\n  distribution: acme-runtime\n  import: acme_runtime\n  \
             source: { repository: platform, path: workspace }\n  release:\n    \
             publisher: { repository: platform, workflow: publish.yml, environment: pypi }\n",
        );
        stage.tagged();
        stage
    }

    /// The version has its tag.
    fn tagged(&self) {
        let ask = |method, path: &str, body: &Value| {
            let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
            let path = format!("/api/v3/repos/acme/platform/git/{path}");
            let heard = self.forge.ask("all", &Asked { method, path: &path, body, headers: &[] });
            assert!((200..300).contains(&heard.status), "{path}: {}", heard.status);
            serde_json::from_slice::<Value>(&heard.body).expect("JSON")
        };
        let head = ask("GET", "ref/heads/main", &Value::Null)["object"]["sha"].clone();
        ask("POST", "refs", &json!({ "ref": "refs/tags/runtime-v0.1.6", "sha": head }));
        self.forge.requests();
    }

    /// Runs the binary with a token of the index.
    pub(crate) fn run(&self, more: &[&str]) -> Ran {
        self.run_with(&[&PUBLISH, more].concat(), &self.variables())
    }

    /// Runs the binary with these variables; nothing that it says may hold a secret.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, String)]) -> Ran {
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ran = self.world.run_in(&self.world.path(""), arguments, &variables);
        for line in ran.stdout.lines().chain(ran.stderr.lines()) {
            // The one line that a runner takes away.
            if !line.starts_with("::add-mask::") {
                let secret =
                    ["pypi-", "eyJ", "sandbox-request-token"].iter().find(|it| line.contains(**it));
                assert_eq!(secret, None, "a secret was shown:\n{}{}", ran.stdout, ran.stderr);
            }
        }
        let url = self.forge.url();
        let shown = |text: String| text.replace(&url, "[index]");
        Ran { code: ran.code, stdout: shown(ran.stdout), stderr: shown(ran.stderr) }
    }

    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        self.forge.index_variables()
    }

    pub(crate) fn json(&self, more: &[&str], code: i32) -> Value {
        self.run(&[&["--format", "json"], more].concat()).exits(code).json()
    }

    /// The files that the index has of the runtime, each once, by name.
    pub(crate) fn files(&self) -> Vec<Value> {
        let state = self.forge.state();
        let files = state["index"]["projects"]["acme-runtime"]["files"].as_array().cloned();
        let mut files = files.unwrap_or_default();
        files.sort_by_key(|file| file["name"].as_str().map(str::to_owned));
        files
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.files().iter().map(|file| file["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Names and hashes.
    fn hashes(&self) -> Vec<(String, String)> {
        let text = |file: &Value, key: &str| file[key].as_str().expect("text").to_owned();
        self.files().iter().map(|file| (text(file, "name"), text(file, "sha256"))).collect()
    }

    fn uploads(&self) -> usize {
        let asked = self.forge.requests();
        asked.iter().filter(|it| it["route"] == "POST /_index/legacy/").count()
    }
}

/// `stage outcome`, in order.
pub(crate) fn stages(report: &Value) -> Vec<String> {
    let stages = report["stages"].as_array().expect("stages");
    let word = |stage: &Value, key: &str| stage[key].as_str().expect("a word").to_owned();
    stages
        .iter()
        .map(|stage| format!("{} {}", word(stage, "name"), word(stage, "outcome")))
        .collect()
}

fn states(report: &Value) -> Vec<String> {
    let files = report["files"].as_array().expect("files");
    files.iter().map(|file| file["state"].as_str().expect("a state").to_owned()).collect()
}

#[test]
fn a_version_is_built_checked_uploaded_and_waited_for() {
    let stage = Stage::with("{ lag: 3 }");
    let report = stage.json(&[], 0);
    assert_eq!(
        stages(&report),
        [
            "build done",
            "check done",
            "smoke unchecked",
            "compat unchecked",
            "publish done",
            "wait done"
        ]
    );
    assert_eq!(states(&report), ["uploaded", "uploaded"]);
    assert_eq!(stage.names(), [WHEEL, SDIST]);
    let fields = stage.files()[0]["fields"].clone();
    assert_eq!(fields["metadata_version"], json!(["2.4"]));
    assert_eq!(fields["license_file"], json!(["LICENSE", "NOTICE"]));
    assert_eq!(fields["classifiers"].as_array().map(Vec::len), Some(2));
    assert_eq!(fields["requires_dist"], json!(["httpx>=0.27", "pydantic>=2"]));
    assert_eq!(fields["project_urls"].as_array().map(Vec::len), Some(2));
    assert_eq!(fields["pyversion"], json!(["py3"]));
    assert!(
        fields["description"][0].as_str().is_some_and(|text| text.contains("naïve")),
        "{fields}"
    );
    let sent = &report["files"][0];
    assert_eq!(sent["sha256"], stage.files()[0]["sha256"]);
    assert!(report["stages"][5]["detail"].as_str().is_some_and(|it| it.contains("JSON and HTML")));
}

#[test]
fn what_is_there_already_is_told_so_and_not_sent_again() {
    let stage = Stage::new();
    stage.run(&[]).exits(0);
    assert_eq!(stage.uploads(), 2);
    let report = stage.json(&[], 0);
    assert_eq!(states(&report), ["already-published", "already-published"]);
    // The gate that was passed is remembered with the files; of those that were left out nobody knows.
    assert_eq!(stages(&report)[1..4], ["check done", "smoke unchecked", "compat unchecked"]);
    // Another machine, and nobody who lets it in: all of it is there.
    stage.world.remove_state();
    let variables: Vec<_> =
        stage.variables().into_iter().filter(|(name, _)| !name.contains("PASSWORD")).collect();
    let ran = stage.run_with(&PUBLISH, &variables).exits(0);
    assert!(ran.stdout.contains("already published"), "{}", ran.stdout);
    assert_eq!(stage.uploads(), 0);
    assert!(stage.files().iter().all(|file| file["repeats"] == 0));
}

#[test]
fn the_files_of_a_version_are_never_built_again() {
    let stage = Stage::new();
    let down =
        json!([{ "route": "POST /_index/legacy/", "kind": "bad-gateway-before", "times": 50 }]);
    stage.forge.fail(&down);
    let report = stage.json(&[], 3);
    assert_eq!(stages(&report)[4..], ["publish failed", "wait not-reached"]);
    assert_eq!(states(&report), ["not-sent", "not-sent"]);
    let wanted = report["files"][0]["sha256"].clone();
    stage.forge.fail(&json!([]));
    stage.world.write("workspace/client.py", "NAME = 'another'\n");
    let ran = stage.run(&["--start-over"]).exits(2);
    assert!(ran.stderr.contains("the upload of this version was started"), "{}", ran.stderr);
    let report = stage.json(&[], 0);
    assert!(report["stages"][0]["detail"].as_str().is_some_and(|it| it.contains("kept since")));
    assert_eq!(report["files"][0]["sha256"], wanted);
    assert_eq!(stage.files()[0]["sha256"], wanted);
}

#[test]
fn files_that_were_changed_where_they_are_kept_are_not_published() {
    let stage = Stage::new();
    stage.forge.wish(&json!({ "refuse": [{ "file": ".whl", "words": "not today" }] }));
    stage.run(&["--state", "state/state.db"]).exits(3);
    let kept = format!("state/releases/acme-runtime/0.1.6/{WHEEL}");
    stage.world.write(&kept, "other bytes");
    let ran = stage.run(&["--state", "state/state.db"]).exits(3);
    assert!(ran.stderr.contains("is not what it was"), "{}", ran.stderr);
    assert_eq!(stage.names(), [""; 0]);
}

#[test]
fn a_rehearsal_changes_nothing() {
    let stage = Stage::new();
    let report = stage.json(&["--dry-run"], 0);
    assert_eq!(stages(&report)[4..], ["publish planned", "wait planned"]);
    assert_eq!(states(&report), ["not-sent", "not-sent"]);
    assert!(
        report["stages"][4]["detail"]
            .as_str()
            .is_some_and(|it| it.starts_with("2 uploads with a token"))
    );
    assert_eq!((stage.uploads(), stage.names().len()), (0, 0));
    assert!(!stage.world.path(".local").exists(), "nothing is remembered");
}

#[test]
fn names_on_the_index_are_obeyed_by_no_terminal() {
    let stage = Stage::new();
    let mut shelf = crate::pin::shelf::Shelf::default();
    shelf.listed("acme_runtime-0.1.6-py3-none-an\u{1b}[31my\n::error::.whl");
    let host = shelf.serve();
    let (index, upload) = (format!("http://{host}/simple/"), format!("http://{host}/"));
    let ran = stage.run(&["--dry-run", "--index-url", &index, "--upload-url", &upload]).exits(0);
    assert!(
        ran.stderr.contains("not ours: acme_runtime-0.1.6-py3-none-an\\u{1b}[31my\\n::error"),
        "{}",
        ran.stderr
    );
}

#[test]
fn files_that_were_built_elsewhere_are_published_as_they_are() {
    let stage = Stage::new();
    let build = ["package", "build", "--version", "0.1.6", "--out", "out"];
    stage.world.run(&build).exits(0);
    let bytes = std::fs::read(stage.world.path(&format!("out/dist/{WHEEL}"))).expect("a wheel");
    stage.world.remove("package.yaml");
    stage.run(&["--from", "out/dist"]).exits(0);
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(stage.files()[0]["sha256"], digest.as_str());
    let other = ["release", "publish", "0.1.7", "--no-smoke", "--no-compat", "--from", "out/dist"];
    let ran = stage.run_with(&other, &stage.variables()).exits(2);
    assert!(ran.stderr.contains("not of version 0.1.7"), "{}", ran.stderr);
}

#[test]
fn an_index_that_shows_files_late_is_waited_for_and_not_for_ever() {
    let stage = Stage::with("{ lag: 100 }");
    let ran = stage.run(&["--wait", "2"]).exits(3);
    assert!(ran.stderr.contains("does not serve them"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the index has no page of it as JSON"), "{}", ran.stderr);
    assert!(ran.stdout.contains("wait     failed"), "{}", ran.stdout);
    stage.forge.requests();
    let report = stage.json(&["--wait", "120"], 0);
    assert!(
        report["stages"][2]["detail"]
            .as_str()
            .is_some_and(|it| it.contains("earlier run uploaded"))
    );
    assert!(stage.files().iter().all(|file| file["sha256"].is_string()));
    let report = stage.json(&["--wait", "0"], 0);
    assert_eq!(stages(&report)[5], "wait unchecked");
}

/// Every how many requests something happens; all, when the whole is wanted.
fn stride(usual: usize) -> usize {
    if std::env::var_os("SHIPSHAPE_EVERY_REQUEST").is_some() { 1 } else { usual }
}

#[test]
fn killed_at_any_request_and_run_again_it_ends_with_the_same_bytes() {
    let calm = Stage::with("{ lag: 1 }");
    calm.run(&[]).exits(0);
    let (wanted, requests) = (calm.hashes(), calm.forge.count());
    assert!(requests >= 8, "{requests}");
    for at in (1..=requests).step_by(stride(3)) {
        let stage = Stage::with("{ lag: 1 }");
        stage.forge.fail(&json!([{ "at": at, "kind": "slow", "seconds": 600 }]));
        let mut command = stage.world.command(&stage.world.path(""), &PUBLISH);
        command.envs(stage.variables());
        stage.forge.killed(command, at);
        // Another source could not change what is uploaded, once something was.
        stage.run(&[]).exits(0);
        assert_eq!(stage.hashes(), wanted, "killed at request {at}");
        assert!(
            stage.files().iter().all(|file| file["repeats"] == 0),
            "sent twice, killed at {at}"
        );
    }
}

#[test]
fn two_at_once_do_not_publish_the_same_version() {
    let stage = Stage::new();
    stage.forge.fail(&json!([{ "at": 1, "kind": "slow", "seconds": 600 }]));
    let mut command = stage.world.command(&stage.world.path(""), &PUBLISH);
    command.envs(stage.variables()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = command.spawn().expect("the binary runs");
    while stage.forge.count() < 1 && first.try_wait().expect("a child").is_none() {
        crate::world::a_moment();
    }
    let ran = stage.run(&[]);
    first.kill().expect("killed");
    first.wait().expect("ended");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("another"), "{}", ran.stderr);
    stage.run(&[]).exits(0);
}
