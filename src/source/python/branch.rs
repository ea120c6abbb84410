//! Constructs whose bodies may not run, and how certain that makes the names bound in them.

use std::collections::HashSet;
use std::ops::Range;

use ruff_python_ast::{
    ExceptHandler, Pattern, Stmt, StmtFor, StmtIf, StmtMatch, StmtTry, StmtWhile, StmtWith,
};
use ruff_text_size::Ranged;

use super::binding::{Bound, Certainty, Value};
use super::expression::{constant_truth, header, span};
use super::flow::{
    Catching, Gate, breaks, catches_failed_imports, completes, handler_body, suppressed,
};
use super::hazard::Hazard;
use super::import::When;
use super::version::Versions;
use super::walk::{Context, Walker};

struct Branch {
    bindings: Range<usize>,
    completes: bool,
}

impl Walker<'_> {
    pub(super) fn if_statement(&mut self, node: &StmtIf) {
        let outer = self.context;
        let clauses = node.elif_else_clauses.iter();
        let clauses = clauses.map(|clause| (clause.test.as_ref(), clause.body.as_slice()));
        let first = (Some(&*node.test), node.body.as_slice());
        let mut branches = Vec::new();
        let mut decided = false;
        let mut is_first = true;
        // The versions that get as far as the clause.
        let mut rest = outer.versions;
        for (test, body) in std::iter::once(first).chain(clauses) {
            let open = !is_first && !branches.is_empty();
            if let Some(test) = test {
                self.context = if open { outer.in_branch() } else { outer };
                self.context.versions = rest;
                self.scan(test);
            }
            is_first = false;
            let gate = test.map_or(Gate::Always, Gate::of);
            let begin = self.module.bindings.len();
            self.context = match gate {
                Gate::TypeChecking => outer.at(When::TypeChecking),
                Gate::Main => outer.at(When::Main),
                Gate::Always if branches.is_empty() => outer,
                Gate::Always | Gate::Open => outer.in_branch(),
            };
            if decided {
                // The code after `not TYPE_CHECKING`, or after a condition that is always true,
                // never runs.
                self.context = outer.at(When::TypeChecking);
            }
            let (held, failed) = test.map(Versions::of_test).unwrap_or_default();
            self.context.versions = rest.and(held);
            rest = rest.and(failed);
            self.body(body);
            let bindings = begin..self.module.bindings.len();
            match gate {
                Gate::TypeChecking | Gate::Main => {}
                _ if decided => {}
                Gate::Always | Gate::Open => {
                    branches.push(Branch { bindings, completes: completes(body) });
                }
            }
            decided |= matches!(gate, Gate::Always);
        }
        self.context = outer;
        if !completes(&node.body) {
            self.environment_test(&node.test, false);
        }
        self.merge(span(node.range()).start, &branches, decided, false);
    }

    pub(super) fn try_statement(&mut self, node: &StmtTry) {
        let outer = self.context;
        let begin = self.module.bindings.len();
        let outer_tried = self.tried.clone();
        let own = self.module.imports.len();
        self.catching.push(Catching::of_try(node));
        self.body(&node.body);
        self.catching.pop();
        let first = if outer_tried.is_empty() { own } else { outer_tried.start };
        let tried = first..self.module.imports.len();
        self.body(&node.orelse);
        let mut branches = vec![Branch {
            bindings: begin..self.module.bindings.len(),
            completes: completes(&node.body) && completes(&node.orelse),
        }];
        for handler in &node.handlers {
            let begin = self.module.bindings.len();
            let body = handler_body(handler);
            let catches = catches_failed_imports(handler);
            let ExceptHandler::ExceptHandler(handler) = handler;
            self.context = outer.in_branch();
            if let Some(types) = handler.type_.as_deref() {
                self.scan(types);
            }
            if let Some(name) = &handler.name {
                self.note_local(name.as_str());
                let bound = Bound::Assigned(Value::Other);
                self.bind(name.as_str(), span(name.range()), bound);
            }
            if catches {
                self.tried = tried.clone();
            }
            self.body(body);
            self.tried = outer_tried.clone();
            if let Some(name) = &handler.name {
                self.bind(name.as_str(), span(name.range()), Bound::Deleted);
            }
            let bindings = begin..self.module.bindings.len();
            branches.push(Branch { bindings, completes: completes(body) });
        }
        self.context = outer;
        if !node.handlers.is_empty() {
            self.merge(span(node.range()).start, &branches, true, true);
        }
        self.body(&node.finalbody);
    }

    pub(super) fn for_statement(&mut self, node: &StmtFor, statement: &Stmt) {
        for expr in header(statement) {
            self.scan(expr);
        }
        let begin = self.module.bindings.len();
        self.bind_target(&node.target, None);
        self.looped(span(node.range()).start, begin, &node.body, &node.orelse);
    }

    pub(super) fn while_statement(&mut self, node: &StmtWhile, statement: &Stmt) {
        for expr in header(statement) {
            self.scan(expr);
        }
        if constant_truth(&node.test) == Some(true) && !breaks(&node.body) {
            self.hazard(Hazard::EndlessLoop, span(node.range()), &[]);
        }
        let begin = self.module.bindings.len();
        self.looped(span(node.range()).start, begin, &node.body, &node.orelse);
    }

    fn looped(&mut self, construct: usize, begin: usize, body: &[Stmt], orelse: &[Stmt]) {
        let outer = self.context;
        self.context = outer.in_branch();
        self.body(body);
        self.body(orelse);
        self.context = outer;
        let bindings = begin..self.module.bindings.len();
        self.merge(construct, &[Branch { bindings, completes: true }], false, true);
    }

    pub(super) fn with_statement(&mut self, node: &StmtWith, statement: &Stmt) {
        for expr in header(statement) {
            self.scan(expr);
        }
        for target in node.items.iter().filter_map(|item| item.optional_vars.as_deref()) {
            self.bind_target(target, None);
        }
        let begin = self.module.bindings.len();
        let Some(catching) = suppressed(&node.items) else {
            self.body(&node.body);
            return;
        };
        self.catching.push(catching);
        self.body(&node.body);
        self.catching.pop();
        let bindings = begin..self.module.bindings.len();
        let branch = Branch { bindings, completes: true };
        self.merge(span(node.range()).start, &[branch], false, true);
    }

    pub(super) fn match_statement(&mut self, node: &StmtMatch, statement: &Stmt) {
        let outer = self.context;
        for (index, expr) in header(statement).into_iter().enumerate() {
            self.context = if index == 0 { outer } else { outer.in_branch() };
            self.scan(expr);
        }
        self.context = outer.in_branch();
        let mut branches = Vec::new();
        for case in &node.cases {
            let begin = self.module.bindings.len();
            self.bind_pattern(&case.pattern);
            self.body(&case.body);
            let bindings = begin..self.module.bindings.len();
            branches.push(Branch { bindings, completes: completes(&case.body) });
        }
        self.context = outer;
        let exhaustive = node
            .cases
            .last()
            .is_some_and(|case| case.guard.is_none() && case.pattern.is_irrefutable());
        self.merge(span(node.range()).start, &branches, exhaustive, false);
    }

    fn bind_pattern(&mut self, pattern: &Pattern) {
        let mut pending = vec![pattern];
        while let Some(pattern) = pending.pop() {
            let name = match pattern {
                Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => None,
                Pattern::MatchSequence(node) => {
                    pending.extend(node.patterns.iter().rev());
                    None
                }
                Pattern::MatchMapping(node) => {
                    pending.extend(node.patterns.iter().rev());
                    node.rest.as_ref()
                }
                Pattern::MatchClass(node) => {
                    let keywords = node.arguments.keywords.iter().rev();
                    pending.extend(keywords.map(|keyword| &keyword.pattern));
                    pending.extend(node.arguments.patterns.iter().rev());
                    None
                }
                Pattern::MatchStar(node) => node.name.as_ref(),
                Pattern::MatchAs(node) => {
                    pending.extend(node.pattern.as_deref());
                    node.name.as_ref()
                }
                Pattern::MatchOr(node) => {
                    pending.extend(node.patterns.iter().rev());
                    None
                }
            };
            if let Some(name) = name {
                self.note_local(name.as_str());
                let bound = Bound::Assigned(Value::Other);
                self.bind(name.as_str(), span(name.range()), bound);
            }
        }
    }

    /// Determines how certain the bindings of alternative branches are.
    ///
    /// `exhaustive`: one of the branches always runs. `resumed`: execution may have continued after
    /// the construct although a branch did not run to its end (loops, handlers).
    fn merge(&mut self, construct: usize, branches: &[Branch], exhaustive: bool, resumed: bool) {
        let live = || branches.iter().filter(|branch| branch.completes);
        let only_one = exhaustive && live().count() == 1;
        let mut shared: Option<HashSet<String>> = None;
        if exhaustive && !only_one {
            for branch in live() {
                let names = self.names_bound_in(branch.bindings.clone());
                shared = Some(match shared {
                    None => names,
                    Some(before) => before.intersection(&names).cloned().collect(),
                });
            }
        }
        let shared = shared.unwrap_or_default();
        for branch in branches {
            if branch.completes && only_one {
                continue;
            }
            let Some(bindings) = self.module.bindings.get_mut(branch.bindings.clone()) else {
                continue;
            };
            for binding in bindings {
                let settled = match binding.certainty {
                    Certainty::Conditional => true,
                    Certainty::Abandoned => !resumed,
                    _ => false,
                };
                if settled {
                    continue;
                }
                binding.certainty = if !branch.completes {
                    Certainty::Abandoned
                } else if shared.contains(&binding.name) {
                    Certainty::Alternative(construct)
                } else {
                    Certainty::Conditional
                };
            }
        }
    }

    fn names_bound_in(&self, range: Range<usize>) -> HashSet<String> {
        let mut names = HashSet::new();
        for binding in self.module.bindings.get(range).unwrap_or_default() {
            if binding.bound == Bound::Deleted {
                names.remove(&binding.name);
            } else if matches!(binding.certainty, Certainty::Certain | Certainty::Alternative(_)) {
                names.insert(binding.name.clone());
            }
        }
        names
    }

    /// Marks the binding at this index as conditional.
    pub(super) fn make_conditional(&mut self, index: usize) {
        if let Some(binding) = self.module.bindings.get_mut(index) {
            binding.certainty = Certainty::Conditional;
        }
    }
}

impl Context {
    fn in_branch(self) -> Self {
        Self { conditional: true, conditional_here: true, ..self }
    }

    fn at(self, when: When) -> Self {
        match self.when {
            When::TypeChecking | When::Main => self,
            _ => Self { when, ..self },
        }
    }
}
