//! The globs of `license-files` (PEP 639): which files of a folder they mean.
//!
//! A pattern has `*`, `?`, `[a-z]`, and `**` for any number of folders; anything else is a path. Hidden folders, virtual
//! environments and what was built are looked into only where the pattern names them, so that a build has the same files
//! after the next one. Of what git ignores, which no commit has, only files directly in the folder that the pattern names
//! count: `LICENSES/**` has those of `LICENSES/*`, and nothing of an ignored folder in it. Folders that cannot be read have
//! no files. Matches are in byte order.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use globset::{GlobBuilder, GlobMatcher};

use crate::edge::made_folder::MARKER;
use crate::snapshot::{Problem, RepoPath, folder};

/// Files of folders that are not the project's own: what this tool has built, and virtual environments.
const FOREIGN: [&str; 2] = [MARKER, "pyvenv.cfg"];

/// Whether a value is a pattern, and not the path of one file.
#[must_use]
pub fn is_pattern(value: &str) -> bool {
    value.contains(['*', '?', '['])
}

/// Whether a folder has the file of a path, or one that a pattern means. Where that cannot be told, a build says why.
#[must_use]
pub fn has(folder: &Path, value: &str) -> bool {
    if !is_pattern(value) {
        return folder.join(value).is_file();
    }
    match on_disk(folder, value) {
        Ok(found) => !found.is_empty(),
        Err(_) => true,
    }
}

/// The files on disk that a pattern means.
///
/// # Errors
/// When there may be others, which could not be seen.
pub fn on_disk(folder: &Path, pattern: &str) -> Result<Vec<String>, Problem> {
    let (known, open) = split(pattern);
    if !is_within(known) {
        return Ok(Vec::new());
    }
    let start = folder.join(known);
    let (mut names, mut problems) = (BTreeSet::new(), Vec::new());
    let is_deep = open.contains('/') || open.contains("**");
    if is_deep {
        // Read as the source is.
        let (listed, unseen) = folder::names(&start, false).unwrap_or_default();
        names.extend(listed);
        problems = unseen;
        // A `.gitignore` that is not followed hides nothing.
        problems.retain(|problem| !names.contains(problem.path.as_str()));
    }
    if !is_deep || !known.is_empty() {
        names.extend(directly_in(&start));
    }
    let found = files_among(folder, names, pattern);
    for problem in &mut problems {
        problem.path = RepoPath::new(&below(known, problem.path.as_str()));
    }
    hiding(&problems, pattern).map_or(Ok(found), Err)
}

/// A file that a pattern would mean if git did not ignore it.
#[must_use]
pub fn ignored(folder: &Path, pattern: &str) -> Option<String> {
    let (known, _) = split(pattern);
    if !is_within(known) {
        return None;
    }
    let (names, _) = folder::names(&folder.join(known), true).ok()?;
    files_among(folder, names, pattern).into_iter().next()
}

/// The problem by which a file that a pattern means may not have been seen: the listing ended before its end, or the
/// pattern means what could not be read.
#[must_use]
pub fn hiding(problems: &[Problem], pattern: &str) -> Option<Problem> {
    let (known, _) = split(pattern);
    let hides = |problem: &&Problem| {
        let path = problem.path.as_str();
        path == known || path.is_empty() || !among(std::iter::once(path), pattern).is_empty()
    };
    problems.iter().find(hides).cloned()
}

/// Whether a folder that a pattern names is in the folder that it is relative to.
fn is_within(known: &str) -> bool {
    Path::new(known).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The files that a pattern means, of names in the folder that it names.
fn files_among(
    folder: &Path,
    names: impl IntoIterator<Item = String>,
    pattern: &str,
) -> Vec<String> {
    let (known, _) = split(pattern);
    let paths: Vec<String> = names.into_iter().map(|name| below(known, &name)).collect();
    let mut found = among(paths.iter().map(String::as_str), pattern);
    // Neither links to folders are files, nor what a sparse checkout leaves out.
    found.retain(|path| folder.join(path).is_file());
    found
}

fn below(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", path) | (path, "") => path.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// Those of these paths that a pattern means.
pub fn among<'p>(paths: impl Iterator<Item = &'p str>, pattern: &str) -> Vec<String> {
    let Some(glob) = glob(pattern) else { return Vec::new() };
    let (known, open) = split(pattern);
    let paths: Vec<&str> = paths.collect();
    let in_folders = paths.iter().filter_map(|path| path.rsplit_once('/'));
    let foreign: BTreeSet<&str> =
        in_folders.filter_map(|(folder, name)| FOREIGN.contains(&name).then_some(folder)).collect();
    let names_hidden = open.split('/').any(|part| part.starts_with('.'));
    let is_apart = |folder: &str| {
        let name = folder.rsplit('/').next().unwrap_or_default();
        (name.starts_with('.') && !names_hidden) || foreign.contains(folder)
    };
    let is_meant = |path: &&str| {
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        let mut looked_into = folders.filter(|folder| folder.len() > known.len());
        glob.is_match(path) && !looked_into.any(is_apart)
    };
    let mut found: Vec<String> =
        paths.iter().copied().filter(is_meant).map(str::to_owned).collect();
    found.sort();
    found
}

/// The folder that a pattern names, empty for none, and the rest of the pattern.
fn split(pattern: &str) -> (&str, &str) {
    let first = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    let named = pattern.get(..first).and_then(|before| before.rsplit_once('/'));
    let known = named.map_or("", |(folder, _)| folder);
    let open = pattern.strip_prefix(known).unwrap_or(pattern);
    (known, open.strip_prefix('/').unwrap_or(open))
}

fn glob(pattern: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    Some(glob.ok()?.compile_matcher())
}

/// Names in a folder, without the time that it takes to read what is below.
fn directly_in(start: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(start) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    // A submodule has a file of this name.
    names.filter(|name| !name.eq_ignore_ascii_case(".git")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::TestRepository;

    #[test]
    fn a_pattern_means_the_files_that_are_there() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in ["LICENSE", "LICENSES/MIT.txt", "LICENSES/old/BSD.txt", "vendor/a/LICENSE.md"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
            std::fs::write(path, "").expect("writable");
        }
        let found = |pattern: &str| on_disk(folder.path(), pattern).expect("all is seen");
        assert_eq!(found("LICEN[CS]E*"), ["LICENSE"]);
        assert_eq!(found("LICENSES/*"), ["LICENSES/MIT.txt"]);
        assert_eq!(found("**/LICENSE*"), ["LICENSE", "vendor/a/LICENSE.md"]);
        assert_eq!(found("COPYING*"), [""; 0]);
        assert!(has(folder.path(), "LICENSE") && !has(folder.path(), "LICENSES"));
        assert_eq!(found("vendor/**"), ["vendor/a/LICENSE.md"]);
        assert_eq!((found("../*"), found("/etc/*")), (Vec::new(), Vec::new()));
        let paths = ["LICENSE", "LICENSES/MIT.txt", "LICENSES/old/BSD.txt"];
        assert_eq!(
            among(paths.into_iter(), "LICENSES/**"),
            ["LICENSES/MIT.txt", "LICENSES/old/BSD.txt"]
        );
    }

    #[test]
    fn a_pattern_does_not_look_into_what_is_not_of_the_project() {
        let marker = format!("build/{MARKER}");
        let paths = [
            ".licences/LICENSE",
            ".venv/x/LICENSE",
            "a/LICENSE",
            marker.as_str(),
            "build/dist/LICENSE",
            "env/lib/LICENSE",
            "env/pyvenv.cfg",
        ];
        let found = |pattern: &str| among(paths.into_iter(), pattern);
        assert_eq!(found("**/LICENSE"), ["a/LICENSE"]);
        assert_eq!(found("*/LICENSE"), ["a/LICENSE"]);
        assert_eq!(found(".licen*/LICENSE"), [".licences/LICENSE"]);
        assert_eq!(found("build/**/LICENSE"), ["build/dist/LICENSE"]);
        let folder = tempfile::tempdir().expect("a folder");
        for path in paths {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
            std::fs::write(path, "").expect("writable");
        }
        let found = on_disk(folder.path(), "**/LICENSE").expect("all is seen");
        assert_eq!(found, ["a/LICENSE"]);
    }

    #[test]
    fn what_git_ignores_counts_directly_in_the_folder_that_a_pattern_names() {
        let repository = TestRepository::with_work_tree();
        for (path, content) in [
            (".gitignore", "third/*\n*.gen\n"),
            ("third/MIT.txt", ""),
            ("third/a/LICENSE", ""),
            ("LICENSE.gen", ""),
        ] {
            let path = repository.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
            std::fs::write(path, content).expect("writable");
        }
        let found = |pattern: &str| on_disk(repository.path(), pattern).expect("all is seen");
        assert_eq!(found("third/*"), ["third/MIT.txt"]);
        assert_eq!(found("third/**"), ["third/MIT.txt"]);
        assert_eq!(found("third/a/*"), ["third/a/LICENSE"]);
        assert_eq!((found("third/**/LICENSE"), found("**/*.gen")), (Vec::new(), Vec::new()));
        let left_out = |pattern: &str| ignored(repository.path(), pattern);
        assert_eq!(left_out("third/**/LICENSE").as_deref(), Some("third/a/LICENSE"));
        assert_eq!((left_out("**/COPYING"), left_out("../**")), (None, None));
    }

    #[test]
    fn what_could_not_be_seen_is_told_where_a_pattern_may_mean_it() {
        let problem = |path: &str| [Problem::at(RepoPath::new(path), "cannot be read")];
        for (path, pattern) in [
            ("", "**/LICENSE"),
            ("third", "third/**"),
            ("third/a", "third/**"),
            ("a/LICENSE", "**/LICENSE"),
        ] {
            assert!(hiding(&problem(path), pattern).is_some(), "{path}");
        }
        for (path, pattern) in [("data", "**/LICENSE"), (".venv/LICENSE", "**/LICENSE")] {
            assert_eq!(hiding(&problem(path), pattern), None, "{path}");
        }
    }

    #[test]
    fn finding_a_licence_reads_no_other_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("a")).expect("writable");
        std::fs::write(folder.path().join("a/LICENSE"), "").expect("writable");
        // Too many bytes to hash, and none on the disk.
        let large = std::fs::File::create(folder.path().join("LICENSE")).expect("writable");
        large.set_len(folder::MAX_HASHED_BYTES + 1).expect("sparse");
        let found = on_disk(folder.path(), "**/LICENSE").expect("all is seen");
        assert_eq!(found, ["LICENSE", "a/LICENSE"]);
    }
}
