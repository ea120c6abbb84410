//! The templates that a template takes in: those that it includes, extends or imports, and theirs.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The sources of the templates that another one takes in, by the names that it uses for them: their files in the pack.
pub type Parts = BTreeMap<String, Arc<str>>;

/// Collects all that a template takes in, itself or through others. `read` returns the source of a name, if there is one.
pub fn of(source: &str, read: impl Fn(&str) -> Option<Arc<str>>) -> Parts {
    let mut parts = Parts::new();
    let mut waiting: Vec<String> = named_in(source).map(str::to_owned).collect();
    while let Some(name) = waiting.pop() {
        if parts.contains_key(&name) {
            continue;
        }
        if let Some(text) = read(&name) {
            waiting.extend(named_in(&text).map(str::to_owned));
            parts.insert(name, text);
        }
    }
    parts
}

/// The names in the tags of a template that take in others. The text of a `raw` block may seem to have such tags: it then
/// has a part too many, which changes nothing that it renders.
pub fn named_in(source: &str) -> impl Iterator<Item = &str> {
    let tags = source.split("{%").skip(1).filter_map(|rest| Some(rest.split_once("%}")?.0));
    let arguments = tags.filter_map(|tag| {
        let tag = tag.trim_start_matches('-').trim_start();
        ["include", "extends", "import"].iter().find_map(|word| tag.strip_prefix(word))
    });
    arguments.flat_map(quoted)
}

/// The texts in quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let at = rest.find(['"', '\'', '`'])?;
        let (quote, behind) = rest.get(at..)?.split_at_checked(1)?;
        let (inner, after) = behind.split_once(quote)?;
        rest = after;
        Some(inner)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_in_is_named_by_every_tag_that_does_so() {
        let source = "{% extends \"a\" %}{%- include 'b' -%}{% include [\"c\", `d`] ignore missing %}\
                      {% import \"e\" as e %}{{ \"f\" }}{% set g = \"g\" %}";
        assert_eq!(named_in(source).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn parts_of_parts_are_parts_and_a_circle_ends() {
        let read = |name: &str| -> Option<Arc<str>> {
            match name {
                "a" => Some("{% include 'b' %}".into()),
                "b" => Some("{% include 'a' %}{% include 'gone' %}".into()),
                _ => None,
            }
        };
        let parts = of("{% include 'a' %}", read);
        assert_eq!(parts.keys().collect::<Vec<_>>(), ["a", "b"]);
    }
}
