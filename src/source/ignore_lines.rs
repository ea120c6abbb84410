//! Lines of ignore files (`.gitignore`, `.dockerignore` and others of their kind): which line makes another needless, and
//! which paths a line ignores.
//!
//! Two patterns are the same but for their slashes when they are equal without the first and the last one. Of those the
//! broader one makes the other needless: `lib` ignores all that `lib/` does, and `target` all that `/target` does. No other
//! patterns are compared.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};

/// Whether the file at a path is one of patterns that are ignored.
#[must_use]
pub fn is_ignore_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with('.') && name.ends_with("ignore")
}

/// The lines of a file, to be asked whether one is among them.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    exact: BTreeSet<&'t str>,
    /// By what is between the slashes; empty for what is not an ignore file.
    patterns: BTreeMap<&'t str, Vec<Pattern<'t>>>,
}

impl<'t> Lines<'t> {
    /// Those of the text at a path.
    #[must_use]
    pub fn of(path: &str, text: &'t str) -> Self {
        let exact: BTreeSet<&str> = text.lines().map(str::trim_end).collect();
        let mut patterns: BTreeMap<&str, Vec<Pattern<'_>>> = BTreeMap::new();
        if is_ignore_file(path) {
            for pattern in exact.iter().copied().filter_map(Pattern::of) {
                patterns.entry(pattern.core).or_default().push(pattern);
            }
        }
        Self { exact, patterns }
    }

    /// Whether a line is there, or in an ignore file one that makes it needless.
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

/// Whether a line of an ignore file makes another needless; each does so to itself.
#[must_use]
pub fn implies(line: &str, wanted: &str) -> bool {
    let both = || Pattern::of(line).zip(Pattern::of(wanted));
    line == wanted || both().is_some_and(|(line, wanted)| line.implies(&wanted))
}

/// A line that ignores something.
#[derive(Clone, Copy, Debug)]
struct Pattern<'t> {
    /// It without the first and the last slash.
    core: &'t str,
    /// Whether it is about one place, and not about any depth.
    is_anchored: bool,
    /// Whether it is about folders alone.
    is_of_folders: bool,
}

impl<'t> Pattern<'t> {
    /// `None` for what takes back, says nothing, or is a comment.
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

    /// Whether it ignores all that another one does.
    fn implies(&self, other: &Self) -> bool {
        self.core == other.core
            && (!self.is_anchored || other.is_anchored)
            && (!self.is_of_folders || other.is_of_folders)
    }
}

/// What a line of an ignore file is about.
#[derive(Clone, Debug)]
pub struct Reach {
    matchers: Vec<GlobMatcher>,
    /// Whether it takes back what earlier lines ignore.
    pub takes_back: bool,
}

impl Reach {
    /// `None` where the line is no pattern that can be followed.
    #[must_use]
    pub fn of(line: &str) -> Option<Self> {
        let pattern = line.strip_prefix('!');
        let takes_back = pattern.is_some();
        let Pattern { core, is_anchored, is_of_folders } = Pattern::of(pattern.unwrap_or(line))?;
        let glob = if is_anchored { core.to_owned() } else { format!("**/{core}") };
        let below = format!("{glob}/**");
        let globs = if is_of_folders { vec![below] } else { vec![glob, below] };
        let matcher = |glob: &String| {
            // Braces stand for themselves here.
            let glob = glob.replace('{', "[{]").replace('}', "[}]");
            let glob = GlobBuilder::new(&glob).literal_separator(true).build();
            glob.ok().map(|glob| glob.compile_matcher())
        };
        let matchers: Option<Vec<GlobMatcher>> = globs.iter().map(matcher).collect();
        Some(Self { matchers: matchers?, takes_back })
    }

    /// Whether it is about a path, which is relative to the folder of the ignore file.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.matchers.iter().any(|matcher| matcher.is_match(path))
    }
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
        ] {
            assert!(has(line, path), "{line} {path}");
        }
        for (line, path) in
            [("lib/", "lib"), ("/lib", "x/lib"), ("a/*.c", "a/b/x.c"), ("*.log", "log")]
        {
            assert!(!has(line, path), "{line} {path}");
        }
        assert!(Reach::of("!a").expect("a pattern").takes_back);
        assert!(Reach::of("# a").is_none() && Reach::of("a[").is_none());
    }
}
