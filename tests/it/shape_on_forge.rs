//! A shape in a repository on the forge: that is what counts there, whatever a clone beside fleet.yaml has.

use crate::rehearsal::Rehearsal;
use crate::world::World;

const SEED: &str = r##"
tokens: [{ name: all, scopes: [repo] }]
repositories:
  - name: acme/shapes
    files:
      pack/shape.yaml: "schema: 1\nname: small\npaths: [{ path: NOTE.md, policy: exact }]\nextras: ['**']\n"
      pack/files/NOTE.md: "new\n"
  - { name: acme/t-alpha, files: { NOTE.md: "old\n" } }
  - { name: acme/t-beta, files: { NOTE.md: "new\n" } }
"##;

/// A fleet whose shape has another content in the clone here than on the forge.
fn with_clone(repository: &str) -> World {
    let world = World::new();
    world
        .write(
            "fleet.yaml",
            format!(
                "schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds:\n  t: {{ prefix: t-, shape: {{ \
                 repository: {repository}, ref: main, path: pack }} }}\nmembers: [alpha, beta]\n"
            ),
        )
        .write(
            &format!("{repository}/pack/shape.yaml"),
            "schema: 1\nname: small\npaths: [{ path: NOTE.md, policy: exact }]\nextras: ['**']\n",
        )
        .write(&format!("{repository}/pack/files/NOTE.md"), "old\n");
    world.commit(repository);
    world
}

#[test]
fn a_stale_clone_of_the_shape_does_not_replace_it_on_the_forge() {
    let world = with_clone("shapes");
    let forge = Rehearsal::new(&world, SEED);
    let judged = |name: &str| forge.run(&world, &["drift", "--repository", name]);
    let ran = judged("beta").exits(0);
    let said = "the shape is read from `acme/shapes` on the forge at ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("does not have that commit yet: `git -C"), "{}", ran.stderr);
    assert_ne!(judged("alpha").code, 0);
}

#[test]
fn a_shape_that_the_forge_does_not_show_is_read_from_the_clone_and_that_is_said() {
    let world = with_clone("hidden");
    let forge = Rehearsal::new(&world, SEED);
    let ran = forge.run(&world, &["drift", "--repository", "alpha"]).exits(0);
    let said = "the forge does not show `acme/hidden`: the shape is read from the clone in";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

#[test]
fn a_place_that_the_repository_of_a_shape_does_not_have_is_reported_where_fleet_yaml_names_it() {
    let world = with_clone("shapes");
    std::fs::remove_dir_all(world.path("shapes")).expect("removed");
    let forge = Rehearsal::new(&world, SEED);
    let doctor = || forge.run(&world, &["doctor"]).stdout;
    let works = doctor();
    assert!(works.contains("`pack` in `shapes` at `main`\n"), "{works}");
    let offline = world.run(&["doctor", "--offline"]).exits(0).stdout;
    assert!(offline.contains("at `main`, which was not asked for\n"), "{offline}");
    for (before, after, said) in [
        (
            "path: pack",
            "path: packs",
            ["has no pack in `packs`", "names the folder of shape.yaml: `pack`"],
        ),
        ("ref: main, path: packs", "ref: mian, path: pack", ["does not have this `ref`", "`mian`"]),
    ] {
        world.replace("fleet.yaml", before, after);
        let ran = forge.run(&world, &["drift"]).exits(2);
        let examined = doctor();
        assert!(ran.stderr.contains("fleet.yaml:5:"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("--ref"), "{}", ran.stderr);
        for said in said {
            assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
            assert!(examined.contains(said), "{said}: {examined}");
        }
    }
}
