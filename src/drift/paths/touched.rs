//! What lines that are added to an ignore file or to `.gitattributes` would do to files that the repository has.
//!
//! Tools that read an ignore file would no longer see an ignored file, and git would store a file otherwise whose
//! attributes change: it then shows as modified, and the next commit rewrites it. Rules of other folders are not
//! considered, and a file that cannot be read counts as changed: a wrong guess costs a review.

use std::collections::BTreeMap;
use std::fmt;

use super::ordered_lines::{Format, attributes};
use super::structured::managed_lines;
use crate::snapshot::{Entry, EntryKind, Snapshot, is_lfs_pointer};
use crate::source::ignore_lines::{Kind, Reach};

/// An added line, and a file of the repository that it would change something for.
pub(super) struct Touched {
    line: String,
    path: String,
    effect: Effect,
}

/// What a line would do to a file.
#[derive(Clone, Copy)]
enum Effect {
    Ignored,
    Stored,
}

impl fmt::Display for Touched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, path, effect } = self;
        match effect {
            Effect::Ignored => write!(f, "`{line}` would ignore `{path}`, which exists"),
            Effect::Stored => write!(f, "`{line}` would change what git stores of `{path}`"),
        }
    }
}

/// Lines that an edit adds to a file, or that a new file brings.
pub(super) struct Added<'a> {
    pub(super) path: &'a str,
    pub(super) tree: &'a Snapshot,
    /// The text without them; empty if there is no file yet.
    pub(super) before: &'a str,
    pub(super) lines: &'a [String],
    /// The text with them.
    pub(super) after: &'a str,
}

/// Returns a file of the repository that an added line would change something for.
pub(super) fn by(added: &Added<'_>) -> Option<Touched> {
    if added.lines.is_empty() {
        return None;
    }
    match Format::of(added.path)? {
        Format::Ignore | Format::DockerIgnore => ignored(added),
        Format::Attributes => stored(added),
        Format::Owners => None,
    }
}

/// Returns a file of the repository that a new file of this content would change something for.
pub(super) fn by_new(path: &str, content: &[u8], tree: &Snapshot) -> Option<Touched> {
    let after = String::from_utf8_lossy(content);
    let lines: Vec<String> = managed_lines(&after).map(str::to_owned).collect();
    by(&Added { path, tree, before: "", lines: &lines, after: &after })
}

/// The entries at and below the folder of the file, with their paths from there.
fn inside<'a>(added: &'a Added<'_>) -> impl Iterator<Item = (&'a str, &'a str, Entry)> {
    let folder = added.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    added.tree.entries.iter().filter_map(move |(path, entry)| {
        let path = path.as_str();
        let inside = match folder {
            "" => path,
            folder => path.strip_prefix(folder)?.strip_prefix('/')?,
        };
        Some((path, inside, *entry))
    })
}

fn ignored(added: &Added<'_>) -> Option<Touched> {
    let name = added.path.rsplit('/').next().unwrap_or(added.path);
    let is_of_docker = name == ".dockerignore";
    let reach = |line: &str| match is_of_docker {
        true => Reach::of(&anchored(line)),
        false => Reach::of(line),
    };
    let lines =
        managed_lines(added.after).filter_map(|line| Some(Rule { line, reach: reach(line)? }));
    let mut rules = Rules { rules: lines.collect(), folders: BTreeMap::new() };
    let is_new = |line: &&str| added.lines.iter().any(|it| it == line);
    inside(added).find_map(|(path, inside, _)| {
        // Git ignores its own file like any other; for other tools only what they read matters.
        if path == added.path && name != ".gitignore" {
            return None;
        }
        let line = match is_of_docker {
            true => rules.of_docker(inside),
            false => rules.of_git(inside),
        };
        let line = line.filter(is_new)?.to_owned();
        Some(Touched { line, path: path.to_owned(), effect: Effect::Ignored })
    })
}

/// A line of Docker's ignore files as git would write it: it matches from the root only.
fn anchored(line: &str) -> String {
    match line.strip_prefix('!') {
        Some(pattern) => format!("!/{}", pattern.trim_start_matches('/')),
        None => format!("/{}", line.trim_start_matches('/')),
    }
}

struct Rule<'t> {
    line: &'t str,
    reach: Reach,
}

/// The lines of an ignore file, and what they say of the folders seen so far.
struct Rules<'t, 'p> {
    rules: Vec<Rule<'t>>,
    folders: BTreeMap<&'p str, Option<usize>>,
}

impl<'t, 'p> Rules<'t, 'p> {
    /// The line by which git ignores a file. A file in an ignored folder cannot be re-included.
    fn of_git(&mut self, path: &'p str) -> Option<&'t str> {
        for (at, _) in path.match_indices('/') {
            let folder = path.get(..at).unwrap_or_default();
            let found = match self.folders.get(folder) {
                Some(known) => *known,
                None => {
                    let found = self.last(folder, Kind::Folder);
                    self.folders.insert(folder, found);
                    found
                }
            };
            if let Some(rule) = found {
                return Some(self.rules.get(rule)?.line);
            }
        }
        let rule = self.last(path, Kind::File)?;
        Some(self.rules.get(rule)?.line)
    }

    /// The index of the line that ignores what is at this path, whatever is said of the folders around it.
    fn last(&self, path: &str, kind: Kind) -> Option<usize> {
        let at = self.rules.iter().rposition(|rule| rule.reach.is_at(path, kind))?;
        self.rules.get(at).is_some_and(|rule| !rule.reach.takes_back).then_some(at)
    }

    /// The line by which Docker ignores a file: the last one that matches it or a folder around it.
    fn of_docker(&self, path: &str) -> Option<&'t str> {
        let rule = self.rules.iter().rev().find(|rule| rule.reach.has(path))?;
        (!rule.reach.takes_back).then_some(rule.line)
    }
}

fn stored(added: &Added<'_>) -> Option<Touched> {
    let mut before = Attributes::of(added.before);
    before.0.retain(|it| it.reach.is_some());
    let after = Attributes::of(added.after);
    inside(added).find_map(|(path, inside, entry)| {
        if !matches!(entry.kind, EntryKind::File | EntryKind::Executable) {
            return None;
        }
        let line = after.last_of(inside, added.lines)?;
        let (before, after) = (before.storage(inside), after.storage(inside));
        let content = || added.tree.read(entry.id).ok();
        let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|it| it == what);
        let is_changed = after.encoding.is_some() && after.encoding != before.encoding
            || after.filter.is_some()
                && after.filter != before.filter
                && !(after.filter == Some("lfs")
                    && content().is_some_and(|it| is_lfs_pointer(&it)))
            || after.is_text
                && !before.is_text
                && content().is_none_or(|bytes| has(&bytes, b"\r\n"))
            || after.has_id && !before.has_id && content().is_none_or(|bytes| has(&bytes, b"$Id:"));
        let (line, path) = (line.to_owned(), path.to_owned());
        is_changed.then_some(Touched { line, path, effect: Effect::Stored })
    })
}

/// The attributes of a file that decide what git stores of it.
#[derive(Default)]
struct Storage<'t> {
    /// Whether line ends are stored as LF, even where CRLF is committed; `text=auto` leaves those alone.
    is_text: bool,
    has_id: bool,
    filter: Option<&'t str>,
    encoding: Option<&'t str>,
}

/// The lines of a `.gitattributes`.
struct Attributes<'t>(Vec<Assignment<'t>>);

struct Assignment<'t> {
    line: &'t str,
    /// The files that it is about; `None` for any, where that is not known.
    reach: Option<Reach>,
    says: BTreeMap<&'t str, &'t str>,
}

impl Assignment<'_> {
    fn is_about(&self, path: &str) -> bool {
        self.reach.as_ref().is_none_or(|reach| reach.is_at(path, Kind::File))
    }
}

impl<'t> Attributes<'t> {
    fn of(text: &'t str) -> Self {
        let lines = managed_lines(text).map(|line| {
            let words = line.trim_start();
            let (pattern, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
            // What uses a macro is not followed, nor is a quoted pattern: both count for every file.
            let is_known = !pattern.starts_with(['[', '"']);
            let reach = if is_known { Reach::of(pattern) } else { None };
            Assignment { line, reach, says: attributes(rest) }
        });
        Self(lines.collect())
    }

    /// The last of these lines that is about a file.
    fn last_of(&self, path: &str, lines: &[String]) -> Option<&'t str> {
        let is_it = |it: &&Assignment<'_>| lines.iter().any(|line| line == it.line);
        self.0.iter().rev().filter(is_it).find(|it| it.is_about(path)).map(|it| it.line)
    }

    fn storage(&self, path: &str) -> Storage<'t> {
        let said = |name: &str| {
            let mut lines = self.0.iter().rev();
            lines.find_map(|it| it.says.get(name).copied().filter(|_| it.is_about(path)))
        };
        let value = |name: &str| said(name)?.strip_prefix(name)?.strip_prefix('=');
        let text = match said("text").or_else(|| said("crlf")) {
            Some(word) if !word.starts_with('!') => Some(word),
            _ => None,
        };
        Storage {
            is_text: match text {
                Some(word) => matches!(word, "text" | "crlf" | "crlf=input"),
                None => value("eol").is_some(),
            },
            has_id: said("ident") == Some("ident"),
            filter: value("filter"),
            encoding: value("working-tree-encoding"),
        }
    }
}
