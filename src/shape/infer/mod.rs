//! Infers a first pack from existing repositories.
//!
//! The result is a [`Proposal`] with the files of a pack, and for each path what was decided and why. It is based on
//! counting alone, without knowledge of any fleet: how a path is held depends on how many repositories have the same
//! content there. What nearly all have in common is demanded; what only one has is listed for a person to decide; no
//! path is ever made forbidden. The caller judges repositories by the result.

mod abstraction;
mod census;
mod collections;
mod conclude;
mod decide;
mod decision;
mod demands;
mod folders;
mod groups;
mod kind;
mod lineage;
mod lines;
mod naming;
mod profiles;
mod questions;
mod read;
mod variables;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::snapshot::history::Version;
use crate::snapshot::{RepoPath, Snapshot};

use super::Policy;
use super::manifest::Variable;
use super::pack::PackFiles;

pub use abstraction::{Names, Substitution};
pub use read::{Source, names_of, names_together, read};

/// A repository to infer the pack from.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its tree.
    pub snapshot: Snapshot,
    /// Its history, if it has one.
    pub history: Option<History>,
}

/// The earlier contents of the paths of one repository.
#[derive(Clone, Debug)]
pub struct History {
    /// The contents of each path, newest first.
    pub versions: BTreeMap<RepoPath, Vec<Version>>,
    /// The snapshot that those contents are read from.
    pub contents: Snapshot,
    /// Whether the history is complete, which it is not in a shallow clone.
    pub complete: bool,
}

/// A proposed pack, and the reasons for it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The files of the pack.
    pub files: PackFiles,
    /// The repositories, in the given order.
    pub members: Vec<ProposedMember>,
    /// The paths that are held, in byte order.
    pub paths: Vec<ProposedPath>,
    /// The paths that are not held, in byte order.
    pub unheld: Vec<UnheldPath>,
    /// The `demands` of the pack, on the contents of files.
    pub demands: Map<String, Value>,
    /// Globs of paths that may exist without being held.
    pub extras: Vec<String>,
    /// The variables, in order.
    pub variables: Vec<ProposedVariable>,
    /// Variations that several repositories share.
    pub profiles: Vec<ProposedProfile>,
    /// Questions for a person to decide, one sentence each.
    pub questions: Vec<String>,
    /// The names of the repositories of each kind, if there seem to be several kinds; else empty.
    pub kinds: Vec<Vec<String>>,
}

/// A repository in a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedMember {
    /// Its name.
    pub name: String,
    /// The slug derived from its name.
    pub slug: String,
    /// The profile that applies to it, if any.
    pub profile: Option<String>,
}

/// A path that is held, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedPath {
    /// The path.
    pub path: String,
    /// Its policy.
    pub policy: Policy,
    /// The file of its canon below `files/`, if that is not called like the path.
    pub source: Option<String>,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether the canon is executable.
    pub executable: bool,
    /// Number of repositories that have it.
    pub present: usize,
    /// Number of repositories that were considered.
    pub of: usize,
    /// Number of distinct contents.
    pub contents: usize,
    /// Repositories whose content conforms, if the content is compared.
    pub conforming: Vec<String>,
    /// Repositories whose content differs.
    pub outliers: Vec<String>,
    /// Number of earlier contents in the lineage.
    pub earlier: usize,
    /// Why it is held this way.
    pub why: String,
}

/// A path that is not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnheldPath {
    /// The path.
    pub path: String,
    /// The repositories that have it.
    pub present_in: Vec<String>,
    /// Whether a glob of `extras` covers it.
    pub expected: bool,
    /// Why it is not held.
    pub because: Unheld,
}

/// Why a path is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Unheld {
    /// Too few repositories have it, or each has its own content.
    Uncommon,
    /// It is a symbolic link or a submodule in all repositories that have it.
    Link,
    /// Holding it would copy a credential into the pack.
    Credential,
    /// Git keeps something else than its content: a Git LFS pointer, or what a filter or an encoding makes of it.
    Converted,
}

/// A proposed variable, and why.
#[derive(Clone, Debug)]
pub struct ProposedVariable {
    /// Its name.
    pub name: String,
    /// Its definition.
    pub definition: Variable,
    /// Why it is proposed.
    pub why: String,
}

/// A variation that several repositories share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedProfile {
    /// Its name.
    pub name: String,
    /// The repositories that follow it.
    pub members: Vec<String>,
    /// Globs of paths that it permits.
    pub permits: Vec<String>,
    /// Globs of paths that it does without.
    pub without: Vec<String>,
    /// Paths that all repositories with the profile have.
    pub expects: Vec<String>,
}

/// Returns what the names of these repositories have in common, as a name for the pack.
#[must_use]
pub fn common_name(members: &[Member]) -> Option<String> {
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    conclude::common_name(naming::pattern(&names).as_deref())
}

/// Groups repositories by their paths, as [`Proposal::kinds`] does: the indices of those of each kind. Empty if they do
/// not seem to be of several kinds.
#[must_use]
pub fn kinds_by_paths(repositories: &[&BTreeSet<RepoPath>]) -> Vec<Vec<usize>> {
    groups::of_paths(repositories).kinds
}

/// Infers a pack from these repositories. The default name is what their names have in common.
#[must_use]
pub fn propose(members: &[Member], name: Option<&str>) -> Proposal {
    propose_with(members, name, &BTreeMap::new())
}

/// Like [`propose`], with the known slugs of some repositories by name: a name pattern has to agree with them.
#[must_use]
pub fn propose_with(
    members: &[Member],
    name: Option<&str>,
    slugs: &BTreeMap<String, String>,
) -> Proposal {
    decide::propose(members, name, slugs)
}

/// Returns the names of the repositories at these indices.
fn called(members: &[Member], indices: &[usize]) -> Vec<String> {
    indices.iter().filter_map(|index| Some(members.get(*index)?.name.clone())).collect()
}

/// Whether `count` of `of` is nearly all: all of up to three, three of four, or four fifths of five or more. Used both
/// for what is held and for what is demanded of the rest.
#[must_use]
pub fn nearly_all(count: usize, of: usize) -> bool {
    match of {
        0..=3 => count > 0 && count == of,
        4 => count >= 3,
        _ => count * 5 >= of * 4,
    }
}

/// Whether more than half have it, and at least two.
fn most(count: usize, of: usize) -> bool {
    count >= 2 && count * 2 > of
}

#[cfg(test)]
mod tests;
