//! The keys that YAML or TOML documents have in common, and their types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::counted::counted;
use crate::shape::infer::{Member, nearly_all, variables};
use crate::snapshot::{Blob, LinkTarget, RepoPath, link_target};
use crate::source::json;
use crate::source::yaml;
use crate::source::yaml::{Dialect, Document, Node};

use super::{Files, Summary};

/// Keys nested deeper than this are free.
const MAX_DEPTH: usize = 4;

/// Keys nested deeper than this are not looked at for names of files.
const MAX_FILE_DEPTH: usize = 3;

/// More keys than this at one level are data, not a schema.
const MAX_KEYS: usize = 200;

pub(super) fn infer(path: &str, files: &Files, members: &[Member]) -> Option<(Value, Summary)> {
    let dialect = Dialect::of_file(path, Dialect::Yaml12);
    let read: Vec<(usize, Arc<Document>)> = files
        .iter()
        .filter_map(|(member, blob)| Some((*member, blob.documents.yaml(dialect).ok()?)))
        .collect();
    let documents = read.iter().map(|(_, document)| document);
    let roots: Vec<Node<'_>> =
        documents.map(|document| document.root()).filter(|root| root.is_mapping()).collect();
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
    let level = Level {
        depth: MAX_DEPTH,
        is_demanded: true,
        holds: Holds::Settings,
        of: roots.len(),
        convention: Convention::of(path),
    };
    let mut keys = keys(&roots, level);
    let count = Count::of(&keys);
    // Of what each may leave out nothing is known that another one could get wrong.
    if count.required == 0 {
        return None;
    }
    if level.convention == Convention::Action {
        hold_runtimes(&mut keys, &roots);
    }
    let mut demand = json!({ "path": path, "keys": keys });
    let named = files_named(path, &read, members);
    if let (false, Some(demand)) = (named.is_empty(), demand.as_object_mut()) {
        let named = named.iter().map(|key| json!({ "key": key }));
        demand.insert("files".to_owned(), Value::Array(named.collect()));
    }
    Some((demand, count.summary()))
}

/// Keys of all levels.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    keys: usize,
    required: usize,
    /// Mappings below the root that have keys of their own.
    tables: usize,
}

impl Count {
    fn of(keys: &Map<String, Value>) -> Self {
        let mut count = Self::default();
        count.add(keys);
        count
    }

    // The levels are few, which the inference bounds.
    fn add(&mut self, keys: &Map<String, Value>) {
        for key in keys.values() {
            self.keys += 1;
            self.required += usize::from(key.get("required").is_some());
            if let Some(below) = key.get("keys").and_then(Value::as_object) {
                self.tables += 1;
                self.add(below);
            }
        }
    }

    fn summary(self) -> Summary {
        let within = match self.tables {
            0 => String::new(),
            tables => format!(" at the root and in {}", counted(tables, "table")),
        };
        match (self.keys, self.required) {
            (1, _) => "1 common key, which all have".to_owned(),
            (all, required) if all == required => {
                format!("{all} common keys{within}, which all have")
            }
            (all, required) => {
                format!("{}{within}, {required} of them in all", counted(all, "common key"))
            }
        }
    }
}

/// What is known of a document by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Convention {
    /// Nothing.
    None,
    /// An action of GitHub, whose inputs are strings, however they are written.
    Action,
    /// A package of Cargo, whose settings may come from its workspace: `edition.workspace = true`.
    Cargo,
}

impl Convention {
    fn of(path: &str) -> Self {
        match path.rsplit('/').next() {
            Some("action.yml" | "action.yaml") => Self::Action,
            Some("Cargo.toml") => Self::Cargo,
            _ => Self::None,
        }
    }
}

/// So many kinds of runtimes of actions are a choice; more say nothing.
const MAX_RUNTIMES: usize = 3;

/// The runtimes that all actions use are those that another may use: a forge drops old ones.
fn hold_runtimes(keys: &mut Map<String, Value>, roots: &[Node<'_>]) {
    let using = roots.iter().map(|root| root.get("runs")?.get("using")?.as_str());
    let Some(used) = using.collect::<Option<BTreeSet<&str>>>() else { return };
    let key = keys
        .get_mut("runs")
        .and_then(|runs| runs.get_mut("keys")?.get_mut("using")?.as_object_mut());
    if let (true, Some(key)) = (used.len() <= MAX_RUNTIMES, key) {
        key.insert("one_of".to_owned(), json!(used));
    }
}

/// Keys whose values are paths of files, relative to the document, in every repository that has the key.
fn files_named(path: &str, read: &[(usize, Arc<Document>)], members: &[Member]) -> Vec<String> {
    /// How often a key is there, and how often it names a file.
    #[derive(Default)]
    struct Named {
        times: usize,
        files: usize,
    }
    let path = RepoPath::new(path);
    let mut keys: BTreeMap<String, Named> = BTreeMap::new();
    for (member, document) in read {
        let Some(member) = members.get(*member) else { continue };
        let is_file = |value: &str| {
            value.contains(['/', '.'])
                && matches!(
                    link_target(&path, value),
                    LinkTarget::Inside(target) if member.snapshot.entry(target.as_str()).is_some()
                )
        };
        variables::scalars(document.root(), "", MAX_FILE_DEPTH, &mut |key, value| {
            let named = keys.entry(key).or_default();
            named.times += 1;
            named.files += usize::from(is_file(&value));
        });
    }
    let keys = keys.into_iter().filter(|(_, named)| named.times >= 2 && named.files == named.times);
    keys.map(|(key, _)| key).collect()
}

/// What is known of mappings before their keys are looked at.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// So many more levels are looked into.
    depth: usize,
    /// Whether the mapping has to be there: beneath one that may be left out nothing has to be.
    is_demanded: bool,
    holds: Holds,
    /// How many documents there are.
    of: usize,
    convention: Convention,
}

/// What the entries of a mapping are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Each is a thing of its own.
    Settings,
    /// All are of one sort, as dependencies are: what one says in a string another says in a mapping.
    Entries,
    /// The settings of a package of Cargo.
    Package,
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
    match level.convention {
        Convention::Action if name == "default" && !types.contains("map") => {
            types.extend(["string", "bool", "number"]);
        }
        Convention::Cargo if level.holds == Holds::Package => {
            types.insert("map");
        }
        _ => {}
    }
    // How some few write a value says little of how others may.
    let is_scalar = |name: &&str| ["string", "bool", "int", "number"].contains(name);
    let is_of_few = types.iter().any(is_scalar) && !nearly_all(values.len(), level.of);
    // Whole numbers are numbers.
    let types: Vec<&str> =
        types.iter().copied().filter(|name| *name != "int" || !types.contains("number")).collect();
    match types[..] {
        // No demand speaks of dates.
        _ if types.contains(&DATE) || is_of_few => None,
        [only] => key.insert("type".to_owned(), json!(only)),
        _ => key.insert("type".to_owned(), json!(types)),
    };
    if level.is_demanded {
        key.insert("required".to_owned(), json!(true));
    }
    if level.depth > 1 && types == ["map"] {
        let is_package =
            level.convention == Convention::Cargo && level.depth == MAX_DEPTH && name == "package";
        let holds = if is_package { Holds::Package } else { Holds::of(name, values) };
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
