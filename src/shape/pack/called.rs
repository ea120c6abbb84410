//! How the repositories of a shape are called, where no fleet.yaml says it: by its patterns of names.

use super::Pack;

impl Pack {
    /// Returns the slug derived from a repository's name.
    #[must_use]
    pub fn slug_of<'n>(&self, name: &'n str) -> &'n str {
        let patterns = self.manifest.repository_names.iter();
        let mut fitting = patterns.filter_map(|pattern| {
            let (before, after) = pattern.split_once("{slug}")?;
            let name = name.strip_suffix(after)?;
            match before.strip_prefix('*') {
                None => name.strip_prefix(before),
                Some(before) => name.rfind(before).and_then(|at| name.get(at + before.len()..)),
            }
        });
        fitting.find(|slug| !slug.is_empty()).unwrap_or(name)
    }

    /// Returns the default name of a repository with this slug.
    #[must_use]
    pub fn repository_called(&self, slug: &str) -> String {
        let pattern = self.manifest.repository_names.first().map_or("{slug}", String::as_str);
        pattern.trim_start_matches('*').replace("{slug}", slug)
    }
}
