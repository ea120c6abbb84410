//! The contents of the page as plain values for its template, which does the escaping.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::difference::Lines;
use super::finding::Entry;
use super::trend::Trend;
use crate::checks::Finding;
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::drift::model::{PathReport, Report, RepositoryReport};
use crate::drift::triage::{Mender, Triage, UNREAD};
use crate::drift::worst;
use crate::report::matrix::{Matrix, Row, path_glyph, repository_glyph};
use crate::report::tally::Tally;
use crate::report::visible::visible;
use crate::report::words::Words;
use crate::shape::PathVerdict;

/// How many columns the matrix has; with more, it is no longer readable.
const COLUMNS: usize = 40;
/// How many lines of differences the whole page has, so that a browser can handle it.
const DIFFERENCE_LINES: usize = 60_000;
/// How many rules are named at the top.
const RULES: usize = 8;
/// How many of its repositories are named beside each.
const NAMES: usize = 3;
/// Up to this many repositories are shown with their findings expanded.
const UNFOLDED: usize = 20;

/// The whole page.
#[derive(Serialize)]
pub(super) struct Page {
    command: String,
    generated_at: String,
    /// The fleet's name, or else that of the only repository or of the shape.
    title: String,
    shape: String,
    shape_source: String,
    tally: Tally,
    /// What the judged subjects are called, and what the findings beside them are about.
    judged: &'static str,
    judged_heading: &'static str,
    whole: &'static str,
    findings: String,
    hull: Vec<Piece>,
    pressing: Vec<Pressing>,
    /// How many rows there are beyond `pressing`.
    hidden_rules: usize,
    shares: Vec<Share>,
    worst: Vec<Worst>,
    columns: Vec<Column>,
    hidden_columns: usize,
    rows: Vec<MatrixRow>,
    legend: Vec<Verdict>,
    repositories: Vec<Repository>,
    fleet: Vec<Entry>,
    outliers: Vec<Outlier>,
    trend: Option<Trend>,
    notes: Vec<String>,
    next: Vec<String>,
    owners: BTreeSet<String>,
    rules: BTreeSet<String>,
}

/// A segment of the bar that shows repositories by verdict, in thousandths of its length.
#[derive(Serialize)]
struct Piece {
    verdict: &'static str,
    start: usize,
    length: usize,
}

/// A rule with open findings.
#[derive(Serialize)]
struct Pressing {
    rule: &'static str,
    severity: String,
    repositories: String,
    names: String,
    mender: String,
}

/// How much there is to do for one kind of mender.
#[derive(Serialize)]
struct Share {
    mender: &'static str,
    amount: String,
}

/// A repository that needs a person.
#[derive(Serialize)]
struct Worst {
    name: String,
    verdict: Verdict,
    left: String,
}

#[derive(Serialize)]
struct Column {
    folder: String,
    file: String,
}

#[derive(Serialize)]
struct MatrixRow {
    id: usize,
    /// The common prefix of most names; a narrow screen hides it.
    prefix: String,
    name: String,
    about: String,
    verdict: Verdict,
    cells: Vec<Option<Cell>>,
}

#[derive(Serialize)]
struct Verdict {
    word: &'static str,
    glyph: char,
}

#[derive(Serialize)]
struct Cell {
    verdict: Verdict,
    behind: Option<u32>,
}

#[derive(Serialize)]
struct Repository {
    id: usize,
    name: String,
    origin: String,
    commit: Option<String>,
    profile: Option<String>,
    owner: Option<String>,
    archived: bool,
    verdict: Verdict,
    error: Option<String>,
    count: String,
    unfolded: bool,
    severities: String,
    rules: String,
    findings: Vec<Entry>,
    paths: Vec<Path>,
}

#[derive(Serialize)]
struct Path {
    path: String,
    verdict: Verdict,
    policy: &'static str,
    behind: Option<u32>,
    difference: Option<Lines>,
    /// The repository whose section shows the same difference.
    same_as: Option<(usize, String)>,
    left_out: bool,
}

#[derive(Serialize)]
struct Outlier {
    path: String,
    present_in: String,
    number: usize,
    of: usize,
    question: String,
}

impl Page {
    pub(super) fn of(report: &Report) -> Self {
        Self { repositories: repositories(report), ..Self::overview(report) }
    }

    /// The page without the sections of the repositories, whose differences take most of the time.
    pub(super) fn overview(report: &Report) -> Self {
        let matrix = Matrix::of(report, COLUMNS);
        let tally = Tally::of(report);
        let words = Words::of(report);
        let all = report.repositories.iter().flat_map(|repository| &repository.findings);
        let rules = all.chain(&report.fleet_findings).map(|finding| finding.rule.id.to_owned());
        let owners =
            report.repositories.iter().filter_map(|repository| repository.owner.as_deref());
        let triage = Triage::of_report(report);
        let is_fleet = report.repositories.len() > 1;
        let of_fleet = report.fleet.as_ref().filter(|_| is_fleet);
        let title = match (of_fleet, report.repositories.as_slice()) {
            (Some(fleet), _) => &fleet.name,
            (None, [only]) => &only.name,
            (None, _) => &report.shape.name,
        };
        let rules_shown = if is_fleet { RULES } else { 0 };
        Self {
            pressing: triage.pressing.iter().take(rules_shown).map(Pressing::of).collect(),
            hidden_rules: triage.pressing.len().saturating_sub(RULES),
            shares: if is_fleet { shares(&triage, words) } else { Vec::new() },
            worst: worst::listed(&report.repositories).iter().map(Worst::of).collect(),
            command: report.command.to_owned(),
            generated_at: shown(&report.generated_at),
            title: shown(title),
            shape: shown(&report.shape.name),
            shape_source: shown(&report.shape.source),
            tally,
            judged: words.many,
            judged_heading: words.heading,
            whole: words.whole,
            findings: tally.findings(),
            hull: hull(&tally),
            columns: matrix.columns.iter().map(|path| Column::of(path)).collect(),
            hidden_columns: matrix.hidden_columns,
            rows: matrix_rows(&matrix),
            legend: legend(),
            repositories: Vec::new(),
            fleet: report.fleet_findings.iter().map(Entry::of).collect(),
            outliers: report.outliers.iter().map(Outlier::of).collect(),
            trend: Trend::of(&report.trend),
            notes: report.notes.iter().map(|note| shown(note)).collect(),
            next: report.next.iter().map(|command| shown(command)).collect(),
            owners: owners.map(shown).collect(),
            rules: rules.collect(),
        }
    }
}

/// Text of a repository with hidden characters spelled out.
pub(super) fn shown(text: &str) -> String {
    visible(text).into_owned()
}

fn shares(triage: &Triage<'_>, words: Words) -> Vec<Share> {
    let all = Mender::ALL.into_iter().map(|mender| (mender, triage.share(mender)));
    let some = all.filter(|(_, share)| share.findings > 0);
    let some = some.map(|(mender, share)| {
        let amount = share.in_words(words.one, words.many);
        Share { mender: mender.as_str(), amount }
    });
    let unread = (triage.unread > 0).then(|| Share {
        mender: UNREAD,
        amount: counted_as(triage.unread, words.one, words.many),
    });
    some.chain(unread).collect()
}

impl Pressing {
    fn of(rule: &crate::drift::triage::Pressing<'_>) -> Self {
        Self {
            rule: rule.rule,
            severity: rule.severity.to_string(),
            repositories: rule.number(),
            names: shown(&rule.names(NAMES)),
            mender: rule.menders(),
        }
    }
}

impl Worst {
    fn of(worst: &worst::Worst<'_>) -> Self {
        Self {
            name: shown(worst.name),
            verdict: Verdict::of(worst.need.verdict),
            left: worst.need.in_words(),
        }
    }
}

fn hull(tally: &Tally) -> Vec<Piece> {
    let mut start = 0;
    [
        ("conformant", tally.conformant),
        ("drifted", tally.drifted),
        ("unchecked", tally.unchecked),
        ("broken", tally.broken),
    ]
    .into_iter()
    .filter(|(_, number)| *number > 0)
    .map(|(verdict, number)| {
        let length = number * 1_000 / tally.repositories.max(1);
        let piece = Piece { verdict, start, length };
        start += length;
        piece
    })
    .collect()
}

fn matrix_rows(matrix: &Matrix<'_>) -> Vec<MatrixRow> {
    let prefix = matrix.shared_prefix();
    let rows = matrix.rows.iter().enumerate();
    rows.map(|(id, row)| MatrixRow::of(id, row, prefix)).collect()
}

fn legend() -> Vec<Verdict> {
    PathVerdict::ALL.map(Verdict::of_path).into()
}

/// The sections of all repositories. A difference that several repositories share is shown in the first of them.
fn repositories(report: &Report) -> Vec<Repository> {
    let mut first_with: HashMap<(&str, &str, &str), (usize, &str)> = HashMap::new();
    let mut lines_left = DIFFERENCE_LINES;
    let unfolded = report.repositories.len() <= UNFOLDED;
    let mut sections = Vec::with_capacity(report.repositories.len());
    for (id, repository) in report.repositories.iter().enumerate() {
        let mut paths = Vec::new();
        for path in &repository.paths {
            if path.verdict == PathVerdict::Conformant {
                continue;
            }
            let mut entry = Path::of(path);
            if let Some(difference) = &path.difference {
                let key = (path.path.as_str(), &*difference.canonical, &*difference.actual);
                if let Some((first, name)) = first_with.get(&key) {
                    entry.same_as = Some((*first, shown(name)));
                } else {
                    let lines = Lines::of(difference);
                    if lines.lines.len() <= lines_left {
                        lines_left -= lines.lines.len();
                        first_with.insert(key, (id, repository.name.as_str()));
                        entry.difference = Some(lines);
                    } else {
                        entry.left_out = true;
                    }
                }
            }
            paths.push(entry);
        }
        sections.push(Repository::of(id, repository, paths, unfolded));
    }
    sections
}

impl Column {
    fn of(path: &str) -> Self {
        let (folder, file) = match path.rsplit_once('/') {
            Some((folder, file)) => (format!("{folder}/"), file),
            None => (String::new(), path),
        };
        Self { folder: shown(&folder), file: shown(file) }
    }
}

impl Verdict {
    fn of(verdict: RepositoryVerdict) -> Self {
        Self { word: verdict.as_str(), glyph: repository_glyph(verdict, true) }
    }

    fn of_path(verdict: PathVerdict) -> Self {
        Self { word: verdict.as_str(), glyph: path_glyph(verdict, true) }
    }
}

impl MatrixRow {
    fn of(id: usize, row: &Row<'_>, prefix: &str) -> Self {
        let repository = row.repository;
        let (prefix, name) = match repository.name.strip_prefix(prefix) {
            Some(name) => (prefix, name),
            None => ("", repository.name.as_str()),
        };
        let about = [repository.owner.as_deref(), repository.profile.as_deref()];
        let about: Vec<_> = about.into_iter().flatten().map(shown).collect();
        let cells = row.cells.iter().map(|cell| {
            cell.map(|path| Cell { verdict: Verdict::of_path(path.verdict), behind: path.behind })
        });
        Self {
            id,
            prefix: shown(prefix),
            name: shown(name),
            about: about.join(" · "),
            verdict: Verdict::of(repository.verdict),
            cells: cells.collect(),
        }
    }
}

impl Repository {
    fn of(id: usize, repository: &RepositoryReport, paths: Vec<Path>, unfolded: bool) -> Self {
        let open = || repository.findings.iter().filter(|finding| finding.waived.is_none());
        let severities: BTreeSet<String> =
            open().map(|finding| finding.severity.to_string()).collect();
        let rules: BTreeSet<&str> =
            repository.findings.iter().map(|finding| finding.rule.id).collect();
        Self {
            id,
            name: shown(&repository.name),
            origin: shown(&repository.origin),
            commit: repository.commit.as_deref().map(|commit| commit.chars().take(10).collect()),
            profile: repository.profile.as_deref().map(shown),
            owner: repository.owner.as_deref().map(shown),
            archived: repository.is_archived,
            verdict: Verdict::of(repository.verdict),
            error: repository.error.as_deref().map(shown),
            count: Tally::of_findings(&repository.findings).findings(),
            unfolded: unfolded && repository.verdict != RepositoryVerdict::Conformant,
            severities: severities.into_iter().collect::<Vec<_>>().join(" "),
            rules: rules.into_iter().collect::<Vec<_>>().join(" "),
            findings: gravest_first(&repository.findings).into_iter().map(Entry::of).collect(),
            paths,
        }
    }
}

/// Sorts open findings before waived ones, and then by descending severity, as in the other formats.
fn gravest_first(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| Reverse((finding.waived.is_none(), finding.severity)));
    sorted
}

impl Path {
    fn of(path: &PathReport) -> Self {
        use crate::shape::Policy;
        Self {
            path: shown(path.path.as_str()),
            verdict: Verdict::of_path(path.verdict),
            policy: path.policy.map_or("unknown to the shape", Policy::as_str),
            behind: path.behind,
            difference: None,
            same_as: None,
            left_out: false,
        }
    }
}

impl Outlier {
    fn of(outlier: &crate::drift::model::Outlier) -> Self {
        let names: Vec<_> = outlier.present_in.iter().take(5).map(|name| shown(name)).collect();
        Self {
            path: shown(&outlier.path),
            present_in: names.join(", "),
            number: outlier.present_in.len(),
            of: outlier.of,
            question: shown(&outlier.question),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_that_repositories_share_is_shown_once() {
        let sections = repositories(&crate::report::sample::large(20));
        let paths: Vec<&Path> = sections.iter().flat_map(|section| &section.paths).collect();
        let shown = paths.iter().filter(|path| path.difference.is_some()).count();
        let referred = paths.iter().filter(|path| path.same_as.is_some()).count();
        assert_eq!(shown, 2, "one workflow and one Dockerfile");
        assert!(referred > shown);
    }
}
