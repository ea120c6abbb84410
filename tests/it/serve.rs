//! `shipshape serve`, asked over HTTP.

mod door;
mod images;
mod limits;
mod pages;
mod permissions;
mod webhooks;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::rehearsal::Rehearsal;
use crate::world::World;

/// What callers present, and what deliveries are signed with.
pub(crate) const TOKEN: &str = "0123456789abcdef-the-token";
const SECRET: &str = "0123456789abcdef-the-secret";

const FLEET: &str = "\
schema: 1
name: acme
forge: { owner: acme }
kinds: { t: { prefix: t-, shape: { folder: shape }, owner: '@acme/agents' } }
runtime_package: { distribution: acme-runtime, import: acme_runtime, source: { repository: core, path: x } }
images: { registry: ghcr.io, name: 'ghcr.io/acme/t-{slug}', containers: { prefix: ws- } }
history: history.jsonl
members: [t-hermes, t-codex]
";

const SEED: &str = r#"
tokens:
  - { name: all, scopes: [repo, workflow, "read:org"], user: octo }
repositories:
  - { name: acme/t-hermes, files: { README.md: "hello\n" } }
  - { name: acme/t-codex, files: { README.md: "<script>alert(1)</script>\n" } }
  - { name: acme/core, files: { x: "x\n" } }
"#;

/// A fleet of two whose README says hello, in one of them at least, and its forge.
fn fleet() -> (World, Rehearsal) {
    let world = World::new();
    world.write("fleet.yaml", FLEET);
    world.write_readme_shape();
    let forge = Rehearsal::new(&world, SEED);
    (world, forge)
}

/// A server that runs, until it is dropped.
pub(crate) struct Serving {
    child: Child,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Serving {
    /// Starts the binary on a free port, with the token and the secret unless `variables` say otherwise.
    pub(crate) fn start(
        world: &World,
        forge: Option<&Rehearsal>,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let all = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut command = world.command(&world.path(""), &all);
        command
            .env("SHIPSHAPE_SERVE_TOKEN", TOKEN)
            .env("SHIPSHAPE_WEBHOOK_SECRET", SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(forge) = forge {
            command.envs(forge.variables());
        }
        command.envs(variables.iter().copied());
        let mut child = command.spawn().expect("the binary runs");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let Some(address) = line.trim().strip_prefix("Listening on http://") else {
            let mut told = String::new();
            let _ = child.stderr.take().expect("a pipe").read_to_string(&mut told);
            let _ = child.wait();
            panic!("it does not listen: {line}{told}");
        };
        Self { address: address.to_owned(), child }
    }

    /// The dashboard over a fleet on a forge, once it was judged.
    fn dashboard(world: &World, forge: &Rehearsal, arguments: &[&str]) -> Self {
        let all = [&["--role", "dashboard", "--every", "3600"], arguments].concat();
        let serving = Self::start(world, Some(forge), &all, &[]);
        serving.until("it is ready", || serving.get("/readyz").status == 200);
        serving
    }

    /// Asks.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        ask(&self.address, method, path, headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    /// Asks with the token.
    fn get_with_token(&self, path: &str) -> Reply {
        self.ask("GET", path, &[("Authorization", &format!("Bearer {TOKEN}"))], b"")
    }

    /// A number among the metrics.
    fn metric(&self, name: &str) -> u64 {
        let text = self.get_with_token("/metrics").body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().expect("a number"))
    }

    /// How a repository stands, as the report says.
    fn verdict(&self, repository: &str) -> String {
        let report: Value =
            serde_json::from_str(&self.get_with_token("/report.json").body).expect("JSON");
        let all = report["repositories"].as_array().expect("a list");
        let found = all.iter().find(|one| one["name"] == repository);
        found.unwrap_or_else(|| panic!("no {repository}"))["verdict"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    }

    /// Waits until something holds.
    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        until(what, holds);
    }

    /// Sends a signal; how it ended, and what it told.
    fn end(mut self, signal: rustix::process::Signal) -> (i32, String) {
        let process =
            rustix::process::Pid::from_raw(self.child.id().cast_signed()).expect("a process");
        rustix::process::kill_process(process, signal).expect("sent");
        let mut told = String::new();
        let _ = self.child.stderr.take().expect("a pipe").read_to_string(&mut told);
        (self.child.wait().expect("an end").code().unwrap_or(-1), told)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Requires a status; shows all when it is another.
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.body);
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}:\n{}", self.body))
    }
}

/// Waits until something holds, for a minute at most.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// One request on a connection of its own.
fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // A server that refuses may close before it has heard all.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    read_reply(&mut stream)
}

/// The answer on a connection that is closed after it.
fn read_reply(stream: &mut TcpStream) -> Reply {
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let mut bytes = Vec::new();
    let mut chunk = [0; 65536];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            // What was read before a reset is the answer.
            Err(_) if !bytes.is_empty() => break,
            Err(error) => panic!("no answer: {error}"),
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|line| line.split_once(": "));
    Reply {
        status,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}
