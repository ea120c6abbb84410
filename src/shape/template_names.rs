//! Finds unknown names in compiled templates: values, filters, functions, tests and other templates.
//!
//! Tera itself only notices an unknown name when rendering reaches it.

mod walk;

use std::collections::BTreeSet;

use tera::Tera;

use walk::Walk;

/// What a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A value.
    Variable,
    /// A filter.
    Filter,
    /// A function.
    Function,
    /// A test, after `is`.
    Test,
    /// An included template.
    Template,
}

impl Sort {
    /// Returns the word for it in messages.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::Filter => "filter",
            Self::Function => "function",
            Self::Test => "test",
            Self::Template => "template",
        }
    }
}

/// A name that a template uses but nothing defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// The template.
    pub template: String,
    /// What the name refers to.
    pub sort: Sort,
    /// The name.
    pub name: String,
}

/// Tera's own filters, as far as they are compiled in.
pub(super) const FILTERS: [&str; 43] = [
    "abs",
    "addslashes",
    "as_str",
    "capitalize",
    "concat",
    "default",
    "escape",
    "escape_xml",
    "filter",
    "first",
    "float",
    "get",
    "group_by",
    "indent",
    "int",
    "join",
    "json_encode",
    "last",
    "length",
    "linebreaksbr",
    "lower",
    "map",
    "nth",
    "pluralize",
    "replace",
    "reverse",
    "round",
    "safe",
    "slice",
    "sort",
    "spaceless",
    "split",
    "striptags",
    "title",
    "trim",
    "trim_end",
    "trim_end_matches",
    "trim_start",
    "trim_start_matches",
    "truncate",
    "unique",
    "upper",
    "wordcount",
];

/// Returns the unknown names by template; `is_known` says whether a value exists.
pub(super) fn unknown(tera: &Tera, is_known: &dyn Fn(&str) -> bool) -> Vec<Unknown> {
    let names: Vec<&str> = tera.get_template_names().collect();
    let mut found = Vec::new();
    // Included templates see what the including one sets.
    let mut bound: BTreeSet<String> =
        ["loop", "__tera_context"].iter().map(|name| (*name).to_owned()).collect();
    for name in names {
        let Ok(template) = tera.get_template(name) else { continue };
        let mut walk = Walk::default();
        walk.nodes(&template.ast);
        bound.append(&mut walk.bound);
        let Walk { used, guarded, .. } = walk;
        let used = used.into_iter().filter(|(sort, used)| {
            let is_guarded = *sort == Sort::Variable && guarded.contains(used);
            !(is_guarded || has(tera, *sort, used))
        });
        found.extend(used.map(|(sort, used)| Unknown {
            template: name.to_owned(),
            sort,
            name: used,
        }));
    }
    found.retain(|unknown| {
        unknown.sort != Sort::Variable
            || !(bound.contains(&unknown.name) || is_known(&unknown.name))
    });
    found.sort();
    found
}

/// Returns the names of the values that a template uses, with those that it includes and extends; `None` if one of them is
/// not there, or shows all that it is given.
pub(super) fn values(tera: &Tera, template: &str) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![template.to_owned()];
    while let Some(name) = waiting.pop() {
        let template = tera.get_template(&name).ok()?;
        if !seen.insert(name) {
            continue;
        }
        let mut walk = Walk::default();
        walk.nodes(&template.ast);
        for (sort, name) in walk.used {
            match sort {
                Sort::Template => waiting.push(name),
                Sort::Variable if name == "__tera_context" => return None,
                Sort::Variable => drop(names.insert(name)),
                Sort::Filter | Sort::Function | Sort::Test => {}
            }
        }
        // Macros see only their arguments, so the templates that they are imported from use nothing here.
        let optional = walk.optional.into_iter().filter(|name| tera.get_template(name).is_ok());
        waiting.extend(template.parents.iter().cloned().chain(optional));
    }
    Some(names)
}

/// The values that a template writes without the filter of a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unquoted {
    /// Their names.
    pub(super) names: BTreeSet<String>,
    /// Those that pass through another filter somewhere, which may change them.
    pub(super) filtered: BTreeSet<String>,
}

/// Returns the values that a template, or one that it includes, extends or imports, writes without the filter of a
/// language, be it under another name. A name counts as the same in all of them, wherever it is bound.
pub(super) fn unquoted(tera: &Tera, template: &str, quotes: &dyn Fn(&str) -> bool) -> Unquoted {
    let mut walk = Walk::default();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![template.to_owned()];
    while let Some(name) = waiting.pop() {
        let Ok(template) = tera.get_template(&name) else { continue };
        if !seen.insert(name) {
            continue;
        }
        walk.nodes(&template.ast);
        let included = walk.used.iter().filter(|(sort, _)| *sort == Sort::Template);
        let imported = template.imported_macro_files.iter().map(|(file, _)| file);
        waiting.extend(included.map(|(_, name)| name).chain(imported).cloned());
        waiting.extend(walk.optional.iter().chain(&template.parents).cloned());
    }
    let mut found = Unquoted::default();
    for (name, filters) in walk.written_in_all() {
        if filters.iter().any(|filter| quotes(filter)) {
            continue;
        }
        if !filters.is_empty() {
            found.filtered.insert(name.clone());
        }
        found.names.insert(name);
    }
    found
}

/// Whether the engine defines a name. It does not know any values.
fn has(tera: &Tera, sort: Sort, name: &str) -> bool {
    match sort {
        Sort::Variable => false,
        // Tera handles these two without registering them.
        Sort::Filter => matches!(name, "default" | "safe") || tera.get_filter(name).is_ok(),
        Sort::Function => tera.get_function(name).is_ok(),
        Sort::Test => tera.get_tester(name).is_ok(),
        Sort::Template => tera.get_template(name).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FILTERS, Sort, has};
    use crate::shape::render::Templates;
    use crate::shape::template;

    #[test]
    fn no_filter_is_suggested_that_does_not_exist() {
        let tera = template::engine();
        for name in FILTERS {
            assert!(has(&tera, Sort::Filter, name), "{name}");
        }
    }

    fn unknown(text: &str) -> String {
        let sources = [("it", text), ("part", "{{ slug }}")];
        let templates = Templates::compile(sources).expect("it compiles");
        let found = templates.unknown_names(&|name| name == "slug");
        found.iter().map(|it| format!("{} {};", it.sort.noun(), it.name)).collect()
    }

    #[test]
    fn what_nothing_gives_is_named_wherever_it_is_used() {
        for (text, expected) in [
            ("{{ slgu }}", "variable slgu;"),
            ("{{ a.b | upper }}{{ slug }}", "variable a;"),
            ("{{ slug | titel }}", "filter titel;"),
            ("{% filter titel %}x{% endfilter %}", "filter titel;"),
            (
                "{% if a and not b %}{{ c }}{% elif d == 1 %}{% else %}{{ e ~ slug }}{% endif %}",
                "variable c;variable d;variable e;",
            ),
            ("{{ f(x=g) }}", "variable g;function f;"),
            ("{% if slug is evne %}{% endif %}", "test evne;"),
            ("{% include \"prat\" %}", "template prat;"),
            ("{{ slug | replace(from=h, to=\"\") }}", "variable h;"),
        ] {
            assert_eq!(unknown(text), expected, "{text}");
        }
    }

    /// The values that a template writes without the filter of a language, with a `|` where they pass another one.
    fn unquoted(text: &str) -> String {
        let macros =
            "{% macro m(a) %}{{ a }}{% endmacro %}{% macro q(b) %}{{ b | yaml }}{% endmacro %}";
        let sources = [("it", text), ("macros", macros), ("part", "{{ part }}")];
        let found = Templates::compile(sources).expect("it compiles").unquoted("it");
        let known = found.names.iter().filter(|it| ["x", "y"].contains(&it.as_str()));
        let shown = |it: &String| if found.filtered.contains(it) { "|" } else { "" };
        known.map(|it| format!("{it}{};", shown(it))).collect()
    }

    #[test]
    fn a_value_is_followed_under_other_names() {
        for (text, expected) in [
            ("{{ x }}{{ y | yaml }}", "x;"),
            ("{% set a = x %}{% set b = a %}{{ b }}", "x;"),
            ("{% set a = x %}{{ a | yaml }}", ""),
            ("{% set a = x | trim %}{{ a }}", "x|;"),
            ("{% set a = x | trim %}{{ a | yaml }}", ""),
            ("{% set a = x %}{% set a = a ~ y %}{{ a }}", "x;y;"),
            ("{% set part = x %}{% include \"part\" %}", "x;"),
            ("{% import \"macros\" as m %}{{ m::m(a=x) }}{{ m::q(b=y) }}", "x;"),
            ("{% macro o(c=1) %}{{ c }}{% endmacro %}{{ self::o(c=x | upper) }}", "x|;"),
            ("{% for it in x | split(pat=\",\") %}{% set a = it %}{{ a }}{% endfor %}", "x|;"),
        ] {
            assert_eq!(unquoted(text), expected, "{text}");
        }
        // The walk relies on it: the default of an argument names no value.
        let named = "{% macro m(a=x) %}{{ a }}{% endmacro %}";
        assert!(Templates::compile([("it", named)]).is_err());
    }

    #[test]
    fn what_is_given_bound_or_asked_for_is_known() {
        for text in [
            "{{ slug | upper | safe }}{# {{ a }} #}{% raw %}{{ b }}{% endraw %}",
            "{% set a = slug %}{{ a }}{% for b in [1] %}{{ b }}{{ loop.index }}{% endfor %}",
            "{% if a %}{{ a }}{% elif not b %}{% endif %}",
            "{% if a is defined %}{{ a }}{% endif %}{{ b | default(value=\"x\") }}",
            "{% macro m(a, b=1) %}{{ a }}{{ b }}{% endmacro %}{{ self::m(a=slug) }}",
            "{% include \"part\" %}{% include \"gone\" ignore missing %}",
            "{% for i in range(end=3) %}{{ i }}{% endfor %}{{ slug is containing(\"x\") }}",
        ] {
            assert_eq!(unknown(text), "", "{text}");
        }
    }
}
