//! Differences between what package.yaml lists and what its folder contains.

use super::Subject;
use crate::checks::{Finding, Rule, Severity};
use crate::package::project::Project;
use crate::source::Span;

/// The rule.
pub static RULE: Rule = Rule {
    code: "SHP821",
    id: "package-list-drift",
    severity: Severity::Error,
    summary: "The lists of package.yaml and the source folder agree.",
    protects: "every start of every container: a module that is in the folder and not in the list is imported \
               under a name that the installed package does not have.",
    details: "The decision is that of `package build`, which refuses to begin while the two differ: a module, \
              subpackage, file or folder that is neither listed nor excluded; one that is listed and not there, \
              or listed and excluded; names that differ by case alone, or that a module and a folder share; \
              names that Python cannot import; links that leave the folder; submodules; compiled files. \
              `shipshape package init --update` repairs the lists.",
    fails: ("yaml", "modules: [main]   # and workspace/heartbeat.py"),
    passes: ("yaml", "modules: [main, heartbeat]"),
};

/// Does nothing: a finished distribution no longer has the list.
pub(super) fn check(_: &Subject<'_>, _: &mut Vec<Finding>) {}

/// The findings of a project, located in package.yaml or in the folder.
#[must_use]
pub fn of_project(project: &Project) -> Vec<Finding> {
    let document = &project.document;
    let description = project.description_path();
    let mut findings = Vec::new();
    for drift in &project.inventory.drift {
        let finding = Finding::new(&RULE, drift.message.clone()).help(drift.help.clone());
        let at = |span: Span| finding.clone().at(description.as_str(), &document.text, span);
        findings.push(match &drift.listed {
            Some(listed) => at(document.span(&listed.steps())),
            None => finding.in_file(project.source_path(&drift.path)),
        });
    }
    findings
}
