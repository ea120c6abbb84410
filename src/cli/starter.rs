//! `shipshape starter`: the repository that new ones are generated from.

mod local;
mod replaced;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use sha2::Digest as _;

use crate::change::{Change, ChangeSet, FileEdit, Mode};
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::next::quoted_path;
use crate::cli::shared::{observing, targets};
use crate::cli::{Context, Exit};
use crate::edge::terminal::{visible, visible_line};
use crate::error::{Error, Result};
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::calls::pull_opening::{FileChange, FileContent, NewCommit, Proposal};
use crate::scaffold::draft::starter_files;
use crate::scaffold::publish::{Offered, OurPull, in_words, seen_as};
use crate::shape::Pack;
use crate::snapshot::{BlobId, EntryKind, RepoPath, Snapshot, git};
use crate::source::secrets::masked;

/// What the names of branches that offer the shape begin with, and the marker in the pull requests from them.
const BRANCHES: &str = "shipshape/starter-";
const MARKER: &str = "<!-- shipshape: starter";

/// What the line of their commits that names the change begins with.
const TRAILER: &str = "Shipshape-Starter: ";

/// Keep the template repository for new members in sync with the shape.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  shipshape starter sync --dry-run   what it lacks of the shape")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Sync(SyncArguments),
}

/// Update the starter to the shape: offer the pack, rendered with its placeholders, as a pull request.
///
/// A changed shape reaches the starter first, and then the members through drift and campaigns. Files of the
/// starter that the shape does not contain are kept. If nothing differs, nothing is done. An open pull request
/// with the same change is left as it is, and one of an earlier shape is closed, unless somebody else has worked on
/// it; one that somebody closed is reported (exit code 1).
/// So is what only git or a person can change, such as a file with a `filter`. With --local, content that git does
/// not have at HEAD is not replaced unless --force says so, and the folder of a member is refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape starter sync                      a pull request in the starter's repository
  shipshape starter sync --dry-run            what it would change
  shipshape starter sync --local ../starter   into the files of a checkout")]
struct SyncArguments {
    /// Change the files of this checkout instead.
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,

    /// With --local: also replace content that git does not have at HEAD, and write into a checkout whose remote has
    /// another name than the starter.
    #[arg(long, requires = "local")]
    force: bool,

    /// Show what would change, as a unified diff. Exits with 1 if something would.
    #[arg(long, visible_alias = "diff")]
    dry_run: bool,

    /// The kind whose starter to update, in a fleet with several kinds.
    #[arg(long, value_name = "NAME")]
    kind: Option<String>,

    /// A folder with a shape pack, instead of the fleet's or the embedded one.
    #[arg(long, value_name = "FOLDER")]
    shape: Option<PathBuf>,

    #[command(flatten)]
    forge: ForgeOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    match &arguments.command {
        Command::Sync(arguments) => sync(arguments, context),
    }
}

fn sync(arguments: &SyncArguments, context: &Context) -> Result<Exit> {
    // The starter comes before the first member.
    let fleet = context.fleet_to_fill(arguments.local.as_deref())?;
    let kind = match &fleet {
        Some(fleet) => kind(fleet, arguments.kind.as_deref())?,
        None => String::new(),
    };
    if let Some(folder) = &arguments.local {
        return local::run(arguments, context, folder, fleet.as_ref(), &kind);
    }
    let fleet = fleet.ok_or_else(|| {
        Error::usage("there is no fleet.yaml that names a starter")
            .hint("name a checkout of it: --local DIR")
    })?;
    let owner = fleet.manifest.forge.owner.clone();
    let starter = starter_of(&fleet, &kind).ok_or_else(|| {
        Error::usage(format!("the kind `{kind}` has no starter"))
            .in_file(&fleet.file)
            .hint(format!("name its repository: `kinds.{kind}.starter`"))
    })?;
    let writes = arguments.forge.writes([&starter]);
    let session = arguments.forge.session(context, Some(&fleet), writes)?;
    let remote = |shape: &ShapeRepository| observing::remote_pack(&session, &owner, shape);
    let shape = arguments.shape.as_deref();
    let pack = targets::shape(context, Some(&fleet), &kind, shape, Some(&remote))?;
    on_forge(arguments, context, &session, &pack, &starter)
}

fn kind(fleet: &Fleet, named: Option<&str>) -> Result<String> {
    let kinds: Vec<&str> = fleet.manifest.kinds.keys().map(String::as_str).collect();
    match (named, &kinds[..]) {
        (Some(name), _) if kinds.contains(&name) => Ok(name.to_owned()),
        (None, [only]) => Ok((*only).to_owned()),
        _ => Err(Error::usage("it is not known which kind's starter is intended")
            .in_file(&fleet.file)
            .hint(format!("name one of {} with --kind NAME", kinds.join(", ")))),
    }
}

/// The starter of a kind in fleet.yaml.
fn starter_of(fleet: &Fleet, kind: &str) -> Option<RepositoryName> {
    fleet.manifest.kinds.get(kind)?.starter_in(&fleet.manifest.forge.owner)
}

/// The name of the repository in a folder: that of its remote `origin`, or of the folder.
fn name_here(folder: &Path) -> String {
    git::origin_name(folder).unwrap_or_else(|| {
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        whole.file_name().unwrap_or_default().to_string_lossy().into_owned()
    })
}

/// What brings a starter's tree to the shape.
#[derive(Default)]
struct Sync {
    changes: ChangeSet,
    /// What only git or a person can change, one sentence each.
    left: Vec<String>,
}

/// The changes that give a starter's tree the shape's files, as git would keep them there.
fn sync_of(files: &ChangeSet, there: &Snapshot) -> Sync {
    let mut sync = Sync::default();
    for (path, change) in &files.changes {
        let Change::Write { bytes, mode, .. } = change else { continue };
        let (bytes, mode) = (bytes.clone(), *mode);
        let entry = there.entry(path.as_str());
        if entry.is_some_and(|it| it.id == BlobId::of(&bytes) && is_of(it.kind, mode)) {
            continue;
        }
        let edit = FileEdit::Write { path: path.clone(), bytes, mode };
        match ChangeSet::compose(there, &[edit]) {
            Ok(composed) => sync.changes.changes.extend(composed.changes),
            Err(conflict) => sync.left.push(conflict.to_string()),
        }
        sync.left.extend(bit_left(path, mode, there));
    }
    sync
}

fn is_of(kind: EntryKind, mode: Mode) -> bool {
    kind == EntryKind::Executable && mode == Mode::Executable
        || kind == EntryKind::File && mode == Mode::File
}

/// The command that changes an executable bit where git does not see the one on disk.
fn bit_left(path: &RepoPath, mode: Mode, there: &Snapshot) -> Option<String> {
    let present = there.entry(path.as_str()).map_or(EntryKind::File, |entry| entry.kind);
    if there.heeds_modes() || is_of(present, mode) {
        return None;
    }
    let (sign, verb) = match (present, mode) {
        (EntryKind::Executable, Mode::File) => ('-', "removes"),
        (EntryKind::File, Mode::Executable) => ('+', "sets"),
        _ => return None,
    };
    Some(format!(
        "`git add --chmod={sign}x {}` {verb} the executable bit: with `core.fileMode=false`, git does not see the bit on disk",
        quoted_path(path.as_str())
    ))
}

fn difference(there: &Snapshot, changes: &ChangeSet) -> String {
    changes.diff(there).iter().map(|diff| visible(&masked(&diff.text))).collect()
}

fn note_left(context: &Context, left: &[String]) {
    for it in left {
        context.terminal.note(&visible_line(&format!("left: {it}")));
    }
}

fn on_forge(
    arguments: &SyncArguments,
    context: &Context,
    session: &Session,
    pack: &Pack,
    starter: &RepositoryName,
) -> Result<Exit> {
    let client = session.client();
    let files = starter_files(pack, starter)?;
    let holds = |path: &str| files.changes.contains_key(path);
    let (branch, head, there) = session.run(async {
        let branch = client.repository(starter).await?.default_branch;
        let head = client.branch_head(starter, &branch).await?.ok_or_else(|| {
            Error::failed(format!("the starter `{starter}` is empty"))
                .hint("push a first commit: a pull request needs something to be offered to")
        })?;
        let there = seen_as(client, starter, &head, &files, &holds).await?;
        Ok::<_, Error>((branch, head, there))
    })?;
    let Sync { changes, left } = sync_of(&files, &there);
    note_left(context, &left);
    let outcome = if left.is_empty() { Exit::Clean } else { Exit::Findings };
    if changes.is_empty() {
        if left.is_empty() {
            let said = format!("{starter} matches the shape already: {}", told(pack));
            context.terminal.note(&visible_line(&said));
        }
        return Ok(outcome);
    }
    if arguments.dry_run || arguments.forge.read_only {
        context.terminal.output(&difference(&there, &changes))?;
        return Ok(Exit::Findings);
    }
    let (mut proposal, marker) = proposal(pack, branch, head, &changes);
    let ours = OurPull { branch: &proposal.branch, marker: &marker };
    if let Some(declined) = session.run(Offered::declined(client, starter, &ours))? {
        context.terminal.note(&visible_line(&format!("{starter}: {}", in_words(&declined))));
        return Ok(Exit::Findings);
    }
    let earlier = replaced::open(session, starter, &proposal.branch)?;
    proposal.body.push_str(&replaced::in_text(&earlier));
    let pull = session.run(client.propose(starter, &proposal))?;
    context.terminal.output(&format!("{}\n", visible(&pull.html_url)))?;
    context.terminal.note(&visible_line(&format!("it brings {starter} to {}", told(pack))));
    for earlier in &earlier {
        let said = replaced::close(session, starter, earlier, &pull);
        context.terminal.note(&visible_line(&format!("{starter}: {said}")));
    }
    Ok(outcome)
}

/// A shape with its place and commit.
fn told(pack: &Pack) -> String {
    format!("{} ({})", pack.manifest.name, pack.source)
}

/// What identifies a change: its files, each with its path, mode and bytes, in the order of the paths.
fn identity<'f>(files: impl Iterator<Item = (&'f str, &'f str, &'f [u8])>) -> String {
    let mut identity = sha2::Sha256::new();
    for (path, mode, bytes) in files {
        for part in [path.as_bytes(), &[0], mode.as_bytes(), bytes, &[0]] {
            identity.update(part);
        }
    }
    identity.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The pull request, and the marker in its text that identifies it.
fn proposal(pack: &Pack, onto: String, base: String, changes: &ChangeSet) -> (Proposal, String) {
    let mut files = Vec::new();
    let mut keeps_modes = false;
    for (path, change) in &changes.changes {
        let Change::Write { bytes, mode, base } = change else { continue };
        let mode = if *mode == Mode::Executable { "100755" } else { "100644" };
        keeps_modes |= base.is_some() && mode != "100644";
        let content = Some(FileContent { mode, bytes: bytes.to_vec() });
        files.push(FileChange { path: path.as_str().to_owned(), content });
    }
    // The branch name depends on the change only, so that a second run finds the first one's branch.
    let identity = identity(files.iter().filter_map(|file: &FileChange| {
        let content = file.content.as_ref()?;
        Some((file.path.as_str(), content.mode, &content.bytes[..]))
    }));
    let shape = &pack.manifest.name;
    let title = format!("Bring the starter to the shape {shape}");
    let marker = format!("{MARKER} {identity} -->");
    let proposal = Proposal {
        branch: format!("{BRANCHES}{identity}"),
        onto,
        commit: NewCommit {
            base,
            message: format!("{title}\n\n{TRAILER}{identity}\n"),
            changes: files,
            keeps_modes,
        },
        body: format!(
            "{marker}\n\nWhat the shape `{shape}` is when it is rendered with its placeholders. \
             New repositories are generated from it once this is merged.\n"
        ),
        title,
        draft: false,
        labels: Vec::new(),
    };
    (proposal, marker)
}
