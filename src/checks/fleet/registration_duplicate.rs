//! An entry that occurs twice in another list of members.

use crate::checks::{Rule, Severity};

/// An element of a list occurs earlier in it.
pub static RULE: Rule = Rule {
    code: "SHP705",
    id: "registration-duplicate",
    severity: Severity::Warning,
    summary: "Nothing is in a registered list twice.",
    protects: "whoever edits one of the two and sees no effect, and programs that do the same work twice.",
    details: "\
Texts are compared to the letter; another spelling of the same member is for `registration-spelling`. The fix
takes the repetition away when it says the same as the first. Of two that differ in their values most
languages take the last: only a person can say which is meant.",
    fails: ("yaml", "env:\n  TEMPLATES: claude-code hermes claude-code\n"),
    passes: ("yaml", "env:\n  TEMPLATES: claude-code hermes\n"),
};
