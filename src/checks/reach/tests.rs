use super::*;
use crate::checks::testing::Case;

fn has(case: &Case, path: &str) -> bool {
    case.judged(|repository| reached(repository).contains(path))
}

fn base() -> Case {
    Case::conformant()
        .file("executor.py", "import deep.inner\n")
        .file("deep/__init__.py", "")
        .file("deep/inner.py", "from . import leaf\nfrom .other import x\n")
        .file("deep/leaf.py", "")
        .file("deep/other.py", "import executor\n")
        .file("old.py", "import lonely\n")
        .file("lonely.py", "")
        .file("scripts/run.sh", "#!/bin/sh\n. \"$(dirname \"$0\")/lib.sh\"\n# old.py\n")
        .file("scripts/lib.sh", "")
}

#[test]
fn imports_are_followed_from_what_is_reached() {
    let case = base().file("adapter.py", "def f():\n    from executor import X\n");
    for path in [
        "adapter.py",
        "executor.py",
        "deep/__init__.py",
        "deep/inner.py",
        "deep/leaf.py",
        "deep/other.py",
    ] {
        assert!(has(&case, path), "{path}");
    }
    for path in ["old.py", "lonely.py", "scripts/run.sh", "scripts/lib.sh"] {
        assert!(!has(&case, path), "{path}");
    }
}

#[test]
fn what_is_not_reached_may_still_be_mentioned() {
    let said = |case: &Case, path: &str| {
        case.judged(|repository| {
            let reached = reached(repository);
            mentions(repository, &reached).get(path).map(ToString::to_string)
        })
    };
    let case = base()
        .file("old.py", "import os\nimport lonely\nimport old\n")
        .file("late.py", "import importlib\nimportlib.import_module('later')\n")
        .file("later.py", "")
        .file("pack/__init__.py", "")
        .file("pack/one.py", "");
    for (path, by) in [
        ("lonely.py", "`old.py:2` imports it"),
        ("later.py", "`late.py:2` imports it"),
        ("pack/__init__.py", "`pack/one.py` needs it"),
        ("scripts/lib.sh", "`scripts/run.sh` names it"),
    ] {
        assert_eq!(said(&case, path).as_deref(), Some(by), "{path}");
    }
    for path in ["old.py", "pack/one.py", "scripts/run.sh"] {
        assert_eq!(said(&case, path), None, "{path}");
    }
    // What is reached needs no mention.
    assert_eq!(said(&case.file("tests/test_old.py", "import old\n"), "lonely.py"), None);
}

#[test]
fn what_a_mention_cannot_read_hinders_no_rule() {
    base().file("notes.txt", "a[b\n").judged(|repository| {
        let reached = reached(repository);
        assert!(repository.take_partly_read().is_empty());
        let _ = mentions(repository, &reached);
        assert!(repository.take_partly_read().is_empty());
        let _ = repository.requirements("notes.txt");
        assert!(repository.take_partly_read().contains("notes.txt"));
    });
}

#[test]
fn a_package_below_src_is_found_by_its_name() {
    let case = base()
        .file("adapter.py", "from acme import tool\n")
        .file("src/acme/__init__.py", "")
        .file("src/acme/tool.py", "")
        .file("src/acme/other.py", "");
    assert!(has(&case, "src/acme/__init__.py") && has(&case, "src/acme/tool.py"));
    assert!(!has(&case, "src/acme/other.py"));
}

#[test]
fn tests_reach_what_they_import() {
    let case = base().file("tests/test_old.py", "import old\n");
    assert!(has(&case, "tests/test_old.py") && has(&case, "old.py") && has(&case, "lonely.py"));
}

#[test]
fn copies_reach_files_folders_and_patterns() {
    let copied =
        |copy: &str, path: &str| has(&base().file("Dockerfile", format!("FROM a\n{copy}\n")), path);
    assert!(copied("COPY old.py .", "old.py") && copied("COPY old.py .", "lonely.py"));
    assert!(copied("COPY scripts/ /s/", "scripts/lib.sh"));
    assert!(copied("COPY ol*.py .", "old.py"));
    assert!(copied("COPY . .", "scripts/run.sh"));
    assert!(copied("RUN --mount=type=bind,source=old.py,target=/x true", "old.py"));
    for whole in ["type=bind,target=/src", "target=/src,source=.", "type=bind,src=/,dst=/src"] {
        assert!(copied(&format!("RUN --mount={whole} pip install /src"), "old.py"), "{whole}");
    }
    for other in ["type=cache,target=/src", "from=x,target=/src", "source=deep,target=/src"] {
        assert!(!copied(&format!("RUN --mount={other} pip install /src"), "old.py"), "{other}");
    }
    assert!(!copied("COPY --from=x old.py .", "old.py"));
    assert!(!copied("# COPY old.py .", "old.py"));
    let ignored = base().file("Dockerfile", "FROM a\nCOPY . .").file(".dockerignore", "scripts");
    assert!(has(&ignored, "old.py") && !has(&ignored, "scripts/run.sh"));
}

#[test]
fn words_of_scripts_and_workflows_reach_files() {
    let case = base().file("Dockerfile", "FROM a\nCOPY scripts/run.sh /run.sh\n");
    assert!(has(&case, "scripts/lib.sh") && !has(&case, "old.py"));
    let workflow = ".github/workflows/extra.yml";
    let case =
        base().file(workflow, "jobs:\n  a:\n    steps:\n      - run: bash ./scripts/run.sh\n");
    assert!(has(&case, workflow) && has(&case, "scripts/run.sh") && has(&case, "scripts/lib.sh"));
}

#[test]
fn the_root_names_no_file() {
    let config = ".github/dependabot.yml";
    let reaches = |folder: &str| {
        let content = format!("updates:\n  - directory: \"{folder}\"\n");
        let case = Case::with_shape(&format!("extras: [{config}]\n"));
        has(&case.file(config, content).file(".github/old/a.txt", ""), ".github/old/a.txt")
    };
    assert!(!reaches("/") && !reaches(".//") && !reaches("/."));
    assert!(reaches("/old") && reaches("old/"));
}

#[test]
fn includes_and_keys_that_name_files_reach_them() {
    let case = base()
        .file("requirements.txt", "-r deps/base.txt\n-c deps/limits.txt\n-e ./plugin\n")
        .file("deps/base.txt", "-r more.txt\n")
        .file("deps/more.txt", "")
        .file("deps/limits.txt", "")
        .file("plugin/setup.py", "")
        .file("config.yaml", "prompt_files: [prompts/a.txt, prompts/b.txt]\n")
        .file("prompts/a.txt", "")
        .file("prompts/c.txt", "");
    for path in
        ["deps/base.txt", "deps/more.txt", "deps/limits.txt", "plugin/setup.py", "prompts/a.txt"]
    {
        assert!(has(&case, path), "{path}");
    }
    assert!(!has(&case, "prompts/c.txt"));
}

#[test]
fn a_profile_reaches_what_it_expects() {
    let case = base().file("entrypoint.sh", "#!/bin/sh\nsh scripts/run.sh\n");
    assert!(!has(&case, "scripts/run.sh"));
    assert!(has(&case.profile("wrapped"), "scripts/run.sh"));
}

#[test]
fn links_and_cycles_end() {
    let case = base()
        .file("Dockerfile", "FROM a\nCOPY way/lib.sh /x\n")
        .link("way", "scripts")
        .link("loop", "loop")
        .file("a.py", "import b\n")
        .file("b.py", "import a\n")
        .file("tests/test_a.py", "import a\n")
        .file("tests/loop.sh", "../loop ./loop");
    assert!(has(&case, "way") && has(&case, "scripts/lib.sh"));
    assert!(has(&case, "a.py") && has(&case, "b.py"));
}
