//! Which files that are to go are still named by one that stays and is run.
//!
//! Whoever removes files asks here: the repair of a forbidden path, and the changes `remove` and `restore` of campaigns.
//! Names are words of workflows, Dockerfiles and scripts, what a Dockerfile copies, and what modules import; what is read as
//! data, and prose, does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::naming::is_run;
use super::{imports, is_module, joined};
use crate::checks::dockerfile::build_context::normal;
use crate::checks::dockerfile::dockerfiles;
use crate::checks::{Found, Repository};
use crate::snapshot::{Blob, RepoPath};
use crate::source::dockerfile::Action;
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
fn namings(repository: &Repository<'_>, files: &BTreeSet<&str>) -> Vec<StillNamed> {
    let paths = || repository.snapshot.entries.keys();
    let mut folders: BTreeSet<&str> = files.iter().copied().flat_map(folders_of).collect();
    // A folder stays as long as anything in it does.
    for path in paths().filter(|path| !files.contains(path.as_str())) {
        for folder in folders_of(path.as_str()) {
            folders.remove(folder);
        }
    }
    let names = files.iter().chain(&folders).map(|path| last_part(path)).collect();
    let going = Going { files, folders, names };
    let dockerfiles: BTreeSet<&str> = dockerfiles(repository).into_iter().collect();
    let mut found = Vec::new();
    let staying = || paths().filter(|path| !files.contains(path.as_str()));
    for path in staying() {
        let is_dockerfile = dockerfiles.contains(path.as_str());
        if !is_dockerfile && !is_run(repository, path) {
            continue;
        }
        let Found::File(blob) = repository.find(path.as_str()) else { continue };
        found.extend(going.in_words(path, &blob));
        if is_dockerfile {
            found.extend(going.in_copies(path, &blob));
        }
    }
    if files.iter().any(|path| is_module(path)) {
        for (path, imports) in imports(repository, staying()) {
            let imported = imports.into_iter().flat_map(|(line, imported)| {
                let gone = imported.into_iter().filter(|file| files.contains(file.as_str()));
                gone.map(move |named| StillNamed { by: path.clone(), line, named })
            });
            found.extend(imported);
        }
    }
    found
}

/// What is to go.
struct Going<'g> {
    files: &'g BTreeSet<&'g str>,
    /// Those of which nothing stays.
    folders: BTreeSet<&'g str>,
    /// The last parts of all of them.
    names: BTreeSet<&'g str>,
}

impl Going<'_> {
    fn in_words(&self, by: &RepoPath, blob: &Blob) -> Vec<StillNamed> {
        let text = blob.documents.text().map_or("", |text| text.as_str());
        let words = blob.documents.path_words().iter();
        let named = words.filter_map(|word| {
            let named = self.named(by.parent(), word, || follows_a_value(text, word))?;
            Some(StillNamed { by: by.clone(), line: line_of(text, word)?, named })
        });
        named.collect()
    }

    /// What a Dockerfile copies: there a folder has no need of a `/`.
    fn in_copies(&self, by: &RepoPath, blob: &Blob) -> Vec<StillNamed> {
        let (Ok(file), Ok(text)) = (blob.documents.dockerfile(), blob.documents.text()) else {
            return Vec::new();
        };
        let instructions = file.stages.iter().flat_map(|stage| &stage.instructions);
        let sources = instructions.flat_map(|instruction| match &instruction.action {
            Action::Copy(copy) if copy.from.is_none() => copy.sources.as_slice(),
            _ => &[],
        });
        let named = sources.filter_map(|source| {
            let path = normal(source.text.as_deref()?);
            let of_root = self.at("", &path, true);
            let named = of_root.or_else(|| self.at(by.parent(), &path, true))?;
            let line = text.position(source.span.start).line;
            Some(StillNamed { by: by.clone(), line, named })
        });
        named.collect()
    }

    /// What a word of a file in this folder may name. The value of a variable may be before it, as in `$ROOT/old.sh`.
    fn named(
        &self,
        folder: &str,
        word: &str,
        follows_a_value: impl FnOnce() -> bool,
    ) -> Option<String> {
        // A single word may mean anything, so a folder has to be named with a `/`.
        let word = word.trim_end_matches('.');
        let has_slash = word.contains('/');
        let whole = word.trim_start_matches("./").trim_end_matches(['/', '.']);
        if !self.names.contains(last_part(whole)) {
            return None;
        }
        let is_absolute = whole.starts_with('/');
        let of_folder = has_slash || has_extension(whole);
        let found = (!is_absolute).then(|| {
            let of_root = self.at("", whole, has_slash);
            of_root.or_else(|| self.at(folder, whole, has_slash).filter(|_| of_folder))
        });
        if let Some(named) = found.flatten() {
            return Some(named);
        }
        // Two slashes are those of an address.
        let (_, mut rest) = whole.split_once('/').filter(|_| !whole.starts_with("//"))?;
        let mut is_whole = follows_a_value();
        if !is_whole && !is_absolute {
            return None;
        }
        loop {
            let of_folder = rest.contains('/') || is_whole;
            let found = (of_folder || has_extension(rest))
                .then(|| self.at(folder, rest, of_folder).or_else(|| self.at("", rest, of_folder)));
            if let Some(named) = found.flatten() {
                return Some(named);
            }
            // Of a path in an image only the last parts may be the repository's.
            is_whole = false;
            (_, rest) = rest.split_once('/')?;
        }
    }

    /// The file at a path relative to a folder, or the folder there if it may be one.
    fn at(&self, base: &str, path: &str, may_be_folder: bool) -> Option<String> {
        let path = normal(&joined(base, path));
        let goes = self.files.contains(path.as_str())
            || may_be_folder && self.folders.contains(path.as_str());
        goes.then_some(path)
    }
}

/// Whether a word is written right behind a variable, or behind what stands for a value: `$ROOT/x`, `${ROOT}/x`,
/// `$(pwd)/x`, `"$(dirname "$0")"/x`.
fn follows_a_value(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        before.trim_end_matches(['"', '\'']).ends_with(['$', '}', ')'])
    })
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn has_extension(path: &str) -> bool {
    last_part(path).trim_start_matches('.').contains('.')
}

/// The first line with a word, from 1, that does not only exclude it: what is excluded need not be there.
fn line_of(text: &str, word: &str) -> Option<u32> {
    let excludes =
        |before: &str| EXCLUDING.iter().any(|sign| before.trim_end_matches("./").ends_with(sign));
    let has_it = |line: &str| {
        path_words(line).iter().any(|it| **it == *word)
            && line.match_indices(word).any(|(at, _)| !line.get(..at).is_some_and(excludes))
    };
    let line = text.lines().position(has_it)?;
    Some(u32::try_from(line + 1).unwrap_or(u32::MAX))
}

/// What is written before a path or a pattern that is left out: a pattern of workflows or of git's `:!`, and git's words.
const EXCLUDING: [&str; 2] = ["!", ":(exclude)"];

fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
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
        let excluded =
            case.clone().file("run.sh", "git diff -- . ':(exclude)old/**' ':!old/a.sh'\n");
        assert_eq!(kept(&excluded, &all), "");
        let of_folder = case.file("run.sh", "ls old/\n");
        assert!(kept(&of_folder, &all).starts_with("old/a.sh: old in run.sh:1\n"));
        assert_eq!(kept(&of_folder, &["old/b.sh"]), "old/b.sh: old/b.sh in old/a.sh:1\n");
    }

    #[test]
    fn a_file_is_named_in_many_forms() {
        let named = |path: &str, content: &str| {
            let case = Case::conformant().file("scripts/old.sh", "").file("vendored/x", "");
            kept(&case.file(path, content), &["scripts/old.sh", "vendored/x"])
        };
        for (path, content) in [
            ("scripts/run.sh", "./old.sh\n"),
            ("scripts/run.sh", ". old.sh\n"),
            ("scripts/run.sh", ". \"$(dirname \"$0\")/old.sh\"\n"),
            ("tools/run.sh", "../scripts/old.sh\n"),
            ("tools/run.sh", "$ROOT/scripts/old.sh\n"),
            ("tools/run.sh", "cat ${ROOT}/vendored\n"),
            ("tools/run", "#!/bin/sh\nscripts/old.sh\n"),
            ("makefile", "all:\n\tscripts/old.sh\n"),
            ("rules.mk", "all:\n\tscripts/old.sh\n"),
            ("package.json", "{\"scripts\": {\"a\": \"scripts/old.sh\"}}\n"),
            ("docker-compose.dev.yml", "services: {a: {volumes: [\"./vendored:/x\"]}}\n"),
            (".github/workflows/w.yml", "run: ${{ github.workspace }}/scripts/old.sh\n"),
            ("Dockerfile.dev", "FROM a\nCOPY vendored /x\n"),
            ("Dockerfile.dev", "FROM a\nCMD [\"/app/scripts/old.sh\"]\n"),
        ] {
            assert_ne!(named(path, content), "", "{path}: {content}");
        }
        for (path, content) in [
            ("run.sh", "old.sh vendored\n"),
            ("run.sh", "ls /vendored/ dist/old.sh\n"),
            ("scripts/run.sh", "curl https://acme.example/scripts/old.sh\n"),
            ("scripts/notes", "old.sh\n"),
            ("docs/notes.md", "scripts/old.sh\n"),
            ("pyproject.toml", "exclude = [\"vendored/\"]\n"),
            ("Dockerfile.dev", "FROM a\nCOPY --from=b vendored /x\n"),
        ] {
            assert_eq!(named(path, content), "", "{path}: {content}");
        }
    }

    #[test]
    fn a_module_is_named_by_what_imports_it() {
        let case = Case::conformant()
            .file("pack/__init__.py", "")
            .file("pack/old.py", "")
            .file("pack/new.py", "import os\nfrom . import old\n");
        assert_eq!(kept(&case, &["pack/old.py"]), "pack/old.py: pack/old.py in pack/new.py:2\n");
        assert_eq!(kept(&case, &["pack/old.py", "pack/new.py"]), "");
    }
}
