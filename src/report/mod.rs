//! The output formats of a [`Report`], one file each.
//!
//! Nothing is decided here. All text that came from a repository is untrusted until a format has escaped it.

pub mod json;

pub mod campaign_page;
pub mod comment;
mod github;
pub(crate) mod html;
mod human;
mod junit;
mod markdown;
mod matrix;
mod places;
mod sarif;
mod tally;
pub(crate) mod visible;
mod words;
mod xml;

#[cfg(test)]
pub(crate) mod sample;

use std::io;

use crate::checks::{Finding, Severity};
use crate::drift::model::Report;

/// A form that a report can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text for a terminal, with excerpts of the sources.
    Human,
    /// One JSON document, see `schemas/report.schema.json`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of a GitHub Actions step.
    Github,
    /// JUnit's XML, for CI servers.
    Junit,
    /// GitHub-flavoured Markdown, for job summaries and comments.
    Markdown,
    /// One page that needs neither network nor server.
    Html,
}

impl Format {
    /// Whether the format shows both sides of a difference, which a report does not keep otherwise.
    #[must_use]
    pub fn shows_differences(self) -> bool {
        match self {
            Self::Html => true,
            Self::Human
            | Self::Json
            | Self::Sarif
            | Self::Github
            | Self::Junit
            | Self::Markdown => false,
        }
    }

    /// Whether consumers look up its paths in the checkout, so that they must be relative to its root rather than to
    /// the judged repository.
    #[must_use]
    pub fn counts_paths_from_the_checkout(self) -> bool {
        match self {
            Self::Sarif | Self::Github => true,
            Self::Human | Self::Json | Self::Junit | Self::Markdown | Self::Html => false,
        }
    }

    /// Whether it is one document, which nothing can read any more when another report comes before or behind it.
    #[must_use]
    pub fn is_one_document(self) -> bool {
        match self {
            Self::Json | Self::Sarif | Self::Junit | Self::Html => true,
            Self::Human | Self::Github | Self::Markdown => false,
        }
    }

    /// Whether its lines are workflow commands, to be interpreted by the job that prints them.
    #[must_use]
    pub fn is_obeyed_by_a_job(self) -> bool {
        match self {
            Self::Github => true,
            Self::Human | Self::Json | Self::Sarif | Self::Junit | Self::Markdown | Self::Html => {
                false
            }
        }
    }
}

/// How a report is shown: the layout of text for a terminal, and what fails where a format has failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours may be used.
    pub color: bool,
    /// Whether the terminal can show more than ASCII.
    pub unicode: bool,
    /// The width of the terminal in columns.
    pub width: usize,
    /// Whether sentences are wrapped at that width. A file or pipe takes lines of any length, which are easier to search.
    pub wraps: bool,
    /// Whether to show everything that is otherwise grouped, truncated or only counted.
    pub verbose: bool,
    /// What fails.
    pub fails: Fails,
}

/// What fails a run, apart from what could not be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// Findings of at least this severity.
    From(Severity),
    /// Repositories that are not conformant.
    Drift,
}

impl Fails {
    /// Whether an open finding fails the run.
    #[must_use]
    pub fn by(self, finding: &Finding) -> bool {
        finding.severity
            >= match self {
                Self::From(severity) => severity,
                Self::Drift => Severity::Warning,
            }
    }
}

impl Default for Style {
    /// The style for a file or pipe: no colour, 100 columns.
    fn default() -> Self {
        Self {
            color: false,
            unicode: true,
            width: 100,
            wraps: false,
            verbose: false,
            fails: Fails::From(Severity::Warning),
        }
    }
}

/// Writes a report.
///
/// # Errors
/// When the writer fails.
pub fn render(
    report: &Report,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::render(report, *style, out),
        Format::Json => json::render(report, out),
        Format::Sarif => sarif::render(report, out),
        Format::Github => github::render(report, out),
        Format::Junit => junit::render(report, style.fails, out),
        Format::Markdown => markdown::render(report, out),
        Format::Html => html::render(report, out),
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    /// Renders as text; every format is UTF-8.
    pub(super) fn rendered(report: &Report, format: Format) -> String {
        let mut bytes = Vec::new();
        render(report, format, &Style::default(), &mut bytes).expect("a vector takes all");
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn no_format_emits_what_could_drive_a_terminal_or_reorder_text() {
        let report = sample::fleet();
        for format in Format::value_variants() {
            let text = rendered(&report, *format);
            assert!(text.len() > 500, "{format:?} rendered nothing");
            for hostile in ['\u{1b}', '\u{202e}', '\u{7}', '\u{9b}', '\0'] {
                assert!(!text.contains(hostile), "{format:?} emits {hostile:?} raw");
            }
        }
    }

    #[test]
    fn every_format_survives_a_report_without_anything() {
        let report = sample::empty();
        for format in Format::value_variants() {
            assert!(!rendered(&report, *format).is_empty(), "{format:?}");
        }
    }

    #[test]
    fn no_format_hides_a_repository_that_could_not_be_judged() {
        let report = sample::fleet();
        for format in Format::value_variants() {
            let text = rendered(&report, *format);
            assert!(text.contains("object database is damaged"), "{format:?}");
        }
    }
}
