//! What docs/permissions.md says is enough, and none of it is too much.

use std::sync::LazyLock;

use serde_json::Value;
use shipshape::forge::permissions::{Access, COMMANDS, Permission};

use crate::rehearsal::Rehearsal;
use crate::world::{NOW, World};

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

/// How a command that reads is run; `None` for those that have tests of their own, since they change more than
/// one repository.
fn arguments(command: &str) -> Option<Vec<&'static str>> {
    let arguments = match command {
        "drift" => "drift",
        "drift --settings" => "drift --settings",
        "validate --repository" => "validate --repository alpha",
        "waive --repository" => {
            "waive --repository alpha --rule registration-unreadable --reason x --owner y --dry-run"
        }
        "init --owner" => "init --owner acme --output found.yaml",
        "fleet discover" => "fleet discover",
        "fleet status" => "fleet status --no-images",
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

/// These fleets have no images, for which alone packages are read.
fn is_of_images(permission: &Permission) -> bool {
    permission.name == "packages"
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
        for missing in needs.permissions.iter().filter(|it| !is_of_images(it)) {
            let fewer: Vec<Permission> = needs
                .permissions
                .iter()
                .filter(|permission| permission.name != missing.name)
                .copied()
                .collect();
            let world = World::new();
            let forge = forge(&world, &fewer);
            let all = forge.run_as(&world, "all", &arguments);
            std::fs::remove_dir_all(world.path(".cache")).ok();
            std::fs::remove_file(world.path("found.yaml")).ok();
            forge.requests();
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
            // What changes nothing is not needed.
            let of = |ran: &crate::world::Ran| (ran.code, ran.stdout.clone());
            assert_ne!(of(&ran), of(&all), "{label}");
        }
    }
}

#[test]
fn commands_that_read_send_no_write() {
    for needs in COMMANDS.iter().filter(|needs| !needs.writes()) {
        let Some(arguments) = arguments(needs.command) else { continue };
        let world = World::new();
        let forge = forge(&world, needs.permissions);
        forge.run_as(&world, "all", &arguments).ends();
        for entry in forge.requests() {
            let is_read = entry["method"] == "GET"
                || entry["path"].as_str().is_some_and(|path| path.ends_with("/graphql"));
            assert!(is_read, "{}: {entry}", needs.command);
        }
    }
}

const WRITING: &str = "schema: 1
name: test
forge: { owner: acme }
kinds: { t: { prefix: t-, starter: t-starter, shape: { folder: pack } } }
members: [alpha]
runtime_package: { distribution: acme-runtime, import: acme_runtime }
registrations: [{ name: list, repository: core, path: list.json, language: json, form: array }]
";

/// Whether `campaign/permissions.rs` or `release/permissions.rs` tries a command.
fn is_elsewhere(command: &str) -> bool {
    command.starts_with("campaign ")
        || command.starts_with("release ")
        || matches!(command, "pin" | "pin --uses")
}

/// How a command that writes is run, and what stands in the list of members at that time.
fn writing(command: &str) -> Option<(&'static str, &'static str)> {
    Some(match command {
        "fleet status --rerun-failed" => ("fleet status --no-images --rerun-failed", "alpha"),
        "fleet registrations --pull-requests" => ("fleet registrations --pull-requests", "gone"),
        "fleet retire --apply" => ("fleet retire alpha --apply", "alpha"),
        "fleet registrations" => ("fleet registrations", "gone"),
        "fleet retire" => ("fleet retire alpha", "alpha"),
        "new" => ("new beta --defaults", "alpha"),
        "starter sync" => ("starter sync", "alpha"),
        "validate --comment" => ("validate --comment=acme/t-alpha#1 --shape pack starter", "alpha"),
        "drift --comment" => ("drift --repository alpha --comment=acme/t-alpha#1", "alpha"),
        _ => return None,
    })
}

/// The embedded shape, and the starter that it is rendered into: made once, since it takes a while.
static STARTER: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let world = World::new();
    world.run(&["shape", "show", "--export", "pack"]).exits(0);
    world.run(&["shape", "show", "--render", "starter", "--starter"]).exits(0);
    world.run(&["shape", "show", "--export", "starter/.shipshape"]).exits(0);
    let root = world.path("");
    let mut folders = vec![world.path("pack"), world.path("starter")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).expect("in the world").to_string_lossy();
                files.push((name.into_owned(), std::fs::read(&path).expect("readable")));
            }
        }
    }
    files
});

/// What came of a command that writes: how it ended, and what is there afterwards.
struct Written {
    ran: crate::world::Ran,
    state: Value,
}

/// Runs a command over a private fleet, as the bearer of a token of these permissions or of one that may do all.
fn write_with(command: &str, token: &str, permissions: &[(&str, Access)]) -> Written {
    let (arguments, listed) = writing(command).expect("a command that writes");
    let world = World::new();
    for (path, bytes) in STARTER.iter() {
        world.write(path, bytes);
    }
    // The shape has a newer workflow than the starter, which only some tokens may write.
    if matches!(command, "starter sync" | "new") {
        let ci = "pack/files/.github/workflows/ci.yml";
        world.write(ci, format!("{}# newer\n", world.read(ci)));
    }
    world.write("fleet.yaml", WRITING);
    let retires = command.starts_with("fleet retire");
    let pulls = match command {
        _ if retires => "",
        _ => "  pulls: [{ title: Better, head: fix }]\n",
    };
    let permitted: Vec<String> =
        permissions.iter().map(|(name, access)| format!("{name}: {access}")).collect();
    let forge = Rehearsal::new(
        &world,
        &format!(
            "tokens:\n- {{ name: all, scopes: [repo, workflow] }}\n\
             - {{ name: exact, permissions: {{ {} }}, repositories: ['acme/*'] }}\n\
             repositories:\n- {{ name: acme/t-starter, from: starter, template: true, visibility: private }}\n\
             - name: acme/t-alpha\n  visibility: private\n\
             \x20 files: {{ README.md: hello, .github/workflows/ci.yml: \"on: push\\njobs: {{}}\" }}\n\
             \x20 branches: {{ fix: {{ README.md: better }} }}\n{pulls}\
             \x20 runs: [{{ workflow: ci.yml, conclusion: failure, happened: true }}]\n\
             - {{ name: acme/core, visibility: private, files: {{ list.json: '[\"{listed}\"]' }} }}\n",
            permitted.join(", ")
        ),
    );
    let arguments: Vec<&str> = arguments.split(' ').collect();
    // Months later there is no sign of life left, unless one cannot be read.
    let now = if retires { "2027-05-01T12:00:00Z" } else { NOW };
    let secret = format!("sandbox-{token}");
    let variables = [("SHIPSHAPE_NOW", now), ("GH_ENTERPRISE_TOKEN", secret.as_str())];
    let ran = forge.run_with(&world, &arguments, &variables);
    // Commits differ in their times only.
    let mut state = forge.state();
    for repository in state["repositories"].as_object_mut().into_iter().flatten() {
        for reference in repository.1["references"].as_object_mut().into_iter().flatten() {
            reference.1["commit"].take();
        }
        for pull in repository.1["pulls"].as_array_mut().into_iter().flatten() {
            pull["body"] = pull["body"].to_string().replace(&forge.url(), "[forge]").into();
            let world = world.path("").to_string_lossy().into_owned();
            let comments = pull["comments"].to_string().replace(&world, "[world]/");
            pull["comments"] = serde_json::from_str(&comments).expect("JSON");
        }
    }
    Written { ran, state }
}

fn given(permissions: &[Permission]) -> Vec<(&'static str, Access)> {
    permissions.iter().map(|permission| (permission.name, permission.access)).collect()
}

#[test]
fn commands_that_write_do_all_of_it_with_what_the_table_says() {
    let mut tried = 0;
    for needs in COMMANDS.iter().filter(|needs| writing(needs.command).is_some()) {
        let wanted = write_with(needs.command, "all", &[]);
        let exact = write_with(needs.command, "exact", &given(needs.permissions));
        let said = format!("{}: {}{}", needs.command, exact.ran.stdout, exact.ran.stderr);
        assert_eq!(exact.ran.code, wanted.ran.code, "{said}");
        assert_eq!(exact.ran.stdout, wanted.ran.stdout, "{said}");
        assert_eq!(exact.state, wanted.state, "{said}");
        tried += usize::from(needs.writes());
    }
    assert_eq!(
        tried,
        COMMANDS.iter().filter(|needs| needs.writes() && !is_elsewhere(needs.command)).count()
    );
}

#[test]
fn commands_that_write_say_so_when_any_one_permission_is_missing_or_too_little() {
    for needs in COMMANDS.iter().filter(|needs| writing(needs.command).is_some()) {
        for missing in needs.permissions.iter().filter(|it| !is_of_images(it)) {
            // Reading where writing is needed is the most of what is too little.
            let mut less = given(needs.permissions);
            match missing.access {
                Access::Read => less.retain(|(name, _)| *name != missing.name),
                Access::Write => {
                    for it in less.iter_mut().filter(|it| it.0 == missing.name) {
                        it.1 = Access::Read;
                    }
                }
            }
            let written = write_with(needs.command, "exact", &less);
            let (stdout, stderr) = (&written.ran.stdout, &written.ran.stderr);
            assert_ne!(written.ran.code, 0, "{} with {less:?}: {stdout}{stderr}", needs.command);
        }
    }
}

#[test]
fn before_there_is_a_token_it_is_told_what_it_needs() {
    let world = World::new();
    let ran = world.run(&["doctor", "--permissions", "--format", "json"]).exits(0);
    assert_eq!(ran.json()["commands"].as_array().map(Vec::len), Some(COMMANDS.len()));
    let ran = world.run(&["doctor", "--permissions", "drift", "campaign close"]).exits(0);
    let said = &ran.stdout;
    let (reading, writing) = (said.find("Reading").expect("it"), said.find("Writing").expect("it"));
    assert!(reading < writing, "{said}");
    assert!(
        said.contains("contents: write, pull_requests: write\n  a classic token: repo"),
        "{said}"
    );
    assert!(said.contains("their needs differ: drift --settings, drift --comment"), "{said}");
    // Words that make a command together need no quotes.
    let plain = world.run(&["doctor", "--permissions", "drift", "campaign", "close"]).exits(0);
    assert_eq!(plain.stdout, ran.stdout);
    let ran = world.run(&["doctor", "--permissions", "fleet", "registrations"]).exits(0);
    assert!(ran.stdout.contains("contents: read"), "{}", ran.stdout);
    // It uses whatever token there is.
    let ran = world.run(&["doctor", "--permissions", "fleet", "discover"]).exits(0);
    assert!(ran.stdout.contains("  fleet discover  no permission\n"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("needs no token"), "{}", ran.stderr);
    // Where, too: the gate reads the members.
    let of = |words: &str| world.run(&["doctor", "--permissions", words]).exits(0).stdout;
    for command in ["release plan", "release publish", "release run"] {
        let said = of(command);
        assert!(said.contains("to check which of them the version breaks"), "{said}");
        assert!(said.contains("unless `--no-compat` also members"), "{said}");
    }
    assert!(
        of("release freeze").contains("in                      that of `runtime_package.source`")
    );
    // What asks no forge needs no token, and that is an answer.
    let ran = world.run(&["doctor", "--permissions", "fix"]).exits(0);
    assert!(ran.stderr.contains("`fix` does not use a forge"), "{}", ran.stderr);
    let ran = world.run(&["doctor", "--permissions", "fixx"]).exits(2);
    assert!(ran.stderr.contains("`fixx` is not a command"), "{}", ran.stderr);
    let ran = world.run(&["doctor", "--permissions", "campaign", "plan", "apply"]).exits(2);
    let hint = "did you mean `campaign apply`? Each command is written in full";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let ran = world.run(&["doctor", "--permissions", "status"]).exits(2);
    let hint = "did you mean `campaign status` or `fleet status` or `images status`?";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let ran = world.run(&["doctor", "--permissions", "campaign apply"]).exits(0);
    assert!(ran.stdout.contains("to read the approval in `home`"), "{}", ran.stdout);
    let ran = world.run(&["doctor", "--permissions", "fix", "--format", "json"]).exits(0);
    assert_eq!(ran.json()["commands"].as_array().map(Vec::len), Some(0));
    // What stands in quotes is a command by itself, with its options.
    let of = |commands: &[&str]| {
        let words = [&["doctor", "--permissions"], commands, &["--format", "json"]].concat();
        let ran = world.run(&words).exits(0).json();
        let named = ran["commands"].as_array().expect("commands").iter();
        named.map(|it| it["command"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let both = ["validate --comment", "campaign apply"];
    assert_eq!(of(&both), both);
    assert_eq!(of(&["fleet status --rerun-failed", "new"]).len(), 2);
    assert_eq!(of(&["validate --repository hermes"]), ["validate --repository"]);
    assert_eq!(of(&["drift --forge https://x"]), ["drift"]);
    let ran = world.run(&["doctor", "--permissions", "validate --nosuch"]).exits(2);
    assert!(ran.stderr.contains("has no option `--nosuch`"), "{}", ran.stderr);
    let ran = world.run(&["doctor", "--permissions", "validate", "--comment"]).exits(2);
    assert!(ran.stderr.contains("goes in quotes"), "{}", ran.stderr);
    let ran = world.run(&["doctor", "--permissions", "release cascade"]).exits(0);
    assert!(ran.stdout.contains("TEMPLATE_DISPATCH_TOKEN"), "{}", ran.stdout);
    let of = |words: &str| world.run(&["doctor", "--permissions", words]).exits(0);
    assert!(of("waive").stdout.contains("waive --repository  contents: read"));
    for command in ["images", "images status", "release consumers", "release cascade"] {
        assert!(of(command).stdout.contains("packages: read"), "{command}");
    }
    for command in ["release back", "release run"] {
        assert!(of(command).stdout.contains("notified with TEMPLATE_DISPATCH_TOKEN"), "{command}");
    }
    assert!(of("campaign apply").stdout.contains("members: read"));
    assert!(!of("drift --settings").stdout.contains("actions: read"));
    // What a fleet has no use for is left out.
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [a]\n",
    );
    let ran = world.run(&["doctor", "--permissions"]).exits(0);
    assert!(ran.stdout.contains("  fleet status") && !ran.stdout.contains("packages: read"));
    assert!(!ran.stdout.contains("  release "), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("fleet.yaml has no `images` and no `runtime_package`"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stdout.contains("runtime_package"), "{}", ran.stdout);
    // Where every fleet needs the same, that is not worth a line.
    let ran = world.run(&["doctor", "--permissions", "campaign apply"]).exits(0);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
}
