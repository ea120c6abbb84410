//! Finds entries among a repository's objects that are neither files nor folders. libgit2 would open them and block on
//! a pipe forever. A clone creates none, but an archive or a shared folder may contain some.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest chain of alternate object stores that is followed, which is as far as libgit2 follows it.
const MOST_STORES: usize = 6;
/// Maximum size of a list of alternates, in bytes.
const MAX_LIST_BYTES: u64 = 1 << 20;

/// The first such entry in an object store or its alternates.
pub(super) fn first(objects: &Path) -> Option<PathBuf> {
    first_within(objects, MOST_STORES)
}

fn first_within(objects: &Path, stores: usize) -> Option<PathBuf> {
    for entry in fs::read_dir(objects).ok()?.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if !kind.is_dir() {
            continue;
        }
        for object in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
            let is_plain = object.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir());
            let leads_to_a_file =
                || object.path().metadata().is_ok_and(|found| found.is_file() || found.is_dir());
            if !is_plain && !leads_to_a_file() {
                return Some(object.path());
            }
        }
    }
    let list = objects.join("info/alternates");
    let is_small = list.metadata().is_ok_and(|found| found.len() <= MAX_LIST_BYTES);
    let others = is_small.then(|| fs::read_to_string(list).ok()).flatten()?;
    let others = others.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut others = others.filter(|_| stores > 1).map(|line| objects.join(line));
    others.find_map(|other| first_within(&other, stores - 1))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn pipes_are_found_through_alternates_and_files_are_no_pipes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        for store in [&one, &other] {
            fs::create_dir_all(store.join("info")).expect("made");
            fs::create_dir_all(store.join("pack")).expect("made");
        }
        fs::write(one.join("info/alternates"), "../other\n").expect("written");
        fs::write(other.join("info/alternates"), "../one\n").expect("written");
        fs::write(one.join("pack/x.idx"), "").expect("written");
        std::os::unix::fs::symlink(one.join("pack/x.idx"), one.join("pack/y.idx")).expect("a link");
        assert_eq!(first(&one), None);
        let pipe = other.join("pack/pack-1.idx");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("runs").success());
        let found = first(&one).expect("a pipe");
        assert!(found.ends_with("other/pack/pack-1.idx"), "{}", found.display());
    }
}
