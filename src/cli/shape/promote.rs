//! `shipshape shape promote`: a member's change made canon.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::PackOptions;
use super::files::{self, Place};
use crate::checks::hygiene::{merge_conflict_marker, secret};
use crate::checks::repository::{Identity, Repository};
use crate::checks::{Check, Finding, Severity, catalogue, syntax_error};
use crate::cli::{Context, Exit};
use crate::edge::fs::write_change_set;
use crate::edge::terminal::visible;
use crate::error::{Error, Result};
use crate::shape::adopt::{self, Adoption, Promotion};
use crate::shape::infer::names_of;
use crate::shape::pack::HeldPath;
use crate::shape::{Pack, load};
use crate::snapshot::{self, BlobStore, EntryKind};
use crate::source::secrets::masked;

/// Make what a repository has at a path the canon, and keep the old canon in the lineage.
///
/// A templated path stays a template: the change is written with variables where the repository's
/// names are, and it is checked that the template renders exactly what the repository has.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape shape promote repos/api .gitignore --dry-run   what would become of the pack
  shipshape shape promote repos/api .gitignore --pack shape")]
pub(crate) struct Arguments {
    /// The repository.
    repository: PathBuf,

    /// The path in it.
    path: String,

    /// A branch, tag or commit of the repository.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,

    /// The repository's slug, instead of the one that follows from its name.
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,

    /// Only show the difference.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    pack: PackOptions,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let folder = Place::find(&arguments.pack, context, Some(&arguments.repository))?.writable()?;
    let pack = load::from_folder(&folder)?;
    let files = load::files_of_folder(&folder)?;
    if !arguments.repository.exists() {
        return Err(Error::usage("there is no such repository").in_file(&arguments.repository));
    }
    let tree = snapshot::open(&arguments.repository, arguments.reference.as_deref())?;
    let path = arguments.path.as_str();
    let absent = |why: &str| Error::usage(format!("`{path}` {why}")).in_file(&arguments.repository);
    let entry = tree.entry(path).ok_or_else(|| absent("is not in the repository"))?;
    if !matches!(entry.kind, EntryKind::File | EntryKind::Executable) {
        return Err(absent("is not a file"));
    }
    let bytes = tree.read(entry.id).map_err(|error| {
        Error::failed(format!("`{path}` {error}")).in_file(&arguments.repository)
    })?;
    let identity = identity(arguments, context, &pack)?;
    let profile = pack.profile(identity.profile.as_deref()).ok_or_else(|| {
        Error::usage("the repository follows a profile that the shape does not have")
    })?;
    let store = BlobStore::default();
    let repository = Repository::new(&identity, &tree, &pack, &profile, &store);
    let (values, _) = repository.variables(Some(path)).map_err(|error| {
        Error::failed("the shape's variables do not render for this repository").caused_by(error)
    })?;
    may_be_canon(&repository, arguments)?;
    let source = folder.display().to_string();
    let label = context.clock.today().to_string();
    let adoption = adopt::promote(
        &files,
        &source,
        &Promotion {
            path,
            bytes: Arc::clone(&bytes),
            executable: entry.kind == EntryKind::Executable,
            values: &values,
            label: &label,
        },
    )?;
    if adoption.changed.is_empty() {
        context.terminal.note(&format!("`{path}` is canon already: nothing to do"));
        return Ok(Exit::Clean);
    }
    let exit = apply(context, &folder, &adoption, arguments.dry_run)?;
    if !arguments.dry_run {
        let is_compared =
            |rule: &HeldPath| rule.rule.path == path && rule.rule.policy.is_compared();
        context.terminal.note(match pack.rules().iter().any(is_compared) {
            true => {
                "repositories with the old content are a version behind from now on: `shipshape drift` names them"
            }
            false => "new repositories begin with it; others may have what they like there",
        });
    }
    Ok(exit)
}

/// Refuses content that any repository would be told of: it would go to all.
fn may_be_canon(repository: &Repository<'_>, arguments: &Arguments) -> Result<()> {
    let of_content = [&secret::RULE, &merge_conflict_marker::RULE, &syntax_error::RULE];
    let is_asked =
        |check: &&'static dyn Check| of_content.iter().any(|rule| rule.code == check.rule().code);
    let mut findings = Vec::new();
    catalogue::checks().filter(is_asked).for_each(|check| check.check(repository, &mut findings));
    let path = arguments.path.as_str();
    let is_of_it = |finding: &&Finding| {
        finding.path().is_some_and(|it| it.as_str() == path) && finding.severity == Severity::Error
    };
    match findings.iter().find(is_of_it) {
        None => Ok(()),
        Some(finding) => Err(Error::usage(format!(
            "`{path}` must not become canon: {}",
            masked(&finding.message)
        ))
        .in_file(arguments.repository.join(path))
        .hint(format!(
            "fix it in the repository first; `shipshape explain {}` says what it is about",
            finding.rule.id
        ))),
    }
}

/// Who the repository is: by fleet.yaml, else by its name.
fn identity(arguments: &Arguments, context: &Context, pack: &Pack) -> Result<Identity> {
    let fleet = context.fleet(Some(&arguments.repository))?;
    let names = names_of(&arguments.repository);
    let is_known = |name: &&String| {
        pack.slug_of(name) != name.as_str()
            || fleet.as_ref().is_some_and(|fleet| fleet.named(name).next().is_some())
    };
    // A bare repository may lie in a folder of any name, below one that is called as it is.
    let name = names.iter().find(is_known).or(names.first()).cloned().unwrap_or_default();
    let member = fleet.as_ref().and_then(|fleet| fleet.named(&name).next());
    // The fleet's own pack follows its members.
    let is_stray = arguments.pack.pack.is_none() && !names.iter().any(|name| is_known(&name));
    if let (Some(fleet), true, None) = (&fleet, is_stray, &arguments.slug) {
        return Err(Error::usage(format!(
            "`{name}` is not a member of the fleet, and its name fits no kind: its content is not for all"
        ))
        .in_file(&fleet.file)
        .hint("add it to `members`, name the pack with `--pack FOLDER`, or give it a slug: `--slug SLUG`"));
    }
    let slug = arguments.slug.clone();
    let slug = slug.or_else(|| member.map(|member| member.slug.clone()));
    Ok(Identity {
        slug: slug.unwrap_or_else(|| pack.slug_of(&name).to_owned()),
        owner: member.and_then(|member| member.owner.clone()),
        profile: member.and_then(|member| member.profile.clone()),
        variables: member.map(|member| member.variables.clone()).unwrap_or_default(),
        name,
        ..Identity::default()
    })
}

/// Shows what changes in the pack's own text, and makes the change unless it is only looked at.
pub(super) fn apply(
    context: &Context,
    folder: &std::path::Path,
    adoption: &Adoption,
    dry_run: bool,
) -> Result<Exit> {
    let there = snapshot::folder::read(folder)?;
    let changes = files::changes(&there, &adoption.changed);
    let shown = changes.diff(&there);
    let shown = shown.iter().filter(|diff| diff.path.as_str() == adoption.file);
    context.terminal.output(&shown.map(|diff| visible(&masked(&diff.text))).collect::<String>())?;
    if dry_run {
        context.terminal.note("nothing was written");
        return Ok(Exit::Clean);
    }
    write_change_set(folder, &changes)?;
    context.terminal.note(&format!("changed {} in {}", adoption.file, folder.display()));
    Ok(Exit::Clean)
}
