//! Waivers: bound to what they waive, with an end.

use crate::world::World;

const FLEET: &str = "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  workspace: { prefix: molecule-ai-workspace-template- }\nmembers: [acme]\n";

fn waived(world: &World, name: &str, extra: &[&str]) {
    let mut arguments = vec![
        "waive",
        name,
        "--rule",
        "docker-base-image",
        "--reason",
        "needs CUDA",
        "--owner",
        "ops",
    ];
    arguments.extend(extra);
    world.run(&arguments).exits(0);
}

#[test]
fn a_waiver_covers_its_finding_until_the_line_changes() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    let dockerfile = format!("{name}/Dockerfile");
    world.replace(&dockerfile, "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    world.run(&["validate", &name]).exits(1);
    waived(&world, &name, &[]);
    let report = world.run(&["validate", &name, "--format", "json"]).exits(0).json();
    assert_eq!(report["repositories"][0]["verdict"], "conformant");
    assert_eq!(report["repositories"][0]["findings"][0]["waived"]["owner"], "ops");
    let text = world.read(&dockerfile);
    world.write(&dockerfile, format!("# a comment above moves the line\n{text}"));
    world.run(&["validate", &name]).exits(0);
    world.replace(&dockerfile, "nvidia/cuda:12", "nvidia/cuda:13");
    let ran = world.run(&["validate", &name]).exits(1);
    assert!(ran.stdout.contains("waiver-reopened"), "{}", ran.stdout);
    // Reviewed again, it is replaced, and no report asks for anything more.
    let words = ["--rule", "docker-base-image", "--reason", "still", "--owner", "ops"];
    let ran = world.run(&[&["waive", &name][..], &words].concat()).exits(0);
    let said = "instead of the waiver of ops until 2027-02-20: needs CUDA\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(world.read("waivers.yaml").matches("- repository:").count(), 1);
    let ran = world.run(&["drift", "--local", &name]).exits(0);
    assert!(!ran.stdout.contains("waiver-unused"), "{}", ran.stdout);
    let ran = world.run(&[&["waive", &name][..], &words, &["--days", "3"]].concat()).exits(0);
    assert!(ran.stderr.contains("instead of the waiver"), "{}", ran.stderr);
}

#[test]
fn a_waiver_stays_while_another_finding_may_be_what_it_covered() {
    let world = World::new();
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: own\npaths:\n  - { path: .github/workflows/ci.yml, policy: seeded }\nextras: ['**']\n\
         demands:\n  workflows:\n    folders: [.github/workflows]\n    pinned: { actions: commit, reusable: commit }\n",
    );
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  w: { prefix: t-, shape: { folder: shape } }\nmembers: [one]\n",
    );
    let steps = |version: &str| {
        let uses = |action: &str| format!("      - uses: actions/{action}@{version}\n");
        let [checkout, cache] = ["checkout", "cache"].map(uses);
        let workflow = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n";
        world.write("t-one/.github/workflows/ci.yml", format!("{workflow}{checkout}{cache}"));
    };
    let path = ".github/workflows/ci.yml";
    let waive = |more: &[&str]| {
        let words = ["waive", "t-one", "--rule", "workflow-unpinned", "--owner", "ops"];
        world.run(&[&words[..], &["--reason", "later", "--path", path], more].concat()).exits(0)
    };
    let count = || world.read("waivers.yaml").matches("- repository:").count();
    steps("v4");
    assert!(waive(&[]).stderr.contains("waived 2 findings"));
    steps("v5");
    let ran = waive(&["--line", "6"]);
    assert!(
        ran.stderr.contains("kept the waiver of ops until 2027-02-20: later"),
        "{}",
        ran.stderr
    );
    assert_eq!(count(), 3);
    let ran = waive(&["--line", "7"]);
    assert!(!ran.stderr.contains("kept the waiver"), "{}", ran.stderr);
    assert!(ran.stderr.contains("instead of the waiver of ops"), "{}", ran.stderr);
    assert_eq!(count(), 2);
    let ran = world.run(&["drift", "--local", "t-one"]).exits(0);
    assert!(!ran.stdout.contains("waiver-"), "{}", ran.stdout);
}

#[test]
fn an_expired_waiver_reopens_and_is_told() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    world.replace(&format!("{name}/Dockerfile"), "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    waived(&world, &name, &["--expires", "2026-12-01"]);
    world.run(&["validate", &name]).exits(0);
    let later = [("SHIPSHAPE_NOW", "2026-12-02T00:00:00Z")];
    let ran = world.run_in(&world.path(""), &["validate", &name], &later).exits(1);
    assert!(ran.stdout.contains("waiver-expired"), "{}", ran.stdout);
    let ran = world.run_in(&world.path(""), &["waivers"], &later).exits(0);
    assert!(ran.stdout.starts_with("expired 2026-12-01"), "{}", ran.stdout);
    let list = world.run_in(&world.path(""), &["waivers", "--format", "json"], &later).exits(0);
    assert_eq!(list.json()["waivers"][0]["expired"], true);
    let prune = ["waivers", "--prune", "--format", "json"];
    let left = world.run_in(&world.path(""), &prune, &later).exits(0);
    assert_eq!(left.json()["waivers"], serde_json::json!([]));
    assert!(!world.read("waivers.yaml").contains("needs CUDA"));
    world.run_in(&world.path(""), &prune, &later).exits(0).json();
}

#[test]
fn an_unused_waiver_is_told() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    world.replace(&format!("{name}/Dockerfile"), "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    waived(&world, &name, &[]);
    world.replace(&format!("{name}/Dockerfile"), "FROM nvidia/cuda:12", "FROM python:3.11-slim");
    let ran = world.run(&["drift", "--local", &name, "--fail-on", "info"]).exits(1);
    assert!(ran.stdout.contains("waiver-unused"), "{}", ran.stdout);
    world.run(&["validate", &name, "--rule", "waiver-unused"]).exits(1);
    // Whoever mends the member need not keep the fleet's waivers.
    let ran = world.run(&["validate", &name, "--fail-on", "info"]).exits(0);
    let note = "covers nothing; whoever keeps `waivers.yaml` of the fleet can remove it";
    let flat = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(note) && !flat.contains("SHP802"), "{}", ran.stdout);
    let report = world.run(&["validate", &name, "--format", "json"]).exits(0).json();
    assert!(report["notes"][0].as_str().is_some_and(|it| it.ends_with(note)), "{report}");
}

#[test]
fn what_could_not_be_read_whole_makes_no_waiver_unused() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    world.replace(&format!("{name}/Dockerfile"), "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    waived(&world, &name, &[]);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    world.write(&format!("{name}/Dockerfile"), pointer);
    let ran = world.run(&["validate", &name]).exits(3);
    assert!(!ran.stdout.contains("waiver-unused"), "{}", ran.stdout);
}

#[test]
fn a_finding_that_is_waived_under_another_name_is_not_waived_twice() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    world.replace(&format!("{name}/Dockerfile"), "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    waived(&world, &name, &[]);
    let first = world.read("waivers.yaml");
    // By hand: the slug, and the rule's code.
    let code = world.run(&["explain", "docker-base-image"]).exits(0).stdout;
    let code =
        code.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| word.starts_with("SHP"));
    let other = first
        .replace(&format!("repository: {name}"), "repository: acme")
        .replace("rule: docker-base-image", &format!("rule: {}", code.expect("a code")));
    assert_ne!(first, other);
    world.write("waivers.yaml", &other);
    world.run(&["validate", &name]).exits(0);
    waived(&world, &name, &["--days", "10"]);
    let after = world.read("waivers.yaml");
    assert_eq!(after.matches("- repository:").count(), 1, "{after}");
    assert!(after.contains("repository: acme\n"), "{after}");
}

#[test]
fn without_a_folder_the_repository_here_is_meant() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    world.replace(&format!("{name}/Dockerfile"), "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    let here = world.path(&name);
    let words =
        ["waive", "--rule", "docker-base-image", "--reason", "needs CUDA", "--owner", "ops"];
    world.run_in(&here, &words, &[]).exits(0);
    assert!(world.read("waivers.yaml").contains("needs CUDA"));
    world.run_in(&here, &["validate"], &[]).exits(0);
}

#[test]
fn what_a_waiver_cannot_say_is_refused_before_a_member_is_read() {
    let world = World::new();
    let words = ["waive", "--repository", "acme", "--rule", "docker-base-image"];
    let said = ["--reason", "needs CUDA", "--owner", "ops"];
    let refused = |extra: &[&str]| {
        let ran = world.run(&[&words[..], &said, extra].concat()).exits(2);
        assert!(!world.path("waivers.yaml").exists());
        ran.stderr
    };
    let without = refused(&[]);
    assert!(without.contains("waivers belong to a fleet"), "{without}");
    // There is no forge to read from: with an allowed date the command fails there.
    world.write("fleet.yaml", FLEET);
    let wrong = refused(&["--expires", "31.1.2027"]);
    assert!(wrong.contains("`31.1.2027` is not a date"), "{wrong}");
    assert!(wrong.contains("write it like 2027-01-31"), "{wrong}");
    let past = refused(&["--expires", "2020-01-31"]);
    assert!(past.contains("2020-01-31 has passed"), "{past}");
}

#[test]
fn a_folder_without_a_fleet_has_no_waivers() {
    let world = World::new();
    let name = world.conformant("acme");
    let words = ["waive", &name, "--rule", "docker-base-image", "--reason", "x", "--owner", "ops"];
    let ran = world.run(&words).exits(2);
    assert!(ran.stderr.contains("waivers belong to a fleet"), "{}", ran.stderr);
}

#[test]
fn nothing_is_waived_for_a_repository_that_is_not_a_member() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    world.replace(&format!("{name}/Dockerfile"), "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    std::fs::rename(world.path(&name), world.path("elsewhere")).expect("renamed");
    let words = ["--rule", "docker-base-image", "--reason", "x", "--owner", "ops"];
    let ran = world.run(&[&["waive", "elsewhere"][..], &words].concat()).exits(2);
    for said in ["`elsewhere` is not a member of the fleet", "`--slug SLUG`", "add it to `members`"]
    {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert!(!world.path("waivers.yaml").exists());
    waived(&world, "elsewhere", &["--slug", "acme"]);
}

#[test]
fn beside_fleet_yaml_the_hint_names_the_command_that_was_run() {
    let world = World::new();
    world.write("fleet.yaml", FLEET);
    let ran = world.run(&["waive", "--rule", "secret", "--reason", "x", "--owner", "ops"]).exits(2);
    assert!(ran.stderr.contains("`shipshape waive --repository NAME`"), "{}", ran.stderr);
}

/// A document that does not parse hides whatever comes to be wrong in it: nothing makes its repository green.
#[test]
fn what_the_shape_demands_of_a_file_that_does_not_parse_is_never_accepted() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", format!("{FLEET}baseline: baseline.json\n"));
    let (drift, config) = (["drift", "--local", &name], format!("{name}/config.yaml"));
    let text = world.read(&config);
    let line = text.lines().find(|line| line.starts_with("name:")).expect("a name").to_owned();
    world.replace(&config, &line, "name: Pear: the runtime");
    world.remove(&format!("{name}/.gitattributes"));
    let ran = world.run(&drift).exits(1);
    assert!(ran.stdout.contains("so this cannot be waived"), "{}", ran.stdout);
    // The baseline takes the other finding only.
    let ran = world.run(&[&drift[..], &["--write-baseline"]].concat()).exits(0);
    assert!(ran.stderr.contains("wrote 1 finding of 1 repository"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the baseline leaves out 1 syntax error"), "{}", ran.stderr);
    let ran = world.run(&drift).exits(1);
    assert!(ran.stdout.contains("1 broken") && ran.stdout.contains("SHP002"), "{}", ran.stdout);
    let waive = ["waive", &name, "--rule", "syntax-error", "--reason", "x", "--owner", "@me"];
    let ran = world.run(&waive).exits(2);
    assert!(ran.stderr.contains("hint: fix `config.yaml`: until it parses"), "{}", ran.stderr);
    // No setting of the rule lets the file pass.
    for rules in [
        "rules: { syntax-error: { severity: \"off\" } }\n",
        "rules: { SHP002: { severity: info } }\n",
        "rules: { syntax-error: { enforce_from: 2030-01-01 } }\n",
    ] {
        world.write("fleet.yaml", format!("{FLEET}baseline: baseline.json\n{rules}"));
        let ran = world.run(&drift).exits(3);
        assert!(ran.stdout.contains("1 unchecked"), "{rules}{}", ran.stdout);
    }
}

#[test]
fn a_file_of_which_nothing_is_demanded_and_that_does_not_parse_is_waived_by_itself() {
    let world = World::new();
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: own\npaths: [{ path: a.yaml, policy: seeded }]\nextras: ['**']\n\
         profiles: { quiet: { without_rules: [syntax-error] } }\n\
         demands: { documents: [{ path: a.yaml }], python: { version: '3.11' } }\n",
    );
    let fleet = "schema: 1\nname: own\nforge: { owner: Acme }\nkinds:\n  k: { shape: { folder: shape } }\n\
                 baseline: baseline.json\n";
    world.write("fleet.yaml", format!("{fleet}members: [one]\n"));
    world
        .write("one/a.yaml", "a: 1\n")
        .write("one/package.json", "{ \"name\": {{ name }} }\n")
        .write("one/examples/template.py", "import {{ name }}.\n");
    let drift = ["drift", "--local", "one"];
    let ran = world.run(&[&drift[..], &["--write-baseline"]].concat()).exits(0);
    assert!(ran.stderr.contains("leaves out 2 syntax errors"), "{}", ran.stderr);
    world.run(&drift).exits(1);
    let waive =
        ["waive", "one", "--rule", "syntax-error", "--reason", "a template", "--owner", "@me"];
    world.run(&waive).exits(0);
    world.run(&drift).exits(0);
    // A profile without the rule cannot hide that the demands on a file are not judged.
    world.write("one/a.yaml", "a: [\n");
    world.run(&drift).exits(1);
    world.write("fleet.yaml", format!("{fleet}members: [{{ slug: one, profile: quiet }}]\n"));
    let ran = world.run(&drift).exits(3);
    assert!(ran.stdout.contains("a.yaml:1:"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("package.json"), "{}", ran.stdout);
}

#[test]
fn waivers_that_several_runs_add_at_once_are_all_kept() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", FLEET);
    let files: Vec<String> = (0..8).map(|number| format!("notes-{number}.xyz")).collect();
    for file in &files {
        world.write(&format!("{name}/{file}"), "x\n");
    }
    let start = |file: &String| {
        let words = ["waive", &name, "--rule", "path-extra", "--path", file];
        let terms = ["--reason", "on trial", "--owner", "ops"];
        let mut command = world.command(&world.path(""), &[&words[..], &terms].concat());
        command.stderr(std::process::Stdio::null()).spawn().expect("started")
    };
    let runs: Vec<_> = files.iter().map(start).collect();
    for mut run in runs {
        assert!(run.wait().expect("ended").success());
    }
    let written = world.read("waivers.yaml");
    for file in &files {
        assert!(written.contains(file), "{file} is missing: {written}");
    }
    let names = std::fs::read_dir(world.path("")).expect("readable");
    let names: Vec<_> = names.map(|it| it.expect("readable").file_name()).collect();
    assert!(names.len() == 3 || names.iter().any(|it| it == ".local"), "{names:?}");
}

#[test]
fn terms_that_are_blank_are_refused_before_anything_is_read() {
    let world = World::new();
    for (reason, owner, said) in [
        (" ", "ops", "error: a waiver needs a reason\nhint: give a reason with --reason TEXT\n"),
        ("x", "", "error: a waiver needs an owner\nhint: give an owner with --owner WHO\n"),
    ] {
        let words = ["waive", "nowhere", "--rule", "path-extra", "--dry-run"];
        let terms = ["--reason", reason, "--owner", owner];
        let ran = world.run(&[&words[..], &terms].concat()).exits(2);
        assert_eq!(ran.stderr, said);
    }
}
