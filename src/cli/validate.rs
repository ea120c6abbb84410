//! `shipshape validate`: judges one repository or several.

use std::path::PathBuf;

use clap::Args;

use crate::cli::shared::comment::{self, About, CommentOptions};
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::known_words::{KnownWords, rules};
use crate::cli::shared::observing::{self, MembersOnForge, Source};
use crate::cli::shared::options::{HistoryOptions, ReportOptions};
use crate::cli::shared::targets::{self, Named};
use crate::cli::shared::{decisions, judging};
use crate::cli::{Context, Exit};
use crate::error::Result;

/// Check repositories against the shape: which files they must have, and what those must contain.
///
/// Files are read and never executed. The shape is that of --shape if given, otherwise that of fleet.yaml
/// (here, in a folder above, or given by --fleet), otherwise the embedded one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape validate                                  the repository in this folder
  shipshape validate --format github                  annotations on a pull request
  shipshape validate --format sarif -o report.sarif   for code scanning
  shipshape validate --format github --also markdown=summary.md --also sarif=report.sarif --comment
                                                      all that a job of GitHub Actions needs, in one run
  shipshape validate --ref v1.2.0 path/to/repo.git    a bare repository at a tag
  shipshape validate --rule docker-user               only what one rule finds
  shipshape validate --repository hermes              a member of fleet.yaml, from the forge")]
pub(crate) struct Arguments {
    /// Folders, git work trees or bare git directories.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Members of the fleet to read from the forge instead.
    #[arg(long, value_name = "NAME", num_args = 1.., conflicts_with = "paths")]
    repository: Vec<String>,

    /// Only findings of this rule, by id or code; may be given several times. What could not be checked is
    /// always reported, and a file that does not parse if the rule reads it.
    #[arg(long, value_name = "RULE", conflicts_with = "comment", hide_possible_values = true,
        value_parser = KnownWords(rules))]
    rule: Vec<String>,

    #[command(flatten)]
    subject: crate::cli::shared::options::SubjectOptions,

    #[command(flatten)]
    report: ReportOptions,

    #[command(flatten)]
    history: HistoryOptions,

    #[command(flatten)]
    comment: CommentOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    arguments.report.each_has_its_file()?;
    decisions::known_rules(&arguments.rule)?;
    let about = About {
        folders: &arguments.paths,
        members: &arguments.repository,
        subject: &arguments.subject,
    };
    let asked = arguments.comment.asked(context, about)?;
    let (targets, mut source) = if arguments.repository.is_empty() {
        (targets::resolve_some(context, &arguments.subject.of(&arguments.paths))?, Source::Here)
    } else {
        arguments.history.only_here()?;
        let members = MembersOnForge {
            names: &arguments.repository,
            here: Some("shipshape validate repos/*"),
            subject: &arguments.subject,
        };
        observing::on_forge(context, &arguments.forge, &members)?
    };
    let mut report = judging::judge_from(
        context,
        &targets,
        &mut source,
        &judging::Request::new("validate", &arguments.report)
            .locating(arguments.comment.is_wanted())
            .searching(&arguments.history)
            .noting_unused_waivers(arguments.rule.is_empty())
            .chosen_by(&arguments.subject),
    )?;
    judging::keep_rules(&mut report, &arguments.rule);
    let exit = judging::show(context, &report, &arguments.report)?;
    let read = (targets.fleet.as_ref(), &mut source);
    comment::tell(context, &arguments.forge, read, (asked, &report, exit))
}

impl crate::cli::shared::options::SubjectOptions {
    /// Combines these options with the paths that they apply to.
    pub(super) fn of<'a>(&'a self, paths: &'a [PathBuf]) -> Named<'a> {
        Named {
            paths,
            reference: self.reference.as_deref(),
            shape: self.shape.as_deref(),
            profile: self.profile.as_deref(),
            slug: self.slug.as_deref(),
            ..Named::default()
        }
    }
}
