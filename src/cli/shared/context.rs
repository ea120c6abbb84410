//! What a command runs with, built once in `main`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::edge::clock::Clock;
use crate::edge::environment::{Environment, NamedBy};
use crate::edge::owner::is_of_somebody_else;
use crate::edge::terminal::Terminal;
use crate::error::{Error, Kind, Result};
use crate::fleet::Fleet;

use crate::cli::shared::given::Given;
use crate::cli::shared::next::quoted;
use crate::cli::shared::options::GlobalOptions;

/// The world as one run may use it.
#[derive(Clone, Debug)]
pub struct Context {
    /// What time it is.
    pub clock: Clock,
    /// Where results, notes and errors go.
    pub terminal: Terminal,
    /// The environment variables that commands may look at.
    pub environment: Environment,
    /// What was given on the command line, for the command that goes on.
    pub given: Given,
    /// Whether this is one part of a longer run, which does not sum up what it asked a forge for.
    pub is_part: bool,
    /// `--fleet`.
    pub fleet_file: Option<PathBuf>,
    /// SOURCE_DATE_EPOCH, as it was given: the time that builds put into archives.
    pub source_date_epoch: Option<String>,
}

impl Context {
    /// Reads the environment and the shared options.
    ///
    /// # Errors
    /// When an environment variable holds what it cannot, or the worker threads cannot be made.
    pub fn new(
        global: &GlobalOptions,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let set = |name: &str| environment(name).filter(|text| !text.trim().is_empty());
        let columns = set("COLUMNS").and_then(|columns| columns.parse().ok());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let terminal = Terminal::new(global.color, global.quiet, global.verbose, columns)
            .in_locale(locale.as_deref())
            .in_job_of_github(set("GITHUB_ACTIONS").as_deref());
        let clock = Clock::new(set(crate::edge::clock::NOW_VARIABLE).as_deref())?;
        if let Some(jobs) = global.jobs {
            rayon::ThreadPoolBuilder::new()
                .num_threads(jobs)
                .build_global()
                .map_err(|error| Error::failed("cannot start worker threads").caused_by(error))?;
        }
        Ok(Self {
            clock,
            terminal,
            fleet_file: global.fleet.clone().filter(|file| !file.as_os_str().is_empty()),
            source_date_epoch: set("SOURCE_DATE_EPOCH"),
            environment: Environment::read(environment),
            given: Given::default(),
            is_part: false,
        })
    }

    /// The fleet: by `--fleet`, else the nearest fleet.yaml at or above the current folder, else at or
    /// above the place that the command is about. None at all is no error.
    ///
    /// # Errors
    /// When there is one and it has no members, or cannot be read; all that is wrong with it is shown.
    pub fn fleet(&self, near: Option<&Path>) -> Result<Option<Fleet>> {
        match self.fleet_to_fill(near)? {
            Some(fleet) if fleet.members.is_empty() => Err(Error::usage(
                "the fleet has no members",
            )
            .in_file(&fleet.file)
            .hint(
                "`shipshape fleet discover` finds them on the forge; list one a line in `members`",
            )),
            fleet => Ok(fleet),
        }
    }

    /// The same, for what fills a fleet: it may have no members yet.
    ///
    /// # Errors
    /// When there is one and it cannot be read; all that is wrong with it is shown.
    pub fn fleet_to_fill(&self, near: Option<&Path>) -> Result<Option<Fleet>> {
        let file = match &self.fleet_file {
            Some(file) => file.clone(),
            None => match nearest_manifest(near) {
                Some(file) => trusted(file)?,
                None => return Ok(None),
            },
        };
        let fleet = self.all(Fleet::load(&file));
        fleet.map(Some).map_err(|error| match self.named_by_variable(&file) {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    /// Where a file that is not there was named by the environment, and where it was looked for.
    fn named_by_variable(&self, file: &Path) -> Option<String> {
        let is_it =
            self.environment.get("SHIPSHAPE_FLEET").is_some_and(|named| Path::new(named) == file);
        if !is_it || file.exists() {
            return None;
        }
        let here = std::env::current_dir().ok().filter(|_| file.is_relative());
        let from = here.map(|here| format!(", which is relative to {}", here.display()));
        Some(format!(
            "the environment sets SHIPSHAPE_FLEET={}{}",
            file.display(),
            from.unwrap_or_default()
        ))
    }

    /// Who answers for an address that the manifest holds.
    #[must_use]
    pub fn manifest_named_by(&self) -> NamedBy {
        match self.fleet_file {
            Some(_) => NamedBy::User,
            None => NamedBy::FoundManifest,
        }
    }

    /// A command of ours as a person can run it: with the fleet that this one was given. `rest` is what stands behind the
    /// program's name; what already says which fleet is left as it is.
    #[must_use]
    pub fn command(&self, rest: &str) -> String {
        let rest = rest.strip_prefix("shipshape ").unwrap_or(rest);
        match &self.fleet_file {
            Some(file) if !rest.contains(" --fleet ") => {
                format!("shipshape {rest} --fleet {}", quoted(&file.to_string_lossy()))
            }
            _ => format!("shipshape {rest}"),
        }
    }

    /// How one target of several ended: one that could not be done is told, and the others go on.
    ///
    /// # Errors
    /// When the command itself is wrong.
    pub fn told(&self, ended: Result<Exit>) -> Result<Exit> {
        match ended {
            Err(error) if error.kind() == Kind::Failed => {
                self.terminal.error(&error);
                Ok(Exit::Unchecked)
            }
            ended => ended,
        }
    }

    /// A value, or the last of all that is wrong; the others are shown at once, so that a person
    /// mends them together.
    ///
    /// # Errors
    /// When there is no value.
    pub fn all<T>(&self, read: std::result::Result<T, Vec<Error>>) -> Result<T> {
        read.map_err(|mut errors| {
            let last = errors.pop();
            errors.iter().for_each(|error| self.terminal.error(error));
            last.unwrap_or_else(|| Error::failed("something is wrong, and nothing says what"))
        })
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

impl Exit {
    /// Of two endings, the one that a user must know of: unchecked before findings before clean.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let weight = |exit| match exit {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Unchecked => 2,
        };
        if weight(other) > weight(self) { other } else { self }
    }
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

/// Name of a fleet's manifest.
const MANIFEST: &str = "fleet.yaml";

fn nearest_manifest(near: Option<&Path>) -> Option<PathBuf> {
    let near = near.and_then(|path| path.canonicalize().ok());
    let here = std::env::current_dir().ok();
    let above = |folder: Option<PathBuf>| {
        let folder = folder?;
        let mut files = folder.ancestors().map(|folder| folder.join(MANIFEST));
        files.find(|file| file.is_file())
    };
    above(here).or_else(|| above(near))
}

/// A manifest that was come upon decides where the token is sent and what is written: one that somebody else left
/// in a folder above, such as `/tmp`, is not taken unless it is named.
fn trusted(file: PathBuf) -> Result<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    if !is_of_somebody_else(&file, &here) {
        return Ok(file);
    }
    let hint = format!("if you trust it, name it: --fleet {}", quoted(&file.to_string_lossy()));
    Err(Error::usage("another user of this machine wrote this manifest, and nothing named it")
        .in_file(file)
        .hint(hint))
}
