//! `shipshape campaign`: the same change in every repository that needs it.

pub(super) mod apply;
mod close;
pub(super) mod conditions;
mod consent;
mod each;
mod fold;
mod init;
mod merge;
pub(super) mod plan;
pub(super) mod resolve;
mod revert;
mod show;
pub(super) mod status;
mod survey;
mod work;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Context, Exit};
use crate::campaign::commands::Commands;
use crate::campaign::file::Campaign;
use crate::campaign::plan::Wishes;
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::Fleet;

/// Make the same change in every repository that needs it: one pull request each.
///
/// `campaign.yaml` says which members are meant, what is changed, and how the pull requests are worded. `plan` computes
/// every change and judges what it leads to; `apply` does exactly a plan. Run again, either goes on where it
/// stopped. What a person closed stays closed, and what a person pushed to is theirs.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Status(status::Arguments),
    Merge(merge::Arguments),
    Close(close::Arguments),
    Revert(revert::Arguments),
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Init(arguments) => init::run(arguments, context),
        Command::Plan(arguments) => plan::run(arguments, context),
        Command::Apply(arguments) => apply::run(arguments, context),
        Command::Status(arguments) => status::run(arguments, context),
        Command::Merge(arguments) => merge::run(arguments, context),
        Command::Close(arguments) => close::run(arguments, context),
        Command::Revert(arguments) => revert::run(arguments, context),
    }
}

/// Which campaign, and whom of its selection.
#[derive(Clone, Debug, Args)]
pub(super) struct Subject {
    /// The campaign's file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: PathBuf,

    /// Only the members that a list names, one a line; `-` reads it from standard input.
    #[arg(long, short = 't', value_name = "FILE|-")]
    targets: Option<PathBuf>,

    /// Also offer the change again where a person closed its pull request.
    #[arg(long)]
    reopen: bool,

    /// Also offer it again where it was merged and the difference is back.
    #[arg(long)]
    again: bool,

    /// Let commands of the campaign reach the network. They see no token either way.
    #[arg(long)]
    trust: bool,
}

/// What the files say that a command is about.
pub(crate) struct Loaded {
    campaign: Campaign,
    fleet: Fleet,
    list: Option<(PathBuf, Vec<u8>)>,
    wishes: Wishes,
    commands: Commands,
    /// Whether it is about what takes the campaign back.
    reverted: bool,
}

impl Subject {
    /// Refuses what cannot be said of a plan any more.
    fn check_of_plan(&self) -> Result<()> {
        let said = [
            (self.targets.is_some(), "--targets"),
            (self.reopen, "--reopen"),
            (self.again, "--again"),
        ];
        match said.into_iter().find(|(is_said, _)| *is_said) {
            None => Ok(()),
            Some((_, option)) => Err(Error::usage(format!(
                "{option} is for planning, and whom this plan is about is decided"
            ))
            .in_file(&self.file)
            .hint(format!("plan again: `shipshape campaign plan {option} …`"))),
        }
    }

    /// How commands are run.
    fn commands(&self, context: &Context) -> Commands {
        Commands::confined(context.environment.get("PATH")).trusted(self.trust)
    }

    fn load(&self, context: &Context) -> Result<Loaded> {
        let campaign = context.all(Campaign::load(&self.file))?;
        let fleet = context.fleet(self.file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, and there is no fleet.yaml here")
                .hint("name it with --fleet FILE, or write one: `shipshape init`")
        })?;
        let list = self.targets.as_deref().map(list).transpose()?;
        let wishes = Wishes {
            reopen: self.reopen,
            again: self.again,
            unneeded: campaign.says.unneeded,
            only_planned: true,
        };
        let commands = self.commands(context);
        Ok(Loaded { campaign, fleet, list, wishes, commands, reverted: false })
    }
}

/// A list of targets, and how errors call it.
pub(super) fn list(file: &Path) -> Result<(PathBuf, Vec<u8>)> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Error::failed("cannot read standard input").caused_by(error))?;
        return Ok((PathBuf::from("<stdin>"), bytes));
    }
    let bytes = whole_file::read(file)?
        .ok_or_else(|| Error::usage("there is no such list of targets").in_file(file))?;
    Ok((file.to_owned(), bytes))
}

impl Loaded {
    /// A campaign that no file says.
    pub(crate) fn of(campaign: Campaign, fleet: Fleet, wishes: Wishes) -> Self {
        let (list, commands, reverted) = (None, Commands::default(), false);
        Self { campaign, fleet, list, wishes, commands, reverted }
    }

    /// The same, about what takes the campaign back.
    pub(super) fn reverted(self, reverted: bool) -> Self {
        Self { reverted, ..self }
    }

    /// The same, of the members that a list names.
    pub(super) fn only(self, named: PathBuf, list: Vec<u8>) -> Self {
        Self { list: Some((named, list)), ..self }
    }

    /// The same, with how its commands are run.
    pub(super) fn running(self, commands: Commands) -> Self {
        Self { commands, ..self }
    }

    /// The fleet that it is about.
    pub(crate) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    fn question(&self) -> survey::Question<'_> {
        survey::Question {
            campaign: &self.campaign,
            fleet: &self.fleet,
            list: self.list.as_ref().map(|(file, bytes)| (file.as_path(), &bytes[..])),
            wishes: self.wishes,
            commands: &self.commands,
        }
    }
}
