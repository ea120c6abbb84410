//! `__all__`, as far as it is given by literals.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::expression::{literal_text, span};
use super::walk::{Scope, Walker, elements};
use crate::source::Span;

/// What a module exports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// The literal names and their spans.
    pub names: Vec<(String, Span)>,
    /// Whether the list is complete: nothing else was added, removed or assigned conditionally.
    pub exact: bool,
}

impl Walker<'_> {
    fn concerns_exports(&self, target: &Expr) -> bool {
        self.context.scope == Scope::Module
            && self.context.runs_on_import()
            && matches!(target, Expr::Name(name) if name.id.as_str() == "__all__")
    }

    pub(super) fn export_assignment(&mut self, target: &Expr, value: Option<&Expr>) {
        if !self.concerns_exports(target) {
            return;
        }
        let mut exports = Exports { names: Vec::new(), exact: !self.context.conditional };
        if let Some(value) = value {
            exports.add(value);
        }
        self.module.exports = Some(exports);
    }

    pub(super) fn export_addition(&mut self, target: &Expr, value: &Expr) {
        if self.concerns_exports(target) {
            let conditional = self.context.conditional;
            let exports = self.module.exports.get_or_insert_default();
            exports.exact &= !conditional;
            exports.add(value);
        }
    }

    /// Handles `__all__.extend([…])`, `__all__.append("…")` and any other method called on it.
    pub(super) fn export_call(&mut self, name: &str, node: &ExprCall) {
        let Some(method) = name.strip_prefix("__all__.") else { return };
        if !self.context.runs_on_import() {
            return;
        }
        let conditional = self.context.conditional;
        let exports = self.module.exports.get_or_insert_default();
        exports.exact &= !conditional;
        match (method, &*node.arguments.args) {
            ("extend", [values]) => exports.add(values),
            ("append", [value]) => exports.add_one(value),
            _ => exports.exact = false,
        }
    }
}

impl Exports {
    fn add(&mut self, values: &Expr) {
        if !matches!(values, Expr::Tuple(_) | Expr::List(_)) {
            self.exact = false;
        }
        for value in elements(values) {
            self.add_one(value);
        }
    }

    fn add_one(&mut self, value: &Expr) {
        match literal_text(value) {
            Some(name) => self.names.push((name, span(value.range()))),
            None => self.exact = false,
        }
    }
}
