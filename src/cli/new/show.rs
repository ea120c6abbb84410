//! A draft as text, before it is created: answers, tree, differences and judgement.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::register::FileChange;
use crate::change::{Change, ChangeSet, FileDiff, Mode};
use crate::checks::{Finding, Severity};
use crate::cli::counted;
use crate::cli::shared::fold::some;
use crate::drift::model::RepositoryReport;
use crate::edge::terminal::{Terminal, lines_of, visible, visible_line};
use crate::scaffold::derive::{Answer, Origin};
use crate::scaffold::draft::Draft;
use crate::scaffold::interview::shown;
use crate::scaffold::questions::{Question, Subject};
use crate::snapshot::RepoPath;
use crate::source::secrets::masked;

/// Running text behind a lead. On a terminal it is wrapped between words, with what follows below its beginning; files
/// and other programs get it in one line.
pub(super) fn line(lead: &str, words: &str, terminal: &Terminal) -> String {
    let words = visible_line(words);
    let words = match terminal.columns() {
        Some(columns) => wrapped(&words, &" ".repeat(lead.width()), columns),
        None => words,
    };
    format!("{lead}{}\n", words.trim_start())
}

/// The answers with their origins; empty ones by name only.
pub(super) fn answers(answers: &[&Answer], terminal: &Terminal) -> String {
    let (empty, filled): (Vec<&&Answer>, Vec<&&Answer>) =
        answers.iter().partition(|answer| answer.text().trim().is_empty());
    let labels = filled.iter().map(|it| it.question.subject.label());
    let width = labels.chain([LEFT_EMPTY]).map(str::len).max().unwrap_or(0);
    let filled_in = |answer: &&&Answer| {
        let origin = match answer.origin {
            Origin::Typed => "",
            Origin::Listed => "  (fleet.yaml)",
            Origin::Derived if follows_from_nothing(answer) => "  (default)",
            Origin::Derived => "  (derived)",
        };
        let label = answer.question.subject.label();
        let lead = visible_line(&format!("  {label:<width$}  "));
        line(&lead, &format!("{}{origin}", shown(answer)), terminal)
    };
    let mut text: String = filled.iter().map(filled_in).collect();
    if !empty.is_empty() {
        let names: Vec<&str> = empty.iter().map(|it| it.question.subject.label()).collect();
        let lead = " ".repeat(width + 4);
        let names = wrapped(&visible_line(&names.join(", ")), &lead, terminal.width());
        text.push_str(&format!("  {LEFT_EMPTY:<width$}  {}\n", names.trim_start()));
    }
    text
}

/// Whether an answer that nobody gave is the same whatever the others are.
fn follows_from_nothing(answer: &Answer) -> bool {
    let Question { subject, default_is_a_guess, .. } = &answer.question;
    // The default of a variable is a guess where it is a plain text.
    let is_plain = matches!(subject, Subject::Variable(_)) && *default_is_a_guess;
    is_plain || subject.follows_from_nothing()
}

/// Words wrapped to a width, each line with a prefix. A word that is too long stays whole.
pub(super) fn wrapped(words: &str, lead: &str, width: usize) -> String {
    let lines = lines_of(words, width.saturating_sub(lead.width()));
    lines.into_iter().map(|line| lead.to_owned() + &line).collect::<Vec<_>>().join("\n")
}

/// Truncates a text to a width.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |c: &char| {
        let wide = c.width().unwrap_or(0);
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

/// The label of the list of empty answers.
const LEFT_EMPTY: &str = "left empty";

/// The files as a tree, with their numbers of lines and of lines that differ from the shape with its placeholders.
pub(super) fn tree(draft: &Draft, terminal: &Terminal) -> String {
    let differing: BTreeMap<RepoPath, Lines> =
        differences(draft).map(|diff| (diff.path, Lines::of(&diff.text))).collect();
    let paths: Vec<(Vec<&str>, Leaf)> = draft
        .files
        .changes
        .iter()
        .map(|(path, change)| {
            let lines = differing.get(path).map(|lines| lines.painted(terminal));
            (path.as_str().split('/').collect(), (size(change), lines.unwrap_or_default()))
        })
        .collect();
    let mut rows = Vec::new();
    branch(&paths, 0, "  ", terminal.unicode(), &mut rows);
    let width = rows.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let sizes = rows.iter().map(|(_, (size, _))| size.len()).max().unwrap_or(0);
    let line = |(name, (size, lines)): &(String, Leaf)| {
        let name = format!("{name}{}", " ".repeat(width - name.width()));
        format!("{name}  {size:>sizes$}  {lines}").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// The files that stay as the starter has them, in a line.
pub(super) fn kept(draft: &Draft, terminal: &Terminal) -> String {
    let written = &draft.files.changes;
    let kept = draft.tree.entries.keys().filter(|path| !written.contains_key(*path));
    let kept: Vec<String> = kept.map(ToString::to_string).collect();
    if kept.is_empty() {
        return String::new();
    }
    let files = counted(kept.len(), "file");
    line("  ", &format!("and {files} as the starter has them: {}", some(&kept)), terminal)
}

/// What follows a file name: its size, and the number of differing lines.
type Leaf = (String, String);

fn size(change: &Change) -> String {
    let Change::Write { bytes, mode, .. } = change else { return String::new() };
    let mode = if *mode == Mode::Executable { "executable, " } else { "" };
    match std::str::from_utf8(bytes) {
        Ok(text) => format!("{mode}{}", super::super::counted(text.lines().count(), "line")),
        Err(_) => format!("{mode}{}", super::super::counted(bytes.len(), "byte")),
    }
}

fn branch(
    paths: &[(Vec<&str>, Leaf)],
    depth: usize,
    lead: &str,
    unicode: bool,
    rows: &mut Vec<(String, Leaf)>,
) {
    let (fork, last, down) =
        if unicode { ("├── ", "└── ", "│   ") } else { ("|-- ", "`-- ", "|   ") };
    let mut rest = paths;
    while let Some(((parts, leaf), _)) = rest.split_first() {
        let name = parts.get(depth).copied().unwrap_or_default();
        let is_kin = |(other, _): &&(Vec<&str>, Leaf)| other.get(depth).copied() == Some(name);
        let (kin, others) = rest.split_at(rest.iter().take_while(is_kin).count().max(1));
        let (here, below) = if others.is_empty() { (last, "    ") } else { (fork, down) };
        let name = visible_line(name);
        if parts.len() == depth + 1 {
            rows.push((format!("{lead}{here}{name}"), leaf.clone()));
        } else {
            rows.push((format!("{lead}{here}{name}/"), Leaf::default()));
            branch(kin, depth + 1, &format!("{lead}{below}"), unicode, rows);
        }
        rest = others;
    }
}

/// The lines of a file's difference.
struct Lines {
    added: Vec<String>,
    removed: usize,
}

impl Lines {
    /// Parses a git diff, skipping everything before the first hunk.
    fn of(difference: &str) -> Self {
        let mut lines = Self { added: Vec::new(), removed: 0 };
        for line in difference.lines().skip_while(|line| !line.starts_with("@@")) {
            match line.as_bytes() {
                [b'+', ..] => lines.added.extend(line.get(1..).map(str::to_owned)),
                [b'-', ..] => lines.removed += 1,
                _ => {}
            }
        }
        lines
    }

    /// Formats as `+2 -1`, without zeros.
    fn painted(&self, terminal: &Terminal) -> String {
        let colored = terminal.colors_output();
        let part = |sign: char, count: usize, color: AnsiColor| {
            let style =
                if colored { Style::new().fg_color(Some(color.into())) } else { Style::new() };
            (count > 0).then(|| format!("{style}{sign}{count}{style:#}"))
        };
        let parts = [
            part('+', self.added.len(), AnsiColor::Green),
            part('-', self.removed, AnsiColor::Red),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// The changes to the lists that the member joins: one line per file, with what is added.
pub(super) fn joining(changes: &[FileChange], slug: &str, terminal: &Terminal) -> String {
    let width = changes.iter().map(|change| change.name.width()).max().unwrap_or(0);
    let line = |change: &FileChange| {
        let lines = Lines::of(&change.difference());
        let name = visible_line(&change.name);
        let blanks = " ".repeat(width.saturating_sub(change.name.width()));
        let squeezed = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
        // Neighbouring lines also count as added if their commas or columns change.
        let own = lines.added.iter().find(|line| line.contains(slug));
        let first = own.or(lines.added.first()).map(squeezed).unwrap_or_default();
        let more = if lines.added.len() > 1 { " …" } else { "" };
        let first = visible_line(&format!("{}{more}", masked(&first)));
        let left = terminal.width().saturating_sub(width + "    +10 -10  ".len());
        format!("  {name}{blanks}  {}  {}\n", lines.painted(terminal), cut(&first, left))
    };
    changes.iter().map(line).collect()
}

/// The differences between the starter and the draft.
pub(super) fn difference(draft: &Draft) -> String {
    differences(draft).map(|diff| diff.text).collect()
}

fn differences(draft: &Draft) -> impl Iterator<Item = FileDiff> {
    ChangeSet::between(&draft.starter, &draft.tree).diff(&draft.starter).into_iter()
}

/// A difference with coloured lines and without control characters.
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

/// What is left to a person; empty if nothing is.
pub(super) fn left(left: &[String], terminal: &Terminal) -> String {
    let lines: String = left.iter().map(|it| line("  - ", it, terminal)).collect();
    if lines.is_empty() { lines } else { format!("\nLeft to you\n{lines}") }
}

/// The findings of all rules about the draft.
pub(super) fn judgement(report: &RepositoryReport, shape: &str, terminal: &Terminal) -> String {
    let open: Vec<&Finding> = open(report).collect();
    let findings = super::super::counted(open.len(), "finding");
    let mut text = line("", &format!("Judged by {shape}: {findings}"), terminal);
    for finding in open {
        let path = finding.path().map(|path| format!("{path}: ")).unwrap_or_default();
        let words = format!(
            "{}[{} {}] {path}{}",
            finding.severity, finding.rule.code, finding.rule.id, finding.message
        );
        text.push_str(&line("  ", &words, terminal));
        if let Some(help) = &finding.help {
            text.push_str(&line("    ", help, terminal));
        }
    }
    text
}

/// The findings that are not waived.
pub(super) fn open(report: &RepositoryReport) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.waived.is_none())
}

/// Whether the draft has no findings that need work.
pub(super) fn is_clean(report: &RepositoryReport) -> bool {
    !open(report).any(|finding| finding.severity >= Severity::Warning || finding.unchecked)
}

#[cfg(test)]
mod tests {
    use super::{Lines, cut, line, wrapped};
    use crate::edge::terminal::{Color, Terminal};

    #[test]
    fn no_word_is_broken() {
        assert_eq!(wrapped("one two three", "  ", 9), "  one two\n  three");
        assert_eq!(wrapped("a-word-too-long b", "", 5), "a-word-too-long\nb");
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
    }

    #[test]
    fn running_text_is_wrapped_on_a_terminal_only() {
        let said = "a sentence that is longer than forty columns is";
        let on = |columns| line("  - ", said, &Terminal::new(Color::Never, false, 0, columns));
        assert_eq!(on(Some(40)), "  - a sentence that is longer than forty\n    columns is\n");
        assert_eq!(on(Some(80)), format!("  - {said}\n"));
    }

    #[test]
    fn lines_are_counted_behind_the_head_of_a_difference() {
        let lines = Lines::of("--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n--- a\n-b\n+++ c\n d\n");
        assert_eq!((lines.added, lines.removed), (vec!["++ c".to_owned()], 2));
    }
}
