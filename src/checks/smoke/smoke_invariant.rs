//! SHP882: the invariants that package.yaml states about the installed package hold.

use crate::checks::{Rule, Severity};
use crate::package::smoke::{Problem, Task};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP882",
    id: "smoke-invariant",
    severity: Severity::Error,
    summary: "The invariants of package.yaml hold of the installed package.",
    protects: "whoever relies on what the package's owners wrote down.",
    details: "Each expression of `smoke.invariants` is evaluated in the fresh environment, with the package under its \
              name and with `importlib`; modules that it names by dots are imported first. What is not true, or \
              raises, is a finding.",
    fails: (
        "yaml",
        "smoke:\n  invariants:\n    it knows its version: acme_runtime.__version__  # an empty string",
    ),
    passes: ("yaml", "smoke:\n  invariants:\n    it knows its version: acme_runtime.__version__"),
};

pub(super) fn message(task: &Task, problem: &Problem) -> String {
    let subject = super::subject(task);
    match problem.kind.as_str() {
        "false" => format!("{subject} does not hold: {}", problem.message),
        _ => format!("{subject} cannot be evaluated: it {}", super::in_words(problem)),
    }
}
