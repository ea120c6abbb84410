//! Zip64 records that are not needed.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP835",
    id: "archive-zip64",
    severity: Severity::Info,
    summary: "64-bit records are used where sizes need them.",
    protects: "readers that do not know them, and reviewers, who see two ends of one directory.",
    details: "APPNOTE.TXT 4.3.14. Installers read them; an archive of this size needs none.",
    fails: ("text", "end of the directory twice, the first with 64-bit numbers"),
    passes: ("text", "end of the directory once"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Zip64];
    let help = "no action is needed; more programs can read a plain archive";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
