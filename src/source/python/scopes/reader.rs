//! The walk that fills [`Scopes`]: what opens a scope, what binds a name, what uses one.

use std::collections::HashSet;

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprContext, ModModule, Parameters, Pattern, Stmt,
    StmtClassDef, StmtFunctionDef, TypeParams,
};
use ruff_text_size::Ranged as _;

use super::{MODULE, Scope, ScopeId, ScopeKind, Scopes, Site, Use};
use crate::source::Span;
use crate::source::python::expression::span;
use crate::source::python::import::{ImportStatement, Imported};

/// Fills the scopes of a module; `scopes` starts with the module scope only.
pub(super) fn read(tree: &ModModule, source: &str, scopes: Scopes) -> Scopes {
    let mut reader = Reader { source, scopes, at: MODULE, pending: Vec::new() };
    reader.body(&tree.body);
    // Expressions are queued, each with its scope, so that deep ones do not exhaust the stack.
    while let Some((scope, expr)) = reader.pending.pop() {
        reader.at = scope;
        reader.expression(expr);
    }
    reader.scopes.uses.sort_by_key(|used| used.span);
    reader.scopes.texts.sort_by_key(|(_, span)| *span);
    reader.scopes
}

struct Reader<'ast> {
    source: &'ast str,
    scopes: Scopes,
    at: ScopeId,
    pending: Vec<(ScopeId, &'ast Expr)>,
}

impl<'ast> Reader<'ast> {
    fn body(&mut self, body: &'ast [Stmt]) {
        for statement in body {
            self.visit_stmt(statement);
        }
    }

    fn bind(&mut self, scope: ScopeId, name: &str, site: Site) {
        // `global x` in a function makes its assignments those of the module.
        let known = self.scopes.scopes.get(scope);
        let scope = if known.is_some_and(|it| it.globals.contains(name)) { MODULE } else { scope };
        if let Some(scope) = self.scopes.scopes.get_mut(scope) {
            scope.bound.entry(name.to_owned()).or_default().push(site);
        }
    }

    fn open(&mut self, kind: ScopeKind) -> ScopeId {
        let outer = self.at;
        self.scopes.scopes.push(Scope::new(kind, outer));
        self.at = self.scopes.scopes.len() - 1;
        outer
    }

    /// Opens the scope of type parameters, which also apply to the annotations.
    fn type_parameters(&mut self, parameters: Option<&'ast TypeParams>) {
        let Some(parameters) = parameters else { return };
        self.open(ScopeKind::Function);
        for parameter in &parameters.type_params {
            self.bind(self.at, parameter.name().as_str(), Site::Other);
        }
        self.visit_type_params(parameters);
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters {
            self.bind(self.at, parameter.name().as_str(), Site::Other);
        }
    }

    fn function(&mut self, node: &'ast StmtFunctionDef) {
        self.bind(self.at, node.name.as_str(), Site::Other);
        for decorator in &node.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        let outer = self.at;
        self.type_parameters(node.type_params.as_deref());
        self.visit_parameters(&node.parameters);
        if let Some(returns) = &node.returns {
            self.visit_expr(returns);
        }
        self.open(ScopeKind::Function);
        self.parameters(&node.parameters);
        self.declarations(&node.body);
        self.body(&node.body);
        self.at = outer;
    }

    fn class(&mut self, node: &'ast StmtClassDef) {
        self.bind(self.at, node.name.as_str(), Site::Other);
        for decorator in &node.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        let outer = self.at;
        self.type_parameters(node.type_params.as_deref());
        if let Some(arguments) = &node.arguments {
            self.visit_arguments(arguments);
        }
        self.open(ScopeKind::Class);
        self.declarations(&node.body);
        self.body(&node.body);
        self.at = outer;
    }

    /// Collects `global` and `nonlocal` in advance, since they apply to the whole scope.
    fn declarations(&mut self, body: &'ast [Stmt]) {
        let mut found = Declarations::default();
        for statement in body {
            found.visit_stmt(statement);
        }
        if let Some(scope) = self.scopes.scopes.get_mut(self.at) {
            scope.globals = found.globals;
            scope.nonlocals = found.nonlocals;
        }
    }

    fn import(&mut self, at: Span, imported: Imported, lazy_keyword: bool) {
        let statement = self.scopes.imports.len();
        let names = match &imported {
            Imported::Modules(names) | Imported::From { names, .. } => names,
        };
        let bound: Vec<String> = names.iter().map(|name| name.bound().to_owned()).collect();
        for (name, bound) in bound.iter().enumerate() {
            self.bind(self.at, bound, Site::Import { statement, name });
        }
        self.scopes.imports.push((self.at, ImportStatement { span: at, imported, lazy_keyword }));
    }

    /// Reads one expression; its parts are queued, unless it opens a scope.
    fn expression(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Name(_) | Expr::Attribute(_) => self.name(expr),
            Expr::StringLiteral(node) => {
                self.scopes.texts.push((node.value.to_str().to_owned(), span(node.range())));
            }
            Expr::Named(node) => {
                // Binds in the scope around any comprehensions.
                let mut scope = self.at;
                while let Some(inner) = self.scopes.scopes.get(scope)
                    && inner.kind == ScopeKind::Comprehension
                {
                    scope = inner.parent;
                }
                if let Expr::Name(target) = &*node.target {
                    self.bind(scope, target.id.as_str(), Site::Other);
                }
                self.visit_expr(&node.value);
            }
            Expr::Lambda(node) => {
                let outer = self.at;
                if let Some(parameters) = &node.parameters {
                    self.visit_parameters(parameters);
                    self.open(ScopeKind::Function);
                    self.parameters(parameters);
                }
                self.visit_expr(&node.body);
                self.at = outer;
            }
            Expr::ListComp(node) => self.comprehension(&[&node.elt], &node.generators),
            Expr::SetComp(node) => self.comprehension(&[&node.elt], &node.generators),
            Expr::Generator(node) => self.comprehension(&[&node.elt], &node.generators),
            Expr::DictComp(node) => {
                let value = node.value.as_ref();
                match &node.key {
                    Some(key) => self.comprehension(&[key, value], &node.generators),
                    None => self.comprehension(&[value], &node.generators),
                }
            }
            _ => walk_expr(self, expr),
        }
    }

    fn comprehension(&mut self, elements: &[&'ast Expr], generators: &'ast [Comprehension]) {
        // The first iterable is evaluated outside.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        let outer = self.open(ScopeKind::Comprehension);
        for (index, generator) in generators.iter().enumerate() {
            self.visit_expr(&generator.target);
            if index > 0 {
                self.visit_expr(&generator.iter);
            }
            generator.ifs.iter().for_each(|condition| self.visit_expr(condition));
        }
        elements.iter().for_each(|element| self.visit_expr(element));
        self.at = outer;
    }

    fn name(&mut self, expr: &'ast Expr) {
        let mut path = Vec::new();
        let mut base = expr;
        while let Expr::Attribute(node) = base {
            path.push((node.attr.as_str().to_owned(), span(node.attr.range())));
            base = &node.value;
        }
        let Expr::Name(root) = base else { return self.visit_expr(base) };
        path.reverse();
        let name = root.id.as_str().to_owned();
        if root.ctx != ExprContext::Load {
            self.bind(self.at, &name, Site::Other);
        }
        self.scopes.uses.push(Use { scope: self.at, name, span: span(root.range()), path });
    }
}

impl<'ast> SourceOrderVisitor<'ast> for Reader<'ast> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Import(node) => {
                self.import(span(node.range()), Imported::read_import(node), node.is_lazy);
            }
            Stmt::ImportFrom(node) => {
                let imported = Imported::read_from(node, self.source);
                self.import(span(node.range()), imported, node.is_lazy);
            }
            Stmt::Assign(node) if node.value.is_none_literal_expr() => {
                for target in &node.targets {
                    match target {
                        Expr::Name(name) => self.bind(self.at, name.id.as_str(), Site::Nothing),
                        target => self.visit_expr(target),
                    }
                }
            }
            Stmt::TypeAlias(node) => {
                let outer = self.at;
                self.visit_expr(&node.name);
                self.type_parameters(node.type_params.as_deref());
                self.visit_expr(&node.value);
                self.at = outer;
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.pending.push((self.at, expr));
    }

    fn visit_except_handler(&mut self, handler: &'ast ExceptHandler) {
        let ExceptHandler::ExceptHandler(node) = handler;
        if let Some(name) = &node.name {
            self.bind(self.at, name.as_str(), Site::Other);
        }
        ruff_python_ast::visitor::source_order::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'ast Pattern) {
        let name = match pattern {
            Pattern::MatchAs(node) => node.name.as_ref(),
            Pattern::MatchStar(node) => node.name.as_ref(),
            Pattern::MatchMapping(node) => node.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(self.at, name.as_str(), Site::Other);
        }
        ruff_python_ast::visitor::source_order::walk_pattern(self, pattern);
    }
}

/// What one scope declares, excluding inner scopes.
#[derive(Default)]
struct Declarations {
    globals: HashSet<String>,
    nonlocals: HashSet<String>,
}

impl<'ast> SourceOrderVisitor<'ast> for Declarations {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            Stmt::Global(node) => {
                self.globals.extend(node.names.iter().map(|name| name.as_str().to_owned()));
            }
            Stmt::Nonlocal(node) => {
                self.nonlocals.extend(node.names.iter().map(|name| name.as_str().to_owned()));
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _: &'ast Expr) {}
}
