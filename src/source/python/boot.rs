//! What happens while a module is imported, as far as it can stop the import.
//!
//! Only what is written in the module itself, outside functions: what the functions that it calls
//! do is not followed, the number of such calls is all that is said of them.

use crate::source::Span;

/// Something that may keep a module from being imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hazard {
    /// `raise X`, with the dotted name of what is raised; `SystemExit` is [`Hazard::Exit`].
    Raise(Option<String>),
    /// The process ends: `sys.exit`, `exit`, `quit`, `os._exit`, `os.abort` or `SystemExit`.
    Exit(String),
    /// `os.environ["NAME"]`: a `KeyError` when the variable is absent. Nothing when the name is
    /// not a literal.
    EnvironmentRead(Option<String>),
    /// `assert False` or another constant that is false.
    AssertFalse,
    /// `while True` without a `break`.
    EndlessLoop,
}

/// A hazard and its circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootFact {
    /// What may happen.
    pub hazard: Hazard,
    /// The statement or expression.
    pub span: Span,
    /// Whether it stands in a branch, a loop, a handler or behind `and`, `or`, `if`.
    pub conditional: bool,
    /// Whether a handler catches it and runs to its end.
    pub guarded: bool,
}
