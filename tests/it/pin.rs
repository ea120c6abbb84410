//! One version over a fleet, checked before it is written.

mod gone;
pub(crate) mod shelf;

use serde_json::{Value, json};

use crate::campaign::stage::Stage;
use crate::world::Ran;
use shelf::Shelf;

const SHAPE: &str = "\
schema: 1
name: acme
paths:
  - { path: requirements.txt, policy: contract }
extras: ['**']
demands:
  requirements:
    - { path: requirements.txt, distribution: acme-runtime }
  python:
    package: acme_runtime
";

/// What each member asks for, and what it takes.
const MEMBERS: [(&str, &str, &str); 4] = [
    ("alpha", "# The runtime.\nacme-runtime>=0.1.0\n", "from acme_runtime.plugins import load\n"),
    ("beta", "Acme_Runtime[x] == 0.1.0  # for a while\n", "import acme_runtime\n"),
    ("delta", "acme-runtime==0.1.*\n", "from acme_runtime.plugins import newer\n"),
    ("gamma", "acme-runtime>=0.1.0\n", "import os\nfrom acme_runtime.plugins import gone\n"),
];

struct Fleet {
    stage: Stage,
    index: String,
    host: String,
    digest: String,
}

/// A fleet, and an index with 0.1.0, 0.1.2, 0.2.0 and 0.3.0rc1; 0.2.1 was withdrawn.
fn fleet() -> Fleet {
    fleet_with(&[])
}

/// The same with more members, each with keys of its seed.
fn fleet_with(others: &[(&str, &str)]) -> Fleet {
    built(others, None)
}

/// The same with a version more, whose wheel has only this package.
fn built(others: &[(&str, &str)], renamed: Option<(&str, &str)>) -> Fleet {
    let more = |slug: &str| {
        if let Some((_, seed)) = others.iter().find(|(member, _)| *member == slug) {
            return (*seed).to_owned();
        }
        let (_, requirements, adapter) =
            MEMBERS.iter().find(|(member, ..)| *member == slug).expect("a member");
        let files = json!({
            "README.md": "# Hello\n", "requirements.txt": requirements, "adapter.py": adapter,
            "Dockerfile": "FROM python:3.11-slim\nRUN pip install -r requirements.txt\n",
            ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    uses: acme/t-alpha/.github/workflows/x.yml@main\n",
        });
        format!(", files: {files}")
    };
    let members = MEMBERS.iter().map(|(slug, ..)| *slug);
    let slugs: Vec<&str> = members.chain(others.iter().map(|(slug, _)| *slug)).collect();
    let stage = Stage::with(&slugs, more);
    let manifest = stage.world.read("fleet.yaml");
    stage.world.write("shape/shape.yaml", SHAPE);
    let mut shelf = Shelf::default();
    let versions = [
        ("0.1.0", "def load(): ...\ndef gone(): ...\n", None),
        ("0.1.2", "def load(): ...\ndef newer(): ...\n", None),
        ("0.2.0", "def load(): ...\ndef newer(): ...\n", None),
        ("0.2.1", "def load(): ...\n", Some("it loses \u{1b}[31mdata")),
        ("0.3.0rc1", "def load(): ...\n", None),
    ];
    for (version, plugins, withdrawn) in versions {
        let files = [("acme_runtime/__init__.py", ""), ("acme_runtime/plugins.py", plugins)];
        let wheel = stage.world.wheel("index", ("acme_runtime", version), &[], &files);
        shelf.wheel(&stage.world.path(&wheel), withdrawn);
    }
    if let Some((version, package)) = renamed {
        let module = format!("{package}/plugins.py");
        let files = [(module.as_str(), "def load(): ...\n")];
        let wheel = stage.world.wheel("index", ("acme_runtime", version), &[], &files);
        shelf.wheel(&stage.world.path(&wheel), None);
    }
    let digest = shelf.image("base", "1");
    let host = shelf.serve();
    let index = format!("http://{host}/simple/");
    let runtime = format!(
        "runtime_package: {{ distribution: acme-runtime, import: acme_runtime, index: {{ simple: '{index}' }} }}\n"
    );
    stage.world.write("fleet.yaml", format!("{manifest}{runtime}"));
    Fleet { stage, index, host, digest }
}

impl Fleet {
    fn pin(&self, arguments: &[&str]) -> Ran {
        let index = ["--index-url", self.index.as_str()];
        self.stage.forge.run(&self.stage.world, &[&["pin"], arguments, &index].concat())
    }

    /// The content of a file on the branch of the first pull request of a member.
    fn offered(&self, slug: &str, path: &str) -> String {
        use base64::Engine as _;
        let pulls = self.stage.pulls(slug);
        let branch = pulls[0]["head"]["ref"].as_str().expect("a branch").to_owned();
        let path = format!("/repos/acme/t-{slug}/contents/{path}?ref={branch}");
        let answer = self.stage.ask("ann", "GET", &path, Value::Null);
        let packed: String =
            answer["content"].as_str().expect("content").split_whitespace().collect();
        let bytes = base64::prelude::BASE64_STANDARD.decode(packed).expect("base 64");
        String::from_utf8(bytes).expect("text")
    }
}

#[test]
fn who_suits_the_version_is_pinned_and_who_does_not_is_left_out_with_the_place() {
    let fleet = fleet();
    let planned = fleet.pin(&["0.2.0", "--dry-run"]).exits(3);
    assert!(planned.stdout.contains("+acme-runtime>=0.2.0"), "{}", planned.stdout);
    assert!(
        planned.stdout.contains(
            "acme-runtime 0.2.0 would break it: adapter.py:2:34: breaks `gamma` when `adapter.py` is imported"
        ),
        "{}",
        planned.stdout
    );
    assert!(
        planned.stderr.contains("acme-runtime 0.2.0 is on the index, which needs Python >=3.11")
    );
    assert_eq!(fleet.stage.writes(), 0);
    fleet.pin(&["latest", "!gamma", "--yes"]).exits(0);
    assert_eq!(fleet.stage.pulls("alpha")[0]["title"], "Pin acme-runtime 0.2.0");
    assert_eq!(fleet.offered("alpha", "requirements.txt"), "# The runtime.\nacme-runtime>=0.2.0\n");
    let beta = fleet.offered("beta", "requirements.txt");
    assert_eq!(beta, "Acme_Runtime[x] == 0.2.0  # for a while\n");
    assert_eq!(fleet.offered("delta", "requirements.txt"), "acme-runtime==0.2.*\n");
    assert!(fleet.stage.pulls("gamma").is_empty());
    // Again, there is nothing to do.
    fleet.stage.writes();
    fleet.pin(&["latest", "!gamma", "--yes"]).exits(0);
    fleet.pin(&["latest", "--yes"]).exits(3);
    assert_eq!(fleet.stage.writes(), 0);
}

#[test]
fn what_nothing_can_be_offered_to_is_not_green() {
    let others = [("shut", ", disabled: true"), ("void", ", empty: true, files: {}")];
    let fleet = fleet_with(&others);
    for slug in ["shut", "void"] {
        fleet.pin(&["--check", slug]).exits(3);
        for more in [&["--dry-run"][..], &["--yes"], &["--no-compat", "--yes"]] {
            fleet.pin(&[&["0.2.0", slug], more].concat()).exits(3);
        }
        fleet.pin(&["0.2.0", slug, "--plan", "pin.plan.json"]).exits(3);
        // Whatever is done for the others.
        fleet.pin(&["0.2.0", "alpha", slug, "--yes"]).exits(3);
    }
    assert_eq!(fleet.stage.pulls("alpha").len(), 1);
}

#[test]
fn the_index_of_the_runtime_is_the_one_that_the_manifest_names() {
    let fleet = fleet();
    // A variable of CI that is not set is an empty text.
    let run = |arguments: &[&str]| {
        let empty = [("SHIPSHAPE_INDEX_URL", "")];
        fleet.stage.forge.run_with(&fleet.stage.world, arguments, &empty)
    };
    let planned = run(&["pin", "latest", "!gamma", "--dry-run"]).exits(0);
    assert!(planned.stderr.contains("acme-runtime 0.2.0 is on the index"), "{}", planned.stderr);
    let spread = run(&["pin", "--check"]).exits(1);
    assert!(spread.stdout.contains("compared with 0.2.0"), "{}", spread.stdout);
    let ran =
        run(&["package", "compat", "0.2.1", "--repository", "alpha", "--earlier", "1"]).exits(0);
    assert!(ran.stderr.contains("0.2.1 was withdrawn: it loses \\u{1b}[31mdata"), "{}", ran.stderr);
    // Another distribution is not on the runtime's index.
    let ran =
        run(&["pin", "1.0", "--distribution", "other", "--index-url", &fleet.index, "--dry-run"]);
    assert!(ran.exits(3).stderr.contains("cannot read `other`"));
}

#[test]
fn a_family_gets_the_lowest_version_that_the_member_works_with_as_its_floor() {
    let fleet = fleet();
    let planned = fleet.pin(&["0.1.2", "delta", "--dry-run"]).exits(0);
    assert!(planned.stdout.contains("+acme-runtime==0.1.*,>=0.1.2"), "{}", planned.stdout);
    let planned = fleet.pin(&["0.1.2", "delta", "--dry-run", "--no-compat"]).exits(0);
    assert!(planned.stdout.contains("There is nothing to change"), "{}", planned.stdout);
    assert!(planned.stderr.contains("WARNING"), "{}", planned.stderr);
}

#[test]
fn a_version_that_is_not_offered_is_refused_before_anything_is_read() {
    let fleet = fleet();
    let said = |version: &str, code: i32| fleet.pin(&[version]).exits(code).stderr;
    let withdrawn = said("0.2.1", 3);
    assert!(withdrawn.contains("acme-runtime 0.2.1 was withdrawn"), "{withdrawn}");
    assert!(
        withdrawn.contains("it loses \\u{1b}[31mdata") && withdrawn.contains("the newest is 0.2.0")
    );
    assert!(said("0.9", 3).contains("the package index has no acme-runtime 0.9"));
    assert!(said("one", 2).contains("`one` is not a version"));
    let nothing = fleet.pin(&[]).exits(2).stderr;
    assert!(nothing.contains("it is not given what to pin"), "{nothing}");
    let other = fleet.pin(&["1.0", "--distribution", "nobody"]).exits(3).stderr;
    assert!(other.contains("cannot read `nobody` from the package index"), "{other}");
    let planned = fleet.pin(&["latest", "--pre", "alpha", "--dry-run"]).exits(0);
    assert!(planned.stdout.contains("+acme-runtime>=0.3.0rc1"), "{}", planned.stdout);
}

#[test]
fn every_place_that_a_pin_edits_is_compared() {
    let fleet = fleet();
    let dockerfile = "FROM python:3.11-slim\nARG RUNTIME=0.1.2\n\
                      RUN pip install -r requirements.txt acme-runtime==0.1.0\n\
                      RUN pip install \"acme-runtime==$RUNTIME\"\n";
    fleet.stage.push("writer", "alpha", "main", "Dockerfile", dockerfile);
    let report = fleet.pin(&["--check", "0.2.0", "alpha", "--format", "json"]).exits(1).json();
    let pins = report["pins"].as_array().expect("pins").iter();
    let mut compared: Vec<String> = pins
        .flat_map(|pin| {
            let places = pin["places"].as_array().expect("places").iter();
            places.map(|at| format!("{}:{} {}", at["path"], at["line"], pin["asks"]))
        })
        .map(|line| line.replace('"', ""))
        .collect();
    compared.sort();
    let wanted = ["Dockerfile:2 ==0.1.2", "Dockerfile:3 ==0.1.0", "requirements.txt:2 >=0.1.0"];
    assert_eq!(compared, wanted);
}

#[test]
fn the_spread_is_reported_and_nothing_is_changed() {
    let fleet = fleet();
    let said = fleet.pin(&["--check"]).exits(1);
    insta::assert_snapshot!(said.stdout, @"
    acme-runtime, requirements compared with 0.2.0

    ASKS FOR  STYLE           PLACES  WHO
    >=0.1.0   floor           2       t-alpha, t-gamma
    ==0.1.*   family, behind  1       t-delta
    ==0.1.0   exact, behind   1       t-beta
    ");
    assert!(said.stderr.contains("  shipshape pin 0.2.0 --dry-run"), "{}", said.stderr);
    let report = fleet.pin(&["--check", "--format", "json", "alpha"]).exits(0).json();
    assert_eq!(report["schema"], "shipshape/pins/1");
    assert_eq!(
        report["pins"],
        json!([{ "asks": ">=0.1.0", "style": "floor", "admits_latest": true,
            "places": [{ "member": "t-alpha", "path": "requirements.txt", "line": 2 }] }])
    );
    // What is proposed is about the same members.
    let some = fleet.pin(&["--check", "0.2.0", "-m", "alpha", "beta"]).exits(1);
    assert!(
        some.stderr.contains("  shipshape pin 0.2.0 -m beta -m alpha --dry-run\n"),
        "{}",
        some.stderr
    );
    fleet.pin(&["--check", "0.1.0", "beta"]).exits(0);
    // A member goes by every name that it has, however it is given.
    for named in [&["-m", "t-beta"][..], &["--member", "acme/t-beta"], &["T-Beta"]] {
        let said = fleet.pin(&[&["--check", "0.1.0"], named].concat()).exits(0).stdout;
        assert!(said.ends_with(" t-beta\n"), "{said}");
    }
    fleet.pin(&["--check", "--fail-on", "spread", "beta"]).exits(0);
    fleet.pin(&["--check", "--fail-on", "behind", "beta"]).exits(1);
    fleet.pin(&["--check", "--fail-on", "never"]).exits(0);
    let world = &fleet.stage.world;
    world.write("t-alpha/requirements.txt", "acme-runtime\n-e git+https://h/acme-runtime.git\n");
    let here = fleet.pin(&["--check", "--local", "t-alpha", "--fail-on", "spread"]).exits(0);
    insta::assert_snapshot!(here.stdout, @"
    acme-runtime

    ASKS FOR  STYLE  PLACES  WHO
    any       any    1       t-alpha
    not set: t-alpha requirements.txt:2 it is installed from `git+https://h/acme-runtime.git`
    ");
    world.write("t-alpha/requirements.txt", b"\xff");
    let here = fleet.pin(&["--check", "--local", "t-alpha", "--fail-on", "never"]).exits(3);
    assert!(here.stdout.contains("unread: t-alpha: `requirements.txt`"), "{}", here.stdout);
    assert_eq!(fleet.stage.writes(), 0);
}

#[test]
fn what_is_written_for_a_review_is_the_same_campaign() {
    let fleet = fleet();
    let written = fleet.pin(&["0.2.0", "--floor", "--write", "pin.yaml", "kind=t"]).exits(0);
    assert!(
        written.stderr.contains("Next:\n  shipshape campaign plan pin.yaml"),
        "{}",
        written.stderr
    );
    let text = fleet.stage.world.read("pin.yaml");
    assert!(text.contains("breaks:\n      gamma:") && text.contains("style: floor"), "{text}");
    fleet.stage.campaign(&["plan", "pin.yaml"]).exits(3);
    let plan: Value =
        serde_json::from_str(&fleet.stage.world.read("pin.plan.json")).expect("a plan");
    assert_eq!(plan["campaign"], "pin-acme-runtime-0-2-0");
    let offered = plan["items"].as_array().expect("items").iter();
    assert_eq!(offered.filter(|item| item["action"] == "open").count(), 3);
    assert_eq!(fleet.stage.writes(), 0);
}

#[test]
fn a_campaign_that_somebody_changed_is_not_written_again() {
    let fleet = fleet();
    let write = ["0.2.0", "--write", "pin.yaml"];
    fleet.pin(&write).exits(0);
    fleet.pin(&write).exits(0);
    let world = &fleet.stage.world;
    let changed = format!("{}waves: {{ sizes: [1, 3] }}\n", world.read("pin.yaml"));
    world.write("pin.yaml", &changed);
    let refused = fleet.pin(&write).exits(2).stderr;
    assert!(refused.contains("is not what `shipshape pin` wrote"), "{refused}");
    assert_eq!(world.read("pin.yaml"), changed);
    fleet.stage.campaign(&["plan", "pin.yaml"]).exits(3);
}

#[test]
fn members_that_are_not_named_have_not_left_the_pin() {
    let fleet = fleet();
    fleet.pin(&["0.2.0", "alpha", "--yes"]).exits(0);
    let ran = fleet.pin(&["0.2.0", "-m", "beta", "--dry-run"]).exits(0);
    assert!(ran.stdout.contains("1 pull request: 1 alone"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("alpha"), "{}", ran.stdout);
}

#[test]
fn a_member_that_could_not_be_read_is_not_said_to_break() {
    let fleet = fleet();
    let stage = &fleet.stage;
    stage.world.replace("fleet.yaml", "members: [alpha,", "members: [epsilon, alpha,");
    // The campaign is written, but who could not be judged is never green.
    let written = fleet.pin(&["0.2.0", "--write", "pin.yaml"]).exits(3).stderr;
    let said = "1 member could not be judged and is left out until the campaign is written again: epsilon\n";
    assert!(written.contains(said), "{written}");
    let text = stage.world.read("pin.yaml");
    let (breaks, unchecked) = text.split_once("    unchecked:\n").expect("both");
    assert!(
        unchecked.starts_with("      epsilon: 'cannot be read") && !breaks.contains("epsilon:"),
        "{text}"
    );
    let made = json!({ "name": "t-epsilon", "auto_init": true });
    stage.ask("ann", "POST", "/orgs/acme/repos", made);
    stage.push("ann", "epsilon", "main", "requirements.txt", "acme-runtime>=0.1.0\n");
    stage.campaign(&["plan", "pin.yaml"]).exits(3);
    let (state, reason) = {
        let plan: Value = serde_json::from_str(&stage.world.read("pin.plan.json")).expect("a plan");
        let items = plan["items"].as_array().expect("items").clone();
        let item = items.iter().find(|item| item["repository"] == "acme/t-epsilon").expect("one");
        (item["state"].clone(), item["reason"].as_str().expect("a reason").to_owned())
    };
    assert_eq!(state, "blocked");
    assert!(
        reason.starts_with("whether acme-runtime 0.2.0 suits it could not be judged when")
            && reason.contains("`shipshape pin 0.2.0 --write FILE` writes the campaign again"),
        "{reason}"
    );
    fleet.pin(&["0.2.0", "--write", "pin.yaml"]).exits(0);
    assert!(!stage.world.read("pin.yaml").contains("unchecked"));
}

#[test]
fn a_list_of_targets_narrows_it_down() {
    let fleet = fleet();
    fleet.stage.world.write("first.txt", "beta\n");
    let planned = fleet.pin(&["0.2.0", "-t", "first.txt", "--dry-run", "--exact"]).exits(0);
    assert!(planned.stdout.contains("1 pull request: 1 alone"), "{}", planned.stdout);
    let empty = fleet.pin(&["0.2.0", "alpha", "-t", "first.txt"]).exits(2).stderr;
    assert!(empty.contains("select no member"), "{empty}");
}

#[test]
fn revisions_are_looked_up_before_they_are_written() {
    let fleet = fleet();
    let stage = &fleet.stage;
    let head = stage.ask("ann", "GET", "/repos/acme/t-alpha/git/ref/heads/main", Value::Null);
    let commit = head["object"]["sha"].as_str().expect("a commit").to_owned();
    let tag = json!({ "ref": "refs/tags/v2", "sha": commit });
    stage.ask("writer", "POST", "/repos/acme/t-alpha/git/refs", tag);
    let uses = "acme/t-alpha/.github/workflows/x.yml@v2";
    stage.writes();
    let bare = fleet.pin(&["--uses", "acme/t-alpha", "v8"]).exits(2).stderr;
    assert!(bare.contains("`--uses acme/t-alpha@v8`"), "{bare}");
    let unknown = fleet.pin(&["--uses", "acme/t-alpha@v9"]).exits(3).stderr;
    assert!(unknown.contains("`acme/t-alpha` has no tag and no branch `v9`"), "{unknown}");
    let nowhere = fleet.pin(&["--uses", "acme/nowhere@v9"]).exits(3).stderr;
    assert!(nowhere.contains("there is no repository `acme/nowhere`"), "{nowhere}");
    assert_eq!(stage.writes(), 0);
    let planned = fleet.pin(&["beta", "--dry-run", "--uses", uses]).exits(0);
    assert!(planned.stdout.contains("x.yml@v2"), "{}", planned.stdout);
    fleet.pin(&["beta", "--yes", "--as", "commit", "--uses", uses]).exits(0);
    let line = format!("    uses: acme/t-alpha/.github/workflows/x.yml@{commit} # v2\n");
    let offered = fleet.offered("beta", ".github/workflows/ci.yml");
    assert!(offered.ends_with(&line), "{offered}");
    let branch = fleet.pin(&["beta", "--dry-run", "--uses", "acme/t-alpha@main"]).exits(0).stderr;
    assert!(branch.contains("is a branch, which moves"), "{branch}");
    // A campaign's file may leave that to the plan.
    stage.world.write(
        "campaign.yaml",
        format!("schema: 1\nname: uses\nselect: {{ members: [alpha] }}\nchanges:\n  - pin_uses: {{ uses: ['{uses}'], as: commit }}\npull_request: {{ title: x }}\n"),
    );
    let planned = stage.campaign(&["plan"]).exits(0);
    assert!(planned.stdout.contains(&format!("{commit} # v2")), "{}", planned.stdout);
    // It is looked up again when `merge` compares what is open with what the campaign wants.
    stage.campaign(&["apply", "campaign.plan.json", "--yes"]).exits(0);
    stage.campaign(&["merge", "--without-approval", "--without-checks"]).exits(0);
}

#[test]
fn digests_are_looked_up_before_they_are_written() {
    let fleet = fleet();
    let image = format!("{}/base:1", fleet.host);
    fleet.stage.push("writer", "beta", "main", "Dockerfile", &format!("FROM {image} AS x\n"));
    fleet.stage.writes();
    let absent = format!("{}/base:2", fleet.host);
    fleet.pin(&["beta", "--image", &absent]).exits(3);
    assert_eq!(fleet.stage.writes(), 0);
    fleet.pin(&["beta", "--yes", "--image", &image]).exits(0);
    let pinned = format!("FROM {image}@{} AS x\n", fleet.digest);
    assert_eq!(fleet.offered("beta", "Dockerfile"), pinned);
}

#[test]
fn a_plan_of_it_is_kept_approved_and_applied() {
    let fleet = fleet();
    let stage = &fleet.stage;
    let approval = "home: { repository: t-home }\ncampaigns: { approval: always }\nkinds:";
    stage.world.replace("fleet.yaml", "kinds:", approval);
    let ran = fleet.pin(&["0.2.0", "beta", "--yes"]).exits(3);
    assert!(ran.stderr.contains("the same with --plan FILE"), "{}", ran.stderr);
    let kept = fleet.pin(&["0.2.0", "beta", "--plan", "pin.json"]).exits(0);
    let next = "\n  shipshape campaign apply pin.json --approved-in NUMBER\n";
    assert!(kept.stderr.contains(next), "{}", kept.stderr);
    assert_eq!(stage.writes(), 0);
    let home = json!({ "name": "t-home", "auto_init": true });
    stage.ask("writer", "POST", "/orgs/acme/repos", home);
    stage.offers_in_home("pin.json");
    stage.review("ann", "home", "APPROVE");
    let apply = ["apply", "pin.json", "--yes", "--approved-in", "1"];
    stage.campaign(&apply).exits(0);
    assert_eq!(stage.pulls("beta")[0]["title"], "Pin acme-runtime 0.2.0");
}
