//! The fleet on a forge: a sandbox on this machine, and commands as a person would type them.

use std::cell::RefCell;
use std::path::Path;

use clap::Parser as _;

use crate::cli::{Cli, Context, Exit};
use crate::demo::release;
use crate::edge::environment::Environment;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::sandbox::{Options, Pace, Running, Server, seed};

/// The seed of the sandbox, in the fleet's folder.
pub(super) const SEED: &str = "forge.yaml";

/// The slug of the member that is added.
const NEWCOMER: &str = "aider";

/// The folder for the forge's repositories while it runs. The new member's stays, since it exists nowhere else.
const KEPT: &str = "forge";

/// A sandbox with the fleet's repositories, and the context for commands that use it.
pub(super) struct Stage<'a> {
    pub(super) forge: Running,
    pub(super) folder: &'a Path,
    pub(super) context: Context,
    failures: &'a Failures,
}

/// The distinct commands of the demo that failed. The demo continues after a failure, since later parts do not depend
/// on it, and reports at the end what it could not show.
#[derive(Debug, Default)]
pub(super) struct Failures(RefCell<Vec<String>>);

impl Failures {
    pub(super) fn add(&self, command: &str) {
        let mut failed = self.0.borrow_mut();
        if !failed.iter().any(|known| known == command) {
            failed.push(command.to_owned());
        }
    }

    pub(super) fn commands(self) -> Vec<String> {
        self.0.into_inner()
    }
}

impl<'a> Stage<'a> {
    /// Starts a sandbox with the fleet's repositories.
    pub(super) fn open(
        context: &Context,
        folder: &'a Path,
        repositories: &[std::path::PathBuf],
        failures: &'a Failures,
    ) -> Result<Self> {
        let text = document(repositories);
        let file = folder.join(SEED);
        whole_file::replace(&file, text.as_bytes())?;
        let forge = context.all(start(context, folder, &file, &text))?;
        let token = forge.tokens().next().map(|(_, secret)| secret.to_owned()).unwrap_or_default();
        let context =
            Context { environment: environment(context, folder, &token), ..context.clone() };
        Ok(Self { forge, folder, context, failures })
    }

    pub(super) fn says(&self, text: &str) -> Result<()> {
        self.context.terminal.output(text)
    }

    /// The same sandbox, with another manifest and additional variables.
    pub(super) fn with(self, manifest: &str, variables: &[(&str, &str)]) -> Self {
        let known = &self.context.environment;
        let given = |name: &str| variables.iter().find(|(variable, _)| *variable == name);
        let environment = Environment::read(|name| match given(name) {
            Some((_, value)) => Some((*value).to_owned()),
            None => known.get(name).map(str::to_owned),
        });
        let fleet_file = Some(self.folder.join(manifest));
        let context = Context { environment, fleet_file, ..self.context.clone() };
        Self { context, ..self }
    }

    /// Runs a command as if it were typed in the fleet's folder, with the forge configured.
    pub(super) fn types(&self, command: &str) -> Result<Exit> {
        self.types_beside(command, &[])
    }

    /// Like [`types`](Self::types), for a command that may fail: an engine without the needed features is not the
    /// demo's fault.
    pub(super) fn tries(&self, command: &str) -> Result<Exit> {
        Ok(self.run(command, &[])?.unwrap_or(Exit::Unchecked))
    }

    /// Records that a command failed.
    pub(super) fn failed(&self, command: &str) {
        self.failures.add(command);
    }

    /// Like [`types`](Self::types), with options that would usually come from the environment.
    pub(super) fn types_beside(&self, command: &str, beside: &[&str]) -> Result<Exit> {
        let ended = self.run(command, beside)?;
        if ended.is_none() {
            let name = command.split(' ').take_while(|word| !word.contains(['-', '.']));
            self.failed(&name.collect::<Vec<_>>().join(" "));
        }
        Ok(ended.unwrap_or(Exit::Unchecked))
    }

    /// Runs a command; prints its error and returns `None` if it failed.
    fn run(&self, command: &str, beside: &[&str]) -> Result<Option<Exit>> {
        self.says(&format!("\n$ shipshape {command}\n"))?;
        let url = self.forge.url();
        let words = command.split(' ').map(|word| {
            let is_file = word.starts_with("campaign.");
            if is_file { self.folder.join(word).into_os_string() } else { word.into() }
        });
        let beside = beside.iter().map(|word| std::ffi::OsString::from(*word));
        let words = std::iter::once("shipshape".into())
            .chain(words)
            .chain(["--forge".into(), url.into()])
            .chain(beside);
        let typed = Cli::try_parse_from(words).map_err(|error| {
            Error::failed("the demo runs a command that does not exist").caused_by(error)
        })?;
        // Each command has its own time, as if somebody typed it now.
        let context = Context { clock: self.context.clock.again(), ..self.context.clone() };
        match typed.run(&context) {
            Ok(exit) => Ok(Some(exit)),
            Err(error) => {
                self.context.terminal.error(&error);
                Ok(None)
            }
        }
    }
}

/// Shows a first day on a forge.
pub(super) fn tell(stage: &Stage<'_>) -> Result<()> {
    stage.says(
        "\nThe same fleet on a forge\n\n\
         A sandbox on this machine: what GitHub answers, over real repositories, in a time that passes when all \
         sleep.\nNothing is cloned; drift is read in a few requests.\n",
    )?;
    stage.types("fleet discover")?;
    stage.types("fleet status --no-images")?;
    stage.types(&format!("new {NEWCOMER} --defaults --yes --wait 60"))?;
    stage.types(&format!("validate --repository {NEWCOMER}"))?;
    Ok(())
}

/// Keeps the new member's repository after the forge has ended, and adds it to the seed, since fleet.yaml lists it.
pub(super) fn keep_newcomer(folder: &Path) -> Result<()> {
    let kept = folder.join(KEPT);
    let failed = |cause: std::io::Error| {
        Error::failed("cannot keep the new member's repository").in_file(&kept).caused_by(cause)
    };
    let name = format!("{}{NEWCOMER}", crate::demo::PREFIX);
    let ours = format!("{name}-");
    let of_forge = kept.join("acme");
    let entries = std::fs::read_dir(&of_forge).map_err(failed)?;
    let is_newcomer = |entry: &std::fs::DirEntry| {
        entry
            .file_name()
            .to_string_lossy()
            .strip_prefix(&ours)
            .is_some_and(|it| it.ends_with(".git"))
    };
    let newcomer = entries.flatten().find(is_newcomer).map(|entry| entry.path());
    if let Some(git) = &newcomer {
        std::fs::rename(git, kept.join(format!("{name}.git"))).map_err(failed)?;
    }
    std::fs::remove_dir_all(&of_forge).map_err(failed)?;
    if newcomer.is_some() {
        let file = folder.join(SEED);
        let text = whole_file::read(&file)?.unwrap_or_default();
        let line = format!(
            "  - {{ name: acme/{name}, from: {KEPT}/{name}.git, checks: [{{ name: ci }}] }}\n"
        );
        whole_file::replace(&file, &[&text[..], line.as_bytes()].concat())?;
    }
    Ok(())
}

fn start(
    context: &Context,
    folder: &Path,
    file: &Path,
    text: &str,
) -> std::result::Result<Running, Vec<Error>> {
    Server::start(Options {
        pace: Pace::Virtual,
        start: context.clock.seconds(),
        seed: seed::read(file, text.as_bytes())?,
        seed_folder: folder.to_owned(),
        data: Some(folder.join(KEPT)),
        ..Options::default()
    })
}

/// The seed: the fleet's repositories, with the damaged one disabled and an additional one that fleet.yaml does not
/// list.
fn document(repositories: &[std::path::PathBuf]) -> String {
    let (owner, source) = release::seed();
    let mut text = format!(
        "# What the demo's forge has. `shipshape sandbox --seed forge.yaml` serves it again.\n\
         tokens:\n  - {{ name: robot, user: robot }}\n  - {{ name: ann, user: ann, role: write }}\n\
         owners:\n  acme:\n{owner}repositories:\n{source}",
    );
    for path in repositories {
        let folder = path.file_name().unwrap_or_default().to_string_lossy();
        let name = folder.trim_end_matches(".git");
        let is_damaged = name != folder;
        let content = if is_damaged {
            "disabled: true, files: { README.md: gone }".to_owned()
        } else {
            format!("from: {}/{folder}, checks: [{{ name: ci }}]", super::REPOSITORIES)
        };
        text.push_str(&format!("  - {{ name: acme/{name}, {content} }}\n"));
    }
    text.push_str(
        "  - { name: acme/workspace-template-nanobot, files: { README.md: Not listed yet } }\n",
    );
    text
}

/// The environment of the commands. State and cache stay in the fleet's folder.
fn environment(context: &Context, folder: &Path, token: &str) -> Environment {
    let below = |name: &str| Some(folder.join(name).to_string_lossy().into_owned());
    Environment::read(|name| match name {
        "GH_ENTERPRISE_TOKEN" => Some(token.to_owned()),
        "SHIPSHAPE_FORGE_CLOCK" => Some("sandbox".to_owned()),
        "XDG_CACHE_HOME" => below("cache"),
        "XDG_STATE_HOME" => below("state"),
        name if is_kept_back(name) => None,
        name => context.environment.get(name).map(str::to_owned),
    })
}

/// Whether a variable may hold credentials or point to real services, which a rehearsal must not use.
fn is_kept_back(name: &str) -> bool {
    const BEGIN: [&str; 7] =
        ["SHIPSHAPE_", "ACTIONS_ID_TOKEN_", "GITHUB_", "GH_", "GHCR_", "PYPI_", "TESTPYPI_"];
    name == "TEMPLATE_DISPATCH_TOKEN" || BEGIN.iter().any(|begin| name.starts_with(begin))
}
