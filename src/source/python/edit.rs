//! Edits of a module by span: prefixing imports, and appending an alias.
//!
//! The caller decides what an edit means; here it is written so that every other byte stays the
//! same. [`apply`] refuses a result that does not parse.

use super::binding::{Bound, Certainty, Value};
use super::import::{Import, Imported};
use super::{Module, SyntaxError, Text};
use crate::source::{Span, TextEdit};

/// Why an edit is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// `lazy import a.b` cannot be prefixed: binding `a` would load what should stay unloaded.
    #[error("`lazy import {module}` cannot be prefixed without losing its laziness")]
    LazySubmodule {
        /// The dotted module name.
        module: String,
        /// Its span.
        span: Span,
    },
    /// It is not a name or dotted name.
    #[error("`{0}` is not a Python name")]
    NotAName(String),
    /// The edits overlap or are outside the text.
    #[error("edits clash at offset {}", .0.span.start)]
    Clash(TextEdit),
    /// The edited text does not parse.
    #[error("the edited module would not parse: {0}")]
    Unparsable(SyntaxError),
    /// The edited text does not bind the name as intended.
    #[error("the edited module would not bind `{0}` as intended")]
    Unbound(String),
}

/// Returns the edits that move imports of top-level modules into a package; see
/// [`prefix_imported`].
///
/// # Errors
/// For `lazy import x.s`.
pub fn prefix_import(
    import: &Import,
    package: &str,
    is_internal: impl Fn(&str) -> bool,
) -> Result<Vec<TextEdit>, EditError> {
    prefix_imported(&import.imported, import.lazy_keyword, package, is_internal)
}

/// Returns the edits that move imports of top-level modules into a package, in source order.
///
/// `is_internal` is called with the first part of each imported module's name. `import x` becomes
/// `import package.x as x`, `from x import y` becomes `from package.x import y`, and `import x.s`
/// becomes `import package.x.s as x, package.x as x`, which loads the submodule and binds no name
/// but `x`. Relative imports stay, and so does `from __future__`, which is a compiler directive.
///
/// # Errors
/// For `lazy import x.s`.
pub fn prefix_imported(
    imported: &Imported,
    is_lazy: bool,
    package: &str,
    is_internal: impl Fn(&str) -> bool,
) -> Result<Vec<TextEdit>, EditError> {
    let first = |module: &str| module.split('.').next().unwrap_or_default().to_owned();
    let mut edits = Vec::new();
    match imported {
        Imported::From { module, .. } if module == "__future__" => {}
        Imported::From { module, module_span, level: 0, .. } if is_internal(&first(module)) => {
            edits.push(TextEdit::insert(module_span.start, format!("{package}.")));
        }
        Imported::From { .. } => {}
        Imported::Modules(names) => {
            for name in names {
                let root = first(&name.name);
                if !is_internal(&root) {
                    continue;
                }
                let is_submodule = name.name != root;
                if name.alias.is_none() && is_submodule && is_lazy {
                    let (module, span) = (name.name.clone(), name.name_span);
                    return Err(EditError::LazySubmodule { module, span });
                }
                edits.push(TextEdit::insert(name.name_span.start, format!("{package}.")));
                if name.alias.is_none() {
                    let mut binding = format!(" as {root}");
                    if is_submodule {
                        binding.push_str(&format!(", {package}.{root} as {root}"));
                    }
                    edits.push(TextEdit::insert(name.name_span.end, binding));
                }
            }
        }
    }
    Ok(edits)
}

/// Returns the edit that appends the alias `name = target` to a module.
///
/// # Errors
/// When either is not a valid name, or the result would not bind the name as intended.
pub fn append_alias(
    text: &Text,
    module: &Module,
    name: &str,
    target: &str,
) -> Result<Vec<TextEdit>, EditError> {
    if !is_identifier(name) {
        return Err(EditError::NotAName(name.to_owned()));
    }
    if !target.split('.').all(is_identifier) {
        return Err(EditError::NotAName(target.to_owned()));
    }
    let source = text.as_str();
    let line_end = text.line_end();
    let mut addition = String::new();
    if !source.is_empty() && !source.ends_with(['\n', '\r']) {
        addition.push_str(line_end);
    }
    if module.ends_in_definition {
        // PEP 8 requires two blank lines after a definition; some may already exist.
        let trailing = &source[source.trim_end_matches(['\n', '\r']).len()..];
        let blank = trailing.matches(line_end).count().saturating_sub(1);
        addition.push_str(&line_end.repeat(2_usize.saturating_sub(blank)));
    }
    addition.push_str(&format!("{name} = {target}{line_end}"));
    let edits = vec![TextEdit::insert(source.len(), addition)];
    let (_, edited) = apply(text, &edits)?;
    let value = match target.contains('.') {
        true => Value::Attribute(target.to_owned()),
        false => Value::Name(target.to_owned()),
    };
    let is_bound = edited.bindings.last().is_some_and(|binding| {
        binding.name == name
            && binding.bound == Bound::Assigned(value)
            && binding.certainty == Certainty::Certain
    });
    if is_bound { Ok(edits) } else { Err(EditError::Unbound(name.to_owned())) }
}

/// Applies edits and parses the result.
///
/// # Errors
/// When the edits clash, or the result does not parse.
pub fn apply(text: &Text, edits: &[TextEdit]) -> Result<(Text, Module), EditError> {
    let edited = text.edited(edits).map_err(EditError::Clash)?;
    let module = Module::parse(&edited).map_err(EditError::Unparsable)?;
    Ok((edited, module))
}

/// Whether a text is an identifier. Keywords are not excluded.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|first| first == '_' || first.is_alphabetic());
    begins && characters.all(|other| other == '_' || other.is_alphanumeric())
}
