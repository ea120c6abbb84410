//! Work trees are read, and written, as git keeps them: modes, ignored files, line ends, filters.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::work_trees::git;
use crate::world::World;

/// A shape of these rules, in `shape/`; all other paths are free.
fn shape(world: &World, paths: &str) {
    let text = format!("schema: 1\nname: t\npaths: [{paths}]\nextras: ['**']\n");
    world.write("shape/shape.yaml", text);
}

fn set_mode(world: &World, path: &str, mode: u32) {
    fs::set_permissions(world.path(path), Permissions::from_mode(mode)).expect("set");
}

fn commit(world: &World, repository: &str) {
    if !world.path(&format!("{repository}/.git")).exists() {
        git(world, &["init", "-q", repository]);
    }
    git(world, &["-C", repository, "add", "-A"]);
    git(world, &["-C", repository, "commit", "-q", "-m", "a commit"]);
}

#[test]
fn where_git_does_not_heed_modes_they_are_those_of_the_index() {
    let world = World::new();
    let run = "{ path: run.sh, policy: exact, executable: true }";
    shape(&world, &format!("{{ path: LICENSE, policy: exact }}, {run}"));
    for folder in ["shape/files", "repo"] {
        world.write(&format!("{folder}/LICENSE"), "free\n");
        world.write(&format!("{folder}/run.sh"), "true\n");
    }
    set_mode(&world, "shape/files/run.sh", 0o755);
    commit(&world, "repo");
    git(&world, &["-C", "repo", "config", "core.fileMode", "false"]);
    for path in ["repo/LICENSE", "repo/run.sh"] {
        set_mode(&world, path, 0o755);
    }
    let judged = ["validate", "repo", "--shape", "shape"];
    let here = world.run(&judged).exits(1);
    assert!(here.stdout.contains("`run.sh` is not executable"), "{}", here.stdout);
    assert!(here.stdout.contains("`git add --chmod=+x run.sh`"), "{}", here.stdout);
    assert!(!here.stdout.contains("LICENSE"), "{}", here.stdout);
    world.run(&[&judged[..], &["--ref", "HEAD"]].concat()).exits(1);
    let ran = world.run(&["fix", "repo", "--shape", "shape"]).exits(1);
    assert!(ran.stderr.contains("changed 0 files, 0 repairs; 1 finding left"), "{}", ran.stderr);
    git(&world, &["-C", "repo", "add", "--chmod=+x", "run.sh"]);
    set_mode(&world, "repo/run.sh", 0o644);
    world.run(&judged).exits(0);
    // A new file is written all the same, and what it lacks is said.
    git(&world, &["-C", "repo", "rm", "-q", "-f", "run.sh"]);
    let ran = world.run(&["fix", "repo", "--shape", "shape"]).exits(1);
    assert!(ran.stderr.contains("changed 1 file, 1 repair; 1 finding left"), "{}", ran.stderr);
    git(&world, &["-C", "repo", "add", "--chmod=+x", "run.sh"]);
    world.run(&judged).exits(0);
    // What is taken over into a pack has the bits that git has.
    git(&world, &["-C", "repo", "commit", "-q", "-m", "a script"]);
    git(&world, &["clone", "-q", "repo", "other"]);
    git(&world, &["-C", "other", "config", "core.fileMode", "false"]);
    set_mode(&world, "other/LICENSE", 0o755);
    let from = ["shape", "init", "--out", "pack", "--from", "repo", "other"];
    world.run(&from).exits(0);
    let rules = world.read("pack/shape.yaml");
    assert!(rules.contains("path: run.sh, policy: exact, executable: true"), "{rules}");
    assert!(!rules.contains("LICENSE, policy: exact, executable"), "{rules}");
}

#[test]
fn a_missing_script_is_added_although_its_mode_cannot_be() {
    let world = World::new();
    let script = "{ path: start.sh, policy: exact, executable: true }";
    let demands =
        "extras: ['**']\ndemands: { dockerfiles: [{ path: Dockerfile, cache_key: { arg: V } }] }\n";
    let paths = format!("paths: [{script}, {{ path: Dockerfile, policy: contract }}]\n");
    world.write("shape/shape.yaml", format!("schema: 1\nname: t\n{paths}{demands}"));
    world.write("shape/files/start.sh", "#!/bin/sh\ntrue\n");
    set_mode(&world, "shape/files/start.sh", 0o755);
    world.write("repo/Dockerfile", "FROM a\nCOPY start.sh /s.sh\nENTRYPOINT [\"/s.sh\"]\n");
    commit(&world, "repo");
    git(&world, &["-C", "repo", "config", "core.fileMode", "false"]);
    let ran = world.run(&["fix", "repo", "--shape", "shape", "--rule", "path-missing"]).exits(1);
    assert!(ran.stderr.contains("changed 1 file, 1 repair"), "{}", ran.stderr);
    let judged = ["validate", "repo", "--shape", "shape"];
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("`start.sh` is started directly but is not"), "{}", ran.stdout);
    git(&world, &["-C", "repo", "add", "--chmod=+x", "start.sh"]);
    let ran = world.run(&judged);
    assert!(!ran.stdout.contains("start.sh"), "{}", ran.stdout);
}

#[test]
fn a_held_file_that_git_ignores_is_not_written() {
    let world = World::new();
    shape(&world, "{ path: README.md, policy: exact }, { path: Makefile, policy: exact }");
    world.write("shape/files/README.md", "hello\n").write("shape/files/Makefile", "all:\n");
    world.write("repo/.gitignore", "# ours\n*.md\n").write("repo/README.md", "mine\n");
    commit(&world, "repo");
    let fix = ["fix", "repo", "--shape", "shape"];
    let ran = world.run(&fix).exits(1);
    assert!(ran.stderr.contains("changed 1 file, 1 repair; 1 finding left"), "{}", ran.stderr);
    assert_eq!(
        (world.read("repo/README.md"), world.read("repo/Makefile")),
        ("mine\n".into(), "all:\n".into())
    );
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    let help = "git ignores it, although it is on disk: remove line 2 of `.gitignore` (`*.md`), or run `git add -f README.md`";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    world.remove("repo/README.md");
    world.run(&fix).exits(1);
    assert!(!world.path("repo/README.md").exists());
    // The line may be elsewhere.
    world.write("repo/.gitignore", "").write("repo/.git/info/exclude", "README.md\n");
    world.write("repo/README.md", "mine\n");
    let ran = world.run(&["validate", "repo", "--shape", "shape"]).exits(1);
    assert!(
        ran.stdout.contains("`git check-ignore -v README.md` shows the line"),
        "{}",
        ran.stdout
    );
    // Once git has it, it is judged; a lost file comes back although it is ignored.
    git(&world, &["-C", "repo", "add", "-f", "README.md"]);
    world.remove("repo/README.md");
    world.run(&fix).exits(0);
    assert_eq!(world.read("repo/README.md"), "hello\n");
}

#[test]
fn a_held_file_that_the_shape_itself_makes_git_ignore_can_be_added() {
    let world = World::new();
    shape(&world, "{ path: .gitignore, policy: exact }, { path: README.md, policy: exact }");
    world.write("shape/files/.gitignore", "*.md\n").write("shape/files/README.md", "hello\n");
    world.write("repo/.gitignore", "*.md\n");
    commit(&world, "repo");
    let judged = ["validate", "repo", "--shape", "shape"];
    let ran = world.run(&judged).exits(1);
    let help = "git would ignore it, and the shape has line 1 of `.gitignore` (`*.md`): create it and run `git add -f README.md`";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    // A repair of a commit would be made in the work tree of its clone.
    let ran = world.run(&[&judged[..], &["--ref", "HEAD"]].concat()).exits(1);
    assert!(ran.stdout.contains(help) && !ran.stdout.contains("shipshape fix"), "{}", ran.stdout);
    // No rule of ignoring counts for a commit that is made without a work tree.
    git(&world, &["clone", "-q", "--bare", "repo", "bare.git"]);
    let ran = world.run(&["validate", "bare.git", "--shape", "shape"]).exits(1);
    assert!(ran.stdout.contains("adds the canonical one"), "{}", ran.stdout);
    world.write("repo/README.md", "hello\n");
    git(&world, &["-C", "repo", "add", "-f", "README.md"]);
    world.run(&judged).exits(0);
}

#[test]
fn line_ends_that_git_would_not_keep_are_no_edit() {
    for (attributes, setting) in [("* text=auto\n", None), ("", Some("input")), ("", Some("true"))]
    {
        let world = World::new();
        world.write_readme_shape();
        world.write("repo/.gitattributes", attributes).write("repo/README.md", "hello\n");
        commit(&world, "repo");
        if let Some(setting) = setting {
            git(&world, &["-C", "repo", "config", "core.autocrlf", setting]);
        }
        world.write("repo/README.md", "hello\r\n");
        world.run(&["validate", "repo", "--shape", "shape"]).exits(0);
        world.run(&["drift", "repo", "repo/.git"]).exits(0);
        world.write("shape/files/README.md", "hello\nyou\n");
        world.run(&["fix", "repo", "--shape", "shape", "--unsafe-fixes"]).exits(0);
        assert_eq!(world.read("repo/README.md"), "hello\r\nyou\r\n");
        assert_eq!(
            git(&world, &["-C", "repo", "diff", "--stat", "--shortstat"]).lines().last(),
            Some(" 1 file changed, 1 insertion(+)")
        );
    }
}

#[test]
fn repairs_are_written_as_git_would_check_them_out() {
    let world = World::new();
    let paths = ["README.md", "new.md", "build.bat", "run.sh"];
    let rules = paths.map(|path| format!("{{ path: {path}, policy: exact }}"));
    shape(&world, &rules.join(", "));
    world.write("repo/.gitattributes", "*.bat text eol=crlf\n*.sh text eol=lf\n");
    for path in paths {
        world.write(&format!("shape/files/{path}"), "one\ntwo\n");
        if path != "new.md" {
            world.write(&format!("repo/{path}"), "one\n2\n");
        }
    }
    commit(&world, "repo");
    git(&world, &["-c", "core.autocrlf=true", "clone", "-q", "repo", "clone"]);
    git(&world, &["-C", "clone", "config", "core.autocrlf", "true"]);
    let fix = ["fix", "clone", "--shape", "shape", "--unsafe-fixes"];
    let shown = world.run(&[&fix[..], &["--diff"]].concat()).exits(0);
    world.run(&fix).exits(0);
    for path in paths {
        let wanted = if path == "run.sh" { "one\ntwo\n" } else { "one\r\ntwo\r\n" };
        assert_eq!(world.read(&format!("clone/{path}")), wanted, "{path}");
    }
    git(&world, &["-C", "clone", "add", "-N", "new.md"]);
    let by_git = git(&world, &["-C", "clone", "diff"]);
    let lines = |diff: &str| -> Vec<String> {
        let is_line = |line: &&str| line.starts_with(['+', '-']) && !line.contains("/dev/null");
        diff.lines().filter(is_line).map(str::to_owned).collect()
    };
    assert_eq!(lines(&shown.stdout), lines(&by_git));
    git(&world, &["-C", "clone", "add", "-A"]);
    git(&world, &["-C", "clone", "commit", "-q", "-m", "repaired"]);
    world.run(&["validate", "clone", "--shape", "shape"]).exits(0);
    world.run(&["validate", "clone", "--shape", "shape", "--ref", "HEAD"]).exits(0);
}

/// A clone with `core.autocrlf` of what was committed in `repo/`.
fn clone_with_returns(world: &World) {
    commit(world, "repo");
    git(world, &["-c", "core.autocrlf=true", "clone", "-q", "repo", "clone"]);
    git(world, &["-C", "clone", "config", "core.autocrlf", "true"]);
}

#[test]
fn attributes_that_a_repair_brings_count_for_the_files_that_it_writes() {
    let attributes = "*.sh text eol=lf\n*.txt -text\n";
    let world = World::new();
    shape(&world, "{ path: .gitattributes, policy: exact }, { path: build.txt, policy: exact }");
    world.write("shape/files/.gitattributes", attributes);
    world.write("shape/files/build.txt", "one\ntwo\n");
    for (path, content) in
        [("build.txt", "one\n2\n"), ("other.txt", "o\n"), ("run.sh", "true\n"), ("a.md", "a\n")]
    {
        world.write(&format!("repo/{path}"), content);
    }
    clone_with_returns(&world);
    let ran = world.run(&["fix", "clone", "--shape", "shape", "--unsafe-fixes"]).exits(0);
    let on_disk = ["build.txt", "other.txt", "run.sh", "a.md"]
        .map(|path| world.read(&format!("clone/{path}")));
    assert_eq!(on_disk, ["one\ntwo\n", "o\r\n", "true\r\n", "a\r\n"]);
    // What is no longer converted was left on disk with CRLF, as git itself would leave it.
    assert!(ran.stderr.contains("(other.txt): to check a file out again"), "{}", ran.stderr);
    world.remove("clone/other.txt");
    git(&world, &["-C", "clone", "checkout", "--", "other.txt"]);
    git(&world, &["-C", "clone", "add", "-A"]);
    let staged = git(&world, &["-C", "clone", "diff", "--cached", "--name-only"]);
    assert_eq!(staged, ".gitattributes\nbuild.txt\n");
    git(&world, &["-C", "clone", "commit", "-q", "-m", "repaired"]);
    world.run(&["validate", "clone", "--shape", "shape", "--ref", "HEAD"]).exits(0);
}

#[test]
fn a_binary_in_place_of_a_text_with_returns_gets_none() {
    let world = World::new();
    shape(&world, "{ path: logo.dat, policy: exact }");
    world.write("shape/files/logo.dat", "\0PNG\nx\ny\n").write("repo/logo.dat", "a\ntext\n");
    clone_with_returns(&world);
    world.run(&["fix", "clone", "--shape", "shape", "--unsafe-fixes"]).exits(0);
    assert_eq!(world.read("clone/logo.dat"), "\0PNG\nx\ny\n");
    commit(&world, "clone");
    world.run(&["validate", "clone", "--shape", "shape"]).exits(0);
}

#[test]
fn a_link_that_is_a_file_on_disk_is_judged_as_a_link() {
    let world = World::new();
    shape(&world, "{ path: README.md, policy: exact }");
    world.write("shape/files/README.md", "hello\n").write("repo/pages/index.md", "mine\n");
    world.write("repo/.gitattributes", "*.md filter=up\n");
    std::os::unix::fs::symlink("pages/index.md", world.path("repo/README.md")).expect("linked");
    commit(&world, "repo");
    git(&world, &["-c", "core.symlinks=false", "clone", "-q", "repo", "clone"]);
    git(&world, &["-C", "clone", "config", "core.symlinks", "false"]);
    assert_eq!(world.read("clone/README.md"), "pages/index.md");
    let judged = ["validate", "clone", "--shape", "shape"];
    let found = |more: &[&str]| {
        let ran = world.run(&[&judged[..], more].concat()).exits(1);
        assert!(ran.stdout.contains("`README.md` is a symbolic link"), "{}", ran.stdout);
        ran.stdout
    };
    found(&["--ref", "HEAD"]);
    let here = found(&[]);
    // An edit of the file is one of the link's target, as for git.
    world.write("clone/README.md", "pages/other.md");
    found(&[]);
    world.write("clone/README.md", "pages/index.md");
    let said = "run `git rm --cached README.md` first, then `shipshape fix --unsafe-fixes`";
    assert!(here.contains(said), "{here}");
    let fix = ["fix", "clone", "--shape", "shape", "--unsafe-fixes"];
    let ran = world.run(&fix).exits(1);
    assert!(ran.stderr.contains("changed 0 files"), "{}", ran.stderr);
    assert_eq!(world.read("clone/README.md"), "pages/index.md");
    // Git takes up a file of its own as what it is.
    git(&world, &["-C", "clone", "rm", "-q", "--cached", "README.md"]);
    world.write("clone/.gitattributes", "");
    world.run(&fix[..4]).exits(1);
    assert_eq!(world.read("clone/README.md"), "pages/index.md");
    world.run(&fix).exits(0);
    commit(&world, "clone");
    world.run(&[&judged[..], &["--ref", "HEAD"]].concat()).exits(0);
}

#[test]
fn a_canon_with_returns_that_git_would_not_keep_is_not_offered() {
    let world = World::new();
    shape(&world, "{ path: run.cmd, policy: exact }");
    world.write("shape/files/run.cmd", "dir\r\n");
    world.write("repo/.gitattributes", "* text=auto\n").write("repo/run.cmd", "dir\n");
    commit(&world, "repo");
    let judged = ["validate", "repo", "--shape", "shape"];
    // The attributes of a commit count for it.
    for more in [&[][..], &["--ref", "HEAD"]] {
        let ran = world.run(&[&judged[..], more].concat()).exits(1);
        assert!(ran.stdout.contains("makes git store `run.cmd` with LF here"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);
    }
    let previewed = ["fix", "repo", "--shape", "shape", "--diff", "--ref", "HEAD"];
    assert_eq!(world.run(&previewed).exits(1).stdout, "");
    world.write("repo/.gitattributes", "* text=auto\nrun.cmd -text\n");
    world.run(&["fix", "repo", "--shape", "shape"]).exits(0);
    assert_eq!(world.read("repo/run.cmd"), "dir\r\n");
    commit(&world, "repo");
    world.run(&judged).exits(0);
    world.run(&[&judged[..], &["--ref", "HEAD"]].concat()).exits(0);
}

#[test]
fn what_a_filter_changes_is_judged_as_the_index_has_it_or_not_at_all() {
    let world = World::new();
    shape(&world, "{ path: LICENSE, policy: exact }");
    world.write("shape/files/LICENSE", "free\n");
    world.write("repo/.gitattributes", "LICENSE filter=up\n").write("repo/LICENSE", "free\n");
    git(&world, &["init", "-q", "repo"]);
    git(&world, &["-C", "repo", "config", "filter.up.clean", "tr a-z A-Z"]);
    // A file as old as its index may have changed since.
    let file = fs::File::options().write(true).open(world.path("repo/LICENSE")).expect("opened");
    let before = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    file.set_modified(before).expect("set");
    commit(&world, "repo");
    let judged = ["validate", "repo", "--shape", "shape"];
    for more in [&[][..], &["--ref", "HEAD"]] {
        let ran = world.run(&[&judged[..], more].concat()).exits(1);
        assert!(ran.stdout.contains("`LICENSE` does not resemble"), "{}", ran.stdout);
    }
    let ran = world.run(&["fix", "repo", "--shape", "shape", "--unsafe-fixes"]).exits(1);
    assert!(ran.stderr.contains("changed 0 files, 0 repairs"), "{}", ran.stderr);
    world.write("repo/LICENSE", "free!\n");
    let ran = world.run(&judged).exits(3);
    assert!(ran.stdout.contains("has `filter=up`, and its size or time is not"), "{}", ran.stdout);
    assert_eq!(world.read("repo/LICENSE"), "free!\n");
}

#[test]
fn decisions_made_in_a_clone_with_returns_hold_elsewhere() {
    let world = World::new();
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: t\npaths: [{ path: '*.tmp', policy: forbidden }]\n",
    );
    world.write("repo/foo.bin", "one\ntwo\n").write("repo/a.tmp", "three\n");
    commit(&world, "repo");
    git(&world, &["-c", "core.autocrlf=true", "clone", "-q", "repo", "clone"]);
    git(&world, &["-C", "clone", "config", "core.autocrlf", "true"]);
    assert_eq!(world.read("clone/a.tmp"), "three\r\n");
    let found = |repository: &str| {
        let judged = ["validate", repository, "--shape", "shape", "--format", "sarif"];
        let report = world.run(&judged).json();
        let results = report["runs"][0]["results"].as_array().expect("results").clone();
        let prints: Vec<String> =
            results.iter().map(|it| it["partialFingerprints"].to_string()).collect();
        assert_eq!(prints.len(), 2, "{report}");
        prints
    };
    assert_eq!(found("repo"), found("clone"));
}

#[test]
fn an_index_of_several_files_says_how_to_make_it_one() {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "hello\n");
    commit(&world, "repo");
    git(&world, &["-C", "repo", "update-index", "--split-index"]);
    git(&world, &["-C", "repo", "config", "core.autocrlf", "true"]);
    world.write("repo/README.md", "hello\r\n");
    let judged = ["validate", "repo", "--shape", "shape"];
    let ran = world.run(&judged).exits(3);
    assert!(!ran.stdout.contains("was edited"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`git update-index --no-split-index`"), "{}", ran.stdout);
    git(&world, &["-C", "repo", "update-index", "--no-split-index"]);
    world.run(&judged).exits(0);
}

#[test]
fn a_pattern_with_a_named_class_reaches_a_file_and_git_status_cures_a_copied_clone() {
    let world = World::new();
    shape(&world, "{ path: 'a file', policy: exact }");
    world.write("shape/files/a file", "FREE\n");
    // This is how `git lfs track` writes a space.
    world.write("repo/.gitattributes", "a[[:space:]]file filter=up\n");
    world.write("repo/a file", "free\n");
    git(&world, &["init", "-q", "repo"]);
    git(&world, &["-C", "repo", "config", "filter.up.clean", "tr a-z A-Z"]);
    let was_written = |seconds| {
        let file = fs::File::options().write(true).open(world.path("repo/a file")).expect("opened");
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        file.set_modified(time).expect("set");
    };
    was_written(60);
    commit(&world, "repo");
    let judged = ["validate", "repo", "--shape", "shape"];
    world.run(&judged).exits(0);
    world.run(&[&judged[..], &["--ref", "HEAD"]].concat()).exits(0);
    // A copied clone has other times than its index.
    was_written(30);
    let ran = world.run(&judged).exits(3);
    assert!(ran.stdout.contains("run `git status`"), "{}", ran.stdout);
    git(&world, &["-C", "repo", "status"]);
    world.run(&judged).exits(0);
}

#[test]
fn a_starter_in_a_clone_is_synced_as_git_keeps_it() {
    let world = World::new();
    let run = "{ path: run.sh, policy: exact, executable: true }";
    shape(&world, &format!("{{ path: LICENSE, policy: exact }}, {run}"));
    world.write("shape/files/LICENSE", "free\n").write("shape/files/run.sh", "true\n");
    set_mode(&world, "shape/files/run.sh", 0o755);
    world.write("repo/.gitattributes", "LICENSE filter=up\n").write("repo/LICENSE", "mine\n");
    commit(&world, "repo");
    git(&world, &["-C", "repo", "config", "core.fileMode", "false"]);
    let sync = ["starter", "sync", "--local", "repo", "--shape", "shape"];
    let ran = world.run(&sync).exits(1);
    for said in [
        "changed 1 file in repo",
        "LICENSE has `filter=up`, so only git can write it",
        "`git add --chmod=+x run.sh` sets the executable bit",
    ] {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
    assert_eq!(world.read("repo/LICENSE"), "mine\n");
    git(&world, &["-C", "repo", "add", "--chmod=+x", "run.sh"]);
    world.write("repo/.gitattributes", "");
    let ran = world.run(&sync).exits(0);
    assert!(ran.stderr.contains("changed 1 file in repo"), "{}", ran.stderr);
    for more in [&[][..], &["--dry-run"]] {
        let ran = world.run(&[&sync[..], more].concat()).exits(0);
        assert!(ran.stderr.contains("matches the shape already"), "{}", ran.stderr);
    }
}
