//! All rules and all checks, and the documentation that is generated from them.

use super::{Check, Rule};

/// Checks of a repository, in the order in which they run.
pub const CHECKS: &[&dyn Check] = &[
    &super::workflow_receiver::WorkflowReceiver,
    &super::workflow_forwarding::WorkflowForwarding,
    &super::workflow_publishes_untrusted::WorkflowPublishesUntrusted,
    &super::workflow_unpinned::WorkflowUnpinned,
    &super::workflow_undeclared_input::WorkflowUndeclaredInput,
    &super::workflow_permissions::WorkflowPermissions,
    &super::workflow_template_injection::WorkflowTemplateInjection,
    &super::workflow_unknown_job::WorkflowUnknownJob,
    &super::gitea_cross_repository::GiteaCrossRepository,
    &super::todo_marker::TodoMarker,
    &super::secret::SecretInFile,
    &super::merge_conflict_marker::MergeConflictMarker,
];

/// Rules that other rooms speak of (drift of paths, waivers, registrations), and those that are asked for.
fn other_rules() -> impl Iterator<Item = &'static Rule> {
    super::path_rules::RULES.iter().copied().chain([&super::secret_in_history::RULE])
}

/// Every rule, by code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let mut rules: Vec<&'static Rule> = CHECKS.iter().map(|check| check.rule()).collect();
    rules.extend(other_rules());
    rules.sort_by_key(|rule| rule.code);
    rules.into_iter()
}

/// The rule of this code or id, whatever the case of its letters.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code.eq_ignore_ascii_case(name) || rule.id.eq_ignore_ascii_case(name))
}

/// The rule whose id is most like this name, when one is like it at all.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static Rule> {
    let name = name.to_lowercase();
    let likeness = |rule: &Rule| similar::TextDiff::from_chars(name.as_str(), rule.id).ratio();
    rules()
        .map(|rule| (likeness(rule), rule))
        .filter(|(ratio, _)| *ratio > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, rule)| rule)
}

/// A rule's documentation, Markdown.
#[must_use]
pub fn documentation(rule: &Rule) -> String {
    let Rule { code, id, severity, summary, protects, details, fails, passes } = rule;
    let example = |(language, text): &(&str, &str)| {
        format!("```{language}\n{}\n```\n", text.trim_matches('\n'))
    };
    format!(
        "# {code} {id}\n\n{summary}\n\nSeverity: {severity}. Protects: {protects}\n\n{}\n\n## Fails\n\n{}\n## Passes\n\n{}",
        details.trim(),
        example(fails),
        example(passes),
    )
}
