//! The attributes that methods use on their parameters, and those that a class offers on its
//! instances.
//!
//! Only few modules need this (the adapters, the runtime's base), so it is computed on demand from
//! the text and is not part of the [`Module`](super::Module) summary.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Mod, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_python_parser::{Mode, ParseOptions, parse};
use ruff_text_size::Ranged as _;

use super::expression::{literal_text, span};
use super::limits;
use crate::source::text::MAX_DOCUMENT_BYTES;
use crate::source::{Span, Text};

/// An attribute used on a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterUse {
    /// The name of the method.
    pub method: String,
    /// The zero-based position of the parameter, not counting `self`.
    pub position: usize,
    /// The name of the attribute.
    pub name: String,
    /// Its span.
    pub span: Span,
    /// Whether it is assigned, so that it need not exist before.
    pub stored: bool,
}

/// Returns the attributes that the methods of a class use on their parameters, except for
/// parameters that the method rebinds, and names that it checks with `hasattr` or whose absence it
/// handles.
#[must_use]
pub fn parameter_uses(text: &Text, class: &str) -> Vec<ParameterUse> {
    let mut uses = Vec::new();
    with_class(text, class, |class| {
        for statement in &class.body {
            if let Stmt::FunctionDef(function) = statement {
                uses.extend(of_method(function));
            }
        }
    });
    uses
}

/// Returns the names that instances of a class have according to the class itself: annotations and
/// assignments in its body, methods, and `self.x = …` in its methods. `None` if there is no such
/// class, or it accepts any name.
#[must_use]
pub fn instance_names(text: &Text, class: &str) -> Option<BTreeSet<String>> {
    let mut names = None;
    with_class(text, class, |class| names = offered(class));
    names
}

/// Whether a module stores or deletes an attribute of this name, of whatever object: by a statement, or by `setattr`,
/// which counts for every name if its own is not a literal.
#[must_use]
pub fn is_stored(text: &Text, name: &str) -> bool {
    let mut search = Stores { name, found: false };
    if let Some(tree) = tree(text) {
        search.visit_body(&tree.body);
    }
    search.found
}

struct Stores<'a> {
    name: &'a str,
    found: bool,
}

impl<'a> Visitor<'a> for Stores<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Attribute(node) => {
                self.found |= !node.ctx.is_load() && node.attr.as_str() == self.name;
            }
            Expr::Call(call) => {
                let callee = match &*call.func {
                    Expr::Name(function) => function.id.as_str(),
                    Expr::Attribute(function) => function.attr.as_str(),
                    _ => "",
                };
                if matches!(callee, "setattr" | "delattr" | "__setattr__" | "__delattr__") {
                    let named = call.arguments.args.iter().find_map(literal_text);
                    self.found |= named.is_none_or(|named| named == self.name);
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

/// Where a module tolerates a missing attribute: names that it checks with `hasattr` or `getattr`,
/// and spans in which an `AttributeError` is caught.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    names: BTreeSet<String>,
    spans: Vec<Span>,
}

impl Tolerance {
    /// Analyses the text of a module.
    #[must_use]
    pub fn of(text: &Text) -> Self {
        let mut found = Self::default();
        if let Some(tree) = tree(text) {
            found.visit_body(&tree.body);
        }
        found
    }

    /// Whether the absence of a name is tolerated where it is used.
    #[must_use]
    pub fn covers(&self, name: &str, at: Span) -> bool {
        self.names.contains(name) || self.spans.iter().any(|span| span.contains(at))
    }
}

impl<'a> Visitor<'a> for Tolerance {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::Try(node) = statement
            && expects_absence(node)
            && let (Some(first), Some(last)) = (node.body.first(), node.body.last())
        {
            self.spans.push(span(first.range()).to(span(last.range())));
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Some((_, name)) = asked(expr) {
            self.names.insert(name);
        }
        walk_expr(self, expr);
    }
}

/// Returns the object and name of `hasattr(x, "name")` or `getattr(x, "name", …)`.
fn asked(expr: &Expr) -> Option<(&Expr, String)> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Name(function) = &*call.func else { return None };
    if !matches!(function.id.as_str(), "hasattr" | "getattr") {
        return None;
    }
    let [first, second, ..] = &*call.arguments.args else { return None };
    Some((first, literal_text(second)?))
}

/// Whether a handler may catch an `AttributeError`.
fn expects_absence(node: &ruff_python_ast::StmtTry) -> bool {
    node.handlers.iter().any(|handler| {
        let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
        match handler.type_.as_deref() {
            Some(Expr::Name(name)) => {
                matches!(name.id.as_str(), "AttributeError" | "Exception" | "BaseException")
            }
            // A tuple of types, or anything but a plain name, may include it.
            _ => true,
        }
    })
}

fn tree(text: &Text) -> Option<ruff_python_ast::ModModule> {
    let source = text.as_str();
    if source.len() > MAX_DOCUMENT_BYTES || limits::check(source).is_err() {
        return None;
    }
    match parse(source, ParseOptions::from(Mode::Module)).ok()?.into_syntax() {
        Mod::Module(tree) => Some(tree),
        Mod::Expression(_) => None,
    }
}

fn with_class(text: &Text, name: &str, mut found: impl FnMut(&StmtClassDef)) {
    let Some(tree) = tree(text) else { return };
    let mut search = Classes { name, found: &mut found };
    search.visit_body(&tree.body);
}

struct Classes<'a> {
    name: &'a str,
    found: &'a mut dyn FnMut(&StmtClassDef),
}

impl Visitor<'_> for Classes<'_> {
    fn visit_stmt(&mut self, statement: &Stmt) {
        match statement {
            Stmt::ClassDef(class) if class.name.as_str() == self.name => (self.found)(class),
            Stmt::ClassDef(_) | Stmt::FunctionDef(_) => {}
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _: &Expr) {}
}

fn of_method(function: &StmtFunctionDef) -> Vec<ParameterUse> {
    let is_static = function.decorator_list.iter().any(|decorator| {
        matches!(&decorator.expression, Expr::Name(name) if name.id.as_str() == "staticmethod")
    });
    let positional = function.parameters.posonlyargs.iter().chain(&function.parameters.args);
    let names: Vec<&str> = positional
        .skip(usize::from(!is_static))
        .map(|parameter| parameter.parameter.name.as_str())
        .collect();
    let mut walk = Uses {
        parameters: &names,
        found: Vec::new(),
        rebound: BTreeSet::new(),
        asked: BTreeSet::new(),
    };
    walk.visit_body(&function.body);
    let Uses { found, rebound, asked, .. } = walk;
    found
        .into_iter()
        .filter(|(position, name, ..)| {
            names.get(*position).is_some_and(|parameter| !rebound.contains(*parameter))
                && !asked.contains(name)
        })
        .map(|(position, name, span, stored)| ParameterUse {
            method: function.name.as_str().to_owned(),
            position,
            name,
            span,
            stored,
        })
        .collect()
}

struct Uses<'a> {
    parameters: &'a [&'a str],
    found: Vec<(usize, String, Span, bool)>,
    rebound: BTreeSet<String>,
    asked: BTreeSet<String>,
}

impl Uses<'_> {
    fn parameter(&self, expr: &Expr) -> Option<usize> {
        let Expr::Name(name) = expr else { return None };
        self.parameters.iter().position(|parameter| *parameter == name.id.as_str())
    }
}

impl<'a> Visitor<'a> for Uses<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            // An inner function may have parameters with the same names.
            Stmt::FunctionDef(inner) => {
                let shadows = inner.parameters.iter().map(|it| it.name().as_str().to_owned());
                self.rebound.extend(shadows);
            }
            Stmt::Try(node) => {
                let before = self.found.len();
                self.visit_body(&node.body);
                if expects_absence(node) {
                    self.found.truncate(before);
                }
                for handler in &node.handlers {
                    self.visit_except_handler(handler);
                }
                self.visit_body(&node.orelse);
                self.visit_body(&node.finalbody);
                return;
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Attribute(node) => {
                if let Some(position) = self.parameter(&node.value) {
                    let stored = !node.ctx.is_load();
                    let at = span(node.attr.range());
                    self.found.push((position, node.attr.as_str().to_owned(), at, stored));
                    if stored {
                        self.asked.insert(node.attr.as_str().to_owned());
                    }
                }
            }
            Expr::Name(node) if !node.ctx.is_load() => {
                self.rebound.insert(node.id.as_str().to_owned());
            }
            Expr::Lambda(node) => {
                let inner = node.parameters.iter().flat_map(|parameters| parameters.iter());
                self.rebound.extend(inner.map(|parameter| parameter.name().as_str().to_owned()));
            }
            Expr::Call(_) => {
                if let Some((object, name)) = asked(expr)
                    && self.parameter(object).is_some()
                {
                    self.asked.insert(name);
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

fn offered(class: &StmtClassDef) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for statement in &class.body {
        match statement {
            Stmt::AnnAssign(node) => names.extend(plain(&node.target)),
            Stmt::Assign(node) => names.extend(node.targets.iter().filter_map(plain)),
            Stmt::FunctionDef(function) => {
                if matches!(function.name.as_str(), "__getattr__" | "__getattribute__") {
                    return None;
                }
                names.insert(function.name.as_str().to_owned());
                let first = function.parameters.iter().next().map(|it| it.name().as_str());
                if let Some(receiver) = first {
                    let mut walk = Stored { receiver, names: &mut names };
                    walk.visit_body(&function.body);
                }
            }
            Stmt::Pass(_) | Stmt::Expr(_) | Stmt::ClassDef(_) => {}
            // Anything conditional, or created by a loop, is not followed.
            _ => return None,
        }
    }
    Some(names)
}

fn plain(target: &Expr) -> Option<String> {
    match target {
        Expr::Name(name) => Some(name.id.as_str().to_owned()),
        _ => None,
    }
}

struct Stored<'a> {
    receiver: &'a str,
    names: &'a mut BTreeSet<String>,
}

impl<'a> Visitor<'a> for Stored<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Attribute(node) = expr
            && !node.ctx.is_load()
            && matches!(&*node.value, Expr::Name(name) if name.id.as_str() == self.receiver)
        {
            self.names.insert(node.attr.as_str().to_owned());
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(body: &str) -> Vec<String> {
        let text = Text::new(&format!("class A:\n    def setup(self, config):\n{body}"));
        parameter_uses(&text, "A").into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn what_is_taken_of_a_parameter() {
        assert_eq!(
            uses("        return config.model, self.config.other, config.tools[0].x\n"),
            ["model", "tools"]
        );
        assert_eq!(uses("        f(lambda: config.model)\n"), ["model"]);
        for silent in [
            "        config = load()\n        return config.model\n",
            "        if hasattr(config, 'model'):\n            return config.model\n",
            "        return getattr(config, 'model', None) or config.model\n",
            "        try:\n            return config.model\n        except AttributeError:\n            pass\n",
            "        def inner(config):\n            return config.model\n",
            "        return other.model\n",
        ] {
            assert!(uses(silent).is_empty(), "{silent}");
        }
        let stored =
            Text::new("class A:\n    def f(self, c):\n        c.x = 1\n        return c.x\n");
        assert!(parameter_uses(&stored, "A").is_empty());
    }

    #[test]
    fn stored_attributes_are_those_of_any_object() {
        let stored = |source: &str| is_stored(&Text::new(source), "X");
        for source in [
            "A.X = 1\n",
            "def f(self):\n    self.X += 1\n",
            "del a.b.X\n",
            "setattr(A, 'X', 1)\n",
            "setattr(A, name, 1)\n",
            "type.__setattr__(A, 'X', 1)\n",
        ] {
            assert!(stored(source), "{source}");
        }
        for source in ["X = A.X\n", "A.Y = A.X\n", "setattr(A, 'Y', 1)\n", "A.X.y = 1\n"] {
            assert!(!stored(source), "{source}");
        }
    }

    #[test]
    fn where_absence_is_expected() {
        let text = Text::new(
            "if hasattr(m, 'new'):\n    m.new()\ntry:\n    m.x\nexcept (A, B):\n    m.y\n",
        );
        let tolerance = Tolerance::of(&text);
        let covers = |name: &str, written: &str| {
            let at = text.as_str().find(written).expect("there") + 2;
            tolerance.covers(name, Span::new(at, at + 1))
        };
        assert!(covers("new", "m.new"));
        assert!(covers("x", "m.x"));
        assert!(!covers("y", "m.y"));
    }

    #[test]
    fn what_instances_have() {
        let text = Text::new(
            "@dataclass\nclass C:\n    '''doc'''\n    model: str\n    tools: list = field()\n    X = 1\n    \
             def f(self):\n        self.late = 1\n        self.a.b = 2\n\nclass D:\n    def __getattr__(self, n): ...\n",
        );
        let names = instance_names(&text, "C").expect("a class");
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["X", "f", "late", "model", "tools"]);
        assert_eq!(instance_names(&text, "D"), None);
        assert_eq!(instance_names(&text, "E"), None);
    }
}
