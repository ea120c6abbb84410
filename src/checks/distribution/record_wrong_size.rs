//! A file whose size differs from the one in RECORD.

use super::{Few, Subject};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP846",
    id: "record-wrong-size",
    severity: Severity::Error,
    summary: "Every file has the size that RECORD says.",
    protects: "users: the file or the list was changed after the wheel was built.",
    details: "Sizes are optional; one that is there must be right (PEP 376). A file whose hash is wrong as well is \
              reported by that rule alone.",
    fails: ("text", "acme/main.py,sha256=47DEQ...,12   and the file is empty"),
    passes: ("text", "acme/main.py,sha256=47DEQ...,0   and the file is empty"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let Some(record) = &distribution.record else { return };
    let mut few = Few::new(findings);
    for row in &record.value.rows {
        let (Some(stated), Some(bytes)) = (row.size, distribution.file(&row.path)) else {
            continue;
        };
        if stated == bytes.len() as u64 {
            continue;
        }
        let vouched = row.hash.as_ref().is_some_and(|(algorithm, digest)| {
            let actual = super::digest::digest(algorithm, bytes);
            actual.is_some_and(|actual| actual != digest.trim_end_matches('='))
        });
        if !vouched {
            few.tell(|| {
                let message =
                    format!("`{}` has {} bytes, but RECORD says {stated}", row.path, bytes.len());
                let finding = Finding::new(&RULE, message);
                finding.at(record.path.clone(), &record.text, row.span).help("build it again")
            });
        }
    }
    few.end();
}
