//! Expressions in which a string names a module that is looked up at run time.
//!
//! The recognised forms are listed at [`MentionKind`]. A name counts if its first part is internal
//! according to the caller. Each expression is inspected on its own;
//! [`references`](super::references) does the walking.

use std::collections::HashMap;

use ruff_python_ast::{
    CmpOp, Expr, ExprCall, ExprCompare, InterpolatedStringElement as Element, Operator,
};
use ruff_text_size::Ranged;

use super::expression::{dotted, literal_text, span};
use crate::source::Span;

/// How a string names a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MentionKind {
    /// `importlib.import_module("m")`, `pkgutil.resolve_name("m:name")`.
    ImportModule,
    /// `__import__("m")`.
    DunderImport,
    /// `importlib.util.find_spec("m")`.
    FindSpec,
    /// `runpy.run_module("m")`.
    RunModule,
    /// `importlib.resources.files("m")`, `pkgutil.get_data("m", …)`.
    Resource,
    /// `sys.modules["m"]` read, assigned or deleted.
    SysModules,
    /// `sys.modules.get("m")`, `"m" in sys.modules`, which do not fail.
    SysModulesQuery,
    /// `patch("m.name")` of `unittest.mock`, `monkeypatch.setattr("m.name", …)`.
    Patch,
    /// `"-m", "m"` adjacent in a list or call, or `"python -m m"`.
    Command,
    /// A path to the module's file, `"/app/m.py"`.
    Path,
    /// `>>> import m` in a docstring.
    Doctest,
}

/// A string that names a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// How it names the module.
    pub kind: MentionKind,
    /// The literal part of the string: `m.name`, `/app/m.py`; `m.…` if the rest is computed.
    pub name: String,
    /// The top-level module in the name.
    pub root: String,
    /// The span of the string.
    pub span: Span,
}

/// What imported names refer to, such as `im` to `importlib.import_module`.
pub(super) type Aliases = HashMap<String, String>;

/// The first parts of the modules whose functions are recognised.
pub(super) const WATCHED: [&str; 6] = ["importlib", "runpy", "sys", "pkgutil", "builtins", "pydoc"];

const RESOURCES: [&str; 8] = [
    "files",
    "open_text",
    "open_binary",
    "read_text",
    "read_binary",
    "path",
    "contents",
    "is_resource",
];

/// Inspects expressions one by one.
pub(super) struct Mentions<'caller> {
    pub(super) is_internal: &'caller dyn Fn(&str) -> bool,
    pub(super) found: Vec<Mention>,
}

impl Mentions<'_> {
    /// Records the mentions of the expression itself, not of its parts.
    pub(super) fn read(&mut self, expr: &Expr, aliases: &Aliases) {
        match expr {
            Expr::Call(node) => {
                self.call(node, aliases);
                self.neighbours(&node.arguments.args);
            }
            Expr::List(node) => self.neighbours(&node.elts),
            Expr::Tuple(node) => self.neighbours(&node.elts),
            Expr::Subscript(node) if is_sys_modules(&node.value, aliases) => {
                self.named(MentionKind::SysModules, &node.slice);
            }
            Expr::Compare(node) => self.membership(node, aliases),
            Expr::StringLiteral(node) => self.text(node.value.to_str(), span(node.range())),
            _ => {}
        }
    }

    /// Records the imports in a docstring's doctest lines.
    pub(super) fn docstring(&mut self, text: &str, at: Span) {
        if !text.contains(">>> ") {
            return;
        }
        for line in text.lines() {
            let Some(code) = line.trim_start().strip_prefix(">>> ") else { continue };
            let mut words = code.split_whitespace();
            let (Some("import" | "from"), Some(name)) = (words.next(), words.next()) else {
                continue;
            };
            let name = name.trim_end_matches([',', ';']);
            self.note(MentionKind::Doctest, name, true, at);
        }
    }

    fn call(&mut self, node: &ExprCall, aliases: &Aliases) {
        let last = match &*node.func {
            Expr::Attribute(func) => func.attr.as_str(),
            Expr::Name(func) => func.id.as_str(),
            _ => return,
        };
        let first_argument = node.arguments.args.first();
        match last {
            "get" | "pop" | "setdefault" => {
                if let Expr::Attribute(func) = &*node.func
                    && is_sys_modules(&func.value, aliases)
                    && let Some(name) = first_argument
                {
                    self.named(MentionKind::SysModulesQuery, name);
                }
            }
            "setitem" | "delitem"
                if first_argument.is_some_and(|of| is_sys_modules(of, aliases)) =>
            {
                if let Some(name) = node.arguments.args.get(1) {
                    self.named(MentionKind::SysModules, name);
                }
            }
            "patch" | "setattr" | "delattr" if last == "patch" || node.func.is_attribute_expr() => {
                if let Some(target) = node.arguments.find_argument_value("target", 0) {
                    self.patched(target);
                }
            }
            "dict" | "multiple" if owner(&node.func) == Some("patch") => {
                self.patched_all(node, aliases);
            }
            _ => self.lookup(node, last, aliases),
        }
    }

    fn lookup(&mut self, node: &ExprCall, last: &str, aliases: &Aliases) {
        let is_renamed = node.func.is_name_expr() && aliases.contains_key(last);
        let is_watched = matches!(
            last,
            "import_module"
                | "__import__"
                | "find_spec"
                | "run_module"
                | "get_data"
                | "resolve_name"
                | "locate"
                | "find_loader"
                | "get_loader"
        );
        if !is_renamed && !is_watched && !RESOURCES.contains(&last) {
            return;
        }
        let Some(function) = spelled_out(&node.func, aliases) else { return };
        let (kind, parameter) = match function.as_str() {
            "importlib.import_module" | "importlib.__import__" | "pkgutil.resolve_name" => {
                (MentionKind::ImportModule, "name")
            }
            "pydoc.locate" => (MentionKind::ImportModule, "path"),
            "__import__" | "builtins.__import__" => (MentionKind::DunderImport, "name"),
            "importlib.util.find_spec" => (MentionKind::FindSpec, "name"),
            "pkgutil.find_loader" | "importlib.find_loader" => (MentionKind::FindSpec, "fullname"),
            "pkgutil.get_loader" => (MentionKind::FindSpec, "module_or_name"),
            "runpy.run_module" => (MentionKind::RunModule, "mod_name"),
            "pkgutil.get_data" => (MentionKind::Resource, "package"),
            other => match other.strip_prefix("importlib.resources.") {
                Some(name) if RESOURCES.contains(&name) => (MentionKind::Resource, "package"),
                _ => return,
            },
        };
        if let Some(name) = node.arguments.find_argument_value(parameter, 0) {
            self.named(kind, name);
        }
    }

    /// Handles `"m" in sys.modules`.
    fn membership(&mut self, node: &ExprCompare, aliases: &Aliases) {
        if let ([CmpOp::In | CmpOp::NotIn], [container]) = (&*node.ops, &*node.comparators)
            && is_sys_modules(container, aliases)
        {
            self.named(MentionKind::SysModulesQuery, &node.left);
        }
    }

    /// Handles the target of a patch, which is an attribute and thus contains a dot.
    fn patched(&mut self, target: &Expr) {
        if leading_text(target).is_some_and(|leading| leading.text.contains('.')) {
            self.named(MentionKind::Patch, target);
        }
    }

    /// Handles `patch.dict("m.name", …)`, `patch.multiple("m", …)`, `patch.dict(sys.modules, {"m":
    /// …})`.
    fn patched_all(&mut self, node: &ExprCall, aliases: &Aliases) {
        let Some(target) = node.arguments.args.first() else { return };
        let of_sys_modules = is_sys_modules(target, aliases)
            || literal_text(target).as_deref() == Some("sys.modules");
        if !of_sys_modules {
            self.named(MentionKind::Patch, target);
            return;
        }
        let Some(Expr::Dict(values)) = node.arguments.find_argument_value("values", 1) else {
            return;
        };
        for key in values.items.iter().filter_map(|item| item.key.as_ref()) {
            self.named(MentionKind::SysModules, key);
        }
    }

    /// Handles `"-m"` and the element after it.
    fn neighbours(&mut self, elements: &[Expr]) {
        for pair in elements.windows(2) {
            if let [Expr::StringLiteral(option), module] = pair
                && option.value.to_str() == "-m"
            {
                self.named(MentionKind::Command, module);
            }
        }
    }

    /// Handles a string on its own: a path, or a command.
    fn text(&mut self, text: &str, at: Span) {
        if let Some(stem) = text.strip_suffix(".py")
            && let Some((_, name)) = stem.rsplit_once('/')
            && !text.contains(char::is_whitespace)
            && (self.is_internal)(name)
        {
            let (name, root) = (text.to_owned(), name.to_owned());
            self.found.push(Mention { kind: MentionKind::Path, name, root, span: at });
            return;
        }
        // Searching for a single byte first keeps long strings cheap.
        if !text.as_bytes().contains(&b'-') {
            return;
        }
        let Some((before, after)) = text.split_once(" -m ") else { return };
        let is_python = |word: &str| {
            let program = word.rsplit('/').next().unwrap_or_default();
            program.starts_with("python")
        };
        if let Some(module) = after.split_whitespace().next()
            && before.split_whitespace().any(is_python)
        {
            self.note(MentionKind::Command, module, true, at);
        }
    }

    fn named(&mut self, kind: MentionKind, expr: &Expr) {
        if let Some(Leading { text, is_whole }) = leading_text(expr) {
            self.note(kind, &text, is_whole, span(expr.range()));
        }
    }

    fn note(&mut self, kind: MentionKind, name: &str, is_whole: bool, span: Span) {
        let root = match name.find(['.', ':']) {
            Some(at) => &name[..at],
            None if is_whole => name,
            None => return,
        };
        if (self.is_internal)(root) {
            let root = root.to_owned();
            let name = if is_whole { name.to_owned() } else { format!("{name}…") };
            self.found.push(Mention { kind, name, root, span });
        }
    }
}

struct Leading {
    text: String,
    is_whole: bool,
}

/// Returns the beginning of a string: a whole literal, or the first part of an f-string or sum.
fn leading_text(expr: &Expr) -> Option<Leading> {
    match expr {
        Expr::StringLiteral(node) => {
            Some(Leading { text: node.value.to_str().to_owned(), is_whole: true })
        }
        Expr::FString(node) => {
            let mut text = String::new();
            for element in node.value.elements() {
                match element {
                    Element::Literal(literal) => text.push_str(&literal.value),
                    Element::Interpolation(_) => return Some(Leading { text, is_whole: false }),
                }
            }
            // Implicitly concatenated plain parts are not among these elements.
            Some(Leading { text, is_whole: false })
        }
        Expr::BinOp(node) if node.op == Operator::Add => match &*node.left {
            Expr::StringLiteral(left) => {
                Some(Leading { text: left.value.to_str().to_owned(), is_whole: false })
            }
            _ => None,
        },
        _ => None,
    }
}

fn owner(func: &Expr) -> Option<&str> {
    let Expr::Attribute(node) = func else { return None };
    match &*node.value {
        Expr::Attribute(inner) => Some(inner.attr.as_str()),
        Expr::Name(inner) => Some(inner.id.as_str()),
        _ => None,
    }
}

fn is_sys_modules(expr: &Expr, aliases: &Aliases) -> bool {
    let may_be = match expr {
        Expr::Attribute(node) => node.attr.as_str() == "modules",
        Expr::Name(node) => aliases.contains_key(node.id.as_str()),
        _ => false,
    };
    may_be && spelled_out(expr, aliases).as_deref() == Some("sys.modules")
}

/// Replaces the first part of a dotted name by what it was imported from.
fn spelled_out(expr: &Expr, aliases: &Aliases) -> Option<String> {
    let written = dotted(expr)?;
    let (first, rest) = match written.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (written.as_str(), None),
    };
    Some(match (aliases.get(first), rest) {
        (Some(origin), Some(rest)) => format!("{origin}.{rest}"),
        (Some(origin), None) => origin.clone(),
        (None, _) => written,
    })
}
