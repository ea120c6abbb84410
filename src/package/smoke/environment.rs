//! A fresh Python environment in a temporary folder.
//!
//! The installer (uv, or else pip) is the user's own and runs as the user: it gets the real `HOME` with its
//! configuration and caches, `PIP_CERT`, `PIP_FIND_LINKS` and the like, and the addresses of proxies, which may contain
//! passwords. So it installs only wheels, which run nothing: building an sdist would run untrusted code with all of
//! that, and has to be allowed explicitly ([`Installation::sdists`]). Imported code gets none of it, and cannot read it
//! from other processes where the system supports that ([`isolation`]).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{DRIVER, DriverReport, Outcome, Plan, Round, TETHER};
use crate::edge::isolation;
use crate::edge::private_files::temporary_folder;
use crate::edge::process::{self, Ended, Program};
use crate::error::{Error, Result};

/// The time limit for an installation.
const INSTALL: Duration = Duration::from_secs(900);

/// Maximum number of runs of the driver, if imported code kills it.
const MAX_ROUNDS: usize = 16;

/// Programs that create environments.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The Python for the environment.
    pub python: PathBuf,
    /// uv, which is faster than venv and pip.
    pub uv: Option<PathBuf>,
}

impl Tools {
    /// Finds the programs in a search path, unless a Python is named.
    ///
    /// # Errors
    /// When there is no Python.
    pub fn find(python: Option<&Path>, path: Option<&OsStr>) -> Result<Self> {
        let uv = process::which("uv", path);
        let python = match python {
            Some(named) if process::is_program(named) => {
                std::path::absolute(named).unwrap_or_else(|_| named.to_owned())
            }
            Some(named) => {
                return Err(Error::usage("this is not a program that can be run").in_file(named));
            }
            None => process::which("python3", path)
                .or_else(|| process::which("python", path))
                .ok_or_else(|| {
                    Error::failed("there is no Python on PATH, so nothing was imported")
                        .hint("install Python, or give one: `--python /usr/bin/python3`")
                })?,
        };
        Ok(Self { python, uv })
    }
}

/// Options for installing a wheel.
#[derive(Clone, Debug, Default)]
pub struct Installation<'a> {
    /// Whether to leave out its dependencies.
    pub without_dependencies: bool,
    /// Whether dependencies may be sdists, whose builds run code with everything that the installer gets.
    pub sdists: bool,
    /// The index for dependencies, instead of the installer's own.
    pub index: Option<&'a str>,
    /// The environment variables of the programs that install.
    pub environment: BTreeMap<OsString, OsString>,
}

/// An environment.
#[derive(Debug)]
pub struct Fresh {
    folder: tempfile::TempDir,
    python: PathBuf,
}

/// Creates a temporary folder for an environment.
///
/// # Errors
/// When it cannot be created.
pub fn folder() -> Result<tempfile::TempDir> {
    let made = temporary_folder("shipshape-smoke-");
    made.map_err(|error| Error::failed("cannot create a temporary folder").caused_by(error))
}

impl Fresh {
    /// Creates an environment with a wheel in it, in a [`folder`] that is removed with it.
    ///
    /// # Errors
    /// When the tools fail; the error contains their last output.
    pub fn new(
        folder: tempfile::TempDir,
        tools: &Tools,
        wheel: &Path,
        how: &Installation<'_>,
    ) -> Result<Self> {
        let venv = folder.path().join("venv");
        // Whatever a killed installer leaves behind is removed with the folder.
        let installing = folder.path().join("installing");
        std::fs::write(folder.path().join("tether.py"), TETHER)
            .and_then(|()| std::fs::create_dir(&installing))
            .map_err(|error| Error::failed("cannot use the temporary folder").caused_by(error))?;
        let run = |program: Program, what: &str| {
            let name = program.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut program = Program { environment: how.environment.clone(), ..program };
            for variable in ["TMPDIR", "TMP", "TEMP"] {
                program.environment.insert(variable.into(), installing.clone().into());
            }
            let program = tethered(program.time_limit(INSTALL), &tools.python, folder.path());
            // Installing wheels runs no code, but building sdists does.
            let program = if how.sdists { isolation::kept(program) } else { program };
            ran(&program, &name, what)
        };
        match &tools.uv {
            Some(uv) => {
                let program = Program::new(uv, folder.path())
                    .arguments(["venv", "--quiet", "--no-project", "--python"])
                    .argument(&tools.python)
                    .argument(&venv);
                run(program, "create an environment")?;
            }
            None => {
                let program = Program::new(&tools.python, folder.path())
                    .arguments(["-m", "venv"])
                    .argument(&venv);
                run(program, "create an environment")?;
            }
        }
        let python = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
        let python = venv.join(python);
        let wheel = std::path::absolute(wheel).unwrap_or_else(|_| wheel.to_owned());
        let mut program = match &tools.uv {
            Some(uv) => Program::new(uv, folder.path())
                .arguments(["pip", "install", "--quiet", "--python"])
                .argument(&python),
            None => Program::new(&python, folder.path())
                .arguments(["-m", "pip", "install", "--quiet", "--no-input"])
                .argument("--disable-pip-version-check"),
        };
        if how.without_dependencies {
            program = program.argument("--no-deps");
        }
        if !how.sdists {
            program = program.argument("--only-binary=:all:");
        }
        if let Some(index) = how.index {
            program = program.arguments(["--index-url", index]);
        }
        run(program.argument(wheel), "install the wheel").map_err(|error| {
            if how.sdists || how.without_dependencies {
                return error;
            }
            error.hint(
                "only wheels are installed; use `--allow-sdists` if a dependency is only available as an sdist that you trust",
            )
        })?;
        Ok(Self { folder, python })
    }

    /// Runs all tasks of a plan.
    ///
    /// # Errors
    /// When the driver cannot be run at all. Tasks that it did not report on have no outcome.
    pub fn smoke(
        &self,
        plan: &Plan,
        stubs: bool,
        limit: Duration,
        environment: &BTreeMap<OsString, OsString>,
    ) -> Result<Vec<Outcome>> {
        let place = |name: &str| self.folder.path().join(name);
        let failed = |error: std::io::Error| {
            Error::failed("cannot use the temporary folder").caused_by(error)
        };
        for folder in ["home", "work", "temporary"] {
            std::fs::create_dir(place(folder)).map_err(failed)?;
        }
        let mut outcomes = Vec::new();
        let everything = (0..plan.tasks.len()).collect();
        let mut round = Some(Round { left: everything, stubs, alone: false });
        for _ in 0..MAX_ROUNDS {
            let Some(now) = round else { break };
            let (ended, told) = self.drive(plan, &now, limit, environment)?;
            outcomes.extend(told.outcomes.iter().cloned());
            if ended.succeeded() {
                break;
            }
            let was_killed = ended.was_killed();
            if !was_killed && told.begun.is_empty() && outcomes.is_empty() {
                return Err(with_last_words(Error::failed("importing could not start"), &ended));
            }
            // Tasks that still have no outcome count as not tried.
            let (next, outcome) = if was_killed { now.after(&told) } else { (None, None) };
            outcomes.extend(outcome);
            round = next;
        }
        Ok(outcomes)
    }

    /// Runs the driver once.
    fn drive(
        &self,
        plan: &Plan,
        round: &Round,
        limit: Duration,
        environment: &BTreeMap<OsString, OsString>,
    ) -> Result<(Ended, DriverReport)> {
        let place = |name: &str| self.folder.path().join(name);
        let failed = |error: std::io::Error| {
            Error::failed("cannot use the temporary folder").caused_by(error)
        };
        std::fs::write(place("driver.py"), DRIVER).map_err(failed)?;
        let json = plan.to_json(round, limit).to_string();
        std::fs::write(place("plan.json"), json).map_err(failed)?;
        std::fs::write(place("results.jsonl"), "").map_err(failed)?;
        let mut program = Program::new(&self.python, place("work"));
        program.environment.clone_from(environment);
        for (name, value) in &plan.environment {
            program = program.variable(name, value);
        }
        let all = limit.saturating_mul(u32::try_from(plan.tasks.len() + 2).unwrap_or(u32::MAX));
        let program = program
            .variable("HOME", place("home"))
            .variable("TMPDIR", place("temporary"))
            .arguments(["-I", "-B"])
            .argument(place("driver.py"))
            .argument(place("plan.json"))
            .argument(place("results.jsonl"))
            .time_limit(all.max(Duration::from_secs(60)));
        let program = isolation::kept(tethered(program, &self.python, self.folder.path()));
        let ended = process::run(&program).map_err(|error| {
            Error::failed("cannot run the environment's Python").caused_by(error)
        })?;
        let told = std::fs::read(place("results.jsonl")).unwrap_or_default();
        Ok((ended, DriverReport::read(&String::from_utf8_lossy(&told))))
    }

    /// Keeps the environment on disk, and returns its path.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Wraps a program so that it ends, and the folder is removed, when this process is killed.
fn tethered(program: Program, python: &Path, folder: &Path) -> Program {
    if cfg!(not(unix)) {
        return program;
    }
    let mut arguments: Vec<OsString> = vec!["-I".into(), "-S".into(), "-B".into()];
    arguments.extend([folder.join("tether.py").into(), folder.into(), program.file.into()]);
    arguments.extend(program.arguments);
    Program { file: python.to_owned(), arguments, tethered: true, ..program }
}

fn ran(program: &Program, name: &str, what: &str) -> Result<()> {
    let ended = process::run(program)
        .map_err(|error| Error::failed(format!("cannot run `{name}`")).caused_by(error))?;
    if ended.succeeded() {
        return Ok(());
    }
    let error = Error::failed(format!("`{name}` could not {what}, so nothing was imported"));
    Err(with_last_words(error.caused_by(ended.in_words()), &ended))
}

fn with_last_words(error: Error, ended: &Ended) -> Error {
    let said = ended.last_words(4);
    said.into_iter()
        .fold(error, |error, line| error.caused_by(crate::source::secrets::masked(&line)))
}
