//! The globs of `license-files` (PEP 639): which files of a folder they mean.
//!
//! A pattern has `*`, `?`, `[a-z]`, and `**` for any number of folders; anything else is a path. Hidden folders, virtual
//! environments and what was built are looked into only where the pattern names them, so that a build has the same files
//! after the next one. Matches are in byte order.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use globset::{GlobBuilder, GlobMatcher};

use crate::edge::made_folder::MARKER;
use crate::snapshot::folder;

/// Files of folders that are not the project's own: what this tool has built, and virtual environments.
const FOREIGN: [&str; 2] = [MARKER, "pyvenv.cfg"];

/// Whether a value is a pattern, and not the path of one file.
#[must_use]
pub fn is_pattern(value: &str) -> bool {
    value.contains(['*', '?', '['])
}

/// Whether a folder has the file of a path, or one that a pattern means.
#[must_use]
pub fn has(folder: &Path, value: &str) -> bool {
    match is_pattern(value) {
        true => !on_disk(folder, value).is_empty(),
        false => folder.join(value).is_file(),
    }
}

/// The files on disk that a pattern means.
#[must_use]
pub fn on_disk(folder: &Path, pattern: &str) -> Vec<String> {
    let (known, open) = split(pattern);
    if !Path::new(known).components().all(|part| matches!(part, Component::Normal(_))) {
        return Vec::new();
    }
    let start = folder.join(known);
    let is_deep = open.contains('/') || open.contains("**");
    let mut paths = if is_deep { below(&start) } else { directly_in(&start) };
    if !known.is_empty() {
        paths.iter_mut().for_each(|path| path.insert_str(0, &format!("{known}/")));
    }
    let mut found = among(paths.iter().map(String::as_str), pattern);
    // Neither links to folders are files, nor what a sparse checkout leaves out.
    found.retain(|path| folder.join(path).is_file());
    found
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

/// Paths below a folder, read as the source is: without what git ignores, which no commit has.
fn below(start: &Path) -> Vec<String> {
    let Ok(read) = folder::on_disk(start) else { return Vec::new() };
    read.entries.keys().map(|path| path.as_str().to_owned()).collect()
}

/// Names in a folder, without the time that it takes to read what is below.
fn directly_in(start: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(start) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_the_files_that_are_there() {
        let folder = tempfile::tempdir().expect("a folder");
        for path in ["LICENSE", "LICENSES/MIT.txt", "LICENSES/old/BSD.txt", "vendor/a/LICENSE.md"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
            std::fs::write(path, "").expect("writable");
        }
        let found = |pattern: &str| on_disk(folder.path(), pattern);
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
        assert_eq!(on_disk(folder.path(), "**/LICENSE"), ["a/LICENSE"]);
    }
}
