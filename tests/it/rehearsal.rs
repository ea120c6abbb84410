//! The sandbox forge as a test has it: in virtual time, on loopback, with its log at hand.

use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};
use shipshape::sandbox::{Options, Pace, Running, Server, seed};

use crate::world::{NOW, Ran, World};

/// A forge to rehearse on.
pub(crate) struct Rehearsal {
    running: Running,
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    /// Paths that a test itself asked for, and which may lead nowhere; `None` where it sent bytes, which may ask for any.
    by_hand: Mutex<Option<Vec<String>>>,
}

impl Rehearsal {
    /// A forge with what a seed says; its paths start in the world.
    pub(crate) fn new(world: &World, document: &str) -> Self {
        let seed = seed::read(Path::new("seed.yaml"), document.as_bytes()).expect("a seed");
        let path = std::env::var_os("PATH");
        let running = Server::start(Options {
            git: shipshape::edge::process::which("git", path.as_deref()),
            pace: Pace::Virtual,
            start: NOW.parse::<jiff::Timestamp>().expect("a time").as_second(),
            seed,
            seed_folder: world.path(""),
            ..Options::default()
        })
        .expect("a server");
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { running, runtime, http, by_hand: Mutex::new(Some(Vec::new())) }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        self.running.url()
    }

    /// Runs the binary against it, as the bearer of the first token. Nothing that it says may hold one.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    #[track_caller]
    pub(crate) fn run(&self, world: &World, arguments: &[&str]) -> Ran {
        self.run_with(world, arguments, &[])
    }

    /// The same, as the bearer of another of the seed's tokens.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    #[track_caller]
    pub(crate) fn run_as(&self, world: &World, token: &str, arguments: &[&str]) -> Ran {
        let secret = self.running.token(token).expect("a token of that name");
        self.run_with(world, arguments, &[("GH_ENTERPRISE_TOKEN", secret)])
    }

    /// The same, with more variables; an empty value takes one away.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    #[track_caller]
    pub(crate) fn run_with(&self, world: &World, arguments: &[&str], more: &[(&str, &str)]) -> Ran {
        let url = self.url();
        let secret = self.running.tokens().next().map_or("", |(_, secret)| secret);
        let mut variables = vec![
            ("SHIPSHAPE_FORGE", url.as_str()),
            ("GH_ENTERPRISE_TOKEN", secret),
            ("SHIPSHAPE_FORGE_CLOCK", "sandbox"),
        ];
        variables.extend(more);
        self.shown(world.run_in(&world.path(""), arguments, &variables))
    }

    /// The same as `run`, with lines on its standard input.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn run_typing(&self, world: &World, arguments: &[&str], lines: &[&str]) -> Ran {
        let mut command = world.command(&world.path(""), arguments);
        command.envs(self.variables());
        self.shown(world.typed(command, lines))
    }

    /// The same at a terminal, where what is typed answers questions.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn run_at_a_terminal(
        &self,
        world: &World,
        arguments: &[&str],
        lines: &[&str],
    ) -> Ran {
        let mut command = world.command(&world.path(""), arguments);
        command.envs(self.variables());
        self.shown(world.typed_at_a_terminal(&command, lines))
    }

    /// What was said without this forge's address; nothing of it may be a token.
    fn shown(&self, ran: Ran) -> Ran {
        for text in [&ran.stdout, &ran.stderr] {
            for (_, secret) in self.running.tokens() {
                assert!(!text.contains(secret), "a token was shown:\n{text}");
            }
        }
        let url = self.url();
        let shown = |text: String| text.replace(&url, "[forge]");
        Ran { code: ran.code, stdout: shown(ran.stdout), stderr: shown(ran.stderr) }
    }

    /// Starts the binary against it as `run` does, and does not wait for its end.
    pub(crate) fn start(&self, world: &World, arguments: &[&str]) -> std::process::Child {
        let mut command = world.command(&world.path(""), arguments);
        command
            .envs(self.variables())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command.spawn().expect("the binary runs")
    }

    /// What tells the binary to talk to it, as the bearer of the first token.
    pub(crate) fn variables(&self) -> [(&'static str, String); 3] {
        let secret = self.running.tokens().next().map_or("", |(_, secret)| secret);
        [
            ("SHIPSHAPE_FORGE", self.url()),
            ("GH_ENTERPRISE_TOKEN", secret.to_owned()),
            ("SHIPSHAPE_FORGE_CLOCK", "sandbox".to_owned()),
        ]
    }

    /// What tells the binary to publish to its package index, and to wait in its time.
    pub(crate) fn index_variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.running.index_variables().to_vec();
        variables.push(("SHIPSHAPE_FORGE", self.url()));
        variables.push(("SHIPSHAPE_FORGE_CLOCK", "sandbox".to_owned()));
        variables
    }

    /// What a job of GitHub Actions has that may ask who it is.
    pub(crate) fn job_variables(&self) -> Vec<(&'static str, String)> {
        self.running.job_variables().to_vec()
    }

    /// Changes its package index.
    pub(crate) fn wish(&self, wishes: &Value) {
        self.control("POST", "index", Some(wishes.clone()));
    }

    /// How many requests were made.
    pub(crate) fn count(&self) -> usize {
        self.control("GET", "requests", None).as_array().map_or(0, Vec::len)
    }

    /// Runs a command until it has sent so many requests, and kills it: the answer to the last one is held back by a fault,
    /// while what it asked for is done or not. Whoever comes next meets no fault.
    pub(crate) fn killed(&self, mut command: std::process::Command, at: usize) {
        use std::process::Stdio;

        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.kill(command.spawn().expect("the binary runs"), at);
    }

    /// The same of one that runs already; how it ended, if it did so by itself.
    pub(crate) fn kill(
        &self,
        mut child: std::process::Child,
        at: usize,
    ) -> Option<std::process::ExitStatus> {
        while self.count() < at && child.try_wait().expect("a child").is_none() {
            crate::world::a_moment();
        }
        let ended = child.try_wait().expect("a child");
        child.kill().expect("killed");
        child.wait().expect("ended");
        self.fail(&json!([]));
        ended
    }

    /// Runs the binary and interrupts it, so often, once it has told of a first thing that it did. How it ended, and
    /// what it told.
    pub(crate) fn interrupted(
        &self,
        world: &World,
        arguments: &[&str],
        signals: usize,
    ) -> (i32, String) {
        let mut command = world.command(&world.path(""), arguments);
        command.envs(self.variables());
        interrupted(command, "", signals)
    }

    /// The same in real time, once it has told of what is named.
    pub(crate) fn interrupted_at(
        &self,
        world: &World,
        arguments: &[&str],
        told: &str,
    ) -> (i32, String) {
        let mut command = world.command(&world.path(""), arguments);
        command.envs(self.variables()).env_remove("SHIPSHAPE_FORGE_CLOCK");
        interrupted(command, told, 1)
    }

    /// Every request that was made since the last time, oldest first.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let log = self.control("GET", "requests", None);
        self.leads_somewhere(&log);
        self.control("DELETE", "requests", None);
        log.as_array().cloned().unwrap_or_else(|| {
            log.get("requests").and_then(Value::as_array).cloned().unwrap_or_default()
        })
    }

    /// Every request that was made, with what was sent and what was answered.
    pub(crate) fn exchanges(&self) -> Vec<Value> {
        let log = self.control("GET", "requests?bodies=true", None);
        log.as_array().cloned().unwrap_or_default()
    }

    /// Asks it something; `token` is the name of one, or nothing.
    pub(crate) fn ask(&self, token: &str, asked: &Asked<'_>) -> Heard {
        let path = asked.path.split('?').next().unwrap_or_default();
        if let Some(paths) = self.by_hand.lock().expect("paths").as_mut() {
            paths.push(path.to_owned());
        }
        let method = reqwest::Method::from_bytes(asked.method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{}", self.url(), asked.path));
        if let Some(secret) = self.running.token(token) {
            request = request.bearer_auth(secret);
        }
        request = request.header("user-agent", "test").body(asked.body.clone());
        for (name, value) in asked.headers {
            request = request.header(*name, *value);
        }
        self.runtime.block_on(async {
            let response = match request.send().await {
                Ok(response) => response,
                Err(error) => return Heard { lost: Some(error.to_string()), ..Heard::default() },
            };
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            match response.bytes().await {
                Ok(body) => Heard { status, headers, body: body.to_vec(), lost: None },
                Err(error) => {
                    Heard { status, headers, lost: Some(error.to_string()), ..Heard::default() }
                }
            }
        })
    }

    /// What is there, below `/api/v3`, for the bearer of the first token.
    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> Value {
        self.act("GET", path, Vec::new())
    }

    /// Changes what is there, as the bearer of the first token would by another program.
    #[track_caller]
    pub(crate) fn write(&self, method: &str, path: &str, body: &Value) {
        self.act(method, path, body.to_string().into_bytes());
    }

    #[track_caller]
    fn act(&self, method: &str, path: &str, body: Vec<u8>) -> Value {
        let path = format!("/api/v3{path}");
        let token = self.running.tokens().next().map_or("", |(name, _)| name);
        let heard = self.ask(token, &Asked { method, path: &path, body, ..Asked::default() });
        assert!((200..300).contains(&heard.status), "{}", heard.said());
        heard.json()
    }

    /// Sends bytes as they are, and reads until the connection ends.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        use std::io::{Read as _, Write as _};
        *self.by_hand.lock().expect("paths") = None;
        let address = self.url().replace("http://", "");
        let mut stream = std::net::TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).expect("a socket");
        // A server that has heard enough may close before it has read it all.
        let _ = stream.write_all(bytes);
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Requires that every request of the binary took a route. One that the sandbox lacks is answered 404, as GitHub does,
    /// and would pass for something that is not there.
    fn leads_somewhere(&self, log: &Value) {
        let by_hand = self.by_hand.lock().expect("paths");
        let Some(by_hand) = by_hand.as_ref() else { return };
        let lost = log.as_array().into_iter().flatten().filter(|entry| {
            let path = entry["path"].as_str().unwrap_or_default();
            entry.get("route").is_none() && !by_hand.iter().any(|it| it == path)
        });
        let lost: Vec<String> =
            lost.map(|entry| format!("{} {}", entry["method"], entry["path"])).collect();
        assert!(lost.is_empty(), "the sandbox has no such route: {lost:#?}");
    }

    /// Everything that is there.
    pub(crate) fn state(&self) -> Value {
        self.control("GET", "state", None)
    }

    /// Makes requests fail.
    pub(crate) fn fail(&self, faults: &Value) {
        self.control("POST", "faults", Some(json!({ "faults": faults })));
    }

    /// The secret of one of the seed's tokens.
    pub(crate) fn secret(&self, token: &str) -> &str {
        self.running.token(token).expect("a token of that name")
    }

    fn control(&self, method: &str, what: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_sandbox/{what}", self.url());
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let response = request.send().await.expect("an answer");
            let status = response.status();
            let text = response.text().await.expect("a whole answer");
            assert!(status.is_success(), "{what}: {status} {text}");
            serde_json::from_str(&text).unwrap_or_default()
        })
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.leads_somewhere(&self.control("GET", "requests", None));
        }
    }
}

/// What is asked over HTTP.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Vec<u8>,
}

/// What was answered.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Why there is no whole answer.
    pub(crate) lost: Option<String>,
}

impl Heard {
    /// Requires a status; shows what was said when it is another.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(500).collect();
        assert_eq!(self.status, status, "{:?} {body}", self.lost);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = || String::from_utf8_lossy(&self.body).into_owned();
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", text()))
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }

    /// What a refusal says: its message, and the details of its errors.
    pub(crate) fn said(&self) -> String {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        let details = errors.iter().map(|error| {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            format!("; {} {} {}", text("field"), text("code"), text("message"))
        });
        format!("{}{}", json["message"].as_str().unwrap_or_default(), details.collect::<String>())
    }
}

/// Runs a command and interrupts it, so often, once it has told of something. How it ended, and what it told: its notes,
/// and then its report.
fn interrupted(mut command: std::process::Command, at: &str, signals: usize) -> (i32, String) {
    use std::io::{BufRead as _, BufReader, Read as _};

    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut told = String::new();
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe"));
    while lines.read_line(&mut told).expect("a line") > 0 && !told.contains(at) {}
    let process = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process");
    for _ in 0..signals {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::INT);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    lines.read_to_string(&mut told).expect("text");
    child.stdout.take().expect("a pipe").read_to_string(&mut told).expect("text");
    (child.wait().expect("an end").code().unwrap_or(-1), told)
}
