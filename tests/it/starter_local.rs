//! `shipshape starter sync --local`: it takes nothing away that only the folder has.

use crate::work_trees::git;
use crate::world::World;

fn with_shape() -> World {
    let world = World::new();
    let rules = "paths: [{ path: README.md, policy: exact }, { path: Makefile, policy: exact }]\nextras: ['**']\n";
    world
        .write("shape/shape.yaml", format!("schema: 1\nname: t\n{rules}"))
        .write("shape/files/README.md", "# of the shape\n")
        .write("shape/files/Makefile", "all:\n");
    world
}

const SYNC: [&str; 5] = ["starter", "sync", "--local", "st", "--shape"];

#[test]
fn what_head_does_not_have_is_replaced_only_when_asked() {
    let world = with_shape();
    world.write("st/README.md", "precious\n");
    let sync = |more: &[&str]| world.run(&[&SYNC[..], &["shape"], more].concat());
    let ran = sync(&[]).exits(2);
    assert!(ran.stderr.contains("HEAD does not have what is in `README.md`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--force"), "{}", ran.stderr);
    assert_eq!(world.read("st/README.md"), "precious\n");
    // All of it or nothing.
    assert!(!world.path("st/Makefile").exists());
    let ran = sync(&["--dry-run"]).exits(1);
    assert!(ran.stderr.contains("the previous content would be gone"), "{}", ran.stderr);

    world.commit("st");
    world.write("st/README.md", "an edit\n");
    sync(&[]).exits(2);
    assert_eq!(world.read("st/README.md"), "an edit\n");
    let ran = sync(&["--force"]).exits(0);
    for said in
        ["changed README.md\n", "added Makefile\n", "`README.md`: the previous content is gone"]
    {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert_eq!(world.read("st/README.md"), "# of the shape\n");
}

#[test]
fn what_head_has_is_replaced() {
    let world = with_shape();
    world.write("st/README.md", "committed\n");
    world.commit("st");
    let ran = world.run(&[&SYNC[..], &["shape"]].concat()).exits(0);
    assert!(ran.stderr.contains("changed 2 files in st"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("HEAD does not have"), "{}", ran.stderr);
    assert_eq!(world.read("st/README.md"), "# of the shape\n");
}

#[test]
fn a_file_that_git_ignores_is_named_and_the_others_are_written() {
    let world = with_shape();
    world.write("st/README.md", "committed\n").write("st/.gitignore", "Makefile\n");
    world.commit("st");
    world.write("st/Makefile", "mine:\n");
    let ran = world.run(&[&SYNC[..], &["shape"]].concat()).exits(1);
    assert!(ran.stderr.contains("left: `Makefile` is of the shape, but git"), "{}", ran.stderr);
    assert_eq!(world.read("st/README.md"), "# of the shape\n");
    assert_eq!(world.read("st/Makefile"), "mine:\n");
}

#[test]
fn a_member_is_not_made_a_starter() {
    let world = with_shape();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  api:\n    prefix: api-\n    \
         shape: { folder: shape }\nmembers: [one]\n",
    );
    world.write("api-one/README.md", "committed\n");
    world.commit("api-one");
    let ran = world.run(&["starter", "sync", "--local", "api-one", "--force"]).exits(2);
    assert!(ran.stderr.contains("is a member of the fleet, not a starter"), "{}", ran.stderr);
    assert!(ran.stderr.contains("shipshape fix api-one"), "{}", ran.stderr);
    assert_eq!(world.read("api-one/README.md"), "committed\n");
}

#[test]
fn a_checkout_of_another_repository_is_not_made_the_starter_unasked() {
    let world = with_shape();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  api:\n    prefix: api-\n    \
         starter: api-starter\n    shape: { folder: shape }\nmembers: [one]\n",
    );
    world.write("st/README.md", "committed\n");
    world.commit("st");
    let remote = |url: &str| git(&world, &["-C", "st", "remote", "set-url", "origin", url]);
    git(&world, &["-C", "st", "remote", "add", "origin", "https://github.com/acme/tools.git"]);
    let sync = ["starter", "sync", "--local", "st"];
    let ran = world.run(&sync).exits(2);
    let said = "its remote is `tools`, but the starter of `api` is `acme/api-starter`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(world.read("st/README.md"), "committed\n");
    remote("https://github.com/acme/API-Starter.git");
    world.run(&[&sync[..], &["--dry-run"]].concat()).exits(1);
    remote("https://github.com/acme/tools.git");
    world.run(&[&sync[..], &["--force"]].concat()).exits(0);
    assert_eq!(world.read("st/README.md"), "# of the shape\n");
}

#[test]
fn a_repository_of_another_kind_needs_a_chosen_shape() {
    let world = World::new();
    world.write("st/README.md", "# a node service\n").write("st/package.json", "{}\n");
    world.commit("st");
    let ran = world.run(&["starter", "sync", "--local", "st"]).exits(2);
    assert!(ran.stderr.contains("no shape was chosen"), "{}", ran.stderr);
    assert_eq!(world.read("st/README.md"), "# a node service\n");
}

#[test]
fn an_edit_of_the_pack_that_is_not_committed_is_not_the_shape_yet_and_that_is_said() {
    let world = World::new();
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  api:\n    prefix: api-\n    \
         starter: api-starter\n    shape: { repository: api-starter }\nmembers: [one]\n",
    );
    let rules = "schema: 1\nname: t\npaths: [{ path: README.md, policy: exact }]\nextras: ['**']\n";
    world
        .write("api-starter/.shipshape/shape.yaml", rules)
        .write("api-starter/.shipshape/files/README.md", "# one\n")
        .write("api-starter/README.md", "# one\n");
    world.commit("api-starter");
    let sync = ["starter", "sync", "--local", "api-starter"];
    let ran = world.run(&sync).exits(0);
    assert!(ran.stderr.contains("matches the shape already: t ("), "{}", ran.stderr);
    world.write("api-starter/.shipshape/files/README.md", "# two\n");
    let ran = world.run(&sync).exits(3);
    assert!(ran.stderr.contains("the shape was read at `HEAD`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("say --shape api-starter/.shipshape"), "{}", ran.stderr);
    let here = [&sync[..], &["--shape", "api-starter/.shipshape"]].concat();
    world.run(&here).exits(0);
    assert_eq!(world.read("api-starter/README.md"), "# two\n");
}
