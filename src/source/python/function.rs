//! Signatures of functions and methods, as far as they are known without running them.

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{
    Decorator as DecoratorNode, Expr, ExprDict, ExprFString, FStringPart,
    InterpolatedStringElement, Parameters, Stmt, StmtFunctionDef,
};
use ruff_text_size::Ranged;

use super::expression::{dotted, literal_text, span};
use crate::source::Span;

/// The index of a function in [`Module::functions`](super::Module::functions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub usize);

/// A decorator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decorator {
    /// The dotted name, of the callee if it is called; `None` for other expressions.
    pub name: Option<String>,
    /// The span of the expression, without the `@`.
    pub span: Span,
}

impl Decorator {
    pub(super) fn read(node: &DecoratorNode) -> Self {
        let callee = match &node.expression {
            Expr::Call(call) => &call.func,
            other => other,
        };
        Self { name: dotted(callee), span: span(node.expression.range()) }
    }

    /// Whether the last part of its name is this one: `abc.abstractmethod` is `abstractmethod`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.as_deref().and_then(|dotted| dotted.rsplit('.').next()) == Some(name)
    }
}

/// How arguments are passed to a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Before `/`.
    PositionalOnly,
    /// By position or by name.
    PositionalOrKeyword,
    /// `*args`.
    VariadicPositional,
    /// After `*`.
    KeywordOnly,
    /// `**kwargs`.
    VariadicKeyword,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name, without stars.
    pub name: String,
    /// The span of the name.
    pub span: Span,
    /// How arguments are passed to it.
    pub kind: ParameterKind,
    /// Whether it may be omitted because it has a default.
    pub has_default: bool,
    /// The annotation as written.
    pub annotation: Option<String>,
}

impl Parameter {
    /// Whether a call must pass it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        let variadic =
            matches!(self.kind, ParameterKind::VariadicPositional | ParameterKind::VariadicKeyword);
        !variadic && !self.has_default
    }
}

/// The content of a body, apart from its docstring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Only `return "literal"`; an f-string without fields is one.
    ReturnsText {
        /// The literal's value.
        value: String,
        /// The span of the literal.
        span: Span,
    },
    /// Only `return NAME`, or `return Owner.NAME`.
    ReturnsName {
        /// The dotted name.
        name: String,
        /// The span of the name.
        span: Span,
    },
    /// Only `return` with a literal that is no text, or with nothing.
    ReturnsNoText {
        /// What it returns, such as "a number".
        what: &'static str,
        /// The span of the statement.
        span: Span,
    },
    /// Only `return {…}`.
    ReturnsMap {
        /// The literal strings in the map, including nested maps.
        texts: Vec<TextInMap>,
    },
    /// Only `raise NotImplementedError`.
    NotImplemented,
    /// Nothing but a docstring, `pass` or `...`.
    Empty,
    /// Anything else.
    Other,
}

/// A literal string in a literal map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextInMap {
    /// The keys that lead to it, joined by dots.
    pub path: String,
    /// The literal's value.
    pub value: String,
    /// The span of the literal.
    pub span: Span,
}

/// How a method is bound, according to its decorators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// Takes `self`.
    Instance,
    /// `@staticmethod`.
    Static,
    /// `@classmethod`.
    Class,
    /// `@property` or a cached property: not callable on the instance.
    Property,
}

/// A function or method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The span of the name.
    pub name_span: Span,
    /// The span from `def` or `async def` to the end of the body, without decorators.
    pub span: Span,
    /// Whether it is declared `async def`.
    pub is_async: bool,
    /// The decorators, from the top down.
    pub decorators: Vec<Decorator>,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The return annotation as written.
    pub returns: Option<String>,
    /// The content of the body.
    pub body: Body,
    /// The function whose result a plain one returns by its only `return`, the last statement: a dotted name, behind
    /// `super().` where it is a method of that.
    pub hands_on: Option<String>,
    /// Whether it is only defined conditionally (such as in an `if` in a class body).
    pub conditional: bool,
}

impl Function {
    pub(super) fn read(node: &StmtFunctionDef, source: &str, conditional: bool) -> Self {
        let name_span = span(node.name.range());
        Self {
            name: node.name.as_str().to_owned(),
            name_span,
            span: Span::new(definition_start(node, source), span(node.range()).end),
            is_async: node.is_async,
            decorators: node.decorator_list.iter().map(Decorator::read).collect(),
            parameters: read_parameters(&node.parameters, source),
            returns: node.returns.as_deref().map(|annotation| written(annotation, source)),
            body: Body::read(&node.body),
            hands_on: if node.is_async { None } else { handed_on(&node.body) },
            conditional,
        }
    }

    /// Returns how it is bound, if it is a method.
    #[must_use]
    pub fn kind(&self) -> MethodKind {
        let has = |name| self.decorators.iter().any(|decorator| decorator.is(name));
        if has("staticmethod") {
            MethodKind::Static
        } else if has("classmethod") {
            MethodKind::Class
        } else if has("property") || has("cached_property") || has("abstractproperty") {
            MethodKind::Property
        } else {
            MethodKind::Instance
        }
    }

    /// Whether a subclass has to override it to be instantiable.
    #[must_use]
    pub fn is_abstract(&self) -> bool {
        const NAMES: [&str; 4] =
            ["abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"];
        self.decorators.iter().any(|decorator| NAMES.iter().any(|name| decorator.is(name)))
    }
}

fn handed_on(body: &[Stmt]) -> Option<String> {
    let Some(Stmt::Return(last)) = body.last() else { return None };
    let Some(Expr::Call(call)) = last.value.as_deref() else { return None };
    let mut returns = Returns(0);
    returns.visit_body(body);
    if returns.0 != 1 {
        return None;
    }
    let of_super = match &*call.func {
        Expr::Attribute(method) => match &*method.value {
            Expr::Call(receiver) if dotted(&receiver.func).as_deref() == Some("super") => {
                Some(format!("super().{}", method.attr.as_str()))
            }
            _ => None,
        },
        _ => None,
    };
    of_super.or_else(|| dotted(&call.func))
}

/// The number of `return`s of a function itself.
struct Returns(usize);

impl<'ast> Visitor<'ast> for Returns {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::Return(_) => self.0 += 1,
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _expr: &'ast Expr) {}
}

/// Returns the offset of `def` or `async def`: the range of a decorated definition begins at its
/// first decorator.
fn definition_start(node: &StmtFunctionDef, source: &str) -> usize {
    let name = span(node.name.range()).start;
    let before = source.get(..name).unwrap_or_default();
    let definition = before.rfind("def").unwrap_or(name);
    if !node.is_async {
        return definition;
    }
    before.get(..definition).and_then(|before| before.rfind("async")).unwrap_or(definition)
}

fn written(annotation: &Expr, source: &str) -> String {
    source.get(span(annotation.range()).range()).unwrap_or_default().to_owned()
}

fn read_parameters(parameters: &Parameters, source: &str) -> Vec<Parameter> {
    let read = |parameter: &ruff_python_ast::Parameter, kind, has_default| Parameter {
        name: parameter.name.as_str().to_owned(),
        span: span(parameter.name.range()),
        kind,
        has_default,
        annotation: parameter.annotation.as_deref().map(|expr| written(expr, source)),
    };
    let plain = |group: &[ruff_python_ast::ParameterWithDefault], kind| {
        let read = |item: &ruff_python_ast::ParameterWithDefault| {
            read(&item.parameter, kind, item.default.is_some())
        };
        group.iter().map(read).collect::<Vec<_>>()
    };
    let mut found = plain(&parameters.posonlyargs, ParameterKind::PositionalOnly);
    found.extend(plain(&parameters.args, ParameterKind::PositionalOrKeyword));
    let positional = ParameterKind::VariadicPositional;
    found.extend(parameters.vararg.iter().map(|item| read(item, positional, false)));
    found.extend(plain(&parameters.kwonlyargs, ParameterKind::KeywordOnly));
    let keyword = ParameterKind::VariadicKeyword;
    found.extend(parameters.kwarg.iter().map(|item| read(item, keyword, false)));
    found
}

impl Body {
    fn read(statements: &[Stmt]) -> Self {
        let is_inert = |statement: &&Stmt| match statement {
            Stmt::Pass(_) => false,
            Stmt::Expr(node) => {
                !matches!(&*node.value, Expr::EllipsisLiteral(_) | Expr::StringLiteral(_))
            }
            _ => true,
        };
        let mut rest = statements.iter().filter(is_inert);
        match (rest.next(), rest.next()) {
            (None, _) => Self::Empty,
            (Some(Stmt::Return(node)), None) => {
                Self::returning(node.value.as_deref(), span(node.range()))
            }
            (Some(Stmt::Raise(node)), None) => {
                let raised = match node.exc.as_deref() {
                    Some(Expr::Call(call)) => dotted(&call.func),
                    Some(expr) => dotted(expr),
                    None => None,
                };
                let is_marker = raised.as_deref() == Some("NotImplementedError");
                if is_marker { Self::NotImplemented } else { Self::Other }
            }
            _ => Self::Other,
        }
    }

    /// What a body is that only returns this, by a statement with this span.
    fn returning(value: Option<&Expr>, statement: Span) -> Self {
        let no_text = |what| Self::ReturnsNoText { what, span: statement };
        match value {
            None | Some(Expr::NoneLiteral(_)) => no_text("`None`"),
            Some(Expr::NumberLiteral(_)) => no_text("a number"),
            Some(Expr::BooleanLiteral(_)) => no_text("a truth value"),
            Some(Expr::BytesLiteral(_)) => no_text("bytes"),
            Some(Expr::Dict(map)) => Self::ReturnsMap { texts: texts_in(map) },
            Some(expr) => {
                let span = span(expr.range());
                let text = match expr {
                    Expr::FString(node) => text_without_fields(node),
                    expr => literal_text(expr),
                };
                match (text, dotted(expr)) {
                    (Some(value), _) => Self::ReturnsText { value, span },
                    (None, Some(name)) => Self::ReturnsName { name, span },
                    (None, None) => Self::Other,
                }
            }
        }
    }
}

/// Returns the text of an f-string that has no fields.
fn text_without_fields(node: &ExprFString) -> Option<String> {
    let mut text = String::new();
    for part in &node.value {
        match part {
            FStringPart::Literal(literal) => text.push_str(&literal.value),
            FStringPart::FString(inner) => {
                for element in &inner.elements {
                    let InterpolatedStringElement::Literal(literal) = element else { return None };
                    text.push_str(&literal.value);
                }
            }
        }
    }
    Some(text)
}

/// Returns the literal strings of a map by key. Of duplicate keys the last one counts.
fn texts_in(map: &ExprDict) -> Vec<TextInMap> {
    let mut found: Vec<TextInMap> = Vec::new();
    let mut waiting = vec![(String::new(), map)];
    while let Some((above, map)) = waiting.pop() {
        for item in &map.items {
            let Some(key) = item.key.as_ref().and_then(literal_text) else { continue };
            let path = if above.is_empty() { key } else { format!("{above}.{key}") };
            if let Expr::Dict(inner) = &item.value {
                waiting.push((path, inner));
            } else if let Some(value) = literal_text(&item.value) {
                found.retain(|earlier| earlier.path != path);
                found.push(TextInMap { path, value, span: span(item.value.range()) });
            }
        }
    }
    found
}
