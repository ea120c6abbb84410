//! Imports at any depth: what, where, and under which circumstances.

use crate::source::Span;

/// When a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum When {
    /// While the module is imported.
    ImportTime,
    /// When a function is called.
    Lazy,
    /// Never: under `if TYPE_CHECKING:`, or behind a condition that is always true.
    TypeChecking,
    /// Only when the file is run as a program: under `if __name__ == "__main__":`.
    Main,
}

/// The circumstances of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportContext {
    /// When it runs.
    pub when: When,
    /// Whether a failure is caught: by `except ImportError` or broader whose handler can run to its
    /// end, or by `contextlib.suppress`.
    pub guarded: bool,
    /// Whether it stands in a branch, loop or handler.
    pub conditional: bool,
}

/// A name in an import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedName {
    /// The name before `as`: a dotted module in `import a.b`, else a plain name.
    pub name: String,
    /// Where that name stands.
    pub name_span: Span,
    /// The name behind `as`.
    pub alias: Option<String>,
    /// Name and alias.
    pub span: Span,
}

impl ImportedName {
    /// The name that is bound: the alias, or the first part of the name.
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
        /// Dotted module; empty in `from . import a`.
        module: String,
        /// Where the module's name stands; empty, behind the dots, when there is none.
        module_span: Span,
        /// Leading dots.
        level: u32,
        /// What is imported; empty for a star.
        names: Vec<ImportedName>,
        /// Where the star stands, if there is one.
        star: Option<Span>,
    },
}

/// An import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The whole statement.
    pub span: Span,
    /// What it imports.
    pub imported: Imported,
    /// Whether it is declared `lazy` (PEP 810).
    pub lazy_keyword: bool,
    /// When it runs and whether its failure is caught.
    pub context: ImportContext,
}

/// A function that looks a module up by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// `importlib.import_module`.
    ImportModule,
    /// `__import__`.
    DunderImport,
    /// `importlib.util.find_spec`, which does not fail for a module that is absent.
    FindSpec,
}

/// A look-up of a module whose name is a string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicImport {
    /// Which function.
    pub lookup: Lookup,
    /// The literal's value; leading dots are relative to a package that is not read here.
    pub module: String,
    /// Where the literal stands.
    pub span: Span,
    /// When it runs and whether its failure is caught.
    pub context: ImportContext,
}
