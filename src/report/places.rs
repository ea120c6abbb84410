//! Paths as a code host needs them: relative to the root of the repository.
//!
//! Annotations and code scanning find a file by its path from the root of the checkout, while what was judged may be
//! a folder in it. Unless all judged repositories are in one checkout, every path begins with the name of its
//! repository.

use crate::checks::Location;
use crate::drift::model::{FleetName, Report, RepositoryReport, WorkTree};

/// How the paths of a report are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places<'r> {
    several: bool,
    fleet: OfFleet<'r>,
}

/// Where fleet.yaml is, seen from what was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OfFleet<'r> {
    /// In this folder of the checkout.
    In(&'r str),
    /// In another repository: its paths mean nothing in the one that was judged, or name other files of it.
    Elsewhere,
}

impl<'r> Places<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        let mut roots = report.repositories.iter().map(|it| it.tree.as_ref().map(|it| &it.root));
        let several = match roots.next() {
            None => false,
            // Repositories whose location is unknown do not share a root.
            Some(None) => report.repositories.len() > 1,
            Some(first) => !roots.all(|root| root == first),
        };
        let tree_of = |fleet: &'r FleetName| fleet.tree.as_ref();
        let judged = report.repositories.first().and_then(|it| it.tree.as_ref());
        let fleet = match (report.fleet.as_ref().and_then(tree_of), judged) {
            (Some(fleet), Some(judged)) if !several => match fleet.root == judged.root {
                true => OfFleet::In(&fleet.folder),
                false => OfFleet::Elsewhere,
            },
            _ => OfFleet::In(""),
        };
        Self { several, fleet }
    }

    /// Whether a finding about the fleet is in a file of another repository than the one that was judged.
    pub(super) fn is_elsewhere(self, repository: Option<&RepositoryReport>) -> bool {
        repository.is_none() && self.fleet == OfFleet::Elsewhere
    }

    /// How the message of a finding begins whose file is [elsewhere](Self::is_elsewhere).
    pub(super) fn beginning(self, location: Option<&Location>) -> String {
        let Some(location) = location else { return "fleet: ".to_owned() };
        match &location.region {
            Some(region) => format!("fleet: {}:{}: ", location.path, region.start.line),
            None => format!("fleet: {}: ", location.path),
        }
    }

    /// Whether paths begin with the names of repositories.
    pub(super) fn several(self) -> bool {
        self.several
    }

    /// The path of a file in a repository, or in the fleet itself.
    pub(super) fn path(self, repository: Option<&RepositoryReport>, path: &str) -> String {
        let before = match (repository, self.fleet) {
            (None, OfFleet::In(folder)) => Some(folder),
            (None, OfFleet::Elsewhere) => None,
            (Some(repository), _) if self.several => Some(repository.name.as_str()),
            (Some(RepositoryReport { tree, .. }), _) => {
                tree.as_ref().map(|WorkTree { folder, .. }| folder.as_str())
            }
        };
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

    #[test]
    fn a_fleet_has_files_where_it_is_in_the_repository_that_was_judged() {
        let placed = |root: &str, folder: &str| {
            let mut report = report(&[Some(("/r", "packages/one"))]);
            let tree = Some(WorkTree { root: root.to_owned(), folder: folder.to_owned() });
            report.fleet = Some(FleetName { name: "f".to_owned(), prefixes: Vec::new(), tree });
            let places = Places::of(&report);
            (places.path(None, "waivers.yaml"), places.is_elsewhere(None))
        };
        assert_eq!(placed("/r", ""), ("waivers.yaml".to_owned(), false));
        assert_eq!(placed("/r", "fleet"), ("fleet/waivers.yaml".to_owned(), false));
        assert_eq!(placed("/fleet", ""), ("waivers.yaml".to_owned(), true));
    }
}
