//! Which name means what where: the scopes of a module, what they bind, and every use of a name.
//!
//! In: a syntax tree. Out: [`Scopes`]. Python decides by the whole scope, not by order: a name that is bound
//! anywhere in a function is that function's own. Texts that are evaluated later (annotations in quotes,
//! `eval`) are not read; they are listed as texts.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprContext, ModModule, Parameters, Pattern, Stmt,
    StmtClassDef, StmtFunctionDef, TypeParams,
};
use ruff_text_size::Ranged as _;

use super::expression::span;
use super::import::{ImportStatement, Imported};
use crate::source::Span;

/// Index of a scope.
pub(super) type ScopeId = usize;

/// The module's own scope.
pub(super) const MODULE: ScopeId = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Class,
    /// A function, a lambda or what type parameters hold for.
    Function,
    Comprehension,
}

/// How a scope binds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// By a name of an import statement, both by index.
    Import { statement: usize, name: usize },
    /// `name = None`, as where an import is optional.
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

/// A use of a name with the attributes that are taken of it: `root.one.two`.
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
    /// Import statements with the scope that each stands in.
    pub(super) imports: Vec<(ScopeId, ImportStatement)>,
    /// Texts with their places.
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
        let mut reader = Reader { source, scopes, at: MODULE, pending: Vec::new() };
        reader.body(&tree.body);
        // Expressions wait, each with its scope, so that no stack holds a deep one.
        while let Some((scope, expr)) = reader.pending.pop() {
            reader.at = scope;
            reader.expression(expr);
        }
        reader.scopes.uses.sort_by_key(|used| used.span);
        reader.scopes.texts.sort_by_key(|(_, span)| *span);
        reader.scopes
    }

    /// The scope that a name belongs to where it is used; nothing for a name of Python itself.
    pub(super) fn owner(&self, from: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = from;
        loop {
            let scope = self.scopes.get(at)?;
            if scope.globals.contains(name) {
                return Some(MODULE);
            }
            // The names of a class's body are seen by that body alone.
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

    /// How a scope binds a name.
    pub(super) fn sites(&self, scope: ScopeId, name: &str) -> &[Site] {
        let bound = self.scopes.get(scope).and_then(|scope| scope.bound.get(name));
        bound.map_or(&[], Vec::as_slice)
    }

    /// Whether some scope says whose a name is, by `global` or `nonlocal`.
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
        // `global x` in a function makes its assignments the module's.
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

    /// Type parameters hold for the annotations as well: they have a scope around.
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

    /// `global` and `nonlocal` hold for the whole scope, so they are read before it.
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

    /// One expression; what is within waits, but for what opens a scope.
    fn expression(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Name(_) | Expr::Attribute(_) => self.name(expr),
            Expr::StringLiteral(node) => {
                self.scopes.texts.push((node.value.to_str().to_owned(), span(node.range())));
            }
            Expr::Named(node) => {
                // Bound outside of the comprehensions around it.
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

/// What one scope declares, its inner scopes left out.
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
