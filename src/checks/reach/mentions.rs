//! What is referred to by files that nothing reaches.
//!
//! "Not reached" only says that nothing which is known to be used leads to a file. Another file may refer to it all the
//! same, and be used in a way that is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Walk, is_module};
use crate::checks::Repository;
use crate::snapshot::{EntryKind, RepoPath};

/// How another file refers to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    by: String,
    line: Option<u32>,
    verb: &'static str,
}

impl Mention {
    /// The path of the file that refers to it.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }
}

impl fmt::Display for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, line, verb } = self;
        match line {
            Some(line) => write!(f, "`{by}:{line}` {verb} it"),
            None => write!(f, "`{by}` {verb} it"),
        }
    }
}

/// The files that are not [`reached`](super::reached), but that another such file refers to, each with the first that
/// does.
#[must_use]
pub fn mentions(
    repository: &Repository<'_>,
    reached: &BTreeSet<String>,
) -> BTreeMap<String, Mention> {
    // What does not parse here hinders no rule: a mention only adds to what is said anyway.
    let walk = Walk { is_silent: true, ..Walk::of(repository) };
    let mut mentions = Mentions { walk, reached, found: BTreeMap::new() };
    for (path, entry) in repository.snapshot.entries.iter() {
        if !reached.contains(path.as_str()) {
            mentions.read(path, entry.kind);
        }
    }
    mentions.found
}

struct Mentions<'r, 'a> {
    walk: Walk<'r, 'a>,
    reached: &'r BTreeSet<String>,
    found: BTreeMap<String, Mention>,
}

impl Mentions<'_, '_> {
    fn read(&mut self, path: &RepoPath, kind: EntryKind) {
        let name = path.as_str();
        if kind == EntryKind::Link || !is_module(name) {
            self.walk.follow(name);
            return self.note(path, None, "names");
        }
        for (line, imported) in self.walk.imports_of(path) {
            self.note_all(path, Some(line), "imports", imported);
        }
        self.walk.reach_packages_of(path);
        self.note(path, None, "needs");
    }

    /// Notes what the walk has reached since the last call.
    fn note(&mut self, by: &RepoPath, line: Option<u32>, verb: &'static str) {
        let reached = self.walk.take_reached();
        self.note_all(by, line, verb, reached);
    }

    fn note_all(
        &mut self,
        by: &RepoPath,
        line: Option<u32>,
        verb: &'static str,
        reached: BTreeSet<String>,
    ) {
        for path in reached {
            if path != by.as_str() && !self.reached.contains(&path) {
                let mention = || Mention { by: by.to_string(), line, verb };
                self.found.entry(path).or_insert_with(mention);
            }
        }
    }
}
