//! Many repositories, read and judged: every processor at work, every shared file parsed once.
//!
//! In: targets and the shapes they are held to. Out: one report for each target; a repository that
//! cannot be read is reported as such and stops nobody else. Trees are read first, so that it is
//! known which blobs are shared before any is.

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
use crate::shape::Pack;
use crate::snapshot::{self, BlobStore, Snapshot, SourceKind};

use super::RepositoryVerdict;
#[cfg(doc)]
use super::judge;
use super::judge::Judgement;

/// Where a repository is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder, work tree or git directory of this machine.
    Local(PathBuf),
    /// The forge.
    Forge(RepositoryName),
}

impl Origin {
    /// The place on this machine.
    ///
    /// # Errors
    /// When it is on the forge.
    pub fn local(&self) -> Result<&Path> {
        match self {
            Self::Local(path) => Ok(path),
            Self::Forge(name) => {
                Err(Error::usage(format!("`{name}` is on the forge, not on this machine"))
                    .hint("clone it, and name the clone"))
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

/// A repository to be judged.
#[derive(Clone, Debug)]
pub struct Target {
    /// Who it is.
    pub identity: Identity,
    /// What reports call it: its name, or its folder where several have that name.
    pub label: String,
    /// Every name that a waiver may call it by.
    pub names: Vec<String>,
    /// Where it is read from.
    pub origin: Origin,
    /// The commit, branch or tag; `None` for what is on disk, or for the default branch.
    pub reference: Option<String>,
    /// The folder in it that is the member; `None` for the root.
    pub folder: Option<String>,
    /// The shape that it is held to.
    pub shape: Arc<Pack>,
}

/// A target that was read.
#[derive(Debug)]
pub struct Observed<'t> {
    /// The target.
    pub target: &'t Target,
    /// Its tree, or why there is none.
    pub snapshot: Result<Snapshot>,
}

/// Reads every target's tree from this machine.
pub fn observe<'t>(targets: &'t [Target], step: &(dyn Fn() + Sync)) -> Vec<Observed<'t>> {
    let read = |target: &'t Target| {
        let snapshot = target.origin.local().and_then(|path| {
            let tree = snapshot::open(path, target.reference.as_deref())?;
            if tree.entries.is_empty() && tree.problems.is_empty() {
                begun(path, tree)
            } else {
                Ok(tree)
            }
        });
        step();
        seen(target, snapshot)
    };
    if let [target] = targets {
        // Starting worker threads takes longer than one repository.
        return vec![read(target)];
    }
    targets.par_iter().with_max_len(8).map(read).collect()
}

/// An empty work tree, unless nothing was ever committed in it: that is said as it is said of a bare repository.
fn begun(path: &Path, tree: Snapshot) -> Result<Snapshot> {
    if snapshot::kind_of(path)? == SourceKind::WorkTree {
        snapshot::open(path, Some("HEAD"))?;
    }
    Ok(tree)
}

/// A target, with what was seen of its repository.
pub fn seen(target: &Target, snapshot: Result<Snapshot>) -> Observed<'_> {
    let snapshot = snapshot.and_then(|snapshot| in_folder(&snapshot, target));
    Observed { target, snapshot }
}

/// The part of a repository's tree that is the member.
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

/// What git has of a target at HEAD: only that can be had back.
#[must_use]
pub fn committed(target: &Target) -> Option<Snapshot> {
    let reference = target.reference.as_deref().unwrap_or("HEAD");
    let tree = snapshot::open(target.origin.local().ok()?, Some(reference)).ok()?;
    in_folder(&tree, target).ok()
}

/// Where a target lies in a repository of git; a folder of none is its own root.
#[must_use]
pub fn tree_of(target: &Target) -> WorkTree {
    let member = target.folder.as_deref().unwrap_or_default();
    let (root, around) = match &target.origin {
        Origin::Forge(name) => (name.key(), String::new()),
        Origin::Local(path) => match snapshot::work_tree_around(path) {
            Some((root, inside)) => (root.display().to_string(), slashed(&inside)),
            // A bare directory has no folders of its own.
            None => (path.display().to_string(), String::new()),
        },
    };
    let parts: Vec<&str> =
        [around.as_str(), member].into_iter().filter(|it| !it.is_empty()).collect();
    WorkTree { root, folder: parts.join("/") }
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// How one repository is judged.
pub type Judge<'a> = &'a (dyn Fn(&Repository<'_>) -> Judgement + Sync);

/// Judges every repository that was read; one that cannot be read stops nobody else. Verdicts are still
/// open: waivers come first, then [`judge::settle`].
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
    report
}

/// A repository follows a profile that its shape does not have.
#[must_use]
pub fn unknown_profile(target: &Target) -> Error {
    let profile = target.identity.profile.as_deref().unwrap_or_default();
    let known: Vec<&str> = target.shape.manifest.profiles.keys().map(String::as_str).collect();
    Error::usage(format!("the shape `{}` has no profile `{profile}`", target.shape.manifest.name))
        .hint(format!("it has: {}", known.join(", ")))
}
