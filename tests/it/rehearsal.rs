//! The sandbox forge as a test has it: in virtual time, on loopback, with its log at hand.

use std::path::Path;

use serde_json::{Value, json};
use shipshape::sandbox::{Options, Pace, Running, Server, seed};

use crate::world::{NOW, Ran, World};

/// A forge to rehearse on.
pub(crate) struct Rehearsal {
    running: Running,
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
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
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { running, runtime, http }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        self.running.url()
    }

    /// Runs the binary against it, as the bearer of the first token. Nothing that it says may hold one.
    pub(crate) fn run(&self, world: &World, arguments: &[&str]) -> Ran {
        self.run_with(world, arguments, &[])
    }

    /// The same, as the bearer of another of the seed's tokens.
    pub(crate) fn run_as(&self, world: &World, token: &str, arguments: &[&str]) -> Ran {
        let secret = self.running.token(token).expect("a token of that name");
        self.run_with(world, arguments, &[("GH_ENTERPRISE_TOKEN", secret)])
    }

    /// The same, with more variables; an empty value takes one away.
    pub(crate) fn run_with(&self, world: &World, arguments: &[&str], more: &[(&str, &str)]) -> Ran {
        let url = self.url();
        let secret = self.running.tokens().next().map_or("", |(_, secret)| secret);
        let mut variables = vec![
            ("SHIPSHAPE_FORGE", url.as_str()),
            ("GH_ENTERPRISE_TOKEN", secret),
            ("SHIPSHAPE_FORGE_CLOCK", "sandbox"),
        ];
        variables.extend(more);
        let ran = world.run_in(&world.path(""), arguments, &variables);
        for text in [&ran.stdout, &ran.stderr] {
            for (_, secret) in self.running.tokens() {
                assert!(!text.contains(secret), "a token was shown:\n{text}");
            }
        }
        let shown = |text: String| text.replace(&url, "[forge]");
        Ran { code: ran.code, stdout: shown(ran.stdout), stderr: shown(ran.stderr) }
    }

    /// Every request that was made since the last time, oldest first.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let log = self.control("GET", "requests", None);
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

    /// Makes requests fail.
    pub(crate) fn fail(&self, faults: &Value) {
        self.control("POST", "faults", Some(json!({ "faults": faults })));
    }

    /// The secret of one of the seed's tokens.
    pub(crate) fn secret(&self, token: &str) -> &str {
        self.running.token(token).expect("a token of that name")
    }

    /// Asks REST as the bearer of the first token; the status and the answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}/api/v3{path}", self.url());
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let secret = self.running.tokens().next().map_or("", |(_, secret)| secret);
        let mut request = self.http.request(method, url).bearer_auth(secret);
        request = request.header("user-agent", "a test");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let response = request.send().await.expect("an answer");
            let status = response.status().as_u16();
            let text = response.text().await.expect("a whole answer");
            (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
        })
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
