//! A template engine hardened against untrusted templates.
//!
//! A pack or a campaign may come from a third party. Its templates see their values and nothing else; what would
//! exhaust the stack or the memory is refused when it is compiled or called.

use std::collections::HashMap;

use tera::{Tera, Value};

/// Maximum length of a tag in bytes: evaluating an expression takes stack for each of its parts.
const MAX_TAG: usize = 300;

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
/// When one is not a valid template, or has a tag that is too long.
pub(crate) fn add<'a>(
    tera: &mut Tera,
    sources: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> tera::Result<()> {
    let sources: Vec<(&str, &str)> = sources.into_iter().collect();
    for (name, text) in &sources {
        let length = longest_tag(text);
        if length > MAX_TAG {
            return Err(tera::Error::msg(format!(
                "a tag of `{name}` has {length} bytes, more than the limit of {MAX_TAG}"
            )));
        }
    }
    tera.add_raw_templates(sources)
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

/// Returns the length of the longest tag of a template, skipping comments and raw blocks as Tera does.
fn longest_tag(text: &str) -> usize {
    let (mut longest, mut rest) = (0, text);
    while let Some(start) = rest.find('{') {
        let Some((_, behind)) = rest.split_at_checked(start + 1) else { break };
        let (close, body) = match behind.as_bytes().first() {
            Some(b'{') => ("}}", behind.get(1..).unwrap_or_default()),
            Some(b'%') => ("%}", behind.get(1..).unwrap_or_default()),
            Some(b'#') => {
                rest = behind.split_once("#}").map_or("", |(_, after)| after);
                continue;
            }
            _ => {
                rest = behind;
                continue;
            }
        };
        let length = until(body, close);
        longest = longest.max(length);
        let (tag, after) = body.split_at_checked(length).unwrap_or((body, ""));
        rest = after.get(close.len()..).unwrap_or_default();
        if close == "%}" && tag.trim_matches(['-', ' ', '\t', '\n', '\r']) == "raw" {
            // The closing tag is then read like any other.
            let end = rest.match_indices("{%").find(|(at, _)| {
                let inner = rest.get(at + 2..).unwrap_or_default();
                inner.trim_start_matches(['-', ' ', '\t', '\n', '\r']).starts_with("endraw")
            });
            rest = end.and_then(|(at, _)| rest.get(at..)).unwrap_or_default();
        }
    }
    longest
}

/// Returns where a tag ends; delimiters in quotes do not count.
fn until(body: &str, close: &str) -> usize {
    let mut quote = None;
    for (at, c) in body.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if body.get(at..).is_some_and(|rest| rest.starts_with(close)) => return at,
            None => {}
        }
    }
    body.len()
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
        let words = "word ".repeat(1000);
        assert_eq!(rendered(&words), Ok(words.clone()));
        let raw = format!("{{% raw %}}{{{{ {words} }}}}{{% endraw %}}{{# {words} #}}");
        assert_eq!(rendered(&raw), Ok(format!("{{{{ {words} }}}}")));
    }
}
