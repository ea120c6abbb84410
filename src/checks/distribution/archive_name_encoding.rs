//! File names that readers decode differently.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP826",
    id: "archive-name-encoding",
    severity: Severity::Error,
    summary: "File names are UTF-8 and are declared to be.",
    protects: "users on another system, where the file gets another name and is not found.",
    details: "A name outside ASCII needs bit 11 of its flags (APPNOTE.TXT 4.4.4): without it many \
              readers decode it as code page 437. Such an entry is not read. PEP 427 wants UTF-8.",
    fails: ("text", "café.py   stored in Latin-1"),
    passes: ("text", "café.py   stored in UTF-8, bit 11 set"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::NameEncoding];
    let help = "name it in ASCII, or build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
