//! Compression methods that installers need not support.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP830",
    id: "archive-compression",
    severity: Severity::Error,
    summary: "Entries are stored or deflated.",
    protects: "users of an older installer, which cannot read anything else.",
    details: "Python's own reader knows bzip2 and LZMA in some builds only, and the public index \
              takes nothing but deflate and stored files. Such an entry is not read.",
    fails: ("text", "acme/data.bin   compressed with bzip2"),
    passes: ("text", "acme/data.bin   deflated"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::Compression];
    let help = "build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
