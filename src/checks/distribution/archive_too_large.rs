//! An archive that is larger than an index accepts, or than is read here.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The largest file that PyPI accepts by default: 100 MiB.
const INDEX_LIMIT: u64 = 100 << 20;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP834",
    id: "archive-too-large",
    severity: Severity::Error,
    summary: "The archive is as small as an index takes, and does not grow without end.",
    protects: "whoever publishes, and the machine of whoever installs: a few kilobytes can fill a disk.",
    details: "The public index takes files of up to 100 MiB unless a project was granted more. Entries are read up \
              to 100,000 files, a gigabyte together, and two hundred times their compressed size; what is beyond \
              counts as unchecked.",
    fails: ("text", "acme-1.0-py3-none-any.whl   130 MiB"),
    passes: ("text", "acme-1.0-py3-none-any.whl   192 KiB"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let before = findings.len();
    let help = "inspect it manually: it was not read";
    tell_problems(subject, &RULE, &[ProblemKind::TooMuch], help, findings);
    for finding in findings.iter_mut().skip(before) {
        finding.unchecked = true;
    }
    let bytes = subject.distribution.archive_bytes.unwrap_or_default();
    if bytes > INDEX_LIMIT {
        let message = format!(
            "the archive has {} MiB, but an index accepts at most 100 by default",
            bytes >> 20
        );
        findings.push(
            Finding::new(&RULE, message).help("remove data, or ask the index for a higher limit"),
        );
    }
}
