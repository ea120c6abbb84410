//! A wrong value in another list of members.

use crate::checks::{Rule, Severity};

/// The value that a list has for a member is not what it should be.
pub static RULE: Rule = Rule {
    code: "SHP704",
    id: "registration-value",
    severity: Severity::Error,
    summary: "What a registered list says of a member follows from fleet.yaml.",
    protects: "users of that member, who get the image or the repository of another one, or none.",
    details: "\
For the entries of a map the registration's `values` is the pattern, for lists of objects `fields` has one for
each field: `\"{image}:latest\"`, `\"{owner}/{repository}\"`. Extras are not judged. A value that is not a literal string (a constant, a call) cannot be compared: the finding is then unchecked.

The fix writes the value in the same quotes.",
    fails: (
        "json",
        "[{\"name\": \"hermes\", \"repo\": \"acme/template-claude-code\"}]",
    ),
    passes: (
        "json",
        "[{\"name\": \"hermes\", \"repo\": \"acme/template-hermes\"}]",
    ),
};
