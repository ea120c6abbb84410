//! Names that a module reads while it is imported and that nothing has bound by then.
//!
//! Only what certainly runs is looked at: the statements of the module itself and of its class bodies, without what may
//! be skipped (branches, loops, the bodies of `with` and of a `try` that catches something) or runs later.

mod provided;

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::Visitor as _;
use ruff_python_ast::{
    Decorator, Expr, ExprContext, ExprName, Stmt, StmtClassDef, StmtFunctionDef, TypeParams,
};
use ruff_text_size::Ranged;

use super::Module;
use super::binding::Bound;
use super::compiled::{Bound as Names, STACK_BYTES};
use super::expression::{children, span};
use super::flow::completes;
use super::hazard::{BootFact, Hazard, Provider, UnboundName};
use super::import::Imported;
use super::standard_library::is_builtin;
use super::version::Versions;
use provided::{Providers, looks_at_its_names};

/// What `gettext.install` makes builtins of.
const BY_GETTEXT: [&str; 5] = ["_", "gettext", "ngettext", "pgettext", "npgettext"];

/// Adds them to what may stop the import of a module, whose statements these are.
pub(super) fn note(statements: &[Stmt], module: &mut Module) {
    if module.may_bind_more() {
        return;
    }
    // The bodies of classes are searched recursively.
    let found = stacker::maybe_grow(STACK_BYTES, STACK_BYTES, || {
        let mut reader = Reader::new(module);
        reader.body(statements);
        reader.found
    });
    if !found.is_empty() {
        module.boot_facts.extend(found);
        module.boot_facts.sort_by_key(|fact| fact.span.start);
    }
}

impl Module {
    /// Whether any name may be bound where the module reads it, although nothing in its summary binds it.
    #[must_use]
    pub fn may_bind_more(&self) -> bool {
        !self.star_imports.is_empty()
            || !self.escapes.is_empty()
            || !self.reroutes.is_empty()
            || self.hands_on_its_name
            || self.may_add_builtins()
    }

    /// Whether the module has hold of `builtins`, where it may put names that nothing has to bind, in this module and
    /// in those that run after it (`builtins.T = …`, `vars(builtins).update(…)`, `__builtins__["T"] = …`).
    #[must_use]
    pub fn may_add_builtins(&self) -> bool {
        let is_it = |module: &str| module.rsplit('.').next() == Some("builtins");
        self.reaches_builtins
            || self.dynamic_imports.iter().any(|import| is_it(&import.module))
            || self.imports.iter().any(|import| {
                let (Imported::Modules(names) | Imported::From { names, .. }) = &import.imported;
                names.iter().any(|name| is_it(&name.name))
            })
    }
}

/// Whether the module leaves its annotations unevaluated in every version (PEP 563).
fn postpones_annotations(module: &Module) -> bool {
    module.imports.iter().any(|import| match &import.imported {
        Imported::From { module, names, level: 0, .. } => {
            module == "__future__" && names.iter().any(|name| name.name == "annotations")
        }
        _ => false,
    })
}

/// Which bindings have happened when an expression is evaluated, by where they stand: those before `before`, and those
/// from `from` up to the name that is read, such as a `:=` to its left.
#[derive(Clone, Copy)]
struct Moment {
    before: usize,
    from: usize,
}

impl Moment {
    /// While a statement is evaluated from left to right.
    fn within(statement: &Stmt) -> Self {
        let start = span(statement.range()).start;
        Self { before: start, from: start }
    }

    /// When a value is evaluated whose targets stand before it.
    fn of_value(statement: &Stmt, value: &Expr) -> Self {
        Self { from: span(value.range()).start, ..Self::within(statement) }
    }

    /// Once the value of a statement has been evaluated.
    fn after(statement: &Stmt) -> Self {
        Self { before: span(statement.range()).end, ..Self::within(statement) }
    }
}

/// The body of a class, while it runs.
struct Body<'ast> {
    /// All names that it binds.
    names: HashSet<&'ast str>,
    providers: Vec<Provider>,
}

struct Reader<'m, 'ast> {
    /// Where each name of the module is bound first.
    bound: HashMap<&'m str, usize>,
    evaluates_annotations: bool,
    providers: Providers<'m, 'ast>,
    class: Option<Body<'ast>>,
    type_parameters: Vec<&'ast str>,
    in_annotation: bool,
    found: Vec<BootFact>,
}

impl<'m, 'ast> Reader<'m, 'ast> {
    fn new(module: &'m Module) -> Self {
        let mut bound: HashMap<&str, usize> = HashMap::new();
        for binding in module.bindings.iter().filter(|it| it.bound != Bound::Deleted) {
            let first = bound.entry(&binding.name).or_insert(binding.span.start);
            *first = binding.span.start.min(*first);
        }
        // A call may bind the former at any time.
        for name in module.globals.iter().chain(&module.typing_names) {
            bound.insert(name, 0);
        }
        Self {
            bound,
            evaluates_annotations: !postpones_annotations(module),
            providers: Providers::new(module),
            class: None,
            type_parameters: Vec::new(),
            in_annotation: false,
            found: Vec::new(),
        }
    }

    /// Reads statements up to one that ends the run.
    fn body(&mut self, statements: &'ast [Stmt]) {
        for statement in statements {
            self.statement(statement);
            if !completes(std::slice::from_ref(statement)) {
                return;
            }
        }
    }

    fn statement(&mut self, statement: &'ast Stmt) {
        let within = Moment::within(statement);
        match statement {
            Stmt::FunctionDef(node) => self.function(node, within),
            Stmt::ClassDef(node) => self.class(node, within),
            Stmt::Assign(node) => {
                self.read(&node.value, Moment::of_value(statement, &node.value));
                for target in &node.targets {
                    self.read(target, Moment::after(statement));
                }
            }
            Stmt::AnnAssign(node) => {
                if let Some(value) = node.value.as_deref() {
                    self.read(value, Moment::of_value(statement, value));
                    self.read(&node.target, Moment::after(statement));
                }
                self.annotation(&node.annotation, Moment::after(statement));
            }
            Stmt::AugAssign(node) => {
                if let Expr::Name(name) = &*node.target {
                    self.name(name, within);
                }
                self.read(&node.target, within);
                self.read(&node.value, within);
            }
            Stmt::Delete(node) => node.targets.iter().for_each(|it| self.read(it, within)),
            Stmt::Expr(node) => self.read(&node.value, within),
            Stmt::Assert(node) => self.read(&node.test, within),
            Stmt::If(node) => self.read(&node.test, within),
            Stmt::While(node) => self.read(&node.test, within),
            Stmt::Match(node) => self.read(&node.subject, within),
            Stmt::For(node) => self.read(&node.iter, Moment::of_value(statement, &node.iter)),
            // What follows is in the first one's hands, which may suppress exceptions.
            Stmt::With(node) => {
                node.items.first().into_iter().for_each(|it| self.read(&it.context_expr, within));
            }
            Stmt::Try(node) => {
                // Whatever a handler catches may have happened at any place before.
                if node.handlers.is_empty() {
                    self.body(&node.body);
                }
                self.body(&node.finalbody);
            }
            _ => {}
        }
    }

    fn function(&mut self, node: &'ast StmtFunctionDef, at: Moment) {
        self.decorators(&node.decorator_list, at);
        let parameters = &node.parameters;
        for default in parameters.iter_non_variadic_params().filter_map(|it| it.default()) {
            self.read(default, at);
        }
        let known = self.type_parameters.len();
        self.type_parameters(node.type_params.as_deref());
        let annotations = parameters.iter().filter_map(|it| it.annotation());
        for annotation in annotations.chain(node.returns.as_deref()) {
            self.annotation(annotation, at);
        }
        self.type_parameters.truncate(known);
    }

    fn class(&mut self, node: &'ast StmtClassDef, at: Moment) {
        self.decorators(&node.decorator_list, at);
        let known = self.type_parameters.len();
        self.type_parameters(node.type_params.as_deref());
        if let Some(arguments) = node.arguments.as_deref() {
            arguments.args.iter().for_each(|base| self.read(base, at));
            arguments.keywords.iter().for_each(|keyword| self.read(&keyword.value, at));
        }
        let hidden = self.class.as_ref().map(|class| &class.names);
        if let Some(providers) = self.providers.of(node, hidden)
            && !looks_at_its_names(&node.body)
        {
            if self.class.is_none() && providers.is_empty() {
                self.providers.note_plain(node);
            }
            let mut names = Names::default();
            names.visit_body(&node.body);
            let own = Body { names: names.names, providers };
            let outer = self.class.replace(own);
            self.body(&node.body);
            self.class = outer;
        }
        self.type_parameters.truncate(known);
    }

    fn decorators(&mut self, decorators: &'ast [Decorator], at: Moment) {
        decorators.iter().for_each(|decorator| self.read(&decorator.expression, at));
    }

    /// Type parameters, which also apply to what is in the class. Their bounds and defaults are evaluated on demand.
    fn type_parameters(&mut self, parameters: Option<&'ast TypeParams>) {
        let names = parameters.into_iter().flat_map(|parameters| parameters.iter());
        self.type_parameters.extend(names.map(|parameter| parameter.name().as_str()));
    }

    fn annotation(&mut self, annotation: &'ast Expr, at: Moment) {
        if self.evaluates_annotations {
            self.in_annotation = true;
            self.read(annotation, at);
            self.in_annotation = false;
        }
    }

    fn read(&mut self, expr: &'ast Expr, at: Moment) {
        names_in(expr).into_iter().for_each(|name| self.name(name, at));
    }

    fn name(&mut self, node: &'ast ExprName, at: Moment) {
        let (name, place) = (node.id.as_str(), span(node.range()));
        if is_builtin(name) || BY_GETTEXT.contains(&name) || self.type_parameters.contains(&name) {
            return;
        }
        // Classes have names of their own for these: `__x` is `_A__x` in `A`.
        if self.class.is_some() && name.starts_with("__") {
            return;
        }
        let first = self.bound.get(name).copied();
        let is_bound = |first: usize| first < at.before || (at.from..place.start).contains(&first);
        if first.is_some_and(is_bound) {
            return;
        }
        let providers = match &self.class {
            Some(class) if class.names.contains(name) => return,
            Some(class) => class.providers.clone(),
            None => Vec::new(),
        };
        let unbound = UnboundName {
            name: name.to_owned(),
            bound_below: first,
            in_annotation: self.in_annotation,
            providers,
        };
        self.found.push(BootFact {
            hazard: Hazard::UnboundName(unbound),
            span: place,
            conditional: false,
            guarded: false,
            versions: Versions::default(),
        });
    }
}

/// The names that an expression certainly reads.
fn names_in(expr: &Expr) -> Vec<&ExprName> {
    let (mut pending, mut found) = (vec![expr], Vec::new());
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::Name(name) if name.ctx != ExprContext::Store => found.push(name),
            Expr::Lambda(node) => {
                let parameters = node.parameters.iter();
                let parameters = parameters.flat_map(|it| it.iter_non_variadic_params());
                pending.extend(parameters.filter_map(|it| it.default()));
            }
            // The rest of it has names of its own, and an iterable may be empty.
            Expr::ListComp(node) => pending.extend(node.generators.first().map(|it| &it.iter)),
            Expr::SetComp(node) => pending.extend(node.generators.first().map(|it| &it.iter)),
            Expr::DictComp(node) => pending.extend(node.generators.first().map(|it| &it.iter)),
            Expr::Generator(node) => pending.extend(node.generators.first().map(|it| &it.iter)),
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
