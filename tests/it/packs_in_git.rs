//! A pack in a work tree: what git would ignore or convert of it, and what `shape init` leaves out for git's sake.

use crate::work_trees::git;
use crate::world::World;

/// Commits all that is in a folder, ignored files too, to a new repository there or to the one that it has.
fn commit(world: &World, folder: &str) {
    if !world.path(&format!("{folder}/.git")).exists() {
        git(world, &["init", "-q", folder]);
    }
    git(world, &["-C", folder, "add", "-A", "-f"]);
    git(world, &["-C", folder, "commit", "-q", "-m", "a commit"]);
}

#[test]
fn a_clone_has_the_pack_that_init_wrote() {
    let world = World::new();
    for folder in ["repos/a", "repos/b"] {
        world
            .write(&format!("{folder}/.gitignore"), "notes.txt\n*.log\n")
            .write(&format!("{folder}/.gitattributes"), "*.cmd -text\n*.txt text eol=crlf\n")
            .write(&format!("{folder}/docs/.gitignore"), "*\n")
            .write(&format!("{folder}/docs/index.md"), "the docs\n")
            .write(&format!("{folder}/notes.txt"), "some notes\n")
            .write(&format!("{folder}/tool.cfg"), "a = 1\n")
            .write(&format!("{folder}/run.cmd"), "dir\r\n");
        commit(&world, folder);
    }
    world.write("fleet/.gitignore", "*.cfg\n").write("fleet/.gitattributes", "* text=auto\n");
    git(&world, &["init", "-q", "fleet"]);
    let from = ["shape", "init", "--out", "fleet/shape", "--from", "repos/a", "repos/b"];
    // A dry run says so too, though there is no such folder yet.
    let ran = world.run(&[&["shape", "init", "--dry-run"], &from[2..]].concat()).exits(0);
    let said = "would write fleet/shape/.gitattributes, so that git keeps the files of the pack";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!world.path("fleet/shape").exists());
    let ran = world.run(&from).exits(0);
    let said = "wrote fleet/shape/.gitattributes, so that git keeps the files of the pack";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let add = "git -C fleet/shape add -f files/tool.cfg\n";
    assert!(ran.stderr.contains(add), "{}", ran.stderr);
    let asked = ran.stdout.lines().filter(|line| line.contains("no content in the pack"));
    assert!(asked.clone().all(|line| !line.contains(".git")), "{}", ran.stdout);
    let rules = world.read("fleet/shape/shape.yaml");
    for source in ["dot-gitignore", "dot-gitattributes", "docs/dot-gitignore"] {
        assert!(rules.contains(&format!(", source: {source} }}")), "{rules}");
        assert!(world.path(&format!("fleet/shape/files/{source}")).is_file(), "{source}");
    }
    assert!(!world.path("fleet/shape/files/.gitignore").exists());
    // Until git has it, the pack is another one on a clone.
    let here = ["drift", "--shape", "fleet/shape", "--local", "repos/a", "repos/b"];
    let ran = world.run(&here).exits(2);
    let said = "git ignores `files/tool.cfg`, the canon of `tool.cfg`";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains(add.trim_end()), "{}", ran.stderr);
    git(&world, &["-C", "fleet/shape", "add", "-f", "files/tool.cfg"]);
    git(&world, &["-C", "fleet", "add", "-A"]);
    git(&world, &["-C", "fleet", "commit", "-q", "-m", "the pack"]);
    world.run(&here).exits(0);
    git(&world, &["clone", "-q", "fleet", "clone"]);
    world.run(&["drift", "--shape", "clone/shape", "--local", "repos/a", "repos/b"]).exits(0);
    assert_eq!(world.read("clone/shape/files/run.cmd"), "dir\r\n");
    assert_eq!(world.read("clone/shape/files/notes.txt"), "some notes\n");
}

#[test]
fn a_canon_that_another_one_makes_git_ignore_is_reported_and_can_be_renamed() {
    let world = World::new();
    let rules = |ignore: &str| {
        format!(
            "schema: 1\nname: t\npaths: [{{ path: .gitignore, policy: exact{ignore} }}, {{ path: local.txt, policy: seeded }}]\nextras: ['**']\n"
        )
    };
    world.write("shape/shape.yaml", rules("")).write("shape/files/.gitignore", "old.txt\n");
    world.write("repo/.gitignore", "old.txt\n").write("repo/local.txt", "mine\n");
    commit(&world, "shape");
    commit(&world, "repo");
    let judged = ["drift", "--shape", "shape", "--local", "repo"];
    world.run(&judged).exits(0);
    world.write("shape/files/.gitignore", "local.txt\n");
    world.write("shape/files/local.txt", "a start\n");
    let ran = world.run(&judged).exits(2);
    assert!(ran.stderr.contains("git ignores `files/local.txt`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`source: dot-gitignore`"), "{}", ran.stderr);
    world.remove("shape/files/.gitignore");
    world.write("shape/files/dot-gitignore", "local.txt\n");
    world.write("shape/shape.yaml", rules(", source: dot-gitignore"));
    commit(&world, "shape");
    // The content that it had under its former name is an earlier canon.
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("path-stale"), "{}", ran.stdout);
    world.run(&["fix", "--shape", "shape", "repo"]).exits(0);
    assert_eq!(world.read("repo/.gitignore"), "local.txt\n");
}

#[test]
fn a_canon_that_a_filter_converts_is_reported_with_the_lines_that_prevent_it() {
    let world = World::new();
    world
        .write("shape/shape.yaml", "schema: 1\nname: t\npaths: [{ path: a.bin, policy: exact }]\n")
        .write("shape/files/a.bin", "1\n")
        .write("repo/a.bin", "1\n")
        .write(".gitattributes", "*.bin filter=up\n");
    git(&world, &["init", "-q"]);
    let shown = ["shape", "show", "--pack", "shape"];
    let ran = world.run(&shown).exits(3);
    let lines = "files/** -text -ident -filter -working-tree-encoding";
    assert!(ran.stderr.contains(lines), "{}", ran.stderr);
    assert!(ran.stderr.contains("shape/.gitattributes"), "{}", ran.stderr);
    world.write("shape/.gitattributes", format!("{lines}\n"));
    world.run(&shown).exits(0);
}

#[test]
fn what_git_keeps_otherwise_than_it_is_does_not_become_canon() {
    let world = World::new();
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 9\n");
    let folders = ["repos/a", "repos/b", "repos/c"];
    for folder in folders {
        world
            .write(&format!("{folder}/.gitattributes"), "keys.txt filter=crypt\n")
            .write(&format!("{folder}/Makefile"), "test:\n\ttrue\n")
            .write(&format!("{folder}/keys.txt"), "a text\n")
            .write(&format!("{folder}/logo.dat"), &pointer);
        commit(&world, folder);
    }
    for (out, reference) in [("pack", &[][..]), ("other", &["--ref", "HEAD"])] {
        let words = [&["shape", "init", "--out", out, "--from"], &folders[..], reference];
        let ran = world.run(&words.concat()).exits(0);
        let head = "Not held, because git keeps something else than their content";
        let (_, listed) = ran.stdout.split_once(head).expect(&ran.stdout);
        assert!(listed.contains("\n  keys.txt  a, b, c\n  logo.dat  a, b, c\n"), "{listed}");
        let rules = world.read(&format!("{out}/shape.yaml"));
        assert!(!rules.contains("path: logo.dat") && !rules.contains("path: keys.txt"), "{rules}");
        let judged = [&["drift", "--shape", out, "--local"], &folders[..]].concat();
        world.run(&judged).exits(0);
    }
}

#[test]
fn a_name_that_is_taken_is_not_given_to_another_canon() {
    let world = World::new();
    for folder in ["repos/a", "repos/b"] {
        world
            .write(&format!("{folder}/.gitignore"), "*.log\n")
            .write(&format!("{folder}/dot-gitignore"), "a template of ours\n")
            .write(&format!("{folder}/Makefile"), "all:\n");
        commit(&world, folder);
    }
    world.run(&["shape", "init", "--out", "pack", "--from", "repos/a", "repos/b"]).exits(0);
    let rules = world.read("pack/shape.yaml");
    assert!(rules.contains(", source: dot-gitignore-2 }"), "{rules}");
    assert_eq!(world.read("pack/files/dot-gitignore-2"), "*.log\n");
    assert_eq!(world.read("pack/files/dot-gitignore"), "a template of ours\n");
    world.run(&["drift", "--shape", "pack", "--local", "repos/a", "repos/b"]).exits(0);
}

#[test]
fn the_command_for_an_ignored_canon_can_be_pasted_whatever_its_name() {
    let world = World::new();
    let rules = "schema: 1\nname: t\npaths: [{ path: 'a;b $(c)', policy: exact }]\n";
    world.write("my pack/shape.yaml", rules).write("my pack/files/a;b $(c)", "1\n");
    world.write("my pack/.gitignore", "*;*\n");
    git(&world, &["init", "-q", "my pack"]);
    let ran = world.run(&["shape", "show", "--pack", "my pack"]).exits(2);
    let add = "`git -C 'my pack' add -f 'files/a;b $(c)'`";
    assert!(ran.stderr.contains(add), "{}", ran.stderr);
}

#[test]
fn an_ignored_file_beside_a_canon_is_not_missed() {
    let world = World::new();
    let rules = "schema: 1\nname: t\npaths: [{ path: a.txt, policy: templated }]\n";
    world.write("pack/shape.yaml", rules).write("pack/files/a.txt.tera", "1\n");
    commit(&world, "pack");
    world.write("pack/files/a.txt", "rendered\n").write("pack/.gitignore", "a.txt\n");
    world.run(&["shape", "show", "--pack", "pack"]).exits(0);
}

#[test]
fn attributes_that_a_promotion_adds_are_announced() {
    let world = World::new();
    let rules = "schema: 1\nname: t\npaths: [{ path: run.cmd, policy: exact }]\n";
    world.write("fleet/pack/shape.yaml", rules).write("fleet/pack/files/run.cmd", "dir\n");
    world.write("fleet/.gitattributes", "* text=auto\n");
    commit(&world, "fleet");
    world.write("repo/run.cmd", "dir /w\r\n");
    let promote = ["shape", "promote", "repo", "run.cmd", "--pack", "fleet/pack"];
    let ran = world.run(&[&promote[..], &["--dry-run"]].concat()).exits(0);
    assert!(ran.stdout.contains("+files/** -text"), "{}", ran.stdout);
    let said = "would write fleet/pack/.gitattributes, so that git keeps the files of the pack";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!world.path("fleet/pack/.gitattributes").exists());
    let ran = world.run(&promote).exits(0);
    assert!(ran.stdout.contains("+files/** -text"), "{}", ran.stdout);
    assert!(ran.stderr.contains("wrote fleet/pack/.gitattributes"), "{}", ran.stderr);
    commit(&world, "fleet");
    git(&world, &["clone", "-q", "fleet", "clone"]);
    assert_eq!(world.read("clone/pack/files/run.cmd"), "dir /w\r\n");
}

#[test]
fn a_pack_whose_folder_git_ignores_is_reported() {
    let world = World::new();
    for folder in ["repos/a", "repos/b"] {
        world.write(&format!("{folder}/Makefile"), "all:\n");
        commit(&world, folder);
    }
    world.write("fleet/.gitignore", "pack/\n");
    commit(&world, "fleet");
    let from = ["shape", "init", "--out", "fleet/pack", "--from", "repos/a", "repos/b"];
    let ran = world.run(&from).exits(0);
    let said = "git ignores fleet/pack, so a clone would not have the pack";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("git -C fleet/pack add -f .\n"), "{}", ran.stderr);
    let shown = ["shape", "show", "--pack", "fleet/pack"];
    assert!(world.run(&shown).exits(0).stderr.contains(said));
    // Whatever judges by it says once that git has no versions of it.
    for judging in [&["validate"][..], &["drift", "--local"], &["fix"]] {
        let by = ["--shape", "fleet/pack"];
        let ran = world.run(&[&judging[..1], &by, &judging[1..], &["repos/a", "repos/b"]].concat());
        let said_by = ran.exits(0).stderr;
        assert_eq!(said_by.matches(said).count(), 1, "{judging:?}: {said_by}");
        assert!(said_by.contains("git keeps no versions of it"), "{judging:?}: {said_by}");
    }
    git(&world, &["-C", "fleet/pack", "add", "-f", "."]);
    assert!(!world.run(&shown).exits(0).stderr.contains(said));
    let ran = world.run(&["validate", "--shape", "fleet/pack", "repos/a"]).exits(0);
    assert!(!ran.stderr.contains("git ignores"), "{}", ran.stderr);
}

#[test]
fn a_wrong_place_of_a_pack_is_reported_where_fleet_yaml_names_it() {
    let world = World::new();
    let fleet = |shape: &str| {
        format!(
            "schema: 1\nname: f\nforge: {{ owner: acme }}\nkinds:\n  svc:\n    prefix: svc-\n    shape: {shape}\nmembers: [a]\n"
        )
    };
    world
        .write(
            "starter/pk/shape.yaml",
            "schema: 1\nname: own\npaths: [{ path: A, policy: seeded }]\n",
        )
        .write("fleet.yaml", fleet("{ repository: starter, path: pk, ref: nosuch }"))
        .write("svc-a/A", "a\n");
    commit(&world, "starter");
    commit(&world, "svc-a");
    for command in [&["shape", "show"][..], &["validate", "svc-a"]] {
        let ran = world.run(command);
        for said in ["does not have this `ref`", "fleet.yaml:7:", "`nosuch`", "its only branch is"]
        {
            assert!(ran.stderr.contains(said), "{said}: {}{}", ran.stdout, ran.stderr);
        }
        assert!(!ran.stderr.contains("--ref"), "{}", ran.stderr);
    }
    for (shape, says) in [
        ("{ folder: a/./pk }", "`a/./pk` has a `.` among its parts: leave it out"),
        ("{ folder: . }", "`.`: a pack needs a folder of its own"),
        ("{ repository: starter, path: . }", "`.`: a pack needs a folder of its own"),
    ] {
        world.write("fleet.yaml", fleet(shape));
        let ran = world.run(&["shape", "show"]).exits(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    // As shells complete it.
    for shape in ["{ repository: starter, path: ./pk }", "{ folder: ./starter/pk }"] {
        world.write("fleet.yaml", fleet(shape));
        world.run(&["shape", "show"]).exits(0);
        world.run(&["validate", "svc-a"]).exits(0);
    }
}
