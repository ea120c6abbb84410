//! Requirements in pyproject.toml.

use toml_edit::{Document, Item, TableLike, Value};

use super::places::{How, Place, asked};
use crate::checks::Repository;
use crate::source::requirements::{Requirements, normalize};
use crate::source::{Span, Text};

const FILE: &str = "pyproject.toml";

/// The places in a project's dependencies, its optional dependencies and its dependency groups.
pub(super) fn places(repository: &Repository<'_>, distribution: &str) -> Vec<Place> {
    let Some(text) = repository.text(FILE) else { return Vec::new() };
    let wanted = normalize(distribution);
    let content = text.as_str();
    let document = match Document::parse(content) {
        Ok(document) => document,
        // The file mentions the name, so it may ask for the distribution.
        Err(_) if content.to_lowercase().contains(&wanted) => {
            return vec![Place::unset(FILE, &text, Span::at(0), "the file is not TOML")];
        }
        Err(_) => return Vec::new(),
    };
    let reading = Reading { text: &text, wanted: &wanted };
    let mut found = Vec::new();
    let root = document.as_table();
    let project = table(root.get("project"));
    reading.list(project.and_then(|table| table.get("dependencies")), &mut found);
    let groups = [
        project.and_then(|table| table.get("optional-dependencies")),
        root.get("dependency-groups"),
    ];
    for (_, list) in groups.into_iter().filter_map(table).flat_map(|table| table.iter()) {
        reading.list(Some(list), &mut found);
    }
    let poetry = table(table(root.get("tool")).and_then(|tool| tool.get("poetry")));
    let poetry = table(poetry.and_then(|poetry| poetry.get("dependencies")));
    for (name, item) in poetry.into_iter().flat_map(|table| table.iter()) {
        if normalize(name) == wanted {
            let span = item.span().map_or(Span::at(0), |span| Span::new(span.start, span.end));
            found.push(Place::unset(FILE, &text, span, "Poetry has a notation of its own"));
        }
    }
    found
}

fn table(item: Option<&Item>) -> Option<&dyn TableLike> {
    item?.as_table_like()
}

struct Reading<'r> {
    text: &'r Text,
    wanted: &'r str,
}

impl Reading<'_> {
    fn list(&self, list: Option<&Item>, found: &mut Vec<Place>) {
        let values = list.and_then(Item::as_array).into_iter().flat_map(|array| array.iter());
        found.extend(values.filter_map(|value| self.of_value(value)));
    }

    fn of_value(&self, value: &Value) -> Option<Place> {
        let said = value.as_str()?;
        let span = value.span()?;
        let span = Span::new(span.start, span.end);
        let read = Requirements::parse(&Text::new(said));
        let requirement = read.requirements().find(|it| it.normalized == self.wanted)?;
        let raw = self.text.slice(span);
        let plain = [format!("\"{said}\""), format!("'{said}'")].iter().any(|it| it == raw);
        if !plain {
            return Some(Place::unset(FILE, self.text, span, "it is written in pieces"));
        }
        if requirement.url.is_some() {
            return Some(Place::unset(FILE, self.text, span, "it is installed from a URL"));
        }
        let requirement = Box::new(requirement.clone());
        let asks = asked(&requirement);
        let how = How::Requirement { requirement, base: span.start + 1, bare: None };
        Some(Place::new(FILE, self.text, span, asks, how))
    }
}
