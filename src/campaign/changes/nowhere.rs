//! Places that a change names and that a tree or its shape does not have: they may be misspelt, or the change was made there
//! before.

use std::slice;

use super::paths::Chosen;
use super::{Restore, Surroundings};
use crate::shape::PathVerdict;
use crate::snapshot::Snapshot;
use crate::source::typed::nearest;

/// A place that a change names and a tree does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nowhere {
    /// The place inside the files, as written; `None` where the files themselves are meant.
    pub at: Option<String>,
    /// The key that names the files.
    pub key: &'static str,
    /// The paths or globs of the files, as written.
    pub paths: Vec<String>,
    /// Whether there is such a file.
    pub is_of_some_file: bool,
    /// Where a path of the shape is meant, which does not have it.
    pub of_shape: Option<OfShape>,
}

/// A path that a shape does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfShape {
    /// The path of the shape that may be meant.
    pub meant: Option<String>,
}

impl Nowhere {
    /// Files that are not there.
    pub(super) fn of_files(key: &'static str, paths: &[String]) -> Self {
        Self { at: None, key, paths: paths.to_vec(), is_of_some_file: false, of_shape: None }
    }

    /// Whether both are about the same place of the same change.
    fn is_like(&self, other: &Self) -> bool {
        let of = |it: &Self| it.of_shape.is_some();
        (&self.at, self.key, &self.paths, of(self))
            == (&other.at, other.key, &other.paths, of(other))
    }

    /// What may be the reason.
    fn why(&self) -> String {
        let is_from_root = |path: &String| path.starts_with('/') || path.starts_with("./");
        match &self.of_shape {
            _ if self.paths.iter().any(is_from_root) => {
                "paths have no leading `/` or `./`".to_owned()
            }
            Some(OfShape { meant: Some(meant) }) => format!("did you mean `{meant}`?"),
            Some(OfShape { meant: None }) => "misspelt, or of another shape".to_owned(),
            None => "done before, or misspelt".to_owned(),
        }
    }
}

impl Restore {
    /// Those of its globs that choose no path of the repository's shape.
    pub(super) fn nowhere(&self, surroundings: &Surroundings<'_>, tree: &Snapshot) -> Vec<Nowhere> {
        if self.paths.is_empty() {
            return Vec::new();
        }
        let held = surroundings.pack.rules();
        let judgement = surroundings.judgement(tree);
        // A profile may expect paths that the shape does not list.
        let judged = || judgement.paths.iter().filter(|it| it.verdict != PathVerdict::Extra);
        let is_held = |glob: &&String| {
            let Ok(chosen) = Chosen::of(slice::from_ref(*glob)) else { return true };
            // What must not be there may be a glob itself.
            held.iter().any(|held| chosen.takes(&held.rule.path) || held.matches(glob))
                || judged().any(|report| chosen.takes(report.path.as_str()))
        };
        let nowhere = |glob: &String| {
            let known = held.iter().map(|held| held.rule.path.as_str());
            let meant = nearest(glob, known).map(str::to_owned);
            let of_shape = Some(OfShape { meant });
            Nowhere { of_shape, ..Nowhere::of_files("paths", slice::from_ref(glob)) }
        };
        self.paths.iter().filter(|glob| !is_held(glob)).map(nowhere).collect()
    }
}

/// What is said of the places that none of these trees has, each once; `trees` are these trees, in words. Where no file is
/// looked at, the place inside it is not to blame.
#[must_use]
pub fn in_none_of(places: &[&[Nowhere]], trees: &str) -> Vec<String> {
    let Some((first, others)) = places.split_first() else { return Vec::new() };
    let mut notes = Vec::new();
    for place in *first {
        let same: Vec<&Nowhere> =
            others.iter().filter_map(|it| it.iter().find(|it| it.is_like(place))).collect();
        if same.len() < others.len() {
            continue;
        }
        let has_files = place.is_of_some_file || same.iter().any(|it| it.is_of_some_file);
        let named = format!("`{}: {}`", place.key, place.paths.join(", "));
        let what = match &place.at {
            Some(at) if has_files => format!("`{at}` matches nothing in"),
            _ if place.of_shape.is_some() => {
                format!("{named} of `restore` names no path of the shape in")
            }
            _ => format!("{named} names no file in"),
        };
        let note = format!("{what} {trees}: {}", place.why());
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_to_blame_only_if_a_file_was_looked_at() {
        let nowhere = |at: &str, is_of_some_file| Nowhere {
            at: Some(at.to_owned()),
            is_of_some_file,
            ..Nowhere::of_files("paths", &["k8s/*.yaml".to_owned()])
        };
        let said = |places: &[&[Nowhere]]| in_none_of(places, "any of 2");
        let none = [nowhere("a", false), nowhere("b", false)];
        let unmatched = "`paths: k8s/*.yaml` names no file in any of 2: done before, or misspelt";
        assert_eq!(said(&[&none, &none]), [unmatched]);
        let some = [nowhere("b", true)];
        let misplaced = "`b` matches nothing in any of 2: done before, or misspelt";
        assert_eq!(said(&[&none, &some]), [misplaced]);
        assert!(said(&[&none, &[]]).is_empty());
        let moved = [Nowhere::of_files("from", &["docs".to_owned()])];
        let said = said(&[&moved, &moved]);
        assert_eq!(said, ["`from: docs` names no file in any of 2: done before, or misspelt"]);
    }

    #[test]
    fn a_path_from_the_root_and_one_of_no_shape_are_told_as_such() {
        let said = |place: Nowhere| {
            let one = std::slice::from_ref(&place);
            in_none_of(&[one, one], "any of 2")
        };
        let files = |path: &str| Nowhere::of_files("paths", &[path.to_owned()]);
        for path in ["/deploy.yaml", "./deploy.yaml"] {
            let why = "names no file in any of 2: paths have no leading `/` or `./`";
            assert_eq!(said(files(path)), [format!("`paths: {path}` {why}")]);
        }
        let of_shape = |meant: Option<&str>| {
            let meant = meant.map(str::to_owned);
            said(Nowhere { of_shape: Some(OfShape { meant }), ..files("Makefil") })
        };
        let none = "`paths: Makefil` of `restore` names no path of the shape in any of 2";
        assert_eq!(of_shape(Some("Makefile")), [format!("{none}: did you mean `Makefile`?")]);
        assert_eq!(of_shape(None), [format!("{none}: misspelt, or of another shape")]);
    }
}
