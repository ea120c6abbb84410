//! What statements bind: the module's names, a class's attributes, and the locals of a function.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::{Expr, Parameters};
use ruff_text_size::Ranged;

use super::{Scope, Walker};
use crate::source::Span;
use crate::source::python::AttributeUse;
use crate::source::python::binding::{Binding, Bound, Certainty, Value};
use crate::source::python::class::ClassAttribute;
use crate::source::python::expression::{span, value_of};
use crate::source::python::import::When;

/// Local names of a function, which shadow the module's.
#[derive(Debug)]
pub(super) struct Locals {
    /// How often each name is bound.
    bound: HashMap<String, usize>,
    imported: HashSet<String>,
    /// How many of those bindings are look-ups of a module by a literal name.
    looked_up: HashMap<String, usize>,
    first_use: usize,
}

impl Walker<'_> {
    pub(in crate::source::python) fn bind(&mut self, name: &str, at: Span, bound: Bound) {
        match self.context.scope {
            Scope::Module if self.context.runs_on_import() => {
                let certainty = Certainty::Certain;
                let binding = Binding { name: name.to_owned(), span: at, certainty, bound };
                self.module.bindings.push(binding);
            }
            Scope::Module if self.context.when == When::TypeChecking => {
                self.module.typing_names.push(name.to_owned());
            }
            Scope::Class(Some(class)) => {
                let value = match bound {
                    Bound::Assigned(value) => value,
                    Bound::Deleted => return,
                    _ => Value::Other,
                };
                let context = self.context;
                let conditional = context.conditional_here
                    || context.in_expression_branch
                    || !context.runs_on_import()
                    || !self.catching.is_empty();
                if let Some(class) = self.module.classes.get_mut(class) {
                    let name = name.to_owned();
                    class.attributes.push(ClassAttribute { name, span: at, value, conditional });
                }
            }
            _ => {}
        }
    }

    /// Binds every name in a target; a tuple or list of values is unpacked in parallel.
    pub(in crate::source::python) fn bind_target(&mut self, target: &Expr, value: Option<&Expr>) {
        let mut pending = vec![(target, value)];
        while let Some((target, value)) = pending.pop() {
            match target {
                Expr::Name(name) => {
                    let value = value.map_or(Value::Other, value_of);
                    self.bind(name.id.as_str(), span(name.range()), Bound::Assigned(value));
                }
                Expr::Starred(node) => pending.push((&node.value, None)),
                Expr::Tuple(_) | Expr::List(_) => {
                    let targets = elements(target);
                    let values = value.map(elements).unwrap_or_default();
                    let is_starred = |expr: &Expr| matches!(expr, Expr::Starred(_));
                    let apart = targets.len() == values.len()
                        && !targets.iter().chain(values).any(is_starred);
                    for (index, target) in targets.iter().enumerate().rev() {
                        let value = if apart { values.get(index) } else { None };
                        pending.push((target, value));
                    }
                }
                _ => {}
            }
        }
    }

    pub(in crate::source::python) fn note_local(&mut self, name: &str) {
        if self.context.scope == Scope::Function
            && let Some(locals) = self.locals.last_mut()
        {
            *locals.bound.entry(name.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn note_import(&mut self, name: &str) {
        if self.context.scope == Scope::Function
            && let Some(locals) = self.locals.last_mut()
        {
            locals.imported.insert(name.to_owned());
        }
    }

    pub(in crate::source::python) fn note_looked_up(&mut self, name: &str) {
        if self.context.scope == Scope::Function
            && let Some(locals) = self.locals.last_mut()
        {
            *locals.looked_up.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// Whether an enclosing function binds the name by anything other than an import.
    pub(in crate::source::python) fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|locals| locals.bound.contains_key(name))
    }
    /// Enters a function, which binds its parameters.
    pub(super) fn enter_function(&mut self, parameters: &Parameters) {
        let names = parameters.iter().map(|parameter| parameter.name().as_str().to_owned());
        self.locals.push(Locals {
            bound: names.map(|name| (name, 1)).collect(),
            imported: HashSet::new(),
            looked_up: HashMap::new(),
            first_use: self.uses.len(),
        });
    }

    /// Leaves a function: uses of its locals are not uses of the module's names.
    pub(super) fn leave_function(&mut self) {
        let Some(locals) = self.locals.pop() else { return };
        let count = |of: &HashMap<String, usize>, name: &str| of.get(name).copied().unwrap_or(0);
        let hidden = |used: &AttributeUse| {
            let name = used.root.as_str();
            let otherwise = count(&locals.bound, name) > count(&locals.looked_up, name);
            otherwise && !locals.imported.contains(name)
        };
        let inner = self.uses.split_off(locals.first_use.min(self.uses.len()));
        self.uses.extend(inner.into_iter().filter(|used| !hidden(used)));
    }
}

pub(in crate::source::python) fn elements(expr: &Expr) -> &[Expr] {
    match expr {
        Expr::Tuple(node) => &node.elts,
        Expr::List(node) => &node.elts,
        _ => &[],
    }
}
