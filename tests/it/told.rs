//! What people are told of a judgement: what differs, what cannot be done without, and which command helps.

use crate::world::World;

const WORKFLOW: &str =
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make\n";

/// A world with a shape of one exact file, and a repository that has it as `text`.
fn with_workflow(text: impl AsRef<[u8]>) -> World {
    let world = World::new();
    world.write(
        "shape/shape.yaml",
        "schema: 1\nname: own\npaths:\n  - { path: .github/workflows/ci.yml, policy: exact }\nextras: ['**']\n",
    );
    world.write("shape/files/.github/workflows/ci.yml", WORKFLOW);
    world.write("a/.github/workflows/ci.yml", text);
    world.commit("a");
    world
}

#[test]
fn what_the_repository_cannot_do_without_is_an_error_when_it_is_gone() {
    let world = World::new();
    let name = world.conformant("acme");
    for (path, why) in [
        ("Dockerfile", "no image is built without it"),
        ("config.yaml", "the shape has demands on its content"),
        ("adapter.py", "the adapter is searched for in it"),
    ] {
        world.remove(&format!("{name}/{path}"));
        let ran = world.run(&["validate", &name, "--fail-on", "error"]).exits(1);
        assert!(ran.stdout.contains(&format!("`{path}` is not here, and {why}")), "{}", ran.stdout);
        assert!(ran.stdout.contains("broken"), "{}", ran.stdout);
    }
}

#[test]
fn an_adapter_of_another_name_is_told_as_that() {
    let world = World::new();
    let name = world.conformant("acme");
    let adapter = world.read(&format!("{name}/adapter.py"));
    world.write(&format!("{name}/agent.py"), adapter).remove(&format!("{name}/adapter.py"));
    let dockerfile = format!("{name}/Dockerfile");
    world.replace(&dockerfile, "COPY adapter.py", "COPY agent.py");
    world.replace(&dockerfile, "ADAPTER_MODULE=adapter", "ADAPTER_MODULE=agent");
    let ran = world.run(&["validate", &name]).exits(1);
    let why = "`adapter.py` is not here: the adapter is in `agent.py`, as the Dockerfile says";
    assert!(ran.stdout.contains(why), "{}", ran.stdout);
    assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);
    world.run(&["validate", &name, "--fail-on", "error"]).exits(0);
}

#[test]
fn an_edit_says_its_lines_and_the_next_command_shows_them() {
    let world = with_workflow(WORKFLOW.replace("on: push", "on: pull_request_target\n# x"));
    let ran = world.run(&["validate", "--shape", "shape", "a"]).exits(1);
    for part in [
        "was edited since the canon: 2 lines added, 1 removed",
        "ci.yml:1:1",
        "on: pull_request_target",
        "shipshape fix --diff --unsafe-fixes a --shape shape",
    ] {
        assert!(ran.stdout.contains(part), "{part}\n{}", ran.stdout);
    }
    let ran = world.run(&["fix", "--shape", "shape", "a"]).exits(1);
    assert!(ran.stderr.contains("1 of them has a repair that needs review"), "{}", ran.stderr);
    world.run(&["fix", "--shape", "shape", "a", "--unsafe-fixes"]).exits(0);
    assert_eq!(world.read("a/.github/workflows/ci.yml"), WORKFLOW);
}

#[test]
fn what_differs_in_form_alone_is_mended_safely_and_its_diff_is_a_patch() {
    let returns = WORKFLOW.replace('\n', "\r\n");
    for (text, what) in [
        (returns.clone(), "in its line ends only"),
        (format!("\u{feff}{WORKFLOW}"), "in its byte order mark only"),
        (WORKFLOW.trim_end().to_owned(), "in the line ends after its last line only"),
    ] {
        let world = with_workflow(&text);
        let ran = world.run(&["validate", "--shape", "shape", "a"]).exits(1);
        assert!(ran.stdout.contains(what), "{what}\n{}", ran.stdout);
        let diff = world.run(&["fix", "--shape", "shape", "a", "--diff"]);
        world.write("a/p.patch", &diff.stdout);
        let applied = git2::Diff::from_buffer(diff.stdout.as_bytes()).and_then(|diff| {
            let repository = git2::Repository::open(world.path("a"))?;
            repository.apply(&diff, git2::ApplyLocation::WorkDir, None)
        });
        applied.unwrap_or_else(|error| panic!("{error}\n{:?}", diff.stdout));
        assert_eq!(world.read("a/.github/workflows/ci.yml"), WORKFLOW, "{what}");
        let world = with_workflow(&text);
        world.run(&["fix", "--shape", "shape", "a"]).exits(0);
        assert_eq!(world.read("a/.github/workflows/ci.yml"), WORKFLOW, "{what}");
    }
}

#[test]
fn the_diff_of_several_says_whose_each_is() {
    let world = with_workflow(WORKFLOW.replace('\n', "\r\n"));
    world.write("b/.github/workflows/ci.yml", WORKFLOW.replace('\n', "\r\n"));
    world.commit("b");
    let diff = world.run(&["fix", "--shape", "shape", "a", "b", "--diff"]);
    assert!(diff.stdout.contains("# a (a)\ndiff --git"), "{}", diff.stdout);
    assert!(diff.stdout.contains("# b (b)\ndiff --git"), "{}", diff.stdout);
}

#[test]
fn the_diff_of_a_folder_in_a_checkout_has_paths_from_its_root_as_git_apply_takes_them() {
    let world = with_workflow(WORKFLOW);
    world.write("many/one/.github/workflows/ci.yml", WORKFLOW.replace('\n', "\r\n"));
    world.commit("many");
    let fix = ["fix", "--shape", "shape", "--slug", "x", "many/one", "--diff"];
    let ran = world.run(&fix).exits(0);
    let path = "one/.github/workflows/ci.yml";
    assert!(ran.stdout.starts_with(&format!("diff --git a/{path} b/{path}\n")), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("\n+++ b/{path}\n")), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn what_is_in_the_place_of_a_file_is_told_and_nothing_is_offered() {
    let world = with_workflow(WORKFLOW);
    std::fs::remove_dir_all(world.path("a/.github")).expect("removed");
    std::os::unix::fs::symlink("x", world.path("a/.github")).expect("a link");
    let ran = world.run(&["validate", "--shape", "shape", "a"]).exits(1);
    assert!(ran.stdout.contains("`.github` is a symbolic link"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);

    // Git knows no empty folder, so that only writing finds it.
    let world = with_workflow(WORKFLOW);
    let path = "a/.github/workflows/ci.yml";
    std::fs::create_dir(world.remove(path).path(path)).expect("a folder");
    let ran = world.run(&["fix", "--shape", "shape", "a"]);
    assert!(
        ran.stderr.contains("this is a folder, and is not replaced by a file"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("hint: move it away first"), "{}", ran.stderr);

    let world = World::new();
    let name = world.conformant("acme");
    let text = world.read(&format!("{name}/Dockerfile"));
    world.remove(&format!("{name}/Dockerfile")).write(&format!("{name}/dockerfile"), text);
    let ran = world.run(&["validate", &name]).exits(1);
    assert!(
        ran.stdout.contains("`dockerfile` exists: rename it to `Dockerfile`"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_wrong_in_the_shape_itself_is_told_as_its() {
    let world = with_workflow(WORKFLOW.replace("- run: make", "- uses: actions/checkout@v4"));
    world.write("shape/files/.github/workflows/ci.yml", world.read("a/.github/workflows/ci.yml"));
    let text = world.read("shape/shape.yaml");
    let demands = "demands:\n  workflows:\n    folders: [.github/workflows]\n    pinned: { actions: commit, reusable: commit }\n";
    world.write("shape/shape.yaml", format!("{text}{demands}"));
    let ran = world.run(&["validate", "--shape", "shape", "a"]).exits(1);
    assert!(ran.stdout.contains("workflow-unpinned"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("the shape `own` contains the same file: fix it there"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_workflow_with_the_other_extension_of_yaml_is_to_be_renamed() {
    let world = with_workflow(WORKFLOW);
    let folder = "a/.github/workflows";
    world.remove(&format!("{folder}/ci.yml")).write(&format!("{folder}/ci.yaml"), WORKFLOW);
    let ran = world.run(&["validate", "--shape", "shape", "a"]).exits(1);
    let help = "`.github/workflows/ci.yaml` exists: rename it to `.github/workflows/ci.yml`";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
    world.run(&["fix", "--shape", "shape", "a", "--unsafe-fixes"]).ends();
    assert!(!world.path(&format!("{folder}/ci.yml")).exists());
    // A shape may hold both, and then neither is the other.
    let text = world.read("shape/shape.yaml");
    let both = "paths:\n  - { path: .github/workflows/ci.yaml, policy: seeded }";
    world.write("shape/shape.yaml", text.replacen("paths:", both, 1));
    let ran = world.run(&["validate", "--shape", "shape", "a"]).exits(1);
    assert!(!ran.stdout.contains("rename it"), "{}", ran.stdout);
}

#[test]
fn the_wrong_word_is_pointed_at_and_no_right_one_is_to_be_broken() {
    let world = World::new();
    let name = world.conformant("acme");
    world.replace(&format!("{name}/config.yaml"), "runtime: acme", "runtime: claude");
    let ran = world.run(&["validate", &name]).exits(1);
    assert!(
        ran.stdout.contains(
            "`runtime` is `claude` in `config.yaml`, but `acme` according to the repository's slug"
        ),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("config.yaml:"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("return `claude`"), "{}", ran.stdout);
}

/// Two kinds told apart by what names end with.
const TWO_KINDS: &str = "schema: 1\nname: f\nforge: { owner: acme }\nkinds:\n  \
    service: { select: { glob: '*-api' }, shape: { folder: shape }, owner: '@acme/pay' }\n  \
    site: { select: { glob: '*-site' }, shape: { folder: shape }, owner: '@acme/web' }\n\
    members:\n  - orders-api\n  - docs-site\nbaseline: baseline.json\n";

fn two_kinds() -> World {
    let world = World::new();
    world.write_readme_shape().write("fleet.yaml", TWO_KINDS);
    for (name, text) in [("orders-api", "hello\n"), ("docs-site", "other\nthing\n"), ("log", "x\n")]
    {
        world.write(&format!("repos/{name}/README.md"), text);
    }
    world
}

#[test]
fn a_glob_says_the_kind_and_a_stranger_stops_nobody_else() {
    let world = two_kinds();
    world.run(&["drift", "--local", "repos/orders-api"]).exits(0);
    let all = ["drift", "--local", "repos/orders-api", "repos/docs-site", "repos/log"];
    let ran = world.run(&all).exits(3);
    assert!(ran.stdout.contains("`log` is not a member of the fleet"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 conformant, 1 drifted, 1 unchecked"), "{}", ran.stdout);
    // By itself it is what the command is about, and wrong.
    world.run(&["drift", "--local", "repos/log"]).exits(2);
    for name in ["orders-api", "docs-site"] {
        world.commit(&format!("repos/{name}"));
    }
    let ran = world.run(&["drift", "--local", "repos"]).exits(2);
    let named = "name those: repos/docs-site repos/orders-api";
    assert!(ran.stderr.contains("it contains 2") && ran.stderr.contains(named), "{}", ran.stderr);
    // In the fleet's own folder its members are meant, and a star would stand for all that lies there.
    for name in ["orders-api", "docs-site"] {
        std::fs::rename(world.path(&format!("repos/{name}")), world.path(name)).expect("moved");
    }
    let ran = world.run(&["validate"]).exits(2);
    assert!(ran.stderr.contains("`shipshape validate --repository NAME`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("name those: ./docs-site ./orders-api"), "{}", ran.stderr);
    // A command that takes one repository is not given several.
    let waive = ["waive", "--rule", "path-diverged", "--reason", "x", "--owner", "@me"];
    let ran = world.run(&waive).exits(2);
    let named = "name one of those: ./docs-site, ./orders-api\n";
    assert!(ran.stderr.contains(named), "{}", ran.stderr);
    // Without a fleet they are as little one repository.
    world.remove("fleet.yaml");
    let ran = world.run(&["validate"]).exits(2);
    assert!(ran.stderr.contains("name those: ./docs-site ./orders-api"), "{}", ran.stderr);
}

#[test]
fn a_members_name_is_no_folder() {
    let world = two_kinds();
    let ran = world.run(&["validate", "orders-api"]).exits(2);
    assert!(ran.stderr.contains("there is no such folder"), "{}", ran.stderr);
    let hint = "`shipshape validate --repository orders-api` reads it from the forge";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
}

#[test]
fn one_owner_and_one_rule_can_be_asked_for() {
    let world = two_kinds();
    let all = ["drift", "--local", "repos/orders-api", "repos/docs-site"];
    let with = |more: &[&str]| world.run(&[&all[..], more].concat());
    let ran = with(&["--owner", "acme/web"]).exits(1);
    assert!(
        ran.stdout.contains("docs-site") && !ran.stdout.contains("orders-api"),
        "{}",
        ran.stdout
    );
    with(&["--owner", "@acme/pay"]).exits(0);
    let ran = with(&["--owner", "@nobody"]).exits(2);
    assert!(ran.stderr.contains("owners are @acme/pay, @acme/web"), "{}", ran.stderr);
    let ran = with(&["--rule", "path-diverged"]).exits(1);
    assert!(
        ran.stdout.contains("docs-site") && !ran.stdout.contains("orders-api"),
        "{}",
        ran.stdout
    );
    with(&["--rule", "secret"]).exits(0);
}

#[test]
fn the_baseline_is_counted_apart_and_says_what_it_took() {
    let world = two_kinds();
    let all = ["drift", "--local", "repos/orders-api", "repos/docs-site"];
    let ran = world.run(&[&all[..], &["--write-baseline"]].concat()).exits(0);
    assert!(ran.stderr.contains("wrote 1 finding of 1 repository to "), "{}", ran.stderr);
    let ran = world.run(&all).exits(0);
    assert!(ran.stdout.contains("(1 in the baseline)"), "{}", ran.stdout);
    let tally = world.run(&[&all[..], &["--format", "json"]].concat()).json();
    assert_eq!(
        (&tally["summary"]["waived"], &tally["summary"]["baseline"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn a_waiver_says_what_it_replaces_and_how_long_is_long() {
    let world = two_kinds();
    let waive = |reason: &str, days: &str| {
        world
            .run(&[
                "waive",
                "repos/docs-site",
                "--rule",
                "path-diverged",
                "--reason",
                reason,
                "--owner",
                "@me",
                "--days",
                days,
            ])
            .exits(0)
            .stderr
    };
    let said = waive("on trial", "30");
    assert!(said.contains("waived 1 finding of docs-site until "), "{said}");
    assert!(!said.contains("instead of"), "{said}");
    let said = waive("for good", "9999");
    assert!(said.contains("more than a year away"), "{said}");
    assert!(
        said.contains("instead of the waiver of @me until") && said.contains("on trial"),
        "{said}"
    );
    let ran = world
        .run(&["waive", "docs-site", "--rule", "path-diverged", "--reason", "x", "--owner", "@me"])
        .exits(2);
    assert!(ran.stderr.contains("`--repository docs-site`"), "{}", ran.stderr);
    world.run(&["waivers", "--format", "json"]).exits(0).json();
    let ran = world.run(&["waivers", "--json"]).exits(2);
    assert!(ran.stderr.contains("it is `--format json`"), "{}", ran.stderr);
}

#[test]
fn a_slip_of_the_pen_is_exit_code_two() {
    let world = two_kinds();
    let ran = world.run(&["drift", "--shape", "nope", "--local", "repos/log"]).exits(2);
    assert!(ran.stderr.contains("no folder of this name"), "{}", ran.stderr);
    world.run(&["shape", "promote", "repos/orders-ap", "README.md", "--kind", "service"]).exits(2);
    world.run(&["shape", "promote", "repos/orders-api", "README.me"]).exits(2);
    // The kind is the member's.
    let ran = world.run(&["shape", "promote", "repos/docs-site", "README.md"]).exits(0);
    assert!(ran.stderr.contains("changed files/README.md"), "{}", ran.stderr);
    // A dash is standard output, as everywhere.
    let ran = world.run(&["validate", "repos/orders-api", "--also", "markdown=-"]);
    assert!(ran.stdout.contains("## shipshape validate"), "{}", ran.stdout);
    assert!(!world.path("-").exists());
}

#[test]
fn a_shape_that_is_still_to_be_made_is_made_of_what_was_named() {
    let world = two_kinds();
    world.replace(
        "fleet.yaml",
        "shape: { folder: shape }, owner: '@acme/pay'",
        "shape: { folder: new }",
    );
    world.write("repos/users-api/README.md", "hello\n");
    let ran = world.run(&["drift", "--local", "repos/orders-api", "repos/users-api"]).exits(2);
    assert!(
        ran.stderr.contains(
            "`shipshape shape init --from repos/orders-api repos/users-api --out [world]/new`"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn many_findings_of_one_rule_are_told_by_one_and_the_gravest_stand_first() {
    let world = two_kinds();
    let steps: String = (0..6).map(|n| format!("      - uses: actions/a{n}@main\n")).collect();
    for name in ["orders-api", "docs-site"] {
        world.write(
            &format!("repos/{name}/.github/workflows/ci.yml"),
            format!(
                "on: push\npermissions: {{}}\njobs:\n  {}:\n    runs-on: x\n    steps:\n{steps}",
                &name[..4]
            ),
        );
    }
    let text = world.read("shape/shape.yaml");
    let demands = "demands:\n  workflows:\n    folders: [.github/workflows]\n    pinned: { actions: commit, reusable: commit }\n";
    world.write("shape/shape.yaml", format!("{text}{demands}"));
    let all = ["drift", "--local", "repos/orders-api", "repos/docs-site"];
    let ran = world.run(&all).exits(1);
    assert!(ran.stdout.contains("5 further `workflow-unpinned` are not shown"), "{}", ran.stdout);
    assert!(ran.stdout.contains("What matters most"), "{}", ran.stdout);
    let ran = world.run(&[&all[..], &["-v"]].concat()).exits(1);
    assert!(ran.stdout.contains("actions/a5@main"), "{}", ran.stdout);
}

#[test]
fn a_repository_of_another_kind_is_offered_nothing() {
    let world = World::new();
    world.write("go/main.go", "package main\n").write("go/go.mod", "module x\n");
    let ran = world.run(&["validate", "go"]).exits(3);
    assert!(ran.stdout.contains("no shape was chosen for this repository"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("fix available"), "{}", ran.stdout);
    assert!(ran.stdout.contains("shipshape shape init --help"), "{}", ran.stdout);
}

#[test]
fn of_options_that_exclude_each_other_no_usage_is_shown_that_asks_for_others() {
    let world = World::new();
    let words = ["release", "run", "--no-deps", "--no-smoke"];
    let set = [("SHIPSHAPE_FORGE", "http://127.0.0.1:9")];
    let ran = world.run_in(&world.path(""), &words, &set).exits(2);
    let said = "the argument '--no-deps' cannot be used with '--no-smoke'";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--forge"), "{}", ran.stderr);
}

#[test]
fn a_schema_is_told_by_its_file_and_by_what_is_like_it() {
    let world = World::new();
    for word in ["fleet.yaml", "Fleet", "flet"] {
        let ran = world.run(&["schema", word]).exits(2);
        assert!(ran.stderr.contains("did you mean `fleet`?"), "{word}: {}", ran.stderr);
    }
    let ran = world.run(&["schema", "nothing-of-ours"]).exits(2);
    assert!(ran.stderr.contains("the schemas are "), "{}", ran.stderr);
}

#[test]
fn an_empty_file_of_ours_is_called_empty() {
    let world = World::new();
    for text in ["", "# later\n\n"] {
        world.write("fleet.yaml", text);
        let ran = world.run(&["fleet", "list"]).exits(2);
        assert!(ran.stderr.contains("the file is empty, or holds only comments"), "{}", ran.stderr);
        assert!(ran.stderr.contains("start it with `schema: 1`"), "{}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_written_is_never_green_and_bears_its_own_name() {
    let world = World::new();
    let full = || std::process::Stdio::from(std::fs::File::create("/dev/full").expect("a device"));
    for arguments in [&["--help"][..], &["validate", "--help"], &["schema"]] {
        let mut command = world.command(&world.path(""), arguments);
        let ended = command.stdout(full()).output().expect("the binary runs");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{said}");
    }
    let name = world.conformant("acme");
    let ran = world.run(&["validate", &name, "-o", "nowhere/report"]).exits(3);
    assert!(
        ran.stderr.contains("nowhere/report") && !ran.stderr.contains(".tmp"),
        "{}",
        ran.stderr
    );
}

/// An empty word is a file's where a command takes one: all options begin with a dash, which would be put in.
#[test]
fn bash_offers_options_only_behind_a_dash_where_a_command_takes_a_path() {
    let world = World::new();
    world.write("completions.bash", world.run(&["completions", "bash"]).exits(0).stdout);
    let offered = |words: &[&str]| {
        let [.., before, word] = words else { panic!("two words") };
        let script = format!(
            "source completions.bash; COMP_WORDS=({}); COMP_CWORD={}; _shipshape '{}' '{word}' '{before}'; echo \"${{COMPREPLY[*]}}\"",
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
            words.len() - 1,
            words[0],
        );
        let mut bash = std::process::Command::new("bash");
        let ran = bash.args(["-c", &script]).current_dir(world.path("")).output().expect("bash");
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    };
    for words in [
        &["shipshape", "validate", ""][..],
        &["shipshape", "validate", "one", ""],
        &["shipshape", "campaign", "plan", ""],
    ] {
        assert_eq!(offered(words), "", "{words:?}");
    }
    assert!(offered(&["shipshape", "validate", "--fo"]).starts_with("--format"));
    assert!(offered(&["shipshape", "validate", "--format", ""]).starts_with("human json sarif"));
    // Bash splits at the `=`.
    assert_eq!(offered(&["shipshape", "new", "--visibility", "=", "pu"]), "public");
    assert!(offered(&["shipshape", ""]).contains("validate"));
    assert!(offered(&["shipshape", "campaign", ""]).contains("plan"));
    assert_eq!(offered(&["shipshape", "schema", "fl"]), "fleet");
    for command in ["waive", "fix", "drift"] {
        let rules = offered(&["shipshape", command, "--rule", "path-st"]);
        assert_eq!(rules, "path-stale", "{command}");
    }
    assert_eq!(offered(&["shipshape", "validate", "--also", "js"]), "json=");
    // The program says which members there are.
    let binary = env!("CARGO_BIN_EXE_shipshape");
    assert_eq!(offered(&[binary, "drift", "--repository", "be"]), "");
    world.write("fleet.yaml", "schema: 1\nname: f\nforge: { owner: acme }\nkinds: { t: { prefix: t- } }\nmembers: [alpha, beta, { slug: bent, retired: 2026-01-31 }]\n");
    for words in [["drift", "--repository"], ["waive", "--repository"], ["pin", "-m"]] {
        assert_eq!(offered(&[binary, words[0], words[1], "be"]), "beta", "{words:?}");
    }
    assert_eq!(offered(&[binary, "campaign", "plan", "--member", ""]), "alpha beta");
    assert_eq!(offered(&[binary, "new", "--repository", "be"]), "");
}
