//! Clones from the sandbox and pushes to it, with the git of this machine.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::rehearsal::{Asked, Rehearsal};
use crate::world::{NOW, World};

const SEED: &str = "
repositories:
  - name: acme/plain
    files: { README.md: \"hello\\n\", .github/workflows/ci.yml: \"on: push\\n\", run.sh: { text: x, executable: true } }
    branches: { topic: { topic.txt: more } }
    pulls: [{ title: Topic, head: topic }]
    settings: { required_checks: { guarded: [ci] } }
  - { name: acme/hidden, visibility: private, files: { README.md: hidden } }
  - { name: acme/old, archived: true, files: { README.md: old } }
  - { name: acme/moved, renamed_from: [before], files: { README.md: moved } }
  - { name: acme/shut, disabled: true, files: { README.md: shut } }
  - { name: acme/empty, empty: true }
tokens:
  - { name: writer, user: writer }
  - { name: plain, user: plain, scopes: [repo] }
  - { name: reader, permissions: { contents: read } }
  - { name: narrow, permissions: { contents: write }, repositories: [acme/plain] }
";

/// How git ended.
struct Ran {
    succeeded: bool,
    said: String,
    stdout: String,
}

impl Ran {
    fn succeeds(self) -> String {
        assert!(self.succeeded, "{}", self.said);
        self.stdout
    }

    fn fails(self, text: &str) {
        assert!(!self.succeeded, "it succeeded: {}", self.said);
        assert!(self.said.contains(text), "no `{text}` in: {}", self.said);
    }
}

fn git(world: &World, folder: &str, arguments: &[&str]) -> Ran {
    let search_path = std::env::var_os("PATH").expect("a search path");
    let Output { status, stdout, stderr } = Command::new("git")
        .current_dir(world.path(folder))
        .args(["-c", "protocol.version=2"])
        .args(arguments)
        .env_clear()
        .env("PATH", search_path)
        .env("HOME", world.path("home"))
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_AUTHOR_DATE", NOW)
        .env("GIT_COMMITTER_DATE", NOW)
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.com")
        .output()
        .expect("git runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { succeeded: status.success(), said: text(stderr), stdout: text(stdout) }
}

/// Where a repository is cloned from, by the bearer of a token.
fn address(forge: &Rehearsal, token: Option<&str>, name: &str) -> String {
    let url = forge.url();
    match token {
        None => format!("{url}/acme/{name}.git"),
        Some(token) => {
            let secret = forge.secret(token);
            let host = url.trim_start_matches("http://");
            format!("http://x-access-token:{secret}@{host}/acme/{name}.git")
        }
    }
}

/// A clone of `acme/plain` with one commit on top, not pushed yet.
fn changed(world: &World, forge: &Rehearsal, token: &str, path: &str) {
    git(world, "", &["clone", "--quiet", &address(forge, Some(token), "plain"), "work"]).succeeds();
    world.write(&format!("work/{path}"), "changed\n");
    git(world, "work", &["add", "."]).succeeds();
    git(world, "work", &["commit", "--quiet", "-m", "Change"]).succeeds();
}

/// What REST answers the writer.
fn get(forge: &Rehearsal, path: &str) -> Value {
    let path = format!("/api/v3{path}");
    forge.ask("writer", &Asked { method: "GET", path: &path, ..Asked::default() }).json()
}

fn head(forge: &Rehearsal, name: &str, branch: &str) -> String {
    let answer = get(forge, &format!("/repos/acme/{name}/git/ref/heads/{branch}"));
    answer["object"]["sha"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_clone_has_what_rest_tells_and_costs_no_points() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    let url = address(&forge, None, "plain");
    git(&world, "", &["clone", "--quiet", "--depth", "1", &url, "shallow"]).succeeds();
    let log = forge.requests();
    assert_eq!(log[0]["route"], "GET /{owner}/{repo}.git/info/refs");
    assert_eq!(log[1]["route"], "POST /{owner}/{repo}.git/git-upload-pack");
    assert!(log.iter().all(|entry| entry["cost"] == 0 && entry["status"] == 200), "{log:#?}");
    assert!(log.iter().all(|entry| entry["bytes"].as_u64() > Some(50)), "{log:#?}");
    for version in ["0", "1", "2"] {
        let version = format!("protocol.version={version}");
        let arguments = ["-c", &version, "clone", "--quiet", "--mirror", &url, &version];
        git(&world, "", &arguments).succeeds();
    }
    let limits = get(&forge, "/rate_limit");
    assert_eq!(limits["rate"]["used"], 0);
    let commit = git(&world, "shallow", &["rev-parse", "HEAD"]).succeeds();
    assert_eq!(commit.trim(), head(&forge, "plain", "main"));
    assert_eq!(world.read("shallow/README.md"), "hello\n");
    let listed = git(&world, "shallow", &["ls-files", "--stage", "run.sh"]).succeeds();
    assert!(listed.starts_with("100755"), "{listed}");
}

#[test]
fn a_push_moves_branches_and_what_hangs_on_them() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    changed(&world, &forge, "writer", "more.txt");
    git(&world, "work", &["push", "--quiet", "origin", "HEAD:topic", "--force"]).succeeds();
    let commit = git(&world, "work", &["rev-parse", "HEAD"]).succeeds().trim().to_owned();
    assert_eq!(head(&forge, "plain", "topic"), commit);
    let pull = get(&forge, "/repos/acme/plain/pulls/1");
    assert_eq!(pull["head"]["sha"], commit);
    git(&world, "work", &["push", "--quiet", "origin", ":topic", "HEAD:refs/tags/v1"]).succeeds();
    let pull = get(&forge, "/repos/acme/plain/pulls/1");
    assert_eq!(pull["state"], "closed");
    assert_eq!(get(&forge, "/repos/acme/plain/git/ref/tags/v1")["ref"], "refs/tags/v1");
    // A large push is packed, and its body too.
    for number in 0..300 {
        world.write(&format!("work/many/{number}"), format!("{number}\n").repeat(500));
    }
    git(&world, "work", &["add", "."]).succeeds();
    git(&world, "work", &["commit", "--quiet", "-m", "Many"]).succeeds();
    git(&world, "work", &["push", "--quiet", "origin", "HEAD:main"]).succeeds();
    assert_eq!(get(&forge, "/repos/acme/plain/contents/many/299")["name"], "299");
}

#[test]
fn the_first_push_gives_an_empty_repository_its_default_branch() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    changed(&world, &forge, "writer", "more.txt");
    let url = address(&forge, Some("writer"), "empty");
    git(&world, "work", &["push", "--quiet", &url, "HEAD:first"]).succeeds();
    let repository = get(&forge, "/repos/acme/empty");
    assert_eq!(repository["default_branch"], "first");
    git(&world, "", &["clone", "--quiet", &url, "again"]).succeeds();
    assert_eq!(world.read("again/more.txt"), "changed\n");
}

#[test]
fn who_may_not_push_does_not() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    changed(&world, &forge, "writer", "more.txt");
    let push = |token: Option<&str>, name: &str| {
        git(&world, "work", &["push", &address(&forge, token, name), "HEAD:refs/heads/new"])
    };
    push(None, "plain").fails("could not read Username");
    push(Some("reader"), "plain").fails("Write access to repository not granted");
    push(Some("narrow"), "old").fails("Write access to repository not granted");
    push(Some("writer"), "old").fails("archived so it is read-only");
    push(Some("writer"), "shut").fails("disabled");
    push(Some("narrow"), "hidden").fails("not found");
    push(Some("writer"), "nothing").fails("not found");
    let host = forge.url().replace("http://", "http://x-access-token:nobody@");
    git(&world, "work", &["push", &format!("{host}/acme/plain.git"), "HEAD:new"])
        .fails("Authentication failed");
    assert_eq!(head(&forge, "plain", "new"), "");
    push(Some("narrow"), "plain").succeeds();
    assert_ne!(head(&forge, "plain", "new"), "");
}

#[test]
fn who_may_not_read_does_not() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    let list = |token: Option<&str>, name: &str| {
        git(&world, "", &["ls-remote", &address(&forge, token, name)])
    };
    list(None, "plain").succeeds();
    list(None, "hidden").fails("could not read Username");
    list(None, "nothing").fails("could not read Username");
    list(Some("narrow"), "hidden").fails("not found");
    list(Some("writer"), "nothing").fails("not found");
    list(Some("writer"), "shut").fails("disabled");
    list(Some("writer"), "old").succeeds();
    list(Some("reader"), "hidden").succeeds();
    let moved = list(Some("writer"), "before");
    assert!(moved.said.contains("redirecting to"), "{}", moved.said);
    moved.succeeds();
}

#[test]
fn a_push_keeps_the_rules_that_rest_keeps() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    changed(&world, &forge, "plain", ".github/workflows/new.yml");
    git(&world, "work", &["push", "origin", "HEAD:main"]).fails("without the `workflow` scope");
    git(&world, "work", &["push", "origin", "HEAD:refs/heads/other"])
        .fails("without the `workflow` scope");
    git(&world, "work", &["push", "origin", "HEAD~:refs/heads/other"]).succeeds();
    git(&world, "work", &["push", "origin", ":main"]).fails("deletion of the current branch");
    let writer = address(&forge, Some("writer"), "plain");
    git(&world, "work", &["push", &writer, "HEAD:refs/heads/guarded"]).succeeds();
    git(&world, "work", &["push", &writer, "+HEAD~:refs/heads/guarded"]).fails("non-fast-forward");
    git(&world, "work", &["push", &writer, ":guarded"]).fails("deletion prohibited");
    git(&world, "work", &["push", &writer, "HEAD:refs/pull/1/head"]).fails("hidden ref");
    let commit = git(&world, "work", &["rev-parse", "HEAD"]).succeeds();
    assert_eq!(head(&forge, "plain", "guarded"), commit.trim());
}

#[test]
fn faults_meet_git_too() {
    let world = World::new();
    let forge = Rehearsal::new(&world, SEED);
    forge.fail(&json!([{ "route": "POST /{owner}/{repo}.git/git-upload-pack", "kind": "truncated-body", "times": 9 }]));
    let url = address(&forge, None, "plain");
    assert!(!git(&world, "", &["clone", "--quiet", &url, "cut"]).succeeded);
    forge.fail(&json!([]));
    git(&world, "", &["clone", "--quiet", &url, "whole"]).succeeds();
}

/// The sandbox as a command, until it is dropped.
struct Served {
    child: Child,
    url: String,
    /// Kept open: it may have more to say.
    _output: BufReader<ChildStdout>,
}

impl Served {
    fn start(world: &World, search_path: &OsStr) -> Self {
        let mut command = world.command(&world.path(""), &["sandbox", "--seed", "seed.yaml"]);
        let command = command.env("PATH", search_path).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary runs");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        output.read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("export SHIPSHAPE_FORGE=");
        let url = url.unwrap_or_else(|| panic!("no address: {line}")).to_owned();
        Self { child, url, _output: output }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_command_serves_clones_where_there_is_a_git() {
    let world = World::new();
    world.write("seed.yaml", SEED);
    let served = Served::start(&world, &std::env::var_os("PATH").expect("a search path"));
    let url = format!("{}/acme/plain.git", served.url);
    git(&world, "", &["clone", "--quiet", &url, "clone"]).succeeds();
    assert_eq!(world.read("clone/README.md"), "hello\n");
    let served = Served::start(&world, OsStr::new(""));
    let url = format!("{}/acme/plain.git", served.url);
    git(&world, "", &["clone", "--quiet", &url, "other"])
        .fails("There is no git where the sandbox runs");
}
