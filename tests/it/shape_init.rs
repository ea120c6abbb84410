//! What `shape init` counts, asks and refuses, and what the pack that it writes says of the same repositories.

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
fn lines_are_counted_over_all_repositories() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c", "d", "e"]);
    for name in ["a", "b", "c"] {
        world.write(&format!("repos/{name}/.prettierignore"), format!("/*\n!src/\n{name}\n"));
    }
    world.write("repos/d/.prettierignore", "dist/\n");
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    let shape = world.read("pack/shape.yaml");
    assert!(!shape.contains("\".prettierignore\", policy: structured"), "{shape}");
    let asked = "`.prettierignore`: more than half of the repositories have 2 lines of it alike";
    assert!(ran.stdout.contains(asked), "{}", ran.stdout);
    let fixed = world.run(&["fix", "--shape", "pack", "repos/d", "repos/e"]);
    assert!(fixed.stderr.contains("0 repairs"), "{}", fixed.stderr);
    // Four of five hold it; the fifth is asked first, since it has what would be ignored.
    world.write("repos/d/.prettierignore", "/*\n!src/\nd\n");
    world.write("repos/e/.prettierignore", "dist/\n");
    world.run(&init(&folders, &["--out", "pack", "--force"])).exits(0);
    let shape = world.read("pack/shape.yaml");
    assert!(shape.contains("\".prettierignore\", policy: structured"), "{shape}");
    let ran = world.run(&["drift", "--shape", "pack", "--local", "repos/e"]).exits(1);
    assert!(ran.stdout.contains("`/*` would ignore `Makefile`, which exists"), "{}", ran.stdout);
    world.run(&["fix", "--shape", "pack", "repos/e"]).ends();
    assert_eq!(world.read("repos/e/.prettierignore"), "dist/\n");
    world.run(&["fix", "--shape", "pack", "--unsafe-fixes", "repos/e"]).exits(0);
    assert_eq!(world.read("repos/e/.prettierignore"), "/*\n!src/\ndist/\n");
}

#[test]
fn an_ignored_pattern_that_is_there_more_broadly_is_there() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: lines\npaths:\n- { path: .gitignore, policy: structured }\nextras: ['**']\n",
    );
    world.write("pack/files/.gitignore", "lib/\n/target/\n");
    world.write("a/.gitignore", "lib\n/target\n");
    world.run(&["validate", "--shape", "pack", "a"]).exits(0);
    world.write("a/.gitignore", "lib/\ntarget/inner/\n");
    let ran = world.run(&["validate", "--shape", "pack", "a"]).exits(1);
    assert!(ran.stdout.contains("manages in it: `/target/`\n"), "{}", ran.stdout);
}

#[test]
fn beneath_a_key_that_may_be_left_out_nothing_is_demanded() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c"]);
    for (name, more) in [
        (
            "a",
            "[dev-dependencies]\ntrybuild = { version = \"1\", features = [\"diff\"] }\n[target.unix.dependencies]\nlibc = \"1\"\n",
        ),
        (
            "b",
            "[dev-dependencies]\ntrybuild = { version = \"1\", features = [\"diff\"] }\n[target.unix.dependencies]\nlibc = \"2\"\n",
        ),
        ("c", ""),
    ] {
        let text = format!(
            "[package]\nname = \"{name}\"\nedition = \"2021\"\n[dependencies]\nserde = \"1\"\n{more}# {name}\n"
        );
        world.write(&format!("repos/{name}/Cargo.toml"), text);
    }
    world.run(&init(&folders, &["--out", "pack", "--name", "crates"])).exits(0);
    let judged = ["validate", "--shape", "pack", "repos/c"];
    world.run(&judged).exits(0);
    for more in [
        "[target.windows.dependencies]\nwinapi = \"1\"\n",
        "[dev-dependencies]\ntrybuild = \"1\"\n",
        "[dependencies.serde]\nversion = \"1\"\n",
    ] {
        let own = if more.contains("serde") { "" } else { "[dependencies]\nserde = \"1\"\n" };
        let package = "[package]\nname = \"c\"\nedition = \"2021\"\n";
        world.write("repos/c/Cargo.toml", format!("{package}{own}{more}"));
        world.run(&judged).exits(0);
    }
    world.write("repos/c/Cargo.toml", "[package]\nname = \"c\"\n[dependencies]\nserde = \"1\"\n");
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("`package.edition` is missing"), "{}", ran.stdout);
}

#[test]
fn what_demands_nothing_is_not_said_to_demand() {
    let world = World::new();
    world.write(
        "pack/shape.yaml",
        "schema: 1\nname: own\npaths: [{ path: f.yml, policy: contract }]\nextras: ['**']\n\
         demands: { documents: [{ path: f.yml, keys: { x: { type: int } } }] }\n",
    );
    world.write("a/README.md", "x\n");
    let ran = world.run(&["validate", "--shape", "pack", "a"]).exits(1);
    assert!(
        ran.stdout.contains("warning[SHP011 path-missing]: `f.yml` is not here\n"),
        "{}",
        ran.stdout
    );
    world.replace("pack/shape.yaml", "type: int", "type: int, required: true");
    let ran = world.run(&["validate", "--shape", "pack", "a"]).exits(1);
    let says =
        "error[SHP011 path-missing]: `f.yml` is not here, and the shape has demands on its content";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    // Nor is such a demand inferred.
    let folders = services(&world, &["a", "b", "c"]);
    for (name, text) in [("a", "x: 1\n"), ("b", "x: 2\n"), ("c", "y: 1\n")] {
        world.write(&format!("repos/{name}/f.yml"), text);
    }
    world.run(&init(&folders, &["--out", "own"])).exits(0);
    assert!(
        !world.read("own/shape.yaml").contains("documents"),
        "{}",
        world.read("own/shape.yaml")
    );
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

/// Put together here, so that no scanner takes this file for a leak.
fn npmrc() -> String {
    let token = ["np", "m_q8ZrT2mWv5KxPb7NcLd3HsYf9GjQeU4aRi6Z"].concat();
    format!("//registry.npmjs.org/:_authToken={token}\n")
}

#[test]
fn a_demand_on_a_json_document_holds_it_to_json() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c"]);
    for (index, folder) in folders.iter().enumerate() {
        let text = format!("{{\n  \"name\": \"n{index}\",\n  \"v\": \"{}\"\n}}\n", index * 7);
        world.write(&format!("{folder}/package.json"), text);
    }
    world.run(&init(&folders, &["--out", "pack"])).exits(0);
    assert!(world.read("pack/shape.yaml").contains("path: package.json"));
    let judged = ["validate", "--shape", "pack", "repos/a"];
    world.run(&judged).exits(0);
    for broken in ["{\n  \"name\": \"n\",\n  \"v\": \"1\",\n}\n", "name: n\nv: \"1\"\n"] {
        world.write("repos/a/package.json", broken);
        let ran = world.run(&judged).exits(1);
        assert!(ran.stdout.contains("error[SHP002 syntax-error]"), "{}", ran.stdout);
    }
    // Where most are no JSON, none is held to it by their keys.
    for folder in &folders {
        let name = folder.replace('/', "-");
        world.write(&format!("{folder}/app.json"), format!("{{\"x\": \"{name}\",}}\n"));
    }
    world.run(&init(&folders, &["--out", "other"])).exits(0);
    let shape = world.read("other/shape.yaml");
    assert!(!shape.contains("path: app.json, keys"), "{shape}");
}

#[test]
fn a_credential_is_not_copied_into_the_pack() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c", "d", "e", "f"]);
    for folder in folders.iter().take(5) {
        world.write(&format!("{folder}/.npmrc"), npmrc());
    }
    // Four of six would be a question.
    for folder in folders.iter().take(4) {
        world.write(&format!("{folder}/auth.cfg"), npmrc());
    }
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    let listed = ran.stdout.split_once("Not held, because a credential").expect("a section").1;
    assert!(listed.contains("\n  .npmrc  a, b, c, d, e\n  auth.cfg  a, b, c, d\n"), "{listed}");
    assert!(!ran.stdout.contains("policy: exact"), "{}", ran.stdout);
    assert!(!world.path("pack/files/.npmrc").exists());
    let shape = world.read("pack/shape.yaml");
    assert!(!shape.contains("npmrc") && !shape.contains("auth.cfg"), "{shape}");
    // A pack that holds one all the same offers no repair that `fix` would leave out.
    world.write("pack/files/.npmrc", npmrc());
    let held = shape.replace("paths:\n", "paths:\n  - { path: .npmrc, policy: exact }\n");
    world.write("pack/shape.yaml", held);
    let ran = world.run(&["validate", "--shape", "pack", "repos/f"]).exits(1);
    assert!(ran.stdout.contains("`.npmrc` is not here"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the canonical `.npmrc` holds a credential"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);
    world.run(&["fix", "--shape", "pack", "--unsafe-fixes", "repos/f"]).ends();
    assert!(!world.path("repos/f/.npmrc").exists());
    // Nor one that would add a line of it.
    world.write("repos/f/.npmrc", "save-exact=true\n");
    for policy in ["exact", "structured"] {
        world.write(
            "pack/shape.yaml",
            world
                .read("pack/shape.yaml")
                .replace("path: .npmrc, policy: exact", &format!("path: .npmrc, policy: {policy}")),
        );
        let ran = world.run(&["validate", "--shape", "pack", "repos/f"]).exits(1);
        assert!(ran.stdout.contains("the canonical `.npmrc` holds a credential"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("npm_q8"), "{}", ran.stdout);
    }
}

#[test]
fn what_most_do_not_meet_is_not_demanded() {
    let world = World::new();
    let folders = services(&world, &["a", "b", "c", "d", "e"]);
    for (index, folder) in folders.iter().enumerate() {
        let text = format!("acme-lib==1.{index}\nrequests\n");
        world.write(&format!("{folder}/requirements.txt"), text);
    }
    let ran = world.run(&init(&folders, &["--out", "pack"])).exits(0);
    assert!(ran.stdout.contains("5 repositories: 5 conformant"), "{}", ran.stdout);
    let why =
        "all require acme-lib; not demanded, because too few files give a lowest version: requests";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    let shape = world.read("pack/shape.yaml");
    assert!(shape.contains("distribution: acme-lib"), "{shape}");
    assert!(!shape.contains("distribution: requests"), "{shape}");
    for folder in &folders {
        let text = world.read(&format!("{folder}/requirements.txt"));
        let more = format!("--extra-index-url https://pypi.example/simple\n{text}");
        world.write(&format!("{folder}/requirements.txt"), more);
    }
    let ran = world.run(&init(&folders, &["--dry-run"])).exits(0);
    assert!(ran.stdout.contains("5 repositories: 5 conformant"), "{}", ran.stdout);
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
