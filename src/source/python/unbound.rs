//! Names that a module reads while it is imported and that nothing in it binds.
//!
//! Only what certainly runs is looked at: assignments and expressions that are statements of the module itself, without
//! the parts that may be skipped or that run later.

use std::collections::HashSet;

use ruff_python_ast::{Expr, ExprContext, ExprName, Stmt};
use ruff_text_size::Ranged;

use super::Module;
use super::expression::{children, span};
use super::hazard::{BootFact, Hazard};
use super::import::Imported;
use super::standard_library::is_builtin;

/// Adds them to what may stop the import of a module, whose statements these are.
pub(super) fn note(statements: &[Stmt], module: &mut Module) {
    let may_bind_more = !module.star_imports.is_empty()
        || !module.escapes.is_empty()
        || !module.reroutes.is_empty()
        || module.hands_on_its_name
        || may_add_builtins(module);
    if may_bind_more {
        return;
    }
    let bound: HashSet<&str> = module
        .bindings
        .iter()
        .map(|binding| binding.name.as_str())
        .chain(module.globals.iter().map(String::as_str))
        .chain(module.typing_names.iter().map(String::as_str))
        .collect();
    // `gettext.install` makes a builtin of the underscore.
    let is_unbound = |name: &&ExprName| {
        let name = name.id.as_str();
        name != "_" && !is_builtin(name) && !bound.contains(name)
    };
    let read = statements.iter().filter_map(value).flat_map(names_in);
    let found: Vec<BootFact> = read
        .filter(is_unbound)
        .map(|name| BootFact {
            hazard: Hazard::UnboundName(name.id.as_str().to_owned()),
            span: span(name.range()),
            conditional: false,
            guarded: false,
        })
        .collect();
    if !found.is_empty() {
        module.boot_facts.extend(found);
        module.boot_facts.sort_by_key(|fact| fact.span.start);
    }
}

/// Whether the module has hold of `builtins`, where it may put names that nothing has to bind (`builtins.T = …`,
/// `vars(builtins).update(…)`).
fn may_add_builtins(module: &Module) -> bool {
    module.imports.iter().any(|import| {
        let (Imported::Modules(names) | Imported::From { names, .. }) = &import.imported;
        names.iter().any(|name| name.name.rsplit('.').next() == Some("builtins"))
    })
}

/// The expression that a statement evaluates first, if there is one.
fn value(statement: &Stmt) -> Option<&Expr> {
    match statement {
        Stmt::Assign(node) => Some(&node.value),
        Stmt::AnnAssign(node) => node.value.as_deref(),
        Stmt::Expr(node) => Some(&node.value),
        _ => None,
    }
}

/// The names that an expression certainly reads.
fn names_in(expr: &Expr) -> Vec<&ExprName> {
    let (mut pending, mut found) = (vec![expr], Vec::new());
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load => found.push(name),
            // They bind names of their own, or run later.
            Expr::Lambda(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_) => {}
            Expr::BoolOp(node) => pending.extend(node.values.first()),
            Expr::If(node) => pending.push(&node.test),
            Expr::Compare(node) => {
                pending.push(&node.left);
                pending.extend(node.comparators.first());
            }
            _ => pending.extend(children(expr)),
        }
    }
    found
}
