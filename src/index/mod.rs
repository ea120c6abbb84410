//! Reads a package index and uploads to it: the versions and files of a distribution, and the files themselves.
//!
//! From an [`IndexAddress`] and a distribution's name, returns a [`Project`] or a file with a verified hash. The simple
//! API is read as JSON (PEP 691, PEP 700), and as HTML (PEP 503, PEP 592) from servers that offer nothing else; the
//! older JSON API is available as well. Pages are cached and revalidated. When to upload a file, and whether to retry,
//! is for `release` to decide; `package::distribution` reads what is in one, and `edge::network` sends requests.
//!
//! | file | what it owns |
//! |---|---|
//! | [`address`] | the address of an index |
//! | [`project`] | versions and files, independent of the API |
//! | `simple_json`, `simple_html`, `legacy` | the three APIs, from bytes to a [`Project`] |
//! | `cache` | pages and files on disk |
//! | `credentials` | credentials for an index |
//! | [`client`] | requests to an index |
//! | `files` | its files, with verified hashes |
//! | [`served`] | what an index serves at this moment, in each form of its API |
//! | [`upload`] | uploading a file |
//! | [`trusted`] | Trusted Publishing: exchanging a CI identity for a short-lived token |

pub mod address;
mod cache;
pub mod client;
mod credentials;
mod files;
#[cfg(any(test, feature = "fuzzing"))]
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
pub use project::{Availability, File, FileKind, Project, Yanked};

/// The default index.
pub const DEFAULT_INDEX: &str = "https://pypi.org/simple/";

/// The default address for uploads.
pub const DEFAULT_UPLOAD: &str = "https://upload.pypi.org/legacy/";
