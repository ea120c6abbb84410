//! Paths as a code host needs them: relative to the root of the repository.
//!
//! Annotations and code scanning find a file by its path from the root of the checkout, while what was judged may be
//! a folder in it. Unless all judged repositories are in one checkout, every path begins with the name of its
//! repository.

use crate::drift::model::{Report, RepositoryReport, WorkTree};

/// How the paths of a report are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places {
    several: bool,
}

impl Places {
    pub(super) fn of(report: &Report) -> Self {
        let mut roots = report.repositories.iter().map(|it| it.tree.as_ref().map(|it| &it.root));
        let several = match roots.next() {
            None => false,
            // Repositories whose location is unknown do not share a root.
            Some(None) => report.repositories.len() > 1,
            Some(first) => !roots.all(|root| root == first),
        };
        Self { several }
    }

    /// Whether paths begin with the names of repositories.
    pub(super) fn several(self) -> bool {
        self.several
    }

    /// The path of a file in a repository, or in the fleet itself.
    pub(super) fn path(self, repository: Option<&RepositoryReport>, path: &str) -> String {
        let Some(repository) = repository else { return path.to_owned() };
        let folder = repository.tree.as_ref().map(|WorkTree { folder, .. }| folder.as_str());
        let before = if self.several { Some(repository.name.as_str()) } else { folder };
        match before.filter(|before| !before.is_empty()) {
            Some(before) => format!("{before}/{path}"),
            None => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn report(trees: &[Option<(&str, &str)>]) -> Report {
        let mut report = sample::large(trees.len());
        for (repository, tree) in report.repositories.iter_mut().zip(trees) {
            repository.tree = tree.map(|(root, folder)| WorkTree {
                root: root.to_owned(),
                folder: folder.to_owned(),
            });
        }
        report
    }

    fn paths(trees: &[Option<(&str, &str)>]) -> Vec<String> {
        let report = report(trees);
        let places = Places::of(&report);
        let path = |repository: &RepositoryReport| {
            places.path(Some(repository), "a.py").replace(&repository.name, "NAME")
        };
        report.repositories.iter().map(path).collect()
    }

    #[test]
    fn one_repository_has_its_paths_from_its_root() {
        assert_eq!(paths(&[None]), ["a.py"]);
        assert_eq!(paths(&[Some(("/r", ""))]), ["a.py"]);
        assert_eq!(paths(&[Some(("/r", "packages/one"))]), ["packages/one/a.py"]);
    }

    #[test]
    fn folders_of_one_repository_are_told_by_their_places_and_repositories_by_their_names() {
        let one = [Some(("/r", "one")), Some(("/r", "two"))];
        assert_eq!(paths(&one), ["one/a.py", "two/a.py"]);
        let two = [Some(("/r", "one")), Some(("/s", ""))];
        assert_eq!(paths(&two), ["NAME/a.py", "NAME/a.py"]);
        assert_eq!(paths(&[None, None]), ["NAME/a.py", "NAME/a.py"]);
        assert_eq!(Places::of(&report(&one)).path(None, "fleet.yaml"), "fleet.yaml");
    }
}
