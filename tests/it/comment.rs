//! One comment on a pull request, kept up to date: as a job of GitHub Actions has it written, on the sandbox forge.

use serde_json::{Value, json};

use crate::forge_schema::Description;
use crate::rehearsal::{Asked, Rehearsal};
use crate::world::{Ran, World};

const SHAPE: &str = "schema: 1
name: small
paths:
  - { path: README.md, policy: exact }
  - { path: LICENSE, policy: seeded }
";

/// A repository with a pull request, the token of a job, one that only reads, and those of two people.
const SEED: &str = "owners: { acme: {} }
tokens:
  - { name: job, user: 'github-actions[bot]', role: write, permissions: { contents: read, pull_requests: write } }
  - { name: fork, user: 'github-actions[bot]', role: read, permissions: { contents: read, pull_requests: read } }
  - { name: ann, user: ann, role: write, scopes: [repo] }
repositories:
  - name: acme/t-alpha
    files: { README.md: hello }
    branches: { fix: { README.md: better } }
    pulls: [{ title: Better, head: fix }]
limits: { content_per_minute: 10000, content_per_hour: 10000, rest_points: 100000 }
";

const MARK: &str = "<!-- shipshape: validate: ";

/// The rest of the mark of a comment that is open, about the shape `small`.
const OPEN: &str = "open: 030257fa1a74 -->";

/// A job that is about a pull request.
struct Job {
    world: World,
    forge: Rehearsal,
    /// How many exchanges were looked at.
    seen: std::cell::Cell<usize>,
}

impl Job {
    fn new() -> Self {
        let world = World::new();
        world.write("shape/shape.yaml", SHAPE).write("shape/files/README.md", "hello\n");
        world.write("shape/files/LICENSE", "MIT\n").write("t-alpha/LICENSE", "MIT\n");
        world.write("t-alpha/README.md", "hello\n");
        let head = "c0ffee0000000000000000000000000000000000";
        let event = json!({ "action": "synchronize", "pull_request": { "number": 1, "head": { "sha": head } } });
        world.write("event.json", event.to_string());
        let forge = Rehearsal::new(&world, SEED);
        Self { world, forge, seen: std::cell::Cell::default() }
    }

    /// With a file that is not as it should be.
    fn drifted() -> Self {
        let job = Self::new();
        job.world.write("t-alpha/README.md", "another\n");
        job
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], more: &[(&str, &str)]) -> Ran {
        let base = ["validate", "--shape", "shape", "t-alpha"];
        let event = self.world.path("event.json").to_string_lossy().into_owned();
        let url = self.forge.url();
        let mut variables = vec![
            // The runner says where its server is; nothing else does.
            ("SHIPSHAPE_FORGE", ""),
            ("GITHUB_SERVER_URL", url.as_str()),
            ("GITHUB_REPOSITORY", "acme/t-alpha"),
            ("GITHUB_EVENT_PATH", event.as_str()),
            ("GITHUB_RUN_ID", "42"),
        ];
        variables.extend(more);
        self.forge.run_with(&self.world, &[&base, arguments].concat(), &variables)
    }

    /// Who said what on the pull request.
    fn comments(&self) -> Vec<(String, String)> {
        let state = self.forge.state();
        let comments = &state["repositories"]["acme/t-alpha"]["pulls"][0]["comments"];
        let comments = comments.as_array().unwrap_or_else(|| panic!("no comments in {state:#}"));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        comments.iter().map(|it| (text(&it[0]), text(&it[1]))).collect()
    }

    /// The one comment that there is, which must be the job's.
    fn comment(&self) -> String {
        let comments = self.comments();
        assert_eq!(comments.len(), 1, "{comments:#?}");
        assert_eq!(comments[0].0, "github-actions[bot]");
        comments[0].1.clone()
    }

    fn say(&self, token: &str, text: &str) {
        let heard = self.forge.ask(
            token,
            &Asked {
                method: "POST",
                path: "/api/v3/repos/acme/t-alpha/issues/1/comments",
                body: json!({ "body": text }).to_string().into_bytes(),
                ..Asked::default()
            },
        );
        assert_eq!(heard.status, 201, "{}", heard.said());
    }

    /// The writes that were sent since the last time.
    fn writes(&self) -> Vec<String> {
        let log = self.forge.exchanges();
        let new = log.iter().skip(self.seen.replace(log.len()));
        let written = new.filter(|entry| {
            entry["method"] != "GET"
                && !entry["path"].as_str().unwrap_or_default().ends_with("graphql")
        });
        written
            .map(|entry| format!("{} {}", entry["method"], entry["status"]).replace('"', ""))
            .collect()
    }
}

#[test]
fn it_is_begun_kept_up_to_date_and_resolved() {
    let job = Job::new();
    job.run(&["--comment"]).exits(0);
    assert_eq!((job.writes(), job.comments().len()), (Vec::new(), 0), "nothing was ever wrong");
    job.world.write("t-alpha/README.md", "another\n");
    let ran = job.run(&["--comment"]).exits(1);
    assert!(ran.stderr.contains("commented on acme/t-alpha#1"), "{}", ran.stderr);
    let first = job.comment();
    assert!(first.starts_with(&format!("{MARK}{OPEN}\n## shipshape validate\n")), "{first}");
    assert!(first.contains("<code>README.md</code>"), "{first}");
    assert!(first.contains("<code>c0ffee000000</code>"), "{first}");
    let run = format!("{}/acme/t-alpha/actions/runs/42\"", job.forge.url());
    assert!(first.contains(&run), "{first}");
    // Of the paths, only that of the repository can be known in a clone.
    assert!(
        first.contains("<code>shipshape fix --diff --unsafe-fixes . --shape shape</code>"),
        "{first}"
    );
    let own = "These commands have paths of the job. In a clone, use your own path after <code>--shape</code>.";
    assert!(first.contains(own), "{first}");
    let summary = job.run(&["--format", "markdown"]).exits(1).stdout;
    assert!(!summary.contains("paths of the job"), "{summary}");
    assert!(
        summary.contains("<code>shipshape fix --diff --unsafe-fixes t-alpha --shape shape</code>"),
        "{summary}"
    );
    // Another finding is told in the same place.
    std::fs::remove_file(job.world.path("t-alpha/LICENSE")).expect("removed");
    let ran = job.run(&["--comment"]).exits(1);
    assert!(ran.stderr.contains("updated the comment on acme/t-alpha#1"), "{}", ran.stderr);
    assert!(job.comment().contains("<code>LICENSE</code>"));
    job.world.write("t-alpha/README.md", "hello\n").write("t-alpha/LICENSE", "MIT\n");
    let ran = job.run(&["--comment"]).exits(0);
    assert!(ran.stderr.contains("resolved the comment on acme/t-alpha#1"), "{}", ran.stderr);
    let resolved = job.comment();
    assert!(resolved.starts_with(&format!("{MARK}resolved: 030257fa1a74 -->\n")), "{resolved}");
    assert!(resolved.contains("**Resolved**") && !resolved.contains("README"), "{resolved}");
    // Once is enough.
    job.writes();
    job.run(&["--comment"]).exits(0);
    assert_eq!(job.writes(), Vec::<String>::new());
    job.world.write("t-alpha/README.md", "another\n");
    job.run(&["--comment"]).exits(1);
    assert!(job.comment().starts_with(&format!("{MARK}{OPEN}\n")));
    assert_eq!(job.writes(), ["PATCH 200"]);
    let mut description = Description::new();
    let mut examined = 0;
    for exchange in job.forge.exchanges() {
        if exchange["route"] != "POST /graphql" {
            examined += usize::from(description.examine(&exchange));
        }
    }
    assert!(examined > 0 && description.differences.is_empty(), "{:?}", description.differences);
}

#[test]
fn it_is_found_among_pages_of_others_by_its_mark_and_its_author() {
    let job = Job::drifted();
    for number in 0..130 {
        job.say("ann", &format!("Comment {number}."));
    }
    // Anybody can copy the mark.
    job.say("ann", &format!("{MARK}{OPEN}\nMine."));
    job.run(&["--comment"]).exits(1);
    for number in 0..90 {
        job.say("ann", &format!("Afterwards {number}."));
    }
    std::fs::remove_file(job.world.path("t-alpha/LICENSE")).expect("removed");
    job.run(&["--comment"]).exits(1);
    let comments = job.comments();
    assert_eq!(comments.len(), 222);
    let marked: Vec<_> = comments.iter().filter(|(_, text)| text.starts_with(MARK)).collect();
    assert_eq!(marked.len(), 2);
    assert_eq!(marked[0], &("ann".to_owned(), format!("{MARK}{OPEN}\nMine.")));
    assert!(marked[1].1.contains("<code>LICENSE</code>"), "{}", marked[1].1);
}

#[test]
fn two_that_were_begun_at_once_become_one() {
    let job = Job::drifted();
    job.say("job", &format!("{MARK}{OPEN}\nOne."));
    job.say("ann", "In between.");
    job.say("job", &format!("{MARK}{OPEN}\nOther."));
    job.run(&["--comment"]).exits(1);
    let comments = job.comments();
    assert_eq!(comments.len(), 2, "{comments:#?}");
    assert!(comments[0].1.contains("<code>README.md</code>"), "the first stays");
    assert_eq!(comments[1].1, "In between.");
}

/// A run that dies between looking and saying, or after it said it: the next one leaves one comment.
#[test]
fn whenever_a_run_dies_the_next_leaves_one_comment() {
    for fault in
        ["bad-gateway-before", "bad-gateway-after", "reset-before", "reset-after", "truncated-body"]
    {
        let job = Job::drifted();
        let route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
        // It is asked so often that the run gives up: as good as dead.
        job.forge.fail(&json!([{ "route": route, "kind": fault, "times": 20 }]));
        job.run(&["--comment"]);
        assert!(job.comments().len() <= 1, "{fault}: {:#?}", job.comments());
        job.forge.fail(&json!([]));
        job.run(&["--comment"]).exits(1);
        let said = job.comment();
        assert!(said.starts_with(&format!("{MARK}{OPEN}\n")), "{fault}: {said}");
    }
}

#[test]
fn a_token_that_only_reads_is_told_and_makes_nothing_red() {
    let fork = [("GH_ENTERPRISE_TOKEN", "sandbox-fork")];
    let job = Job::drifted();
    let ran = job.run_with(&["--comment"], &fork).exits(1);
    assert!(ran.stdout.contains("README.md"), "{}", ran.stdout);
    assert!(ran.stderr.contains("no comment on acme/t-alpha#1"), "{}", ran.stderr);
    // What was asked for and did not happen is said, however quiet it is to be.
    let ran = job.run_with(&["--comment", "-q"], &fork).exits(1);
    assert!(ran.stderr.contains("no comment on acme/t-alpha#1"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Resource not accessible by integration"), "{}", ran.stderr);
    assert!(ran.stderr.contains("pull-requests: write"), "{}", ran.stderr);
    assert_eq!(job.comments(), []);
    // Nothing is red that was not.
    let job = Job::new();
    job.say("job", &format!("{MARK}{OPEN}\nOne."));
    job.run_with(&["--comment"], &fork).exits(0);
    job.writes();
    let ran = job.run(&["--comment", "--read-only"]).exits(0);
    assert!(ran.stderr.contains("would comment on acme/t-alpha#1"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("permissions"), "{}", ran.stderr);
    assert_eq!(job.writes(), Vec::<String>::new());
}

#[test]
fn without_a_token_or_a_pull_request_it_is_said_what_is_missing() {
    let job = Job::drifted();
    let ran = job.run_with(&["--comment"], &[("GH_ENTERPRISE_TOKEN", "")]).exits(2);
    assert!(ran.stderr.contains("needs a token, and none was found"), "{}", ran.stderr);
    // The variable that counts for a server that is not github.com.
    assert!(ran.stderr.contains("GITHUB_ENTERPRISE_TOKEN: "), "{}", ran.stderr);
    let ran = job.run_with(&["--comment"], &[("GITHUB_EVENT_PATH", "")]).exits(2);
    assert!(ran.stderr.contains("--comment=acme/hermes#7"), "{}", ran.stderr);
    for wrong in [
        "--comment=t-alpha",
        "--comment=acme/t-alpha#0",
        "--comment=a/b/c#1",
        "--comment=acme/..#1",
    ] {
        let ran = job.run(&[wrong]).exits(2);
        assert!(ran.stderr.contains("does not name a pull request"), "{wrong}: {}", ran.stderr);
    }
    // One that is not there cannot be commented on, whatever was judged.
    let ran = job.run(&["--comment=acme/t-alpha#9"]).exits(3);
    assert!(ran.stderr.contains("cannot comment on acme/t-alpha#9"), "{}", ran.stderr);
    job.world.write("event.json", "{\"ref\": \"refs/heads/main\"}");
    let ran = job.run(&["--comment"]).exits(1);
    assert!(ran.stderr.contains("is not for a pull request"), "{}", ran.stderr);
    // The report is not lost because of the comment.
    job.world.write("event.json", "{");
    for event in ["event.json", "no-such.json"] {
        let path = job.world.path(event).to_string_lossy().into_owned();
        let event = [("GITHUB_EVENT_PATH", path.as_str())];
        let ran = job.run_with(&["--comment", "--format", "github"], &event).exits(3);
        assert!(ran.stderr.contains("GITHUB_EVENT_PATH"), "{}", ran.stderr);
        assert!(ran.stdout.contains("::warning file=README.md"), "{}", ran.stdout);
    }
    // By its number, in a job about something else.
    job.run(&["--comment=1"]).exits(1);
    assert!(job.comment().starts_with(MARK));
}

#[test]
fn what_a_repository_says_means_nothing_in_it() {
    let job = Job::drifted();
    let name = "t-alpha/a\u{1b}[31m<script>@everyone #1 [x](https://evil.example)<!-- -->|.txt";
    let name = name.replace("https://evil.example", "javascript:x");
    job.world.write(&name, "x\n");
    job.run(&["--comment", "--fail-on", "info"]).exits(1);
    let said = job.comment();
    assert!(said.contains("script&gt;"), "{said}");
    for hostile in ["<script", "@everyone", "#1", "](javascript", "\u{1b}"] {
        assert!(!said.contains(hostile), "{hostile}: {said}");
    }
    // One mark of ours, and nothing that another run takes for one.
    assert_eq!(said.matches("<!--").count(), 1, "{said}");
}

#[test]
fn it_is_cut_to_what_the_forge_takes_and_says_so() {
    let job = Job::new();
    for number in 0..2000 {
        job.world.write(&format!("t-alpha/extra/{number:04}.txt"), "x\n");
    }
    job.run(&["--comment", "--fail-on", "info"]).exits(1);
    let said = job.comment();
    assert!(said.len() > 40_000 && said.chars().count() <= 65_536, "{}", said.len());
    assert!(said.contains("are left out, because a comment cannot be larger"), "{said}");
    assert!(said.contains("2000 infos"), "all are counted");
}

#[test]
fn jobs_about_different_folders_keep_different_comments() {
    let job = Job::new();
    job.world.write("t-alpha/packages/one/README.md", "another\n");
    job.world.write("t-alpha/packages/two/README.md", "hello\n");
    job.world.write("t-alpha/packages/two/LICENSE", "MIT\n");
    job.world.commit("t-alpha");
    let validate = |folders: &[&str]| {
        let base = ["validate", "--shape", "shape", "--comment=acme/t-alpha#1"];
        job.forge.run_with(&job.world, &[&base, folders].concat(), &[])
    };
    let (one, two) = ("t-alpha/packages/one", "t-alpha/packages/two");
    validate(&[one]).exits(1);
    let first = job.comment();
    assert!(first.contains("<sub>about packages/one, shape small \u{b7}"), "{first}");
    // The job that is green leaves it alone.
    let ran = validate(&[two]).exits(0);
    assert!(!ran.stderr.contains("comment on"), "{}", ran.stderr);
    assert_eq!(job.comment(), first);
    job.world.write("t-alpha/packages/two/README.md", "another\n");
    validate(&[two]).exits(1);
    validate(&[two, one]).exits(1);
    validate(&[one, two]).exits(1);
    assert_eq!(job.comments().len(), 3, "one for each job");
    job.world.write("t-alpha/packages/one/README.md", "hello\n");
    job.world.write("t-alpha/packages/one/LICENSE", "MIT\n");
    validate(&[one]).exits(0);
    let texts: Vec<String> = job.comments().into_iter().map(|(_, text)| text).collect();
    let is_resolved = |text: &String| text.contains("**Resolved**");
    assert_eq!(texts.iter().map(is_resolved).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn a_fleet_has_a_comment_of_its_own() {
    let job = Job::drifted();
    job.run(&["--comment"]).exits(1);
    job.world.write("fleet.yaml", "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [alpha]\n");
    let arguments = ["drift", "--local", "t-alpha", "--comment=acme/t-alpha#1"];
    job.forge.run_with(&job.world, &arguments, &[]).exits(1);
    let comments = job.comments();
    assert_eq!(comments.len(), 2, "{comments:#?}");
    assert!(comments[1].1.starts_with("<!-- shipshape: drift: open -->"), "{}", comments[1].1);
    let ran =
        job.forge.run_with(&job.world, &["drift", "t-alpha", "shape", "--comment"], &[]).exits(2);
    assert!(ran.stderr.contains("leave --comment out"), "{}", ran.stderr);
}
