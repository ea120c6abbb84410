//! SHP883: modules that a smoke run skips are known and have a reason.

use crate::checks::{Finding, Rule, Severity};
use crate::package::smoke::Plan;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP883",
    id: "smoke-skipped",
    severity: Severity::Info,
    summary: "What a smoke run leaves out exists and is reported.",
    protects: "readers of a green run, who would take it for more than it is.",
    details: "Modules of `smoke.skip` are reported as information, each with its reason, and so are `__main__` \
              modules. An entry of `smoke.skip` that is not a module of the wheel is a warning: it was renamed, or \
              never existed.",
    fails: ("yaml", "smoke:\n  skip:\n    acme_runtime.old_name: it starts a server"),
    passes: ("yaml", "smoke:\n  skip:\n    acme_runtime.server: it starts a server"),
};

pub(super) fn findings(plan: &Plan) -> impl Iterator<Item = Finding> {
    let skipped = plan.skipped.iter().map(|skipped| {
        Finding::new(&RULE, format!("`{}` was not imported: {}", skipped.module, skipped.reason))
    });
    let unknown = plan.unknown.iter().map(|module| {
        let message = format!("`smoke.skip` names `{module}`, which the wheel does not have");
        Finding::new(&RULE, message).severity(Severity::Warning).help("remove it from package.yaml")
    });
    skipped.chain(unknown)
}
