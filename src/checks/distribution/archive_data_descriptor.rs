//! Entries whose sizes are stored after their data.

use super::{Subject, tell_problems};
use crate::checks::{Finding, Rule, Severity};
use crate::package::distribution::ProblemKind;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP831",
    id: "archive-data-descriptor",
    severity: Severity::Error,
    summary: "The sizes of an entry come before its data, not after it.",
    protects: "whoever publishes: the public index refuses the wheel, since a reader that streams \
              it may see other files.",
    details: "Bit 3 of an entry's flags (APPNOTE.TXT 4.4.4) leaves sizes and checksum to a record \
              behind the data. Writers do that when they write to a pipe. Installers read such a \
              wheel; the finding is for what will be published.",
    fails: ("text", "acme/main.py   flags 0x0008"),
    passes: ("text", "acme/main.py   flags 0x0000"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kinds = [ProblemKind::DataDescriptor];
    let help = "write the archive to a seekable file, or build it again with a tool that writes plain zip archives";
    tell_problems(subject, &RULE, &kinds, help, findings);
}
