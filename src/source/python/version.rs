//! Syntax that older versions of Python do not support.

use std::fmt;

use ruff_python_ast::PythonVersion as ParserVersion;
use ruff_python_parser::{UnsupportedSyntaxError, UnsupportedSyntaxErrorKind as Kind};

use super::expression::span;
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
