//! `shipshape shape promote`: makes a member's change the canon.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::PackOptions;
use super::files::{self, Place};
use crate::change::{Change, ChangeSet, Mode};
use crate::checks::hygiene::{merge_conflict_marker, secret};
use crate::checks::repository::{Identity, Repository};
use crate::checks::{Check, Finding, Severity, catalogue, syntax_error};
use crate::cli::shared::inside::Inside;
use crate::cli::shared::missing_paths::no_repository;
use crate::cli::shared::next;
use crate::cli::shared::options;
use crate::cli::shared::placing::{member_at, repository_name};
use crate::cli::shared::targets::Named;
use crate::cli::{Context, Exit};
use crate::drift::{Settings, judge};
use crate::edge::fs::write_change_set;
use crate::edge::terminal::visible;
use crate::error::{Error, Result};
use crate::shape::adopt::{self, Adoption, Promotion};
use crate::shape::breakout;
use crate::shape::infer::names_of;
use crate::shape::lacking;
use crate::shape::lineage::Lineage;
use crate::shape::pack::{Canon, PackFile, PackFiles};
use crate::shape::{Pack, PathVerdict, Variables, load};
use crate::snapshot::{self, BlobStore, EntryKind, RepoPath, Snapshot, git, is_lfs_pointer};
use crate::source::secrets::masked;
use crate::source::shell::quoted;

mod told;

/// Make a repository's version of a path the canon, and keep the old canon in the lineage.
///
/// A templated path stays a template: what the repository did not change keeps the old template's text,
/// variables are put where the rest has the repository's own names, and the template is checked to render
/// exactly what the repository has. Each variable that was put in is reported. Where several expressions
/// render a name, the one in the old template is used, else a variable of the shape. A path whose rule is
/// in shape.yaml while the pack lacks its content gets its first content; what new repositories only start
/// with becomes a template where it has the repository's names. Of a document with managed keys, only
/// their values are taken.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape shape promote repos/api .gitignore --dry-run   how the pack would change
  shipshape shape promote repos/api .gitignore --pack shape")]
pub(crate) struct Arguments {
    /// The repository.
    repository: PathBuf,

    /// The path in it.
    #[arg(value_parser = options::path_inside)]
    path: String,

    /// A branch, tag or commit of the repository.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,

    /// The repository's slug, instead of the one derived from its name.
    #[arg(long, value_name = "SLUG", value_parser = options::slug)]
    slug: Option<String>,

    /// Only show the difference.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    pack: PackOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let folder = pack_folder(arguments, context)?;
    let files = load::files_of_folder(&folder)?;
    let mut lacking = lacking::all(&files);
    if lacking.is_empty() {
        // What is wrong with the pack is said before what is wrong with the repository.
        load::from_folder(&folder)?;
    }
    let start = lacking::start(&files, &arguments.path);
    lacking.extend(start.map(|file| (arguments.path.clone(), file)));
    if !arguments.repository.exists() {
        return Err(no_repository(context, &arguments.repository)?);
    }
    // With a slug, the folder itself is meant.
    let inside = around(context, &arguments.repository)?;
    if let Some(inside) = inside.filter(|_| arguments.slug.is_none()) {
        return Err(inside.refused());
    }
    let tree = snapshot::open(&arguments.repository, arguments.reference.as_deref())?;
    let path = arguments.path.as_str();
    let own = file(arguments, &tree)?;
    let (bytes, executable) = (Arc::clone(&own.bytes), own.executable);
    let given = first_contents(&lacking, &tree, path, own);
    let pack = load::from_folder_with(&folder, &given)?;
    let known: PackFiles = files.into_iter().chain(given).collect();
    let identity = identity(arguments, context, &pack)?;
    let profile = pack.profile(identity.profile.as_deref()).ok_or_else(|| {
        Error::usage("the repository follows a profile that the shape does not have")
    })?;
    let store = BlobStore::default();
    let repository = Repository::new(&identity, &tree, &pack, &profile, &store);
    let (values, _) = repository.variables(Some(path)).map_err(|error| {
        Error::failed("the shape's variables do not render for this repository").caused_by(error)
    })?;
    may_be_canon(&repository, &values, arguments)?;
    let source = folder.display().to_string();
    let label = context.clock.today().to_string();
    let promotion = Promotion {
        path,
        bytes: Arc::clone(&bytes),
        executable,
        values: &values,
        profile: &profile,
        label: &label,
    };
    let is_first = lacking.contains_key(path);
    let adoption = match is_first {
        true => adopt::begin(&known, &source, &promotion)?,
        false => adopt::promote(&known, &source, &promotion)?,
    };
    if adoption.changed.is_empty() {
        told::nothing(context, path, &adoption);
        return Ok(Exit::Clean);
    }
    let exit = apply(context, &folder, &adoption, arguments.dry_run)?;
    told::adoption(context, path, &adoption);
    let own_file = lacking.get(path);
    let option = pack_option(&arguments.pack);
    for (path, _) in lacking.iter().filter(|(_, file)| Some(*file) != own_file) {
        context.terminal.note(&format!(
            "the pack still lacks the content of `{}`: `shipshape shape promote REPOSITORY {}{option}` takes it from \
             a repository",
            visible(path),
            quoted(path)
        ));
    }
    if is_first && !arguments.dry_run {
        tell_first(context, &pack, path);
        return Ok(exit);
    }
    if !arguments.dry_run {
        let held = pack.rules().iter().find(|held| held.rule.path == path);
        let held = held.filter(|held| held.rule.policy.is_compared());
        let old = held.and_then(|held| pack.canon(held, &values).ok().flatten());
        let promoted = Pack::load(&adoption.applied(&known), &source, Lineage::default())?;
        let is_mode_alone = {
            let of = |files: &PackFiles| files.get(&adoption.file).map(|it| Arc::clone(&it.bytes));
            of(&adoption.changed) == of(&known)
        };
        context.terminal.note(match (held, old) {
            (Some(held), Some(_)) if is_mode_alone && held.rule.policy.is_compared_whole() => {
                "only the executable bit changed: repositories where the file has the other mode differ from now on"
            }
            (None, _) => NOT_COMPARED,
            (Some(_), Some(old)) if holds(&repository, &promoted, path, &old) => {
                "repositories with the old content still conform: what the shape manages in it did not change"
            }
            (Some(_), _) => {
                "repositories with the old content are a version behind from now on: `shipshape drift` lists them"
            }
        });
    }
    Ok(exit)
}

/// The file in the repository.
fn file(arguments: &Arguments, tree: &Snapshot) -> Result<PackFile> {
    let path = arguments.path.as_str();
    let absent = |why: &str| Error::usage(format!("`{path}` {why}")).in_file(&arguments.repository);
    let entry = tree.entry(path).ok_or_else(|| absent("is not in the repository"))?;
    if !matches!(entry.kind, EntryKind::File | EntryKind::Executable) {
        return Err(absent("is not a file"));
    }
    let bytes = tree.read(entry.id).map_err(|error| {
        Error::failed(format!("`{path}` {error}")).in_file(&arguments.repository)
    })?;
    if is_lfs_pointer(&bytes) {
        return Err(absent("is a Git LFS pointer, whose content is not here").hint(
            "a canon has to be in git itself: `git lfs untrack` the file and commit it again",
        ));
    }
    Ok(PackFile { bytes, executable: entry.kind == EntryKind::Executable })
}

/// The folder of the pack that the repository is held to.
fn pack_folder(arguments: &Arguments, context: &Context) -> Result<PathBuf> {
    let place = Place::find(&arguments.pack, context, Some(&arguments.repository));
    // A repository that is not there is of no kind, whichever is asked for.
    if place.is_err() && !arguments.repository.exists() {
        return Err(no_repository(context, &arguments.repository)?);
    }
    place?.writable()
}

fn tell_first(context: &Context, pack: &Pack, path: &str) {
    context.terminal.note("it is the first content of this path in the pack");
    let Some(held) = pack.rules().iter().find(|held| held.rule.path == path) else { return };
    if !held.rule.policy.is_compared() {
        context.terminal.note(NOT_COMPARED);
    } else if held.manages_keys() {
        context.terminal.note(
            "new repositories start with all of it; in others, only the managed keys are compared",
        );
    }
}

/// What follows from a content that the policy of its path compares nothing with.
const NOT_COMPARED: &str = "new repositories start with it; it is not compared in others";

/// The contents with which a pack loads that lacks some: that of the promoted path, and for the other paths what the
/// repository has there, for the time being.
fn first_contents(
    lacking: &BTreeMap<String, String>,
    tree: &Snapshot,
    path: &str,
    own: PackFile,
) -> PackFiles {
    let there = |path: &str| {
        let entry = tree.entry(path).filter(|it| it.kind != EntryKind::Submodule)?;
        tree.read(entry.id).ok().filter(|bytes| !is_lfs_pointer(bytes))
    };
    let other = |path: &str| PackFile {
        bytes: there(path).unwrap_or_else(|| Arc::from([])),
        executable: false,
    };
    let mut given: PackFiles =
        lacking.iter().map(|(path, file)| (file.clone(), other(path))).collect();
    if let Some(file) = lacking.get(path) {
        given.insert(file.clone(), own);
    }
    given
}

/// The options that select this pack again.
fn pack_option(options: &PackOptions) -> String {
    let pack =
        options.pack.as_ref().map(|pack| format!(" --pack {}", quoted(&pack.to_string_lossy())));
    let kind = options.kind.as_ref().map(|kind| format!(" --kind {}", quoted(kind)));
    pack.or(kind).unwrap_or_default()
}

/// The repository around a folder that is named as a repository, unless it is where a member is.
pub(super) fn around(context: &Context, folder: &std::path::Path) -> Result<Option<Inside>> {
    let fleet = context.fleet(Some(folder))?;
    let is_member = fleet.as_ref().is_some_and(|fleet| member_at(fleet, folder).is_some());
    Ok(Inside::of(folder).filter(|inside| inside.is_committed() && !is_member))
}

/// Whether a repository that still has the old canon of a path conforms to the new pack there. It may, if the shape
/// manages only a part of the file and that part did not change.
fn holds(repository: &Repository<'_>, pack: &Pack, path: &str, old: &Canon) -> bool {
    let mode = if old.executable { Mode::Executable } else { Mode::File };
    let write = Change::Write { bytes: Arc::clone(&old.bytes), mode, base: None };
    let tree = ChangeSet { changes: [(RepoPath::new(path), write)].into() };
    let tree = tree.apply_to(repository.snapshot);
    let store = BlobStore::default();
    let identity = repository.identity;
    let Some(profile) = pack.profile(identity.profile.as_deref()) else { return false };
    let repository = Repository::new(identity, &tree, pack, &profile, &store);
    let judged = judge::judge(&repository, &Settings::default());
    let mut paths = judged.paths.iter();
    paths.any(|it| it.path.as_str() == path && it.verdict == PathVerdict::Conformant)
}

/// Refuses content with errors that any repository would be reported for, since it would spread to all of them.
fn may_be_canon(
    repository: &Repository<'_>,
    values: &Variables,
    arguments: &Arguments,
) -> Result<()> {
    let of_content = [&secret::RULE, &merge_conflict_marker::RULE, &syntax_error::RULE];
    let is_asked =
        |check: &&'static dyn Check| of_content.iter().any(|rule| rule.code == check.rule().code);
    let mut findings = Vec::new();
    catalogue::checks().filter(is_asked).for_each(|check| check.check(repository, &mut findings));
    let path = arguments.path.as_str();
    let is_of_it = |finding: &&Finding| {
        finding.path().is_some_and(|it| it.as_str() == path) && finding.severity == Severity::Error
    };
    if let Some(finding) = findings.iter().find(is_of_it) {
        return Err(Error::usage(format!(
            "`{path}` must not become canon: {}",
            masked(&finding.message)
        ))
        .in_file(arguments.repository.join(path))
        .hint(format!(
            "fix it in the repository first; `shipshape explain {}` describes it",
            finding.rule.id
        )));
    }
    // The shape may demand nothing of the file.
    let pack = repository.pack;
    let held = pack.rules().iter().find(|held| held.rule.path == path);
    let text = repository.text(path);
    let broken = held.zip(text.as_ref()).and_then(|(held, text)| {
        Some((breakout::ceases_to_parse(pack, held, values, text)?, text))
    });
    let Some((error, text)) = broken else { return Ok(()) };
    let message = format!("`{path}` must not become canon: it does not parse, as the canon does");
    Err(Error::usage(message)
        .at(arguments.repository.join(path), text, error.span)
        .caused_by(error.message)
        .hint("fix it in the repository first"))
}

/// The identity of the repository: from fleet.yaml, else from its name.
fn identity(arguments: &Arguments, context: &Context, pack: &Pack) -> Result<Identity> {
    let fleet = context.fleet(Some(&arguments.repository))?;
    let names = names_of(&arguments.repository);
    let is_known = |name: &&String| {
        pack.slug_of(name) != name.as_str()
            || fleet.as_ref().is_some_and(|fleet| fleet.named(name).next().is_some())
    };
    // A bare repository may be in a folder of any name, below one with the repository's name.
    let name = names.iter().find(is_known).or(names.first()).cloned().unwrap_or_default();
    // With a slug, it is the member with that slug, whatever the folder's name is.
    let slug = arguments.slug.as_deref();
    let of_slug = fleet.as_ref().and_then(|fleet| fleet.only(slug?));
    let member = of_slug.or_else(|| fleet.as_ref()?.only(&name));
    // The fleet's own pack only accepts content of its members.
    let is_stray = arguments.pack.pack.is_none() && !names.iter().any(|name| is_known(&name));
    if let (Some(fleet), true, None) = (&fleet, is_stray, &arguments.slug) {
        return Err(Error::usage(format!(
            "`{name}` is not a member of the fleet, and its name matches no kind: its content is not for all"
        ))
        .in_file(&fleet.file)
        .hint("add it to `members`, name the pack with `--pack FOLDER`, or give it a slug: `--slug SLUG`"));
    }
    let other = slug.filter(|slug| member.is_none_or(|member| !member.is_called(slug)));
    let slug = other.or(member.map(|member| member.slug.as_str()));
    let named = Named { slug: other, shape: arguments.pack.pack.as_deref(), ..Named::default() };
    let place = (arguments.repository.as_path(), name.as_str());
    Ok(Identity {
        slug: slug.unwrap_or_else(|| pack.slug_of(&name)).to_owned(),
        owner: member.and_then(|member| member.owner.clone()),
        forge_owner: match member {
            Some(member) => Some(member.repository.owner.clone()),
            None => git::origin(&arguments.repository).and_then(|origin| origin.owner),
        },
        profile: member.and_then(|member| member.profile.clone()),
        variables: member.map(|member| member.variables.clone()).unwrap_or_default(),
        // Of a folder in a larger repository, the repository is the whole.
        name: repository_name(fleet.as_ref(), member, place, &named, pack),
        ..Identity::default()
    })
}

/// Shows what changes in the pack's manifest, and makes the change unless it is a dry run.
pub(super) fn apply(
    context: &Context,
    folder: &std::path::Path,
    adoption: &Adoption,
    dry_run: bool,
) -> Result<Exit> {
    let there = snapshot::folder::read(folder)?;
    let writing = files::Writing::of(&there, &adoption.changed);
    let shown = writing.changes.diff(&there);
    let is_shown = |path: &str| path == adoption.file || path == load::ATTRIBUTES;
    let shown = shown.iter().filter(|diff| is_shown(diff.path.as_str()));
    context.terminal.output(&shown.map(|diff| visible(&masked(&diff.text))).collect::<String>())?;
    if dry_run {
        writing.announce(context, folder, files::Stage::DryRun);
        context.terminal.note("nothing was written");
        return Ok(Exit::Clean);
    }
    write_change_set(folder, &writing.changes.clone().on_disk(&there)?)?;
    context.terminal.note(&format!("changed {} in {}", adoption.file, folder.display()));
    next::note(context, writing.tell(context, folder));
    Ok(Exit::Clean)
}
