//! Work trees that differ from what git keeps: other line ends, and files that a sparse checkout leaves out.

use std::process::Command;

use crate::world::World;

/// Runs git here, without the machine's own settings.
#[track_caller]
pub(crate) fn git(world: &World, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A Person", "-c", "user.email=person@example.com"])
        .args(arguments)
        .current_dir(world.path(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Clones a repository as on Windows: git writes CRLF.
fn clone_with_returns(world: &World, from: &str, to: &str) {
    git(world, &["-c", "core.autocrlf=true", "clone", "-q", from, to]);
    git(world, &["-C", to, "config", "core.autocrlf", "true"]);
}

const README: &str = "one\ntwo\nthree\nfour\n";

/// A committed pack of one exact path, with an earlier canon in its lineage; and a repository that conforms to it.
fn pack_and_repository() -> World {
    let world = World::new();
    world.write_readme_shape();
    world.write("shape/files/README.md", "one\ntwo\nthree\n");
    world.write("repo/README.md", README);
    world.commit("repo");
    let promote = ["shape", "promote", "repo", "README.md", "--pack", "shape"];
    let ran = world.run(&promote).exits(0);
    assert!(ran.stderr.contains("a version behind"), "{}", ran.stderr);
    world.commit("shape");
    world
}

#[test]
fn a_pack_is_read_as_git_keeps_it() {
    let world = pack_and_repository();
    clone_with_returns(&world, "shape", "pack");
    assert!(world.read("pack/files/README.md").contains("one\r\n"), "git wrote returns");
    let bare = world.bare("repo");
    world.run(&["validate", &bare, "--shape", "pack"]).exits(0);
    clone_with_returns(&world, "repo", "clone");
    world.run(&["validate", "clone", "--shape", "pack"]).exits(0);
    // Its lineage too: the log names contents by their ids.
    world.write("repo/README.md", "one\ntwo\nthree\n");
    world.commit("repo");
    let ran = world.run(&["validate", "repo", "--shape", "pack"]).exits(1);
    assert!(ran.stdout.contains("is 1 version behind the canon"), "{}", ran.stdout);
    world.run(&["fix", "repo", "--shape", "pack"]).exits(0);
    assert_eq!(world.read("repo/README.md"), README);
}

#[test]
fn an_edit_in_a_clone_with_returns_is_promoted_as_git_would_commit_it() {
    let world = pack_and_repository();
    for (clone, attributes) in [("clone", None), ("attributed", Some("* text eol=crlf\n"))] {
        match attributes {
            None => clone_with_returns(&world, "repo", clone),
            Some(attributes) => {
                world.write("repo/.gitattributes", attributes);
                world.commit("repo");
                git(&world, &["clone", "-q", "repo", clone]);
            }
        }
        let readme = format!("{clone}/README.md");
        assert_eq!(world.read(&readme), README.replace('\n', "\r\n"));
        world.replace(&readme, "two\r\n", &format!("two, edited in the {clone}\r\n"));
        let judged = ["validate", clone, "--shape", "shape"];
        let ran = world.run(&judged).exits(1);
        assert!(ran.stdout.contains("1 line added, 1 removed"), "{}", ran.stdout);
        let promote = ["shape", "promote", clone, "README.md", "--pack", "shape"];
        let ran = world.run(&promote).exits(0);
        assert!(!ran.stdout.contains("\\u{d}"), "{}", ran.stdout);
        assert!(ran.stdout.contains("+two, edited in the"), "{}", ran.stdout);
        let edited = README.replace("two", &format!("two, edited in the {clone}"));
        assert_eq!(world.read("shape/files/README.md"), edited);
        world.run(&judged).exits(0);
        git(&world, &["-C", clone, "commit", "-q", "-a", "-m", "an edit"]);
        world.run(&judged).exits(0);
        world.run(&["validate", clone, "--ref", "HEAD", "--shape", "shape"]).exits(0);
        // The pack goes back to where the repository is.
        world.run(&["shape", "promote", "repo", "README.md", "--pack", "shape"]).exits(0);
    }
}

#[test]
fn a_change_of_a_pack_in_a_clone_with_returns_shows_only_that_change() {
    let world = pack_and_repository();
    clone_with_returns(&world, "shape", "pack");
    world.replace("repo/README.md", "two\n", "two and a half\n");
    let ran = world.run(&["shape", "promote", "repo", "README.md", "--pack", "pack"]).exits(0);
    assert!(!ran.stdout.contains("-one") && ran.stdout.contains("-two"), "{}", ran.stdout);
    // It is written as git checks it out there.
    let there = world.read("pack/files/README.md");
    assert_eq!(there, world.read("repo/README.md").replace('\n', "\r\n"));
    let stat = git(&world, &["-C", "pack", "diff", "--stat", "files"]);
    assert!(stat.contains("1 insertion(+), 1 deletion(-)"), "{stat}");
    world.run(&["validate", "repo", "--shape", "pack"]).exits(0);
}

#[test]
fn a_pack_of_clones_with_returns_is_that_of_the_others() {
    let world = World::new();
    let mut plain = vec!["shape", "init", "--out", "plain", "--from"];
    let mut clones = vec!["shape", "init", "--out", "pack", "--from"];
    let names = ["svc-api", "svc-mail", "svc-shop"];
    for name in names {
        let folder = format!("repos/{name}");
        world
            .write(&format!("{folder}/Makefile"), "test:\n\ttrue\n")
            .write(&format!("{folder}/README.md"), format!("# {name}\n\nA service.\n"));
        world.commit(&folder);
        clone_with_returns(&world, &folder, &format!("clones/{name}"));
        git(&world, &["-C", &format!("clones/{name}"), "remote", "remove", "origin"]);
    }
    let places = |root: &str| names.map(|name| format!("{root}/{name}"));
    let (repos, cloned) = (places("repos"), places("clones"));
    plain.extend(repos.iter().map(String::as_str));
    clones.extend(cloned.iter().map(String::as_str));
    world.run(&plain).exits(0);
    let ran = world.run(&clones).exits(0);
    assert!(ran.stdout.contains("3 conformant"), "{}", ran.stdout);
    for file in ["shape.yaml", "files/Makefile"] {
        let [one, other] = ["plain", "pack"].map(|pack| world.read(&format!("{pack}/{file}")));
        assert_eq!(one, other);
    }
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_judged_as_git_has_it() {
    let world = pack_and_repository();
    world.write("repo/src/main.rs", "fn main() {}\n");
    world.commit("repo");
    git(&world, &["-C", "repo", "sparse-checkout", "set", "--no-cone", "/src"]);
    assert!(!world.path("repo/README.md").exists(), "git left it out");
    let judged = ["validate", "repo", "--shape", "shape"];
    world.run(&judged).exits(0);
    world.replace("shape/files/README.md", "four\n", "five\n");
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("is 1 version behind the canon"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("is not here"), "{}", ran.stdout);
    // A repair puts it into the work tree, where git sees an edit.
    world.run(&["fix", "repo", "--shape", "shape"]).exits(0);
    assert!(world.read("repo/README.md").contains("five"));
    assert_eq!(git(&world, &["-C", "repo", "status", "--short"]), " M README.md\n");
    world.run(&judged).exits(0);
    // What is not in the work tree cannot be removed there.
    git(&world, &["-C", "repo", "add", "--sparse", "README.md"]);
    git(&world, &["-C", "repo", "commit", "-q", "-m", "five"]);
    git(&world, &["-C", "repo", "sparse-checkout", "reapply"]);
    world.replace("shape/shape.yaml", "exact", "forbidden").remove("shape/files/README.md");
    let fix = ["fix", "repo", "--shape", "shape", "--unsafe-fixes"];
    // Other repairs are made, and the preview says the same.
    world.replace("shape/shape.yaml", "paths:", "paths:\n  - { path: NEW, policy: exact }");
    world.write("shape/files/NEW", "new\n");
    let preview = world.run(&[&fix[..], &["--diff"]].concat()).exits(1);
    assert!(preview.stdout.contains("+new"), "{}", preview.stdout);
    let ran = world.run(&fix).exits(1);
    for said in [&preview.stderr, &ran.stderr] {
        let left_out = "a sparse checkout leaves `README.md` out of the work tree";
        assert!(said.contains("left out") && said.contains(left_out), "{said}");
    }
    assert_eq!(world.read("repo/NEW"), "new\n");
}

#[test]
fn files_of_equal_bytes_are_judged_by_their_own_attributes() {
    let world = World::new();
    let paths = "paths: [{ path: a.txt, policy: exact }, { path: b.txt, policy: exact }]";
    world
        .write("shape/shape.yaml", format!("schema: 1\nname: t\n{paths}\nextras: ['**']\n"))
        .write("shape/files/a.txt", "one\n")
        .write("shape/files/b.txt", "one\n")
        .write("repo/.gitattributes", "a.txt text eol=crlf\nb.txt -text\n")
        .write("repo/a.txt", "one\r\n")
        .write("repo/b.txt", "one\r\n");
    git(&world, &["init", "-q", "repo"]);
    git(&world, &["-C", "repo", "add", "."]);
    git(&world, &["-C", "repo", "commit", "-q", "-m", "equal on disk"]);
    for reference in [None, Some("HEAD")] {
        let mut judged = vec!["validate", "repo", "--shape", "shape"];
        judged.extend(reference.into_iter().flat_map(|it| ["--ref", it]));
        let ran = world.run(&judged).exits(1);
        assert!(ran.stdout.contains("`b.txt` was edited"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("a.txt"), "{}", ran.stdout);
    }
}

#[test]
fn a_pack_whose_contents_a_clone_left_at_its_remote_says_how_to_fetch_them() {
    let world = pack_and_repository();
    git(&world, &["-C", "shape", "config", "uploadpack.allowFilter", "true"]);
    git(&world, &["-C", "shape", "config", "uploadpack.allowAnySHA1InWant", "true"]);
    let from = format!("file://{}", world.path("shape").display());
    git(&world, &["clone", "-q", "--filter=blob:none", "--sparse", &from, "sparse"]);
    git(&world, &["clone", "-q", "--filter=blob:none", "--bare", &from, "bare"]);
    for (clone, fetches) in [
        ("sparse", &["sparse-checkout", "disable"][..]),
        ("bare", &["fetch", "-q", "--refetch", "--no-filter"][..]),
    ] {
        let judged = ["validate", "repo", "--shape", clone];
        let ran = world.run(&judged).exits(3);
        let command = format!("`git {}`", fetches.join(" ").replace(" -q", ""));
        assert!(ran.stderr.contains(&command), "{}", ran.stderr);
        git(&world, &[&["-C", clone], fetches].concat());
        world.run(&judged).exits(0);
    }
}

#[test]
fn the_id_that_git_writes_into_a_text_is_no_edit() {
    let world = World::new();
    world
        .write(
            "shape/shape.yaml",
            "schema: 1\nname: t\npaths: [{ path: LICENSE, policy: exact }]\nextras: ['**']\n",
        )
        .write("shape/files/LICENSE", "free $Id$\n")
        .write("repo/.gitattributes", "LICENSE ident\n")
        .write("repo/LICENSE", "free $Id$\n");
    world.commit("repo");
    world.remove("repo/LICENSE");
    git(&world, &["-C", "repo", "checkout", "-q", "LICENSE"]);
    assert!(world.read("repo/LICENSE").starts_with("free $Id: "));
    let judged = ["validate", "repo", "--shape", "shape"];
    world.run(&judged).exits(0);
    world.write("repo/LICENSE", "free! $Id: 1 $\n");
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("LICENSE") && !ran.stdout.contains("ident"), "{}", ran.stdout);
    world.run(&["fix", "repo", "--shape", "shape", "--unsafe-fixes"]).exits(0);
    assert_eq!(git(&world, &["-C", "repo", "status", "--short"]), "");
}

#[test]
fn a_repository_whose_work_tree_is_elsewhere_is_not_judged_here() {
    let world = pack_and_repository();
    world.write("other/README.md", "edited\n").write("repo/docs/a.md", "a\n");
    world.write("repo/README.md", "one\ntwo\nthree\n");
    world.commit("repo");
    git(&world, &["-C", "repo", "config", "core.worktree", "../../other"]);
    for command in ["validate", "fix"] {
        for folder in ["repo", "repo/docs"] {
            let ran = world.run(&[command, folder, "--slug", "repo", "--shape", "shape"]).exits(3);
            let said = "the work tree of this repository is `../../other` (`core.worktree`";
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(all.contains(said), "{command} {folder}: {all}");
        }
    }
    assert_eq!(world.read("repo/README.md"), "one\ntwo\nthree\n");
    assert_eq!(world.read("other/README.md"), "edited\n");
    // It may name the folder itself, as that of a submodule does.
    git(&world, &["-C", "repo", "config", "core.worktree", ".."]);
    world.run(&["fix", "repo", "--shape", "shape"]).exits(0);
    assert_eq!(world.read("repo/README.md"), README);
    world.write("lib/README.md", README);
    world.commit("lib");
    let add = ["-C", "repo", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    git(&world, &["-C", "repo", "config", "--unset", "core.worktree"]);
    git(&world, &[&add[..], &["../lib", "sub module"]].concat());
    world.run(&["validate", "repo/sub module", "--shape", "shape"]).exits(0);
}

#[test]
fn a_hook_judges_the_work_tree_that_git_started_it_in() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = pack_and_repository();
    git(&world, &["-C", "repo", "worktree", "add", "-q", "../linked"]);
    let hook = format!(
        "#!/bin/sh\necho \"dir=$GIT_DIR index=$GIT_INDEX_FILE\"\nexec '{}' validate . --slug repo --shape '{}'\n",
        env!("CARGO_BIN_EXE_shipshape"),
        world.path("shape").display()
    );
    world.write("repo/.git/hooks/pre-commit", hook);
    let file = world.path("repo/.git/hooks/pre-commit");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let commit = |folder: &str| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A Person", "-c", "user.email=person@example.com"])
            .args(["-C", folder, "commit", "-q", "-a", "-m", "a change"])
            .current_dir(world.path(""))
            .env("HOME", world.path(""))
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        let output = git.output().expect("git runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    // What is wrong in one work tree is not wrong in the other.
    world.write("linked/README.md", "one\ntwo\nthree\n").write("repo/more.md", "more\n");
    git(&world, &["-C", "repo", "add", "more.md"]);
    let (succeeded, said) = commit("linked");
    assert!(!succeeded && said.contains("is 1 version behind the canon"), "{said}");
    assert!(said.contains("worktrees/linked"), "{said}");
    let (succeeded, said) = commit("repo");
    assert!(succeeded, "{said}");
    world.write("linked/README.md", README).write("linked/more.md", "other\n");
    git(&world, &["-C", "linked", "add", "more.md"]);
    let (succeeded, said) = commit("linked");
    assert!(succeeded, "{said}");
}

#[test]
fn what_a_user_ignores_everywhere_is_not_of_the_repository() {
    let world = pack_and_repository();
    world.write("strict/shape.yaml", "schema: 1\nname: t\npaths: []\n");
    world.write("repo/README.md~", "a backup\n").write("repo/.gitignore", "!k*~\n");
    world.write("repo/kept~", "kept\n");
    let judged = ["validate", "repo", "--shape", "strict"];
    let ran = world.run(&judged).exits(0);
    assert!(ran.stdout.contains("README.md~") && ran.stdout.contains("kept~"), "{}", ran.stdout);
    world.write("mine", "*~\n").write(".gitconfig", "[core]\n\texcludesFile = ~/mine\n");
    let ran = world.run(&judged).exits(0);
    assert!(!ran.stdout.contains("README.md~"), "{}", ran.stdout);
    // The repository's own rules come first, as for git.
    assert!(ran.stdout.contains("kept~"), "{}", ran.stdout);
    // A pipe is not read, which would take forever.
    world.remove("mine");
    let made = Command::new("mkfifo").arg(world.path("mine")).status().expect("mkfifo runs");
    assert!(made.success());
    let ran = world.run(&judged).exits(0);
    assert!(ran.stdout.contains("README.md~"), "{}", ran.stdout);
}
