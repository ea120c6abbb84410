//! Drafts a first fleet.yaml from existing repositories.
//!
//! From what was [`Seen`] of repositories (names and, for some, files) and from lists of them kept
//! elsewhere ([`List`]), it makes a [`Draft`]: a manifest that [`super::Fleet::parse`] accepts,
//! whose comments say what was guessed and why, and the repositories left out, each with the
//! reason. Reading directories, files and forges is up to the caller.
//!
//! | file | what it owns |
//! |---|---|
//! | [`observe()`] | extracts what matters from a snapshot |
//! | [`listed`] | reads repositories and a registration from a JSON manifest |
//! | `words` | resolves words of lists to repositories |
//! | `kinds` | groups names into kinds |
//! | `runtime`, `images` | guess the members' runtime package, and the names of their images |
//! | `sort` | sorts repositories into members, starters, and those left out |
//! | `registration` | declares a list kept elsewhere |
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

pub use observe::observe;

/// What was seen of one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Who owns it, when that is known.
    pub owner: Option<String>,
    /// The forge's host, when that is known.
    pub host: Option<String>,
    /// The slug that somebody gave it.
    pub slug: Option<String>,
    /// Its image, when somebody said it.
    pub image: Option<String>,
    /// The branch that it shows.
    pub branch: Option<String>,
    /// The folder that it was read from.
    pub folder: Option<PathBuf>,
    /// Where it lies, relative to fleet.yaml; `None` when it is not below that folder.
    pub place: Option<String>,
    /// Whether the forge says that others are generated from it.
    pub is_template: bool,
    /// Whether the name is a word of a list, and may be a slug.
    pub is_word: bool,
    /// Why it is no living repository of the owner's: `archived`, `a fork`, `empty`.
    pub aside: Option<String>,
    /// What its files say; `None` when they were not read.
    pub contents: Option<Contents>,
}

/// What the files of one repository say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Distributions that its requirements.txt and its Dockerfile install, in PEP 503 spelling.
    pub distributions: BTreeSet<String>,
    /// Distributions among them that the Dockerfile installs by name.
    pub by_dockerfile: BTreeSet<String>,
    /// Top-level modules that its Python files import and do not hold themselves.
    pub imports: BTreeSet<String>,
    /// Images that its workflows name, without tags; `{repository}` and `{owner}` where they are computed.
    pub images: BTreeSet<String>,
    /// Whether it holds a shape pack.
    pub has_pack: bool,
    /// Whether it is of another kind than the shape inside shipshape is about.
    pub is_stranger: bool,
}

/// A list of repositories that somebody else keeps, which becomes a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The repository that holds the file, `owner/name`; `None` when it lies beside fleet.yaml.
    pub repository: Option<String>,
    /// The file, relative to fleet.yaml or to the repository.
    pub file: String,
    /// The dotted path to the list; `None` when the document is the list.
    pub symbol: Option<String>,
    /// Whether members are keys of an object; else they are elements of an array.
    pub is_map: bool,
    /// The field that names the member, in an array of objects.
    pub field: Option<String>,
    /// The field that holds the repository, and how it is written there.
    pub repository_field: Option<(String, String)>,
    /// What each map's value is, where it is one text for each member: `{owner}/{repository}`.
    pub values: Option<String>,
    /// Each entry as it is written, with its repository.
    pub entries: Vec<(String, String)>,
}

/// What the user said that need not be guessed.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The fleet's name.
    pub name: Option<String>,
    /// The owner of the repositories.
    pub owner: Option<String>,
    /// The forge's address, unless it is github.com.
    pub url: Option<String>,
    /// What the names of each kind begin with.
    pub prefixes: Vec<String>,
}

/// All that a draft is made of.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Where the repositories were found, in words: `3 folders`, `manifest.json`.
    pub source: String,
    /// The repositories.
    pub repositories: Vec<Seen>,
    /// Lists of them that others keep.
    pub lists: Vec<List>,
}

/// A manifest that nobody has read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text of fleet.yaml.
    pub text: String,
    /// How many members it has.
    pub members: usize,
    /// Its kinds, in order.
    pub kinds: Vec<DraftedKind>,
    /// What is not certain, one line each.
    pub guesses: Vec<String>,
    /// Repositories that are no members, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// A kind of a draft, and what is left to do for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftedKind {
    /// What the names of its repositories begin with; empty for a kind of all.
    pub prefix: String,
    /// The folder of its shape, relative to fleet.yaml, when that is still to be made.
    pub shape: Option<String>,
    /// The folders that its members, and its starter, were read from.
    pub folders: Vec<PathBuf>,
}

/// Who owns the repositories when nothing says it. It cannot be mistaken for a name that was found.
pub const UNKNOWN_OWNER: &str = "OWNER";

/// Makes a manifest of what was seen; `None` when nothing of it can be a member.
#[must_use]
pub fn draft(observed: &Observed, wishes: &Wishes) -> Option<Draft> {
    let (repositories, lists, words) = words::resolve(observed, wishes);
    let observed = Observed { source: observed.source.clone(), repositories, lists };
    let mut sorted = sort::sort(&observed, wishes);
    let why = "it is listed, and no repository of it was named";
    sorted.left_out.extend(words.into_iter().map(|word| (word, why.to_owned())));
    sorted.members().next()?;
    Some(write::write(&observed, wishes, &sorted))
}

/// Why nothing of what was seen is a member: each with the reason.
#[must_use]
pub fn left_out(observed: &Observed, wishes: &Wishes) -> Vec<(String, String)> {
    sort::sort(observed, wishes).left_out
}

/// Which repositories have names that make them members, by index: what is worth reading.
#[must_use]
pub fn likely_members(repositories: &[Seen], prefixes: &[String]) -> Vec<usize> {
    let names: Vec<&str> = repositories
        .iter()
        .filter(|seen| seen.aside.is_none())
        .map(|seen| seen.name.as_str())
        .collect();
    let (groups, _) = if prefixes.is_empty() {
        kinds::guessed(&names)
    } else {
        kinds::by_prefixes(&names, prefixes)
    };
    let is_likely = |seen: &Seen| {
        seen.aside.is_none() && groups.iter().any(|group| group.names.contains(&&*seen.name))
    };
    let all = repositories.iter().enumerate();
    all.filter(|(_, seen)| is_likely(seen)).map(|(index, _)| index).collect()
}

/// Whether so many of all are enough to speak of all: three quarters of them.
fn nearly_all(count: usize, of: usize) -> bool {
    count > 0 && count * 4 >= of * 3
}
