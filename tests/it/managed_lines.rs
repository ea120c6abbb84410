//! `structured` without keys: a line that is put in may mean something by its place.

use crate::world::World;

fn world(path: &str, canon: &str, own: &str) -> World {
    let world = World::new();
    let shape = format!(
        "schema: 1\nname: lines\npaths:\n- {{ path: {path}, policy: structured }}\nextras: ['**']\n"
    );
    world
        .write("pack/shape.yaml", shape)
        .write(&format!("pack/files/{path}"), canon)
        .write(&format!("repo/{path}"), own);
    world.commit("repo");
    world
}

#[test]
fn a_line_that_means_something_by_its_place_is_put_in_by_nobody_unseen() {
    for (path, canon, own) in [
        ("Makefile", "test:\n\tgo test ./...\n", "clean:\n\trm -rf build\n"),
        ("app.ini", "[log]\nlevel = warn\n", "[log]\n[db]\nhost = x\n"),
    ] {
        let world = world(path, canon, own);
        let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
        assert!(ran.stdout.contains("put it in by hand"), "{path}: {}", ran.stdout);
        world.run(&["fix", "--unsafe-fixes", "repo", "--shape", "pack"]).exits(1);
        assert_eq!(world.read(&format!("repo/{path}")), own);
    }
    let world = world("run.sh", "set -e\n", "echo a\n");
    world.run(&["fix", "repo", "--shape", "pack"]).exits(1);
    assert_eq!(world.read("repo/run.sh"), "echo a\n");
    world.run(&["fix", "--unsafe-fixes", "repo", "--shape", "pack"]).exits(0);
    assert_eq!(world.read("repo/run.sh"), "echo a\nset -e\n");
}

#[test]
fn in_lists_and_in_files_that_nobody_edited_it_is_put_in_unseen() {
    let list = world("requirements.txt", "acme-core>=2\n", "flask\n");
    list.run(&["fix", "repo", "--shape", "pack"]).exits(0);
    assert_eq!(list.read("repo/requirements.txt"), "flask\nacme-core>=2\n");
    let world = world("Makefile", "test:\n\tgo test\n", "test:\n\tgo test\n");
    world.commit("pack");
    world.write("pack/files/Makefile", "test:\n\tgo test\nlint:\n\tgo vet\n");
    world.commit("pack");
    world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
    assert_eq!(world.read("repo/Makefile"), "test:\n\tgo test\nlint:\n\tgo vet\n");
}
