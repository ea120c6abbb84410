//! YAML in both dialects, and every edit of it: an edit that is accepted leads to a document that
//! reads again.
//!
//! An input is `WISH %% DOCUMENT`. The wish's first three characters choose the edit and the two
//! nodes that it concerns; what follows is its operand. Without a wish the document is only read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shipshape::source::Text;
use shipshape::source::yaml::edit::{self, Edits, Placement};
use shipshape::source::yaml::{
    Dialect, Document, Node, Path, Style, Value, quote_scalar, same_value,
};
use shipshape_fuzz::{assert_sound, divided, edited};

/// Nodes that are written out, aliases counted by what they stand for.
const JSON_LIMIT: usize = 2_000;

/// Nodes that an edit can choose from.
const MAX_CHOICE: usize = 256;

fuzz_target!(|bytes: &[u8]| {
    let (wish, text) = divided(bytes);
    for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
        let document = match Document::parse(&text, dialect) {
            Ok(document) => document,
            Err(error) => {
                assert_sound(&text, error.span, "syntax error");
                continue;
            }
        };
        document_is_sound(&document);
        edit_is_sound(&document, &wish);
    }
    quoted_reads_back(&wish);
});

fn document_is_sound(document: &Document) {
    let text = document.text();
    for duplicate in document.duplicate_keys() {
        assert_sound(text, duplicate.first, "first key");
        assert_sound(text, duplicate.second, "second key");
    }
    for span in document.further_documents() {
        assert_sound(text, *span, "further document");
    }
    for comment in document.comments() {
        assert_sound(text, comment.span, "comment");
    }
    for (count, node) in nodes(document, usize::MAX).into_iter().enumerate() {
        node_is_sound(document, node, count < MAX_CHOICE);
    }
    let _ = document.root().to_json(JSON_LIMIT);
}

fn node_is_sound(document: &Document, node: Node<'_>, thoroughly: bool) {
    let text = document.text();
    assert_sound(text, node.span(), "node");
    assert_sound(text, node.body(), "body");
    assert!(node.span().contains(node.body()), "{:?} {:?}", node.span(), node.body());
    if node.resolved() == node && node.style() == Some(Style::Plain) {
        let written = text.slice(node.body());
        let one_line = !written.contains(['\n', '\r']);
        assert!(!one_line || node.scalar_text() == Some(written), "{:?} {written:?}", node.body());
    }
    let _ = (node.kind(), node.style(), node.tag(), node.anchor(), node.value());
    let _ = (node.as_str(), node.scalar_text(), node.type_name(), node.resolved());
    if thoroughly {
        let _ = document.leading_comments(node);
        let _ = document.trailing_comment(node);
        let path = node.path();
        let written = path.to_string();
        assert_eq!(written.parse::<Path>().ok(), Some(path), "{written}");
        let _ = node.to_json(JSON_LIMIT);
    }
}

/// The document's nodes in its own order, keys included and aliases not followed.
fn nodes(document: &Document, limit: usize) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut pending = vec![document.root()];
    while let Some(node) = pending.pop() {
        if found.len() >= limit {
            break;
        }
        found.push(node);
        if node.resolved() != node {
            continue;
        }
        let from = pending.len();
        pending.extend(node.items());
        for entry in node.entries().filter(|entry| entry.value.parent() == Some(node)) {
            pending.push(entry.key);
            pending.push(entry.value);
        }
        pending[from..].reverse();
    }
    found
}

fn edit_is_sound(document: &Document, wish: &str) {
    let mut characters = wish.chars();
    let Some(kind) = characters.next() else { return };
    let known = nodes(document, MAX_CHOICE);
    let mut path = || {
        let choice = characters.next().unwrap_or_default() as usize;
        known[choice % known.len()].path()
    };
    let (path, other) = (path(), path());
    let operand = characters.as_str();
    let sound = |edits: Edits| accepted_edit_reads_again(document, edits);
    match kind {
        's' => sound(edit::set_scalar(document, &path, Value::Str(operand))),
        'n' => {
            sound(edit::set_scalar(document, &path, Value::Null));
            sound(edit::set_scalar(document, &path, Value::Bool(true)));
            sound(edit::set_scalar(document, &path, Value::Int(-7)));
            sound(edit::set_scalar(document, &path, Value::Float(1e300)));
        }
        'i' => {
            let (key, fragment) = operand.split_once(' ').unwrap_or((operand, "new"));
            sound(edit::insert_entry(document, &path, key, fragment, Placement::End));
            if let Some((_, shipshape::source::yaml::Step::Key(anchor))) = other.split_last() {
                let before = Placement::Before(anchor);
                sound(edit::insert_entry(document, &path, key, fragment, before));
                sound(edit::insert_entry(document, &path, key, fragment, Placement::After(anchor)));
            }
        }
        'a' => sound(edit::append_item(document, &path, operand)),
        'd' => sound(edit::remove_entry(document, &path)),
        'r' => sound(edit::rename_key(document, &path, operand)),
        'm' => {
            sound(edit::move_entry(document, &path, &other));
            let within = operand.split('/').fold(other, Path::key);
            sound(edit::move_entry(document, &path, &within));
        }
        _ => {
            if let Ok(path) = wish.parse::<Path>() {
                assert_eq!(path.to_string().parse::<Path>().ok(), Some(path.clone()));
                let _ = document.root().all(&path);
                sound(edit::remove_entry(document, &path));
                sound(edit::set_scalar(document, &path, Value::Str("new")));
            }
        }
    }
}

fn accepted_edit_reads_again(document: &Document, edits: Edits) {
    match edits {
        Ok(edits) => {
            let after = edited(document.text(), &edits, "edit");
            match Document::parse(&after, document.dialect()) {
                Ok(after) => document_is_sound(&after),
                Err(error) => panic!("{error} in {:?}", after.as_str()),
            }
        }
        Err(refusal) => assert_sound(document.text(), refusal.span, "refusal"),
    }
}

fn quoted_reads_back(value: &str) {
    let quoted = quote_scalar(value);
    let text = Text::new(&format!("- {quoted}\n- [{quoted}, {{m: {quoted}}}]\n"));
    for dialect in [Dialect::Yaml11, Dialect::Yaml12] {
        let document = match Document::parse(&text, dialect) {
            Ok(document) => document,
            Err(error) => panic!("{error} in {:?}", text.as_str()),
        };
        for path in ["[0]", "[1][0]", "[1][1].m"] {
            let found = path.parse().ok().and_then(|path| document.at(&path));
            assert_eq!(found.and_then(Node::as_str), Some(value), "{:?}", text.as_str());
        }
        assert!(same_value(document.root(), document.root()));
    }
}
