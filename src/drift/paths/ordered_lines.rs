//! Line-based files in which the last line that matches a path decides: `.gitattributes`, ignore files, `CODEOWNERS`.
//!
//! A line that is present need not be in effect: a later one may contradict it for the same paths, and an inserted line
//! may overrule those above. Comparing a text with a canon finds the canonical lines that are missing, those that a
//! later line overrules, where to insert the missing ones, and whether that can change what the repository's own lines
//! mean.
//!
//! Patterns are compared, not matched. Two that could match the same path count as if they did: a wrong guess costs a
//! review, never a wrong result. A line overrules another only if it is known to match all that the other one does
//! ([`Pattern::covers`]). In an ignore file, a canonical line counts as present if a broader one is ([`ignore_lines`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::source::covering::{Grammar, Pattern};
use crate::source::{Span, Text, TextEdit, ignore_lines};

/// The formats known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `.gitattributes`: each attribute is decided separately.
    Attributes,
    /// `.gitignore` and the like: a `!` re-includes.
    Ignore,
    /// `.dockerignore`: the same, with patterns of its own.
    DockerIgnore,
    /// `CODEOWNERS`.
    Owners,
}

impl Format {
    /// The format of the file at a path; `None` where line order is not known to matter.
    pub(super) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name == ".gitattributes" {
            Some(Self::Attributes)
        } else if name == ".dockerignore" {
            Some(Self::DockerIgnore)
        } else if ignore_lines::is_ignore_file(path) {
            Some(Self::Ignore)
        } else {
            (name == "CODEOWNERS").then_some(Self::Owners)
        }
    }

    fn grammar(self) -> Grammar {
        match self {
            Self::Attributes => Grammar::Attributes,
            Self::Ignore => Grammar::Ignore,
            Self::DockerIgnore => Grammar::Docker,
            Self::Owners => Grammar::Owners,
        }
    }

    fn is_of_ignored(self) -> bool {
        matches!(self, Self::Ignore | Self::DockerIgnore)
    }

    /// Whether two values of one name are not the same. Owners have no order, and their case means nothing.
    fn differ(self, one: &str, two: &str) -> bool {
        let owners = |of: &str| -> BTreeSet<String> {
            of.split_whitespace().map(str::to_lowercase).collect()
        };
        one != two && (self != Self::Owners || owners(one) != owners(two))
    }
}

/// How a text compares with the canonical lines.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The lines that are not there, in the canon's order.
    pub(super) missing: Vec<String>,
    /// The lines that are there but overruled.
    pub(super) overruled: Vec<Overruled>,
    /// Edits that insert the missing lines; `None` if a line of the repository would overrule one at any place.
    pub(super) edits: Option<Vec<TextEdit>>,
    /// Whether no line of the repository may contradict the missing ones.
    pub(super) safe: bool,
}

/// A canonical line that a later one overrules, and where that is.
#[derive(Debug)]
pub(super) struct Overruled {
    pub(super) line: String,
    pub(super) by: String,
    pub(super) span: Span,
}

/// Compares a text with the lines of a canon.
pub(super) fn compare(format: Format, canon: &str, text: &Text) -> Standing {
    let canon: Vec<Line<'_>> = lines(format, canon);
    let body = text.as_str();
    let found = lines(format, body);
    // The place of each line in the canon, the last one for repeated lines.
    let places: BTreeMap<&str, usize> =
        canon.iter().enumerate().map(|(place, line)| (line.text, place)).collect();
    let place_of = |line: &Line<'_>| places.get(line.text).copied();
    let mut standing = Standing { safe: true, edits: Some(Vec::new()), ..Standing::default() };
    let mut put_in: BTreeMap<usize, String> = BTreeMap::new();
    for (place, wanted) in canon.iter().enumerate() {
        if places.get(wanted.text) != Some(&place) {
            continue;
        }
        // Lines that come later in the canon too may contradict it: the canon intends that.
        let is_own = |line: &&Line<'_>| place_of(line).is_none_or(|other| other < place);
        if let Some(last) = found.iter().rposition(|line| line.holds(format, wanted)) {
            let later = found.iter().skip(last + 1).filter(is_own);
            if let Some(by) = wanted.overruled_by(format, later) {
                standing.overruled.push(Overruled {
                    line: wanted.text.to_owned(),
                    by: by.text.to_owned(),
                    span: by.span,
                });
            }
            continue;
        }
        standing.missing.push(wanted.text.to_owned());
        let before = |line: &Line<'_>| place_of(line).is_some_and(|other| other < place);
        let next = found.iter().position(|line| !before(line)).unwrap_or(found.len());
        let later = || found.iter().skip(next).filter(is_own);
        standing.safe &= !later().any(|line| line.may_contradict(format, wanted));
        if wanted.overruled_by(format, later()).is_some() {
            standing.edits = None;
        }
        let at = found.get(next).map_or(body.len(), |line| above_comments(body, line.span.start));
        let addition = put_in.entry(at).or_default();
        if at == body.len() && addition.is_empty() && !body.is_empty() && !body.ends_with('\n') {
            addition.push_str(text.line_end());
        }
        addition.push_str(wanted.text);
        addition.push_str(text.line_end());
    }
    if let Some(edits) = &mut standing.edits {
        edits.extend(put_in.into_iter().map(|(at, addition)| TextEdit::insert(at, addition)));
    }
    standing
}

/// A line that is neither blank nor a comment.
struct Line<'t> {
    text: &'t str,
    span: Span,
    /// The pattern; `None` for a definition or a section, which may concern any path.
    pattern: Option<&'t str>,
    /// The pattern as it is read; `None` also for one that cannot be.
    reach: Option<Pattern<'t>>,
    /// What it assigns: names with their values.
    says: BTreeMap<&'t str, &'t str>,
}

fn lines(format: Format, text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut found = Vec::new();
    for whole in text.split_inclusive('\n') {
        let line = ignore_lines::without_blanks(whole);
        if !line.is_empty() && !line.trim_start().starts_with('#') {
            found.push(Line::read(format, line, Span::new(start, start + line.len())));
        }
        start += whole.len();
    }
    found
}

/// The start of the comments directly above a line, which belong to it.
fn above_comments(body: &str, line: usize) -> usize {
    let mut at = line;
    let above = body.get(..line).unwrap_or_default();
    for comment in above.split_inclusive('\n').rev() {
        if !comment.trim_start().starts_with('#') {
            break;
        }
        at -= comment.len();
    }
    at
}

impl<'t> Line<'t> {
    fn read(format: Format, text: &'t str, span: Span) -> Self {
        let words = text.trim_start();
        let (first, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        let (pattern, says) = match format {
            Format::Ignore | Format::DockerIgnore => match words.strip_prefix('!') {
                Some(pattern) => (Some(pattern), BTreeMap::from([("", "!")])),
                None => (Some(words), BTreeMap::from([("", "")])),
            },
            Format::Attributes => {
                // A quoted pattern may contain spaces, so it is not parsed further.
                let pattern = (!first.starts_with(['[', '"'])).then_some(first);
                (pattern, attributes(rest))
            }
            Format::Owners => {
                let owners = rest.split('#').next().unwrap_or_default().trim();
                let pattern = (!first.starts_with(['[', '^'])).then_some(first);
                (pattern, BTreeMap::from([("", owners)]))
            }
        };
        let reach = pattern.and_then(|pattern| Pattern::of(format.grammar(), pattern));
        Self { text, span, pattern, reach, says }
    }

    /// Whether it equals a canonical line or makes it redundant.
    fn holds(&self, format: Format, wanted: &Self) -> bool {
        self.text == wanted.text
            || format.is_of_ignored() && ignore_lines::implies(self.text, wanted.text)
    }

    /// Whether it assigns another value than the other line, for paths that both match.
    fn contradicts(&self, format: Format, other: &Self) -> bool {
        let differs = self.says.iter().any(|(name, value)| {
            other.says.get(name).is_some_and(|said| format.differ(value, said))
        });
        // Line ends only apply to texts.
        let ends = |one: &Self, other: &Self| {
            let text = other.says.get("text").copied();
            one.is_about_ends() && text.is_some() && one.says_of_text() != text
        };
        differs || ends(self, other) || ends(other, self)
    }

    fn is_about_ends(&self) -> bool {
        ["eol", "crlf"].iter().any(|name| self.says.contains_key(name))
    }

    /// What it says of `text`, in words or by what implies it: the older `crlf`, or else `eol`.
    fn says_of_text(&self) -> Option<&'t str> {
        let says = |name: &str| self.says.get(name).copied();
        let implied = || match (says("crlf"), says("eol")) {
            (Some("crlf"), _) | (None, Some("eol=lf" | "eol=crlf")) => Some("text"),
            (Some("-crlf"), _) => Some("-text"),
            _ => None,
        };
        says("text").or_else(implied)
    }

    /// Whether both could match the same path and contradict each other. A later line that ignores more does not
    /// contradict a `!` line above it, whose meaning does not change.
    fn may_contradict(&self, format: Format, other: &Self) -> bool {
        match (self.pattern, other.pattern) {
            (Some(_), Some(_)) if format.is_of_ignored() => {
                self.says.get("") == Some(&"!") && other.says.get("") == Some(&"")
            }
            (Some(one), Some(two)) => {
                // The cheaper test first: a file may have a hundred thousand lines.
                !are_apart(format, one, two) && self.contradicts(format, other)
            }
            _ => true,
        }
    }

    /// The line that overrules it, of the later ones. Each name that it assigns is decided on its own, by the last line
    /// that assigns it to all its paths, in whatever spelling.
    fn overruled_by<'l>(
        &self,
        format: Format,
        later: impl DoubleEndedIterator<Item = &'l Line<'t>>,
    ) -> Option<&'l Line<'t>> {
        let mut undecided: BTreeMap<&str, Option<&str>> =
            self.says.iter().map(|(name, value)| (*name, Some(*value))).collect();
        if self.is_about_ends() {
            undecided.insert("text", self.says_of_text());
        }
        later.rev().filter(|line| line.covers(self)).find(|line| {
            line.says.iter().any(|(name, value)| {
                let Some(wanted) = undecided.remove(name) else { return false };
                // What is implied is so again where nothing is said.
                let is_implied = *value == "!text" && !self.says.contains_key("text");
                !is_implied && wanted.is_none_or(|it| format.differ(value, it))
            })
        })
    }

    /// Whether it is about all paths that another one is about.
    fn covers(&self, other: &Self) -> bool {
        let is_same = self.pattern.is_some() && self.pattern == other.pattern;
        let both = || self.reach.as_ref().zip(other.reach.as_ref());
        is_same || both().is_some_and(|(one, two)| one.covers(two))
    }
}

/// Parses attributes and their values, with `binary` expanded as git defines it.
pub(super) fn attributes(text: &str) -> BTreeMap<&str, &str> {
    let mut says = BTreeMap::new();
    for word in text.split_whitespace() {
        if word == "binary" {
            says.extend([("diff", "-diff"), ("merge", "-merge"), ("text", "-text")]);
        }
        let name = word.trim_start_matches(['-', '!']);
        says.insert(name.split('=').next().unwrap_or(name), word);
    }
    says
}

const GLOB: [char; 4] = ['*', '?', '[', '\\'];

/// The literal ending that every path matched by a pattern has, as far as its last component says.
fn ending(pattern: &str) -> &str {
    let last = pattern.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.rsplit(|c: char| GLOB.contains(&c) || c == ']').next().unwrap_or_default()
}

/// Whether no path can match both patterns. Patterns of ignore files and CODEOWNERS apply to everything below a folder:
/// only CODEOWNERS patterns that begin in different folders are known to be disjoint.
fn are_apart(format: Format, one: &str, two: &str) -> bool {
    match format {
        Format::Attributes => {
            let (one, two) = (ending(one), ending(two));
            !one.ends_with(two) && !two.ends_with(one)
        }
        Format::Ignore | Format::DockerIgnore => false,
        Format::Owners => {
            fn top(pattern: &str) -> Option<&str> {
                let (top, _) = pattern.strip_prefix('/')?.split_once('/')?;
                (!top.is_empty() && !top.contains(GLOB)).then_some(top)
            }
            matches!((top(one), top(two)), (Some(one), Some(two)) if one != two)
        }
    }
}

#[cfg(test)]
mod tests;
