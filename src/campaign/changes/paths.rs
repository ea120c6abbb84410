//! Globs and paths in campaign.yaml.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::Hindrance;
use super::spec::Say;
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::typed::Step;

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

/// Reports the patterns that are not valid globs.
pub(super) fn check_globs(key: &str, patterns: &[String], say: &mut Say<'_>) {
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(error) = glob(pattern) {
            let at = [Step::from(key), Step::from(index)];
            say(&at, format!("`{pattern}` is not a glob: {}", error.kind()));
        }
    }
}

/// Reports a path that cannot be one of a repository.
pub(super) fn check_path(key: &str, path: &str, say: &mut Say<'_>) {
    if !RepoPath::new(path).is_sound() {
        let why = "relative to the root, with `/`, without `..` and without `.git`";
        say(
            &[Step::from(key)],
            format!("`{path}` is not a path inside a repository: write it {why}"),
        );
    }
}

/// The paths that globs choose. Globs match whole file paths: `docs/**` chooses everything below a folder.
#[derive(Debug)]
pub(super) struct Chosen(Option<GlobSet>);

impl Chosen {
    /// The paths that match these globs; all paths if there are none.
    pub(super) fn of(patterns: &[String]) -> Result<Self, Hindrance> {
        if patterns.is_empty() {
            return Ok(Self(None));
        }
        let unsound = |error: globset::Error| Hindrance::new(format!("invalid glob: {error}"));
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(glob(pattern).map_err(unsound)?);
        }
        Ok(Self(Some(set.build().map_err(unsound)?)))
    }

    /// Whether a path is chosen.
    pub(super) fn takes(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|set| set.is_match(path))
    }

    /// The chosen paths of a tree, in byte order.
    pub(super) fn among<'t>(&'t self, tree: &'t Snapshot) -> impl Iterator<Item = &'t RepoPath> {
        tree.entries.keys().filter(|path| self.takes(path.as_str()))
    }
}
