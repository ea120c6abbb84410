//! Whether a merge was committed with unresolved conflicts.

use crate::checks::hygiene::text_files::files;
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::source::{Span, Undecodable};

/// A file contains an unresolved conflict.
pub static RULE: Rule = Rule {
    code: "SHP604",
    id: "merge-conflict-marker",
    severity: Severity::Error,
    summary: "No file holds an unresolved merge.",
    protects: "everyone who uses the file: it contains two versions of itself and is neither.",
    details: "A conflict is the three lines that git writes, in their order and each at the start of a line: `<<<<<<< \
              ` with a name, `=======` alone, and `>>>>>>> ` with a name. One of them alone is not a conflict: \
              `=======` underlines headings. The search is on bytes, so files that are not UTF-8 and large files are \
              covered. Binary files are skipped, and so are fenced blocks in Markdown, which may explain conflicts.",
    fails: ("text", "<<<<<<< HEAD\ntimeout: 60\n=======\ntimeout: 90\n>>>>>>> main"),
    passes: ("text", "timeout: 90"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct MergeConflictMarker;

impl Check for MergeConflictMarker {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for (path, blob) in files(repository) {
            let is_markdown = path.as_str().ends_with(".md");
            let help = "keep the right version and remove the markers";
            match blob.documents.text() {
                Ok(text) if text.as_str().contains(OURS) => {
                    for (first, last) in conflicts(text.as_str().as_bytes(), is_markdown) {
                        findings.push(
                            Finding::new(&RULE, "an unresolved merge starts here")
                                .at(path.as_str(), text, first)
                                .help(help)
                                .related(Location::span(path.as_str(), text, last), "it ends here"),
                        );
                    }
                }
                Ok(_) | Err(Undecodable::Binary(_)) => {}
                // Git merges these like any other text, but their lines cannot be shown.
                Err(Undecodable::NotUtf8 { .. } | Undecodable::TooLarge { .. }) => {
                    let bytes = blob.documents.bytes();
                    for (first, _) in conflicts(bytes, is_markdown) {
                        let line = line_of(bytes, first);
                        let message = format!("an unresolved merge starts in line {line}");
                        let finding = Finding::new(&RULE, message).in_file(path.as_str());
                        findings.push(finding.help(help));
                    }
                }
            }
        }
    }
}

const OURS: &str = "<<<<<<< ";
const MIDDLE: &str = "=======";
const THEIRS: &str = ">>>>>>> ";

/// The number of the line on which a span begins.
fn line_of(bytes: &[u8], span: Span) -> usize {
    let before = bytes.get(..span.start).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The first and the last line of each conflict.
fn conflicts(bytes: &[u8], is_markdown: bool) -> Vec<(Span, Span)> {
    let mut found = Vec::new();
    let mut ours = None;
    let mut has_middle = false;
    let mut fence: Option<&[u8]> = None;
    let mut offset = 0;
    for whole in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let span = Span::new(offset, offset + line.len());
        offset += whole.len();
        if is_markdown {
            let start = line.trim_ascii_start();
            match fence {
                Some(open) if start.starts_with(open) => {
                    fence = None;
                    continue;
                }
                Some(_) => continue,
                None => {
                    let fences: [&[u8]; 2] = [b"```", b"~~~"];
                    fence = fences.into_iter().find(|fence| start.starts_with(fence));
                }
            }
        }
        if line.starts_with(OURS.as_bytes()) {
            (ours, has_middle) = (Some(span), false);
        } else if line == MIDDLE.as_bytes() {
            has_middle = true;
        } else if line.starts_with(THEIRS.as_bytes())
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
        let expected = "x.py:2:1: an unresolved merge starts here\n";
        assert_eq!(said("x.py", CONFLICT), expected);
        assert_eq!(said("x.py", &CONFLICT.replace('\n', "\r\n")), expected);
        assert_eq!(
            said("x.py", &CONFLICT.replace("=======", "||||||| base\nd\n=======")),
            expected
        );
        assert_eq!(said("x.py", &CONFLICT.repeat(2)).lines().count(), 2);
    }

    #[test]
    fn what_is_no_utf8_and_what_is_large_are_searched_too() {
        let of = |content: &[u8]| {
            Case::with_shape("").file("x.rs", content).said("merge-conflict-marker")
        };
        let latin = [b"// caf\xe9\n", CONFLICT.as_bytes()].concat();
        assert_eq!(of(&latin), "x.rs: an unresolved merge starts in line 3\n");
        let large = ["x\n".repeat(600_000).as_bytes(), CONFLICT.as_bytes()].concat();
        assert_eq!(of(&large), "x.rs: an unresolved merge starts in line 600002\n");
        assert_eq!(of(&[b"\0", CONFLICT.as_bytes()].concat()), "");
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
