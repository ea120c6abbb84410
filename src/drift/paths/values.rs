//! How messages show the values of managed keys.

use crate::source::secrets;
use crate::source::yaml::Node;

/// The longest value that a message shows whole, in characters. The values of a repository have any length.
const LONGEST: usize = 80;

/// How deep a message shows what is in collections.
const DEPTH: usize = 3;

/// A value as code, shortened; empty collections and texts as they are written.
pub(super) fn shown(node: Node<'_>) -> String {
    let mut text = String::new();
    flow(node, DEPTH, &mut text);
    code(&text)
}

/// Two values that differ, as code, with what they differ in; `None` if what is shown of them does not differ.
pub(super) fn both_shown(is: Node<'_>, wanted: Node<'_>) -> Option<(String, String)> {
    let (kind, other_kind) = (is.type_name(), wanted.type_name());
    let (Some(one), Some(other)) = (is.spelled(), wanted.spelled()) else {
        return apart(shown(is), shown(wanted));
    };
    if one != other {
        return apart(code(one), code(other));
    }
    if kind != other_kind {
        return Some((
            format!("{} as {kind}", code(one)),
            format!("{} as {other_kind}", code(other)),
        ));
    }
    // Such as `no` and `"no"`, which not every reader takes for the same.
    apart(code(written(is)), code(written(wanted)))
}

fn apart(one: String, other: String) -> Option<(String, String)> {
    (one != other).then_some((one, other))
}

/// Returns a value as it is written, with quotes and tag.
fn written(node: Node<'_>) -> &str {
    node.document().text().slice(node.resolved().span())
}

fn code(text: &str) -> String {
    // Before it is cut: of half a credential, nobody would know that it is one.
    let text = secrets::masked(text);
    let mut code = String::from("`");
    for character in text.chars().take(LONGEST) {
        match character.is_control() {
            true => code.extend(character.escape_debug()),
            false => code.push(character),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        code.push('…');
    }
    code.push('`');
    code
}

/// Writes a value in flow style, as far as a message can show it. Aliases repeat what they name, so that both the depth and
/// the length are limited.
fn flow(node: Node<'_>, depth: usize, text: &mut String) {
    if let Some(scalar) = node.spelled() {
        text.push_str(scalar);
        return;
    }
    let node = node.resolved();
    let is_list = node.items().len() > 0 || node.type_name() == "a list";
    let (open, close) = if is_list { ('[', ']') } else { ('{', '}') };
    text.push(open);
    let entries = node.entries().map(|entry| (Some(entry.key), entry.value));
    let items = node.items().map(|item| (None, item));
    for (place, (key, value)) in entries.chain(items).enumerate() {
        if place > 0 {
            text.push_str(", ");
        }
        if depth == 0 || text.len() > 4 * LONGEST {
            text.push('…');
            break;
        }
        if let Some(key) = key {
            flow(key, depth - 1, text);
            text.push_str(": ");
        }
        flow(value, depth - 1, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Text;
    use crate::source::yaml::{Dialect, Document};

    fn said(text: &str) -> String {
        shown(Document::parse(&Text::new(text), Dialect::Yaml12).expect(text).root())
    }

    #[test]
    fn collections_are_shown_on_one_line_and_shortened() {
        assert_eq!(said("- a\n- b: 1\n  c: [x]\n"), "`[a, {b: 1, c: [x]}]`");
        assert_eq!(said("{}\n"), "`{}`");
        assert_eq!(said("[]\n"), "`[]`");
        assert_eq!(said("\"a\\nb\"\n"), "`a\\nb`");
        let long = said(&format!("- {}\n- b\n", "x".repeat(100)));
        assert!(long.ends_with("x…`") && long.chars().count() == 83, "{long}");
        assert_eq!(said("[[[[[1]]]]]\n"), "`[[[[…]]]]`");
    }

    #[test]
    fn what_looks_the_same_is_not_shown() {
        let text = Text::new(&format!("a: {0}1\nb: {0}2\n", "x".repeat(90)));
        let document = Document::parse(&text, Dialect::Yaml12).expect("it parses");
        let at = |key: &str| document.at(&key.parse().expect("a path")).expect("it is there");
        assert!(both_shown(at("a"), at("b")).is_none());
    }
}
