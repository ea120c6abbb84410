//! Which files that are to go are still named by one that stays and is run.
//!
//! Whoever removes files asks here: the repair of a forbidden path, and the changes `remove` and `restore` of campaigns.
//! Names are words of workflows, Dockerfiles and scripts; what is read as data, and prose, does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, Repository};
use crate::snapshot::RepoPath;
use crate::source::named_files::path_words;

/// Where a file that is to go, or its folder, is still named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillNamed {
    /// The file that names it.
    pub by: RepoPath,
    /// The line, from 1.
    pub line: u32,
    /// What is named there: the file, or a folder of which nothing stays.
    pub named: String,
}

impl StillNamed {
    fn is_about(&self, path: &str) -> bool {
        path.strip_prefix(self.named.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Returns those of the files that cannot go while what stays is as it is. What stays because of that may name others
/// in turn.
#[must_use]
pub fn still_named<'p>(
    repository: &Repository<'_>,
    going: &BTreeSet<&'p str>,
) -> BTreeMap<&'p str, StillNamed> {
    let mut going = going.clone();
    let mut kept = BTreeMap::new();
    while !going.is_empty() {
        let left = going.len();
        for found in namings(repository, &going) {
            for path in going.iter().filter(|path| found.is_about(path)) {
                kept.entry(*path).or_insert_with(|| found.clone());
            }
        }
        going.retain(|path| !kept.contains_key(path));
        if going.len() == left {
            break;
        }
    }
    kept
}

/// Where files that stay and are run name one that goes, or a folder of which nothing stays.
fn namings(repository: &Repository<'_>, going: &BTreeSet<&str>) -> Vec<StillNamed> {
    let paths = || repository.snapshot.entries.keys().map(RepoPath::as_str);
    let mut gone: BTreeSet<&str> = going.clone();
    for path in going {
        gone.extend(folders_of(path));
    }
    // A folder stays as long as anything in it does.
    for path in paths().filter(|path| !going.contains(path)) {
        for folder in folders_of(path) {
            gone.remove(folder);
        }
    }
    let mut found = Vec::new();
    for path in paths().filter(|path| !going.contains(path) && runs(path)) {
        let Found::File(blob) = repository.find(path) else { continue };
        for word in blob.documents.path_words() {
            // A single word may mean anything, so a folder has to be named with a `/`.
            let named = word.trim_start_matches("./").trim_end_matches(['/', '.']);
            if going.contains(named) || word.contains('/') && gone.contains(named) {
                let text = blob.documents.text().map_or("", |text| text.as_str());
                let line = line_of(text, word);
                found.push(StillNamed { by: path.into(), line, named: named.to_owned() });
            }
        }
    }
    found
}

/// The first line with a word.
fn line_of(text: &str, word: &str) -> u32 {
    let has_it = |line: &str| path_words(line).iter().any(|it| **it == *word);
    let line = text.lines().position(has_it).unwrap_or_default();
    u32::try_from(line + 1).unwrap_or(u32::MAX)
}

fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// Whether a file is run, or configures what is.
fn runs(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let of_forge = path.starts_with(".github/") || path.starts_with(".gitea/");
    of_forge && ends(&[".yml", ".yaml"])
        || name.starts_with("Dockerfile")
        || matches!(name, "Makefile" | "justfile" | ".pre-commit-config.yaml" | "tox.ini")
        || ends(&[".sh", ".bash"])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::still_named;
    use crate::checks::testing::Case;

    /// What stays, and who names it, one in a line.
    fn kept(case: &Case, going: &[&str]) -> String {
        case.judged(|repository| {
            let going: BTreeSet<&str> = going.iter().copied().collect();
            let kept = still_named(repository, &going);
            let line = |(path, it): (&&str, &super::StillNamed)| {
                format!("{path}: {} in {}:{}\n", it.named, it.by, it.line)
            };
            kept.iter().map(line).collect()
        })
    }

    #[test]
    fn what_stays_keeps_what_it_names() {
        let case = Case::conformant()
            .file("run.sh", "#!/bin/sh\n# old/c.sh\n./old/a.sh\n")
            .file("old/a.sh", "old/b.sh\n")
            .file("old/b.sh", "")
            .file("old/c.sh", "old/a.sh\n");
        let all = ["old/a.sh", "old/b.sh", "old/c.sh"];
        assert_eq!(
            kept(&case, &all),
            "old/a.sh: old/a.sh in run.sh:3\nold/b.sh: old/b.sh in old/a.sh:1\n"
        );
        // What goes together holds nothing up.
        assert_eq!(kept(&case.clone().without("run.sh"), &all), "");
        let of_folder = case.file("run.sh", "ls old/\n");
        assert!(kept(&of_folder, &all).starts_with("old/a.sh: old in run.sh:1\n"));
        assert_eq!(kept(&of_folder, &["old/b.sh"]), "old/b.sh: old/b.sh in old/a.sh:1\n");
    }
}
