//! The single pass over a syntax tree that fills a [`Module`].
//!
//! Statements are walked recursively, which `limits` bounds by indentation; `scan` handles
//! expressions and `branch` merges branches.

mod context;
mod names;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use ruff_python_ast::{
    Expr, Stmt, StmtClassDef, StmtFunctionDef, StmtImport, StmtImportFrom, StmtRaise,
};
use ruff_text_size::Ranged;

use super::binding::{Bound, Value};
use super::class::{Class, ClassId};
use super::environment::Setting;
use super::expression::{constant_truth, dotted, header, span};
use super::flow::{Catching, FAILED_IMPORT, is_caught};
use super::function::{Function, FunctionId};
use super::hazard::{BootFact, Hazard};
use super::import::{Import, ImportContext, Imported, When};
use super::version::Versions;
use super::{AttributeUse, Module, StarImport};
use crate::source::Span;
pub(super) use context::{Context, Scope};
use names::Locals;
pub(super) use names::elements;

#[derive(Debug)]
pub(super) struct Walker<'source> {
    source: &'source str,
    pub(super) module: Module,
    pub(super) context: Context,
    pub(super) catching: Vec<Catching>,
    /// In a handler of failed imports, those that were tried before.
    pub(super) tried: Range<usize>,
    /// What an imported name refers to, such as `np` to `numpy`.
    pub(super) aliases: HashMap<String, String>,
    pub(super) uses: Vec<AttributeUse>,
    pub(super) setting: Setting,
    locals: Vec<Locals>,
}

impl<'source> Walker<'source> {
    pub(super) fn new(source: &'source str) -> Self {
        let context = Context {
            when: When::ImportTime,
            scope: Scope::Module,
            conditional: false,
            conditional_here: false,
            in_expression_branch: false,
            in_method: false,
            versions: Versions::default(),
        };
        Self {
            source,
            module: Module::default(),
            context,
            catching: Vec::new(),
            tried: 0..0,
            aliases: HashMap::new(),
            uses: Vec::new(),
            setting: Setting::default(),
            locals: Vec::new(),
        }
    }

    /// Returns the summary.
    pub(super) fn finish(mut self) -> Module {
        self.settle_targets();
        let rebound: HashSet<&str> = self
            .module
            .bindings
            .iter()
            .filter(|binding| matches!(binding.bound, Bound::Class(_) | Bound::Function(_)))
            .map(|binding| binding.name.as_str())
            .collect();
        self.uses.retain(|used| !rebound.contains(used.root.as_str()));
        self.module.attribute_uses = self.uses;
        let Setting { so_far, by_functions, .. } = self.setting;
        self.module.boot_facts.retain(|fact| match &fact.hazard {
            Hazard::EnvironmentRead(name) => !by_functions.may_have(name.as_deref()),
            _ => true,
        });
        self.module.environment = so_far;
        self.module.environment.extend(by_functions);
        self.module
    }

    pub(super) fn body(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        self.settle_targets();
        match statement {
            Stmt::If(node) => return self.if_statement(node),
            Stmt::Try(node) => return self.try_statement(node),
            Stmt::For(node) => return self.for_statement(node, statement),
            Stmt::While(node) => return self.while_statement(node, statement),
            Stmt::With(node) => return self.with_statement(node, statement),
            Stmt::Match(node) => return self.match_statement(node, statement),
            _ => {}
        }
        for expr in header(statement) {
            self.scan(expr);
        }
        match statement {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Assign(node) => {
                if let [target] = &*node.targets {
                    self.bind_looked_up(target, &node.value);
                }
                for target in &node.targets {
                    self.environment_assignment(target, &node.value);
                    self.bind_target(target, Some(&node.value));
                    self.export_assignment(target, Some(&node.value));
                }
            }
            Stmt::AnnAssign(node) => {
                if let Some(value) = node.value.as_deref() {
                    self.bind_looked_up(&node.target, value);
                    self.environment_assignment(&node.target, value);
                    self.bind_target(&node.target, Some(value));
                    self.export_assignment(&node.target, Some(value));
                }
            }
            Stmt::AugAssign(node) => {
                self.environment_addition(&node.target, node.op, &node.value);
                self.bind_target(&node.target, None);
                self.export_addition(&node.target, &node.value);
            }
            Stmt::TypeAlias(node) => self.bind_target(&node.name, None),
            Stmt::Delete(node) => {
                for target in &node.targets {
                    if let Expr::Name(name) = target {
                        self.bind(name.id.as_str(), span(name.range()), Bound::Deleted);
                    }
                }
            }
            Stmt::Raise(node) => self.raise(node),
            Stmt::Global(node) => {
                self.module.globals.extend(node.names.iter().map(|name| name.as_str().to_owned()));
            }
            Stmt::Assert(node) if constant_truth(&node.test) == Some(false) => {
                let ancestors = ["AssertionError", "Exception", "BaseException"];
                self.hazard(Hazard::AssertFalse, span(node.range()), &ancestors);
            }
            Stmt::Assert(node) => self.environment_test(&node.test, true),
            _ => {}
        }
    }

    fn function(&mut self, node: &StmtFunctionDef) {
        let name_span = span(node.name.range());
        match self.context.scope {
            Scope::Module if self.context.runs_on_import() => {
                let function = Function::read(node, self.source, self.context.conditional);
                let id = FunctionId(self.module.functions.len());
                self.module.functions.push(function);
                self.bind(node.name.as_str(), name_span, Bound::Function(id));
            }
            Scope::Module if self.context.when == When::TypeChecking => {
                self.module.typing_names.push(node.name.as_str().to_owned());
            }
            Scope::Class(Some(class)) => {
                let function = Function::read(node, self.source, self.context.conditional_here);
                if let Some(class) = self.module.classes.get_mut(class) {
                    class.methods.push(function);
                }
            }
            _ => self.note_local(node.name.as_str()),
        }
        let outer = self.context;
        let outer_catching = std::mem::take(&mut self.catching);
        self.context = outer.lazily();
        self.enter_function(&node.parameters);
        self.body(&node.body);
        self.leave_function();
        self.context = outer;
        self.catching = outer_catching;
    }

    fn class(&mut self, node: &StmtClassDef) {
        let recorded = self.context.binds_module_names();
        let index = self.module.classes.len();
        if recorded {
            self.module.classes.push(Class::read(node));
        }
        let outer = self.context;
        let scope = Scope::Class(recorded.then_some(index));
        self.context = Context { scope, conditional_here: false, ..outer };
        self.body(&node.body);
        self.context = outer;
        // A class name is bound after its body has run.
        if recorded {
            let bound = Bound::Class(ClassId(index));
            self.bind(node.name.as_str(), span(node.name.range()), bound);
        } else {
            self.bind(node.name.as_str(), span(node.name.range()), Bound::Assigned(Value::Other));
        }
    }

    fn import(&mut self, node: &StmtImport) {
        let imported = Imported::read_import(node);
        if let Imported::Modules(names) = &imported {
            for name in names {
                let module = name.name.clone();
                let renamed = name.alias.is_some();
                let bound = name.bound().to_owned();
                let origin = if renamed { module.clone() } else { bound.clone() };
                self.aliases.insert(bound.clone(), origin);
                self.note_import(&bound);
                self.bind(&bound, name.span, Bound::ImportModule { module, renamed });
            }
        }
        self.module.imports.push(Import {
            span: span(node.range()),
            imported,
            lazy_keyword: node.is_lazy,
            context: self.import_context(),
            instead_of: self.tried.clone(),
        });
    }

    fn import_from(&mut self, node: &StmtImportFrom) {
        let imported = Imported::read_from(node, self.source);
        let context = self.import_context();
        if let Imported::From { module, names, star, level, .. } = &imported {
            for name in names {
                if name.name == "global_enum" {
                    self.module.escapes.push(name.span);
                }
                let bound = name.bound().to_owned();
                let dots = ".".repeat(*level as usize);
                self.aliases.insert(bound.clone(), format!("{dots}{module}.{}", name.name));
                self.note_import(&bound);
                let (module, name_before, level) = (module.clone(), name.name.clone(), *level);
                let origin = Bound::Import { module, name: name_before, level };
                self.bind(&bound, name.span, origin);
            }
            if let Some(at) = star
                && self.context.binds_module_names()
            {
                let (module, level, span) = (module.clone(), *level, *at);
                self.module.star_imports.push(StarImport { module, level, span, context });
            }
        }
        self.module.imports.push(Import {
            span: span(node.range()),
            imported,
            lazy_keyword: node.is_lazy,
            context,
            instead_of: self.tried.clone(),
        });
    }

    fn raise(&mut self, node: &StmtRaise) {
        let exception = match node.exc.as_deref() {
            Some(Expr::Call(call)) => dotted(&call.func),
            Some(expr) => dotted(expr),
            None => None,
        };
        let at = span(node.range());
        let last = exception.as_deref().and_then(|name| name.rsplit('.').next());
        let last = last.unwrap_or_default().to_owned();
        match last.as_str() {
            "SystemExit" => {
                self.hazard(Hazard::Exit(last), at, &["SystemExit", "BaseException"]);
            }
            "KeyboardInterrupt" | "GeneratorExit" | "BaseException" => {
                self.hazard(Hazard::Raise(exception), at, &[&last, "BaseException"]);
            }
            "ModuleNotFoundError" => {
                let ancestors = [&last, "ImportError", "Exception", "BaseException"];
                self.hazard(Hazard::Raise(exception), at, &ancestors);
            }
            _ => self.hazard(Hazard::Raise(exception), at, &[&last, "Exception", "BaseException"]),
        }
    }

    pub(super) fn hazard(&mut self, hazard: Hazard, at: Span, ancestors: &[&str]) {
        if self.context.runs_on_import() {
            self.module.boot_facts.push(BootFact {
                hazard,
                span: at,
                conditional: self.context.conditional,
                guarded: is_caught(&self.catching, ancestors),
                versions: self.context.versions,
            });
        }
    }

    pub(super) fn import_context(&self) -> ImportContext {
        ImportContext {
            when: self.context.when,
            guarded: is_caught(&self.catching, &FAILED_IMPORT),
            conditional: self.context.conditional,
            versions: self.context.versions,
        }
    }
}
