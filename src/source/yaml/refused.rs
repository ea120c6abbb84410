//! What `PyYAML`'s `safe_load` refuses of a text that is YAML all the same: the reader of documents in
//! [`Dialect::Yaml11`] stops at it.
//!
//! Told is what is certain, in the order of its text; a document of which nothing is told may still be refused. Asked
//! of `PyYAML` 6.0.3: <https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/constructor.py>.

use std::collections::HashSet;

use super::{Dialect, Document, Kind, Node, NodeId, Style, Value};
use crate::source::text::{Span, SyntaxError};

const STANDARD: &str = "tag:yaml.org,2002:";

/// The types of YAML 1.1 that `SafeLoader` constructs. `merge` and `value` are missing in it, but it takes them as keys.
const CONSTRUCTED: [&str; 14] = [
    "null",
    "bool",
    "int",
    "float",
    "binary",
    "timestamp",
    "omap",
    "pairs",
    "set",
    "str",
    "seq",
    "map",
    "merge",
    "value",
];

impl Document {
    /// Returns what `PyYAML` refuses of a document that it reads; nothing for other dialects, nor for a text of several
    /// documents, which it refuses as a whole.
    #[must_use]
    pub fn refused_by_pyyaml(&self) -> Vec<SyntaxError> {
        if self.dialect != Dialect::Yaml11 || !self.further_documents.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        found.extend(self.unprintable());
        found.extend(self.other_version());
        found.extend(self.separating_tab());
        let merged = self.merged();
        let mut keys = HashSet::new();
        let mut anchors = HashSet::new();
        for node in self.each_node() {
            let again = node.anchor().filter(|anchor| !anchors.insert(*anchor));
            found.extend(again.map(|anchor| {
                SyntaxError::new(node.span(), format!("it defines the anchor `{anchor}` twice"))
            }));
            if !merged.contains(&node.id()) {
                found.extend(unknown_tag(node));
            }
            if !keys.contains(&node.id()) {
                found.extend(bare_indicator(node));
            }
            found.extend(unreal_date(node));
            found.extend(self.unmergeable(node));
            found.extend(unhashable_keys(node));
            // A mapping comes before its keys.
            if node.kind() == Kind::Mapping {
                keys.extend(node.entries().map(|entry| entry.key.id()));
            }
        }
        found.sort_by_key(|problem| problem.span);
        found
    }

    fn each_node(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len()).map(|id| self.node(NodeId(id)))
    }

    /// The first character that YAML 1.1 does not take for printable. Parsers of YAML 1.2 refuse most of these too.
    pub(crate) fn unprintable(&self) -> Option<SyntaxError> {
        let printable = |character: char| {
            matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
                || character >= '\u{10000}'
        };
        let (at, character) =
            self.text.as_str().char_indices().find(|(_, character)| !printable(*character))?;
        let message = format!(
            "the character U+{:04X} is not allowed, not even in quotes",
            u32::from(character)
        );
        Some(SyntaxError::new(Span::new(at, at + character.len_utf8()), message))
    }

    /// A directive that asks for a version of YAML other than 1.
    fn other_version(&self) -> Option<SyntaxError> {
        let mut at = 0;
        for line in self.text.as_str().split_inclusive('\n') {
            let written = line.trim_end();
            if !written.is_empty() && !written.starts_with(['%', '#']) {
                return None;
            }
            let mut words = written.split_whitespace();
            let version = (words.next() == Some("%YAML")).then(|| words.next()).flatten();
            if version.is_some_and(|version| !version.starts_with("1.")) {
                let span = Span::new(at, at + written.len());
                return Some(SyntaxError::new(span, "it reads YAML 1 and no other version"));
            }
            at += line.len();
        }
        None
    }

    /// What merge keys merge. Its entries become those of another mapping, and its own tag is never looked at.
    fn merged(&self) -> HashSet<NodeId> {
        let mut merged = HashSet::new();
        for value in self.each_node().flat_map(|node| self.merges_of(node)) {
            merged.insert(value.id());
            if value.kind() == Kind::Sequence {
                merged.extend(value.items().map(Node::id));
            }
        }
        merged
    }

    /// The values of the merge keys of a mapping, as written.
    fn merges_of<'d>(&'d self, node: Node<'d>) -> impl Iterator<Item = Node<'d>> {
        // Those behind an alias are of another mapping, and would be walked once for each.
        let entries = (node.kind() == Kind::Mapping).then(|| node.entries()).into_iter().flatten();
        entries.filter(|entry| self.is_merge_key(entry.key)).map(|entry| entry.value)
    }

    fn unmergeable(&self, node: Node<'_>) -> Vec<SyntaxError> {
        // A list behind an alias is believed: it would be walked once for each.
        let mergeable = |value: Node<'_>| match value.kind() {
            Kind::Sequence => value.items().all(Node::is_mapping),
            _ => value.is_mapping() || value.is_sequence(),
        };
        let wrong = self.merges_of(node).filter(|value| !mergeable(*value));
        let message = "`<<` takes a mapping, or a list of mappings";
        wrong.map(|value| SyntaxError::new(value.span(), message)).collect()
    }
}

fn unknown_tag(node: Node<'_>) -> Option<SyntaxError> {
    let tag = node.tag().filter(|tag| *tag != "!")?;
    let standard = tag.strip_prefix(STANDARD);
    if standard.is_some_and(|name| CONSTRUCTED.contains(&name)) {
        return None;
    }
    let shown = standard.map_or_else(|| tag.to_owned(), |name| format!("!!{name}"));
    Some(SyntaxError::new(node.span(), format!("`safe_load` knows no tag `{shown}`")))
}

/// A plain scalar that looks like a date, of which Python's `datetime` has none.
fn unreal_date(node: Node<'_>) -> Option<SyntaxError> {
    let is_plain = node.style() == Some(Style::Plain) && node.tag().is_none();
    let Some(Value::Timestamp(text)) = is_plain.then(|| node.value()).flatten() else {
        return None;
    };
    let message =
        format!("it takes `{text}` for a date, which no calendar has: quote it if it is text");
    (!is_on_the_calendar(text)).then(|| SyntaxError::new(node.span(), message))
}

/// Whether a date that is written as one exists, and the time of its day. An offset from UTC is not looked at: releases
/// of `PyYAML` differ in it.
fn is_on_the_calendar(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let year = numbers.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    let mut next = |absent: i8| {
        numbers.next().map_or(Some(absent), |part| part.parse().ok()).unwrap_or(i8::MAX)
    };
    let date = jiff::civil::Date::new(year, next(1), next(1));
    let time = jiff::civil::Time::new(next(0), next(0), next(0), 0);
    year > 0 && date.is_ok() && time.is_ok()
}

/// `=` and `<<`, to be asked of what is no key: `PyYAML` takes them for types of which it cannot construct any.
fn bare_indicator(node: Node<'_>) -> Option<SyntaxError> {
    let is_plain = node.style() == Some(Style::Plain) && node.tag().is_none();
    let text = node.scalar_text().filter(|text| is_plain && matches!(*text, "=" | "<<"))?;
    Some(SyntaxError::new(node.span(), format!("a bare `{text}` is no value: quote it")))
}

/// Keys that are lists or mappings, which no `dict` can have: `{{ name }}` without quotes, for one.
fn unhashable_keys(node: Node<'_>) -> Vec<SyntaxError> {
    // The items of these become pairs, whose first part may be anything.
    let parent = node.parent().and_then(Node::tag).and_then(|tag| tag.strip_prefix(STANDARD));
    if node.kind() != Kind::Mapping || matches!(parent, Some("omap" | "pairs")) {
        return Vec::new();
    }
    let keys = node.entries().map(|entry| entry.key);
    let unhashable = keys.filter(|key| key.is_mapping() || key.is_sequence());
    let of = |key: Node<'_>| {
        let message = format!("{} cannot be a key: quote it if it is text", key.type_name());
        SyntaxError::new(key.span(), message)
    };
    unhashable.map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Text;

    fn refused(yaml: &str, dialect: Dialect) -> Vec<String> {
        let document = Document::parse(&Text::new(yaml), dialect).expect(yaml);
        document.refused_by_pyyaml().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn what_safe_load_refuses() {
        for (yaml, says) in [
            ("a: !env B\n", "`safe_load` knows no tag `!env`"),
            ("a: !!python/tuple [1]\n", "`safe_load` knows no tag `!!python/tuple`"),
            ("a: &e 1\nb: &e 2\nc: *e\n", "it defines the anchor `e` twice"),
            (
                "a: [2024-13-45]\n",
                "it takes `2024-13-45` for a date, which no calendar has: quote it if it is text",
            ),
            (
                "2023-02-29: a\n",
                "it takes `2023-02-29` for a date, which no calendar has: quote it if it is text",
            ),
            (
                "a: 2024-01-01 10:00:60\n",
                "it takes `2024-01-01 10:00:60` for a date, which no calendar has: quote it if it is text",
            ),
            ("a:\n  <<: 3\n", "`<<` takes a mapping, or a list of mappings"),
            ("a:\n  <<: [{b: 1}, 3]\n", "`<<` takes a mapping, or a list of mappings"),
            ("a: {{ name }}\n", "a mapping cannot be a key: quote it if it is text"),
            ("a: =\n", "a bare `=` is no value: quote it"),
            ("a: \"\u{1}\"\n", "the character U+0001 is not allowed, not even in quotes"),
            ("%YAML 2.0\n---\na: 1\n", "it reads YAML 1 and no other version"),
            ("a: b\t# why\n", "there is a tab where it takes spaces only"),
        ] {
            assert_eq!(refused(yaml, Dialect::Yaml11), [says], "{yaml}");
            assert_eq!(refused(yaml, Dialect::Yaml12), [""; 0], "{yaml}");
        }
    }

    #[test]
    fn what_safe_load_takes() {
        for yaml in [
            "a: !!str 1\nb: !!set {c, d}\ne: ! f\n",
            "a: &e 1\nb: *e\n",
            "a: 2024-02-29\nb: \"2024-13-45\"\nc: 2024-01-01T23:59:59.5+01:00\nd: !!str 2024-13-45\n",
            "a: &m {b: 1}\nc:\n  <<: [*m, {d: 2}]\ne: {<<: !x {f: 3}}\ng: {\"<<\": 3}\n",
            "a: !!pairs [[b]: 1]\n",
            "=: a\n",
            "a: \"b\\tc\td\"\ne: |\n  f\tg\n# h\ti\n",
            "%YAML 1.2\n---\na: é\u{1f600}\n",
        ] {
            assert_eq!(refused(yaml, Dialect::Yaml11), [""; 0], "{yaml}");
        }
    }

    #[test]
    fn a_mapping_with_many_aliases_is_walked_once() {
        let keys: String = (0..20_000).map(|key| format!("{key}: , ")).collect();
        let aliases = "*a, ".repeat(20_000);
        let yaml = format!("m: &a {{{keys}}}\nl: [{aliases}]\n");
        assert_eq!(refused(&yaml, Dialect::Yaml11), [""; 0]);
    }

    #[test]
    fn a_text_of_two_documents_is_refused_as_a_whole() {
        assert_eq!(refused("a: !env B\n---\nc: 1\n", Dialect::Yaml11), [""; 0]);
    }
}
