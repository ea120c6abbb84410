//! Another list of members that could not be read.

use crate::checks::{Rule, Severity};

/// A registered list was not found, or is not a literal.
pub static RULE: Rule = Rule {
    code: "SHP706",
    id: "registration-unreadable",
    severity: Severity::Error,
    summary: "Every list that fleet.yaml registers is there and can be read.",
    protects: "the reader of a green report: a list that moved away is not known to be complete.",
    details: "\
Reported when the repository or the file is not at hand, when nothing of the registration's `symbol` is
defined in the file or it is not of the declared `form`, and when some of the list is known only when a program
runs: a spread, a call, an expansion, something that is added later, a second definition of the same name.
Nothing is guessed then, and nothing is edited.",
    fails: ("typescript", "export const RUNTIMES = [...BASE, \"hermes\"] as const;\n"),
    passes: ("typescript", "export const RUNTIMES = [\"claude-code\", \"hermes\"] as const;\n"),
};
