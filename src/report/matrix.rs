//! Repositories × paths: which paths get a column, and what each cell contains.
//!
//! How a cell looks is up to each format.

use std::collections::{BTreeMap, HashMap};

use crate::drift::RepositoryVerdict;
use crate::drift::model::{PathReport, Report, RepositoryReport};
use crate::shape::PathVerdict;

/// The table of a report.
#[derive(Debug)]
pub(super) struct Matrix<'a> {
    /// Paths that are not conformant in every repository, in byte order.
    pub(super) columns: Vec<&'a str>,
    /// Such paths beyond the limit: those in which the fewest repositories differ.
    pub(super) hidden_columns: usize,
    /// One row for each repository.
    pub(super) rows: Vec<Row<'a>>,
    /// The name prefixes of the fleet's kinds, if there is a fleet.
    prefixes: Option<&'a [String]>,
}

/// One repository's cells, in the order of the columns.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) repository: &'a RepositoryReport,
    /// `None` if the repository has nothing to report about a path.
    pub(super) cells: Vec<Option<&'a PathReport>>,
}

/// In how many repositories a path differs, and whether that is drift.
#[derive(Clone, Copy, Default)]
struct Differing {
    repositories: usize,
    is_drift: bool,
}

impl<'a> Matrix<'a> {
    /// The table of a report, with at most `limit` columns.
    pub(super) fn of(report: &'a Report, limit: usize) -> Self {
        let mut differing: BTreeMap<&str, Differing> = BTreeMap::new();
        for path in report.repositories.iter().flat_map(|repository| &repository.paths) {
            if path.verdict != PathVerdict::Conformant {
                let known = differing.entry(path.path.as_str()).or_default();
                known.repositories += 1;
                known.is_drift |= path.verdict != PathVerdict::Extra;
            }
        }
        let mut ranked: Vec<(&str, Differing)> = differing.into_iter().collect();
        // The sort is stable, so that equally frequent paths stay in byte order. Paths that are only extra are not
        // drift and come last.
        ranked.sort_by_key(|(_, it)| std::cmp::Reverse((it.is_drift, it.repositories)));
        let hidden_columns = ranked.len().saturating_sub(limit);
        let mut columns: Vec<&str> = ranked.into_iter().take(limit).map(|(path, _)| path).collect();
        columns.sort_unstable();
        let rows = report.repositories.iter().map(|repository| Row::of(repository, &columns));
        let rows = rows.collect();
        let prefixes = report.fleet.as_ref().map(|fleet| fleet.prefixes.as_slice());
        Self { columns, hidden_columns, rows, prefixes }
    }

    /// The common prefix of most names, up to a separator, if it is long enough to be worth leaving out. In a fleet,
    /// only the prefix of a kind qualifies, because what remains is then a slug, which commands accept.
    pub(super) fn shared_prefix(&self) -> &'a str {
        let names = || self.rows.iter().map(|row| row.repository.name.as_str());
        let mut best = "";
        let Some(first) = names().next() else { return best };
        for (at, _) in first.match_indices(['-', '/', '_']) {
            let prefix = first.get(..=at).unwrap_or("");
            let bearers = names().filter(|name| name.starts_with(prefix)).count();
            let leaves_a_slug =
                self.prefixes.is_none_or(|known| known.iter().any(|it| it == prefix));
            if leaves_a_slug
                && prefix.len() >= 6
                && bearers > 1
                && bearers * 4 >= self.rows.len() * 3
            {
                best = prefix;
            }
        }
        best
    }
}

impl<'a> Row<'a> {
    fn of(repository: &'a RepositoryReport, columns: &[&str]) -> Self {
        let by_path: HashMap<&str, &PathReport> =
            repository.paths.iter().map(|path| (path.path.as_str(), path)).collect();
        let cells = columns.iter().map(|column| by_path.get(column).copied()).collect();
        Self { repository, cells }
    }

    /// Everything in a row except its name. Rows that are equal in this can be shown as one.
    pub(super) fn likeness(&self) -> Likeness<'a> {
        let repository = self.repository;
        let says = |cell: &Option<&PathReport>| cell.map(|path| (path.verdict, path.behind));
        Likeness {
            verdict: repository.verdict,
            owner: repository.owner.as_deref(),
            profile: repository.profile.as_deref(),
            error: repository.error.as_deref(),
            cells: self.cells.iter().map(says).collect(),
        }
    }
}

/// See [`Row::likeness`].
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Likeness<'a> {
    verdict: RepositoryVerdict,
    owner: Option<&'a str>,
    profile: Option<&'a str>,
    error: Option<&'a str>,
    cells: Vec<Option<(PathVerdict, Option<u32>)>>,
}

/// The symbol for a path's verdict, in Unicode or ASCII.
pub(super) fn path_glyph(verdict: PathVerdict, unicode: bool) -> char {
    let (wide, ascii) = match verdict {
        PathVerdict::Conformant => ('·', '.'),
        PathVerdict::Stale => ('↓', 'v'),
        PathVerdict::Modified => ('~', '~'),
        PathVerdict::Diverged => ('≠', '#'),
        PathVerdict::Missing => ('✗', 'X'),
        PathVerdict::Forbidden => ('!', '!'),
        PathVerdict::Extra => ('+', '+'),
        PathVerdict::Waived => ('w', 'w'),
        PathVerdict::Unchecked => ('?', '?'),
    };
    if unicode { wide } else { ascii }
}

/// The symbol for a repository's verdict, in Unicode or ASCII.
pub(super) fn repository_glyph(verdict: RepositoryVerdict, unicode: bool) -> char {
    let (wide, ascii) = match verdict {
        RepositoryVerdict::Conformant => ('✓', '='),
        RepositoryVerdict::Drifted => ('~', '~'),
        RepositoryVerdict::Unchecked => ('?', '?'),
        RepositoryVerdict::Broken => ('✗', 'X'),
    };
    if unicode { wide } else { ascii }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::drift::model::FleetName;

    #[test]
    fn columns_are_the_paths_that_differ_somewhere() {
        let report = sample::fleet();
        let matrix = Matrix::of(&report, 100);
        assert!(matrix.columns.contains(&"Dockerfile"));
        assert!(!matrix.columns.contains(&"adapter.py"), "conformant everywhere");
        assert!(matrix.columns.is_sorted());
        assert_eq!(matrix.hidden_columns, 0);
        assert!(matrix.rows.iter().all(|row| row.cells.len() == matrix.columns.len()));
    }

    #[test]
    fn what_most_names_begin_with_can_be_left_out() {
        let mut report = sample::fleet();
        assert_eq!(Matrix::of(&report, 9).shared_prefix(), "workspace-template-");
        // A name that commands do not know is none.
        let of = |prefixes| Some(FleetName { name: "test".to_owned(), prefixes, tree: None });
        report.fleet = of(vec!["workspace-".to_owned()]);
        assert_eq!(Matrix::of(&report, 9).shared_prefix(), "workspace-");
        report.fleet = of(Vec::new());
        assert_eq!(Matrix::of(&report, 9).shared_prefix(), "");
        report.fleet = None;
        report.repositories.truncate(1);
        assert_eq!(Matrix::of(&report, 9).shared_prefix(), "");
    }

    #[test]
    fn the_most_frequent_differences_keep_their_column() {
        let report = sample::fleet();
        let all = Matrix::of(&report, 100).columns.len();
        let matrix = Matrix::of(&report, 2);
        assert_eq!(matrix.hidden_columns, all - 2);
        assert!(matrix.columns.contains(&".github/workflows/publish-image.yml"));
    }
}
