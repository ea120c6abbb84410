//! Reports what a build did to each file: every edited line before and after, and every name that was left.
//!
//! The values are serialised, and commands render them for display. Lines are cut to a window around their edits, so
//! that a report on one endless line stays small.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Namespace, Refusal, Rewritten};
use crate::snapshot::RepoPath;
use crate::source::python::MentionKind;

/// Name and version of the format.
pub const SCHEMA: &str = "shipshape/rewrite-report/1";

/// Maximum number of bytes of a line to show on either side of its edits.
const MAX_CONTEXT_BYTES: usize = 160;

/// What was rewritten in a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RewriteReport {
    /// Name and version of the format.
    pub schema: &'static str,
    /// The package that modules were moved under.
    pub package: String,
    /// The top-level modules that were moved.
    pub modules: Vec<String>,
    /// Files with an edit or a mention, by path.
    pub files: Vec<FileReport>,
    /// Files that could not be rewritten, by path.
    pub refused: Vec<RefusalReport>,
}

/// What was rewritten in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileReport {
    /// The file.
    pub path: String,
    /// Number of insertions.
    pub insertions: usize,
    /// Lines with insertions, by number.
    pub lines: Vec<LineReport>,
    /// Texts that name a module and were not changed, by position.
    pub mentions: Vec<MentionReport>,
}

/// A line with insertions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LineReport {
    /// Its number, from 1.
    pub line: u32,
    /// The column of the first insertion, from 1.
    pub column: u32,
    /// The line before; `…` marks omitted text.
    pub before: String,
    /// The line after.
    pub after: String,
}

/// A text that names a module and was not changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MentionReport {
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// How it names the module.
    pub kind: String,
    /// The text.
    pub name: String,
    /// Whether the shipped code no longer works the same because of it.
    pub breaks: bool,
}

/// A file that could not be rewritten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusalReport {
    /// The file.
    pub path: String,
    /// Its line, from 1, if the problem has a position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Why.
    pub reason: String,
}

impl RewriteReport {
    /// Creates an empty report.
    #[must_use]
    pub fn new(namespace: &Namespace) -> Self {
        Self {
            schema: SCHEMA,
            package: namespace.package.clone(),
            modules: namespace.roots.iter().cloned().collect(),
            files: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Adds a file, unless it has neither edits nor mentions.
    pub fn add(&mut self, path: &RepoPath, before: &[u8], rewritten: &Rewritten) {
        if !rewritten.edits.is_empty() || !rewritten.mentions.is_empty() {
            self.files.push(FileReport::of(path, before, rewritten));
        }
    }

    /// Adds a file that was refused.
    pub fn refuse(&mut self, refusal: &Refusal) {
        self.refused.push(RefusalReport {
            path: refusal.path.to_string(),
            line: refusal.position.map(|at| at.line),
            column: refusal.position.map(|at| at.column),
            reason: refusal.reason.to_string(),
        });
    }

    /// Sorts files by path, since they may be added in any order.
    pub fn sort(&mut self) {
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        self.refused.sort_by(|one, other| one.path.cmp(&other.path));
    }
}

impl FileReport {
    /// The report on one file.
    #[must_use]
    pub fn of(path: &RepoPath, before: &[u8], rewritten: &Rewritten) -> Self {
        let mut lines: Vec<LineReport> = Vec::new();
        let edits = &rewritten.edits;
        let same_line = edits.chunk_by(|one, other| one.position.line == other.position.line);
        let mut grown = 0;
        for group in same_line {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let growth: usize = group.iter().map(|edit| edit.inserted.len()).sum();
            let (start, end) = (first.offset, last.offset);
            lines.push(LineReport {
                line: first.position.line,
                column: first.position.column,
                before: line_around(before, start, end),
                after: line_around(&rewritten.bytes, start + grown, end + grown + growth),
            });
            grown += growth;
        }
        let mentions = rewritten.mentions.iter().map(|mention| MentionReport {
            line: mention.position.line,
            column: mention.position.column,
            kind: kind(mention.kind).to_owned(),
            name: mention.name.clone(),
            breaks: mention.breaks(),
        });
        let mentions = mentions.collect();
        Self { path: path.to_string(), insertions: edits.len(), lines, mentions }
    }
}

/// The kind's name in reports.
fn kind(kind: MentionKind) -> &'static str {
    match kind {
        MentionKind::ImportModule => "import-module",
        MentionKind::DunderImport => "dunder-import",
        MentionKind::FindSpec => "find-spec",
        MentionKind::RunModule => "run-module",
        MentionKind::Resource => "resource",
        MentionKind::SysModules => "sys-modules",
        MentionKind::SysModulesQuery => "sys-modules-query",
        MentionKind::Patch => "patch",
        MentionKind::Command => "command",
        MentionKind::Path => "path",
        MentionKind::Doctest => "doctest",
    }
}

/// The line or lines around a range, without their end, cut if they are long.
fn line_around(bytes: &[u8], start: usize, end: usize) -> String {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let (before, rest) = bytes.split_at(start.min(bytes.len()));
    let (inner, after) = rest.split_at(end.saturating_sub(start).min(rest.len()));
    let begin = before.iter().rposition(is_end).map_or(0, |at| at + 1);
    let before = before.get(begin..).unwrap_or_default();
    let after =
        after.get(..after.iter().position(is_end).unwrap_or(after.len())).unwrap_or_default();
    let mut shown = String::new();
    if before.len() > MAX_CONTEXT_BYTES {
        shown.push('…');
    }
    let kept = before.get(before.len().saturating_sub(MAX_CONTEXT_BYTES)..).unwrap_or_default();
    shown.push_str(&String::from_utf8_lossy(kept));
    if inner.len() > 2 * MAX_CONTEXT_BYTES {
        shown
            .push_str(&String::from_utf8_lossy(inner.get(..MAX_CONTEXT_BYTES).unwrap_or_default()));
        shown.push('…');
        let tail = inner.get(inner.len() - MAX_CONTEXT_BYTES..).unwrap_or_default();
        shown.push_str(&String::from_utf8_lossy(tail));
    } else {
        shown.push_str(&String::from_utf8_lossy(inner));
    }
    let kept = after.get(..after.len().min(MAX_CONTEXT_BYTES)).unwrap_or_default();
    shown.push_str(&String::from_utf8_lossy(kept));
    if after.len() > MAX_CONTEXT_BYTES {
        shown.push('…');
    }
    shown
}
