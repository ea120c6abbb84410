//! Finds paths of keys that lead nowhere in the document that a demand describes, or to what has no value there.

use std::collections::BTreeMap;

use super::{Demand, Key, Type};
use crate::shape::demands::Fault;
use crate::source::typed::nearest;
use crate::source::yaml::{Path, Step};

/// What the path of a demand has to lead to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LeadsTo {
    /// One scalar.
    Value,
    /// One scalar or many.
    Values,
    /// A list.
    List,
}

/// A path of keys in a document, as a demand names it.
pub(super) struct Named<'a> {
    pub(super) path: &'a str,
    /// Where shape.yaml has it.
    pub(super) place: Path,
    pub(super) leads_to: LeadsTo,
}

impl Named<'_> {
    /// What is wrong with it in the document of a demand.
    pub(super) fn fault(self, demand: &Demand) -> Option<Fault> {
        let (message, hint) = self.reason(demand)?;
        Some(Fault::new(self.place, message, hint))
    }

    fn reason(&self, demand: &Demand) -> Option<(String, String)> {
        let Self { path: named, leads_to, .. } = self;
        let path: Path = match named.parse() {
            Ok(path) => path,
            Err(error) => {
                return Some((
                    error.to_string(),
                    "write keys joined by dots: `a.b[].c`".to_owned(),
                ));
            }
        };
        if *leads_to != LeadsTo::Values && path.steps().contains(&Step::Each) {
            let message = format!("`{named}` leads to many values, where one is needed");
            return Some((message, "leave `[]` out".to_owned()));
        }
        if has_moved(&demand.keys, named) {
            return None;
        }
        let mut at =
            Place { keys: &demand.keys, is_closed: demand.unknown_keys.is_some(), key: None };
        let mut walked = String::new();
        for step in path.steps() {
            match step {
                Step::Key(name) => {
                    if at.key.is_some_and(is_list) {
                        return Some((
                            format!(
                                "`{named}` leads nowhere in `{}`: `{walked}` is a list",
                                demand.path
                            ),
                            format!("write `{walked}[]` for its items"),
                        ));
                    }
                    if !walked.is_empty() {
                        walked.push('.');
                    }
                    walked.push_str(name);
                    let Some(key) = at.keys.get(name) else {
                        return at.unknown(name, named, demand);
                    };
                    at = at.below(key, &key.keys);
                }
                Step::Index(_) | Step::Each => {
                    if at.key.is_some_and(|key| !takes(key, Type::List)) {
                        return Some((
                            format!(
                                "`{named}` leads nowhere in `{}`: `{walked}` is not a list",
                                demand.path
                            ),
                            format!("remove `[]` after `{walked}`"),
                        ));
                    }
                    walked.push_str("[]");
                    let items = at.key?.items.as_deref()?;
                    at = at.below(items, &items.keys);
                }
            }
        }
        let key = at.key?;
        match leads_to {
            LeadsTo::List if takes(key, Type::List) => None,
            LeadsTo::List => Some((
                format!("`{named}` in `{}` is not a list", demand.path),
                "name the list that has to contain the values".to_owned(),
            )),
            _ if is_list(key) => Some((
                format!("`{named}` in `{}` is a list, where a value is needed", demand.path),
                match leads_to {
                    LeadsTo::Values => format!("write `{named}[]` for its items"),
                    _ => "name the key of one value".to_owned(),
                },
            )),
            _ if is_map(key) => Some((
                format!("`{named}` in `{}` is a map, where a value is needed", demand.path),
                "name one of its keys".to_owned(),
            )),
            _ => None,
        }
    }
}

/// The keys at some depth of a document.
struct Place<'k> {
    keys: &'k BTreeMap<String, Key>,
    /// Whether keys that are not listed are reported.
    is_closed: bool,
    /// The key that these are below; `None` at the root.
    key: Option<&'k Key>,
}

impl<'k> Place<'k> {
    fn below(&self, key: &'k Key, keys: &'k BTreeMap<String, Key>) -> Self {
        Self { keys, is_closed: self.is_closed || key.unknown_keys.is_some(), key: Some(key) }
    }

    /// The fault of a key that is not listed here. Where other keys are allowed, it counts only if it resembles a
    /// listed one.
    fn unknown(&self, name: &str, named: &str, demand: &Demand) -> Option<(String, String)> {
        if self.keys.is_empty() {
            return None;
        }
        let meant = nearest(name, self.keys.keys().map(String::as_str));
        let message =
            format!("`{named}` leads nowhere: `keys` of `{}` does not list `{name}`", demand.path);
        match meant {
            Some(meant) => {
                Some((message, format!("did you mean `{meant}`? If not, list `{name}` in `keys`")))
            }
            None if self.is_closed => Some((message, format!("list `{name}` in `keys`"))),
            None => None,
        }
    }
}

fn takes(key: &Key, wanted: Type) -> bool {
    let types = key.types.as_slice();
    types.is_empty() || types.contains(&wanted)
}

fn is_list(key: &Key) -> bool {
    key.types.as_slice() == [Type::List] || key.items.is_some() && key.types.as_slice().is_empty()
}

fn is_map(key: &Key) -> bool {
    key.types.as_slice() == [Type::Map] || !key.keys.is_empty() && key.types.as_slice().is_empty()
}

/// Whether a path is one to which another key has moved: `keys` describes its content at the former place.
fn has_moved(keys: &BTreeMap<String, Key>, path: &str) -> bool {
    keys.values().any(|key| {
        let begins = |to: &String| path.starts_with(to.as_str());
        key.moved_to.as_ref().is_some_and(begins) || has_moved(&key.keys, path)
    })
}
