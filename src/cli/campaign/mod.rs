//! `shipshape campaign`: the same change in every repository that needs it.

pub(super) mod apply;
mod close;
pub(super) mod conditions;
mod consent;
mod each;
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
/// `campaign.yaml` says which members are selected, what is changed, and how the pull requests are worded. `plan` computes
/// every change and judges its result; `apply` does exactly what a plan says. Both are safe to run again. A pull request
/// that a person closed stays closed, and one that a person pushed to is left to that person.
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
    /// The campaign file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: PathBuf,

    /// Only the members that a list names, one per line; `-` reads it from standard input.
    #[arg(long, short = 't', value_name = "FILE|-")]
    targets: Option<PathBuf>,

    /// Offer the change again too where a person closed its pull request.
    #[arg(long)]
    reopen: bool,

    /// Offer the change again too where it was merged and the difference is back.
    #[arg(long)]
    again: bool,

    /// Let the campaign's commands reach the network. They never see a token.
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
                "`{option}` works only with a campaign file: a plan already fixes its repositories"
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
    let bytes = whole_file::read(file).map_err(|error| match is_stream(file) {
        true => error.hint("give it on standard input: `… | shipshape … --targets -`"),
        false => error,
    })?;
    let bytes =
        bytes.ok_or_else(|| Error::usage("this list of targets does not exist").in_file(file))?;
    Ok((file.to_owned(), bytes))
}

/// Whether a file is something that a shell or another program writes to while it is read: `<(echo alpha)`.
fn is_stream(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
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

    /// The same, as this run's token may do it; what takes a campaign back is only planned.
    pub(super) fn by_this_token(self) -> Self {
        let wishes = Wishes { only_planned: self.reverted, ..self.wishes };
        Self { wishes, ..self }
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
