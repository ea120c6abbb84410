//! A file of a wheel that RECORD does not list.

use std::collections::BTreeSet;

use super::{Few, Subject, record_is_exempt};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP847",
    id: "record-unlisted-file",
    severity: Severity::Error,
    summary: "RECORD lists every file of the wheel.",
    protects: "users: a file was added that no hash covers, and it stays when the package is uninstalled.",
    details: "RECORD's signatures (`RECORD.jws`, `RECORD.p7s`) are not listed (PEP 427), and RECORD itself need not be.",
    fails: ("text", "acme/main.py,sha256=47DEQ...,0   and the wheel has acme/added.py too"),
    passes: ("text", "acme/main.py,sha256=47DEQ...,0\nacme/added.py,sha256=47DEQ...,0"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let Some(record) = &distribution.record else { return };
    // A line that could not be parsed may list any file.
    if !record.value.problems.is_empty() {
        return;
    }
    let listed: BTreeSet<&str> = record.value.rows.iter().map(|row| row.path.as_str()).collect();
    let mut few = Few::new(findings);
    for path in distribution.files.keys() {
        if !listed.contains(path.as_str()) && !record_is_exempt(path.as_str(), &record.path) {
            few.tell(|| {
                Finding::new(&RULE, format!("`{path}` is not in RECORD"))
                    .in_file(path.clone())
                    .help("build it again: files are not added to a finished wheel")
            });
        }
    }
    few.end();
}
