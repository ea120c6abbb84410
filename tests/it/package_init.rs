//! `package init` on folders that hold what no list can hold: what is written is what a build takes.

use crate::world::World;

fn workspace() -> World {
    let world = World::new();
    world
        .write("workspace/main.py", "")
        .write("workspace/main/__init__.py", "")
        .write("workspace/a2a.py", "")
        .write("workspace/requirements.txt", "-r base.txt\n");
    world
}

#[test]
fn names_that_cannot_stand_beside_each_other_end_in_a_decision_and_not_in_an_error() {
    let world = workspace();
    let ran = world.run(&["package", "init", "workspace"]).exits(0);
    let twins = "`main.py` and the folder `main` have the same name; Python imports the folder";
    assert!(ran.stderr.contains(&format!("undecided: {twins}")), "{}", ran.stderr);
    let requirements = "dependencies cannot be taken from workspace/requirements.txt as it is: \
                        metadata cannot refer to `base.txt`";
    assert!(ran.stderr.contains(requirements), "{}", ran.stderr);
    assert!(!world.read("package.yaml").contains("dependencies-from"));
    // A build would fail, and is not proposed; so would a list, until a person has decided.
    let next =
        "Next:\n  # once what is undecided is decided in package.yaml\n  shipshape package list";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    assert!(!ran.stderr.contains("package build"), "{}", ran.stderr);
    world.run(&["package", "list", "--version", "0.1.0.dev0"]).exits(2);
    let both = world.run(&["package", "init", "--update", "workspace"]).exits(2);
    let says = "--update takes the folder from `source` in package.yaml";
    assert!(both.stderr.contains(says), "{}", both.stderr);
    let build = ["package", "build", "--version", "1.0", "--out", "out", "--dry-run"];
    let refused = world.run(&build).exits(2).stderr;
    assert!(refused.contains(twins) && refused.contains("workspace/main.py"), "{refused}");

    // An update has nothing to repair there, and says what is left.
    let left = world.run(&["package", "init", "--update"]).exits(1);
    assert_eq!(left.stdout, "the lists are up to date\n");
    assert!(left.stderr.contains(&format!("left: {twins}")), "{}", left.stderr);
    world.replace("package.yaml", "exclude:\n", "exclude:\n  - main.py\n");
    world.run(&["package", "init", "--update"]).exits(0);
    world.run(&build).exits(0);
}

#[test]
fn an_update_leaves_two_new_names_that_differ_by_case_to_a_person() {
    let world = workspace();
    world.remove("workspace/main.py");
    world.run(&["package", "init", "workspace"]).exits(0);
    world.write("workspace/Tool.py", "").write("workspace/tool.py", "");
    let ran = world.run(&["package", "init", "--update"]).exits(1);
    assert_eq!(ran.stdout, "added `Tool` to `modules`\n");
    assert!(ran.stderr.contains("`Tool.py` and `tool.py` differ only in case"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn what_no_package_can_hold_is_named_by_an_update() {
    let world = workspace();
    world.remove("workspace/main.py");
    world.run(&["package", "init", "workspace"]).exits(0);
    let pipe = world.path("workspace/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let ran = world.run(&["package", "init", "--update"]).exits(1);
    assert!(ran.stderr.contains("left: `pipe` is a socket, a device or a FIFO"), "{}", ran.stderr);
}

#[test]
fn a_tip_for_a_mistyped_subcommand_is_one_of_its_command() {
    let world = World::new();
    let ran = world.run(&["package", "diff"]).exits(2);
    assert!(!ran.stderr.contains("drift"), "{}", ran.stderr);
    let ran = world.run(&["package", "biuld"]).exits(2);
    assert!(ran.stderr.contains("'build'"), "{}", ran.stderr);
    let ran = world.run(&["dirft"]).exits(2);
    assert!(ran.stderr.contains("'drift'"), "{}", ran.stderr);
}

#[test]
fn a_fleet_that_is_not_there_is_not_carried_to_the_next_steps() {
    let world = workspace();
    world.remove("workspace/main.py");
    let named = [("SHIPSHAPE_FLEET", "elsewhere/fleet.yaml")];
    let ran = world.run_in(&world.path(""), &["package", "init", "workspace"], &named).exits(0);
    assert!(ran.stderr.contains("Next:\n  shipshape package list"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--fleet"), "{}", ran.stderr);
}

#[test]
fn the_commands_that_are_proposed_name_a_description_that_is_elsewhere() {
    let world = World::new();
    world.write("sub/workspace/tool.py", "");
    let ran = world.run(&["package", "init", "sub/workspace", "--package", "sub"]).exits(0);
    let list = ["package", "list", "--version", "0.1.0.dev0", "--package", "sub/package.yaml"];
    assert!(ran.stderr.contains(&format!("shipshape {}", list.join(" "))), "{}", ran.stderr);
    assert!(ran.stderr.contains("--out build --package sub/package.yaml"), "{}", ran.stderr);
    world.run(&list).exits(0);
}
