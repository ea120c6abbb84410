//! What a pattern such as `./*` names beside the repositories: fleet.yaml and other files, and the shape pack.

use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::cli::shared::fold;
use crate::cli::shared::missing_paths::is_repository;
use crate::edge::terminal::visible_line;
use crate::shape::pack::MANIFEST;

/// Returns the paths without those that lie beside repositories, and notes what was left out. Where nothing else was
/// named, all stay: the error for each says more.
pub(in crate::cli) fn without_those(
    context: &Context,
    paths: &[PathBuf],
    is_beside: fn(&Path) -> bool,
) -> Vec<PathBuf> {
    let (files, folders): (Vec<&PathBuf>, Vec<&PathBuf>) =
        paths.iter().partition(|path| path.is_file());
    let (packs, repositories): (Vec<&PathBuf>, Vec<&PathBuf>) =
        folders.into_iter().partition(|path| is_beside(path));
    if repositories.is_empty() {
        return paths.to_vec();
    }
    tell(context, &files, ["a file", "files"]);
    tell(context, &packs, ["a shape pack", "shape packs"]);
    repositories.into_iter().cloned().collect()
}

/// Whether a folder is a shape pack.
pub(in crate::cli) fn is_pack(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// Whether a folder is a shape pack and nothing else; a repository of its own may be a member.
pub(in crate::cli) fn is_only_a_pack(folder: &Path) -> bool {
    is_pack(folder) && !is_repository(folder)
}

fn tell(context: &Context, left_out: &[&PathBuf], [one, many]: [&str; 2]) {
    let names: Vec<String> = left_out.iter().map(|it| format!("`{}`", it.display())).collect();
    let said = match names.as_slice() {
        [] => return,
        [name] => format!("{name} is {one}, not a repository: it is left out"),
        names => format!("{} are {many}, not repositories: they are left out", fold::some(names)),
    };
    context.terminal.note(&visible_line(&said));
}
