//! A member that another list of members spells differently.

use crate::checks::{Rule, Severity};

/// An element of a list means a member but is not written as it should be.
pub static RULE: Rule = Rule {
    code: "SHP703",
    id: "registration-spelling",
    severity: Severity::Warning,
    summary: "Every registered list writes its members as its registration says.",
    protects: "users of that member: programs compare names to the letter, so another spelling is another name.",
    details: "\
A wrong spelling is one that differs in case, `-`, `_`, `.` or blanks only, or that is the member's slug, its
repository or one of its `aliases` in fleet.yaml where the registration's `spelling` or `exceptions` want
something else. So is one that resembles no member's name where `values` or `fields` show which member it stands for. A text under the registration's own `aliases` is right beside the right spelling.

The fix writes the right one, in the same quotes. Where that is in the list as well, the fix removes the other; this fix and that of a name unlike the member's are not safe: a program may look it up.",
    fails: ("python", "# fleet.yaml has the members claude-code and hermes\nKNOWN = {\"claude_code\", \"hermes\"}\n"),
    passes: ("python", "KNOWN = {\"claude-code\", \"hermes\"}\n"),
};
