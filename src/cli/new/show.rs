//! A draft as a person reads it before it is made: answers, tree, difference, judgement.

use anstyle::{AnsiColor, Style};

use crate::change::{Change, ChangeSet, Mode};
use crate::checks::{Finding, Severity};
use crate::drift::model::RepositoryReport;
use crate::edge::terminal::{Terminal, visible, visible_line};
use crate::scaffold::derive::{Answer, Origin};
use crate::scaffold::draft::Draft;
use crate::scaffold::interview::shown;
use crate::source::secrets::masked;

/// The answers, each with where it came from.
pub(super) fn answers(answers: &[&Answer]) -> String {
    let width = answers.iter().map(|it| it.question.subject.label().len()).max().unwrap_or(0);
    let line = |answer: &&Answer| {
        let origin = match answer.origin {
            Origin::Typed => "",
            Origin::Derived => "  (derived)",
        };
        let label = answer.question.subject.label();
        visible_line(&format!("  {label:<width$}  {}{origin}", shown(answer))) + "\n"
    };
    answers.iter().map(line).collect()
}

/// The files as a tree, with how many lines each has.
pub(super) fn tree(files: &ChangeSet, unicode: bool) -> String {
    let paths: Vec<(Vec<&str>, String)> = files
        .changes
        .iter()
        .map(|(path, change)| (path.as_str().split('/').collect(), size(change)))
        .collect();
    let mut text = String::new();
    branch(&paths, 0, "  ", unicode, &mut text);
    text
}

fn size(change: &Change) -> String {
    let Change::Write { bytes, mode, .. } = change else { return String::new() };
    let mode = if *mode == Mode::Executable { ", executable" } else { "" };
    match std::str::from_utf8(bytes) {
        Ok(text) => format!("{}{mode}", super::super::counted(text.lines().count(), "line")),
        Err(_) => format!("{}{mode}", super::super::counted(bytes.len(), "byte")),
    }
}

fn branch(
    paths: &[(Vec<&str>, String)],
    depth: usize,
    lead: &str,
    unicode: bool,
    text: &mut String,
) {
    let (fork, last, down) =
        if unicode { ("├── ", "└── ", "│   ") } else { ("|-- ", "`-- ", "|   ") };
    let mut rest = paths;
    while let Some(((parts, size), _)) = rest.split_first() {
        let name = parts.get(depth).copied().unwrap_or_default();
        let is_kin = |(other, _): &&(Vec<&str>, String)| other.get(depth).copied() == Some(name);
        let (kin, others) = rest.split_at(rest.iter().take_while(is_kin).count().max(1));
        let (here, below) = if others.is_empty() { (last, "    ") } else { (fork, down) };
        let name = visible_line(name);
        if parts.len() == depth + 1 {
            text.push_str(&format!("{lead}{here}{name}  {size}\n"));
        } else {
            text.push_str(&format!("{lead}{here}{name}/\n"));
            branch(kin, depth + 1, &format!("{lead}{below}"), unicode, text);
        }
        rest = others;
    }
}

/// What the answers made of the starter.
pub(super) fn difference(draft: &Draft) -> String {
    let changes = ChangeSet::between(&draft.starter, &draft.tree);
    changes.diff(&draft.starter).into_iter().map(|diff| diff.text).collect()
}

/// A difference with its lines in colour, and nothing in it that a terminal would obey.
pub(super) fn painted(difference: &str, terminal: &Terminal) -> String {
    let safe = visible(&masked(difference));
    if !terminal.colors_output() {
        return safe;
    }
    let style = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    let paint = |line: &str| {
        let style = match line.as_bytes() {
            [b'+', ..] => style(AnsiColor::Green),
            [b'-', ..] => style(AnsiColor::Red),
            [b'@', ..] => style(AnsiColor::Cyan),
            [b'd', ..] => Style::new().bold(),
            _ => Style::new(),
        };
        format!("{style}{line}{style:#}\n")
    };
    safe.lines().map(paint).collect()
}

/// What all rules say of the draft.
pub(super) fn judgement(report: &RepositoryReport, shape: &str) -> String {
    let open: Vec<&Finding> = open(report).collect();
    let mut text = format!(
        "Judged by {}: {}\n",
        visible_line(shape),
        super::super::counted(open.len(), "finding")
    );
    for finding in open {
        let path = finding.path().map(|path| format!("{path}: ")).unwrap_or_default();
        text.push_str(&visible_line(&format!(
            "  {}[{} {}] {path}{}",
            finding.severity, finding.rule.code, finding.rule.id, finding.message
        )));
        text.push('\n');
        if let Some(help) = &finding.help {
            text.push_str(&format!("    {}\n", visible_line(help)));
        }
    }
    text
}

/// Findings that nobody waived.
pub(super) fn open(report: &RepositoryReport) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.waived.is_none())
}

/// Whether the draft is wanted as it is.
pub(super) fn is_clean(report: &RepositoryReport) -> bool {
    !open(report).any(|finding| finding.severity >= Severity::Warning || finding.unchecked)
}
