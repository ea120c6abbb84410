//! Helpers that inspect a single expression, without recursion.

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Number, Stmt};
use ruff_text_size::TextRange;

use super::binding::Value;
use crate::source::Span;

pub(super) fn span(range: TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}

/// Returns the expression's dotted name, if it is one; for `Name[…]` that of the generic.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::Attribute(node) => {
                parts.push(node.attr.as_str());
                at = &node.value;
            }
            Expr::Name(node) => {
                parts.push(node.id.as_str());
                parts.reverse();
                return Some(parts.join("."));
            }
            _ => return None,
        }
    }
}

/// Returns the value of a string literal, including implicit concatenation.
pub(super) fn literal_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(node) => Some(node.value.to_str().to_owned()),
        _ => None,
    }
}

pub(super) fn value_of(expr: &Expr) -> Value {
    match expr {
        Expr::Name(node) => Value::Name(node.id.as_str().to_owned()),
        Expr::Attribute(_) => dotted(expr).map_or(Value::Other, Value::Attribute),
        Expr::Call(node) => Value::Call(dotted(&node.func)),
        Expr::StringLiteral(node) => Value::Str(node.value.to_str().to_owned()),
        Expr::NumberLiteral(node) if matches!(node.value, Number::Int(_)) => Value::Int,
        Expr::BooleanLiteral(node) => Value::Bool(node.value),
        Expr::NoneLiteral(_) => Value::None,
        Expr::Lambda(_) => Value::Lambda,
        Expr::Named(node) => match &*node.value {
            Expr::Named(_) => Value::Other,
            inner => value_of(inner),
        },
        _ => Value::Other,
    }
}

/// Returns the constant truth value of a condition, if literals determine it.
pub(super) fn constant_truth(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::BooleanLiteral(node) => Some(node.value),
        Expr::NoneLiteral(_) => Some(false),
        Expr::EllipsisLiteral(_) => Some(true),
        Expr::StringLiteral(node) => Some(!node.value.is_empty()),
        Expr::NumberLiteral(node) => match &node.value {
            Number::Int(int) => Some(int.as_u64() != Some(0)),
            Number::Float(float) => Some(*float != 0.0),
            Number::Complex { .. } => None,
        },
        _ => None,
    }
}

/// Collects the direct children of a node without descending into them.
#[derive(Default)]
struct Children<'ast>(Vec<&'ast Expr>);

impl<'ast> SourceOrderVisitor<'ast> for Children<'ast> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.0.push(expr);
    }

    fn visit_body(&mut self, _body: &'ast [Stmt]) {}

    fn visit_stmt(&mut self, _statement: &'ast Stmt) {}
}

/// Returns the direct children of an expression, in source order.
pub(super) fn children(expr: &Expr) -> Vec<&Expr> {
    let mut children = Children::default();
    walk_expr(&mut children, expr);
    children.0
}

/// Returns the expressions of a statement, excluding its bodies, in source order.
pub(super) fn header(statement: &Stmt) -> Vec<&Expr> {
    let mut children = Children::default();
    walk_stmt(&mut children, statement);
    children.0
}
