//! Which classes may have names in their bodies that nothing in the module binds.
//!
//! A metaclass makes the namespace that a body runs in (`__prepare__`), and it may answer for any name, as that of
//! `sly.Lexer` does. No class of the standard library does.

use std::collections::HashSet;

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use crate::source::python::Module;
use crate::source::python::binding::Bound;
use crate::source::python::expression::dotted;
use crate::source::python::standard_library::{is_builtin, is_standard};

/// What gives a body hold of its own names.
const OWN_NAMES: [&str; 3] = ["exec", "locals", "vars"];

pub(super) struct Providers<'m> {
    module: &'m Module,
    /// The classes of the module, by where their names stand, whose metaclass is none of somebody else.
    plain: HashSet<usize>,
}

impl<'m> Providers<'m> {
    pub(super) fn new(module: &'m Module) -> Self {
        Self { module, plain: HashSet::new() }
    }

    /// The bases, and the metaclass, that may provide names in the body of a class; `None` if one of them is an
    /// expression other than a name. `hidden` are names that are not the module's here.
    pub(super) fn of(
        &self,
        node: &StmtClassDef,
        hidden: Option<&HashSet<&str>>,
    ) -> Option<Vec<String>> {
        let Some(arguments) = node.arguments.as_deref() else { return Some(Vec::new()) };
        let mut found = Vec::new();
        let is_hidden = |name: &str| hidden.is_some_and(|names| names.contains(name));
        for base in &arguments.args {
            let named = match base {
                Expr::Subscript(generic) => &generic.value,
                base => base,
            };
            let name = dotted(named)?;
            let first = first_of(&name);
            if is_hidden(first) || !(self.is_standard(first) || self.is_plain_class(&name)) {
                found.push(name);
            }
        }
        for keyword in &arguments.keywords {
            let name = keyword.arg.as_ref()?;
            if name.as_str() == "metaclass" {
                let name = dotted(&keyword.value)?;
                let first = first_of(&name);
                if is_hidden(first) || !self.is_standard(first) {
                    found.push(name);
                }
            }
        }
        Some(found)
    }

    /// Notes a class of the module that has no providers.
    pub(super) fn note_plain(&mut self, node: &StmtClassDef) {
        self.plain.insert(node.name.range.start().to_usize());
    }

    /// Whether a name is a builtin, or what it is imported from is the standard library.
    fn is_standard(&self, name: &str) -> bool {
        let is_ours = |module: &str| {
            let first = first_of(module);
            is_standard(first) || first == "typing_extensions"
        };
        let mut bindings = self.module.bindings_of(name).peekable();
        let nothing_binds = bindings.peek().is_none();
        let all_are = bindings.all(|binding| match &binding.bound {
            Bound::Import { module, level, .. } => *level == 0 && is_ours(module),
            Bound::ImportModule { module, .. } => is_ours(module),
            _ => false,
        });
        if nothing_binds { is_builtin(name) } else { all_are }
    }

    fn is_plain_class(&self, name: &str) -> bool {
        let mut bindings = self.module.bindings_of(name).peekable();
        bindings.peek().is_some()
            && bindings.all(|binding| {
                matches!(binding.bound, Bound::Class(_)) && self.plain.contains(&binding.span.start)
            })
    }
}

fn first_of(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or(dotted)
}

/// Whether the body of a class may bind names of its own other than by statements.
pub(super) fn looks_at_its_names(body: &[Stmt]) -> bool {
    let mut search = Search(false);
    search.visit_body(body);
    search.0
}

struct Search(bool);

impl<'ast> Visitor<'ast> for Search {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.0 |= match expr {
            Expr::Name(name) => OWN_NAMES.contains(&name.id.as_str()),
            Expr::Attribute(node) => node.attr.as_str() == "f_locals",
            _ => false,
        };
        walk_expr(self, expr);
    }
}
