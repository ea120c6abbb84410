//! The context of the walk: the scope in which a statement binds names, and whether it runs at all.

use crate::source::python::import::When;
use crate::source::python::version::Versions;

/// The scope in which a statement binds names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::python) enum Scope {
    Module,
    /// A class body, with its index if the class is recorded.
    Class(Option<usize>),
    Function,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::source::python) struct Context {
    pub(in crate::source::python) when: When,
    pub(in crate::source::python) scope: Scope,
    /// In a branch, loop or handler, or in a part of an expression that may be skipped.
    pub(in crate::source::python) conditional: bool,
    /// In a branch within the class body or function.
    pub(in crate::source::python) conditional_here: bool,
    /// In a part of an expression that may be skipped.
    pub(in crate::source::python) in_expression_branch: bool,
    /// In a method of a class.
    pub(in crate::source::python) in_method: bool,
    /// The versions of Python that run it, as far as `if`s around it say.
    pub(in crate::source::python) versions: Versions,
}

impl Context {
    pub(in crate::source::python) fn runs_on_import(self) -> bool {
        self.when == When::ImportTime
    }

    pub(in crate::source::python) fn conditionally(self) -> Self {
        Self { conditional: true, in_expression_branch: true, ..self }
    }

    pub(in crate::source::python) fn lazily(self) -> Self {
        let when = if self.runs_on_import() { When::Lazy } else { self.when };
        let scope = Scope::Function;
        let in_method = self.in_method || matches!(self.scope, Scope::Class(_));
        Self { when, scope, conditional: false, conditional_here: false, in_method, ..self }
    }

    pub(in crate::source::python) fn binds_module_names(self) -> bool {
        self.scope == Scope::Module && self.runs_on_import()
    }
}
