//! What CPython's compiler refuses although its parser accepts it: `await` in a plain function, `break` outside a loop,
//! a parameter named twice.
//!
//! The rules are those of the parser's `SemanticSyntaxChecker`; here is what it asks about the place that it is at.
//! Rules that depend on the version of Python are those of the newest, so that nothing is refused that some version
//! accepts.

mod names;

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_keyword, walk_pattern, walk_stmt};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, Keyword, ModModule, Parameters, Pattern, PythonVersion,
    Stmt, StmtFunctionDef, StmtTry,
};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_text_size::{Ranged, TextRange};

use super::expression::span;
use crate::source::SyntaxError;
pub(super) use names::Bound;
use names::{Declared, names_of};

/// The stack that the deepest tree needs which `limits` admits, unoptimised.
pub(super) const STACK_BYTES: usize = 16 << 20;

/// Checks a module.
///
/// # Errors
/// What CPython's compiler would refuse first, by position.
pub(super) fn check(tree: &ModModule, source: &str) -> Result<(), SyntaxError> {
    // Threads may have less than that; what is reserved here costs nothing until it is used.
    let refused = stacker::maybe_grow(STACK_BYTES, STACK_BYTES, || {
        let mut compiler = Compiler {
            source,
            may_declare: source.contains("global") || source.contains("nonlocal"),
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
    declared: Declared<'ast>,
    /// The names of its parameters, and all that it binds, once somebody asks.
    parameters: OnceCell<HashSet<&'ast str>>,
    bound: OnceCell<HashSet<&'ast str>>,
    /// Whether the statement at hand is in the body of a loop of this scope.
    in_loop: bool,
    group: Group,
}

/// Where the statement at hand is as to `except*` blocks of its scope.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Outside,
    /// In such a block, which nothing may leave.
    Inside,
    /// In a loop in such a block, which `break` and `continue` stay in.
    LoopInside,
}

impl<'ast> Scope<'ast> {
    fn new(kind: ScopeKind<'ast>, declared: Declared<'ast>) -> Self {
        let (parameters, bound) = (OnceCell::new(), OnceCell::new());
        Self { kind, declared, parameters, bound, in_loop: false, group: Group::Outside }
    }

    fn of_expression(kind: ScopeKind<'ast>) -> Self {
        Self::new(kind, Declared::default())
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
    /// Whether the source may declare a name as `global` or `nonlocal`; most do not, and are not searched for it.
    may_declare: bool,
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
        let declared = if self.may_declare { Declared::of(body) } else { Declared::default() };
        self.within(Scope::new(kind, declared), |inside| inside.visit_body(body));
    }

    /// Visits the body of a loop, and what runs after it.
    fn looped(&mut self, body: &'ast [Stmt], orelse: &'ast [Stmt]) {
        let outside = self.in_loop(true);
        let group = self.group();
        self.set_group(if group == Group::Outside { group } else { Group::LoopInside });
        self.visit_body(body);
        self.set_group(group);
        self.in_loop(outside);
        self.visit_body(orelse);
    }

    fn group(&self) -> Group {
        self.scopes.last().map_or(Group::Outside, |scope| scope.group)
    }

    fn set_group(&mut self, group: Group) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.group = group;
        }
    }

    fn refuse(&self, at: TextRange, why: impl Into<String>) {
        self.refused.borrow_mut().push((at, why.into()));
    }

    /// What a `try` statement may not have: a bare handler before another, and ways out of `except*`.
    fn attempt(&mut self, node: &'ast StmtTry) {
        let (_, before) = node.handlers.split_last().unzip();
        let is_bare = |handler: &&ExceptHandler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            handler.type_.is_none()
        };
        if let Some(bare) = before.into_iter().flatten().find(is_bare) {
            self.refuse(bare.range(), "a bare `except:` must be the last");
        }
        self.visit_body(&node.body);
        let group = self.group();
        for handler in &node.handlers {
            self.set_group(if node.is_star { Group::Inside } else { group });
            self.visit_except_handler(handler);
        }
        self.set_group(group);
        self.visit_body(&node.orelse);
        self.visit_body(&node.finalbody);
    }

    /// What leaves an `except*` block, which would lose the exceptions that the others are for.
    fn leaving(&self, statement: &Stmt) {
        let (what, leaves) = match statement {
            Stmt::Return(_) => ("return", self.group() != Group::Outside),
            Stmt::Break(_) => ("break", self.group() == Group::Inside),
            Stmt::Continue(_) => ("continue", self.group() == Group::Inside),
            _ => return,
        };
        if leaves {
            self.refuse(statement.range(), format!("`{what}` in an `except*` block"));
        }
    }

    /// A name that is used before the scope declares it as `nonlocal`, which would be another name until then.
    fn before_nonlocal(&self, name: &str, at: TextRange) {
        let declared = self.scopes.last().and_then(|scope| scope.declared.nonlocals.get(name));
        if declared.is_some_and(|declared| at.start() < declared.start()) {
            self.refuse(at, format!("`{name}` is used before its `nonlocal` declaration"));
        }
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
        self.leaving(statement);
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
            Stmt::Try(node) => self.attempt(node),
            Stmt::AnnAssign(node) => {
                if let Expr::Name(name) = &*node.target
                    && self.scopes.last().is_some_and(|scope| {
                        scope.declared.nonlocals.contains_key(name.id.as_str())
                    })
                {
                    self.refuse(name.range, format!("annotated name `{}` is nonlocal", name.id));
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
            Expr::Name(node) => self.before_nonlocal(node.id.as_str(), node.range),
            _ => walk_expr(self, expr),
        }
    }

    fn visit_keyword(&mut self, keyword: &'ast Keyword) {
        if keyword.arg.as_ref().is_some_and(|name| name.as_str() == "__debug__") {
            self.refuse(keyword.range(), "cannot assign to `__debug__`");
        }
        walk_keyword(self, keyword);
    }

    fn visit_pattern(&mut self, pattern: &'ast Pattern) {
        if let Pattern::MatchValue(node) = pattern
            && node.value.is_f_string_expr()
        {
            self.refuse(pattern.range(), "a pattern matches literals and attributes only");
        }
        walk_pattern(self, pattern);
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
        self.scopes.last()?.declared.globals.get(name).copied()
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
