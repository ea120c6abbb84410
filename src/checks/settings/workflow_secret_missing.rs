//! Secrets that workflows need but do not receive.

use std::collections::BTreeSet;

use super::{Subject, needs};
use crate::checks::{Finding, Rule, Severity};

/// A workflow needs a secret that does not exist.
pub static RULE: Rule = Rule {
    code: "SHP902",
    id: "workflow-secret-missing",
    severity: Severity::Error,
    summary: "Every secret that a workflow needs exists.",
    protects: "whoever releases: a secret that does not exist is an empty text, and the step fails when it is needed most.",
    details: "\
Secrets are those of the repository and those that its organisation lends it. Looked at is every `secrets.NAME` in an
expression, and for `secrets: inherit` what the called workflow reads. Left out are `GITHUB_TOKEN`, names with an
alternative (`secrets.A || secrets.B` needs `B`), names that are only compared (`secrets.A != ''`), secrets of
workflows that only others call, and those that a called workflow declares and can do without. A secret that a job's
environment may hold, or that goes to a called workflow which cannot be read, is unchecked.",
    fails: ("yaml", "env:\n  TOKEN: ${{ secrets.PYPI_TOKEN }} # the repository has no such secret"),
    passes: ("yaml", "env:\n  TOKEN: ${{ secrets.PYPI_TOKEN || '' }}"),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(there) = subject.settings.secrets.known() else { return };
    let mut told = BTreeSet::new();
    for need in needs::of(subject, "secrets") {
        let is_own = need.name == "GITHUB_TOKEN";
        if is_own || needs::is_among(&need.name, there) || !told.insert(need.name.clone()) {
            continue;
        }
        let (path, text) = (need.located.path.as_str(), need.located.text());
        let finding = match need.doubt {
            None => {
                let message = format!("the secret `{}` does not exist", need.name);
                Finding::new(&RULE, message)
                    .help("set it for the repository, or share the organisation's secret with it")
            }
            Some(doubt) => {
                let message =
                    format!("whether the secret `{}` exists cannot be decided", need.name);
                Finding::new(&RULE, message).help(doubt).unchecked()
            }
        };
        findings.push(finding.at(path, text, need.span));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{said, sound};

    fn secrets(workflow: &str) -> String {
        let case = sound().workflow("x.yml", workflow).secret("KNOWN");
        said(&case, "workflow-secret-missing")
    }

    fn step(expression: &str) -> String {
        secrets(&format!(
            "on: push\njobs:\n  a:\n    steps:\n      - run: echo ${{{{ {expression} }}}}\n"
        ))
    }

    #[test]
    fn secrets_that_are_there_or_need_not_be_are_fine() {
        for expression in [
            "secrets.KNOWN",
            "secrets.known",
            "secrets['KNOWN']",
            "secrets.GITHUB_TOKEN",
            "secrets.X != ''",
            "secrets.X || secrets.KNOWN",
            "'secrets.X'",
            "format('{0}', secrets.KNOWN)",
            "secrets[matrix.x]",
        ] {
            assert_eq!(step(expression), "", "{expression}");
        }
        assert_eq!(
            secrets("on: workflow_call\njobs:\n  a: {env: {T: '${{ secrets.X }}'}, steps: []}\n"),
            ""
        );
    }

    #[test]
    fn a_secret_that_is_not_there_is_told_once() {
        assert_eq!(
            secrets(
                "on: push\njobs:\n  a:\n    env: {T: '${{ secrets.X }}'}\n    steps:\n      - run: echo ${{ secrets.x }}\n"
            ),
            ".github/workflows/x.yml:4:15: the secret `X` does not exist: set it for the repository, or share the \
             organisation's secret with it\n"
        );
        assert!(step("secrets.KNOWN || secrets.Y").contains("`Y` does not exist"));
    }

    #[test]
    fn what_a_called_workflow_reads_counts_when_it_inherits() {
        let called = "on: push\njobs:\n  a: {uses: acme/ci/.github/workflows/publish.yml@v1, secrets: inherit}\n";
        assert!(secrets(called).contains("`REGISTRY_TOKEN` does not exist"), "{}", secrets(called));
        let passed = |name: &str| {
            secrets(&format!(
                "on: push\njobs:\n  a:\n    uses: acme/ci/.github/workflows/publish.yml@v1\n    secrets: {{{name}: \
                 '${{{{ secrets.X }}}}'}}\n"
            ))
        };
        assert!(passed("registry_token").contains("`X` does not exist"));
        assert_eq!(passed("optional"), "");
    }

    #[test]
    fn what_may_come_from_elsewhere_is_unchecked() {
        let said = secrets(
            "on: push\njobs:\n  a: {environment: live, env: {T: '${{ secrets.X }}'}, steps: []}\n",
        );
        assert!(said.contains("(unchecked)") && said.contains("environment"), "{said}");
        let said = secrets(
            "on: push\njobs:\n  a:\n    uses: acme/secret/.github/workflows/v.yml@v1\n    secrets: {t: '${{ secrets.X }}'}\n",
        );
        assert!(said.contains("(unchecked)") && said.contains("may not need it"), "{said}");
    }
}
