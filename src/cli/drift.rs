//! `shipshape drift`: the whole fleet against its shape, or two trees against each other.

mod trees;

use std::path::PathBuf;

use clap::Args;

use crate::cli::shared::comment::{self, About, CommentOptions};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::known_words::{KnownWords, rules};
use crate::cli::shared::observing::{self, MembersOnForge, Source};
use crate::cli::shared::options::{HistoryOptions, ReportOptions, SubjectOptions};
use crate::cli::shared::targets::Targets;
use crate::cli::shared::{decisions, judging, past_runs, registrations, targets};
use crate::cli::{Context, Exit};
use crate::error::{Error, Result};

/// Show which repositories of a fleet differ from the shape, where, and by how much.
///
/// The members of fleet.yaml are read from the forge, without a clone. With --local, repositories are read from
/// folders, git work trees and bare git directories. With two trees instead, it lists the files that differ
/// between them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape drift                                          every member of fleet.yaml, from the forge
  shipshape drift --repository hermes crewai               two of them
  shipshape drift --owner @acme/payments                   what one team has to do
  shipshape drift --rule workflow-unpinned                 which repositories have it, and where
  shipshape drift --settings                               also settings on the forge
  shipshape drift --local repos/*                          the matrix and the findings
  shipshape drift --local mirrors/*.git --ref main         bare repositories, nothing checked out
  shipshape drift --local repos/* --format html -o d.html  a page to share
  shipshape drift mirror/ source/                          which files of a mirror drifted from its source")]
pub(crate) struct Arguments {
    /// Repositories on this machine, instead of the fleet on its forge.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with = "trees")]
    local: Vec<PathBuf>,

    /// Members of the fleet to read from the forge (default: all).
    #[arg(long, value_name = "NAME", num_args = 1.., conflicts_with_all = ["trees", "local"])]
    repository: Vec<String>,

    /// Two trees to compare with each other.
    #[arg(value_name = "TREE", num_args = 1..)]
    trees: Vec<PathBuf>,

    /// Repositories with registrations, matched by name. They are read for these, and not checked themselves.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with = "trees")]
    registrations: Vec<PathBuf>,

    /// Also check the repositories' settings on the forge: required checks, secrets, what Actions may run,
    /// branches. This takes about ten requests per repository.
    #[arg(long, conflicts_with_all = ["trees", "local"])]
    settings: bool,

    /// Only members of this owner in fleet.yaml; may be given several times.
    #[arg(long, value_name = "WHO", conflicts_with_all = ["trees", "record", "write_baseline"])]
    owner: Vec<String>,

    /// Only findings of this rule, by id or code, and the repositories that have them; may be given several
    /// times. What could not be checked is always reported, and a file that does not parse if the rule reads it.
    #[arg(long, value_name = "RULE", conflicts_with_all = ["trees", "record", "write_baseline"],
        hide_possible_values = true, value_parser = KnownWords(rules))]
    rule: Vec<String>,

    /// Append this run of the whole fleet to the history file of fleet.yaml, from which later runs compute the
    /// trend.
    #[arg(long, conflicts_with = "trees")]
    record: bool,

    /// Write the current findings to the baseline file of fleet.yaml, so that only new ones are reported. This
    /// writes no report, and does not cover leaked credentials and files that do not parse.
    #[arg(
        long,
        conflicts_with_all = ["trees", "record", "format", "output", "also", "fail_on", "comment"]
    )]
    write_baseline: bool,

    #[command(flatten)]
    subject: SubjectOptions,

    #[command(flatten)]
    report: ReportOptions,

    #[command(flatten)]
    history: HistoryOptions,

    #[command(flatten)]
    comment: CommentOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

impl Arguments {
    /// Whether the run was limited to some members of a fleet. Local clones are often all that exists, so a run over
    /// several of them counts as a look at the whole fleet, even if some members are missing.
    fn is_narrow(&self, targets: &Targets) -> bool {
        let is_asked = !self.repository.is_empty()
            || !self.owner.is_empty()
            || targets.targets.len() + targets.unplaced.len() == 1;
        is_asked && decisions::is_part(targets.fleet.as_ref(), &targets.targets)
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    if let [one, other] = arguments.trees.as_slice() {
        if arguments.comment.is_wanted() {
            return Err(Error::usage("`--comment` cannot be used when comparing two trees")
                .hint("leave --comment out"));
        }
        return trees::compare(context, one, other, &arguments.subject, &arguments.report);
    }
    if let [one, ..] = arguments.trees.as_slice() {
        let given = arguments.trees.len();
        let were = if given == 1 { "was" } else { "were" };
        return Err(Error::usage(format!(
            "comparing takes two trees, and {given} {were} given: {}",
            one.display()
        ))
        .hint("to judge repositories on this machine: `--local DIR…`")
        .hint("to judge members on the forge: `--repository NAME…`"));
    }
    arguments.report.each_has_its_file()?;
    decisions::known_rules(&arguments.rule)?;
    if arguments.comment.is_wanted() && !(arguments.rule.is_empty() && arguments.owner.is_empty()) {
        return Err(Error::usage(
            "`--comment` cannot be combined with `--rule` or `--owner`: a partial report would replace the full one",
        )
        .hint("leave out --comment, or --rule and --owner"));
    }
    let about = About {
        folders: &arguments.local,
        members: &arguments.repository,
        subject: &arguments.subject,
    };
    let asked = arguments.comment.asked(context, about)?;
    let (mut targets, mut source) = if arguments.local.is_empty() {
        arguments.history.only_here()?;
        let members = MembersOnForge {
            names: &arguments.repository,
            here: Some("--local repos/*"),
            subject: &arguments.subject,
        };
        observing::on_forge(context, &arguments.forge, &members)?
    } else {
        let named = arguments.subject.of(&arguments.local);
        (targets::resolve_some(context, &named)?, Source::Here)
    };
    // What a run ends with is refused before anything is read.
    if arguments.record {
        past_runs::only_whole(&targets)?;
        past_runs::history_of(&targets)?;
    }
    if arguments.write_baseline {
        past_runs::baseline_to_write(&targets)?;
    }
    targets.keep_owners(&arguments.owner)?;
    let mut report = judging::judge_from(
        context,
        &targets,
        &mut source,
        &judging::Request::new("drift", &arguments.report)
            .locating(arguments.comment.is_wanted())
            .searching(&arguments.history)
            .with_settings(arguments.settings)
            .writing_baseline(arguments.write_baseline)
            .chosen_by(&arguments.subject),
    )?;
    let is_narrow = arguments.is_narrow(&targets);
    if let Some(fleet) = &targets.fleet {
        let found = source.registrations(fleet, &arguments.registrations);
        let found = match is_narrow && arguments.registrations.is_empty() {
            true => registrations::about(context, &targets.targets, found),
            false => registrations::all(found),
        };
        report.fleet_findings.extend(decisions::with_rules(context, fleet, found));
    }
    judging::keep_rules(&mut report, &arguments.rule);
    if !arguments.rule.is_empty() {
        judging::keep_found(&mut report);
    }
    if let Some(fleet) = &targets.fleet
        && report.fleet_findings.iter().any(|it| it.fix.is_some() && it.waived.is_none())
    {
        report.next.push(registrations::command(context, fleet, &arguments.registrations));
    }
    if arguments.write_baseline {
        return past_runs::write_baseline(context, &targets, &report);
    }
    // A run over a part of the findings or of the members would distort the trend.
    if arguments.rule.is_empty() && !is_narrow {
        past_runs::tell_trend(context, &targets, &mut report, arguments.record)?;
    }
    let exit = judging::show(context, &report, &arguments.report)?;
    let read = (targets.fleet.as_ref(), &mut source);
    comment::tell(context, &arguments.forge, read, (asked, &report, exit))
}
