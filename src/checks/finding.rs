//! What a check found: where, why, what to do, and how it could be mended.

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
    /// The rule that speaks.
    pub rule: &'static Rule,
    /// Severity in this run.
    pub severity: Severity,
    /// Where; `None` when it is about the repository as a whole.
    pub location: Option<Location>,
    /// What is the matter: one line, no trailing full stop.
    pub message: String,
    /// What to do next: one line.
    pub help: Option<String>,
    /// Other places that matter, each with a word on why.
    pub related: Vec<(Location, String)>,
    /// A repair, when one is known.
    pub fix: Option<Fix>,
    /// The rule could not be decided here. Such a finding is never green, whatever its severity.
    pub unchecked: bool,
    /// The content that a verdict on a whole path judged; a waiver is bound to it, not to lines.
    pub evidence: Option<BlobId>,
    /// What tells it from others of its rule at its path, where its words do not: they may speak of what
    /// changes while the finding stays.
    pub identity: Option<&'static str>,
    /// Set when a waiver covers it.
    pub waived: Option<Waived>,
}

impl Finding {
    /// A finding of a rule, at that rule's own severity.
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
        }
    }

    /// Says where: a file as a whole.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<RepoPath>) -> Self {
        self.location = Some(Location::file(path));
        self
    }

    /// Says where: a span of a file.
    #[must_use]
    pub fn at(mut self, path: impl Into<RepoPath>, text: &Text, span: Span) -> Self {
        self.location = Some(Location::span(path, text, span));
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Points at another place that matters.
    #[must_use]
    pub fn related(mut self, location: Location, why: impl Into<String>) -> Self {
        self.related.push((location, why.into()));
        self
    }

    /// Offers a repair.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Lowers or raises the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Marks that the rule could not be decided.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// Binds waivers of it to the content that was judged.
    #[must_use]
    pub fn evidence(mut self, blob: BlobId) -> Self {
        self.evidence = Some(blob);
        self
    }

    /// The path it is about.
    #[must_use]
    pub fn path(&self) -> Option<&RepoPath> {
        self.location.as_ref().map(|location| &location.path)
    }
}

/// A place in a repository, made concrete so that it outlives the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: RepoPath,
    /// The part of it; `None` for the file as a whole.
    pub region: Option<Region>,
}

/// Part of a file, with the lines that it touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Byte offsets into the text (byte order mark not counted).
    pub span: Span,
    /// Where it starts.
    pub start: Position,
    /// Where it ends: the position behind its last character.
    pub end: Position,
    /// The beginning of the lines that it touches, as [`Excerpt::shown`].
    pub excerpt: Arc<str>,
    /// The whole lines it touches, as a stable digest: what a waiver of this finding is bound to.
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

    /// A span of a file whose lines hold what must not be shown: each character of these parts stands as
    /// `*` in the excerpt. The digest is that of the lines as they are.
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

/// Whether a repair may be made without a person's look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Cannot change what works today.
    Safe,
    /// Probably right; a person should look.
    Unsafe,
}

/// A repair of a finding: edits that are made together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// May it be made unseen.
    pub safety: Safety,
    /// What it does, in the imperative: "add …".
    pub title: String,
    /// The edits.
    pub edits: Vec<FileEdit>,
}

impl Fix {
    /// A repair that may be made unseen.
    #[must_use]
    pub fn safe(title: impl Into<String>, edits: Vec<FileEdit>) -> Self {
        Self { safety: Safety::Safe, title: title.into(), edits }
    }

    /// A repair that a person should look at.
    #[must_use]
    pub fn risky(title: impl Into<String>, edits: Vec<FileEdit>) -> Self {
        Self { safety: Safety::Unsafe, title: title.into(), edits }
    }
}

/// A waiver that covers a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waived {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day it holds, `YYYY-MM-DD`; `None` for a finding of the baseline.
    pub expires: Option<String>,
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
