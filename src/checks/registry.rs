//! All rules and all checks, and the documentation that is generated from them.

use super::{Check, Rule};
use crate::error::{Error, Result};

/// Checks of a repository, in the order in which they run.
pub const CHECKS: &[&dyn Check] = &[
    &super::unreadable_file::UnreadableFile,
    &super::syntax_error::SyntaxErrors,
    &super::document::document_key::DocumentKey,
    &super::document::document_version::DocumentVersion,
    &super::document::document_unread_key::DocumentUnreadKey,
    &super::document::document_unknown_key::DocumentUnknownKey,
    &super::document::document_duplicate_key::DocumentDuplicateKey,
    &super::document::document_scalar_trap::DocumentScalarTrap,
    &super::document::document_default::DocumentDefault,
    &super::document::document_missing_file::DocumentMissingFile,
    &super::document::document_deprecated_key::DocumentDeprecatedKey,
    &super::requirements::requirements_missing::RequirementsMissing,
    &super::requirements::requirements_include_missing::RequirementsIncludeMissing,
    &super::requirements::requirements_conflict::RequirementsConflict,
    &super::requirements::requirements_unbounded::RequirementsUnbounded,
    &super::requirements::requirements_unsafe::RequirementsUnsafe,
    &super::dockerfile::docker_base_image::DockerBaseImage,
    &super::dockerfile::docker_cache_key::DockerCacheKey,
    &super::dockerfile::docker_user::DockerUser,
    &super::dockerfile::docker_environment::DockerEnvironment,
    &super::dockerfile::docker_entrypoint::DockerEntrypoint,
    &super::dockerfile::docker_runtime_install::DockerRuntimeInstall,
    &super::python::adapter_name::AdapterName,
    &super::python::adapter_class::AdapterClass,
    &super::python::adapter_methods::AdapterMethods,
    &super::python::adapter_signatures::AdapterSignatures,
    &super::python::adapter_values::AdapterValues,
    &super::python::import_time_failure::ImportTimeFailure,
    &super::python::bare_runtime_import::BareRuntimeImport,
    &super::python::python_too_new::PythonTooNew,
    &super::python::adapter_base::AdapterBase,
    &super::dockerfile::docker_copy_missing::DockerCopyMissing,
    &super::dockerfile::docker_label::DockerLabel,
    &super::dockerfile::script_forwarders::ScriptForwarders,
    &super::dockerfile::script_mode::ScriptMode,
    &super::workflow::workflow_receiver::WorkflowReceiver,
    &super::workflow::workflow_forwarding::WorkflowForwarding,
    &super::workflow::workflow_publishes_untrusted::WorkflowPublishesUntrusted,
    &super::workflow::workflow_unpinned::WorkflowUnpinned,
    &super::workflow::workflow_undeclared_input::WorkflowUndeclaredInput,
    &super::workflow::workflow_permissions::WorkflowPermissions,
    &super::workflow::workflow_template_injection::WorkflowTemplateInjection,
    &super::workflow::workflow_unknown_job::WorkflowUnknownJob,
    &super::workflow::gitea_cross_repository::GiteaCrossRepository,
    &super::hygiene::todo_marker::TodoMarker,
    &super::hygiene::secret::SecretInFile,
    &super::hygiene::merge_conflict_marker::MergeConflictMarker,
];

/// Rules that other rooms speak of (drift of paths, waivers, registrations), those of settings, those that are
/// asked for, and those of distributions.
fn other_rules() -> impl Iterator<Item = &'static Rule> {
    let others = [
        &super::fleet::registration_missing::RULE,
        &super::fleet::registration_unexpected::RULE,
        &super::fleet::registration_spelling::RULE,
        &super::fleet::registration_value::RULE,
        &super::fleet::registration_duplicate::RULE,
        &super::fleet::registration_unreadable::RULE,
        &super::hygiene::secret_in_history::RULE,
        &super::fleet::waiver_expired::RULE,
        &super::fleet::waiver_unused::RULE,
        &super::fleet::waiver_reopened::RULE,
    ];
    let settings = super::settings::RULES;
    super::path_rules::RULES.iter().copied().chain(others).chain(settings).chain(of_packages())
}

/// Rules that the commands of `package` judge by, and no other.
pub fn of_packages() -> impl Iterator<Item = &'static Rule> {
    let rules = [
        &super::smoke::module_does_not_import::RULE,
        &super::smoke::entry_point_does_not_load::RULE,
        &super::smoke::smoke_invariant::RULE,
        &super::smoke::smoke_skipped::RULE,
        &super::compatibility::runtime_symbol_missing::RULE,
        &super::compatibility::runtime_contract::RULE,
        &super::compatibility::runtime_config_field::RULE,
        &super::compatibility::shape_behind_runtime::RULE,
        &super::compatibility::pin_excludes_runtime::RULE,
        &super::compatibility::pin_admits_too_old::RULE,
        &super::compatibility::dependency_ranges_disjoint::RULE,
        &super::compatibility::third_party_symbol_missing::RULE,
        &super::compatibility::symbol_in_use::RULE,
        &super::compatibility::compatibility_unread::RULE,
    ];
    rules.into_iter().chain(super::distribution::rules())
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

/// The rule of this code or id.
///
/// # Errors
/// When there is none; the nearest is named.
pub fn known(name: &str) -> Result<&'static Rule> {
    find(name).ok_or_else(|| {
        let hint = nearest(name).map_or("`shipshape explain` lists all rules".to_owned(), |rule| {
            format!("did you mean `{}` ({})?", rule.id, rule.code)
        });
        Error::usage(format!("there is no rule `{name}`")).hint(hint)
    })
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
