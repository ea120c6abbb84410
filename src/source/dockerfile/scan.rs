//! Splits a Dockerfile into instructions: directives, continuations, comments, here-documents.
//!
//! Follows `BuildKit`'s `frontend/dockerfile/parser`. A parser crate was tried and dropped: its
//! strings lose their positions at a continuation, and one unknown instruction hides the whole
//! file.

use super::swallowed::Quotes;
use super::{Heredoc, ImageReference, words};
use crate::source::spliced::Spliced;
use crate::source::text::{Span, SyntaxError, Text};

/// Docker's frontends.
const OWN_FRONTENDS: [&str; 2] =
    ["docker.io/docker/dockerfile", "docker.io/docker/dockerfile-upstream"];

/// An instruction whose arguments have not been parsed yet.
#[derive(Clone, Debug)]
pub(super) struct RawInstruction {
    /// The keyword, in upper case.
    pub(super) keyword: String,
    pub(super) keyword_span: Span,
    pub(super) arguments: Spliced,
    pub(super) heredocs: Vec<Heredoc>,
    pub(super) span: Span,
}

impl RawInstruction {
    /// The instruction that an `ONBUILD` holds.
    pub(super) fn held(&self) -> Self {
        let content = self.arguments.as_str();
        let length = content.find(char::is_whitespace).unwrap_or(content.len());
        Self {
            keyword: content.get(..length).unwrap_or_default().to_ascii_uppercase(),
            keyword_span: self.arguments.span(0..length),
            arguments: self.arguments.part(length..content.len()).trimmed(),
            heredocs: self.heredocs.clone(),
            span: self.span,
        }
    }
}

#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) escape: char,
    /// The frontend that a `syntax` directive names, if it is not Docker's: it may take other flags.
    pub(super) frontend: Option<String>,
    pub(super) instructions: Vec<RawInstruction>,
}

struct Lines<'t> {
    content: &'t str,
    at: usize,
}

/// A line without its line end, and its start offset.
type Line<'t> = (&'t str, usize);

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<Line<'t>> {
        let start = self.at;
        let rest = self.content.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').unwrap_or(rest.len());
        self.at = (start + length + 1).min(self.content.len());
        let line = rest.get(..length).unwrap_or_default();
        Some((line.trim_end_matches('\r'), start))
    }
}

/// Whether a line is a comment; indentation is allowed.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

pub(super) fn scan(text: &Text) -> Result<Scanned, SyntaxError> {
    let content = text.as_str();
    let (escape, frontend) = directives(content)?;
    let mut lines = Lines { content, at: 0 };
    let mut instructions = Vec::new();
    while let Some((line, start)) = lines.next() {
        if line.trim().is_empty() || is_comment(line) {
            continue;
        }
        let logical = join(line, start, escape, &mut lines)?;
        instructions.push(instruction(&logical, escape, &mut lines)?);
    }
    Ok(Scanned { escape, frontend, instructions })
}

/// Parses the directives at the top and returns the escape character, and the frontend if it is not Docker's.
fn directives(content: &str) -> Result<(char, Option<String>), SyntaxError> {
    let mut lines = Lines { content, at: 0 };
    let mut seen: Vec<String> = Vec::new();
    let mut escape = '\\';
    let mut frontend = None;
    while let Some((line, start)) = lines.next() {
        let Some((name, value)) =
            line.trim().strip_prefix('#').and_then(|directive| directive.split_once('='))
        else {
            break;
        };
        let name = name.trim().to_ascii_lowercase();
        if !matches!(name.as_str(), "escape" | "syntax" | "check") {
            break;
        }
        let span = Span::new(start, start + line.len());
        if seen.contains(&name) {
            return Err(SyntaxError::new(span, format!("only one `{name}` directive may be used")));
        }
        if name == "escape" {
            escape = match value.trim() {
                "\\" => '\\',
                "`" => '`',
                _ => return Err(SyntaxError::new(span, "the escape must be ` or \\")),
            };
        }
        if name == "syntax" {
            let named = ImageReference::parse(value.trim()).repository;
            frontend = Some(named).filter(|named| !OWN_FRONTENDS.contains(&named.as_str()));
        }
        seen.push(name);
    }
    Ok((escape, frontend))
}

/// Returns the length of a continued line without its escape; `None` if it is not continued.
fn continued(line: &str, escape: char) -> Option<usize> {
    let kept = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    // An escaped escape at the end of a line does not continue it.
    (!kept.ends_with(escape)).then_some(kept.len())
}

/// Joins a line with those that continue it.
///
/// # Errors
/// When one of them would begin another instruction.
fn join(
    line: &str,
    start: usize,
    escape: char,
    lines: &mut Lines<'_>,
) -> Result<Spliced, SyntaxError> {
    let indentation = line.len() - line.trim_start().len();
    let mut joined = Spliced::at(start + indentation);
    let mut quotes = Quotes::new(escape);
    let (mut line, mut start, mut from) = (line, start, indentation);
    loop {
        let kept = continued(line, escape);
        let part = line.get(from..kept.unwrap_or(line.len())).unwrap_or_default();
        joined.push(part, start + from);
        if kept.is_none() {
            return Ok(joined);
        }
        quotes.read(part);
        loop {
            let Some(next) = lines.next() else { return Ok(joined) };
            // Comments and empty lines inside a continuation are dropped.
            if !is_comment(next.0) && !next.0.trim().is_empty() {
                (line, start) = next;
                from = 0;
                break;
            }
        }
        if let Some(keyword) = quotes.swallowed(joined.as_str(), indentation, line) {
            return Err(swallowed(keyword, joined.as_str(), (line, start)));
        }
    }
}

fn swallowed(keyword: &str, joined: &str, (line, start): Line<'_>) -> SyntaxError {
    let at = start + (line.len() - line.trim_start().len());
    let by = joined.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    SyntaxError::new(
        Span::new(at, at + keyword.len()),
        format!("`{keyword}` begins no instruction here: a `\\` above continues the {by}"),
    )
}

fn instruction(
    logical: &Spliced,
    escape: char,
    lines: &mut Lines<'_>,
) -> Result<RawInstruction, SyntaxError> {
    let content = logical.as_str();
    let length = content.find(char::is_whitespace).unwrap_or(content.len());
    let keyword = content.get(..length).unwrap_or_default().to_ascii_uppercase();
    let arguments = logical.part(length..content.len()).trimmed();
    let mut span = logical.whole_span();
    let mut heredocs = Vec::new();
    let onbuild = keyword == "ONBUILD";
    let inner = arguments.as_str().split_whitespace().next().unwrap_or_default();
    let takes_heredocs = |keyword: &str| matches!(keyword, "RUN" | "COPY" | "ADD");
    if takes_heredocs(&keyword) || (onbuild && takes_heredocs(&inner.to_ascii_uppercase())) {
        for mut heredoc in words::heredoc_marks(&arguments, escape) {
            body(&mut heredoc, lines)?;
            span = span.to(heredoc.span);
            heredocs.push(heredoc);
        }
    }
    let keyword_span = logical.span(0..length);
    Ok(RawInstruction { keyword, keyword_span, arguments, heredocs, span })
}

/// Reads the lines of a here-document up to its terminator.
fn body(heredoc: &mut Heredoc, lines: &mut Lines<'_>) -> Result<(), SyntaxError> {
    let mark = heredoc.mark;
    heredoc.body = Spliced::at(lines.at);
    heredoc.span = Span::at(lines.at);
    while let Some((line, start)) = lines.next() {
        let shown = if heredoc.strip_tabs { line.trim_start_matches('\t') } else { line };
        heredoc.span.end = lines.at;
        if shown == heredoc.name {
            return Ok(());
        }
        let from = start + line.len() - shown.len();
        let whole = lines.content.get(from..lines.at).unwrap_or_default();
        heredoc.body.push(whole, from);
    }
    Err(SyntaxError::new(mark, format!("the here-document `{}` is never closed", heredoc.name)))
}
