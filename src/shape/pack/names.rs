//! The names that the templates of a pack use. They must exist: variables of the shape, filters, tests, other templates.
//!
//! An unknown name would otherwise only be noticed when the template is rendered, and be reported as a missing value.

use std::collections::BTreeSet;

use super::{CanonSource, FILES, HeldPath, MANIFEST, Pack, PackFiles, TEMPLATE_SUFFIX};
use crate::error::{Error, Result};
use crate::shape::demands::workflow;
use crate::shape::manifest::{Manifest, Variable};
use crate::shape::render::{QUOTING, Templates};
use crate::shape::template::forge;
use crate::shape::template_names::{Sort, Unknown};
use crate::shape::variables::{GIVEN, Origin, STARTER, Variables, default_template, expression_of};
use crate::source::typed::nearest;
use crate::source::{Span, Text, yaml};

/// Rejects a pack whose templates use unknown names.
pub(super) fn check_names(
    templates: &Templates,
    manifest: &Manifest,
    files: &PackFiles,
    place: &str,
) -> Result<()> {
    let known = || {
        let declared = manifest.variables.iter().map(|(name, _)| name.as_str());
        declared.chain(GIVEN).chain([STARTER])
    };
    let unknown = templates.unknown_names(&|name| known().any(|known| known == name));
    let Some(first) = unknown.first() else { return Ok(()) };
    let Unknown { template, sort, name } = first;
    let meant = match sort {
        Sort::Variable => nearest(name, known()),
        Sort::Filter => Templates::filter_meant(name),
        Sort::Template => template_meant(name, files),
        Sort::Function | Sort::Test => None,
    };
    let folder = place.strip_suffix(MANIFEST).unwrap_or_default();
    let (file, place) = match files.get(template) {
        Some(file) => (Some(file), format!("{folder}{template}")),
        None => (files.get(MANIFEST), place.to_owned()),
    };
    let text = file.and_then(|file| Text::decode(&file.bytes).ok());
    let noun = sort.noun();
    let error = Error::usage(match expression_of(template) {
        Some(expression) => format!("{expression} uses the {noun} `{name}`, which does not exist"),
        None => format!("the template uses the {noun} `{name}`, which does not exist"),
    });
    let span = text.as_ref().and_then(|text| used_at(text.as_str(), name));
    let error = match (&text, span) {
        (Some(text), Some(span)) => error.at(place, text, span),
        _ => error.in_file(place),
    };
    // No name of a workflow's expression is one of the pack.
    let is_for_the_forge = text.as_ref().zip(span).is_some_and(|(text, span)| {
        forge::expressions(text.as_str()).iter().any(|it| it.contains(span))
    });
    if is_for_the_forge {
        return Err(error.hint(forge::HINT));
    }
    Err(match (meant, sort) {
        (Some(meant), _) => error.hint(format!("did you mean `{meant}`?")),
        (None, Sort::Variable) => error.hint(format!("declare it under `variables` in {MANIFEST}")),
        (None, Sort::Filter) => error
            .hint(format!("the filters that quote a value for a language are {QUOTING}"))
            .hint(format!("the others are {}", Templates::other_filters())),
        (None, Sort::Template) => error.hint(format!(
            "name a template by its path in the pack: `{FILES}NAME{TEMPLATE_SUFFIX}`"
        )),
        (None, _) => error,
    })
}

/// A variable that nothing uses, although `shipshape new` asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// Its name.
    pub variable: String,
    /// The line of shape.yaml that declares it, from 1; 0 if that is not found.
    pub line: u32,
}

/// Returns the variables that no template, no demand and no other variable is written with, and whose values no rule holds
/// to anything, in the pack's order.
pub(super) fn unused(templates: &Templates, manifest: &Manifest, text: &Text) -> Vec<Unused> {
    let Some(used) = templates.all_values() else { return Vec::new() };
    // What a repository says is held to `pattern` and `choices`, and to `must_equal` wherever a value comes from.
    let is_held = |it: &Variable| {
        let fits = it.pattern.is_some() || it.choices.is_some();
        it.must_equal.is_some() || it.extract.is_some() && fits
    };
    let declared = manifest.variables.iter();
    let unused = declared.filter(|(name, it)| !used.contains(name) && !is_held(it));
    let names: Vec<&str> = unused.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let document = yaml::Document::parse(text, yaml::Dialect::Yaml12).ok();
    let line = |name: &str| {
        let variables = document.as_ref()?.root().get("variables")?;
        let entry = variables.entries().find(|entry| entry.key.scalar_text() == Some(name))?;
        Some(text.position(entry.key.span().start).line)
    };
    let unused = |name: &str| Unused { variable: name.to_owned(), line: line(name).unwrap_or(0) };
    names.into_iter().map(unused).collect()
}

/// Returns what templates of workflows and actions write in place of an expression that the forge was probably to read, one
/// for each template.
pub(super) fn taken_from_the_forge(
    manifest: &Manifest,
    rules: &[HeldPath],
    files: &PackFiles,
) -> Vec<String> {
    let folders = &manifest.demands.workflows.folders;
    let is_for_a_forge = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        matches!(name, "action.yml" | "action.yaml")
            || workflow::FOLDERS.contains(&folder)
            || folders.iter().any(|it| it.trim_end_matches('/') == folder)
    };
    let slip = |held: &HeldPath| {
        let Some(CanonSource::Template { name, .. }) = &held.canon else { return None };
        let text = Text::decode(&files.get(name)?.bytes).ok()?;
        let first = *forge::expressions(text.as_str()).first()?;
        let line = text.position(first.start).line;
        let written = text.slice(first);
        Some(format!(
            "`{name}`, line {line}: `{written}` becomes a `$` and a text; {}",
            forge::HINT
        ))
    };
    rules.iter().filter(|held| is_for_a_forge(&held.rule.path)).filter_map(slip).collect()
}

/// Returns the value of the pack that a tag in a path names, as if paths were templates. A repository may have a path with
/// tags of another tool: `{{cookiecutter.name}}/a.py`.
pub(in crate::shape) fn value_in_path(path: &str, is_known: impl Fn(&str) -> bool) -> Option<&str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let tags = [("{{", "}}"), ("{%", "%}")].into_iter().flat_map(move |(open, close)| {
        path.match_indices(open).filter_map(move |(at, _)| {
            path.get(at + open.len()..)?.split_once(close).map(|(tag, _)| tag)
        })
    });
    tags.flat_map(|tag| tag.split(move |c: char| !is_part(c))).find(|word| is_known(word))
}

impl Pack {
    /// Whether the canon of a path is written with a value, be it by way of the default of another one.
    #[must_use]
    pub fn is_written_with(&self, held: &HeldPath, variable: &str, values: &Variables) -> bool {
        let Some(CanonSource::Template { name, .. }) = &held.canon else { return false };
        let mut templates = vec![name.clone()];
        let mut seen = BTreeSet::new();
        while let Some(template) = templates.pop() {
            // A template that may use any value may use this one.
            let Some(used) = self.templates().values_of(&template) else { return true };
            if used.contains(variable) {
                return true;
            }
            let by_default = values.origins().filter(|(name, _, origin)| {
                *origin == Origin::Default
                    && used.contains(*name)
                    && seen.insert((*name).to_owned())
            });
            templates.extend(by_default.map(|(name, ..)| default_template(name)));
        }
        false
    }
}

/// Returns the template that was probably meant: one that is named without the folders above it or without the suffix,
/// else one of a similar name.
fn template_meant<'f>(name: &str, files: &'f PackFiles) -> Option<&'f str> {
    let ending =
        format!("/{}{TEMPLATE_SUFFIX}", name.strip_suffix(TEMPLATE_SUFFIX).unwrap_or(name));
    let templates = || files.keys().map(String::as_str).filter(|it| it.ends_with(TEMPLATE_SUFFIX));
    templates()
        .find(|it| format!("/{it}").ends_with(&ending))
        .or_else(|| nearest(name, templates()))
}

/// Returns where a tag of a template uses a name as a word.
fn used_at(text: &str, name: &str) -> Option<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let in_a_tag = |before: &str| {
        let opened = before.rfind("{{").max(before.rfind("{%"));
        let closed = before.rfind("}}").max(before.rfind("%}"));
        opened > closed
    };
    let mut uses = text.match_indices(name).filter(|(at, _)| {
        let before = text.get(..*at).unwrap_or_default();
        let behind = text.get(at + name.len()..).unwrap_or_default();
        !before.ends_with(is_part) && !behind.starts_with(is_part) && in_a_tag(before)
    });
    let (at, _) = uses.next()?;
    Some(Span::new(at, at + name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::lineage::Lineage;
    use crate::shape::pack::PackFile;

    #[test]
    fn a_variable_is_unused_if_neither_a_template_nor_a_rule_needs_it() {
        let shape = "schema: 1\nname: x\npaths:\n  - { path: a.txt, policy: templated }\nvariables:\n  \
                     written: {}\n  first: { default: x }\n  second: { default: \"{{ first }}\" }\n  \
                     equal: { default: a, must_equal: \"{{ slug }}\" }\n  \
                     held: { extract: { yaml: { path: b.yaml, key: c } }, pattern: a }\n  \
                     found: { extract: { yaml: { path: b.yaml, key: c } } }\n";
        let load = |template: &str| {
            let file =
                |content: &str| PackFile { bytes: content.as_bytes().into(), executable: false };
            let files = PackFiles::from([
                (MANIFEST.to_owned(), file(shape)),
                (format!("{FILES}a.txt{TEMPLATE_SUFFIX}"), file(template)),
            ]);
            Pack::load(&files, "x", Lineage::default()).expect("a pack").unused
        };
        let unused = |variable: &str, line| Unused { variable: variable.to_owned(), line };
        assert_eq!(load("{{ written }}"), [unused("second", 8), unused("found", 11)]);
        assert_eq!(load("{{ written }}{{ second }}{{ found }}"), []);
        assert_eq!(load("{{ __tera_context }}"), []);
    }

    #[test]
    fn a_path_may_have_tags_of_another_tool() {
        let known = |word: &str| ["slug", "team"].contains(&word);
        for (path, wanted) in [
            ("docs/{{ slug }}.md", Some("slug")),
            ("{{team|upper}}/a", Some("team")),
            ("{% if team %}a{% endif %}.md", Some("team")),
            ("{{cookiecutter.slug}}/a.py", None),
            ("{{ module }}/a.py", None),
            ("app/[slug]/page.tsx", None),
            ("{{ slug", None),
        ] {
            assert_eq!(value_in_path(path, known), wanted, "{path}");
        }
    }

    #[test]
    fn what_a_workflow_loses_to_tera_is_told() {
        let shape = "schema: 1\nname: x\npaths:\n  - { path: .github/workflows/ci.yml, policy: templated }\n  \
                     - { path: run.sh, policy: templated }\n";
        let load = |template: &str| {
            let file =
                |content: &str| PackFile { bytes: content.as_bytes().into(), executable: false };
            let files = PackFiles::from([
                (MANIFEST.to_owned(), file(shape)),
                (format!("{FILES}.github/workflows/ci.yml{TEMPLATE_SUFFIX}"), file(template)),
                (format!("{FILES}run.sh{TEMPLATE_SUFFIX}"), file("echo ${{ slug }}\n")),
            ]);
            Pack::load(&files, "x", Lineage::default())
        };
        let told = load("on: push\nname: ${{ slug }}\n").expect("a pack").slips;
        let [told] = told.as_slice() else { panic!("{told:?}") };
        assert!(told.contains("ci.yml.tera`, line 2: `${{ slug }}` becomes"), "{told}");
        let raw = "name: {% raw %}${{ github.ref }}{% endraw %}\n";
        assert!(load(raw).expect("a pack").slips.is_empty());
        for template in ["a: ${{ github.token }}\n", "a: ${{ a || b }}\n"] {
            let hints = load(template).expect_err("it is wrong").hints().join("; ");
            assert_eq!(hints, forge::HINT, "{template}");
        }
    }

    #[test]
    fn a_name_is_found_in_a_tag_and_as_a_word() {
        let text = "name: titel {{ my_titel }}\n{{ x | titel }}\n";
        let span = used_at(text, "titel").expect("it is used");
        assert_eq!(span.start, text.rfind("titel").expect("there"));
        assert_eq!(used_at("titel", "titel"), None);
    }
}
