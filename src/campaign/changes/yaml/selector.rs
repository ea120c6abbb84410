//! Selectors of places in a YAML document, with wildcards: `jobs.*.steps[uses=actions/checkout@*].with`.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

use crate::source::yaml::{Document, Node, Path};

/// One step of a selector.
#[derive(Clone, Debug)]
enum Step {
    /// The value of this key, which need not exist.
    Key(String),
    /// The values of the keys that match.
    Keys(GlobMatcher),
    /// One item.
    Index(usize),
    /// Every item.
    Each,
    /// The items that match this text, or whose value at a key does. A node that is not a list is matched itself.
    Meant { key: Option<String>, text: GlobMatcher },
}

/// A selector of places in a document.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    text: String,
    steps: Vec<Step>,
}

/// The error of a text that is not a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no place in a document: {reason} at byte {offset}{hint}")]
pub(super) struct Unsound {
    text: String,
    offset: usize,
    reason: &'static str,
    hint: &'static str,
}

const NO_KEY: &str = "a key is missing";
const NO_DOT: &str = "a `.` is missing";
const NO_INDEX: &str = "an index is a number; a condition has a `=`";

/// A place that a selector chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: Path,
    /// Whether something is there. If not, everything above it that is missing too would be a map.
    pub(super) is_there: bool,
}

impl Selector {
    /// The places that it chooses, in document order.
    pub(super) fn places(&self, document: &Document) -> Vec<Place> {
        self.places_below(document.root())
    }

    /// The places that it chooses in the document of this root.
    pub(super) fn places_below(&self, root: Node<'_>) -> Vec<Place> {
        let mut found: Vec<(Path, Option<Node<'_>>)> = vec![(Path::root(), Some(root))];
        for step in &self.steps {
            let mut next = Vec::new();
            for (path, node) in found {
                into(step, &path, node, &mut next);
            }
            found = next;
        }
        found.into_iter().map(|(path, node)| Place { path, is_there: node.is_some() }).collect()
    }

    /// Whether its last step is a named key, which adding something requires.
    pub(super) fn ends_in_key(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Key(_)))
    }

    /// Whether it says by what is in a document that this one is meant. Named keys do not: where they are missing, they
    /// can be added to any document.
    pub(super) fn tells_documents_apart(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step, Step::Key(_)))
    }

    /// The selector as written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

fn into<'doc>(
    step: &Step,
    path: &Path,
    node: Option<Node<'doc>>,
    next: &mut Vec<(Path, Option<Node<'doc>>)>,
) {
    match (step, node) {
        (Step::Key(key), node) => {
            next.push((path.clone().key(key), node.and_then(|node| node.get(key))));
        }
        // A missing node has neither keys nor items.
        (_, None) => {}
        (Step::Keys(pattern), Some(node)) => {
            for entry in node.entries() {
                if let Some(key) = entry.key.scalar_text()
                    && pattern.is_match(key)
                {
                    next.push((path.clone().key(key), Some(entry.value)));
                }
            }
        }
        (Step::Index(index), Some(node)) => {
            let item = node.items().nth(*index);
            next.extend(item.map(|item| (path.clone().index(*index), Some(item))));
        }
        (Step::Meant { .. }, Some(node)) if !node.is_sequence() => {
            next.extend(is_meant(step, node).then_some((path.clone(), Some(node))));
        }
        (Step::Each | Step::Meant { .. }, Some(node)) => {
            for (index, item) in node.items().enumerate() {
                if is_meant(step, item) {
                    next.push((path.clone().index(index), Some(item)));
                }
            }
        }
    }
}

fn is_meant(step: &Step, item: Node<'_>) -> bool {
    let Step::Meant { key, text } = step else { return true };
    let value = match key {
        Some(key) => item.get(key),
        None => Some(item),
    };
    let is_text = |value: Node<'_>| value.scalar_text().is_some_and(|value| text.is_match(value));
    // `*` alone only requires that something is there: `runs-on` may be a list or a map.
    value.is_some_and(|value| text.glob().glob() == "*" || is_text(value))
}

impl FromStr for Selector {
    type Err = Unsound;

    fn from_str(text: &str) -> Result<Self, Unsound> {
        let fault = |offset, reason| {
            let hint = hint(text, offset, reason);
            Unsound { text: text.to_owned(), offset, reason, hint }
        };
        let mut steps = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with('[') {
                let (step, length) =
                    bracket(rest).map_err(|(by, reason)| fault(at + by, reason))?;
                steps.push(step);
                at += length;
                continue;
            }
            let rest = if steps.is_empty() {
                rest
            } else {
                at += 1;
                rest.strip_prefix('.').ok_or_else(|| fault(at - 1, NO_DOT))?
            };
            let (key, length, quoted) = word(rest, |other| is_bare(other) || other == '*')
                .ok_or_else(|| fault(at, "the quote is not closed"))?;
            steps.push(match key.as_str() {
                "" if !quoted => return Err(fault(at, NO_KEY)),
                pattern if !quoted && pattern.contains('*') => {
                    Step::Keys(glob(pattern).ok_or_else(|| fault(at, "the pattern is invalid"))?)
                }
                _ => Step::Key(key),
            });
            at += length;
        }
        if steps.is_empty() {
            return Err(fault(0, NO_KEY));
        }
        Ok(Self { text: text.to_owned(), steps })
    }
}

/// What to do about a text that is no selector, as the end of a sentence: whoever writes a key as it is does not know that
/// it has to be quoted.
fn hint(text: &str, offset: usize, reason: &str) -> &'static str {
    let rest = text.get(offset..).unwrap_or_default();
    let is_odd = |other: char| match other {
        // Of two dots one may be too many.
        '.' => rest.starts_with("./"),
        other => !is_bare(other) && !"[]\"".contains(other),
    };
    match reason {
        NO_KEY | NO_DOT if rest.starts_with(is_odd) => {
            "; quote a key that has other characters than letters, digits, `_`, `-` and `/`: `'\"$schema\"'`, \
             `'exports.\"./x\"'`"
        }
        NO_INDEX if rest.starts_with('"') => "; quote a key without brackets: `'\"$schema\"'`",
        _ => "",
    }
}

/// The step in brackets at the start of a text, and its length in bytes.
fn bracket(text: &str) -> Result<(Step, usize), (usize, &'static str)> {
    let inside = text.get(1..).unwrap_or_default();
    let (key, length, quoted) = word(inside, is_bare).ok_or((1, "the quote is not closed"))?;
    let behind = inside.get(length..).unwrap_or_default();
    if let Some(wanted) = behind.strip_prefix('=') {
        let unclosed = (1 + length, "`[` is not closed");
        let (value, value_length, _) = word(wanted, |other| other != ']').ok_or(unclosed)?;
        let end = length + 1 + value_length;
        if inside.get(end..).is_none_or(|rest| !rest.starts_with(']')) {
            return Err((1 + end.min(inside.len()), "`]` is missing"));
        }
        let text = glob(&value).ok_or((2 + length, "the pattern is invalid"))?;
        let key = (length > 0).then_some(key);
        return Ok((Step::Meant { key, text }, end + 2));
    }
    if !behind.starts_with(']') {
        return Err((1 + length, "`=` or `]` is missing"));
    }
    let step = match key.as_str() {
        "" => Step::Each,
        number if !quoted && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Step::Index(number.parse().map_err(|_| (1, "the index is too large"))?)
        }
        _ => return Err((1, NO_INDEX)),
    };
    Ok((step, length + 2))
}

/// A word at the start of a text, either in double quotes or of these characters: the word, its length in bytes, and
/// whether it was quoted. `None` if the quote is not closed.
fn word(text: &str, belongs: impl Fn(char) -> bool) -> Option<(String, usize, bool)> {
    if !text.starts_with('"') {
        let length = text.find(|other| !belongs(other)).unwrap_or(text.len());
        return Some((text.get(..length)?.to_owned(), length, false));
    }
    let mut word = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        match character {
            '"' => return Some((word, offset + 1, true)),
            '\\' => word.push(characters.next()?.1),
            other => word.push(other),
        }
    }
    None
}

fn is_bare(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/')
}

/// A pattern in which `*` matches anything, and every other character matches itself.
fn glob(pattern: &str) -> Option<GlobMatcher> {
    let mut escaped = String::new();
    for character in pattern.chars() {
        if matches!(character, '?' | '[' | ']' | '{' | '}' | '\\' | '!') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    let glob = GlobBuilder::new(&escaped).literal_separator(false).backslash_escape(true).build();
    Some(glob.ok()?.compile_matcher())
}
