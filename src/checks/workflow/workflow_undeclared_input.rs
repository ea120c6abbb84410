//! Whether calls of reusable workflows pass the inputs and secrets that those take.

mod own_action;

use crate::checks::workflow::{Located, workflows};
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::shape::demands::workflow::Interface;
use crate::source::Span;
use crate::source::typed::nearest;
use crate::source::workflow::{Job, Secrets, Setting, Uses, UsesTarget};

/// A call passes something that the called workflow does not take, or lacks something that it requires.
pub static RULE: Rule = Rule {
    code: "SHP505",
    id: "workflow-undeclared-input",
    severity: Severity::Error,
    summary: "A call of a reusable workflow passes only what that workflow declares, and everything that it requires.",
    protects: "everyone who relies on the caller: the forge refuses to start it, and none of its jobs runs.",
    details: "`with` and `secrets` of a job are compared with `on.workflow_call` of the workflow that it calls: of \
              one in the same repository (`./`), whose file must exist and be callable, and of one of another \
              repository when the pack's `demands.workflows.interfaces` say what it takes. Calls of all other \
              workflows are not checked. An input that is required and has a default need not be given; `secrets: \
              inherit` gives every secret. Names are compared without regard to case. An action of the repository that \
              a step uses (`./`) must exist as well; where an earlier step may put it there, or the workflow can be \
              called from another repository, that is unchecked. Types of values and the inputs of actions are not \
              checked.",
    fails: (
        "yaml",
        "uses: ./.github/workflows/publish.yml   # declares runtime_version\nwith:\n  version: 1.2.3",
    ),
    passes: (
        "yaml",
        "uses: ./.github/workflows/publish.yml   # declares runtime_version\nwith:\n  runtime_version: 1.2.3",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowUndeclaredInput;

/// What a workflow takes: names, and whether each is required.
#[derive(Default)]
struct Takes {
    inputs: Vec<(String, bool)>,
    secrets: Vec<(String, bool)>,
    declared: Option<Location>,
}

impl Check for WorkflowUndeclaredInput {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let interfaces = &repository.pack.manifest.demands.workflows.interfaces;
        for located in workflows(repository) {
            for job in &located.workflow.jobs {
                let Some(uses) = &job.uses else { continue };
                let takes = match &uses.target {
                    UsesTarget::Local(path) => {
                        match local(repository, path.trim_start_matches("./")) {
                            Ok(takes) => takes,
                            Err(message) => {
                                findings.push(at(&located, uses.written.span, message));
                                None
                            }
                        }
                    }
                    _ => interfaces.iter().find(|known| names(known, uses)).map(Takes::of),
                };
                if let Some(takes) = takes {
                    compare(&located, job, uses, &takes, findings);
                }
            }
            own_action::missing(repository, &located, findings);
        }
    }
}

fn at(located: &Located<'_>, span: Span, message: String) -> Finding {
    Finding::new(&RULE, message).at(located.path.as_str(), located.text(), span)
}

fn names(interface: &Interface, uses: &Uses) -> bool {
    let mut parts = interface.uses.splitn(3, '/');
    let (owner, repository, path) = (parts.next(), parts.next(), parts.next());
    uses.is(owner.unwrap_or_default(), repository.unwrap_or_default(), path.unwrap_or_default())
}

impl Takes {
    fn of(interface: &Interface) -> Self {
        let inputs = interface.inputs.iter().map(|(name, input)| (name.clone(), input.required));
        let secrets =
            interface.secrets.iter().map(|(name, secret)| (name.clone(), secret.required));
        Self { inputs: inputs.collect(), secrets: secrets.collect(), declared: None }
    }
}

/// What a workflow of the same repository takes; `Ok(None)` if its file cannot be read.
///
/// # Errors
/// When there is no such file, or it cannot be called; the string says which.
fn local(repository: &Repository<'_>, path: &str) -> Result<Option<Takes>, String> {
    if !repository.has(path) {
        return Err(format!("calls `{path}`, which does not exist"));
    }
    let Some(workflow) = repository.workflow(path) else { return Ok(None) };
    let Some(trigger) = workflow.trigger("workflow_call") else {
        return Err(format!("calls `{path}`, which `workflow_call` does not start"));
    };
    let inputs = trigger.inputs.iter();
    let inputs =
        inputs.map(|input| (input.name.text.clone(), input.required && input.default.is_none()));
    let secrets = trigger.secrets.iter().map(|secret| (secret.name.text.clone(), secret.required));
    let declared = Location::span(path, workflow.document().text(), trigger.event.span);
    Ok(Some(Takes {
        inputs: inputs.collect(),
        secrets: secrets.collect(),
        declared: Some(declared),
    }))
}

fn compare(
    located: &Located<'_>,
    job: &Job,
    uses: &Uses,
    takes: &Takes,
    findings: &mut Vec<Finding>,
) {
    let written = uses.written.text.trim();
    let mut report = |span: Span, message: String, help: String| {
        let mut finding = at(located, span, message).help(help);
        if let Some(declared) = &takes.declared {
            finding = finding.related(declared.clone(), "its inputs and secrets are declared here");
        }
        findings.push(finding);
    };
    let none: &[Setting] = &[];
    let secrets = match &job.secrets {
        Secrets::None => Some(none),
        Secrets::Named(named) => Some(named.as_slice()),
        Secrets::Inherit(_) => None,
    };
    let kinds =
        [("input", Some(job.with.as_slice()), &takes.inputs), ("secret", secrets, &takes.secrets)];
    for (kind, given, declared) in kinds {
        let Some(given) = given else { continue };
        for setting in given {
            let name = &setting.key.text;
            if declared.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                continue;
            }
            let likely = nearest(name, declared.iter().map(|(known, _)| known.as_str()));
            let help = match likely {
                Some(likely) => format!("did you mean `{likely}`?"),
                None => "remove it, or declare it there".to_owned(),
            };
            report(setting.key.span, format!("`{written}` has no {kind} `{name}`"), help);
        }
        for (name, _) in declared.iter().filter(|(_, required)| *required) {
            if !given.iter().any(|setting| setting.key.text.eq_ignore_ascii_case(name)) {
                let message =
                    format!("`{written}` requires the {kind} `{name}`, which is not passed");
                report(uses.written.span, message, format!("pass it under `{}`", section(kind)));
            }
        }
    }
}

fn section(kind: &str) -> &'static str {
    if kind == "input" { "with" } else { "secrets" }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const RULE: &str = "workflow-undeclared-input";
    const CALLED: &str = "on:\n  workflow_call:\n    inputs:\n      version: {required: true, type: string}\n      \
                          tag: {required: true, default: latest, type: string}\n    secrets:\n      token: {required: true}\n";

    fn said(call: &str) -> String {
        let text =
            format!("on: push\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n{call}");
        Case::conformant()
            .file(".github/workflows/called.yml", CALLED)
            .file(".github/workflows/x.yml", text)
            .said(RULE)
    }

    #[test]
    fn what_is_declared_may_be_given() {
        assert_eq!(Case::conformant().said(RULE), "");
        assert_eq!(said("    with: {Version: 1, tag: x}\n    secrets: {token: x}\n"), "");
        assert_eq!(said("    with: {version: 1}\n    secrets: inherit\n"), "");
    }

    #[test]
    fn unknown_and_missing_ones_are_found() {
        assert_eq!(
            said("    with: {verison: 1}\n    secrets: {other: x}\n"),
            ".github/workflows/x.yml:5:12: `./.github/workflows/called.yml` has no input `verison`\n\
             .github/workflows/x.yml:4:11: `./.github/workflows/called.yml` requires the input `version`, which is not passed\n\
             .github/workflows/x.yml:6:15: `./.github/workflows/called.yml` has no secret `other`\n\
             .github/workflows/x.yml:4:11: `./.github/workflows/called.yml` requires the secret `token`, which is not passed\n"
        );
    }

    #[test]
    fn the_called_file_must_exist_and_be_callable() {
        let call = "on: push\njobs:\n  a: {uses: ./.github/workflows/gone.yml}\n  b: {uses: ./.github/workflows/ci.yml}\n";
        let said = Case::conformant().file(".github/workflows/x.yml", call).said(RULE);
        assert_eq!(
            said,
            ".github/workflows/x.yml:3:13: calls `.github/workflows/gone.yml`, which does not exist\n\
             .github/workflows/x.yml:4:13: calls `.github/workflows/ci.yml`, which `workflow_call` does not start\n"
        );
    }

    #[test]
    fn the_pack_knows_workflows_of_others() {
        let publish = ".github/workflows/publish-image.yml";
        let case = Case::conformant().replace(
            publish,
            "    with:\n      runtime_version: ",
            "    with:\n      version: ",
        );
        assert!(case.said(RULE).contains("has no input `version`"), "{}", case.said(RULE));
        let unknown =
            "on: push\njobs:\n  a: {uses: x/y/.github/workflows/z.yml@v1, with: {a: b}}\n";
        assert_eq!(Case::conformant().file(".github/workflows/x.yml", unknown).said(RULE), "");
    }
}
