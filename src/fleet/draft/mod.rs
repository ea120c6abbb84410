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

/// What was seen of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The name.
    pub name: String,
    /// The owner, if known.
    pub owner: Option<String>,
    /// The host of the forge, if known.
    pub host: Option<String>,
    /// The slug, if a list gives one.
    pub slug: Option<String>,
    /// The image, if a list gives one.
    pub image: Option<String>,
    /// The branch, if a list gives one.
    pub branch: Option<String>,
    /// The directory from which it was read.
    pub folder: Option<PathBuf>,
    /// The path relative to fleet.yaml; `None` if it is not below that directory.
    pub place: Option<String>,
    /// Whether the forge marks it as a template.
    pub is_template: bool,
    /// Whether the name is a word from a list, which may be a slug.
    pub is_word: bool,
    /// Why it is not an active repository of the owner: `archived`, `a fork`, `empty`.
    pub aside: Option<String>,
    /// The content of its files; `None` if they were not read.
    pub contents: Option<Contents>,
}

/// The relevant content of a repository's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The distributions installed by its requirements.txt and its Dockerfile, normalized according
    /// to PEP 503.
    pub distributions: BTreeSet<String>,
    /// Those of the distributions that the Dockerfile installs by name.
    pub by_dockerfile: BTreeSet<String>,
    /// The top-level modules that its Python files import and that it does not contain.
    pub imports: BTreeSet<String>,
    /// The images that its workflows name, without tags; computed parts are `{repository}` and
    /// `{owner}`.
    pub images: BTreeSet<String>,
    /// Whether it contains a shape pack.
    pub has_pack: bool,
    /// Whether it is of another kind than the embedded shape describes.
    pub is_stranger: bool,
}

/// A list of repositories kept elsewhere, which becomes a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The repository of the file, `owner/name`; `None` if the file is beside fleet.yaml.
    pub repository: Option<String>,
    /// The file, relative to fleet.yaml or to the repository.
    pub file: String,
    /// The dotted path to the list; `None` if it is the whole document.
    pub symbol: Option<String>,
    /// Whether members are keys of an object, rather than elements of an array.
    pub is_map: bool,
    /// In an array of objects, the field that names the member.
    pub field: Option<String>,
    /// The field that contains the repository, and the form in which it is written.
    pub repository_field: Option<(String, String)>,
    /// For a map, the pattern of its values if there is one for all members:
    /// `{owner}/{repository}`.
    pub values: Option<String>,
    /// Each entry as written, with its repository.
    pub entries: Vec<(String, String)>,
}

/// What the user specified, which need not be guessed.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The name of the fleet.
    pub name: Option<String>,
    /// The owner of the repositories.
    pub owner: Option<String>,
    /// The URL of the forge, unless it is github.com.
    pub url: Option<String>,
    /// The prefix of each kind.
    pub prefixes: Vec<String>,
}

/// The input of a draft.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The source of the repositories, in words: `3 folders`, `manifest.json`.
    pub source: String,
    /// The repositories.
    pub repositories: Vec<Seen>,
    /// Lists of them kept elsewhere.
    pub lists: Vec<List>,
}

/// A drafted manifest, which nobody has reviewed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text of fleet.yaml.
    pub text: String,
    /// The number of members.
    pub members: usize,
    /// The kinds, in order.
    pub kinds: Vec<DraftedKind>,
    /// What is uncertain, one line each.
    pub guesses: Vec<String>,
    /// The repositories that are not members, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// A kind of a draft, and what remains to be done for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftedKind {
    /// The prefix of its repositories; empty if it has none.
    pub prefix: String,
    /// The directory of its shape, relative to fleet.yaml, if that does not exist yet.
    pub shape: Option<String>,
    /// The directories from which its members and its starter were read.
    pub folders: Vec<PathBuf>,
}

/// The placeholder for an unknown owner. It cannot be mistaken for a name that was found.
pub const UNKNOWN_OWNER: &str = "OWNER";

/// Drafts a manifest; `None` if no repository can be a member.
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

/// Returns why no repository is a member, for each of them.
#[must_use]
pub fn left_out(observed: &Observed, wishes: &Wishes) -> Vec<(String, String)> {
    sort::sort(observed, wishes).left_out
}

/// Returns the indices of the repositories whose names suggest that they are members, and which are
/// thus worth reading.
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

/// Whether `count` is nearly all of `of`: three quarters.
fn nearly_all(count: usize, of: usize) -> bool {
    count > 0 && count * 4 >= of * 3
}
