//! Summaries and keywords that an index does not accept.

use super::{Subject, at_field};
use crate::checks::{Finding, Rule, Severity};

/// The longest summary that PyPI accepts, in characters.
const MAX_SUMMARY: usize = 512;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP867",
    id: "metadata-text",
    severity: Severity::Error,
    summary: "The summary is one line of at most 512 characters, and so are the keywords one line.",
    protects: "whoever publishes: the index refuses the file.",
    details: "Core metadata specification; the length is the public index's own limit. Keywords without commas are an \
              information: readers take `agent runtime` for one keyword.",
    fails: ("text", "Summary: An agent\n  in two lines"),
    passes: ("text", "Summary: An agent in one line"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(metadata) = &subject.distribution.metadata else { return };
    for name in ["Summary", "Keywords"] {
        let Some(field) = metadata.value.one(name) else { continue };
        if field.value.contains('\n') {
            let message = format!("`{name}` has several lines");
            findings.push(at_field(&RULE, metadata, field, message).help("write it in one line"));
        }
    }
    if let Some(field) = metadata.value.one("Summary") {
        let length = field.value.chars().count();
        if length > MAX_SUMMARY {
            let message = format!(
                "`Summary` has {length} characters, but an index accepts at most {MAX_SUMMARY}"
            );
            let help = "move the rest to the description";
            findings.push(at_field(&RULE, metadata, field, message).help(help));
        }
    }
    if let Some(field) = metadata.value.one("Keywords") {
        let words = field.value.split_whitespace().count();
        if !field.value.contains(',') && words > 3 {
            let message = "the keywords have no commas between them";
            let finding = at_field(&RULE, metadata, field, message).severity(Severity::Info);
            findings.push(finding.help("put commas between them"));
        }
    }
}
