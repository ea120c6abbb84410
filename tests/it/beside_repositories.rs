//! What `./*` names beside repositories: fleet.yaml, and the shape pack that was made of them.

use crate::world::World;

/// Two crates whose names have nothing in common.
fn crates() -> World {
    let world = World::new();
    for name in ["itoa", "ryu"] {
        world
            .write(&format!("{name}/Cargo.toml"), format!("[package]\nname = \"{name}\"\n"))
            .write(&format!("{name}/rustfmt.toml"), "max_width = 100\n")
            .write(&format!("{name}/deny.toml"), "[bans]\n");
        world.commit(name);
    }
    world
}

#[test]
fn a_pack_is_no_repository_and_its_place_is_in_the_draft() {
    let world = crates();
    world.run(&["shape", "init", "--from", "itoa", "ryu", "--out", "shape"]).exits(0);
    let ran = world.run(&["init", "./itoa", "./ryu", "./shape", "--owner", "acme"]).exits(0);
    let fleet = world.read("fleet.yaml");
    assert!(ran.stderr.contains("left out: `shape`: it is a shape pack"), "{}", ran.stderr);
    assert!(fleet.contains("    shape: { folder: shape }\n"), "{fleet}");
    assert!(fleet.contains("- itoa\n") && !fleet.contains("- shape\n"), "{fleet}");
    let ran = world.run(&["drift", "--local", "itoa", "ryu"]);
    assert!(ran.stdout.contains("itoa"), "{}", ran.stdout);
    // A repository of another kind is none of the pack's.
    world.write("site/index.html", "<p>\n").write("site/style.css", "\n");
    world.commit("site");
    let ran = world.run(&["init", "site", "shape", "--owner", "acme", "--dry-run"]).exits(0);
    assert!(!ran.stdout.contains("folder: shape }"), "{}", ran.stdout);
}

#[test]
fn files_and_packs_beside_repositories_are_left_out_with_a_note() {
    let world = crates();
    let fleet = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { crate: { shape: { folder: shape } } }\nmembers: [itoa, ryu]\n";
    world.write("fleet.yaml", fleet).write("notes.md", "x\n");
    let all = ["./fleet.yaml", "./itoa", "./notes.md", "./ryu"];
    let ran = world.run(&[&["drift", "--local"][..], &all].concat());
    let proposed = "shipshape shape init --from ./itoa ./ryu --out ";
    assert!(ran.stderr.contains(proposed), "{}", ran.stderr);
    let made = [&["shape", "init", "--out", "shape", "--from"][..], &all].concat();
    let ran = world.run(&made).exits(0);
    let note = "`./fleet.yaml`, `./notes.md` are files, not repositories: they are left out";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    assert!(ran.stderr.contains("shipshape drift --local ./itoa ./ryu"), "{}", ran.stderr);
    let ran = world.run(&["drift", "--local", "./itoa", "./ryu", "./shape"]);
    let note = "`./shape` is a shape pack, not a repository: it is left out";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    // Where nothing else is named, the error says what is wrong with it.
    let ran = world.run(&["drift", "--local", "./fleet.yaml"]);
    assert_ne!(ran.code, 0);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);
}

#[test]
fn only_what_is_a_pack_and_no_member_is_left_out_as_one() {
    let world = crates();
    world.run(&["shape", "init", "--from", "itoa", "ryu", "--out", "shape"]).exits(0);
    let fleet = "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { crate: { shape: { folder: shape } } }\nmembers: [itoa, ryu, kept]\n";
    world.write("fleet.yaml", fleet);
    // Another tool's file of the same name, and a member that holds a pack.
    world.write("other/shape.yaml", "width: 3\n");
    world.write("kept/shape.yaml", "schema: 1\nname: kept\npaths: []\nextras: ['**']\n");
    let ran = world.run(&["drift", "--local", "itoa", "other", "kept", "shape"]);
    assert!(ran.stderr.contains("`shape` is a shape pack, not a repository"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("left out").count(), 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("kept"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_fleets_own_pack_holds_no_markers() {
    let world = World::new();
    let pack = "schema: 1\nname: own\npaths:\n- { path: a.md, policy: exact }\nextras: ['**']\n\
                demands: { markers: ['TODO:'], marker_exclusions: [] }\n";
    world
        .write("home/fleet.yaml", "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { crate: { shape: { folder: shapes/crate } } }\nmembers: [home]\n")
        .write("home/shapes/crate/shape.yaml", pack)
        .write("home/shapes/crate/files/a.md", "# A\n")
        .write("home/a.md", "# A\n");
    world.commit("home");
    let ran = world.run(&["validate", "home", "--fleet", "home/fleet.yaml", "--slug", "home"]);
    assert!(!ran.stdout.contains("SHP601"), "{}{}", ran.stdout, ran.stderr);
    world.write("home/b.md", "TODO: this\n");
    world.commit("home");
    let ran = world.run(&["validate", "home", "--fleet", "home/fleet.yaml", "--slug", "home"]);
    assert!(ran.stdout.contains("b.md"), "{}{}", ran.stdout, ran.stderr);
}
