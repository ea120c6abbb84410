//! Places that a change names and that a tree does not have: they may be misspelt, or the change was made there before.

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
}

impl Nowhere {
    /// Files that are not there.
    pub(super) fn of_files(key: &'static str, paths: &[String]) -> Self {
        Self { at: None, key, paths: paths.to_vec(), is_of_some_file: false }
    }

    /// Whether both are about the same place of the same change.
    fn is_like(&self, other: &Self) -> bool {
        (&self.at, self.key, &self.paths) == (&other.at, other.key, &other.paths)
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
        let what = match &place.at {
            Some(at) if has_files => format!("`{at}` matches nothing in"),
            _ => format!("`{}: {}` names no file in", place.key, place.paths.join(", ")),
        };
        let note = format!("{what} {trees}: done before, or misspelt");
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
}
