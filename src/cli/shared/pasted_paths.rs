//! Paths as words of a command that can be pasted.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::shared::next::{quoted, quoted_place};

/// Paths as a person would write them, with a star where it matches exactly these paths.
pub(in crate::cli) fn together(paths: &[PathBuf], prefix: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for path in paths {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let word = parent
            .filter(|parent| {
                paths.iter().filter(|other| other.parent() == Some(*parent)).count() > 1
            })
            .and_then(|parent| starred(parent, paths, prefix))
            .unwrap_or_else(|| quoted_place(path));
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// Whether every folder in a folder is among the given paths, so that a star names no other.
pub(in crate::cli) fn are_all_in<'p>(folder: &Path, paths: impl Iterator<Item = &'p Path>) -> bool {
    let named: BTreeSet<&OsStr> =
        paths.filter(|path| path.parent() == Some(folder)).filter_map(Path::file_name).collect();
    let Ok(inside) = std::fs::read_dir(folder) else { return false };
    let mut matched = inside.flatten().filter(|entry| {
        !entry.file_name().as_encoded_bytes().starts_with(b".") && entry.path().is_dir()
    });
    matched.all(|entry| named.contains(&*entry.file_name()))
}

/// A pattern with a star that matches exactly the given paths in a folder.
fn starred(parent: &Path, paths: &[PathBuf], prefix: &str) -> Option<String> {
    let wanted: BTreeSet<_> = paths
        .iter()
        .filter(|path| path.parent() == Some(parent))
        .filter_map(|path| path.file_name())
        .collect();
    let there: Vec<_> =
        std::fs::read_dir(parent).ok()?.flatten().map(|it| it.file_name()).collect();
    // A shell's star does not match names that begin with a dot.
    let matched = |prefix: &str| -> BTreeSet<_> {
        let named = there.iter().map(|name| (name, name.to_string_lossy()));
        let named = named.filter(|(_, text)| !text.starts_with('.') && text.starts_with(prefix));
        named.map(|(name, _)| name.as_os_str()).collect()
    };
    let common = shared_beginning(&wanted);
    let stands = ["", prefix, &common].into_iter().find(|&prefix| matched(prefix) == wanted)?;
    let folder = quoted_place(parent);
    Some(format!("{folder}/{}*", if stands.is_empty() { String::new() } else { quoted(stands) }))
}

/// The common prefix of names.
fn shared_beginning(names: &BTreeSet<&OsStr>) -> String {
    let mut names = names.iter().map(|name| name.to_string_lossy());
    let mut shared = names.next().map(|name| name.into_owned()).unwrap_or_default();
    for name in names {
        let alike = shared.chars().zip(name.chars()).take_while(|(one, other)| one == other);
        shared = alike.map(|(c, _)| c).collect();
    }
    shared
}
