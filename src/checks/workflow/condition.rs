//! Whether a part of a workflow runs when a given event starts it, as far as its conditions show.
//!
//! The answer is `None` if a condition depends on what only the forge knows. Conditions are evaluated, not matched,
//! by the rules of
//! <https://docs.github.com/en/actions/writing-workflows/choosing-what-your-workflow-does/evaluate-expressions-in-workflows-and-actions>.

use crate::source::workflow::{Job, Term, Workflow, expressions_in};

/// How far chains of `needs` are followed; no real workflow has this many stages.
const MAX_NEEDS: usize = 32;

/// What a term evaluates to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Bool(bool),
    Null,
    /// Something truthy whose value is not known.
    Present,
    Unknown,
}

impl Value {
    fn truth(&self) -> Option<bool> {
        match self {
            Self::Text(text) => Some(!text.is_empty()),
            Self::Bool(value) => Some(*value),
            Self::Null => Some(false),
            Self::Present => Some(true),
            Self::Unknown => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Null => Some(""),
            Self::Present | Self::Unknown => None,
        }
    }
}

/// Whether a condition holds when this event starts the workflow.
pub(in crate::checks) fn holds(condition: &str, event: &str) -> Option<bool> {
    let condition = condition.trim();
    let expressions = expressions_in(condition);
    let inner = match expressions.as_slice() {
        [] => condition,
        [(range, text)] if *range == (0..condition.len()) => text,
        // `${{ a }} == b` is a text, and texts are truthy, which is probably not what was meant.
        _ => return None,
    };
    value(&Term::parse(inner)?, event).truth()
}

/// Whether a job runs when this event starts its workflow, according to its own condition and those of the jobs it
/// needs.
pub(in crate::checks) fn job_runs(workflow: &Workflow, job: &Job, event: &str) -> Option<bool> {
    let mut least = Some(true);
    let mut waiting = vec![(job, 0)];
    while let Some((job, depth)) = waiting.pop() {
        let condition = job.condition.as_ref();
        let own = condition.map_or(Some(true), |condition| holds(&condition.text, event));
        least = match (least, own) {
            (_, Some(false)) => return Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
        // With one of these, a job runs even if the jobs it needs were skipped.
        let asks = |name: &str| condition.is_some_and(|condition| condition.text.contains(name));
        if asks("always()") || asks("failure()") || asks("cancelled()") {
            continue;
        }
        if depth >= MAX_NEEDS {
            return None;
        }
        waiting.extend(
            job.needs.iter().filter_map(|id| workflow.job(&id.text)).map(|job| (job, depth + 1)),
        );
        if waiting.len() > MAX_NEEDS * MAX_NEEDS {
            return None;
        }
    }
    least
}

/// Evaluates a term. The parser bounds its depth.
fn value(term: &Term, event: &str) -> Value {
    match term {
        Term::Literal(text) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => Value::Text(text.clone()),
        },
        Term::Reference(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            context(&names, event)
        }
        Term::Not(inner) => {
            value(inner, event).truth().map_or(Value::Unknown, |truth| Value::Bool(!truth))
        }
        Term::And(left, right) => joined(value(left, event), value(right, event), false),
        Term::Or(left, right) => joined(value(left, event), value(right, event), true),
        Term::Compare(operator, left, right) => {
            compared(operator, &value(left, event), &value(right, event))
        }
        Term::Call(name, arguments) => called(name, arguments, event),
    }
}

/// Evaluates `&&` and `||`: yields the left side if it decides the result (for `||`, by being truthy), otherwise the
/// right side.
fn joined(left: Value, right: Value, decided_by: bool) -> Value {
    match (left.truth(), right.truth()) {
        (Some(truth), _) if truth == decided_by => left,
        (Some(_), _) => right,
        (None, Some(truth)) if truth == decided_by => Value::Bool(truth),
        (None, _) => Value::Unknown,
    }
}

fn compared(operator: &str, left: &Value, right: &Value) -> Value {
    let equal = match (left, right) {
        (Value::Present, Value::Null) | (Value::Null, Value::Present) => Some(false),
        _ => left
            .text()
            .zip(right.text())
            .map(|(left, right)| left.to_lowercase() == right.to_lowercase()),
    };
    match (operator, equal) {
        ("==", Some(equal)) => Value::Bool(equal),
        ("!=", Some(equal)) => Value::Bool(!equal),
        _ => Value::Unknown,
    }
}

fn context(names: &[&str], event: &str) -> Value {
    let is_pull_request = event.starts_with("pull_request");
    match names {
        ["github", "event_name"] => Value::Text(event.to_owned()),
        // The merge commit of an open pull request. `pull_request_target` runs on the base branch instead.
        ["github", "ref"] if event == "pull_request" => Value::Text("refs/pull/1/merge".to_owned()),
        ["github", "ref_name"] if event == "pull_request" => Value::Text("1/merge".to_owned()),
        ["github", "ref_type"] if is_pull_request => Value::Text("branch".to_owned()),
        ["github", "head_ref" | "base_ref"] if is_pull_request => Value::Present,
        ["github", "head_ref" | "base_ref"] => Value::Text(String::new()),
        ["github", "event", "pull_request"] if is_pull_request => Value::Present,
        ["github", "event", "pull_request", ..] if !is_pull_request && is_plain(event) => {
            Value::Null
        }
        ["github", "event", "client_payload", ..] if event != "repository_dispatch" => Value::Null,
        _ => Value::Unknown,
    }
}

/// Whether an event's payload has no pull request.
fn is_plain(event: &str) -> bool {
    matches!(event, "push" | "schedule" | "workflow_dispatch" | "repository_dispatch")
}

fn called(name: &str, arguments: &[Term], event: &str) -> Value {
    let texts: Option<Vec<String>> = arguments
        .iter()
        .map(|argument| value(argument, event).text().map(str::to_lowercase))
        .collect();
    match (name, texts.as_deref(), arguments) {
        ("always" | "success", ..) => Value::Bool(true),
        ("startswith", Some([text, part]), _) => Value::Bool(text.starts_with(part.as_str())),
        ("endswith", Some([text, part]), _) => Value::Bool(text.ends_with(part.as_str())),
        ("contains", Some([text, part]), _) => Value::Bool(text.contains(part.as_str())),
        ("contains", None, [Term::Call(inner, list), wanted]) if inner == "fromjson" => {
            let [Term::Literal(list)] = list.as_slice() else { return Value::Unknown };
            let Ok(list) = serde_json::from_str::<Vec<String>>(list) else {
                return Value::Unknown;
            };
            let wanted = value(wanted, event);
            wanted.text().map_or(Value::Unknown, |wanted| {
                Value::Bool(list.iter().any(|item| item.eq_ignore_ascii_case(wanted)))
            })
        }
        _ => Value::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Text;

    #[test]
    fn conditions_on_the_event_are_decided() {
        let on_pull_request = |condition| holds(condition, "pull_request");
        for condition in [
            "github.event_name != 'pull_request'",
            "${{ github.event_name == 'push' || github.event_name == 'workflow_dispatch' }}",
            "github.ref == 'refs/heads/main'",
            "startsWith(github.ref, 'refs/tags/v')",
            "github.event_name == 'push' && vars.X",
            "vars.X && github.event_name == 'push'",
            "!contains(fromJSON('[\"pull_request\", \"x\"]'), github.event_name)",
            "github.head_ref == '' && github.event.pull_request == null",
            "!github.event.pull_request",
            "!startsWith(github.event_name, 'Pull_')",
        ] {
            assert_eq!(on_pull_request(condition), Some(false), "{condition}");
            let on_push = holds(condition, "push");
            assert_ne!(on_push, Some(false), "{condition}");
        }
        assert_eq!(on_pull_request("github.event_name == 'pull_request'"), Some(true));
        assert_eq!(on_pull_request("always() || vars.X"), Some(true));
    }

    #[test]
    fn what_only_the_forge_knows_is_not_guessed() {
        for condition in [
            "github.repository == 'a/b'",
            "github.event.pull_request.head.repo.fork != true",
            "vars.X != '' && always()",
            "${{ github.event_name }} == 'push'",
            "github.actor ==",
            "contains(fromJSON(vars.X), github.event_name)",
            "github.event_name < 'x'",
        ] {
            assert_eq!(holds(condition, "pull_request"), None, "{condition}");
        }
        // It runs on the base branch, which may well be main.
        assert_eq!(holds("github.ref == 'refs/heads/main'", "pull_request_target"), None);
    }

    #[test]
    fn a_job_is_skipped_with_the_jobs_it_waits_for() {
        let text = Text::new(
            "on: push\njobs:\n  a: {if: github.event_name == 'push', steps: []}\n  b: {needs: a, steps: []}\n  \
             c: {needs: [b], if: always(), steps: []}\n  d: {needs: [d], steps: []}\n",
        );
        let workflow = Workflow::parse(&text).expect("YAML");
        let runs = |id: &str| job_runs(&workflow, workflow.job(id).expect("a job"), "pull_request");
        assert_eq!(runs("a"), Some(false));
        assert_eq!(runs("b"), Some(false));
        assert_eq!(runs("c"), Some(true));
        assert_eq!(runs("d"), None, "waits for itself");
    }
}
