//! The names that the templates of a pack use. They must exist: variables of the shape, filters, tests, other templates.
//!
//! An unknown name would otherwise only be noticed when the template is rendered, and be reported as a missing value.

use std::collections::BTreeSet;

use super::{CanonSource, FILES, HeldPath, MANIFEST, Pack, PackFiles, TEMPLATE_SUFFIX};
use crate::error::{Error, Result};
use crate::shape::manifest::Manifest;
use crate::shape::render::{QUOTING, Templates};
use crate::shape::template_names::{Sort, Unknown};
use crate::shape::variables::{GIVEN, Origin, STARTER, Variables, default_template, expression_of};
use crate::source::typed::nearest;
use crate::source::{Span, Text};

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
    Err(match (meant, sort) {
        (Some(meant), _) => error.hint(format!("did you mean `{meant}`?")),
        (None, Sort::Variable) => error.hint(format!("declare it under `variables` in {MANIFEST}")),
        (None, Sort::Filter) => {
            error.hint(format!("the filters that quote a value for a language are {QUOTING}"))
        }
        (None, Sort::Template) => error.hint(format!(
            "name a template by its path in the pack: `{FILES}NAME{TEMPLATE_SUFFIX}`"
        )),
        (None, _) => error,
    })
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

    #[test]
    fn a_name_is_found_in_a_tag_and_as_a_word() {
        let text = "name: titel {{ my_titel }}\n{{ x | titel }}\n";
        let span = used_at(text, "titel").expect("it is used");
        assert_eq!(span.start, text.rfind("titel").expect("there"));
        assert_eq!(used_at("titel", "titel"), None);
    }
}
