//! An entry of another list of members that does not stand for a member.

use crate::checks::{Rule, Severity};

/// An element of a list does not stand for a member.
pub static RULE: Rule = Rule {
    code: "SHP702",
    id: "registration-unexpected",
    severity: Severity::Warning,
    summary: "Every entry of a registered list stands for a member, or is declared.",
    protects: "users who choose what is offered to them and get a repository or an image that is not maintained.",
    details: "\
An entry is expected when it is written as a member is, is one of the registration's `aliases`, or is one of
its `extras`. Members of another kind than the registration's `of` are not expected, nor are retired ones.

Only a person knows what an unknown entry is for, so there is no fix for it: make it a member, declare it, or
delete it. That of a retired member has one, which is not safe: a program may still look it up.",
    fails: ("bash", "# fleet.yaml has the members claude-code and hermes\nRUNTIMES=(claude-code hermes external)\n"),
    passes: ("bash", "# … and its registration says `extras: [external]`\nRUNTIMES=(claude-code hermes external)\n"),
};
