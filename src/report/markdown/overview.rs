//! The overview of many repositories: what matters most, who fixes it, and one table of everything.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::escape::{code, text};
use crate::checks::Severity;
use crate::counted::counted_as;
use crate::drift::model::{Report, RepositoryReport, TrendPoint};
use crate::drift::triage::{Mender, Triage, UNREAD};
use crate::drift::worst;
use crate::report::matrix::{Matrix, path_glyph, repository_glyph};
use crate::report::words::Words;
use crate::shape::PathVerdict;

/// How many columns and rows the table has; a reader cannot take in more.
const MATRIX_COLUMNS: usize = 24;
const MATRIX_ROWS: usize = 200;

/// How many rules are named at the top.
const TRIAGE_RULES: usize = 8;

/// How many repositories are named for one rule.
const NAMES: usize = 6;

/// What the recorded runs found: the first, the one before the last, and the last.
pub(super) fn trend(report: &Report) -> String {
    if report.trend.is_empty() {
        return String::new();
    }
    format!("\nTrend: {}.\n", text(&TrendPoint::in_words(&report.trend).join(", ")))
}

/// What matters most, and who can fix what. This is what a reader of many repositories wants to know first.
pub(super) fn triage(report: &Report) -> String {
    let triage = Triage::of_report(report);
    if report.repositories.len() < 2 || triage.is_empty() {
        return String::new();
    }
    let words = Words::of(report);
    let mut section = String::new();
    if !triage.pressing.is_empty() {
        let many = text(words.heading);
        let _ = write!(
            section,
            "\n| What matters most | {many} | How it is fixed | Where |\n|:--|--:|:--|:--|\n"
        );
    }
    for rule in triage.pressing.iter().take(TRIAGE_RULES) {
        let sign = match rule.severity {
            Severity::Error => "❌",
            Severity::Warning => "⚠️",
            Severity::Info => "ℹ️",
        };
        let _ = writeln!(
            section,
            "| {sign} {} | {} | {} | {} |",
            text(rule.rule),
            rule.number(),
            rule.menders(),
            named(&rule.repositories),
        );
    }
    let hidden = triage.pressing.len().saturating_sub(TRIAGE_RULES);
    if hidden > 0 {
        let _ = write!(
            section,
            "\n{}; the sections below list all findings.\n",
            counted_as(hidden, "more row is not in this table", "more rows are not in this table")
        );
    }
    let shares = Mender::ALL.into_iter().map(|mender| (mender, triage.share(mender)));
    let shares: Vec<String> = shares
        .filter(|(_, share)| share.findings > 0)
        .map(|(mender, share)| {
            format!("{}: {}", mender.as_str(), share.in_words(words.one, words.many))
        })
        .collect();
    let unread = (triage.unread > 0)
        .then(|| format!("{UNREAD}: {}", counted_as(triage.unread, words.one, words.many)));
    let shares: Vec<String> = shares.into_iter().chain(unread).collect();
    if !shares.is_empty() {
        let _ = write!(section, "\n{}.\n", shares.join(" · "));
    }
    section + &worst(report) + &owners(report)
}

/// Which of many repositories most need a person.
fn worst(report: &Report) -> String {
    let mut table = String::new();
    for worst in worst::listed(&report.repositories) {
        let (name, need) = (code(worst.name), worst.need);
        let glyph = repository_glyph(need.verdict, true);
        let verdict = need.verdict.as_str();
        let _ = writeln!(table, "| {name} | {glyph} {verdict} | {} |", need.in_words());
    }
    if table.is_empty() {
        return table;
    }
    let many = text(Words::of(report).many);
    format!("\n| Worst {many} | Verdict | What is left for a person |\n|:--|:--|:--|\n{table}")
}

/// Repository names, as many as fit into a cell.
fn named(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES).map(|name| code(name)).collect();
    match names.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The open findings by owner and by who can fix them, and the repositories that need a person.
fn owners(report: &Report) -> String {
    let mut owners: BTreeMap<&str, Vec<&RepositoryReport>> = BTreeMap::new();
    for repository in &report.repositories {
        if let Some(owner) = repository.owner.as_deref() {
            owners.entry(owner).or_default().push(repository);
        }
    }
    // Work that does not fit the usual columns gets its own where there is some: nothing open may look like nothing.
    let all = Triage::of(&report.repositories);
    let usual = |mender: &Mender| *mender <= Mender::Person || all.share(*mender).findings > 0;
    let menders: Vec<Mender> = Mender::ALL.into_iter().filter(usual).collect();
    let has_unread = all.unread > 0;
    let mut table = String::new();
    for (owner, repositories) in owners {
        let triage = Triage::of(repositories.iter().copied());
        if triage.is_empty() {
            continue;
        }
        let open: Vec<String> =
            menders.iter().map(|mender| triage.share(*mender).findings.to_string()).collect();
        let unread = if has_unread { format!(" {} |", triage.unread) } else { String::new() };
        let person = triage.share(Mender::Person).repositories;
        let person: Vec<&str> = person.iter().map(String::as_str).collect();
        let _ = writeln!(
            table,
            "| {} | {} | {} |{unread} {} |",
            text(owner),
            repositories.len(),
            open.join(" | "),
            named(&person),
        );
    }
    if table.is_empty() {
        return table;
    }
    let many = text(Words::of(report).heading);
    let mut heads: Vec<&str> = menders.iter().map(|mender| mender.as_str()).collect();
    heads.extend(has_unread.then_some(UNREAD));
    let lines = "--:|".repeat(heads.len());
    format!(
        "\n| Owner | {many} | {} | By hand in |\n|:--|--:|{lines}:--|\n{table}",
        heads.join(" | ")
    )
}

pub(super) fn matrix(report: &Report) -> String {
    if report.repositories.len() < 2 {
        return String::new();
    }
    let matrix = Matrix::of(report, MATRIX_COLUMNS);
    let mut table = "\n| Repository | Verdict | Owner |".to_owned();
    for number in 1..=matrix.columns.len() {
        let _ = write!(table, " {number} |");
    }
    table.push_str("\n|:--|:--|:--|");
    table.push_str(&":-:|".repeat(matrix.columns.len()));
    table.push('\n');
    for row in matrix.rows.iter().take(MATRIX_ROWS) {
        let repository = row.repository;
        let glyph = repository_glyph(repository.verdict, true);
        let _ = write!(
            table,
            "| {} | {glyph} {} | {} |",
            code(&repository.name),
            repository.verdict.as_str(),
            text(repository.owner.as_deref().unwrap_or("")),
        );
        for cell in &row.cells {
            let shown = cell.map_or_else(String::new, |path| {
                let glyph = path_glyph(path.verdict, true);
                path.behind
                    .filter(|behind| *behind > 0)
                    .map_or_else(|| glyph.to_string(), |behind| format!("{glyph}{behind}"))
            });
            let _ = write!(table, " {} |", text(&shown));
        }
        table.push('\n');
    }
    let hidden_rows = matrix.rows.len().saturating_sub(MATRIX_ROWS);
    if hidden_rows > 0 {
        let _ = write!(
            table,
            "\n{} not shown.\n",
            counted_as(hidden_rows, "repository is", "repositories are")
        );
    }
    let columns = matrix.columns.iter().enumerate();
    let columns: Vec<_> =
        columns.map(|(index, path)| format!("{}: {}", index + 1, code(path))).collect();
    if !columns.is_empty() {
        let _ = write!(table, "\n{}\n", columns.join(" · "));
    }
    if matrix.hidden_columns > 0 {
        let more = counted_as(matrix.hidden_columns, "more path differs", "more paths differ");
        let _ = write!(table, "\n{more} in fewer repositories.\n");
    }
    let _ = write!(table, "\n{}\n", legend());
    table
}

fn legend() -> String {
    let words = PathVerdict::ALL.map(|verdict| {
        format!("{} {}", text(&path_glyph(verdict, true).to_string()), verdict.as_str())
    });
    format!("<sub>{}</sub>", words.join(" · "))
}

pub(super) fn outliers(report: &Report) -> String {
    let mut list = String::new();
    for outlier in &report.outliers {
        let _ = writeln!(
            list,
            "- {}: present in {} of {}: {}",
            code(&outlier.path),
            outlier.present_in.len(),
            outlier.of,
            text(&outlier.question),
        );
    }
    if list.is_empty() { list } else { format!("\n### Outliers\n\n{list}") }
}
