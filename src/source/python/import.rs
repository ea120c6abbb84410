//! Imports at any depth: what is imported, where, and under which circumstances.

use std::ops::Range;

use ruff_python_ast::{Alias, StmtImport, StmtImportFrom};
use ruff_text_size::Ranged;

use super::expression::span;
use super::version::Versions;
use crate::source::Span;

/// When a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum When {
    /// While the module is imported.
    ImportTime,
    /// When a function is called.
    Lazy,
    /// Never: under `if TYPE_CHECKING:`, or after a condition that is always true.
    TypeChecking,
    /// Only when the file is run as a program: under `if __name__ == "__main__":`.
    Main,
}

/// The circumstances of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportContext {
    /// When it runs.
    pub when: When,
    /// Whether a failure is caught: by `except ImportError` or a broader handler that can run to
    /// its end, or by `contextlib.suppress`.
    pub guarded: bool,
    /// Whether it is in a branch, loop or handler.
    pub conditional: bool,
    /// The versions of Python in which it may run, as far as `if`s around it say.
    pub versions: Versions,
}

/// A name in an import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedName {
    /// The name before `as`: a dotted module name in `import a.b`, else a plain name.
    pub name: String,
    /// The span of that name.
    pub name_span: Span,
    /// The name after `as`.
    pub alias: Option<String>,
    /// The span of the name and alias.
    pub span: Span,
}

impl ImportedName {
    fn read(alias: &Alias) -> Self {
        Self {
            name: alias.name.as_str().to_owned(),
            name_span: span(alias.name.range()),
            alias: alias.asname.as_ref().map(|name| name.as_str().to_owned()),
            span: span(alias.range()),
        }
    }

    /// Returns the name that is bound: the alias, or the first part of the name.
    #[must_use]
    pub fn bound(&self) -> &str {
        let first = || self.name.split('.').next().unwrap_or_default();
        self.alias.as_deref().unwrap_or_else(first)
    }
}

/// What an import statement imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// `import a, b.c as d`.
    Modules(Vec<ImportedName>),
    /// `from module import a, b as c`.
    From {
        /// The dotted module name; empty in `from . import a`.
        module: String,
        /// The span of the module's name; if there is none, empty and placed after the dots.
        module_span: Span,
        /// The number of leading dots.
        level: u32,
        /// The imported names; empty for a star.
        names: Vec<ImportedName>,
        /// The span of the star, if there is one.
        star: Option<Span>,
    },
}

impl Imported {
    pub(super) fn read_import(node: &StmtImport) -> Self {
        Self::Modules(node.names.iter().map(ImportedName::read).collect())
    }

    pub(super) fn read_from(node: &StmtImportFrom, source: &str) -> Self {
        let star = node.names.iter().find(|alias| alias.name.as_str() == "*");
        let star = star.map(|alias| span(alias.range()));
        let named = if star.is_some() { &[] } else { node.names.as_slice() };
        let module_span = match &node.module {
            Some(name) => span(name.range()),
            None => Span::at(behind_dots(source, span(node.range()), node.level)),
        };
        Self::From {
            module: node.module.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            module_span,
            level: node.level,
            names: named.iter().map(ImportedName::read).collect(),
            star,
        }
    }
}

/// Returns the offset after the dots of `from .. import x`, which may have spaces between them.
fn behind_dots(source: &str, statement: Span, level: u32) -> usize {
    let text = source.get(statement.range()).unwrap_or_default();
    let dots = text.match_indices('.').take(level as usize);
    dots.last().map_or(statement.start, |(at, _)| statement.start + at + 1)
}

/// An import statement without its circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportStatement {
    /// The span of the whole statement.
    pub span: Span,
    /// What it imports.
    pub imported: Imported,
    /// Whether it is declared `lazy` (PEP 810).
    pub lazy_keyword: bool,
}

/// An import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The span of the whole statement.
    pub span: Span,
    /// What it imports.
    pub imported: Imported,
    /// Whether it is declared `lazy` (PEP 810).
    pub lazy_keyword: bool,
    /// When it runs, and whether a failure is caught.
    pub context: ImportContext,
    /// In a handler of failed imports, which of the module's imports were tried before, by their numbers: those from
    /// the outermost `try` of such a handler on.
    pub instead_of: Range<usize>,
}

/// A function that looks up a module by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// `importlib.import_module`.
    ImportModule,
    /// `__import__`.
    DunderImport,
    /// `importlib.util.find_spec`, which does not fail if the module is absent.
    FindSpec,
}

/// A look-up of a module by a string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicImport {
    /// The function used.
    pub lookup: Lookup,
    /// The value of the literal. Leading dots are relative to a package that is not resolved here.
    pub module: String,
    /// The span of the literal.
    pub span: Span,
    /// When it runs, and whether a failure is caught.
    pub context: ImportContext,
    /// The name that a plain assignment binds to the module, and its span: `m =
    /// importlib.import_module("a.b")`.
    pub bound: Option<(String, Span)>,
}
