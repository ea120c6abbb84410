//! Servers of others: one guarded GET or HEAD, and one guarded POST.
//!
//! In: an [`Ask`] or a [`Post`]. Out: an `Answer` or [`Heard`], or a [`Fault`] that holds nothing secret. Plain http goes to this
//! machine only, and a server of the public internet leads to no other network, whatever it redirects to.
//! What is asked, and what an answer means, is for `index` and `registry`; the forge has a client of its own.

mod address;
mod asking;
#[cfg(any(test, fuzzing))]
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
