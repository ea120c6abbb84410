//! Whether the placeholders of a starter have been filled in.

use crate::checks::hygiene::text_files::files;
use crate::checks::{Check, Finding, Repository, Rule, Severity};
use crate::snapshot::RepoPath;
use crate::source::{Span, Text};

/// A placeholder of a starter has not been filled in.
pub static RULE: Rule = Rule {
    code: "SHP601",
    id: "todo-marker",
    severity: Severity::Warning,
    summary: "No placeholder of the starter is left to fill in.",
    protects: "anyone who uses the repository: what it says there is a placeholder, and means nothing.",
    details: "The pack's `demands.markers` are searched for, in the case they are written in, in every text file of \
              the repository. A marker is not part of a longer word: there is no letter, digit or `_` before it, nor \
              after it unless it ends with punctuation, as `TODO:` does. So an ordinary `TODO(name)` is found only by \
              a pack that demands it. Left out are the files of `demands.marker_exclusions` (by default workflows, \
              which look for the markers themselves, and `.shipshape`), the fleet's own shape packs in whatever \
              folder, files that are not text, and repositories whose profile has `permits_markers`. Of one file at \
              most ten lines are listed; the last of these says how many more there are.",
    fails: ("yaml", "name: \"TODO: display name\""),
    passes: ("yaml", "name: Acme Agent"),
};

/// How many lines of one file are listed.
const LISTED: usize = 10;

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct TodoMarker;

impl Check for TodoMarker {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let markers = &repository.pack.manifest.demands.markers;
        if markers.is_empty() || repository.profile.profile.permits_markers {
            return;
        }
        for (path, blob) in files(repository).filter(|(path, _)| is_searched(repository, path)) {
            let Ok(text) = blob.documents.text() else { continue };
            let found = lines_with(text, markers);
            let more = found.len().saturating_sub(LISTED);
            for (index, (marker, span)) in found.into_iter().take(LISTED).enumerate() {
                let mut message = format!("`{marker}` is not filled in");
                if more > 0 && index + 1 == LISTED {
                    message.push_str(&format!(", and on {more} more lines of this file"));
                }
                findings.push(
                    Finding::new(&RULE, message)
                        .at(path.as_str(), text, span)
                        .help("replace the placeholder and the marker"),
                );
            }
        }
    }
}

/// Whether a file may not hold markers.
fn is_searched(repository: &Repository<'_>, path: &RepoPath) -> bool {
    let path = path.as_str();
    // A pack names the markers that it looks for.
    !repository.pack.may_hold_markers(path) && !repository.identity.is_ours(path)
}

/// Returns a marker that a content would bring to a path where this rule reports it, unless the file there has it already.
#[must_use]
pub fn brought<'r>(
    repository: &'r Repository<'_>,
    path: &RepoPath,
    content: &str,
) -> Option<&'r str> {
    let profile = repository.profile;
    if profile.profile.permits_markers
        || profile.leaves_out(RULE.id, RULE.code)
        || !is_searched(repository, path)
    {
        return None;
    }
    let markers = &repository.pack.manifest.demands.markers;
    let old = repository.text(path.as_str());
    let known = old.map(|text| lines_with(&text, markers)).unwrap_or_default();
    let mut found = lines_with(&Text::new(content), markers).into_iter();
    found
        .find(|(marker, _)| !known.iter().any(|(known, _)| known == marker))
        .map(|(marker, _)| marker)
}

/// The first marker of each line that has one.
fn lines_with<'m>(text: &Text, markers: &'m [String]) -> Vec<(&'m str, Span)> {
    let content = text.as_str();
    let mut found: Vec<(&str, Span)> = Vec::new();
    for marker in markers.iter().filter(|marker| !marker.is_empty()) {
        let places = content.match_indices(marker.as_str());
        let spans = places.map(|(at, marker)| Span::new(at, at + marker.len()));
        let words = spans.filter(|span| is_word(content, marker, *span));
        found.extend(words.map(|span| (marker.as_str(), span)));
    }
    // Of two markers at the same position, the longer one counts.
    found.sort_by_key(|(_, span)| (span.start, std::cmp::Reverse(span.end)));
    found.dedup_by_key(|(_, span)| text.position(span.start).line);
    found
}

fn is_word(content: &str, marker: &str, span: Span) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let before = content.get(..span.start).and_then(|before| before.chars().next_back());
    let after = content.get(span.end..).and_then(|after| after.chars().next());
    let ends_a_word = marker.ends_with(char::is_alphanumeric);
    let is_longer = before.is_some_and(is_part) || ends_a_word && after.is_some_and(is_part);
    !is_longer
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const RULE: &str = "todo-marker";

    #[test]
    fn a_filled_in_template_has_none() {
        assert_eq!(Case::conformant().said(RULE), "");
    }

    fn said(path: &str, content: &str) -> String {
        let shape = "demands: {markers: ['TODO:', TodoAdapter, todo-runtime]}\nprofiles: {starter: {permits_markers: true}}";
        Case::with_shape(shape).file(path, content).said(RULE)
    }

    #[test]
    fn what_is_left_is_found_once_a_line() {
        assert_eq!(
            said("adapter.py", "x\nclass TodoAdapter:  # TODO: name, TODO: all\n"),
            "adapter.py:2:7: `TodoAdapter` is not filled in\n"
        );
    }

    #[test]
    fn ordinary_remarks_and_longer_words_are_not_markers() {
        for text in [
            "# TODO(anna): faster",
            "TODO",
            "MYTODO: x",
            "TodoAdapters",
            "xtodo-runtime",
            "todo: x",
        ] {
            assert_eq!(said("a.py", text), "", "{text}");
        }
        assert_ne!(said("a.py", "TODO:x"), "");
        assert_ne!(said("a.py", "(todo-runtime)"), "");
    }

    #[test]
    fn workflows_packs_binaries_and_starters_may_hold_them() {
        for path in [".github/workflows/x.yml", ".gitea/workflows/x.yml", ".shipshape/files/x"] {
            assert_eq!(said(path, "TODO: x"), "", "{path}");
        }
        assert_eq!(said("x.bin", "TODO: \0"), "");
        let starter = Case::conformant().file("x", "TODO: y");
        assert_ne!(starter.said(RULE), "");
        assert_eq!(starter.profile("starter").said(RULE), "");
        assert_eq!(Case::with_shape("").file("x", "TODO: y").said(RULE), "");
    }

    #[test]
    fn a_long_list_is_cut() {
        let said = said("x", &"TODO: y\n".repeat(14));
        assert_eq!(said.lines().count(), 10);
        assert!(
            said.ends_with("x:10:1: `TODO:` is not filled in, and on 4 more lines of this file\n")
        );
    }
}
