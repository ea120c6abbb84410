//! Reads a container registry: an image's digest, creation time, labels, and what is installed in it.
//!
//! From a [`Reference`], reads an [`Image`], each part verified by the digest that names it, or returns a [`Refusal`]
//! whose kind distinguishes, say, an absent image from a denied one. The protocol is the OCI distribution specification
//! 1.1 (and Docker's manifests of schema 2), with the token handshake of registries. Nothing is ever pushed.
//! `edge::network` sends requests; whether an image is the one that a fleet wants is not decided here.
//!
//! | file | what it owns |
//! |---|---|
//! | [`mod@reference`] | names of images, and which names are valid |
//! | `challenge` | what a registry demands before it answers |
//! | `document` | indexes, manifests and configurations, from bytes to values |
//! | `refusal` | why an image was not read |
//! | [`client`] | a registry's client |
//! | `asking` | the requests for one image |
//! | `installed` | downloading and searching an image's layers |
//! | [`layers`] | the version of a distribution that is installed in layers |
//! | [`credentials`] | credentials from the environment and from container engines |

mod asking;
mod challenge;
pub mod client;
pub mod credentials;
mod document;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod installed;
pub mod layers;
pub mod reference;
mod refusal;

#[cfg(test)]
mod tests;

pub use client::{Credentials, Head, Options, Registry};
pub use document::{Image, Platform};
pub use layers::Installed;
pub use reference::Reference;
pub use refusal::{Refusal, RefusalKind};
