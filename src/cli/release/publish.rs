//! `shipshape release publish`: uploads a version to an index once, and waits until the index serves it.

mod files;
mod held;
mod place;
mod rehearse;
mod run;
mod shown;
mod upload;

use std::path::PathBuf;

use clap::Args;

use super::gates::GateOptions;
use super::minutes;
use crate::cli::package::options::SubjectOptions;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit};
use crate::error::{Error, Result};
use crate::release::Stage;
use crate::release::publish::document::{Document, StageReport};

pub(in crate::cli) use place::UploadOptions;

/// Build a version, check it against every gate, upload it, and wait until the index serves it.
///
/// The version must have its tag already (`release tag`), and what is built is the content of the tag: what is
/// not committed is not uploaded. The files are built once and kept beside the fleet's journal, so that every
/// run of this command uploads the same bytes, even after an interruption. A file that is already on the index
/// is reported as published; a different file with the same name is an error, and so is a withdrawn (yanked) version. The
/// gates are `package check`, `package smoke` and `package compat`, of the very files that are uploaded; files
/// that fail a gate are discarded. The upload is authorised by SHIPSHAPE_UPLOAD_PASSWORD (and
/// SHIPSHAPE_UPLOAD_USERNAME), or by Trusted Publishing in a CI job that has an identity token. Attestations
/// beside a file (NAME.publish.attestation) are uploaded with it. The command ends when the index lists all
/// files as JSON and HTML and serves their bytes.
// `--version` is the release's here, so clap's own flag is disabled.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape release publish 0.1.6                     the runtime of fleet.yaml, to its index
  shipshape release publish 0.1.6 --dry-run           build it, run the gates and read the index; change nothing
  shipshape release publish 0.1.6 --ref runtime-v0.1.6     from a tag
  shipshape release publish 0.1.6 --from dist/        files that were built and attested earlier
  shipshape release publish 0.1.6 --no-compat --format json -o publish.json
  SHIPSHAPE_UPLOAD_PASSWORD=… shipshape release publish 0.1.6 \\
    --index-url https://packages.example/simple/ --upload-url https://packages.example/legacy/

To rehearse it on a forge and an index of your own (docs/publishing.md says more):
  shipshape sandbox --exports sandbox.env > sandbox.log 2>&1 &
  . ./sandbox.env                                     once that file is there"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    wish: Wish,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Report")]
    format: Form,

    /// The file to write the report to, instead of standard output. It is written atomically.
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    output: Option<PathBuf>,
}

/// What to publish, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct Wish {
    /// The version (PEP 440).
    #[arg(value_name = "VERSION")]
    pub(super) version: String,

    #[command(flatten)]
    pub(super) subject: SubjectOptions,

    /// Use the wheel, the sdist and attestations in this folder instead of building them.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["source", "reference"],
        help_heading = "Subject"
    )]
    pub(super) from: Option<PathBuf>,

    #[command(flatten)]
    pub(super) gates: GateOptions,

    #[command(flatten)]
    pub(super) index: place::UploadOptions,

    /// Minutes to wait until the index serves the upload. With 0 the stage is `unchecked`.
    #[arg(
        long,
        value_name = "MINUTES",
        default_value_t = 15,
        value_parser = minutes::from_zero
    )]
    pub(super) wait: u64,

    /// The state file, with the files of versions beside it (default: the fleet's own in the user's state
    /// folder).
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    /// Publish even if releases are frozen, the version has no tag or skips numbers, or the source differs from
    /// its tag.
    #[arg(long)]
    pub(super) force: bool,

    /// Discard the files that an earlier run kept, and build them again. Refused once an upload has started.
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) start_over: bool,

    /// Build, run the gates and read the index, but change nothing anywhere.
    #[arg(long)]
    pub(super) dry_run: bool,

    #[command(flatten)]
    pub(super) forge: ForgeOptions,
}

/// What a chain adds to the options.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// The last stage to run; all if `None`.
    pub(super) until: Option<Stage>,
    /// The first stage to repeat, whatever is recorded of it.
    pub(super) from: Option<Stage>,
    /// The commit that the files have to be built from, if there is one.
    pub(super) commit: Option<String>,
    /// Whether the chain was given a source by name, which is used as it is.
    pub(super) is_named: bool,
    /// Whether files that an earlier run kept from a named source are not of this commit; those whose upload was started stay.
    pub(super) builds_anew: bool,
}

/// Runs a publication, and returns the report and how it ended. `noted` is called with each stage as soon as it is
/// over, and with the upload before it begins.
pub(super) fn stages(
    wish: &Wish,
    bounds: &Bounds,
    context: &Context,
    noted: &dyn Fn(&StageReport),
) -> Result<(Document, Result<Exit>)> {
    let place = place::Place::of(wish, context)?;
    wish.gates.possible(place.fleet.is_some())?;
    run::run((wish, bounds), &place, context, noted)
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let wish = &arguments.wish;
    if wish.forge.read_only && !wish.dry_run {
        return Err(Error::usage("`--read-only` sends nothing, and publishing sends files")
            .hint("`--dry-run` does all but that"));
    }
    let (mut document, ended) = stages(wish, &Bounds::default(), context, &|_| ())?;
    let ended = ended.map_err(place::unfetched);
    document.complete();
    shown::show(&document, arguments, context)?;
    context.told(ended)
}
