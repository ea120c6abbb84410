//! Drafts a first fleet.yaml from existing repositories.
//!
//! Repositories as [`Seen`] (their names, and the files of some) and lists of them that others keep ([`List`]) make a
//! [`Draft`]: the text of a manifest that [`super::Fleet::parse`] accepts, with comments that say what was guessed and
//! why; and what was left out, with the reason. The caller reads folders, files and forges.
//!
//! | module | task |
//! |---|---|
//! | [`observe()`] | reads what matters of a snapshot |
//! | [`listed`] | reads repositories and a registration from a JSON manifest |
//! | `words` | matches words of lists to repositories |
//! | `kinds` | groups repositories by their names, or else by their files |
//! | `runtime`, `images` | guess the runtime package and the image names |
//! | `sort` | sorts repositories: member, starter, or left out |
//! | `registration` | writes a list kept by others as a registration |
//! | `write` | writes the text |

mod images;
mod kinds;
pub mod listed;
mod observe;
mod registration;
mod runtime;
mod sort;
mod words;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::snapshot::RepoPath;

pub use observe::observe;

/// What is known of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Its owner, if known.
    pub owner: Option<String>,
    /// The forge's host, if known.
    pub host: Option<String>,
    /// Whether that serves its pages on plain HTTP.
    pub is_plain: bool,
    /// The slug given to it by a list.
    pub slug: Option<String>,
    /// Its image according to a list.
    pub image: Option<String>,
    /// The branch to use.
    pub branch: Option<String>,
    /// The folder that it was read from.
    pub folder: Option<PathBuf>,
    /// The folder's path relative to fleet.yaml; `None` if it is not below that folder.
    pub place: Option<String>,
    /// Where it is in a larger repository, if it is only a folder of one; then the name is the folder's.
    pub within: Option<Within>,
    /// Whether it is a template repository on the forge.
    pub is_template: bool,
    /// Whether the name is just a word of a list, and may be a slug.
    pub is_word: bool,
    /// Why it is not an active repository of the owner: `archived`, `a fork`, `empty`.
    pub aside: Option<String>,
    /// What its files contain; `None` if they were not read.
    pub contents: Option<Contents>,
}

impl Seen {
    /// Whether it is a shape pack itself.
    #[must_use]
    pub fn is_pack(&self) -> bool {
        self.contents.as_ref().is_some_and(|contents| contents.wanted.is_some())
    }
}

/// A folder's place in the repository around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// The repository's name.
    pub repository: String,
    /// The folder in it, with slashes.
    pub path: String,
}

/// What matters of the files of one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Distributions installed by its requirements.txt and its Dockerfile, with normalized names (PEP 503).
    pub distributions: BTreeSet<String>,
    /// Those of the distributions that the Dockerfile installs by name.
    pub by_dockerfile: BTreeSet<String>,
    /// Top-level modules that its Python files import and that it does not contain.
    pub imports: BTreeSet<String>,
    /// Images named in its workflows, without tags; `{repository}` and `{owner}` stand for computed parts.
    pub images: BTreeSet<String>,
    /// Whether it contains a shape pack.
    pub has_pack: bool,
    /// The folder of a shape pack that is not a starter's: `.shipshape/shape`.
    pub shape: Option<&'static str>,
    /// The paths that it wants of others, if it is a shape pack itself.
    pub wanted: Option<Vec<String>>,
    /// Whether it is of another kind than the embedded shape describes.
    pub is_stranger: bool,
    /// The slug that its files have to name, as the embedded shape reads them.
    pub slug: Option<String>,
    /// The paths of its files.
    pub paths: BTreeSet<RepoPath>,
}

/// A list of repositories that somebody else keeps, to become a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The repository with the file, `owner/name`; `None` if the file is next to fleet.yaml.
    pub repository: Option<String>,
    /// The file, relative to fleet.yaml or to the repository.
    pub file: String,
    /// The dotted path to the list; `None` if the document itself is the list.
    pub symbol: Option<String>,
    /// Whether members are keys of an object, instead of elements of an array.
    pub is_map: bool,
    /// The field that names the member, in an array of objects.
    pub field: Option<String>,
    /// The field that holds the repository, and the pattern of its values.
    pub repository_field: Option<(String, String)>,
    /// The pattern of a map's values, if all follow one: `{owner}/{repository}`.
    pub values: Option<String>,
    /// Each entry as written, with its repository.
    pub entries: Vec<(String, String)>,
}

/// What the user specified, and so need not be guessed.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The fleet's name.
    pub name: Option<String>,
    /// The owner of the repositories.
    pub owner: Option<String>,
    /// The forge's URL, unless it is github.com.
    pub url: Option<String>,
    /// The prefixes of the kinds' repositories.
    pub prefixes: Vec<String>,
}

/// Everything that a draft is made from.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Where the repositories were found, in words: `3 folders`, `manifest.json`.
    pub source: String,
    /// The repositories.
    pub repositories: Vec<Seen>,
    /// Lists of the repositories that others keep.
    pub lists: Vec<List>,
    /// What is in the folder of shapes beside fleet.yaml, each with its place.
    pub shapes: Vec<Seen>,
}

/// A drafted manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text of fleet.yaml.
    pub text: String,
    /// Number of members.
    pub members: usize,
    /// Its kinds, in order.
    pub kinds: Vec<DraftedKind>,
    /// What is uncertain, one line each.
    pub guesses: Vec<String>,
    /// Repositories that are not members, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// A drafted kind, and what is left to do for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftedKind {
    /// The prefix of its repositories; empty if they have none in common.
    pub prefix: String,
    /// The folder of its shape relative to fleet.yaml, if the shape is still to be created.
    pub shape: Option<String>,
    /// The folders of its members and its starter.
    pub folders: Vec<PathBuf>,
}

/// The folder beside fleet.yaml in which the shapes of kinds are made.
pub const SHAPES: &str = "shapes";

/// The placeholder for an unknown owner of the repositories, which cannot be mistaken for a real name.
pub const UNKNOWN_OWNER: &str = "OWNER";

/// Drafts a manifest; `None` if no repository can be a member.
#[must_use]
pub fn draft(observed: &Observed, wishes: &Wishes) -> Option<Draft> {
    let (repositories, lists, words) = words::resolve(observed, wishes);
    let (source, shapes) = (observed.source.clone(), observed.shapes.clone());
    let observed = Observed { source, repositories, lists, shapes };
    let mut sorted = sort::sort(&observed, wishes);
    let why = "it is listed, but its repository was not named";
    sorted.left_out.extend(words.into_iter().map(|word| (word, why.to_owned())));
    sorted.members().next()?;
    Some(write::write(&observed, wishes, &sorted))
}

/// Returns the repositories that are not members, with the reasons.
#[must_use]
pub fn left_out(observed: &Observed, wishes: &Wishes) -> Vec<(String, String)> {
    sort::sort(observed, wishes).left_out
}

/// Returns the indices of the repositories whose names make them members, and which are worth reading.
#[must_use]
pub fn likely_members(repositories: &[Seen], prefixes: &[String]) -> Vec<usize> {
    let names: Vec<&str> = repositories
        .iter()
        .filter(|seen| seen.aside.is_none())
        .map(|seen| seen.name.as_str())
        .collect();
    let (groups, _) = if prefixes.is_empty() {
        kinds::guessed(&names, &[])
    } else {
        kinds::by_prefixes(&names, prefixes)
    };
    let is_likely = |seen: &Seen| {
        seen.aside.is_none() && groups.iter().any(|group| group.names.contains(&&*seen.name))
    };
    let all = repositories.iter().enumerate();
    all.filter(|(_, seen)| is_likely(seen)).map(|(index, _)| index).collect()
}

/// Whether `count` of `of` is enough to speak of all: three quarters.
fn nearly_all(count: usize, of: usize) -> bool {
    count > 0 && count * 4 >= of * 3
}
