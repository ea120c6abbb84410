//! SHP881: every entry point of a wheel refers to something that can be called.

use crate::checks::{Rule, Severity};
use crate::package::smoke::{Problem, Task};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP881",
    id: "entry-point-does-not-load",
    severity: Severity::Error,
    summary: "Every entry point can be loaded, and a command's can be called.",
    protects: "every container that starts by that command: it ends at once.",
    details: "`shipshape package smoke` imports the module of each entry point and takes the named object of it, in a \
              process of its own. Those of `console_scripts` and `gui_scripts` must be callable; they are not \
              called.",
    fails: (
        "toml",
        "[project.scripts]\nacme = \"acme_runtime.main:main_sync\"  # main.py has no main_sync",
    ),
    passes: ("toml", "[project.scripts]\nacme = \"acme_runtime.main:main\""),
};

pub(super) fn message(task: &Task, problem: &Problem) -> String {
    let subject = super::subject(task);
    match problem.kind.as_str() {
        "missing" => format!("{subject} does not resolve: {}", problem.message),
        _ => format!("loading {subject} {}", super::in_words(problem)),
    }
}
