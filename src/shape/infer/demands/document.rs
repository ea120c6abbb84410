//! The keys that YAML or TOML documents have in common, and their types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::counted::counted;
use crate::shape::infer::nearly_all;
use crate::snapshot::Blob;
use crate::source::json;
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
    // What readers of most of them refuse is nothing to hold others to.
    let is_read = |file: &&(usize, Arc<Blob>)| {
        file.1.documents.text().is_ok_and(|text| json::error(text).is_none())
    };
    if json::is_strict(path) && !nearly_all(files.iter().filter(is_read).count(), files.len()) {
        return None;
    }
    let level = Level { depth: MAX_DEPTH, is_demanded: true, holds: Holds::Settings };
    let keys = keys(&roots, level);
    let required = keys.values().filter(|key| key.get("required").is_some()).count();
    // Of what each may leave out nothing is known that another one could get wrong.
    if required == 0 {
        return None;
    }
    let summary = match (keys.len(), required) {
        (1, _) => "1 common key, which all have".to_owned(),
        (all, required) if all == required => format!("{all} common keys, which all have"),
        (all, required) => format!("{}, {required} of them in all", counted(all, "common key")),
    };
    Some((json!({ "path": path, "keys": keys }), summary))
}

/// What is known of mappings before their keys are looked at.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// So many more levels are looked into.
    depth: usize,
    /// Whether the mapping has to be there: beneath one that may be left out nothing has to be.
    is_demanded: bool,
    holds: Holds,
}

/// What the entries of a mapping are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Each is a thing of its own.
    Settings,
    /// All are of one sort, as dependencies are: what one says in a string another says in a mapping.
    Entries,
}

impl Holds {
    /// What mappings at a key hold: entries where it is called so, or where some of their values are strings, the others
    /// mappings, and none is anything else.
    fn of(name: &str, mappings: &[Node<'_>]) -> Self {
        let types: BTreeSet<&str> = mappings
            .iter()
            .flat_map(|mapping| mapping.entries())
            .map(|entry| type_of(entry.value))
            .collect();
        if types == BTreeSet::from(["map", "string"])
            || name.to_ascii_lowercase().ends_with("dependencies")
        {
            Self::Entries
        } else {
            Self::Settings
        }
    }
}

/// Keys that at least half of these mappings have. A key must be there when all have it, and the mapping itself must be.
fn keys(mappings: &[Node<'_>], level: Level) -> Map<String, Value> {
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
        let level =
            Level { is_demanded: level.is_demanded && found.len() == mappings.len(), ..level };
        keys.insert(key.to_owned(), Value::Object(described(key, found, level)));
    }
    keys
}

/// A value that has no name among the types of demands.
const DATE: &str = "date";

/// What is demanded of the values at a key. `level` is that of the mapping around them, and says whether they have to be
/// there.
fn described(name: &str, values: &[Node<'_>], level: Level) -> Map<String, Value> {
    let mut key = Map::new();
    let mut types: BTreeSet<&str> = values.iter().map(|value| type_of(*value)).collect();
    if level.holds == Holds::Entries && (types.contains("string") || types.contains("map")) {
        types.extend(["string", "map"]);
    }
    // Whole numbers are numbers.
    let types: Vec<&str> =
        types.iter().copied().filter(|name| *name != "int" || !types.contains("number")).collect();
    match types[..] {
        // No demand speaks of dates.
        _ if types.contains(&DATE) => None,
        [only] => key.insert("type".to_owned(), json!(only)),
        _ => key.insert("type".to_owned(), json!(types)),
    };
    if level.is_demanded {
        key.insert("required".to_owned(), json!(true));
    }
    if level.depth > 1 && types == ["map"] {
        let holds = Holds::of(name, values);
        let below = keys(values, Level { depth: level.depth - 1, holds, ..level });
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
