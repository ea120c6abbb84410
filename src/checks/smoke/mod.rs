//! The results of a smoke run, as findings.
//!
//! Findings are in the wheel's own files. Each rule has its own file; this one holds what they share.

pub mod entry_point_does_not_load;
pub mod module_does_not_import;
pub mod smoke_invariant;
pub mod smoke_skipped;

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Rule};
use crate::package::smoke::contents::Contents;
use crate::package::smoke::{Outcome, Plan, Problem, Task};
use crate::source::Span;

/// The rules of this folder. A new one needs a `pub mod` above and a line here.
pub(super) const RULES: &[&Rule] = &[
    &module_does_not_import::RULE,
    &entry_point_does_not_load::RULE,
    &smoke_invariant::RULE,
    &smoke_skipped::RULE,
];

/// The findings of a run.
#[must_use]
pub fn judge(plan: &Plan, outcomes: &[Outcome], contents: &Contents) -> Vec<Finding> {
    let by_id: BTreeMap<usize, &Outcome> = outcomes.iter().map(|it| (it.id, it)).collect();
    let mut findings = Vec::new();
    for (id, task) in plan.tasks.iter().enumerate() {
        let rule = match task {
            Task::Module { .. } => &module_does_not_import::RULE,
            Task::EntryPoint { .. } => &entry_point_does_not_load::RULE,
            Task::Invariant { .. } => &smoke_invariant::RULE,
        };
        let Some(outcome) = by_id.get(&id) else {
            let message = format!("{} was not tried: the run ended first", subject(task));
            findings.push(Finding::new(rule, message).unchecked());
            continue;
        };
        let Some(problem) = &outcome.problem else { continue };
        let message = match task {
            Task::Module { .. } => module_does_not_import::message(task, problem),
            Task::EntryPoint { .. } => entry_point_does_not_load::message(task, problem),
            Task::Invariant { .. } => smoke_invariant::message(task, problem),
        };
        findings.push(placed(rule, message, outcome, task, contents));
    }
    findings.extend(smoke_skipped::findings(plan));
    findings
}

/// Third-party packages that were replaced by stubs.
#[must_use]
pub fn stubbed(outcomes: &[Outcome]) -> BTreeSet<&str> {
    outcomes.iter().flat_map(|outcome| &outcome.stubbed).map(String::as_str).collect()
}

/// A finding at the failing frame if that is known, or else in the module's file.
fn placed(
    rule: &'static Rule,
    message: String,
    outcome: &Outcome,
    task: &Task,
    contents: &Contents,
) -> Finding {
    let mut finding = Finding::new(rule, message);
    if let Some((path, line)) = &outcome.frame
        && let Some(text) = contents.texts.get(path)
    {
        finding = finding.at(path.as_str(), text, trimmed(text, *line));
    } else if let Task::Module { module } | Task::EntryPoint { module, .. } = task {
        let file = module.replace('.', "/");
        let files = [format!("{file}.py"), format!("{file}/__init__.py")];
        if let Some(file) = files.iter().find(|file| contents.texts.contains_key(*file)) {
            finding = finding.in_file(file.as_str());
        }
    }
    if let Some(missing) = &outcome.missing {
        let root = missing.split('.').next().unwrap_or_default();
        finding = finding.help(if contents.has(missing) {
            format!(
                "the wheel has `{missing}`: something that was imported removed it after it was installed, or changed \
                 where Python looks for it"
            )
        } else if contents.roots.contains(root) {
            "the wheel does not have that module: add it to the list of package.yaml".to_owned()
        } else {
            format!("declare the distribution that provides `{root}` as a dependency, or import it where it is needed")
        });
    }
    finding
}

/// The span of a line without its surrounding whitespace.
fn trimmed(text: &crate::source::Text, line: u32) -> Span {
    let whole = text.line_span(line.clamp(1, text.line_count().max(1)));
    let content = text.slice(whole);
    let start = whole.start + content.len() - content.trim_start().len();
    Span::new(start, start.max(whole.start + content.trim_end().len()))
}

fn subject(task: &Task) -> String {
    match task {
        Task::Module { module } => format!("`{module}`"),
        Task::EntryPoint { group, name, .. } => format!("`{name}` of `{group}`"),
        Task::Invariant { name, .. } => format!("\u{201c}{name}\u{201d}"),
    }
}

/// What went wrong, as a predicate that follows a subject.
#[must_use]
pub fn in_words(problem: &Problem) -> String {
    let Problem { kind, message } = problem;
    match kind.as_str() {
        "watcher" => "kills the process that supervises it".to_owned(),
        "late" => "does not end in time".to_owned(),
        "signal" => format!("crashes Python (signal {message})"),
        "exit" => format!("ends the process (exit status {message})"),
        "SystemExit" => format!("exits the program (`SystemExit: {message}`)"),
        _ if message.is_empty() => format!("raises `{kind}`"),
        _ => format!("raises `{kind}: {message}`"),
    }
}
