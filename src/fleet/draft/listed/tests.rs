//! Lists as people keep them.

use super::*;
use serde_json::json;

fn said(document: &Value) -> String {
    let listed = read(document, "manifest.json", &[]);
    let mut said = String::new();
    for seen in &listed.repositories {
        let owner = seen.owner.as_deref().unwrap_or("-");
        said += &format!("{owner}/{} {}\n", seen.name, seen.slug.as_deref().unwrap_or("-"));
    }
    for list in &listed.lists {
        let symbol = list.symbol.as_deref().unwrap_or("-");
        said += &format!("list {symbol} {:?} {:?}\n", list.field, list.repository_field);
    }
    listed.not_understood.iter().for_each(|it| said += &format!("? {it}\n"));
    said
}

#[test]
fn an_array_of_objects_with_repositories() {
    let document = json!({
        "_comment": ["x"], "version": 1,
        "templates": [
            {"name": "claude-code-default", "repo": "Acme/tpl-claude-code", "ref": "main"},
            {"name": "hermes", "repo": "Acme/tpl-hermes", "ref": "main"},
            {"title": "nothing"}, 7
        ],
        "colours": ["red/green/blue"]
    });
    assert_eq!(
        said(&document),
        "Acme/tpl-claude-code claude-code-default\nAcme/tpl-hermes hermes\n\
         list templates Some(\"name\") Some((\"repo\", \"{owner}/{repository}\"))\n\
         ? /templates/2: it names no repository\n\
         ? /templates/3: it is neither a text nor an object\n\
         ? /colours: nothing in this list names a repository\n"
    );
}

#[test]
fn an_object_of_runtimes() {
    let document = json!({"runtimes": {
        "hermes": {"repo": "https://github.com/acme/tpl-hermes", "image": "ghcr.io/acme/h"},
        "codex": {"repo": "https://github.com/acme/tpl-codex"},
        "odd": {"repo": 1}
    }});
    assert_eq!(
        said(&document),
        "acme/tpl-codex codex\nacme/tpl-hermes hermes\nlist runtimes None None\n? /runtimes/odd: its `repo` is not text\n"
            .replace("acme/tpl-codex codex\nacme/tpl-hermes hermes", "acme/tpl-hermes hermes\nacme/tpl-codex codex")
    );
}

#[test]
fn words_alone_are_repositories_or_with_a_prefix_slugs() {
    let document = json!(["tpl-a", "acme/tpl-b"]);
    assert_eq!(said(&document), "-/tpl-a -\nacme/tpl-b -\nlist - None None\n");
    let listed = read(&json!(["a", "tpl-b"]), "m.json", &["tpl-".to_owned()]);
    let names: Vec<_> = listed.repositories.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["tpl-a", "tpl-b"]);
}

#[test]
fn what_holds_no_list_says_so() {
    assert_eq!(said(&json!({"a": 1})), "? the document: it contains no list of repositories\n");
    assert_eq!(said(&json!([1])), "? the document: nothing in this list names a repository\n");
    assert_eq!(said(&json!("x")), "? the document: it contains no list of repositories\n");
}
