//! `shipshape campaign`: the same change in every repository that needs it.

pub(super) mod apply;
mod close;
pub(super) mod conditions;
mod consent;
mod each;
mod fleet_journal;
mod former;
mod init;
mod merge;
mod only;
pub(super) mod plan;
mod remote_shapes;
mod required;
pub(super) mod resolve;
mod rest;
mod revert;
mod show;
pub(super) mod status;
mod still_wanted;
mod survey;
mod work;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use self::only::Only;

use super::{Context, Exit};
use crate::campaign::commands::Commands;
use crate::campaign::file::Campaign;
use crate::campaign::plan::{Plan, Wishes};
use crate::cli::shared::next::{at_same_place, quoted};
use crate::edge::whole_file;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member};

/// Make the same change in every repository that needs it, with one pull request each.
///
/// `campaign.yaml` defines which members are selected, what is changed, and the texts of the pull requests.
/// `plan` computes every change and checks its result; `apply` does exactly what a plan says. Both are safe to
/// run again. A pull request that a person closed stays closed, and one that a person pushed to is left alone.
/// To leave a member out, waive the finding that the campaign selects it by (`shipshape waive`), or exclude it
/// in `select` with a leading `!`. If its pull request is already open, close it with `close -m MEMBER`.
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

/// The campaign, and which repositories of its selection.
#[derive(Clone, Debug, Args)]
pub(super) struct Subject {
    /// The campaign file.
    #[arg(value_name = "FILE", default_value = "campaign.yaml")]
    file: PathBuf,

    #[command(flatten)]
    only: Only,

    /// Also offer the change again where a person closed its pull request.
    #[arg(long)]
    reopen: bool,

    /// Also offer the change again where it was merged and the difference is back.
    #[arg(long)]
    again: bool,

    /// Let the campaign's commands use the network. They never see a token.
    #[arg(long)]
    trust: bool,
}

/// A list of targets: its name in errors, and its bytes.
pub(crate) type List = (PathBuf, Vec<u8>);

/// The files that a command works on, and its options.
pub(crate) struct Loaded {
    campaign: Campaign,
    fleet: Fleet,
    list: Option<List>,
    wishes: Wishes,
    commands: Commands,
    /// Whether it is about the revert of the campaign.
    reverted: bool,
    /// What was noted at earlier looks of the same run.
    noted: survey::others::Noted,
}

impl Subject {
    /// The options that let closed and merged changes be offered again, each after a space.
    fn wishes_typed(&self) -> String {
        let said = [(self.reopen, " --reopen"), (self.again, " --again")];
        said.into_iter().filter(|(is_said, _)| *is_said).map(|(_, option)| option).collect()
    }

    /// Refuses options that do not apply to an existing plan.
    fn check_of_plan(&self, context: &Context, plan: &Plan) -> Result<()> {
        let narrows = ["--member", "--targets"];
        let said = [
            (!self.only.members.is_empty(), narrows[0]),
            (self.only.targets.is_some(), narrows[1]),
            (self.reopen, "--reopen"),
            (self.again, "--again"),
        ];
        let Some((_, option)) = said.into_iter().find(|(is_said, _)| *is_said) else {
            return Ok(());
        };
        let error = Error::usage(format!(
            "`{option}` works only with a campaign file: a plan already fixes its repositories"
        ))
        .in_file(&self.file);
        let (campaign, kept) = (quoted(&plan.file), quoted(&self.file.display().to_string()));
        let value = if narrows.contains(&option) { " …" } else { "" };
        let command = match is_of_revert(plan) {
            true if option == "--again" => return Err(error.hint("a revert has no such option")),
            true => format!("revert {campaign} {option}{value} --plan {kept}"),
            false => format!("plan {campaign} {option}{value}"),
        };
        let command = at_same_place(context, &format!("shipshape campaign {command}"));
        Err(error.hint(format!("plan again: `{command}`")))
    }

    /// How commands are run.
    fn commands(&self, context: &Context) -> Commands {
        Commands::confined(context.environment.get("PATH")).trusted(self.trust)
    }

    fn load(&self, context: &Context) -> Result<Loaded> {
        let campaign = context.all(Campaign::load(&self.file))?;
        let fleet = context.fleet(self.file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, but there is no fleet.yaml here")
                .hint("name it with --fleet FILE, or create one: `shipshape init repos/*`")
        })?;
        let list = self.only.list(context, &fleet)?;
        let wishes = Wishes {
            reopen: self.reopen,
            again: self.again,
            unneeded: campaign.says.unneeded,
            only_planned: true,
        };
        let commands = self.commands(context);
        Ok(Loaded {
            campaign,
            fleet,
            list,
            wishes,
            commands,
            reverted: false,
            noted: survey::others::Noted::default(),
        })
    }
}

/// Members named on the command line, as a list of targets.
pub(crate) fn listed<'m>(members: impl IntoIterator<Item = &'m Member>) -> List {
    (PathBuf::from("<members>"), listing(members))
}

/// Members as a list of targets, by full name because members of two kinds may share a slug.
fn listing<'m>(members: impl IntoIterator<Item = &'m Member>) -> Vec<u8> {
    let line = |member: &Member| format!("{}/{}\n", member.repository.owner, member.name());
    let lines = members.into_iter().map(line);
    lines.collect::<String>().into_bytes()
}

/// Whether a plan reverts the campaign of its file.
fn is_of_revert(plan: &Plan) -> bool {
    let campaign = Campaign::load(Path::new(&plan.file));
    campaign.is_ok_and(|campaign| campaign.inverse().says.name == plan.campaign)
}

/// Reads a list of targets, and names it for errors.
pub(super) fn list(file: &Path) -> Result<List> {
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

/// Whether a file is a stream, which another program may still be writing to: `<(echo alpha)`.
fn is_stream(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

impl Loaded {
    /// A campaign without a file.
    pub(crate) fn of(campaign: Campaign, fleet: Fleet, wishes: Wishes) -> Self {
        let noted = survey::others::Noted::default();
        let (list, commands, reverted) = (None, Commands::default(), false);
        Self { campaign, fleet, list, wishes, commands, reverted, noted }
    }

    /// Sets whether it is about the revert of the campaign.
    pub(super) fn reverted(self, reverted: bool) -> Self {
        Self { reverted, ..self }
    }

    /// Limits the wishes to what this run's token can do; a revert is only planned.
    pub(super) fn by_this_token(self) -> Self {
        let wishes = Wishes { only_planned: self.reverted, ..self.wishes };
        Self { wishes, ..self }
    }

    /// Limits it to the members that a list names.
    pub(super) fn only(self, named: PathBuf, list: Vec<u8>) -> Self {
        Self { list: Some((named, list)), ..self }
    }

    /// Limits it to these members. The others have not left the campaign; they are merely not looked at.
    pub(crate) fn narrowed(self, members: Option<List>) -> Self {
        Self { list: members, ..self }
    }

    /// Sets how its commands are run.
    pub(super) fn running(self, commands: Commands) -> Self {
        Self { commands, ..self }
    }

    /// The fleet of the campaign.
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
