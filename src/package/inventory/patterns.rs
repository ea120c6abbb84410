//! Globs over paths of the source folder.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Patterns of `exclude` or `data`. A pattern without `/` matches a name at any depth, one with `/` a path relative to
/// the folder; a pattern that matches a folder matches everything in it.
#[derive(Debug)]
pub(super) struct Patterns {
    names: GlobSet,
    paths: GlobSet,
    names_are_empty: bool,
    paths_are_empty: bool,
}

impl Patterns {
    /// Compiles patterns, skipping invalid ones, which were reported with the description.
    pub(super) fn of<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let (mut names_are_empty, mut paths_are_empty) = (true, true);
        for pattern in patterns {
            let bare = pattern.trim_end_matches('/');
            let Ok(glob) = GlobBuilder::new(bare).literal_separator(true).build() else { continue };
            if bare.contains('/') {
                paths.add(glob);
                paths_are_empty = false;
            } else {
                names.add(glob);
                names_are_empty = false;
            }
        }
        Self {
            names: names.build().unwrap_or_default(),
            paths: paths.build().unwrap_or_default(),
            names_are_empty,
            paths_are_empty,
        }
    }

    /// Whether a pattern matches the path or one of its parent folders.
    pub(super) fn meet(&self, path: &str) -> bool {
        let names = || path.split('/').any(|name| self.names.is_match(name));
        let paths = || {
            let above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
            above.chain([path]).any(|path| self.paths.is_match(path))
        };
        (!self.names_are_empty && names()) || (!self.paths_are_empty && paths())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_met_at_any_depth_and_a_path_from_the_folder() {
        let patterns = Patterns::of(["tests", "*.sh", "adapters/hermes/", "docs/**/*.md"]);
        for path in ["tests/a.py", "x/tests/a.py", "x/run.sh", "adapters/hermes/x", "docs/a/b.md"] {
            assert!(patterns.meet(path), "{path}");
        }
        for path in ["tests.py", "x/adapters/hermes/x", "run.sh.py", "adapters/hermes2", "a.md"] {
            assert!(!patterns.meet(path), "{path}");
        }
        assert!(!Patterns::of([]).meet("a"));
    }
}
