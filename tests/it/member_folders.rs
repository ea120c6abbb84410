//! Members that are folders of a larger repository, named by their folders, as a job of CI does.

use serde_json::Value;

use crate::rehearsal::Rehearsal;
use crate::work_trees::git;
use crate::world::World;

const FLEET: &str = "schema: 1
name: f
forge: { owner: acme }
baseline: baseline.json
kinds:
  svc: { prefix: svc-, shape: { folder: shape } }
members:
  - { slug: one, repository: mono, path: packages/svc-one, kind: svc, owner: \"@team-m1\" }
  - { slug: m2, repository: mono2, path: packages/one, kind: svc, owner: \"@team-m2\" }
";

/// The layout of docs/ci.md: the fleet is beside the repositories. `repository` is a clone of acme/mono.
fn checkouts() -> World {
    let world = World::new();
    world.write("fleet/fleet.yaml", FLEET);
    world.write(
        "fleet/shape/shape.yaml",
        "schema: 1\nname: t\npaths: [{ path: README.md, policy: exact }]\n",
    );
    world.write("fleet/shape/files/README.md", "hello\n");
    world.write("repository/packages/svc-one/README.md", "another\n");
    world.write("repository/packages/svc-three/main.txt", "x\n");
    world.write("repository/tools/one/README.md", "hello\n");
    world.write("mono2/packages/one/README.md", "another\n");
    for (folder, name) in [("fleet", "fleet"), ("repository", "mono"), ("mono2", "mono2")] {
        world.commit(folder);
        let address = format!("https://github.com/acme/{name}.git");
        git(&world, &["-C", folder, "remote", "add", "origin", &address]);
    }
    world
}

fn with_fleet(words: &[&str]) -> Vec<String> {
    words.iter().chain(&["--fleet", "fleet/fleet.yaml"]).map(|word| (*word).to_owned()).collect()
}

fn run(world: &World, words: &[&str]) -> crate::world::Ran {
    let words = with_fleet(words);
    world.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Names, owners and numbers of findings of the judged repositories.
fn judged(world: &World, words: &[&str]) -> Vec<(String, String, usize)> {
    let report = run(world, &[&["validate", "--format", "json"], words].concat()).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |it: &Value| {
        let findings = it["findings"].as_array().expect("findings").len();
        (text(&it["name"]), text(&it["owner"]), findings)
    };
    report["repositories"].as_array().expect("repositories").iter().map(row).collect()
}

#[test]
fn a_folder_is_the_member_that_is_there_in_its_repository() {
    let world = checkouts();
    let one = ("mono/packages/svc-one".to_owned(), "@team-m1".to_owned(), 1);
    let m2 = ("mono2/packages/one".to_owned(), "@team-m2".to_owned(), 1);
    for (folder, member) in [("repository/packages/svc-one", &one), ("mono2/packages/one", &m2)] {
        let root = folder.split('/').next().unwrap_or_default();
        for words in [&[folder][..], &[&format!("{folder}/")], &[folder, root], &[root]] {
            assert_eq!(judged(&world, words), std::slice::from_ref(member), "{words:?}");
        }
        assert_eq!(judged(&world, &["--ref", "HEAD", folder]), std::slice::from_ref(member));
        let ran = run(&world, &["validate", folder]).exits(1);
        assert!(!ran.stderr.contains("as if it were"), "{}", ran.stderr);
        let ran = run(&world, &["validate", folder, "--format", "github"]).exits(1);
        let place = folder.trim_start_matches(root).trim_start_matches('/');
        assert!(ran.stdout.contains(&format!("file={place}/README.md")), "{}", ran.stdout);
    }
    assert_eq!(judged(&world, &["--slug", "m2", "mono2/packages/one"]), [m2]);
    assert_eq!(judged(&world, &["--slug", "one", "repository/packages/svc-one"]), [one]);
    // The same from inside.
    let words = ["validate", "--fleet", "../../../fleet/fleet.yaml", "--format", "json"];
    let ran = world.run_in(&world.path("mono2/packages/one"), &words, &[]).exits(1);
    assert_eq!(ran.json()["repositories"][0]["owner"], "@team-m2");
}

#[test]
fn a_folder_with_the_name_of_a_member_elsewhere_is_not_that_member() {
    let world = checkouts();
    let ran = run(&world, &["validate", "repository/tools/one"]).exits(0);
    assert!(!ran.stdout.contains("has no folder"), "{}", ran.stdout);
    let (name, owner, _) = judged(&world, &["repository/tools/one"]).remove(0);
    assert_eq!((name.as_str(), owner.as_str()), ("one", ""));
}

#[test]
fn what_is_waived_for_a_repository_is_waived_for_its_folder() {
    let world = checkouts();
    let words = ["--rule", "path-diverged", "--reason", "ours", "--owner", "ops"];
    run(&world, &[&["waive", "mono2"], &words[..]].concat()).exits(0);
    run(&world, &["validate", "mono2"]).exits(0);
    let ran = run(&world, &["validate", "mono2/packages/one"]).exits(0);
    assert!(ran.stdout.contains("1 waived"), "{}", ran.stdout);
    // What is repaired is the folder.
    world.write("repository/README.md", "of the whole\n");
    run(&world, &["fix", "--unsafe-fixes", "repository/packages/svc-one"]).exits(0);
    assert_eq!(world.read("repository/packages/svc-one/README.md"), "hello\n");
    assert_eq!(world.read("repository/README.md"), "of the whole\n");
}

#[test]
fn a_folder_beside_members_has_a_command_that_repairs_it() {
    let world = checkouts();
    let folders = ["repository/packages/svc-one", "repository/packages/svc-three"];
    let ran = run(&world, &[&["validate"], &folders[..]].concat()).exits(1);
    let (_, next) = ran.stdout.split_once("Next:").expect("commands to try");
    let fix = next.lines().find(|line| line.contains("shipshape fix --diff")).expect("a repair");
    assert!(fix.contains(" repository/packages/svc-three --slug "), "{next}");
    let words: Vec<&str> = fix.split_whitespace().skip(1).collect();
    let ran = world.run(&words).exits(0);
    assert!(ran.stdout.contains("+hello"), "{}{}", ran.stdout, ran.stderr);
    // Beside a member that can be repaired as well.
    std::fs::remove_file(world.path("repository/packages/svc-one/README.md")).expect("removed");
    world.write("repository/packages/svc-one/main.txt", "x\n");
    let ran = run(&world, &[&["validate"], &folders[..]].concat()).exits(1);
    for place in ["svc-one --fleet", "svc-three --slug"] {
        let command = format!("shipshape fix --diff repository/packages/{place}");
        assert!(ran.stdout.contains(&command), "{}", ran.stdout);
    }
}

#[test]
fn what_is_accepted_is_not_in_code_scanning_and_junit_says_why() {
    let world = checkouts();
    let folder = "mono2/packages/one";
    let sarif = |words: &[&str], code: i32| {
        run(&world, &[&["validate", folder, "--format", "sarif"], words].concat())
            .exits(code)
            .json()
    };
    assert_eq!(sarif(&[], 1)["runs"][0]["results"].as_array().map(Vec::len), Some(1));
    run(&world, &["drift", "--local", "mono2", "--write-baseline"]).exits(0);
    let log = sarif(&[], 0);
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    let junit = run(&world, &["validate", folder, "--format", "junit"]).exits(0).stdout;
    assert_eq!(junit.matches("<skipped message=\"in the baseline\"/>").count(), 2, "{junit}");
    assert!(!junit.contains("waived"), "{junit}");
}

#[test]
fn a_file_of_the_fleet_is_not_placed_in_another_repository() {
    let world = checkouts();
    let waivers = "schema: 1\nwaivers:\n  - { repository: mono2/packages/one, rule: path-diverged, path: README.md, hash: \"0123456789abcdef\", reason: r, owner: me, expires: 2026-01-01 }\n";
    world.write("fleet/waivers.yaml", waivers);
    let ran = run(&world, &["validate", "mono2", "--format", "github"]).exits(1);
    let line = ran.stdout.lines().find(|line| line.contains("waiver-expired")).expect("a line");
    assert!(
        line.starts_with("::warning title=SHP801 waiver-expired::fleet: waivers.yaml:3: "),
        "{line}"
    );
    let of_fleet = |words: &[&str]| {
        let log = run(&world, &[words, &["--format", "sarif"]].concat()).exits(1).json();
        let results = crate::validate::is_taken_by_code_scanning(&log);
        let result = results.iter().find(|it| it["properties"]["rule"] == "waiver-expired");
        let place = &result.expect("a result")["locations"][0]["physicalLocation"];
        (place["artifactLocation"]["uri"].clone(), place["region"]["startLine"].clone())
    };
    assert_eq!(of_fleet(&["validate", "mono2"]), ("README.md".into(), 1.into()));
    // In the repository of the fleet itself, it is where it is.
    for folder in ["fleet/.git", "mono2/.git", "repository/.git"] {
        std::fs::remove_dir_all(world.path(folder)).expect("removed");
    }
    world.commit("");
    git(&world, &["remote", "add", "origin", "https://github.com/acme/all.git"]);
    world.replace(
        "fleet/fleet.yaml",
        "repository: mono2, path: packages/one",
        "repository: all, path: mono2/packages/one",
    );
    world.replace("fleet/waivers.yaml", "mono2/packages/one", "all/mono2/packages/one");
    let place = of_fleet(&["validate", "mono2/packages/one"]);
    assert_eq!(place, ("fleet/waivers.yaml".into(), 3.into()));
}

#[test]
fn a_slug_is_a_name() {
    let world = checkouts();
    for wrong in ["../x", "a b", "", "a/b", ".."] {
        let ran = run(&world, &["validate", "mono2", "--slug", wrong]).exits(2);
        let says = ["a slug has letters, digits", "`..` is not a slug"];
        assert!(says.iter().any(|says| ran.stderr.contains(says)), "{wrong}: {}", ran.stderr);
    }
}

#[test]
fn the_name_of_a_repository_stands_for_the_members_in_its_folders() {
    let world = World::new();
    world.write(
        "fleet.yaml",
        "schema: 1
name: f
forge: { owner: acme }
kinds: { svc: { prefix: svc-, shape: { folder: shape } } }
members:
  - { slug: one, repository: mono, path: apps/one, kind: svc }
  - { slug: two, repository: mono, path: apps/two, kind: svc }
  - { slug: old, repository: mono, path: apps/old, kind: svc, retired: 2026-01-01 }
  - { slug: three, repository: svc-three, kind: svc }
",
    );
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: t\npaths: [{ path: README.md, policy: exact }]\n",
    );
    world.write("shape/files/README.md", "hello\n");
    let seed = "repositories:
  - { name: acme/mono, files: { apps/one/README.md: x, apps/two/README.md: x, apps/old/README.md: x } }
  - { name: acme/svc-three, files: { README.md: x } }
tokens: [{ name: all, scopes: [repo], user: octo }]
";
    let forge = Rehearsal::new(&world, seed);
    for name in ["mono", "acme/mono", "Mono"] {
        let ran = forge.run(&world, &["validate", "--repository", name, "--format", "json"]);
        let report = ran.exits(1).json();
        let names: Vec<&str> = report["repositories"]
            .as_array()
            .expect("repositories")
            .iter()
            .filter_map(|it| it["name"].as_str())
            .collect();
        assert_eq!(names, ["mono/apps/one", "mono/apps/two"], "{name}");
        let words =
            ["campaign", "plan", "restore-shape", "-m", name, "--format", "json", "--dry-run"];
        let ran = forge.run(&world, &words);
        assert!(!ran.stderr.contains("selects no member"), "{}", ran.stderr);
        assert!(!ran.stdout.contains("svc-three"), "{}", ran.stdout);
    }
    let ran = forge.run(&world, &["fleet", "retire", "mono", "--dry-run"]).exits(2);
    assert!(
        ran.stderr.contains("name the repository: `mono/apps/one`, `mono/apps/two`"),
        "{}",
        ran.stderr
    );
}
