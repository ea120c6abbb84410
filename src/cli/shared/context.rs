//! The context of a command, built once in `main`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::edge::clock::Clock;
use crate::edge::environment::{Environment, NamedBy, may_be_secret};
use crate::edge::owner::is_of_somebody_else;
use crate::edge::private_files::is_of_another_user;
use crate::edge::terminal::{Terminal, visible_line};
use crate::error::{Error, Kind, Result};
use crate::fleet::Fleet;

use crate::cli::shared::given::Given;
use crate::cli::shared::next::quoted;
use crate::cli::shared::options::GlobalOptions;

/// A run's access to the outside world.
#[derive(Clone, Debug)]
pub struct Context {
    /// The clock.
    pub clock: Clock,
    /// The destination of results, notes and errors.
    pub terminal: Terminal,
    /// The environment variables that commands may read.
    pub environment: Environment,
    /// The options given on the command line, to repeat them in suggested commands.
    pub given: Given,
    /// Whether this is part of a longer run, which reports the cost of forge requests itself.
    pub is_part: bool,
    /// `--fleet`.
    pub fleet_file: Option<PathBuf>,
    /// Whether the run has said that others can read the key of the GitHub App. It says that once.
    pub open_key_is_said: Arc<AtomicBool>,
    /// Whether the run has said that the cache folder is another user's.
    pub foreign_cache_is_said: Arc<AtomicBool>,
    /// Notes that the run says once, however often they come up.
    pub noted: Arc<Mutex<BTreeSet<String>>>,
    /// The value of SOURCE_DATE_EPOCH, which dates the files in built archives.
    pub source_date_epoch: Option<String>,
}

/// The error for a fleet that is still empty.
pub(in crate::cli) fn no_members(fleet: &Fleet) -> Error {
    Error::usage("the fleet has no members")
        .in_file(&fleet.file)
        .hint("`shipshape new` creates the first one")
        .hint(
            "`shipshape fleet discover` finds existing repositories; list one a line in `members`",
        )
}

/// The error where a command is about a fleet, and there is none.
fn no_fleet() -> Error {
    Error::usage("there is no fleet.yaml here or in a folder above")
        .hint("name it with --fleet FILE, or create one: `shipshape init repos/*`")
}

impl Context {
    /// Reads the environment and the global options.
    ///
    /// # Errors
    /// When an environment variable has an invalid value, or the worker threads cannot be started.
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
            open_key_is_said: Arc::default(),
            foreign_cache_is_said: Arc::default(),
            noted: Arc::default(),
        })
    }

    /// Prints a note, unless this run has printed it already.
    pub(in crate::cli) fn note_once(&self, text: &str) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.insert(text.to_owned()) {
            self.terminal.note(text);
        }
    }

    /// The folder for caches; `None` where there is none, and, with a warning, where it is another user's, who could read
    /// answers of the forge there, and forge them.
    pub(in crate::cli) fn cache_folder(&self) -> Option<PathBuf> {
        let folder = self.environment.cache_folder()?;
        if !is_of_another_user(&folder) {
            return Some(folder);
        }
        if !self.foreign_cache_is_said.swap(true, Ordering::Relaxed) {
            self.terminal.warning(&visible_line(&format!(
                "nothing is cached: {} belongs to another user; name a folder of your own with XDG_CACHE_HOME",
                folder.display()
            )));
        }
        None
    }

    /// Loads the fleet: from `--fleet`, else the nearest fleet.yaml at or above the current folder, else at or above
    /// `near`, the place that the command works on. Finding none is not an error.
    ///
    /// # Errors
    /// When it has no members or cannot be loaded. All problems but the last are printed.
    pub fn fleet(&self, near: Option<&Path>) -> Result<Option<Fleet>> {
        match self.fleet_to_fill(near)? {
            Some(fleet) if fleet.members.is_empty() => Err(no_members(&fleet)),
            fleet => Ok(fleet),
        }
    }

    /// Like [`Context::fleet`], for commands that cannot do without one.
    ///
    /// # Errors
    /// The same, and when there is none.
    pub(in crate::cli) fn required_fleet(&self) -> Result<Fleet> {
        self.fleet(None)?.ok_or_else(no_fleet)
    }

    /// Like [`Context::required_fleet`], but the fleet may have no members yet.
    ///
    /// # Errors
    /// When it cannot be loaded, or there is none.
    pub(in crate::cli) fn required_fleet_to_fill(&self) -> Result<Fleet> {
        self.fleet_to_fill(None)?.ok_or_else(no_fleet)
    }

    /// Like [`Context::fleet`], but the fleet may have no members yet.
    ///
    /// # Errors
    /// When it cannot be loaded. All problems but the last are printed.
    pub fn fleet_to_fill(&self, near: Option<&Path>) -> Result<Option<Fleet>> {
        let Some(file) = self.manifest(near)? else { return Ok(None) };
        let fleet = self.all(Fleet::load(&file));
        fleet.map(Some).map_err(|error| match self.named_by_variable(&file) {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    /// The fleet, if there is one with members that can be loaded, for commands that do without. What is wrong with its file
    /// is for other commands to report, so it is only noted.
    pub(in crate::cli) fn fleet_if_sound(&self) -> Option<Fleet> {
        let loaded = match self.manifest(None) {
            Ok(file) => Fleet::load(&file?),
            Err(error) => Err(vec![error]),
        };
        let note = |error: &Error| {
            let note = format!("the fleet is left aside: {}", error.in_one_line());
            self.terminal.note(&visible_line(&note));
        };
        let fleet = loaded.inspect_err(|errors| errors.iter().for_each(note)).ok()?;
        (!fleet.members.is_empty()).then_some(fleet)
    }

    /// The file of the fleet, as [`Context::fleet`] finds it.
    fn manifest(&self, near: Option<&Path>) -> Result<Option<PathBuf>> {
        let file = match &self.fleet_file {
            Some(file) => file.clone(),
            None => match nearest_manifest(near) {
                Some(file) => trusted(file)?,
                None => return Ok(None),
            },
        };
        let text = file.to_string_lossy();
        if self.environment.get(FLEET_VARIABLE) == Some(&*text) && may_be_secret(&text) {
            return Err(Environment::names_no_file(FLEET_VARIABLE));
        }
        Ok(Some(file))
    }

    /// A hint for a missing file that the environment named, saying where it was looked for.
    fn named_by_variable(&self, file: &Path) -> Option<String> {
        let is_it =
            self.environment.get(FLEET_VARIABLE).is_some_and(|named| Path::new(named) == file);
        if !is_it || file.exists() {
            return None;
        }
        let here = std::env::current_dir().ok().filter(|_| file.is_relative());
        let from = here.map(|here| format!(", which is relative to {}", here.display()));
        Some(format!(
            "the environment sets {FLEET_VARIABLE}={}{}",
            file.display(),
            from.unwrap_or_default()
        ))
    }

    /// Who is responsible for an address in the manifest.
    #[must_use]
    pub fn manifest_named_by(&self) -> NamedBy {
        match self.fleet_file {
            Some(_) => NamedBy::User,
            None => NamedBy::FoundManifest,
        }
    }

    /// A shipshape command that a person can run, with this run's `--fleet` option added unless it has one. `rest` is
    /// the command without the program's name.
    #[must_use]
    pub fn command(&self, rest: &str) -> String {
        let rest = rest.strip_prefix("shipshape ").unwrap_or(rest);
        match &self.fleet_file {
            // A path that is not there, which only the variable names, is of no use to a command that needs no fleet.
            Some(file) if !rest.contains(" --fleet ") && self.named_by_variable(file).is_none() => {
                format!("shipshape {rest} --fleet {}", quoted(&file.to_string_lossy()))
            }
            _ => format!("shipshape {rest}"),
        }
    }

    /// Handles the outcome of one of several targets: a failure is printed, so that the others continue.
    ///
    /// # Errors
    /// When the command itself was used wrongly.
    pub fn told(&self, ended: Result<Exit>) -> Result<Exit> {
        match ended {
            Err(error) if error.kind() == Kind::Failed => {
                self.terminal.error(&error);
                Ok(Exit::Unchecked)
            }
            ended => ended,
        }
    }

    /// Returns the value, or the last of several errors after printing the others, so that a person can fix all of them
    /// at once.
    ///
    /// # Errors
    /// When there is no value.
    pub fn all<T>(&self, read: std::result::Result<T, Vec<Error>>) -> Result<T> {
        read.map_err(|mut errors| {
            let last = errors.pop();
            errors.iter().for_each(|error| self.terminal.error(error));
            last.unwrap_or_else(|| Error::failed("something is wrong, but the cause is not known"))
        })
    }
}

/// The exit status of a command that did not fail.
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
    /// The worse of two: unchecked, then findings, then clean.
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

/// The variable that names the manifest, as `--fleet`.
const FLEET_VARIABLE: &str = "SHIPSHAPE_FLEET";

/// The file name of a fleet's manifest.
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

/// A discovered manifest decides where the token is sent and what is written. So one that another user left in a folder
/// above, such as `/tmp`, must be named explicitly.
fn trusted(file: PathBuf) -> Result<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    if !is_of_somebody_else(&file, &here) {
        return Ok(file);
    }
    let hint = format!("if you trust it, name it: --fleet {}", quoted(&file.to_string_lossy()));
    Err(Error::usage(
        "another user of this machine wrote this manifest, and it was not named explicitly",
    )
    .in_file(file)
    .hint(hint))
}
