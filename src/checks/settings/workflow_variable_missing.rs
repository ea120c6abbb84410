//! Variables that workflows read but do not receive.

use std::collections::BTreeSet;

use super::{Subject, needs};
use crate::checks::{Finding, Rule, Severity};

/// A workflow reads a variable that does not exist.
pub static RULE: Rule = Rule {
    code: "SHP903",
    id: "workflow-variable-missing",
    severity: Severity::Warning,
    summary: "Every variable that a workflow reads without an alternative exists.",
    protects: "whoever reads the result: a variable that does not exist is an empty text, and nothing reports it.",
    details: "\
Variables are those of the repository and those that its organisation lends it, `vars.NAME` in expressions. What has an
alternative (`vars.A || 'x'`) or is only compared is left out; one that a job's environment may hold is unchecked.",
    fails: ("yaml", "runs-on: ${{ vars.RUNNER }} # the repository has no such variable"),
    passes: ("yaml", "runs-on: ${{ vars.RUNNER || 'ubuntu-latest' }}"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(there) = subject.settings.variables.known() else { return };
    let mut told = BTreeSet::new();
    for need in needs::of(subject, "vars") {
        if needs::is_among(&need.name, there) || !told.insert(need.name.clone()) {
            continue;
        }
        let (path, text) = (need.located.path.as_str(), need.located.text());
        let finding = match need.doubt {
            None => Finding::new(&RULE, format!("the variable `{}` does not exist", need.name))
                .help("set it for the repository, or give an alternative: `vars.NAME || 'value'`"),
            Some(doubt) => {
                let message =
                    format!("whether the variable `{}` exists cannot be decided", need.name);
                Finding::new(&RULE, message).help(doubt).unchecked()
            }
        };
        findings.push(finding.at(path, text, need.span));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{said, sound};

    #[test]
    fn only_what_has_no_alternative_is_missed() {
        let workflow = "on: push\njobs:\n  a: {runs-on: '${{ vars.A }}', steps: [{run: 'x ${{ vars.B || 1 }} ${{ \
                        secrets.C }}'}]}\n";
        let case = sound().workflow("x.yml", workflow);
        assert_eq!(
            said(&case, "workflow-variable-missing"),
            ".github/workflows/x.yml:3:17: the variable `A` does not exist: set it for the repository, or give an \
             alternative: `vars.NAME || 'value'`\n"
        );
        assert_eq!(said(&case.variable("a"), "workflow-variable-missing"), "");
    }
}
