//! `shipshape release`: from a merged commit to images that contain it.
//!
//! Each subcommand has a module with its `Arguments`, its help with examples, and a `run`.

mod ahead;
mod back;
mod cascade;
mod compat;
mod consumers;
mod freeze;
mod gates;
mod minutes;
mod mirror;
mod on_index;
mod pace;
mod plan;
mod publish;
mod recorded;
mod run;
mod show;
mod show_cascade;
mod show_chain;
mod source;
pub(super) mod status;
mod tag;
mod thaw;
mod went_back;
mod withdraw;
mod workflows;

use clap::{Args, Subcommand};
use pep440_rs::Version;

use super::{Context, Exit};
use crate::cli::shared::given::Given;
use crate::cli::shared::index::{self, IndexOptions};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::index::{Availability, Project};
use crate::release::chain::OF_ONE_VERSION;
use crate::release::later::Listed;
use crate::release::{Chosen, Subject, subject};

/// Release the runtime package: choose the next version, reserve it, publish it, and notify every member.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// A new subcommand needs its `mod` above, its variant here in the order of the chain, and its arm in `run`.
#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Arguments>),
    Status(status::Arguments),
    Plan(Box<plan::Arguments>),
    Tag(Box<tag::Arguments>),
    Publish(Box<publish::Arguments>),
    Cascade(Box<cascade::Arguments>),
    Back(Box<back::Arguments>),
    Mirror(mirror::Arguments),
    Consumers(consumers::Arguments),
    Workflows(workflows::Arguments),
    Freeze(freeze::Arguments),
    Thaw(thaw::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Run(arguments) => run::run(arguments, context),
        Command::Status(arguments) => status::run(arguments, context),
        Command::Plan(arguments) => plan::run(arguments, context),
        Command::Tag(arguments) => tag::run(arguments, context),
        Command::Publish(arguments) => publish::run(arguments, context),
        Command::Cascade(arguments) => cascade::run(arguments, context),
        Command::Back(arguments) => back::run(arguments, context),
        Command::Mirror(arguments) => mirror::run(arguments, context),
        Command::Consumers(arguments) => consumers::run(arguments, context),
        Command::Workflows(arguments) => workflows::run(arguments, context),
        Command::Freeze(arguments) => freeze::run(arguments, context),
        Command::Thaw(arguments) => thaw::run(arguments, context),
    }
}

/// The fleet, which defines what is released.
fn fleet(context: &Context) -> Result<Fleet> {
    context.fleet(None)?.ok_or_else(|| {
        Error::usage("fleet.yaml says what is released, but there is none here")
            .hint("name it with --fleet FILE, or create one: `shipshape init repos/*`")
    })
}

/// What most release commands work on.
struct Target {
    fleet: Fleet,
    /// What the fleet releases.
    subject: Subject,
}

impl Target {
    /// The target that fleet.yaml describes.
    fn of(context: &Context) -> Result<Self> {
        let fleet = fleet(context)?;
        let subject = Subject::of(&fleet)?;
        Ok(Self { fleet, subject })
    }
}

/// The runtime package on the index; `None` if the index does not know it.
fn project(context: &Context, options: &IndexOptions, fleet: &Fleet) -> Result<Option<Project>> {
    let package = subject::package(fleet)?;
    let index = index::of_fleet(context, options, package)?;
    index.find_project(&package.distribution)
}

/// The versions that the index knows, including withdrawn ones and those without files; `None` if it does not know the
/// distribution.
fn indexed(
    context: &Context,
    options: &IndexOptions,
    fleet: &Fleet,
) -> Result<Option<Vec<Version>>> {
    let project = project(context, options, fleet)?;
    Ok(project.map(|project| project.releases().into_keys().collect()))
}

/// The versions that an index lists; one without files counts as withdrawn.
fn listed(project: &Project) -> Listed {
    let is_offered =
        |known: &Version| matches!(project.availability(known), Availability::Offered(_));
    let (offered, withdrawn) = project.releases().into_keys().partition(is_offered);
    Listed { offered, withdrawn }
}

/// A `release run` of another version than the one at hand, with the options that were given, except those that let the
/// version at hand through.
fn run_of_another(given: &Given, version: Option<&str>) -> String {
    let given = OF_ONE_VERSION.iter().fold(given.clone(), |given, long| given.without(long));
    given.carried_to(&match version {
        Some(version) => format!("shipshape release run --version {version}"),
        None => "shipshape release run".to_owned(),
    })
}

/// The end of a command whose question was answered with no.
fn declined() -> Error {
    Error::usage("the answer was no, so nothing was done")
}

/// Adds to the error of an unreadable index why no new version was decided on.
fn undecided(error: Error) -> Error {
    error.hint("the next version must be above all that the index knows, so nothing was decided")
}

/// Refuses an implausible version if nobody can be asked and `--yes` is missing: `--force` alone does not prove that it
/// is intended.
fn must_be_meant(context: &Context, chosen: &Chosen, yes: bool) -> Result<()> {
    if chosen.set_aside.is_empty() || yes || context.terminal.can_ask() {
        return Ok(());
    }
    let version = &chosen.version;
    let error = Error::usage(format!(
        "{version} was not reserved: --force alone does not set this aside where there is no terminal to ask on"
    ));
    Err(chosen
        .set_aside
        .iter()
        .fold(error, |error, why| error.caused_by(why))
        .hint("to take members back to an earlier version: `shipshape release back VERSION`")
        .hint(format!("if {version} is intended: add --yes")))
}
