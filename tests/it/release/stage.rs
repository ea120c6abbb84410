//! A runtime with its history, a fleet that runs on it, and an index that has some versions.

use serde_json::{Value, json};

use crate::pin::shelf::Shelf;
use crate::rehearsal::{Asked, Rehearsal};
use crate::world::{Ran, World};

/// The label that images say the version by.
pub(crate) const LABEL: &str = "org.acme.runtime";

const WORKFLOW: &str = "name: publish-image\\nrun-name: 'runtime ${{ github.event.client_payload.runtime_version }} (${{ github.event.client_payload.release_id }})'\\n\
    on:\\n  repository_dispatch:\\n    types: [runtime-published]\\njobs: {}\\n";

const SHAPE: &str = "\
schema: 1
name: small
paths:
  - { path: README.md, policy: seeded }
  - { path: Dockerfile, policy: facts, optional: true }
  - { path: requirements.txt, policy: contract, optional: true }
  - { path: .github/workflows/publish-image.yml, policy: contract, optional: true }
extras: ['**']
demands:
  requirements:
    - { path: requirements.txt, distribution: acme-runtime }
  python:
    package: acme_runtime
  workflows:
    folders: [.github/workflows]
    receivers:
      - path: .github/workflows/publish-image.yml
        event: repository_dispatch
        type: runtime-published
        forwards: { payload: runtime_version, input: runtime_version }
";

/// Who may do what on the forges of releases.
pub(crate) const TOKENS: &str = "  - { name: writer, user: robot, value: writer-token, scopes: [repo, workflow] }
  - { name: ann, user: ann, value: ann-token, scopes: [repo, workflow] }
  - { name: dispatcher, user: robot, value: dispatcher-token, permissions: { contents: write, actions: read }, repositories: ['acme/*'] }
";

/// One member as a test wants it.
pub(crate) struct Member {
    pub(crate) slug: &'static str,
    /// What its adapter imports.
    pub(crate) adapter: &'static str,
    /// More keys of its seed.
    pub(crate) seed: &'static str,
    /// The version that its image says to contain.
    pub(crate) contains: &'static str,
}

pub(crate) const ALPHA: Member = Member {
    slug: "alpha",
    adapter: "from acme_runtime.plugins import load\\n",
    seed: "",
    contains: "0.1.6",
};

/// A release's forge, index and registry.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) forge: Rehearsal,
}

/// A wheel on the index, and why it was withdrawn.
pub(crate) type Shelved = (&'static str, Option<&'static str>);

impl Stage {
    /// A fleet of alpha alone, and an index with 0.1.4 and 0.1.5; 0.1.5 has a tag, and is not the newest commit.
    pub(crate) fn new() -> Self {
        let stage = Self::with(&[ALPHA], &[("0.1.4", None), ("0.1.5", None)], "");
        let head = stage.head();
        stage.tag_by_hand("runtime-v0.1.5", &head);
        stage
    }

    /// These members, versions and more lines of fleet.yaml.
    pub(crate) fn with(members: &[Member], versions: &[Shelved], more: &str) -> Self {
        Self::made(members, versions, more, ["contents: read"; 2])
    }

    /// The fleet of [`Stage::new`], private, and two tokens of these permissions beside those that may do more: the usual
    /// one, and the one that notifies.
    pub(crate) fn private(permitted: [&str; 2]) -> Self {
        Self::private_with(permitted, &[("0.1.5", None)])
    }

    /// The same with other versions on the index.
    pub(crate) fn private_with(permitted: [&str; 2], versions: &[Shelved]) -> Self {
        let alpha = Member { seed: ", visibility: private", contains: "0.1.5", ..ALPHA };
        let stage = Self::made(&[alpha], versions, "", permitted);
        let head = stage.head();
        stage.tag_by_hand("runtime-v0.1.5", &head);
        stage
    }

    fn made(members: &[Member], versions: &[Shelved], more: &str, permitted: [&str; 2]) -> Self {
        let [usual, notifying] = permitted;
        let world = World::new();
        let mut shelf = Shelf::default();
        for (version, withdrawn) in versions {
            let files = [
                ("acme_runtime/__init__.py", ""),
                ("acme_runtime/plugins.py", "def load(): ...\n"),
            ];
            let wheel = world.wheel("index", ("acme_runtime", version), &[], &files);
            shelf.wheel(&world.path(&wheel), *withdrawn);
        }
        for member in members.iter().filter(|member| !member.contains.is_empty()) {
            let labels = [(LABEL, member.contains)];
            shelf.labelled(&format!("acme/t-{}", member.slug), "latest", &labels);
        }
        let host = shelf.serve();
        let repositories: String = members
            .iter()
            .map(|Member { slug, adapter, seed, .. }| {
                let seed = if seed.contains("runs:") {
                    (*seed).to_owned()
                } else {
                    format!(
                        "runs: [{{ workflow: publish-image.yml, on: repository_dispatch, seconds: 90 }}]{seed}"
                    )
                };
                format!(
                    "  - {{ name: acme/t-{slug}, files: {{ README.md: x, adapter.py: \"{adapter}\", \
                     requirements.txt: \"acme-runtime>=0.1.0\\n\", .github/workflows/publish-image.yml: \"{WORKFLOW}\" }}, {seed} }}\n"
                )
            })
            .collect();
        let shape = Value::from(format!(
            "{SHAPE}  dockerfiles:\n    - path: Dockerfile\n      cache_key: {{ arg: VERSION }}\n\
             \x20     labels: [{{ name: {LABEL}, from_arg: VERSION }}]\n"
        ));
        let seed = format!(
            "schema: 1
owners: {{ acme: {{ type: organization }} }}
tokens:
{TOKENS}  - {{ name: narrow, user: robot, value: narrow-token, permissions: {{ contents: write, actions: read }}, repositories: [acme/core, acme/t-old, acme/t-shut, acme/t-now, acme/t-before, acme/t-alpha] }}
  - {{ name: platform, user: robot, value: platform-token, permissions: {{ contents: write, pull_requests: read }}, repositories: [acme/core] }}
  - {{ name: members, user: robot, value: members-token, permissions: {{ contents: write, actions: read }}, repositories: ['acme/t-*'] }}
  - {{ name: looks, user: robot, value: looks-token, permissions: {{ contents: read, actions: read }}, repositories: ['acme/*'] }}
  - {{ name: exact, user: robot, value: exact-token, permissions: {{ {usual} }}, repositories: ['acme/*'] }}
  - {{ name: exact-dispatch, user: robot, value: exact-dispatch-token, permissions: {{ {notifying} }}, repositories: ['acme/*'] }}
  - {{ name: unlabelled, user: robot, value: unlabelled-token, permissions: {{ contents: write }}, repositories: ['acme/*'] }}
repositories:
  - name: acme/core
    visibility: private
    labels: [{{ name: 'release:minor' }}, {{ name: 'release:major' }}]
    files: {{ README.md: core, workspace/__init__.py: '', workspace/plugins.py: \"def load(): ...\\n\" }}
  - name: acme/shapes
    visibility: private
    files: {{ pack/shape.yaml: {shape}, pack/files/README.md: x }}
{repositories}"
        );
        let slugs: Vec<&str> = members.iter().map(|member| member.slug).collect();
        world.write(
            "fleet.yaml",
            format!(
                "schema: 1\nname: test\nforge: {{ owner: acme }}\n\
                 kinds: {{ t: {{ prefix: t-, shape: {{ folder: shape }} }} }}\nmembers: [{}]\n\
                 images: {{ registry: '{host}', name: '{host}/acme/t-{{slug}}', version_label: {LABEL} }}\n\
                 runtime_package:\n  distribution: acme-runtime\n  import: acme_runtime\n\
                 \x20 source: {{ repository: core, path: workspace }}\n\
                 \x20 index: {{ simple: 'http://{host}/simple/' }}\n{more}",
                slugs.join(", ")
            ),
        );
        world.write("shape/shape.yaml", SHAPE);
        world.write("shape/files/README.md", "x");
        Self { forge: Rehearsal::new(&world, &seed), world }
    }

    /// Runs `shipshape release …` as the robot, who may tell members too.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn release(&self, arguments: &[&str]) -> Ran {
        self.release_with(arguments, &[])
    }

    /// The same, with more variables.
    #[must_use = "say how it has to end: `.exits(0)`, or `.ends()` where any end will do"]
    pub(crate) fn release_with(&self, arguments: &[&str], more: &[(&str, &str)]) -> Ran {
        let mut variables = vec![("TEMPLATE_DISPATCH_TOKEN", "dispatcher-token")];
        variables.extend(more);
        self.forge.run_with(&self.world, &[&["release"], arguments].concat(), &variables)
    }

    /// Asks the forge as somebody; the answer must be a success.
    #[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
    #[track_caller]
    pub(crate) fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> Value {
        let path = format!("/api/v3{path}");
        let text = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let heard = self.forge.ask(who, &Asked { method, path: &path, body: text, headers: &[] });
        let answer: Value = serde_json::from_slice(&heard.body).unwrap_or_default();
        assert!((200..300).contains(&heard.status), "{method} {path}: {} {answer}", heard.status);
        answer
    }

    /// The head of the source's branch.
    pub(crate) fn head(&self) -> String {
        let answer = self.ask("ann", "GET", "/repos/acme/core/git/ref/heads/main", Value::Null);
        answer["object"]["sha"].as_str().expect("a commit").to_owned()
    }

    /// Somebody writes a file on the branch that is released from; the commit.
    #[track_caller]
    pub(crate) fn push(&self, path: &str, text: &str, message: &str) -> String {
        self.write_on("main", path, text, message)
    }

    pub(crate) fn write_on(&self, branch: &str, path: &str, text: &str, message: &str) -> String {
        use base64::Engine as _;
        let content = base64::prelude::BASE64_STANDARD.encode(text);
        let body = json!({ "message": message, "content": content, "branch": branch });
        let path = format!("/repos/acme/core/contents/{path}");
        let answer = self.ask("ann", "PUT", &path, body);
        answer["commit"]["sha"].as_str().expect("a commit").to_owned()
    }

    /// Somebody's change is merged by a pull request with these labels; the commit.
    #[track_caller]
    pub(crate) fn merge(&self, path: &str, text: &str, labels: &[&str]) -> String {
        let branch = format!("change-{}", path.replace(['/', '.'], "-"));
        let at = json!({ "ref": format!("refs/heads/{branch}"), "sha": self.head() });
        self.ask("ann", "POST", "/repos/acme/core/git/refs", at);
        self.write_on(&branch, path, text, &format!("Change {path}"));
        let body = json!({ "title": format!("Change {path}"), "head": branch, "base": "main" });
        let pull = self.ask("ann", "POST", "/repos/acme/core/pulls", body);
        let number = &pull["number"];
        if !labels.is_empty() {
            let at = format!("/repos/acme/core/issues/{number}/labels");
            self.ask("ann", "POST", &at, json!({ "labels": labels }));
        }
        let at = format!("/repos/acme/core/pulls/{number}/merge");
        let merged = self.ask("ann", "PUT", &at, json!({ "merge_method": "squash" }));
        merged["sha"].as_str().expect("a commit").to_owned()
    }

    /// Somebody makes a plain tag.
    pub(crate) fn tag_by_hand(&self, tag: &str, commit: &str) {
        let body = json!({ "ref": format!("refs/tags/{tag}"), "sha": commit });
        self.ask("ann", "POST", "/repos/acme/core/git/refs", body);
    }

    /// The names of the source's tags, in order.
    pub(crate) fn tags(&self) -> Vec<String> {
        let path = "/repos/acme/core/git/matching-refs/tags/";
        let found = self.ask("ann", "GET", path, Value::Null);
        let name = |it: &Value| it["ref"].as_str().expect("a name").replace("refs/tags/", "");
        found.as_array().expect("a list").iter().map(name).collect()
    }

    /// How many requests changed something since the last time.
    pub(crate) fn writes(&self) -> usize {
        let is_write = crate::campaign::stage::is_write;
        let count = self.forge.exchanges().iter().filter(|exchange| is_write(exchange)).count();
        self.forge.requests();
        count
    }

    /// How often each member was told since the sandbox began.
    #[track_caller]
    pub(crate) fn runs(&self, slug: &str) -> Vec<Value> {
        let path = format!("/repos/acme/t-{slug}/actions/runs?event=repository_dispatch");
        let found = self.ask("ann", "GET", &path, Value::Null);
        found["workflow_runs"].as_array().expect("a list").clone()
    }
}

/// Requests at which a run is killed: every one when `SHIPSHAPE_EVERY_REQUEST` is set, else one of three.
pub(crate) fn sample(requests: usize) -> impl Iterator<Item = usize> {
    let every = std::env::var_os("SHIPSHAPE_EVERY_REQUEST").is_some();
    (1..=requests).rev().step_by(if every { 1 } else { 3 })
}
