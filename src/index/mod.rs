//! A package index, read and given files: which versions of a distribution there are, their files, and those files.
//!
//! In: an [`IndexAddress`] and a distribution's name. Out: a [`Project`], or a file whose hash was
//! verified. Or in: a file of ours and who sends it. Out: what the index made of it. The simple API is spoken as JSON
//! (PEP 691, PEP 700) and as HTML (PEP 503, PEP 592) to servers that have nothing else; the older JSON API is read for
//! those who ask. Pages are kept in a cache and asked for again only when they have changed. When to send a file, and
//! whether again, is for `release`; what is in one for `package::distribution`, how a server is asked for
//! `edge::network`.
//!
//! | file | what it owns |
//! |---|---|
//! | [`address`] | where an index is |
//! | [`project`] | versions and files, whichever API told them |
//! | `simple_json`, `simple_html`, `legacy` | the three APIs, bytes to a [`Project`] |
//! | `cache` | pages and files on disk |
//! | `credentials` | what an index wants to see |
//! | [`client`] | an index that is asked |
//! | `files` | its files, with verified hashes |
//! | [`served`] | what an index serves at this moment, in each of its forms |
//! | [`upload`] | a file, sent |
//! | [`trusted`] | Trusted Publishing: an identity of CI for a token of minutes |

pub mod address;
mod cache;
pub mod client;
mod credentials;
mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod legacy;
pub mod project;
pub mod served;
mod simple_html;
mod simple_json;
pub mod trusted;
pub mod upload;

#[cfg(test)]
mod tests;

pub use crate::edge::network::{Limits, Listener};
pub use address::IndexAddress;
pub use client::{Index, Options};
pub use credentials::{Credentials, not_shown};
pub use files::Downloaded;
pub use project::{File, FileKind, Project, Standing, Yanked};

/// The index that is asked when nobody names another.
pub const DEFAULT_INDEX: &str = "https://pypi.org/simple/";

/// Where files are uploaded to when nobody names another index.
pub const DEFAULT_UPLOAD: &str = "https://upload.pypi.org/legacy/";
