use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::shape::lineage::Lineage;
use crate::shape::pack::{NoCanon, PackFile, PackFiles};

/// What becomes of a value in the place that a template gives it.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Written(String),
    ForAPerson(String),
    Never,
}

fn pack(path: &str, template: &str) -> Pack {
    let shape = format!(
        "schema: 1\nname: own\nvariables: {{ port: {{}}, title: {{}} }}\npaths: [{{ path: {path}, policy: templated }}]\n"
    );
    let file = |text: &str| PackFile { bytes: Arc::from(text.as_bytes()), executable: false };
    let files = PackFiles::from([
        ("shape.yaml".to_owned(), file(&shape)),
        (format!("files/{path}.tera"), file(template)),
    ]);
    Pack::load(&files, "own", Lineage::default()).expect("it loads")
}

fn fate(pack: &Pack, port: &str, title: &str) -> Fate {
    let mut values = Variables::default();
    values.insert("port", port);
    values.insert("title", title);
    let held = pack.rules().first().expect("a path");
    match pack.canon(held, &values) {
        Err(NoCanon::Broken(_)) => Fate::Never,
        Err(NoCanon::Unrendered(why)) => panic!("{why}"),
        Ok(canon) => {
            let bytes = canon.expect("a canon").bytes;
            let content = String::from_utf8_lossy(&bytes).into_owned();
            match Breakout::of(pack, held, &values) {
                None => Fate::Written(content),
                Some(_) => Fate::ForAPerson(content),
            }
        }
    }
}

const DOCUMENTS: [(&str, &str); 4] = [
    ("a.json", "{\"port\": {{ port }}, \"note\": \"The {{ title }} service\"}\n"),
    ("a.toml", "port = {{ port }}\nnote = \"The {{ title }} service\"\n"),
    ("a.yaml", "port: {{ port }}\nnote: \"The {{ title }} service\"\n"),
    (
        "a.json",
        "{\"ports\": [{{ port }}, 1], {% if title == \"x\" %}\"x\": 1, {% endif %}\"t\": \"{{ title }}\"}\n",
    ),
];

#[test]
fn a_number_does_not_hide_what_another_value_does() {
    for (path, template) in DOCUMENTS {
        let pack = pack(path, template);
        assert!(matches!(fate(&pack, "8080", "Alpha"), Fate::Written(_)), "{template}");
        assert!(matches!(fate(&pack, "8080", "it's 3%"), Fate::Written(_)), "{template}");
        assert_eq!(fate(&pack, "8080", "say \"hi\""), Fate::Never, "{template}");
    }
    let admin = "x\", \"admin\": true, \"z\": \"y";
    for (path, template) in DOCUMENTS.into_iter().filter(|(path, _)| *path == "a.json") {
        assert!(matches!(fate(&pack(path, template), "8080", admin), Fate::ForAPerson(_)));
    }
    let admin = "x\"\nadmin = true\nz = \"y";
    let toml = pack(DOCUMENTS[1].0, DOCUMENTS[1].1);
    assert!(matches!(fate(&toml, "8080", admin), Fate::ForAPerson(_)));
}

#[test]
fn what_is_no_number_of_a_language_is_not_written_as_one() {
    let json = pack("a.json", "{\"port\": {{ port }}}");
    for port in ["010", "0x1F", "1_000", ".5", "+5", "word", "", "-", "1 2"] {
        assert_eq!(fate(&json, port, ""), Fate::Never, "{port}");
    }
    for port in ["8080", "-1.5e3", "true", "null", "\"text\""] {
        assert_eq!(fate(&json, port, ""), Fate::Written(format!("{{\"port\": {port}}}")));
    }
    let toml = pack("a.toml", "v = {{ port }}\n");
    for port in ["010", "word", "", ".5", "1__0"] {
        assert_eq!(fate(&toml, port, ""), Fate::Never, "{port}");
    }
    for port in ["8080", "0x1F", "1_000", "1.10", "true", "2024-01-01", "\"text\""] {
        assert_eq!(fate(&toml, port, ""), Fate::Written(format!("v = {port}\n")));
    }
    // Other items than with a plain value, or none to compare with.
    assert!(matches!(fate(&json, "{\"a\": 1}", ""), Fate::ForAPerson(_)));
    let fragment = pack("a.json", "{ {{ title }} }");
    assert!(matches!(fate(&fragment, "", "\"a\": 1"), Fate::ForAPerson(_)));
    // A list of strings, each a value of its own.
    let list = pack("a.json", "[{{ title }}]");
    assert_eq!(fate(&list, "", "\"a\", \"b\""), Fate::Written("[\"a\", \"b\"]".to_owned()));
}

#[test]
fn what_a_loop_writes_is_of_the_value_that_it_goes_through() {
    let list = "{% for it in title | split(pat=\",\") %}{{ loop.index }}: {{ it }}\n{% endfor %}";
    let inner = "{% for it in title | split(pat=\",\") %}{% for its in it | split(pat=\" \") %}\
                 - {{ its }}\n{% endfor %}{% endfor %}";
    let quoted = "{% for it in title | split(pat=\",\") %}- {{ it | yaml }}\n{% endfor %}";
    let of = |template: &str, title: &str| fate(&pack("a.yaml", template), "1", title);
    for template in [list, inner, quoted] {
        assert!(matches!(of(template, "a,b/c,d:e"), Fate::Written(_)), "{template}");
    }
    for template in [list, inner] {
        assert!(matches!(of(template, "a,[b]"), Fate::ForAPerson(_)), "{template}");
    }
    assert!(matches!(of(quoted, "a,[b]"), Fate::Written(_)));
    // Another separator than a comma.
    let other = "{% for it in title | split(pat=\";\") %}- {{ it }}\n{% endfor %}";
    assert!(matches!(of(other, "a1:b;c"), Fate::Written(_)));
    assert!(matches!(of(other, "a;b: c"), Fate::ForAPerson(_)));
    // A loop does not hide what else is read as another text.
    let beside = format!("note: {{{{ port }}}}\nlist:\n{}", list.replace("{{ loop", "  {{ loop"));
    let beside = pack("a.yaml", &beside);
    assert!(matches!(fate(&beside, "a # b", "a,b"), Fate::ForAPerson(_)));
    assert!(matches!(fate(&beside, "a b", "a,b"), Fate::Written(_)));
}

#[test]
fn what_a_filter_makes_of_a_value_is_written_where_it_is_read_as_meant() {
    let lines = "{% for it in title | split(pat=\";\") %}- {{ it }}\n{% endfor %}";
    let upper = "a: {{ title | upper }}\n";
    let replaced = "a: {{ title | replace(from=\"@\", to=\"at\") }}\n";
    let of = |template: &str, title: &str| fate(&pack("a.yaml", template), "1", title);
    for template in [lines, upper, replaced] {
        assert!(matches!(of(template, "prod # main"), Fate::ForAPerson(_)), "{template}");
        assert!(matches!(of(template, "10.0.0.1"), Fate::Written(_)), "{template}");
        assert!(matches!(of(template, "1:b"), Fate::Written(_)), "{template}");
    }
    // Of a part that is replaced nobody knows what was meant.
    assert!(matches!(of(replaced, "1@b"), Fate::ForAPerson(_)));
}

#[test]
fn a_character_that_yaml_does_not_have_is_not_written() {
    let yaml = pack("a.yaml", "a: \"{{ title }}\"\n");
    assert_eq!(fate(&yaml, "1", "a\u{7}b"), Fate::Never);
    let quoted = pack("a.yaml", "a: {{ title | yaml }}\n");
    assert!(matches!(fate(&quoted, "1", "a\u{7}b"), Fate::Written(_)));
}

#[test]
fn a_mistake_of_the_pack_is_no_canon_whatever_the_values_are() {
    assert_eq!(fate(&pack("a.toml", "a = \"{{ title }}\n"), "1", "alpha"), Fate::Never);
    let raw = "{% raw %}{{ if .x }}{% endraw %}\na: [{{ title }}\n";
    assert!(matches!(fate(&pack("a.yaml", raw), "1", "alpha"), Fate::Written(_)));
    let elsewhere = pack("chart/templates/a.yaml", "a: [{{ title }}\n");
    assert!(matches!(fate(&elsewhere, "1", "alpha"), Fate::Written(_)));
    let literal = |path: &str| Broken::of_file(path, "files/it", b"enable: [govet, errcheck\n");
    let broken = literal(".golangci.yml").expect("a mistake");
    assert_eq!((broken.whose(), broken.advice()), ("", "correct `files/it` in the shape"));
    assert_eq!(literal("tests/bad.yml"), None);
    assert_eq!(literal("a.txt"), None);
}

/// Values of the characters that mean something in a document, and of words and numbers.
fn value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9.+_-]{1,4}",
        "[\"'{}\\[\\],:#\\\\ \n=]{1,2}",
        Just("\", \"k\": \"v".to_owned()),
        Just("8080".to_owned()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_unattended_has_the_structure_of_plain_values(
        (port, title) in (value(), value()),
        (path, template) in proptest::sample::select(DOCUMENTS.to_vec()),
    ) {
        let pack = pack(path, template);
        let read = |content: &str| outline(path, &Text::new(content));
        match fate(&pack, &port, &title) {
            Fate::Never => {}
            Fate::ForAPerson(content) => prop_assert!(read(&content).is_ok(), "{content}"),
            Fate::Written(content) => {
                let Fate::Written(plain) = fate(&pack, "8080", "Alpha") else { panic!("{template}") };
                let (is, meant) = (read(&content), read(&plain).expect("it parses"));
                let is = is.map_err(|why| TestCaseError::fail(format!("{content}: {why:?}")))?;
                // The list of ports has as many as the value names.
                let is_list = template.contains('[') && port.contains([',', ' ']);
                let has_branch = title == "x";
                prop_assert!(is_list || has_branch || is.has_the_form_of(&meant), "{content}");
                prop_assert!(is.scalars.iter().any(|it| it.contains(title.as_str())), "{content}");
            }
        }
    }
}
