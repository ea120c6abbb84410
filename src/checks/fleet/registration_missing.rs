//! A member that is missing from another list of members.

use crate::checks::{Rule, Severity};

/// A member is not in a list.
pub static RULE: Rule = Rule {
    code: "SHP701",
    id: "registration-missing",
    severity: Severity::Error,
    summary: "Every list that fleet.yaml registers has every member.",
    protects: "users of the new member: a program that does not find it in its list silently runs another one in its place.",
    details: "\
fleet.yaml's `registrations` say where such lists are kept, of which kind their members are (`of`), which
members a list need not have (`without`) and how each is written in it (`spelling`, `exceptions`). Retired
members are not wanted. A text under `aliases` does not count as its member: the list needs the real name.

Where some of the list is known only when a program runs (a spread, a call, a second definition), the member
may be in that part: the finding is then unchecked.

The fix adds the member in the manner of its neighbours, in its place where the list is sorted. In a map it
needs `values`, in a list of objects `fields` for every field that differs between them.",
    fails: (
        "go",
        "\
// fleet.yaml has the members claude-code and hermes
var Images = map[string]string{
\t\"claude-code\": \"ghcr.io/acme/template-claude-code:latest\",
}
",
    ),
    passes: (
        "go",
        "\
var Images = map[string]string{
\t\"claude-code\": \"ghcr.io/acme/template-claude-code:latest\",
\t\"hermes\":      \"ghcr.io/acme/template-hermes:latest\",
}
",
    ),
};
