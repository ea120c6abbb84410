//! A template engine hardened against untrusted templates.
//!
//! A pack or a campaign may come from a third party. Its templates see their values and nothing else; what would
//! exhaust the stack or the memory is refused when it is compiled or called.

mod depth;
pub(super) mod forge;

use std::collections::HashMap;

use tera::{Template, Tera, Value};

use super::variables::expression_of;

/// Maximum length of a tag in bytes: evaluating an expression takes stack for each of its parts.
const MAX_TAG: usize = 300;

/// Maximum depth of brackets in a tag: Tera takes four times as long to parse what is in another call.
const MAX_BRACKETS: usize = 6;

/// Maximum depth of a template: blocks in blocks, with the templates and macros that it takes in. An unoptimized Tera
/// renders this many levels in the 2 MiB that a thread has.
const MAX_DEPTH: usize = 64;

/// Maximum number of items of a range.
const MAX_RANGE: u64 = 10_000;

/// Creates an engine without templates.
pub(crate) fn engine() -> Tera {
    let mut tera = Tera::default();
    // Tera's own function would let a template write a token from the environment into its output.
    tera.register_function("get_env", |_: &HashMap<String, Value>| {
        Err::<Value, _>(tera::Error::msg("templates have no access to the environment"))
    });
    tera.register_function("range", range);
    tera
}

/// Returns why a template was refused or failed to render: the innermost of Tera's nested errors, the only informative
/// one.
pub(crate) fn why(error: &tera::Error) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message = inner.to_string();
        source = inner.source();
    }
    message
}

/// Adds templates, by name.
///
/// # Errors
/// When one is not a valid template, has a tag that is too long, is nested too deep, or takes in itself.
pub(crate) fn add<'a>(
    tera: &mut Tera,
    sources: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> tera::Result<()> {
    for (name, text) in sources {
        if let Some(why) = exceeded(text) {
            return Err(tera::Error::msg(format!("{} {why}", shown(name))));
        }
        tera.templates.insert(name.to_owned(), Template::new(name, None, text)?);
    }
    depth::check_parents(tera).map_err(tera::Error::msg)?;
    tera.build_inheritance_chains()?;
    tera.check_macro_files()?;
    depth::check(tera).map_err(tera::Error::msg)
}

/// Returns the name of a template for messages.
fn shown(name: &str) -> String {
    expression_of(name).unwrap_or_else(|| format!("`{name}`"))
}

/// Returns the limit that a template exceeds, which its parser would exhaust the stack or the time by.
fn exceeded(text: &str) -> Option<String> {
    let Extent { longest_tag, deepest_block, deepest_bracket } = Extent::of(text);
    if longest_tag > MAX_TAG {
        return Some(format!("has a tag of {longest_tag} bytes, more than the limit of {MAX_TAG}"));
    }
    if deepest_block > MAX_DEPTH {
        return Some(format!(
            "goes {deepest_block} levels deep, more than the limit of {MAX_DEPTH}"
        ));
    }
    (deepest_bracket > MAX_BRACKETS).then(|| {
        format!(
            "has brackets {deepest_bracket} deep in a tag, more than the limit of {MAX_BRACKETS}"
        )
    })
}

/// Replaces Tera's function, which has no limit on the number of items.
fn range(arguments: &HashMap<String, Value>) -> tera::Result<Value> {
    let number = |name: &str, default: Option<u64>| {
        let given = arguments.get(name).map_or(default, Value::as_u64);
        given.ok_or_else(|| {
            tera::Error::msg(format!("`range` requires `{name}` to be a whole number"))
        })
    };
    let (start, end) = (number("start", Some(0))?, number("end", None)?);
    let step = number("step_by", Some(1))?.max(1);
    if end.saturating_sub(start) / step > MAX_RANGE {
        return Err(tera::Error::msg(format!("`range` makes {MAX_RANGE} numbers at most")));
    }
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    Ok((start..end).step_by(step).collect::<Vec<u64>>().into())
}

/// The blanks of a tag.
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// How large the tags of a template are.
#[derive(Default)]
struct Extent {
    /// The bytes of the longest tag.
    longest_tag: usize,
    /// How many blocks are in each other.
    deepest_block: usize,
    /// How many brackets are in each other in a tag.
    deepest_bracket: usize,
}

impl Extent {
    /// Measures a template without parsing it, skipping comments and raw blocks as Tera does.
    fn of(text: &str) -> Self {
        let (mut extent, mut open, mut rest) = (Self::default(), 0_usize, text);
        while let Some(start) = rest.find('{') {
            let Some((_, behind)) = rest.split_at_checked(start + 1) else { break };
            let (close, body) = match behind.as_bytes().first() {
                Some(b'{') => ("}}", behind.get(1..).unwrap_or_default()),
                Some(b'%') => ("%}", behind.get(1..).unwrap_or_default()),
                Some(b'#') => {
                    let comment = behind.get(1..).unwrap_or_default();
                    rest = comment.split_once("#}").map_or("", |(_, after)| after);
                    continue;
                }
                _ => {
                    rest = behind;
                    continue;
                }
            };
            let (length, brackets) = until(body, close);
            extent.longest_tag = extent.longest_tag.max(length);
            extent.deepest_bracket = extent.deepest_bracket.max(brackets);
            let (tag, after) = body.split_at_checked(length).unwrap_or((body, ""));
            rest = after.get(close.len()..).unwrap_or_default();
            if close != "%}" {
                continue;
            }
            let tag = inside(tag);
            match tag.split(BLANKS).next().unwrap_or_default() {
                "if" | "for" | "block" | "filter" | "macro" => open += 1,
                "endif" | "endfor" | "endblock" | "endfilter" | "endmacro" => {
                    open = open.saturating_sub(1);
                }
                "raw" if tag == "raw" => {
                    // The closing tag is then read like any other.
                    let end = rest.match_indices("{%").find(|(at, _)| {
                        let inner = rest.get(at + 2..).unwrap_or_default();
                        inner.split_once("%}").is_some_and(|(tag, _)| inside(tag) == "endraw")
                    });
                    rest = end.and_then(|(at, _)| rest.get(at..)).unwrap_or_default();
                }
                _ => {}
            }
            extent.deepest_block = extent.deepest_block.max(open);
        }
        extent
    }
}

/// Returns what a tag says, without the marks that remove blanks around it.
fn inside(tag: &str) -> &str {
    let tag = tag.strip_prefix('-').unwrap_or(tag);
    tag.strip_suffix('-').unwrap_or(tag).trim_matches(BLANKS)
}

/// Returns where a tag ends, and how deep its brackets are; what is in quotes does not count.
fn until(body: &str, close: &str) -> (usize, usize) {
    let (mut quote, mut open, mut deepest) = (None, 0_usize, 0);
    for (at, c) in body.char_indices() {
        match quote {
            Some(it) if c == it => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if body.get(at..).is_some_and(|rest| rest.starts_with(close)) => {
                return (at, deepest);
            }
            None if matches!(c, '(' | '[') => {
                open += 1;
                deepest = deepest.max(open);
            }
            None if matches!(c, ')' | ']') => open = open.saturating_sub(1),
            None => {}
        }
    }
    (body.len(), deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Result<String, String> {
        let mut tera = engine();
        add(&mut tera, [("it", text)]).map_err(|error| error.to_string())?;
        tera.render("it", &tera::Context::new()).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn templates_do_not_see_the_environment() {
        for text in ["{{ get_env(name='PATH') }}", "{{ get_env(name='NONE', default='x') }}"] {
            assert!(rendered(text).is_err_and(|why| why.contains("no access to the environment")));
        }
    }

    #[test]
    fn ranges_have_an_end() {
        assert_eq!(
            rendered("{% for i in range(end=3) %}{{ i }}{% endfor %}").as_deref(),
            Ok("012")
        );
        let stepped = "{% for i in range(start=1, end=6, step_by=2) %}{{ i }}{% endfor %}";
        assert_eq!(rendered(stepped).as_deref(), Ok("135"));
        for text in ["end=3000000000", "end=18446744073709551615", "start=1", "end='a'", "end=-1"] {
            let text = format!("{{% for i in range({text}) %}}{{% endfor %}}");
            assert!(rendered(&text).is_err(), "{text}");
        }
        assert_eq!(
            rendered("{% for i in range(end=3, step_by=0) %}{{ i }}{% endfor %}").as_deref(),
            Ok("012")
        );
    }

    #[test]
    fn an_expression_of_many_parts_does_not_take_the_stack() {
        let chain = |parts: usize| vec!["1"; parts].join("+");
        assert_eq!(rendered(&format!("{{{{ {} }}}}", chain(140))).as_deref(), Ok("140"));
        let long = chain(30_000);
        for text in [
            format!("{{{{ {long} }}}}"),
            format!("{{% if {long} == 1 %}}{{% endif %}}"),
            format!("{{# {{{{ \" #}}{{{{ \"}}}}\" ~ {long} }}}}"),
            format!("{{% raw %}}{{{{ ' {{% endraw %}}{{{{ '}}}}' ~ {long} }}}}"),
            format!("{{{{ '}}}}' ~ {long} }}}}"),
        ] {
            assert!(
                rendered(&text).is_err_and(|why| why.contains("bytes, more than")),
                "{}",
                &text[..40]
            );
        }
        // What Tera takes for a comment or raw text hides no tag behind it.
        for hiding in ["{#} {% raw %} #}", "{% raw %}{% endrawx %}{# {% endraw %}"] {
            assert!(
                rendered(&format!("{hiding}{{{{ {long} }}}}"))
                    .is_err_and(|why| why.contains("bytes, more than")),
                "{hiding}"
            );
        }
        let words = "word ".repeat(1000);
        assert_eq!(rendered(&words), Ok(words.clone()));
        let raw = format!("{{% raw %}}{{{{ {words} }}}}{{% endraw %}}{{# {words} #}}");
        assert_eq!(rendered(&raw), Ok(format!("{{{{ {words} }}}}")));
    }

    #[test]
    fn calls_in_calls_are_limited() {
        let nested =
            |levels: usize| format!("{{{{ {}1{} }}}}", "f(a=".repeat(levels), ")".repeat(levels));
        assert!(rendered(&nested(30)).is_err_and(|why| why.contains("brackets 30 deep")));
        assert_eq!(rendered("{{ ((1 + 2) * (3)) }}{{ '((((((((' }}").as_deref(), Ok("9(((((((("));
    }
}
