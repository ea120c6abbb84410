//! The tags and expressions that a template is made of.

use std::collections::BTreeSet;

use crate::shape::quoting::bare;

/// A tag of a template.
#[derive(Clone, Copy)]
enum Tag<'t> {
    /// `{{ slug }}`, without the braces.
    Expression(&'t str),
    /// `{% if starter %}`, without the braces.
    Block(&'t str),
}

/// The tags for conditions, loops and the like, apart from `raw`.
pub(super) fn blocks(template: &str) -> Vec<&str> {
    let block = |tag| match tag {
        Tag::Block(tag) => Some(tag),
        Tag::Expression(_) => None,
    };
    tags(template).into_iter().filter_map(block).collect()
}

/// The conditions, loops and the like of the old template that the new one lacks.
pub(super) fn lost_blocks(old: &str, new: &str) -> Vec<String> {
    let mut kept = blocks(new);
    let is_lost = |tag: &&str| match kept.iter().position(|it| it == tag) {
        Some(at) => {
            kept.remove(at);
            false
        }
        None => true,
    };
    blocks(old).into_iter().filter(is_lost).map(str::to_owned).collect()
}

/// The expressions of the old template that occur nowhere in the new one, each once, whatever language they quote for.
pub(super) fn lost_expressions(old: &str, new: &str) -> Vec<String> {
    let mut known: BTreeSet<String> = expressions(new).map(without_blanks).collect();
    let lost = expressions(old).filter(|expression| known.insert(without_blanks(expression)));
    lost.map(str::to_owned).collect()
}

fn expressions(template: &str) -> impl Iterator<Item = &str> {
    let expression = |tag| match tag {
        Tag::Expression(expression) => Some(bare(expression)),
        Tag::Block(_) => None,
    };
    tags(template).into_iter().filter_map(expression)
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The tags outside of comments and `raw` blocks.
fn tags(template: &str) -> Vec<Tag<'_>> {
    const BLANKS: [char; 5] = ['-', ' ', '\t', '\r', '\n'];
    let mut found = Vec::new();
    let (mut rest, mut is_raw) = (template, false);
    while let Some(at) = rest.find('{') {
        let behind = rest.get(at..).unwrap_or_default();
        let closed = |close: &str| behind.get(2..).and_then(|inner| inner.split_once(close));
        let (tag, after) = match behind.get(..2) {
            Some("{%") => match closed("%}") {
                Some((tag, after)) => (Some(Tag::Block(tag.trim_matches(BLANKS))), after),
                None => break,
            },
            Some("{{") if !is_raw => match closed("}}") {
                Some((tag, after)) => (Some(Tag::Expression(tag.trim_matches(BLANKS))), after),
                None => break,
            },
            Some("{#") if !is_raw => (None, closed("#}").map_or("", |(_, after)| after)),
            _ => (None, behind.get(1..).unwrap_or_default()),
        };
        rest = after;
        match tag {
            Some(Tag::Block("raw")) => is_raw = true,
            Some(Tag::Block("endraw")) => is_raw = false,
            // What only looks like a tag may hold the end of the block.
            Some(_) if is_raw => rest = behind.get(2..).unwrap_or_default(),
            Some(tag) => found.push(tag),
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_comments_and_raw_blocks_are_text() {
        let template =
            "{# {{ a }} #}{% raw %}${{ b }}{% x {% endraw %}{%- if c -%}{{ d | toml }}{% endif %}";
        assert_eq!(blocks(template), ["if c", "endif"]);
        assert_eq!(expressions(template).collect::<Vec<_>>(), ["d"]);
    }

    #[test]
    fn an_expression_is_lost_where_no_other_like_it_is_left() {
        let lost = |old: &str, new: &str| lost_expressions(old, new).join("; ");
        assert_eq!(lost("{{ a }} {{ b }} {{ b }}", "{{ a }}"), "b");
        assert_eq!(lost("{{ a | yaml }}", "{{a}}-x"), "");
    }
}
