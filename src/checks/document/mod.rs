//! A YAML document matched against what the pack demands of it: each value with the demand that applies to it.
//!
//! There is one [`Sheet`] for each demanded document that can be read. The walk follows the demands, so it goes only
//! as deep as they do, and it visits each pair of a collection and a demand once: nested aliases cost nothing. What
//! is wrong with a value is for the rules to say.

mod ahead;
pub mod document_default;
pub mod document_deprecated_key;
pub mod document_duplicate_key;
pub mod document_key;
pub mod document_missing_file;
pub mod document_scalar_trap;
pub mod document_unknown_key;
pub mod document_unread_key;
pub mod document_version;

pub use ahead::is_for_migrate;

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::rc::Rc;

use super::shown::shown;
use super::{Check, Location, Repository, Severity};
use crate::shape::demands::document::{Demand, Key, Type};
use crate::source::yaml::edit::Edits;
use crate::source::yaml::{Document, EntryNode, Node, Style, Value};
use crate::source::{Span, TextEdit};

/// How many bytes may be parsed again for one rule's proposals about one document. Each proposal is checked by
/// parsing the whole document, which can contain as many mistakes as it has lines.
const MAX_PROPOSED_BYTES: usize = 16 << 20;

/// The checks of this folder, in the order in which they run. A new one needs a `pub mod` above and a line here.
pub(super) const CHECKS: &[&dyn Check] = &[
    &document_key::DocumentKey,
    &document_version::DocumentVersion,
    &document_unread_key::DocumentUnreadKey,
    &document_unknown_key::DocumentUnknownKey,
    &document_duplicate_key::DocumentDuplicateKey,
    &document_scalar_trap::DocumentScalarTrap,
    &document_default::DocumentDefault,
    &document_missing_file::DocumentMissingFile,
    &document_deprecated_key::DocumentDeprecatedKey,
];

/// A document, with its demands.
pub(super) struct Sheet<'d> {
    pub(super) demand: &'d Demand,
    pub(super) document: &'d Document,
    /// The schema version that it follows, if the demand knows that version.
    pub(super) version: Option<i64>,
    /// Every value that a demand applies to.
    pub(super) sites: Vec<Site<'d>>,
    /// Keys that no demand knows, where unknown keys are judged.
    pub(super) unknown: Vec<Unknown<'d>>,
    /// Required keys that are missing.
    pub(super) missing: Vec<Missing<'d>>,
    /// Bytes that have been parsed again so far.
    proposed: Cell<usize>,
}

/// A value, and the demand that applies to it.
pub(super) struct Site<'d> {
    /// The key of the value; `None` for an item of a list.
    pub(super) key: Option<Node<'d>>,
    pub(super) value: Node<'d>,
    pub(super) demand: &'d Key,
    /// Whether the value is below a key that nothing reads, so that its type does not matter.
    pub(super) below_unread: bool,
}

/// A key that no demand knows.
pub(super) struct Unknown<'d> {
    pub(super) entry: EntryNode<'d>,
    pub(super) name: &'d str,
    pub(super) severity: Severity,
    /// The keys that the map may have but does not.
    pub(super) free: Rc<[&'d str]>,
    /// Versions of the schema that have the key.
    pub(super) versions: &'d [i64],
}

/// A required key that is missing.
pub(super) struct Missing<'d> {
    pub(super) parent: Node<'d>,
    pub(super) name: &'d str,
    pub(super) demand: &'d Key,
}

/// A map that has yet to be visited.
struct Waiting<'d> {
    node: Node<'d>,
    keys: &'d BTreeMap<String, Key>,
    unknown: Option<Severity>,
    below_unread: bool,
}

/// Calls `judge` with every demanded document that can be read.
pub(super) fn each_sheet(repository: &Repository<'_>, mut judge: impl FnMut(&Sheet<'_>)) {
    for demand in &repository.pack.manifest.demands.documents {
        if let Some(document) = repository.yaml(&demand.path, demand.read_as()) {
            judge(&Sheet::of(&document.of_file(&demand.path), demand));
        }
    }
}

impl<'d> Sheet<'d> {
    fn of(document: &'d Document, demand: &'d Demand) -> Self {
        let version = version_of(document, demand);
        let (sites, unknown, missing) = (Vec::new(), Vec::new(), Vec::new());
        let proposed = Cell::default();
        let mut sheet = Self { demand, document, version, sites, unknown, missing, proposed };
        let root = document.root();
        let whole = Waiting {
            node: root,
            keys: &demand.keys,
            unknown: demand.unknown_keys,
            below_unread: false,
        };
        let mut waiting = VecDeque::from([whole]);
        let mut met: HashSet<(Span, *const Key)> = HashSet::new();
        while let Some(map) = waiting.pop_front() {
            sheet.look_into(&map, &mut waiting, &mut met);
        }
        sheet
    }

    fn look_into(
        &mut self,
        map: &Waiting<'d>,
        waiting: &mut VecDeque<Waiting<'d>>,
        met: &mut HashSet<(Span, *const Key)>,
    ) {
        let entries = effective_entries(map.node);
        let names: HashSet<&str> =
            entries.iter().filter_map(|entry| entry.key.scalar_text()).collect();
        let known = map.keys.keys().map(String::as_str);
        let free: Rc<[&'d str]> = known.filter(|name| !names.contains(name)).collect();
        for (name, key) in map.keys {
            let absent = !names.contains(name.as_str());
            if key.required && !map.below_unread && self.has_key(key) && absent {
                self.missing.push(Missing { parent: map.node, name, demand: key });
            }
        }
        for entry in entries {
            let Some(name) = entry.key.scalar_text() else { continue };
            let known = map.keys.get(name);
            match known.filter(|key| self.has_key(key)) {
                Some(key) => {
                    let below_unread = map.below_unread;
                    let site = Site {
                        key: Some(entry.key),
                        value: entry.value,
                        demand: key,
                        below_unread,
                    };
                    self.meet(site, waiting, met);
                }
                None => {
                    if let Some(severity) = map.unknown.filter(|_| !map.keys.is_empty()) {
                        let versions = known.map_or(&[][..], |key| &key.versions);
                        let free = Rc::clone(&free);
                        self.unknown.push(Unknown { entry, name, severity, free, versions });
                    }
                }
            }
        }
    }

    /// Records a site and its items, and queues the maps that have yet to be visited.
    fn meet(
        &mut self,
        site: Site<'d>,
        waiting: &mut VecDeque<Waiting<'d>>,
        met: &mut HashSet<(Span, *const Key)>,
    ) {
        let mut sites = vec![site];
        while let Some(site) = sites.pop() {
            let Site { value, demand, .. } = site;
            let below_unread =
                site.below_unread || demand.read_by.as_ref().is_some_and(Vec::is_empty);
            self.sites.push(site);
            let is_collection = value.is_mapping() || value.is_sequence();
            if !is_collection || !met.insert((value.resolved().span(), std::ptr::from_ref(demand)))
            {
                continue;
            }
            if let Some(items) = &demand.items {
                let item = |value| Site { key: None, value, demand: items, below_unread };
                sites.extend(value.items().rev().map(item));
            }
            if value.is_mapping() && !demand.keys.is_empty() {
                let unknown = demand.unknown_keys.or(self.demand.unknown_keys);
                waiting.push_back(Waiting {
                    node: value,
                    keys: &demand.keys,
                    unknown,
                    below_unread,
                });
            }
        }
    }

    fn has_key(&self, key: &Key) -> bool {
        key.versions.is_empty()
            || self.version.is_none_or(|version| key.versions.contains(&version))
    }

    /// The edits of a proposal, unless there are none or the limit on bytes is used up.
    pub(super) fn propose(&self, edits: impl FnOnce() -> Edits) -> Option<Vec<TextEdit>> {
        let proposed = self.proposed.get().saturating_add(self.document.text().as_str().len());
        self.proposed.set(proposed);
        if proposed > MAX_PROPOSED_BYTES { None } else { edits().ok() }
    }

    /// The location of a part of the document.
    pub(super) fn location(&self, span: Span) -> Location {
        Location::span(self.demand.path.as_str(), self.document.text(), span)
    }

    /// Whether a site is the document's version, which has its own rule.
    pub(super) fn is_version(&self, site: &Site<'_>) -> bool {
        let Some(version) = &self.demand.version else { return false };
        site.key.is_some_and(|key| {
            key.scalar_text() == Some(version.key.as_str())
                && key.parent() == Some(self.document.root())
        })
    }
}

impl Site<'_> {
    /// The path of the value, as written in the document.
    pub(super) fn name(&self) -> String {
        self.value.path().to_string()
    }

    /// Whether the value has one of the demanded types.
    pub(super) fn has_wanted_type(&self) -> bool {
        let wanted = self.demand.types.as_slice();
        wanted.is_empty() || wanted.iter().any(|wanted| is_of_type(self.value, *wanted))
    }

    /// The text of a plain scalar that should be a string but is read as something else.
    pub(super) fn trap(&self) -> Option<&str> {
        let wanted = self.demand.types.as_slice();
        let plain = self.value.style() == Some(Style::Plain) && self.value.tag().is_none();
        if !plain || !wanted.contains(&Type::String) || self.has_wanted_type() {
            return None;
        }
        let text = self.value.scalar_text().filter(|_| !self.value.is_null())?;
        let allowed = self.demand.allowed();
        (allowed.is_empty() || allowed.iter().any(|one| one == text)).then_some(text)
    }
}

/// The version that a document follows, if it is an integer that the demand knows.
fn version_of(document: &Document, demand: &Demand) -> Option<i64> {
    let version = demand.version.as_ref()?;
    match document.root().get(&version.key)?.value()? {
        Value::Int(number) if version.knows(number) => Some(number),
        _ => None,
    }
}

/// The entries that take effect: the last of any duplicates, and those that merge keys bring in.
fn effective_entries(map: Node<'_>) -> Vec<EntryNode<'_>> {
    let mut names: HashSet<&str> = HashSet::new();
    let mut found = Vec::new();
    let mut met: HashSet<Span> = HashSet::new();
    let mut waiting = VecDeque::from([map.resolved()]);
    while let Some(node) = waiting.pop_front() {
        if !met.insert(node.span()) {
            continue;
        }
        let before = found.len();
        for entry in node.entries().rev() {
            if node.document().is_merge_key(entry.key) {
                let source = entry.value.resolved();
                waiting.extend(
                    source
                        .items()
                        .chain([source])
                        .map(Node::resolved)
                        .filter(|source| source.is_mapping()),
                );
            } else if entry.key.scalar_text().is_none_or(|name| names.insert(name)) {
                found.push(entry);
            }
        }
        if let Some(own) = found.get_mut(before..) {
            own.reverse();
        }
    }
    found
}

fn is_of_type(value: Node<'_>, wanted: Type) -> bool {
    match (wanted, value.value()) {
        (Type::Map, _) => value.is_mapping(),
        (Type::List, _) => value.is_sequence(),
        (Type::String, Some(Value::Str(_)))
        | (Type::Int, Some(Value::Int(_) | Value::BigInt(_)))
        | (Type::Number, Some(Value::Int(_) | Value::BigInt(_) | Value::Float(_)))
        | (Type::Bool, Some(Value::Bool(_)))
        | (Type::Null, Some(Value::Null)) => true,
        _ => false,
    }
}

/// What messages call a type.
pub(super) fn type_name(wanted: Type) -> &'static str {
    match wanted {
        Type::String => "a string",
        Type::Int => "an integer",
        Type::Number => "a number",
        Type::Bool => "a boolean",
        Type::List => "a list",
        Type::Map => "a mapping",
        Type::Null => "null",
    }
}

/// Lists words for a message: `a`, `b` or `c`.
pub(super) fn listed(words: impl IntoIterator<Item = impl AsRef<str>>, last: &str) -> String {
    let words: Vec<String> =
        words.into_iter().map(|word| format!("`{}`", shown(word.as_ref()))).collect();
    match words.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}
