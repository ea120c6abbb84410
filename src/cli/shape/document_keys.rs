//! What a pack demands of the keys of documents, in words, one line for each key.

use std::collections::BTreeMap;

use crate::shape::demands::document::Key;

/// Adds a line for each key and for those below it. `parent` is the path of the mapping that has them.
pub(super) fn add_lines(keys: &BTreeMap<String, Key>, parent: &str, lines: &mut Vec<String>) {
    for (name, key) in keys {
        let path = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        add_line(key, &path, lines);
    }
}

fn add_line(key: &Key, path: &str, lines: &mut Vec<String>) {
    lines.push(format!("  {path}  {}", in_words(key)).trim_end().to_owned());
    add_lines(&key.keys, path, lines);
    if let Some(items) = &key.items {
        add_line(items, &format!("{path}[]"), lines);
    }
}

fn in_words(key: &Key) -> String {
    // Destructured so that a new keyword has to be shown here: authors look here whether theirs was understood.
    let Key {
        types,
        required,
        one_of,
        minimum,
        maximum,
        read_by,
        moved_to,
        deprecated,
        keys: _,
        unknown_keys,
        items: _,
        versions,
    } = key;
    let types: Vec<&str> = types.as_slice().iter().map(|it| it.name()).collect();
    let mut parts = vec![if types.is_empty() { "any type".to_owned() } else { types.join(" or ") }];
    parts.extend(required.then(|| "required".to_owned()));
    parts.extend(minimum.map(|least| format!("at least {least}")));
    parts.extend(maximum.map(|most| format!("at most {most}")));
    parts.extend(one_of.iter().map(|values| {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        let also = if minimum.is_some() || maximum.is_some() { "also " } else { "one of " };
        format!("{also}{}", values.join(", "))
    }));
    parts.extend(unknown_keys.iter().map(|_| "no other keys".to_owned()));
    parts.extend(read_by.iter().map(|programs| match &programs[..] {
        [] => "read by no program".to_owned(),
        programs => format!("read by {}", programs.join(", ")),
    }));
    parts.extend(moved_to.iter().map(|path| format!("moved to `{path}`")));
    parts.extend(deprecated.iter().map(|instead| format!("deprecated: use {instead}")));
    if !versions.is_empty() {
        let listed: Vec<String> = versions.iter().map(i64::to_string).collect();
        let noun = if versions.len() == 1 { "version" } else { "versions" };
        parts.push(format!("only in {noun} {}", listed.join(", ")));
    }
    parts.join("; ")
}
