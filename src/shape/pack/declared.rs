//! Checks the variables that a pack declares: their names, patterns, choices, defaults and examples, and that each is
//! written with earlier ones only. What they are extracted from is up to [`extracted`](super::extracted).

use std::collections::BTreeSet;

use regex::Regex;

use super::demanded;
use super::reading::place_of;
use crate::error::{Error, Result};
use crate::shape::manifest::{Manifest, ValueForm, Variable};
use crate::shape::render::Templates;
use crate::shape::template_names::{Sort, Unknown};
use crate::shape::variables::{GIVEN, STARTER, expression_of};
use crate::source::{Text, yaml};

/// Checks each variable by itself.
pub(super) fn check(manifest: &Manifest, text: &Text, place: &str) -> Result<()> {
    for (name, variable) in &manifest.variables {
        if let Some((message, hint)) = unusable(name, variable) {
            return Err(at_name(Error::usage(message), name, text, place).hint(hint));
        }
        let wrong = |message: String, key: &str| {
            let keys = ["variables", name, key].map(str::to_owned);
            demanded::at(Error::usage(message), text, place, &keys)
        };
        let pattern = variable.whole_pattern().map_err(|error| {
            let message = format!("the pattern of the variable `{name}` is not valid");
            wrong(message, "pattern").caused_by(error)
        })?;
        if let Some((why, key)) = unsound_choices(variable) {
            return Err(wrong(format!("the variable `{name}` {why}"), key));
        }
        if let Some((why, key)) = unfit(variable, pattern.as_ref()) {
            let error = wrong(format!("the variable `{name}` {why}"), key);
            return Err(match &variable.wants {
                Some(wants) => error.hint(format!("wanted: {wants}")),
                None => error.hint(format!("correct the {key}, or what values are held to")),
            });
        }
        let left = variable.when_empty.as_ref().map(|left| &left.path);
        if let Some(path) = left.filter(|path| !manifest.paths.iter().any(|it| it.path == **path)) {
            let message = format!(
                "when the variable `{name}` is empty, `{path}` is left to a person, which the shape does not have"
            );
            return Err(wrong(message, "when_empty").hint("name one of `paths`"));
        }
    }
    Ok(())
}

/// Checks that the expressions of variables use only those that have a value by then.
pub(super) fn check_order(
    templates: &Templates,
    manifest: &Manifest,
    text: &Text,
    place: &str,
) -> Result<()> {
    let position = |name: &str| manifest.variables.iter().position(|(known, _)| known == name);
    for Unknown { template, sort, name: used } in templates.unknown_names(&|_| false) {
        let (Sort::Variable, Some(keys)) = (sort, place_of(manifest, &template)) else { continue };
        let [_, name, _] = &keys;
        let (Some(at), Some(of_used)) = (position(name), position(&used)) else { continue };
        if of_used < at {
            continue;
        }
        let uses = format!("{} uses `{used}`", expression_of(&template).unwrap_or_default());
        let (message, hint) = if of_used == at {
            let may = "an expression may use `slug`, `repository`, `owner`, `forge_owner` and the variables above it";
            (format!("{uses} itself"), may.to_owned())
        } else {
            let move_up = format!("move `{used}` up, above `{name}`: values are found in order");
            (format!("{uses}, which comes later"), move_up)
        };
        let error = Error::usage(message);
        return Err(demanded::at(error, text, place, &keys).hint(hint));
    }
    Ok(())
}

/// Why a variable of this name is of no use, and what to do. Where no template can name it, its values may still be held to
/// something.
fn unusable(name: &str, variable: &Variable) -> Option<(String, String)> {
    if GIVEN.contains(&name) || name == STARTER {
        return Some((
            format!(
                "a variable cannot be called `{name}`: every template has a value of that name"
            ),
            "give it another name".to_owned(),
        ));
    }
    let is_held =
        variable.must_equal.is_some() || variable.choices.is_some() || variable.pattern.is_some();
    if is_held || Templates::can_name(name) {
        return None;
    }
    let message = format!("templates cannot use a variable called `{}`", name.escape_debug());
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let other: String = name.chars().map(|c| if is_letter(c) { c } else { '_' }).collect();
    let rule = "a name has ASCII letters, digits and `_`, and begins with no digit, nor with `true` or `false`";
    Some((
        message,
        match Templates::can_name(&other) {
            true => format!("call it `{other}`: {rule}"),
            false => rule.to_owned(),
        },
    ))
}

/// Adds the location of a variable's name to an error.
fn at_name(error: Error, name: &str, text: &Text, place: &str) -> Error {
    let document = yaml::Document::parse(text, yaml::Dialect::Yaml12).ok();
    let key = document
        .as_ref()
        .and_then(|document| Some(document.root().get("variables")?.entry(name)?.key.span()));
    match key {
        Some(span) => error.at(place, text, span),
        None => error.in_file(place),
    }
}

/// What is wrong with the choices of a variable, and the key that says so.
fn unsound_choices(variable: &Variable) -> Option<(String, &'static str)> {
    let choices = variable.choices.as_ref()?;
    if choices.is_empty() {
        return Some(("has no choice: name some, or leave `choices` out".to_owned(), "choices"));
    }
    let is_odd = |choice: &&String| choice.trim() != *choice || choice.contains('\n');
    if choices.iter().any(String::is_empty) {
        let why = "has an empty choice: where a value may be left out, its default is empty";
        return Some((why.to_owned(), "choices"));
    }
    if let Some(odd) = choices.iter().find(is_odd) {
        let odd = odd.escape_debug();
        return Some((
            format!("has the choice `{odd}`: one is a line without blanks at its ends"),
            "choices",
        ));
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = choices.iter().find(|choice| !seen.insert(*choice)) {
        return Some((format!("has the choice `{twice}` twice"), "choices"));
    }
    if variable.form != ValueForm::Line {
        return Some((
            "has choices, of which one is a whole value: leave `form` out".to_owned(),
            "form",
        ));
    }
    variable.pattern.as_ref().map(|_| {
        ("has both `choices` and a `pattern`: the choices say it all".to_owned(), "pattern")
    })
}

/// A default or an example that the variable itself does not permit, and its key. What a default is derived from is only
/// known for a repository.
fn unfit(variable: &Variable, pattern: Option<&Regex>) -> Option<(String, &'static str)> {
    let default = variable.plain_default().map(|it| (it, "default"));
    // A block of YAML ends in a line end that is no part of what is meant.
    let example = variable.example.as_deref().map(|it| (it.trim_end(), "example"));
    let mut shown = default.into_iter().chain(example);
    shown.find_map(|(value, key)| {
        let part = variable.misfit_by(pattern, value)?;
        let first = value.lines().next().unwrap_or_default();
        let why = match (&variable.choices, part == value) {
            (Some(_), _) => "which is none of its choices".to_owned(),
            (None, true) => "which its `pattern` does not match".to_owned(),
            (None, false) => format!("of which its `pattern` does not match `{part}`"),
        };
        Some((format!("has the {key} `{first}`, {why}"), key))
    })
}

#[cfg(test)]
mod tests {
    use crate::shape::lineage::Lineage;
    use crate::shape::pack::{MANIFEST, Pack, PackFile, PackFiles};

    /// What is wrong with a pack that declares these variables, with its place.
    fn wrong(variables: &str) -> Option<String> {
        let shape = format!("schema: 1\nname: x\npaths: []\nvariables:\n{variables}");
        let file = PackFile { bytes: shape.as_bytes().into(), executable: false };
        let files = PackFiles::from([(MANIFEST.to_owned(), file)]);
        let error = Pack::load(&files, "x", Lineage::default()).err()?;
        let at = error.place().and_then(|place| place.position).expect("a place");
        let (message, hints) = (error.message(), error.hints().join("; "));
        Some(format!("{}:{} {message} [{hints}]", at.line, at.column))
    }

    #[test]
    fn a_variable_is_written_with_earlier_ones() {
        for (variables, expected) in [
            (
                "  one: { default: '{{ two }}' }\n  two: { default: a }\n",
                "5:19 the default of `one` uses `two`, which comes later",
            ),
            (
                "  one: { must_equal: '{{ slug }}{{ two }}' }\n  two: { default: a }\n",
                "5:22 `must_equal` of `one` uses `two`, which comes later",
            ),
            ("  one: { default: '{{ one }}' }\n", "5:19 the default of `one` uses `one` itself"),
        ] {
            let wrong = wrong(variables).expect("it is wrong");
            assert!(wrong.starts_with(expected), "{wrong}");
        }
        for variables in [
            "  two: { default: a }\n  one: { default: '{{ two }}{{ slug }}' }\n",
            "  one: { default: '{% set two = slug %}{{ two }}' }\n  two: { default: a }\n",
        ] {
            assert_eq!(wrong(variables), None, "{variables}");
        }
    }

    #[test]
    fn templates_can_name_each_variable() {
        for (name, expected) in [
            (
                "my-team",
                "5:3 templates cannot use a variable called `my-team` [call it `my_team`: ",
            ),
            ("2nd", "5:3 templates cannot use a variable called `2nd` [a name has "),
            (
                "slug",
                "5:3 a variable cannot be called `slug`: every template has a value of that name",
            ),
            ("starter", "5:3 a variable cannot be called `starter`: "),
        ] {
            let wrong = wrong(&format!("  {name}: {{ default: a }}\n")).expect("it is wrong");
            assert!(wrong.starts_with(expected), "{wrong}");
        }
        assert_eq!(wrong("  _my_team2: { default: a }\n"), None);
    }

    #[test]
    fn no_template_has_to_name_what_is_held_to_something() {
        for held in ["must_equal: '{{ slug }}'", "choices: [a, b]", "pattern: '[a-z]+'"] {
            assert_eq!(wrong(&format!("  my-team: {{ {held} }}\n")), None, "{held}");
            let wrong = wrong(&format!("  slug: {{ {held} }}\n"));
            assert!(wrong.is_some_and(|it| it.contains("cannot be called `slug`")), "{held}");
        }
    }

    #[test]
    fn what_a_variable_says_of_its_values_is_so() {
        for (definition, expected) in [
            (
                "{ default: A, pattern: '[a-z]+' }",
                "has the default `A`, which its `pattern` does not match",
            ),
            (
                "{ example: A, pattern: '[a-z]+', wants: a word }",
                "has the example `A`, which its `pattern` does not match [wanted: a word]",
            ),
            (
                "{ default: a B, pattern: '[a-z]+', form: words }",
                "has the default `a B`, of which its `pattern` does not match `B`",
            ),
            (
                "{ example: c, choices: [a, b] }",
                "has the example `c`, which is none of its choices",
            ),
            (
                "{ default: '', when_empty: { path: nowhere.md, left: write it } }",
                "is empty, `nowhere.md` is left to a person, which the shape does not have",
            ),
        ] {
            let wrong = wrong(&format!("  one: {definition}\n")).expect("it is wrong");
            assert!(wrong.contains(&format!("the variable `one` {expected}")), "{wrong}");
        }
        for definition in [
            "{ default: a, example: b c, pattern: '[a-z]+', form: words }",
            "{ default: '', example: b, pattern: '[a-z]+' }",
            "{ default: '{{ slug }}', pattern: '[A-Z]+' }",
            "{ default: '', example: a, choices: [a, b] }",
        ] {
            assert_eq!(wrong(&format!("  one: {definition}\n")), None, "{definition}");
        }
    }
}
