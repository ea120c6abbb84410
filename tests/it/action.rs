//! The action, run as a runner of GitHub Actions runs it: its steps from action.yml, with inputs, variables and files as
//! GitHub documents them, a release on this machine, and the sandbox forge.
//!
//! It needs Bash, curl and GNU tar, so that it is a suite of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::rehearsal::Rehearsal;
use crate::world::{NOW, World};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Everything that the suite tries.
pub(crate) fn as_a_runner_runs_it() {
    all_places_are_told_at_once();
    a_fork_is_told_all_but_the_comment();
    what_is_not_the_release_is_not_installed();
    no_input_is_read_as_a_script();
    the_program_may_be_there_already();
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_action_takes_the_release_that_it_was_made_with() {
    let action: Value = action();
    assert_eq!(action["inputs"]["version"]["default"], VERSION, "action.yml is behind Cargo.toml");
}

/// Expressions stand where GitHub evaluates them as values; a script holds none.
#[test]
fn no_script_of_the_action_holds_an_expression() {
    for step in action()["runs"]["steps"].as_array().expect("steps") {
        let run = step["run"].as_str().expect("a script");
        assert!(!run.contains("${{"), "{run}");
    }
}

/// What the page hands to the action and takes from it is there.
#[test]
fn the_workflows_of_the_page_name_inputs_and_outputs_that_there_are() {
    let (action, page) = (action(), std::fs::read_to_string(root("docs/ci.md")).expect("readable"));
    let mut steps = 0;
    for block in page.split("```yaml\n").skip(1) {
        let block = block.split("```").next().expect("a block");
        let workflow: Value = serde_yaml::from_str(block).expect("YAML");
        let jobs = workflow["jobs"].as_object().into_iter().flatten();
        for step in jobs.flat_map(|(_, job)| job["steps"].as_array().expect("steps")) {
            if step["uses"].as_str().is_some_and(|uses| uses.starts_with("acme/shipshape@")) {
                steps += 1;
                for input in step["with"].as_object().expect("inputs").keys() {
                    assert!(action["inputs"].get(input).is_some(), "no input {input}");
                }
            }
        }
        for output in block.split("steps.shape.outputs.").skip(1) {
            let name = output.split(|c: char| !c.is_ascii_alphanumeric()).next().expect("a name");
            assert!(action["outputs"].get(name).is_some(), "no output {name}");
        }
    }
    assert_eq!(steps, 3, "the page has fewer workflows than it had");
}

fn action() -> Value {
    let text = std::fs::read_to_string(root("action.yml")).expect("readable");
    serde_yaml::from_str(&text).expect("YAML")
}

/// Files over HTTP: what a release has.
struct Release {
    address: String,
    files: Arc<Mutex<BTreeMap<String, Answer>>>,
}

#[derive(Clone)]
enum Answer {
    File(Vec<u8>),
    Elsewhere(&'static str),
}

impl Release {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let files: Arc<Mutex<BTreeMap<String, Answer>>> = Arc::default();
        let served = Arc::clone(&files);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut asked = String::new();
                let mut lines = BufReader::new(stream.try_clone().expect("a socket"));
                let _ = lines.read_line(&mut asked);
                // The rest of the head is read, so that closing does not reset the connection.
                let mut line = String::new();
                while lines.read_line(&mut line).is_ok_and(|read| read > 2) {
                    line.clear();
                }
                let path = asked.split(' ').nth(1).unwrap_or_default();
                let found = served.lock().expect("unharmed").get(path).cloned();
                let (head, body) = match found {
                    Some(Answer::File(bytes)) => ("200 OK".to_owned(), bytes),
                    Some(Answer::Elsewhere(to)) => {
                        (format!("302 Found\r\nlocation: {to}"), Vec::new())
                    }
                    None => ("404 Not Found".to_owned(), Vec::new()),
                };
                let head = format!(
                    "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            }
        });
        Self { address, files }
    }

    fn has(&self, name: &str, answer: Answer) {
        let path = format!("/releases/v{VERSION}/{name}");
        self.files.lock().expect("unharmed").insert(path, answer);
    }
}

/// A job on a runner.
struct Job {
    world: World,
    forge: Rehearsal,
    release: Release,
    archive: String,
    sum: String,
}

/// How the action ended.
struct Ran {
    code: i32,
    log: String,
    summary: String,
    outputs: BTreeMap<String, String>,
}

impl Ran {
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.log);
        self
    }
}

const SHAPE: &str =
    "schema: 1\nname: small\npaths: [{ path: README.md, policy: exact }]\nextras: ['**']\n";

const SEED: &str = "owners: { acme: {} }
tokens:
  - { name: job, user: 'github-actions[bot]', role: write, permissions: { contents: read, pull_requests: write } }
  - { name: fork, user: 'github-actions[bot]', role: read, permissions: { contents: read, pull_requests: read } }
repositories:
  - name: acme/t-alpha
    files: { README.md: hello }
    branches: { fix: { README.md: better } }
    pulls: [{ title: Better, head: fix }]
";

impl Job {
    /// A repository that has drifted, and a release whose program is the one that was built.
    fn new() -> Self {
        let world = World::new();
        world.write("work/shape/shape.yaml", SHAPE).write("work/shape/files/README.md", "hello\n");
        world.write("work/one/README.md", "another\n");
        world.write("event.json", json!({ "pull_request": { "number": 1 } }).to_string());
        let (forge, release) = (Rehearsal::new(&world, SEED), Release::start());
        let name = format!("shipshape-{VERSION}-x86_64-unknown-linux-musl");
        let program = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_shipshape"));
        world.write(&format!("{name}/shipshape"), program);
        let tool = |line: &str| {
            let ran =
                Command::new("bash").arg("-ec").arg(line).current_dir(world.path("")).output();
            String::from_utf8(ran.expect("bash runs").stdout).expect("UTF-8")
        };
        let archive = format!("{name}.tar.gz");
        tool(&format!("chmod +x {name}/shipshape; tar -czf {archive} {name}; rm -r {name}"));
        let sum = tool(&format!("sha256sum {archive}"))[..64].to_owned();
        let bytes = std::fs::read(world.path(&archive)).expect("an archive");
        release.has(&archive, Answer::File(bytes));
        release.has(
            "SHA256SUMS",
            Answer::File(format!("{}  other.tar.gz\n{sum}  {archive}\n", "0".repeat(64)).into()),
        );
        Self { world, forge, release, archive, sum }
    }

    /// Runs the steps of action.yml, each as the runner does, until one fails.
    fn run(&self, inputs: &[(&str, &str)], more: &[(&str, &str)]) -> Ran {
        let action = action();
        let releases = format!("{}/releases", self.release.address);
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().expect("inputs") {
            let default = input["default"].as_str().expect("a default").to_owned();
            given.insert(
                name.clone(),
                default.replace("${{ github.token }}", self.forge.secret("job")),
            );
        }
        given.insert("releases".to_owned(), releases);
        for (name, value) in inputs {
            assert!(
                given.insert((*name).to_owned(), (*value).to_owned()).is_some(),
                "no input {name}"
            );
        }
        let mut values: BTreeMap<String, String> =
            given.into_iter().map(|(name, value)| (format!("inputs.{name}"), value)).collect();
        values.insert("github.action_repository".to_owned(), "acme/shipshape".to_owned());
        values.insert("github.server_url".to_owned(), self.forge.url());
        let mut ran =
            Ran { code: 0, log: String::new(), summary: String::new(), outputs: BTreeMap::new() };
        for step in action["runs"]["steps"].as_array().expect("steps") {
            let id = step["id"].as_str().expect("an id");
            self.step(step, &values, more, &mut ran);
            let outputs = std::fs::read_to_string(self.world.path("output")).expect("readable");
            for line in outputs.lines() {
                let (name, value) = line.split_once('=').expect("name=value");
                values.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
            if ran.code != 0 {
                break;
            }
        }
        for (name, output) in action["outputs"].as_object().expect("outputs") {
            let value = evaluated(output["value"].as_str().expect("a value"), &values);
            ran.outputs.insert(name.clone(), value);
        }
        ran
    }

    fn step(
        &self,
        step: &Value,
        values: &BTreeMap<String, String>,
        more: &[(&str, &str)],
        ran: &mut Ran,
    ) {
        assert_eq!(step["shell"], "bash");
        self.world.write("script.sh", step["run"].as_str().expect("a script"));
        self.world.write("output", "").write("summary", "");
        std::fs::create_dir_all(self.world.path("temp")).expect("made");
        let path = |name: &str| self.world.path(name).to_string_lossy().into_owned();
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", &path("script.sh")])
            .current_dir(self.world.path("work"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", path(""))
            .env("LANG", "C.UTF-8")
            .env("SHIPSHAPE_NOW", NOW)
            .env("SHIPSHAPE_FORGE_CLOCK", "sandbox")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_OUTPUT", path("output"))
            .env("GITHUB_STEP_SUMMARY", path("summary"))
            .env("GITHUB_EVENT_PATH", path("event.json"))
            .env("GITHUB_REPOSITORY", "acme/t-alpha")
            .env("GITHUB_RUN_ID", "42")
            .env("GITHUB_SERVER_URL", self.forge.url())
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("RUNNER_TEMP", path("temp"));
        for (name, value) in step["env"].as_object().expect("variables") {
            command.env(name, evaluated(value.as_str().expect("a text"), values));
        }
        command.envs(more.iter().copied());
        let output = command.output().expect("bash runs");
        ran.code = output.status.code().unwrap_or(-1);
        for bytes in [&output.stdout, &output.stderr] {
            ran.log.push_str(&String::from_utf8_lossy(bytes));
        }
        for token in ["job", "fork"] {
            assert!(!ran.log.contains(self.forge.secret(token)), "a token was shown:\n{}", ran.log);
        }
        ran.summary.push_str(&self.world.read("summary"));
    }

    fn comments(&self) -> Vec<Value> {
        let state = self.forge.state();
        let comments = &state["repositories"]["acme/t-alpha"]["pulls"][0]["comments"];
        comments.as_array().expect("comments").clone()
    }

    /// Files of the runner's temporary folder, by name.
    fn left(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.world.path("temp")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    names.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
        }
        names
    }
}

/// `${{ … }}` replaced by its value; what is not there is empty, as on GitHub, and gives way to what stands behind `||`.
fn evaluated(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (name, behind) = after.split_once("}}").expect("an end");
        whole.push_str(before);
        let of = |part: &str| match part.trim().strip_prefix('\'') {
            Some(literal) => literal.trim_end_matches('\'').to_owned(),
            None => values.get(part.trim()).cloned().unwrap_or_default(),
        };
        whole.push_str(&name.split("||").map(of).find(|it| !it.is_empty()).unwrap_or_default());
        rest = behind;
    }
    whole + rest
}

const ONE: [(&str, &str); 2] = [("path", "one"), ("shape", "shape")];

fn all_places_are_told_at_once() {
    let job = Job::new();
    let inputs = [&ONE[..], &[("comment", "true")]].concat();
    let ran = job.run(&inputs, &[]).exits(1);
    assert!(ran.log.contains("::warning file=README.md"), "{}", ran.log);
    assert!(ran.summary.starts_with("## shipshape validate\n"), "{}", ran.summary);
    assert_eq!(ran.outputs["outcome"], "findings");
    assert_eq!(ran.outputs["version"], VERSION);
    let document = |name: &str| -> Value {
        let text = std::fs::read_to_string(&ran.outputs[name]).expect("a file");
        serde_json::from_str(&text).expect("JSON")
    };
    assert_eq!(document("sarif")["version"], "2.1.0");
    assert_eq!(document("report")["summary"]["drifted"], 1);
    let comments = job.comments();
    assert_eq!(comments.len(), 1, "{comments:#?}");
    assert!(comments[0][1].as_str().expect("text").starts_with("<!-- shipshape: validate: open"));
    // As it should be: green, resolved, and the places that were asked for.
    job.world.write("work/one/README.md", "hello\n");
    let more =
        [("comment", "true"), ("sarif", "out.sarif"), ("summary", "false"), ("fail-on", "drift")];
    let ran = job.run(&[&ONE[..], &more].concat(), &[]).exits(0);
    assert_eq!((ran.outputs["outcome"].as_str(), ran.summary.as_str()), ("clean", ""));
    assert_eq!(ran.outputs["sarif"], "out.sarif");
    assert!(job.world.read("work/out.sarif").contains("2.1.0"));
    assert!(job.comments()[0][1].as_str().expect("text").contains("**Resolved**"));
    // Two repositories, one a line; one of them cannot be read.
    let both = [("path", "one\nnowhere\n"), ("shape", "shape"), ("fail-on", "error")];
    let ran = job.run(&both, &[]).exits(3);
    assert_eq!(ran.outputs["outcome"], "unchecked");
    // An upload without the results of a repository would close its alerts.
    assert_eq!(ran.outputs["sarif"], "", "{}", ran.log);
    assert!(ran.log.contains("the output `sarif` is empty"), "{}", ran.log);
    let wrong = job.run(&[("path", "one"), ("fail-on", "sometimes")], &[]).exits(2);
    assert_eq!((wrong.outputs["outcome"].as_str(), wrong.outputs["sarif"].as_str()), ("wrong", ""));
    assert!(wrong.log.contains("::error title=shipshape::"), "{}", wrong.log);
    // A file that an earlier step left is no report of this run.
    job.world.write("work/old.sarif", "{}");
    let wrong = job.run(&[("path", "one"), ("shape", "nowhere"), ("sarif", "old.sarif")], &[]);
    assert_eq!(wrong.outputs["sarif"], "", "{}", wrong.log);
    // What is set up wrongly is told where people look.
    for (input, value, said) in [
        ("comment", "yes", "the input `comment` is neither true nor false"),
        ("pull-request", "abc", "the input `pull-request` is not a number"),
        ("sarif", "nowhere/out.sarif", "the folder of the input `sarif` is not there"),
        ("sarif", "/", "the input `sarif` is a folder"),
        ("shape", ".shipshape/shape", "there is no folder of this name"),
    ] {
        let wrong = job.run(&[("path", "one"), (input, value)], &[]).exits(2);
        assert_eq!(wrong.outputs["outcome"], "wrong", "{}", wrong.log);
        assert!(
            wrong.log.contains(&format!("::error title=shipshape::{said}")),
            "{said}\n{}",
            wrong.log
        );
    }
}

fn a_fork_is_told_all_but_the_comment() {
    let job = Job::new();
    let fork = job.forge.secret("fork").to_owned();
    let inputs = [&ONE[..], &[("comment", "true"), ("token", fork.as_str())]].concat();
    let ran = job.run(&inputs, &[]).exits(1);
    assert!(ran.log.contains("no comment on acme/t-alpha#1"), "{}", ran.log);
    assert_eq!((ran.outputs["outcome"].as_str(), job.comments().len()), ("findings", 0));
    job.world.write("work/one/README.md", "hello\n");
    job.run(&inputs, &[]).exits(0);
}

fn what_is_not_the_release_is_not_installed() {
    let refused = |job: &Job, inputs: &[(&str, &str)], more: &[(&str, &str)], said: &str| {
        let ran = job.run(&[&ONE[..], inputs].concat(), more);
        assert_eq!(
            (ran.code, ran.outputs["outcome"].as_str()),
            (2, "wrong"),
            "{said}: {}",
            ran.log
        );
        assert!(
            ran.log.contains("::error title=shipshape::") && ran.log.contains(said),
            "{said}: {}",
            ran.log
        );
        assert!(!job.left().contains(&"shipshape".to_owned()), "{said}: it was unpacked");
        assert!(!ran.log.contains("README.md"), "{said}: it was run");
    };
    let job = Job::new();
    let (archive, sum) = (job.archive.clone(), job.sum.clone());
    let mut bytes = std::fs::read(job.world.path(&archive)).expect("an archive");
    bytes.push(0);
    job.release.has(&archive, Answer::File(bytes));
    refused(&job, &[], &[], "is not what its checksum says");
    let job = Job::new();
    refused(&job, &[("sha256", &"0".repeat(64))], &[], "is not what its checksum says");
    refused(&job, &[("sha256", "short")], &[], "is no checksum");
    refused(&job, &[("version", "0.1.0/../../x")], &[], "is no version");
    refused(&job, &[("version", "99.0.0")], &[], "cannot be had");
    refused(&job, &[("install", "somehow")], &[], "none of release, cargo and path");
    refused(
        &job,
        &[],
        &[("RUNNER_OS", "macOS"), ("RUNNER_ARCH", "ARM64")],
        "no binary for macOS ARM64",
    );
    for sums in [
        String::new(),
        format!("{sum}  {archive}\n{sum}  {archive}\n"),
        format!("x  {archive}\n"),
        format!("{sum}  {archive}.sig\n"),
    ] {
        job.release.has("SHA256SUMS", Answer::File(sums.into()));
        refused(&job, &[], &[], "does not say the checksum");
    }
    // Neither a file of the runner nor another scheme is followed.
    for place in ["file:///etc/hostname", "ftp://127.0.0.1:1/x"] {
        job.release.has("SHA256SUMS", Answer::Elsewhere(place));
        refused(&job, &[], &[], "cannot be had");
    }
    let job = Job::new();
    job.run(&[&ONE[..], &[("sha256", job.sum.to_uppercase().as_str())]].concat(), &[]).exits(1);
}

fn no_input_is_read_as_a_script() {
    let job = Job::new();
    let hostile = "$(touch owned)`touch owned`\"; touch owned; '\n| touch owned #";
    for name in [
        "path", "shape", "fleet", "profile", "slug", "ref", "fail-on", "summary", "comment",
        "sarif", "version", "install", "sha256", "releases",
    ] {
        let mut inputs = ONE.to_vec();
        inputs.push((name, hostile));
        job.run(&inputs, &[]);
        for place in ["owned", "work/owned", "temp/owned", "work/one/owned"] {
            assert!(!job.world.path(place).exists(), "{name} was run");
        }
    }
    let inputs = [&ONE[..], &[("comment", "true"), ("pull-request", hostile)]].concat();
    job.run(&inputs, &[]).exits(2);
    // A file's name that would be an option, or the runner's command.
    job.world.write("work/one/\n::error::owned.txt", "x\n");
    let ran = job.run(&ONE, &[]);
    assert!(!ran.log.contains("\n::error::owned"), "{}", ran.log);
    job.run(&[("path", "--version")], &[]).exits(3);
}

fn the_program_may_be_there_already() {
    let job = Job::new();
    let program = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_shipshape"));
    job.world.write("bin/shipshape", program);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(job.world.path("bin/shipshape"), mode).expect("set");
    let path = format!(
        "{}:{}",
        job.world.path("bin").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let inputs =
        [&ONE[..], &[("install", "path"), ("releases", "https://nowhere.invalid")]].concat();
    job.run(&inputs, &[("PATH", &path)]).exits(1);
}
