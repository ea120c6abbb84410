//! Whether what an event carries reaches the build that needs it.

use crate::checks::workflow::condition::job_runs;
use crate::checks::workflow::value_origin::{Origin, Trace};
use crate::checks::workflow::{Located, starts_on, workflows};
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::shape::demands::workflow::{Forwards, Receiver};
use crate::source::Span;
use crate::source::workflow::Trigger;

/// What an event carries does not reach the build.
pub static RULE: Rule = Rule {
    code: "SHP502",
    id: "workflow-forwarding",
    severity: Severity::Error,
    summary: "What an event carries is passed to the build that it starts.",
    protects: "whoever releases: a build that does not get the version reuses a cached layer, publishes the old one \
               and reports success.",
    details: "The pack's `demands.workflows.receivers[].forwards` names the key of `client_payload` and the input \
              that must get it. Every workflow that starts on the event is checked, and in it each place that takes \
              the input (names are compared case-insensitively): `with` of a called workflow or of an action, \
              `build-args` of an action, and `--build-arg` of a `docker build` in a script. Where the value comes \
              from is traced through `env`, through `needs.<job>.outputs`, and through `steps.<id>.outputs` to a step \
              that is given the value in `env` or `with`, or reads it in its script; such a script is trusted to \
              write the output from its input. Values that come from a called workflow, from an action that is not \
              given the payload, from a matrix, or from a script that reads the event's file, are unchecked. A place \
              whose job never runs for the event does not count. A workflow that does not start on the event at all \
              is judged by `workflow-receiver`.",
    fails: (
        "yaml",
        "uses: acme/ci/.github/workflows/publish.yml@v1\nwith:\n  runtime_version: ${{ inputs.runtime_version }}",
    ),
    passes: (
        "yaml",
        "uses: acme/ci/.github/workflows/publish.yml@v1\nwith:\n  runtime_version: ${{ \
         github.event.client_payload.runtime_version }}",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowForwarding;

impl Check for WorkflowForwarding {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        let receivers = &repository.pack.manifest.demands.workflows.receivers;
        if receivers.iter().all(|receiver| receiver.forwards.is_none()) {
            return;
        }
        let mut workflows = workflows(repository);
        for receiver in receivers {
            let Some(forwards) = &receiver.forwards else { continue };
            // The demanded file comes first, since findings are reported there.
            workflows.sort_by_key(|located| located.path.as_str() != receiver.path);
            let started = workflows.iter().filter_map(|located| {
                let (event, event_type) = (&receiver.event, receiver.event_type.as_deref());
                Some((located, starts_on(&located.workflow, event, event_type)?))
            });
            let judged: Vec<Option<Finding>> = started
                .map(|(located, trigger)| judge(located, trigger, receiver, forwards))
                .collect();
            if judged.iter().all(Option::is_some) {
                let mut judged: Vec<Finding> = judged.into_iter().flatten().collect();
                // Only one is reported: an undecided one if there is any, because that workflow may be in order.
                judged.sort_by_key(|finding| !finding.unchecked);
                findings.extend(judged.into_iter().next());
            }
        }
    }
}

/// What is wrong with how one workflow forwards the value.
fn judge(
    located: &Located<'_>,
    trigger: &Trigger,
    receiver: &Receiver,
    forwards: &Forwards,
) -> Option<Finding> {
    let (input, payload) = (forwards.input.as_str(), forwards.payload.as_str());
    let trace = Trace::new(&located.workflow, payload);
    let mut taken = trace.sinks(input);
    taken.retain(|(job, ..)| job_runs(&located.workflow, job, &receiver.event) != Some(false));
    let help = format!("pass it on: `{input}: ${{{{ github.event.client_payload.{payload} }}}}`");
    let at = |span: Span, message: String| {
        Finding::new(&RULE, message).at(located.path.as_str(), located.text(), span).help(&*help)
    };
    let received = Location::span(located.path.as_str(), located.text(), trigger.event.span);
    if taken.is_empty() {
        let message = format!(
            "`{payload}` of `{}` is not used: no called workflow or build gets `{input}`",
            receiver.event
        );
        return Some(at(trigger.event.span, message));
    }
    if taken.iter().any(|(_, _, origin)| *origin == Origin::Payload) {
        return None;
    }
    let unknown = taken.iter().find(|(_, _, origin)| *origin == Origin::Unknown);
    let (_, span, _) = unknown.or(taken.first())?;
    let finding = if unknown.is_some() {
        let message =
            format!("whether `{input}` gets `{payload}` of `{}` cannot be decided", receiver.event);
        at(*span, message).unchecked()
    } else {
        at(*span, format!("`{input}` is set, but not from `{payload}` of `{}`", receiver.event))
    };
    Some(finding.related(received, "the event is received here"))
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const PUBLISH: &str = ".github/workflows/publish-image.yml";
    const ON: &str = "on:\n  push:\n  repository_dispatch:\n    types: [runtime-published]\n";
    const PAYLOAD: &str = "${{ github.event.client_payload.runtime_version }}";
    const CALL: &str = "    uses: acme/ci/.github/workflows/p.yml@v1\n";

    fn said(jobs: &str) -> String {
        let text = format!("{ON}jobs:\n{jobs}");
        Case::conformant().file(PUBLISH, text).said("workflow-forwarding")
    }

    fn with(value: &str) -> String {
        said(&format!("  publish:\n{CALL}    with:\n      runtime_version: \"{value}\"\n"))
    }

    fn step(step: &str) -> String {
        said(&format!("  publish:\n    steps:\n{step}"))
    }

    #[test]
    fn a_payload_that_is_given_is_fine() {
        assert_eq!(Case::conformant().said("workflow-forwarding"), "");
        assert_eq!(with(PAYLOAD), "");
        assert_eq!(
            with("${{ github.event.client_payload.runtime_version || inputs.x || '' }}"),
            ""
        );
        assert_eq!(with("${{ github.event.client_payload['runtime_version'] }}"), "");
        assert_eq!(
            with(
                "${{ github.event_name == 'push' && 'x' || github.event.client_payload.runtime_version }}"
            ),
            ""
        );
    }

    #[test]
    fn what_comes_from_elsewhere_is_found() {
        for value in [
            "${{ inputs.runtime_version }}",
            "1.2.3",
            "${{ github.event.client_payload.runtime_version_old }}",
            "${{ github.event.client_payload.runtime_version == 'x' }}",
            "${{ needs.nothing.outputs.x }}",
        ] {
            assert_eq!(
                with(value),
                ".github/workflows/publish-image.yml:9:24: `runtime_version` is set, but not from `runtime_version` \
                 of `repository_dispatch`\n",
                "{value}"
            );
        }
        assert_eq!(
            said(&format!("  publish:\n{CALL}    # with: {{runtime_version: \"{PAYLOAD}\"}}\n")),
            ".github/workflows/publish-image.yml:3:3: `runtime_version` of `repository_dispatch` is not used: no \
             called workflow or build gets `runtime_version`\n"
        );
    }

    #[test]
    fn the_embedded_chain_of_jobs_is_followed() {
        let broken = [
            (
                "RELEASED: ${{ github.event.client_payload.runtime_version }}",
                "RELEASED: ${{ github.event.inputs.x }}",
            ),
            ("version=\"${RELEASED:-$ASKED_FOR}\"", "version=\"${ASKED_FOR}\""),
            (
                "runtime_version: ${{ steps.resolve.outputs",
                "runtime_version: ${{ steps.other.outputs",
            ),
            ("runtime_version: ${{ steps.resolve", "version: ${{ steps.resolve"),
        ];
        for (from, to) in broken {
            let said = Case::conformant().replace(PUBLISH, from, to).said("workflow-forwarding");
            assert!(said.contains("but not from") && !said.contains("unchecked"), "{to}: {said}");
        }
    }

    #[test]
    fn builds_in_steps_take_it_as_an_argument() {
        let action = |value: &str| {
            step(&format!(
                "      - uses: docker/build-push-action@v6\n        with:\n          build-args: |\n            A=1\n            \
                 RUNTIME_VERSION={value}\n"
            ))
        };
        assert_eq!(action(PAYLOAD), "");
        assert!(action("1").contains("but not from"));
        let run = |argument: &str, env: &str| {
            step(&format!(
                "      - run: docker build --build-arg {argument} .\n        env: {{V: \"{env}\"}}\n"
            ))
        };
        assert_eq!(run("RUNTIME_VERSION=\"$V\"", PAYLOAD), "");
        assert_eq!(run(&format!("RUNTIME_VERSION={PAYLOAD}"), ""), "");
        assert_eq!(run("RUNTIME_VERSION=${{ env.V }}", PAYLOAD), "");
        assert!(run("RUNTIME_VERSION=$V", "x").contains("but not from"));
        assert!(run("RUNTIME_VERSION=1.2", PAYLOAD).contains("but not from"));
        assert!(run("OTHER=$V", PAYLOAD).contains("is not used"));
    }

    #[test]
    fn what_cannot_be_decided_is_unchecked() {
        for value in [
            "${{ matrix.version }}",
            "${{ toJSON(github.event) }}",
            "${{ fromJSON(vars.X)[0] }}${{ github.event.client_payload }}",
        ] {
            assert!(with(value).ends_with("(unchecked)\n"), "{value}: {}", with(value));
        }
        let call = format!(
            "  publish:\n    needs: v\n{CALL}    with: {{runtime_version: \"${{{{ needs.v.outputs.x }}}}\"}}\n"
        );
        let called = format!("  v: {{uses: ./.github/workflows/v.yml}}\n{call}");
        assert!(said(&called).ends_with("(unchecked)\n"));
        let step = |step: &str| {
            said(&format!(
                "  v:\n    outputs: {{x: \"${{{{ steps.s.outputs.x }}}}\"}}\n    steps:\n      - {{id: s, {step}}}\n{call}"
            ))
        };
        assert!(step("uses: a/b@v1").ends_with("(unchecked)\n"));
        assert!(step("run: jq .x \"$GITHUB_EVENT_PATH\"").ends_with("(unchecked)\n"));
        assert!(step("run: ./scripts/version.sh").ends_with("(unchecked)\n"));
        assert!(step("run: 'echo x=1 >> $GITHUB_OUTPUT'").contains("but not from"));
        assert_eq!(step(&format!("uses: a/b@v1, with: {{v: \"{PAYLOAD}\"}}")), "");
        assert_eq!(
            step(
                "run: 'echo x=$(jq -r .client_payload.runtime_version $GITHUB_EVENT_PATH) >> $GITHUB_OUTPUT'"
            ),
            ""
        );
    }

    #[test]
    fn a_job_that_the_event_skips_does_not_count() {
        let text = format!(
            "  publish:\n    if: github.event_name == 'push'\n{CALL}    with: {{runtime_version: \"{PAYLOAD}\"}}\n"
        );
        assert!(said(&text).contains("is not used"));
    }

    #[test]
    fn circles_end() {
        let text = format!(
            "  a:\n    outputs: {{x: \"${{{{ needs.a.outputs.x }}}}\"}}\n    env: {{A: \"${{{{ env.A }}}}\"}}\n{CALL}    \
             with: {{runtime_version: \"${{{{ needs.a.outputs.x }}}}${{{{ env.A }}}}\"}}\n"
        );
        assert!(!said(&text).is_empty());
    }

    #[test]
    fn a_workflow_that_does_not_receive_is_left_to_its_own_rule() {
        let text = format!("on: push\njobs:\n  publish:\n{CALL}");
        assert_eq!(Case::conformant().file(PUBLISH, text).said("workflow-forwarding"), "");
    }
}
