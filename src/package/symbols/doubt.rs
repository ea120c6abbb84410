//! Whether a name is there, and why that may be unknown, in words for reports.

use std::fmt;

use crate::source::Span;

/// Why a module's file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// An extension module, or a compiled one.
    Binary,
    /// It does not parse, is not text, or was not read.
    Unparsable,
}

/// Why the names of a module are not all known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has a module `__getattr__`.
    Getattr,
    /// It imports all names of this module, which are not all known.
    Star(String),
    /// It imports the names in this module's `__all__`, which is computed at run time.
    DynamicAll(String),
    /// It accesses its own namespace in another way.
    Escape,
    /// It changes where modules are loaded from.
    Reroute,
    /// Its file could not be read.
    Unread(Unread),
    /// Star imports bring in more names than are followed.
    TooMany,
}

/// Something that makes a module open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The reason.
    pub why: Why,
    /// The place in the module; `None` for the file as a whole.
    pub span: Option<Span>,
}

/// Why it is unknown whether a name is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is bound in some runs but not in others.
    Conditional,
    /// A function that declares it `global` binds it when called.
    Global,
    /// This other module sets it.
    SetBy(String),
    /// This module is open.
    Open(String, Opening),
    /// This is a namespace package, which other distributions may add to.
    Namespace(String),
}

/// Whether a name is there once its module has been imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    Present,
    /// It may be there.
    Maybe(Doubt),
    /// It is not there.
    Absent,
    /// The module does not exist.
    NoModule,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Getattr => f.write_str("it has a module `__getattr__`"),
            Self::Star(module) => {
                write!(f, "it imports all names of `{module}`, which are not known")
            }
            Self::DynamicAll(module) => {
                write!(
                    f,
                    "it imports what `__all__` of `{module}` lists, which is computed when it runs"
                )
            }
            Self::Escape => {
                f.write_str("it accesses its own names through `globals()` or a similar way")
            }
            Self::Reroute => f.write_str("it changes where modules are imported from"),
            Self::Unread(Unread::Binary) => f.write_str("it is an extension module"),
            Self::Unread(Unread::Unparsable) => f.write_str("it cannot be read"),
            Self::TooMany => f.write_str("its star imports bring in more names than are followed"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conditional => f.write_str("it is bound only in some runs"),
            Self::Global => f.write_str("a function binds it when it is called"),
            Self::SetBy(module) => write!(f, "`{module}` sets it from outside"),
            Self::Open(module, opening) => write!(f, "`{module}` is open: {}", opening.why),
            Self::Namespace(module) => {
                write!(f, "`{module}` is a namespace package, which other distributions can extend")
            }
        }
    }
}
