use super::*;

const DESCRIPTION: &str = "schema: 1\ndistribution: d\npackage: p\nsource: code\nmodules: [main]\n\
    metadata: { description: d, requires-python: '>=3.11', readme: README.md, license-files: [LICENSE] }\n";

fn folder_with(changed: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = BTreeMap::from([
        ("package.yaml", DESCRIPTION),
        ("code/main.py", "x = 1\n"),
        ("README.md", "hello\n"),
        ("LICENSE", "MIT\n"),
    ]);
    files.extend(changed.iter().copied());
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        std::fs::write(path, content).expect("writable");
    }
    folder
}

fn project(changed: &[(&str, &str)]) -> Project {
    let folder = folder_with(changed);
    let file = folder.path().join(FILE);
    Project::load(Place { description: Some(&file), ..Place::default() })
        .unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// The last parts of the paths in which a project differs after a change.
fn differing(changed: &[(&str, &str)]) -> Vec<String> {
    let paths = project(changed).differences(&project(&[]));
    paths.iter().map(|path| path.file_name().to_owned()).collect()
}

#[test]
fn everything_that_a_package_would_contain_counts_as_a_difference() {
    assert_eq!(differing(&[]), [""; 0]);
    assert_eq!(differing(&[("code/main.py", "x = 2\n")]), ["main.py"]);
    assert_eq!(differing(&[("README.md", "bye\n")]), ["README.md"]);
    assert_eq!(differing(&[("LICENSE", "Apache\n")]), ["LICENSE"]);
    assert_eq!(differing(&[("notes.txt", "not of the package\n")]), [""; 0]);
    let depends = DESCRIPTION.replace("description: d,", "description: d, dependencies: [a],");
    assert_eq!(differing(&[("package.yaml", &depends)]), ["package.yaml"]);
}

#[test]
fn a_folder_stands_for_the_description_in_it() {
    let folder = folder_with(&[]);
    let project = Project::load(Place { description: Some(folder.path()), ..Place::default() })
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(project.document.file, folder.path().join(FILE));
    assert!(project.differences(&self::project(&[])).is_empty());
}
