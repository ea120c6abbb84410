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
use crate::cli::package::options::SubjectOptions;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit};
use crate::error::{Error, Result};
use crate::release::Stage;
use crate::release::publish::document::{Document, StageReport};

pub(in crate::cli) use place::UploadOptions;

/// Build a version, hold it against every gate, upload it, and wait until the index serves it.
///
/// The version has its tag already (`release tag`), and what is built is what the tag holds: what is not committed is not
/// uploaded. The files are built once and kept beside the fleet's journal, so that every run of this command uploads the same
/// bytes, wherever an earlier one was killed. A file that the index has already is told as already published; another
/// file of its name is an error, and so is a version that was withdrawn. Gates: `package check`, `package smoke` and
/// `package compat`, of the very files that are uploaded; files that a gate refuses are thrown away. The upload is let in by
/// SHIPSHAPE_UPLOAD_PASSWORD (and SHIPSHAPE_UPLOAD_USERNAME), or by Trusted Publishing in a CI job that may prove who it
/// is. Attestations that lie beside a file (NAME.publish.attestation) go with it. It ends
/// when the index shows all files as JSON and as HTML and gives their bytes.
// `--version` is the release's here, so clap's own flag is disabled.
#[derive(Debug, Args)]
#[command(
    disable_version_flag = true,
    after_help = "\
Examples:
  shipshape release publish 0.1.6                     of fleet.yaml's runtime, to its index
  shipshape release publish 0.1.6 --dry-run           build it and pass the gates; look at the index, change nothing
  shipshape release publish 0.1.6 --ref runtime-v0.1.6     of a tag
  shipshape release publish 0.1.6 --from dist/        files that were built and attested before
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

    /// The form of the report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Report")]
    format: Form,

    /// Where to write it instead of standard output; written whole or not at all.
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    output: Option<PathBuf>,
}

/// What is to be published, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct Wish {
    /// The version, as PEP 440 has it.
    #[arg(value_name = "VERSION")]
    pub(super) version: String,

    #[command(flatten)]
    pub(super) subject: SubjectOptions,

    /// Take the wheel and the sdist, and attestations, from this folder instead of building them.
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

    /// How long the index may take to serve what it took; 0 does not wait, and the stage is then `unchecked`.
    #[arg(
        long,
        value_name = "MINUTES",
        default_value_t = 15,
        value_parser = clap::value_parser!(u64).range(0..=1440)
    )]
    pub(super) wait: u64,

    /// The file that remembers what was begun, with the files of versions beside it; by default the fleet's own in the
    /// user's folder for state.
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    /// Publish although releases are frozen, the version has no tag or is a leap, or the source is not what its tag holds.
    #[arg(long)]
    pub(super) force: bool,

    /// Throw away the files that an earlier run kept, and make them anew; refused once an upload was begun.
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) start_over: bool,

    /// Build, pass the gates and look at the index; change nothing anywhere.
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
}

/// Runs a publication, and returns the report and how it ended. `noted` is called with each stage as soon as it is
/// over.
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
