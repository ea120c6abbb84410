use super::*;

fn declared(text: &str) -> Declared {
    let whereabouts = Whereabouts { file: FILE.to_owned(), ..Whereabouts::default() };
    let has = |path: &str| matches!(path, "README.md" | "LICENSE");
    let read = read(&Text::new(text), &whereabouts, &has).expect("TOML");
    read.expect("a project")
}

#[test]
fn what_a_description_can_hold_is_taken_and_the_rest_is_told() {
    let read = declared(
        "[build-system]\nrequires = []\n[project]\nname = \"Acme.Tool\"\nversion = \"1.0\"\n\
         dynamic = [\"version\", \"entry-points\"]\ndescription = \"A tool\"\nreadme = \"README.md\"\n\
         license = { text = \"MIT\" }\nlicense-files = [\"LICENSE\", \"AUTHORS\"]\n\
         classifiers = [\"License :: OSI Approved :: MIT License\", \"Topic :: Utilities\"]\n\
         dependencies = [\"rich>=13\"]\nrequires-python = \"three\"\nimport-names = [\"x\"]\n\
         [project.scripts]\ntool = \"acme:main\"\n[tool.hatch.build]\n[tool.ruff]\n",
    );
    assert_eq!(read.distribution.as_deref(), Some("Acme.Tool"));
    let taken: Vec<&str> = read.metadata.keys().copied().collect();
    let expected = [
        "classifiers",
        "dependencies",
        "description",
        "license",
        "license-files",
        "readme",
        "scripts",
    ];
    assert_eq!(taken, expected);
    assert_eq!(read.metadata["classifiers"], serde_json::json!(["Topic :: Utilities"]));
    assert_eq!(read.metadata["license-files"], serde_json::json!(["LICENSE"]));
    assert_eq!(
        read.left,
        [
            "`version` (it is given to each build)",
            "`entry-points` (it is dynamic)",
            "`AUTHORS` of `license-files` (no such file is below)",
            "`requires-python` (`three` is not a range of Python versions)",
            "`import-names`",
            "the classifiers of licences (`license` says it)",
            "`[build-system]`",
            "`[tool.hatch]`",
        ]
    );
}

#[test]
fn one_bad_item_leaves_the_others() {
    let read = declared(
        "[project]\nname = \"a\"\n\
         dependencies = [\"rich>=13\", \"core @ {root:uri}/core\", \"click # why\"]\n\
         authors = [{}, { name = \"Ann\" }]\nlicense-files = [\"AUTHORS\"]\n\
         [project.urls]\nHome = \"https://e.x\"\n\"A, b\" = \"https://e.x\"\n\
         [project.optional-dependencies]\nx = [\"one\", \"a b\"]\ny = [\"c d\"]\n",
    );
    assert_eq!(read.metadata["dependencies"], serde_json::json!(["rich>=13"]));
    assert_eq!(read.metadata["authors"], serde_json::json!([{ "name": "Ann" }]));
    assert_eq!(read.metadata["urls"], serde_json::json!({ "Home": "https://e.x" }));
    assert_eq!(read.metadata["optional-dependencies"], serde_json::json!({ "x": ["one"] }));
    assert!(!read.metadata.contains_key("license-files"), "{read:?}");
    let refused = [
        "`core @ {root:uri}/core` is not a PEP 508 dependency",
        "`click # why` is not a PEP 508 dependency",
    ];
    assert_eq!(read.refused["dependencies"], refused);
    let refused = ["`a b` is not a PEP 508 dependency", "`c d` is not a PEP 508 dependency"];
    assert_eq!(read.refused["optional-dependencies"], refused);
    for left in [
        "an item of `dependencies` (`click # why` is not a PEP 508 dependency)",
        "an item of `authors` (an author has neither a name nor an address)",
        "an item of `urls` (`A, b` cannot be a label)",
        "an item of `optional-dependencies` (`c d` is not a PEP 508 dependency)",
    ] {
        assert!(read.left.iter().any(|told| told == left), "{left}: {:?}", read.left);
    }
    let none = declared("[project]\nname = \"a\"\ndependencies = [\"a b\"]\n");
    assert!(!none.metadata.contains_key("dependencies"));
    assert_eq!(none.left, ["`dependencies` (`a b` is not a PEP 508 dependency)"]);
    assert!(none.refused["dependencies"].len() == 1 && none.lists_dependencies());
}

#[test]
fn paths_are_those_of_the_description() {
    let path = |below: &str, above: &str, path: &str| {
        let (below, above) = (below.to_owned(), above.to_owned());
        Whereabouts { file: String::new(), below, above }.path(path)
    };
    assert_eq!(path("", "", "./README.md").as_deref(), Some("README.md"));
    assert_eq!(path("src/", "", "README.md").as_deref(), Some("src/README.md"));
    assert_eq!(path("", "runtime/", "runtime/README.md").as_deref(), Some("README.md"));
    assert_eq!(path("", "runtime/", "README.md"), None);
}

#[test]
fn credentials_are_not_repeated() {
    let text = "[project]\nname = \"a\"\ndependencies = [\"x @ https://bob:S3cr3t@e.x/c.whl\"]\n";
    let left = declared(text).left.join(" ");
    assert!(
        left.contains("`dependencies` (the URL contains") && !left.contains("S3cr3t"),
        "{left}"
    );
}

#[test]
fn a_file_without_the_table_declares_nothing() {
    let text = Text::new("[tool.poetry]\nname = \"a\"\n");
    assert_eq!(read(&text, &Whereabouts::default(), &|_| false), Ok(None));
    assert!(describes_otherwise(&text) && !describes_otherwise(&Text::new("[tool.ruff]\n")));
    assert!(read(&Text::new("[project\n"), &Whereabouts::default(), &|_| false).is_err());
}
