//! What a check found: where, why, what to do about it, and how to fix it.

use std::sync::Arc;

use serde::Serialize;

use super::Rule;
use crate::change::FileEdit;
use crate::severity::Severity;
use crate::snapshot::{BlobId, RepoPath};
use crate::source::{Excerpt, Position, Span, Text};

/// Something that a rule found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// Severity in this run.
    pub severity: Severity,
    /// Where it is; `None` if it is about the repository as a whole.
    pub location: Option<Location>,
    /// What is wrong: one line, without a trailing full stop.
    pub message: String,
    /// What to do next: one line.
    pub help: Option<String>,
    /// Other places that matter, each with a short explanation.
    pub related: Vec<(Location, String)>,
    /// A fix, if one is known.
    pub fix: Option<Fix>,
    /// Whether the rule could not be decided. Such a finding always counts as a failure, whatever its severity.
    pub unchecked: bool,
    /// The content on which a verdict about a whole path is based. A waiver is bound to it rather than to lines.
    pub evidence: Option<BlobId>,
    /// What distinguishes the finding from others of its rule at its path when the message cannot, because it
    /// mentions something that changes while the finding stays the same.
    pub identity: Option<&'static str>,
    /// The waiver that covers it, if any.
    pub waived: Option<Waived>,
    /// Codes of the rules that could not read all of the file, because of what is wrong with it.
    pub hinders: Vec<&'static str>,
    /// Whether nothing else that the shape demands of its file could be judged because of it.
    pub conceals_demands: bool,
}

impl Finding {
    /// Creates a finding of a rule, with the rule's own severity.
    #[must_use]
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            location: None,
            message: message.into(),
            help: None,
            related: Vec::new(),
            fix: None,
            unchecked: false,
            evidence: None,
            identity: None,
            waived: None,
            hinders: Vec::new(),
            conceals_demands: false,
        }
    }

    /// Sets the location to a whole file.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<RepoPath>) -> Self {
        self.location = Some(Location::file(path));
        self
    }

    /// Sets the location to a span of a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<RepoPath>, text: &Text, span: Span) -> Self {
        self.location = Some(Location::span(path, text, span));
        self
    }

    /// Sets what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn related(mut self, location: Location, why: impl Into<String>) -> Self {
        self.related.push((location, why.into()));
        self
    }

    /// Sets the fix.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Sets the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Marks the rule as undecided here.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// Marks that what the shape demands of its file could not be judged because of it.
    #[must_use]
    pub fn conceals_demands(mut self) -> Self {
        self.conceals_demands = true;
        self
    }

    /// Binds its waivers to the content that was judged.
    #[must_use]
    pub fn evidence(mut self, blob: BlobId) -> Self {
        self.evidence = Some(blob);
        self
    }

    /// Opens it again if the baseline covers it.
    pub fn leave_baseline(&mut self) {
        self.waived = self.waived.take().filter(|waived| !waived.is_baseline());
    }

    /// The path it is about.
    #[must_use]
    pub fn path(&self) -> Option<&RepoPath> {
        self.location.as_ref().map(|location| &location.path)
    }
}

/// A place in a repository, resolved so that it does not depend on the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: RepoPath,
    /// The part of it; `None` for the file as a whole.
    pub region: Option<Region>,
}

/// Part of a file, with the lines that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Byte offsets into the text, not counting a byte order mark.
    pub span: Span,
    /// Where it starts.
    pub start: Position,
    /// Where it ends: the position after its last character.
    pub end: Position,
    /// The beginning of the lines that it covers, as [`Excerpt::shown`].
    pub excerpt: Arc<str>,
    /// A stable digest of the whole lines that it covers, to which a waiver of the finding is bound.
    pub lines_digest: [u8; 32],
}

impl Location {
    /// A file as a whole.
    #[must_use]
    pub fn file(path: impl Into<RepoPath>) -> Self {
        Self { path: path.into(), region: None }
    }

    /// A span of a file.
    #[must_use]
    pub fn span(path: impl Into<RepoPath>, text: &Text, span: Span) -> Self {
        Self::redacted(path, text, span, &[])
    }

    /// A span of a file whose lines contain something that must not be shown: each character of the hidden parts
    /// becomes `*` in the excerpt. The digest is of the original lines.
    #[must_use]
    pub fn redacted(path: impl Into<RepoPath>, text: &Text, span: Span, hidden: &[Span]) -> Self {
        let Excerpt { shown, digest, .. } = text.excerpt(text.whole_lines(span), hidden);
        let region = Region {
            span,
            start: text.position(span.start),
            end: text.position(span.end),
            excerpt: shown,
            lines_digest: digest,
        };
        Self { path: path.into(), region: Some(region) }
    }
}

/// Whether a fix may be applied without review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Cannot break anything that works today.
    Safe,
    /// Probably right, but a person should review it.
    Unsafe,
}

/// A fix for a finding: edits that are applied together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Whether it may be applied without review.
    pub safety: Safety,
    /// What it does, in the imperative: "add …".
    pub title: String,
    /// The edits.
    pub edits: Vec<FileEdit>,
}

impl Fix {
    /// Creates a fix that may be applied without review.
    #[must_use]
    pub fn safe(title: impl Into<String>, edits: Vec<FileEdit>) -> Self {
        Self { safety: Safety::Safe, title: title.into(), edits }
    }

    /// Creates a fix that a person should review.
    #[must_use]
    pub fn risky(title: impl Into<String>, edits: Vec<FileEdit>) -> Self {
        Self { safety: Safety::Unsafe, title: title.into(), edits }
    }
}

/// A waiver that covers a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waived {
    /// Why the finding is accepted.
    pub reason: String,
    /// Who is responsible for it.
    pub owner: String,
    /// The last day on which it applies, `YYYY-MM-DD`; `None` for a finding of the baseline.
    pub expires: Option<String>,
}

impl Waived {
    /// Whether the baseline covers the finding, whose entries never expire, and not a waiver.
    #[must_use]
    pub fn is_baseline(&self) -> bool {
        self.expires.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_that_begins_inside_a_private_key_shows_none_of_it() {
        let text = Text::new(concat!("-----BEGIN ", "PRIVATE KEY-----\nMIIE\nabcd\n-----END x\n"));
        let start = text.as_str().find("abcd").expect("there");
        let location = Location::span("f", &text, Span::new(start, start + 4));
        assert_eq!(&*location.region.expect("a region").excerpt, "****\n");
    }

    #[test]
    fn what_is_hidden_is_in_no_excerpt() {
        let text = Text::new("a\nkey: tökén, other: x\nb\n");
        let location = |hidden: &[Span]| {
            Location::redacted("f", &text, Span::new(7, 14), hidden).region.expect("a region")
        };
        let hidden = location(&[Span::new(10, 14), Span::new(23, 25)]);
        assert_eq!(&*hidden.excerpt, "key: tö***, other: *\n");
        let open = location(&[]);
        assert_eq!(&*open.excerpt, "key: tökén, other: x\n");
        assert_eq!(hidden.lines_digest, open.lines_digest);
    }
}
