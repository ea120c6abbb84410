//! Whether a pattern matches everything that another one does, in the files whose last matching line decides.
//!
//! A pattern covers another if it matches the other's text, read as if the other's wildcards were characters that only a
//! wildcard takes. That is sound: whatever the other's wildcard stands for, the wildcard that took it takes it as well.
//! It is not complete: `[ab]` covers `a`, but that is not found.

/// How a file reads its patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// `.gitignore` and those like it: a pattern without a slash inside is of any depth, one with a slash at its end is
    /// about folders.
    Ignore,
    /// `.dockerignore`: every pattern begins at the root, and slashes at its ends mean nothing.
    Docker,
    /// `.gitattributes`: as in `.gitignore`, but about files only.
    Attributes,
    /// `CODEOWNERS`: as in `.gitignore`, about files, among them those below a folder that a pattern matches.
    Owners,
}

/// A pattern, read.
#[derive(Clone, Debug)]
pub struct Pattern<'t> {
    grammar: Grammar,
    /// Its components from the root. `**` stands for any number of them.
    parts: Vec<&'t str>,
    /// Whether it only matches folders.
    is_of_folders: bool,
}

impl<'t> Pattern<'t> {
    /// Returns `None` for a pattern without a component, or with an empty one inside.
    #[must_use]
    pub fn of(grammar: Grammar, text: &'t str) -> Option<Self> {
        let body = text.strip_suffix('/').unwrap_or(text);
        let is_of_folders = body.len() < text.len() && grammar != Grammar::Docker;
        let core = body.strip_prefix('/').unwrap_or(body);
        let is_anchored = body.contains('/') || grammar == Grammar::Docker;
        let mut parts: Vec<&str> = core.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        // At the end it stands for at least one: what is inside.
        if parts.last() == Some(&ANY_DEPTH) {
            parts.push(ANY_NAME);
        }
        if !is_anchored {
            parts.insert(0, ANY_DEPTH);
        }
        Some(Self { grammar, parts: in_order(parts), is_of_folders })
    }

    /// Whether it is known to match everything that another pattern of the same file does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let is_within = |one: &[&str], two: &[&str]| match_parts(self.grammar, one, two);
        match self.grammar {
            Grammar::Ignore => {
                (!self.is_of_folders || other.is_of_folders) && is_within(&self.parts, &other.parts)
            }
            // What a pattern matches, it matches with all that is below.
            Grammar::Docker => self.parts == [ANY_NAME] || is_within(&self.parts, &other.parts),
            Grammar::Attributes => {
                !self.is_of_folders && !other.is_of_folders && is_within(&self.parts, &other.parts)
            }
            Grammar::Owners => {
                let ours = [self.files(), self.files_below()];
                let covered = |theirs: Vec<&str>| {
                    ours.iter().flatten().any(|files| is_within(files, &theirs))
                };
                [other.files(), other.files_below()].into_iter().flatten().all(covered)
            }
        }
    }

    /// The files at the place of a pattern of `CODEOWNERS`.
    fn files(&self) -> Option<Vec<&'t str>> {
        (!self.is_of_folders).then(|| self.parts.clone())
    }

    /// The files below the folders at its place. `docs/*` is about the files in `docs` only.
    fn files_below(&self) -> Option<Vec<&'t str>> {
        let is_shallow = !self.is_of_folders
            && self.parts.last() == Some(&ANY_NAME)
            && !self.parts.contains(&ANY_DEPTH);
        let below = || self.parts.iter().copied().chain([ANY_DEPTH, ANY_NAME]).collect();
        (!is_shallow).then(|| in_order(below()))
    }
}

const ANY_DEPTH: &str = "**";
const ANY_NAME: &str = "*";

/// Puts `**` before each `*` next to it, and once: `*/**` and `**/*` match the same.
fn in_order(parts: Vec<&str>) -> Vec<&str> {
    let mut ordered = Vec::with_capacity(parts.len());
    let mut begun = 0;
    for part in parts {
        match part {
            ANY_DEPTH if ordered.get(begun) == Some(&ANY_DEPTH) => {}
            ANY_DEPTH => ordered.insert(begun, ANY_DEPTH),
            ANY_NAME => ordered.push(ANY_NAME),
            part => {
                ordered.push(part);
                begun = ordered.len();
            }
        }
    }
    ordered
}

fn match_parts(grammar: Grammar, pattern: &[&str], other: &[&str]) -> bool {
    takes_all(
        pattern,
        other,
        |part| *part == ANY_DEPTH,
        |part, other| *other != ANY_DEPTH && is_name_within(grammar, part, other),
    )
}

/// Whether a component matches each name that another one does.
fn is_name_within(grammar: Grammar, pattern: &str, other: &str) -> bool {
    let is_plain = |name: &str| !name.contains(['*', '?', '[', '\\']);
    if pattern == other || pattern == ANY_NAME {
        return true;
    }
    if is_plain(pattern) && is_plain(other) {
        return false;
    }
    let (Some(pattern), Some(other)) = (pieces(grammar, pattern), pieces(grammar, other)) else {
        return false;
    };
    takes_all(
        &pattern,
        &other,
        |piece| *piece == Piece::Any,
        |piece, other| match (piece, other) {
            (_, Piece::Any) => false,
            (Piece::One, _) => true,
            (piece, other) => piece == other,
        },
    )
}

/// A piece of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'t> {
    Any,
    One,
    /// One of some characters, as it is written.
    Of(&'t str),
    Character(char),
}

/// `None` for what is not known in the grammar: brackets and escapes in `CODEOWNERS`, and those that do not end.
fn pieces(grammar: Grammar, name: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '[' | '\\' if grammar == Grammar::Owners => return None,
            '[' => bracket_length(rest)?,
            '\\' => 1 + rest.chars().nth(1)?.len_utf8(),
            first => first.len_utf8(),
        };
        let (piece, behind) = rest.split_at_checked(length)?;
        pieces.push(match first {
            '*' => Piece::Any,
            '?' => Piece::One,
            '[' => Piece::Of(piece),
            '\\' => Piece::Character(piece.chars().nth(1)?),
            first => Piece::Character(first),
        });
        rest = behind;
    }
    Some(pieces)
}

/// The length of the bracket expression at the start of a text. One with a class in it (`[[:space:]]`) or an escape has an
/// end that depends on the reader.
fn bracket_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let inner = inner.strip_prefix(['!', '^']).unwrap_or(inner);
    // A bracket directly at the start is one of the characters.
    let inner = inner.strip_prefix(']').unwrap_or(inner);
    let end = inner.find(']')?;
    let is_plain = !inner.get(..end)?.contains(['[', '\\']);
    is_plain.then(|| text.len() - inner.len() + end + 1)
}

/// Whether a pattern takes all items of another one, which are matched as they are: its wildcards any number of them, its
/// other items one that they take.
fn takes_all<T>(
    pattern: &[T],
    other: &[T],
    is_wildcard: impl Fn(&T) -> bool,
    takes: impl Fn(&T, &T) -> bool,
) -> bool {
    let (mut at, mut next) = (0, 0);
    // The last wildcard, and where the items that it takes end.
    let mut wildcard = None;
    while let Some(item) = other.get(next) {
        match (pattern.get(at), wildcard) {
            (Some(it), _) if is_wildcard(it) => {
                wildcard = Some((at, next));
                at += 1;
            }
            (Some(it), _) if takes(it, item) => {
                at += 1;
                next += 1;
            }
            (_, Some((place, end))) => {
                wildcard = Some((place, end + 1));
                at = place + 1;
                next = end + 1;
            }
            (_, None) => return false,
        }
    }
    pattern.iter().skip(at).all(is_wildcard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ignore_lines::{Kind, Reach};

    fn covers(grammar: Grammar, one: &str, two: &str) -> bool {
        let pattern = |text| Pattern::of(grammar, text).expect("a pattern");
        pattern(one).covers(&pattern(two))
    }

    #[test]
    fn a_pattern_covers_narrower_spellings() {
        for (grammar, one, two) in [
            (Grammar::Ignore, ".terraform", ".terraform/"),
            (Grammar::Ignore, "node_modules", "node_modules/"),
            (Grammar::Ignore, "**/node_modules", "node_modules/"),
            (Grammar::Ignore, "node_modules", "**/node_modules/"),
            (Grammar::Ignore, "*/", "node_modules/"),
            (Grammar::Ignore, "*", "a/b/"),
            (Grammar::Ignore, "**/*.tfstate", "*.tfstate"),
            (Grammar::Ignore, "*.tf*", "a?.tfstate"),
            (Grammar::Ignore, "a/**", "a/b/c"),
            (Grammar::Ignore, "a/**/c", "a/c"),
            (Grammar::Ignore, "/*", "/target/"),
            (Grammar::Docker, "*", "a/b"),
            (Grammar::Docker, "**/*.log", "x.log"),
            (Grammar::Docker, "lib", "/lib/"),
            (Grammar::Attributes, "**/*.sh", "*.sh"),
            (Grammar::Attributes, "*.sh", "bin/*.sh"),
            (Grammar::Owners, "/docs/**", "/docs/"),
            (Grammar::Owners, "/docs", "/docs/"),
            (Grammar::Owners, "docs/", "/docs/"),
            (Grammar::Owners, "*", "/docs/"),
            (Grammar::Owners, "/docs/", "/docs/*"),
            (Grammar::Owners, "*.js", "/src/*.js"),
        ] {
            assert!(covers(grammar, one, two), "{grammar:?} {one} {two}");
        }
        for (grammar, one, two) in [
            (Grammar::Ignore, "*/", "node_modules"),
            (Grammar::Ignore, "keep.tfstate", "*.tfstate"),
            (Grammar::Ignore, "/lib", "lib"),
            (Grammar::Ignore, "/*", "a/b"),
            (Grammar::Ignore, "a/**", "a/"),
            (Grammar::Ignore, "?.log", "*.log"),
            (Grammar::Docker, "*.log", "**/a.log"),
            (Grammar::Docker, "lib", "x/lib"),
            (Grammar::Attributes, "run.sh", "*.sh"),
            (Grammar::Owners, "/docs/*", "/docs/"),
            (Grammar::Owners, "/docs/", "/docs"),
            (Grammar::Owners, "/docs/a/", "/docs/"),
        ] {
            assert!(!covers(grammar, one, two), "{grammar:?} {one} {two}");
        }
        assert!(Pattern::of(Grammar::Ignore, "/").is_none());
        assert!(Pattern::of(Grammar::Ignore, "a//b").is_none());
    }

    /// Over all paths of two names and three levels, for every two patterns of up to three components.
    #[test]
    fn what_a_covered_pattern_matches_is_matched() {
        let names = ["a", "b", "ab", "*", "a*", "?", "[ab]", "**"];
        let mut patterns: Vec<String> = Vec::new();
        for one in names {
            patterns.push(one.to_owned());
            for two in names {
                patterns.push(format!("{one}/{two}"));
                patterns.push(format!("{one}/{two}/a"));
            }
        }
        let spellings = |it: &String| [it.clone(), format!("/{it}"), format!("{it}/")];
        let spelled: Vec<String> = patterns.iter().flat_map(spellings).collect();
        let mut paths: Vec<String> = vec![String::new()];
        for _ in 0..3 {
            let longer = |path: &String| ["a", "b", "ab"].map(|name| format!("{path}/{name}"));
            let longer: Vec<String> = paths.iter().flat_map(longer).collect();
            paths.extend(longer);
        }
        let mut known: Vec<(&str, Pattern<'_>, Vec<bool>)> = Vec::new();
        for text in &spelled {
            let (Some(reach), Some(pattern)) =
                (Reach::of(text), Pattern::of(Grammar::Ignore, text))
            else {
                continue;
            };
            let paths = paths.iter().filter_map(|path| path.strip_prefix('/'));
            let matches = paths
                .flat_map(|path| [Kind::File, Kind::Folder].map(|kind| reach.is_at(path, kind)))
                .collect();
            known.push((text, pattern, matches));
        }
        for (one, pattern, matched) in &known {
            for (two, other, others) in &known {
                if pattern.covers(other) {
                    let is_matched = others.iter().zip(matched).all(|(it, by)| !it || *by);
                    assert!(is_matched, "{one} does not match all that {two} does");
                }
            }
        }
    }
}
