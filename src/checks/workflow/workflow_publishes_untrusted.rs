//! Whether a workflow that publishes can be started by unreviewed changes.

use crate::change::FileEdit;
use crate::checks::workflow::Located;
use crate::checks::workflow::condition::{holds, job_runs};
use crate::checks::{Check, Finding, Fix, Location, Repository, Rule, Severity};
use crate::snapshot::RepoPath;
use crate::source::shell::{Script, programs_of};
use crate::source::spliced::Spliced;
use crate::source::workflow::{Job, Setting, Step, Trigger};
use crate::source::yaml::Path;
use crate::source::yaml::edit::remove_entry;

/// A publishing workflow starts on an event that must not publish.
pub static RULE: Rule = Rule {
    code: "SHP503",
    id: "workflow-publishes-untrusted",
    severity: Severity::Error,
    summary: "A workflow that publishes is never started by a pull request.",
    protects: "everyone who runs the published image: with a pull request, anyone's unreviewed code gets into it.",
    details: "The pack's `demands.workflows.publishes` name the workflow and the events. For each such event that \
              starts the workflow, the jobs that publish are checked: those that call a reusable workflow, and \
              those with a step that pushes (`docker/build-push-action`, `docker push`, `--push`). A job or step \
              whose `if` excludes the event is fine, and so is a job that waits for one that is skipped; \
              conditions are evaluated for the event (`github.event_name`, `github.ref`, \
              `github.event.pull_request`, with `&&`, `||`, `!`, `contains()`, `startsWith()`). On \
              `pull_request_target` the ref is the base branch, so `github.ref == 'refs/heads/main'` \
              excludes nothing there. A condition that asks for anything else, and a workflow in which nothing is \
              seen to publish, are unchecked.",
    fails: (
        "yaml",
        "on: [push, pull_request]\njobs:\n  publish:\n    uses: acme/ci/.github/workflows/publish.yml@v1",
    ),
    passes: (
        "yaml",
        "on:\n  push: {branches: [main]}\njobs:\n  publish:\n    uses: acme/ci/.github/workflows/publish.yml@v1",
    ),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowPublishesUntrusted;

impl Check for WorkflowPublishesUntrusted {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for demand in &repository.pack.manifest.demands.workflows.publishes {
            let path = RepoPath::new(&demand.path);
            let Some(workflow) = repository.workflow(path.as_str()) else { continue };
            let located = Located { path: &path, workflow };
            for event in &demand.never_on {
                if let Some(trigger) = located.workflow.trigger(event) {
                    judge(&located, trigger, findings);
                }
            }
        }
    }
}

fn judge(located: &Located<'_>, trigger: &Trigger, findings: &mut Vec<Finding>) {
    let event = trigger.event.text.as_str();
    let jobs: Vec<(&Job, Option<bool>)> = located
        .workflow
        .jobs
        .iter()
        .filter_map(|job| Some((job, publishes(located, job, event)?)))
        .collect();
    let at = |message: String| {
        Finding::new(&RULE, message).at(located.path.as_str(), located.text(), trigger.event.span)
    };
    let place = |job: &Job| Location::span(located.path.as_str(), located.text(), job.id.span);
    if let Some((job, _)) = jobs.iter().find(|(_, runs)| *runs == Some(true)) {
        let message =
            format!("`{event}` starts this workflow, whose job `{}` publishes", job.id.text);
        let mut finding = at(message)
            .help(format!(
                "remove `{event}` from `on`, or guard the job: `if: github.event_name != '{event}'`"
            ))
            .related(place(job), "publishes");
        let edits = remove_entry(located.workflow.document(), &Path::keys(["on", event]));
        if let Some(edits) = edits.ok().filter(|_| located.workflow.triggers.len() > 1) {
            let edit = FileEdit::text(located.path.as_str(), edits);
            finding = finding.fix(Fix::risky(format!("do not start on `{event}`"), vec![edit]));
        }
        findings.push(finding);
    } else if let Some((job, _)) = jobs.iter().find(|(_, runs)| runs.is_none()) {
        let message = format!(
            "`{event}` starts this workflow, and whether the conditions of job `{}` exclude it cannot be decided",
            job.id.text
        );
        findings.push(at(message).related(place(job), "may publish").unchecked());
    } else if jobs.is_empty() && !located.workflow.jobs.is_empty() {
        let message =
            format!("`{event}` starts this workflow, but none of its jobs is known to publish");
        findings.push(at(message).unchecked());
    }
}

/// Whether a job publishes when this event starts it. The outer `None` means that it never does, the inner one that a
/// condition cannot be decided.
fn publishes(located: &Located<'_>, job: &Job, event: &str) -> Option<Option<bool>> {
    let runs = job_runs(&located.workflow, job, event);
    let both = |left: Option<bool>, right: Option<bool>| match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    if job.uses.is_some() {
        let switch = ["push", "publish"].iter().find_map(|input| job.with(input));
        return Some(both(runs, switch.map_or(Some(true), |setting| switched(setting, event))));
    }
    let mut steps = job.steps.iter().filter_map(|step| {
        let pushes = step_pushes(step, event)?;
        let condition = step.condition.as_ref();
        Some(both(pushes, condition.map_or(Some(true), |condition| holds(&condition.text, event))))
    });
    let first = steps.next()?;
    // The worst case counts: a step that pushes, or else one that is not certainly skipped.
    let worst = steps.fold(first, |worst, step| match (worst, step) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (None, _) | (_, None) => None,
        _ => Some(false),
    });
    Some(both(runs, worst))
}

fn step_pushes(step: &Step, event: &str) -> Option<Option<bool>> {
    if step.uses.as_ref().is_some_and(|uses| uses.is("docker", "build-push-action", "")) {
        let push =
            step.with.iter().find(|setting| setting.key.text.eq_ignore_ascii_case("push"))?;
        return (push.value.as_deref() != Some("false")).then(|| switched(push, event));
    }
    let run = step.run.as_ref()?;
    let script = Script::parse(&Spliced::new(&run.text, 0));
    let pushes = programs_of(&script).iter().any(|program| {
        let arguments: Vec<&str> = program.arguments.iter().map(|word| word.as_str()).collect();
        program.is_of_images()
            && (arguments.first() == Some(&"push")
                || arguments.starts_with(&["image", "push"])
                || arguments.contains(&"--push"))
    });
    pushes.then_some(Some(true))
}

/// The value of a switch such as `push: ${{ github.event_name != 'pull_request' }}` for an event.
fn switched(setting: &Setting, event: &str) -> Option<bool> {
    match setting.value.as_deref() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(value) => holds(value, event),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    const PUBLISH: &str = ".github/workflows/publish-image.yml";
    const RULE: &str = "workflow-publishes-untrusted";

    fn case(event: &str, job: &str) -> Case {
        let text = format!("on:\n  push:\n  {event}:\njobs:\n  publish:\n{job}");
        Case::conformant().file(PUBLISH, text)
    }

    const CALL: &str = "    uses: acme/ci/.github/workflows/publish.yml@v1\n";

    #[test]
    fn a_pull_request_that_publishes_is_found() {
        assert_eq!(Case::conformant().said(RULE), "");
        let case = case("pull_request", CALL);
        assert_eq!(
            case.said(RULE),
            ".github/workflows/publish-image.yml:3:3: `pull_request` starts this workflow, whose job `publish` \
             publishes\n"
        );
        assert!(!case.fixed(RULE, PUBLISH).contains("pull_request"));
        let listed = Case::conformant()
            .file(PUBLISH, format!("on: [push, pull_request_target]\njobs:\n  publish:\n{CALL}"));
        assert_eq!(listed.said(RULE).lines().count(), 1);
    }

    #[test]
    fn a_guard_is_fine_where_it_excludes_the_event() {
        for guard in [
            "github.event_name != 'pull_request'",
            "${{ github.event_name == 'push' }}",
            "github.ref == 'refs/heads/main'",
        ] {
            assert_eq!(
                case("pull_request", &format!("    if: {guard}\n{CALL}")).said(RULE),
                "",
                "{guard}"
            );
        }
        let other = format!("    if: github.event_name != 'push'\n{CALL}");
        assert!(case("pull_request", &other).said(RULE).contains("publishes"));
    }

    #[test]
    fn a_guard_that_cannot_be_decided_is_unchecked() {
        for guard in ["vars.PUBLISH", "github.repository_owner == 'acme'"] {
            let said = case("pull_request", &format!("    if: {guard}\n{CALL}")).said(RULE);
            assert!(said.ends_with("(unchecked)\n"), "{said}");
        }
        let on_base = format!("    if: github.ref == 'refs/heads/main'\n{CALL}");
        assert!(case("pull_request_target", &on_base).said(RULE).contains("(unchecked)"));
    }

    #[test]
    fn steps_that_push_are_seen_and_their_guards_too() {
        let action = "    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          push: ";
        assert!(case("pull_request", &format!("{action}true\n")).said(RULE).contains("publishes"));
        let switch = "${{ github.event_name != 'pull_request' }}\n";
        assert_eq!(case("pull_request", &format!("{action}{switch}")).said(RULE), "");
        let run = "    steps:\n      - run: |\n          docker build -t x . && docker push x\n";
        assert!(case("pull_request", run).said(RULE).contains("publishes"));
        let guarded = format!("{run}        if: github.event_name == 'push'\n");
        assert_eq!(case("pull_request", &guarded).said(RULE), "");
        let commented = "    steps:\n      - run: |\n          # docker push x\n          make\n";
        assert!(case("pull_request", commented).said(RULE).contains("none of its jobs"));
    }

    #[test]
    fn a_job_that_waits_for_a_skipped_one_does_not_publish() {
        let text = format!(
            "on: [push, pull_request]\njobs:\n  gate:\n    if: github.event_name == 'push'\n    steps: []\n  \
             publish:\n    needs: gate\n{CALL}"
        );
        assert_eq!(Case::conformant().file(PUBLISH, text).said(RULE), "");
    }

    #[test]
    fn an_absent_file_and_a_pack_without_demands_are_silent() {
        assert_eq!(Case::conformant().without(PUBLISH).said(RULE), "");
        let text = format!("on: pull_request\njobs:\n  publish:\n{CALL}");
        assert_eq!(Case::with_shape("").file(PUBLISH, text).said(RULE), "");
    }
}
