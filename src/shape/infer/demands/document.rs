//! The keys that YAML or TOML documents have in common, and their types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::source::yaml;
use crate::source::yaml::{Dialect, Node};

use super::{Files, Summary};

/// Keys nested deeper than this are free.
const MAX_DEPTH: usize = 4;

/// More keys than this at one level are data, not a schema.
const MAX_KEYS: usize = 200;

pub(super) fn infer(path: &str, files: &Files) -> Option<(Value, Summary)> {
    let dialect = Dialect::of_file(path, Dialect::Yaml12);
    let documents: Vec<_> =
        files.iter().filter_map(|(_, blob)| blob.documents.yaml(dialect).ok()).collect();
    let roots: Vec<Node<'_>> =
        documents.iter().map(|document| document.root()).filter(|root| root.is_mapping()).collect();
    if roots.len() < 2 || roots.len() < files.len() {
        return None;
    }
    let keys = keys(&roots, MAX_DEPTH);
    if keys.is_empty() {
        return None;
    }
    let required = keys.values().filter(|key| key.get("required").is_some()).count();
    let summary = format!("{} common keys, {required} of them in all", keys.len());
    Some((json!({ "path": path, "keys": keys }), summary))
}

/// Keys that at least half of these mappings have. A key must be there when all have it.
fn keys(mappings: &[Node<'_>], depth: usize) -> Map<String, Value> {
    let mut values: BTreeMap<&str, Vec<Node<'_>>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for mapping in mappings {
        let mut seen = BTreeSet::new();
        for entry in mapping.entries() {
            let Some(key) = entry.key.scalar_text() else { continue };
            if !seen.insert(key) {
                continue;
            }
            let known = values.entry(key).or_default();
            if known.is_empty() {
                order.push(key);
            }
            known.push(entry.value);
        }
    }
    let mut keys = Map::new();
    for key in order {
        let Some(found) = values.get(key).filter(|found| found.len() * 2 >= mappings.len()) else {
            continue;
        };
        // What nobody fills has no type.
        let is_empty = found.iter().all(|value| type_of(*value) == "null");
        if found.len() < 2 || is_empty || keys.len() >= MAX_KEYS {
            continue;
        }
        keys.insert(key.to_owned(), Value::Object(described(found, mappings.len(), depth)));
    }
    keys
}

/// A value that has no name among the types of demands.
const DATE: &str = "date";

fn described(values: &[Node<'_>], of: usize, depth: usize) -> Map<String, Value> {
    let mut key = Map::new();
    let types: BTreeSet<&str> = values.iter().map(|value| type_of(*value)).collect();
    // Whole numbers are numbers.
    let types: Vec<&str> =
        types.iter().copied().filter(|name| *name != "int" || !types.contains("number")).collect();
    match types[..] {
        // No demand speaks of dates.
        _ if types.contains(&DATE) => None,
        [only] => key.insert("type".to_owned(), json!(only)),
        _ => key.insert("type".to_owned(), json!(types)),
    };
    if values.len() == of {
        key.insert("required".to_owned(), json!(true));
    }
    if depth > 1 && types == ["map"] {
        let below = keys(values, depth - 1);
        if !below.is_empty() {
            key.insert("keys".to_owned(), Value::Object(below));
        }
    }
    key
}

fn type_of(node: Node<'_>) -> &'static str {
    if node.is_mapping() {
        return "map";
    }
    match node.value() {
        None => "list",
        Some(yaml::Value::Null) => "null",
        Some(yaml::Value::Bool(_)) => "bool",
        Some(yaml::Value::Int(_) | yaml::Value::BigInt(_)) => "int",
        Some(yaml::Value::Float(_)) => "number",
        Some(yaml::Value::Str(_)) => "string",
        Some(yaml::Value::Timestamp(_)) => DATE,
    }
}
