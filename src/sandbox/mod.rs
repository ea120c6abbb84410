//! The rehearsal forge: a server that speaks GitHub's REST and GraphQL over real bare repositories.
//!
//! It is set up by [`Options`], with a [`seed::Document`] for the initial state, and returns a
//! [`Running`] server on the loopback interface. It is stricter than GitHub: what GitHub refuses or
//! may refuse, it refuses. It shares no types with `forge`, the client, so that a mistake in one
//! cannot be repeated in the other.
//!
//! | part | what it owns |
//! |---|---|
//! | `server` | connections, the order in which a request is logged, disturbed, limited and answered |
//! | `world` | everything that is remembered: owners, repositories, tokens, pull requests, runs |
//! | `rest` | the table of routes, and what each answers |
//! | `transfer` | git's own protocol, by running git |
//! | `git` | references and objects of the bare repositories |
//! | [`seed`] | the document that fills a world |
//! | `index` | a package index beside the forge: pages, uploads, Trusted Publishing |
//! | `registry` | a container registry beside the forge, which is read |
//! | `control` | `/_sandbox/`: the log, faults, the clock, the state |
//!
//! Not part of it: printing, and what the commands do with a forge.

mod call;
mod clock;
mod connection;
mod control;
mod faults;
mod git;
mod graphql;
mod index;
mod limits;
mod log;
mod refusal;
mod registry;
mod reply;
mod rest;
pub mod seed;
mod server;
mod transfer;
mod world;

pub use clock::Pace;
pub use server::{Running, Server};

use std::path::PathBuf;

/// How to run a sandbox.
#[derive(Debug)]
pub struct Options {
    /// The directory for bare repositories; a temporary directory if `None`.
    pub data: Option<PathBuf>,
    /// The git program, which serves clones and pushes; without one they are refused.
    pub git: Option<PathBuf>,
    /// The port on the loopback interface; 0 takes a free one.
    pub port: u16,
    /// How time passes.
    pub pace: Pace,
    /// The initial time, in seconds since 1970.
    pub start: i64,
    /// The initial state.
    pub seed: seed::Document,
    /// The directory that relative paths in the seed refer to.
    pub seed_folder: PathBuf,
}

impl Default for Options {
    /// A temporary directory, a free port, real time, and no state but the default token.
    fn default() -> Self {
        Self {
            data: None,
            git: None,
            port: 0,
            pace: Pace::Real,
            start: jiff::Timestamp::now().as_second(),
            seed: seed::Document::default(),
            seed_folder: PathBuf::from("."),
        }
    }
}

#[cfg(test)]
mod tests;
