//! Converts nodes to JSON, within a budget.

use serde_json::{Map, Value as Json};

use super::{Kind, MAX_DEPTH, Node, TooLarge, Value};

/// A collection that is being filled.
enum Frame<'doc> {
    List { items: Vec<Node<'doc>>, done: Vec<Json> },
    Object { entries: Vec<(String, Node<'doc>)>, key: String, done: Map<String, Json> },
}

pub(super) fn expand(node: Node<'_>, limit: usize) -> Result<Json, TooLarge> {
    let mut budget = limit;
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut next = Some(node);
    let mut finished = Json::Null;
    loop {
        if let Some(node) = next.take() {
            budget = budget.checked_sub(1).ok_or(TooLarge { limit })?;
            // Aliases may add to the nesting of the document; only a cycle nests without end.
            if frames.len() > MAX_DEPTH * 2 {
                return Err(TooLarge { limit });
            }
            match node.resolved().kind() {
                Kind::Sequence => {
                    let items = node.items().rev().collect();
                    frames.push(Frame::List { items, done: Vec::new() });
                }
                Kind::Mapping => {
                    let mut entries = effective_entries(node, &mut budget, limit)?;
                    entries.reverse();
                    frames.push(Frame::Object { entries, key: String::new(), done: Map::new() });
                }
                Kind::Scalar | Kind::Alias => {
                    finished = scalar(node);
                    if !give(&mut frames, &mut finished) {
                        return Ok(finished);
                    }
                }
            }
        }
        next = match frames.last_mut() {
            Some(Frame::List { items, .. }) => items.pop(),
            Some(Frame::Object { entries, key, .. }) => entries.pop().map(|(name, node)| {
                *key = name;
                node
            }),
            None => return Ok(finished),
        };
        if next.is_none() {
            finished = match frames.pop() {
                Some(Frame::List { done, .. }) => Json::Array(done),
                Some(Frame::Object { done, .. }) => Json::Object(done),
                None => return Ok(finished),
            };
            if !give(&mut frames, &mut finished) {
                return Ok(finished);
            }
        }
    }
}

/// Adds a finished value to its parent collection; returns `false` if there is none.
fn give(frames: &mut [Frame<'_>], finished: &mut Json) -> bool {
    match frames.last_mut() {
        Some(Frame::List { done, .. }) => done.push(finished.take()),
        Some(Frame::Object { key, done, .. }) => {
            done.insert(std::mem::take(key), finished.take());
        }
        None => return false,
    }
    true
}

/// Returns the entries of a mapping with its merge keys applied: as in `PyYAML`, merged entries
/// come first and own keys replace them.
fn effective_entries<'doc>(
    node: Node<'doc>,
    budget: &mut usize,
    limit: usize,
) -> Result<Vec<(String, Node<'doc>)>, TooLarge> {
    let mut own = Vec::new();
    let mut waiting = vec![node.resolved()];
    let mut seen = Vec::new();
    while let Some(source) = waiting.pop() {
        if seen.contains(&source.id()) {
            continue;
        }
        seen.push(source.id());
        *budget = budget.checked_sub(1).ok_or(TooLarge { limit })?;
        let mut level = Vec::new();
        for entry in source.entries() {
            if source.document().is_merge_key(entry.key) {
                let merged = entry.value.resolved();
                if merged.kind() == Kind::Mapping {
                    waiting.push(merged);
                }
                waiting.extend(merged.items().rev().map(Node::resolved).filter(|n| n.is_mapping()));
            } else {
                *budget = budget.checked_sub(1).ok_or(TooLarge { limit })?;
                let key = entry.key.scalar_text().unwrap_or_default().to_owned();
                level.push((key, entry.value));
            }
        }
        own.push(level);
    }
    Ok(own.into_iter().rev().flatten().collect())
}

fn scalar(node: Node<'_>) -> Json {
    match node.value() {
        None | Some(Value::Null) => Json::Null,
        Some(Value::Bool(value)) => value.into(),
        Some(Value::Int(value)) => value.into(),
        Some(Value::Float(value)) => serde_json::Number::from_f64(value).map_or_else(
            || Json::String(node.scalar_text().unwrap_or_default().to_owned()),
            Json::Number,
        ),
        Some(Value::BigInt(text) | Value::Str(text) | Value::Timestamp(text)) => text.into(),
    }
}
