//! Values of a description that become lines: of metadata, of `entry_points.txt`, of `pyproject.toml`.
//!
//! Each is returned with its place. None may contain a control character: a line end would inject another line, and
//! TOML allows none of them.

use super::Description;
use crate::source::typed::Step;

/// A value that becomes a line, or a part of one.
pub(super) struct Value<'a> {
    pub(super) at: Vec<Step>,
    /// Whether the value is the key at that place.
    pub(super) is_key: bool,
    pub(super) text: &'a str,
}

/// All such values, except names, paths and versions, whose own rules exclude control characters.
pub(super) fn of(description: &Description) -> Vec<Value<'_>> {
    let metadata = &description.metadata;
    let mut values = Vec::new();
    let mut add = |steps: &[Step], is_key: bool, text| {
        let at = [&["metadata".into()], steps].concat();
        values.push(Value { at, is_key, text });
    };
    add(&["description".into()], false, metadata.description.as_str());
    if let Some(license) = &metadata.license {
        add(&["license".into()], false, license);
    }
    for (list, people) in [("authors", &metadata.authors), ("maintainers", &metadata.maintainers)] {
        for (index, person) in people.iter().enumerate() {
            for (key, text) in [("name", &person.name), ("email", &person.email)] {
                if let Some(text) = text {
                    add(&[list.into(), index.into(), key.into()], false, text);
                }
            }
        }
    }
    let lists = [
        ("keywords", &metadata.keywords),
        ("classifiers", &metadata.classifiers),
        ("dependencies", &metadata.dependencies),
    ];
    for (key, list) in lists {
        for (index, text) in list.iter().enumerate() {
            add(&[key.into(), index.into()], false, text);
        }
    }
    for (extra, list) in &metadata.optional_dependencies {
        for (index, text) in list.iter().enumerate() {
            let steps = ["optional-dependencies".into(), extra.as_str().into(), index.into()];
            add(&steps, false, text);
        }
    }
    let tables = [
        ("urls", &metadata.urls),
        ("scripts", &metadata.scripts),
        ("gui-scripts", &metadata.gui_scripts),
    ];
    for (table, entries) in tables {
        for (key, text) in entries {
            let steps = [table.into(), key.as_str().into()];
            add(&steps, true, key);
            add(&steps, false, text);
        }
    }
    for (group, entries) in &metadata.entry_points {
        for (name, text) in entries {
            let steps = ["entry-points".into(), group.as_str().into(), name.as_str().into()];
            add(&steps, true, name);
            add(&steps, false, text);
        }
    }
    values
}
