//! The options that pip reads in a requirements file, and why it refuses a line of others.
//!
//! pip has Python's `optparse` read them (`build_parser` in `pip/_internal/req/req_file.py`): a long option may be cut
//! short as long as it stays the only one, a value may follow `=` or a blank, and what is no option is skipped.

use std::ops::Range;

/// Options of one letter, which are followed by a value.
const SHORT: [char; 6] = ['i', 'c', 'r', 'e', 'f', 'C'];

/// Long options, each with whether a value belongs to it: those of pip 26.3, and `--global-option`, which releases before
/// 25.3 have.
const LONG: [(&str, bool); 21] = [
    ("--index-url", true),
    ("--pypi-url", true),
    ("--extra-index-url", true),
    ("--no-index", false),
    ("--constraint", true),
    ("--requirement", true),
    ("--editable", true),
    ("--find-links", true),
    ("--no-binary", true),
    ("--only-binary", true),
    ("--prefer-binary", false),
    ("--require-hashes", false),
    ("--no-require-hashes", false),
    ("--pre", false),
    ("--trusted-host", true),
    ("--use-feature", true),
    ("--global-option", true),
    ("--hash", true),
    ("--config-settings", true),
    ("--all-releases", true),
    ("--only-final", true),
];

/// Characters of quotes and variables, with which it is not certain what the words are.
const UNPLAIN: [char; 4] = ['"', '\'', '\\', '$'];

/// Whether a value belongs to a long option, written without it; `None` if pip has no such option.
fn takes_value(name: &str) -> Option<bool> {
    if let Some((_, takes)) = LONG.iter().find(|(long, _)| *long == name) {
        return Some(*takes);
    }
    let mut meant = LONG.iter().filter(|(long, _)| name.len() > 2 && long.starts_with(name));
    // Which of several is not said, which pip refuses, though releases differ in how many there are.
    meant.next().map(|(_, takes)| *takes)
}

/// The offset of a quote that is never closed, on which Python's `shlex` stops; variables are not known here.
fn open_quote(options: &str) -> Option<usize> {
    let mut open = None;
    let mut characters = options.char_indices();
    while let Some((at, character)) = characters.next() {
        match (character, open) {
            ('\\', None | Some((_, '"'))) => drop(characters.next()),
            ('"' | '\'', None) => open = Some((at, character)),
            (_, Some((_, quote))) if character == quote => open = None,
            _ => {}
        }
    }
    open.map(|(at, _)| at).filter(|_| !options.contains("${"))
}

/// Why pip refuses options, those of a line or those behind a requirement, and the part of them that is wrong.
///
/// Only the first option is looked at where quotes or variables decide what the words are.
pub(super) fn refusal(options: &str) -> Option<(Range<usize>, &'static str)> {
    if let Some(quote) = open_quote(options) {
        return Some((quote..options.len(), "has a quote that is never closed"));
    }
    let is_plain = !options.contains(UNPLAIN);
    let mut words = options.split_whitespace();
    let mut end = 0;
    while let Some(word) = words.next() {
        let start = end + options.get(end..)?.find(word)?;
        end = start + word.len();
        let refused = |message| Some((start..start + word.len(), message));
        let (name, attached) = match word.split_once('=') {
            Some((name, _)) if word.starts_with("--") => (name, true),
            _ if word.starts_with("--") => (word, false),
            _ => (word.get(..2).unwrap_or(word), word.len() > 2),
        };
        if name.contains(UNPLAIN) {
            return None;
        }
        let takes = match name.strip_prefix('-') {
            Some("") | None if is_plain => continue,
            Some("" | "-") | None => return None,
            Some(letter) if !letter.starts_with('-') => letter.starts_with(SHORT).then_some(true),
            Some(_) => takes_value(name),
        };
        match takes {
            None => return refused("is not an option that pip takes in a file"),
            Some(false) if attached => return refused("is given a value, and takes none"),
            Some(true) if !attached => match words.next() {
                None => return refused("lacks its value"),
                Some(value) => end += options.get(end..)?.find(value)? + value.len(),
            },
            Some(_) => {}
        }
        if !is_plain {
            return None;
        }
    }
    None
}
