//! A first pack out of repositories that exist already.
//!
//! In: the trees of some repositories and, where there are, their histories. Out: a [`Proposal`]:
//! the files of a pack, and what was decided for each path and why. Everything is counted and
//! nothing is known of any fleet: which path is held how follows from how many repositories have
//! the same content there. What nearly all have in common is demanded; what one has alone is listed
//! for a person to decide; that something must not be there is never guessed. Judging repositories
//! by the result is the caller's.

mod abstraction;
mod census;
mod collections;
mod conclude;
mod decide;
mod demands;
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

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::snapshot::history::Version;
use crate::snapshot::{RepoPath, Snapshot};

use super::Policy;
use super::manifest::Variable;
use super::pack::PackFiles;
use super::render::Templates;
use super::variables::Variables;

pub use read::{Source, names_of, names_together, read};

/// One repository that the pack is made of.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its tree.
    pub snapshot: Snapshot,
    /// What its paths held before; `None` where there is no history.
    pub history: Option<History>,
}

/// What the paths of one repository held before.
#[derive(Clone, Debug)]
pub struct History {
    /// Contents of each path, newest first.
    pub versions: BTreeMap<RepoPath, Vec<Version>>,
    /// Where those contents are read from.
    pub contents: Snapshot,
    /// Whether this is all: not so in a shallow clone.
    pub complete: bool,
}

/// A pack that could hold these repositories.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The files of the pack.
    pub files: PackFiles,
    /// The repositories, in the order in which they were given.
    pub members: Vec<ProposedMember>,
    /// The paths that are held, in byte order.
    pub paths: Vec<ProposedPath>,
    /// The paths that are not held, in byte order.
    pub unheld: Vec<UnheldPath>,
    /// What is demanded of the contents of files: `demands` of the pack.
    pub demands: Map<String, Value>,
    /// Globs of paths that need no reason to be there.
    pub extras: Vec<String>,
    /// Variables, in order.
    pub variables: Vec<ProposedVariable>,
    /// Variations that several repositories share.
    pub profiles: Vec<ProposedProfile>,
    /// What a person should decide, one sentence each.
    pub questions: Vec<String>,
    /// Where the repositories look like several kinds: the names of each kind's, else empty.
    pub kinds: Vec<Vec<String>>,
}

/// A repository as the proposal sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedMember {
    /// Its name.
    pub name: String,
    /// The slug that follows from its name.
    pub slug: String,
    /// The profile that describes it.
    pub profile: Option<String>,
}

/// A path that is held, and why in this way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedPath {
    /// The path.
    pub path: String,
    /// How it is held.
    pub policy: Policy,
    /// Whether its absence is no drift.
    pub optional: bool,
    /// Whether it is executable.
    pub executable: bool,
    /// In how many repositories it is.
    pub present: usize,
    /// Of how many.
    pub of: usize,
    /// How many distinct contents it has.
    pub contents: usize,
    /// Repositories whose content is as wanted, where a content is wanted.
    pub conforming: Vec<String>,
    /// Repositories that have it otherwise.
    pub outliers: Vec<String>,
    /// How many earlier contents the lineage has.
    pub earlier: usize,
    /// Why it is held in this way.
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
    /// Too few have it, or each fills it as it likes.
    Uncommon,
    /// It is a symbolic link or a submodule in all that have it.
    Link,
    /// A credential would come into the pack with its content.
    Credential,
}

/// A variable, and why.
#[derive(Clone, Debug)]
pub struct ProposedVariable {
    /// Its name.
    pub name: String,
    /// Its definition.
    pub definition: Variable,
    /// Why.
    pub why: String,
}

/// A variation that several repositories share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedProfile {
    /// Its name.
    pub name: String,
    /// Repositories that follow it.
    pub members: Vec<String>,
    /// Globs of paths that it permits.
    pub permits: Vec<String>,
    /// Globs of paths that it does without.
    pub without: Vec<String>,
    /// Paths that all who follow it have.
    pub expects: Vec<String>,
}

/// What the names of these repositories have in common, as a name for their pack.
#[must_use]
pub fn common_name(members: &[Member]) -> Option<String> {
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    conclude::common_name(naming::pattern(&names).as_deref())
}

/// Makes a pack of this name out of these repositories; by default it is named after what their
/// names have in common.
#[must_use]
pub fn propose(members: &[Member], name: Option<&str>) -> Proposal {
    propose_with(members, name, &BTreeMap::new())
}

/// The same where the slugs of some are known, by their repositories' names: what these do not follow is no pattern.
#[must_use]
pub fn propose_with(
    members: &[Member],
    name: Option<&str>,
    slugs: &BTreeMap<String, String>,
) -> Proposal {
    decide::propose(members, name, slugs)
}

/// A text with the names that follow from a repository's values written as variables; `None` when it
/// cannot be a template. Whether it renders as wanted is to be tried: see [`renders`].
#[must_use]
pub fn abstraction_of(text: &str, values: &Variables) -> Option<String> {
    abstraction::abstracted(text, &abstraction::Names::of(values, &[]))
}

/// Whether a template gives exactly this text for a repository.
#[must_use]
pub fn renders(source: &str, values: &Variables, text: &str) -> bool {
    Templates::compile([("it", source)])
        .and_then(|templates| templates.render("it", values))
        .is_ok_and(|rendered| rendered == text)
}

/// Whether what so many have counts as common to all: all of up to three, three of four, four fifths
/// from five. What is held, and demanded of those that lack it, needs as many.
fn nearly_all(count: usize, of: usize) -> bool {
    match of {
        0..=3 => count > 0 && count == of,
        4 => count >= 3,
        _ => count * 5 >= of * 4,
    }
}

/// Whether more than half have it, and more than one.
fn most(count: usize, of: usize) -> bool {
    count >= 2 && count * 2 > of
}

#[cfg(test)]
mod tests;
