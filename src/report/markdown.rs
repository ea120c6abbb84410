//! The report as GitHub-flavoured Markdown, for job summaries, issues and comments.
//!
//! Nothing that a repository wrote can break out of its cell: no markup, HTML, links, mentions or references to
//! issues.

mod escape;
mod finding;
mod overview;

use std::fmt::Write as _;
use std::io;

use self::escape::{Within, code, escaped};
use self::finding::{TABLE_HEAD, row};
use super::matrix::repository_glyph;
use super::tally::Tally;
use super::words::{Words, archived};
use crate::checks::Finding;
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::drift::model::{Report, RepositoryReport};
use crate::source::shell::quoted;

pub(super) use self::escape::{attribute, text};

/// Bytes reserved for the lines that say what was left out.
const RESERVED_BYTES: usize = 500;

/// Up to this many findings about the fleet itself are shown without a fold.
const UNFOLDED: usize = 20;

/// The end of a fold.
const FOLD_END: &str = "\n</details>\n";

/// Where a page is shown, which limits its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The summary of a step.
    Summary,
    /// A comment on a pull request.
    Comment,
}

impl Place {
    /// The maximum length of a page in bytes.
    ///
    /// GitHub rejects a step summary of more than 1 MiB; this leaves room for what other steps add
    /// (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>). A comment may have 65,536
    /// characters. GitHub does not define what it counts as a character, but there are never more of them than bytes.
    /// The remainder is for what the caller puts around the page.
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

/// Writes the report, shortened if it would be too long.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(report, Place::Summary).as_bytes())
}

/// The report as a page for a place. What does not fit is counted.
pub(super) fn page(report: &Report, place: Place) -> String {
    let next = next(report, place);
    let mut page = Page { place, text: String::new(), kept: next.len(), sections: 0, findings: 0 };
    page.add(&opening(report));
    page.add(&notes(report));
    page.add(&overview::trend(report));
    page.add(&overview::triage(report));
    page.add(&overview::matrix(report));
    page.add(&overview::outliers(report));
    for repository in &report.repositories {
        if repository.error.is_some() || !repository.findings.is_empty() {
            let others = report.repositories.len() > 1 || !report.fleet_findings.is_empty();
            page.add_findings(&details(repository), &repository.findings, FOLD_END, others);
        }
    }
    if !report.fleet_findings.is_empty() {
        let (head, tail) = of_fleet(report);
        page.add_findings(&head, &report.fleet_findings, tail, false);
    }
    page.kept = 0;
    page.add(&next);
    page.ended()
}

struct Page {
    place: Place,
    text: String,
    /// Bytes reserved for what comes last.
    kept: usize,
    /// Sections that were left out.
    sections: usize,
    /// Findings that were left out of sections that were kept.
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

    /// Adds a section with a table of as many findings as fit; they may use half of the remaining room if other
    /// sections follow.
    fn add_findings(&mut self, head: &str, findings: &[Finding], tail: &str, others: bool) {
        let mut section = head.to_owned();
        if !findings.is_empty() {
            section.push_str(TABLE_HEAD);
        }
        let frame = section.len() + tail.len();
        let room = self.room().saturating_sub(frame) / if others { 2 } else { 1 };
        let mut rows = String::new();
        let mut shown = 0;
        // Most severe first, so that what does not fit matters least.
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

    /// The finished page, including what had to be left out.
    fn ended(mut self) -> String {
        let left_out: Vec<String> =
            [(self.findings, "finding", "findings"), (self.sections, "section", "sections")]
                .into_iter()
                .filter(|(number, ..)| *number > 0)
                .map(|(number, one, many)| counted_as(number, one, many))
                .collect();
        if !left_out.is_empty() {
            let is = if self.findings + self.sections == 1 { "is" } else { "are" };
            let _ = write!(
                self.text,
                "\n> {} {is} left out, because a {} cannot be larger. The formats `json` and `html` contain everything.\n",
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

/// What a reader has to know of the repositories.
fn notes(report: &Report) -> String {
    report.notes.iter().map(|note| format!("\n{}\n", text(note))).collect()
}

/// What is above and below the findings about the fleet itself: a heading, and a fold if there are many.
fn of_fleet(report: &Report) -> (String, &'static str) {
    let (whole, findings) = (Words::of(report).whole, &report.fleet_findings);
    let head = format!("\n### {whole}\n");
    match findings.len() > UNFOLDED {
        true => {
            let tally = Tally::of_findings(findings).findings();
            (format!("{head}\n<details><summary>{tally}</summary>\n"), FOLD_END)
        }
        false => (head, ""),
    }
}

/// The heading above a repository's findings.
fn details(repository: &RepositoryReport) -> String {
    let open = if repository.verdict == RepositoryVerdict::Broken { " open" } else { "" };
    let mut section = format!(
        "\n<details{open}><summary>{} <b>{}</b>: {}, {}{}</summary>\n",
        repository_glyph(repository.verdict, true),
        escaped(&repository.name, Within::Html),
        repository.verdict.as_str(),
        Tally::of_findings(&repository.findings).findings(),
        archived(repository),
    );
    if let Some(error) = &repository.error {
        let _ = write!(section, "\nCould not be judged: {}\n", text(error));
    }
    section
}

fn next(report: &Report, place: Place) -> String {
    let commands: Vec<String> = match place {
        Place::Summary => report.next.clone(),
        Place::Comment => report.next.iter().map(|command| in_a_clone(command, report)).collect(),
    };
    if commands.is_empty() {
        return String::new();
    }
    let list: String = commands.iter().map(|command| format!("- {}\n", code(command))).collect();
    let elsewhere = match place {
        Place::Summary => String::new(),
        Place::Comment => left_to_change(&commands, report),
    };
    format!("\n### Next\n\n{list}{elsewhere}")
}

/// The folder of the only repository's checkout, where the job has it in a folder of its own. A comment is read by people
/// who do not have that.
fn checkout(report: &Report) -> Option<&str> {
    let [one] = report.repositories.as_slice() else { return None };
    let folder = one.tree.as_ref().map_or("", |tree| tree.folder.as_str());
    let root = match one.origin.strip_suffix(folder).filter(|_| !folder.is_empty()) {
        Some(before) => before.strip_suffix('/')?,
        None => one.origin.as_str(),
    };
    (root != "." && !root.is_empty()).then_some(root)
}

/// A command with paths from the root of the only repository instead of those of the job.
fn in_a_clone(command: &str, report: &Report) -> String {
    match checkout(report) {
        Some(checkout) => from_root(command, &quoted(checkout)),
        None => command.to_owned(),
    }
}

/// The same, for this root, as it is quoted.
fn from_root(command: &str, root: &str) -> String {
    // Paths that need quotes are only known as a whole.
    let of_root = |word: &str| match word.strip_prefix(root)? {
        "" => Some(".".to_owned()),
        rest => rest.strip_prefix('/').filter(|rest| !rest.is_empty()).map(str::to_owned),
    };
    let padded = match root.starts_with('\'') {
        true => format!(" {command} ").replace(&format!(" {root} "), " . "),
        false => command.to_owned(),
    };
    let mut before = "";
    let mut words = Vec::new();
    for (index, word) in padded.trim().split(' ').enumerate() {
        // The program, its command and names are not paths, even if the checkout is called so.
        let is_name = index < 2 || NAMED_BY.contains(&before);
        words.push(of_root(word).filter(|_| !is_name).unwrap_or_else(|| word.to_owned()));
        before = word;
    }
    words.join(" ")
}

/// Options that are followed by a name.
const NAMED_BY: [&str; 6] = ["--slug", "--profile", "--repository", "--rule", "--owner", "--kind"];

/// What to change in the next commands to run them in a clone, where their paths are still those of the job.
fn left_to_change(commands: &[String], report: &Report) -> String {
    let mut instead = Vec::new();
    if report.repositories.len() > 1 && commands.iter().any(|it| it.contains(" --diff ")) {
        instead.push("the folders of your clones".to_owned());
    }
    let is_one = report.repositories.len() == 1;
    for option in ["--fleet", "--shape"] {
        let given = |command: &str| {
            let (_, rest) = command.split_once(&format!(" {option} "))?;
            Some(rest.split(' ').next().unwrap_or(rest).to_owned())
        };
        // A path from the root of the checkout is the same in a clone.
        let is_elsewhere = |(command, original): (&String, &String)| {
            let Some(path) = given(command) else { return false };
            let plain = path.trim_start_matches('\'');
            let is_below = !plain.starts_with('/') && !plain.starts_with("..");
            match checkout(report) {
                Some(_) => given(original) == Some(path),
                None => !is_one || !is_below,
            }
        };
        if commands.iter().zip(&report.next).any(is_elsewhere) {
            instead.push(format!("your own path after {}", code(option)));
        }
    }
    match instead.is_empty() {
        true => String::new(),
        false => format!(
            "\nThese commands have paths of the job. In a clone, use {}.\n",
            instead.join(" and ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rendered;
    use super::super::{Format, sample};
    use super::*;

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
    fn only_paths_of_a_command_are_counted_from_the_root() {
        let cases = [
            ("shipshape fix --diff repo", "repo", "shipshape fix --diff ."),
            (
                "shipshape fix --diff repo/one --slug repo",
                "repo",
                "shipshape fix --diff one --slug repo",
            ),
            (
                "shipshape validate fix --fleet fix/fleet.yaml",
                "fix",
                "shipshape validate . --fleet fleet.yaml",
            ),
            ("shipshape fix --diff shipshape", "shipshape", "shipshape fix --diff ."),
            ("shipshape fix 'my repo'", "'my repo'", "shipshape fix ."),
        ];
        for (command, root, wanted) in cases {
            assert_eq!(from_root(command, root), wanted);
        }
    }

    #[test]
    fn findings_of_the_fleet_itself_come_last_and_many_are_folded() {
        let mut report = sample::fleet();
        let page = rendered(&report, Format::Markdown);
        let at = |page: &str, word: &str| page.rfind(word).unwrap_or_else(|| panic!("{word}"));
        assert!(at(&page, "### The fleet itself") > at(&page, "<details"), "{page}");
        let one = report.fleet_findings[0].clone();
        report.fleet_findings = vec![one; 21];
        let page = rendered(&report, Format::Markdown);
        let (_, end) = page.split_once("### The fleet itself\n\n").expect("the section");
        assert!(end.starts_with("<details><summary>21 "), "{end}");
        assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
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
            let said = format!("left out, because a {} cannot be larger", place.noun());
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
}
