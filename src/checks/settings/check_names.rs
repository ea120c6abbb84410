//! The names under which jobs report on a pull request.
//!
//! A job reports under its `name`, or else its id. A job of a matrix appends its values, and a job that calls a
//! workflow reports once for each of that workflow's jobs, as `caller / called`. The rules are those of
//! <https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks>.

use std::sync::Arc;

use super::matrix::{self, Combination, Matrix};
use super::{Called, Subject};
use crate::checks::workflow::{Located, path_in_job};
use crate::source::Span;
use crate::source::wildcard;
use crate::source::workflow::{Job, Trigger, UsesTarget, Workflow, expressions_in};

/// How deep called workflows are followed, which is also the forge's limit.
const MOST_LEVELS: usize = 4;

/// Stands for a part of a name that is known only at run time; it does not occur in names.
const ANYTHING: char = '\0';

/// A name that a job reports under.
pub(super) struct Name {
    text: String,
    /// Whether it belongs to a job of a workflow that could not be read.
    pub(super) of_unread: bool,
}

/// The names that one job reports under, and when.
pub(super) struct Reported<'s, 'a> {
    pub(super) located: &'s Located<'a>,
    /// The span of the job's id.
    pub(super) span: Span,
    pub(super) names: Vec<Name>,
    pub(super) when: When,
}

/// When a workflow reports on a pull request into the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Always.
    Always,
    /// Not if a filter excludes the change; a required check then waits forever.
    Filtered(String),
    /// Never.
    Never,
}

impl Name {
    /// Whether a check with this name may be reported under it.
    pub(super) fn fits(&self, check: &str) -> bool {
        wildcard::fits(&self.text, ANYTHING, check)
    }

    /// The name for messages, with `…` for computed parts.
    pub(super) fn shown(&self) -> String {
        self.text.replace(ANYTHING, "…")
    }
}

/// Everything that the workflows of a repository report.
pub(super) fn reported<'s, 'a>(subject: &'s Subject<'a>) -> Vec<Reported<'s, 'a>> {
    let branch = subject.settings.default_branch.known().map(String::as_str);
    let mut reported = Vec::new();
    for located in &subject.workflows {
        let when = when(&located.workflow, branch);
        for job in &located.workflow.jobs {
            let find = |path: &str| -> Option<Arc<Workflow>> {
                let known = subject.workflows.iter().find(|it| it.path.as_str() == path);
                known.map(|it| Arc::clone(&it.workflow))
            };
            let names = names_of(job, &located.workflow, subject.called, &find, MOST_LEVELS);
            reported.push(Reported { located, span: job.id.span, names, when: when.clone() });
        }
    }
    reported
}

fn names_of(
    job: &Job,
    workflow: &Workflow,
    called: Called<'_>,
    local: &dyn Fn(&str) -> Option<Arc<Workflow>>,
    levels: usize,
) -> Vec<Name> {
    let own = own_names(job, workflow);
    let Some(uses) = &job.uses else {
        return own.into_iter().map(|text| Name { text, of_unread: false }).collect();
    };
    let found = match &uses.target {
        _ if levels == 0 => None,
        UsesTarget::Local(path) => local(path.trim_start_matches("./")),
        _ => called(uses),
    };
    let inner: Vec<Name> = match &found {
        // Local paths in a called workflow refer to its own repository, which is not available.
        Some(found) => {
            let is_here = matches!(uses.target, UsesTarget::Local(_));
            let none = |_: &str| None;
            let local: &dyn Fn(&str) -> Option<Arc<Workflow>> = if is_here { local } else { &none };
            let jobs = found.jobs.iter();
            jobs.flat_map(|job| names_of(job, found, called, local, levels.saturating_sub(1)))
                .collect()
        }
        None => vec![Name { text: ANYTHING.to_string(), of_unread: true }],
    };
    let join = |outer: &String| {
        let joined = inner.iter().map(move |inner| Name {
            text: format!("{outer} / {}", inner.text),
            of_unread: inner.of_unread,
        });
        joined.collect::<Vec<_>>()
    };
    own.iter().flat_map(join).collect()
}

/// A job's own names: one, or one for each job of its matrix.
fn own_names(job: &Job, workflow: &Workflow) -> Vec<String> {
    let node = workflow.document().at(&path_in_job(job, []));
    let matrix = node.map_or(Matrix::Absent, matrix::read);
    let written = job.name.as_ref().unwrap_or(&job.id).text.as_str();
    // A name that refers to the matrix does not get values appended.
    let says_which = expressions_in(written).iter().any(|(_, text)| text.contains("matrix"));
    let plain = |combination: Option<&Combination>| with_values(written, combination);
    match matrix {
        Matrix::Absent => vec![plain(None)],
        Matrix::Computed if says_which => vec![plain(None)],
        Matrix::Computed => vec![format!("{} ({ANYTHING})", plain(None))],
        Matrix::Known(combinations) => {
            let name = |combination: &Combination| {
                let values: Vec<&str> = combination.iter().map(|(_, value)| &**value).collect();
                let name = plain(Some(combination));
                let bare = says_which || values.is_empty();
                if bare { name } else { format!("{name} ({})", values.join(", ")) }
            };
            combinations.iter().map(name).collect()
        }
    }
}

/// A name with the values of a matrix substituted for their expressions.
fn with_values(written: &str, combination: Option<&Combination>) -> String {
    let mut name = String::new();
    let mut behind = 0;
    for (range, text) in expressions_in(written) {
        name.push_str(written.get(behind..range.start).unwrap_or_default());
        let value = combination.and_then(|combination| {
            let key = text.strip_prefix("matrix.")?;
            combination.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
        });
        match value {
            Some(value) => name.push_str(value),
            None => name.push(ANYTHING),
        }
        behind = range.end;
    }
    name.push_str(written.get(behind..).unwrap_or_default());
    name
}

/// When a workflow reports on a pull request into the default branch. Of several events, the one that reports most
/// reliably counts.
fn when(workflow: &Workflow, branch: Option<&str>) -> When {
    let mut best = When::Never;
    for trigger in &workflow.triggers {
        let found = match trigger.event.text.as_str() {
            "pull_request" | "pull_request_target" => on_pull_request(trigger, branch),
            "push" => on_push(trigger, branch),
            _ => When::Never,
        };
        best = match (best, found) {
            (When::Always, _) | (_, When::Always) => When::Always,
            (When::Never, other) | (other, When::Never) => other,
            (first, _) => first,
        };
    }
    best
}

fn on_pull_request(trigger: &Trigger, branch: Option<&str>) -> When {
    if !reaches(trigger, branch) {
        return When::Never;
    }
    let types = &trigger.types;
    let renewed = types.is_empty() || types.iter().any(|kind| kind.text == "synchronize");
    if !renewed {
        return When::Filtered("`types` leaves out `synchronize`".to_owned());
    }
    by_paths(trigger)
}

/// A push to the branch of a pull request reports on it too, unless the trigger is limited to tags or to branches
/// that it names without wildcards.
fn on_push(trigger: &Trigger, branch: Option<&str>) -> When {
    let names = |filter: &str| trigger.filter(filter);
    if names("tags").is_some() && names("branches").is_none() && names("branches-ignore").is_none()
    {
        return When::Never;
    }
    let Some(branches) = names("branches") else { return by_paths(trigger) };
    let others = branches.iter().any(|pattern| {
        pattern.text.contains(['*', '?', '[', '+']) && Some(pattern.text.as_str()) != branch
    });
    if others { by_paths(trigger) } else { When::Never }
}

/// Whether the filters of a trigger admit the default branch.
fn reaches(trigger: &Trigger, branch: Option<&str>) -> bool {
    let Some(branch) = branch else { return true };
    let matches = |pattern: &str| pattern.contains(['*', '?', '[', '+']) || pattern == branch;
    let included = trigger
        .filter("branches")
        .is_none_or(|patterns| patterns.iter().any(|pattern| matches(&pattern.text)));
    let ignored = trigger
        .filter("branches-ignore")
        .is_some_and(|patterns| patterns.iter().any(|pattern| pattern.text == branch));
    included && !ignored
}

fn by_paths(trigger: &Trigger) -> When {
    match ["paths", "paths-ignore"].into_iter().find(|name| trigger.filter(name).is_some()) {
        Some(name) => When::Filtered(format!("`{name}` may skip a change")),
        None => When::Always,
    }
}
