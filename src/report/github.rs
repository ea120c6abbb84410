//! The report as annotations of a GitHub Actions step.
//!
//! Source: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>. The job summary uses the
//! Markdown format, which the caller writes to `$GITHUB_STEP_SUMMARY`.

use std::fmt::Write as _;
use std::io;

use super::places::Places;
use super::tally::Tally;
use super::visible::visible;
use super::words::Words;
use crate::checks::{Finding, Severity};
use crate::drift::model::{Report, RepositoryReport};

/// GitHub shows this many annotations of each kind per step and drops the rest.
const SHOWN_PER_KIND: usize = 10;

/// Writes one workflow command for each finding, as many as GitHub shows, and a count of the rest.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::of(report);
    let many = report.repositories.len() > 1;
    let mut kinds = [("error", Vec::new()), ("warning", Vec::new()), ("notice", Vec::new())];
    let [(_, errors), (_, warnings), (_, notices)] = &mut kinds;
    let fleet = report.fleet_findings.iter().map(|finding| (None, finding));
    for repository in &report.repositories {
        if let Some(error) = &repository.error {
            let message = format!("{} could not be judged: {error}", repository.name);
            errors.push(Annotation {
                title: "shipshape".to_owned(),
                message,
                ..Default::default()
            });
        }
    }
    let members = report.repositories.iter().flat_map(|repository| {
        repository.findings.iter().map(move |finding| (Some(repository), finding))
    });
    for (repository, finding) in fleet.chain(members) {
        if finding.waived.is_some() {
            continue;
        }
        let annotation = Annotation::of(repository, finding, places, many);
        match finding.severity {
            Severity::Error => errors.push(annotation),
            Severity::Warning => warnings.push(annotation),
            // What could not be decided must not look like a mere notice.
            Severity::Info if finding.unchecked => warnings.push(annotation),
            Severity::Info => notices.push(annotation),
        }
    }
    let hidden = |limit: usize, number: usize| number.saturating_sub(limit);
    let mut left_out = 0;
    for (kind, annotations) in &kinds {
        // One notice is reserved for the summary line.
        let limit = if *kind == "notice" { SHOWN_PER_KIND - 1 } else { SHOWN_PER_KIND };
        left_out += hidden(limit, annotations.len());
        for annotation in annotations.iter().take(limit) {
            annotation.write(kind, out)?;
        }
    }
    let mut message = Tally::of(report).sentence(Words::of(report));
    if left_out > 0 {
        let _ =
            write!(message, "; {left_out} more are not annotated: every other format lists them");
    }
    Annotation { title: "shipshape".to_owned(), message, ..Default::default() }.write("notice", out)
}

/// One annotation. Lines and columns count from 1.
#[derive(Default)]
struct Annotation {
    file: Option<String>,
    lines: Option<(u32, u32)>,
    columns: Option<(u32, u32)>,
    title: String,
    message: String,
}

impl Annotation {
    fn of(
        repository: Option<&RepositoryReport>,
        finding: &Finding,
        places: Places<'_>,
        many: bool,
    ) -> Self {
        let prefix = repository.filter(|_| many).map(|repository| repository.name.as_str());
        let is_elsewhere = places.is_elsewhere(repository);
        let location = finding.location.as_ref().filter(|_| !is_elsewhere);
        let file = location.map(|it| places.path(repository, it.path.as_str()));
        let region = location.and_then(|location| location.region.as_ref());
        let lines = region.map(|region| (region.start.line, region.end.line));
        // GitHub accepts columns only for an annotation on a single line. Its end column is that of the last
        // character, ours the one after it.
        let columns = region
            .filter(|region| region.start.line == region.end.line)
            .map(|region| (region.start.column, region.start.column.max(region.end.column - 1)));
        let mut message = match (prefix, &file) {
            (Some(prefix), None) => format!("{prefix}: {}", finding.message),
            _ if is_elsewhere => {
                places.beginning(finding.location.as_ref()) + finding.message.as_str()
            }
            _ => finding.message.clone(),
        };
        if let Some(help) = &finding.help {
            message.push('\n');
            message.push_str(help);
        }
        let title = format!("{} {}", finding.rule.code, finding.rule.id);
        Self { file, lines, columns, title, message }
    }

    fn write(&self, kind: &str, out: &mut dyn io::Write) -> io::Result<()> {
        write!(out, "::{kind} ")?;
        if let Some(file) = &self.file {
            write!(out, "file={},", property(file))?;
        }
        if let Some((first, last)) = self.lines {
            write!(out, "line={first},endLine={last},")?;
        }
        if let Some((first, last)) = self.columns {
            write!(out, "col={first},endColumn={last},")?;
        }
        writeln!(out, "title={}::{}", property(&self.title), data(&self.message))
    }
}

/// Escapes the text of a command. Line ends are kept; other hidden characters are spelled out.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

/// Escapes the value of a property, where `,` and `:` are special.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::tests::rendered;
    use super::super::{Format, sample};
    use super::*;

    #[test]
    fn an_annotation_points_at_the_span() {
        let mut report = sample::fleet();
        report.repositories.truncate(1);
        report.fleet_findings.clear();
        let text = rendered(&report, Format::Github);
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(
            first,
            "::error file=Dockerfile,line=1,endLine=1,col=6,endColumn=21,title=SHP101 \
             docker-base-image::the base image is `python:3.12-slim`%0Abuild the final stage from \
             `python:3.11-slim`"
        );
    }

    #[test]
    fn no_text_of_a_repository_begins_a_command_or_a_property() {
        let text = rendered(&sample::fleet(), Format::Github);
        for line in text.lines() {
            let command = line.strip_prefix("::").and_then(|rest| rest.split_once(' '));
            let kind = command.map(|(kind, _)| kind);
            assert!(matches!(kind, Some("error" | "warning" | "notice")), "{line}");
        }
        assert_eq!(property("a,b:c%0A\r\n"), "a%2Cb%3Ac%250A\\r%0A");
    }

    #[test]
    fn what_github_would_drop_is_counted() {
        let report = sample::large(100);
        let text = rendered(&report, Format::Github);
        for kind in ["::error ", "::warning ", "::notice "] {
            assert!(text.lines().filter(|line| line.starts_with(kind)).count() <= 10, "{kind}");
        }
        let last = text.lines().last().unwrap_or_default();
        assert!(last.contains("more are not annotated"), "{last}");
    }

    #[test]
    fn what_could_not_be_decided_is_at_least_a_warning() {
        let text = rendered(&sample::fleet(), Format::Github);
        let line = text.lines().find(|line| line.contains("is not at hand")).unwrap_or_default();
        assert!(line.starts_with("::warning "), "{line}");
        assert!(!text.contains("weekly"), "a waived finding is no annotation");
    }
}
