//! What a token may not see: it is named with the permission that is lacking, of many at once, and never taken for nothing.

use serde_json::{Value, json};

use crate::rehearsal::{Asked, Rehearsal};
use crate::world::{Ran, World};

const SLUGS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

const CAMPAIGN: &str = "schema: 1
name: add-note
changes:
  - add: { path: NOTE.md, content: \"noted\\n\" }
pull_request: { title: Add a note }
checks: [ci]
";

/// Seven private members, each with a check that is green; and a token that lacks something.
struct Fleet {
    world: World,
    forge: Rehearsal,
}

impl Fleet {
    fn with(permissions: &str) -> Self {
        let world = World::new();
        let member = |slug: &str| {
            format!(
                "- {{ name: acme/t-{slug}, visibility: private, files: {{ README.md: hello, \
                 .github/workflows/ci.yml: \"name: ci\\non: push\\njobs: {{}}\\n\" }}, checks: [{{ name: ci }}] }}\n"
            )
        };
        let seed = format!(
            "owners: {{ acme: {{ type: organization }} }}\ntokens:\n\
             - {{ name: writer, user: robot, value: writer-token, scopes: [repo, workflow] }}\n\
             - {{ name: ann, user: ann, value: ann-token, scopes: [repo, workflow] }}\n\
             - {{ name: lacking, user: robot, permissions: {{ {permissions} }}, repositories: ['acme/*'] }}\n\
             - {{ name: partial, user: robot, permissions: {{ {permissions} }}, repositories: [acme/t-a] }}\n\
             repositories:\n{}",
            SLUGS.map(member).concat()
        );
        world.write(
            "fleet.yaml",
            format!(
                "schema: 1\nname: test\nforge: {{ owner: acme }}\n\
                 kinds: {{ t: {{ prefix: t-, shape: {{ folder: shape }} }} }}\nmembers: [{}]\n",
                SLUGS.join(", ")
            ),
        );
        let shape = "schema: 1\nname: small\npaths:\n  - { path: README.md, policy: seeded }\n";
        world.write("shape/shape.yaml", shape);
        world.write("shape/files/README.md", "# Hello\n");
        world.write("campaign.yaml", CAMPAIGN);
        Self { forge: Rehearsal::new(&world, &seed), world }
    }

    #[must_use = "say how it has to end"]
    fn run(&self, token: &str, words: &str) -> Ran {
        let arguments: Vec<&str> = words.split(' ').collect();
        self.forge.run_as(&self.world, token, &arguments)
    }

    /// Everything is offered, and ann has approved all of it.
    fn approved(self) -> Self {
        self.run("writer", "campaign apply --yes").exits(0);
        for slug in SLUGS {
            let review = json!({ "event": "APPROVE" });
            self.ask("POST", &format!("/repos/acme/t-{slug}/pulls/1/reviews"), &review);
        }
        self
    }

    fn ask(&self, method: &str, path: &str, body: &Value) {
        let path = format!("/api/v3{path}");
        let body = body.to_string().into_bytes();
        let heard = self.forge.ask("ann", &Asked { method, path: &path, body, headers: &[] });
        assert!((200..300).contains(&heard.status), "{method} {path}: {}", heard.said());
    }
}

const NO_CHECKS: &str = "contents: write, pull_requests: write, workflows: write";

const NEEDS_CHECKS: &str = "Resource not accessible by personal access token: the token needs `checks: read` and `statuses: read`; `checks` is not available for a person's fine-grained token";

const NEEDS_PULLS: &str =
    "Resource not accessible by personal access token: the token needs `pull_requests: read`";

const NEEDS_CONTENTS: &str =
    "Resource not accessible by personal access token: the token needs `contents: read`";

const NEEDS_ACTIONS: &str =
    "Resource not accessible by personal access token: the token needs `actions: read`";

#[test]
fn a_check_that_may_not_be_seen_is_not_said_not_to_have_run() {
    let fleet = Fleet::with(NO_CHECKS).approved();
    let merged = fleet.run("lacking", "campaign merge").exits(3);
    let said = format!("7 pull requests  not merged: its checks cannot be read: {NEEDS_CHECKS}: ");
    assert!(merged.stdout.contains(&said), "{}", merged.stdout);
    assert!(!merged.stdout.contains("has not run"), "{}", merged.stdout);
    let next =
        "Next:\n  # 7 that cannot be read\n  shipshape doctor --permissions campaign merge\n";
    assert!(merged.stderr.contains(next), "{}", merged.stderr);
    let status = fleet.run("lacking", "campaign status").exits(3);
    assert!(status.stdout.contains(&format!("checks of pull requests: {NEEDS_CHECKS}")));
    let next =
        "Next:\n  # 7 that cannot be read\n  shipshape doctor --permissions campaign status\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    assert!(!status.stderr.contains("--watch"), "{}", status.stderr);
    // What it would wait for never comes.
    fleet.run("lacking", "campaign status --watch --every 1").exits(3);
    fleet.run("lacking", "campaign apply --watch --every 1 --yes").exits(3);
    // Nothing but the permission is in the way.
    fleet.run("writer", "campaign merge").exits(0);
}

#[test]
fn nothing_is_planned_for_what_cannot_be_read_and_that_is_said() {
    let fleet = Fleet::with("contents: read").approved();
    let unread = "7 repositories could not be read: nothing is planned for them.\n";
    let why =
        format!("7 repositories                   failed      cannot be read: {NEEDS_PULLS}: ");
    for words in ["campaign plan -o p.json", "campaign revert --yes"] {
        let ran = fleet.run("lacking", words).exits(3);
        assert!(ran.stdout.contains(unread), "{}", ran.stdout);
        assert!(ran.stdout.contains(&why), "{}", ran.stdout);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains("There is nothing to change"), "{all}");
        assert!(!all.contains("There is nothing to do"), "{all}");
    }
    let reverted = fleet.run("lacking", "campaign revert --yes").exits(3);
    let nothing = "Nothing to do was found, but 7 repositories could not be read.";
    assert!(reverted.stderr.contains(nothing), "{}", reverted.stderr);
    let status = fleet.run("lacking", "campaign status").exits(3);
    let next =
        "Next:\n  # 7 that cannot be read\n  shipshape doctor --permissions campaign status\n";
    assert!(status.stderr.contains(next), "{}", status.stderr);
    let merged = fleet.run("lacking", "campaign merge").exits(3);
    let row = format!("7 repositories  cannot be read: {NEEDS_PULLS}: acme/t-a, ");
    assert!(merged.stdout.contains(&row), "{}", merged.stdout);
}

#[test]
fn members_that_can_be_read_are_planned_beside_those_that_cannot() {
    let fleet = Fleet::with("contents: read, pull_requests: read, checks: read, statuses: read");
    fleet.world.replace("fleet.yaml", "members: [a", "members: [nowhere, a");
    let planned = fleet.run("lacking", "campaign plan").exits(3);
    let unread = "7 pull requests: 7 of variant A\n\
                  1 repository could not be read: nothing is planned for it.\n";
    assert!(planned.stdout.contains(unread), "{}", planned.stdout);
    assert!(
        planned.stderr.contains(
            "  # with another token: yours may not push to any of these repositories (`contents: write`)\n  \
             shipshape campaign apply campaign.plan.json\n"
        ),
        "{}",
        planned.stderr
    );
    fleet.world.replace(
        "campaign.yaml",
        "path: NOTE.md, content: \"noted\\n\"",
        "path: README.md, content: hello",
    );
    let planned = fleet.run("lacking", "campaign plan").exits(3);
    let unread = "There is nothing to change in the repositories that could be read.\n\
                  1 repository could not be read: nothing is planned for it.\n";
    assert!(planned.stdout.contains(unread), "{}", planned.stdout);
}

#[test]
fn no_run_is_said_to_have_failed_or_not_that_could_not_be_read() {
    let fleet = Fleet::with("contents: read, pull_requests: read");
    let ran = fleet.run("lacking", "fleet status --rerun-failed --no-images").exits(3);
    let why = "7 members (t-a, t-b, t-c and 4 more): not read: workflow runs: \
               Resource not accessible by personal access token: the token needs `actions: read`\n";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("no workflow run could be read: nothing is re-run"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("no latest run of a workflow failed"), "{}", ran.stderr);
    let fleet = Fleet::with("metadata: read");
    let ran = fleet.run("lacking", "fleet status --no-images").exits(3);
    for why in [
        format!("cannot be read: {NEEDS_CONTENTS}\n"),
        format!("not read: open pull requests: {NEEDS_CONTENTS}\n"),
        format!("not read: workflow runs: {NEEDS_ACTIONS}\n"),
    ] {
        let line = format!("7 members (t-a, t-b, t-c and 4 more): {why}");
        assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    }
    // Every permission that lacks is named at once.
    let fleet = Fleet::with("contents: read");
    let ran = fleet.run("lacking", "fleet status --no-images").exits(3);
    for why in [
        format!("not read: open pull requests: {NEEDS_PULLS}\n"),
        format!("not read: workflow runs: {NEEDS_ACTIONS}\n"),
    ] {
        let line = format!("7 members (t-a, t-b, t-c and 4 more): {why}");
        assert!(ran.stderr.contains(&line), "{}", ran.stderr);
    }
    let next = "Next:\n  shipshape doctor --permissions fleet status\n";
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
    // Runs are shown where only pull requests may not be read.
    let fleet = Fleet::with("contents: read, actions: read");
    let ran = fleet.run("lacking", "fleet status --no-images").exits(3);
    assert!(!ran.stderr.contains("workflow runs"), "{}", ran.stderr);
}

#[test]
fn repositories_that_a_token_does_not_include_are_named_together_and_doctor_is_proposed() {
    let fleet = Fleet::with("contents: read, pull_requests: read, actions: read, checks: read");
    let hidden = "cannot be read: it is not there, or the token may not see it";
    let drift = fleet.run("partial", "drift").exits(3).stdout;
    assert_eq!(drift.matches(hidden).count(), 1, "{drift}");
    assert!(drift.contains("and 5 more repositories with the same findings"), "{drift}");
    assert!(drift.contains("Next:\n  shipshape doctor\n"), "{drift}");
    let one = fleet.run("partial", "validate --repository c").exits(3).stdout;
    assert!(one.contains(hidden) && one.contains("Next:\n  shipshape doctor\n"), "{one}");
    let status = fleet.run("partial", "fleet status --no-images").exits(3);
    let line = format!("6 members (t-b, t-c, t-d and 3 more): {hidden}\n");
    assert!(status.stderr.contains(&line), "{}", status.stderr);
    assert_eq!(status.stderr.matches("cannot be read").count(), 1, "{}", status.stderr);
    assert!(status.stdout.contains("  shipshape doctor\n"), "{}", status.stdout);
    for said in [drift, one, status.stderr] {
        assert!(!said.contains("Could not resolve"), "{said}");
    }
}

#[test]
fn trees_that_may_not_be_read_name_the_permission_once() {
    let fleet = Fleet::with("metadata: read");
    let ran = fleet.run("lacking", "drift").exits(3);
    assert_eq!(ran.stdout.matches(NEEDS_CONTENTS).count(), 1, "{}", ran.stdout);
    let ran = fleet.run("lacking", "validate --repository a").exits(3);
    assert!(ran.stdout.contains(NEEDS_CONTENTS), "{}", ran.stdout);
}

#[test]
fn a_plan_given_for_its_campaign_says_which_that_is() {
    let fleet = Fleet::with("contents: read");
    fleet.run("writer", "campaign plan -o made.json").exits(0);
    for words in ["campaign status", "campaign plan", "campaign merge", "campaign close --yes"] {
        let ran = fleet.run("writer", &format!("{words} made.json")).exits(2);
        assert!(ran.stderr.contains("error: this is a plan, not a campaign\n"), "{}", ran.stderr);
        let hint = "its campaign is campaign.yaml: name that file instead";
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        assert!(!ran.stderr.contains("unknown key"), "{}", ran.stderr);
    }
}

#[test]
fn a_proxy_that_does_not_answer_is_not_taken_for_the_server() {
    let world = World::new();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: test\nforge: { owner: acme }\n\
         kinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [a]\n\
         runtime_package: { distribution: acme-runtime, import: acme_runtime }\n",
    );
    world.write("shape/shape.yaml", "schema: 1\nname: small\npaths: []\n");
    let proxy = ("HTTPS_PROXY", "http://127.0.0.1:9");
    let run = |words: &str, more: &[(&str, &str)]| {
        let arguments: Vec<&str> = words.split(' ').collect();
        world.run_in(&world.path(""), &arguments, &[&[proxy], more].concat())
    };
    let forge = ("SHIPSHAPE_FORGE", "https://forge.example");
    let ran = run("drift", &[forge]).exits(3);
    let hint =
        "https://forge.example is reached through the proxy in HTTPS_PROXY: does the proxy answer?";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let ran = run("doctor", &[forge]).exits(3);
    assert!(ran.stdout.contains(hint), "{}", ran.stdout);
    world.write("t-a/README.md", "# Hello\n");
    let index = "package compat 1.0 --local t-a --index-url https://index.example/simple/";
    let ran = run(index, &[]).exits(3);
    let why = "the request goes through the proxy in HTTPS_PROXY";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}
