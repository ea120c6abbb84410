//! Semantic equality of nodes.

use std::collections::HashSet;

use super::{Content, Node, NodeId};

/// Whether two nodes have the same meaning, in documents of any dialect: equal values and tags,
/// regardless of key order and style.
///
/// Aliases are replaced by their targets. Each pair of nodes is compared once, so nested aliases
/// cost nothing and cycles end; two cyclic nodes are equal unless they differ somewhere.
#[must_use]
pub fn same_value(left: Node<'_>, right: Node<'_>) -> bool {
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
                if left.custom_tag() != right.custom_tag() || left.value() != right.value() {
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
                if a.len() != b.len() || !pair_entries(left, right, &mut pairs) {
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
    pairs: &mut Vec<(Node<'text>, Node<'text>)>,
) -> bool {
    let others: Vec<_> = right.entries().collect();
    let mut taken = vec![false; others.len()];
    for (index, entry) in left.entries().enumerate() {
        let fits = |other: &Node<'_>| match (entry.key.value(), other.value()) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
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
