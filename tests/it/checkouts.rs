//! Checkouts as git makes them: other line ends, work trees beside a bare repository, revisions, moved repositories.

use crate::work_trees::git;
use crate::world::World;

const AS_SHAPE: [&str; 2] = ["--shape", "shape"];

/// A shape of these rules, in `shape/`; all other paths are free.
fn shape(world: &World, paths: &str) {
    let text = format!("schema: 1\nname: t\npaths: [{paths}]\nextras: ['**']\n");
    world.write("shape/shape.yaml", text);
}

fn commit(world: &World, repository: &str) {
    if !world.path(&format!("{repository}/.git")).exists() {
        git(world, &["init", "-q", "-b", "main", repository]);
    }
    git(world, &["-C", repository, "add", "-A"]);
    git(world, &["-C", repository, "commit", "-q", "-m", "a commit"]);
}

fn clone_with_returns(world: &World) {
    git(world, &["clone", "-q", "-c", "core.autocrlf=true", "repo", "clone"]);
    // Files as old as the index are read again by git, and small clones are made within one tick of the clock.
    let before = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    for path in in_clone(world, &["ls-files"]).lines() {
        let file = world.path(&format!("clone/{path}"));
        let file = std::fs::File::options().write(true).open(file).expect("opened");
        file.set_modified(before).expect("set");
    }
    in_clone(world, &["status"]);
}

fn in_clone(world: &World, arguments: &[&str]) -> String {
    git(world, &[&["-C", "clone"], arguments].concat())
}

fn of_attributes(world: &World, attributes: &str) {
    shape(world, "{ path: .gitattributes, policy: exact }");
    world.write("shape/files/.gitattributes", attributes);
}

#[test]
fn attributes_that_a_repair_writes_leave_every_other_file_alone() {
    let world = World::new();
    of_attributes(&world, "* text=auto\n*.sh text eol=lf\n");
    for (path, content) in [
        ("README.md", "one\ntwo\n"),
        ("run.sh", "true\n"),
        ("own.cmd", "dir\n"),
        ("src/a.py", "a = 1\n"),
    ] {
        world.write(&format!("repo/{path}"), content);
    }
    commit(&world, "repo");
    clone_with_returns(&world);
    let others = [
        ("clone/README.md", "one\r\nedited\r\n"),
        ("clone/run.sh", "true\r\n"),
        ("clone/own.cmd", "dir\r\nstaged\r\n"),
        ("clone/src/a.py", "a = 1\r\n"),
        ("clone/mixed.txt", "a\r\nb\n"),
    ];
    world.write("clone/own.cmd", "dir\r\nstaged\r\n");
    in_clone(&world, &["add", "own.cmd"]);
    world.write("clone/README.md", "one\r\nedited\r\n").write("clone/mixed.txt", "a\r\nb\n");
    let said = ["status", "--porcelain"];
    assert_eq!(in_clone(&world, &said), " M README.md\nM  own.cmd\n?? mixed.txt\n");
    let ran = world.run(&[&["fix", "clone"], &AS_SHAPE[..]].concat()).exits(0);
    assert!(ran.stderr.contains("changed 1 file, 1 repair; 0 findings left"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("renormalize"), "{}", ran.stderr);
    for (path, content) in others {
        assert_eq!(world.read(path), content, "{path}");
    }
    assert_eq!(
        in_clone(&world, &said),
        " M README.md\nM  own.cmd\n?? .gitattributes\n?? mixed.txt\n"
    );
    let edited = in_clone(&world, &["diff", "--numstat"]);
    assert_eq!(edited, "1\t1\tREADME.md\n");
    in_clone(&world, &["add", "-A"]);
    let staged = in_clone(&world, &["diff", "--cached", "--name-only"]);
    assert_eq!(staged, ".gitattributes\nREADME.md\nmixed.txt\nown.cmd\n");
    world.run(&[&["validate", "clone"], &AS_SHAPE[..]].concat()).exits(0);
}

#[test]
fn files_that_git_would_see_as_edited_for_new_attributes_are_named() {
    let world = World::new();
    of_attributes(&world, "*.txt text\n*.dat -text\n");
    world.write("repo/old.txt", "a\r\nb\r\n").write("repo/some.dat", "a\n");
    world.write("repo/new.txt", "a\n");
    commit(&world, "repo");
    clone_with_returns(&world);
    let fix = [&["fix", "clone", "--unsafe-fixes"], &AS_SHAPE[..]].concat();
    let previewed = world.run(&[&fix[..], &["--diff"]].concat()).exits(0);
    let ran = world.run(&fix).exits(0);
    for said in [
        "git has 1 other file with CRLF and would store it with LF under the new `.gitattributes` (old.txt): \
         `git -C clone add --renormalize -- old.txt` stages that",
        "1 other file is on disk with CRLF, which git would store under the new `.gitattributes` (some.dat): \
         to check a file out again, delete it and run `git -C clone checkout -- FILE`",
    ] {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(previewed.stderr.contains(said), "{}", previewed.stderr);
    }
    assert_eq!(world.read("clone/some.dat"), "a\r\n");
    assert_eq!(in_clone(&world, &["status", "--porcelain"]), "?? .gitattributes\n");
    // What git takes for unedited is, and what is proposed settles it.
    world.remove("clone/some.dat");
    in_clone(&world, &["checkout", "--", "some.dat"]);
    in_clone(&world, &["add", ".gitattributes"]);
    world.write("clone/new.txt", "a\nan edit\n");
    in_clone(&world, &["add", "--renormalize", "--", "old.txt"]);
    let staged = in_clone(&world, &["diff", "--cached", "--name-only"]);
    assert_eq!(staged, ".gitattributes\nold.txt\n");
}

#[test]
fn a_file_that_has_its_id_on_disk_is_not_one_with_returns() {
    let world = World::new();
    of_attributes(&world, "*.c ident -text\n");
    world.write("repo/.gitattributes", "*.c ident\n").write("repo/a.c", "/* $Id$ */\n");
    commit(&world, "repo");
    git(&world, &["clone", "-q", "-c", "core.autocrlf=input", "repo", "clone"]);
    assert!(world.read("clone/a.c").contains("$Id: "), "{}", world.read("clone/a.c"));
    let ran = world.run(&[&["fix", "clone", "--unsafe-fixes"], &AS_SHAPE[..]].concat()).exits(0);
    assert!(ran.stderr.contains("changed 1 file, 1 repair"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("with CRLF"), "{}", ran.stderr);
}

#[test]
fn what_git_left_on_disk_under_other_attributes_is_no_edit() {
    let world = World::new();
    shape(&world, "{ path: .gitattributes, policy: exact }, { path: some.dat, policy: exact }");
    world.write("shape/files/.gitattributes", "*.dat -text\n");
    world.write("shape/files/some.dat", "a\nb\n").write("repo/some.dat", "a\nb\n");
    commit(&world, "repo");
    clone_with_returns(&world);
    world.run(&[&["fix", "clone"], &AS_SHAPE[..]].concat()).exits(0);
    assert_eq!(world.read("clone/some.dat"), "a\r\nb\r\n");
    world.run(&[&["validate", "clone"], &AS_SHAPE[..]].concat()).exits(0);
    world.write("clone/some.dat", "a\r\nbb\r\n");
    world.run(&[&["validate", "clone"], &AS_SHAPE[..]].concat()).exits(1);
}

#[test]
fn the_folder_of_a_bare_repository_and_its_work_trees_is_judged_as_that_repository() {
    let world = World::new();
    shape(&world, "{ path: README.md, policy: exact }");
    world.write("shape/files/README.md", "hello\n").write("repo/README.md", "hello\n");
    commit(&world, "repo");
    for (folder, bare) in [("with-file", "with-file/.bare"), ("with-folder", "with-folder/.git")] {
        git(&world, &["clone", "-q", "--bare", "repo", bare]);
        if folder == "with-file" {
            world.write("with-file/.git", "gitdir: ./.bare\n");
        }
        git(&world, &["-C", folder, "worktree", "add", "-q", "main"]);
        let judged = [&["validate", folder], &AS_SHAPE[..], &["--format", "json"]].concat();
        let report = world.run(&judged).exits(0).json();
        assert!(report["repositories"][0]["commit"].is_string(), "{report}");
        let ran = world.run(&[&["fix", folder], &AS_SHAPE[..]].concat()).exits(2);
        assert!(ran.stderr.contains("a bare repository has no files to repair"), "{}", ran.stderr);
        let sync = ["starter", "sync", "--local", folder];
        let ran = world.run(&[&sync, &AS_SHAPE[..]].concat()).exits(2);
        assert!(ran.stderr.contains("a bare repository has no files"), "{}", ran.stderr);
        let ran = world.run_in(&world.path(folder), &[], &[]).exits(0);
        assert!(ran.stdout.contains("  shipshape validate .\n"), "{}", ran.stdout);
        // The work tree beside it is one.
        let tree = format!("{folder}/main");
        world.remove(&format!("{tree}/README.md"));
        world.run(&[&["validate", &tree], &AS_SHAPE[..]].concat()).exits(1);
        world.run(&[&["fix", &tree], &AS_SHAPE[..]].concat()).exits(0);
        assert_eq!(world.read(&format!("{tree}/README.md")), "hello\n");
    }
}

#[test]
fn a_revision_is_resolved_as_git_does() {
    let world = World::new();
    shape(&world, "{ path: README.md, policy: exact }");
    world.write("shape/files/README.md", "hello\n");
    for content in ["first\n", "second\n", "third\n"] {
        world.write("repo/README.md", content);
        commit(&world, "repo");
    }
    git(&world, &["-C", "repo", "tag", "-a", "-m", "a tag", "v1", "HEAD~1"]);
    let judged = |reference: &str| {
        let json = ["--format", "json", "--ref", reference];
        world.run(&[&["validate", "repo"], &AS_SHAPE[..], &json].concat())
    };
    for reference in [
        "HEAD~1",
        "HEAD^",
        "HEAD~2",
        "HEAD^^",
        "@",
        "@~1",
        "main@{0}",
        "main@{1}",
        "HEAD@{2}",
        "@{1}",
        "main~1^0",
        "HEAD^{commit}",
        "v1^{}",
        "v1^{commit}",
        "v1~1",
        "refs/heads/main~1",
    ] {
        let commit = format!("{reference}^{{commit}}");
        let by_git = git(&world, &["-C", "repo", "rev-parse", &commit]);
        let report = judged(reference).exits(1).json();
        assert_eq!(report["repositories"][0]["commit"], by_git.trim(), "{reference}");
    }
    let long = "^".repeat(2_000);
    for (reference, said) in [
        ("HEAD~9", "there is no branch, tag or commit `HEAD~9`"),
        ("main@{7}", "there is no branch, tag or commit `main@{7}`"),
        ("HEAD^{tree}", "`HEAD^{tree}` is a tree, not a commit"),
        ("HEAD^{/first}", "are not supported: give the id that `git rev-parse` prints for it"),
        ("main@{yesterday}", "are not supported: give the id that `git rev-parse` prints for it"),
        (":/first", "are not supported: give the id that `git rev-parse` prints for it"),
        ("HEAD~1..HEAD", "there is no branch, tag or commit"),
        (
            &format!("HEAD{long}"),
            "are not supported: give the id that `git rev-parse` prints for it",
        ),
    ] {
        let ran = judged(reference);
        let said_here = ran.stdout.contains(said) || ran.stderr.contains(said);
        assert!(said_here, "{reference}: {}{}", ran.stdout, ran.stderr);
        assert!([2, 3].contains(&ran.code), "{reference}");
    }
    let option = format!("--ref={}", "--output=x");
    world.run(&["validate", "repo", &option]).exits(3);
    assert!(!world.path("x").exists());
}

#[test]
fn a_work_tree_whose_repository_was_moved_is_unchecked() {
    let world = World::new();
    shape(&world, "{ path: README.md, policy: exact }");
    world.write("shape/files/README.md", "hello\n").write("repo/README.md", "hello\n");
    world.write("repo/src/a", "a\n");
    commit(&world, "repo");
    git(&world, &["-C", "repo", "worktree", "add", "-q", "../tree"]);
    let judged = |place: &str| world.run(&[&["validate", place], &AS_SHAPE[..]].concat());
    judged("tree").exits(0);
    std::fs::rename(world.path("repo"), world.path("moved")).expect("moved");
    for place in ["tree", "tree/src"] {
        let ran = judged(place).exits(3);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains("no git repository is at `"), "{all}");
    }
    let ran = judged("tree").exits(3);
    assert!(ran.stdout.contains("`git worktree repair FOLDER`"), "{}{}", ran.stdout, ran.stderr);
    world.run(&[&["fix", "tree"], &AS_SHAPE[..]].concat()).exits(3);
    git(&world, &["-C", "moved", "worktree", "repair", "../tree"]);
    judged("tree").exits(0);
}

#[test]
fn an_untracked_folder_inside_a_repository_is_said_to_be_one() {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "hello\n").write("repo/.gitignore", "ignored/\n");
    commit(&world, "repo");
    world.write("repo/loose/notes", "x\n").write("repo/ignored/notes", "x\n");
    let judged = |place: &str| world.run(&[&["validate", place], &AS_SHAPE[..]].concat()).exits(1);
    let ran = judged("repo/loose");
    let said = "`repo/loose` is a folder inside the repository `repo`, and it is judged as if";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let ran = judged("repo/ignored");
    assert!(!ran.stderr.contains("inside the repository"), "{}", ran.stderr);
}

#[test]
fn content_that_only_an_earlier_commit_has_is_not_at_head() {
    let world = World::new();
    shape(&world, "{ path: README.md, policy: exact }");
    world.write("shape/files/README.md", "one\n");
    commit(&world, "shape");
    world.write("repo/README.md", "one\n");
    commit(&world, "repo");
    for file in ["shape/files/README.md", "repo/README.md"] {
        world.write(file, "one\ntwo\n");
    }
    commit(&world, "shape");
    commit(&world, "repo");
    world.write("repo/README.md", "one\n");
    let ran = world.run(&[&["fix", "repo"], &AS_SHAPE[..]].concat()).exits(1);
    let said = "the content of `README.md` is not at HEAD: commit it first";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert_eq!(world.read("repo/README.md"), "one\n");
}

#[test]
fn what_is_proposed_in_a_subfolder_names_the_root_and_a_member_is_known_by_its_origin() {
    let world = World::new();
    let name = world.conformant("acme");
    commit(&world, &name);
    let next = |place: &str| {
        let ran = world.run_in(&world.path(place), &[], &[]).exits(0);
        let is_command = |line: &&str| line.starts_with("  shipshape ");
        let of_line = |line: &str| line.trim_start_matches("  shipshape ").to_owned();
        ran.stdout.lines().filter(is_command).map(of_line).collect::<Vec<_>>()
    };
    let deep = format!("{name}/.github/workflows");
    assert_eq!(
        next(&deep)[..3],
        ["validate ../..", "fix --diff ../..", "init ../.. --output ../../fleet.yaml"]
    );
    world.run_in(&world.path(&deep), &["validate", "../.."], &[]).exits(0);
    world.write("go/main/main.go", "package main\n");
    commit(&world, "go");
    assert_eq!(
        next("go/main")[..2],
        ["shape init --from .. ../../ANOTHER --out ../shape", "init .. --output ../fleet.yaml"]
    );
    world.write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  t: { prefix: molecule-ai-workspace-template- }\nmembers:\n  - NAME\n",
    );
    world.replace("fleet.yaml", "NAME", &name);
    git(&world, &["clone", "-q", &name, "x"]);
    git(
        &world,
        &["-C", &name, "remote", "add", "origin", &format!("https://github.com/acme/{name}.git")],
    );
    git(&world, &["-C", &name, "worktree", "add", "-q", "../feature"]);
    for folder in ["x", "feature"] {
        assert_eq!(next(folder)[..2], ["validate", "fix --diff"], "{folder}");
        let inside = format!("{folder}/.github");
        assert_eq!(next(&inside)[..2], ["validate ..", "fix --diff .."], "{folder}");
        let ran = world.run_in(&world.path(&inside), &["validate", ".."], &[]).exits(0);
        assert!(!ran.stderr.contains("not a member"), "{}", ran.stderr);
    }
}
