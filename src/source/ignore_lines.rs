//! Lines of ignore files (`.gitignore`, `.dockerignore` and the like): which lines are redundant,
//! and which paths a line ignores.
//!
//! Two patterns are compared only if they are equal apart from a leading and a trailing slash. The
//! broader one makes the other redundant: `lib` ignores all that `lib/` does, and `target` all that
//! `/target` does.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};

/// Whether the file at a path is an ignore file.
#[must_use]
pub fn is_ignore_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with('.') && name.ends_with("ignore")
}

/// Returns a line without the blanks at its end. A space after a backslash belongs to the pattern.
#[must_use]
pub fn without_blanks(line: &str) -> &str {
    let plain = line.trim_end();
    let escapes = plain.len() - plain.trim_end_matches('\\').len();
    match line.get(plain.len()..).is_some_and(|rest| rest.starts_with(' ')) {
        true if escapes % 2 == 1 => line.get(..=plain.len()).unwrap_or(plain),
        _ => plain,
    }
}

/// The lines of a file, for membership tests.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    exact: BTreeSet<&'t str>,
    /// Patterns by their text between the slashes; empty unless the file is an ignore file.
    patterns: BTreeMap<&'t str, Vec<Pattern<'t>>>,
}

impl<'t> Lines<'t> {
    /// Collects the lines of the text at a path.
    #[must_use]
    pub fn of(path: &str, text: &'t str) -> Self {
        let exact: BTreeSet<&str> = text.lines().map(without_blanks).collect();
        let mut patterns: BTreeMap<&str, Vec<Pattern<'_>>> = BTreeMap::new();
        if is_ignore_file(path) {
            for pattern in exact.iter().copied().filter_map(Pattern::of) {
                patterns.entry(pattern.core).or_default().push(pattern);
            }
        }
        Self { exact, patterns }
    }

    /// Whether the file has this line or, for an ignore file, one that makes it redundant.
    #[must_use]
    pub fn have(&self, wanted: &str) -> bool {
        let implied = || {
            let wanted = Pattern::of(wanted)?;
            let known = self.patterns.get(wanted.core)?;
            Some(known.iter().any(|pattern| pattern.implies(&wanted)))
        };
        self.exact.contains(wanted) || implied().unwrap_or_default()
    }
}

/// Whether a line of an ignore file makes another redundant. Every line implies itself.
#[must_use]
pub fn implies(line: &str, wanted: &str) -> bool {
    let both = || Pattern::of(line).zip(Pattern::of(wanted));
    line == wanted || both().is_some_and(|(line, wanted)| line.implies(&wanted))
}

/// A pattern that ignores something.
#[derive(Clone, Copy, Debug)]
struct Pattern<'t> {
    /// The pattern without its leading and trailing slash.
    core: &'t str,
    /// Whether it matches at one place only, rather than at any depth.
    is_anchored: bool,
    /// Whether it only matches directories.
    is_of_folders: bool,
}

impl<'t> Pattern<'t> {
    /// Returns `None` for negations, comments and empty lines.
    fn of(line: &'t str) -> Option<Self> {
        if line.starts_with(['!', '#']) {
            return None;
        }
        let core = line.strip_suffix('/').unwrap_or(line);
        let is_of_folders = core.len() < line.len();
        let core = core.strip_prefix('/').unwrap_or(core);
        let is_anchored = line.starts_with('/') || core.contains('/');
        (!core.is_empty()).then_some(Self { core, is_anchored, is_of_folders })
    }

    /// Whether it ignores everything that another pattern does.
    fn implies(&self, other: &Self) -> bool {
        self.core == other.core
            && (!self.is_anchored || other.is_anchored)
            && (!self.is_of_folders || other.is_of_folders)
    }
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// The paths that a line of an ignore file matches.
#[derive(Clone, Debug)]
pub struct Reach {
    itself: GlobMatcher,
    below: GlobMatcher,
    is_of_folders: bool,
    /// Whether it re-includes what earlier lines ignore.
    pub takes_back: bool,
}

impl Reach {
    /// Returns `None` if the line is not a supported pattern.
    #[must_use]
    pub fn of(line: &str) -> Option<Self> {
        let pattern = line.strip_prefix('!');
        let takes_back = pattern.is_some();
        let Pattern { core, is_anchored, is_of_folders } = Pattern::of(pattern.unwrap_or(line))?;
        let glob = if is_anchored { core.to_owned() } else { format!("**/{core}") };
        let glob = as_glob(&glob)?;
        let matcher = |glob: &str| {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            glob.ok().map(|glob| glob.compile_matcher())
        };
        let (itself, below) = (matcher(&glob)?, matcher(&format!("{glob}/**"))?);
        Some(Self { itself, below, is_of_folders, takes_back })
    }

    /// Whether it matches a file, or a folder around it. Paths are relative to the directory of the ignore file.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.below.is_match(path) || self.is_at(path, Kind::File)
    }

    /// Whether it matches this path itself.
    #[must_use]
    pub fn is_at(&self, path: &str, kind: Kind) -> bool {
        (kind == Kind::Folder || !self.is_of_folders) && self.itself.is_match(path)
    }
}

/// A pattern of git in the syntax of `globset`, which alternates between braces and knows no classes of characters by name
/// (`git lfs track` writes `[[:space:]]` for a space). `None` if git matches nothing by it.
fn as_glob(pattern: &str) -> Option<String> {
    let mut glob = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '[' => {
                rest = bracket(rest, &mut glob)?;
                continue;
            }
            first => first.len_utf8(),
        };
        let (piece, behind) = rest.split_at_checked(length)?;
        match piece {
            "{" => glob.push_str("[{]"),
            "}" => glob.push_str("[}]"),
            piece => glob.push_str(piece),
        }
        rest = behind;
    }
    Some(glob)
}

/// Writes the bracket expression at the start of a pattern, and returns what is behind it.
fn bracket<'p>(pattern: &'p str, glob: &mut String) -> Option<&'p str> {
    let mut rest = pattern.strip_prefix('[')?;
    glob.push('[');
    if let Some(negated) = rest.strip_prefix(['!', '^']) {
        glob.push('!');
        rest = negated;
    }
    if let Some(behind) = rest.strip_prefix(']') {
        glob.push(']');
        rest = behind;
    }
    loop {
        if let Some((name, behind)) = rest.strip_prefix("[:").and_then(|it| it.split_once(":]")) {
            glob.push_str(characters(name)?);
            rest = behind;
            continue;
        }
        let next = rest.chars().next()?;
        glob.push(next);
        rest = rest.get(next.len_utf8()..)?;
        if next == ']' {
            return Some(rest);
        }
    }
}

/// The characters of a class of POSIX, in brackets. None begins with `!` or `-`, which mean something else there.
fn characters(class: &str) -> Option<&'static str> {
    Some(match class {
        "alnum" => "a-zA-Z0-9",
        "alpha" => "a-zA-Z",
        "blank" => " \t",
        "cntrl" => "\x01-\x1f\x7f",
        "digit" => "0-9",
        "graph" => "\"-~!",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => "\"-/!:-@[-`{-~",
        "space" => " \t\n\r\x0b\x0c",
        "upper" => "A-Z",
        "xdigit" => "0-9a-fA-F",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broader_spelling_of_a_pattern_makes_the_other_needless() {
        for (line, wanted) in [
            ("lib", "lib/"),
            ("lib", "/lib/"),
            ("/target", "/target/"),
            ("Cargo.lock", "/Cargo.lock"),
            ("/a/b", "a/b"),
            ("a/b", "/a/b/"),
            ("!x", "!x"),
        ] {
            assert!(implies(line, wanted), "{line} {wanted}");
            assert!(Lines::of("a/.gitignore", &format!("x\n{line}\n")).have(wanted), "{line}");
        }
        for (line, wanted) in [
            ("lib/", "lib"),
            ("/lib", "lib"),
            ("!lib", "!lib/"),
            ("lib", "!lib"),
            ("li", "lib"),
            ("/", "//"),
        ] {
            assert!(!implies(line, wanted), "{line} {wanted}");
            assert!(!Lines::of(".gitignore", line).have(wanted), "{line} {wanted}");
        }
        // Elsewhere a slash may be anything.
        assert!(!Lines::of("CODEOWNERS", "lib\n").have("lib/"));
    }

    #[test]
    fn an_escaped_space_is_part_of_the_pattern() {
        for (line, kept) in
            [("a  ", "a"), ("a\\  ", "a\\ "), ("a\\\\ ", "a\\\\"), ("a\\\r", "a\\"), ("a\\", "a\\")]
        {
            assert_eq!(without_blanks(line), kept, "{line:?}");
        }
    }

    #[test]
    fn a_line_is_about_what_git_would_ignore_by_it() {
        let has = |line: &str, path: &str| Reach::of(line).expect("a pattern").has(path);
        for (line, path) in [
            ("/*", "src/a.ts"),
            ("/*", "a"),
            ("lib/", "lib/a"),
            ("lib/", "x/lib/a/b"),
            ("*.log", "x/a.log"),
            ("/a/b", "a/b"),
            ("a/*.c", "a/x.c"),
            ("!src/", "src/a"),
            ("**/x", "x"),
            ("a[[:space:]]b", "a b"),
            ("a[![:space:]]b", "a-b"),
            ("[[:digit:]x][[:punct:]]", "1]"),
            ("[]{]", "{"),
            ("{a}", "{a}"),
            ("\\{a", "{a"),
        ] {
            assert!(has(line, path), "{line} {path}");
        }
        for (line, path) in [
            ("lib/", "lib"),
            ("/lib", "x/lib"),
            ("a/*.c", "a/b/x.c"),
            ("*.log", "log"),
            ("a[[:alpha:]]", "a1"),
            ("[[:upper:]]", "a"),
        ] {
            assert!(!has(line, path), "{line} {path}");
        }
        let is_at = |line: &str, path: &str, kind| Reach::of(line).expect("it").is_at(path, kind);
        assert!(is_at("lib/", "lib", Kind::Folder) && !is_at("lib/", "lib", Kind::File));
        assert!(is_at("*", "x/lib", Kind::File) && !is_at("!lib", "lib/a", Kind::File));
        assert!(Reach::of("!a").expect("a pattern").takes_back);
        assert!(Reach::of("# a").is_none() && Reach::of("a[").is_none());
        assert!(Reach::of("[[:letter:]]").is_none());
    }
}
