//! `shipshape shape init`: creates a first pack from existing repositories.

mod steps;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use self::steps::{one_for_each, steps};
use super::proposal::Judged;
use super::{files, proposal};
use crate::change::{Change, ChangeSet};
use crate::checks::repository::{Identity, Repository};
use crate::cli::shared::beside::{is_pack, without_those};
use crate::cli::shared::missing_paths::{not_many, once};
use crate::cli::shared::next;
use crate::cli::shared::options::Form;
use crate::cli::{Context, Exit};
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Origin, Target};
use crate::drift::{Settings, judge};
use crate::edge::fs::write_change_set;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::shape::infer::{self, Proposal, Source};
use crate::shape::lineage::{Lineage, is_of_log};
use crate::shape::pack::{FILES, MANIFEST, PackFile, PackFiles, TEMPLATE_SUFFIX};
use crate::shape::{Pack, load};
use crate::snapshot::{RepoPath, Snapshot, folder};

/// Create a first shape pack from existing repositories.
///
/// It looks for what they have in common: the content that four in five have at a path becomes its canon,
/// earlier content becomes its lineage, what is true of nearly all files becomes a demand, and what some
/// repositories share becomes a profile. Shows for each path what was decided and why, and checks the
/// repositories against the result.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  shipshape shape init --from repos/* --dry-run      what would be proposed, and how the fleet compares
  shipshape shape init --from repos/* --out shape    the pack, to review and correct
  shipshape shape init --from mirrors/*.git --ref main --out shape")]
pub(crate) struct Arguments {
    /// Repositories: folders, git work trees and bare git directories.
    #[arg(long, value_name = "DIR", num_args = 1.., required = true)]
    from: Vec<PathBuf>,

    /// The folder to write the pack to.
    #[arg(long, value_name = "FOLDER", required_unless_present = "dry_run")]
    out: Option<PathBuf>,

    /// A branch, tag or commit to read instead of what is on disk.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<String>,

    /// Name of the shape (default: the common part of the repositories' names).
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Replace an existing pack in the folder.
    #[arg(long)]
    force: bool,

    /// Create one pack for all repositories, even if they look like several kinds.
    #[arg(long)]
    several_kinds: bool,

    /// Only show what would be proposed.
    #[arg(long)]
    dry_run: bool,

    /// The output format.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit> {
    let out = arguments.out.as_deref().filter(|_| !arguments.dry_run);
    let replaced = match out {
        Some(out) => replaced(arguments, out)?,
        None => None,
    };
    arguments.from.iter().try_for_each(|path| not_many(None, path, None))?;
    let sources = Source::named(&without_those(context, &once(context, &arguments.from), &is_pack));
    let bar = context.terminal.progress(sources.len(), "reading");
    let (members, errors) = infer::read(&sources, arguments.reference.as_deref(), &|| bar.inc(1));
    bar.finish_and_clear();
    errors.iter().for_each(|error| context.terminal.error(error));
    if members.len() < 2 {
        return Err(Error::usage("a pack is made from two or more repositories")
            .hint("name more: `shipshape shape init --from repos/*`"));
    }
    let name = arguments.name.clone();
    let name = name.or_else(|| infer::common_name(&members)).or_else(|| name_of(arguments));
    let fleet = context.fleet_if_sound();
    let slugs = fleet.as_ref().map(|fleet| slugs_by(fleet, &members)).unwrap_or_default();
    let mut proposal = infer::propose_with(&members, name.as_deref(), &slugs);
    let declared = fleet.as_ref().map(|fleet| kinds_by(fleet, &proposal)).unwrap_or_default();
    // Kinds that fleet.yaml distinguishes take precedence over inferred ones; a single kind in it may be a guess.
    let is_one_kind = declared.len() == 1;
    if declared.len() > 1 {
        proposal.kinds = declared;
    }
    let judged = judged(&proposal, &sources, arguments.reference.as_deref())?;
    let judged = Judged {
        under_any: match proposal::is_followed(&judged) {
            true => Vec::new(),
            false => judged_by_none(&proposal, &sources, arguments.reference.as_deref())?,
        },
        by_pack: judged,
    };
    let text = match arguments.format {
        Form::Human => proposal::human(&proposal, &judged, context.terminal.width()),
        Form::Json => proposal::json(&proposal, &judged),
    };
    context.terminal.output(&text)?;
    if let Some(out) = out {
        if !proposal.kinds.is_empty() && !arguments.several_kinds {
            next::note(context, one_for_each(&sources, out, &proposal));
            let error = Error::usage(
                "a pack is for one kind, but these are of several: nothing was written",
            );
            let error = match fleet.as_ref().filter(|_| is_one_kind) {
                Some(fleet) => error.in_file(&fleet.file).hint(
                    "`kinds` says that they are of one kind, but they have less than a third of their paths in \
                    common: give each kind its own entry there",
                ),
                None => error,
            };
            return Err(error.hint("make one for each; --several-kinds makes one of all"));
        }
        let writing = write(out, &proposal, replaced.as_ref())?;
        context.terminal.note(&format!("wrote the pack to {}", out.display()));
        let mut next = steps(fleet.as_ref(), &sources, out, &proposal);
        next.splice(0..0, writing.tell(context, out));
        next::note(context, next);
    } else if let Some(out) = arguments.out.as_deref() {
        let there = match out.exists() {
            true => folder::read(out)?,
            false => folder::before_it_exists(out),
        };
        files::Writing::of(&there, &proposal.files).announce(context, out, files::Stage::DryRun);
    }
    let is_unread = |report: &RepositoryReport| report.error.is_some();
    let is_whole = errors.is_empty() && !judged.by_pack.iter().any(is_unread);
    Ok(if is_whole { Exit::Clean } else { Exit::Unchecked })
}

/// The existing pack to replace; `None` if the folder is empty. Any other content is refused, since other folders may
/// contain their own `files/`.
fn replaced(arguments: &Arguments, out: &Path) -> Result<Option<Pack>> {
    if files::is_empty(out)? {
        return Ok(None);
    }
    if !out.join(MANIFEST).is_file() {
        return Err(Error::usage("the folder is not empty, and it is not a pack")
            .in_file(out)
            .hint("give a new or an empty folder: `--out FOLDER`"));
    }
    if !arguments.force {
        return Err(Error::usage("there is a pack in the folder already")
            .in_file(out)
            .hint("give another folder, or replace the pack with --force"));
    }
    load::from_folder(out).map(Some).map_err(|error| {
        error.hint("only a pack that can be read is replaced: correct it, or give another folder")
    })
}

/// A name for the pack if the repositories' names have nothing in common: the folder's name, unless that is a generic
/// one.
fn name_of(arguments: &Arguments) -> Option<String> {
    let name = arguments.out.as_deref()?.file_name()?.to_string_lossy().into_owned();
    (!["shape", ".shipshape", "pack"].contains(&name.as_str())).then_some(name)
}

/// The slugs that fleet.yaml gives to its members, which the shape is rendered with.
fn slugs_by(fleet: &Fleet, members: &[infer::Member]) -> BTreeMap<String, String> {
    let known = members.iter().filter_map(|member| {
        let found = fleet.only(&member.name)?;
        Some((member.name.clone(), found.slug.clone()))
    });
    known.collect()
}

/// The repositories grouped by their kinds in fleet.yaml, without those that are not members.
fn kinds_by(fleet: &Fleet, proposal: &Proposal) -> Vec<Vec<String>> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for proposed in &proposal.members {
        if let Some(member) = fleet.only(&proposed.name) {
            kinds.entry(member.kind.clone()).or_default().push(proposed.name.clone());
        }
    }
    kinds.into_values().collect()
}

/// Judges the repositories by the proposed pack, which also proves that it loads.
fn judged(
    proposal: &Proposal,
    sources: &[Source],
    reference: Option<&str>,
) -> Result<Vec<RepositoryReport>> {
    let pack =
        Pack::load(&proposal.files, "the proposal", Lineage::default()).map_err(|error| {
            Error::failed("the inferred pack does not load; this is a defect of shipshape")
                .caused_by(error)
                .hint("please report it with the repositories' layout")
        })?;
    let identity = |member: &infer::ProposedMember| Identity {
        name: member.name.clone(),
        slug: member.slug.clone(),
        profile: member.profile.clone(),
        ..Identity::default()
    };
    Ok(judged_by(pack, &proposal.members, &identity, sources, reference))
}

/// Judges the repositories by a pack without demands: its findings would occur with any shape.
fn judged_by_none(
    proposal: &Proposal,
    sources: &[Source],
    reference: Option<&str>,
) -> Result<Vec<RepositoryReport>> {
    let manifest = "schema: 1\nname: none\npaths: []\nextras: ['**']\n";
    let file = PackFile { bytes: manifest.as_bytes().into(), executable: false };
    let files = PackFiles::from([(MANIFEST.to_owned(), file)]);
    let pack = Pack::load(&files, "a pack that requires nothing", Lineage::default())?;
    let identity = |member: &infer::ProposedMember| Identity {
        name: member.name.clone(),
        slug: member.slug.clone(),
        ..Identity::default()
    };
    Ok(judged_by(pack, &proposal.members, &identity, sources, reference))
}

fn judged_by(
    pack: Pack,
    members: &[infer::ProposedMember],
    identity: &dyn Fn(&infer::ProposedMember) -> Identity,
    sources: &[Source],
    reference: Option<&str>,
) -> Vec<RepositoryReport> {
    let pack = Arc::new(pack);
    let target = |member: &infer::ProposedMember| {
        let source = sources.iter().find(|source| source.name == member.name)?;
        let identity = identity(member);
        Some(Target {
            label: identity.name.clone(),
            names: vec![identity.name.clone()],
            identity,
            origin: Origin::Local(source.path.clone()),
            reference: reference.map(str::to_owned),
            folder: None,
            shape: Arc::clone(&pack),
        })
    };
    let targets: Vec<Target> = members.iter().filter_map(target).collect();
    let observed = survey::observe(&targets, &|| {});
    let observed: Vec<_> = observed.iter().collect();
    let judge = |repository: &Repository<'_>| judge::judge(repository, &Settings::default());
    let mut judged = survey::judge_all(&observed, &judge, &|| {});
    judged.iter_mut().for_each(judge::settle);
    judged
}

/// Writes the pack. Replaces an existing pack as a whole, but keeps other files of the folder.
fn write(out: &Path, proposal: &Proposal, replaced: Option<&Pack>) -> Result<files::Writing> {
    files::create(out)?;
    let there = folder::read(out)?;
    let mut writing = files::Writing::of(&there, &proposal.files);
    if let Some(replaced) = replaced {
        remove_old(&there, proposal, replaced, &mut writing.changes);
    }
    write_change_set(out, &writing.changes.clone().on_disk(&there)?)?;
    Ok(writing)
}

/// Removes the old pack's canons and the files of its log, but nothing that does not belong to it.
fn remove_old(there: &Snapshot, proposal: &Proposal, replaced: &Pack, changes: &mut ChangeSet) {
    for (path, entry) in there.entries.iter() {
        let name = path.as_str();
        let is_canon =
            name.starts_with(FILES) && !replaced.unnamed.iter().any(|unnamed| unnamed == name);
        // The same path as both a template and a literal file would be ambiguous.
        let twin = match name.strip_suffix(TEMPLATE_SUFFIX) {
            Some(literal) => literal.to_owned(),
            None => format!("{name}{TEMPLATE_SUFFIX}"),
        };
        let is_twin = name.starts_with(FILES) && proposal.files.contains_key(twin.as_str());
        if (is_canon || is_of_log(name) || is_twin) && !proposal.files.contains_key(path.as_str()) {
            let path: RepoPath = path.clone();
            changes.changes.insert(path, Change::Delete { base: entry.id });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::RepositoryVerdict;
    use crate::shape::PathVerdict;

    /// Folders of crates that follow one shape, but for the last, which lacks its licence.
    fn crates(root: &Path) -> Vec<PathBuf> {
        let write = |slug: &str| {
            let folder = root.join(format!("acme-{slug}"));
            std::fs::create_dir_all(folder.join("src")).expect("a folder");
            let cargo = format!("[package]\nname = \"acme-{slug}\"\n");
            std::fs::write(folder.join("Cargo.toml"), cargo).expect("written");
            std::fs::write(folder.join("src/lib.rs"), format!("//! {slug}!\n")).expect("written");
            if slug != "delta" {
                std::fs::write(folder.join("Makefile"), "Do what you like.\n").expect("written");
            }
            folder
        };
        ["alpha", "beta-x", "gamma", "delta"].into_iter().map(write).collect()
    }

    #[test]
    fn the_repositories_that_led_to_a_pack_are_judged_by_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let sources = Source::named(&crates(folder.path()));
        let (members, _) = infer::read(&sources, None, &|| {});
        let proposal = infer::propose(&members, None);
        let judged = judged(&proposal, &sources, None).expect("the pack loads");
        let verdicts: Vec<_> = judged.iter().map(|report| report.verdict).collect();
        let conformant = RepositoryVerdict::Conformant;
        assert_eq!(verdicts, [conformant, conformant, conformant, RepositoryVerdict::Drifted]);
        let delta = judged.last().expect("four");
        let missing = delta.paths.iter().filter(|path| path.verdict == PathVerdict::Missing);
        assert_eq!(missing.map(|path| path.path.as_str()).collect::<Vec<_>>(), ["Makefile"]);
        let judged = Judged { by_pack: judged, under_any: Vec::new() };
        let text = proposal::human(&proposal, &judged, 100);
        assert!(text.contains("3 conformant, 1 drifted"), "{text}");
        let json: serde_json::Value =
            serde_json::from_str(&proposal::json(&proposal, &judged)).expect("JSON");
        assert_eq!(json["repositories"][1]["slug"], "beta-x");
    }

    #[test]
    fn a_pack_is_replaced_whole_and_what_is_not_of_it_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let sources = Source::named(&crates(folder.path()));
        let (members, _) = infer::read(&sources, None, &|| {});
        let proposal = infer::propose(&members, None);
        let out = folder.path().join("shape");
        std::fs::create_dir_all(out.join("files")).expect("a folder");
        let old = "schema: 1\nname: old\npaths: [{ path: old, policy: exact }]\n";
        std::fs::write(out.join("shape.yaml"), old).expect("written");
        for file in ["files/old", "files/mine", "NOTES"] {
            std::fs::write(out.join(file), "x").expect("written");
        }
        let replaced = load::from_folder(&out).expect("a pack");
        write(&out, &proposal, Some(&replaced)).expect("written");
        assert!(out.join("shape.yaml").is_file() && out.join("files/Makefile").is_file());
        assert!(!out.join("files/old").exists());
        assert!(out.join("NOTES").is_file() && out.join("files/mine").is_file());
    }
}
