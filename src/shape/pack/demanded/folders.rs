//! Finds folders of workflows in which a pack holds no workflow although it holds workflows elsewhere: with a misspelled
//! folder, no demand on workflows would apply to any file.

use crate::shape::demands::Fault;
use crate::shape::demands::workflow::FOLDERS;
use crate::source::typed::nearest;
use crate::source::yaml::Path;

/// Returns the first folder that is misspelled. Folders where forges look are right in any pack, since a repository may
/// have workflows that the pack does not hold.
pub(super) fn fault(folders: &[String], held: &[&str]) -> Option<Fault> {
    let first_in = |folder: &str| {
        let folder = folder.trim_end_matches('/');
        let is_below = |path: &&&str| {
            path.strip_prefix(folder).is_some_and(|rest| folder.is_empty() || rest.starts_with('/'))
        };
        held.iter().find(is_below).copied()
    };
    let is_known = |folder: &str| FOLDERS.contains(&folder.trim_end_matches('/'));
    let has_any = folders.iter().any(|folder| first_in(folder).is_some());
    let elsewhere = FOLDERS.into_iter().find_map(|folder| Some((folder, first_in(folder)?)));
    let elsewhere = elsewhere.filter(|_| !has_any);
    folders.iter().enumerate().find_map(|(index, folder)| {
        if is_known(folder) || first_in(folder).is_some() {
            return None;
        }
        let place = Path::keys(["demands", "workflows", "folders"]).index(index);
        let message = format!("no entry of `paths` is below `{folder}`, a folder of workflows");
        if let Some(meant) = nearest(folder, FOLDERS) {
            return Some(Fault::new(place, message, format!("did you mean `{meant}`?")));
        }
        let (meant, path) = elsewhere?;
        let hint = format!(
            "add the folder of `{path}`, `{meant}`, or write `folders: []` to check no workflow"
        );
        Some(Fault::new(place, message, hint))
    })
}
