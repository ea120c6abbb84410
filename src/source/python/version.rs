//! Versions of Python: syntax that older ones do not support, and conditions on `sys.version_info`.

use std::fmt;

use ruff_python_ast::{CmpOp, Expr, Number, PythonVersion as ParserVersion, UnaryOp};
use ruff_python_parser::{UnsupportedSyntaxError, UnsupportedSyntaxErrorKind as Kind};

use super::expression::{dotted, span};
use crate::source::{Span, SyntaxError};

/// The oldest version that is distinguished; every image has at least 3.8.
pub(super) const OLDEST: ParserVersion = ParserVersion::PY38;

/// A version of Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    /// The major version, such as 3 in 3.11.
    pub major: u8,
    /// The minor version, such as 11 in 3.11.
    pub minor: u8,
}

impl PythonVersion {
    /// Creates a version.
    #[must_use]
    pub fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }

    /// Parses `3.11`, or `3.11.9`, whose last part is ignored.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let mut parts = written.trim().split('.');
        let (major, minor) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self::new(major, minor))
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A range of versions of Python; by default all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// The first one.
    from: Option<PythonVersion>,
    /// The first one that is too new.
    below: Option<PythonVersion>,
}

impl Versions {
    /// Whether a version is one of them.
    #[must_use]
    pub fn contains(self, version: PythonVersion) -> bool {
        self.from.is_none_or(|from| from <= version)
            && self.below.is_none_or(|below| version < below)
    }

    /// Those before a version.
    #[must_use]
    pub fn before(version: PythonVersion) -> Self {
        Self { from: None, below: Some(version) }
    }

    /// Those that are in another range, too.
    pub(super) fn and(self, other: Self) -> Self {
        let below = match (self.below, other.below) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { from: self.from.max(other.from), below }
    }

    /// The versions for which a condition may hold, and those for which it may fail: all, unless it compares
    /// `sys.version_info`.
    pub(super) fn of_test(test: &Expr) -> (Self, Self) {
        match test {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                let (held, failed) = Self::of_comparison(&node.operand);
                (failed, held)
            }
            // It holds where all of its parts do, and may fail for each.
            Expr::BoolOp(node) if node.op.is_and() => {
                let parts = node.values.iter().map(|part| Self::of_comparison(part).0);
                (parts.fold(Self::default(), Self::and), Self::default())
            }
            test => Self::of_comparison(test),
        }
    }

    fn of_comparison(test: &Expr) -> (Self, Self) {
        let Expr::Compare(node) = test else { return Self::default_pair() };
        let ([op], [right]) = (&*node.ops, &*node.comparators) else {
            return Self::default_pair();
        };
        let is_upper = match op {
            CmpOp::Lt | CmpOp::LtE => true,
            CmpOp::Gt | CmpOp::GtE => false,
            CmpOp::Eq | CmpOp::NotEq => {
                let (equal, other) = Self::of_major(&node.left, right).unwrap_or_default();
                return if *op == CmpOp::Eq { (equal, other) } else { (other, equal) };
            }
            _ => return Self::default_pair(),
        };
        // `<=` and `>` differ from `<` and `>=` only where both sides have as many parts.
        let takes_equal = matches!(op, CmpOp::LtE | CmpOp::Gt);
        let Some((first, next)) = compared(&node.left, right, takes_equal) else {
            return Self::default_pair();
        };
        let older = Self { from: None, below: Some(next) };
        let newer = Self { from: Some(first), below: None };
        if is_upper { (older, newer) } else { (newer, older) }
    }

    /// The versions of the major one that a comparison names, and others. Those are no one range, so they are the ones
    /// on the side where Python 3 may be among them: every image has it.
    fn of_major(left: &Expr, right: &Expr) -> Option<(Self, Self)> {
        let major = number(right).filter(|_| is_major(left))?;
        let (first, next) =
            (PythonVersion::new(major, 0), PythonVersion::new(major.checked_add(1)?, 0));
        let equal = Self { from: Some(first), below: Some(next) };
        let is_before = major < 3;
        let other = Self { from: is_before.then_some(next), below: (!is_before).then_some(first) };
        Some((equal, other))
    }

    fn default_pair() -> (Self, Self) {
        (Self::default(), Self::default())
    }
}

/// The first version of which it may be true that it is not below the right side of a comparison with
/// `sys.version_info`, and the first of which it is certain.
fn compared(
    left: &Expr,
    right: &Expr,
    takes_equal: bool,
) -> Option<(PythonVersion, PythonVersion)> {
    if is_major(left) {
        let major = number(right)?.checked_add(u8::from(takes_equal))?;
        let version = PythonVersion::new(major, 0);
        return Some((version, version));
    }
    let is_pair = match left {
        Expr::Subscript(node) => {
            let Expr::Slice(slice) = &*node.slice else { return None };
            let is_of_two = slice.lower.is_none()
                && slice.step.is_none()
                && slice.upper.as_deref().and_then(number) == Some(2);
            (is_of_two && is_info(&node.value)).then_some(true)?
        }
        left => is_info(left).then_some(false)?,
    };
    let Expr::Tuple(tuple) = right else { return None };
    let parts = tuple.elts.iter().map(number).collect::<Option<Vec<u8>>>()?;
    match (parts.as_slice(), is_pair) {
        ([major], _) => {
            let version = PythonVersion::new(*major, 0);
            Some((version, version))
        }
        ([major, minor], _) => {
            let minor = minor.checked_add(u8::from(is_pair && takes_equal))?;
            let version = PythonVersion::new(*major, minor);
            Some((version, version))
        }
        // All of its releases are as new, `3.11.0` too: `version_info` has further parts.
        ([major, minor, rest @ ..], false) if rest.iter().all(|part| *part == 0) => {
            let version = PythonVersion::new(*major, *minor);
            Some((version, version))
        }
        // It depends on the release of that version.
        ([major, minor, ..], false) => {
            let next = PythonVersion::new(*major, minor.checked_add(1)?);
            Some((PythonVersion::new(*major, *minor), next))
        }
        _ => None,
    }
}

fn is_info(expr: &Expr) -> bool {
    dotted(expr).is_some_and(|name| name == "version_info" || name == "sys.version_info")
}

/// Whether it is the major version, `sys.version_info.major` or `sys.version_info[0]`.
fn is_major(expr: &Expr) -> bool {
    match expr {
        Expr::Attribute(node) => node.attr.as_str() == "major" && is_info(&node.value),
        Expr::Subscript(node) => number(&node.slice) == Some(0) && is_info(&node.value),
        _ => false,
    }
}

fn number(expr: &Expr) -> Option<u8> {
    match expr {
        Expr::NumberLiteral(node) => match &node.value {
            Number::Int(int) => int.as_u8(),
            _ => None,
        },
        _ => None,
    }
}

/// A piece of syntax introduced by some version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewerSyntax {
    /// Its span.
    pub span: Span,
    /// A description, as a noun phrase.
    pub what: &'static str,
    /// The first version that supports it.
    pub since: PythonVersion,
}

/// Converts the parser's findings, by position.
///
/// # Errors
/// For syntax that was removed, which is wrong in every version considered.
pub(super) fn read(found: &[UnsupportedSyntaxError]) -> Result<Vec<NewerSyntax>, SyntaxError> {
    let mut syntax = Vec::new();
    for error in found {
        let at = span(error.range);
        let Some((what, minor)) = describe(error.kind) else {
            let message = "the name of a keyword argument cannot be parenthesized";
            return Err(SyntaxError::new(at, message));
        };
        syntax.push(NewerSyntax { span: at, what, since: PythonVersion::new(3, minor) });
    }
    syntax.sort_by_key(|syntax| (syntax.span, syntax.since));
    syntax.dedup();
    Ok(syntax)
}

/// Returns a description and the minor version that introduced it; `None` for removed syntax.
fn describe(kind: Kind) -> Option<(&'static str, u8)> {
    let described = match kind {
        Kind::ParenthesizedKeywordArgumentName => return None,
        Kind::Walrus => ("an assignment expression", 8),
        Kind::StarTuple(_) => ("unparenthesized unpacking in `return` or `yield`", 8),
        Kind::PositionalOnlyParameter => ("a positional-only parameter", 8),
        Kind::RelaxedDecorator(_) => ("an arbitrary expression as decorator", 9),
        Kind::ParenthesizedContextManager => ("parentheses around `with` items", 9),
        Kind::UnparenthesizedUnpackInFor => ("unparenthesized unpacking in `for`", 9),
        // 3.9's new parser accepted most of them; the language reference dates them to 3.10.
        Kind::UnparenthesizedNamedExpr(_) => ("an unparenthesized assignment expression", 10),
        Kind::Match => ("a `match` statement", 10),
        Kind::ExceptStar => ("`except*`", 11),
        Kind::StarExpressionInIndex => ("unpacking in an index", 11),
        Kind::StarAnnotation => ("an unpacked annotation of `*args`", 11),
        Kind::TypeParameterList => ("a type parameter list", 12),
        Kind::TypeAliasStatement => ("a `type` statement", 12),
        Kind::Pep701FString(_) => (
            "an f-string with a reused quote, a backslash, a comment or a line break in braces",
            12,
        ),
        Kind::TypeParamDefault => ("a default of a type parameter", 13),
        Kind::UnparenthesizedExceptionTypes => {
            ("`except` with several types and no parentheses", 14)
        }
        Kind::TemplateStrings => ("a template string", 14),
        Kind::LazyImportStatement => ("a `lazy` import", 15),
        Kind::UnpackingInComprehension(_) => ("unpacking in a comprehension", 15),
    };
    Some(described)
}
