//! Lines of RECORD that are not valid, and paths that it lists twice.

use std::collections::BTreeSet;

use super::{Few, Subject, record_is_exempt};
use crate::checks::{Finding, Rule, Severity};
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP843",
    id: "record-malformed",
    severity: Severity::Error,
    summary: "Every line of RECORD is a path, a hash and a size, and no path is listed twice.",
    protects: "users: an installer that cannot read the list stops, or installs unverified files.",
    details: "RECORD is CSV in UTF-8 (PEP 376). Every file but RECORD itself and its signatures has a hash. A hash of \
              an algorithm that is not known here is unchecked.",
    fails: ("text", "acme/main.py;sha256=47DEQ...;12"),
    passes: ("text", "acme/main.py,sha256=47DEQ...,12"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    super::tell_undecodable(subject, &RULE, "RECORD", findings);
    let Some(record) = &subject.distribution.record else { return };
    let help = "build it again: a builder writes it";
    let at = |message: String, span: Span| {
        Finding::new(&RULE, message).at(record.path.clone(), &record.text, span).help(help)
    };
    let mut few = Few::new(findings);
    for problem in &record.value.problems {
        few.tell(|| at(format!("this line {}", problem.message), problem.span));
    }
    let mut seen = BTreeSet::new();
    for row in &record.value.rows {
        if !seen.insert(row.path.as_str()) {
            few.tell(|| at(format!("`{}` is listed twice", row.path), row.span));
        }
        if row.hash.is_none()
            && !record_is_exempt(&row.path, &record.path)
            && !row.path.ends_with('/')
        {
            few.tell(|| at(format!("`{}` has no hash", row.path), row.span));
        }
    }
    few.end();
}
