//! What a command runs with, built once in `main`.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::edge::clock::Clock;
use crate::edge::terminal::Terminal;
use crate::error::{Error, Kind, Result};

use super::options::GlobalOptions;

/// The world as one run may use it.
#[derive(Debug)]
pub struct Context {
    /// What time it is.
    pub clock: Clock,
    /// Where results, notes and errors go.
    pub terminal: Terminal,
    /// `--fleet`.
    pub fleet_file: Option<PathBuf>,
}

impl Context {
    /// Reads the environment and the shared options.
    ///
    /// # Errors
    /// When an environment variable holds what it cannot, or the worker threads cannot be made.
    pub fn new(global: &GlobalOptions, environment: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let columns = environment("COLUMNS").and_then(|columns| columns.parse().ok());
        let terminal = Terminal::new(global.color, global.quiet, global.verbose, columns);
        let clock = Clock::new(environment(crate::edge::clock::NOW_VARIABLE).as_deref())?;
        if let Some(jobs) = global.jobs {
            rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global().map_err(|error| {
                Error::failed("cannot start worker threads").caused_by(error)
            })?;
        }
        Ok(Self { clock, terminal, fleet_file: global.fleet.clone() })
    }
}

/// How a command ended, when it ended as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to report: 0.
    Clean,
    /// Findings at or above the threshold: 1.
    Findings,
    /// Something could not be checked or done: 3.
    Unchecked,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Unchecked => 3,
        })
    }
}

/// The exit code of an error.
#[must_use]
pub fn exit_code(error: &Error) -> ExitCode {
    ExitCode::from(match error.kind() {
        Kind::Usage => 2,
        Kind::Failed => 3,
    })
}
