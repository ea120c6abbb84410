//! How a campaign is recognized on the forge: its branch, a marker in the pull request, trailers in the commit.
//!
//! A journal can be lost, and a second machine has none; these stay. So everything needed to avoid doing something
//! twice is read back from the forge. People see the branch and the trailers; the marker is a comment in Markdown.

use sha2::Digest as _;

use super::plan::{PlannedFile, Proposed};
use crate::change::{Change, ChangeSet, Mode};
use crate::digest::hexadecimal;
use crate::forge::calls::branch_pulls::PullSeen;
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

/// The line that later shows whether a person edited a pull request: a digest of its title and text.
#[must_use]
pub fn words_mark(title: &str, text: &str) -> String {
    format!("{WORDS}{} -->", words_digest(title, text))
}

fn words_digest(title: &str, text: &str) -> String {
    // Forges change line endings.
    let lines = text.trim().lines().map(|line| format!("{}\n", line.trim_end()));
    digest_of_lines(std::iter::once(format!("{}\n", title.trim())).chain(lines))
}

/// The new title and text of an open pull request for this change, or `None` if they are already up to date. What a
/// person wrote stays; only the mark of the change is updated.
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

/// Whether a campaign wrote the title and text of a pull request that has just this change, nobody has edited them since,
/// and the change has others today: campaign.yaml was corrected. The text of today would be untrue of a pull request that
/// has a part of the change, or one that gives the same on an earlier base.
#[must_use]
pub fn has_earlier_words(change: &Proposed, pull: &PullSeen) -> bool {
    let has_this = Mark::of_text(&pull.body).is_some_and(|mark| mark.change == change.digest);
    has_this
        && is_ours(pull)
        && words_mark_of(&pull.title, &pull.body) != words_mark_of(&change.title, &change.body)
}

/// Whether the title and text of a pull request are unchanged since a campaign wrote them.
#[must_use]
pub fn is_ours(pull: &PullSeen) -> bool {
    let wanted = words_mark_of(&pull.title, &pull.body);
    pull.body.lines().any(|line| line.trim() == wanted)
}

/// The [`words_mark`] of a title and of a text with marks.
fn words_mark_of(title: &str, body: &str) -> String {
    let text = body.find(MARKER).and_then(|end| body.get(..end)).unwrap_or(body);
    words_mark(title, text)
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
