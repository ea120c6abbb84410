//! The globs of `license-files` (PEP 639): which files of a folder they mean.
//!
//! A pattern has `*`, `?`, `[a-z]`, and `**` for any number of folders; anything else is a path. Matches are in byte
//! order.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

/// Maximum depth of folders that `**` looks into.
const MAX_DEPTH: usize = 20;

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
    let Some(glob) = glob(pattern) else { return Vec::new() };
    // Only the folders below the part that is no pattern can have one.
    let parts: Vec<&str> = pattern.split('/').collect();
    let known = parts.iter().take_while(|part| !is_pattern(part)).count();
    let (known, open) = parts.split_at(known);
    let depth = if open.contains(&"**") { MAX_DEPTH } else { open.len() };
    let start = known.join("/");
    let mut found = Vec::new();
    collect(folder, &start, depth, &mut found);
    found.retain(|path| glob.is_match(path));
    found.sort();
    found
}

/// Those of these paths that a pattern means.
pub fn among<'p>(paths: impl Iterator<Item = &'p str>, pattern: &str) -> Vec<String> {
    let Some(glob) = glob(pattern) else { return Vec::new() };
    let mut found: Vec<String> =
        paths.filter(|path| glob.is_match(path)).map(str::to_owned).collect();
    found.sort();
    found
}

fn glob(pattern: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    Some(glob.ok()?.compile_matcher())
}

/// Files below a folder, without following links to folders, and without git's own.
fn collect(root: &Path, below: &str, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(root.join(below)) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if depth > 1 && name != ".git" {
                collect(root, &path, depth - 1, found);
            }
        } else if entry.path().is_file() {
            found.push(path);
        }
    }
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
        let paths = ["LICENSE", "LICENSES/MIT.txt", "LICENSES/old/BSD.txt"];
        assert_eq!(
            among(paths.into_iter(), "LICENSES/**"),
            ["LICENSES/MIT.txt", "LICENSES/old/BSD.txt"]
        );
    }
}
