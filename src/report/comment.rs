//! The report as one comment on a pull request, which is kept up to date.
//!
//! The comment is recognised by a mark on its first line *and* by its author, since anyone can copy the mark. There
//! is one comment for each command and what it covers, and it is not created until there is something to report.

use sha2::{Digest as _, Sha256};

use super::markdown::{self, Place};
use super::tally::Tally;
use super::words::Words;
use crate::digest::{self, hexadecimal};
use crate::drift::model::Report;
use crate::forge::calls::comments::Comment;

/// Context of a report that the report itself does not contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// The commit of the pull request, in hexadecimal.
    pub commit: Option<String>,
    /// The URL of the run that judged it.
    pub run: Option<String>,
    /// What the run covers, if not the whole repository: other runs keep comments on the rest.
    pub about: String,
}

/// What to do about the comments of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Create a comment with this text.
    Create(String),
    /// Replace the text of a comment.
    Update {
        /// The id of the comment.
        id: u64,
        /// The new text.
        text: String,
    },
    /// Delete the comment with this id, which is a duplicate.
    Delete(u64),
}

/// Decides what to do so that one comment shows the current status.
///
/// `stops` says whether the report keeps the pull request from being green.
#[must_use]
pub fn decide(
    report: &Report,
    stops: bool,
    occasion: &Occasion,
    author: &str,
    comments: &[Comment],
) -> Vec<Act> {
    let mark = |state| mark(report.command, state, &occasion.about);
    let body = |comment: &Comment| comment.body.clone().unwrap_or_default();
    let mut ours = comments.iter().filter(|comment| {
        let writer = comment.user.as_ref().map_or("", |user| user.login.as_str());
        !writer.is_empty()
            && writer.eq_ignore_ascii_case(author)
            && [OPEN, RESOLVED].iter().any(|state| body(comment).starts_with(&mark(state)))
    });
    let first = ours.next();
    let mut acts = match (first, stops) {
        (None, false) => Vec::new(),
        (None, true) => vec![Act::Create(open(report, occasion))],
        (Some(comment), true) => {
            vec![Act::Update { id: comment.id, text: open(report, occasion) }]
        }
        // It already says so, about an earlier commit.
        (Some(comment), false) if body(comment).starts_with(&mark(RESOLVED)) => Vec::new(),
        (Some(comment), false) => {
            vec![Act::Update { id: comment.id, text: resolved(report, occasion) }]
        }
    };
    // Two concurrent runs may each have created one.
    acts.extend(ours.map(|comment| Act::Delete(comment.id)));
    acts
}

/// How much is shown of what a run covers.
const ABOUT_CHARACTERS: usize = 200;

const OPEN: &str = "open";
const RESOLVED: &str = "resolved";

/// How a comment begins. Its digest of what the run covers keeps a folder's name from ending the mark.
fn mark(command: &str, state: &str, about: &str) -> String {
    if about.is_empty() {
        return format!("<!-- shipshape: {command}: {state} -->");
    }
    let digest = hexadecimal(&Sha256::digest(about.as_bytes()));
    format!("<!-- shipshape: {command}: {state}: {} -->", digest::short(&digest))
}

fn open(report: &Report, occasion: &Occasion) -> String {
    let page = markdown::page(report, Place::Comment);
    let mark = mark(report.command, OPEN, &occasion.about);
    format!("{mark}\n{page}\n{}\n", occasion.told())
}

fn resolved(report: &Report, occasion: &Occasion) -> String {
    format!(
        "{}\n## shipshape {}\n\n\u{2705} **Resolved**: nothing blocks this pull request any more.\n\n{}\n\n{}\n",
        mark(report.command, RESOLVED, &occasion.about),
        report.command,
        markdown::text(&Tally::of(report).sentence(Words::of(report))),
        occasion.told(),
    )
}

impl Occasion {
    fn told(&self) -> String {
        let is_commit = |commit: &&String| commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut parts = Vec::new();
        if !self.about.is_empty() {
            let about: String = self.about.chars().take(ABOUT_CHARACTERS).collect();
            let more = if about.len() < self.about.len() { "\u{2026}" } else { "" };
            parts.push(format!("about {}{more}", markdown::text(&about)));
        }
        if let Some(commit) = self.commit.as_ref().filter(is_commit) {
            parts.push(format!("at <code>{}</code>", commit.get(..12).unwrap_or(commit)));
        }
        if let Some(run) = &self.run {
            parts.push(format!("<a href=\"{}\">the run</a>", markdown::attribute(run)));
        }
        parts.push("kept up to date by each run".to_owned());
        format!("<sub>{}</sub>", parts.join(" \u{b7} "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::calls::owners::Owner;
    use crate::report::sample;

    const ME: &str = "github-actions[bot]";

    fn comment(id: u64, login: &str, body: &str) -> Comment {
        let user = Some(Owner { login: login.to_owned(), kind: "Bot".to_owned() });
        Comment { id, html_url: String::new(), body: Some(body.to_owned()), user }
    }

    fn decided(stops: bool, comments: &[Comment]) -> Vec<String> {
        let mut report = sample::fleet();
        report.command = "validate";
        told(&decide(&report, stops, &Occasion::default(), ME, comments))
    }

    fn told(acts: &[Act]) -> Vec<String> {
        let told = acts.iter().map(|act| match act {
            Act::Create(text) => format!("create {}", text.lines().next().unwrap_or_default()),
            Act::Update { id, text } => {
                format!("update {id} {}", text.lines().next().unwrap_or_default())
            }
            Act::Delete(id) => format!("delete {id}"),
        });
        told.collect()
    }

    #[test]
    fn a_comment_is_begun_when_there_is_something_to_say() {
        let others = [comment(1, "ann", "Looks good.")];
        assert_eq!(decided(true, &others), ["create <!-- shipshape: validate: open -->"]);
        assert_eq!(decided(false, &others), Vec::<String>::new());
    }

    #[test]
    fn the_same_comment_is_kept_up_to_date() {
        let open = [comment(7, ME, "<!-- shipshape: validate: open -->\r\nold")];
        assert_eq!(decided(true, &open), ["update 7 <!-- shipshape: validate: open -->"]);
        assert_eq!(decided(false, &open), ["update 7 <!-- shipshape: validate: resolved -->"]);
        let resolved = [comment(7, ME, "<!-- shipshape: validate: resolved -->\nold")];
        assert_eq!(decided(true, &resolved), ["update 7 <!-- shipshape: validate: open -->"]);
        assert_eq!(decided(false, &resolved), Vec::<String>::new());
    }

    #[test]
    fn a_mark_that_another_wrote_is_not_ours_and_neither_is_another_commands() {
        let comments = [
            comment(1, "mallory", "<!-- shipshape: validate: open -->"),
            // A person may be called as an App is.
            comment(2, "github-actions", "<!-- shipshape: validate: open -->"),
            comment(3, ME, "<!-- shipshape: drift: open -->"),
            comment(4, ME, "> <!-- shipshape: validate: open -->"),
        ];
        assert_eq!(decided(true, &comments), ["create <!-- shipshape: validate: open -->"]);
        assert_eq!(decided(false, &comments), Vec::<String>::new());
    }

    #[test]
    fn what_covers_another_part_has_another_comment() {
        let mut report = sample::fleet();
        report.command = "validate";
        let about = |about: &str| Occasion { about: about.to_owned(), ..Occasion::default() };
        let [one, two] = [about("packages/one"), about("packages/two")];
        let Some(Act::Create(text)) = decide(&report, true, &one, ME, &[]).pop() else {
            panic!("nothing is created")
        };
        assert!(text.contains("<sub>about packages/one \u{b7}"), "{text}");
        let open = [comment(7, ME, &text)];
        let whole = Occasion::default();
        for other in [&two, &whole] {
            assert_eq!(decide(&report, false, other, ME, &open), Vec::new());
        }
        assert_eq!(told(&decide(&report, false, &one, ME, &open)).len(), 1);
    }

    #[test]
    fn of_two_the_first_stays() {
        let two = [
            comment(5, ME, "<!-- shipshape: validate: open -->"),
            comment(6, ME, "<!-- shipshape: validate: open -->"),
        ];
        let open = "update 5 <!-- shipshape: validate: open -->";
        assert_eq!(decided(true, &two), [open, "delete 6"]);
    }

    #[test]
    fn a_comment_is_never_longer_than_the_forge_takes() {
        let mut report = sample::large(1);
        let finding = report.repositories[0].findings[0].clone();
        report.repositories[0].findings = vec![finding; 5_000];
        let run = "https://example.com/".to_owned() + &"r".repeat(200);
        let about = "&".repeat(1000);
        let occasion = Occasion { commit: Some("f".repeat(40)), run: Some(run), about };
        assert!(open(&report, &occasion).len() <= 65_536);
    }

    #[test]
    fn what_says_of_what_it_is_cannot_hold_markup() {
        let occasion = Occasion {
            commit: Some("<b>".to_owned()),
            run: Some("https://x/\"><script>".to_owned()),
            about: "a-->\n<i>".to_owned(),
        };
        let told = occasion.told();
        for markup in ["<b>", "<script>", "<i>", "-->"] {
            assert!(!told.contains(markup), "{told}");
        }
        assert_eq!(mark("validate", OPEN, &occasion.about).matches("-->").count(), 1);
    }
}
