//! Imports that lead back to a module which has not bound the imported name yet.
//!
//! The modules are gone through in the order in which Python runs them. What is imported in a branch, or where a
//! failure is caught, may have run or not: it counts as done, and nothing is said of it.

use std::collections::HashSet;
use std::rc::Rc;

use super::RULE;
use crate::checks::python::adapter::Adapter;
use crate::checks::python::adapter::sibling::{Sibling, Siblings, Target, joined};
use crate::checks::{Finding, Location};
use crate::source::Span;
use crate::source::python::{Import, Imported, ImportedName, When};

/// The most modules that import each other in a row; Python ends at a thousand frames.
const MAX_CHAIN: usize = 64;

/// The first import of a name that its module, which is being imported, only binds later.
pub(super) fn circular_import(adapter: &Adapter<'_>) -> Option<Finding> {
    let mut order = Order { adapter, running: Vec::new(), done: HashSet::new(), found: None };
    order.start(&adapter.module.dotted);
    if !order.done.contains(&adapter.module.dotted) {
        order.run(&adapter.module);
    }
    order.found
}

/// The modules in the order in which they run.
struct Order<'a> {
    adapter: &'a Adapter<'a>,
    /// Those that are being imported, the first one first, each with the import that it has reached.
    running: Vec<(Rc<Sibling>, Span)>,
    /// Dotted names of those that have run, or of which it is not known.
    done: HashSet<String>,
    found: Option<Finding>,
}

impl Order<'_> {
    fn is_running(&self, dotted: &str) -> bool {
        self.running.iter().any(|(module, _)| module.dotted == dotted)
    }

    /// Imports a module, and the packages that it is in before it.
    fn start(&mut self, dotted: &str) {
        let ends = dotted.match_indices('.').map(|(at, _)| at).chain([dotted.len()]);
        for end in ends {
            let name = dotted.get(..end).unwrap_or(dotted);
            if self.done.contains(name) || self.is_running(name) {
                continue;
            }
            if let Target::Inside(module) = self.adapter.siblings.find(name) {
                self.run(&module);
            }
        }
    }

    fn run(&mut self, module: &Rc<Sibling>) {
        if self.running.len() >= MAX_CHAIN || self.found.is_some() {
            return;
        }
        self.running.push((Rc::clone(module), Span::at(0)));
        // Whether and when one of those runs is not known.
        for import in &module.module.dynamic_imports {
            if import.context.when == When::ImportTime {
                self.leave_out(&import.module);
            }
        }
        for import in &module.module.imports {
            let context = import.context;
            if context.when != When::ImportTime || import.lazy_keyword {
                continue;
            }
            if context.conditional || context.guarded {
                for name in names_of(module, import) {
                    self.leave_out(&name);
                }
            } else {
                self.import(module, import);
            }
            if self.found.is_some() {
                return;
            }
        }
        self.running.pop();
        self.done.insert(module.dotted.clone());
    }

    /// Leaves out a module and what it imports.
    fn leave_out(&mut self, dotted: &str) {
        let mut pending = vec![dotted.to_owned()];
        while let Some(name) = pending.pop() {
            if self.is_running(&name) || !self.done.insert(name.clone()) {
                continue;
            }
            if let Target::Inside(module) = self.adapter.siblings.find(&name) {
                let imported = self.adapter.siblings.imported_by(&module, None);
                pending.extend(imported.into_iter().map(|(module, _)| module.dotted.clone()));
            }
        }
    }

    fn reached(&mut self, span: Span) {
        if let Some((_, reached)) = self.running.last_mut() {
            *reached = span;
        }
    }

    fn import(&mut self, module: &Rc<Sibling>, import: &Import) {
        match &import.imported {
            // They are imported, and bound, one after the other.
            Imported::Modules(names) => {
                for name in names {
                    self.reached(name.span);
                    self.start(&name.name);
                }
            }
            Imported::From { module: from, level, names, .. } => {
                let Some(dotted) = Siblings::absolute(module, from, *level) else { return };
                self.reached(import.span);
                self.start(&dotted);
                for name in names {
                    if self.found.is_some() {
                        return;
                    }
                    self.found = self.too_early(&dotted, name);
                    self.start(&joined(&dotted, &name.name));
                }
            }
        }
    }

    /// The finding for a name of a module that is being imported and binds it only behind the import it has reached.
    fn too_early(&self, dotted: &str, name: &ImportedName) -> Option<Finding> {
        let first = self.running.iter().position(|(module, _)| module.dotted == dotted)?;
        let chain = self.running.get(first..)?;
        let ((binding, reached), (importing, _)) = (chain.first()?, chain.last()?);
        let module = &binding.module;
        let is_special = name.name.starts_with("__") && name.name.ends_with("__");
        let may_be_there = is_special
            || binding.may_bind(&name.name)
            || !module.star_imports.is_empty()
            || !module.reroutes.is_empty()
            || !matches!(self.adapter.siblings.find(&joined(dotted, &name.name)), Target::Outside)
            || module.bindings_of(&name.name).any(|it| it.span.start < reached.start);
        let bound = module.bindings_of(&name.name).next().filter(|_| !may_be_there)?;
        let paths = chain.iter().skip(1).map(|(module, _)| format!("`{}`", module.path));
        let imported: Vec<String> = paths.collect();
        let imported = match imported.as_slice() {
            [] => "itself".to_owned(),
            imported => imported.join(", which imports "),
        };
        let Sibling { path, .. } = binding.as_ref();
        let mut message = format!(
            "circular import: `{path}` imports {imported} before it binds `{}`, which `{}` imports from it",
            name.name, importing.path
        );
        if importing.path != self.adapter.module.path {
            message.push_str(&format!(", along with `{}`", self.adapter.module.dotted));
        }
        let place = |span| Location::span(path.as_str(), &binding.text, span);
        let finding = Finding::new(&RULE, message)
            .at(importing.path.as_str(), &importing.text, name.name_span)
            .related(place(*reached), "this import runs first")
            .related(place(bound.span), "it is bound here")
            .help(format!(
                "import it in the function that needs it, or move `{}` into a module that both import",
                name.name
            ));
        Some(finding)
    }
}

/// The dotted names of the modules that an import may run.
fn names_of(module: &Sibling, import: &Import) -> Vec<String> {
    match &import.imported {
        Imported::Modules(names) => names.iter().map(|name| name.name.clone()).collect(),
        Imported::From { module: from, level, names, .. } => {
            let Some(dotted) = Siblings::absolute(module, from, *level) else { return Vec::new() };
            let below = names.iter().map(|name| joined(&dotted, &name.name));
            below.chain([dotted.clone()]).collect()
        }
    }
}
