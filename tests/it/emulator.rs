//! The sandbox and an emulator that others wrote, held against one another.
//!
//! In: the calls of `tests/forge/calls.yaml`, sent to both in turn, and the differences that
//! `tests/forge/README.md` knows. Out: differences that it does not know, and those that are no more.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::rehearsal::Rehearsal;
use crate::world::World;

mod difference;
mod known;

use difference::{Difference, Pairs};
use known::Known;

/// A silent skip fails: fewer calls than these are too few.
const CALLS: usize = 275;

/// What the sandbox holds at first; the emulator's seed says the same. Limits are another test's.
const SEED: &str = "
owners: { acme: {}, octo: { type: user }, mona: { type: user } }
tokens: [{ name: caller, user: octo }, { name: other, user: mona }]
limits: { content_per_minute: 10000, content_per_hour: 10000, rest_points: 100000, pulls_per_minute: 1000 }
";

/// One call, as `calls.yaml` writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    call: String,
    ask: String,
    send: Option<Value>,
    accept: Option<String>,
    #[serde(rename = "as")]
    caller: Option<Caller>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Caller {
    Nobody,
    Other,
    Stranger,
}

/// What a server answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Value,
}

/// One of both servers, with what was kept of its answers.
struct Side {
    base: String,
    secret: String,
    kept: BTreeMap<String, String>,
}

impl Side {
    fn new(base: String, secret: &str) -> Self {
        Self { base, secret: secret.to_owned(), kept: BTreeMap::new() }
    }

    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.kept {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    async fn answer(&mut self, http: &reqwest::Client, call: &Call) -> Answer {
        let (method, path) = call.ask.split_once(' ').expect("a method and a path");
        let method = method.parse::<reqwest::Method>().expect("a method");
        let url = format!("{}{}", self.base, self.filled(path));
        let accept = call.accept.as_deref().unwrap_or("application/vnd.github+json");
        let mut request = http.request(method, url).header("accept", accept);
        request = match call.caller {
            None => request.bearer_auth(&self.secret),
            Some(Caller::Other) => request.bearer_auth("sandbox-other"),
            Some(Caller::Stranger) => request.bearer_auth("nobody-gave-this-out"),
            Some(Caller::Nobody) => request,
        };
        if let Some(body) = &call.send {
            let body = self.filled(&body.to_string());
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a whole answer");
        let text = text.replace(&self.base, "");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        for (name, place) in &call.keep {
            let found = body.pointer(place).unwrap_or_else(|| panic!("{}: {body}", call.call));
            let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            self.kept.insert(name.clone(), text);
        }
        Answer { status, body }
    }
}

/// The emulator, until it is dropped.
struct Emulator {
    child: Child,
    url: String,
    /// Kept open: it may have more to say.
    _output: BufReader<ChildStdout>,
}

impl Emulator {
    fn start() -> Self {
        let mut child = Command::new("sh")
            .arg(folder().join("emulator.sh"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh runs");
        let mut url = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        output.read_line(&mut url).expect("a line");
        assert!(url.starts_with("http://127.0.0.1:"), "the emulator did not start: {url:?}");
        Self { child, url: url.trim().to_owned(), _output: output }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forge")
}

fn calls() -> Vec<Call> {
    let text = std::fs::read_to_string(folder().join("calls.yaml")).expect("readable");
    let calls: Vec<Call> = serde_yaml::from_str(&text).expect("calls");
    let names: BTreeSet<&str> = calls.iter().map(|call| call.call.as_str()).collect();
    assert_eq!(names.len(), calls.len(), "two calls have one name");
    calls
}

/// Sends every call to both, and requires that they differ where README.md says so and nowhere else.
#[expect(clippy::print_stdout, reason = "`--nocapture` shows how much was compared")]
pub(crate) fn compare() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("readable");
    let known = Known::read(&readme);
    let calls = calls();
    let world = World::new();
    let sandbox = Rehearsal::new(&world, SEED);
    let emulator = Emulator::start();
    let mut ours = Side::new(format!("{}/api/v3", sandbox.url()), "sandbox-caller");
    let mut theirs = Side::new(emulator.url.clone(), "sandbox-caller");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let http = reqwest::Client::builder().no_proxy().user_agent("shipshape").build();
    let http = http.expect("a client");
    let (mut pairs, mut agreed, mut differ) = (Pairs::default(), 0, 0);
    let mut unknown: Vec<Difference> = Vec::new();
    for call in &calls {
        let (one, other) = runtime
            .block_on(async { (ours.answer(&http, call).await, theirs.answer(&http, call).await) });
        let found = pairs.differences(&call.call, &one, &other);
        if found.is_empty() {
            agreed += 1;
        }
        let new: Vec<Difference> = found.iter().filter(|it| !known.explains(it)).cloned().collect();
        differ += found.len() - new.len();
        unknown.extend(new);
    }
    println!(
        "{} calls to both: {agreed} answered alike, {} not; {differ} differences by {} known reasons",
        calls.len(),
        calls.len() - agreed,
        known.len(),
    );
    let unknown = unknown.iter().map(|difference| format!("not known: {difference}"));
    let unused = known.unused().into_iter().map(|row| format!("no more: {row}"));
    let wrong: Vec<String> = unknown.chain(unused).collect();
    assert!(calls.len() >= CALLS, "only {} calls", calls.len());
    assert!(
        wrong.is_empty(),
        "tests/forge/README.md does not say what differs:\n{}",
        wrong.join("\n")
    );
}
