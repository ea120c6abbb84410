//! A waiver whose finding has changed.

use crate::checks::{Rule, Severity};

/// What a waiver covered has changed.
pub static RULE: Rule = Rule {
    code: "SHP803",
    id: "waiver-reopened",
    severity: Severity::Warning,
    summary: "What a waiver covers has not changed since it was granted.",
    protects: "the person who granted the waiver: they agreed to the lines they saw, not to what is there later.",
    details: "\
A waiver's `hash` is made of the rule, the path and the lines that the finding touches; of a verdict on a
whole path it is made of the path's content. When no finding of the repository has that hash, but one of
the same rule and path has another, the lines were changed: the finding counts again and the waiver is reported. Moving the lines, and blanks at their ends, change nothing. Look at the finding; if the reason still holds, waive it again with `shipshape waive`, which writes the new hash.",
    fails: (
        "yaml",
        "\
schema: 1
waivers:
  - repository: workspace-template-hermes
    rule: path-modified
    path: .github/workflows/ci.yml # edited again since
    reason: waits for the new runner
    owner: platform
    expires: 2099-03-31
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
    reason: waits for the new runner
    owner: platform
    expires: 2099-03-31
    hash: \"90b7e6514cc2a8d1\"
",
    ),
};
