use super::*;

/// What the first content of a path becomes, and the words in it that stay.
#[track_caller]
fn begun((repository, slug): (&str, &str), path: &str, content: &str) -> (String, Vec<String>) {
    let shape = format!(
        "schema: 1\nname: own\nvariables:\n  public: {{ description: Whether it is }}\n\
         \x20 said: {{ description: As it says, extract: {{ yaml: {{ path: config/service.yaml, key: name }} }}, must_equal: '{{{{ slug }}}}' }}\n\
         paths: [{{ path: {path}, policy: seeded }}]\nextras: ['**', config/service.yaml]\n"
    );
    let file = |text: &str| PackFile { bytes: Arc::from(text.as_bytes()), executable: false };
    let files = PackFiles::from([
        ("shape.yaml".to_owned(), file(&shape)),
        (format!("files/{path}"), file(content)),
    ]);
    let mut values = Variables::default();
    for (name, value) in
        [("slug", slug), ("repository", repository), ("owner", ""), ("public", "true")]
    {
        values.insert(name, value);
    }
    let pack = Pack::load(&files, "pack", Lineage::default()).expect("the pack loads");
    let profile = pack.profile(None).expect("it changes nothing");
    let promotion = Promotion {
        path,
        bytes: Arc::from(content.as_bytes()),
        executable: false,
        values: &values,
        profile: &profile,
        label: "2026-11-22",
    };
    let adoption = begin(&files, "pack", &promotion).expect("it can be");
    let source = String::from_utf8_lossy(&adoption.changed[&adoption.file].bytes).into_owned();
    assert_eq!(adoption.file.ends_with(TEMPLATE_SUFFIX), source != content, "{}", adoption.file);
    (source, adoption.kept.into_iter().map(|it| it.text).collect())
}

#[test]
fn the_value_of_a_declared_variable_stays() {
    let content = "{ \"name\": \"lib-a\", \"private\": true, \"strict\": true }\n";
    let (source, kept) = begun(("lib-a", "lib-a"), "package.json", content);
    assert_eq!(
        source,
        "{ \"name\": {{ repository | json }}, \"private\": true, \"strict\": true }\n"
    );
    assert_eq!(kept, ["true"]);
}

#[test]
fn a_name_of_one_word_becomes_an_expression_only_where_a_document_says_its_name() {
    let content = "{ \"name\": \"test\", \"scripts\": { \"test\": \"node test.js\" } }\n";
    let (source, kept) = begun(("test", "test"), "package.json", content);
    let expected =
        "{ \"name\": {{ repository | json }}, \"scripts\": { \"test\": \"node test.js\" } }\n";
    assert_eq!(source, expected);
    assert!(kept.iter().any(|it| it == "test"), "{kept:?}");
    for (names, path, content) in [
        (("test", "test"), "x.py", "def test():\n    pass\n"),
        (("lib-docs", "docs"), "Makefile", "docs:\n\tmake -C docs\n"),
        (("lib-docs", "docs"), "ci.yml", "name: docs\njobs:\n  docs:\n    steps: []\n"),
        (("server", "server"), "README.md", "Start the server. Server and SERVER.\n"),
        (("back-end", "back-end"), "notes.md", "The backend.\n"),
    ] {
        let (source, kept) = begun(names, path, content);
        assert_eq!(source, content);
        assert!(!kept.is_empty(), "{path}");
    }
}

#[test]
fn a_name_of_several_words_becomes_an_expression_unless_it_is_a_key() {
    let content = "# Order Sync\n\nmake order-sync\n";
    let (source, kept) = begun(("order-sync", "order-sync"), "README.md", content);
    assert!(!source.contains("rder"), "{source}");
    assert_eq!(kept, [""; 0]);
    let (source, _) = begun(("order-sync", "order-sync"), "x.py", "def order_sync():\n    pass\n");
    assert!(source.starts_with("def {{ repository | snake_case }}():"), "{source}");
    let content = "{ \"bin\": { \"order-sync\": \"order-sync.js\" } }\n";
    let (source, _) = begun(("order-sync", "order-sync"), "package.json", content);
    assert!(!source.contains("order-sync"), "{source}");
    let content = "[build-system]\nrequires = []\n\n[project]\nname = \"build-system\"\n";
    let (source, kept) = begun(("build-system", "build-system"), "pyproject.toml", content);
    assert!(source.starts_with("[build-system]\n"), "{source}");
    assert!(source.ends_with("name = {{ repository | toml }}\n"), "{source}");
    assert_eq!(kept, ["build-system"]);
    // The repository's name is no key by chance if it is more than the slug.
    let content = "services:\n  lib-order-sync:\n    image: order-sync\n";
    let (source, _) = begun(("lib-order-sync", "order-sync"), "compose.yaml", content);
    assert!(!source.contains("order-sync"), "{source}");
}

#[test]
fn a_scoped_name_and_a_key_that_must_be_the_slug_become_expressions() {
    let content = "{ \"name\": \"@initech/http\", \"keywords\": [\"http\"] }\n";
    let (source, kept) = begun(("lib-http", "http"), "package.json", content);
    let expected = "{ \"name\": \"@initech/{{ slug }}\", \"keywords\": [\"http\"] }\n";
    assert_eq!(source, expected);
    assert!(kept.iter().any(|it| it.trim_matches('"') == "http"), "{kept:?}");
    let content = "kind: web\nname: billing\nqueue: billing\n";
    let (source, _) = begun(("svc-billing", "billing"), "config/service.yaml", content);
    assert!(source.starts_with("kind: web\nname: {{ slug"), "{source}");
    assert!(source.ends_with("\nqueue: billing\n"), "{source}");
    // Another key of that name is no place where the shape looks.
    let (source, _) = begun(("svc-billing", "billing"), "config/other.yaml", content);
    assert_eq!(source, content);
}
