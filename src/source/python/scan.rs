//! Collects the facts in expressions: calls, look-ups, environment reads, walrus bindings, uses of
//! imported modules. Expressions are walked with an explicit stack.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, ExprContext, ExprSubscript};
use ruff_text_size::Ranged;

use super::AttributeUse;
use super::binding::Bound;
use super::expression::{children, dotted, literal_text, span, value_of};
use super::flow::EXITS;
use super::hazard::Hazard;
use super::import::{DynamicImport, Lookup};
use super::standard_library::is_standard;
use super::walk::{Context, Scope, Walker};
use crate::source::Span;

/// Attributes that lead to the names of a module, wherever it is, or bind some in it.
const NAMESPACES: [&str; 4] = ["__globals__", "f_globals", "f_locals", "global_enum"];

/// Attributes that lead to the builtins, where any module may put names.
const BUILTINS: [&str; 2] = ["__builtins__", "f_builtins"];

/// Functions of installed packages that bind names in the module that calls them, or builtins, by the last part of
/// their names: `icecream.install`, `snoop.install`, `sympy.var`.
const BINDERS: [&str; 2] = ["install", "var"];

/// What is given a module's name only to name a logger.
const LOGGERS: [&str; 3] = ["getLogger", "get_logger", "Logger"];

struct Pending<'ast> {
    expr: &'ast Expr,
    context: Context,
}

impl Walker<'_> {
    /// Scans one expression in the current context.
    pub(super) fn scan(&mut self, expr: &Expr) {
        let outer = self.context;
        let mut pending = vec![Pending { expr, context: outer }];
        while let Some(Pending { expr, context }) = pending.pop() {
            self.context = context;
            let later = context.conditionally();
            let mut next: Vec<Pending<'_>> = Vec::new();
            match expr {
                Expr::Lambda(node) => {
                    let defaults = node.parameters.iter().flat_map(|parameters| {
                        parameters.iter_non_variadic_params().filter_map(|item| item.default())
                    });
                    next.extend(defaults.map(|expr| Pending { expr, context }));
                    next.push(Pending { expr: &node.body, context: context.lazily() });
                }
                Expr::BoolOp(node) => {
                    for (index, expr) in node.values.iter().enumerate() {
                        let context = if index == 0 { context } else { later };
                        next.push(Pending { expr, context });
                    }
                }
                Expr::If(node) => {
                    next.push(Pending { expr: &node.test, context });
                    next.push(Pending { expr: &node.body, context: later });
                    next.push(Pending { expr: &node.orelse, context: later });
                }
                Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                    let inner = children(expr).into_iter();
                    next.extend(inner.map(|expr| Pending { expr, context: later }));
                }
                Expr::Named(node) => {
                    if let Expr::Name(target) = &*node.target {
                        let bound = Bound::Assigned(value_of(&node.value));
                        self.bind_walrus(target.id.as_str(), span(target.range()), bound);
                    }
                    next.push(Pending { expr: &node.value, context });
                }
                Expr::Attribute(node) => {
                    let base = self.attribute(node);
                    next.extend(base.map(|expr| Pending { expr, context }));
                }
                Expr::Name(node) if node.ctx == ExprContext::Store => {
                    self.note_local(node.id.as_str());
                }
                Expr::Name(node) if node.id.as_str() == "__path__" => {
                    self.module.reroutes.push(span(node.range()));
                }
                Expr::Name(node) if node.id.as_str() == "__builtins__" => {
                    self.module.reaches_builtins = true;
                }
                _ => {
                    match expr {
                        Expr::Call(node) => self.call(node),
                        Expr::Subscript(node) => self.subscript(node),
                        _ => {}
                    }
                    next.extend(children(expr).into_iter().map(|expr| Pending { expr, context }));
                }
            }
            pending.extend(next.into_iter().rev());
        }
        self.context = outer;
    }

    fn bind_walrus(&mut self, name: &str, at: Span, bound: Bound) {
        let index = self.module.bindings.len();
        self.note_local(name);
        self.bind(name, at, bound);
        if self.context.in_expression_branch {
            self.make_conditional(index);
        }
    }

    /// Records a dotted use of an imported name and returns the expression whose attributes are
    /// used, unless that is a plain name.
    fn attribute<'ast>(&mut self, node: &'ast ExprAttribute) -> Option<&'ast Expr> {
        let mut base = &*node.value;
        let mut first = node;
        let mut path = vec![node.attr.as_str()];
        while let Expr::Attribute(inner) = base {
            path.push(inner.attr.as_str());
            first = inner;
            base = &inner.value;
        }
        path.reverse();
        if path.iter().any(|name| NAMESPACES.contains(name)) {
            self.module.escapes.push(span(node.range()));
        }
        self.module.reaches_builtins |= path.iter().any(|name| BUILTINS.contains(name));
        let Expr::Name(root) = base else { return Some(base) };
        self.module.reaches_builtins |= root.id.as_str() == "__builtins__";
        if root.id.as_str() == "__path__" || self.is_meta_path(root.id.as_str(), &path) {
            self.module.reroutes.push(span(node.range()));
        }
        if self.aliases.contains_key(root.id.as_str()) {
            let whole = span(node.range());
            let start = span(first.attr.range()).start;
            self.uses.push(AttributeUse {
                root: root.id.as_str().to_owned(),
                path: path.join("."),
                span: Span::new(start, whole.end),
                when: self.context.when,
                stored: node.ctx != ExprContext::Load,
            });
        }
        None
    }

    /// Records `setattr(module, name, …)` as an assignment; if the name is not a literal, as an
    /// assignment of `*`.
    fn attribute_setting(&mut self, node: &ExprCall, at: Span) {
        let [Expr::Name(root), name, ..] = &*node.arguments.args else { return };
        if self.aliases.contains_key(root.id.as_str()) {
            self.uses.push(AttributeUse {
                root: root.id.as_str().to_owned(),
                path: literal_text(name).unwrap_or_else(|| "*".to_owned()),
                span: at,
                when: self.context.when,
                stored: true,
            });
        }
    }

    /// Whether it is `sys.meta_path`, the list of finders, with which modules can come from
    /// anywhere.
    fn is_meta_path(&self, root: &str, path: &[&str]) -> bool {
        let is_sys = self.aliases.get(root).is_some_and(|origin| origin == "sys");
        is_sys && path.first() == Some(&"meta_path")
    }

    fn call(&mut self, node: &ExprCall) {
        if self.context.runs_on_import() {
            self.module.import_time_calls += 1;
        }
        let written = dotted(&node.func);
        let last = written.as_deref().and_then(|name| name.rsplit('.').next());
        let is_logger = last.is_some_and(|name| LOGGERS.contains(&name));
        self.module.hands_on_its_name |= !is_logger && is_given_name(node);
        let Some(written) = written else { return self.environment_method(node) };
        let name = self.spelled_out(&written);
        let at = span(node.range());
        if EXITS.contains(&name.as_str()) && !self.is_shadowed(&written) {
            self.hazard(Hazard::Exit(name), at, &["SystemExit", "BaseException"]);
            return;
        }
        self.environment_call(&name, node);
        if name == "setattr" {
            self.attribute_setting(node, at);
        }
        let lookup = match name.as_str() {
            "importlib.import_module" => Some(Lookup::ImportModule),
            "__import__" | "builtins.__import__" => Some(Lookup::DunderImport),
            "importlib.util.find_spec" => Some(Lookup::FindSpec),
            _ => None,
        };
        if let Some(lookup) = lookup {
            let module = node.arguments.find_argument_value("name", 0);
            if let Some((expr, module)) = module.and_then(|expr| Some((expr, literal_text(expr)?)))
            {
                let context = self.import_context();
                let at = span(expr.range());
                let found = DynamicImport { lookup, module, span: at, context, bound: None };
                self.module.dynamic_imports.push(found);
            }
        }
        let no_arguments = node.arguments.args.is_empty();
        let escapes = match name.as_str() {
            "globals" => true,
            "exec" => self.context.scope == Scope::Module,
            "vars" | "locals" => no_arguments && self.context.scope == Scope::Module,
            "sys.modules.get" => {
                let module = node.arguments.args.first();
                self.module.reaches_builtins |= module.is_some_and(is_builtins);
                false
            }
            name => self.is_binder(&written, name),
        };
        if escapes {
            self.module.escapes.push(at);
        }
        if self.context.scope == Scope::Module {
            self.export_call(&name, node);
        }
    }

    /// Whether this, whose imported name is spelled out, is a function of an installed package that binds names in the
    /// module that calls it.
    fn is_binder(&self, written: &str, name: &str) -> bool {
        let Some((module, last)) = name.rsplit_once('.') else { return false };
        let root = written.split('.').next().unwrap_or_default();
        let from = module.split('.').next().unwrap_or_default();
        BINDERS.contains(&last)
            && self.aliases.contains_key(root)
            && !from.is_empty()
            && !is_standard(from)
    }

    /// Records the name that an assignment, whose value was just scanned, gives to a looked-up
    /// module, which makes it an imported name like any other.
    pub(super) fn bind_looked_up(&mut self, target: &Expr, value: &Expr) {
        let (Expr::Name(target), Expr::Call(call)) = (target, value) else { return };
        let Some(argument) = call.arguments.find_argument_value("name", 0) else { return };
        let at = span(argument.range());
        // If a look-up is nested deeper in the value, the last one is not the assignment's own.
        let Some(found) = self.module.dynamic_imports.last_mut() else { return };
        let is_own = found.span == at && found.lookup == Lookup::ImportModule;
        if !is_own || found.module.starts_with('.') {
            return;
        }
        let name = target.id.as_str().to_owned();
        found.bound = Some((name.clone(), span(target.range())));
        self.aliases.insert(name.clone(), found.module.clone());
        self.note_looked_up(&name);
    }

    fn subscript(&mut self, node: &ExprSubscript) {
        let Some(written) = dotted(&node.value) else { return };
        let name = self.spelled_out(&written);
        let at = span(node.range());
        if name == "sys.modules" {
            self.module.reaches_builtins |= is_builtins(&node.slice);
            let own = matches!(&*node.slice, Expr::Name(name) if name.id.as_str() == "__name__");
            let stored = node.ctx == ExprContext::Store;
            if stored || own {
                self.module.escapes.push(at);
            }
            if stored {
                self.module.reroutes.push(at);
            }
        }
        if name == "os.environ" && node.ctx == ExprContext::Store {
            self.sets_item(&node.slice);
        }
        if name == "os.environ" && node.ctx == ExprContext::Load {
            self.reads_item(node);
        }
    }

    /// Replaces the first part of a dotted name by what it was imported from.
    pub(super) fn spelled_out(&self, written: &str) -> String {
        let (first, rest) = match written.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (written, None),
        };
        match (self.aliases.get(first), rest) {
            (Some(origin), Some(rest)) => format!("{origin}.{rest}"),
            (Some(origin), None) => origin.clone(),
            (None, _) => written.to_owned(),
        }
    }

    /// Whether the first part of a name is bound by something other than an import.
    fn is_shadowed(&self, written: &str) -> bool {
        let first = written.split('.').next().unwrap_or_default();
        let is_import = |bound: &Bound| {
            matches!(bound, Bound::Import { .. } | Bound::ImportModule { .. } | Bound::Deleted)
        };
        let mut bindings = self.module.bindings.iter();
        self.is_local(first)
            || bindings.any(|binding| binding.name == first && !is_import(&binding.bound))
    }
}

/// Whether it is the name of the module of builtins, as a literal.
fn is_builtins(expr: &Expr) -> bool {
    matches!(expr, Expr::StringLiteral(name) if name.value.to_str() == "builtins")
}

/// Whether a call is given the name of the module.
fn is_given_name(node: &ExprCall) -> bool {
    let is_it = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__");
    let arguments = &node.arguments;
    arguments.args.iter().any(is_it) || arguments.keywords.iter().any(|it| is_it(&it.value))
}
