//! How a campaign is recognized on the forge: its branch, a marker in the pull request, trailers in the commit.
//!
//! A journal can be lost, and a second machine has none; these stay. So everything needed to avoid doing something
//! twice is read back from the forge. People see the branch and the trailers; the marker is a comment in Markdown.

use sha2::Digest as _;

mod words;

pub use words::{Earlier, Untouched, has_earlier_title, has_earlier_words, reworded, words_mark};

use super::plan::PlannedFile;
use crate::change::{Change, ChangeSet, Mode};
use crate::digest::hexadecimal;
use crate::snapshot::BlobId;

/// The prefix of the branches of all campaigns.
pub const BRANCHES: &str = "shipshape/";

const MARKER: &str = "<!-- shipshape: campaign ";
const WORDS: &str = "<!-- shipshape: words ";
const CLOSED: &str = "<!-- shipshape: closed by its campaign, as ";
const GIVEN_UP: &str = "<!-- shipshape: given up by its campaign, as ";
/// The line in a pull request's text which says that it removes a credential from a file.
pub(super) const REVOKE: &str = "<!-- shipshape: takes a credential out -->";
const CAMPAIGN: &str = "Shipshape-Campaign";
const CHANGE: &str = "Shipshape-Change";

/// The branch of a campaign, the same in every repository.
#[must_use]
pub fn branch(name: &str) -> String {
    format!("{BRANCHES}{name}")
}

/// The campaign and the change that a pull request or a commit belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The campaign.
    pub campaign: String,
    /// The digest of the change, see [`change_digest`].
    pub change: String,
}

impl Mark {
    /// The mark of a campaign's change.
    #[must_use]
    pub fn new(campaign: &str, change: &str) -> Self {
        Self { campaign: campaign.to_owned(), change: change.to_owned() }
    }

    /// The line for the text of a pull request.
    #[must_use]
    pub fn marker(&self) -> String {
        format!("{MARKER}{} {} -->", self.campaign, self.change)
    }

    /// The trailers of a commit message.
    #[must_use]
    pub fn trailers(&self) -> String {
        format!("{CAMPAIGN}: {}\n{CHANGE}: {}\n", self.campaign, self.change)
    }

    /// Reads the mark in the text of a pull request; `None` if no campaign opened it.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(MARKER))?;
        let mut words = line.strip_suffix("-->")?.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(campaign), Some(change), None) => Some(Self::new(campaign, change)),
            _ => None,
        }
    }

    /// Reads the mark in a commit message.
    #[must_use]
    pub fn of_message(message: &str) -> Option<Self> {
        let value = |key: &str| {
            message.lines().rev().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                (name.trim() == key).then(|| value.trim().to_owned())
            })
        };
        Some(Self { campaign: value(CAMPAIGN)?, change: value(CHANGE)? })
    }
}

/// The line which says that the campaign closed a pull request, and as whom: a person may reopen and close it again.
#[must_use]
pub fn closed_mark(login: &str) -> String {
    format!("{CLOSED}{login} -->")
}

/// The line which says that somebody gave a pull request up, with the reason, if there is one.
#[must_use]
pub fn given_up_mark(login: &str, why: Option<&str>) -> String {
    let mut words = why.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    // `--` could end the comment, and replacing it once may leave another.
    while words.contains("--") {
        words = words.replace("--", "-");
    }
    format!("{GIVEN_UP}{login}: {words} -->")
}

/// Replaces earlier marks of closing in a text with this one, at the end.
#[must_use]
pub fn marked_as_closed(text: &str, mark: &str) -> String {
    let is_mark = |line: &&str| [CLOSED, GIVEN_UP].iter().any(|it| line.trim().starts_with(it));
    let lines = text.lines().filter(|line| !is_mark(line)).collect::<Vec<_>>().join("\n");
    format!("{}\n\n{mark}\n", lines.trim_end())
}

/// The logins that closed a pull request for its campaign, according to its text.
pub fn closers(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let closed = line.trim().strip_prefix(CLOSED).and_then(|it| it.strip_suffix(" -->"));
        closed.or_else(|| given_up(line).map(|(login, _)| login))
    })
}

/// The logins that gave a pull request up, each with its reason, which may be empty.
pub fn givers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(given_up)
}

fn given_up(line: &str) -> Option<(&str, &str)> {
    let said = line.trim().strip_prefix(GIVEN_UP)?.strip_suffix("-->")?;
    let (login, why) = said.split_once(':')?;
    Some((login, why.trim()))
}

/// Whether the text says that the pull request removes a credential, which somebody has to revoke.
#[must_use]
pub fn takes_credential_out(text: &str) -> bool {
    text.lines().any(|line| line.trim() == REVOKE)
}

/// The digest of a change set, independent of the commit it is made on: 16 hexadecimal digits over paths, modes and
/// blob ids, in the order of paths. It can be computed from trees alone, without reading contents.
#[must_use]
pub fn change_digest(changes: &ChangeSet) -> String {
    digest_of_lines(changes.changes.iter().map(|(path, change)| match change {
        Change::Delete { .. } => format!("delete\0{path}\n"),
        Change::Write { bytes, mode, .. } => {
            format!("{}\0{}\0{path}\n", mode_in_words(*mode), BlobId::of(bytes))
        }
    }))
}

/// [`change_digest`] of the files of a plan.
#[must_use]
pub fn digest_of_planned(files: &[PlannedFile]) -> String {
    digest_of_lines(files.iter().map(|file| match &file.content {
        None => format!("delete\0{}\n", file.path),
        Some(id) => format!("{}\0{id}\0{}\n", file.mode, file.path),
    }))
}

/// The digest of lines: 16 hexadecimal digits.
pub(super) fn digest_of_lines(lines: impl IntoIterator<Item = String>) -> String {
    let mut hash = sha2::Sha256::new();
    lines.into_iter().for_each(|line| hash.update(line));
    hexadecimal(&hash.finalize()).chars().take(16).collect()
}

/// The file mode that git uses, in octal.
#[must_use]
pub fn mode_in_words(mode: Mode) -> &'static str {
    match mode {
        Mode::File => "100644",
        Mode::Executable => "100755",
        Mode::Link => "120000",
    }
}

/// The SHA-256 of bytes: 64 hexadecimal digits.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    hexadecimal(&sha2::Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_from_text_and_message() {
        let mark = Mark::new("add-arg", "0123456789abcdef");
        let text = format!("What it does.\n\n{}\n", mark.marker());
        assert_eq!(Mark::of_text(&text), Some(mark.clone()));
        let message = format!("Add it\n\nWhy.\n\n{}", mark.trailers());
        assert_eq!(Mark::of_message(&message), Some(mark));
    }

    #[test]
    fn who_gave_it_up_is_read_back_with_the_reason() {
        let said = given_up_mark("robot[bot]", Some("login -->\nwants to wait"));
        let text = marked_as_closed(&format!("Words.\n\n{}\n", closed_mark("ann")), &said);
        assert_eq!(text.lines().count(), 3);
        assert_eq!(givers(&text).collect::<Vec<_>>(), [("robot[bot]", "login -> wants to wait")]);
        assert_eq!(closers(&text).collect::<Vec<_>>(), ["robot[bot]"]);
        let nameless = given_up_mark("robot", None);
        assert_eq!(givers(&nameless).collect::<Vec<_>>(), [("robot", "")]);
        assert_eq!(givers(&closed_mark("robot")).count(), 0);
    }

    #[test]
    fn what_only_looks_like_a_mark_is_none() {
        for text in ["", "<!-- shipshape: campaign x -->", "<!-- shipshape: campaign a b c -->"] {
            assert_eq!(Mark::of_text(text), None, "{text}");
        }
        assert_eq!(Mark::of_message("Shipshape-Campaign: x\n"), None);
    }
}
