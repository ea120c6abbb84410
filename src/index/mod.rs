//! A package index, read: which versions of a distribution there are, their files, and those files.
//!
//! In: an [`IndexAddress`] and a distribution's name. Out: a [`Project`], or a file whose hash was
//! verified. The simple API is spoken as JSON (PEP 691, PEP 700) and as HTML (PEP 503, PEP 592) to
//! servers that have nothing else; the older JSON API is read for those who ask. Pages are kept in a
//! cache and asked for again only when they have changed. Uploading is for releases; what is in a
//! file is for `package::distribution`, how a server is asked for `edge::network`.
//!
//! | file | what it owns |
//! |---|---|
//! | [`address`] | where an index is |
//! | [`project`] | versions and files, whichever API told them |
//! | `simple_json`, `simple_html`, `legacy` | the three APIs, bytes to a [`Project`] |
//! | `cache` | pages and files on disk |
//! | [`client`] | an index that is asked |

pub mod address;
mod cache;
pub mod client;
mod legacy;
pub mod project;
mod simple_html;
mod simple_json;

#[cfg(test)]
mod tests;

pub use crate::edge::network::{Limits, Listener};
pub use address::IndexAddress;
pub use client::{Credentials, Index, Options};
pub use project::{File, FileKind, Project, Standing, Yanked};

/// The index that is asked when nobody names another.
pub const DEFAULT_INDEX: &str = "https://pypi.org/simple/";
