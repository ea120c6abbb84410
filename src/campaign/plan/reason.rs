//! Why something is decided of a repository, in words.

use std::fmt;

/// Why something is decided; shown, it is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// In words: nothing else rests on it.
    Said(String),
    /// Nothing is to be changed, and a pull request is open.
    NotNeeded {
        /// What was found there that the campaign selects by, in words, where something was.
        found: Option<Found>,
        /// How the pull request stands, where it stays open.
        stands: Option<String>,
    },
}

/// Something that was found in a repository, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The first of it, and how much more there is.
    pub(super) shown: String,
    is_one: bool,
}

impl Found {
    /// What was found, each with its rule and its path; `None` where nothing was.
    pub(super) fn of(found: &[String]) -> Option<Self> {
        let more = found.len().saturating_sub(FOUND);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let shown: Vec<&str> = found.iter().take(FOUND).map(String::as_str).collect();
        let shown = format!("{}{more}", shown.join(", "));
        (!found.is_empty()).then_some(Self { shown, is_one: found.len() == 1 })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(words) => f.write_str(words),
            Self::NotNeeded { found, stands } => {
                match found {
                    None => f.write_str(NO_LONGER_NEEDED)?,
                    Some(Found { shown, is_one }) => {
                        let verb = if *is_one { "stays" } else { "stay" };
                        write!(f, "it would change nothing there now, and {shown} {verb}")?;
                    }
                }
                stands.as_ref().map_or(Ok(()), |stands| write!(f, "; {stands}"))
            }
        }
    }
}

/// Why nothing is done with those that the forge has shut.
pub(super) const SHUT: &str =
    "the forge has shut it: set `retired` in fleet.yaml, or ask the forge why";

/// Why something fails where the token may only read.
pub const MAY_NOT_PUSH: &str = "the token may not push to it: it needs `contents: write` there";

/// Why nothing is done with those that the selection does not name.
pub const NOT_SELECTED: &str = "not selected";

/// What is said of an open pull request whose repository the selection no longer names.
pub const NO_LONGER_SELECTED: &str = "it is no longer selected";

/// What is said of an open pull request where nothing is to be changed any more.
pub const NO_LONGER_NEEDED: &str = "the change is no longer needed";

/// What is said of an open pull request whose change is not the one that the campaign makes today.
pub const EARLIER_FORM: &str = "it offers an earlier form of the change";

/// Why nothing is done with those that the plan knows nothing of.
pub const NOT_PLANNED: &str = "it could not be read when the plan was made: plan again";

/// Why nothing is done where nothing is to be changed.
pub const NOTHING: &str = "nothing to change";

/// The same where something was found that the campaign selects by, and none of its changes is about that.
pub const NOT_OF_IT: &str = "this campaign does not change what was found here";

/// So many findings are named of a repository that the campaign leaves.
const FOUND: usize = 3;
