//! `shipshape sandbox`: a local forge for rehearsals.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Context, Exit};
use crate::cli::shared::next;
use crate::edge::interrupt::Ending;
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::sandbox::{Options, Pace, Running, Server, seed};

/// Serve a sandbox forge: GitHub's REST and GraphQL APIs over real bare repositories, on this machine.
///
/// It listens on the loopback interface until Ctrl-C, and prints what to export so that shipshape uses it
/// instead of GitHub, and its package index instead of PyPI. A seed, which is a YAML file, defines the initial
/// content. The sandbox refuses what GitHub refuses: missing permissions, exceeded limits, missing branches.
/// Under /_sandbox/ it lists the requests that it received, and makes requests fail on demand.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape sandbox                              an empty forge on a free port
  shipshape sandbox --seed forge.yaml            with owners, repositories and tokens
  shipshape sandbox --port 4321 --data forge/    a fixed port, and a folder with the repositories
  shipshape sandbox --clock virtual              hours of waiting for a limit take no time

In another terminal, run the lines that it prints, or read the file of --exports:
  shipshape sandbox --seed forge.yaml --exports sandbox.env
  . ./sandbox.env && shipshape fleet status

A seed, which `shipshape schema sandbox-seed` describes:
  repositories:
    - name: acme/starter
      template: true
      files: {README.md: Hello}
    - name: acme/workspace-template-one
      from: checkouts/one
  tokens:
    - {name: writer, scopes: [repo, workflow]}
    - {name: reader, permissions: {contents: read}, repositories: ['acme/*']}
  index:
    lag: 3                     # a new file is on its page at the fourth reading
    publishers: [{project: acme-runtime, repository: acme/platform, workflow: publish.yml}]

While it runs:
  git clone $SHIPSHAPE_FORGE/acme/starter.git    a clone; pushing needs a token as the password
  curl -s $SHIPSHAPE_FORGE/_sandbox/requests     the requests that it got
  curl -s $SHIPSHAPE_FORGE/_sandbox/state        everything that is there
  curl -s $SHIPSHAPE_FORGE/_sandbox/faults -d '{\"faults\": [{\"at\": 3, \"kind\": \"reset-after\"}]}'")]
pub(crate) struct Arguments {
    /// The seed: a YAML file with the initial content.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,

    /// The folder for the bare repositories, new or empty (default: one that is removed at the end). Nothing
    /// else is kept: pull requests, runs, settings and tokens end with the sandbox. To load the repositories
    /// again, use a seed with `from: FOLDER/acme/one-1002.git`.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// The port; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,

    /// Also write its output to this file, for `. ./FILE` in another terminal. The file exists once the forge
    /// is ready, and is removed when the sandbox ends.
    #[arg(long, value_name = "FILE")]
    exports: Option<PathBuf>,

    /// How its clock runs: in real time, or only while every client sleeps.
    #[arg(long, value_enum, default_value_t, value_name = "CLOCK")]
    clock: ClockChoice,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ClockChoice {
    #[default]
    Real,
    Virtual,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    // First, because anybody who has read the exports may end the sandbox, and temporary files have to be removed then.
    let ending = Waiting::new()?;
    let options = options(arguments, context)?;
    let pace = options.pace;
    let running = context.all(Server::start(options))?;
    let exports = exports(&running, pace);
    if let Some(file) = &arguments.exports {
        whole_file::replace_private(file, exports.as_bytes())?;
    }
    context.terminal.output(&exports)?;
    context.terminal.note(&how_to_go_on(arguments.exports.as_deref()));
    ending.wait();
    // Before the port is free: a sandbox that is started there then writes the same content.
    if let Some(file) = arguments.exports.as_deref().filter(|file| still(file, &exports)) {
        // If the file cannot be removed, it does no harm: the address in it no longer works.
        let _ = std::fs::remove_file(file);
    }
    running.stop();
    if let Some(folder) = &arguments.data {
        let folder = visible_line(&folder.display().to_string());
        context.terminal.note(&format!("Only the repositories stay, in {folder}."));
    }
    Ok(Exit::Clean)
}

/// What to do next in another terminal, since this one is in use.
fn how_to_go_on(exports: Option<&Path>) -> String {
    let there = match exports.map(|file| file.display().to_string()) {
        None => "run these lines, then any command of shipshape".to_owned(),
        Some(file) if file.contains('/') => format!(". {}", quoted(&file)),
        // Without a directory, a shell would search PATH for it.
        Some(file) => format!(". {}", quoted(&format!("./{file}"))),
    };
    format!("In another terminal: {there}\nCtrl-C ends it.")
}

/// Whether a file still contains what was written to it; another sandbox may have replaced it.
fn still(file: &Path, exports: &str) -> bool {
    whole_file::read(file).ok().flatten().is_some_and(|bytes| bytes == exports.as_bytes())
}

fn options(arguments: &Arguments, context: &Context) -> Result<Options> {
    let (seed, folder) = match &arguments.seed {
        None => (seed::Document::default(), PathBuf::from(".")),
        Some(file) => {
            let bytes = std::fs::read(file).map_err(|error| {
                Error::usage("cannot read the seed").in_file(file).caused_by(error)
            })?;
            let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
            (context.all(seed::read(file, &bytes))?, folder)
        }
    };
    Ok(Options {
        data: arguments.data.clone(),
        git: crate::edge::process::which("git", context.environment.get("PATH").map(OsStr::new)),
        port: arguments.port,
        pace: match arguments.clock {
            ClockChoice::Real => Pace::Real,
            ClockChoice::Virtual => Pace::Virtual,
        },
        start: context.clock.seconds(),
        seed,
        seed_folder: folder,
    })
}

/// The shell commands that point shipshape at the sandbox. The first token is exported; the others are commented out.
fn exports(running: &Running, pace: Pace) -> String {
    let mut text = format!("export SHIPSHAPE_FORGE={}\n", quoted(&running.url()));
    for (index, (name, secret)) in running.tokens().enumerate() {
        let comment = if index == 0 { "" } else { "# " };
        let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
        text.push_str(&format!(
            "{comment}export GH_ENTERPRISE_TOKEN={} # {name}\n",
            quoted(secret)
        ));
    }
    for (name, value) in running.index_variables() {
        text.push_str(&format!("export {name}={}\n", quoted(&value)));
    }
    for (name, value) in running.job_variables() {
        text.push_str(&format!("# export {name}={}\n", quoted(&value)));
    }
    if pace == Pace::Virtual {
        text.push_str("export SHIPSHAPE_FORGE_CLOCK=sandbox\n");
    }
    text
}

/// Quotes text from a seed for a shell, without control characters.
fn quoted(text: &str) -> String {
    next::quoted(&text.replace(char::is_control, ""))
}

/// Waits for Ctrl-C, which is noticed from the moment that this is created.
struct Waiting {
    runtime: tokio::runtime::Runtime,
    ending: Ending,
}

impl Waiting {
    fn new() -> Result<Self> {
        let failed =
            |error: std::io::Error| Error::failed("cannot wait for Ctrl-C").caused_by(error);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(failed)?;
        let ending = runtime.block_on(async { Ending::listening() }).map_err(failed)?;
        Ok(Self { runtime, ending })
    }

    fn wait(mut self) {
        self.runtime.block_on(self.ending.heard());
    }
}
