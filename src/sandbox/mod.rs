//! The rehearsal forge: a server that speaks GitHub's REST and GraphQL over real bare repositories.
//!
//! In: [`Options`], among them a [`seed::Document`] that says what is there at first. Out: a
//! [`Running`] server on the loopback interface. It is stricter than GitHub: what GitHub refuses or may
//! refuse, it refuses. Its types are its own; `forge`, the client, shares none of them, so that a
//! mistake of one cannot agree with itself.
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
//! Left to others: printing, and what the commands do with a forge.

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

/// How a sandbox is to run.
#[derive(Debug)]
pub struct Options {
    /// Where the bare repositories are kept; a temporary folder when there is none.
    pub data: Option<PathBuf>,
    /// The git program, which serves clones and pushes; they are refused without one.
    pub git: Option<PathBuf>,
    /// The port on the loopback interface; 0 takes a free one.
    pub port: u16,
    /// How its time passes.
    pub pace: Pace,
    /// Its time at first, in seconds since 1970.
    pub start: i64,
    /// What is there at first.
    pub seed: seed::Document,
    /// The folder that relative paths of the seed start from.
    pub seed_folder: PathBuf,
}

impl Default for Options {
    /// A temporary folder, a free port, real time, and nothing there but the default token.
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
