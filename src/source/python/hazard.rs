//! What may stop a module from being imported.
//!
//! Only code in the module itself, outside functions, is analysed. Functions that it calls are not
//! followed; only the number of such calls is reported.

use super::version::Versions;
use crate::source::Span;

/// Something that may stop a module from being imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hazard {
    /// `raise X`, with the dotted name of the exception; `SystemExit` is [`Hazard::Exit`].
    Raise(Option<String>),
    /// The process ends: `sys.exit`, `exit`, `quit`, `os._exit`, `os.abort` or `SystemExit`.
    Exit(String),
    /// `os.environ["NAME"]`, a `KeyError` if the variable is absent. `None` if the name is not a
    /// literal.
    EnvironmentRead(Option<String>),
    /// `assert False`, or another constant that is false.
    AssertFalse,
    /// `while True` without a `break`.
    EndlessLoop,
    /// A name that nothing has bound where it is read.
    UnboundName(UnboundName),
}

/// A name that is no builtin, and that nothing in the module has bound where it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnboundName {
    /// The name.
    pub name: String,
    /// Where the module binds it first, if it does so further below.
    pub bound_below: Option<usize>,
    /// Whether it is read in an annotation, which Python evaluates with the statement up to version 3.13.
    pub in_annotation: bool,
    /// Bases and metaclasses of the class in whose body it is read that may provide it all the same: those that are no
    /// ordinary classes of the module and not of the standard library.
    pub providers: Vec<Provider>,
}

/// What may provide names in the body of a class, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A base, by its metaclass.
    Base(String),
    /// The metaclass that the class names.
    Metaclass(String),
}

/// A hazard and its circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootFact {
    /// The hazard.
    pub hazard: Hazard,
    /// The statement or expression.
    pub span: Span,
    /// Whether it is in a branch, a loop, a handler, or after `and`, `or` or `if`.
    pub conditional: bool,
    /// Whether a handler catches it and runs to its end.
    pub guarded: bool,
    /// The versions of Python in which it may happen, as far as `if`s around it say.
    pub versions: Versions,
}
