//! `package init` on folders that hold what no list can hold: what is written is what a build takes.

use crate::world::World;

fn workspace() -> World {
    let world = World::new();
    world
        .write("workspace/main.py", "")
        .write("workspace/main/__init__.py", "")
        .write("workspace/a2a.py", "")
        .write("workspace/requirements.txt", "-r base.txt\n");
    world
}

#[test]
fn names_that_cannot_stand_beside_each_other_end_in_a_decision_and_not_in_an_error() {
    let world = workspace();
    let ran = world.run(&["package", "init", "workspace"]).exits(0);
    let twins = "`main.py` and the folder `main` have the same name; Python imports the folder";
    assert!(ran.stderr.contains(&format!("undecided: {twins}")), "{}", ran.stderr);
    let requirements = "dependencies cannot be taken from workspace/requirements.txt as it is: \
                        metadata cannot refer to `base.txt`";
    assert!(ran.stderr.contains(requirements), "{}", ran.stderr);
    assert!(!world.read("package.yaml").contains("dependencies-from"));
    // A build would fail, and is not proposed; so would a list, until a person has decided.
    let next =
        "Next:\n  # once what is undecided is decided in package.yaml\n  shipshape package list";
    assert!(ran.stderr.contains(next), "{}", ran.stderr);
    assert!(!ran.stderr.contains("package build"), "{}", ran.stderr);
    world.run(&["package", "list", "--version", "0.1.0.dev0"]).exits(2);
    let both = world.run(&["package", "init", "--update", "workspace"]).exits(2);
    let says = "--update takes the folder from `source` in package.yaml";
    assert!(both.stderr.contains(says), "{}", both.stderr);
    let build = ["package", "build", "--version", "1.0", "--out", "out", "--dry-run"];
    let refused = world.run(&build).exits(2).stderr;
    assert!(refused.contains(twins) && refused.contains("workspace/main.py"), "{refused}");

    // An update has nothing to repair there, and says what is left.
    let left = world.run(&["package", "init", "--update"]).exits(1);
    assert_eq!(left.stdout, "the lists are up to date\n");
    assert!(left.stderr.contains(&format!("left: {twins}")), "{}", left.stderr);
    world.replace("package.yaml", "exclude:\n", "exclude:\n  - main.py\n");
    world.run(&["package", "init", "--update"]).exits(0);
    world.run(&build).exits(0);
}

#[test]
fn an_update_leaves_two_new_names_that_differ_by_case_to_a_person() {
    let world = workspace();
    world.remove("workspace/main.py");
    world.run(&["package", "init", "workspace"]).exits(0);
    world.write("workspace/Tool.py", "").write("workspace/tool.py", "");
    let ran = world.run(&["package", "init", "--update"]).exits(1);
    assert_eq!(ran.stdout, "added `Tool` to `modules`\n");
    assert!(ran.stderr.contains("`Tool.py` and `tool.py` differ only in case"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn what_no_package_can_hold_is_named_by_an_update() {
    let world = workspace();
    world.remove("workspace/main.py");
    world.run(&["package", "init", "workspace"]).exits(0);
    let pipe = world.path("workspace/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    let ran = world.run(&["package", "init", "--update"]).exits(1);
    assert!(ran.stderr.contains("left: `pipe` is a socket, a device or a FIFO"), "{}", ran.stderr);
}

#[test]
fn a_tip_for_a_mistyped_subcommand_is_one_of_its_command() {
    let world = World::new();
    let ran = world.run(&["package", "diff"]).exits(2);
    assert!(!ran.stderr.contains("drift"), "{}", ran.stderr);
    let ran = world.run(&["package", "biuld"]).exits(2);
    assert!(ran.stderr.contains("'build'"), "{}", ran.stderr);
    let ran = world.run(&["dirft"]).exits(2);
    assert!(ran.stderr.contains("'drift'"), "{}", ran.stderr);
}

#[test]
fn a_fleet_that_is_not_there_is_not_carried_to_the_next_steps() {
    let world = workspace();
    world.remove("workspace/main.py");
    let named = [("SHIPSHAPE_FLEET", "elsewhere/fleet.yaml")];
    let ran = world.run_in(&world.path(""), &["package", "init", "workspace"], &named).exits(0);
    assert!(ran.stderr.contains("Next:\n  shipshape package list"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--fleet"), "{}", ran.stderr);
}

#[test]
fn the_commands_that_are_proposed_name_a_description_that_is_elsewhere() {
    let world = World::new();
    world.write("sub/workspace/tool.py", "");
    let ran = world.run(&["package", "init", "sub/workspace", "--package", "sub"]).exits(0);
    let list = ["package", "list", "--version", "0.1.0.dev0", "--package", "sub/package.yaml"];
    assert!(ran.stderr.contains(&format!("shipshape {}", list.join(" "))), "{}", ran.stderr);
    assert!(ran.stderr.contains("--out build --package sub/package.yaml"), "{}", ran.stderr);
    world.run(&list).exits(0);
}

#[test]
fn a_package_of_the_folder_itself_is_what_the_next_commands_take() {
    let world = World::new();
    world.write("pkg1/a.py", "X = 1\n");
    let here = world.path("pkg1");
    let run = |words: &[&str]| world.run_in(&here, words, &[]).exits(0);
    let ran = run(&["package", "init"]);
    assert!(world.read("pkg1/package.yaml").contains("source: \".\" #"));
    let list = ["package", "list", "--version", "0.1.0.dev0"];
    let build = ["package", "build", "--version", "0.1.0.dev0", "--out", "build"];
    for next in [&list[..], &build[..]] {
        assert!(ran.stderr.contains(&next.join(" ")), "{}", ran.stderr);
        run(next);
    }
    // What was built is not of the source.
    run(&list);
    run(&[&list[..], &["--package", "./package.yaml"]].concat());
    world.replace("pkg1/package.yaml", "source: \".\"", "source: ./");
    run(&list);
}

const PROJECT: &str = "\
[build-system]
requires = [\"setuptools\"]
[project]
name = \"mypkg\"
version = \"1.0\"
requires-python = \">=3.12\"
dependencies = [\"rich\"]
scripts = { mypkg = \"mypkg:main\" }
[tool.setuptools.packages.find]
where = [\"src\"]
";

#[test]
fn a_project_with_a_package_keeps_its_name_and_its_metadata() {
    for words in
        [&["package", "init", "src"][..], &["package", "init"], &["package", "init", "src/mypkg"]]
    {
        let world = World::new();
        world
            .write("repo/pyproject.toml", PROJECT)
            .write("repo/src/mypkg/__init__.py", "def main():\n    pass\n")
            .write("repo/src/mypkg/lib/__init__.py", "")
            .write("repo/tests/test_a.py", "");
        let here = world.path("repo");
        let ran = world.run_in(&here, words, &[]).exits(0);
        let taken = "taken from `[project]` of pyproject.toml, which builds do not read: \
                     name, dependencies, requires-python, scripts\n\
                     not taken from pyproject.toml: `version` (it is given to each build), \
                     `[build-system]`, `[tool.setuptools]`\n";
        assert!(ran.stderr.contains(taken), "{}", ran.stderr);
        let text = world.read("repo/package.yaml");
        for line in [
            "\ndistribution: mypkg #",
            "\npackage: mypkg #",
            "\nsource: src/mypkg #",
            "\n  - lib\n",
            "\n  requires-python: \">=3.12\"\n",
            "\n  dependencies:\n    - rich\n",
            "\n  scripts:\n    mypkg: mypkg:main\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let list = ["package", "list", "--version", "1.0"];
        let listed = world.run_in(&here, &list, &[]).exits(0).stdout;
        assert!(listed.contains(" mypkg/__init__.py\n"), "{listed}");
    }
}

#[test]
fn a_project_whose_modules_get_another_name_is_told_so() {
    let world = World::new();
    world
        .write("repo/pyproject.toml", "[project]\nname = \"acme\"\ndynamic = [\"dependencies\"]\n")
        .write("repo/src/one/__init__.py", "")
        .write("repo/src/two/__init__.py", "");
    let ran = world.run_in(&world.path("repo"), &["package", "init", "src"], &[]).exits(0);
    let renamed = "`one` is imported as `acme.one` from the package, and no longer as `one`";
    assert!(ran.stderr.contains(renamed), "{}", ran.stderr);
    let open = "left out: the dependencies are dynamic in pyproject.toml";
    assert!(ran.stderr.contains(open), "{}", ran.stderr);
    assert!(!ran.stderr.contains("package build"), "{}", ran.stderr);
}

#[test]
fn a_project_table_that_cannot_be_read_is_mended_first() {
    let world = World::new();
    world.write("repo/pyproject.toml", "[project]\nname = acme\n").write("repo/src/a.py", "");
    let ran = world.run_in(&world.path("repo"), &["package", "init", "src"], &[]).exits(2);
    assert!(ran.stderr.contains("error: this is not TOML: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("pyproject.toml:2:"), "{}", ran.stderr);
    assert!(!world.path("repo/package.yaml").exists());
}

#[test]
fn an_update_removes_the_comments_on_what_is_decided() {
    let world = World::new();
    world.write("ws/main.py", "").write("ws/notes.txt", "").write("ws/queue.py", "");
    world.run(&["package", "init", "ws"]).exits(0);
    assert!(world.read("package.yaml").contains("\n#   notes.txt: not a module"));
    world.remove("ws/notes.txt");
    let ran = world.run(&["package", "init", "--update"]).exits(1);
    assert_eq!(
        ran.stdout,
        "removed the comment on `notes.txt`: nothing is to be decided about it\n"
    );
    assert!(world.read("package.yaml").contains("listed or excluded.\n#   queue: it shadows"));
    world.remove("ws/queue.py");
    world.run(&["package", "init", "--update"]).exits(0);
    let text = world.read("package.yaml");
    assert!(
        !text.contains("Not decided") && text.contains("subpackages: []\n\n# What stays out"),
        "{text}"
    );
}

/// What `package init` says of a project in `repo`, and what it writes.
fn initialised(world: &World) -> (String, String) {
    let told = world.run_in(&world.path("repo"), &["package", "init"], &[]).exits(0).stderr;
    (told, world.read("repo/package.yaml"))
}

#[test]
fn a_project_without_dependencies_does_not_get_those_of_a_requirements_file() {
    let world = World::new();
    world
        .write("repo/pyproject.toml", "[project]\nname = \"mypkg\"\n")
        .write("repo/src/mypkg/__init__.py", "")
        .write("repo/requirements.txt", "requests\n");
    let (told, text) = initialised(&world);
    assert!(text.contains("\n  dependencies: []\n") && !text.contains("from:"), "{text}");
    let left = "not taken from requirements.txt: dependencies, since `[project]` of pyproject.toml has none";
    assert!(told.contains(left) && told.contains("package build"), "{told}");

    world.remove("repo/package.yaml");
    world.write("repo/pyproject.toml", "[project]\nname = \"mypkg\"\ndependencies = []\n");
    let (told, text) = initialised(&world);
    assert!(text.contains("\n  dependencies: []\n") && told.contains(left), "{text}{told}");

    world.remove("repo/package.yaml");
    let dynamic = "[project]\nname = \"mypkg\"\ndynamic = [\"dependencies\"]\n";
    world.write("repo/pyproject.toml", dynamic);
    let (told, text) = initialised(&world);
    assert!(text.contains("\n  dependencies-from: requirements.txt\n"), "{text}");
    let taken = "the dependencies are dynamic in pyproject.toml, and are read from requirements.txt by each build";
    assert!(told.contains(taken) && !told.contains("undecided"), "{told}");
}

#[test]
fn a_dependency_that_a_description_refuses_is_left_to_a_person_and_the_others_are_taken() {
    let world = World::new();
    let project =
        "[project]\nname = \"mypkg\"\ndependencies = [\"rich>=13\", \"core @ {root:uri}/core\"]\n";
    world
        .write("repo/pyproject.toml", project)
        .write("repo/src/mypkg/__init__.py", "")
        .write("repo/requirements.txt", "requests\n");
    let (told, text) = initialised(&world);
    let refused = "a dependency cannot be taken from pyproject.toml as it is:";
    let why = "`core @ {root:uri}/core` is not a PEP 508 dependency";
    let noted = format!("  # Left out: {refused}\n  # {why}\n  dependencies:\n    - ");
    assert!(text.contains(&noted) && text.contains("rich>=13"), "{text}");
    assert!(told.contains(&format!("left out: {refused} {why}; ")), "{told}");
    assert!(!told.contains("package build"), "{told}");
    // Without a good one, no other file takes its place either.
    world.remove("repo/package.yaml");
    world.write("repo/pyproject.toml", project.replace("\"rich>=13\", ", ""));
    let (told, text) = initialised(&world);
    assert!(text.contains(&format!("  # {why}\n  dependencies: []\n")), "{text}");
    assert!(!told.contains("package build") && !told.contains("requirements.txt"), "{told}");
}

#[test]
fn a_project_that_is_described_otherwise_takes_nothing_from_one_above_it() {
    let world = World::new();
    world
        .write("repo/pyproject.toml", "[project]\nname = \"other\"\ndependencies = [\"rich\"]\n")
        .write("repo/sub/pyproject.toml", "[tool.poetry]\nname = \"mine\"\n")
        .write("repo/sub/mine/__init__.py", "");
    let run = |folder: &str| {
        let words = ["package", "init", folder, "--dry-run"];
        world.run_in(&world.path("repo"), &words, &[]).exits(0)
    };
    let ran = run("sub");
    let told = "nothing is taken from sub/pyproject.toml, which has no `[project]` table";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert!(ran.stdout.contains("\ndistribution: repo #"), "{}", ran.stdout);
    // Settings of tools alone describe no project.
    world.write("repo/sub/pyproject.toml", "[tool.ruff]\n");
    assert!(run("sub").stdout.contains("\ndistribution: other #"));
}

#[test]
fn a_licence_beside_the_description_stays_when_a_project_names_none_that_is_there() {
    let world = World::new();
    world
        .write(
            "repo/pyproject.toml",
            "[project]\nname = \"mypkg\"\nlicense-files = [\"AUTHORS\"]\n",
        )
        .write("repo/LICENSE", "MIT\n")
        .write("repo/src/mypkg/__init__.py", "");
    let (told, text) = initialised(&world);
    assert!(text.contains("\n  license-files: [LICENSE]\n"), "{text}");
    assert!(told.contains("which builds do not read: name\n"), "{told}");
    assert!(told.contains("`AUTHORS` of `license-files` (no such file is below)"), "{told}");
}

#[test]
fn an_update_does_not_list_what_has_the_name_of_a_dependency() {
    let world = World::new();
    world
        .write("repo/pyproject.toml", PROJECT)
        .write("repo/src/mypkg/__init__.py", "def main():\n    pass\n")
        .write("repo/src/mypkg/rich.py", "");
    let (_, text) = initialised(&world);
    assert!(text.contains("#   rich.py: has the name of a dependency"), "{text}");
    let update = ["package", "init", "--update"];
    let ran = world.run_in(&world.path("repo"), &update, &[]).exits(1);
    assert_eq!(ran.stdout, "the lists are up to date\n");
    let left = "left: the module `rich` is in the folder but not in the list; it has the name of a dependency";
    assert!(ran.stderr.contains(left), "{}", ran.stderr);
    assert_eq!(world.read("repo/package.yaml"), text);
}

#[test]
fn the_package_of_a_project_is_found_whatever_is_beside_its_src() {
    let world = World::new();
    world
        .write("repo/pyproject.toml", PROJECT)
        .write("repo/src/mypkg/__init__.py", "def main():\n    pass\n")
        .write("repo/tools/release.py", "")
        .write("repo/tasks.py", "");
    let (told, text) = initialised(&world);
    assert!(text.contains("\nsource: src/mypkg #"), "{text}");
    assert!(told.contains("package build") && !told.contains("commands of modules"), "{told}");

    world.remove("repo/package.yaml");
    world.write("repo/src/second/__init__.py", "");
    let (told, text) = initialised(&world);
    assert!(text.contains("\nsource: src #"), "{text}");
    let astray = "commands of modules that the package `mypkg_package` does not have: `mypkg` (`mypkg:main`); ";
    assert!(told.contains(astray) && !told.contains("package build"), "{told}");
}

#[test]
fn a_table_above_the_folder_does_not_make_it_a_project() {
    let world = World::new();
    world
        .write("repo/pyproject.toml", "[project]\nname = \"mono\"\n")
        .write("repo/workspace/main.py", "")
        .write("repo/workspace/agents/__init__.py", "")
        .write("repo/workspace/src/helpers/__init__.py", "")
        .write("repo/workspace/requirements.txt", "rich\n");
    let words = ["package", "init", "workspace"];
    let told = world.run_in(&world.path("repo"), &words, &[]).exits(0).stderr;
    let text = world.read("repo/package.yaml");
    for line in [
        "\nsource: workspace #",
        "\nmodules:\n  - main\n",
        "\nsubpackages:\n  - agents\n  - src\n",
        "\n  dependencies-from: workspace/requirements.txt\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let read = "the dependencies are read from workspace/requirements.txt by each build, \
                since `[project]` of pyproject.toml has none";
    assert!(told.contains(read), "{told}");
}

#[test]
fn the_requirements_of_a_folder_are_found_whether_it_or_what_is_in_it_is_named() {
    for (at, named) in
        [("repo/api", "src"), ("repo/api", "."), ("repo", "api"), ("repo", "api/src")]
    {
        let world = World::new();
        world
            .write("repo/pyproject.toml", "[project]\nname = \"mono\"\n")
            .write("repo/requirements.txt", "other\n")
            .write("repo/api/requirements.txt", "rich\n")
            .write("repo/api/src/mypkg/__init__.py", "");
        world.commit("repo");
        let words = ["package", "init", named];
        world.run_in(&world.path(at), &words, &[]).exits(0);
        let text = world.read(&format!("{at}/package.yaml"));
        let below = if at == "repo" { "api/" } else { "" };
        for line in [
            format!("\nsource: {below}src/mypkg #"),
            format!("\n  dependencies-from: {below}requirements.txt\n"),
        ] {
            assert!(text.contains(&line), "{named}: {line}\n{text}");
        }
    }
}

#[test]
fn a_project_that_is_described_otherwise_has_its_package_in_src_too() {
    for (file, content) in [
        ("repo/pyproject.toml", "[tool.poetry]\nname = \"mypkg\"\n"),
        ("repo/setup.py", "from setuptools import setup\n\nsetup(name=\"mypkg\")\n"),
    ] {
        let world = World::new();
        world
            .write(file, content)
            .write("repo/src/mypkg/__init__.py", "")
            .write("repo/tools/__init__.py", "")
            .write("repo/tasks.py", "");
        let (told, text) = initialised(&world);
        assert!(text.contains("\nsource: src/mypkg #"), "{text}");
        let found = "the package in `.` is `src/mypkg`, which becomes the source, so that `import mypkg` remains; \
                     what is beside `src` is left out: `tasks.py`, `tools`\n";
        assert!(told.contains(found) && told.contains("nothing is taken from "), "{told}");
    }
}

#[test]
fn a_refused_optional_dependency_is_left_out_with_a_comment() {
    let world = World::new();
    let project = "[project]\nname = \"mypkg\"\n[project.optional-dependencies]\nx = [\"a b\"]\n";
    world.write("repo/pyproject.toml", project).write("repo/src/mypkg/__init__.py", "");
    let (told, text) = initialised(&world);
    let refused = "an optional dependency cannot be taken from pyproject.toml as it is:";
    let why = "`a b` is not a PEP 508 dependency";
    assert!(text.contains(&format!("  # Left out: {refused}\n  # {why}\n")), "{text}");
    assert!(told.contains(&format!("left out: {refused} {why}; ")), "{told}");
    assert!(!told.contains("package build"), "{told}");
}
