//! The names of a scope: what it declares, and what it binds.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{
    Visitor, walk_except_handler, walk_expr, walk_parameters, walk_pattern, walk_stmt,
};
use ruff_python_ast::{ExceptHandler, Expr, Parameters, Pattern, Stmt, StmtFunctionDef};
use ruff_text_size::TextRange;

/// The names of parameters.
pub(super) fn names_of(parameters: &Parameters) -> impl Iterator<Item = &str> {
    parameters.iter().map(|parameter| parameter.name().as_str())
}

/// Where a scope first declares a name as `global` or `nonlocal`.
#[derive(Default)]
pub(super) struct Declared<'ast> {
    pub(super) globals: HashMap<&'ast str, TextRange>,
    pub(super) nonlocals: HashMap<&'ast str, TextRange>,
}

impl<'ast> Declared<'ast> {
    pub(super) fn of(body: &'ast [Stmt]) -> Self {
        let mut declared = Self::default();
        declared.visit_body(body);
        declared
    }
}

impl<'ast> Visitor<'ast> for Declared<'ast> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let (declared, names, at) = match statement {
            Stmt::Global(node) => (&mut self.globals, &node.names, node.range),
            Stmt::Nonlocal(node) => (&mut self.nonlocals, &node.names, node.range),
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            _ => return walk_stmt(self, statement),
        };
        for name in names {
            declared.entry(name.as_str()).or_insert(at);
        }
    }

    fn visit_expr(&mut self, _: &'ast Expr) {}
}

/// The names that the type parameters and the body of a function, or the body of a class, bind, in all the ways; names of comprehensions count too.
#[derive(Default)]
pub(in crate::source::python) struct Bound<'ast> {
    pub(in crate::source::python) names: HashSet<&'ast str>,
}

impl<'ast> Bound<'ast> {
    pub(super) fn of(function: &'ast StmtFunctionDef) -> Self {
        let mut bound = Self::default();
        let types = function.type_params.iter().flat_map(|types| types.iter());
        bound.names.extend(types.map(|it| it.name().as_str()));
        bound.visit_body(&function.body);
        bound
    }
}

impl<'ast> Visitor<'ast> for Bound<'ast> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            // A body of its own binds names of its own; what is before it may bind by `:=`.
            Stmt::FunctionDef(node) => {
                self.names.insert(node.name.as_str());
                node.decorator_list.iter().for_each(|it| self.visit_expr(&it.expression));
                walk_parameters(self, &node.parameters);
            }
            Stmt::ClassDef(node) => {
                self.names.insert(node.name.as_str());
                node.decorator_list.iter().for_each(|it| self.visit_expr(&it.expression));
                node.arguments.iter().for_each(|it| self.visit_arguments(it));
            }
            Stmt::Import(node) => {
                // `import a.b` binds `a`.
                self.names.extend(node.names.iter().filter_map(|alias| match &alias.asname {
                    Some(name) => Some(name.as_str()),
                    None => alias.name.as_str().split('.').next(),
                }));
            }
            Stmt::ImportFrom(node) => {
                let names = node.names.iter().map(|it| it.asname.as_ref().unwrap_or(&it.name));
                self.names.extend(names.map(|name| name.as_str()));
            }
            // It binds the name further out, if at all, where it is searched for next.
            Stmt::Nonlocal(node) => self.names.extend(node.names.iter().map(|it| it.as_str())),
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Name(node) if !node.ctx.is_load() => {
                self.names.insert(node.id.as_str());
            }
            Expr::Lambda(node) => {
                node.parameters.iter().for_each(|it| walk_parameters(self, it));
            }
            _ => walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'ast ExceptHandler) {
        let ExceptHandler::ExceptHandler(node) = handler;
        self.names.extend(node.name.iter().map(|name| name.as_str()));
        walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'ast Pattern) {
        let bound = match pattern {
            Pattern::MatchAs(node) => node.name.as_ref(),
            Pattern::MatchStar(node) => node.name.as_ref(),
            Pattern::MatchMapping(node) => node.rest.as_ref(),
            _ => None,
        };
        self.names.extend(bound.map(|name| name.as_str()));
        walk_pattern(self, pattern);
    }
}
