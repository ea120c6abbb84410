//! A waiver whose last day has passed.

use crate::checks::{Rule, Severity};

/// A waiver no longer applies.
pub static RULE: Rule = Rule {
    code: "SHP801",
    id: "waiver-expired",
    severity: Severity::Warning,
    summary: "No waiver has expired.",
    protects: "the reader of a green report: an exception that was granted for a while must not become the rule.",
    details: "\
A waiver holds up to and including the day in `expires`. From the day after it covers nothing: what it
covered is reported again, and so is the waiver, until the finding is fixed, or the waiver is prolonged or removed (`shipshape waivers --prune`). Time is taken from the clock in UTC.",
    fails: (
        "yaml",
        "\
schema: 1
waivers:
  - repository: workspace-template-hermes
    rule: path-modified
    path: .github/workflows/ci.yml
    reason: waits for the new runner
    owner: platform
    expires: 2026-01-31 # long past
    hash: \"3f1c0a9be2d47785\"
",
    ),
    passes: (
        "yaml",
        "\
schema: 1
waivers:
  - repository: workspace-template-hermes
    rule: path-modified
    path: .github/workflows/ci.yml
    reason: waits for the new runner, ordered on 12 January
    owner: platform
    expires: 2099-03-31
    hash: \"3f1c0a9be2d47785\"
",
    ),
};
