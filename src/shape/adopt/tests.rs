use super::*;
use crate::shape::lineage::EarlierContent;

const SHAPE: &str = "\
# Ours.
schema: 1
name: test
paths:
  # The same everywhere.
  - { path: LICENSE, policy: exact }
  - { path: README.md, policy: templated }
  - { path: notes.md, policy: seeded }
  - { path: old/**, policy: forbidden }
";

fn files() -> PackFiles {
    let file = |text: &str| plain(Arc::from(text.as_bytes()));
    PackFiles::from([
        ("shape.yaml".to_owned(), file(SHAPE)),
        ("files/LICENSE".to_owned(), file("old\n")),
        (
            "files/README.md.tera".to_owned(),
            file("# {{ slug | title_case }}\n\nA tool.\n\n{% if starter %}TODO{% endif %}\n"),
        ),
    ])
}

fn values() -> Variables {
    let mut values = Variables::default();
    values.insert("slug", "my-tool");
    values.insert("repository", "t-my-tool");
    values.insert("owner", "");
    values
}

fn promoted(path: &str, content: &str) -> Result<Adoption> {
    let values = values();
    let pack = Pack::load(&files(), "pack", Lineage::default()).expect("loads");
    let profile = pack.profile(None).expect("it changes nothing");
    promote(
        &files(),
        "pack",
        &Promotion {
            path,
            bytes: Arc::from(content.as_bytes()),
            executable: false,
            values: &values,
            profile: &profile,
            label: "2026-11-22",
        },
    )
}

fn text(adoption: &Adoption, file: &str) -> String {
    String::from_utf8_lossy(&adoption.changed[file].bytes).into_owned()
}

#[test]
fn a_promoted_content_is_canon_and_the_old_one_is_remembered() {
    let adoption = promoted("LICENSE", "new\n").expect("it can be");
    assert_eq!(text(&adoption, "files/LICENSE"), "new\n");
    let pack = Pack::load(&adoption.applied(&files()), "pack", Lineage::default()).expect("loads");
    let [earlier] = pack.lineage.of("LICENSE") else { panic!("{:?}", pack.lineage) };
    assert_eq!(earlier.label, "2026-11-22");
    assert!(matches!(&earlier.content, EarlierContent::Literal(bytes) if &**bytes == b"old\n"));
}

#[test]
fn a_promoted_change_of_a_template_keeps_its_variables_and_conditions() {
    let adoption = promoted("README.md", "# My Tool\n\nA good tool: my-tool ${{ x }}.\n\n\n")
        .expect("it can be");
    let source = text(&adoption, "files/README.md.tera");
    assert!(source.starts_with("# {{ slug | title_case }}\n"), "{source}");
    assert!(source.contains("A good tool: {{ slug }} "), "{source}");
    assert!(source.ends_with("{% if starter %}TODO{% endif %}\n"), "{source}");
    let pack = Pack::load(&adoption.applied(&files()), "pack", Lineage::default()).expect("loads");
    let [earlier] = pack.lineage.of("README.md") else { panic!("{:?}", pack.lineage) };
    assert!(matches!(earlier.content, EarlierContent::Template { .. }));
}

#[test]
fn what_has_no_canon_is_refused_and_what_is_canon_stays() {
    for (path, content, says) in
        [("notes.md", "x", "no particular content"), ("unknown", "x", "does not hold")]
    {
        let error = promoted(path, content).expect_err(path);
        assert!(error.message().contains(says), "{path}: {error}");
    }
    for (path, content) in [("LICENSE", "old\n"), ("README.md", "# My Tool\n\nA tool.\n\n\n")] {
        assert!(promoted(path, content).expect("it is canon").changed.is_empty(), "{path}");
    }
}

fn accepted(files: &PackFiles, path: &str, present: bool) -> Result<Adoption> {
    accept(files, "pack", &Acceptance { path, profile: "own", present })
}

#[test]
fn an_accepted_difference_is_a_profile_and_comments_stay() {
    let adoption = accepted(&files(), "LICENSE", true).expect("it can be");
    let shape = text(&adoption, "shape.yaml");
    assert!(shape.contains("# Ours.") && shape.contains("# The same everywhere."), "{shape}");
    let files = adoption.applied(&files());
    let adoption = accepted(&files, "README.md", false).expect("it can be");
    let files = adoption.applied(&files);
    let adoption = accepted(&files, "old/[x].txt", true).expect("it can be");
    let files = adoption.applied(&files);
    let pack = Pack::load(&files, "pack", Lineage::default()).expect("loads");
    let profile = pack.profile(Some("own")).expect("it is there");
    assert_eq!(profile.profile.policies.get("LICENSE"), Some(&Policy::Seeded));
    assert!(profile.does_without("README.md") && !profile.does_without("LICENSE"));
    assert!(profile.permits("old/[x].txt") && !profile.permits("old/x.txt"));
    assert!(accepted(&files, "LICENSE", true).is_err(), "accepted twice");
}

#[test]
fn there_must_be_a_difference_to_accept() {
    assert!(accepted(&files(), "nowhere", false).is_err());
    assert!(accepted(&files(), "old/x", false).is_err());
}

#[test]
fn only_what_is_compared_with_a_canon_can_be_accepted_with_its_content() {
    for policy in &[Policy::Contract, Policy::Facts, Policy::Seeded] {
        let refused = has_a_canon(*policy, "package.json").expect_err("refused");
        assert!(refused.message().contains("is compared with no canon"), "{}", refused.message());
        assert!(refused.hints().iter().any(|hint| hint.contains("shipshape waive")));
    }
    for policy in &[Policy::Exact, Policy::Templated, Policy::Structured] {
        assert!(has_a_canon(*policy, "package.json").is_ok(), "{policy}");
    }
}
