//! Whether execution can continue after statements, and which exceptions are caught.

use ruff_python_ast::{CmpOp, ExceptHandler, Expr, Stmt, StmtTry, UnaryOp, WithItem};

use super::expression::{constant_truth, dotted, literal_text};

/// Functions that do not return.
pub(super) const EXITS: [&str; 5] = ["sys.exit", "exit", "quit", "os._exit", "os.abort"];

/// What the exception of a failed import is, by all its names.
pub(super) const FAILED_IMPORT: [&str; 4] =
    ["ModuleNotFoundError", "ImportError", "Exception", "BaseException"];

/// Whether execution can reach the end of these statements.
///
/// Recursion follows indentation, which `limits` bounds.
pub(super) fn completes(body: &[Stmt]) -> bool {
    body.iter().all(completes_statement)
}

fn completes_statement(statement: &Stmt) -> bool {
    match statement {
        Stmt::Raise(_) | Stmt::Return(_) | Stmt::Break(_) | Stmt::Continue(_) => false,
        Stmt::Expr(node) => match &*node.value {
            Expr::Call(call) => {
                dotted(&call.func).is_none_or(|name| !EXITS.contains(&name.as_str()))
            }
            _ => true,
        },
        Stmt::If(node) => {
            let mut clauses = node.elif_else_clauses.iter();
            let exhaustive =
                node.elif_else_clauses.last().is_some_and(|clause| clause.test.is_none());
            !exhaustive || completes(&node.body) || clauses.any(|clause| completes(&clause.body))
        }
        Stmt::Try(node) => {
            let mut handlers = node.handlers.iter();
            let body = completes(&node.body) && completes(&node.orelse);
            let caught = handlers.any(|handler| completes(handler_body(handler)));
            (body || caught) && completes(&node.finalbody)
        }
        Stmt::With(node) => suppressed(&node.items).is_some() || completes(&node.body),
        Stmt::While(node) => constant_truth(&node.test) != Some(true) || breaks(&node.body),
        Stmt::Match(node) => {
            let mut cases = node.cases.iter();
            let exhaustive = node
                .cases
                .last()
                .is_some_and(|case| case.guard.is_none() && case.pattern.is_irrefutable());
            !exhaustive || cases.any(|case| completes(&case.body))
        }
        _ => true,
    }
}

/// Whether these statements, the body of a loop, contain a `break` out of that loop.
pub(super) fn breaks(body: &[Stmt]) -> bool {
    body.iter().any(|statement| match statement {
        Stmt::Break(_) => true,
        Stmt::If(node) => {
            breaks(&node.body) || node.elif_else_clauses.iter().any(|clause| breaks(&clause.body))
        }
        Stmt::Try(node) => {
            let mut handlers = node.handlers.iter();
            [&node.body, &node.orelse, &node.finalbody].into_iter().any(|body| breaks(body))
                || handlers.any(|handler| breaks(handler_body(handler)))
        }
        Stmt::With(node) => breaks(&node.body),
        Stmt::Match(node) => node.cases.iter().any(|case| breaks(&case.body)),
        Stmt::For(node) => breaks(&node.orelse),
        Stmt::While(node) => breaks(&node.orelse),
        _ => false,
    })
}

pub(super) fn handler_body(handler: &ExceptHandler) -> &[Stmt] {
    let ExceptHandler::ExceptHandler(handler) = handler;
    &handler.body
}

/// What one `try` or `suppress` catches: exception names in the order in which they are tried, and
/// whether execution continues after it.
#[derive(Clone, Debug, Default)]
pub(super) struct Catching(Vec<(String, bool)>);

impl Catching {
    pub(super) fn of_try(node: &StmtTry) -> Self {
        let mut caught = Vec::new();
        for handler in &node.handlers {
            let goes_on = completes(handler_body(handler));
            caught.extend(caught_by(handler).into_iter().map(|name| (name, goes_on)));
        }
        Self(caught)
    }

    /// Whether execution continues after an exception with these ancestors (including itself) is
    /// caught here; `None` if it is not caught here.
    fn catches(&self, ancestors: &[&str]) -> Option<bool> {
        let mut caught = self.0.iter();
        caught.find(|(name, _)| ancestors.contains(&name.as_str())).map(|(_, goes_on)| *goes_on)
    }
}

/// The names of the exceptions that a handler catches.
fn caught_by(handler: &ExceptHandler) -> Vec<String> {
    let ExceptHandler::ExceptHandler(handler) = handler;
    match handler.type_.as_deref() {
        None => vec!["BaseException".to_owned()],
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().filter_map(last_name).collect(),
        Some(single) => last_name(single).into_iter().collect(),
    }
}

/// Whether a handler runs when an import fails.
pub(super) fn catches_failed_imports(handler: &ExceptHandler) -> bool {
    caught_by(handler).iter().any(|name| FAILED_IMPORT.contains(&name.as_str()))
}

/// Whether an exception is caught, and execution continues, by any of the enclosing constructs,
/// innermost last.
pub(super) fn is_caught(enclosing: &[Catching], ancestors: &[&str]) -> bool {
    enclosing.iter().rev().any(|catching| catching.catches(ancestors) == Some(true))
}

/// Returns what a `with` statement suppresses by `contextlib.suppress`, if it does.
pub(super) fn suppressed(items: &[WithItem]) -> Option<Catching> {
    let mut caught = Vec::new();
    let mut suppresses = false;
    for item in items {
        let Expr::Call(call) = &item.context_expr else { continue };
        let is_suppress = dotted(&call.func)
            .is_some_and(|name| name == "suppress" || name == "contextlib.suppress");
        if is_suppress {
            suppresses = true;
            caught
                .extend(call.arguments.args.iter().filter_map(last_name).map(|name| (name, true)));
        }
    }
    suppresses.then_some(Catching(caught))
}

fn last_name(expr: &Expr) -> Option<String> {
    dotted(expr).and_then(|name| name.rsplit('.').next().map(str::to_owned))
}

/// A condition that determines whether its body runs on import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Never runs: `TYPE_CHECKING`.
    TypeChecking,
    /// Only runs as a program: `__name__ == "__main__"`.
    Main,
    /// Always runs: `not TYPE_CHECKING`, `True`.
    Always,
    /// Unknown.
    Open,
}

impl Gate {
    pub(super) fn of(test: &Expr) -> Self {
        if is_type_checking(test) {
            return Self::TypeChecking;
        }
        if constant_truth(test) == Some(true) {
            return Self::Always;
        }
        match test {
            Expr::BoolOp(node) if node.op.is_and() && node.values.iter().any(is_type_checking) => {
                Self::TypeChecking
            }
            Expr::UnaryOp(node) if node.op == UnaryOp::Not && is_type_checking(&node.operand) => {
                Self::Always
            }
            Expr::Compare(node) => match (&*node.ops, &*node.comparators) {
                ([CmpOp::Eq], [right]) if is_main_test(&node.left, right) => Self::Main,
                _ => Self::Open,
            },
            _ => Self::Open,
        }
    }
}

fn is_type_checking(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(_) | Expr::Attribute(_))
        && last_name(expr).as_deref() == Some("TYPE_CHECKING")
}

fn is_main_test(left: &Expr, right: &Expr) -> bool {
    let is_name = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__");
    let is_main = |expr: &Expr| literal_text(expr).as_deref() == Some("__main__");
    (is_name(left) && is_main(right)) || (is_main(left) && is_name(right))
}
