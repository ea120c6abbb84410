//! Folders inside a repository that were named as if they were one.

use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::cli::shared::fold::some;
use crate::cli::shared::next::quoted_place;
use crate::edge::terminal::visible_line;
use crate::error::Error;
use crate::snapshot;

/// A folder, and the repository around it.
#[derive(Debug)]
pub(in crate::cli) struct Inside {
    folder: PathBuf,
    root: PathBuf,
    name: String,
    is_committed: bool,
}

impl Inside {
    /// The repository around a folder; `None` for a folder that git ignores there, and for a file.
    pub(in crate::cli) fn of(folder: &Path) -> Option<Self> {
        let (whole, inside) = snapshot::work_tree_around(folder)?;
        let depth = inside.components().count();
        if depth == 0 || !folder.is_dir() || snapshot::is_ignored(folder) {
            return None;
        }
        let name = whole.file_name()?.to_string_lossy().into_owned();
        let is_committed = snapshot::open(folder, Some("HEAD")).is_ok();
        Some(Self { folder: folder.to_owned(), root: upwards(folder, depth), name, is_committed })
    }

    /// Whether the folder has committed files. Without them it is not a part of the repository yet, and may become a
    /// repository of its own.
    pub(in crate::cli) fn is_committed(&self) -> bool {
        self.is_committed
    }

    fn said(&self) -> String {
        let (folder, name) = (self.folder.display(), &self.name);
        format!("`{folder}` is a folder inside the repository `{name}`")
    }

    /// Refuses to treat the folder as a repository, in a command that has no `--slug`.
    pub(in crate::cli) fn refused_without_slug(&self) -> Error {
        Error::usage(self.said())
            .hint(format!("name the repository: `{}`", quoted_place(&self.root)))
    }

    /// Refuses to treat the folder as a repository.
    pub(in crate::cli) fn refused(&self) -> Error {
        self.refused_without_slug()
            .hint("to take the folder itself for a repository, give it a slug: `--slug SLUG`")
    }

    /// The repository around the folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether it is this folder.
    pub(super) fn is(&self, folder: &Path) -> bool {
        self.folder == folder
    }
}

/// Notes that folders are judged as if they were repositories.
pub(super) fn tell(all: &[Inside], context: &Context) {
    let Some(first) = all.first() else { return };
    let root = quoted_place(&first.root);
    let said = match all.len() {
        1 => format!(
            "{}, and it is judged as if it were a repository; the repository is `{root}`",
            first.said()
        ),
        _ => {
            let named: Vec<String> =
                all.iter().map(|it| format!("`{}`", it.folder.display())).collect();
            let named = some(&named);
            let around = match all.iter().all(|it| it.root == first.root) {
                true => format!("the repository `{}`", first.name),
                false => "repositories".to_owned(),
            };
            format!(
                "{named} are folders inside {around}, and each is judged as if it were a repository"
            )
        }
    };
    context.terminal.note(&visible_line(&said));
}

/// The ancestor `depth` levels above a folder, written in the same style as the folder.
fn upwards(folder: &Path, depth: usize) -> PathBuf {
    let is_plain = folder.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let above = |levels: usize| std::iter::repeat_n("..", levels).collect::<PathBuf>();
    if !is_plain {
        return if folder == Path::new(".") { above(depth) } else { folder.join(above(depth)) };
    }
    match depth.checked_sub(folder.components().count()) {
        None => folder.ancestors().nth(depth).unwrap_or(folder).to_owned(),
        Some(0) => PathBuf::from("."),
        Some(levels) => above(levels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_written_as_the_folder_was() {
        let root = |folder: &str, depth| upwards(Path::new(folder), depth).display().to_string();
        assert_eq!(root(".", 1), "..");
        assert_eq!(root("repos/one/src", 1), "repos/one");
        assert_eq!(root("src", 1), ".");
        assert_eq!(root("packages/one", 2), ".");
        assert_eq!(root("one", 2), "..");
        assert_eq!(root("../a/b", 2), "../a/b/../..");
    }
}
