//! Infers the keys that YAML, JSON or TOML documents have in common, and their types.

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

/// Maximum depth of the keys to hold.
const MAX_DEPTH: usize = 4;

/// Maximum depth of the keys that may name files.
const MAX_FILE_DEPTH: usize = 3;

/// Maximum number of keys at one level; more are data rather than a schema.
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
    // Repositories are not held to a syntax that strict readers reject.
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
    // Keys that are all optional hold nobody to anything.
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

/// Counts of keys across all levels.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    keys: usize,
    required: usize,
    /// Mappings below the root with keys of their own.
    tables: usize,
}

impl Count {
    fn of(keys: &Map<String, Value>) -> Self {
        let mut count = Self::default();
        count.add(keys);
        count
    }

    // The recursion is bounded by `MAX_DEPTH`.
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

/// Conventions that apply to a document by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Convention {
    /// No known convention.
    None,
    /// A GitHub action, whose inputs are strings whichever way they are written.
    Action,
    /// A Cargo manifest, some of whose settings may be inherited from the workspace: `edition.workspace = true`.
    Cargo,
    /// Another TOML document, whose dependencies may be strings or tables as Cargo's are.
    Toml,
}

impl Convention {
    fn of(path: &str) -> Self {
        match path.rsplit('/').next() {
            Some("action.yml" | "action.yaml") => Self::Action,
            Some("Cargo.toml") => Self::Cargo,
            Some(name) if name.ends_with(".toml") => Self::Toml,
            _ => Self::None,
        }
    }
}

/// Maximum number of distinct action runtimes that count as a choice to hold to.
const MAX_RUNTIMES: usize = 3;

/// Holds actions to the runtimes in use, since forges drop old ones.
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

/// Returns the keys whose values are paths of files, relative to the document, in every repository that has the key.
fn files_named(path: &str, read: &[(usize, Arc<Document>)], members: &[Member]) -> Vec<String> {
    /// How often a key occurs, and how often it names a file.
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

/// The context of mappings whose keys are examined.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// How many more levels to examine.
    depth: usize,
    /// Whether the mapping is required; below an optional one, nothing is.
    is_demanded: bool,
    holds: Holds,
    /// Number of documents.
    of: usize,
    convention: Convention,
}

/// The kind of entries of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Settings, each of its own kind.
    Settings,
    /// Entries of the same kind, such as dependencies: a string in one may be a mapping in another.
    Entries,
    /// The settings of a Cargo package.
    Package,
}

impl Holds {
    /// Returns what mappings at a key hold: entries if the values are both strings and mappings and nothing else, or if
    /// its name ends in "dependencies" in a format whose dependencies may be either.
    fn of(name: &str, mappings: &[Node<'_>], convention: Convention) -> Self {
        let types: BTreeSet<&str> = mappings
            .iter()
            .flat_map(|mapping| mapping.entries())
            .map(|entry| type_of(entry.value))
            .collect();
        if types == BTreeSet::from(["map", "string"])
            || matches!(convention, Convention::Cargo | Convention::Toml)
                && name.to_ascii_lowercase().ends_with("dependencies")
        {
            Self::Entries
        } else {
            Self::Settings
        }
    }
}

/// Describes the keys that at least half of these mappings have. A key is required if all have it and the mapping is
/// required itself.
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
        // Keys that are empty everywhere have no type.
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

/// The type of dates, which demands have no name for.
const DATE: &str = "date";

/// Describes the demand on the values at a key. `level` is that of the surrounding mapping, with `is_demanded` for the
/// key.
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
        Convention::Cargo if level.holds == Holds::Package && !inherited(name).is_empty() => {
            types.insert("map");
            types.extend(inherited(name));
        }
        _ => {}
    }
    // A type seen in a few documents only is too little evidence.
    let is_scalar = |name: &&str| ["string", "bool", "int", "number"].contains(name);
    let is_of_few = types.iter().any(is_scalar) && !nearly_all(values.len(), level.of);
    // `number` includes `int`.
    let types: Vec<&str> =
        types.iter().copied().filter(|name| *name != "int" || !types.contains("number")).collect();
    match types[..] {
        // Demands have no type for dates. A version that is read as a number is a string in whoever quotes it.
        _ if types.contains(&DATE) || is_of_few => None,
        _ if types.contains(&"number") && are_versions(name, values) => None,
        [only] => key.insert("type".to_owned(), json!(only)),
        _ => key.insert("type".to_owned(), json!(types)),
    };
    if level.is_demanded {
        key.insert("required".to_owned(), json!(true));
    }
    if level.depth > 1 && types == ["map"] {
        let is_package =
            level.convention == Convention::Cargo && level.depth == MAX_DEPTH && name == "package";
        let holds =
            if is_package { Holds::Package } else { Holds::of(name, values, level.convention) };
        let below = keys(values, Level { depth: level.depth - 1, holds, ..level });
        if !below.is_empty() {
            key.insert("keys".to_owned(), Value::Object(below));
        }
    }
    key
}

/// Whether numbers at a key are the versions of something: `min_version: 2.9`, or `2.10`, which is another number than it
/// says. `1.0` is how many write a number that is whole.
fn are_versions(name: &str, values: &[Node<'_>]) -> bool {
    let loses_its_end = |text: &str| {
        let decimals = text.rsplit_once('.').map_or("", |(_, decimals)| decimals);
        decimals.len() >= 2 && decimals.ends_with('0')
    };
    let texts = values.iter().filter(|value| type_of(**value) == "number");
    let mut texts = texts.filter_map(|value| value.scalar_text());
    name.to_ascii_lowercase().ends_with("version") || texts.any(loses_its_end)
}

/// The types of a setting of a Cargo package that may come from the workspace instead; none for other settings.
/// Source: <https://doc.rust-lang.org/cargo/reference/workspaces.html#the-package-table>.
fn inherited(name: &str) -> &'static [&'static str] {
    match name {
        "authors" | "categories" | "exclude" | "include" | "keywords" => &["list"],
        "publish" => &["bool", "list"],
        "readme" => &["string", "bool"],
        "description" | "documentation" | "edition" | "homepage" | "license" | "license-file"
        | "repository" | "rust-version" | "version" => &["string"],
        _ => &[],
    }
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
