//! `shipshape package list`: lists what a build would contain, using the same code as a build.

use clap::Args;

use super::options::{SubjectOptions, epoch, note_leftovers, shown};
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit};
use crate::error::Result;
use crate::package::build::document::About;
use crate::package::build::{self, Request};

/// List what a build would contain: every file of the wheel and the sdist, with sizes and hashes.
///
/// It uses the same code as `package build`, so that the two cannot differ, and writes nothing.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape package list --version 0.1.6
  shipshape package list --version 0.1.6 --format json
  shipshape package list --version 0.1.6 --ref runtime-v0.1.6    as it was at a tag"
)]
pub(crate) struct Arguments {
    /// The version (PEP 440).
    #[arg(long, value_name = "VERSION")]
    version: String,

    #[command(flatten)]
    subject: SubjectOptions,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let epoch = epoch(context)?;
    let project = arguments.subject.project(context)?;
    let metadata = project.metadata(&arguments.version)?;
    context.all(build::refuse_drift(&project))?;
    note_leftovers(&project, context);
    let request = Request { wheel: true, sdist: true, tree: false, report: false, epoch };
    let built = context.all(build::build(&project, &metadata, &request, None))?;
    let about = About {
        distribution: metadata.name.clone(),
        package: metadata.declared.package.clone(),
        version: metadata.version.to_string(),
        out: None,
    };
    context.terminal.output(&shown(arguments.format, about, &built, true)?)?;
    Ok(Exit::Clean)
}
