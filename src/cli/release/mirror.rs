//! `shipshape release mirror`: writes the built package to a repository of its own.

use std::fmt::Write as _;

use clap::Args;
use pep440_rs::Version;

use super::run::of_mirror;
use super::source::Source;
use super::{Target, project};
use crate::cli::package::options::{SubjectOptions, epoch};
use crate::cli::release::show::safe;
use crate::cli::shared::forge::ForgeOptions;
use crate::cli::shared::given::Given;
use crate::cli::shared::index::IndexOptions;
use crate::cli::shared::journal;
use crate::cli::shared::next::{self, Step};
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit, counted, json_text};
use crate::edge::private_files::temporary_folder;
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::forge::WriteScope;
use crate::index::Availability;
use crate::journal::Journal;
use crate::package::build::{self, Request as Build};
use crate::package::version;
use crate::release::Stage;
use crate::release::chain::{self, Record, Row};
use crate::release::mirror::{Files, Mirror, Request, Shown, ShowsLater, State, show};

/// The most paths that are listed.
const SHOWN: usize = 20;

/// Publish the built package to the mirror repository as one commit and one tag, marked as generated.
///
/// The package is built from the commit that the version's tag points to. Only a version that the index serves is
/// mirrored: one that is only tagged, or was withdrawn, is refused. Each commit names its own tree, so changes made
/// in the mirror by hand are found: their paths are listed, and nothing is written without --overwrite. Run it again after
/// any interruption: each version is published once.
///
/// Exit codes: 1 if the mirror was changed by hand; 2 if the index does not serve the version; 3 if the index or the
/// mirror could not be read, or the mirror not written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape release mirror 0.1.6                 to `runtime_package.release.mirror` of fleet.yaml
  shipshape release mirror 0.1.6 --dry-run       only show what would be written, and what was changed by hand
  shipshape release mirror 0.1.6 --overwrite     overwrite what was changed by hand")]
pub(super) struct Arguments {
    /// The released version.
    #[arg(value_name = "VERSION")]
    version: String,

    #[command(flatten)]
    subject: SubjectOptions,

    /// Overwrite changes that were made there by hand.
    #[arg(long)]
    overwrite: bool,

    /// Only show what would be written.
    #[arg(long)]
    dry_run: bool,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,

    #[command(flatten)]
    index: IndexOptions,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let target = Target::of(context)?;
    let version = version::read(&arguments.version)?;
    let commit = tagged(arguments, context, &target, &version)?;
    must_be_published(arguments, context, &target, &version)?;
    let only_looks = arguments.dry_run || arguments.forge.read_only;
    let wish = Wish {
        version: &version,
        commit: &commit,
        subject: &arguments.subject,
        overwrite: arguments.overwrite,
        dry_run: only_looks,
        forge: &arguments.forge,
    };
    let document = match shown(context, &target, &wish)? {
        Ok(document) => document,
        Err(ShowsLater(later)) => {
            let mirror = repository(&target)?;
            return Err(Error::failed(format!("{mirror} shows {later} already"))
                .hint("an earlier version is not written on top of a later one"));
        }
    };
    context.terminal.output(&match arguments.format {
        Form::Human => human(&document),
        Form::Json => json_text(&document)?,
    })?;
    // What only looks writes nothing, here or on the forge.
    if !only_looks {
        record(arguments, context, &target, (&version, &document))?;
    }
    if document.state == State::Refused {
        let again = context.given.carried_to(&format!("release mirror {version} --overwrite"));
        let why = "carry over what is worth keeping first";
        next::note(context, [Step::because(context.command(&again), why)]);
        return Ok(Exit::Findings);
    }
    Ok(Exit::Clean)
}

/// Records the outcome in the chain of the version, if a run of it is remembered, so that its table shows what the mirror
/// shows, whichever command did it.
fn record(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    (version, document): (&Version, &Mirror),
) -> Result<()> {
    let forge = arguments.forge.address(Some(fleet))?;
    let file = journal::file_at(None, context, fleet, &forge)?;
    let (name, input) = chain::operation(subject.at(version));
    let Some(journal) = Journal::look(&file)? else { return Ok(()) };
    let Some(begun) = journal.unfinished(&name)? else { return Ok(()) };
    let journal = Journal::open(&file)?;
    let now = context.clock.rfc3339();
    // A process that is running the chain records its stages itself.
    let Some(operation) = journal.begin_if_free(&name, &input, &now)? else { return Ok(()) };
    let before = Record::of_effects(&begun.effects);
    // The next step has the options of the run.
    let row = of_mirror(document, &Given::default().before(&before.options));
    // What was done before keeps its time.
    if row.state == chain::State::Done && before.is_settled(Stage::Mirror) {
        return Ok(());
    }
    Record::keep(&operation, &[Row { at: Some(now), ..row }])
}

/// The commit that the tag of a version points to.
fn tagged(
    arguments: &Arguments,
    context: &Context,
    target: &Target,
    version: &Version,
) -> Result<String> {
    let Target { fleet, subject } = target;
    let session = arguments.forge.session(context, Some(fleet), WriteScope::none())?;
    let tag = subject.release.tag_of(&version.to_string());
    let tags = session.run(session.client().tags(&subject.repository, &tag))?;
    let found = tags.into_iter().find(|found| found.name == tag);
    found.and_then(|found| found.commit).ok_or_else(|| {
        Error::failed(format!("`{}` has no tag `{tag}`", subject.repository))
            .hint("only released versions are mirrored; see `shipshape release plan`")
    })
}

/// Refuses a version that the index does not serve: the mirror shows what was published, and a tag only reserves.
fn must_be_published(
    arguments: &Arguments,
    context: &Context,
    Target { fleet, subject }: &Target,
    version: &Version,
) -> Result<()> {
    let name = &subject.distribution;
    let project = project(context, &arguments.index, fleet)?.unwrap_or_default();
    Err(match project.availability(version) {
        Availability::Offered(_) => return Ok(()),
        Availability::Withdrawn(yanked) => Error::usage(format!(
            "{name} {version} was withdrawn from the index, so it is not mirrored"
        ))
        .caused_by(yanked.in_words().escape_debug()),
        Availability::Missing => {
            let publish = context.command(&format!("release publish {version}"));
            Error::usage(format!(
                "the index does not serve {name} {version}, so it is not mirrored"
            ))
            .hint(format!("publish it first: `{publish}`"))
        }
    })
}

/// The input of [`shown`].
pub(super) struct Wish<'a> {
    pub(super) version: &'a Version,
    pub(super) commit: &'a str,
    pub(super) subject: &'a SubjectOptions,
    pub(super) overwrite: bool,
    pub(super) dry_run: bool,
    pub(super) forge: &'a ForgeOptions,
}

/// Builds the package, and writes it to the mirror.
pub(super) fn shown(context: &Context, target: &Target, wish: &Wish<'_>) -> Result<Shown> {
    let Target { fleet, subject } = target;
    let mirror = repository(target)?;
    let source = Source::of(context, target, wish.commit, wish.subject, wish.forge)?;
    let project = source.options.project(context)?;
    let metadata = project.metadata(&wish.version.to_string())?;
    context.all(build::refuse_drift(&project))?;
    let request =
        Build { wheel: false, sdist: false, tree: true, report: false, epoch: epoch(context)? };
    let folder = temporary_folder("shipshape-mirror-")
        .map_err(|error| Error::failed("cannot make a temporary folder").caused_by(error))?;
    context.all(build::build(&project, &metadata, &request, Some(folder.path())))?;
    let files = Files::of(folder.path())?;
    let writes = if wish.dry_run { WriteScope::none() } else { wish.forge.writes([&mirror]) };
    let session = wish.forge.session(context, Some(fleet), writes)?;
    let request = Request {
        subject,
        mirror: &mirror,
        version: wish.version,
        commit: wish.commit,
        files: &files,
        overwrite: wish.overwrite,
        dry_run: wish.dry_run,
    };
    session.run(show(session.client(), &request, context.clock.rfc3339()))
}

fn repository(Target { fleet, subject }: &Target) -> Result<RepositoryName> {
    let owner = &fleet.manifest.forge.owner;
    let named = subject.release.mirror.as_ref();
    let found = named.and_then(|mirror| RepositoryName::parse(&mirror.repository, owner));
    found.filter(|name| !name.same(&subject.repository)).ok_or_else(|| {
        Error::usage("fleet.yaml names no mirror beside the source")
            .in_file(&fleet.file)
            .hint("name it: `runtime_package.release.mirror: { repository: NAME }`")
    })
}

fn human(document: &Mirror) -> String {
    let what = match document.state {
        State::Planned => "would be written to",
        State::Written => "is written to",
        State::Already => "is there already:",
        State::Refused => "is not written, since there are manual changes in",
    };
    let head =
        format!("{} {} {what} {}", document.distribution, document.version, document.repository);
    let mut text = format!("{}\n", safe(&head));
    if let Some(commit) = &document.commit {
        let _ = writeln!(text, "  {} at {}", safe(&document.tag), safe(commit));
    }
    for made in document.by_hand.iter().take(SHOWN) {
        let short = made.commit.get(..12).unwrap_or(&made.commit);
        let _ = writeln!(text, "  by hand: {} {}", safe(short), safe(&made.subject));
    }
    for edit in document.edits.iter().take(SHOWN) {
        let _ = writeln!(text, "  {:<8} {}", edit.how.as_str(), safe(&edit.path));
    }
    if document.edits.len() > SHOWN {
        let _ = writeln!(text, "  … {} more", counted(document.edits.len() - SHOWN, "path"));
    }
    text
}
