//! Whether a merge was committed before it was done.

use crate::checks::hygiene::text_files::files;
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::source::{Span, Text};

/// A file holds an unresolved conflict.
pub static RULE: Rule = Rule {
    code: "SHP604",
    id: "merge-conflict-marker",
    severity: Severity::Error,
    summary: "No file holds an unresolved merge.",
    protects: "everyone who uses the file: it holds two versions of itself and is neither.",
    details: "A conflict is the three lines that git writes, in their order and each at the start of a line: \
              `<<<<<<< ` with a name, `=======` alone, and `>>>>>>> ` with a name. One of them alone is none: \
              `=======` underlines headings. Left out are files that are no text and, in Markdown, what stands in \
              a fenced block, where conflicts are explained.",
    fails: ("text", "<<<<<<< HEAD\ntimeout: 60\n=======\ntimeout: 90\n>>>>>>> main"),
    passes: ("text", "timeout: 90"),
};

/// Decides [`RULE`].
#[derive(Debug)]
pub struct MergeConflictMarker;

impl Check for MergeConflictMarker {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for (path, blob) in files(repository) {
            let Ok(text) = blob.documents.text() else { continue };
            if !text.as_str().contains(OURS) {
                continue;
            }
            for (first, last) in conflicts(text, path.as_str().ends_with(".md")) {
                findings.push(
                    Finding::new(&RULE, "an unresolved merge begins here")
                        .at(path.as_str(), text, first)
                        .help("keep what is right of the two versions and remove the markers")
                        .related(Location::span(path.as_str(), text, last), "it ends here"),
                );
            }
        }
    }
}

const OURS: &str = "<<<<<<< ";
const MIDDLE: &str = "=======";
const THEIRS: &str = ">>>>>>> ";

/// The first and the last line of each conflict.
fn conflicts(text: &Text, is_markdown: bool) -> Vec<(Span, Span)> {
    let mut found = Vec::new();
    let mut ours = None;
    let mut has_middle = false;
    let mut fence: Option<&str> = None;
    let mut offset = 0;
    for whole in text.as_str().split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let span = Span::new(offset, offset + line.len());
        offset += whole.len();
        if is_markdown {
            let start = line.trim_start();
            match fence {
                Some(open) if start.starts_with(open) => {
                    fence = None;
                    continue;
                }
                Some(_) => continue,
                None => fence = ["```", "~~~"].into_iter().find(|fence| start.starts_with(fence)),
            }
        }
        if line.starts_with(OURS) {
            (ours, has_middle) = (Some(span), false);
        } else if line == MIDDLE {
            has_middle = true;
        } else if line.starts_with(THEIRS)
            && has_middle
            && let Some(first) = ours.take()
        {
            found.push((first, span));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const CONFLICT: &str = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\n";

    fn said(path: &str, content: &str) -> String {
        Case::with_shape("").file(path, content).said("merge-conflict-marker")
    }

    #[test]
    fn a_conflict_is_found_at_its_first_line() {
        assert_eq!(Case::conformant().said("merge-conflict-marker"), "");
        let expected = "x.py:2:1: an unresolved merge begins here\n";
        assert_eq!(said("x.py", CONFLICT), expected);
        assert_eq!(said("x.py", &CONFLICT.replace('\n', "\r\n")), expected);
        assert_eq!(
            said("x.py", &CONFLICT.replace("=======", "||||||| base\nd\n=======")),
            expected
        );
        assert_eq!(said("x.py", &CONFLICT.repeat(2)).lines().count(), 2);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "Title\n=======\n",
            "<<<<<<< HEAD\nb\n>>>>>>> main\n",
            "=======\n<<<<<<< HEAD\n>>>>>>> main\n",
            "  <<<<<<< HEAD\n  =======\n  >>>>>>> main\n",
            "<<<<<<< HEAD\n=======\n",
        ] {
            assert_eq!(said("x.rst", text), "", "{text}");
        }
        assert_eq!(said("x.md", &format!("```\n{CONFLICT}```\n")), "");
        assert_ne!(said("x.md", &format!("```\n```\n{CONFLICT}")), "");
    }
}
