//! A file that RECORD lists but the wheel does not contain.

use super::{Few, Subject};
use crate::checks::{Finding, Rule, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP848",
    id: "record-absent-file",
    severity: Severity::Error,
    summary: "Every file that RECORD lists is in the wheel.",
    protects: "users: what is missing is what the package needs, and the installer stops or does not notice.",
    details: "An entry that was not read for a reason of its own is not absent, and an archive that was not read \
              whole is not judged. Folders are not compared.",
    fails: ("text", "acme/gone.py,sha256=47DEQ...,12   and the wheel has no such file"),
    passes: ("text", "acme/main.py,sha256=47DEQ...,12"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let distribution = subject.distribution;
    let Some(record) = &distribution.record else { return };
    if distribution.incomplete {
        return;
    }
    let mut few = Few::new(findings);
    for row in &record.value.rows {
        let path = row.path.as_str();
        let there = distribution.files.contains_key(path) || distribution.withheld.contains(path);
        if !there && !path.ends_with('/') {
            few.tell(|| {
                Finding::new(&RULE, format!("`{path}` is in RECORD but not in the wheel"))
                    .at(record.path.clone(), &record.text, row.span)
                    .help("build it again")
            });
        }
    }
    few.end();
}
