//! A container registry, read: an image's digest, when it was made, its labels, and what it has installed.
//!
//! In: a [`Reference`]. Out: an [`Image`], every part of it verified by the digest that named it, or a
//! [`Refusal`] that says of what sort it is: what is not there is another thing than what may not be seen.
//! Spoken is the OCI distribution specification 1.1 (and Docker's manifests of schema 2), with the token
//! handshake of registries. Nothing is ever pushed. How a server is asked is for
//! `edge::network`; whether an image is the one that a fleet wants is for others to say.
//!
//! | file | what it owns |
//! |---|---|
//! | [`mod@reference`] | names of images, and which of them can be one |
//! | `challenge` | what a registry wants to see before it answers |
//! | `document` | indexes, manifests and configurations, bytes to values |
//! | `refusal` | why an image was not read |
//! | [`client`] | a registry, and what can be asked of it |
//! | `asking` | one image that is asked for |
//! | `installed` | its layers, brought here and looked through |
//! | [`layers`] | which version of a distribution layers have installed |
//! | [`credentials`] | who asks: the environment, and what container engines were told |

mod asking;
mod challenge;
pub mod client;
pub mod credentials;
mod document;
#[cfg(any(test, fuzzing))]
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
