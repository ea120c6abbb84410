//! Renames what a module uses of a package: imports, dotted uses and plain uses, by scope.
//!
//! [`rename`] returns the edits and the strings that still mention the old name, or why it cannot
//! be done by spans alone. Either dotted name may be a module or a name within one: both readings
//! are tried wherever they fit. The result is parsed again and refused if it still uses the old
//! name. Relative imports refer to the module's own package and stay.

mod meant;
mod statement;

use std::collections::BTreeSet;

use super::import::{Imported, ImportedName};
use super::scopes::{MODULE, ScopeId, ScopeKind, Scopes, Site, Use};
use super::{Module, parsed};
use crate::source::text::MAX_DOCUMENT_BYTES;
use crate::source::{Span, SyntaxError, Text, TextEdit};
use meant::{Dotted, Meant, dotted, meant, modules, still_taken};
use statement::Statements;

/// The result of renaming in one module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// The edits; none if the module does not use the old name.
    pub edits: Vec<TextEdit>,
    /// Strings that mention the old name and may be used to look it up.
    pub texts: Vec<Span>,
}

/// Why a module is not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// It is not valid Python.
    #[error("{0}")]
    Syntax(#[from] SyntaxError),
    /// Something has to be changed by hand.
    #[error("{why}")]
    ByHand {
        /// Its span.
        span: Span,
        /// The reason, one line.
        why: String,
    },
}

fn by_hand<T>(span: Span, why: impl Into<String>) -> Result<T, RenameError> {
    Err(RenameError::ByHand { span, why: why.into() })
}

/// Renames `from`, a dotted name, to `to`. `is_taken` returns whether another module uses a name of
/// this one.
///
/// # Errors
/// When the text is not valid Python, or something has to be changed by hand.
pub fn rename(
    text: &Text,
    from: &str,
    to: &str,
    is_taken: &dyn Fn(&str) -> bool,
) -> Result<Renamed, RenameError> {
    let scopes = read(text)?;
    let (Some(old), Some(new)) = (Dotted::of(from), Dotted::of(to)) else {
        return by_hand(Span::default(), format!("`{from}` or `{to}` is not a dotted name"));
    };
    let mut renaming = Renaming {
        scopes: &scopes,
        old,
        new,
        is_taken,
        edits: Vec::new(),
        statements: Statements::new(text),
    };
    renaming.imports()?;
    renaming.uses()?;
    let Renaming { mut edits, statements, .. } = renaming;
    edits.extend(statements.edits(&scopes.imports)?);
    edits.sort();
    edits.dedup();
    let texts = speaking(&scopes, old, !edits.is_empty());
    if edits.is_empty() {
        return Ok(Renamed { edits, texts });
    }
    let clash = |edit: TextEdit| RenameError::ByHand {
        span: edit.span,
        why: "several edits would overlap here".to_owned(),
    };
    let after = text.edited(&edits).map_err(clash)?;
    let left = read(&after).map(|scopes| still_taken(&scopes, old)).map_err(|error| {
        let why = format!("the edited module would not parse: {}", error.message);
        RenameError::ByHand { span: Span::default(), why }
    })?;
    match left {
        true => by_hand(Span::default(), format!("`{from}` would still be used afterwards")),
        false => Ok(Renamed { edits, texts }),
    }
}

fn read(text: &Text) -> Result<Scopes, SyntaxError> {
    // The summary's parser also rejects what only CPython's compiler would.
    Module::parse(text)?;
    let parsed = parsed(text.as_str(), MAX_DOCUMENT_BYTES)?;
    Ok(Scopes::of(parsed.syntax(), text.as_str()))
}

struct Renaming<'r, 't> {
    scopes: &'r Scopes,
    old: Dotted<'r>,
    new: Dotted<'r>,
    is_taken: &'r dyn Fn(&str) -> bool,
    edits: Vec<TextEdit>,
    statements: Statements<'t>,
}

impl Renaming<'_, '_> {
    fn imports(&mut self) -> Result<(), RenameError> {
        let scopes = self.scopes;
        for (index, (scope, import)) in scopes.imports.iter().enumerate() {
            match &import.imported {
                Imported::Modules(names) => {
                    for name in names {
                        if let Some(rest) = self.old.within(&name.name) {
                            let written = format!("{}{rest}", self.new.whole);
                            self.edits.push(TextEdit::replace(name.name_span, written));
                        }
                    }
                }
                Imported::From { module, module_span, level: 0, names, star } => {
                    if let Some(rest) = self.old.within(module) {
                        let written = format!("{}{rest}", self.new.whole);
                        self.edits.push(TextEdit::replace(*module_span, written));
                    } else if module == self.old.module {
                        if let Some(star) = star {
                            let why = format!("`*` may import `{}` here", self.old.name);
                            return by_hand(*star, why);
                        }
                        for (position, name) in names.iter().enumerate() {
                            if name.name == self.old.name {
                                self.taken(*scope, index, position, name);
                            }
                        }
                    }
                }
                Imported::From { .. } => {}
            }
        }
        Ok(())
    }

    /// Handles a name of `from module import name`: its new name in this module, and the statement.
    fn taken(&mut self, scope: ScopeId, statement: usize, position: usize, name: &ImportedName) {
        let bound = name.bound();
        let mut new_bound = bound.to_owned();
        if name.alias.is_none() && self.old.name != self.new.name && self.can_be_called(scope) {
            self.new.name.clone_into(&mut new_bound);
            for used in &self.scopes.uses {
                let is_it =
                    used.name == bound && self.scopes.owner(used.scope, bound) == Some(scope);
                if is_it {
                    self.edits.push(TextEdit::replace(used.span, self.new.name));
                }
            }
        }
        let written = match new_bound == self.new.name {
            true => new_bound,
            false => format!("{} as {new_bound}", self.new.name),
        };
        self.statements.take(statement, position, self.new.module, written);
    }

    /// Whether an import in this scope can bind the new name: nothing else binds either name, no
    /// string mentions the old one, and no other module imports it from this one.
    fn can_be_called(&self, scope: ScopeId) -> bool {
        let kind = self.scopes.scopes.get(scope).map(|scope| scope.kind);
        let named = self.scopes.texts.iter().any(|(text, _)| text == self.old.name);
        let taken = scope == MODULE && (self.is_taken)(self.old.name);
        self.scopes.sites(scope, self.old.name).len() == 1
            && kind != Some(ScopeKind::Class)
            && !self.scopes.declares(self.old.name)
            && !self.scopes.knows(self.new.name)
            && !named
            && !taken
    }

    /// Handles dotted uses: `module.name`, under whatever name the module or a parent package is
    /// bound.
    fn uses(&mut self) -> Result<(), RenameError> {
        let scopes = self.scopes;
        for used in &scopes.uses {
            let Some(owner) = scopes.owner(used.scope, &used.name) else { continue };
            let Some(found) = meant(scopes, owner, used, self.old) else { continue };
            if !found.certain {
                let why = format!("`{}` is bound in several ways here", used.name);
                return by_hand(used.span, why);
            }
            self.dotted(owner, used, &found)?;
        }
        Ok(())
    }

    fn dotted(&mut self, owner: ScopeId, used: &Use, found: &Meant) -> Result<(), RenameError> {
        let Some((_, last)) = used.path.get(found.length - 1) else { return Ok(()) };
        let Some((_, first)) = used.path.first() else { return Ok(()) };
        let path = first.to(*last);
        let whole = used.span.to(*last);
        let below = self.new.whole.strip_prefix(&found.origin).and_then(|it| it.strip_prefix('.'));
        let same_module = self.old.module == self.new.module;
        let is_root = found.origin == used.name && found.plain;
        if is_root {
            self.edits.push(TextEdit::replace(whole, self.new.whole));
            return if same_module { Ok(()) } else { self.loaded(owner, used) };
        }
        match below {
            Some(rest) if same_module => {
                self.edits.push(TextEdit::replace(path, rest));
                Ok(())
            }
            _ if found.origin == self.old.module => self.moved(owner, used, whole, found),
            _ => by_hand(
                whole,
                format!("`{}` is reached through `{}`", self.old.whole, found.origin),
            ),
        }
    }

    /// Handles `import a.b` with `a.b.name`, for which another module now has to be loaded.
    fn loaded(&mut self, owner: ScopeId, used: &Use) -> Result<(), RenameError> {
        let sites = self.scopes.sites(owner, &used.name);
        let mut loading = None;
        for site in sites {
            let Site::Import { statement, name } = *site else { continue };
            let Some(written) = modules(self.scopes, statement).and_then(|it| it.get(name)) else {
                continue;
            };
            let renamed = self.old.within(&written.name).is_some();
            if renamed || written.name == self.new.module {
                // The import itself has the new name.
                return Ok(());
            }
            let fits = written.name == self.old.module;
            if fits || loading.is_none() {
                loading = Some((statement, name, fits));
            }
        }
        let Some((statement, name, fits)) = loading else {
            return by_hand(used.span, format!("the import of `{}` was not found", used.name));
        };
        let root = self.new.module.split('.').next().unwrap_or_default();
        if root != used.name && self.scopes.knows(root) {
            return by_hand(used.span, format!("`{root}` names something else here"));
        }
        let needed = self.scopes.uses.iter().any(|other| {
            self.scopes.owner(other.scope, &other.name) == Some(owner)
                && other.name == used.name
                && dotted(other).starts_with(self.old.module)
                && self.old.within(&dotted(other)).is_none()
        });
        if fits && !needed {
            self.statements.rename_module(statement, name, self.new.module);
        } else {
            self.statements.add(statement, format!("import {}", self.new.module));
        }
        Ok(())
    }

    /// Handles `import a.b as m` or `from a import b as m` with `m.name`, which is now in another
    /// module.
    fn moved(
        &mut self,
        owner: ScopeId,
        used: &Use,
        whole: Span,
        found: &Meant,
    ) -> Result<(), RenameError> {
        let others = self.scopes.uses.iter().any(|other| {
            other.name == used.name
                && self.scopes.owner(other.scope, &other.name) == Some(owner)
                && meant(self.scopes, owner, other, self.old).is_none()
        });
        let exported = owner == MODULE && (self.is_taken)(&used.name);
        if others || exported {
            if self.scopes.knows(self.new.name) {
                let why = format!("`{}` names something else here", self.new.name);
                return by_hand(used.span, why);
            }
            let Dotted { module, name, .. } = self.new;
            self.statements.add(found.statement, format!("from {module} import {name}"));
            self.edits.push(TextEdit::replace(whole, name));
            return Ok(());
        }
        if self.old.name != self.new.name {
            let last = used.path.get(found.length - 1).map_or(whole, |(_, span)| *span);
            self.edits.push(TextEdit::replace(last, self.new.name));
        }
        let sites = self.scopes.sites(owner, &used.name);
        for site in sites {
            let Site::Import { statement, name } = *site else { continue };
            let Some((_, import)) = self.scopes.imports.get(statement) else { continue };
            match (&import.imported, Dotted::of(self.new.module)) {
                (Imported::Modules(_), _) => {
                    self.statements.rename_module(statement, name, self.new.module);
                }
                (Imported::From { .. }, Some(parent)) => {
                    let written = match parent.name == used.name {
                        true => parent.name.to_owned(),
                        false => format!("{} as {}", parent.name, used.name),
                    };
                    self.statements.take(statement, name, parent.module, written);
                }
                (Imported::From { .. }, None) => {
                    return by_hand(import.span, "the new module has no package to be taken from");
                }
            }
        }
        Ok(())
    }
}

/// Returns the strings that contain the old dotted name or, if the module uses it, its last part
/// alone.
fn speaking(scopes: &Scopes, old: Dotted<'_>, takes: bool) -> Vec<Span> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let holds = |text: &str| {
        text.match_indices(old.whole).any(|(at, _)| {
            let before = text.get(..at).and_then(|it| it.chars().next_back());
            let behind = text.get(at + old.whole.len()..).and_then(|it| it.chars().next());
            !before.is_some_and(|it| is_part(it) || it == '.') && !behind.is_some_and(is_part)
        })
    };
    let mut found: BTreeSet<Span> = BTreeSet::new();
    for (text, span) in &scopes.texts {
        if holds(text) || takes && text == old.name {
            found.insert(*span);
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests;
