//! `${{ … }}` of a forge's workflow in a template. Tera takes what is in the brackets for its own, and the forge never reads
//! it.

use crate::source::Span;

use super::inside;

/// What to write instead.
pub(in crate::shape) const HINT: &str = "`{{ … }}` behind a `$` is Tera's as well: what a forge is to read stands in \
                                         `{% raw %}…{% endraw %}`, as in `{% raw %}${{ github.token }}{% endraw %}`";

/// Returns where a template has `${{ … }}` that Tera reads: those in comments and raw blocks are none.
pub(in crate::shape) fn expressions(template: &str) -> Vec<Span> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(offset) = template.get(at..).and_then(|rest| rest.find('{')) {
        let start = at + offset;
        let rest = template.get(start..).unwrap_or_default();
        let length = if rest.starts_with("{#") {
            rest.find("#}").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("{%") {
            raw(rest).unwrap_or(2)
        } else if rest.starts_with("{{") {
            if template.get(..start).is_some_and(|before| before.ends_with('$')) {
                let length = rest.find("}}").map_or(rest.len(), |end| end + 2);
                found.push(Span::new(start - 1, start + length));
            }
            2
        } else {
            1
        };
        at = start + length;
    }
    found
}

/// Returns the length of the raw block at the beginning of a text, if there is one.
fn raw(text: &str) -> Option<usize> {
    let is = |tag: &str, word: &str| {
        tag.strip_prefix("{%")
            .and_then(|tag| tag.split_once("%}"))
            .is_some_and(|(it, _)| inside(it) == word)
    };
    if !is(text, "raw") {
        return None;
    }
    let ends = |at: usize| text.get(at..).is_some_and(|tag| is(tag, "endraw"));
    let end = text.match_indices("{%").map(|(at, _)| at).find(|at| ends(*at));
    Some(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_raw_or_a_comment_is_not_for_tera() {
        for (template, wanted) in [
            ("a: ${{ github.token }}\n", &["${{ github.token }}"][..]),
            ("${{ a || b }} ${{ slug }}", &["${{ a || b }}", "${{ slug }}"]),
            ("{{ slug }} $ {{ slug }} ${#a[@]}", &[]),
            ("{% raw %}${{ a }}{% if %}${{ b }}{% endraw %}", &[]),
            ("{%- raw -%}${{ a }}{%- endraw -%}${{ b }}", &["${{ b }}"]),
            ("{# ${{ a }} #}{% if a %}${{ b", &["${{ b"]),
        ] {
            let found = expressions(template);
            let found: Vec<&str> =
                found.iter().filter_map(|it| template.get(it.start..it.end)).collect();
            assert_eq!(found, wanted, "{template}");
        }
    }
}
