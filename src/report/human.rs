//! The report as text for a terminal: the matrix, stale paths, and findings with excerpts.
//!
//! It stays readable for a thousand repositories: those with the same findings are shown once, and whatever is left
//! out is counted.

mod finding;
mod grid;
mod names;
mod paint;
mod triage;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use paint::{Ink, Paint, width};

use super::Style;
use super::matrix::{Matrix, repository_glyph};
use super::tally::Tally;
use super::visible::visible;
use super::words::{Words, archived};
use crate::checks::{Finding, Safety, path_rules};
use crate::counted::counted_as;
use crate::drift::RepositoryVerdict;
use crate::drift::model::{PathReport, Report, RepositoryReport, TrendPoint};
use crate::edge::terminal::lines_of;
use crate::shape::PathVerdict;

/// How many groups of repositories are shown with their findings, unless verbose.
const GROUPS: usize = 20;
/// More findings of one rule than this are represented by the first, unless verbose.
const ALIKE: usize = 3;
/// How many findings of each group are shown, unless verbose.
const FINDINGS: usize = 25;
/// How many lines of each list are shown, unless verbose.
const LINES: usize = 15;

/// The indentation of what goes on in another line.
const BELOW: &str = "    ";

/// Writes the report.
pub(super) fn render(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let prefix = Matrix::of(report, 0).shared_prefix();
    let mut page = Page { style, paint: Paint::new(style), prefix, out };
    if report.repositories.len() > 1 {
        grid::write(report, &page.paint, style, page.out)?;
        page.stale(report)?;
        page.outliers(report)?;
    }
    page.trend(&report.trend)?;
    page.findings(report)?;
    page.fleet(report)?;
    if report.repositories.len() > 1 {
        page.triage(report)?;
    }
    page.closing(report)
}

struct Page<'a> {
    style: Style,
    paint: Paint,
    /// The common prefix of most repository names, which lists leave out.
    prefix: &'a str,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    /// The given limit, or none if verbose.
    fn limit(&self, limit: usize) -> usize {
        if self.style.verbose { usize::MAX } else { limit }
    }

    /// A repository's name without the prefix that most share.
    fn short<'n>(&self, name: &'n str) -> &'n str {
        name.strip_prefix(self.prefix).unwrap_or(name)
    }

    /// A line that ends in names: as many as fit, and the number of the others.
    fn listed(&self, before: &str, names: &[&str]) -> String {
        self.listed_within(before, names, self.style.width)
    }

    /// Like [`listed`](Self::listed), in this many columns unless verbose.
    fn listed_within(&self, before: &str, names: &[&str], room: usize) -> String {
        let room = if self.style.verbose { usize::MAX } else { room };
        self.paint.cut(&names::listed(before, names, self.prefix, room), room).into_owned()
    }

    /// Counts in front of names: as many names as fit into this many columns, and all of the counts.
    fn counted_before(&self, counts: &str, names: &[&str], room: usize) -> String {
        let room_of_names = if self.style.verbose { usize::MAX } else { room };
        let line = names::listed(counts, names, self.prefix, room_of_names);
        self.counted(&line, room)
    }

    /// A line of counts, which are never cut: what does not fit into this many columns of a terminal goes on below.
    fn counted(&self, line: &str, room: usize) -> String {
        let is_free = self.style.verbose || !self.style.wraps;
        match is_free || width(line) <= room {
            true => line.to_owned(),
            false => lines_of(line, room.saturating_sub(BELOW.len())).join(&format!("\n{BELOW}")),
        }
    }

    /// A sentence in lines that fit the terminal.
    fn wrapped(&self, sentence: &str) -> String {
        match self.style.wraps {
            true => lines_of(sentence, self.style.width).join("\n"),
            false => sentence.to_owned(),
        }
    }

    fn heading(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "{}", self.paint.ink(Ink::Heading, title))
    }

    /// Says how many were left out, and how to see them.
    fn hidden(&mut self, number: usize, one: &str, many: &str) -> io::Result<()> {
        if number == 0 {
            return Ok(());
        }
        writeln!(self.out, "{}", self.paint.hidden(&counted_as(number, one, many)))
    }

    fn findings(&mut self, report: &Report) -> io::Result<()> {
        let groups = groups(report, self.style.verbose);
        let shown = self.limit(GROUPS);
        for group in groups.iter().take(shown) {
            self.group(group, Words::of(report), report.repositories.len() > 1)?;
        }
        let left_out = groups.iter().skip(shown).map(Vec::len).sum();
        let Words { one, many, .. } = Words::of(report);
        let (one, many) = (format!("{one} with findings is"), format!("{many} with findings are"));
        self.hidden(left_out, &one, &many)?;
        if left_out > 0 { writeln!(self.out) } else { Ok(()) }
    }

    /// Writes repositories with the same findings as one section. With `fold`, several findings of one rule are
    /// represented by an example, so that the tables at the end remain easy to find.
    fn group(&mut self, group: &[&RepositoryReport], words: Words, fold: bool) -> io::Result<()> {
        let Some((first, others)) = group.split_first() else { return Ok(()) };
        let verdict = first.verdict;
        let glyph = repository_glyph(verdict, self.style.unicode);
        let title = format!("{glyph} {}", visible(&first.name));
        let tally = Tally::of_findings(&first.findings).findings();
        writeln!(
            self.out,
            "{}: {}{}{}",
            self.paint.ink(Ink::of(verdict), &title),
            self.paint.ink(Ink::of(verdict), verdict.as_str()),
            if first.findings.is_empty() { String::new() } else { format!(", {tally}") },
            archived(first),
        )?;
        if !others.is_empty() {
            let names: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
            let alike = counted_as(others.len(), words.one, words.many).replacen(' ', " more ", 1);
            let line = self.listed(&format!("  and {alike} with the same findings: "), &names);
            writeln!(self.out, "{}", self.paint.ink(Ink::Quiet, &line))?;
        }
        writeln!(self.out)?;
        if let Some(error) = &first.error {
            let label = self.paint.ink(Ink::of(RepositoryVerdict::Broken), "could not be judged:");
            let words = self.wrapped(&format!("{label} {}", visible(error)));
            writeln!(self.out, "{words}\n")?;
        }
        let verbose = self.style.verbose;
        let told = first.findings.iter().filter(|finding| verbose || finding.waived.is_none());
        let mut told: Vec<&Finding> = told.collect();
        // Most severe first, and within a severity the undecided ones, which keep a repository from being green
        // whatever else is fixed. Otherwise the order of places is kept.
        told.sort_by_key(|finding| (Reverse(finding.severity), !finding.unchecked));
        // An undecided finding cannot represent decided ones, nor the other way round.
        let sort = |finding: &Finding| (finding.rule.id, finding.unchecked);
        let mut folded: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        if fold && !verbose {
            let mut seen: BTreeMap<(&str, bool), usize> = BTreeMap::new();
            told.iter().for_each(|finding| *seen.entry(sort(finding)).or_default() += 1);
            let many = |finding: &&Finding| seen.get(&sort(finding)).is_some_and(|it| *it > ALIKE);
            told.retain(|finding| {
                let count = folded.entry(sort(finding)).or_default();
                *count += 1;
                *count == 1 || !many(finding)
            });
            folded.retain(|_, count| *count > ALIKE);
        }
        let shown = self.limit(FINDINGS);
        for finding in told.iter().take(shown) {
            finding::write(Some(&first.name), finding, self.style, self.out)?;
        }
        for ((rule, is_undecided), found) in &folded {
            let what = if *is_undecided { "further undecided" } else { "further" };
            let (one, many) = (format!("{what} `{rule}` is"), format!("{what} `{rule}` are"));
            self.hidden(found - 1, &one, &many)?;
        }
        if !folded.is_empty() {
            writeln!(self.out)?;
        }
        self.hidden_findings(told.len().saturating_sub(shown))
    }

    /// Says how many findings of a section were left out, with the empty line that ends it.
    fn hidden_findings(&mut self, number: usize) -> io::Result<()> {
        self.hidden(number, "finding is", "findings are")?;
        if number > 0 { writeln!(self.out) } else { Ok(()) }
    }

    /// Writes the stale paths, furthest behind first: those that can be replaced as they are, then those whose repair
    /// would do something else in the repository as well, then those of archived repositories.
    fn stale(&mut self, report: &Report) -> io::Result<()> {
        let mut safe = StalePaths::new();
        let mut unsafe_here = StalePaths::new();
        let mut in_archived = StalePaths::new();
        for repository in &report.repositories {
            for path in repository.paths.iter().filter(|path| path.verdict == PathVerdict::Stale) {
                let key = (Reverse(path.behind.unwrap_or(1)), path.path.as_str());
                let paths = match is_replaced_safely(repository, path) {
                    _ if repository.is_archived => &mut in_archived,
                    true => &mut safe,
                    false => &mut unsafe_here,
                };
                paths.entry(key).or_default().push(&repository.name);
            }
        }
        self.stale_paths("Stale, safe to replace", &safe)?;
        self.stale_paths("Stale, to be reviewed", &unsafe_here)?;
        self.stale_paths("Stale, but archived", &in_archived)
    }

    fn stale_paths(&mut self, heading: &str, stale: &StalePaths<'_>) -> io::Result<()> {
        if stale.is_empty() {
            return Ok(());
        }
        self.heading(heading)?;
        let shown = self.limit(LINES);
        for ((Reverse(behind), path), repositories) in stale.iter().take(shown) {
            let versions = counted_as(*behind as usize, "version behind", "versions behind");
            let many = match repositories.len() {
                1 => String::new(),
                number => format!("{number} repositories: "),
            };
            let path = format!("  {versions:<18} {}", visible(path));
            let beside = format!("{path}  in {many}");
            let first = repositories.first().copied().unwrap_or_default();
            let others = match repositories.len().saturating_sub(1) {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            let least = width(&beside) + width(self.short(first)) + width(&others);
            // On a narrow screen the repositories get a line of their own, since they say where to look.
            let before = match self.style.verbose || least <= self.style.width {
                true => beside,
                false => {
                    writeln!(self.out, "{}", self.counted(&path, self.style.width))?;
                    format!("{BELOW}in {many}")
                }
            };
            writeln!(self.out, "{}", self.listed(&before, repositories))?;
        }
        self.hidden(stale.len().saturating_sub(shown), "stale path is", "stale paths are")?;
        writeln!(self.out)
    }

    fn outliers(&mut self, report: &Report) -> io::Result<()> {
        if report.outliers.is_empty() {
            return Ok(());
        }
        self.heading("Outliers")?;
        let shown = self.limit(LINES);
        for outlier in report.outliers.iter().take(shown) {
            let line = format!(
                "  {}: present in {} of {}: {}",
                visible(&outlier.path),
                outlier.present_in.len(),
                outlier.of,
                visible(&outlier.question),
            );
            writeln!(self.out, "{}", self.counted(&line, self.style.width))?;
        }
        self.hidden(report.outliers.len().saturating_sub(shown), "path is", "paths are")?;
        writeln!(self.out)
    }

    fn trend(&mut self, trend: &[TrendPoint]) -> io::Result<()> {
        if trend.is_empty() {
            return Ok(());
        }
        let recent = &trend[trend.len().saturating_sub(40)..];
        let known = |point: &TrendPoint| point.is_known().then_some(point.findings);
        let findings: Vec<Option<u32>> = recent.iter().map(known).collect();
        let told = TrendPoint::in_words(trend);
        let told: Vec<_> = told.iter().map(|point| visible(point)).collect();
        let line = format!("Trend  {}", sparkline(&findings, self.style.unicode));
        let whole = format!("{line}  {}", told.join(", "));
        if width(&whole) <= self.style.width {
            return writeln!(self.out, "{whole}\n");
        }
        writeln!(self.out, "{line}")?;
        for point in told {
            writeln!(self.out, "{}", self.counted(&format!("  {point}"), self.style.width))?;
        }
        writeln!(self.out)
    }

    fn fleet(&mut self, report: &Report) -> io::Result<()> {
        if report.fleet_findings.is_empty() {
            return Ok(());
        }
        self.heading(Words::of(report).whole)?;
        writeln!(self.out)?;
        let shown = self.limit(FINDINGS);
        for finding in report.fleet_findings.iter().take(shown) {
            finding::write(None, finding, self.style, self.out)?;
        }
        self.hidden_findings(report.fleet_findings.len().saturating_sub(shown))
    }

    fn closing(&mut self, report: &Report) -> io::Result<()> {
        for note in &report.notes {
            writeln!(self.out, "{}\n", self.wrapped(&visible(note)))?;
        }
        let sentence = Tally::of(report).sentence(Words::of(report));
        let sentence = if self.style.unicode { sentence } else { sentence.replace('·', "|") };
        let sentence = self.wrapped(&sentence);
        writeln!(self.out, "{}", self.paint.ink(Ink::Strong, &sentence))?;
        if report.next.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nNext:")?;
        for command in &report.next {
            writeln!(self.out, "  {}", self.paint.ink(Ink::Command, &visible(command)))?;
        }
        Ok(())
    }
}

/// Stale paths by how far they are behind, with the repositories in which they are.
type StalePaths<'a> = BTreeMap<(Reverse<u32>, &'a str), Vec<&'a str>>;

/// Whether each finding that the path is stale has a repair that needs no review.
fn is_replaced_safely(repository: &RepositoryReport, path: &PathReport) -> bool {
    let about = repository.findings.iter().filter(|finding| {
        finding.rule.code == path_rules::PATH_STALE.code && finding.path() == Some(&path.path)
    });
    let is_safe =
        |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe);
    about.into_iter().all(is_safe)
}

/// What the repositories of a group have in common: the verdict, whether they are archived, the error, the findings.
type Alike<'r> = (RepositoryVerdict, bool, Option<&'r str>, Vec<finding::Key<'r>>);

/// Groups the repositories that have something to show by their findings, worst verdict first.
fn groups(report: &Report, verbose: bool) -> Vec<Vec<&RepositoryReport>> {
    let mut places: HashMap<Alike<'_>, usize> = HashMap::new();
    let mut groups: Vec<Vec<&RepositoryReport>> = Vec::new();
    for repository in &report.repositories {
        let told = repository.findings.iter().filter(|finding| verbose || finding.waived.is_none());
        let keys: Vec<_> = told.map(finding::key).collect();
        if keys.is_empty() && repository.error.is_none() {
            continue;
        }
        let place = places
            .entry((repository.verdict, repository.is_archived, repository.error.as_deref(), keys))
            .or_insert(groups.len());
        match groups.get_mut(*place) {
            Some(group) => group.push(repository),
            None => groups.push(vec![repository]),
        }
    }
    // The sort is stable: within a verdict, the order of names is kept.
    groups.sort_by_key(|group| Reverse(group.first().map(|first| first.verdict)));
    groups
}

/// Numbers as bars, with `?` for unknown ones.
fn sparkline(values: &[Option<u32>], unicode: bool) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if !unicode {
        let word = |value: &Option<u32>| value.map_or_else(|| "?".to_owned(), |it| it.to_string());
        return values.iter().map(word).collect::<Vec<_>>().join(" ");
    }
    let most = values.iter().flatten().copied().max().unwrap_or(0).max(1);
    let bar = |value: u32| {
        let step = u64::from(value) * 7 / u64::from(most);
        usize::try_from(step).ok().and_then(|step| BARS.get(step)).copied().unwrap_or('█')
    };
    values.iter().map(|value| value.map_or('?', bar)).collect()
}

#[cfg(test)]
mod tests;
