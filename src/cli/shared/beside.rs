//! What a pattern such as `./*` names beside the repositories: fleet.yaml and other files, and the shape pack.

use std::path::{Path, PathBuf};

use crate::cli::Context;
use crate::cli::shared::fold;
use crate::cli::shared::missing_paths::is_repository;
use crate::edge::terminal::visible_line;
use crate::edge::whole_file;
use crate::shape::manifest::Manifest;
use crate::shape::pack::MANIFEST;
use crate::source::Text;

/// Returns the paths without those that lie beside repositories, and notes what was left out. Where nothing else was
/// named, all stay: the error for each says more.
pub(in crate::cli) fn without_those(
    context: &Context,
    paths: &[PathBuf],
    is_beside: &dyn Fn(&Path) -> bool,
) -> Vec<PathBuf> {
    let (files, folders): (Vec<&PathBuf>, Vec<&PathBuf>) =
        paths.iter().partition(|path| path.is_file());
    let (packs, repositories): (Vec<&PathBuf>, Vec<&PathBuf>) =
        folders.into_iter().partition(|path| is_beside(path));
    if repositories.is_empty() {
        return paths.to_vec();
    }
    tell(context, &files, ["a file", "files"]);
    let (own, packs): (Vec<&PathBuf>, Vec<&PathBuf>) =
        packs.into_iter().partition(|path| is_repository(path));
    tell(context, &packs, ["a shape pack", "shape packs"]);
    tell_of_own(context, &own);
    repositories.into_iter().cloned().collect()
}

/// Whether a folder is a shape pack, which may have a repository of its own.
pub(in crate::cli) fn is_pack(folder: &Path) -> bool {
    let bytes = whole_file::read(&folder.join(MANIFEST)).ok().flatten();
    let text = bytes.and_then(|bytes| Text::decode(&bytes).ok());
    text.is_some_and(|text| Manifest::of_a_pack(text.as_str()).is_some())
}

/// Whether a folder is a shape pack and nothing else; a repository of its own may be a member.
pub(in crate::cli) fn is_only_a_pack(folder: &Path) -> bool {
    is_pack(folder) && !is_repository(folder)
}

/// Notes that shape packs with repositories of their own were left out.
fn tell_of_own(context: &Context, left_out: &[&PathBuf]) {
    let names: Vec<String> = left_out.iter().map(|it| format!("`{}`", it.display())).collect();
    let said = match names.as_slice() {
        [] => return,
        [name] => format!("{name} is the repository of a shape pack: it is left out"),
        names => {
            format!("{} are repositories of shape packs: they are left out", fold::some(names))
        }
    };
    context.terminal.note(&visible_line(&said));
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
