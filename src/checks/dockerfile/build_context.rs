//! What `docker build` sees of a repository: its tree without what `.dockerignore` excludes.
//!
//! The context is taken to be the root of the repository, since a Dockerfile does not say what it is. Patterns follow
//! `moby/patternmatcher`: later lines win, a pattern that matches a folder applies to everything below it, and `**`
//! matches any number of folders.

use std::ops::Bound;

use crate::checks::Repository;
pub(in crate::checks) use crate::checks::presence::Presence;
use crate::snapshot::RepoPath;
use crate::source::{Span, Text};

/// How many paths one pattern may match.
const MAX_MATCHES: usize = 10_000;

/// The build context of one Dockerfile.
pub(in crate::checks) struct BuildContext<'r, 'a> {
    repository: &'r Repository<'a>,
    dockerfile: Option<Text>,
    ignored: Option<Ignored>,
}

/// A `.dockerignore` file.
struct Ignored {
    path: String,
    text: Text,
    lines: Vec<Line>,
}

struct Line {
    pattern: Vec<String>,
    brings_back: bool,
    span: Span,
}

/// The line that excludes a path from the context.
pub(in crate::checks) struct Exclusion<'c> {
    pub(in crate::checks) path: &'c str,
    pub(in crate::checks) text: &'c Text,
    pub(in crate::checks) span: Span,
}

impl<'r, 'a> BuildContext<'r, 'a> {
    /// The context of the Dockerfile at a path. Docker prefers an ignore file named after the Dockerfile.
    pub(in crate::checks) fn of(repository: &'r Repository<'a>, dockerfile: &str) -> Self {
        let own = format!("{dockerfile}.dockerignore");
        let ignored = [own.as_str(), ".dockerignore"].into_iter().find_map(|path| {
            let text = repository.text(path)?;
            Some(Ignored { path: path.to_owned(), lines: ignore_lines(&text), text })
        });
        Self { repository, dockerfile: repository.text(dockerfile), ignored }
    }

    /// The Dockerfile's text.
    pub(in crate::checks) fn dockerfile(&self) -> Option<&Text> {
        self.dockerfile.as_ref()
    }

    /// What is at a path, whether or not it is excluded.
    pub(in crate::checks) fn find(&self, path: &str) -> Presence {
        self.repository.presence(&normal(path))
    }

    /// Files, links and submodules below a folder.
    pub(in crate::checks) fn below(
        &self,
        folder: &str,
    ) -> impl Iterator<Item = &'r RepoPath> + use<'r, 'a> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let snapshot = self.repository.snapshot;
        snapshot
            .entries
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(move |path| path.as_str().starts_with(&prefix))
    }

    /// The files and folders that a pattern of `COPY` matches, in order.
    pub(in crate::checks) fn matching(&self, pattern: &str) -> Vec<String> {
        let pattern = components(pattern);
        let literal: Vec<&str> = pattern
            .iter()
            .take_while(|component| !is_pattern(component))
            .map(String::as_str)
            .collect();
        let mut found: Vec<String> = Vec::new();
        for path in self.below(&literal.join("/")) {
            let parts: Vec<&str> = path.as_str().split('/').take(pattern.len()).collect();
            if parts.len() == pattern.len() && matches_path(&pattern, &parts) {
                let named = parts.join("/");
                // Paths are ordered, so those below one folder follow each other.
                if found.last() != Some(&named) {
                    found.push(named);
                }
            }
            if found.len() >= MAX_MATCHES {
                break;
            }
        }
        found
    }

    /// The line of the ignore file that excludes a file, if any.
    pub(in crate::checks) fn excluded(&self, path: &str) -> Option<Exclusion<'_>> {
        let ignored = self.ignored.as_ref()?;
        let parts: Vec<&str> = path.split('/').collect();
        let mut by = None;
        for line in &ignored.lines {
            let matches = (1..=parts.len()).any(|length| {
                parts.get(..length).is_some_and(|parent| matches_path(&line.pattern, parent))
            });
            if matches {
                by = (!line.brings_back).then_some(line.span);
            }
        }
        by.map(|span| Exclusion { path: &ignored.path, text: &ignored.text, span })
    }

    /// The text of a file that is part of the context.
    pub(in crate::checks) fn text(&self, path: &str) -> Option<Text> {
        match self.find(path) {
            Presence::File(real) if self.excluded(path).is_none() => self.repository.text(&real),
            _ => None,
        }
    }
}

fn ignore_lines(text: &Text) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = 0;
    for whole in text.as_str().split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.trim();
        if line.is_empty() || whole.starts_with('#') {
            continue;
        }
        let brings_back = line.starts_with('!');
        let pattern = components(line.trim_start_matches('!').trim());
        let leading = whole.len() - whole.trim_start().len();
        let span = Span::new(start + leading, start + leading + line.len());
        // `.` alone means the whole context.
        let pattern = if pattern.is_empty() { vec!["**".to_owned()] } else { pattern };
        lines.push(Line { pattern, brings_back, span });
    }
    lines
}

/// A path of the context without `.` and `..` components and without slashes at its ends.
pub(in crate::checks) fn normal(path: &str) -> String {
    components(path).join("/")
}

fn components(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            // Docker does not let `..` leave the root of the context.
            ".." => {
                parts.pop();
            }
            part => parts.push(part.to_owned()),
        }
    }
    parts
}

/// Whether Docker treats a path as a pattern.
pub(in crate::checks) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether a pattern matches a path, both split into components. `**` matches any number of components.
pub(in crate::checks) fn matches_path(pattern: &[String], path: &[&str]) -> bool {
    // `reached[at]` is whether the pattern so far matches the first `at` components.
    let mut reached = vec![false; path.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for component in pattern {
        let mut next = vec![false; path.len() + 1];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = reached.get(at).copied().unwrap_or_default();
            if component == "**" {
                any |= here;
                *slot = any;
            } else {
                let before = at.checked_sub(1);
                *slot = before.is_some_and(|before| {
                    reached.get(before).copied().unwrap_or_default()
                        && path.get(before).is_some_and(|name| matches_name(component, name))
                });
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

/// Matches one component like Go's `filepath.Match`.
fn matches_name(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = name.get(position) {
        if pattern.get(at) == Some(&'*') {
            at += 1;
            star = Some((at, position));
            continue;
        }
        if let Some(next) = one(&pattern, at, *character) {
            at = next;
            position += 1;
            continue;
        }
        let Some((behind, from)) = star else { return false };
        star = Some((behind, from + 1));
        at = behind;
        position = from + 1;
    }
    pattern.iter().skip(at).all(|character| *character == '*')
}

/// The index at which the pattern continues if its element at `at` matches a character.
fn one(pattern: &[char], at: usize, character: char) -> Option<usize> {
    match pattern.get(at)? {
        '?' => Some(at + 1),
        '\\' => (*pattern.get(at + 1)? == character).then_some(at + 2),
        '[' => {
            let negated = matches!(pattern.get(at + 1), Some('^' | '!'));
            let mut index = at + 1 + usize::from(negated);
            let mut matched = false;
            loop {
                let low = *pattern.get(index)?;
                if low == ']' {
                    return (matched != negated).then_some(index + 1);
                }
                let high = if pattern.get(index + 1) == Some(&'-') {
                    index += 2;
                    *pattern.get(index)?
                } else {
                    low
                };
                matched |= low <= character && character <= high;
                index += 1;
            }
        }
        literal => (*literal == character).then_some(at + 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checks::testing::Case;

    fn excluded(ignore: &str, path: &str) -> bool {
        let case = Case::with_shape("").file(".dockerignore", ignore);
        case.judged(|repository| {
            BuildContext::of(repository, "Dockerfile").excluded(path).is_some()
        })
    }

    #[test]
    fn lines_of_an_ignore_file_as_docker_reads_them() {
        assert!(excluded("*.py", "adapter.py"));
        assert!(!excluded("*.py", "a/adapter.py"));
        assert!(excluded("**/*.py", "a/b/adapter.py") && excluded("**/*.py", "adapter.py"));
        assert!(excluded("/tests/\n", "tests/deep/x.py"));
        assert!(excluded("*\n!adapter.py", "other.py"));
        assert!(!excluded("*\n!adapter.py", "adapter.py"));
        assert!(excluded("!adapter.py\n*", "adapter.py"));
        assert!(!excluded("# adapter.py\n\n", "adapter.py"));
        assert!(excluded("[a-c]?apter.py", "adapter.py"));
        assert!(!excluded("[^a]*.py", "adapter.py"));
        assert!(excluded("  ./adapter.py  ", "adapter.py"));
        assert!(excluded("a/**", "a/b") && !excluded("a/**/c", "a/b"));
    }

    #[test]
    fn a_dockerfile_may_have_an_ignore_file_of_its_own() {
        let case =
            Case::with_shape("").file(".dockerignore", "x").file("Dockerfile.dockerignore", "y");
        case.judged(|repository| {
            let context = BuildContext::of(repository, "Dockerfile");
            assert!(context.excluded("x").is_none() && context.excluded("y").is_some());
        });
    }

    #[test]
    fn links_are_followed_inside_the_repository_only() {
        let case = Case::with_shape("")
            .file("src/a.py", "")
            .link("lib", "src")
            .link("out", "../elsewhere")
            .link("loop", "loop");
        case.judged(|repository| {
            let context = BuildContext::of(repository, "Dockerfile");
            assert_eq!(context.find("./lib/a.py"), Presence::File("src/a.py".into()));
            assert_eq!(context.find("lib"), Presence::Folder("src".into()));
            assert_eq!(context.find("src/b.py"), Presence::Nothing);
            assert_eq!(context.find("src/a.py/x"), Presence::Nothing);
            assert!(matches!(context.find("out/x"), Presence::Unknown(_)));
            assert!(matches!(context.find("loop"), Presence::Unknown(_)));
            assert_eq!(context.find("."), Presence::Folder(String::new()));
            assert_eq!(context.matching("s*/*.py"), ["src/a.py"]);
            assert_eq!(context.matching("s*"), ["src"]);
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_pattern_meets_any_name(pattern in "[a*?\\[\\]^\\\\/!-]{0,12}", path in "[a/-]{0,8}") {
            let pattern = components(&pattern);
            let parts: Vec<&str> = path.split('/').collect();
            let _ = matches_path(&pattern, &parts);
            prop_assert!(matches_path(&["**".to_owned()], &parts));
            let literal = parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
            prop_assert!(matches_path(&literal, &parts));
        }
    }
}
