//! `shipshape release publish`: a version onto an index, once, and waited for until it is really there.

mod files;
mod held;
mod place;
mod rehearse;
mod run;
mod shown;
mod upload;

use std::path::PathBuf;

use clap::Args;
use pep440_rs::Version;

use super::gates::GateOptions;
use crate::cli::forge::ForgeOptions;
use crate::cli::options::Form;
use crate::cli::package::options::SubjectOptions;
use crate::cli::{Context, Exit};
use crate::error::{Error, Result};
use crate::release::publish::document::{Document, Stage};

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
// The program's own `--version` gives way to the release's.
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
    /// The version, as PEP 440 has it.
    #[arg(value_name = "VERSION")]
    version: String,

    #[command(flatten)]
    subject: SubjectOptions,

    /// Take the wheel and the sdist, and attestations, from this folder instead of building them.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["source", "reference"],
        help_heading = "Subject"
    )]
    from: Option<PathBuf>,

    #[command(flatten)]
    gates: GateOptions,

    #[command(flatten)]
    index: place::UploadOptions,

    /// How long the index may take to serve what it took; 0 does not wait, and the stage is then `unchecked`.
    #[arg(
        long,
        value_name = "MINUTES",
        default_value_t = 15,
        value_parser = clap::value_parser!(u64).range(0..=1440)
    )]
    wait: u64,

    /// The file that remembers what was begun, with the files of versions beside it; by default the fleet's own in the
    /// user's folder for state.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Publish although releases are frozen, the version has no tag or is a leap, or the source is not what its tag holds.
    #[arg(long)]
    force: bool,

    /// Throw away the files that an earlier run kept, and make them anew; refused once an upload was begun.
    #[arg(long, conflicts_with = "dry_run")]
    start_over: bool,

    /// Build, pass the gates and look at the index; change nothing anywhere.
    #[arg(long)]
    dry_run: bool,

    /// The form of the report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Report")]
    format: Form,

    /// Where to write it instead of standard output; written whole or not at all.
    #[arg(long, short, value_name = "FILE", help_heading = "Report")]
    output: Option<PathBuf>,

    #[command(flatten)]
    forge: ForgeOptions,

    /// The last stage that is wanted.
    #[arg(skip)]
    until: Option<&'static str>,

    /// The commit that the files have to be of.
    #[arg(skip)]
    commit: Option<String>,

    /// Whether a chain was told of a source by name, which is taken as it is.
    #[arg(skip)]
    is_named: bool,
}

/// What a chain wants published.
pub(super) struct Wish {
    pub(super) version: Version,
    pub(super) subject: SubjectOptions,
    pub(super) gates: GateOptions,
    pub(super) index: UploadOptions,
    pub(super) wait: u64,
    pub(super) state: Option<PathBuf>,
    pub(super) force: bool,
    pub(super) forge: ForgeOptions,
    /// The last stage that is wanted; all when absent.
    pub(super) until: Option<&'static str>,
    /// The commit that the files have to be of, where they have to be of one.
    pub(super) commit: Option<String>,
}

/// A publication as one part of a chain: how its stages ended, and how it did. `noted` is told of each stage as soon as
/// it is over.
pub(super) fn stages(
    wish: Wish,
    context: &Context,
    noted: &dyn Fn(&Stage),
) -> Result<(Document, Result<Exit>)> {
    let arguments = Arguments {
        version: wish.version.to_string(),
        subject: wish.subject,
        from: None,
        gates: wish.gates,
        index: wish.index,
        wait: wish.wait,
        state: wish.state,
        force: wish.force,
        start_over: false,
        dry_run: false,
        format: Form::default(),
        output: None,
        forge: wish.forge,
        until: wish.until,
        is_named: wish.commit.is_none(),
        commit: wish.commit,
    };
    let place = place::Place::of(&arguments, context)?;
    arguments.gates.possible(place.fleet.is_some())?;
    run::run(&arguments, &place, context, noted)
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    if arguments.forge.read_only && !arguments.dry_run {
        return Err(Error::usage("`--read-only` sends nothing, and publishing sends files")
            .hint("`--dry-run` does all but that"));
    }
    let place = place::Place::of(arguments, context)?;
    arguments.gates.possible(place.fleet.is_some())?;
    let (mut document, ended) = run::run(arguments, &place, context, &|_| ())?;
    let ended = ended.map_err(place::unfetched);
    document.complete();
    shown::show(&document, arguments, context)?;
    context.told(ended)
}
