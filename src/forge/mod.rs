//! The forge: one client for everything that is asked of it, and of all that it is told to do.
//!
//! In: an address, a credential, the repositories that may be written to. Out: typed answers, or a
//! [`ForgeError`] that says what was asked, what came back and what to do. GitHub speaks through
//! octocrab (authentication) over our own HTTP client; pacing, retries, caching and the account of what
//! a run cost are ours, because a fleet is where their absence hurts. The sandbox ([`crate::sandbox`]) is reached
//! by the same code, and shares no type with it.
//!
//! | file | what it owns |
//! |---|---|
//! | `address` | where a forge is |
//! | `credential`, `token`, `app` | who asks: a token in `gh`'s order, or a GitHub App |
//! | `transport` | one exchange: bytes there, bytes back, bounded |
//! | `meaning` | what an answer means: done, wait, again, elsewhere, failed |
//! | `governor` | when the next request may go: every limit of the forge |
//! | `client` | the loop of all these, and how the lost answer of a write is looked up |
//! | `graphql` | documents, and answers that are half data and half errors |
//! | `write_scope` | which repositories may be written to |
//! | `cache` | answers and blobs on disk |
//! | `account` | what a run cost |
//! | `calls` | the typed calls, one file for each subject |
//! | `scan` | many repositories read without a clone |
//! | `settings` | what a repository's owners set up, as rules judge it |
//! | `permissions` | which permission each call needs |

pub mod account;
mod address;
mod app;
mod cache;
pub mod calls;
mod client;
pub mod credential;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod governor;
mod graphql;
mod meaning;
pub mod permissions;
pub mod scan;
pub mod settings;
mod time;
mod token;
mod transport;
mod write_scope;

pub use address::ForgeAddress;
pub use app::AppCredential;
pub use client::{Client, Options};
pub use credential::Credential;
pub use error::{ForgeError, ForgeErrorKind, UNREADABLE};
pub use governor::Limits;
pub use graphql::{Data, GraphqlError};
pub use time::{SandboxClock, Time};
pub use token::Token;
pub use write_scope::WriteScope;
