//! A forge with a client that offers changes, and people beside it who push, review and merge.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use shipshape::fleet::RepositoryName;
use shipshape::forge::calls::branch_pulls::{Offer, OfferQuery};
use shipshape::forge::calls::pull_opening::{FileChange, FileContent, NewCommit, Proposal};
use shipshape::forge::{
    Client, Credential, ForgeAddress, ForgeError, Options, SandboxClock, Time, Token, WriteScope,
};

use crate::rehearsal::Rehearsal;
use crate::world::World;

/// Repositories of `acme`, each with what its name says.
pub(crate) const SEED: &str = r##"
owners: { acme: { type: organization, teams: [platform] }, zoe: { type: user } }
tokens:
  - { name: robot, value: robot-token, user: robot }
  - { name: ann, value: ann-token, user: ann, role: write }
  - { name: blind, value: blind-token, user: robot, permissions: { contents: write, pull_requests: write } }
app:
  { id: 7, slug: checker, account: acme, installation: 70, permissions: { checks: write, contents: write, pull_requests: write } }
repositories:
  - { name: acme/plain, files: { README.md: "one\n", run.sh: { text: "#!/bin/sh\n", executable: true } }, renamed_from: [old], branches: { other: { x: "x\n" } } }
  - { name: zoe/plain, fork: true, files: { README.md: "one\n", run.sh: { text: "#!/bin/sh\n", executable: true } }, branches: { shipshape/fix: { x: "x\n" } } }
  - name: acme/strict
    visibility: private
    files: { README.md: "one\n" }
    checks:
      - { name: ci, seconds: 30 }
      - { name: lint, conclusion: failure, base: failure, status: true }
    settings:
      required_checks: { main: [ci] }
      required_approvals: { main: 1 }
      ruleset_checks: { main: [ci] }
      allow_auto_merge: true
      delete_branch_on_merge: true
      dismiss_stale_reviews: true
      merge_methods: [squash]
      collaborators: [ann, robot]
  - { name: acme/loose, files: { README.md: "one\n" }, checks: [{ name: slow, conclusion: never }], settings: { allow_auto_merge: true, mergeable_after: 60 } }
  - { name: acme/ruled, files: { README.md: "one\n" }, settings: { restricted_branches: ["shipshape/*"], ruleset_approvals: { main: 2 } } }
  - { name: acme/archived, files: { README.md: "one\n" }, archived: true }
  - { name: acme/disabled, files: { README.md: "one\n" }, disabled: true }
  - { name: acme/empty, empty: true }
"##;

/// The branch that is offered.
pub(crate) const BRANCH: &str = "shipshape/fix";

/// The forge with its people.
pub(crate) struct Stage {
    pub(crate) forge: Rehearsal,
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    /// The client of the robot.
    pub(crate) client: Client,
    _world: World,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let forge = Rehearsal::new(&world, SEED);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let client = runtime.block_on(client(&forge.url(), "robot-token"));
        Self { forge, runtime, http, client, _world: world }
    }

    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A client of another token.
    pub(crate) fn client_of(&self, token: &str) -> Client {
        self.wait(client(&self.forge.url(), token))
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.wait(self.client.time().sleep(Duration::from_secs(seconds)));
    }

    /// What somebody asks of the forge beside the client: the status and the answer.
    pub(crate) fn ask(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/api/v3{path}", self.forge.url());
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self
            .http
            .request(method, url)
            .header("authorization", format!("Bearer {token}"))
            .header("user-agent", "a person");
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.wait(async {
            let response = request.send().await.expect("an answer");
            let status = response.status().as_u16();
            let text = response.text().await.expect("a whole answer");
            (status, serde_json::from_str(&text).unwrap_or(Value::Null))
        })
    }

    /// Ann writes a file on a branch; the commit.
    pub(crate) fn push(&self, repository: &str, branch: &str, path: &str, text: &str) -> String {
        let at = format!("/repos/acme/{repository}/contents/{path}");
        let (_, known) = self.ask("ann-token", "GET", &format!("{at}?ref={branch}"), &Value::Null);
        let mut body = json!({
            "message": "By hand", "branch": branch, "content": BASE64_STANDARD.encode(text),
        });
        if let Some(sha) = known["sha"].as_str() {
            body["sha"] = sha.into();
        }
        let (status, made) = self.ask("ann-token", "PUT", &at, &body);
        assert!(matches!(status, 200 | 201), "{status}: {made}");
        made["commit"]["sha"].as_str().expect("a commit").to_owned()
    }

    /// Somebody reviews a pull request.
    pub(crate) fn review(&self, token: &str, repository: &str, number: u64, event: &str) -> u16 {
        let path = format!("/repos/acme/{repository}/pulls/{number}/reviews");
        let body = json!({ "event": event, "body": "Said." });
        self.ask(token, "POST", &path, &body).0
    }

    /// A token of the App that reports checks.
    pub(crate) fn app_token(&self) -> String {
        let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let now = self.client.time().now().floor();
        let claims = json!({ "iss": "7", "iat": now, "exp": now + 300.0 });
        let proof = format!("{}.{}.c2ln", part(json!({ "alg": "RS256" })), part(claims));
        let path = "/app/installations/70/access_tokens";
        let (status, made) = self.ask(&proof, "POST", path, &json!({}));
        assert_eq!(status, 201, "{made}");
        made["token"].as_str().expect("a token").to_owned()
    }

    /// How offers from a branch stand.
    pub(crate) fn offers(&self, names: &[&str], branch: &str) -> Vec<Result<Offer, ForgeError>> {
        let queries: Vec<OfferQuery> = names
            .iter()
            .map(|name| OfferQuery { repository: repository(name), branch: branch.to_owned() })
            .collect();
        self.wait(self.client.offers(&queries))
    }

    /// How the offer to one repository stands.
    pub(crate) fn offer(&self, name: &str) -> Offer {
        self.offers(&[name], BRANCH).pop().expect("one").expect("an offer")
    }

    /// Offers a change where nothing was offered; its number.
    pub(crate) fn proposed(&self, name: &str) -> u64 {
        let offer = self.offer(name);
        let proposal = proposal(&offer, "README.md", "two\n");
        let made = self.wait(self.client.propose_new(&repository(name), &offer.id, &proposal));
        made.expect("proposed").number
    }

    /// The state of a repository, as the sandbox tells it.
    pub(crate) fn state(&self, name: &str) -> Value {
        let url = format!("{}/_sandbox/state", self.forge.url());
        let text = self.wait(async {
            let answer = self.http.get(url).send().await.expect("an answer");
            answer.text().await.expect("a whole answer")
        });
        let state: Value = serde_json::from_str(&text).expect("JSON");
        state["repositories"][format!("acme/{name}")].clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        crate::sandbox::hold(&self.forge);
    }
}

async fn client(url: &str, token: &str) -> Client {
    let address = ForgeAddress::parse(url).expect("an address");
    let names = ["plain", "strict", "loose", "ruled", "archived", "disabled", "empty", "gone"];
    let time = Time::Sandbox(SandboxClock::of(&address).await.expect("a clock"));
    let credential = Credential::Token(Token::new(token).expect("a token"));
    let writes = WriteScope::none().to_all(&names.map(repository));
    Client::new(Options { writes, time, ..Options::new(address, credential) }).expect("a client")
}

pub(crate) fn repository(name: &str) -> RepositoryName {
    RepositoryName::new("acme", name)
}

/// A change of one file on top of what an offer shows.
pub(crate) fn proposal(offer: &Offer, path: &str, text: &str) -> Proposal {
    Proposal {
        branch: BRANCH.to_owned(),
        onto: "main".to_owned(),
        commit: commit(offer.head.as_deref().unwrap_or_default(), path, text),
        title: "Fix it".to_owned(),
        body: "Why.".to_owned(),
        draft: false,
        labels: Vec::new(),
    }
}

/// A commit of one file.
pub(crate) fn commit(base: &str, path: &str, text: &str) -> NewCommit {
    let content = FileContent { mode: "100644", bytes: text.as_bytes().to_vec() };
    NewCommit {
        base: base.to_owned(),
        message: "Fix it\n\nShipshape-Campaign: fix\n".to_owned(),
        changes: vec![FileChange { path: path.to_owned(), content: Some(content) }],
        keeps_modes: false,
    }
}
