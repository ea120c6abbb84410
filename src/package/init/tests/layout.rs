use super::*;

#[test]
fn the_package_in_a_project_is_found() {
    let below = |files: &[&str], is_project: bool| {
        let files: Vec<_> = files.iter().map(|path| (*path, "")).collect();
        let folder = folder_of(&files);
        let snapshot = folder::read(folder.path()).expect("readable");
        package_below(&snapshot, &About { is_project, ..about(".") }).map(|below| below.folder)
    };
    let found = |path: &str| Some(path.to_owned());
    assert_eq!(below(&["src/p/__init__.py", "tests/test_a.py"], false), found("src/p"));
    assert_eq!(below(&["src/a.py", "src/b.py", "notes.txt"], false), found("src"));
    assert_eq!(below(&["src/p/__init__.py", "src/q/__init__.py"], false), found("src"));
    assert_eq!(below(&["p/__init__.py", "README.md"], false), found("p"));
    assert_eq!(below(&["p/__init__.py", "prompt.txt"], false), None);
    assert_eq!(below(&["p/__init__.py", "prompt.txt"], true), found("p"));
    // Modules that import each other, and a package that was named itself.
    assert_eq!(below(&["p/__init__.py", "main.py"], true), None);
    assert_eq!(below(&["__init__.py", "p/__init__.py"], true), None);
    assert_eq!(below(&["p/x.py"], true), None);
    // A project has scripts and tools beside its `src`.
    let beside = ["src/p/__init__.py", "tools/a.py", "migrations/__init__.py", "tasks.py"];
    assert_eq!(below(&beside, true), found("src/p"));
    assert_eq!(below(&beside, false), None);
    assert_eq!(below(&["src/p/__init__.py", "src/q/__init__.py", "tasks.py"], true), found("src"));
    assert_eq!(below(&["src/p/__init__.py", "src/prompt.txt"], true), found("src/p"));
    assert_eq!(below(&["src/a.py", "tasks.py"], true), found("src"));
    assert_eq!(below(&["src/p/tool/__init__.py", "tasks.py"], true), found("src"));
    assert_eq!(below(&["src/__init__.py", "src/p/__init__.py", "tasks.py"], true), None);
    assert_eq!(below(&["src/main.c", "tasks.py"], true), None);

    let folder = folder_of(&[("src/p/__init__.py", "")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let asked = |import: &str| {
        let package = Some(import.to_owned());
        let about = About { package, is_project: true, ..about(".") };
        package_below(&snapshot, &about).map(|below| below.folder)
    };
    assert_eq!((asked("p"), asked("q")), (found("src/p"), found("src")));
}

#[test]
fn a_project_keeps_its_own_package_that_is_beside_its_src() {
    let below = |beside: &str, declared: Declared| {
        let folder = folder_of(&[("src/legacy/__init__.py", ""), ("tasks.py", ""), (beside, "")]);
        let snapshot = folder::read(folder.path()).expect("readable");
        let about = About { declared: Some(declared), is_project: true, ..about(".") };
        package_below(&snapshot, &about)
    };
    let named =
        |name: &str| Declared { distribution: Some(name.to_owned()), ..Declared::default() };
    assert_eq!(below("acme_kit/__init__.py", named("Acme.Kit")), None);
    assert_eq!(below("acme_kit.py", named("acme-kit")), None);
    let metadata = [("scripts", serde_json::json!({ "run": "acme_kit.cli:main" }))].into();
    assert_eq!(below("acme_kit/__init__.py", Declared { metadata, ..named("other") }), None);
    let metadata = [("scripts", serde_json::json!({ "run": "src.legacy:main" }))].into();
    assert_eq!(below("tools/a.py", Declared { metadata, ..named("other") }), None);
    let other = below("acme_kit/__init__.py", named("other")).expect("found");
    assert_eq!(other.folder, "src/legacy");
    assert_eq!(other.left_out, ["tasks.py", "acme_kit"]);
    // No package, but a folder of scripts.
    assert!(below("tools/a.py", named("tools")).is_some());
}

#[test]
fn what_a_command_runs_outside_of_src_keeps_the_folder_of_a_project() {
    let below = |files: &[&str], runs: &str, is_project: bool| {
        let files: Vec<_> = files.iter().map(|path| (*path, "")).collect();
        let folder = folder_of(&files);
        let snapshot = folder::read(folder.path()).expect("readable");
        let metadata = [("scripts", serde_json::json!({ "run": runs }))].into();
        let declared = Some(Declared { metadata, ..Declared::default() });
        package_below(&snapshot, &About { declared, is_project, ..about(".") })
            .map(|below| below.folder)
    };
    let found = |path: &str| Some(path.to_owned());
    assert_eq!(below(&["src/main.py"], "src.main:main", true), None);
    assert_eq!(below(&["src/main.py"], "src.main:main", false), found("src"));
    assert_eq!(below(&["src/main.py"], "main:main", true), found("src"));
    let tools = ["src/p/__init__.py", "tools/cli.py"];
    assert_eq!(below(&tools, "tools.cli:main", true), None);
    assert_eq!(below(&tools, "p:main", true), found("src/p"));
    let twice = ["src/p/__init__.py", "src/p/cli.py", "p/cli.py", "tasks.py"];
    assert_eq!(below(&twice, "p.cli:main", true), found("src/p"));
}

#[test]
fn a_project_in_a_folder_that_is_called_src_has_its_package_in_src_too() {
    let folder = folder_of(&[("src/p/__init__.py", ""), ("tasks.py", "")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let below = |about: About| {
        let about = About { name: "src".to_owned(), is_project: true, ..about };
        package_below(&snapshot, &about).map(|below| below.folder)
    };
    let name = Some("src".to_owned());
    assert_eq!(below(about(".")), Some("src/p".to_owned()));
    assert_eq!(below(About { distribution: name.clone(), ..about(".") }), Some("src/p".to_owned()));
    assert_eq!(below(About { package: name.clone(), ..about(".") }), name);
}

#[test]
fn a_setup_program_is_told_from_a_module_of_its_name() {
    for described in ["import setuptools as s\n", "from distutils.core import setup\nsetup()\n"] {
        assert!(is_setup(&Text::new(described)), "{described}");
    }
    for module in ["def setup():\n    pass\n", "from .setuptools import x\n", "import (\n"] {
        assert!(!is_setup(&Text::new(module)), "{module}");
    }
}
