//! What judging leaves out, and what it never does.

use crate::fleet_commands::{FLEET, SEED};
use crate::rehearsal::Rehearsal;
use crate::world::World;

/// A shape of one README, of which everything else is free.
const README: &str =
    "schema: 1\nname: t\npaths: [{ path: README.md, policy: seeded }]\nextras: ['**']\n";

#[test]
fn asked_for_one_rule_it_tells_what_could_not_be_judged_all_the_same() {
    let world = World::new();
    let shape = format!(
        "{README}demands: {{ workflows: {{ pinned: {{ actions: tag, reusable: tag }} }} }}\n"
    );
    world.write("shape/shape.yaml", shape).write("one/README.md", "hello\n");
    let workflow =
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: acme/act@main\n";
    world.write("one/.github/workflows/ci.yml", format!("{workflow}  b: [\n"));
    let asked = ["drift", "--shape", "shape", "--local", "one", "--rule", "workflow-unpinned"];
    let ran = world.run(&asked).exits(1);
    assert!(ran.stdout.contains("syntax-error"), "{}", ran.stdout);
    // A file that the rule does not read is no matter of its.
    world.write("one/a.py", "def f(\n");
    let ran = world.run(&asked).exits(1);
    assert!(ran.stdout.contains("ci.yml") && !ran.stdout.contains("a.py"), "{}", ran.stdout);
    let mut secrets = asked;
    secrets[6] = "secret";
    world.run(&secrets).exits(0);
    secrets[6] = "syntax-error";
    let ran = world.run(&secrets).exits(1);
    assert!(ran.stdout.contains("ci.yml") && ran.stdout.contains("a.py"), "{}", ran.stdout);
    // What cannot be read at all is never green.
    world.write("one/a.py", b"# caf\xe9\n");
    secrets[6] = "secret";
    world.run(&secrets).exits(3);
    world.remove("one/a.py");
    // Which folders are meant follows from the demand.
    world.write("one/.github/workflows/ci.yml", workflow);
    let ran = world.run(&asked).exits(1);
    assert!(ran.stdout.contains("`acme/act@main` uses a branch"), "{}", ran.stdout);
    assert!(ran.stdout.contains("`demands.workflows.pinned` of the shape"), "{}", ran.stdout);
    world.write("one/.github/workflows/ci.yml", workflow.replace("@main", "@v1"));
    world.run(&asked).exits(0);
}

#[test]
fn what_is_wrong_in_any_repository_is_told_under_every_pack() {
    let world = World::new();
    world.write("shape/shape.yaml", README).write("one/README.md", "hello\n");
    let judged = ["validate", "--shape", "shape", "one"];
    world.run(&judged).exits(0);
    let title = "${{ github.event.issue.title }}";
    world
        .write(
            "one/.github/workflows/a.yml",
            format!(
                "on: issues\njobs:\n  a:\n    runs-on: x\n    steps: [{{ run: 'echo {title}' }}]\n"
            ),
        )
        .write("one/.github/workflows/b.yml", "on: [push\n  jobs\n")
        .write("one/package.json", "{ \"name\": \"slash\", oops\n")
        .write("one/tool.py", "def f(\n");
    let ran = world.run(&judged).exits(1);
    for found in ["SHP507", "b.yml", "package.json:1:20", "tool.py"] {
        assert!(ran.stdout.contains(found), "{found}: {}", ran.stdout);
    }
}

#[test]
fn a_large_asset_is_no_credential() {
    let world = World::new();
    world.write("shape/shape.yaml", README).write("one/README.md", "hello\n");
    world.write("one/model.bin", b"\0");
    let file = std::fs::OpenOptions::new().write(true).open(world.path("one/model.bin"));
    file.expect("opened").set_len((64 << 20) + 1).expect("sparse");
    world.run(&["validate", "--shape", "shape", "one"]).exits(0);
}

#[test]
fn imports_that_are_not_followed_make_nothing_unused() {
    let world = World::new();
    world.write("shape/shape.yaml", README.replace("extras: ['**']\n", "extras: ['*.py']\n"));
    world.write("one/README.md", "hello\n").write("one/main.py", "import this\n");
    let judged = ["validate", "--shape", "shape", "one"];
    world.write("one/old.txt", "x\n");
    let ran = world.run(&judged).exits(0);
    assert!(ran.stdout.contains("and nothing copies, imports or runs it"), "{}", ran.stdout);
    world.write("one/index.js", "import a from './lib/a.js'\n").write("one/lib/a.js", "x\n");
    let ran = world.run(&judged).exits(0);
    assert!(!ran.stdout.contains("nothing copies"), "{}", ran.stdout);
    assert!(ran.stdout.contains("only Python's imports are followed"), "{}", ran.stdout);
}

#[test]
fn what_a_module_imports_or_a_build_packages_is_never_called_unused() {
    let world = World::new();
    world.write("shape/shape.yaml", README.replace("extras: ['**']\n", ""));
    world.write("one/README.md", "hello\n").write("one/robots/__init__.py", "");
    world.write("one/robots/admin.py", "from robots.forms import F\n");
    world.write("one/robots/forms.py", "F = 1\n");
    let judged = ["validate", "--shape", "shape", "one"];
    let said = || world.run(&judged).exits(0).stdout;
    let unused = "and nothing copies, imports or runs it";
    let imported = "`robots/admin.py:1` imports it, and nothing is known to use that";
    assert_eq!(said().matches(imported).count(), 2, "{}", said());
    assert!(said().contains(&format!("`robots/admin.py` is unknown to the shape, {unused}")));
    assert_eq!(said().matches(unused).count(), 1, "{}", said());
    // Settings of tools package nothing.
    world.write("one/pyproject.toml", "[tool.black]\nline-length = 90\n");
    assert!(said().contains(unused), "{}", said());
    for (path, content, why) in [
        ("setup.py", "", "`setup.py` may package it"),
        ("pyproject.toml", "[project]\nname = \"robots\"\n", "`pyproject.toml` may package it"),
        ("manage.py", "", "`manage.py` may load it by its name"),
    ] {
        world.write(&format!("one/{path}"), content);
        assert!(said().contains(why) && !said().contains(unused), "{path}: {}", said());
        assert!(said().contains(imported), "{path}: {}", said());
        world.remove(&format!("one/{path}"));
    }
    world.write("one/Makefile", "all:\n\tsh old.sh\n").write("one/old.sh", "true\n");
    assert!(said().contains("`Makefile` names it, and tools look for that by its name"));
}

#[test]
fn what_tools_find_by_its_name_is_never_called_unused() {
    let world = World::new();
    world.write("shape/shape.yaml", README.replace("extras: ['**']\n", "extras: ['main.py']\n"));
    world.write("one/README.md", "hello\n").write("one/main.py", "import this\n");
    let judged = ["validate", "--shape", "shape", "one"];
    for path in ["setup.py", "tox.ini", "noxfile.py", ".pre-commit-hooks.yaml", "package.json"] {
        let content = if path == "package.json" { "{}\n" } else { "" };
        world.write(&format!("one/{path}"), content);
        let ran = world.run(&judged).exits(0);
        assert!(
            ran.stdout.contains("tools look for a file of this name"),
            "{path}: {}",
            ran.stdout
        );
        for word in ["nothing copies", "remove it"] {
            assert!(!ran.stdout.contains(word), "{path}: {}", ran.stdout);
        }
        world.remove(&format!("one/{path}"));
    }
    world.write("one/old.txt", "x\n");
    let ran = world.run(&judged).exits(0);
    let help = "list it under `extras` of the shape, waive it, or remove it";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    // What Terraform loads nobody names either.
    world.write("one/flow-logs.tf", "resource \"a\" \"b\" {}\n");
    let ran = world.run(&judged).exits(0);
    assert!(!ran.stdout.contains("nothing copies"), "{}", ran.stdout);
}

#[test]
fn what_would_be_parsed_and_cannot_be_read_is_never_green() {
    let world = World::new();
    world.write("shape/shape.yaml", README).write("one/README.md", "hello\n");
    let judged = ["validate", "--shape", "shape", "one"];
    let large = format!("[{}", "1,\n".repeat(600_000));
    let cases: [(&str, &[u8]); 8] = [
        ("package.json", b"{\"a\": \"caf\xe9\", broken"),
        ("package.json", b"\xff\xfe{\0"),
        ("package.json", large.as_bytes()),
        (".pre-commit-config.yaml", b"repos: [caf\xe9\n"),
        ("pyproject.toml", b"[a\xff\n"),
        ("Cargo.toml", b"[a\xff\n"),
        ("action.yml", b"name: [caf\xe9\n"),
        ("a.py", b"x = \"\xe9\"\ndef (:\n"),
    ];
    for (path, content) in cases {
        world.write(&format!("one/{path}"), content);
        let ran = world.run(&judged).exits(3);
        assert!(ran.stdout.contains("SHP001"), "{path}: {}", ran.stdout);
        world.remove(&format!("one/{path}"));
    }
    // A conflict is one in any encoding.
    world.write("one/x.rs", b"// caf\xe9\n<<<<<<< a\n=======\n>>>>>>> b\n");
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("an unresolved merge starts in line 2"), "{}", ran.stdout);
}

#[test]
fn what_is_behind_an_anchor_is_told_once() {
    let world = World::new();
    world.write("shape/shape.yaml", README).write("one/README.md", "hello\n");
    let workflow = "on: issues\njobs:\n  x:\n    runs-on: u\n    steps: &s\n      - run: echo ${{ github.event.issue.title }}\n  y:\n    runs-on: u\n    steps: *s\n";
    world.write("one/.github/workflows/a.yml", workflow);
    let ran = world.run(&["validate", "--shape", "shape", "one"]).exits(1);
    assert_eq!(ran.stdout.matches("SHP507").count(), 1, "{}", ran.stdout);
}

#[test]
fn a_number_is_not_meant_by_its_spelling() {
    let world = World::new();
    let demand = "demands: { documents: [{ path: c.yaml, keys: { tier: { type: int, one_of: [1, 2] } } }] }\n";
    let paths = README.replace("seeded }", "seeded }, { path: c.yaml, policy: contract }");
    world.write("shape/shape.yaml", format!("{paths}{demand}"));
    world.write("one/README.md", "hello\n").write("one/c.yaml", "tier: 3\n");
    let ran = world.run(&["validate", "--shape", "shape", "one"]).exits(1);
    assert!(ran.stdout.contains("`tier` is `3`, but must be `1` or `2`"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("did you mean"), "{}", ran.stdout);
}

#[test]
fn a_work_tree_without_commits_and_files_is_what_a_bare_one_is() {
    let world = World::new();
    world.write_readme_shape();
    git2::Repository::init(world.path("tree")).expect("a repository");
    git2::Repository::init_bare(world.path("bare.git")).expect("a repository");
    for place in ["tree", "bare.git"] {
        let ran = world.run(&["validate", place, "--shape", "shape"]).exits(3);
        assert!(ran.stdout.contains("no commits yet"), "{place}: {}", ran.stdout);
        assert!(!ran.stdout.contains("path-missing"), "{place}: {}", ran.stdout);
    }
    // Nor is anything repaired there.
    let ran = world.run(&["fix", "tree", "--shape", "shape"]).exits(3);
    assert!(ran.stderr.contains("no commits yet"), "{}", ran.stderr);
    assert!(!world.path("tree/README.md").exists(), "nothing was written");
    // What lies in it is judged, committed or not.
    world.write("tree/README.md", "hello\n");
    world.run(&["validate", "tree", "--shape", "shape"]).exits(0);
}

#[test]
fn of_a_link_and_its_folder_the_folder_is_judged_once() {
    let world = World::new();
    world.write_readme_shape();
    world.write("repo/README.md", "hello\n");
    world.commit("repo");
    std::os::unix::fs::symlink("repo", world.path("link")).expect("a link");
    for places in [["link/", "repo"], ["repo", "link"]] {
        let judged = ["validate", places[0], places[1], "--shape", "shape", "--format", "json"];
        let ran = world.run(&judged).exits(0);
        assert!(
            ran.stderr.contains("is the same folder as `repo`: it counts once"),
            "{}",
            ran.stderr
        );
        let report = ran.json();
        assert_eq!(report["repositories"].as_array().map(Vec::len), Some(1));
        assert_eq!(report["repositories"][0]["name"], "repo");
    }
}

#[test]
fn a_place_that_is_not_utf8_is_proposed_by_its_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let world = World::new();
    world.write_readme_shape();
    let place = world.path("").join(OsStr::from_bytes(b"rep\xe9"));
    std::fs::create_dir(&place).expect("a folder");
    let mut command = world.command(&world.path(""), &["validate", "--shape", "shape"]);
    command.arg(OsStr::from_bytes(b"./rep\xe9"));
    let ran = world.typed(command, &[]).exits(1);
    assert!(
        ran.stdout.contains(r"shipshape fix --diff $'./rep\351' --shape shape"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_no_member_and_of_no_kind_is_compared_and_never_repaired() {
    let world = World::new();
    world.write_readme_shape().write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [t-one]\n",
    );
    for name in ["t-one", "t-two", "monorepo"] {
        world.write(&format!("{name}/NOTES"), "mine\n");
        world.commit(name);
    }
    for words in
        [&["fix", "monorepo"][..], &["fix", "--diff", "monorepo"], &["migrate", "monorepo"]]
    {
        let refused = world.run(words).exits(2);
        assert!(refused.stderr.contains("no shape was chosen for it"), "{}", refused.stderr);
        assert!(refused.stderr.contains("`--shape FOLDER`"), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
    let ran = world.run(&["validate", "monorepo"]).exits(3);
    assert!(ran.stdout.contains("no shape was chosen for this repository"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("README.md"), "{}", ran.stdout);
    let note = "\n`monorepo` is not a member of the fleet, and its name matches no kind: no shape was chosen for it\n";
    assert!(ran.stdout.contains(note), "{}", ran.stdout);
    assert!(!ran.stderr.contains("not a member"), "{}", ran.stderr);
    for word in ["add the repository to `members`", "`--slug SLUG`"] {
        assert!(ran.stdout.replace('\n', " ").contains(word), "{}", ran.stdout);
    }
    let (_, next) = ran.stdout.split_once("Next:").expect("commands to try");
    assert!(next.contains("shipshape fleet list") && !next.contains("fix"), "{next}");
    // One that is like the members is compared with them, and no repair is offered.
    world.write("monorepo/README.md", "mine\n");
    let alike = world.run(&["validate", "monorepo"]).exits(1);
    assert!(alike.stdout.contains("path-diverged"), "{}", alike.stdout);
    let compared = "its name matches no kind: it is compared with the shape of the only kind, `";
    assert!(alike.stdout.contains(compared), "{}", alike.stdout);
    let note = alike.stdout.lines().find(|line| line.contains(compared)).expect("the note");
    assert!(note.ends_with("`--slug SLUG`"), "{note}");
    // Each format that a person reads has it, and so does JSON; what is written elsewhere is noted as well.
    let also = ["--also", "markdown=r.md", "--also", "html=r.html", "--format", "json"];
    let ran = world.run(&[&["validate", "monorepo"][..], &also].concat()).exits(1);
    assert_eq!(ran.json()["notes"], serde_json::json!([note]));
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    for page in ["r.md", "r.html"] {
        assert!(world.read(page).contains("its name matches no kind"), "{}", world.read(page));
    }
    let member = world.run(&["validate", "t-one", "--format", "json"]);
    assert_eq!(member.json()["notes"], serde_json::json!([]));
    for word in ["fix available", "shipshape fix"] {
        assert!(!alike.stdout.contains(word), "{}", alike.stdout);
    }
    world.remove("monorepo/README.md");
    // One that goes by a kind's name may be a member soon, and what is chosen is meant.
    for words in [
        &["fix", "t-two"][..],
        &["fix", "--diff", "monorepo", "--slug", "mono"],
        &["fix", "--diff", "monorepo", "--shape", "shape"],
    ] {
        let ran = world.run(words).exits(0);
        assert!(!ran.stderr.contains("not a member"), "{words:?}: {}", ran.stderr);
    }
    assert!(world.path("t-two/README.md").exists() && !world.path("monorepo/README.md").exists());
}

#[test]
fn the_folder_of_fleet_yaml_is_no_member() {
    let world = World::new();
    world.write_readme_shape().write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t-, shape: { folder: shape } } }\nmembers: [t-one]\n",
    );
    for name in ["t-one", "clones/t-two", "notes"] {
        world.write(&format!("{name}/README.md"), "mine\n");
        world.commit(name);
    }
    for command in ["fix", "validate"] {
        let ran = world.run(&[command]).exits(2);
        assert!(ran.stderr.contains("is not a member of the fleet"), "{}", ran.stderr);
        assert!(ran.stderr.contains("name those: ./t-one ./clones/t-two\n"), "{}", ran.stderr);
    }
    assert!(!world.path("README.md").exists());
    let ran = world.run(&["fix", "--diff", "--slug", "home"]);
    assert!(ran.stdout.contains("+hello"), "{}", ran.stdout);
}

#[test]
fn what_is_on_a_forge_is_mended_there_and_the_next_command_asks_the_same_forge() {
    let world = World::new();
    world.write("fleet.yaml", FLEET).write_readme_shape();
    let forge = Rehearsal::new(&world, &SEED.replacen("README.md: \"hello\\n\"", "NOTES: x", 1));
    let url = forge.url();
    let asked = ["drift", "--forge", &url];
    let ran = forge.run_with(&world, &asked, &[("SHIPSHAPE_FORGE", "")]).exits(1);
    assert!(ran.stdout.contains("the campaign `safe-repairs` adds"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("`shipshape fix`"), "{}", ran.stdout);
    let next = "shipshape validate --repository acme/t-hermes --forge [forge]\n";
    assert!(ran.stdout.contains(next), "{}", ran.stdout);
}

#[test]
fn names_with_line_ends_are_one_line() {
    let world = World::new();
    let name = "d/a\n  evil\nb.txt";
    for folder in ["one", "two", "three"] {
        world.write(&format!("{folder}/{name}"), "x\n").write(&format!("{folder}/c"), folder);
    }
    let proposed = ["shape", "init", "--from", "one", "two", "three"];
    let ran = world.run(&[&proposed[..], &["--out", "shape"]].concat()).exits(0);
    assert!(ran.stdout.contains("d/a\\n  evil\\nb.txt"), "{}", ran.stdout);
    let shown = world.run(&["shape", "show", "--pack", "shape"]).exits(0);
    assert!(shown.stdout.contains("d/a\\n  evil\\nb.txt"), "{}", shown.stdout);
    world.remove(&format!("two/{name}"));
    let trees = world.run(&["drift", "one", "two"]).exits(1);
    assert!(trees.stdout.contains("d/a\\n  evil\\nb.txt"), "{}", trees.stdout);
    for text in [ran.stdout, shown.stdout, trees.stdout] {
        assert!(!text.lines().any(|line| line.starts_with("  evil")), "{text}");
    }
}

#[test]
fn one_repository_is_checked_for_one_rule() {
    let world = World::new();
    let name = world.conformant("acme");
    world.replace(&format!("{name}/Dockerfile"), "FROM python:3.11-slim", "FROM nvidia/cuda:12");
    world.write(&format!("{name}/stray.xyz"), "x\n");
    let both = world.run(&["validate", &name]).exits(1);
    assert!(both.stdout.contains("docker-base-image") && both.stdout.contains("path-extra"));
    let ran = world.run(&["validate", &name, "--rule", "SHP101"]).exits(1);
    assert!(ran.stdout.contains("docker-base-image"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("path-extra"), "{}", ran.stdout);
    let clean = ["validate", &name, "--rule", "docker-user"];
    world.run(&clean).exits(0);
    let report = world.run(&[&clean[..], &["--format", "json"][..]].concat()).exits(0).json();
    assert_eq!(report["summary"]["repositories"], 1);
    assert_eq!(report["repositories"][0]["findings"], serde_json::json!([]));
    let ran = world.run(&["validate", &name, "--rule", "docker-usr"]).exits(2);
    assert!(ran.stderr.contains("did you mean `docker-user`"), "{}", ran.stderr);
    world.run(&["validate", &name, "--rule", "docker-user", "--comment"]).exits(2);
}

#[test]
fn a_url_with_an_argument_is_checked_no_further_and_written_accounts_are_left_open() {
    let world = World::new();
    let paths = "paths: [{ path: README.md, policy: seeded }, { path: Dockerfile, policy: seeded }";
    let shape = README.replace("paths: [{ path: README.md, policy: seeded }", paths);
    let demands = "dockerfiles: [{ path: Dockerfile, user: { name: app, uid: 1000 } }]";
    world.write("shape/shape.yaml", format!("{shape}demands: {{ {demands} }}\n"));
    world.write("one/README.md", "hello\n");
    let judged = ["validate", "--shape", "shape", "one"];
    let added = "FROM a\nARG V\nADD https://example.com/x-$V.tgz /x/\n";
    world.write("one/Dockerfile", format!("{added}RUN useradd -u 1000 app\n"));
    world.run(&judged).exits(0);
    world.write("one/Dockerfile", format!("{added}RUN echo app:x:1000::/:/bin/sh >>/etc/passwd\n"));
    let ran = world.run(&judged).exits(3);
    assert!(ran.stdout.contains("accounts are changed here in another way"), "{}", ran.stdout);
    for undone in ["busybox deluser app", "echo $(userdel app)"] {
        let file = format!("{added}RUN useradd -u 1000 app\nRUN {undone}\n");
        world.write("one/Dockerfile", file);
        let ran = world.run(&judged).exits(3);
        assert!(ran.stdout.contains("accounts are changed here in another way"), "{}", ran.stdout);
    }
    world.write("one/Dockerfile", format!("{added}RUN cat /etc/passwd\n"));
    let ran = world.run(&judged).exits(1);
    assert!(ran.stdout.contains("no RUN of the image creates the user"), "{}", ran.stdout);
}

#[test]
fn a_member_that_is_misspelled_is_told_where_the_others_are_here() {
    let world = World::new();
    world.write_readme_shape().write(
        "fleet.yaml",
        "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { shape: { folder: shape } } }\nmembers: [ryu, thiserorr]\n",
    );
    for name in ["ryu", "thiserror"] {
        world.write(&format!("{name}/README.md"), "mine\n");
        world.commit(name);
    }
    let said = |words: &[&str]| world.run(words).exits(1).stdout.replace('\n', " ");
    let slip = "has `thiserorr`, which is almost `thiserror`, and no repository here is called so";
    let all = said(&["drift", "--local", "ryu", "thiserror"]);
    assert!(all.contains(slip), "{all}");
    let one = said(&["drift", "--local", "thiserror"]);
    assert!(!one.contains("misspelled"), "{one}");
}
