mod layout;

use std::path::Path;

use super::*;
use crate::package::{Description, Inventory};
use crate::snapshot::folder;

fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        std::fs::write(path, content).expect("writable");
    }
    folder
}

fn about(source: &str) -> About {
    About {
        name: "Acme Runtime".to_owned(),
        distribution: None,
        package: None,
        source: source.to_owned(),
        named: None,
        left_out: Vec::new(),
        declared: None,
        is_project: false,
        beside: BTreeSet::from(["README.md".to_owned(), "LICENSE".to_owned()]),
        requirements: None,
    }
}

const MAIN: &str = "def main():\n    pass\n\nif __name__ == \"__main__\":\n    main()\n";

#[test]
fn a_proposal_can_be_read_and_agrees_with_its_folder() {
    let files = [
        ("main.py", MAIN),
        ("a2a.py", ""),
        ("adapters/__init__.py", ""),
        ("adapters/x.json", "{}"),
        ("tests/test_a.py", ""),
        ("Dockerfile", ""),
        ("run.sh", ""),
        ("requirements.txt", "a>=1\n"),
        ("pytest.ini", ""),
        (".dockerignore", ""),
        ("lib/x.py", ""),
        ("scripts/y.py", ""),
    ];
    let folder = folder_of(&files);
    let snapshot = folder::read(folder.path()).expect("readable");
    let text = propose(&snapshot, &about("workspace")).render();
    let read = Description::parse(Path::new("package.yaml"), text.as_bytes())
        .unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let description = read.description;
    assert_eq!(
        (description.distribution.as_str(), description.package.as_str()),
        ("acme-runtime", "acme_runtime")
    );
    assert_eq!(description.modules, ["a2a", "main"]);
    assert_eq!(description.subpackages, ["adapters"]);
    assert_eq!(
        description.metadata.dependencies_from.as_deref(),
        Some("workspace/requirements.txt")
    );
    assert_eq!(description.metadata.readme.as_deref(), Some("README.md"));
    assert_eq!(description.metadata.license_files, ["LICENSE"]);
    assert_eq!(
        description.metadata.scripts.get("acme-runtime").map(String::as_str),
        Some("acme_runtime.main:main")
    );
    assert_eq!(Inventory::of(&description, &snapshot).drift, []);
}

#[test]
fn what_is_not_certain_is_not_said() {
    let folder = folder_of(&[
        ("main.py", "def main(x):\n    pass\n"),
        ("queue.py", ""),
        ("prompt.txt", ""),
        ("a-b.py", ""),
    ]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let proposal = propose(&snapshot, &about("."));
    assert_eq!(proposal.script, None);
    assert_eq!(proposal.undecided.keys().collect::<Vec<_>>(), ["a-b.py", "prompt.txt", "queue"]);
    let text = proposal.render();
    assert!(
        text.contains("#   queue: it shadows a module of the standard library: rename it\n"),
        "{text}"
    );
    assert!(Description::parse(Path::new("package.yaml"), text.as_bytes()).is_ok(), "{text}");
}

#[cfg(unix)]
#[test]
fn what_no_build_would_take_is_proposed_to_nobody() {
    let folder = folder_of(&[
        ("main.py", ""),
        ("main/__init__.py", ""),
        ("Foo.py", ""),
        ("foo.py", ""),
        ("requirements.txt", "-r base.txt\na>=1\n"),
    ]);
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).expect("a link");
    };
    link("foo.py", "inside.py");
    link("../away.py", "away.py");
    let snapshot = folder::read(folder.path()).expect("readable");
    let proposal = propose(&snapshot, &about("ws"));
    let undecided: Vec<&str> = proposal.undecided.keys().map(String::as_str).collect();
    assert_eq!(undecided, ["away.py", "foo.py", "main.py"]);
    assert_eq!(proposal.modules, ["Foo", "inside"]);
    assert_eq!(proposal.subpackages, ["main"]);
    let (file, why) = proposal.refused_requirements.clone().expect("refused");
    assert_eq!(file, "ws/requirements.txt");
    assert_eq!(why, "metadata cannot refer to `base.txt` (ws/requirements.txt:1:1)");
    let text = proposal.render();
    assert!(text.contains(&format!("  # {why}\n  dependencies: []\n")), "{text}");
    let read = Description::parse(Path::new("package.yaml"), text.as_bytes()).expect("sound");
    let drift = Inventory::of(&read.description, &snapshot).drift;
    let left = update(&read, &snapshot, &drift, &[]).expect("editable").left;
    assert_eq!(left, drift, "nothing of it can be repaired in the lists");
}

#[test]
fn requirements_beside_the_description_are_taken_when_they_can_be() {
    let folder = folder_of(&[("a.py", "")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let proposed = |requirements: &str| {
        let file = RequirementsFile {
            path: "requirements.txt".to_owned(),
            content: requirements.into(),
            is_own: false,
        };
        let about = About { requirements: Some(file), ..about("ws") };
        let proposal = propose(&snapshot, &about);
        (proposal.dependencies_from, proposal.refused_requirements.is_some())
    };
    assert_eq!(proposed("a>=1\n"), (Some("requirements.txt".to_owned()), false));
    assert_eq!(proposed("-e .\n"), (None, true));
}

#[test]
fn lists_are_repaired_and_comments_stay() {
    let yaml = "\
schema: 1 # the format
distribution: d
package: p
modules: # closed
  # the oldest
  - zeta
  - gone # was here
  - alpha
metadata: {}
";
    let folder = folder_of(&[
        ("zeta.py", ""),
        ("alpha.py", ""),
        ("new.py", ""),
        ("sub/x.py", ""),
        ("test_new.py", ""),
        ("run.sh", ""),
        ("logo.svg", ""),
        ("queue.py", ""),
    ]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let document = Description::parse(Path::new("package.yaml"), yaml.as_bytes()).expect("sound");
    let drift = Inventory::of(&document.description, &snapshot).drift;
    let update = update(&document, &snapshot, &drift, &[]).expect("editable");
    let expected = "\
schema: 1 # the format
distribution: d
package: p
modules: # closed
  # the oldest
  - zeta
  - alpha
  - new
metadata: {}
exclude:
  - \"*.sh\"
  - test_*.py
subpackages:
  - sub
";
    let text = update.text.as_str();
    let sorted =
        |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(sorted(text), sorted(expected), "{text}");
    assert!(text.contains("  # the oldest\n  - zeta\n  - alpha\n  - new\n"), "{text}");
    let left: Vec<&str> = update.left.iter().map(|drift| drift.path.as_str()).collect();
    assert_eq!(left, ["logo.svg", "queue.py"]);
    let read = Description::parse(Path::new("package.yaml"), text.as_bytes()).expect("sound");
    let after = Inventory::of(&read.description, &snapshot).drift;
    assert_eq!(after.len(), 2, "{after:?}");
}

#[test]
fn a_stub_without_its_module_is_left_to_a_person_each_time() {
    let folder = folder_of(&[("main.py", ""), ("foo.pyi", ""), ("new.py", ""), ("new.pyi", "")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let mut yaml = "\
schema: 1
distribution: d
package: p
modules: [main, foo]
metadata: {}
"
    .to_owned();
    for (done, left) in [(2, 0), (0, 1), (0, 1)] {
        let document =
            Description::parse(Path::new("package.yaml"), yaml.as_bytes()).expect("sound");
        let drift = Inventory::of(&document.description, &snapshot).drift;
        let update = update(&document, &snapshot, &drift, &[]).expect("editable");
        assert_eq!((update.done.len(), update.left.len()), (done, left), "{update:?}");
        yaml = update.text.as_str().to_owned();
        assert!(yaml.contains("modules: [main, new]"), "{yaml}");
    }
}

#[test]
fn a_package_does_not_take_the_name_of_the_folder_of_artefacts() {
    let folder = folder_of(&[("main.py", "")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let about = About { name: "dist".to_owned(), ..about(".") };
    let text = propose(&snapshot, &about).render();
    let read = Description::parse(Path::new("package.yaml"), text.as_bytes()).expect("sound");
    assert_eq!(read.description.package, "dist_package");
}

#[test]
fn a_package_does_not_take_the_name_of_one_of_its_modules_or_folders() {
    for taken in ["acme_runtime.py", "acme_runtime/x.py"] {
        let folder = folder_of(&[("main.py", ""), (taken, "")]);
        let snapshot = folder::read(folder.path()).expect("readable");
        let text = propose(&snapshot, &about(".")).render();
        let read = Description::parse(Path::new("package.yaml"), text.as_bytes())
            .unwrap_or_else(|errors| panic!("{taken}: {errors:?}"));
        assert_eq!(read.description.package, "acme_runtime_package", "{taken}");
    }
}

#[test]
fn a_list_of_licences_is_written_where_there_are_some_only() {
    let folder = folder_of(&[("main.py", "")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let beside = |names: &[&str]| {
        let beside = names.iter().map(|name| (*name).to_owned()).collect();
        propose(&snapshot, &About { beside, ..about(".") }).render()
    };
    let text = beside(&["LICENSE", "NOTICE"]);
    assert!(text.contains("\n  license-files: [LICENSE, NOTICE]\n"), "{text}");
    assert!(!beside(&[]).contains("license-files"));
}

#[test]
fn a_table_above_does_not_say_that_a_folder_with_requirements_has_none() {
    let folder = folder_of(&[("main.py", ""), ("requirements.txt", "rich\n")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let proposed = |declared: Declared| {
        let about = About { declared: Some(declared), ..about("workspace") };
        propose(&snapshot, &about).render()
    };
    let own = "\n  dependencies-from: workspace/requirements.txt\n";
    let is_own = true;
    assert!(!proposed(Declared { is_own, ..Declared::default() }).contains(own));
    assert!(proposed(Declared::default()).contains(own));
    let metadata = [("dependencies", serde_json::json!([]))].into();
    assert!(proposed(Declared { metadata, ..Declared::default() }).contains(own));
    let metadata = [("dependencies", serde_json::json!(["click"]))].into();
    let text = proposed(Declared { metadata, ..Declared::default() });
    assert!(text.contains("  dependencies:\n    - click\n") && !text.contains(own), "{text}");
}

#[test]
fn a_package_keeps_its_name_and_parts_that_it_would_hide_are_left_to_a_person() {
    let files = [
        ("__init__.py", ""),
        ("acme.py", ""),
        ("rich.py", ""),
        ("core.py", ""),
        ("scripts/__init__.py", ""),
        ("tests/__init__.py", ""),
    ];
    let folder = folder_of(&files);
    let snapshot = folder::read(folder.path()).expect("readable");
    let metadata = [("dependencies", serde_json::json!(["Rich>=13"]))].into();
    let declared =
        Declared { metadata, distribution: Some("acme-kit".to_owned()), ..Declared::default() };
    let about = About { declared: Some(declared), ..about("src/acme") };
    let proposal = propose(&snapshot, &about);
    assert_eq!(proposal.modules, ["core"]);
    assert_eq!(proposal.subpackages, ["scripts"]);
    assert_eq!(proposal.undecided.keys().collect::<Vec<_>>(), ["acme.py", "rich.py"]);
    let text = proposal.render();
    let read = Description::parse(Path::new("package.yaml"), text.as_bytes())
        .unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let description = read.description;
    assert_eq!(
        (description.distribution.as_str(), description.package.as_str()),
        ("acme-kit", "acme")
    );
    assert_eq!(description.metadata.dependencies, ["Rich>=13"]);
    assert_eq!(description.metadata.requires_python, None);
    let told = proposal.told().join("\n");
    assert!(told.contains("a package by its `__init__.py`, and remains `acme`"), "{told}");
    let given = About { package: Some("kit".to_owned()), ..about };
    assert_eq!(propose(&snapshot, &given).package, "kit");
}

#[test]
fn a_part_that_would_hide_a_dependency_of_a_file_is_left_to_a_person_each_time() {
    let folder = folder_of(&[
        ("__init__.py", ""),
        ("Acme.py", ""),
        ("core.py", ""),
        ("rich.py", ""),
        ("requirements.txt", "Rich>=13\n"),
    ]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let proposal = propose(&snapshot, &about("acme"));
    assert_eq!(proposal.modules, ["Acme", "core"]);
    assert_eq!(proposal.undecided.keys().collect::<Vec<_>>(), ["rich.py"]);
    let text = proposal.render();
    assert!(text.contains("\n  dependencies-from: acme/requirements.txt\n"), "{text}");
    let read = Description::parse(Path::new("package.yaml"), text.as_bytes()).expect("sound");
    let drift = Inventory::of(&read.description, &snapshot).drift;
    let update = update(&read, &snapshot, &drift, &proposal.dependencies).expect("editable");
    assert_eq!((update.done.len(), update.left.len()), (0, 1), "{update:?}");
    assert!(update.left[0].help.contains("the name of a dependency"), "{update:?}");
}

#[test]
fn entry_points_and_commands_of_modules_that_are_not_in_the_package_are_told() {
    let folder = folder_of(&[("__init__.py", ""), ("core.py", "")]);
    let snapshot = folder::read(folder.path()).expect("readable");
    let metadata = [
        ("dependencies", serde_json::json!(["rich"])),
        ("scripts", serde_json::json!({ "here": "acme.core:main", "there": "tasks:main" })),
        ("entry-points", serde_json::json!({ "acme.x": { "a": "acme.gone", "b": "rich.x:y" } })),
    ];
    let declared = Declared { metadata: metadata.into(), ..Declared::default() };
    let proposal = propose(&snapshot, &About { declared: Some(declared), ..about("acme") });
    let told = proposal.told().join("\n");
    let lacks = "of modules that the package `acme` does not have:";
    assert!(told.contains(&format!("commands {lacks} `there` (`tasks:main`); ")), "{told}");
    assert!(
        told.contains(&format!("entry points {lacks} `a` of `acme.x` (`acme.gone`); ")),
        "{told}"
    );
}
