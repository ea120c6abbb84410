//! SHP880: every module of a wheel can be imported.

use crate::checks::{Rule, Severity};
use crate::package::smoke::{Problem, Task};

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP880",
    id: "module-does-not-import",
    severity: Severity::Error,
    summary: "Every module of the wheel can be imported where only the wheel and its dependencies are.",
    protects: "whoever installs the release, and meets the error when that module is first needed.",
    details: "`shipshape package smoke` installs the wheel into a fresh environment and imports each module in a \
              separate process, so that a module that exits, crashes or hangs does not hide others. The place is the \
              last line of the wheel's own code in the traceback. `smoke.skip` of package.yaml leaves a module out, \
              with a reason; `__main__` is not imported. With `--no-deps`, third-party packages that are not \
              installed are stood for by stubs, which have every name.",
    fails: ("python", "from acme_runtime.moved_away import helper"),
    passes: ("python", "from acme_runtime.still_here import helper"),
};

pub(super) fn message(task: &Task, problem: &Problem) -> String {
    format!("importing {} {}", super::subject(task), super::in_words(problem))
}
