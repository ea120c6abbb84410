//! Reads and judges many repositories in parallel, parsing files that they share only once.
//!
//! A repository that cannot be read is reported as such and does not affect the others. All trees are read first, since
//! which blobs are shared must be known before any blob is read.

use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _,
};

use crate::checks::repository::{Identity, Repository};
use crate::drift::model::{RepositoryReport, WorkTree};
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::shape::pack::MANIFEST;
use crate::shape::{Pack, embedded};
use crate::snapshot::{self, BlobId, BlobStore, RepoPath, Snapshot, SourceKind};

use super::RepositoryVerdict;
use super::archived;
use super::fix;
#[cfg(doc)]
use super::judge;
use super::judge::Judgement;

/// Where a repository is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder, work tree or git directory on this machine.
    Local(PathBuf),
    /// A repository on the forge.
    Forge(RepositoryName),
}

impl Origin {
    /// Returns the path on this machine.
    ///
    /// # Errors
    /// When the repository is on the forge.
    pub fn local(&self) -> Result<&Path> {
        match self {
            Self::Local(path) => Ok(path),
            Self::Forge(name) => {
                Err(Error::usage(format!("`{name}` is on the forge, not on this machine"))
                    .hint("clone it, and give the path of the clone"))
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Forge(name) => name.fmt(f),
        }
    }
}

/// A repository to judge.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its identity.
    pub identity: Identity,
    /// Its name in reports: the repository's name, or its folder where several have that name.
    pub label: String,
    /// The names by which a waiver may refer to it.
    pub names: Vec<String>,
    /// Where it is read from.
    pub origin: Origin,
    /// The commit, branch or tag; `None` for the files on disk, or for the default branch.
    pub reference: Option<String>,
    /// The folder that is the member; `None` for the root.
    pub folder: Option<String>,
    /// The shape to compare it with.
    pub shape: Arc<Pack>,
}

/// A target that was read.
#[derive(Debug)]
pub struct Observed<'t> {
    /// The target.
    pub target: &'t Target,
    /// Its tree, or why it could not be read.
    pub snapshot: Result<Snapshot>,
}

/// Reads every target's tree from this machine.
pub fn observe<'t>(targets: &'t [Target], step: &(dyn Fn() + Sync)) -> Vec<Observed<'t>> {
    let read = |target: &'t Target| {
        let snapshot = tree_here(target);
        step();
        seen(target, snapshot)
    };
    if let [target] = targets {
        // Starting worker threads takes longer than reading one repository.
        return vec![read(target)];
    }
    targets.par_iter().with_max_len(8).map(read).collect()
}

/// Reads a target's whole repository from this machine.
///
/// # Errors
/// When the repository is not on this machine, cannot be read, or has neither files nor commits.
pub fn tree_here(target: &Target) -> Result<Snapshot> {
    let path = target.origin.local()?;
    let tree = match &target.reference {
        // A repair of this commit is made in the work tree of the clone.
        Some(reference) => snapshot::to_check_out(path, reference)?,
        None => snapshot::open(path, None)?,
    };
    match tree.entries.is_empty() && tree.problems.is_empty() {
        true => begun(path, tree),
        false => Ok(tree),
    }
}

/// Accepts an empty work tree, unless it has no commits: then fails with the same error as for a bare repository.
fn begun(path: &Path, tree: Snapshot) -> Result<Snapshot> {
    if snapshot::kind_of(path)? == SourceKind::WorkTree {
        snapshot::open(path, Some("HEAD"))?;
    }
    Ok(tree)
}

/// Pairs a target with its snapshot, reduced to the member's folder.
pub fn seen(target: &Target, snapshot: Result<Snapshot>) -> Observed<'_> {
    let snapshot = snapshot.and_then(|snapshot| in_folder(&snapshot, target));
    Observed { target, snapshot }
}

/// Returns the part of a repository's tree that is the member.
///
/// # Errors
/// When the repository has no such folder.
pub fn in_folder(snapshot: &Snapshot, target: &Target) -> Result<Snapshot> {
    let Some(folder) = &target.folder else { return Ok(snapshot.clone()) };
    let part = snapshot.below(folder);
    if part.entries.is_empty() && part.problems.is_empty() {
        return Err(Error::failed(format!("the repository has no folder `{folder}`"))
            .in_file(target.origin.to_string())
            .hint("correct `path` of the member in fleet.yaml"));
    }
    Ok(part)
}

/// Returns whether git has a content at a path of a target, at its reference or HEAD: only that can be recovered. That
/// tree is read when it is first needed.
pub fn recoverable(target: &Target) -> impl Fn(&RepoPath, BlobId) -> bool + '_ {
    let tree: OnceCell<Option<Snapshot>> = OnceCell::new();
    move |path, id| {
        let tree = tree.get_or_init(|| committed(target)).as_ref();
        tree.and_then(|tree| tree.entry(path.as_str())).is_some_and(|entry| entry.id == id)
    }
}

/// Returns a target's tree at its reference or HEAD.
fn committed(target: &Target) -> Option<Snapshot> {
    let reference = target.reference.as_deref().unwrap_or("HEAD");
    let tree = snapshot::open(target.origin.local().ok()?, Some(reference)).ok()?;
    in_folder(&tree, target).ok()
}

/// Returns where a target lies in its git repository; a folder outside of git is its own root.
#[must_use]
pub fn tree_of(target: &Target) -> WorkTree {
    let member = target.folder.as_deref().unwrap_or_default();
    let WorkTree { root, folder: around } = match &target.origin {
        Origin::Forge(name) => WorkTree { root: name.key(), folder: String::new() },
        Origin::Local(path) => tree_around(path),
    };
    let parts: Vec<&str> =
        [around.as_str(), member].into_iter().filter(|it| !it.is_empty()).collect();
    WorkTree { root, folder: parts.join("/") }
}

/// Returns where a folder on this machine lies in its git repository; outside of git it is its own root.
#[must_use]
pub fn tree_around(path: &Path) -> WorkTree {
    match snapshot::work_tree_around(path) {
        Some((root, inside)) => {
            WorkTree { root: root.display().to_string(), folder: slashed(&inside) }
        }
        // A bare repository, or a folder outside of any.
        None => {
            let root = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            WorkTree { root: root.display().to_string(), folder: String::new() }
        }
    }
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The function that judges one repository.
pub type Judge<'a> = &'a (dyn Fn(&Repository<'_>) -> Judgement + Sync);

/// Judges every repository that was read; one that could not be read does not affect the others. Verdicts are
/// preliminary: the caller applies waivers, then [`judge::settle`].
pub fn judge_all(
    observed: &[&Observed<'_>],
    judge: Judge<'_>,
    step: &(dyn Fn() + Sync),
) -> Vec<RepositoryReport> {
    let store = BlobStore::sharing(
        observed
            .iter()
            .filter_map(|observed| observed.snapshot.as_ref().ok())
            .flat_map(|snapshot| snapshot.entries.values().map(|entry| entry.id)),
    );
    let report = |observed: &&Observed<'_>| {
        let report = judge_one(observed, judge, &store);
        step();
        report
    };
    if let [observed] = observed {
        return vec![report(observed)];
    }
    observed.par_iter().with_max_len(8).map(report).collect()
}

fn judge_one(observed: &Observed<'_>, judge: Judge<'_>, store: &BlobStore) -> RepositoryReport {
    let target = observed.target;
    let identity = &target.identity;
    let mut report = RepositoryReport {
        name: target.label.clone(),
        origin: target.origin.to_string(),
        commit: None,
        tree: None,
        profile: identity.profile.clone(),
        owner: identity.owner.clone(),
        shape: target.shape.manifest.name.clone(),
        is_archived: false,
        verdict: RepositoryVerdict::Unchecked,
        error: None,
        paths: Vec::new(),
        findings: Vec::new(),
    };
    let snapshot = match &observed.snapshot {
        Ok(snapshot) => snapshot,
        Err(error) => {
            report.error = Some(error.to_string());
            return report;
        }
    };
    report.commit.clone_from(&snapshot.commit);
    report.is_archived = snapshot.is_archived;
    let Some(profile) = target.shape.profile(identity.profile.as_deref()) else {
        report.error = Some(unknown_profile(target).to_string());
        return report;
    };
    let repository = Repository::new(identity, snapshot, &target.shape, &profile, store);
    let judgement = judge(&repository);
    report.paths = judgement.paths;
    report.findings = judgement.findings;
    if matches!(target.origin, Origin::Local(_)) {
        fix::mark_kept(&mut report.findings, snapshot, &recoverable(target));
    }
    if report.is_archived {
        archived::leave(&mut report.findings);
    }
    report
}

/// The error for a repository whose shape does not have its profile.
#[must_use]
pub fn unknown_profile(target: &Target) -> Error {
    let profile = target.identity.profile.as_deref().unwrap_or_default();
    let known: Vec<&str> = target.shape.manifest.profiles.keys().map(String::as_str).collect();
    let Pack { manifest, source, .. } = &*target.shape;
    let error = Error::usage(format!("the shape `{}` has no profile `{profile}`", manifest.name));
    let error = match source == embedded::NAME {
        true => error,
        false => error.in_file(format!("{source}/{MANIFEST}")),
    };
    error.hint(match known.is_empty() {
        true => "the shape has no profiles".to_owned(),
        false => format!("the shape has {}", known.join(", ")),
    })
}
