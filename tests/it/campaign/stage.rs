//! A fleet on a forge, and persons who have something to say.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::rehearsal::{Asked, Rehearsal};
use crate::world::{Ran, World};

/// A fleet of small repositories with a campaign beside it.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) forge: Rehearsal,
}

/// What every repository holds, unless a test says otherwise.
pub(crate) const README: &str = "README.md: \"# Hello\\n\"";

/// The campaign of most tests: one file more.
pub(crate) const ADD_NOTE: &str = "schema: 1
name: add-note
changes:
  - add: { path: NOTE.md, content: \"noted\\n\" }
pull_request: { title: 'Add a note to {{ slug }}' }
";

/// A sound workflow, as the content in [`ADD_NOTE`].
pub(crate) const WORKFLOW: &str = "on: workflow_dispatch\\npermissions: {}\\njobs: { a: { runs-on: x, steps: [{ run: 'true' }] } }\\n";

pub(crate) const BRANCH: &str = "shipshape/add-note";

impl Stage {
    /// A fleet of these members, each a repository with a README, and the campaign [`ADD_NOTE`].
    pub(crate) fn of(slugs: &[&str]) -> Self {
        Self::with(slugs, |_| String::new())
    }

    /// The same, with more keys in the seed of each repository.
    pub(crate) fn with(slugs: &[&str], more: impl Fn(&str) -> String) -> Self {
        let files = |slug: &str| match more(slug) {
            more if more.contains("files:") => more,
            more => format!("{more}, files: {{ {README} }}"),
        };
        let repositories: String = slugs
            .iter()
            .map(|slug| {
                let more = files(slug);
                let more = more.trim_start_matches(", ");
                format!("  - {{ name: acme/t-{slug}, {more} }}\n")
            })
            .collect();
        let seed = format!(
            "schema: 1
owners: {{ acme: {{ type: organization }} }}
tokens:
  - {{ name: writer, user: robot, value: writer-token, scopes: [repo, workflow] }}
  - {{ name: ann, user: ann, value: ann-token, scopes: [repo, workflow] }}
  - {{ name: bob, user: bob, value: bob-token, scopes: [repo, workflow] }}
  - {{ name: plain, user: robot, value: plain-token, scopes: [repo] }}
  - {{ name: app, user: 'shipper[bot]', value: app-token, permissions: {{ contents: write, metadata: read, pull_requests: write, issues: write, checks: read, statuses: read }} }}
  - {{ name: some, user: robot, value: some-token, permissions: {{ contents: write, metadata: read, pull_requests: write, checks: read, statuses: read }}, repositories: [acme/t-alpha] }}
  - {{ name: reader, user: eve, value: reader-token, permissions: {{ contents: read, metadata: read, pull_requests: read, checks: read, statuses: read }} }}
repositories:
{repositories}"
        );
        let world = World::new();
        let members = slugs.join(", ");
        world.write(
            "fleet.yaml",
            format!(
                "schema: 1\nname: test\nforge: {{ owner: acme }}\n\
                 kinds: {{ t: {{ prefix: t-, shape: {{ folder: shape }}, owner: '@acme/agents' }} }}\nmembers: [{members}]\n"
            ),
        );
        world.write(
            "shape/shape.yaml",
            "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n",
        );
        world.write("shape/files/README.md", "# Hello\n");
        world.write("campaign.yaml", ADD_NOTE);
        Self { forge: Rehearsal::new(&world, &seed), world }
    }

    /// Runs `shipshape campaign …` as the robot.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn campaign(&self, arguments: &[&str]) -> Ran {
        self.forge.run(&self.world, &[&["campaign"], arguments].concat())
    }

    /// Runs the binary beside other runs; how it ended.
    pub(crate) fn forge_run_in_thread(&self, arguments: &[&str]) -> i32 {
        self.forge.run(&self.world, arguments).code
    }

    /// Plans and applies, and both end well.
    #[track_caller]
    pub(crate) fn applied(&self) -> Ran {
        self.campaign(&["plan"]).exits(0);
        self.campaign(&["apply", "campaign.plan.json", "--yes"])
    }

    /// The plan, once more.
    #[track_caller]
    pub(crate) fn plan(&self) -> Value {
        self.campaign(&["plan", "--format", "json"]).json()
    }

    /// One repository of a plan.
    #[track_caller]
    pub(crate) fn item(&self, slug: &str) -> Value {
        let plan = self.plan();
        let items = plan["items"].as_array().expect("items");
        let name = format!("acme/t-{slug}");
        items.iter().find(|item| item["repository"] == name.as_str()).cloned().unwrap_or_default()
    }

    /// State and reason of one repository, as a plan tells them.
    #[track_caller]
    pub(crate) fn stands(&self, slug: &str) -> (String, String) {
        let item = self.item(slug);
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        (text("state"), text("reason"))
    }

    /// Asks the forge as somebody; the answer must be a success.
    #[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
    #[track_caller]
    pub(crate) fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.heard(who, method, path, &body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The same, whatever the answer is: status and body.
    pub(crate) fn heard(&self, who: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/api/v3{path}");
        let text = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let asked = Asked { method, path: &path, body: text, headers: &[] };
        let heard = self.forge.ask(who, &asked);
        (heard.status, serde_json::from_slice(&heard.body).unwrap_or_default())
    }

    /// The pull requests of a repository, the oldest first.
    #[track_caller]
    pub(crate) fn pulls(&self, slug: &str) -> Vec<Value> {
        let path = format!("/repos/acme/t-{slug}/pulls?state=all&direction=asc&sort=created");
        self.ask("ann", "GET", &path, Value::Null).as_array().cloned().expect("a list")
    }

    /// The messages of a branch's commits, the newest first.
    pub(crate) fn commits(&self, slug: &str, branch: &str) -> Vec<String> {
        let path = format!("/repos/acme/t-{slug}/commits?sha={branch}");
        let commits = self.ask("ann", "GET", &path, Value::Null);
        let message = |commit: &Value| commit["commit"]["message"].as_str().map(str::to_owned);
        commits.as_array().expect("a list").iter().filter_map(message).collect()
    }

    /// Somebody writes a file on a branch.
    #[track_caller]
    pub(crate) fn push(&self, who: &str, slug: &str, branch: &str, path: &str, text: &str) {
        use base64::Engine as _;
        let there = self.heard(
            who,
            "GET",
            &format!("/repos/acme/t-{slug}/contents/{path}?ref={branch}"),
            &Value::Null,
        );
        let mut body = json!({
            "message": format!("Write {path}"),
            "content": base64::prelude::BASE64_STANDARD.encode(text),
            "branch": branch,
        });
        if there.0 == 200 {
            body["sha"] = there.1["sha"].clone();
        }
        self.ask(who, "PUT", &format!("/repos/acme/t-{slug}/contents/{path}"), body);
    }

    /// The journal of the fleet, which a run of this world has made.
    pub(crate) fn journal(&self) -> PathBuf {
        let folder = self.world.path(".local/state/shipshape");
        let entries = std::fs::read_dir(folder).expect("a folder").flatten();
        let mut files = entries.map(|entry| entry.path().join("state.db"));
        files.find(|file| file.exists()).expect("a journal")
    }

    /// How many requests changed something since the last time.
    pub(crate) fn writes(&self) -> usize {
        let count = self.forge.exchanges().iter().filter(|exchange| is_write(exchange)).count();
        self.forge.requests();
        count
    }

    /// Adds keys to the campaign.
    pub(crate) fn says_more(&self, keys: &str) {
        let text = self.world.read("campaign.yaml");
        self.world.write("campaign.yaml", format!("{text}{keys}"));
    }

    /// Ann merges the first pull request.
    #[track_caller]
    pub(crate) fn merged(&self, slug: &str) {
        let path = format!("/repos/acme/t-{slug}/pulls/1/merge");
        self.ask("ann", "PUT", &path, json!({ "merge_method": "squash" }));
    }

    /// Somebody offers a file in the fleet's home.
    pub(crate) fn offers_in_home(&self, file: &str) {
        let base = self.ask("ann", "GET", "/repos/acme/t-home/git/ref/heads/main", Value::Null);
        let made = json!({ "ref": "refs/heads/plan", "sha": base["object"]["sha"] });
        self.ask("writer", "POST", "/repos/acme/t-home/git/refs", made);
        self.push("writer", "home", "plan", file, &self.world.read(file));
        let pull = json!({ "title": "A plan", "head": "plan", "base": "main" });
        self.ask("writer", "POST", "/repos/acme/t-home/pulls", pull);
    }

    /// Somebody reviews a pull request.
    #[track_caller]
    pub(crate) fn review(&self, who: &str, slug: &str, event: &str) {
        let path = format!("/repos/acme/t-{slug}/pulls/1/reviews");
        self.ask(who, "POST", &path, json!({ "event": event, "body": "seen" }));
    }
}

/// Whether a request changes something.
pub(crate) fn is_write(exchange: &Value) -> bool {
    let path = exchange["path"].as_str().unwrap_or_default();
    if path.ends_with("/graphql") {
        let document = exchange["request"]["query"].as_str().unwrap_or_default();
        return document.trim_start().starts_with("mutation");
    }
    exchange["method"] != "GET" && exchange["method"] != "HEAD"
}
