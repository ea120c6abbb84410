//! Variables of the environment that a module sets, by what it does with `os.environ`.
//!
//! Whether a statement is reached is not asked: what may be set is not reported as absent.

use std::collections::BTreeSet;

use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprSubscript, Keyword, Operator, UnaryOp};
use ruff_text_size::Ranged;

use super::expression::{children, dotted, literal_text, span};
use super::hazard::Hazard;
use super::import::When;
use super::standard_library::{is_builtin, is_standard};
use super::walk::{Context, Walker};

/// The mapping.
const ENVIRON: &str = "os.environ";

/// Functions that read a file of variables, whose names are not known here.
const LOADERS: [&str; 3] = ["load_dotenv", "read_dotenv", "read_env"];

/// Modules of the standard library whose functions change what they are given, or hand it on: `mock.patch.dict`,
/// `operator.setitem`, `functools.partial`, `ChainMap`, `cast`; `copy.copy`, whose copy has the same data. Those of others
/// only read it.
const HANDING_ON: [&str; 9] = [
    "collections",
    "contextlib",
    "copy",
    "functools",
    "operator",
    "types",
    "typing",
    "unittest",
    "weakref",
];

/// The one of them that only reads it.
const COPYING: &str = "copy.deepcopy";

/// Methods of loggers, which only read what they are given.
const LOGGING: [&str; 7] = ["critical", "debug", "error", "exception", "info", "log", "warning"];

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

    /// Notes `os.environ[…]` as a value, which is a `KeyError` where nothing has set the variable.
    pub(super) fn reads_item(&mut self, node: &ExprSubscript) {
        let variable = literal_text(&node.slice);
        if self.setting.so_far.may_have(variable.as_deref()) {
            return;
        }
        let ancestors = ["KeyError", "LookupError", "Exception", "BaseException"];
        self.hazard(Hazard::EnvironmentRead(variable), span(node.range()), &ancestors);
    }

    /// Notes `os.environ |= …`, and `os.environ[…] += …`, which reads the variable before it sets it.
    pub(super) fn environment_addition(&mut self, target: &Expr, op: Operator, value: &Expr) {
        if let Expr::Subscript(item) = target
            && self.is_environ(&item.value)
        {
            self.reads_item(item);
        }
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
                let is_given_it = || arguments.args.iter().any(|it| self.is_environ(it));
                if LOADERS.contains(&last) || (is_given_it() && !self.only_reads(name, node)) {
                    self.sets(None);
                }
            }
        }
    }

    /// Whether a function, whose imported name is spelled out, only reads what it is given.
    fn only_reads(&self, name: &str, node: &ExprCall) -> bool {
        let written = dotted(&node.func).unwrap_or_default();
        let is_imported = written.split('.').next().is_some_and(|it| self.aliases.contains_key(it));
        let root = name.split('.').next().unwrap_or_default();
        let is_logging = name.rsplit_once('.').is_some_and(|(_, last)| LOGGING.contains(&last));
        let hands_on = HANDING_ON.contains(&root) && name != COPYING;
        is_builtin(name) || is_logging || (is_imported && is_standard(root) && !hands_on)
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

    /// Notes the variables that a condition asks for by name and that are set where it has this outcome, without which
    /// what follows does not run: behind `assert "X" in os.environ` and `if "X" not in os.environ: raise …`. Where it
    /// is not clear what the outcome says of a variable, it counts as set.
    pub(super) fn environment_test(&mut self, test: &Expr, outcome: bool) {
        let mut pending = vec![(test, Some(outcome))];
        while let Some((expr, outcome)) = pending.pop() {
            match expr {
                Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                    pending.push((&node.operand, outcome.map(|outcome| !outcome)));
                    continue;
                }
                Expr::BoolOp(node) => {
                    pending.extend(node.values.iter().map(|value| (value, outcome)));
                    continue;
                }
                Expr::Named(node) => {
                    pending.push((&node.value, outcome));
                    continue;
                }
                Expr::Compare(node) => match (&*node.ops, &*node.comparators) {
                    ([op @ (CmpOp::In | CmpOp::NotIn)], [right]) if self.is_environ(right) => {
                        let is_there = outcome != Some(*op == CmpOp::NotIn);
                        if let Some(name) = literal_text(&node.left).filter(|_| is_there) {
                            self.sets(Some(name));
                        }
                        continue;
                    }
                    ([op @ (CmpOp::Is | CmpOp::IsNot)], [Expr::NoneLiteral(_)]) => {
                        let is_there = outcome.map(|outcome| outcome == (*op == CmpOp::IsNot));
                        pending.push((&node.left, is_there));
                        continue;
                    }
                    _ => {}
                },
                Expr::Call(call) => {
                    let name = dotted(&call.func).map(|written| self.spelled_out(&written));
                    let asks = matches!(name.as_deref(), Some("os.getenv" | "os.environ.get"));
                    let asked = call.arguments.args.first().filter(|_| asks).and_then(literal_text);
                    if asked.is_some() && outcome != Some(false) {
                        self.sets(asked);
                    }
                }
                _ => {}
            }
            pending.extend(children(expr).into_iter().map(|part| (part, None)));
        }
    }
}
