//! Bad input: a clear error with its place and the next step, and the right exit code.

use crate::world::World;

#[test]
fn errors_of_a_manifest_have_line_and_column_and_come_together() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  workspace: { prefx: x- }\nmembers: [acme, acme]\n");
    let ran = world.run(&["validate", &name]).exits(2);
    assert!(ran.stderr.contains("fleet.yaml:5:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("prefix"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fleet.yaml:6:"), "{}", ran.stderr);
}

#[test]
fn what_is_not_there_is_named() {
    let world = World::new();
    let ran = world.run(&["validate", "nowhere"]).exits(3);
    assert!(ran.stdout.contains("nowhere"), "{}{}", ran.stdout, ran.stderr);
    let ran = world.run(&["validate", "--fleet", "nowhere.yaml"]).exits(2);
    assert!(ran.stderr.contains("nowhere.yaml"), "{}", ran.stderr);
    let ran = world.run(&["explain", "docker-bse-image"]).exits(2);
    assert!(ran.stderr.contains("did you mean `docker-base-image`"), "{}", ran.stderr);
    let ran = world.run(&["validate", "--ref", "nowhere", "."]).exits(3);
    assert!(ran.stdout.contains("not a repository"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_fixed_clock_must_be_a_time() {
    let world = World::new();
    let ran =
        world.run_in(&world.path(""), &["explain"], &[("SHIPSHAPE_NOW", "tomorrow")]).exits(2);
    assert!(ran.stderr.contains("2026-11-22T12:00:00Z"), "{}", ran.stderr);
}

#[test]
fn an_unknown_profile_is_told_with_those_there_are() {
    let world = World::new();
    let name = world.conformant("acme");
    let ran = world.run(&["validate", &name, "--profile", "nowhere"]).exits(2);
    assert!(ran.stderr.contains("has no profile `nowhere`"), "{}", ran.stderr);
    // And in which file they are.
    world.write_readme_shape();
    let ran = world.run(&["validate", &name, "--profile", "nowhere", "--shape", "shape"]).exits(2);
    assert!(ran.stderr.contains("shape/shape.yaml"), "{}", ran.stderr);
}

#[test]
fn an_adapter_that_exits_is_told_as_what_it_is() {
    let world = World::new();
    let name = world.conformant("acme");
    let adapter = world.read(&format!("{name}/adapter.py"));
    let future = "from __future__ import annotations\n";
    let exits = adapter.replacen(future, &format!("{future}raise SystemExit(0)\n"), 1);
    assert_ne!(exits, adapter);
    world.write(&format!("{name}/adapter.py"), exits);
    let ran = world.run(&["validate", &name]).exits(1);
    assert!(ran.stdout.contains("import-time-failure"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn files_of_ours_that_would_block_are_refused() {
    let world = World::new();
    let name = world.conformant("acme");
    world.write("fleet.yaml", "schema: 1\nname: acme\nforge: { owner: Acme }\nkinds:\n  workspace: { prefix: molecule-ai-workspace-template- }\nmembers: [acme]\n");
    std::os::unix::fs::symlink("/dev/zero", world.path("waivers.yaml")).expect("linked");
    let ran = world.run(&["validate", &name]).exits(3);
    assert!(ran.stderr.contains("not a regular file"), "{}", ran.stderr);
}

#[test]
fn a_command_without_a_fleet_proposes_only_what_it_takes() {
    let world = World::new();
    let ran = world.run(&["fleet", "status"]).exits(2);
    assert!(!ran.stderr.contains("--local"), "{}", ran.stderr);
    assert!(ran.stderr.contains("shipshape init"), "{}", ran.stderr);
    let ran = world.run(&["validate", "--repository", "x"]).exits(2);
    assert!(ran.stderr.contains("`shipshape validate repos/*`"), "{}", ran.stderr);
    let ran = world.run(&["drift"]).exits(2);
    assert!(ran.stderr.contains("`--local repos/*`"), "{}", ran.stderr);
}

#[test]
fn a_run_that_has_nowhere_to_end_reads_nothing() {
    let (world, forge) = crate::fleet_commands::fleet();
    for option in ["--record", "--write-baseline"] {
        forge.requests();
        let ran = forge.run_as(&world, "all", &["drift", option]).exits(2);
        assert!(ran.stderr.contains("name one in fleet.yaml"), "{}", ran.stderr);
        assert_eq!(forge.requests().len(), 0, "{option}");
    }
}

#[test]
fn names_that_cannot_be_given_are_refused() {
    let world = World::new();
    let rules = "schema: 1\nname: t\npaths: [{ path: a, policy: contract }]\nextras: ['**']\n";
    let names = [
        ("\"\"", "a profile has no name"),
        ("' '", "a profile has no name"),
        ("'gitea '", "`gitea ` is not the name of a profile"),
        ("\"a\\nb\"", "`a\\nb` is not the name of a profile"),
    ];
    for (name, said) in names {
        world.write("pack/shape.yaml", format!("{rules}profiles:\n  {name}: {{ permits: [b] }}\n"));
        let ran = world.run(&["shape", "show", "--pack", "pack"]).exits(2);
        assert!(ran.stderr.contains(said), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("pack/shape.yaml:6:"), "{name}: {}", ran.stderr);
    }
    world.write("pack/shape.yaml", rules).write("repo/b", "b\n");
    let accept = ["shape", "accept", "repo", "b", "--pack", "pack", "--profile", ""];
    let ran = world.run(&accept).exits(2);
    assert!(ran.stderr.contains("a profile has no name"), "{}", ran.stderr);
    for slug in ["", "a/b", "a b", "a\nb", "../a"] {
        for command in [
            &["validate", "repo", "--shape", "pack"][..],
            &["shape", "show", "--pack", "pack"],
            &["shape", "promote", "repo", "b", "--pack", "pack"],
        ] {
            let ran = world.run(&[command, &["--slug", slug]].concat()).exits(2);
            let said = "a slug has letters, digits, `-`, `_` and `.` only";
            assert!(ran.stderr.contains(said), "{slug:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn what_only_demands_are_about_is_not_accepted_by_a_profile() {
    let world = World::new();
    world.write("pack/shape.yaml", "schema: 1\nname: s\npaths: [{ path: package.json, policy: contract }]\nextras: ['**']\ndemands:\n  documents:\n  - { path: package.json, keys: { type: { type: string, one_of: [module] } } }\n");
    world.write("repo/package.json", "{ \"type\": \"commonjs\" }\n");
    let before = world.read("pack/shape.yaml");
    let accept = ["shape", "accept", "repo", "package.json", "--profile", "old", "--pack", "pack"];
    let ran = world.run(&accept).exits(2);
    assert!(ran.stderr.contains("`package.json` is compared with no canon"), "{}", ran.stderr);
    assert!(ran.stderr.contains("shipshape waive"), "{}", ran.stderr);
    assert_eq!(world.read("pack/shape.yaml"), before);
}
