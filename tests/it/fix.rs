//! `shipshape fix`: byte-exact, judged before it is written, and done after one run.

use crate::world::World;

#[test]
fn safe_repairs_leave_every_other_byte_alone_and_a_second_run_changes_nothing() {
    let world = World::new();
    let name = world.conformant("acme");
    let before = world.read(&format!("{name}/adapter.py"));
    world.replace(&format!("{name}/adapter.py"), "\nAdapter = AcmeAdapter\n", "\n");
    world
        .remove(&format!("{name}/.gitattributes"))
        .write(&format!("{name}/.molecule-ci/old.py"), "x = 1\n");
    let diff = world.run(&["fix", "--diff", &name]);
    assert!(diff.stdout.contains("+Adapter = AcmeAdapter"), "{}", diff.stdout);
    assert!(!world.path(&format!("{name}/.gitattributes")).exists(), "--diff writes nothing");
    world.run(&["fix", &name]).exits(0);
    assert!(world.path(&format!("{name}/.gitattributes")).exists());
    assert!(!world.path(&format!("{name}/.molecule-ci")).exists());
    assert_eq!(world.read(&format!("{name}/adapter.py")).trim_end(), before.trim_end());
    world.run(&["validate", &name]).exits(0);
    let again = world.run(&["fix", "--diff", &name]).exits(0);
    assert_eq!(again.stdout, "");
}

#[test]
fn edits_of_a_person_are_replaced_only_when_asked() {
    let world = World::new();
    let name = world.conformant("acme");
    let file = format!("{name}/.github/workflows/ci.yml");
    let canon = world.read(&file);
    world.write(&file, format!("{canon}# mine\n"));
    world.run(&["fix", &name]).exits(1);
    assert!(world.read(&file).ends_with("# mine\n"));
    world.run(&["fix", "--unsafe-fixes", &name]).exits(0);
    assert_eq!(world.read(&file), canon);
}

#[test]
fn a_bare_repository_is_looked_at_and_never_written() {
    let world = World::new();
    let name = world.conformant("acme");
    world.remove(&format!("{name}/.gitattributes"));
    world.commit(&name);
    let bare = world.bare(&name);
    let ran = world.run(&["fix", &bare]).exits(2);
    assert!(ran.stderr.contains("--diff"), "{}", ran.stderr);
    let ran = world.run(&["fix", "--diff", &bare]);
    assert!(ran.stdout.contains("+++ b/.gitattributes"), "{}", ran.stdout);
}
