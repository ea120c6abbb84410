//! `shipshape package smoke`: installs a wheel in a fresh environment and imports every module.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::options;
use crate::checks::smoke;
use crate::cli::shared::judging;
use crate::cli::shared::options::ReportOptions;
use crate::cli::{Context, Exit, counted};
use crate::drift::model::{Report, RepositoryReport, ShapeName};
use crate::drift::{RepositoryVerdict, judge};
use crate::edge::isolation;
use crate::error::{Error, Result};
use crate::index::IndexAddress;
use crate::package::Description;
use crate::package::build::{Request, build, refuse_drift};
use crate::package::project::{Place, Project};
use crate::package::smoke::contents::Contents;
use crate::package::smoke::environment::{self, Fresh, Installation, Tools};
use crate::package::smoke::{Outcome, Plan};
use crate::source::requirements::normalize;

/// The version of a wheel that is built only for this test.
const VERSION: &str = "0+smoke";

/// Install a wheel into a fresh environment, and import every module of it.
///
/// Each module is imported in a separate process, so that one that exits, crashes or hangs does not hide
/// others. Entry points are loaded, and the invariants of package.yaml (`smoke`) evaluated. The environment is
/// created by uv if it is on PATH, otherwise by Python's own venv and pip. The wheel's code is executed, with a
/// separate home and without your environment variables, but otherwise not sandboxed. The installer itself uses
/// your home, its configuration and your proxies. It installs wheels only, because building an sdist would run
/// code with access to these.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape package smoke                          the package of package.yaml here
  shipshape package smoke dist/acme_runtime-1.4.0-py3-none-any.whl
  shipshape package smoke --no-deps dist/*.whl     stubs replace what is not installed
  shipshape package smoke --python python3.13 --format junit -o smoke.xml dist/*.whl")]
pub(crate) struct Arguments {
    /// The wheel (default: that of package.yaml here or in a folder above, which is built first).
    #[arg(value_name = "WHEEL")]
    wheel: Option<PathBuf>,

    #[arg(hide = true)]
    more: Vec<PathBuf>,

    /// The package's description, which defines the checks (default: package.yaml here or in a folder above, if
    /// it describes this distribution).
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,

    /// The Python to use (default: python3 on PATH).
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,

    /// Do not install dependencies: stubs replace missing third-party modules.
    #[arg(long)]
    no_deps: bool,

    /// Also allow dependencies as sdists, whose builds run code with your home and your proxies.
    #[arg(long, conflicts_with = "no_deps")]
    allow_sdists: bool,

    /// The index to install dependencies from, instead of the installer's own.
    #[arg(long, value_name = "URL", env = "SHIPSHAPE_INDEX_URL", hide_env_values = true)]
    index_url: Option<String>,

    /// Timeout of each import, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    time_limit: u64,

    /// Keep the environment on disk.
    #[arg(long)]
    keep: bool,

    #[command(flatten)]
    report: ReportOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    judging::show(context, &judged(arguments, context)?, &arguments.report)
}

/// How a command that publishes a wheel wants it tested.
pub(in crate::cli) struct Wish {
    pub(in crate::cli) package: Option<PathBuf>,
    pub(in crate::cli) python: Option<PathBuf>,
    pub(in crate::cli) no_deps: bool,
    pub(in crate::cli) allow_sdists: bool,
}

/// Judges a finished wheel, for a command that publishes it.
pub(in crate::cli) fn of_wheel(wheel: PathBuf, wish: Wish, context: &Context) -> Result<Report> {
    let Wish { package, python, no_deps, allow_sdists } = wish;
    let arguments = Arguments {
        wheel: Some(wheel),
        more: Vec::new(),
        package,
        python,
        no_deps,
        allow_sdists,
        index_url: None,
        time_limit: 60,
        keep: false,
        report: ReportOptions::unshown(),
    };
    judged(&arguments, context)
}

fn judged(arguments: &Arguments, context: &Context) -> Result<Report> {
    options::only_one(&arguments.more, "wheel", "smoke one wheel at a time: its name is exact")?;
    let index = arguments.index_url.as_deref().filter(|url| !url.trim().is_empty());
    let index = index.map(IndexAddress::parse).transpose()?;
    let folder = environment::folder()?;
    let wheel = match &arguments.wheel {
        Some(wheel) => {
            options::present(wheel, "wheel")?;
            wheel.clone()
        }
        None => built(arguments, context, &folder.path().join("built"))?,
    };
    let contents = Contents::read(&wheel)?;
    let description = description(context, arguments, &contents)?;
    let package = description.as_ref().map(|described| described.package.as_str());
    let smoke = description.as_ref().map(|described| described.smoke.clone()).unwrap_or_default();
    let plan = Plan::new(&contents, package, &smoke);
    let path = context.environment.get("PATH").map(OsStr::new);
    let named = arguments.python.as_deref().map(|named| program(named, path));
    let tools = Tools::find(named.as_deref(), path)?;
    let how = Installation {
        without_dependencies: arguments.no_deps,
        sdists: arguments.allow_sdists,
        index: index.as_ref().map(IndexAddress::as_str),
        environment: context.environment.for_programs(),
    };
    let bar = context.terminal.progress(1, "installing");
    let fresh = Fresh::new(folder, &tools, &wheel, &how)?;
    bar.finish_and_clear();
    let bar = context.terminal.progress(1, "importing");
    let limit = Duration::from_secs(arguments.time_limit);
    let strangers = context.environment.for_strangers();
    if cfg!(unix) && isolation::from_others(&strangers).is_none() {
        context.terminal.note(
            "imported code could read the variables of the processes above shipshape: this system gives it no user \
             namespace (`unshare --user`)",
        );
    }
    let outcomes = fresh.smoke(&plan, arguments.no_deps, limit, &strangers);
    bar.finish_and_clear();
    if arguments.keep {
        context.terminal.note(&format!("the environment is {}", fresh.keep().display()));
    }
    let outcomes = outcomes?;
    summarize(context, &plan, &outcomes);
    Ok(report(context, &wheel, smoke::judge(&plan, &outcomes, &contents)))
}

/// Builds the wheel that package.yaml describes into a folder.
fn built(arguments: &Arguments, context: &Context, folder: &Path) -> Result<PathBuf> {
    let description = arguments.package.as_deref();
    let project = context.all(Project::load(Place { description, ..Place::default() }))?;
    context.all(refuse_drift(&project))?;
    let request = Request {
        wheel: true,
        sdist: false,
        tree: false,
        report: false,
        epoch: options::epoch(context)?,
    };
    let metadata = project.metadata(VERSION)?;
    let built = context.all(build(&project, &metadata, &request, Some(folder)))?;
    let path = built.artefacts.first().map(|artefact| folder.join(&artefact.path));
    path.ok_or_else(|| Error::failed("the build made no wheel"))
}

/// Finds a program: a bare name such as `python3.13` on PATH, anything else by its path.
fn program(named: &Path, path: Option<&OsStr>) -> PathBuf {
    let is_bare = named.components().count() == 1;
    let found = is_bare.then(|| crate::edge::process::which(&named.to_string_lossy(), path));
    found.flatten().unwrap_or_else(|| named.to_owned())
}

/// The named description, or the nearest one if it is for this distribution.
fn description(
    context: &Context,
    arguments: &Arguments,
    contents: &Contents,
) -> Result<Option<Description>> {
    let named = arguments.package.is_some();
    let here = std::env::current_dir().ok();
    let nearest = || Description::nearest(&here?);
    let Some(file) = arguments.package.clone().or_else(nearest) else { return Ok(None) };
    let described = context.all(Description::load(&file))?.description;
    let is_same = normalize(&described.distribution) == normalize(&contents.distribution);
    Ok((named || is_same).then_some(described))
}

fn summarize(context: &Context, plan: &Plan, outcomes: &[Outcome]) {
    let good = outcomes.iter().filter(|outcome| outcome.problem.is_none()).count();
    context.terminal.note(&format!(
        "{} tried (modules, entry points, invariants): {good} as they should be",
        counted(plan.tasks.len(), "thing")
    ));
    let stubbed = smoke::stubbed(outcomes);
    if !stubbed.is_empty() {
        let names: Vec<&str> = stubbed.into_iter().collect();
        context.terminal.note(&format!("stubs replaced {}", names.join(", ")));
    }
}

fn report(context: &Context, wheel: &Path, findings: Vec<crate::checks::Finding>) -> Report {
    let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut repository = RepositoryReport {
        is_archived: false,
        name,
        origin: wheel.display().to_string(),
        commit: None,
        tree: None,
        profile: None,
        owner: None,
        shape: String::new(),
        verdict: RepositoryVerdict::Unchecked,
        error: None,
        paths: Vec::new(),
        findings,
    };
    judge::settle(&mut repository);
    Report {
        command: "package smoke",
        generated_at: context.clock.rfc3339(),
        shape: ShapeName { name: String::new(), source: String::new() },
        repositories: vec![repository],
        fleet_findings: Vec::new(),
        fleet: None,
        outliers: Vec::new(),
        trend: Vec::new(),
        notes: Vec::new(),
        next: Vec::new(),
    }
}
