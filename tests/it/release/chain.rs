//! The whole chain of a release: in one go, in parts, killed anywhere, and gone on with.

use serde_json::{Value, json};

use super::stage::{LABEL, Stage, TOKENS};
use crate::pin::shelf::Shelf;
use crate::rehearsal::Rehearsal;
use crate::world::{Ran, World};

pub(super) const DESCRIPTION: &str = "\
schema: 1
distribution: acme-runtime
package: acme_runtime
source: workspace
modules: [main, plugins]
metadata:
  description: A runtime
  readme: README.md
  requires-python: '>=3.11'
  license: MIT
  license-files: [LICENSE]
";

const WORKFLOW: &str = "name: publish-image
run-name: 'runtime ${{ github.event.client_payload.runtime_version }} (${{ github.event.client_payload.release_id }})'
on:
  repository_dispatch:
    types: [runtime-published]
";

/// What is run, without the gate that needs Python.
pub(super) const RUN: [&str; 5] = ["run", "--yes", "--no-smoke", "--format", "json"];

/// A text as YAML has it between braces.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A runtime whose 0.1.5 has a tag, a change behind it, and one member whose next image contains 0.1.6.
pub(super) fn chain(adapter: &str) -> Stage {
    chain_with(adapter, "")
}

/// The same, with more keys of the runtime package.
pub(super) fn chain_with(adapter: &str, more: &str) -> Stage {
    chain_of(adapter, more, "0.1.6")
}

/// The same, with an image that contains another version.
pub(super) fn chain_of(adapter: &str, more: &str, contains: &str) -> Stage {
    let world = World::new();
    let mut shelf = Shelf::default();
    let digest = shelf.labelled("acme/t-alpha", "latest", &[(LABEL, contains)]);
    let host = shelf.serve();
    let seed = format!(
        "schema: 1
owners: {{ acme: {{ type: organization }} }}
tokens:
{TOKENS}  - {{ name: reader, user: robot, value: reader-token, permissions: {{ contents: read }}, repositories: ['acme/*'] }}
index: {{ lag: 1 }}
repositories:
  - name: acme/core
    files:
      package.yaml: {}
      README.md: core
      LICENSE: MIT
      workspace/main.py: {}
      workspace/plugins.py: {}
  - {{ name: acme/mirror, files: {{ README.md: made by hand }} }}
  - {{ name: acme/blank, empty: true }}
  - name: acme/t-alpha
    runs: [{{ workflow: publish-image.yml, on: repository_dispatch, seconds: 90 }}]
    files:
      README.md: x
      adapter.py: {}
      requirements.txt: {}
      .github/workflows/publish-image.yml: {}
",
        quoted(DESCRIPTION),
        quoted("import plugins\n\nprint(plugins.load)\n"),
        quoted("def load(): ...\n"),
        quoted(adapter),
        quoted("acme-runtime>=0.1.0\n"),
        quoted(WORKFLOW),
    );
    world
        .write(
            "fleet.yaml",
            format!(
                "schema: 1\nname: test\nforge: {{ owner: acme }}\n\
                 kinds: {{ t: {{ prefix: t-, shape: {{ folder: shape }} }} }}\nmembers: [alpha]\n\
                 images: {{ registry: '{host}', name: '{host}/acme/t-{{slug}}', version_label: {LABEL} }}\n\
                 consumers: [{{ name: production, runtime: alpha, file: pins.json, key: alpha }}]\n\
                 runtime_package:\n  distribution: acme-runtime\n  import: acme_runtime\n\
                 \x20 source: {{ repository: core, path: workspace }}\n{more}"
            ),
        )
        .write(
            "shape/shape.yaml",
            "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n\
             \x20 - { path: requirements.txt, policy: contract, optional: true }\n\
             \x20 - { path: .github/workflows/publish-image.yml, policy: contract, optional: true }\nextras: ['**']\n\
             demands:\n  requirements:\n    - { path: requirements.txt, distribution: acme-runtime }\n\
             \x20 python:\n    package: acme_runtime\n\
             \x20 workflows:\n    folders: [.github/workflows]\n    receivers:\n\
             \x20     - path: .github/workflows/publish-image.yml\n        event: repository_dispatch\n\
             \x20       type: runtime-published\n\
             \x20       forwards: { payload: runtime_version, input: runtime_version }\n",
        )
        .write("shape/files/README.md", "x")
        .write("pins.json", format!("{{\"alpha\": \"{digest}\"}}"));
    let stage = Stage { forge: Rehearsal::new(&world, &seed), world };
    let head = stage.head();
    stage.tag_by_hand("runtime-v0.1.5", &head);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 1\n", "Load something");
    stage.forge.requests();
    stage
}

pub(super) const GOOD: &str = "from acme_runtime.plugins import load\n\nprint(load)\n";

impl Stage {
    /// Runs `shipshape release …` beside the sandbox's index.
    pub(super) fn beside_index(&self, arguments: &[&str]) -> Ran {
        self.beside_index_with(arguments, "dispatcher-token")
    }

    pub(super) fn beside_index_with(&self, arguments: &[&str], token: &str) -> Ran {
        let variables = self.forge.index_variables();
        let mut variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        variables.push(("TEMPLATE_DISPATCH_TOKEN", token));
        self.forge.run_with(&self.world, &[&["release"], arguments].concat(), &variables)
    }

    /// Somebody changes a file on the branch that is released from.
    pub(super) fn rewrite(&self, path: &str, text: &str, message: &str) {
        use base64::Engine as _;
        let at = format!("/repos/acme/core/contents/{path}");
        let sha = self.ask("ann", "GET", &at, Value::Null)["sha"].clone();
        let content = base64::prelude::BASE64_STANDARD.encode(text);
        let body = json!({ "message": message, "content": content, "sha": sha });
        self.ask("ann", "PUT", &at, body);
    }

    /// Names, hashes and how often each file was sent again.
    pub(super) fn published(&self) -> Vec<(String, String, u64)> {
        let state = self.forge.state();
        let files = state["index"]["projects"]["acme-runtime"]["files"].as_array().cloned();
        let word = |file: &Value, key: &str| file[key].as_str().expect("a word").to_owned();
        let mut files: Vec<_> = files
            .unwrap_or_default()
            .iter()
            .map(|file| {
                (word(file, "name"), word(file, "sha256"), file["repeats"].as_u64().unwrap_or(9))
            })
            .collect();
        files.sort();
        files
    }
}

/// `stage state`, in order.
pub(super) fn states(run: &Value) -> Vec<String> {
    let word = |row: &Value, key: &str| row[key].as_str().expect("a word").to_owned();
    let rows = run["stages"].as_array().expect("stages");
    let state = |row: &Value| format!("{} {}", word(row, "stage"), word(row, "state"));
    rows.iter().map(|row| state(row).replace("smoke done", "smoke unchecked")).collect()
}

/// The same, where what was published is found and nobody remembers its gates: they are unchecked then.
fn states_of_another(run: &Value) -> Vec<String> {
    let told = |state: String| match state.as_str() {
        "check unchecked" => "check done".to_owned(),
        "compat unchecked" => "compat done".to_owned(),
        _ => state,
    };
    states(run).into_iter().map(told).collect()
}

pub(super) const THROUGH: [&str; 11] = [
    "plan done",
    "tag done",
    "build done",
    "check done",
    "smoke unchecked",
    "compat done",
    "publish done",
    "wait done",
    "cascade done",
    "images done",
    "consumers done",
];

#[test]
fn one_command_carries_a_commit_to_what_runs_and_the_next_finds_it_done() {
    let stage = chain(GOOD);
    let ran = stage.beside_index(&RUN).exits(0);
    let run = ran.json();
    assert_eq!(states(&run), THROUGH);
    assert_eq!((&run["version"], &run["tag"]), (&json!("0.1.6"), &json!("runtime-v0.1.6")));
    assert_eq!(run["commit"], stage.head().as_str());
    assert_eq!(run["consumers"][0]["state"], "current");
    assert!(run["stages"].as_array().expect("rows").iter().all(|row| row["at"].is_string()));
    assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"]);
    let files = stage.published();
    assert_eq!(files.len(), 2);
    assert_eq!(stage.runs("alpha").len(), 1);
    stage.writes();
    let again = stage.beside_index(&RUN).exits(0);
    assert_eq!(states(&again.json()), THROUGH);
    assert_eq!(stage.writes(), 0);
    // Who only looks sees that nothing is left.
    let dry = stage.beside_index(&[&RUN[..], &["--dry-run"]].concat()).exits(0);
    assert_eq!(states(&dry.json()), THROUGH);
    // The table says the same without asking anybody.
    stage.forge.requests();
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(states(&status["runs"][0]), THROUGH);
    assert_eq!(status["runs"][0]["version"], "0.1.6");
    let human = stage.beside_index(&["status", "0.1.6"]).exits(0);
    assert!(human.stdout.contains("images     done"), "{}", human.stdout);
    assert!(human.stdout.contains("production  alpha    current"), "{}", human.stdout);
    assert_eq!(stage.forge.count(), 0);
    let unknown = stage.beside_index(&["status", "9.9"]).exits(2);
    assert!(unknown.stderr.contains("no run of 9.9 is recorded here"), "{}", unknown.stderr);
}

#[test]
fn it_goes_as_far_as_it_is_told_and_on_from_there_whatever_is_remembered() {
    let stage = chain(GOOD);
    let stages = ["tag", "build", "check", "compat", "publish", "wait", "cascade", "images"];
    for (index, until) in stages.into_iter().enumerate() {
        let ran = stage.beside_index(&[&RUN[..], &["--until", until]].concat()).exits(0);
        let states = states(&ran.json());
        let at = states.iter().position(|state| state.starts_with(until)).expect("a row");
        assert!(states[at].ends_with("done"), "{until}: {states:?}");
        assert!(states[at + 1..].iter().all(|it| it.ends_with("waiting")), "{until}: {states:?}");
        assert_eq!(stage.published().len(), if index >= 4 { 2 } else { 0 }, "{until}");
        assert_eq!(stage.runs("alpha").len(), usize::from(index >= 6), "{until}");
        if index % 2 == 1 {
            // Another machine.
            stage.world.remove_state();
        }
    }
    let run = stage.beside_index(&RUN).exits(0).json();
    assert!(states(&run).contains(&"check unchecked".to_owned()), "nobody remembers its gates");
    assert_eq!(states_of_another(&run), THROUGH);
    assert!(stage.published().iter().all(|(.., repeats)| *repeats == 0));
    assert_eq!((stage.tags().len(), stage.runs("alpha").len()), (2, 1));
}

#[test]
fn an_index_that_is_down_stops_it_where_it_stands_and_it_goes_on_from_there() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--until", "compat"]].concat()).exits(0);
    let nowhere =
        ["--index-url", "http://127.0.0.1:9/simple/", "--upload-url", "http://127.0.0.1:9/upload/"];
    let words = ["run", "--no-smoke", "--fleet", "fleet.yaml"];
    for version in [&[][..], &["--version", "0.1.6"]] {
        let ran = stage.beside_index(&[&words[..], &nowhere, version].concat()).exits(3);
        // The version was decided, and what stopped it stands in the table with the command that goes on.
        assert!(!ran.stderr.contains("nothing was decided"), "{}", ran.stderr);
        assert!(ran.stderr.contains("/simple/acme-runtime/: Connection refused"), "{}", ran.stderr);
        assert!(ran.stdout.contains("\npublish    failed "), "{}", ran.stdout);
        // What its files have passed is not lost.
        assert!(ran.stdout.contains("\ncheck      done "), "{}", ran.stdout);
        assert!(ran.stdout.contains("\ncompat     done "), "{}", ran.stdout);
        let next = "  shipshape release run --version 0.1.6 --no-smoke --index-url http://127.0.0.1:9/simple/ \
                    --upload-url http://127.0.0.1:9/upload/ --fleet fleet.yaml\n";
        assert!(ran.stderr.ends_with(next), "{}", ran.stderr);
    }
    let status = stage.beside_index(&["status"]).exits(0).stdout;
    assert!(status.contains("\ncompat     done "), "{status}");
    let failed = status.lines().find(|line| line.starts_with("publish")).expect("a row");
    assert!(failed.contains("failed") && failed.contains("cannot read `acme-runtime`"), "{failed}");
    assert!(stage.published().is_empty());
    let run = stage.beside_index(&[&RUN[..], &["--version", "0.1.6"]].concat()).exits(0).json();
    assert_eq!(states(&run), THROUGH);
}

#[test]
fn a_gate_that_could_not_check_everything_is_not_said_to_have_found_a_break() {
    let stage = chain("def (:\n");
    let ran = stage.beside_index(&["run", "--yes", "--no-smoke"]).exits(3);
    assert!(ran.stdout.contains(": some of it could not be checked"), "{}", ran.stdout);
    let why = "  # when every template can be checked: `shipshape doctor` shows which of them the token cannot read\n  \
               shipshape release run --version 0.1.6 ";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    assert!(!ran.stderr.contains("that it breaks"), "{}", ran.stderr);
}

#[test]
fn a_gate_that_stays_closed_stops_it_and_the_same_version_goes_on_when_it_is_mended() {
    let stage = chain("from acme_runtime.plugins import gone\n\nprint(gone)\n");
    let ran = stage.beside_index(&RUN).exits(1);
    let states = states(&ran.json());
    assert_eq!(states[5..8], ["compat failed", "publish waiting", "wait waiting"]);
    assert!(ran.stderr.contains("gone"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("0.1.6 stays reserved: fix the templates that it breaks"),
        "{}",
        ran.stderr
    );
    assert!(stage.published().is_empty());
    let human = stage.beside_index(&["status"]).exits(0);
    assert!(
        human.stderr.contains("\n  shipshape release run --version 0.1.6 --no-smoke"),
        "{}",
        human.stderr
    );
    let ran = stage.beside_index(&[&RUN[..], &["--no-compat"]].concat()).exits(0);
    assert_eq!(ran.json()["version"], "0.1.6");
}

#[test]
fn without_the_token_of_the_cascade_members_are_left_alone_and_it_ends_clean() {
    let stage = chain(GOOD);
    let ran = stage.beside_index_with(&RUN, "").exits(0);
    let states = states(&ran.json());
    assert_eq!(states[8..], ["cascade skipped", "images skipped", "consumers done"]);
    assert!(ran.stderr.contains("TEMPLATE_DISPATCH_TOKEN is not set"), "{}", ran.stderr);
    assert!(stage.runs("alpha").is_empty());
    let status = stage.beside_index(&["status"]).exits(0).stderr;
    let next =
        "\n  # with TEMPLATE_DISPATCH_TOKEN set\n  shipshape release cascade 0.1.6 --watch\n";
    assert!(status.contains(next), "{status}");
    // With it, the rest is done, and nothing else again. Who only looks is told so.
    let dry = stage.beside_index(&[&RUN[..], &["--dry-run"]].concat()).exits(0).json();
    assert_eq!(self::states(&dry)[8..], ["cascade waiting", "images waiting", "consumers done"]);
    assert_eq!(dry["stages"][8]["what"], "notify every member");
    // One that is cut off when a member is notified no longer says that none was.
    stage.forge.requests();
    stage.forge.fail(&json!([
        { "route": "POST /repos/{owner}/{repo}/dispatches", "kind": "slow", "seconds": 600 }
    ]));
    let mut command =
        stage.world.command(&stage.world.path(""), &[&["release"], &RUN[..]].concat());
    command
        .envs(stage.forge.variables())
        .envs(stage.forge.index_variables())
        .env("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    while stage.runs("alpha").is_empty() {
        assert!(child.try_wait().expect("a child").is_none(), "it is not over");
        crate::world::a_moment();
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    stage.forge.fail(&json!([]));
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    let known = &status["runs"][0];
    assert_eq!(self::states(known)[8..10], ["cascade waiting", "images waiting"]);
    assert!(!known.to_string().contains("no member was notified"), "{known}");
    let run = stage.beside_index(&RUN).exits(0).json();
    assert_eq!(self::states(&run), THROUGH);
    assert_eq!(stage.runs("alpha").len(), 1);
}

#[test]
fn a_version_that_was_begun_goes_on_at_its_own_commit() {
    let stage = chain(GOOD);
    let first = stage.head();
    stage.beside_index(&[&RUN[..], &["--until", "tag"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load():\n    return 2\n", "Load more");
    let ran = stage.beside_index(&[&RUN[..], &["--until", "tag"]].concat()).exits(0);
    assert_eq!(ran.json()["version"], "0.1.7");
    // Nothing needs to be done about it, so it is said to who asks for details.
    assert!(!ran.stderr.contains("superseded"), "{}", ran.stderr);
    let ran = stage.beside_index(&[&RUN[..], &["--until", "tag", "-v"]].concat()).exits(0);
    assert!(ran.stderr.contains("0.1.6 was started and is superseded by 0.1.7"), "{}", ran.stderr);
    let words = [&RUN[..], &["--version", "0.1.6"]].concat();
    let run = stage.beside_index(&words).exits(0).json();
    assert_eq!((&run["commit"], &run["version"]), (&json!(first), &json!("0.1.6")));
    assert_eq!(states(&run), THROUGH);
    let status = stage.beside_index(&["status", "--format", "json"]).exits(0).json();
    let versions: Vec<&Value> =
        status["runs"].as_array().expect("a list").iter().map(|run| &run["version"]).collect();
    assert_eq!(versions, ["0.1.7", "0.1.6"]);
}

#[test]
fn nothing_is_done_by_a_rehearsal_nor_when_nothing_is_new_nor_in_a_freeze() {
    let stage = chain(GOOD);
    let dry = stage.beside_index(&["run", "--dry-run"]).exits(0);
    assert!(dry.stdout.starts_with("acme-runtime 0.1.6\n"), "{}", dry.stdout);
    assert!(dry.stdout.contains("cascade    waiting"), "{}", dry.stdout);
    assert!(dry.stderr.contains("Nothing was done."), "{}", dry.stderr);
    assert_eq!(stage.writes(), 0);
    assert!(!stage.world.path(".local").exists(), "nothing is remembered");
    let none = stage.beside_index(&["status"]).exits(0);
    assert!(none.stderr.contains("no run is recorded here"), "{}", none.stderr);
    assert!(!stage.world.path(".local").exists(), "a look makes no journal");
    stage.release(&["freeze", "--reason", "wait for me"]).exits(0);
    let ran = stage.beside_index(&RUN).exits(3);
    assert!(ran.stderr.contains("wait for me"), "{}", ran.stderr);
    // Programs read how far it came in any case.
    assert_eq!(states(&ran.json())[..2], ["plan waiting", "tag failed"]);
    assert_eq!(stage.tags().len(), 2);
    stage.release(&["thaw"]).exits(0);
    stage.beside_index(&[&RUN[..], &["--until", "tag"]].concat()).exits(0);
    stage.rewrite("README.md", "other", "Say more");
    let ran = stage.beside_index(&RUN).exits(0);
    assert_eq!(states(&ran.json())[0], "plan skipped");
    assert!(ran.json().get("version").is_none(), "{}", ran.stdout);
}

#[test]
fn consumers_that_are_behind_wait_for_somebody_and_are_no_fault() {
    let stage = chain(GOOD);
    stage.world.write("pins.json", "{\"alpha\": \"0.1.5\"}");
    let ran = stage.beside_index(&["run", "--no-smoke", "--yes"]).exits(0);
    assert!(ran.stdout.contains("consumers  waiting"), "{}", ran.stdout);
    assert!(ran.stderr.contains("shipshape images refresh"), "{}", ran.stderr);
    // What they said last counts, whichever command asked them, unless less of it was seen.
    stage.world.write("pins.json", "{\"alpha\": \"0.1.6\"}");
    stage.beside_index(&["consumers"]).exits(0);
    let said = || stage.beside_index(&["status"]).exits(0).stdout;
    assert!(said().contains("1 of 1 consumer run it"), "{}", said());
    stage.world.write("pins.json", "{}");
    stage.beside_index(&["consumers"]).exits(3);
    assert!(said().contains("1 of 1 consumer run it"), "{}", said());
    stage.beside_index(&RUN).exits(3);
}

/// The commands of the block of next steps, as they are pasted.
pub(super) fn pasted(ran: &Ran) -> Vec<Vec<String>> {
    let (_, block) = ran.stderr.split_once("Next:\n").expect("a next step");
    let lines = block.lines().take_while(|line| line.starts_with("  "));
    let commands = lines.filter_map(|line| line.trim().strip_prefix("shipshape release "));
    commands.map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn an_overtaken_version_is_neither_suggested_nor_told_to_anybody() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--until", "tag"]].concat()).exits(0);
    stage.rewrite("workspace/plugins.py", "def load(): ...\n\n\ndef more(): ...\n", "Say more");
    let ran = stage.beside_index(&[&RUN[..], &["--until", "wait"]].concat()).exits(0);
    assert_eq!(ran.json()["version"], "0.1.7");
    assert!(!ran.stderr.contains("--version 0.1.6"), "{}", ran.stderr);
    let back = [&RUN[..], &["--version", "0.1.6"]].concat();
    for words in [back.clone(), [&back[..], &["--dry-run"]].concat()] {
        let ran = stage.beside_index(&words).exits(2);
        assert!(
            ran.stderr.contains("0.1.7 is published; notifying members of 0.1.6"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("publish it only: --until wait"), "{}", ran.stderr);
        // The index does not serve it, so nobody can go back to it.
        assert!(!ran.stderr.contains("release back"), "{}", ran.stderr);
        let instead = "0.1.7 is released instead: `shipshape release run --version 0.1.7";
        assert!(ran.stderr.contains(instead), "{}", ran.stderr);
    }
    assert_eq!((stage.published().len(), stage.runs("alpha").len()), (2, 0));
    stage.beside_index(&[&back[..], &["--until", "wait"]].concat()).exits(0);
    assert_eq!((stage.published().len(), stage.runs("alpha").len()), (4, 0));
}

#[test]
fn a_mistyped_version_is_no_other_release_of_the_same_commit() {
    let stage = chain(GOOD);
    stage.beside_index(&[&RUN[..], &["--until", "tag"]].concat()).exits(0);
    let ran = stage.beside_index(&[&RUN[..], &["--version", "0.1.7"]].concat()).exits(2);
    assert!(ran.stderr.contains("is released as 0.1.6 already"), "{}", ran.stderr);
    assert!(ran.stderr.contains("to continue that: --version 0.1.6"), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6"]);
    // Where nobody can be asked, --force alone does not make a version of a typo.
    stage.beside_index(&["freeze", "--reason", "0.1.6 is bad"]).exits(0);
    let force = ["run", "--no-smoke", "--force", "--until", "tag", "--version"];
    let ran = stage.beside_index(&[&force[..], &["0.1.77"]].concat()).exits(2);
    for says in [
        "0.1.77 was not reserved",
        "0.1.77 is an implausible leap from 0.1.6",
        "is released as 0.1.6 already",
        "shipshape release back VERSION",
        "if 0.1.77 is intended: add --yes",
    ] {
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
    assert_eq!(stage.tags().len(), 3);
    stage.beside_index(&["thaw"]).exits(0);
    let ran = stage.beside_index(&[&force[..], &["0.1.7", "--yes"]].concat()).exits(0);
    assert!(ran.stderr.contains("--force sets aside: "), "{}", ran.stderr);
    assert_eq!(stage.tags(), ["runtime-v0.1.5", "runtime-v0.1.6", "runtime-v0.1.7"]);
}

#[test]
fn what_is_published_by_hand_is_what_the_tag_holds() {
    let stage = chain(GOOD);
    let publish = ["publish", "0.1.6", "--no-smoke", "--no-compat"];
    let path = stage.world.path("core");
    let url = stage.forge.url().replace("://", "://x-access-token:writer-token@");
    let git = |words: &[&str]| {
        let ran = std::process::Command::new("git").args(words).output().expect("git");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    git(&["clone", "--quiet", &format!("{url}/acme/core"), &path.to_string_lossy()]);
    let with = |words: &[&str]| {
        let words = [words, &["--package", "core/package.yaml"]].concat();
        stage.beside_index(&words)
    };
    let nowhere = stage.beside_index(&publish).exits(2);
    let says = "or let `shipshape release run --version 0.1.6 --until wait --no-smoke --no-compat` read the source from acme/core";
    assert!(nowhere.stderr.contains(says), "{}", nowhere.stderr);
    let ran = with(&publish).exits(2);
    assert!(ran.stderr.contains("0.1.6 has no tag `runtime-v0.1.6`"), "{}", ran.stderr);
    let leap = with(&["publish", "1.1.6", "--no-smoke", "--no-compat", "--dry-run"]).exits(2);
    assert!(leap.stderr.contains("implausible leap from 0.1.5"), "{}", leap.stderr);
    stage.beside_index(&["tag"]).exits(0);
    stage.world.write("core/workspace/plugins.py", "def load(): print('not committed')\n");
    for more in [&[][..], &["--dry-run"]] {
        let ran = with(&[&publish[..], more].concat()).exits(2);
        let says = "`core/workspace/plugins.py` is not what runtime-v0.1.6 contains";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("--ref runtime-v0.1.6"), "{}", ran.stderr);
    }
    let unfetched = with(&[&publish[..], &["--ref", "runtime-v0.1.6"]].concat());
    assert!(unfetched.stderr.contains("`git fetch --tags`"), "{}", unfetched.stderr);
    assert!(stage.published().is_empty());
    git(&["-C", &path.to_string_lossy(), "fetch", "--quiet", "--tags"]);
    let next =
        pasted(&with(&[&publish[..], &["--dry-run", "--ref", "runtime-v0.1.6"]].concat()).exits(0));
    let words: Vec<&str> = next[0].iter().map(String::as_str).collect();
    stage.beside_index(&words).exits(0);
    assert_eq!(stage.published().len(), 2);
}
