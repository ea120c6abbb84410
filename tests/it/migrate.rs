//! `shipshape migrate`: what it moves, what says so, and that it is not silent where no shape was chosen.

use crate::world::World;

const SHAPE: &str = "schema: 1
name: own
paths:
- { path: settings.yaml, policy: contract }
extras: ['**']
demands:
  documents:
  - path: settings.yaml
    unknown_keys: warning
    version:
      key: version
      current: 2
      deprecated: [1]
      migrations:
      - from: 1
        to: 2
        steps:
        - move: { from: timeout, to: http.timeout }
        - rename: { key: owner, to: team }
    keys:
      version: { type: int, required: true }
      team: { type: string, required: true }
      http: { type: map, keys: { timeout: { type: int } } }
";

#[test]
fn where_no_shape_was_chosen_it_refuses_as_fix_does() {
    let world = World::new();
    world.write("repo/settings.yaml", "version: 1\n");
    world.commit("repo");
    for command in ["fix", "migrate"] {
        let ran = world.run(&[command, "repo"]).exits(2);
        assert!(ran.stderr.contains("no shape was chosen"), "{command}: {}", ran.stderr);
    }
    world.write("shape/shape.yaml", SHAPE).write("repo/settings.yaml", "version: 2\nteam: a\n");
    let ran = world.run(&["migrate", "repo", "--shape", "shape"]).exits(0);
    assert!(ran.stderr.contains("no document has to be migrated"), "{}", ran.stderr);
}

#[test]
fn what_a_migration_ends_is_told_as_its_own() {
    let world = World::new();
    world
        .write("shape/shape.yaml", SHAPE)
        .write("repo/settings.yaml", "version: 1\nowner: a # ours\ntimeout: 30\nstray: 1\n");
    world.commit("repo");
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    let help = "`shipshape migrate` moves the document to version 2, comments kept";
    // The version, the missing `team`, and two of the three keys that version 2 does not have.
    assert_eq!(ran.stdout.matches(help).count(), 4, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("remove it, or declare in the shape what reads it"),
        "{}",
        ran.stdout
    );
    let next = "shipshape migrate --diff repo --shape shape\n";
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
    world.run(&["migrate", "repo", "--shape", "shape"]).exits(0);
    let moved = world.read("repo/settings.yaml");
    assert!(moved.contains("team: a # ours\n") && moved.contains("timeout: 30"), "{moved}");
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    assert!(ran.stdout.contains("1 warning"), "{}", ran.stdout);
    // Where no migration leads on, none is named.
    world.write("shape/shape.yaml", SHAPE.replace("deprecated: [1]", "deprecated: [0, 1]"));
    world.write("repo/settings.yaml", "version: 0\nteam: a\n");
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    let help = "change it manually: the shape has no migration from version 0 to 2";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
}
