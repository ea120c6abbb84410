//! Which classes may have names in their bodies that nothing in the module binds.
//!
//! A metaclass makes the namespace that a body runs in (`__prepare__`), and it may answer for any name, as that of
//! `sly.Lexer` does. No class of the standard library does.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use crate::source::python::Module;
use crate::source::python::binding::{Binding, Bound};
use crate::source::python::expression::dotted;
use crate::source::python::hazard::Provider;
use crate::source::python::standard_library::{is_builtin, is_standard};

/// What gives a body hold of its own names.
const OWN_NAMES: [&str; 3] = ["exec", "locals", "vars"];

pub(super) struct Providers<'m, 'ast> {
    module: &'m Module,
    /// The bindings of the module in the order of their names, once a class has a base.
    bindings: OnceCell<Vec<&'m Binding>>,
    /// Whether a name is a builtin or from the standard library, for those that were asked for.
    standard: HashMap<String, bool>,
    /// How many classes of a name have a metaclass that is none of somebody else.
    plain: HashMap<&'ast str, usize>,
}

impl<'m, 'ast> Providers<'m, 'ast> {
    pub(super) fn new(module: &'m Module) -> Self {
        Self { module, bindings: OnceCell::new(), standard: HashMap::new(), plain: HashMap::new() }
    }

    /// The bases, and the metaclass, that may provide names in the body of a class; `None` if one of them is an
    /// expression other than a name. `hidden` are names that are not the module's here.
    pub(super) fn of(
        &mut self,
        node: &StmtClassDef,
        hidden: Option<&HashSet<&str>>,
    ) -> Option<Vec<Provider>> {
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
                found.push(Provider::Base(name));
            }
        }
        for keyword in &arguments.keywords {
            let name = keyword.arg.as_ref()?;
            if name.as_str() == "metaclass" {
                let name = dotted(&keyword.value)?;
                let first = first_of(&name);
                if is_hidden(first) || !self.is_standard(first) {
                    found.push(Provider::Metaclass(name));
                }
            }
        }
        Some(found)
    }

    /// Notes a class of the module that has no providers.
    pub(super) fn note_plain(&mut self, node: &'ast StmtClassDef) {
        *self.plain.entry(node.name.as_str()).or_default() += 1;
    }

    /// The bindings of a name.
    fn bindings_of(&self, name: &str) -> &[&'m Binding] {
        let all = self.bindings.get_or_init(|| {
            let mut all: Vec<&Binding> = self.module.bindings.iter().collect();
            all.sort_by(|one, other| one.name.cmp(&other.name));
            all
        });
        let first = all.partition_point(|it| it.name.as_str() < name);
        let found = all.get(first..).unwrap_or_default();
        let count = found.partition_point(|it| it.name == name);
        found.get(..count).unwrap_or_default()
    }

    /// Whether a name is a builtin, or what it is imported from is the standard library.
    fn is_standard(&mut self, name: &str) -> bool {
        if let Some(known) = self.standard.get(name) {
            return *known;
        }
        let found = self.find_standard(name);
        self.standard.insert(name.to_owned(), found);
        found
    }

    fn find_standard(&self, name: &str) -> bool {
        let is_ours = |module: &str| {
            let first = first_of(module);
            is_standard(first) || first == "typing_extensions"
        };
        let bindings = self.bindings_of(name);
        let all_are = bindings.iter().all(|binding| match &binding.bound {
            Bound::Import { module, level, .. } => *level == 0 && is_ours(module),
            Bound::ImportModule { module, .. } => is_ours(module),
            _ => false,
        });
        if bindings.is_empty() { is_builtin(name) } else { all_are }
    }

    fn is_plain_class(&self, name: &str) -> bool {
        // Nothing but those classes binds it.
        let plain = self.plain.get(name);
        plain.is_some_and(|count| self.bindings_of(name).len() == *count)
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
