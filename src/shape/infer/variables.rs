//! Infers variables: values that differ between repositories and can be read from each of them.
//!
//! There are two kinds: a key of a YAML or TOML document whose value follows from the slug, and the name of the only
//! class of a Python module that derives from a base common to all repositories.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::shape::manifest::{Extract, Variable};
use crate::shape::pack::expressions;
use crate::shape::render::Templates;
use crate::shape::variables::{Extracted, GIVEN, Given, STARTER, Variables};
use crate::snapshot::Blob;
use crate::source::yaml::{Dialect, Node};

use super::census::PathCensus;
use super::kind::{self, FileKind};
use super::{Member, ProposedVariable, most, nearly_all};

/// Maximum depth of the keys to consider.
const MAX_KEY_DEPTH: usize = 3;

/// Expressions that may derive a value from the slug. Of those that fit as often, the first: values are titles more often
/// than names of classes.
const DERIVATIONS: [&str; 4] = [
    "{{ slug }}",
    "{{ slug | snake_case }}",
    "{{ slug | title_case }}",
    "{{ slug | pascal_case }}",
];

/// A variable, and its value in each repository.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) proposed: ProposedVariable,
    /// Values by index of the repository.
    values: BTreeMap<usize, String>,
}

/// Finds the variables.
pub(super) fn find(members: &[Member], slugs: &[&str], census: &[PathCensus]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for path in census.iter().filter(|path| nearly_all(path.present(), members.len())) {
        let candidates = match kind::of(path.path.as_str()) {
            FileKind::Yaml | FileKind::Toml => {
                yaml_keys(path.path.as_str(), &path.blobs(members), slugs)
            }
            FileKind::Python => subclass(path.path.as_str(), &path.blobs(members), slugs),
            _ => Vec::new(),
        };
        for mut candidate in candidates {
            let taken = |name: &str| {
                GIVEN.contains(&name)
                    || name == STARTER
                    || found.iter().any(|found| found.proposed.name == name)
            };
            if taken(&candidate.proposed.name) {
                let stem = identifier(stem_of(path.path.as_str()));
                candidate.proposed.name = format!("{stem}_{}", candidate.proposed.name);
            }
            if !taken(&candidate.proposed.name) {
                found.push(candidate);
            }
        }
    }
    found
}

/// Returns the values of one repository, as judging it will find them.
pub(super) fn values_of(
    member: usize,
    name: &str,
    slug: &str,
    found: &[Found],
) -> Option<Variables> {
    let definitions: Vec<(String, Variable)> = found
        .iter()
        .map(|found| (found.proposed.name.clone(), found.proposed.definition.clone()))
        .collect();
    let sources: Vec<(String, &str)> =
        definitions.iter().flat_map(|(name, variable)| expressions(name, variable)).collect();
    let templates =
        Templates::compile(sources.iter().map(|(name, source)| (name.as_str(), *source))).ok()?;
    let none = BTreeMap::new();
    let given = Given { slug, repository: name, owner: "", forge_owner: "", fleet: &none };
    let said = |extract: &Extract| {
        let found = found.iter().find(|found| {
            found.proposed.definition.extract.as_ref().is_some_and(|own| std::ptr::eq(own, extract))
                || same_place(found.proposed.definition.extract.as_ref(), extract)
        });
        let value = found.and_then(|found| found.values.get(&member).cloned());
        value.map_or(Extracted::Nothing, Extracted::Value)
    };
    Variables::resolve(&definitions, &templates, &given, said).ok().map(|(values, _)| values)
}

fn same_place(one: Option<&Extract>, other: &Extract) -> bool {
    match (one, other) {
        (Some(Extract::Yaml { path, key }), Extract::Yaml { path: other_path, key: other_key }) => {
            path == other_path && key == other_key
        }
        (Some(Extract::Subclass { path, of }), Extract::Subclass { path: other, of: base }) => {
            path == other && of == base
        }
        _ => false,
    }
}

fn yaml_keys(path: &str, blobs: &[(usize, Arc<Blob>)], slugs: &[&str]) -> Vec<Found> {
    let mut keys: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
    let dialect = Dialect::of_file(path, Dialect::Yaml12);
    for (member, blob) in blobs {
        let Ok(document) = blob.documents.yaml(dialect) else { continue };
        scalars(document.root(), "", MAX_KEY_DEPTH, &mut |key, value| {
            keys.entry(key).or_default().insert(*member, value);
        });
    }
    let mut found = Vec::new();
    for (key, values) in keys {
        if !nearly_all(values.len(), blobs.len()) || !vary(&values) {
            continue;
        }
        let Some((derivation, count)) = derivation(&values, slugs) else { continue };
        if !most(count, values.len()) {
            continue;
        }
        let always = count == values.len();
        let name = identifier(key.rsplit('.').next().unwrap_or(&key));
        let why = format!("`{key}` of {path} follows from the slug in {count} of {}", values.len());
        let definition = Variable {
            description: format!("`{key}` of {path}"),
            extract: Some(Extract::Yaml { path: path.to_owned(), key }),
            default: Some(derivation.to_owned()),
            must_equal: always.then(|| derivation.to_owned()),
            ..Variable::default()
        };
        found.push(Found { proposed: ProposedVariable { name, definition, why }, values });
    }
    found
}

/// Passes the dotted key and value of each string in a mapping and those below it to `take`.
pub(super) fn scalars(
    node: Node<'_>,
    above: &str,
    depth: usize,
    take: &mut dyn FnMut(String, String),
) {
    for entry in node.entries() {
        let Some(key) = entry.key.scalar_text().filter(|key| is_plain_key(key)) else { continue };
        let key = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        match entry.value.as_str() {
            Some(value) if !value.is_empty() => take(key, value.to_owned()),
            _ if depth > 1 => scalars(entry.value, &key, depth - 1, take),
            _ => {}
        }
    }
}

fn is_plain_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Returns the derivation that most values follow, and how many do.
fn derivation(values: &BTreeMap<usize, String>, slugs: &[&str]) -> Option<(&'static str, usize)> {
    let follow = |derivation: &str| {
        let count = |(member, value): &(&usize, &String)| {
            let slug = slugs.get(**member).copied().unwrap_or_default();
            derived(derivation, slug).as_deref() == Some(value.as_str())
        };
        values.iter().filter(count).count()
    };
    let counted = DERIVATIONS.iter().map(|derivation| (*derivation, follow(derivation)));
    counted.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

pub(super) fn derived(expression: &str, slug: &str) -> Option<String> {
    let mut values = Variables::default();
    values.insert("slug", slug);
    Templates::compile([("it", expression)]).ok()?.render("it", &values).ok()
}

fn subclass(path: &str, blobs: &[(usize, Arc<Blob>)], slugs: &[&str]) -> Vec<Found> {
    let mut bases: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
    for (member, blob) in blobs {
        let Ok(module) = blob.documents.python() else { continue };
        let written = module.classes.iter().flat_map(|class| &class.bases);
        let names = written.filter_map(|base| base.name.as_deref()?.rsplit('.').next());
        for base in names.collect::<BTreeSet<&str>>() {
            if let Some(class) = module.subclass_of(base, &[]).only() {
                bases.entry(base.to_owned()).or_default().insert(*member, class.name.clone());
            }
        }
    }
    let mut found = Vec::new();
    for (base, values) in bases {
        if !nearly_all(values.len(), blobs.len()) || !vary(&values) {
            continue;
        }
        let ending = common_ending(&values, slugs);
        let name = format!("{}_class", identifier(stem_of(path)));
        let why =
            format!("each repository names its one class of {path} that derives from `{base}`");
        let definition = Variable {
            description: format!("The class in {path} that derives from {base}"),
            extract: Some(Extract::Subclass { path: path.to_owned(), of: base }),
            default: Some(format!("{{{{ slug | pascal_case }}}}{ending}")),
            ..Variable::default()
        };
        found.push(Found { proposed: ProposedVariable { name, definition, why }, values });
    }
    found
}

/// Returns what most class names have after the slug, such as `Adapter`.
fn common_ending(values: &BTreeMap<usize, String>, slugs: &[&str]) -> String {
    let mut endings: BTreeMap<String, usize> = BTreeMap::new();
    for (member, value) in values {
        let slug = slugs.get(*member).copied().unwrap_or_default();
        let camel = derived("{{ slug | pascal_case }}", slug).unwrap_or_default();
        // People write `LangGraph` for the slug `langgraph`.
        let head = value.get(..camel.len()).filter(|head| head.eq_ignore_ascii_case(&camel));
        if let Some(ending) = head.and_then(|head| value.strip_prefix(head)) {
            *endings.entry(ending.to_owned()).or_default() += 1;
        }
    }
    let most_frequent = endings.into_iter().max_by_key(|(_, count)| *count);
    most_frequent.map(|(ending, _)| ending).unwrap_or_default()
}

fn vary(values: &BTreeMap<usize, String>) -> bool {
    let first = values.values().next();
    values.values().any(|value| Some(value) != first)
}

fn stem_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// Turns a text into a name that templates can use.
fn identifier(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    let begins_plainly = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !begins_plainly || !Templates::can_name(&name) {
        name.insert_str(0, "value_");
    }
    name
}
