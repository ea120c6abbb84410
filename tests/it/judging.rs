//! What judging leaves out, and what it never does.

use crate::fleet_commands::{FLEET, SEED};
use crate::rehearsal::Rehearsal;
use crate::world::World;

/// A shape of one README, of which everything else is free.
const README: &str =
    "schema: 1\nname: t\npaths: [{ path: README.md, policy: seeded }]\nextras: ['**']\n";

#[test]
fn asked_for_one_rule_it_tells_what_could_not_be_judged_all_the_same() {
    let world = World::new();
    let shape = format!(
        "{README}demands: {{ workflows: {{ pinned: {{ actions: tag, reusable: tag }} }} }}\n"
    );
    world.write("shape/shape.yaml", shape).write("one/README.md", "hello\n");
    let workflow = "on: push\njobs:\n  a:\n    steps:\n      - uses: acme/act@main\n";
    world.write("one/.github/workflows/ci.yml", format!("{workflow}  b: [\n"));
    let asked = ["drift", "--shape", "shape", "--local", "one", "--rule", "workflow-unpinned"];
    let ran = world.run(&asked).exits(1);
    assert!(ran.stdout.contains("syntax-error"), "{}", ran.stdout);
    // Which folders are meant follows from the demand.
    world.write("one/.github/workflows/ci.yml", workflow);
    let ran = world.run(&asked).exits(1);
    assert!(ran.stdout.contains("`acme/act@main` uses a branch"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`demands.workflows.pinned` of the shape"), "{}", ran.stdout);
    world.write("one/.github/workflows/ci.yml", workflow.replace("@main", "@v1"));
    world.run(&asked).exits(0);
}

#[test]
fn what_is_wrong_in_any_repository_is_told_under_every_pack() {
    let world = World::new();
    world.write("shape/shape.yaml", README).write("one/README.md", "hello\n");
    let judged = ["validate", "--shape", "shape", "one"];
    world.run(&judged).exits(0);
    let title = "${{ github.event.issue.title }}";
    world
        .write(
            "one/.github/workflows/a.yml",
            format!(
                "on: issues\njobs:\n  a:\n    runs-on: x\n    steps: [{{ run: 'echo {title}' }}]\n"
            ),
        )
        .write("one/.github/workflows/b.yml", "on: [push\n  jobs\n")
        .write("one/package.json", "{ \"name\": \"slash\", oops\n")
        .write("one/tool.py", "def f(\n");
    let ran = world.run(&judged).exits(1);
    for found in ["SHP507", "b.yml", "package.json:1:20", "tool.py"] {
        assert!(ran.stdout.contains(found), "{found}: {}", ran.stdout);
    }
}

#[test]
fn a_large_asset_is_no_credential() {
    let world = World::new();
    world.write("shape/shape.yaml", README).write("one/README.md", "hello\n");
    world.write("one/model.bin", b"\0");
    let file = std::fs::OpenOptions::new().write(true).open(world.path("one/model.bin"));
    file.expect("opened").set_len((64 << 20) + 1).expect("sparse");
    world.run(&["validate", "--shape", "shape", "one"]).exits(0);
}

#[test]
fn imports_that_are_not_followed_make_nothing_unused() {
    let world = World::new();
    world.write("shape/shape.yaml", README.replace("extras: ['**']\n", "extras: ['*.py']\n"));
    world.write("one/README.md", "hello\n").write("one/main.py", "import this\n");
    let judged = ["validate", "--shape", "shape", "one"];
    world.write("one/old.txt", "x\n");
    let ran = world.run(&judged).exits(0);
    assert!(ran.stdout.contains("and nothing copies, imports or runs it"), "{}", ran.stdout);
    world.write("one/index.js", "import a from './lib/a.js'\n").write("one/lib/a.js", "x\n");
    let ran = world.run(&judged).exits(0);
    assert!(!ran.stdout.contains("nothing copies"), "{}", ran.stdout);
    assert!(ran.stdout.contains("of imports only Python's are followed"), "{}", ran.stdout);
}

#[test]
fn the_folder_of_fleet_yaml_is_no_member() {
    let world = World::new();
    world.write_readme_shape().write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [t-one]\n",
    );
    for name in ["t-one", "clones/t-two", "notes"] {
        world.write(&format!("{name}/README.md"), "mine\n");
        world.commit(name);
    }
    for command in ["fix", "validate"] {
        let ran = world.run(&[command]).exits(2);
        assert!(ran.stderr.contains("is not a member of the fleet"), "{}", ran.stderr);
        assert!(ran.stderr.contains("name those: ./t-one ./clones/t-two\n"), "{}", ran.stderr);
    }
    assert!(!world.path("README.md").exists());
    let ran = world.run(&["fix", "--diff", "--slug", "home"]);
    assert!(ran.stdout.contains("+hello"), "{}", ran.stdout);
}

#[test]
fn what_is_on_a_forge_is_mended_there_and_the_next_command_asks_the_same_forge() {
    let world = World::new();
    world.write("fleet.yaml", FLEET).write_readme_shape();
    let forge = Rehearsal::new(&world, &SEED.replacen("README.md: \"hello\\n\"", "NOTES: x", 1));
    let url = forge.url();
    let asked = ["drift", "--forge", &url];
    let ran = forge.run_with(&world, &asked, &[("SHIPSHAPE_FORGE", "")]).exits(1);
    assert!(ran.stdout.contains("`shipshape campaign init safe-repairs` adds"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("`shipshape fix`"), "{}", ran.stdout);
    let next = "shipshape validate --repository acme/t-hermes --forge [forge]\n";
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
}

#[test]
fn names_with_line_ends_are_one_line() {
    let world = World::new();
    let name = "d/a\n  evil\nb.txt";
    for folder in ["one", "two", "three"] {
        world.write(&format!("{folder}/{name}"), "x\n").write(&format!("{folder}/c"), folder);
    }
    let proposed = ["shape", "init", "--from", "one", "two", "three"];
    let ran = world.run(&[&proposed[..], &["--out", "shape"]].concat()).exits(0);
    assert!(ran.stdout.contains("d/a\\n  evil\\nb.txt"), "{}", ran.stdout);
    let shown = world.run(&["shape", "show", "--pack", "shape"]).exits(0);
    assert!(shown.stdout.contains("d/a\\n  evil\\nb.txt"), "{}", shown.stdout);
    world.remove(&format!("two/{name}"));
    let trees = world.run(&["drift", "one", "two"]).exits(1);
    assert!(trees.stdout.contains("d/a\\n  evil\\nb.txt"), "{}", trees.stdout);
    for text in [ran.stdout, shown.stdout, trees.stdout] {
        assert!(!text.lines().any(|line| line.starts_with("  evil")), "{text}");
    }
}
