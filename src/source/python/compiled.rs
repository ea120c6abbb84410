//! What CPython's compiler refuses although its parser accepts it: `await` in a plain function, `break` outside a loop,
//! a parameter named twice.
//!
//! The rules are those of the parser's `SemanticSyntaxChecker`; here is what it asks about the place that it is at.
//! Rules that depend on the version of Python are those of the newest, so that nothing is refused that some version
//! accepts.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{
    Visitor, walk_except_handler, walk_expr, walk_parameters, walk_pattern, walk_stmt,
};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ModModule, Parameters, Pattern, PythonVersion, Stmt,
    StmtFunctionDef,
};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_text_size::{Ranged, TextRange};

use super::expression::span;
use crate::source::SyntaxError;

/// The stack that the deepest tree needs which `limits` admits, unoptimised.
const STACK_BYTES: usize = 16 << 20;

/// Checks a module.
///
/// # Errors
/// What CPython's compiler would refuse first, by position.
pub(super) fn check(tree: &ModModule, source: &str) -> Result<(), SyntaxError> {
    // Threads may have less than that; what is reserved here costs nothing until it is used.
    let refused = stacker::maybe_grow(STACK_BYTES, STACK_BYTES, || {
        let mut compiler = Compiler {
            source,
            has_globals: source.contains("global"),
            checker: SemanticSyntaxChecker::new(),
            scopes: Vec::new(),
            refused: RefCell::default(),
        };
        compiler.block(ScopeKind::Module, &tree.body);
        compiler.refused.into_inner()
    });
    let first = refused.into_iter().min_by_key(|(at, _)| at.start());
    first.map_or(Ok(()), |(at, why)| Err(SyntaxError::new(span(at), why)))
}

#[derive(Clone, Copy)]
enum ScopeKind<'ast> {
    Module,
    Class,
    Function(&'ast StmtFunctionDef),
    Lambda(Option<&'ast Parameters>),
    /// A comprehension; of a generator expression if `is_lazy`.
    Comprehension {
        is_lazy: bool,
        is_async: bool,
    },
}

struct Scope<'ast> {
    kind: ScopeKind<'ast>,
    globals: Globals<'ast>,
    /// The names of its parameters, and all that it binds, once somebody asks.
    parameters: OnceCell<HashSet<&'ast str>>,
    bound: OnceCell<HashSet<&'ast str>>,
    /// Whether the statement at hand is in the body of a loop of this scope.
    in_loop: bool,
}

impl<'ast> Scope<'ast> {
    fn new(kind: ScopeKind<'ast>, globals: Globals<'ast>) -> Self {
        let (parameters, bound) = (OnceCell::new(), OnceCell::new());
        Self { kind, globals, parameters, bound, in_loop: false }
    }

    fn of_expression(kind: ScopeKind<'ast>) -> Self {
        Self::new(kind, Globals::default())
    }

    /// Whether it is a function with a parameter of this name.
    fn has_parameter(&self, name: &str) -> bool {
        let parameters = || match self.kind {
            ScopeKind::Function(node) => names_of(&node.parameters).collect(),
            ScopeKind::Lambda(parameters) => parameters.into_iter().flat_map(names_of).collect(),
            ScopeKind::Module | ScopeKind::Class | ScopeKind::Comprehension { .. } => {
                HashSet::new()
            }
        };
        self.parameters.get_or_init(parameters).contains(name)
    }

    /// Whether it is a function that binds the name for functions in it.
    fn binds(&self, name: &str) -> bool {
        let bound = || match self.kind {
            ScopeKind::Function(node) => Bound::of(node).names,
            ScopeKind::Lambda(_)
            | ScopeKind::Module
            | ScopeKind::Class
            | ScopeKind::Comprehension { .. } => HashSet::new(),
        };
        self.has_parameter(name) || self.bound.get_or_init(bound).contains(name)
    }
}

struct Compiler<'ast> {
    source: &'ast str,
    /// Whether the source may declare a name as `global`; most do not, and are not searched for it.
    has_globals: bool,
    checker: SemanticSyntaxChecker,
    /// From the module to the scope at hand.
    scopes: Vec<Scope<'ast>>,
    refused: RefCell<Vec<(TextRange, String)>>,
}

impl<'ast> Compiler<'ast> {
    /// The scopes from the one at hand to the module.
    fn outwards(&self) -> impl Iterator<Item = &Scope<'ast>> {
        self.scopes.iter().rev()
    }

    fn current(&self) -> Option<ScopeKind<'ast>> {
        self.scopes.last().map(|scope| scope.kind)
    }

    fn within(&mut self, scope: Scope<'ast>, visit: impl FnOnce(&mut Self)) {
        self.scopes.push(scope);
        visit(self);
        self.scopes.pop();
    }

    /// Visits the statements of a scope.
    fn block(&mut self, kind: ScopeKind<'ast>, body: &'ast [Stmt]) {
        let globals = if self.has_globals { Globals::of(body) } else { Globals::default() };
        self.within(Scope::new(kind, globals), |inside| inside.visit_body(body));
    }

    /// Visits the body of a loop, and what runs after it.
    fn looped(&mut self, body: &'ast [Stmt], orelse: &'ast [Stmt]) {
        let outside = self.in_loop(true);
        self.visit_body(body);
        self.in_loop(outside);
        self.visit_body(orelse);
    }

    /// Sets whether the statements that follow are in a loop, and returns whether those before were.
    fn in_loop(&mut self, is_it: bool) -> bool {
        self.scopes.last_mut().is_some_and(|scope| std::mem::replace(&mut scope.in_loop, is_it))
    }

    /// The first iterable is evaluated outside the comprehension.
    fn comprehension(
        &mut self,
        elements: &[&'ast Expr],
        generators: &'ast [Comprehension],
        is_lazy: bool,
    ) {
        let Some((first, others)) = generators.split_first() else { return };
        self.visit_expr(&first.iter);
        let is_async = generators.iter().any(|generator| generator.is_async);
        let kind = ScopeKind::Comprehension { is_lazy, is_async };
        self.within(Scope::of_expression(kind), |inside| {
            inside.visit_expr(&first.target);
            first.ifs.iter().for_each(|condition| inside.visit_expr(condition));
            others.iter().for_each(|generator| inside.visit_comprehension(generator));
            elements.iter().for_each(|element| inside.visit_expr(element));
        });
    }
}

impl<'ast> Visitor<'ast> for Compiler<'ast> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let mut checker = std::mem::take(&mut self.checker);
        checker.visit_stmt(statement, self);
        self.checker = checker;
        match statement {
            Stmt::FunctionDef(node) => {
                node.decorator_list.iter().for_each(|it| self.visit_decorator(it));
                node.type_params.iter().for_each(|it| self.visit_type_params(it));
                self.visit_parameters(&node.parameters);
                node.returns.iter().for_each(|it| self.visit_annotation(it));
                self.block(ScopeKind::Function(node), &node.body);
            }
            Stmt::ClassDef(node) => {
                node.decorator_list.iter().for_each(|it| self.visit_decorator(it));
                node.type_params.iter().for_each(|it| self.visit_type_params(it));
                node.arguments.iter().for_each(|it| self.visit_arguments(it));
                self.block(ScopeKind::Class, &node.body);
            }
            Stmt::For(node) => {
                self.visit_expr(&node.iter);
                self.visit_expr(&node.target);
                self.looped(&node.body, &node.orelse);
            }
            Stmt::While(node) => {
                self.visit_expr(&node.test);
                self.looped(&node.body, &node.orelse);
            }
            Stmt::Try(node) => {
                let (_, before) = node.handlers.split_last().unzip();
                let bare = before
                    .into_iter()
                    .flatten()
                    .find(|ExceptHandler::ExceptHandler(it)| it.type_.is_none());
                if let Some(bare) = bare {
                    let why = "a bare `except:` must be the last".to_owned();
                    self.refused.borrow_mut().push((bare.range(), why));
                }
                walk_stmt(self, statement);
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        let mut checker = std::mem::take(&mut self.checker);
        checker.visit_expr(expr, self);
        self.checker = checker;
        match expr {
            Expr::Lambda(node) => {
                let parameters = node.parameters.as_deref();
                parameters.into_iter().for_each(|it| self.visit_parameters(it));
                let scope = Scope::of_expression(ScopeKind::Lambda(parameters));
                self.within(scope, |inside| inside.visit_expr(&node.body));
            }
            Expr::ListComp(node) => self.comprehension(&[&node.elt], &node.generators, false),
            Expr::SetComp(node) => self.comprehension(&[&node.elt], &node.generators, false),
            Expr::Generator(node) => self.comprehension(&[&node.elt], &node.generators, true),
            Expr::DictComp(node) => {
                let value: &Expr = &node.value;
                let elements: Vec<&Expr> = node.key.as_deref().into_iter().chain([value]).collect();
                self.comprehension(&elements, &node.generators, false);
            }
            _ => walk_expr(self, expr),
        }
    }
}

impl SemanticSyntaxContext for Compiler<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        None
    }

    fn python_version(&self) -> PythonVersion {
        PythonVersion::latest()
    }

    fn source(&self) -> &str {
        self.source
    }

    fn global(&self, name: &str) -> Option<TextRange> {
        self.scopes.last()?.globals.0.get(name).copied()
    }

    fn has_nonlocal_binding(&self, name: &str) -> bool {
        // Python itself binds `__class__` for the methods of a class.
        name == "__class__" || self.outwards().skip(1).any(|scope| scope.binds(name))
    }

    fn in_async_context(&self) -> bool {
        let function = self.outwards().find(|scope| match scope.kind {
            ScopeKind::Class | ScopeKind::Function(_) | ScopeKind::Lambda(_) => true,
            ScopeKind::Module | ScopeKind::Comprehension { .. } => false,
        });
        matches!(function, Some(Scope { kind: ScopeKind::Function(node), .. }) if node.is_async)
    }

    fn in_await_allowed_context(&self) -> bool {
        let nearest = self.outwards().find(|scope| match scope.kind {
            ScopeKind::Class | ScopeKind::Function(_) | ScopeKind::Lambda(_) => true,
            ScopeKind::Module | ScopeKind::Comprehension { .. } => false,
        });
        nearest.is_some_and(|scope| !matches!(scope.kind, ScopeKind::Class))
    }

    fn in_yield_allowed_context(&self) -> bool {
        self.in_function_scope()
    }

    fn in_sync_comprehension(&self) -> bool {
        let is_sync = |scope: &Scope<'_>| {
            matches!(scope.kind, ScopeKind::Comprehension { is_lazy: false, is_async: false })
        };
        self.outwards().any(is_sync)
    }

    fn in_class_body_comprehension(&self) -> bool {
        let is_other = |scope: &&Scope<'_>| !matches!(scope.kind, ScopeKind::Comprehension { .. });
        matches!(self.outwards().find(is_other), Some(Scope { kind: ScopeKind::Class, .. }))
    }

    fn in_module_scope(&self) -> bool {
        matches!(self.current(), Some(ScopeKind::Module))
    }

    fn in_function_scope(&self) -> bool {
        matches!(self.current(), Some(ScopeKind::Function(_) | ScopeKind::Lambda(_)))
    }

    fn in_generator_context(&self) -> bool {
        let is_lazy = |scope: &Scope<'_>| {
            matches!(scope.kind, ScopeKind::Comprehension { is_lazy: true, .. })
        };
        self.outwards().any(is_lazy)
    }

    fn in_notebook(&self) -> bool {
        false
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        self.refused.borrow_mut().push((error.range, error.to_string()));
    }

    fn in_loop_context(&self) -> bool {
        self.scopes.last().is_some_and(|scope| scope.in_loop)
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        self.scopes.last().is_some_and(|scope| scope.has_parameter(name))
    }
}

fn names_of(parameters: &Parameters) -> impl Iterator<Item = &str> {
    parameters.iter().map(|parameter| parameter.name().as_str())
}

/// Where a scope first declares a name as `global`.
#[derive(Default)]
struct Globals<'ast>(HashMap<&'ast str, TextRange>);

impl<'ast> Globals<'ast> {
    fn of(body: &'ast [Stmt]) -> Self {
        let mut globals = Self::default();
        globals.visit_body(body);
        globals
    }
}

impl<'ast> Visitor<'ast> for Globals<'ast> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::Global(node) => {
                for name in &node.names {
                    self.0.entry(name.as_str()).or_insert(node.range);
                }
            }
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _: &'ast Expr) {}
}

/// The names that the type parameters and the body of a function bind, in all the ways; names of comprehensions count too.
#[derive(Default)]
struct Bound<'ast> {
    names: HashSet<&'ast str>,
}

impl<'ast> Bound<'ast> {
    fn of(function: &'ast StmtFunctionDef) -> Self {
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
