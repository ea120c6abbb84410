//! A waiver that covers nothing.

use crate::checks::{Rule, Severity};

/// A waiver covers no finding.
pub static RULE: Rule = Rule {
    code: "SHP802",
    id: "waiver-unused",
    severity: Severity::Warning,
    summary: "Every waiver covers a finding.",
    protects: "anyone who breaks the same thing again: a waiver left behind would hide it.",
    details: "\
Reported only when it is certain: the repository that the waiver names was judged in this run, or all of the
fleet was and none of its members is called so; and no error of another rule in the same file may hide what was waived. `shipshape validate` only notes it, since who mends what was waived need
not be who keeps the file of waivers; `drift`, and `validate --rule waiver-unused`, report it. Remove such an entry manually: `shipshape waivers --prune` removes only what has expired.",
    fails: (
        "yaml",
        "\
schema: 1
waivers:
  - repository: workspace-template-hermes
    rule: path-missing
    path: .gitattributes # which is there by now
    reason: the file breaks an old git on the build machine
    owner: platform
    expires: 2099-03-31
    hash: \"3f1c0a9be2d47785\"
",
    ),
    passes: ("yaml", "schema: 1\nwaivers: []\n"),
};
