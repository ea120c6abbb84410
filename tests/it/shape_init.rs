//! What `shape init` counts, asks and refuses, and what the pack that it writes says of the same repositories.

mod demanded;

use crate::world::World;

/// A remote for a repository, as a clone has it.
fn with_remote(world: &World, folder: &str, url: &str) {
    let git = git2::Repository::open(world.path(folder)).expect("a repository");
    git.remote("origin", url).expect("a remote");
}

/// Repositories with a README and a Makefile each; the names of their folders.
fn services(world: &World, names: &[&str]) -> Vec<String> {
    let folder = |name: &&str| {
        let folder = format!("repos/{name}");
        world
            .write(&format!("{folder}/README.md"), format!("# {name}\n"))
            .write(&format!("{folder}/Makefile"), "test:\n\ttrue\n");
        folder
    };
    names.iter().map(folder).collect()
}

/// `shape init` of these folders, with more words behind.
fn init<'w>(folders: &'w [String], more: &[&'w str]) -> Vec<&'w str> {
    let mut words = vec!["shape", "init", "--from"];
    words.extend(folders.iter().map(String::as_str));
    words.extend(more);
    words
}

#[test]
fn only_a_pack_is_replaced() {
    let world = World::new();
    let folders = services(&world, &["a", "b"]);
    // An Ansible role has files of its own.
    for file in ["role/files/motd", "role/lineage/log.jsonl", "role/tasks/main.yml"] {
        world.write(file, "mine\n");
    }
    for more in [&["--out", "role"][..], &["--out", "role", "--force"]] {
        let ran = world.run(&init(&folders, more)).exits(2);
        assert!(ran.stderr.contains("it is not a pack"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("--force"), "{}", ran.stderr);
    }
    assert_eq!(world.read("role/files/motd"), "mine\n");
    assert_eq!(world.read("role/lineage/log.jsonl"), "mine\n");
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: old\npaths: [{ path: old.txt, policy: exact }]\n",
    );
    world.write("pack/files/old.txt", "x\n").write("pack/files/motd", "mine\n");
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(2);
    assert!(ran.stderr.contains("replace the pack with --force"), "{}", ran.stderr);
    world.run(&init(&folders, &["--out", "pack", "--force"])).exits(0);
    assert!(world.path("pack/files/Makefile").is_file());
    assert!(!world.path("pack/files/old.txt").exists());
    assert_eq!(world.read("pack/files/motd"), "mine\n");
    // What cannot be read is not known to be one.
    world.write("pack/shape.yaml", "name: [another tool's\n");
    world.run(&init(&folders, &["--out", "pack", "--force"])).exits(2);
}

#[test]
fn remotes_that_end_alike_name_nobody_here_or_there() {
    let world = World::new();
    let names = ["cache", "network", "queue", "storage"];
    let folders = services(&world, &names);
    for name in names {
        let folder = format!("repos/{name}");
        world.write(&format!("{folder}/action.yml"), format!("name: {name}\n"));
        world.commit(&folder);
        with_remote(&world, &folder, &format!("https://forge.example/{name}/widget"));
    }
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    assert!(ran.stdout.contains("4 conformant"), "{}", ran.stdout);
    let ran = world
        .run(
            &["drift", "--shape", "pack", "--local"]
                .into_iter()
                .chain(folders.iter().map(String::as_str))
                .collect::<Vec<_>>(),
        )
        .exits(0);
    assert!(
        ran.stdout.contains("4 conformant") && ran.stdout.contains("storage"),
        "{}",
        ran.stdout
    );
    // Clones of one repository are that one, whatever their folders are called.
    for name in ["one/gate", "two/gate-again"] {
        world.write(&format!("{name}/README.md"), "# gate\n");
        world.commit(name);
        with_remote(&world, name, "https://forge.example/acme/gate.git");
    }
    world.write(
        "own/shape.yaml",
        "schema: 1\nname: own\npaths: [{ path: README.md, policy: templated }]\n",
    );
    world.write("own/files/README.md.tera", "# {{ slug }}\n");
    world.run(&["drift", "--shape", "own", "--local", "one/gate", "two/gate-again"]).exits(0);
}

#[test]
fn odd_names_of_folders_are_whole() {
    let world = World::new();
    let folders = services(&world, &["x[y", "r\u{1b}[31med", "acme+plain"]);
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    for name in ["x[y  conformant", "r\\u{1b}[31med  conformant", "plain  conformant"] {
        assert!(ran.stdout.contains(&format!("\n  {name}")), "{name}\n{}", ran.stdout);
    }
}

#[test]
fn one_that_is_unlike_all_others_is_named() {
    let world = World::new();
    let mut folders = services(&world, &["a", "b", "c", "d", "e"]);
    for folder in &folders {
        world.write(&format!("{folder}/build.sh"), "make\n");
        world.write(&format!("{folder}/.editorconfig"), "root = true\n");
    }
    for name in ["a", "b", "c", "d"] {
        world.write(&format!("repos/{name}/ci.yml"), "on: push\n");
    }
    for name in ["x1", "x2", "x3", "x4"] {
        world.write(&format!("repos/odd/{name}.txt"), "x\n");
    }
    world.write("repos/odd/README.md", "# odd\n");
    let alone = world.run(&init(&folders, &["--dry-run"])).exits(0);
    assert!(!alone.stdout.contains("leave it out?"), "{}", alone.stdout);
    folders.push("repos/odd".to_owned());
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    let asked = "`odd` shares 1 of its 5 paths with the others, and without it 1 path would be held more strictly: leave it out?";
    assert!(ran.stdout.contains(asked), "{}", ran.stdout);
    // Where several kinds are told apart, it is in none of them.
    let sites = ["s", "t"].map(|name| {
        for file in ["index.html", "site.css", "robots.txt"] {
            world.write(&format!("repos/{name}/{file}"), "x\n");
        }
        format!("repos/{name}")
    });
    folders.extend(sites);
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    assert!(ran.stdout.contains("These are of several kinds"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("`odd` shares 1 of its 5 paths with the others: leave it out?"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_verdict_comes_with_its_reason() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c"]);
    world.write(
        "repos/b/.github/workflows/greet.yml",
        "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n",
    );
    world.write("repos/b/own.txt", "x\n").write("repos/c/own.cfg", "x\n");
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    assert!(ran.stdout.contains("\n  c  conformant; extra: own.cfg\n"), "{}", ran.stdout);
    let b = ran.stdout.lines().find(|line| line.starts_with("  b  ")).expect("a line");
    assert!(b.contains(": workflow-template-injection; extra: "), "{b}");
}

#[test]
fn a_folder_of_repositories_is_not_one() {
    let world = World::new();
    for folder in services(&world, &["a", "b"]).iter().chain(&services(&world, &["c"])) {
        world.commit(folder);
    }
    world.write("other/README.md", "# x\n");
    world.write_readme_shape();
    for words in [
        &["drift", "--local", "repos", "--shape", "shape"][..],
        &["validate", "repos", "--shape", "shape"],
        &["validate", "repos"],
        &["shape", "init", "--dry-run", "--from", "repos", "other"],
        &["init", "repos", "--owner", "acme"],
    ] {
        let ran = world.run(words).exits(2);
        assert!(
            ran.stderr.contains("`repos` is not a repository: it contains 3 repositories"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("name those: repos/*\n"), "{}", ran.stderr);
    }
    // A slug says that the folder itself is meant.
    world.run(&["validate", "repos", "--shape", "shape", "--slug", "mono"]).exits(1);
}

#[test]
fn a_repository_counts_once() {
    let world = World::new();
    services(&world, &["a", "b"]);
    std::os::unix::fs::symlink(world.path("repos/a"), world.path("link")).expect("a link");
    let from = ["shape", "init", "--dry-run", "--from", "repos/a"];
    for again in [&["repos/a"][..], &["repos/../repos/a", "link"]] {
        let ran = world.run(&[&from[..], again].concat()).exits(2);
        assert!(ran.stderr.contains("it counts once"), "{}", ran.stderr);
        assert!(ran.stderr.contains("two or more repositories"), "{}", ran.stderr);
    }
    let ran = world.run(&[&from[..], &["repos/b", "gone"]].concat()).exits(3);
    assert!(ran.stderr.contains("there is no folder of this name"), "{}", ran.stderr);
    assert!(ran.stderr.contains("leave it out of `--from`"), "{}", ran.stderr);
    world.write_readme_shape();
    let drift = ["drift", "--shape", "shape", "--local", "repos/a", "repos/b", "link"];
    let ran = world.run(&drift).exits(1);
    assert!(
        ran.stderr.contains("`link` is the same folder as `repos/a`: it counts once"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("2 repositories: "), "{}", ran.stdout);
}

#[test]
fn replacing_a_pack_is_not_making_one_of_several_kinds() {
    let world = World::new();
    let mut folders = services(&world, &["a", "b"]);
    for folder in &folders {
        world.write(&format!("{folder}/main.go"), "package main\n");
    }
    for name in ["s", "t"] {
        for file in ["index.html", "site.css", "robots.txt"] {
            world.write(&format!("repos/{name}/{file}"), "x\n");
        }
        folders.push(format!("repos/{name}"));
    }
    world.write("pack/shape.yaml", "schema: 1\nname: mine\n# edited\npaths: []\n");
    let ran = world.run(&init(&folders, &["--out", "pack", "--force"])).exits(2);
    assert!(ran.stderr.contains("--several-kinds makes one of all"), "{}", ran.stderr);
    assert!(world.read("pack/shape.yaml").contains("# edited"));
    world.run(&init(&folders, &["--out", "pack", "--force", "--several-kinds"])).exits(0);
    assert!(!world.read("pack/shape.yaml").contains("# edited"));
}

#[test]
fn what_was_promoted_twice_before_a_commit_is_newer_than_every_commit() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: own\npaths: [{ path: a.txt, policy: exact }]\nextras: ['**']\n",
    );
    world.write("pack/files/a.txt", "first\nline\n");
    world.commit("pack");
    let promote = |text: &str| {
        world.write("repo/a.txt", text);
        world.run(&["shape", "promote", "repo", "a.txt", "--pack", "pack"]).exits(0);
    };
    promote("one\nline\n");
    promote("two\nline\n");
    let behind = |text: &str| {
        world.write("repo/a.txt", text);
        world.run(&["validate", "--shape", "pack", "repo"]).exits(1).stdout
    };
    let in_order = || {
        let said = behind("one\nline\n");
        assert!(said.contains("`a.txt` is 1 version behind"), "{said}");
        let said = behind("first\nline\n");
        assert!(said.contains("`a.txt` is 2 versions behind"), "{said}");
    };
    in_order();
    let history = world.run(&["shape", "history", "a.txt", "--pack", "pack"]).exits(0);
    let lines: Vec<&str> = history.stdout.lines().collect();
    assert!(
        matches!(lines[..], [_, one, first] if one.starts_with("2026-") && first.ends_with("first known")),
        "{lines:?}"
    );
    // Nor does a commit, or another version after it, change their order.
    world.commit("pack");
    in_order();
    promote("three\nline\n");
    let said = behind("one\nline\n");
    assert!(said.contains("`a.txt` is 2 versions behind"), "{said}");
    let said = behind("first\nline\n");
    assert!(said.contains("`a.txt` is 3 versions behind"), "{said}");
}

#[test]
fn what_any_shape_reports_is_no_reason_to_hold_less() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c"]);
    let workflow = "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n";
    for folder in &folders {
        world.write(&format!("{folder}/.github/workflows/ci.yml"), workflow);
    }
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    assert!(ran.stdout.contains("0 conformant, 0 drifted, 3 broken"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("hold fewer paths"), "{}", ran.stdout);
    let says = "3 repositories have findings that any shape would report (workflow-template-injection): fix them in the repositories";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn links_are_listed_apart_and_those_that_several_have_are_free() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c"]);
    for folder in folders.iter().take(2) {
        let link = world.path(&format!("{folder}/LEEME.md"));
        std::os::unix::fs::symlink("README.md", link).expect("a link");
    }
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    assert!(!ran.stdout.contains("Outliers"), "{}", ran.stdout);
    let section = "\nLinks and submodules, which are not held\n  LEEME.md  a, b\n";
    assert!(ran.stdout.contains(section), "{}", ran.stdout);
    assert!(!ran.stdout.contains("extra"), "{}", ran.stdout);
}

/// A repository without files says nothing of a shape, and is not counted among those that lack something.
#[test]
fn what_is_empty_is_not_counted_and_not_green() {
    let world = World::new();
    for name in ["one", "two"] {
        world
            .write(&format!("{name}/Makefile"), "all:\n")
            .write(&format!("{name}/README.md"), name);
        world.commit(name);
    }
    std::fs::create_dir_all(world.path("none")).expect("a folder");
    let ran =
        world.run(&["shape", "init", "--from", "one", "two", "none", "--out", "pack"]).exits(3);
    assert!(ran.stderr.contains("the repository has no files"), "{}", ran.stderr);
    assert!(world.read("pack/shape.yaml").contains("path: Makefile"), "{}", ran.stdout);
}

/// What all have, each with a content of its own, is required of a new repository too, and the pack has none to give.
#[test]
fn a_required_file_without_a_content_is_asked_about() {
    let world = World::new();
    let folders = services(&world, &["a", "b"]);
    for (folder, style) in folders.iter().zip(["tab", "space"]) {
        world.write(&format!("{folder}/.editorconfig"), format!("[*]\nindent_style = {style}\n"));
    }
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    let said = "2 required paths have no content in the pack: `.editorconfig`, \
                `README.md`; a new repository lacks them until you add one below `files/`, or make them optional";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn who_is_behind_a_template_is_not_said_to_have_edited_it() {
    let world = World::new();
    let folders: Vec<String> =
        ["ant", "bee", "cat", "dog", "eel"].iter().map(|name| format!("mod-{name}")).collect();
    for level in ["one", "three"] {
        let on = folders.iter().filter(|folder| level == "one" || *folder != "mod-eel");
        for folder in on {
            let text = format!("# {folder}\n\nlevel {level} of {folder}\n");
            world.write(&format!("{folder}/USE.md"), text);
            world.commit(folder);
        }
    }
    world.run(&init(&folders, &["--out", "pack"])).ends();
    let of = |folder: &str| world.run(&["validate", "--shape", "pack", folder]);
    of("mod-ant").exits(0);
    let said = of("mod-eel").exits(1).stdout;
    assert!(said.contains("`USE.md` is 1 version behind the canon"), "{said}");
}

/// Names of one word do not tell a title from the name of a class.
#[test]
fn a_spelling_that_no_name_decides_is_the_same_everywhere_and_asked_about_once() {
    let world = World::new();
    let names = ["ingest", "report", "export"];
    let folders: Vec<String> = names.iter().map(|name| format!("repos/{name}")).collect();
    for (folder, title) in folders.iter().zip(["Ingest", "Report", "Export"]) {
        world
            .write(&format!("{folder}/service.yaml"), format!("title: {title}\n"))
            .write(&format!("{folder}/README.md"), format!("# {title}\n\nA job.\n"));
    }
    let ran = world.run(&init(&folders, &["--out", "shape"])).exits(0);
    assert_eq!(ran.stdout.matches("of several words?").count(), 1, "{}", ran.stdout);
    let asked = "variable `title`, `files/README.md.tera`, `files/service.yaml.tera`: `title_case` is used, and `pascal_case` would be";
    assert!(ran.stdout.contains(asked), "{}", ran.stdout);
    let new = ["new", "order-sync", "--shape", "shape", "--local", "order-sync", "--defaults"];
    world.run(&new).exits(0);
    assert_eq!(world.read("order-sync/service.yaml"), "title: Order Sync\n");
    assert_eq!(world.read("order-sync/README.md"), "# Order Sync\n\nA job.\n");
}
