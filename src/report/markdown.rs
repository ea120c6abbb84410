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

/// Room for the lines that say that something was cut.
const RESERVED_BYTES: usize = 500;

/// Columns and rows of the table; a reader cannot take in more.
const MATRIX_COLUMNS: usize = 24;
const MATRIX_ROWS: usize = 200;

/// Rules that are named at the top.
const TRIAGE_RULES: usize = 8;

/// Where a page is read, which says how long it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The summary of a step.
    Summary,
    /// A comment on a pull request.
    Comment,
}

impl Place {
    /// The most bytes of a page.
    ///
    /// GitHub refuses a step's summary of more than 1 MiB; this leaves room for what other steps add
    /// (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>). It takes 65,536 characters of
    /// a comment, and does not say what it calls a character: that many bytes are never more. What frames the
    /// page has its room in the rest.
    fn most_bytes(self) -> usize {
        match self {
            Self::Summary => 1_000_000,
            Self::Comment => 64_000,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Comment => "comment",
        }
    }
}

/// Writes the report, cut where it would be too long.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(report, Place::Summary).as_bytes())
}

/// The report as a page for a place. What does not fit is counted.
pub(super) fn page(report: &Report, place: Place) -> String {
    let next = next(report);
    let mut page = Page { place, text: String::new(), kept: next.len(), sections: 0, findings: 0 };
    page.add(&opening(report));
    page.add(&triage(report));
    page.add(&matrix(report));
    page.add(&outliers(report));
    if !report.fleet_findings.is_empty() {
        let head = format!("\n### {}\n", Words::of(report).whole);
        page.add_findings(&head, &report.fleet_findings, "", !report.repositories.is_empty());
    }
    for repository in &report.repositories {
        if repository.error.is_some() || !repository.findings.is_empty() {
            let (findings, others) = (&repository.findings, report.repositories.len() > 1);
            page.add_findings(&details(repository), findings, "\n</details>\n", others);
        }
    }
    page.kept = 0;
    page.add(&next);
    page.ended()
}

struct Page {
    place: Place,
    text: String,
    /// Bytes that are kept for what comes last.
    kept: usize,
    /// Sections that are left out.
    sections: usize,
    /// Findings that are left out, of sections that are not.
    findings: usize,
}

impl Page {
    fn room(&self) -> usize {
        self.place.most_bytes().saturating_sub(self.text.len() + self.kept + RESERVED_BYTES)
    }

    fn add(&mut self, section: &str) {
        if section.len() > self.room() {
            self.sections += 1;
        } else {
            self.text.push_str(section);
        }
    }

    /// A section with a table of findings, as many as there is room for; half of the room when others are to have some.
    fn add_findings(&mut self, head: &str, findings: &[Finding], tail: &str, others: bool) {
        let mut section = head.to_owned();
        if !findings.is_empty() {
            section.push_str(TABLE_HEAD);
        }
        let frame = section.len() + tail.len();
        let room = self.room().saturating_sub(frame) / if others { 2 } else { 1 };
        let mut rows = String::new();
        let mut shown = 0;
        // The gravest first: what finds no room is what matters least.
        let mut sorted: Vec<&Finding> = findings.iter().collect();
        sorted
            .sort_by_key(|finding| std::cmp::Reverse((finding.waived.is_none(), finding.severity)));
        for row in sorted.into_iter().map(row) {
            if rows.len() + row.len() > room {
                break;
            }
            rows.push_str(&row);
            shown += 1;
        }
        if frame > self.room() || (shown == 0 && !findings.is_empty()) {
            self.sections += 1;
            return;
        }
        self.findings += findings.len() - shown;
        for part in [&section, &rows, tail] {
            self.text.push_str(part);
        }
    }

    /// The page, with what had to be left out.
    fn ended(mut self) -> String {
        let left_out: Vec<String> =
            [(self.findings, "finding", "findings"), (self.sections, "section", "sections")]
                .into_iter()
                .filter(|(number, ..)| *number > 0)
                .map(|(number, one, many)| count(number, one, many))
                .collect();
        if !left_out.is_empty() {
            let is = if self.findings + self.sections == 1 { "is" } else { "are" };
            let _ = write!(
                self.text,
                "\n> {} {is} left out, because a {} may not hold more. The formats `json` and `html` hold all of it.\n",
                left_out.join(" and "),
                self.place.noun(),
            );
        }
        self.text
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
            let repositories = count(share.repositories.len(), words.one, words.many);
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

/// What stands above a repository's findings.
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
    section
}

const TABLE_HEAD: &str = "\n| Severity | Rule | Where | What | Fix |\n|:--|:--|:--|:--|:--|\n";

/// A finding's row of the table.
fn row(finding: &Finding) -> String {
    let place =
        finding.location.as_ref().map_or_else(String::new, |location| match &location.region {
            Some(region) => format!("{}:{}", location.path, region.start),
            None => location.path.to_string(),
        });
    format!(
        "| {} | {} {} | {} | {} | {} |\n",
        severity(finding),
        finding.rule.code,
        text(finding.rule.id),
        code(&place),
        what(finding),
        finding.fix.as_ref().map_or("", |fix| match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        }),
    )
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

/// Text as the value of an attribute in HTML, in double quotes.
pub(super) fn attribute(raw: &str) -> String {
    visible(raw)
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Text that means nothing to Markdown, HTML or GitHub.
pub(super) fn text(raw: &str) -> String {
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
        for place in [Place::Summary, Place::Comment] {
            let page = page(&report, place);
            assert!(page.len() <= place.most_bytes(), "{place:?}: {}", page.len());
            let said = format!("left out, because a {} may not hold more", place.noun());
            assert!(page.contains(&said), "{place:?}");
            let opened = page.matches("<details").count();
            assert_eq!(opened, page.matches("</details>").count(), "{place:?}");
        }
    }

    #[test]
    fn of_one_repository_as_many_findings_are_shown_as_fit() {
        let mut report = sample::large(1);
        let finding = report.repositories[0].findings[0].clone();
        report.repositories[0].findings = vec![finding; 5_000];
        report.fleet_findings.clear();
        let page = page(&report, Place::Comment);
        let shown = page.matches("\n| ").count() - 1;
        assert!(shown > 100, "{shown}");
        assert!(page.contains(&format!("> {} findings are left out", 5_000 - shown)), "{shown}");
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
