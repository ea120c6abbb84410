//! Semantic equality of nodes.

use std::collections::HashSet;

use super::scalar::depends_on_reader;
use super::{Content, Dialect, Node, NodeId};

/// Whether two nodes have the same meaning, in documents of any dialect: equal values and tags,
/// regardless of key order and style.
///
/// Aliases are replaced by their targets. Each pair of nodes is compared once, so nested aliases
/// cost nothing and cycles end; two cyclic nodes are equal unless they differ somewhere.
#[must_use]
pub fn same_value(left: Node<'_>, right: Node<'_>) -> bool {
    same(left, right, has_same_value)
}

/// Whether two nodes have the same meaning to every reader, of whatever dialect: as [`same_value`], and scalars that
/// readers take differently are spelled alike, so that neither `0644` is `644`, nor `1.20` is `1.2`, nor `no` is `"no"`.
///
/// In TOML, whose values are the same to every reader, this is [`same_value`].
#[must_use]
pub fn same_for_every_reader(left: Node<'_>, right: Node<'_>) -> bool {
    same(left, right, |one, other| has_same_value(one, other) && spelling(one) == spelling(other))
}

/// Returns the text of a scalar that readers take differently; `None` for any other node.
pub(super) fn spelling(node: Node<'_>) -> Option<&str> {
    let node = node.resolved();
    let Content::Scalar { text, style } = &node.record().content else { return None };
    let is_yaml = node.document().dialect() != Dialect::Toml;
    (is_yaml && depends_on_reader(text, *style, node.tag())).then_some(text)
}

/// Whether both nodes are scalars with the same value.
fn has_same_value(one: Node<'_>, other: Node<'_>) -> bool {
    one.value().zip(other.value()).is_some_and(|(one, other)| one == other)
}

/// Compares two nodes, with `alike` for their scalars.
fn same(
    left: Node<'_>,
    right: Node<'_>,
    alike: impl Fn(Node<'_>, Node<'_>) -> bool + Copy,
) -> bool {
    let mut seen: HashSet<(NodeId, NodeId)> = HashSet::new();
    let mut pairs = vec![(left, right)];
    while let Some((left, right)) = pairs.pop() {
        let (left, right) = (left.resolved(), right.resolved());
        if !seen.insert((left.id(), right.id())) {
            continue;
        }
        let (one, other) = (left.record(), right.record());
        if one.tag != other.tag && !(one.is_scalar() && other.is_scalar()) {
            return false;
        }
        match (&one.content, &other.content) {
            (Content::Scalar { .. }, Content::Scalar { .. }) => {
                if left.custom_tag() != right.custom_tag() || !alike(left, right) {
                    return false;
                }
            }
            (Content::Sequence { items: a, .. }, Content::Sequence { items: b, .. }) => {
                if a.len() != b.len() {
                    return false;
                }
                pairs.extend(left.items().zip(right.items()));
            }
            (Content::Mapping { entries: a, .. }, Content::Mapping { entries: b, .. }) => {
                if a.len() != b.len() || !pair_entries(left, right, alike, &mut pairs) {
                    return false;
                }
            }
            _ => return false,
        }
    }
    true
}

/// Pairs the values of equal keys. Keys that are collections are paired by position.
fn pair_entries<'text>(
    left: Node<'text>,
    right: Node<'text>,
    alike: impl Fn(Node<'_>, Node<'_>) -> bool,
    pairs: &mut Vec<(Node<'text>, Node<'text>)>,
) -> bool {
    let others: Vec<_> = right.entries().collect();
    let mut taken = vec![false; others.len()];
    for (index, entry) in left.entries().enumerate() {
        let fits = |other: &Node<'_>| alike(entry.key, *other);
        // Usually the order is the same, which makes this linear.
        let at = match others.get(index) {
            Some(same) if !taken.get(index).copied().unwrap_or(true) && fits(&same.key) => index,
            Some(same) if entry.key.value().is_none() && same.key.value().is_none() => {
                pairs.push((entry.key, same.key));
                index
            }
            _ => {
                let free = |(at, other): &(usize, &super::EntryNode<'_>)| {
                    !taken.get(*at).copied().unwrap_or(true) && fits(&other.key)
                };
                let Some((at, _)) = others.iter().enumerate().find(free) else { return false };
                at
            }
        };
        let Some(other) = others.get(at) else { return false };
        if let Some(flag) = taken.get_mut(at) {
            *flag = true;
        }
        pairs.push((entry.value, other.value));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;
    use crate::source::Text;

    fn read(text: &str, dialect: Dialect) -> Document {
        Document::parse(&Text::new(text), dialect).expect(text)
    }

    #[test]
    fn what_readers_take_differently_has_to_be_spelled_alike() {
        let same = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| read(text, Dialect::Yaml12));
            same_for_every_reader(one.root(), other.root())
        };
        for (one, other) in [
            ("a: 0644", "a: 644"),
            ("a: 1.20", "a: 1.2"),
            ("a: 3.10", "a: 3.1"),
            ("a: 007", "a: 7"),
            ("a: 0xFE", "a: 254"),
            ("a: 1e3", "a: 1000.0"),
            ("a: no", "a: \"no\""),
            ("a: y", "a: 'y'"),
            ("a: 12:30:45", "a: '12:30:45'"),
            ("a: 2024-01-01", "a: '2024-01-01'"),
            ("a: [{ b: 010 }]", "a: [{ b: 10 }]"),
            ("010: a", "10: a"),
            ("a: &x 010\nb: *x", "a: 010\nb: 10"),
        ] {
            assert!(!same(one, other), "{one}: {other}");
            assert!(same(one, one) && same(other, other), "{one}: {other}");
        }
    }

    #[test]
    fn what_every_reader_takes_alike_may_be_spelled_otherwise() {
        let same = |one: &str, other: &str, dialect| {
            let [one, other] = [one, other].map(|text| read(text, dialect));
            same_for_every_reader(one.root(), other.root())
        };
        for (one, other) in [
            ("a: word", "a: \"word\""),
            ("a: '1.20'", "a: \"1.20\""),
            ("a: !!str 010", "a: '010'"),
            ("a: true", "a: True"),
            ("a: ~", "a:"),
            ("a: 1\nb: 010", "{ b: 010, a: 1 }"),
        ] {
            assert!(same(one, other, Dialect::Yaml11), "{one}: {other}");
            assert!(same(one, other, Dialect::Yaml12), "{one}: {other}");
        }
        assert!(same("a = 0o640", "a = 416", Dialect::Toml));
        assert!(!same("a = 0o640", "a = 640", Dialect::Toml));
    }
}
