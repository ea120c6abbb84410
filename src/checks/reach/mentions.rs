//! What is referred to by files that nothing reaches.
//!
//! "Not reached" only says that nothing which is known to be used leads to a file. Another file may refer to it all the
//! same, and be used in a way that is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Walk;
use crate::checks::{Found, Repository};
use crate::snapshot::{EntryKind, RepoPath};

/// How another file refers to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    by: String,
    line: Option<u32>,
    verb: &'static str,
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
    let mut mentions = Mentions { walk: Walk::of(repository), reached, found: BTreeMap::new() };
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
        if kind == EntryKind::Link || !(name.ends_with(".py") || name.ends_with(".pyi")) {
            self.walk.follow(name);
            return self.note(path, None, "names");
        }
        // Read past the repository, which would note a module that does not parse as one that hinders the rules of paths.
        let Found::File(blob) = self.walk.repository.find(name) else { return };
        let (Ok(module), Ok(text)) = (blob.documents.python(), blob.documents.text()) else {
            return;
        };
        let line = |offset: usize| Some(text.position(offset).line);
        for import in &module.imports {
            self.walk.follow_import(path.parent(), import);
            self.note(path, line(import.span.start), "imports");
        }
        for lookup in &module.dynamic_imports {
            self.walk.follow_lookup(path.parent(), lookup);
            self.note(path, line(lookup.span.start), "imports");
        }
        self.walk.reach_packages_of(path);
        self.note(path, None, "needs");
    }

    /// Notes what the walk has reached since the last call.
    fn note(&mut self, by: &RepoPath, line: Option<u32>, verb: &'static str) {
        self.walk.waiting.clear();
        for path in std::mem::take(&mut self.walk.reached) {
            if path != by.as_str() && !self.reached.contains(&path) {
                let mention = || Mention { by: by.to_string(), line, verb };
                self.found.entry(path).or_insert_with(mention);
            }
        }
    }
}
