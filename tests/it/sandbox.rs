//! The sandbox as a forge of its own: asked over HTTP, as any client of GitHub's would ask.
//!
//! Whatever a test asks here and is answered, refusals too, is held to GitHub's description when it ends.

mod actions;
mod clock;
mod contents;
mod faults;
mod graphql;
mod hostile;
mod index;
mod interface;
mod labels;
mod limits;
mod objects;
mod permissions;
mod program;
mod protection;
mod pulls;
mod references;
mod registry;
mod repositories;
mod tags;
mod transfer;

use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::forge_schema::Description;
use crate::rehearsal::{Asked, Heard, Rehearsal};
use crate::world::World;

/// An organisation with repositories of every kind, and tokens that may do more and less in them.
pub(crate) const SEED: &str = r##"
owners: { acme: { type: organization }, octo: { type: user }, mona: { type: user } }
tokens:
  - { name: all, scopes: [repo, workflow, "read:packages"], user: octo }
  - { name: pusher, scopes: [repo], user: mona, role: write }
  - { name: reader, permissions: { contents: read, pull_requests: read }, repositories: ["acme/*"], user: mona }
  - { name: stranger, scopes: [], user: mona }
repositories:
  - name: acme/one
    files:
      README.md: "hello\n"
      src/main.py: "print()\n"
      run.sh: { text: "#!/bin/sh\n", executable: true }
      link: { link: README.md }
    branches: { fix: { README.md: "better\n" } }
  - { name: acme/empty, empty: true }
  - { name: acme/old, archived: true, files: { README.md: "old\n" } }
  - { name: acme/private, visibility: private, files: { README.md: "mine\n" } }
"##;

/// Parsed once, since every test needs it.
static DESCRIPTION: LazyLock<Mutex<Description>> = LazyLock::new(|| Mutex::new(Description::new()));

/// A forge, asked as the bearer of its first token.
pub(crate) struct Forge {
    pub(crate) world: World,
    pub(crate) rehearsal: Rehearsal,
}

impl Forge {
    pub(crate) fn new() -> Self {
        Self::with(SEED)
    }

    pub(crate) fn with(seed: &str) -> Self {
        let world = World::new();
        let rehearsal = Rehearsal::new(&world, seed);
        Self { world, rehearsal }
    }

    /// A GET below `/api/v3`, as the bearer of the first token.
    pub(crate) fn get(&self, path: &str) -> Heard {
        self.send_as("all", "GET", path, &Value::Null)
    }

    /// Any request below `/api/v3`, as the bearer of the first token.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Heard {
        self.send_as("all", method, path, body)
    }

    pub(crate) fn send_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Heard {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let path = format!("/api/v3{path}");
        self.rehearsal.ask(token, &Asked { method, path: &path, body, ..Asked::default() })
    }

    /// A GET with headers.
    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Heard {
        let path = format!("/api/v3{path}");
        let asked = Asked { method: "GET", path: &path, headers, ..Asked::default() };
        self.rehearsal.ask("all", &asked)
    }

    /// A request below `/api/v3` whose path is sent as it is; the status of its answer.
    pub(crate) fn send_plainly(&self, method: &str, path: &str, body: &Value) -> u16 {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let address = self.rehearsal.url().replace("http://", "");
        let request = format!(
            "{method} /api/v3{path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: test\r\n\
             authorization: Bearer sandbox-all\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        status(&self.rehearsal.raw(request.as_bytes()))
    }

    /// What the sandbox says beside the forge.
    pub(crate) fn control(&self, method: &str, what: &str, body: &Value) -> Heard {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let path = format!("/_sandbox/{what}");
        self.rehearsal.ask("", &Asked { method, path: &path, body, ..Asked::default() })
    }

    /// Everything that is there.
    pub(crate) fn state(&self) -> Value {
        self.rehearsal.state()
    }

    /// What a document is answered.
    pub(crate) fn graphql(&self, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string().into_bytes();
        let asked = Asked { method: "POST", path: "/api/graphql", body, ..Asked::default() };
        self.rehearsal.ask("all", &asked).is(200).json()
    }

    /// The commit that a branch of `acme/one` is at.
    pub(crate) fn head(&self, branch: &str) -> String {
        let found = self.get(&format!("/repos/acme/one/git/ref/heads/{branch}")).is(200).json();
        found["object"]["sha"].as_str().expect("an id").to_owned()
    }
}

/// The status of an answer as it was read from the wire; 0 where there is none.
pub(crate) fn status(answer: &str) -> u16 {
    let word = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}

impl Drop for Forge {
    fn drop(&mut self) {
        hold(&self.rehearsal);
    }
}

/// Whether a route is of the registry or the index: they are none of the forge.
fn is_beside(route: &str) -> bool {
    route == "the registry"
        || [" /v2/", " /_registry/", " /_index/"].iter().any(|it| route.contains(it))
}

/// Holds everything that was asked of a forge, and not forgotten since, to GitHub's description.
pub(crate) fn hold(rehearsal: &Rehearsal) {
    if std::thread::panicking() {
        return;
    }
    let differences = {
        let mut description = DESCRIPTION.lock().unwrap_or_else(PoisonError::into_inner);
        for exchange in rehearsal.exchanges() {
            let route = exchange["route"].as_str();
            if route.is_some_and(|route| route != "POST /graphql" && !is_beside(route)) {
                description.examine(&exchange);
            }
        }
        std::mem::take(&mut description.differences)
    };
    assert!(differences.is_empty(), "not as GitHub describes it: {differences:#?}");
}
