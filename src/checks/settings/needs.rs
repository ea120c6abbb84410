//! Secrets and variables that workflows read.

use super::Subject;
use crate::checks::workflow::{Located, path_in_job};
use crate::source::Span;
use crate::source::workflow::{Job, Secrets, Term, UsesTarget, Workflow};
use crate::source::yaml::Path;

/// Something that a workflow reads from the repository's settings.
pub(super) struct Need<'s, 'a> {
    pub(super) located: &'s Located<'a>,
    pub(super) span: Span,
    /// Its name in upper case.
    pub(super) name: String,
    /// Why it may be optional or come from elsewhere; `None` if it is certainly needed.
    pub(super) doubt: Option<&'static str>,
}

/// What the workflows read from a context, `secrets` or `vars`. Values that have an alternative (`a || b`) or are
/// only compared are left out.
pub(super) fn of<'s, 'a>(subject: &'s Subject<'a>, context: &str) -> Vec<Need<'s, 'a>> {
    let mut needs = Vec::new();
    for located in &subject.workflows {
        let workflow = &located.workflow;
        // A workflow that is only called receives its secrets from the callers.
        let by_others = workflow.triggers.iter().all(|it| it.event.text == "workflow_call");
        if context == "secrets" && by_others {
            continue;
        }
        for (name, span) in read_in(workflow, context) {
            let job = workflow
                .jobs
                .iter()
                .find(|job| job.span.start <= span.start && span.end <= job.span.end);
            let doubt = match job {
                Some(job) if passed_as_optional(subject, job, span) => continue,
                Some(job) => doubt(subject, located, job, span),
                None => None,
            };
            needs.push(Need { located, span, name, doubt });
        }
        if context == "secrets" {
            for job in &workflow.jobs {
                inherited(subject, located, job, &mut needs);
            }
        }
    }
    needs
}

/// The names of a context that a workflow reads, with their spans.
fn read_in(workflow: &Workflow, context: &str) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    for expression in workflow.expressions_at(&Path::root()) {
        let Some(term) = Term::parse(&expression.text) else { continue };
        let mut names = Vec::new();
        needed(&term, context, &mut names);
        found.extend(names.into_iter().map(|name| (name, expression.span)));
    }
    found
}

/// Collects the names that an expression cannot do without.
fn needed(term: &Term, context: &str, names: &mut Vec<String>) {
    match term {
        Term::Reference(parts) => {
            if let [first, name, ..] = parts.as_slice()
                && first == context
                && name != "*"
            {
                names.push(name.to_uppercase());
            }
        }
        Term::Call(_, arguments) => {
            arguments.iter().for_each(|argument| needed(argument, context, names));
        }
        // `a || b` has an alternative to `a`, and `a && b` yields `b`; a comparison works with an empty text.
        Term::Or(_, right) | Term::And(_, right) => needed(right, context, names),
        Term::Literal(_) | Term::Not(_) | Term::Compare(..) => {}
    }
}

/// The workflow that a job calls; `None` if it cannot be read.
fn called(subject: &Subject<'_>, job: &Job) -> Option<std::sync::Arc<Workflow>> {
    let uses = job.uses.as_ref()?;
    match &uses.target {
        UsesTarget::Local(path) => {
            let path = path.trim_start_matches("./");
            let found = subject.workflows.iter().find(|it| it.path.as_str() == path)?;
            Some(std::sync::Arc::clone(&found.workflow))
        }
        _ => (subject.called)(uses),
    }
}

/// The name under which a job passes on the secret at a span.
fn passed_as(job: &Job, span: Span) -> Option<&str> {
    let Secrets::Named(settings) = &job.secrets else { return None };
    let holds = |whole: Span| whole.start <= span.start && span.end <= whole.end;
    settings.iter().find(|it| holds(it.value_span)).map(|it| it.key.text.as_str())
}

/// Whether a secret is passed to a called workflow that declares it as optional.
fn passed_as_optional(subject: &Subject<'_>, job: &Job, span: Span) -> bool {
    let Some(name) = passed_as(job, span) else { return false };
    let Some(workflow) = called(subject, job) else { return false };
    let Some(trigger) = workflow.trigger("workflow_call") else { return false };
    let declared = trigger.secrets.iter().find(|it| it.name.text.eq_ignore_ascii_case(name));
    declared.is_some_and(|declared| !declared.required)
}

fn doubt(
    subject: &Subject<'_>,
    located: &Located<'_>,
    job: &Job,
    span: Span,
) -> Option<&'static str> {
    let environment = path_in_job(job, ["environment"]);
    if located.workflow.document().at(&environment).is_some() {
        return Some("its job runs in an environment, which may have it");
    }
    let unread = passed_as(job, span).is_some() && called(subject, job).is_none();
    unread.then_some("the workflow that it is passed to cannot be read, and may not need it")
}

/// Collects what a called workflow reads of the secrets it inherits.
fn inherited<'s, 'a>(
    subject: &Subject<'a>,
    located: &'s Located<'a>,
    job: &Job,
    needs: &mut Vec<Need<'s, 'a>>,
) {
    let Secrets::Inherit(span) = job.secrets else { return };
    let Some(workflow) = called(subject, job) else { return };
    let declared = workflow.trigger("workflow_call").map(|it| it.secrets.as_slice());
    let optional = |name: &str| {
        declared
            .unwrap_or_default()
            .iter()
            .any(|declared| declared.name.text.eq_ignore_ascii_case(name) && !declared.required)
    };
    for (name, _) in read_in(&workflow, "secrets") {
        if !optional(&name) {
            needs.push(Need { located, span, name, doubt: None });
        }
    }
}

/// Whether a name is among the existing ones. Forges ignore case here.
pub(super) fn is_among(name: &str, there: &std::collections::BTreeSet<String>) -> bool {
    there.iter().any(|known| known.eq_ignore_ascii_case(name))
}
