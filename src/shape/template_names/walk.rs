//! What one template uses, binds and writes, by its syntax tree.

use std::collections::BTreeSet;

// Tera exposes its syntax tree without a stability promise; Cargo.lock pins the version.
use tera::ast::{Expr, ExprVal, FunctionCall, LogicOperator, Node, Test};

use super::Sort;

/// The names used in one template.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) used: BTreeSet<(Sort, String)>,
    /// Names that the template binds itself with `set`, `for` or macro arguments, anywhere in it.
    pub(super) bound: BTreeSet<String>,
    /// Names that the template tests before use, or gives a default.
    pub(super) guarded: BTreeSet<String>,
    /// Templates that it includes if they are there.
    pub(super) optional: BTreeSet<String>,
    /// Values that it writes.
    written: BTreeSet<Written>,
    /// Names that it binds, each with a value that it stands for: that of a `set`, an argument of a macro, or what a loop
    /// goes through.
    meant: BTreeSet<(String, Written)>,
}

/// The name of a value, and the filters that it passes through.
pub(super) type Written = (String, BTreeSet<String>);

impl Walk {
    pub(super) fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::VariableBlock(_, expression) => {
                self.written.extend(values_in(expression));
                self.expression(expression);
            }
            Node::Set(_, set) => {
                self.bound.insert(set.key.clone());
                self.stands_for(&set.key, &set.value);
                self.expression(&set.value);
            }
            Node::FilterSection(_, section, _) => {
                self.filter(&section.filter);
                self.nodes(&section.body);
            }
            Node::Block(_, block, _) => self.nodes(&block.body),
            Node::MacroDefinition(_, definition, _) => {
                // A default is a literal, which uses nothing.
                self.bound.extend(definition.args.keys().cloned());
                self.nodes(&definition.body);
            }
            Node::Forloop(_, forloop, _) => {
                for item in forloop.key.iter().chain([&forloop.value]) {
                    self.bound.insert(item.clone());
                    self.stands_for(item, &forloop.container);
                }
                self.expression(&forloop.container);
                self.nodes(&forloop.body);
                forloop.empty_body.iter().for_each(|body| self.nodes(body));
            }
            Node::If(branches, _) => {
                for (_, condition, body) in &branches.conditions {
                    self.asked_for(condition);
                    self.expression(condition);
                    self.nodes(body);
                }
                branches.otherwise.iter().for_each(|(_, body)| self.nodes(body));
            }
            Node::Include(_, names, may_be_missing) => match (names.as_slice(), may_be_missing) {
                ([name], false) => drop(self.used.insert((Sort::Template, name.clone()))),
                (names, _) => self.optional.extend(names.iter().cloned()),
            },
            // Parents and imported macros are resolved when templates are compiled.
            Node::Super
            | Node::Text(_)
            | Node::Extends(..)
            | Node::ImportMacro(..)
            | Node::Raw(..)
            | Node::Break(_)
            | Node::Continue(_)
            | Node::Comment(..) => {}
        }
    }

    /// Notes what a name stands for, which may be written under that name.
    fn stands_for(&mut self, name: &str, value: &Expr) {
        self.meant.extend(values_in(value).into_iter().map(|value| (name.to_owned(), value)));
    }

    /// Returns the values that it writes, and those that are written under other names, which may stand for each other.
    pub(super) fn written_in_all(&self) -> BTreeSet<Written> {
        let mut all = BTreeSet::new();
        let mut waiting: Vec<Written> = self.written.iter().cloned().collect();
        while let Some((name, filters)) = waiting.pop() {
            let meant = self.meant.iter().filter(|(other, _)| *other == name);
            let meant = meant.map(|(_, (value, before))| {
                (value.clone(), before.union(&filters).cloned().collect())
            });
            let meant: Vec<Written> = meant.collect();
            if all.insert((name, filters)) {
                waiting.extend(meant);
            }
        }
        all
    }

    /// Treats names that are conditions by themselves as guarded: an undefined one is simply false.
    fn asked_for(&mut self, condition: &Expr) {
        match &condition.val {
            ExprVal::Ident(name) if condition.filters.is_empty() => {
                self.guarded.insert(root(name).to_owned());
            }
            ExprVal::Logic(logic)
                if matches!(logic.operator, LogicOperator::And | LogicOperator::Or) =>
            {
                self.asked_for(&logic.lhs);
                self.asked_for(&logic.rhs);
            }
            _ => {}
        }
    }

    fn expression(&mut self, expression: &Expr) {
        if let (ExprVal::Ident(name), true) = (&expression.val, expression.has_default_filter()) {
            self.guarded.insert(root(name).to_owned());
        }
        self.value(&expression.val);
        expression.filters.iter().for_each(|filter| self.filter(filter));
    }

    fn value(&mut self, value: &ExprVal) {
        match value {
            ExprVal::Ident(name) => self.variable(name),
            ExprVal::Math(math) => {
                self.expression(&math.lhs);
                self.expression(&math.rhs);
            }
            ExprVal::Logic(logic) => {
                self.expression(&logic.lhs);
                self.expression(&logic.rhs);
            }
            ExprVal::In(within) => {
                self.expression(&within.lhs);
                self.expression(&within.rhs);
            }
            ExprVal::Test(test) => self.test(test),
            ExprVal::MacroCall(call) => {
                for (name, argument) in &call.args {
                    self.stands_for(name, argument);
                    self.expression(argument);
                }
            }
            ExprVal::FunctionCall(call) => {
                self.used.insert((Sort::Function, call.name.clone()));
                call.args.values().for_each(|argument| self.expression(argument));
            }
            ExprVal::Array(values) => values.iter().for_each(|value| self.expression(value)),
            ExprVal::StringConcat(parts) => parts.values.iter().for_each(|part| self.value(part)),
            ExprVal::String(_) | ExprVal::Int(_) | ExprVal::Float(_) | ExprVal::Bool(_) => {}
        }
    }

    fn variable(&mut self, name: &str) {
        self.used.insert((Sort::Variable, root(name).to_owned()));
    }

    fn filter(&mut self, filter: &FunctionCall) {
        self.used.insert((Sort::Filter, filter.name.clone()));
        filter.args.values().for_each(|argument| self.expression(argument));
    }

    fn test(&mut self, test: &Test) {
        if matches!(test.name.as_str(), "defined" | "undefined") {
            self.guarded.insert(root(&test.ident).to_owned());
        }
        self.variable(&test.ident);
        self.used.insert((Sort::Test, test.name.clone()));
        test.args.iter().for_each(|argument| self.expression(argument));
    }
}

/// The values that an expression consists of: one, or several that are joined or listed.
fn values_in(expression: &Expr) -> Vec<Written> {
    let filters: BTreeSet<String> = expression.filters.iter().map(|it| it.name.clone()).collect();
    let named = |value: &ExprVal| match value {
        ExprVal::Ident(name) => Some((root(name).to_owned(), filters.clone())),
        _ => None,
    };
    match &expression.val {
        ExprVal::StringConcat(parts) => parts.values.iter().filter_map(named).collect(),
        ExprVal::Array(items) => items.iter().flat_map(values_in).collect(),
        value => named(value).into_iter().collect(),
    }
}

/// The name at the start of a path such as `a.b[0]`.
fn root(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
