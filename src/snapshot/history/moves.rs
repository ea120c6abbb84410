//! The folders that a folder was moved from.
//!
//! A folder is known by one of its files, its mark. Where it begins in a commit, and a parent has a folder with the same
//! mark that the commit no longer has, it was moved. If the mark itself changed in that commit, its history begins there.

use super::{FolderHistory, Trees, Version};

/// Returns the paths that a folder has had in a history of its whole repository, today's first. Empty is the root.
#[must_use]
pub fn folders(history: &FolderHistory, trees: &Trees, today: &str, mark: &str) -> Vec<String> {
    let mut folders = vec![today.to_owned()];
    let mut followed = 0;
    while let Some(folder) = folders.get(followed).cloned() {
        followed += 1;
        let marked = inside(&folder, mark);
        for version in history.versions(&marked) {
            let parents = trees.parents(&version.commit);
            if parents.iter().any(|parent| trees.file(parent, &marked).is_some()) {
                continue;
            }
            let arrival = Arrival { folder: &folder, mark, version };
            for from in parents.iter().filter_map(|parent| arrival.from(parent, history, trees)) {
                if !folders.contains(&from) {
                    folders.push(from);
                }
            }
        }
    }
    folders
}

/// Joins a folder, empty for the root, and a path in it.
#[must_use]
pub fn inside(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// A folder that is in a commit, and in none of its parents.
struct Arrival<'a> {
    folder: &'a str,
    mark: &'a str,
    /// The version of its mark.
    version: &'a Version,
}

impl Arrival<'_> {
    /// Returns the folder that it was in before. Of several, one with the same files comes first, then one with the
    /// same name.
    fn from(&self, parent: &str, history: &FolderHistory, trees: &Trees) -> Option<String> {
        let name = |folder: &str| folder.rsplit('/').next().unwrap_or_default().to_owned();
        let commit = &*self.version.commit;
        let whole = trees.folder(commit, self.folder);
        let marked = history.paths.keys().filter_map(|path| {
            let folder = path.as_str().strip_suffix(self.mark)?;
            (folder.is_empty() || folder.ends_with('/')).then(|| folder.trim_end_matches('/'))
        });
        let left = marked.filter(|folder| {
            let mark = inside(folder, self.mark);
            trees.file(parent, &mark) == Some(self.version.blob)
                && trees.file(commit, &mark).is_none()
        });
        let likeliest = left.min_by_key(|folder| {
            let is_whole = trees.folder(parent, folder) == whole;
            (!is_whole, name(folder) != name(self.folder))
        });
        likeliest.map(str::to_owned)
    }
}
