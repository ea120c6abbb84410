//! By what a campaign is known on the forge: its branch, a marker in the pull request, trailers in the commit.
//!
//! A journal can be lost and a second machine has none; these cannot. So everything that must be known to do
//! nothing twice is read back from here. A person sees the branch and the trailers; the marker is a
//! comment of Markdown.

use std::collections::BTreeMap;

use sha2::Digest as _;

use super::plan::{PlannedFile, Proposed};
use crate::change::{Change, ChangeSet, Mode};
use crate::digest::hexadecimal;
use crate::forge::calls::offers::PullSeen;
use crate::snapshot::{BlobId, EntryKind, RepoPath, Snapshot};

/// What the branches of all campaigns begin with.
pub const BRANCHES: &str = "shipshape/";

const MARKER: &str = "<!-- shipshape: campaign ";
const WORDS: &str = "<!-- shipshape: words ";
const CLOSED: &str = "<!-- shipshape: closed by its campaign, as ";
const GIVEN_UP: &str = "<!-- shipshape: given up by its campaign, as ";
/// The line of a pull request's text that tells that it takes a credential out of a file.
pub(super) const REVOKE: &str = "<!-- shipshape: takes a credential out -->";
const CAMPAIGN: &str = "Shipshape-Campaign";
const CHANGE: &str = "Shipshape-Change";

/// The branch of a campaign, the same in every repository.
#[must_use]
pub fn branch(name: &str) -> String {
    format!("{BRANCHES}{name}")
}

/// What a pull request or a commit says that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The campaign.
    pub campaign: String,
    /// The change, see [`change_digest`].
    pub change: String,
}

impl Mark {
    /// A mark of a campaign's change.
    #[must_use]
    pub fn new(campaign: &str, change: &str) -> Self {
        Self { campaign: campaign.to_owned(), change: change.to_owned() }
    }

    /// The line of a pull request's text.
    #[must_use]
    pub fn marker(&self) -> String {
        format!("{MARKER}{} {} -->", self.campaign, self.change)
    }

    /// The last lines of a commit's message.
    #[must_use]
    pub fn trailers(&self) -> String {
        format!("{CAMPAIGN}: {}\n{CHANGE}: {}\n", self.campaign, self.change)
    }

    /// What a pull request's text says; `None` when it was not opened by a campaign.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(MARKER))?;
        let mut words = line.strip_suffix("-->")?.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(campaign), Some(change), None) => Some(Self::new(campaign, change)),
            _ => None,
        }
    }

    /// What a commit's message says.
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

/// What a pull request's text says when the campaign closed it, as whom: a person may open and close it again.
#[must_use]
pub fn closed_mark(login: &str) -> String {
    format!("{CLOSED}{login} -->")
}

/// The same when somebody gave it up there, with the reason, if there is one.
#[must_use]
pub fn given_up_mark(login: &str, why: Option<&str>) -> String {
    let mut words = why.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    // A comment ends at the first arrow of two dashes; three of them are two once more.
    while words.contains("--") {
        words = words.replace("--", "-");
    }
    format!("{GIVEN_UP}{login}: {words} -->")
}

/// A text without what it says of having been closed before, and with this mark at its end.
#[must_use]
pub fn marked_as_closed(text: &str, mark: &str) -> String {
    let is_mark = |line: &&str| [CLOSED, GIVEN_UP].iter().any(|it| line.trim().starts_with(it));
    let lines = text.lines().filter(|line| !is_mark(line)).collect::<Vec<_>>().join("\n");
    format!("{}\n\n{mark}\n", lines.trim_end())
}

/// Who closed a pull request for its campaign, as its text says.
pub fn closers(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let closed = line.trim().strip_prefix(CLOSED).and_then(|it| it.strip_suffix(" -->"));
        closed.or_else(|| given_up(line).map(|(login, _)| login))
    })
}

/// Who gave a pull request up, and why, as its text says; the reason may be empty.
pub fn givers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(given_up)
}

fn given_up(line: &str) -> Option<(&str, &str)> {
    let said = line.trim().strip_prefix(GIVEN_UP)?.strip_suffix("-->")?;
    let (login, why) = said.split_once(':')?;
    Some((login, why.trim()))
}

/// Whether a pull request says that it takes a credential out of a file, which somebody has to revoke.
#[must_use]
pub fn takes_credential_out(text: &str) -> bool {
    text.lines().any(|line| line.trim() == REVOKE)
}

/// The line of a pull request's text that tells later whether a person wrote in it: a digest of title and text.
#[must_use]
pub fn words_mark(title: &str, text: &str) -> String {
    format!("{WORDS}{} -->", words_digest(title, text))
}

fn words_digest(title: &str, text: &str) -> String {
    // Forges end lines as they like.
    let lines = text.trim().lines().map(|line| format!("{}\n", line.trim_end()));
    digest_of_lines(std::iter::once(format!("{}\n", title.trim())).chain(lines))
}

/// Title and text of an open pull request once it offers this change; nothing where they are so already. What a person
/// wrote stays, and only says of which change it is.
#[must_use]
pub fn reworded(change: &Proposed, pull: &PullSeen) -> Option<(String, String)> {
    if is_ours(pull) {
        let same = (pull.title.as_str(), pull.body.trim()) == (&change.title, change.body.trim());
        return (!same).then(|| (change.title.clone(), change.body.clone()));
    }
    let mark = Mark::of_text(&change.body)?.marker();
    let marked = |line: &str| match line.trim().starts_with(MARKER) {
        true => mark.clone(),
        false => line.to_owned(),
    };
    let body = pull.body.lines().map(marked).collect::<Vec<_>>().join("\n") + "\n";
    (body.trim() != pull.body.trim()).then(|| (pull.title.clone(), body))
}

/// Whether title and text of a pull request are as a campaign wrote them.
fn is_ours(pull: &PullSeen) -> bool {
    let text = pull.body.find(MARKER).and_then(|end| pull.body.get(..end)).unwrap_or(&pull.body);
    let wanted = words_mark(&pull.title, text);
    pull.body.lines().any(|line| line.trim() == wanted)
}

/// What a change set amounts to, whichever commit it is made on: 16 hexadecimal digits over paths, modes and blob
/// ids, in the order of paths. Trees are enough to tell it, without any text.
#[must_use]
pub fn change_digest(changes: &ChangeSet) -> String {
    digest_of_lines(changes.changes.iter().map(|(path, change)| match change {
        Change::Delete { .. } => format!("delete\0{path}\n"),
        Change::Write { bytes, mode, .. } => {
            format!("{}\0{}\0{path}\n", mode_in_words(*mode), BlobId::of(bytes))
        }
    }))
}

/// The same of the files of a plan.
#[must_use]
pub fn digest_of_planned(files: &[PlannedFile]) -> String {
    digest_of_lines(files.iter().map(|file| match &file.content {
        None => format!("delete\0{}\n", file.path),
        Some(id) => format!("{}\0{id}\0{}\n", file.mode, file.path),
    }))
}

/// The same of what leads from one tree to another, without reading any content.
#[must_use]
pub fn digest_between(before: &Snapshot, after: &Snapshot) -> String {
    let mode = |kind: EntryKind| match kind {
        EntryKind::File => mode_in_words(Mode::File),
        EntryKind::Executable => mode_in_words(Mode::Executable),
        EntryKind::Link => mode_in_words(Mode::Link),
        EntryKind::Submodule => "160000",
    };
    let mut lines: BTreeMap<&RepoPath, String> = BTreeMap::new();
    for path in before.entries.keys() {
        if after.entry(path.as_str()).is_none() {
            lines.insert(path, format!("delete\0{path}\n"));
        }
    }
    for (path, entry) in after.entries.iter() {
        if before.entry(path.as_str()) != Some(*entry) {
            lines.insert(path, format!("{}\0{}\0{path}\n", mode(entry.kind), entry.id));
        }
    }
    digest_of_lines(lines.into_values())
}

fn digest_of_lines(lines: impl IntoIterator<Item = String>) -> String {
    let mut hash = sha2::Sha256::new();
    lines.into_iter().for_each(|line| hash.update(line));
    hexadecimal(&hash.finalize()).chars().take(16).collect()
}

/// Git's mode in octal.
#[must_use]
pub fn mode_in_words(mode: Mode) -> &'static str {
    match mode {
        Mode::File => "100644",
        Mode::Executable => "100755",
        Mode::Link => "120000",
    }
}

/// A digest of bytes: 64 hexadecimal digits of SHA-256.
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
