//! Guarded requests to other servers: GET and HEAD with an [`Ask`], POST with a [`Post`].
//!
//! They return an `Answer` or [`Heard`], or a [`Fault`] without secrets. Plain http is only for this machine, and a
//! server in the public internet cannot lead into another network, whatever it redirects to. The meaning of requests
//! and responses is for `index` and `registry`; the forge has a client of its own.

mod address;
mod asking;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod get;
mod guard;
mod limits;
mod peer;
mod post;
mod proxy;
mod transport;

pub(crate) use address::{refused, shown};
pub(crate) use asking::{Answer, Ask, Authorization, Fault, Sink};
pub use limits::{Limits, Listener};
pub(crate) use peer::is_of_another_user;
pub(crate) use post::{Heard, Post};
pub(crate) use proxy::proxy_to;
pub(crate) use transport::Transport;
