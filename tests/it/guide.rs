//! `shipshape` alone says what to do next, here and now: each kind of place, each thing that waits. It asks nobody and
//! writes nothing.

use std::path::PathBuf;

use serde_json::json;
use shipshape::journal::place::{FleetIdentity, state_file};
use shipshape::journal::{Caution, Journal, OperationName};

use crate::campaign::stage::Stage;
use crate::world::{Ran, World};

/// A small fleet, and what is told in it.
const FLEET: &str = "schema: 1\nname: small\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\n\
                     members: [alpha, beta]\n";

fn fleet(more: &str) -> World {
    let world = World::new();
    world.write("fleet.yaml", format!("{FLEET}{more}"));
    world
}

/// The commands that are told, in their order.
fn commands(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().filter_map(|line| line.strip_prefix("  shipshape ")).collect()
}

/// Why a command is told, on one line.
fn why(ran: &Ran, command: &str) -> String {
    let mut lines = ran.stdout.lines().skip_while(|line| *line != format!("  shipshape {command}"));
    assert!(lines.next().is_some(), "`{command}` is not told:\n{}", ran.stdout);
    let because = lines.map_while(|line| line.strip_prefix("    "));
    because.collect::<Vec<_>>().join(" ")
}

/// Everything below a folder, with its size: what a run that writes nothing leaves as it was.
fn seen(folder: PathBuf) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_string_lossy().ends_with("-shm") {
                found.push((path, entry.metadata().map_or(0, |metadata| metadata.len())));
            }
        }
    }
    found.sort();
    found
}

fn journal(world: &World) -> Journal {
    let file = world.path("fleet.yaml");
    let identity = FleetIdentity::Manifest { file: &file, forge: "https://github.com" };
    Journal::open(&state_file(&world.path(".local/state/shipshape"), "small", identity))
        .expect("a journal")
}

#[test]
fn where_nothing_is_it_leads_to_a_first_fleet() {
    let world = World::new();
    let ran = world.run(&[]).exits(0);
    assert!(ran.stdout.starts_with("No fleet.yaml here"), "{}", ran.stdout);
    assert_eq!(commands(&ran), ["demo", "init --owner NAME", "validate PATH", "doctor"]);
    assert!(ran.stdout.ends_with("`shipshape --help` lists all commands.\n"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    assert_eq!(seen(world.path("")), [], "nothing is written, not even below HOME");
}

#[test]
fn in_one_repository_it_is_about_that_and_in_many_about_all() {
    let world = World::new();
    let name = world.conformant("solo");
    world.commit(&name);
    let within = world.path(&format!("{name}/.github"));
    let ran = world.run_in(&within, &[], &[]).exits(0);
    assert!(ran.stdout.starts_with(&format!("The repository `{name}`;")), "{}", ran.stdout);
    assert_eq!(commands(&ran)[..2], ["validate ..", "fix --diff .."]);
    let ran = world.run(&[]).exits(0);
    assert!(ran.stdout.starts_with("1 repository in this folder"), "{}", ran.stdout);
    assert_eq!(commands(&ran)[..2], ["init ./*", "drift --local ./*"]);
    world.write("below/some repos/x/.git/HEAD", "ref: refs/heads/main\n");
    world.write("below/some repos/x/main.go", "package main\n");
    let ran = world.run_in(&world.path("below"), &[], &[]).exits(0);
    // A shape takes two of them, and what is of another kind is not judged by the one inside shipshape.
    assert_eq!(commands(&ran), ["init 'some repos'/*", "demo"]);
    let ran = world.run_in(&world.path("below/some repos/x"), &[], &[]).exits(0);
    assert_eq!(commands(&ran), ["shape init --from . ../ANOTHER --out shape", "init .", "demo"]);
    world.write("pack/shape.yaml", "schema: 1\nname: small\npaths: []\n");
    let ran = world.run_in(&world.path("pack"), &[], &[]).exits(0);
    assert!(
        ran.stdout.starts_with("This folder contains the shape pack `small`"),
        "{}",
        ran.stdout
    );
    // What is proposed can be done as it stands.
    world.run_in(&world.path("pack"), &["shape", "show", "--pack", "."], &[]).exits(0);
    assert_eq!(commands(&ran)[1], "shape history --pack .");
    world.write("pack/shape.yaml", "schema: 1\nname: small\npaths: [{ path: a, policy: exact }]\n");
    world.write("pack/files/a", "a\n");
    let ran = world.run_in(&world.path("pack"), &["shape", "history", "--pack", "."], &[]).exits(0);
    assert!(ran.stdout.starts_with("a  1 version\n"), "{}", ran.stdout);
}

#[test]
fn bare_repositories_are_told_apart_as_work_trees_are() {
    let world = World::new();
    let proposed = |names: [String; 2], folder: &str| {
        for name in names {
            world.commit(&name);
            let bare = world.path(&world.bare(&name));
            let place = world.path(&format!("{folder}/mirrors/{name}.git"));
            std::fs::create_dir_all(place.parent().expect("a folder")).expect("created");
            std::fs::rename(bare, place).expect("moved");
        }
        world.run_in(&world.path(folder), &[], &[]).exits(0)
    };
    let ours = ["one", "two"].map(|name| world.conformant(name));
    assert_eq!(commands(&proposed(ours, "ours"))[1], "drift --local mirrors/*");
    let theirs = ["role", "play"].map(|name| {
        world.write(&format!("{name}/main.yml"), "- hosts: all\n");
        name.to_owned()
    });
    let made = "shape init --from mirrors/* --out shape";
    assert_eq!(commands(&proposed(theirs, "theirs")), ["init mirrors/*", made, "demo"]);
}

#[test]
fn what_holds_no_files_of_a_repository_is_proposed_nothing_that_would_end_in_an_error() {
    let world = World::new();
    git2::Repository::init(world.path("empty")).expect("a repository");
    let ran = world.run_in(&world.path("empty"), &[], &[]).exits(0);
    assert!(
        ran.stdout.starts_with("The repository `empty`, which contains no file yet;"),
        "{}",
        ran.stdout
    );
    assert_eq!(commands(&ran), ["demo", "init --owner NAME", "validate PATH"]);
    // A bare repository without commits cannot be judged either.
    world.write("fresh.git/HEAD", "ref: refs/heads/main\n");
    for folder in ["objects", "refs/heads"] {
        std::fs::create_dir_all(world.path(&format!("fresh.git/{folder}"))).expect("a folder");
    }
    let ran = world.run_in(&world.path("fresh.git"), &[], &[]).exits(0);
    assert_eq!(commands(&ran), ["demo", "init --owner NAME", "validate PATH"]);
    let name = world.conformant("solo");
    world.commit(&name);
    let bare = world.bare(&name);
    for (place, up) in [
        (bare.clone(), "."),
        (format!("{name}/.git"), ".."),
        (format!("{name}/.git/refs"), "../.."),
    ] {
        let place = world.path(&place);
        let ran = world.run_in(&place, &[], &[]).exits(0);
        assert!(ran.stdout.starts_with("The git directory of the repository `"), "{}", ran.stdout);
        assert_eq!(commands(&ran), [&format!("validate {up}"), "demo"]);
        world.run_in(&place, &["validate", up], &[]).exits(0);
    }
    let ran = world.run_in(&world.path(&bare), &["init", "."], &[]).exits(2);
    assert!(ran.stderr.contains("the folder is git's own directory"), "{}", ran.stderr);
    assert!(!world.path(&format!("{bare}/fleet.yaml")).exists());
    world.write("wheel/package.yaml", "");
    let ran = world.run_in(&world.path("wheel"), &[], &[]).exits(0);
    assert!(ran.stdout.starts_with("A package.yaml is in this folder;"), "{}", ran.stdout);
    assert_eq!(commands(&ran), ["package check", "package smoke", "demo"]);
}

/// What `init` made a fleet of is read where it lies, and not asked of an owner that nobody named.
#[test]
fn a_fleet_that_was_made_of_folders_here_is_judged_here() {
    let world = World::new();
    let name = world.conformant("solo");
    world.commit(&name);
    world.run(&["init", &name]).exits(0);
    let ran = world.run(&[]).exits(0);
    assert_eq!(commands(&ran)[0], format!("drift --local {name}"));
    let here = ran.stdout.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    assert!(here.contains("that owner is a placeholder: correct `owner`"), "{here}");
    world.run(&["drift", "--local", &name]).ends();
}

#[test]
fn a_broken_fleet_is_told_at_its_place_and_nothing_else_is() {
    let world = fleet("membres: []\n");
    let ran = world.run(&[]).exits(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("unknown key `membres`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fleet.yaml:6:1"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `members`?"), "{}", ran.stderr);
    let ran = world.run(&["--fleet", "nowhere.yaml"]).exits(2);
    assert!(ran.stderr.contains("there is no such manifest"), "{}", ran.stderr);
}

#[test]
fn a_fleet_is_looked_at_and_who_has_no_token_is_told() {
    let world = fleet("");
    let ran = world.run(&[]).exits(0);
    let head = "Fleet `small` (fleet.yaml): 2 members of acme on https://github.com\n";
    assert!(ran.stdout.starts_with(head), "{}", ran.stdout);
    assert_eq!(commands(&ran), ["drift", "doctor", "fleet status"]);
    assert!(why(&ran, "doctor").starts_with("GH_TOKEN and GITHUB_TOKEN are not set"));
    let ran = world.run_in(&world.path(""), &[], &[("GH_TOKEN", "some-token")]).exits(0);
    assert_eq!(commands(&ran), ["drift", "fleet status"]);
    assert!(!world.path(".local").exists(), "no journal is made");
    // A fleet that was named is named again; its repositories are read where they lie.
    for slug in ["alpha", "beta"] {
        world.write(&format!("clones/t-{slug}/.git/HEAD"), "ref: refs/heads/main\n");
    }
    let ran = world.run(&["--fleet", "fleet.yaml"]).exits(0);
    assert_eq!(commands(&ran)[0], "drift --local clones/* --fleet fleet.yaml");
    // Members of another kind may be in a folder of their own.
    std::fs::create_dir(world.path("others")).expect("a folder");
    let [from, to] = ["clones/t-beta", "others/t-beta"].map(|place| world.path(place));
    std::fs::rename(&from, &to).expect("moved");
    let ran = world.run(&["--fleet", "fleet.yaml"]).exits(0);
    assert_eq!(commands(&ran)[0], "drift --local clones/* others/t-beta --fleet fleet.yaml");
    std::fs::rename(&to, &from).expect("moved back");
    let ran = world.run_in(&world.path("clones/t-beta"), &[], &[]).exits(0);
    assert_eq!(commands(&ran)[..2], ["validate", "fix --diff"]);
    assert!(why(&ran, "validate").contains("`t-beta`"), "{}", ran.stdout);
}

/// What is rehearsed leads to its own forge, and not to GitHub.
#[test]
fn the_sandbox_of_a_fleet_comes_before_what_asks_github() {
    let world = fleet("");
    world.write(
        "forge.yaml",
        "repositories:\n  - { name: acme/workspace-template-one, files: { README.md: Hi } }\n",
    );
    let start = "sandbox --seed forge.yaml --clock virtual --exports ./sandbox.env";
    let ran = world.run(&[]);
    assert_eq!(commands(&ran)[0], start);
    assert!(why(&ran, start).contains("then `. ./sandbox.env` in this one"), "{}", ran.stdout);
    // While it runs, what leads there is said instead.
    world.write("sandbox.env", "export SHIPSHAPE_FORGE=http://127.0.0.1:1\n");
    let ran = world.run(&[]);
    assert!(!commands(&ran).contains(&start), "{}", ran.stdout);
    let here = ran.stdout.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    assert!(
        here.ends_with("a sandbox of it is running, and `. ./sandbox.env` points commands to it"),
        "{here}"
    );
    // Who went there, or has a token, is not told.
    for variables in [("SHIPSHAPE_FORGE", "http://127.0.0.1:1"), ("GH_TOKEN", "a-token")] {
        let ran = world.run_in(&world.path(""), &[], &[variables]);
        assert!(!ran.stdout.contains("sandbox"), "{}", ran.stdout);
    }
    // And a file of that name that is something else is nothing.
    world.write("forge.yaml", "forge: github\n");
    let ran = world.run(&[]);
    assert!(!ran.stdout.contains("sandbox"), "{}", ran.stdout);
}

#[test]
fn what_was_recorded_and_what_runs_out_is_told() {
    let world = fleet("history: history.jsonl\n");
    let ran = world.run(&[]).exits(0);
    assert!(why(&ran, "drift --record").starts_with("no run is recorded yet"), "{}", ran.stdout);
    let line = |at: &str| {
        format!(
            "{{\"schema\":\"shipshape/history/1\",\"at\":\"{at}\",\"repositories\":2,\"conformant\":1,\"drifted\":1,\"broken\":0,\"unchecked\":0,\"findings\":3,\"verdicts\":{{}}}}\n"
        )
    };
    world.write("history.jsonl", line("2026-11-12T12:00:00Z"));
    let ran = world.run(&[]).exits(0);
    assert_eq!(
        why(&ran, "drift --record"),
        "the last recorded run is 10 days old: 1 of 2 repositories conformant"
    );
    world.write("history.jsonl", line("2026-11-22T11:00:00Z"));
    let ran = world.run(&[]).exits(0);
    assert!(!ran.stdout.contains("drift --record"), "today is recorded: {}", ran.stdout);
    assert!(why(&ran, "drift").starts_with("the last recorded run, 60 minutes ago"));
    let waiver = |rule: &str, expires: &str| {
        format!(
            "  - {{ repository: t-alpha, rule: {rule}, path: a, reason: r, owner: o, expires: {expires}, hash: 0123456789abcdef }}\n"
        )
    };
    let some = [waiver("path-stale", "2026-11-21"), waiver("path-missing", "2026-12-01")].concat();
    world.write("waivers.yaml", format!("schema: 1\nwaivers:\n{some}"));
    let ran = world.run(&[]).exits(0);
    assert_eq!(
        why(&ran, "waivers"),
        "1 waiver has expired, 1 waiver ends soon, first `path-missing` of `t-alpha` on 2026-12-01"
    );
    world.write("waivers.yaml", "schema: 1\nwaivers:\n  - nonsense\n");
    let ran = world.run(&[]).exits(0);
    assert_eq!(commands(&ran)[0], "waivers");
    assert!(why(&ran, "waivers").contains("waivers.yaml:3:5"), "{}", ran.stdout);
}

#[test]
fn what_stopped_half_way_comes_first() {
    let world = fleet("images: { registry: ghcr.io, name: 'ghcr.io/acme/t-{slug}' }\n");
    let journal = journal(&world);
    let now = "2026-11-22T10:00:00Z";
    let release = OperationName::new("release-run", "acme-runtime@0.1.6");
    let operation = journal.begin(&release, &json!({}), now).expect("begun");
    for (stage, state) in [("plan", "done"), ("tag", "done"), ("build", "failed")] {
        let row = json!({ "stage": stage, "state": state, "what": "x" });
        operation.found_now(&format!("stage {stage}"), &row).expect("written");
    }
    drop(operation);
    let new = OperationName::new("new", "acme/t-gamma");
    let answers = json!({ "answers": { "slug": "gamma" } });
    let operation = journal.begin(&new, &answers, now).expect("begun");
    operation.found_now("repository", &json!({})).expect("written");
    drop(operation);
    drop(journal);
    let held = json!({ "version": 1, "images": { "ghcr.io/acme/t-alpha:latest": { "hold": { "reason": "boots no more", "since": "2026-11-20T12:00:00Z" } } } });
    let folder = std::fs::read_dir(world.path(".local/state/shipshape")).expect("a folder");
    let fleet = folder.flatten().next().expect("a fleet").path();
    std::fs::write(fleet.join("images.json"), held.to_string()).expect("writable");
    let before = seen(world.path(""));
    let ran = world.run(&[]).exits(0);
    assert_eq!(
        commands(&ran),
        ["release run --version 0.1.6", "new gamma", "drift", "images status", "doctor"]
    );
    assert_eq!(
        why(&ran, "release run --version 0.1.6"),
        "the release of acme-runtime 0.1.6 failed at its stage `build`; this continues there"
    );
    assert!(why(&ran, "new gamma").starts_with("started 2 hours ago"), "{}", ran.stdout);
    assert_eq!(
        why(&ran, "images status"),
        "`ghcr.io/acme/t-alpha:latest` is held for 2 days: boots no more"
    );
    assert_eq!(seen(world.path("")), before, "nothing is written");
    // One that is damaged keeps nobody from the rest.
    std::fs::write(fleet.join("state.db"), "no database").expect("writable");
    let ran = world.run(&[]).exits(0);
    assert!(why(&ran, "doctor").contains("cannot read the journal"), "{}", ran.stdout);
    assert!(commands(&ran).contains(&"drift"), "{}", ran.stdout);
}

#[test]
fn where_a_release_stopped_is_said_as_it_is() {
    let told = |rows: serde_json::Value| {
        let world = fleet("");
        let journal = journal(&world);
        let release = OperationName::new("release-run", "acme-runtime@0.1.6");
        let operation = journal.begin(&release, &json!({}), "2026-11-22T10:00:00Z").expect("begun");
        for row in rows.as_array().expect("a list") {
            let key = format!("stage {}", row["stage"].as_str().expect("a stage"));
            operation.found_now(&key, row).expect("written");
        }
        let running = world.run(&[]).exits(0);
        assert_eq!(commands(&running)[0], "release status");
        let says = "the release of acme-runtime 0.1.6 is running (process ";
        assert!(why(&running, "release status").starts_with(says), "{}", running.stdout);
        drop(operation);
        drop(journal);
        world.run(&[]).exits(0)
    };
    let at = "2026-11-22T10:01:00Z";
    let done: Vec<_> = ["plan", "tag", "build", "check", "smoke", "compat", "publish", "wait"]
        .map(|stage| json!({ "stage": stage, "state": "done", "at": at, "what": "x" }))
        .to_vec();
    let with = |last: serde_json::Value| json!([&done[..], &[last]].concat());
    let within =
        with(json!({ "stage": "cascade", "state": "waiting", "at": at, "what": "1 of 8" }));
    let ran = told(within);
    let run = "release run --version 0.1.6";
    assert_eq!(
        why(&ran, run),
        "the release of acme-runtime 0.1.6 stopped in its stage `cascade`; this continues there"
    );
    let ran = told(json!(done));
    assert!(why(&ran, run).contains(" stopped before its stage `cascade`"), "{}", ran.stdout);
    let ran = told(with(json!({
        "stage": "cascade", "state": "failed", "at": at, "what": "frozen: bad",
        "next": "shipshape release thaw"
    })));
    assert_eq!(commands(&ran)[..2], ["release thaw", run]);
    assert!(why(&ran, "release thaw").contains("releases are frozen"), "{}", ran.stdout);
}

#[test]
fn a_patch_of_an_older_line_is_proposed_beside_the_newer_release() {
    let world = fleet("");
    let journal = journal(&world);
    let records = |version: &str, rows: &[(&str, &str)]| {
        let release = OperationName::new("release-run", format!("acme-runtime@{version}"));
        let operation = journal.begin(&release, &json!({}), "2026-11-22T10:00:00Z").expect("begun");
        for (stage, state) in rows {
            let mut row = json!({ "stage": stage, "state": state, "what": "x" });
            if *state == "failed" {
                row["next"] = json!(format!("shipshape release run --version {version}"));
            }
            operation.found_now(&format!("stage {stage}"), &row).expect("written");
        }
    };
    let published = ["plan", "tag", "build", "check", "smoke", "compat", "publish", "wait"];
    let published = published.map(|stage| (stage, "done"));
    // What was started before the newer release is superseded by it.
    records("1.4.2", &[("plan", "done"), ("tag", "done"), ("build", "failed")]);
    records("2.0.0", &[&published[..], &[("cascade", "failed")]].concat());
    let run = "release run --version 2.0.0";
    let proposed = |ran: &crate::world::Ran| -> Vec<String> {
        let runs = commands(ran).into_iter().filter(|it| it.starts_with("release run"));
        runs.map(str::to_owned).collect()
    };
    assert_eq!(proposed(&world.run(&[]).exits(0)), [run]);
    records("1.4.3", &[("plan", "done"), ("tag", "done"), ("build", "failed")]);
    let ran = world.run(&[]).exits(0);
    let patch = "release run --version 1.4.3 --until wait";
    assert_eq!(proposed(&ran), [run, patch]);
    assert_eq!(
        why(&ran, patch),
        "the release of acme-runtime 1.4.3 failed at its stage `build`; this publishes it, and notifies no member, since \
         2.0.0 is newer"
    );
    // Once it is published, it has come to its end.
    records("1.4.3", &published);
    assert_eq!(proposed(&world.run(&[]).exits(0)), [run]);
}

#[test]
fn a_plan_that_needs_an_approval_is_applied_with_one() {
    let stage = Stage::of(&["alpha"]);
    stage.campaign(&["plan"]).exits(0);
    let told = || stage.forge.run(&stage.world, &[]).exits(0);
    assert_eq!(commands(&told())[0], "campaign apply campaign.plan.json");
    // Nothing in this plan is a workflow.
    stage.world.replace("fleet.yaml", "kinds:", "campaigns: { approval: workflows }\nkinds:");
    assert_eq!(commands(&told())[0], "campaign apply campaign.plan.json");
    stage.world.replace("fleet.yaml", "approval: workflows", "approval: always");
    let command = "campaign apply campaign.plan.json --approved-in NUMBER";
    let ran = told();
    assert_eq!(commands(&ran)[0], command);
    let said =
        "the fleet requires each plan to be approved by another person: NUMBER is the pull request";
    assert!(why(&ran, command).contains(said), "{}", ran.stdout);
}

#[test]
fn a_campaign_is_followed_from_its_file_to_its_end_and_the_forge_is_not_asked() {
    let stage = Stage::of(&["alpha", "beta"]);
    let told = || {
        let before = stage.forge.count();
        let ran = stage.forge.run(&stage.world, &[]).exits(0);
        assert_eq!(stage.forge.count(), before, "nobody is asked");
        ran
    };
    assert_eq!(commands(&told())[0], "campaign plan campaign.yaml");
    stage.campaign(&["plan"]).exits(0);
    let ran = told();
    assert_eq!(commands(&ran)[0], "campaign apply campaign.plan.json");
    assert!(
        why(&ran, "campaign apply campaign.plan.json")
            .contains("for 2 repositories, and not applied")
    );
    // A plan for other members is none for this fleet.
    let other = stage.world.read("fleet.yaml").replace("alpha", "gamma");
    stage.world.write("other.yaml", other);
    let ran = stage.forge.run(&stage.world, &["--fleet", "other.yaml"]).exits(0);
    assert!(!ran.stdout.contains("campaign apply"), "{}", ran.stdout);
    let why_of = why(&ran, "campaign plan campaign.yaml --fleet other.yaml");
    let said = "its plan names acme/t-alpha, which is not a member of this fleet";
    assert!(why_of.starts_with(said), "{why_of}");
    // A plan of a rehearsal is none for the real forge.
    let elsewhere = [("SHIPSHAPE_FORGE", "https://github.acme.example")];
    let ran = stage.forge.run_with(&stage.world, &[], &elsewhere).exits(0);
    assert_eq!(commands(&ran)[0], "campaign plan campaign.yaml");
    stage.says_more("unneeded: close\n");
    assert!(why(&told(), "campaign plan campaign.yaml").starts_with("it was changed since"));
    stage.applied().exits(0);
    let ran = told();
    assert!(
        why(&ran, "campaign status campaign.yaml").starts_with("2 pull requests opened"),
        "{}",
        ran.stdout
    );
    for slug in ["alpha", "beta"] {
        stage.review("ann", slug, "APPROVE");
    }
    stage.campaign(&["merge", "--without-checks"]).exits(0);
    let ran = told();
    assert!(!ran.stdout.contains("campaign"), "it has come to its end\n{}", ran.stdout);
    stage.world.replace("campaign.yaml", "changes:", "chnges:");
    let ran = told();
    assert_eq!(commands(&ran)[0], "campaign plan campaign.yaml");
    assert!(
        why(&ran, "campaign plan campaign.yaml").contains("campaign.yaml:3:1"),
        "{}",
        ran.stdout
    );
}

#[test]
fn hostile_names_are_spelled_out() {
    let world = World::new();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: \"a\\e[31m\\u202eb\\nc\"\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [alpha]\n",
    );
    world.write("campaigns/\u{1b}]0;x\u{7} $(touch y)\n.yaml", crate::campaign::stage::ADD_NOTE);
    let ran = world.run(&["--color", "always"]).exits(0);
    let plain =
        ran.stdout.replace("\u{1b}[1m", "").replace("\u{1b}[36m", "").replace("\u{1b}[0m", "");
    for hostile in ['\u{1b}', '\u{202e}', '\u{7}'] {
        assert!(!plain.contains(hostile), "{plain:?}");
    }
    assert!(plain.contains("\\u{202e}") && plain.contains("\\u{1b}"), "{plain}");
    let line = plain.lines().find(|line| line.contains("campaign plan")).expect("a command");
    assert!(line.contains("campaign plan $'campaigns/") && line.contains("$(touch y)"), "{line}");
}

#[test]
fn help_stays_help() {
    let world = fleet("");
    let ran = world.run(&["--help"]).exits(0);
    assert!(
        ran.stdout.contains("Start here:") && ran.stdout.contains("Commands:"),
        "{}",
        ran.stdout
    );
    world.run(&["no-such-command"]).exits(2);
}

/// Only so that a journal is written as commands write it.
#[test]
fn what_is_looked_at_is_what_was_written() {
    let world = fleet("");
    let journal = journal(&world);
    let name = OperationName::new("new", "acme/t-x");
    let operation = journal.begin(&name, &json!({}), "2026-11-22T10:00:00Z").expect("begun");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.expect("a runtime").block_on(operation.effect(
        "repository",
        &json!({}),
        Caution::WhenInDoubt,
        async || Ok(None),
        async || Ok(json!({})),
    ));
    assert!(done.is_ok());
    drop((operation, journal));
    assert_eq!(commands(&world.run(&[]).exits(0))[0], "new acme/t-x");
}
