//! Whether a name is there, and why that may not be known, in words that reports show.

use std::fmt;

use crate::source::Span;

/// Why the file of a module could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// An extension module, or a compiled one.
    Binary,
    /// It does not parse, is no text, or was not read.
    Unparsable,
}

/// Why names of a module are not all known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has a module `__getattr__`.
    Getattr,
    /// It takes all names of this module, which are not known.
    Star(String),
    /// It takes the names that `__all__` of this module lists, which is put together when it runs.
    DynamicAll(String),
    /// It reaches its own namespace in another way.
    Escape,
    /// It arranges where modules come from.
    Reroute,
    /// Its file could not be read.
    Unread(Unread),
    /// Stars bring more names than are followed.
    TooMany,
}

/// Something that makes a module open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Why.
    pub why: Why,
    /// Where in the module; nothing for the file as a whole.
    pub span: Option<Span>,
}

/// Why it is not known whether a name is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It is bound in some runs and not in others.
    Conditional,
    /// A function that declares it `global` binds it, once it is called.
    Global,
    /// This other module sets it.
    SetBy(String),
    /// This module is open.
    Open(String, Opening),
    /// This is a namespace package, to which other distributions may add.
    Namespace(String),
}

/// Whether a name is there when its module has been imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Present,
    /// It may be.
    Maybe(Doubt),
    /// It is not.
    Absent,
    /// There is no such module.
    NoModule,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Getattr => f.write_str("it has a module `__getattr__`"),
            Self::Star(module) => {
                write!(f, "it takes all names of `{module}`, which are not known")
            }
            Self::DynamicAll(module) => {
                write!(f, "it takes what `__all__` of `{module}` lists, which is made when it runs")
            }
            Self::Escape => f.write_str("it reaches its own names by `globals()` or a like way"),
            Self::Reroute => f.write_str("it arranges where modules come from"),
            Self::Unread(Unread::Binary) => f.write_str("it is an extension module"),
            Self::Unread(Unread::Unparsable) => f.write_str("it cannot be read"),
            Self::TooMany => f.write_str("its stars bring more names than are followed"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conditional => f.write_str("it is bound in some runs only"),
            Self::Global => f.write_str("a function binds it, once it is called"),
            Self::SetBy(module) => write!(f, "`{module}` sets it from outside"),
            Self::Open(module, opening) => write!(f, "`{module}` is open: {}", opening.why),
            Self::Namespace(module) => {
                write!(f, "`{module}` is a namespace package, to which others may add")
            }
        }
    }
}
