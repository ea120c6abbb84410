//! Name resolution: the scopes of a module, what they bind, and every use of a name.
//!
//! Python decides by the whole scope, not by order: a name that is bound anywhere in a function is
//! local to it. Strings that are evaluated later (annotations in quotes, `eval`) are not parsed;
//! they are listed as strings.

mod reader;

use std::collections::{HashMap, HashSet};

use ruff_python_ast::ModModule;

use super::import::ImportStatement;
use crate::source::Span;

/// The index of a scope.
pub(super) type ScopeId = usize;

/// The module scope.
pub(super) const MODULE: ScopeId = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Class,
    /// A function, a lambda or the scope of type parameters.
    Function,
    Comprehension,
}

/// How a scope binds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// By a name of an import statement, both by index.
    Import { statement: usize, name: usize },
    /// `name = None`, as for an optional import.
    Nothing,
    /// In any other way.
    Other,
}

#[derive(Debug)]
pub(super) struct Scope {
    pub(super) kind: ScopeKind,
    parent: ScopeId,
    pub(super) bound: HashMap<String, Vec<Site>>,
    globals: HashSet<String>,
    nonlocals: HashSet<String>,
}

/// A use of a name with the attributes accessed on it: `root.one.two`.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) scope: ScopeId,
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) path: Vec<(String, Span)>,
}

/// The names of a module.
#[derive(Debug)]
pub(super) struct Scopes {
    pub(super) scopes: Vec<Scope>,
    pub(super) uses: Vec<Use>,
    /// The import statements, each with its scope.
    pub(super) imports: Vec<(ScopeId, ImportStatement)>,
    /// The strings and their spans.
    pub(super) texts: Vec<(String, Span)>,
}

impl Scopes {
    pub(super) fn of(tree: &ModModule, source: &str) -> Self {
        let scopes = Self {
            scopes: vec![Scope::new(ScopeKind::Module, MODULE)],
            uses: Vec::new(),
            imports: Vec::new(),
            texts: Vec::new(),
        };
        reader::read(tree, source, scopes)
    }

    /// Returns the scope that a name belongs to where it is used; `None` for a builtin.
    pub(super) fn owner(&self, from: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = from;
        loop {
            let scope = self.scopes.get(at)?;
            if scope.globals.contains(name) {
                return Some(MODULE);
            }
            // The names of a class body are only visible in that body.
            let seen = scope.kind != ScopeKind::Class || at == from;
            if seen && scope.bound.contains_key(name) && !scope.nonlocals.contains(name) {
                return Some(at);
            }
            if at == MODULE {
                return None;
            }
            at = scope.parent;
        }
    }

    /// Returns how a scope binds a name.
    pub(super) fn sites(&self, scope: ScopeId, name: &str) -> &[Site] {
        let bound = self.scopes.get(scope).and_then(|scope| scope.bound.get(name));
        bound.map_or(&[], Vec::as_slice)
    }

    /// Whether some scope declares the name as `global` or `nonlocal`.
    pub(super) fn declares(&self, name: &str) -> bool {
        let declared = |it: &Scope| it.globals.contains(name) || it.nonlocals.contains(name);
        self.scopes.iter().any(declared)
    }

    /// Whether a name occurs at all, bound or used.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.uses.iter().any(|used| used.name == name)
            || self.scopes.iter().any(|scope| scope.bound.contains_key(name))
    }
}

impl Scope {
    fn new(kind: ScopeKind, parent: ScopeId) -> Self {
        let (bound, globals, nonlocals) = (HashMap::new(), HashSet::new(), HashSet::new());
        Self { kind, parent, bound, globals, nonlocals }
    }
}
