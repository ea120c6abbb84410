//! Changes to import statements: a name from another module, a renamed module, an added statement.

use std::collections::BTreeMap;

use super::super::import::{ImportStatement, Imported, ImportedName};
use super::super::scopes::ScopeId;
use super::{RenameError, by_hand};
use crate::source::{Span, Text, TextEdit};

/// The requested changes to the import statements of one module, by statement index.
pub(super) struct Statements<'t> {
    text: &'t Text,
    /// For names of `from … import` statements: the new module, and the name as written.
    taken: BTreeMap<usize, BTreeMap<usize, (String, String)>>,
    /// The new names of modules in `import` statements.
    renamed: BTreeMap<(usize, usize), String>,
    added: BTreeMap<usize, Vec<String>>,
}

impl<'t> Statements<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        let (taken, renamed, added) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { text, taken, renamed, added }
    }

    /// Takes the name at a position from this module, written as given.
    pub(super) fn take(&mut self, statement: usize, name: usize, module: &str, written: String) {
        let names = self.taken.entry(statement).or_default();
        names.insert(name, (module.to_owned(), written));
    }

    /// Renames the module at a position of an `import`; an alias stays.
    pub(super) fn rename_module(&mut self, statement: usize, name: usize, module: &str) {
        self.renamed.insert((statement, name), module.to_owned());
    }

    /// Adds a statement after this one.
    pub(super) fn add(&mut self, statement: usize, written: String) {
        let added = self.added.entry(statement).or_default();
        if !added.contains(&written) {
            added.push(written);
        }
    }

    pub(super) fn edits(
        mut self,
        imports: &[(ScopeId, ImportStatement)],
    ) -> Result<Vec<TextEdit>, RenameError> {
        let mut edits = Vec::new();
        for ((statement, name), module) in std::mem::take(&mut self.renamed) {
            let Some((_, import)) = imports.get(statement) else { continue };
            if let Imported::Modules(names) = &import.imported
                && let Some(name) = names.get(name)
            {
                edits.push(TextEdit::replace(name.name_span, module));
            }
        }
        for (statement, taken) in std::mem::take(&mut self.taken) {
            if let Some((_, import)) = imports.get(statement) {
                self.retaken(statement, import, &taken, &mut edits)?;
            }
        }
        for (statement, added) in &self.added {
            if let Some((_, import)) = imports.get(*statement) {
                edits.push(self.behind(import, added));
            }
        }
        Ok(edits)
    }

    fn retaken(
        &mut self,
        statement: usize,
        import: &ImportStatement,
        taken: &BTreeMap<usize, (String, String)>,
        edits: &mut Vec<TextEdit>,
    ) -> Result<(), RenameError> {
        let Imported::From { module, module_span, names, .. } = &import.imported else {
            return Ok(());
        };
        let all = taken.len() == names.len();
        for (position, (wanted, written)) in taken {
            let Some(name) = names.get(*position) else { continue };
            if wanted == module {
                edits.push(TextEdit::replace(name.span, written));
            } else if all {
                // Every name of the statement moves to that module.
                edits.push(TextEdit::replace(*module_span, wanted));
                edits.push(TextEdit::replace(name.span, written));
            } else {
                edits.push(self.removal(names, *position)?);
                self.add(statement, format!("from {wanted} import {written}"));
            }
        }
        Ok(())
    }

    /// Removes one of several names, with its comma, and with its line if it has its own.
    fn removal(&self, names: &[ImportedName], position: usize) -> Result<TextEdit, RenameError> {
        let Some(name) = names.get(position) else {
            return by_hand(Span::default(), "there is no such name");
        };
        let lines = self.text.whole_lines(name.span);
        let before = self.text.slice(Span::new(lines.start, name.span.start));
        let behind = self.text.slice(Span::new(name.span.end, lines.end));
        let rest = behind.trim_start();
        let comma = rest.starts_with(',');
        let rest = rest.strip_prefix(',').unwrap_or(rest).trim();
        let alone = before.trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
        // The name before it may keep its comma, which is a valid trailing comma.
        if alone && (comma || position + 1 == names.len()) {
            return Ok(TextEdit::remove(lines));
        }
        let next = names.get(position + 1).map(|next| Span::new(name.span.start, next.span.start));
        let last = position.checked_sub(1).and_then(|at| names.get(at));
        let last = last.map(|before| Span::new(before.span.end, name.span.end));
        let Some(removed) = next.or(last) else {
            return by_hand(name.span, "it is the only name of its statement");
        };
        if self.text.slice(removed).contains('#') {
            return by_hand(name.span, "there is a comment between it and its neighbour");
        }
        Ok(TextEdit::remove(removed))
    }

    /// Adds statements after this one, on lines of their own if it has its own line.
    fn behind(&self, import: &ImportStatement, added: &[String]) -> TextEdit {
        let lazy = if import.lazy_keyword { "lazy " } else { "" };
        let lines = self.text.whole_lines(import.span);
        let before = self.text.slice(Span::new(lines.start, import.span.start));
        let behind = self.text.slice(Span::new(import.span.end, lines.end)).trim_start();
        let own_line = before.trim().is_empty() && (behind.is_empty() || behind.starts_with('#'));
        if !own_line {
            let written = added.iter().map(|statement| format!("; {lazy}{statement}"));
            return TextEdit::insert(import.span.end, written.collect::<String>());
        }
        let end = self.text.line_end();
        let written = added.iter().map(|statement| format!("{before}{lazy}{statement}{end}"));
        let written: String = written.collect();
        let last_line_is_open = !self.text.slice(lines).ends_with(['\n', '\r']);
        match last_line_is_open {
            true => TextEdit::insert(lines.end, format!("{end}{}", written.trim_end())),
            false => TextEdit::insert(lines.end, written),
        }
    }
}
