//! Whether the jobs of a workflow need only jobs that exist, and not each other in a cycle.

use std::collections::BTreeMap;

use crate::checks::workflow::{Located, workflows};
use crate::checks::{Check, Finding, Location, Repository, Rule, Severity};
use crate::source::typed::nearest;
use crate::source::workflow::Spanned;

/// A job waits for one that does not exist.
pub static RULE: Rule = Rule {
    code: "SHP508",
    id: "workflow-unknown-job",
    severity: Severity::Error,
    summary: "Every job waits for jobs that exist, each job has a name of its own, and none waits for itself.",
    protects: "everyone who relies on the workflow: the forge refuses the whole file, and no job of it runs.",
    details: "Names in `needs` are compared with the keys of `jobs`, without regard to case, as the forge does. A \
              job that is defined twice, a name that `needs` lists twice, and jobs that wait for each other in a \
              circle are reported too. Silent about a file that is not YAML: `syntax-error` reports it.",
    fails: ("yaml", "jobs:\n  build: {…}\n  publish:\n    needs: biuld"),
    passes: ("yaml", "jobs:\n  build: {…}\n  publish:\n    needs: build"),
};

/// The check behind [`RULE`].
#[derive(Debug)]
pub struct WorkflowUnknownJob;

impl Check for WorkflowUnknownJob {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn check(&self, repository: &Repository<'_>, findings: &mut Vec<Finding>) {
        for located in workflows(repository) {
            names(&located, findings);
            circles(&located, findings);
        }
    }
}

fn at(located: &Located<'_>, place: &Spanned, message: String) -> Finding {
    Finding::new(&RULE, message).at(located.path.as_str(), located.text(), place.span)
}

fn names(located: &Located<'_>, findings: &mut Vec<Finding>) {
    let mut known: BTreeMap<String, &Spanned> = BTreeMap::new();
    for job in &located.workflow.jobs {
        if let Some(first) = known.get(&job.id.text.to_lowercase()) {
            let first = Location::span(located.path.as_str(), located.text(), first.span);
            let message = format!("the job `{}` is defined twice", job.id.text);
            findings.push(at(located, &job.id, message).related(first, "the other definition"));
        }
        known.entry(job.id.text.to_lowercase()).or_insert(&job.id);
    }
    for job in &located.workflow.jobs {
        let mut seen = Vec::new();
        for needed in &job.needs {
            let name = needed.text.to_lowercase();
            if seen.contains(&name) {
                let message = format!("`{}` waits twice for `{}`", job.id.text, needed.text);
                findings.push(at(located, needed, message).help("name it once"));
            } else if !known.contains_key(&name) {
                let message = format!(
                    "`{}` waits for `{}`, but there is no such job",
                    job.id.text, needed.text
                );
                let likely = nearest(&needed.text, known.values().map(|id| id.text.as_str()));
                let help = match likely {
                    Some(likely) => format!("did you mean `{likely}`?"),
                    None => "name a job of this file, or remove it".to_owned(),
                };
                findings.push(at(located, needed, message).help(help));
            }
            seen.push(name);
        }
    }
}

/// Reports a cycle in `needs`. Jobs whose needs are all done are marked as done until none is left; every other job
/// leads to a cycle, which is found by following `needs`.
fn circles(located: &Located<'_>, findings: &mut Vec<Finding>) {
    let jobs = &located.workflow.jobs;
    let index = |name: &str| jobs.iter().position(|job| job.id.text.eq_ignore_ascii_case(name));
    let needs: Vec<Vec<usize>> = jobs
        .iter()
        .map(|job| job.needs.iter().filter_map(|needed| index(&needed.text)).collect())
        .collect();
    let mut done = vec![false; jobs.len()];
    loop {
        let is_free = |job: &usize| {
            !done.get(*job).copied().unwrap_or(true)
                && needs.get(*job).is_some_and(|needs| {
                    needs.iter().all(|needed| done.get(*needed).copied().unwrap_or(true))
                })
        };
        let free: Vec<usize> = (0..jobs.len()).filter(is_free).collect();
        if free.is_empty() {
            break;
        }
        free.into_iter()
            .filter_map(|job| done.get_mut(job).map(|done| *done = true))
            .for_each(drop);
    }
    let Some(mut job) = done.iter().position(|done| !done) else { return };
    let mut way = Vec::new();
    while !way.contains(&job) {
        way.push(job);
        let next = needs.get(job).and_then(|needs| {
            needs.iter().copied().find(|needed| done.get(*needed) == Some(&false))
        });
        let Some(next) = next else { return };
        job = next;
    }
    let circle: Vec<&Spanned> = way
        .iter()
        .skip_while(|index| **index != job)
        .filter_map(|index| jobs.get(*index))
        .map(|job| &job.id)
        .collect();
    let Some(first) = circle.first() else { return };
    let names: Vec<String> = circle.iter().map(|id| format!("`{}`", id.text)).collect();
    let message = match names.as_slice() {
        [own] => format!("{own} waits for itself"),
        names => format!("{} wait for each other", names.join(", ")),
    };
    findings.push(at(located, first, message));
}

#[cfg(test)]
mod tests {
    use crate::checks::testing::Case;

    fn said(workflow: &str) -> String {
        Case::conformant().file(".github/workflows/x.yml", workflow).said("workflow-unknown-job")
    }

    #[test]
    fn jobs_that_exist_are_fine() {
        assert_eq!(Case::conformant().said("workflow-unknown-job"), "");
        assert_eq!(
            said(
                "on: push\njobs:\n  a: {steps: []}\n  b: {needs: [A], steps: []}\n  c: {needs: [a, b], steps: []}\n"
            ),
            ""
        );
    }

    #[test]
    fn unknown_and_repeated_names_are_found() {
        assert_eq!(
            said(
                "on: push\njobs:\n  build: {steps: []}\n  b: {needs: biuld, steps: []}\n  c: {needs: [b, b], steps: []}\n"
            ),
            ".github/workflows/x.yml:4:14: `b` waits for `biuld`, but there is no such job\n\
             .github/workflows/x.yml:5:18: `c` waits twice for `b`\n"
        );
        assert_eq!(
            said("on: push\njobs:\n  a: {steps: []}\n  a: {steps: []}\n"),
            ".github/workflows/x.yml:4:3: the job `a` is defined twice\n"
        );
    }

    #[test]
    fn circles_are_found_once() {
        assert_eq!(
            said(
                "on: push\njobs:\n  a: {needs: c, steps: []}\n  b: {needs: b, steps: []}\n  c: {steps: []}\n"
            ),
            ".github/workflows/x.yml:4:3: `b` waits for itself\n"
        );
        assert_eq!(
            said(
                "on: push\njobs:\n  z: {needs: a}\n  a: {needs: b}\n  b: {needs: c}\n  c: {needs: [a]}\n"
            ),
            ".github/workflows/x.yml:4:3: `a`, `b`, `c` wait for each other\n"
        );
    }

    #[test]
    fn a_pack_without_workflows_is_silent() {
        let case = Case::with_shape("demands: { workflows: { folders: [] } }\n");
        let case = case.file(".github/workflows/x.yml", "on: push\njobs: {a: {needs: b}}\n");
        assert_eq!(case.said("workflow-unknown-job"), "");
    }
}
