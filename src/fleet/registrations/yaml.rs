//! A registered list in a YAML document: a sequence of names or mappings, or the keys of a mapping.

use super::super::registration::{Form, Registration};
use super::Element;
use super::listing::{Change, Listing};
use crate::source::yaml::edit::{self, Placement};
use crate::source::yaml::{Dialect, Document, Node, Path, Value, quote_scalar};
use crate::source::{Span, Text, TextEdit};

/// Parses the document, and returns it with the path of the list.
fn open(text: &Text, registration: &Registration) -> Result<(Document, Path), String> {
    let document = Document::parse(text, Dialect::Yaml12)
        .map_err(|error| format!("the file is not YAML: {}", error.message))?;
    let symbol = registration.symbol.as_deref().unwrap_or_default();
    let path: Path = symbol.parse().map_err(|error| format!("{error}"))?;
    Ok((document, path))
}

pub(super) fn find(text: &Text, registration: &Registration) -> Result<Listing, String> {
    let (document, path) = open(text, registration)?;
    let node = document.at(&path).ok_or_else(|| format!("there is nothing at `{path}`"))?;
    let mut listing = Listing { elements: Vec::new(), open: Vec::new(), name: node.span() };
    let name = path.split_last().and_then(|(parent, _)| document.at(&parent));
    if let Some(parent) = name
        && let Some(entry) = parent.entries().find(|entry| entry.value.span() == node.span())
    {
        listing.name = entry.key.span();
    }
    let node = node.resolved();
    match registration.form {
        Form::Map if node.is_mapping() => {
            for entry in node.entries() {
                let Some(key) = entry.key.as_str() else {
                    listing.open.push((entry.key.span(), "has a key that is not a string".into()));
                    continue;
                };
                let mapped = entry.value.as_str().map(|it| (it.to_owned(), entry.value.span()));
                listing.elements.push(element(key, entry.key.span(), mapped));
            }
        }
        Form::Array if node.is_sequence() => {
            for item in node.items() {
                match named(item, registration) {
                    Ok(element) => listing.elements.push(element),
                    Err(reason) => listing.open.push((item.span(), reason)),
                }
            }
        }
        _ => return Err(format!("the value at `{path}` is a {}", node.type_name())),
    }
    Ok(listing)
}

fn element(value: &str, span: Span, mapped: Option<(String, Span)>) -> Element {
    Element { value: value.to_owned(), span, mapped, fields: Vec::new() }
}

fn named(item: Node<'_>, registration: &Registration) -> Result<Element, String> {
    let Some(field) = registration.field.as_deref() else {
        let value = item.as_str().ok_or("holds something that is not a string")?;
        return Ok(element(value, item.span(), None));
    };
    let name = item.get(field).ok_or_else(|| format!("holds an item without `{field}`"))?;
    let value = name.as_str().ok_or_else(|| format!("holds a `{field}` that is not a string"))?;
    let fields = item.entries().filter_map(|entry| {
        let value = entry.value.as_str().map(str::to_owned);
        Some((entry.key.as_str()?.to_owned(), value, entry.value.span()))
    });
    Ok(Element { fields: fields.collect(), ..element(value, name.span(), None) })
}

pub(super) fn edit(
    text: &Text,
    registration: &Registration,
    change: &Change,
) -> Result<Vec<TextEdit>, String> {
    let (document, path) = open(text, registration)?;
    let map = registration.form == Form::Map;
    let elements = find(text, registration)?.elements;
    let at = |element: &usize| {
        let known = elements.get(*element).ok_or("there is no such element")?;
        Ok::<Path, String>(if map {
            path.clone().key(&known.value)
        } else {
            path.clone().index(*element)
        })
    };
    let string = |value| Value::Str(value);
    let edits = match change {
        Change::Insert { text: key, value, .. } if map => {
            let value = value.as_ref().ok_or("the value of a new key is not known")?;
            let keys: Vec<&str> = elements.iter().map(|it| it.value.as_str()).collect();
            let behind =
                keys.iter().find(|it| keys.len() > 1 && keys.is_sorted() && **it > key.as_str());
            let place = behind.map_or(Placement::End, |key| Placement::Before(key));
            edit::insert_entry(&document, &path, key, &quote_scalar(value), place)
        }
        Change::Insert { .. } if registration.field.is_some() => {
            return Err("adding a mapping to a YAML list is left to a person".to_owned());
        }
        Change::Insert { text, .. } => edit::append_item(&document, &path, &quote_scalar(text)),
        Change::Rename { element, to } if map => edit::rename_key(&document, &at(element)?, to),
        Change::Rename { element, to } => {
            let item = at(element)?;
            let target = match registration.field.as_deref() {
                Some(field) => item.key(field),
                None => item,
            };
            edit::set_scalar(&document, &target, string(to))
        }
        Change::SetValue { element, to } => edit::set_scalar(&document, &at(element)?, string(to)),
        Change::SetField { element, field, to } => {
            edit::set_scalar(&document, &at(element)?.key(field), string(to))
        }
        Change::Remove { element } => edit::remove_entry(&document, &at(element)?),
    };
    edits.map_err(|refused| refused.message)
}
