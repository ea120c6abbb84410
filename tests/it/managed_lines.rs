//! `structured` without keys: a line that is put in may mean something by its place.

use std::process::Command;

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

/// What git says in the repository.
fn git(world: &World, words: &[&str]) -> String {
    let ran = Command::new("git").args(words).current_dir(world.path("repo")).output();
    String::from_utf8(ran.expect("git runs").stdout).expect("UTF-8")
}

#[test]
fn a_line_that_means_something_by_its_place_is_put_in_by_nobody_unseen() {
    for (path, canon, own) in [
        ("Makefile", "test:\n\tgo test ./...\n", "clean:\n\trm -rf build\n"),
        ("app.ini", "[log]\nlevel = warn\n", "[log]\n[db]\nhost = x\n"),
    ] {
        let world = world(path, canon, own);
        let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
        assert!(ran.stdout.contains("add it manually"), "{path}: {}", ran.stdout);
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

#[test]
fn a_requirement_is_added_unseen_only_where_pip_would_still_install_the_file() {
    let hashed = "six==1.0 --hash=sha256:00\n";
    for (canon, own) in [
        ("six\n", "flask==1 --hash=sha256:00\n"),
        (hashed, "flask==1\n"),
        ("--index-url https://a.example/simple\n", "flask==1\n"),
    ] {
        let world = world("requirements.txt", canon, own);
        let ran = world.run(&["fix", "repo", "--shape", "pack"]).exits(1);
        assert!(ran.stderr.contains("0 repairs"), "{canon}: {}", ran.stderr);
        assert_eq!(world.read("repo/requirements.txt"), own);
    }
    let world = world("requirements.txt", hashed, "flask==1 --hash=sha256:00\n");
    world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
}

#[test]
fn a_line_that_would_ignore_files_of_the_repository_is_not_added_unseen() {
    let canon = "*\n!keep\n!other\n";
    let world = world(".gitignore", canon, "");
    world.write("repo/keep", "").write("repo/d/keep", "");
    world.commit("repo");
    let ran = world.run(&["fix", "repo", "--shape", "pack"]).exits(1);
    assert!(ran.stderr.contains("0 repairs"), "{}", ran.stderr);
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
    assert!(ran.stdout.contains("`*` would ignore `.gitignore`, which exists"), "{}", ran.stdout);
    // A file in an ignored folder cannot be re-included.
    world.write("pack/files/.gitignore", format!("{canon}!.gitignore\n"));
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
    assert!(ran.stdout.contains("`*` would ignore `d/keep`, which exists"), "{}", ran.stdout);
    world.write("pack/files/.gitignore", format!("{canon}!.gitignore\n!d/\n"));
    world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
    assert_eq!(git(&world, &["ls-files", "-ci", "--exclude-standard"]), "");
}

#[test]
fn docker_re_includes_files_in_ignored_folders() {
    let world = world(".dockerignore", "*\n!d/keep\n!x\n", "");
    world.write("repo/d/keep", "");
    world.commit("repo");
    world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
    // At the root only.
    world.write("repo/.dockerignore", "").write("repo/d/x", "");
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
    assert!(ran.stdout.contains("`*` would ignore `d/x`, which exists"), "{}", ran.stdout);
}

#[test]
fn an_attribute_that_changes_what_git_stores_is_not_added_unseen() {
    for (canon, content) in [
        ("*.txt text\n", "a\r\n"),
        ("*.txt eol=lf\n", "a\r\n"),
        ("[attr]plain text\n*.txt plain\n", "a\r\n"),
        ("*.txt filter=lfs diff=lfs\n", "a\n"),
        ("*.txt working-tree-encoding=UTF-16\n", "a\n"),
        ("*.txt ident\n", "$Id: 1 $\n"),
    ] {
        let world = world(".gitattributes", canon, "*.md diff\n");
        world.write("repo/d/a.txt", content);
        world.commit("repo");
        let ran = world.run(&["fix", "repo", "--shape", "pack"]).exits(1);
        assert!(ran.stderr.contains("0 repairs"), "{canon}: {}", ran.stderr);
        let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
        let says = "would change what git stores of `d/a.txt`";
        assert!(ran.stdout.contains(says), "{canon}: {}", ran.stdout);
    }
    for (canon, content) in [
        ("*.txt text\n", "a\n"),
        ("* text=auto eol=lf\n", "a\r\n"),
        ("* text\n*.txt binary\n", "a\r\n"),
        ("d text\n", "a\r\n"),
    ] {
        let world = world(".gitattributes", canon, "*.md diff\n");
        world.write("repo/d/a.txt", content);
        world.commit("repo");
        world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
        assert_eq!(git(&world, &["status", "--short"]), " M .gitattributes\n", "{canon}");
    }
}

#[test]
fn an_escaped_space_at_the_end_of_a_pattern_is_kept() {
    let world = world(".gitignore", "foo\\ \nbar  \n", "");
    world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
    assert_eq!(world.read("repo/.gitignore"), "foo\\ \nbar\n");
}

#[test]
fn lines_of_yaml_are_not_held_without_keys() {
    let canon = "prod:\n  debug: false\n";
    let world = world("a.yaml", canon, "prod:\n  debug: true\ntest:\n  debug: false\n");
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("a single line of YAML has no meaning"), "{}", ran.stderr);
    assert!(ran.stderr.contains("name the `keys` to hold"), "{}", ran.stderr);
    world.replace("pack/shape.yaml", "policy: structured }", "policy: structured, keys: [prod] }");
    world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
    // A profile may not do what `paths` may not.
    world.replace("pack/shape.yaml", "policy: structured, keys: [prod] }", "policy: exact }");
    let shape = world.read("pack/shape.yaml");
    let profile = "profiles: { some: { description: x, policies: { a.yaml: structured } } }\n";
    world.write("pack/shape.yaml", format!("{shape}{profile}"));
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("cannot hold `a.yaml` as structured: a single"), "{}", ran.stderr);
}

#[test]
fn values_that_differ_in_type_only_are_shown_with_their_types() {
    let world = world("a.yaml", "version: \"2\"\n", "version: 2\n");
    world.replace(
        "pack/shape.yaml",
        "policy: structured }",
        "policy: structured, keys: [version] }",
    );
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
    let says = "`version` is `2` as an integer, but the shape requires `2` as a string";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
}

#[test]
fn a_missing_file_that_would_ignore_files_of_the_repository_is_not_added_unseen() {
    for (path, canon, says) in [
        (".gitignore", "dist/\n", "`dist/` would ignore `dist/kept.js`, which exists"),
        (".dockerignore", "*\n!app\n", "`*` would ignore `dist/kept.js`, which exists"),
        (".gitattributes", "*.js text\n", "`*.js text` would change what git stores of"),
    ] {
        for policy in ["structured", "exact"] {
            let world = world(path, canon, "");
            world.replace("pack/shape.yaml", "structured", policy);
            world.remove(&format!("repo/{path}")).write("repo/dist/kept.js", "a\r\n");
            world.commit("repo");
            let ran = world.run(&["fix", "repo", "--shape", "pack"]).exits(1);
            assert!(ran.stderr.contains("0 repairs"), "{path}: {}", ran.stderr);
            let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
            assert!(ran.stdout.contains(says), "{path}: {}", ran.stdout);
            assert!(ran.stdout.contains("fix available: unsafe"), "{path}: {}", ran.stdout);
            world.run(&["fix", "repo", "--shape", "pack", "--unsafe-fixes"]).exits(0);
            assert_eq!(world.read(&format!("repo/{path}")), canon);
        }
    }
    let world = world(".gitignore", "build/\n", "");
    world.remove("repo/.gitignore").write("repo/dist/kept.js", "a\n");
    world.commit("repo");
    world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
}

#[test]
fn a_line_that_another_spelling_takes_back_is_not_in_effect() {
    for (path, canon, own) in [
        (".gitignore", ".terraform/\n", ".terraform/\n!.terraform\n"),
        (".gitignore", "*.tfstate\n", "*.tfstate\n!**/*.tfstate\n"),
        (".gitattributes", "*.sh eol=lf\n", "*.sh eol=lf\n**/*.sh eol=crlf\n"),
        ("CODEOWNERS", "/docs/ @acme/docs\n", "/docs/ @acme/docs\n/docs/** @acme/all\n"),
    ] {
        let world = world(path, canon, own);
        let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
        let line = canon.trim_end();
        assert!(ran.stdout.contains(line), "{path}: {}", ran.stdout);
    }
    let world = world(".gitignore", "*.tfstate\n", "*.tfstate\n!keep.tfstate\n");
    world.run(&["validate", "repo", "--shape", "pack"]).exits(0);
}

#[test]
fn a_missing_key_leaves_the_other_keys_their_repair() {
    let canon = "{ \"type\": \"module\", \"engines\": { \"node\": \">=20\" }, \"scripts\": { \"lint\": \"eslint .\" } }\n";
    let own = "{ \"type\": \"module\", \"engines\": { \"node\": \">=18\" }, \"scripts\": {} }\n";
    let world = world("package.json", canon, own);
    world.replace(
        "pack/shape.yaml",
        "policy: structured }",
        "policy: structured, keys: [type, engines.node, scripts.lint] }",
    );
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
    assert!(ran.stdout.contains("`scripts.lint` (`eslint .`)"), "{}", ran.stdout);
    world.run(&["fix", "--unsafe-fixes", "repo", "--shape", "pack"]).exits(1);
    assert_eq!(world.read("repo/package.json"), own.replace(">=18", ">=20"));
}

#[test]
fn a_misspelled_managed_key_is_told_with_the_one_that_there_is() {
    let world = world("a.yaml", "env:\n  RUSTFLAGS: x\n", "env:\n  RUSTFLAGS: x\n");
    world.replace(
        "pack/shape.yaml",
        "policy: structured }",
        "policy: structured, keys: [env.RUSTFLAG] }",
    );
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("has no key `env.RUSTFLAG` to manage"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean `env.RUSTFLAGS`?"), "{}", ran.stderr);
    assert!(ran.stderr.contains("shape.yaml:"), "{}", ran.stderr);
    world.replace("pack/shape.yaml", "env.RUSTFLAG]", "envs.RUSTFLAGS]");
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(2);
    assert!(ran.stderr.contains("did you mean `env.RUSTFLAGS`?"), "{}", ran.stderr);
}

#[test]
fn a_line_that_is_put_in_takes_nothing_from_the_repositorys_own() {
    let world = World::new();
    let own = "*.bat text eol=crlf\n*.png binary\n";
    world
        .write("repo/.gitattributes", own)
        .write(
            "pack/shape.yaml",
            "schema: 1\nname: lines\npaths:\n- { path: .gitattributes, policy: structured }\nextras: ['**']\n",
        )
        .write("pack/files/.gitattributes", "* text=auto eol=lf\n");
    world.commit("repo");
    let ran = world.run(&["fix", "--shape", "pack", "repo"]);
    assert!(ran.stderr.contains("0 repairs"), "{}", ran.stderr);
    assert_eq!(world.read("repo/.gitattributes"), own);
    world.run(&["fix", "--shape", "pack", "--unsafe-fixes", "repo"]).exits(0);
    assert_eq!(world.read("repo/.gitattributes"), format!("* text=auto eol=lf\n{own}"));
    let asked = Command::new("git")
        .args(["check-attr", "eol", "text", "--", "a.bat", "b.png", "c.txt"])
        .current_dir(world.path("repo"))
        .output()
        .expect("git runs");
    let said = String::from_utf8(asked.stdout).expect("UTF-8");
    let wanted = "a.bat: eol: crlf\na.bat: text: set\nb.png: eol: lf\nb.png: text: unset\nc.txt: eol: lf\nc.txt: text: auto\n";
    assert_eq!(said, wanted);
    // That the line is there does not say that it holds.
    world.write("repo/.gitattributes", "* text=auto eol=lf\n* -text\n");
    let ran = world.run(&["validate", "--shape", "pack", "repo"]).exits(1);
    let says = "`* text=auto eol=lf` has no effect, because `* -text` follows it";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert!(ran.stdout.contains("repo/.gitattributes:2:1"), "{}", ran.stdout);
}
