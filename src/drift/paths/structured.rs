//! Files of which only a part is managed: lines that must be there, or keys and their values.
//!
//! [`ordered_lines`] handles formats in which the order of lines matters; for all others, [`other_lines`] decides whether
//! a line can be appended.

use std::sync::Arc;

use super::ordered_lines::{self, Format, Overruled};
use super::other_lines;
use super::touched::{self, Added, Touched};
use super::values;
use crate::shape::PathVerdict;
use crate::shape::canon_match::Standing;
use crate::snapshot::Snapshot;
use crate::source::ignore_lines::{Lines, without_blanks};
use crate::source::yaml::edit::copy_scalar;
use crate::source::yaml::{Dialect, Document, Node, Path, same_for_every_reader, same_value};
use crate::source::{Broken, Documents, Span, SyntaxError, Text, TextEdit, json};

/// What to compare.
pub(super) struct Sides<'a> {
    pub(super) path: &'a str,
    pub(super) canon: &'a Arc<[u8]>,
    pub(super) actual: &'a Documents,
    pub(super) earlier: &'a [Option<Arc<[u8]>>],
    /// Managed keys; if empty, lines are managed.
    pub(super) keys: &'a [String],
    pub(super) dialect: Dialect,
    /// The tree, for the paths that an ignore file would affect.
    pub(super) tree: &'a Snapshot,
    /// Whether `earlier` is the complete history.
    pub(super) complete: bool,
}

impl Sides<'_> {
    /// Whether a key has the canon's value; a key that the canon lacks is not managed.
    fn agree(&self, canon: &Document, actual: &Document, key: &str) -> bool {
        let Ok(path) = key.parse::<Path>() else { return true };
        match (canon.at(&path), actual.at(&path)) {
            (None, _) => true,
            (Some(wanted), Some(found)) => self.same(wanted, found),
            (Some(_), None) => false,
        }
    }

    /// Whether every reader of the file takes the same from both. What a number in JSON or TOML means is beyond doubt,
    /// and tools that rewrite such a file spell it in their own way.
    fn same(&self, wanted: Node<'_>, found: Node<'_>) -> bool {
        let ending = self.path.rsplit('.').next().unwrap_or_default();
        if matches!(ending, "json" | "jsonc" | "json5") {
            same_value(wanted, found)
        } else {
            same_for_every_reader(wanted, found)
        }
    }

    /// Whether a canon has the key with the same value.
    fn hold(&self, canon: &Document, actual: &Document, key: &str) -> bool {
        at(canon, key).is_some() && self.agree(canon, actual, key)
    }
}

/// The result of the comparison.
pub(super) enum Outcome {
    Conformant,
    Differs(Vec<Differs>),
    Unreadable(Unreadable),
}

/// Why a file cannot be compared, and where that is seen, if at one place.
pub(super) struct Unreadable {
    pub(super) why: String,
    pub(super) at: Option<Span>,
}

/// How managed lines or keys of a file differ from the canon: all of them, or those of its keys that can be set apart from
/// those that are up to a person.
pub(super) struct Differs {
    pub(super) standing: Standing,
    /// Managed lines and keys that are missing.
    pub(super) missing: Vec<Missing>,
    /// Managed keys with another value.
    pub(super) unlike: Vec<Unlike>,
    /// Managed lines that are present but overruled.
    pub(super) overruled: Vec<Overruled>,
    /// Edits that fix it; `None` if that is up to a person.
    pub(super) edits: Option<Vec<TextEdit>>,
    /// Whether the edits neither change what the repository's own lines mean nor ignore files that it has.
    pub(super) safe: bool,
    /// Whether the edits append lines to a file in which the place of a line may matter.
    pub(super) by_place: bool,
    /// What a missing line would do to a file that the repository has.
    pub(super) touches: Option<Touched>,
}

/// A line or a key that a file lacks.
pub(super) struct Missing {
    /// The line or the key.
    pub(super) entry: String,
    /// The canon's value of a key, as code.
    pub(super) wanted: Option<String>,
}

/// A key whose value differs from the canon's.
pub(super) struct Unlike {
    pub(super) key: String,
    /// Its value and the canon's as code, shortened, if that shows a difference; with their types if only those differ.
    pub(super) values: Option<(String, String)>,
    /// The span of its value.
    pub(super) span: Option<Span>,
}

pub(super) fn compare(sides: &Sides<'_>) -> Outcome {
    let text = match sides.actual.text() {
        Ok(text) => text,
        Err(error) => {
            return Outcome::Unreadable(Unreadable { why: error.to_string(), at: None });
        }
    };
    if sides.keys.is_empty() { lines(sides, text) } else { keys(sides, text) }
}

fn lines(sides: &Sides<'_>, text: &Text) -> Outcome {
    let canon = String::from_utf8_lossy(sides.canon);
    let present = Lines::of(sides.path, text.as_str());
    let found = match Format::of(sides.path) {
        Some(format) => ordered_lines::compare(format, &canon, text),
        None => other_lines::compare(sides.path, &canon, text),
    };
    if found.missing.is_empty() && found.overruled.is_empty() {
        return Outcome::Conformant;
    }
    let standing = if found.overruled.is_empty() {
        standing_by(sides, |earlier| {
            let earlier = String::from_utf8_lossy(earlier);
            let mut managed = managed_lines(&earlier).peekable();
            managed.peek().is_some() && managed.all(|line| present.have(line))
        })
    } else {
        // A person wrote the overruling line, however much of an earlier canon the file has.
        Standing { verdict: PathVerdict::Modified, behind: Some(0) }
    };
    // Inserting lines does not change what is overruled: a person must decide which of the two lines is meant.
    let edits = found.edits.filter(|_| found.overruled.is_empty());
    let touches = match &edits {
        Some(edits) => touched::by(&Added {
            path: sides.path,
            tree: sides.tree,
            before: text.as_str(),
            lines: &found.missing,
            after: &text_with(text, edits),
        }),
        None => None,
    };
    let by_place = Format::of(sides.path).is_none() && !found.safe;
    let line = |entry: String| Missing { entry, wanted: None };
    let differs = Differs {
        standing,
        missing: found.missing.into_iter().map(line).collect(),
        unlike: Vec::new(),
        overruled: found.overruled,
        edits,
        safe: found.safe && touches.is_none(),
        by_place,
        touches,
    };
    if by_place && is_untouched(sides) {
        let whole = TextEdit::replace(Span::new(0, text.as_str().len()), canon.into_owned());
        return Outcome::Differs(vec![Differs {
            overruled: Vec::new(),
            edits: Some(vec![whole]),
            safe: true,
            by_place: false,
            touches: None,
            ..differs
        }]);
    }
    Outcome::Differs(vec![differs])
}

/// The text as the edits leave it.
fn text_with(text: &Text, edits: &[TextEdit]) -> String {
    text.edited(edits).map_or_else(|_| text.as_str().to_owned(), |text| text.as_str().to_owned())
}

/// Whether a file equals an earlier canon exactly, without anything of the repository's own.
fn is_untouched(sides: &Sides<'_>) -> bool {
    sides.earlier.iter().flatten().any(|earlier| earlier == sides.actual.bytes())
}

/// Lines that are neither blank nor comments.
pub(super) fn managed_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(without_blanks)
        .filter(|line| !line.is_empty() && !line.trim_start().starts_with('#'))
}

fn keys(sides: &Sides<'_>, text: &Text) -> Outcome {
    let broken = |error: SyntaxError| {
        let at = Some(error.span);
        Outcome::Unreadable(Unreadable { why: Broken::Syntax(error).to_string(), at })
    };
    // The YAML parser reads more than the readers of the file do.
    if let Some(error) = json::is_strict(sides.path).then(|| json::error(text)).flatten() {
        return broken(error);
    }
    let actual = match sides.actual.yaml(sides.dialect) {
        Ok(document) => document,
        Err(Broken::Syntax(error)) => return broken(error),
        Err(Broken::Undecodable(error)) => {
            return Outcome::Unreadable(Unreadable { why: error.to_string(), at: None });
        }
    };
    let Some(canon) = read(sides.canon, sides.dialect) else {
        let why = "cannot be compared: the canon does not parse".to_owned();
        return Outcome::Unreadable(Unreadable { why, at: None });
    };
    let wrong: Vec<String> =
        sides.keys.iter().filter(|key| !sides.agree(&canon, &actual, key)).cloned().collect();
    if wrong.is_empty() {
        return Outcome::Conformant;
    }
    let earlier: Vec<Option<Document>> = sides
        .earlier
        .iter()
        .map(|bytes| bytes.as_deref().and_then(|bytes| read(bytes, sides.dialect)))
        .collect();
    let (set, edits) = settable(sides, text, &canon, &actual, &wrong);
    let (set, left): (Vec<String>, Vec<String>) =
        wrong.into_iter().partition(|it| set.contains(it));
    let differing = |keys: Vec<String>, edits: Option<Vec<TextEdit>>| {
        let agree_with =
            |earlier: &Document| keys.iter().all(|it| sides.agree(earlier, &actual, it));
        let is_it = |earlier: &Option<Document>| earlier.as_ref().is_some_and(agree_with);
        let standing = standing(earlier.iter().position(is_it), sides.complete);
        // A value that no canon ever had is the repository's own, whatever canon the rest of the file is from.
        let is_of_a_canon = |key: &String| {
            earlier.iter().flatten().any(|earlier| sides.hold(earlier, &actual, key))
        };
        let safe = keys.iter().all(is_of_a_canon);
        let (missing, unlike): (Vec<String>, Vec<String>) =
            keys.into_iter().partition(|key| at(&actual, key).is_none());
        let missing = missing.into_iter().map(|entry| {
            let wanted = at(&canon, &entry).map(values::shown);
            Missing { entry, wanted }
        });
        Differs {
            standing,
            missing: missing.collect(),
            unlike: unlike.into_iter().map(|key| unlike_at(&canon, &actual, key)).collect(),
            overruled: Vec::new(),
            edits,
            safe,
            by_place: false,
            touches: None,
        }
    };
    let parts = [(set, Some(edits)), (left, None)].into_iter().filter(|(keys, _)| !keys.is_empty());
    Outcome::Differs(parts.map(|(keys, edits)| differing(keys, edits)).collect())
}

/// The keys that edits can set to the canon's values, with these edits. The others keep what they have.
fn settable(
    sides: &Sides<'_>,
    text: &Text,
    canon: &Document,
    actual: &Document,
    wrong: &[String],
) -> (Vec<String>, Vec<TextEdit>) {
    let copied = |key: &String| Some((key.clone(), copied_from(canon, actual, key)?));
    let mut set: Vec<(String, Vec<TextEdit>)> = wrong.iter().filter_map(copied).collect();
    while !set.is_empty() {
        let edits: Vec<TextEdit> = set.iter().flat_map(|(_, edits)| edits.clone()).collect();
        let after = text.edited(&edits).ok();
        let after = after.and_then(|text| Document::parse(&text, sides.dialect).ok());
        let Some(after) = after else { break };
        let agrees = |key: &String| sides.agree(canon, &after, key);
        if !sides.keys.iter().filter(|key| !wrong.contains(*key)).all(agrees) {
            break;
        }
        let count = set.len();
        set.retain(|(key, _)| agrees(key));
        if set.len() == count {
            return (set.into_iter().map(|(key, _)| key).collect(), edits);
        }
    }
    (Vec::new(), Vec::new())
}

fn at<'doc>(document: &'doc Document, key: &str) -> Option<Node<'doc>> {
    document.at(&key.parse::<Path>().ok()?)
}

fn unlike_at(canon: &Document, actual: &Document, key: String) -> Unlike {
    let is = at(actual, &key);
    let values = is.zip(at(canon, &key)).and_then(|(is, wanted)| values::both_shown(is, wanted));
    Unlike { key, values, span: is.map(|node| node.span()) }
}

fn read(bytes: &[u8], dialect: Dialect) -> Option<Document> {
    Document::parse(&Text::decode(bytes).ok()?, dialect).ok()
}

/// Edits that copy the canon's scalar as it is spelled there; `None` for collections and missing keys, whose place
/// in the file cannot be derived.
fn copied_from(canon: &Document, actual: &Document, key: &str) -> Option<Vec<TextEdit>> {
    let path: Path = key.parse().ok()?;
    copy_scalar(actual, &path, canon.at(&path)?).ok()
}

fn standing_by(sides: &Sides<'_>, equals: impl Fn(&[u8]) -> bool) -> Standing {
    let is_it = |version: &Option<Arc<[u8]>>| version.as_deref().is_some_and(&equals);
    standing(sides.earlier.iter().position(is_it), sides.complete)
}

/// The standing of a content that equals the earlier canon at `index`, where 0 is the newest.
fn standing(index: Option<usize>, is_complete: bool) -> Standing {
    match index.map(|index| u32::try_from(index + 1).unwrap_or(u32::MAX)) {
        Some(behind) => Standing { verdict: PathVerdict::Stale, behind: Some(behind) },
        None if is_complete => Standing { verdict: PathVerdict::Modified, behind: Some(0) },
        None => Standing { verdict: PathVerdict::Unchecked, behind: None },
    }
}

#[cfg(test)]
mod tests;
