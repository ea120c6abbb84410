//! Paths that somebody named and where no repository is.

use std::path::{Path, PathBuf};

use crate::cli::shared::next::quoted;
use crate::cli::shared::pasted_paths::together;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member};

/// A member's name in the place of a folder.
pub(in crate::cli) fn not_here(path: &Path, member: &Member) -> Error {
    let name = quoted(&member.slug);
    Error::usage("there is no such folder").in_file(path).hint(format!(
        "`{name}` is a member: `shipshape validate --repository {name}` reads it from the forge"
    ))
}

/// A folder that is no repository and holds some is not one: they are meant.
pub(in crate::cli) fn not_many(fleet: Option<&Fleet>, path: &Path) -> Result<()> {
    if path.join(".git").exists() {
        return Ok(());
    }
    let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
    let inside = inside.map(|entry| entry.path()).filter(|path| path.join(".git").exists());
    let mut repositories: Vec<PathBuf> = inside.collect();
    if repositories.len() < 2 {
        return Ok(());
    }
    repositories.sort();
    let (shown, count) = (path.display(), repositories.len());
    let error = Error::usage(format!("`{shown}` is no repository: it holds {count}"));
    let error = match fleet.map(|fleet| &fleet.file) {
        Some(file) if file.parent().is_some_and(|home| is_same_folder(home, path)) => error
            .in_file(file)
            .hint("the members as the forge has them: `shipshape drift`; one of them: `shipshape validate --repository NAME`"),
        Some(file) => error.in_file(file),
        None => error,
    };
    Err(error.hint(format!("name those: {}", together(&repositories, ""))))
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    // The parent of a bare file name is the empty path.
    let whole = |path: &Path| {
        if path.as_os_str().is_empty() { Path::new(".") } else { path }.canonicalize().ok()
    };
    whole(one).is_some_and(|one| Some(one) == whole(other))
}
