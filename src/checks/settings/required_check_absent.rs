//! Required checks that nothing reports.

use super::check_names::{Reported, When, reported};
use super::{ACTIONS_APPLICATION, Subject};
use crate::checks::{Finding, Location, Rule, Severity};
use crate::source::typed::nearest;

/// Nothing reports a required check.
pub static RULE: Rule = Rule {
    code: "SHP901",
    id: "required-check-absent",
    severity: Severity::Error,
    summary: "A workflow reports every required check on every pull request.",
    protects: "everyone with a pull request: it waits for the check forever, without an explanation.",
    details: "\
Required checks come from branch protection and from rulesets; their names are compared with those under which jobs
report: a job's `name`, else its id; of a matrix with the values behind (`test (3.12)`); of a called workflow as
`caller / called`, however deep. Values of a matrix that are in the file are known; those that are computed match anything. A check that only workflows report which a pull request does not start (`push` to the default branch alone, a
schedule), or which `paths` leaves out, is found too: the forge leaves such a check waiting instead of calling it
skipped. A check that another application must report (`app_id`) is not judged by this rule. Where the workflow
that is called cannot be read, a check that may be its is unchecked.",
    fails: (
        "yaml",
        "# required: `validate`\njobs:\n  validate:\n    uses: acme/ci/.github/workflows/validate.yml@v1",
    ),
    passes: (
        "yaml",
        "# required: `validate / validate`\njobs:\n  validate:\n    uses: acme/ci/.github/workflows/validate.yml@v1",
    ),
};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(required) = subject.settings.required_checks.known() else { return };
    if required.is_empty() {
        return;
    }
    let reported = reported(subject);
    for check in required {
        if check.application.is_none_or(|id| id == ACTIONS_APPLICATION) {
            findings.extend(judge(&check.name, &reported));
        }
    }
}

fn judge(required: &str, reported: &[Reported<'_, '_>]) -> Option<Finding> {
    let fits = |it: &&Reported<'_, '_>, of_unread: bool| {
        it.names.iter().any(|name| name.of_unread == of_unread && name.fits(required))
    };
    let known: Vec<_> = reported.iter().filter(|it| fits(it, false)).collect();
    if known.iter().any(|it| it.when == When::Always) {
        return None;
    }
    let unread = reported.iter().find(|it| fits(it, true) && it.when != When::Never);
    if let Some(it) = unread {
        let message = format!(
            "whether `{required}` is ever reported cannot be decided: the called workflow cannot be read"
        );
        let finding =
            at(it, message).help("give the token read access to the repository of that workflow");
        return Some(finding.unchecked());
    }
    let filtered = known.iter().find_map(|it| match &it.when {
        When::Filtered(why) => Some((it, why)),
        _ => None,
    });
    if let Some((it, why)) = filtered {
        let message =
            format!("`{required}` is required, but is not reported on every pull request: {why}");
        let help = "let the workflow always run, and skip its work with an `if` on the job";
        return Some(at(it, message).help(help));
    }
    if let Some(it) = known.first() {
        let message = format!("`{required}` is required, but no pull request starts this job");
        return Some(
            at(it, message).help("start the workflow on `pull_request`, or require another check"),
        );
    }
    let message = format!("`{required}` is required, but no workflow reports it");
    let names: Vec<String> = reported
        .iter()
        .filter(|it| it.when != When::Never)
        .flat_map(|it| it.names.iter().map(super::check_names::Name::shown))
        .collect();
    let is_part = |name: &&str| name.split(" / ").any(|part| part == required);
    let mut names_of = names.iter().map(String::as_str);
    let likely = names_of.clone().find(is_part).or_else(|| nearest(required, names_of.clone()));
    let help = match likely {
        Some(likely) => format!("did you mean `{likely}`? Correct the rule on the forge"),
        None if names_of.next().is_none() => {
            "remove it from the rules on the forge: no job runs on pull requests".to_owned()
        }
        None => format!("jobs report {}; correct the rule on the forge", names.join(", ")),
    };
    Some(Finding::new(&RULE, message).help(help))
}

fn at(reported: &Reported<'_, '_>, message: String) -> Finding {
    let text = reported.located.text();
    let location = Location::span(reported.located.path.as_str(), text, reported.span);
    let mut finding = Finding::new(&RULE, message);
    finding.location = Some(location);
    finding
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Subject, said, sound};

    fn required(check: &str, workflow: &str) -> String {
        let case = sound().workflow("ci.yml", workflow).required(check, None);
        said(&case, "required-check-absent")
    }

    const ON: &str = "on: pull_request\njobs:\n";

    #[test]
    fn jobs_report_under_their_names() {
        for (check, job) in [
            ("build", "  build: {steps: []}\n"),
            ("Build it", "  b: {name: Build it, steps: []}\n"),
            ("test (3.12)", "  test: {strategy: {matrix: {python: [3.11, 3.12]}}, steps: []}\n"),
            (
                "py 3.12",
                "  t: {name: 'py ${{ matrix.p }}', strategy: {matrix: {p: [3.12]}}, steps: []}\n",
            ),
            (
                "t (x)",
                "  t: {strategy: {matrix: '${{ fromJSON(needs.a.outputs.m) }}'}, steps: []}\n",
            ),
            ("call / inner", "  call: {uses: ./.github/workflows/called.yml}\n"),
            ("v / validate", "  v: {uses: acme/ci/.github/workflows/validate.yml@v1}\n"),
        ] {
            assert_eq!(required(check, &format!("{ON}{job}")), "", "{check}");
        }
    }

    #[test]
    fn a_name_that_no_job_has_is_found() {
        assert_eq!(
            required(
                "validate",
                &format!("{ON}  validate: {{uses: acme/ci/.github/workflows/validate.yml@v1}}\n")
            ),
            "`validate` is required, but no workflow reports it: did you mean `validate / validate`? Correct the rule \
             on the forge\n"
        );
        assert_eq!(
            required(
                "test (3.9)",
                &format!("{ON}  test: {{strategy: {{matrix: {{p: [3.12]}}}}, steps: []}}\n")
            ),
            "`test (3.9)` is required, but no workflow reports it: did you mean `test (3.12)`? Correct the rule on the forge\n"
        );
    }

    #[test]
    fn a_job_that_pull_requests_do_not_start_reports_nothing() {
        let job = "jobs:\n  b: {steps: []}\n";
        for on in [
            "on: {push: {branches: [main]}}",
            "on: schedule",
            "on: {pull_request: {branches: [dev]}}",
            "on: {push: {tags: ['v*']}}",
        ] {
            let said = required("b", &format!("{on}\n{job}"));
            assert!(said.starts_with(".github/workflows/ci.yml:3:3: `b` is required, but no pull request starts this \
                                      job"), "{on}: {said}");
        }
        for on in [
            "on: push",
            "on: {pull_request: {branches: [main]}}",
            "on: {push: {branches: ['**']}}",
            "on: pull_request_target",
        ] {
            assert_eq!(required("b", &format!("{on}\n{job}")), "", "{on}");
        }
    }

    #[test]
    fn a_filter_that_leaves_changes_out_makes_the_check_wait() {
        let said =
            required("b", "on: {pull_request: {paths: [src/**]}}\njobs:\n  b: {steps: []}\n");
        assert_eq!(
            said,
            ".github/workflows/ci.yml:3:3: `b` is required, but is not reported on every pull request: `paths` may \
             skip a change: let the workflow always run, and skip its work with an `if` on the job\n"
        );
    }

    #[test]
    fn a_called_workflow_that_cannot_be_read_is_unchecked() {
        let said = required(
            "v / x",
            &format!("{ON}  v: {{uses: acme/secret/.github/workflows/v.yml@v1}}\n"),
        );
        assert!(said.contains("cannot be decided") && said.contains("(unchecked)"), "{said}");
    }

    #[test]
    fn what_another_application_reports_is_not_judged() {
        let case: Subject = sound().required("codecov/patch", Some(254));
        assert_eq!(said(&case, "required-check-absent"), "");
    }
}
