//! The report as GitHub-flavoured Markdown, for job summaries, issues and comments.
//!
//! Nothing that a repository wrote can leave its cell: no markup, no HTML, no link, no mention and
//! no reference to an issue.

use std::fmt::Write as _;
use std::io;

use super::matrix::{Matrix, path_glyph, path_word, repository_glyph};
use super::tally::{Tally, count, verdict_word};
use super::visible::visible;
use super::words::Words;
use crate::checks::{Finding, Safety, Severity};
use crate::drift::RepositoryVerdict;
use crate::drift::model::{Report, RepositoryReport};
use crate::drift::triage::{Mender, Triage};
use crate::shape::PathVerdict;

/// GitHub refuses a step's summary of more than 1 MiB; this leaves room for what other steps add.
/// Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
const MOST_BYTES: usize = 1_000_000;

/// Room for the line that says that something was cut.
const RESERVED_BYTES: usize = 500;

/// Columns and rows of the table; a reader cannot take in more.
const MATRIX_COLUMNS: usize = 24;
const MATRIX_ROWS: usize = 200;

/// Rules that are named at the top.
const TRIAGE_RULES: usize = 8;

/// Writes the report, cut between two repositories when it would be too long.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page { text: String::new(), left_out: 0 };
    page.text.push_str(&opening(report));
    page.add(&triage(report));
    page.add(&matrix(report));
    page.add(&outliers(report));
    if !report.fleet_findings.is_empty() {
        page.add(&section(Words::of(report).whole, &report.fleet_findings));
    }
    for repository in &report.repositories {
        if repository.error.is_some() || !repository.findings.is_empty() {
            page.add(&details(repository));
        }
    }
    page.add(&next(report));
    if page.left_out > 0 {
        let sections = count(page.left_out, "section was", "sections were");
        let _ = write!(
            page.text,
            "\n> {sections} left out, because a summary may not hold more. The formats `json` and \
             `html` hold all of it.\n"
        );
    }
    out.write_all(page.text.as_bytes())
}

struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn add(&mut self, section: &str) {
        if self.text.len() + section.len() + RESERVED_BYTES > MOST_BYTES {
            self.left_out += 1;
        } else {
            self.text.push_str(section);
        }
    }
}

fn opening(report: &Report) -> String {
    format!(
        "## shipshape {}\n\n**{}**\n\nShape {} ({}), {}\n",
        text(report.command),
        text(&Tally::of(report).sentence(Words::of(report))),
        code(&report.shape.name),
        text(&report.shape.source),
        text(&report.generated_at),
    )
}

/// What matters most, and who can mend what: the first that a reader of many repositories wants to know.
fn triage(report: &Report) -> String {
    let triage = Triage::of(&report.repositories);
    if report.repositories.len() < 2 || triage.is_empty() {
        return String::new();
    }
    let words = Words::of(report);
    let mut section = String::new();
    if !triage.pressing.is_empty() {
        let many = text(words.heading);
        let _ =
            write!(section, "\n| What matters most | {many} | Who can mend it |\n|:--|--:|:--|\n");
    }
    for rule in triage.pressing.iter().take(TRIAGE_RULES) {
        let sign = match rule.severity {
            Severity::Error => "❌",
            Severity::Warning => "⚠️",
            Severity::Info => "ℹ️",
        };
        let _ = writeln!(
            section,
            "| {sign} {} | {} | {} |",
            text(rule.rule),
            rule.repositories.len(),
            rule.mender.as_str(),
        );
    }
    let hidden = triage.pressing.len().saturating_sub(TRIAGE_RULES);
    if hidden > 0 {
        let _ = write!(
            section,
            "\n{}.\n",
            count(hidden, "more rule has something open", "more rules have something open")
        );
    }
    let shares = Mender::ALL.into_iter().map(|mender| (mender, triage.share(mender)));
    let shares: Vec<String> = shares
        .filter(|(_, share)| share.findings > 0)
        .map(|(mender, share)| {
            let findings = count(share.findings, "finding", "findings");
            let repositories = count(share.repositories, words.one, words.many);
            format!("{}: {findings} in {repositories}", mender.as_str())
        })
        .collect();
    if !shares.is_empty() {
        let _ = write!(section, "\n{}.\n", shares.join(" · "));
    }
    section
}

fn matrix(report: &Report) -> String {
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
            verdict_word(repository.verdict),
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
            count(hidden_rows, "repository is", "repositories are")
        );
    }
    let columns = matrix.columns.iter().enumerate();
    let columns: Vec<_> =
        columns.map(|(index, path)| format!("{}: {}", index + 1, code(path))).collect();
    if !columns.is_empty() {
        let _ = write!(table, "\n{}\n", columns.join(" · "));
    }
    if matrix.hidden_columns > 0 {
        let more = count(matrix.hidden_columns, "more path differs", "more paths differ");
        let _ = write!(table, "\n{more} in fewer repositories.\n");
    }
    let _ = write!(table, "\n{}\n", legend());
    table
}

fn legend() -> String {
    use PathVerdict as P;
    let verdicts = [
        P::Conformant,
        P::Stale,
        P::Modified,
        P::Diverged,
        P::Missing,
        P::Forbidden,
        P::Extra,
        P::Waived,
        P::Unchecked,
    ];
    let words = verdicts.map(|verdict| {
        format!("{} {}", text(&path_glyph(verdict, true).to_string()), path_word(verdict))
    });
    format!("<sub>{}</sub>", words.join(" · "))
}

fn outliers(report: &Report) -> String {
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

fn details(repository: &RepositoryReport) -> String {
    let open = if repository.verdict == RepositoryVerdict::Broken { " open" } else { "" };
    let mut section = format!(
        "\n<details{open}><summary>{} <b>{}</b>: {}, {}</summary>\n",
        repository_glyph(repository.verdict, true),
        escaped(&repository.name, Within::Html),
        verdict_word(repository.verdict),
        Tally::of_findings(&repository.findings).findings(),
    );
    if let Some(error) = &repository.error {
        let _ = write!(section, "\nCould not be judged: {}\n", text(error));
    }
    if !repository.findings.is_empty() {
        section.push_str(&table(&repository.findings));
    }
    section.push_str("\n</details>\n");
    section
}

fn section(title: &str, findings: &[Finding]) -> String {
    format!("\n### {title}\n{}", table(findings))
}

fn table(findings: &[Finding]) -> String {
    let mut table =
        "\n| Severity | Rule | Where | What | Fix |\n|:--|:--|:--|:--|:--|\n".to_owned();
    for finding in findings {
        let place =
            finding.location.as_ref().map_or_else(String::new, |location| match &location.region {
                Some(region) => format!("{}:{}", location.path, region.start),
                None => location.path.to_string(),
            });
        let _ = writeln!(
            table,
            "| {} | {} {} | {} | {} | {} |",
            severity(finding),
            finding.rule.code,
            text(finding.rule.id),
            code(&place),
            what(finding),
            finding.fix.as_ref().map_or("", |fix| match fix.safety {
                Safety::Safe => "safe",
                Safety::Unsafe => "unsafe",
            }),
        );
    }
    table
}

fn severity(finding: &Finding) -> &'static str {
    match (&finding.waived, finding.unchecked, finding.severity) {
        (Some(_), ..) => "waived",
        (None, true, _) => "❔ unchecked",
        (None, false, Severity::Error) => "❌ error",
        (None, false, Severity::Warning) => "⚠️ warning",
        (None, false, Severity::Info) => "ℹ️ info",
    }
}

fn what(finding: &Finding) -> String {
    let mut what = text(&finding.message);
    if let Some(help) = &finding.help {
        let _ = write!(what, "<br>→ {}", text(help));
    }
    if let Some(waived) = &finding.waived {
        let _ = write!(what, "<br>waived by {}: {}", text(&waived.owner), text(&waived.reason));
        if let Some(expires) = &waived.expires {
            let _ = write!(what, " (until {})", text(expires));
        }
    }
    what
}

fn next(report: &Report) -> String {
    let mut list = String::new();
    for command in &report.next {
        let _ = writeln!(list, "- {}", code(command));
    }
    if list.is_empty() { list } else { format!("\n### Next\n\n{list}") }
}

/// Text in the font of code; empty stays empty.
///
/// A code span would need no escapes, yet ends at the first `|` of a table's cell.
fn code(raw: &str) -> String {
    if raw.is_empty() { String::new() } else { format!("<code>{}</code>", text(raw)) }
}

/// Text that means nothing to Markdown, HTML or GitHub.
fn text(raw: &str) -> String {
    escaped(raw, Within::Markdown)
}

/// Where a text stands: Markdown's escapes mean nothing on the lines of a block of HTML.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Markdown,
    Html,
}

/// A backslash disarms punctuation. Mentions, references and bare links are found by GitHub after
/// escapes are resolved, so a zero-width space breaks those.
fn escaped(raw: &str, within: Within) -> String {
    const BREAK: &str = "&#8203;";
    let mut escaped = String::with_capacity(raw.len() + 16);
    let shown = visible(raw);
    for (at, character) in shown.char_indices() {
        let before = &shown[..at];
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '#' | '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '+' | '|' | '~'
            | '!' | '$' | '='
                if within == Within::Markdown =>
            {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
        let found_by_github = match character {
            '@' | '#' => true,
            ':' => shown[at..].starts_with("://"),
            '.' => ends_with_www(before),
            '-' => ends_with_gh(before),
            _ => false,
        };
        if found_by_github {
            escaped.push_str(BREAK);
        }
    }
    escaped
}

/// `www.example.org` becomes a link without any scheme.
fn ends_with_www(before: &str) -> bool {
    before.len() >= 3 && before.as_bytes()[before.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// `GH-1` is a reference like `#1`.
fn ends_with_gh(before: &str) -> bool {
    before.len() >= 2 && before.as_bytes()[before.len() - 2..].eq_ignore_ascii_case(b"gh")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::rendered;
    use super::super::{Format, sample};
    use super::*;

    #[test]
    fn nothing_hostile_keeps_its_meaning() {
        assert_eq!(text("@all #1 GH-2"), "@&#8203;all \\#&#8203;1 GH-&#8203;2");
        assert_eq!(text("https://x www.x"), "https:&#8203;//x www.&#8203;x");
        assert_eq!(text("a|b`c` [l](u) <b>"), "a\\|b\\`c\\` \\[l\\]\\(u\\) &lt;b&gt;");
        assert_eq!(text("one\ntwo"), "one\\\\ntwo");
        assert_eq!(escaped("<b>(@all #1)", Within::Html), "&lt;b&gt;(@&#8203;all #&#8203;1)");
        let page = rendered(&sample::fleet(), Format::Markdown);
        assert!(!page.contains("<script"));
        assert!(!page.contains("@everyone"));
    }

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_head() {
        let page = rendered(&sample::fleet(), Format::Markdown);
        let mut cells = None;
        for line in page.lines() {
            if !line.starts_with('|') {
                cells = None;
                continue;
            }
            let bars = line.replace("\\|", "").matches('|').count();
            assert_eq!(*cells.get_or_insert(bars), bars, "{line}");
        }
    }

    #[test]
    fn a_page_that_is_too_long_is_cut_and_says_so() {
        let mut report = sample::large(30);
        for repository in &mut report.repositories {
            for finding in &mut repository.findings {
                finding.message = "m".repeat(60_000);
            }
        }
        let page = rendered(&report, Format::Markdown);
        assert!(page.len() <= MOST_BYTES);
        assert!(page.contains("sections were left out"));
        let opened = page.matches("<details").count();
        assert_eq!(opened, page.matches("</details>").count());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_opens_a_tag_or_ends_a_line(raw in any::<String>()) {
            let escaped = text(&raw);
            prop_assert!(!escaped.contains(['<', '>', '\n', '\r']));
        }
    }
}
