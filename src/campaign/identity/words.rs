//! The title and text of a campaign's pull request: what of them a person edited, and what they are to be today. Pure.
//!
//! People and programs add to a text below the marks, where an editor ends, or between them. What is added there is no
//! edit of the campaign's own text, and stays when that is renewed.

use super::{MARKER, Mark, WORDS, digest_of_lines};
use crate::campaign::plan::Proposed;
use crate::forge::calls::branch_pulls::PullSeen;

/// The line that later shows whether a person edited a pull request: a digest of its title, and one of its text.
#[must_use]
pub fn words_mark(title: &str, text: &str) -> String {
    Digests::Each { title: title_digest(title), text: text_digest(text) }.mark()
}

/// The digests of a title and a text, as a campaign wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Digests {
    Each {
        title: String,
        text: String,
    },
    /// One of both together, which earlier versions wrote: it does not say which of the two was edited.
    Joint(String),
}

impl Digests {
    /// Those that a text is marked with.
    fn of_marked(body: &str) -> Option<Self> {
        let said = body.lines().find_map(|line| line.trim().strip_prefix(WORDS))?;
        let mut digests = said.strip_suffix("-->")?.split_whitespace().map(str::to_owned);
        match (digests.next(), digests.next(), digests.next()) {
            (Some(title), Some(text), None) => Some(Self::Each { title, text }),
            (Some(both), None, None) => Some(Self::Joint(both)),
            _ => None,
        }
    }

    /// Which of the two are still as they were written.
    fn untouched(&self, now_title: &str, now_text: &str) -> Untouched {
        match self {
            Self::Each { title, text } => Untouched {
                title: *title == title_digest(now_title),
                text: *text == text_digest(now_text),
            },
            Self::Joint(both) => {
                let is_same = *both == joint_digest(now_title, now_text);
                Untouched { title: is_same, text: is_same }
            }
        }
    }

    /// These for another title, which nobody edited.
    fn with_title(self, title: &str) -> Self {
        match self {
            Self::Each { text, .. } => Self::Each { title: title_digest(title), text },
            joint @ Self::Joint(_) => joint,
        }
    }

    fn mark(&self) -> String {
        match self {
            Self::Each { title, text } => format!("{WORDS}{title} {text} -->"),
            Self::Joint(both) => format!("{WORDS}{both} -->"),
        }
    }
}

fn title_digest(title: &str) -> String {
    digest_of_lines(title_line(title))
}

fn text_digest(text: &str) -> String {
    digest_of_lines(text_lines(text))
}

fn joint_digest(title: &str, text: &str) -> String {
    digest_of_lines(title_line(title).chain(text_lines(text)))
}

fn title_line(title: &str) -> impl Iterator<Item = String> {
    std::iter::once(format!("{}\n", title.trim()))
}

/// Forges change line endings.
fn text_lines(text: &str) -> impl Iterator<Item = String> {
    text.trim().lines().map(|line| format!("{}\n", line.trim_end()))
}

/// The campaign's own part of a text: what is above its marks.
fn own_text(body: &str) -> &str {
    body.find(MARKER).and_then(|end| body.get(..end)).unwrap_or(body)
}

/// What somebody added to a text below or between the marks.
fn added(body: &str) -> String {
    let marks_on = body.find(MARKER).and_then(|at| body.get(at..)).unwrap_or_default();
    let lines = marks_on.lines().filter(|line| !is_mark(line)).collect::<Vec<_>>().join("\n");
    lines.trim_matches('\n').trim_end().to_owned()
}

/// Whether a line is a mark and nothing else.
fn is_mark(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("<!-- shipshape: ")
        && line.split_once("-->").is_some_and(|(_, rest)| rest.is_empty())
}

/// Which of the words of a pull request are as a campaign wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untouched {
    /// Whether its title is.
    pub title: bool,
    /// Whether its text is, whatever was added below.
    pub text: bool,
}

impl Untouched {
    /// Those of a pull request.
    #[must_use]
    pub fn of(pull: &PullSeen) -> Self {
        let untouched = |written: Digests| written.untouched(&pull.title, own_text(&pull.body));
        Digests::of_marked(&pull.body).map_or(Self { title: false, text: false }, untouched)
    }
}

/// Which of the words of a pull request nobody edited although its change has others today: these are corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Whether its title is one of these.
    pub title: bool,
    /// Whether its text is.
    pub text: bool,
}

impl Earlier {
    /// Those of a pull request for this change.
    #[must_use]
    pub fn of(change: &Proposed, pull: &PullSeen) -> Self {
        let is = Untouched::of(pull);
        let [text, of_today] = [&pull.body, &change.body].map(|body| text_digest(own_text(body)));
        Self { title: has_earlier_title(pull, &change.title), text: is.text && text != of_today }
    }
}

/// Whether the title of a pull request is another one than this, which the campaign gives it today, and nobody edited it.
#[must_use]
pub fn has_earlier_title(pull: &PullSeen, today: &str) -> bool {
    Untouched::of(pull).title && pull.title.trim() != today.trim()
}

/// Whether a pull request has just this change and, of an earlier campaign.yaml, a title or a text that nobody edited. The
/// text of today would be untrue of a pull request that has a part of the change, or one that gives the same on an earlier
/// base.
#[must_use]
pub fn has_earlier_words(change: &Proposed, pull: &PullSeen) -> bool {
    let has_this = Mark::of_text(&pull.body).is_some_and(|mark| mark.change == change.digest);
    let earlier = Earlier::of(change, pull);
    has_this && (earlier.title || earlier.text)
}

/// The new title and text of an open pull request for this change, or `None` if they are already up to date. What a
/// person wrote stays; only the marks are updated there.
#[must_use]
pub fn reworded(change: &Proposed, pull: &PullSeen) -> Option<(String, String)> {
    let is = Untouched::of(pull);
    let title = if is.title { &change.title } else { &pull.title };
    let body = match (is.text, added(&pull.body).as_str()) {
        (true, "") => change.body.clone(),
        (true, added) => format!("{}\n\n{added}\n", change.body.trim_end()),
        (false, _) => marked_anew(change, pull, is)?,
    };
    let is_same = (title, body.trim()) == (&pull.title, pull.body.trim());
    (!is_same).then(|| (title.clone(), body))
}

/// A text that a person edited, with the marks of this change, and of the title that it gets if nobody edited that.
fn marked_anew(change: &Proposed, pull: &PullSeen, is: Untouched) -> Option<String> {
    let mark = Mark::of_text(&change.body)?.marker();
    let words = Digests::of_marked(&pull.body).map(|written| match is.title {
        true => written.with_title(&change.title).mark(),
        false => written.mark(),
    });
    let marked = |line: &str| match (line.trim(), &words) {
        (it, _) if it.starts_with(MARKER) && is_mark(it) => mark.clone(),
        (it, Some(words)) if it.starts_with(WORDS) && is_mark(it) => words.clone(),
        _ => line.to_owned(),
    };
    Some(pull.body.lines().map(marked).collect::<Vec<_>>().join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIER: &str = "0123456789abcdef";
    const TODAY: &str = "fedcba9876543210";

    fn body(title: &str, text: &str, change: &str) -> String {
        let mark = Mark::new("fix", change).marker();
        format!("{text}\n\n{mark}\n{}\n", words_mark(title, text))
    }

    /// A change of today, with other words than those of [`pull`].
    fn change() -> Proposed {
        let text = |text: &str| text.to_owned();
        Proposed {
            base_branch: text("main"),
            base: String::new(),
            digest: text(TODAY),
            offered_as: None,
            replaces: None,
            files: Vec::new(),
            title: text("Today"),
            body: body("Today", "What it does today.", TODAY),
            commit: String::new(),
            reviewers: Vec::new(),
            team_reviewers: Vec::new(),
            remarks: Vec::new(),
            cluster: 0,
        }
    }

    /// A pull request as the campaign opened it, and as a person left it.
    fn pull(edit: impl Fn(&mut PullSeen)) -> PullSeen {
        let mut pull = PullSeen {
            title: "Earlier".to_owned(),
            body: body("Earlier", "What it does.", EARLIER),
            ..PullSeen::default()
        };
        edit(&mut pull);
        pull
    }

    #[test]
    fn words_that_nobody_edited_become_those_of_today() {
        let change = change();
        let untouched = pull(|_| {});
        assert_eq!(Untouched::of(&untouched), Untouched { title: true, text: true });
        let with_other_endings = pull(|pull| pull.body = pull.body.replace('\n', "\r\n"));
        assert_eq!(Untouched::of(&with_other_endings), Untouched { title: true, text: true });
        let today = Some((change.title.clone(), change.body.clone()));
        assert_eq!(reworded(&change, &untouched), today);
        let renewed = pull(|pull| (pull.title, pull.body) = today.clone().expect("words"));
        assert_eq!(reworded(&change, &renewed), None);
        assert!(!has_earlier_words(&change, &renewed));
    }

    #[test]
    fn what_somebody_adds_below_or_between_the_marks_stays() {
        let change = change();
        let said = "Do not merge before the 5th.";
        let below = pull(|pull| pull.body = format!("{}\n{said}\n", pull.body));
        let between = pull(|pull| {
            pull.body = pull.body.replacen("-->\n", &format!("-->\n{said}\n"), 1);
        });
        for pull in [below, between] {
            assert!(pull.body.contains(said));
            let (title, body) = reworded(&change, &pull).expect("other words");
            assert_eq!(title, "Today");
            assert_eq!(body, format!("{}\n{said}\n", change.body));
            let renewed = PullSeen { title, body, ..pull };
            assert_eq!(Untouched::of(&renewed), Untouched { title: true, text: true });
            assert_eq!(reworded(&change, &renewed), None);
        }
    }

    #[test]
    fn a_title_is_corrected_where_only_the_text_was_edited() {
        let change = change();
        let edited = pull(|pull| pull.body.insert_str(0, "Wait for ann.\n\n"));
        assert_eq!(Untouched::of(&edited), Untouched { title: true, text: false });
        assert_eq!(Earlier::of(&change, &edited), Earlier { title: true, text: false });
        let (title, body) = reworded(&change, &edited).expect("another title");
        assert_eq!(title, "Today");
        assert!(body.starts_with("Wait for ann.\n\nWhat it does.\n"), "{body}");
        assert_eq!(Mark::of_text(&body), Some(Mark::new("fix", TODAY)));
        // The title is the campaign's still, and the text is the person's still.
        let renewed = PullSeen { title, body, ..edited };
        assert_eq!(Untouched::of(&renewed), Untouched { title: true, text: false });
        assert_eq!(reworded(&change, &renewed), None);
    }

    #[test]
    fn a_text_is_corrected_where_only_the_title_was_edited() {
        let change = change();
        let edited = pull(|pull| pull.title = "Monday: fix".to_owned());
        assert_eq!(Earlier::of(&change, &edited), Earlier { title: false, text: true });
        let (title, body) = reworded(&change, &edited).expect("another text");
        assert_eq!((title.as_str(), &body), ("Monday: fix", &change.body));
        let renewed = PullSeen { title, body, ..edited };
        assert_eq!(Untouched::of(&renewed), Untouched { title: false, text: true });
        assert_eq!(reworded(&change, &renewed), None);
    }

    #[test]
    fn a_mark_of_earlier_versions_says_whether_either_was_edited() {
        let change = change();
        let mark = Digests::Joint(joint_digest("Earlier", "What it does.")).mark();
        let marked = |pull: &mut PullSeen| {
            pull.body = pull.body.replace(&words_mark("Earlier", "What it does."), &mark);
        };
        let untouched = pull(marked);
        assert!(untouched.body.contains(&mark), "{}", untouched.body);
        assert_eq!(Untouched::of(&untouched), Untouched { title: true, text: true });
        let (title, body) = reworded(&change, &untouched).expect("other words");
        assert_eq!((title.as_str(), &body), ("Today", &change.body));
        let by_a_person = Untouched { title: false, text: false };
        let retitled = pull(|pull| {
            marked(pull);
            pull.title = "Monday: fix".to_owned();
        });
        assert_eq!(Untouched::of(&retitled), by_a_person);
        let (title, body) = reworded(&change, &retitled).expect("the mark of this change");
        assert_eq!(title, "Monday: fix");
        let renewed = PullSeen { title, body, ..retitled };
        assert_eq!(Untouched::of(&renewed), by_a_person);
        assert!(renewed.body.contains(&mark), "{}", renewed.body);
        assert_eq!(reworded(&change, &renewed), None);
    }

    #[test]
    fn a_text_without_its_marks_is_a_persons() {
        let replaced = pull(|pull| pull.body = "no thanks".to_owned());
        assert_eq!(Untouched::of(&replaced), Untouched { title: false, text: false });
        assert_eq!(reworded(&change(), &replaced), None);
    }
}
