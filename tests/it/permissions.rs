//! What docs/permissions.md says is enough, and none of it is too much.

use serde_json::Value;
use shipshape::forge::permissions::{COMMANDS, Permission};

use crate::rehearsal::Rehearsal;
use crate::world::World;

const MEMBER: &str = "molecule-ai-workspace-template-alpha";

/// A fleet of one private repository, whose last run failed, and a token of these permissions beside one that
/// may do everything.
fn forge(world: &World, permissions: &[Permission]) -> Rehearsal {
    world.conformant("alpha");
    world.commit(MEMBER);
    let base = "class BaseAdapter:\n    pass\n";
    let files = [("molecule_runtime/__init__.py", ""), ("molecule_runtime/adapter_base.py", base)];
    world.wheel("dist", ("runtime", "1.0"), &[], &files);
    world.write(
        "fleet.yaml",
        "schema: 1\nname: test\nforge: { owner: acme }\n\
         kinds:\n  t: { prefix: molecule-ai-workspace-template- }\nmembers: [alpha]\n",
    );
    let permitted: Vec<String> = permissions
        .iter()
        .map(|permission| format!("{}: {}", permission.name, permission.access))
        .collect();
    let document = format!(
        "repositories:\n- {{ name: acme/{MEMBER}, from: {MEMBER}, visibility: private }}\n\
         tokens:\n- {{ name: all, scopes: [repo, workflow] }}\n\
         - {{ name: exact, permissions: {{ {} }}, repositories: [acme/{MEMBER}] }}\n",
        permitted.join(", ")
    );
    Rehearsal::new(world, &document)
}

/// How a command of the table is run; `None` for those that have tests of their own, since they change more than
/// one repository.
fn arguments(command: &str) -> Option<Vec<&'static str>> {
    let arguments = match command {
        "drift" => "drift",
        "drift --settings" => "drift --settings",
        "validate --repository" => "validate --repository alpha",
        "init --owner" => "init --owner acme --output found.yaml",
        "fleet discover" => "fleet discover",
        "fleet status" => "fleet status --no-images",
        "fleet status --rerun-failed" => "fleet status --no-images --rerun-failed",
        "package compat" => {
            "package compat dist/runtime-1.0-py3-none-any.whl --uses molecule_runtime.adapter_base.BaseAdapter"
        }
        "pin --check" => {
            "pin --check --fail-on spread --distribution molecule-ai-workspace-runtime"
        }
        _ => return None,
    };
    Some(arguments.split(' ').collect())
}

fn refused(log: &[Value]) -> bool {
    let denied = |entry: &Value| matches!(entry["status"].as_u64(), Some(401 | 403 | 404));
    log.iter().any(denied)
}

#[test]
fn what_the_table_says_is_enough() {
    for needs in COMMANDS {
        let Some(arguments) = arguments(needs.command) else { continue };
        let world = World::new();
        let forge = forge(&world, needs.permissions);
        let wanted = forge.run_as(&world, "all", &arguments);
        std::fs::remove_dir_all(world.path(".cache")).ok();
        std::fs::remove_file(world.path("found.yaml")).ok();
        let ran = forge.run_as(&world, "exact", &arguments);
        assert_eq!(ran.code, wanted.code, "{}: {}{}", needs.command, ran.stdout, ran.stderr);
        assert_eq!(ran.stdout, wanted.stdout, "{}", needs.command);
    }
}

#[test]
fn without_any_one_of_it_something_is_not_done_and_nothing_is_green() {
    for needs in COMMANDS {
        let Some(arguments) = arguments(needs.command) else { continue };
        for missing in needs.permissions {
            let fewer: Vec<Permission> = needs
                .permissions
                .iter()
                .filter(|permission| permission.name != missing.name)
                .copied()
                .collect();
            let world = World::new();
            let forge = forge(&world, &fewer);
            let ran = forge.run_as(&world, "exact", &arguments);
            let log = forge.requests();
            let label = format!("{} without {}", needs.command, missing.name);
            assert!(
                ran.code == 3 || refused(&log),
                "{label}: {}\n{}{}",
                ran.code,
                ran.stdout,
                ran.stderr
            );
            assert_ne!(ran.code, 0, "{label}: {}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn commands_that_read_send_no_write() {
    for needs in COMMANDS.iter().filter(|needs| !needs.writes) {
        let Some(arguments) = arguments(needs.command) else { continue };
        let world = World::new();
        let forge = forge(&world, needs.permissions);
        forge.run_as(&world, "all", &arguments);
        for entry in forge.requests() {
            let is_read = entry["method"] == "GET"
                || entry["path"].as_str().is_some_and(|path| path.ends_with("/graphql"));
            assert!(is_read, "{}: {entry}", needs.command);
        }
    }
}
