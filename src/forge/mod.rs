//! The client for the forge: everything that shipshape reads from it and writes to it goes through here.
//!
//! Calls return typed answers, or a [`ForgeError`] that says what was asked, what came back and what to do. octocrab
//! authenticates and sends requests over our own HTTP client; pacing, retries, caching and cost accounting are
//! implemented here, because at fleet scale they decide whether a run finishes. The sandbox ([`crate::sandbox`]) is
//! reached by the same code and shares no types with it.
//!
//! | file | contents |
//! |---|---|
//! | `address` | where a forge is |
//! | `credential`, `token`, `app` | how requests authenticate: a token found in `gh`'s order, or a GitHub App |
//! | `transport` | one HTTP exchange, with bounds on time and size |
//! | `meaning` | what an answer means: done, wait, retry, redirected, failed |
//! | `governor` | when the next request may be sent, within all of the forge's limits |
//! | `client` | the request loop, and how a write whose answer was lost is looked up |
//! | `graphql` | GraphQL documents, and answers that mix data and errors |
//! | `write_scope` | which repositories may be written to |
//! | `cache` | answers and blobs on disk |
//! | `account` | what a run cost |
//! | `calls` | the typed calls, one file per subject |
//! | `scan` | reading many repositories without cloning them |
//! | `settings` | a repository's settings, as rules judge them |
//! | `permissions` | which permission each call needs |

pub mod account;
mod address;
mod app;
mod cache;
pub mod calls;
mod client;
pub mod credential;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
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
