//! `shipshape drift` over real repositories.

use crate::fleet_commands::{FLEET, SEED};
use crate::rehearsal::Rehearsal;
use crate::world::World;

#[test]
fn folders_work_trees_and_bare_repositories_are_judged_alike() {
    let world = World::new();
    let name = world.conformant("acme");
    world.remove(&format!("{name}/.gitattributes"));
    let folder = world.run(&["drift", "--local", &name, "--format", "json"]).exits(1).json();
    let commit = world.commit(&name);
    let tree = world.run(&["drift", "--local", &name, "--format", "json"]).exits(1).json();
    let bare = world.bare(&name);
    let bare = world
        .run(&["drift", "--local", &bare, "--ref", "main", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(bare["repositories"][0]["commit"], commit.as_str());
    for report in [&tree, &bare] {
        assert_eq!(report["repositories"][0]["findings"], folder["repositories"][0]["findings"]);
        assert_eq!(report["repositories"][0]["paths"], folder["repositories"][0]["paths"]);
    }
}

#[test]
fn a_repository_that_cannot_be_read_stops_nobody_else() {
    let world = World::new();
    let name = world.conformant("acme");
    world.commit(&name);
    let empty = world.path("molecule-ai-workspace-template-empty.git");
    git2::Repository::init_bare(&empty).expect("a repository");
    let ran = world.run(&[
        "drift",
        "--local",
        &name,
        "molecule-ai-workspace-template-empty.git",
        "--format",
        "json",
    ]);
    let report = ran.exits(3).json();
    assert_eq!(report["repositories"][0]["verdict"], "conformant");
    assert_eq!(report["repositories"][1]["verdict"], "unchecked");
    let error = report["repositories"][1]["error"].as_str().expect("an error");
    assert!(error.contains("no commit") || error.contains("empty"), "{error}");
}

#[test]
fn a_pack_in_git_knows_how_far_behind_a_copy_is() {
    let world = World::new();
    let shape = "schema: 1\nname: crate\npaths:\n  - { path: ci.yml, policy: exact }\n  - { path: LICENSE, policy: exact }\n";
    world.write("pack/shape.yaml", shape).write("pack/files/LICENSE", "be kind\n");
    for version in
        ["one: 1\ntwo: 2\nthree: 3\n", "one: 1\ntwo: 2\nthree: 4\n", "one: 1\ntwo: 2\nthree: 5\n"]
    {
        world.write("pack/files/ci.yml", version);
        world.commit("pack");
    }
    world.write("a/ci.yml", "one: 1\ntwo: 2\nthree: 5\n").write("a/LICENSE", "be kind\n");
    world.write("b/ci.yml", "one: 1\ntwo: 2\nthree: 3\n").write("b/LICENSE", "be kind\n");
    world.write("c/ci.yml", "one: 1\ntwo: 2\nmine: 3\n").write("c/LICENSE", "be kind\n");
    world.write("d/ci.yml", "nothing alike\n").write("d/LICENSE", "be kind\n");
    let arguments =
        ["drift", "--local", "a", "b", "c", "d", "e", "--shape", "pack", "--format", "json"];
    std::fs::create_dir(world.path("e")).expect("writable");
    let report = world.run(&arguments).exits(1).json();
    let of = |index: usize| {
        let path = &report["repositories"][index]["paths"]
            .as_array()
            .expect("paths")
            .iter()
            .find(|path| path["path"] == "ci.yml")
            .expect("ci.yml")
            .clone();
        (path["verdict"].as_str().expect("a verdict").to_owned(), path["behind"].as_u64())
    };
    assert_eq!(of(0), ("conformant".to_owned(), None));
    assert_eq!(of(1), ("stale".to_owned(), Some(2)));
    assert_eq!(of(2).0, "modified");
    assert_eq!(of(3).0, "diverged");
    assert_eq!(of(4).0, "missing");
}

#[test]
fn of_a_shallow_history_the_number_of_versions_is_a_least_one() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: crate\npaths: [{ path: ci.yml, policy: exact }]\n",
    );
    let mut commits = Vec::new();
    for version in ["one: 1\n", "one: 2\n", "one: 3\n"] {
        world.write("pack/files/ci.yml", version);
        commits.push(world.commit("pack"));
    }
    world.write("a/ci.yml", "one: 2\n");
    let validate = ["validate", "a", "--shape", "pack"];
    let ran = world.run(&validate).exits(1);
    assert!(ran.stdout.contains("is 1 version behind the canon"), "{}", ran.stdout);
    world.write("pack/.git/shallow", format!("{}\n", commits[1]));
    let ran = world.run(&validate).exits(1);
    assert!(ran.stdout.contains("is at least 1 version behind the canon"), "{}", ran.stdout);
}

#[test]
fn two_trees_are_compared_path_by_path() {
    let world = World::new();
    world
        .write("one/same", "same")
        .write("one/gone", "gone")
        .write("one/differs", "1")
        .write("one/moved", "m");
    world
        .write("two/same", "same")
        .write("two/new", "new")
        .write("two/differs", "2")
        .write("two/there", "m");
    let ran = world.run(&["drift", "one", "two"]).exits(1);
    assert_eq!(
        ran.stdout,
        "differs             differs\nonly in the first   gone\nmoved               moved -> there\nonly in the second  new\n4 of 6 paths differ between one and two\n"
    );
    world.run(&["drift", "one", "one"]).exits(0);
    let report = world.run(&["drift", "one", "two", "--format", "json"]).exits(1).json();
    assert_eq!(report["differences"][2]["to"], "there");
}

#[test]
fn runs_are_recorded_only_when_asked() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  workspace: { prefix: molecule-ai-workspace-template- }\nmembers: [acme]\nhistory: history.jsonl\n",
    );
    world.run(&["drift", "--local", &name]).exits(0);
    assert!(!world.path("history.jsonl").exists());
    world.run(&["drift", "--local", &name, "--record"]).exits(0);
    world.run(&["drift", "--local", &name, "--record"]).exits(0);
    assert_eq!(world.read("history.jsonl").lines().count(), 2);
    let report = world.run(&["drift", "--local", &name, "--format", "json"]).exits(0).json();
    assert_eq!(report["trend"].as_array().expect("a trend").len(), 3);
}

#[test]
fn a_baseline_hides_what_was_there_and_tells_what_is_new() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  workspace: { prefix: molecule-ai-workspace-template- }\nmembers: [acme]\nbaseline: baseline.json\n",
    );
    world.remove(&format!("{name}/.gitattributes"));
    world.run(&["drift", "--local", &name]).exits(1);
    world.run(&["drift", "--local", &name, "--write-baseline"]).exits(0);
    world.run(&["drift", "--local", &name]).exits(0);
    world.remove(&format!("{name}/.github/workflows/ci.yml"));
    let ran = world.run(&["drift", "--local", &name]).exits(1);
    assert!(ran.stdout.contains("ci.yml"), "{}", ran.stdout);
}

#[test]
fn members_in_folders_of_one_repository_are_each_judged() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: crate\npaths:\n  - { path: LICENSE, policy: exact }\n",
    );
    world.write("pack/files/LICENSE", "be kind\n");
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  crate: { shape: { folder: pack } }\nmembers:\n  - { slug: a, repository: mono, path: a }\n  - { slug: b, repository: mono, path: b }\n  - { slug: c, repository: mono, path: c }\n",
    );
    world
        .write("mono/a/LICENSE", "be kind\n")
        .write("mono/b/other", "x\n")
        .write("mono/LICENSE", "be kind\n");
    let report = world.run(&["drift", "--local", "mono", "--format", "json"]).exits(3).json();
    let of = |index: usize| {
        let repository = &report["repositories"][index];
        (repository["name"].as_str().expect("a name").to_owned(), repository["verdict"].clone())
    };
    assert_eq!(of(0), ("mono/a".to_owned(), "conformant".into()));
    assert_eq!(of(1), ("mono/b".to_owned(), "drifted".into()));
    assert_eq!(of(2), ("mono/c".to_owned(), "unchecked".into()));
}

#[test]
fn a_rule_that_is_off_does_not_make_the_uncheckable_green() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: crate\npaths:\n  - { path: LICENSE, policy: exact }\n",
    );
    world.write("pack/files/LICENSE", "be kind\n");
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  crate: { shape: { folder: pack } }\nmembers: [{ slug: a, repository: a }]\nrules: { path-unchecked: { severity: \"off\" } }\n",
    );
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    world.write("a/LICENSE", pointer);
    world.run(&["drift", "--local", "a"]).exits(3);
}

#[test]
fn many_files_are_judged_in_time_that_grows_with_their_number() {
    let world = World::new();
    let name = world.conformant("acme");
    for number in 0..3_000 {
        world.write(&format!("{name}/data/{number}.bin"), number.to_string());
    }
    let report = world.run(&["drift", "--local", &name, "--format", "json"]).exits(0).json();
    assert_eq!(report["summary"]["infos"], 3_000);
}

#[test]
fn what_a_fleet_comes_to_is_said_at_the_end_with_who_can_mend_it() {
    let world = World::new();
    for slug in ["one", "two", "three", "four", "five"] {
        let name = world.conformant(slug);
        if slug != "five" {
            world.remove(&format!("{name}/.gitattributes"));
        }
        if slug == "two" {
            world.replace(&format!("{name}/config.yaml"), "template_schema_version: 1", "x: [");
        }
    }
    let folders: Vec<String> = ["one", "two", "three", "four", "five"]
        .iter()
        .map(|slug| format!("molecule-ai-workspace-template-{slug}"))
        .collect();
    let mut arguments = vec!["drift", "--local"];
    arguments.extend(folders.iter().map(String::as_str));
    let ran = world.run(&arguments);
    let (_, end) = ran.stdout.split_once("\nWhat matters most\n").expect("a triage");
    assert!(end.contains("path-missing"), "{end}");
    assert!(end.contains("4 repositories: "), "{end}");
    let machine = end.lines().find(|line| line.starts_with("  automatically ")).expect("a line");
    assert!(machine.contains("4 findings in 4 repositories; 3 need nothing else"), "{machine}");
    let next: Vec<&str> = end.lines().filter(|line| line.starts_with("  shipshape ")).collect();
    assert!(
        next[0].starts_with("  shipshape fix --diff molecule-ai-workspace-template-four"),
        "{end}"
    );
    assert!(
        next[1].ends_with("molecule-ai-workspace-template-two"),
        "the one that wants a person: {end}"
    );
    // Without anything to do, nothing is said of it.
    let ran = world.run(&["drift", "--local", &folders[4]]);
    assert!(!ran.stdout.contains("What matters most"), "{}", ran.stdout);
    let ran = world.run(&["drift", &folders[4]]).exits(2);
    assert!(ran.stderr.contains("comparing takes two trees, and 1 was given"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--local DIR"), "{}", ran.stderr);
}

#[test]
fn a_shape_that_is_not_there_is_told_at_its_place_and_a_part_of_a_fleet_is_no_trend() {
    let world = World::new();
    let name = world.conformant("one");
    let manifest = |shape: &str| {
        format!(
            "schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds:\n  t:\n    prefix: molecule-ai-workspace-template-\n    \
             shape: {shape}\nmembers: [one, two]\nhistory: h.jsonl\n"
        )
    };
    world.write("fleet.yaml", manifest("{ folder: shpe }"));
    let ran = world.run(&["drift", "--local", &name]).exits(2);
    assert!(ran.stderr.contains("there is no folder `shpe`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fleet.yaml:7:22"), "{}", ran.stderr);
    world.write("fleet.yaml", manifest("embedded"));
    let line = "{\"schema\":\"shipshape/history/1\",\"at\":\"2026-11-12T12:00:00Z\",\"repositories\":2,\"conformant\":0,\"drifted\":2,\"broken\":0,\"unchecked\":0,\"findings\":9,\"verdicts\":{}}\n";
    world.write("h.jsonl", line);
    let trend = |arguments: &[&str]| {
        let ran = world.run(arguments);
        ran.stdout.lines().find(|line| line.starts_with("Trend")).map(str::to_owned)
    };
    assert_eq!(trend(&["drift", "--local", &name]), None);
    let ran = world.run(&["drift", "--local", &name, "--record"]).exits(2);
    assert!(ran.stderr.contains("cannot be used for a part of the fleet"), "{}", ran.stderr);
    assert!(ran.stderr.contains("not among the repositories: "), "{}", ran.stderr);
    assert_eq!(world.read("h.jsonl"), line);
    let other = world.conformant("two");
    let whole = trend(&["drift", "--local", &name, &other]).expect("a trend");
    assert!(whole.contains("on 2026-11-22"), "{whole}");
    // Runs of one day differ in their times.
    let today = line.replace("2026-11-12T12:00:00Z", "2026-11-22T09:30:00Z");
    world.write("h.jsonl", today);
    let whole = trend(&["drift", "--local", &name, &other]).expect("a trend");
    let said = "9 findings on 2026-11-22 at 09:30 UTC, 0 on 2026-11-22 at 12:00 UTC";
    assert!(whole.ends_with(said), "{whole}");
    world.write("h.jsonl", line);
    // What could not be checked has not become better.
    for name in [&name, &other] {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
        world.write(&format!("{name}/Dockerfile"), pointer);
    }
    let dark = trend(&["drift", "--local", &name, &other]).expect("a trend");
    assert!(dark.ends_with("on 2026-11-22 (2 of 2 unchecked)"), "{dark}");
}

#[test]
fn a_look_at_some_members_is_about_those() {
    let world = World::new();
    world.write("fleet.yaml", format!("{FLEET}history: h.jsonl\n"));
    world.write_readme_shape();
    let line = "{\"schema\":\"shipshape/history/1\",\"at\":\"2026-11-12T12:00:00Z\",\"repositories\":2,\"conformant\":0,\"drifted\":2,\"broken\":0,\"unchecked\":0,\"findings\":9,\"verdicts\":{}}\n";
    world.write("h.jsonl", line);
    let expired = "schema: 1\nwaivers:\n  - { repository: t-codex, rule: secret, path: .env, hash: \"0123456789abcdef\", reason: it is revoked, owner: me, expires: 2026-01-01 }\n";
    world.write("waivers.yaml", expired);
    let forge = Rehearsal::new(&world, SEED);
    let ran = forge.run(&world, &["drift"]);
    for said in ["Trend", "registration-missing", "waiver-expired", "in the fleet itself"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let ran = forge.run(&world, &["drift", "--repository", "hermes"]);
    for other in ["Trend", "codex", "registration-missing", "waiver-expired"] {
        assert!(!ran.stdout.contains(other), "{other}: {}", ran.stdout);
    }
    let said = "1 finding in the lists of members is about other members: `shipshape fleet registrations` shows all of them";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = forge.run(&world, &["drift", "--repository", "codex"]);
    for said in ["registration-missing", "waiver-expired"] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    assert!(!ran.stderr.contains("other members"), "{}", ran.stderr);
}

#[test]
fn a_large_binary_that_cannot_be_read_in_part_is_never_green() {
    let world = World::new();
    world.write_readme_shape();
    world.write("fleet.yaml", "schema: 1\nname: acme\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [t-big]\n");
    world.write("t-big/README.md", "hello\n");
    world.write("t-big/big.bin", vec![0; (64 << 20) + 1]);
    world.write("t-big/mid.bin", vec![0; (16 << 20) + 1]);
    world.commit("t-big");
    // In a work tree its first bytes are read, and a binary file holds no credential that is looked for.
    world.run(&["drift", "--local", "t-big"]).exits(0);
    let bare = world.bare("t-big");
    let ran = world.run(&["drift", "--local", &bare]).exits(3);
    let said = "`big.bin` could not be searched for credentials: the content has 67108865 bytes";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("judge a checkout"), "{}", ran.stdout);
    let forge =
        Rehearsal::new(&world, &format!("repositories: [{{ name: acme/t-big, from: {bare} }}]\n"));
    let ran = forge.run(&world, &["drift"]).exits(3);
    let said = "`big.bin`, `mid.bin` could not be searched for credentials";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn a_retired_member_that_is_named_is_marked() {
    let world = World::new();
    let (kept, gone) = (world.conformant("kept"), world.conformant("gone"));
    world.write(
        "fleet.yaml",
        "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  workspace: { prefix: molecule-ai-workspace-template- }\nmembers: [kept, { slug: gone, retired: 2026-01-31 }]\n",
    );
    let ran = world.run(&["drift", "--local", &kept, &gone]).exits(0);
    let note =
        format!("1 retired member is judged because it was named: `{gone}` (retired 2026-01-31)");
    assert!(ran.stdout.contains(&note), "{}", ran.stdout);
    let ran = world.run(&["drift", "--local", &kept]).exits(0);
    assert!(!ran.stdout.contains("retired"), "{}", ran.stdout);
}
