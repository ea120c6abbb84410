//! Variables of the environment that a module sets, by what it does with `os.environ`.
//!
//! Whether a statement is reached is not asked: what may be set is not reported as absent.

use std::collections::BTreeSet;

use ruff_python_ast::{CmpOp, Expr, ExprCall, Keyword, Operator};

use super::expression::{children, dotted, literal_text};
use super::import::When;
use super::standard_library::is_builtin;
use super::walk::{Context, Walker};

/// The mapping.
const ENVIRON: &str = "os.environ";

/// Functions that read a file of variables, whose names are not known here.
const LOADERS: [&str; 3] = ["load_dotenv", "read_dotenv", "read_env"];

/// Variables that may be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    names: BTreeSet<String>,
    /// Whether others may be set too, whose names are not known.
    any: bool,
}

impl Environment {
    /// Whether a variable may be set; `None` for one whose name is not known.
    #[must_use]
    pub fn may_have(&self, name: Option<&str>) -> bool {
        self.any || name.is_some_and(|name| self.names.contains(name))
    }

    fn add(&mut self, name: Option<String>) {
        match name {
            Some(name) => {
                self.names.insert(name);
            }
            None => self.any = true,
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.names.extend(other.names);
        self.any |= other.any;
    }
}

/// What the walk has seen so far.
#[derive(Debug, Default)]
pub(super) struct Setting {
    /// What the import has set by now.
    pub(super) so_far: Environment,
    /// What functions set, which may be called at any time. Methods are not among them: the runtime calls them later.
    pub(super) by_functions: Environment,
    /// What the statement sets that is being walked: its targets are read before its value, but assigned after it.
    targets: Vec<(Context, Option<String>)>,
}

impl Walker<'_> {
    fn is_environ(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Name(name) => self.spelled_out(name.id.as_str()) == ENVIRON,
            Expr::Attribute(node) if node.attr.as_str() == "environ" => {
                dotted(expr).is_some_and(|written| self.spelled_out(&written) == ENVIRON)
            }
            _ => false,
        }
    }

    fn sets(&mut self, name: Option<String>) {
        self.sets_within(self.context, name);
    }

    fn sets_within(&mut self, context: Context, name: Option<String>) {
        match context.when {
            When::ImportTime => self.setting.so_far.add(name),
            When::Lazy if !context.in_method => self.setting.by_functions.add(name),
            _ => {}
        }
    }

    /// Notes `os.environ[…]` as a target.
    pub(super) fn sets_item(&mut self, key: &Expr) {
        self.setting.targets.push((self.context, literal_text(key)));
    }

    /// Notes what the targets of the last statement have set.
    pub(super) fn settle_targets(&mut self) {
        for (context, name) in std::mem::take(&mut self.setting.targets) {
            self.sets_within(context, name);
        }
    }

    /// Notes `os.environ = …`, and `env = os.environ`, through which anything may be set.
    pub(super) fn environment_assignment(&mut self, target: &Expr, value: &Expr) {
        if self.is_environ(target) || self.is_environ(value) {
            self.sets(None);
        }
    }

    /// Notes `os.environ |= …`.
    pub(super) fn environment_addition(&mut self, target: &Expr, op: Operator, value: &Expr) {
        if op == Operator::BitOr && self.is_environ(target) {
            self.sets_all_of(value);
        }
    }

    /// Notes what a call, whose imported name is spelled out, sets.
    pub(super) fn environment_call(&mut self, name: &str, node: &ExprCall) {
        let arguments = &node.arguments;
        match name.strip_prefix(ENVIRON) {
            Some(".setdefault" | ".__setitem__") => {
                self.sets(arguments.args.first().and_then(literal_text));
            }
            Some(".update") => {
                arguments.args.iter().for_each(|argument| self.sets_all_of(argument));
                self.sets_keywords(&arguments.keywords);
            }
            Some(_) => {}
            None => {
                let last = name.rsplit('.').next().unwrap_or_default();
                let is_handed_on = || arguments.args.iter().any(|it| self.is_environ(it));
                if LOADERS.contains(&last) || (!is_builtin(name) && is_handed_on()) {
                    self.sets(None);
                }
            }
        }
    }

    /// Notes the call of a method of what another call returns, such as `Env().read_env()`.
    pub(super) fn environment_method(&mut self, node: &ExprCall) {
        if matches!(&*node.func, Expr::Attribute(it) if LOADERS.contains(&it.attr.as_str())) {
            self.sets(None);
        }
    }

    fn sets_all_of(&mut self, mapping: &Expr) {
        match mapping {
            Expr::Dict(node) => {
                for item in &node.items {
                    self.sets(item.key.as_ref().and_then(literal_text));
                }
            }
            Expr::Call(call)
                if dotted(&call.func).as_deref() == Some("dict")
                    && call.arguments.args.is_empty() =>
            {
                self.sets_keywords(&call.arguments.keywords);
            }
            _ => self.sets(None),
        }
    }

    fn sets_keywords(&mut self, keywords: &[Keyword]) {
        for keyword in keywords {
            self.sets(keyword.arg.as_ref().map(|name| name.as_str().to_owned()));
        }
    }

    /// Notes the variables that a condition asks for by name, where what follows runs only if they are set: behind
    /// `assert "X" in os.environ` and `if "X" not in os.environ: raise …`.
    pub(super) fn environment_test(&mut self, test: &Expr) {
        let mut pending = vec![test];
        while let Some(expr) = pending.pop() {
            let asked = match expr {
                Expr::Compare(node) => match (&*node.ops, &*node.comparators) {
                    ([CmpOp::In | CmpOp::NotIn], [right]) if self.is_environ(right) => {
                        literal_text(&node.left)
                    }
                    _ => None,
                },
                Expr::Call(call) => {
                    let name = dotted(&call.func).map(|written| self.spelled_out(&written));
                    let asks = matches!(name.as_deref(), Some("os.getenv" | "os.environ.get"));
                    call.arguments.args.first().filter(|_| asks).and_then(literal_text)
                }
                _ => None,
            };
            if asked.is_some() {
                self.sets(asked);
            }
            pending.extend(children(expr));
        }
    }
}
