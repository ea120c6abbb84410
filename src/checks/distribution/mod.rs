//! What must hold of a distribution: all that an index would refuse, and all that would break when it is
//! installed, as far as it shows without running it.
//!
//! In: a [`Distribution`] that was read, and what is known around it (the workspace it was built from,
//! wheels of its dependencies). Out: findings of the same kind as a repository's, with paths inside the
//! distribution. One file is one rule; what several need stands here, in `declared` and in `known`.

macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(pub mod $module;)*

        /// Every rule with its engine, in the order of their codes.
        const CHECKS: &[(&Rule, Engine)] = &[$((&$module::RULE, $module::check)),*];
    };
}

rules! {
    package_list_drift,
    unrewritten_module_name,
    archive_damaged, archive_disagreement, archive_overlap, archive_unsafe_path, archive_name_encoding,
    archive_duplicate, archive_special_file, archive_encrypted, archive_compression,
    archive_data_descriptor, archive_comment, archive_stray_bytes, archive_too_large, archive_zip64,
    file_name_invalid, file_name_not_normalised, file_name_disagrees, dist_info_folder,
    metadata_missing, wheel_file_missing, record_missing, record_malformed, record_weak_hash,
    record_wrong_hash, record_wrong_size, record_unlisted_file, record_absent_file,
    wheel_file_malformed, wheel_tags, stray_file, metadata_malformed, metadata_field,
    metadata_version, metadata_name, version_invalid, version_local, requires_python_invalid,
    requirement_invalid, requirement_url, classifier_unknown, description_type, licence_fields,
    licence_expression, licence_file_missing, metadata_dynamic, metadata_text, metadata_email,
    metadata_url, entry_points_malformed, entry_point_absent, sdist_layout, release_duplicate,
    module_unparsable, module_too_new, import_unresolved, import_excluded, symbol_absent,
    dependency_undeclared,
}

mod declared;
mod digest;
mod known;
mod loaded;
mod marker;
mod workspace;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Finding, Rule};
use crate::package::distribution::{Distribution, Document, Headers, ProblemKind};
use crate::package::modules::{Modules, PythonFile};
use crate::package::symbols::{Place, Reference, SymbolTable, references};
use crate::snapshot::RepoPath;

pub use declared::Provided;
pub use package_list_drift::of_project;
pub use release_duplicate::of_release;
pub use workspace::Workspace;

/// What decides a rule.
type Engine = fn(&Subject<'_>, &mut Vec<Finding>);

/// What is known around a distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The folder that the package was made from.
    pub workspace: Option<&'a Workspace>,
    /// Which modules distributions bring, beyond what is generally known.
    pub provided: Option<&'a Provided>,
}

/// A distribution with all that its rules ask.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The distribution.
    pub distribution: &'a Distribution,
    /// Its modules.
    pub modules: Modules,
    /// What they offer.
    pub symbols: SymbolTable,
    /// What each wants of others, by site path.
    pub references: BTreeMap<RepoPath, Vec<Reference>>,
    /// What is known around it.
    pub around: Surroundings<'a>,
}

impl<'a> Subject<'a> {
    /// Reads a distribution's modules.
    #[must_use]
    pub fn of(distribution: &'a Distribution, around: Surroundings<'a>) -> Self {
        let modules = Modules::of(distribution);
        let symbols = modules.symbols();
        let references = modules
            .files
            .iter()
            .filter_map(|(site, file)| {
                let module = file.module.as_ref().ok()?;
                Some((site.clone(), references(module, Place::of(site).as_ref())))
            })
            .collect();
        Self { distribution, modules, symbols, references, around }
    }

    /// Every module that has a summary, with what it wants of others.
    fn wanting(&self) -> impl Iterator<Item = (&PythonFile, &[Reference])> {
        self.references
            .iter()
            .filter_map(|(site, references)| Some((self.modules.files.get(site)?, &**references)))
    }
}

/// Judges a distribution. Findings are in the order of their paths and places.
#[must_use]
pub fn judge(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, check) in CHECKS {
        check(subject, &mut findings);
    }
    sort(&mut findings);
    findings
}

/// Puts findings in the order of their paths and places.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|finding| {
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        let start = region.map_or(0, |region| region.span.start);
        (finding.path().cloned(), start, finding.rule.code)
    });
}

/// Every rule of this room.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CHECKS.iter().map(|(rule, _)| *rule)
}

/// A finding for each problem of these kinds. What is wrong a thousand times over is told ten times.
fn tell_problems(
    subject: &Subject<'_>,
    rule: &'static Rule,
    kinds: &[ProblemKind],
    help: &str,
    findings: &mut Vec<Finding>,
) {
    const TOLD: usize = 10;
    let distribution = subject.distribution;
    let of_kind = || distribution.problems.iter().filter(|problem| kinds.contains(&problem.kind));
    let total = of_kind().count();
    for (index, problem) in of_kind().take(TOLD).enumerate() {
        let subject = match &problem.path {
            Some(path) => format!("`{path}`"),
            None => "the archive".to_owned(),
        };
        let more = match index + 1 == TOLD && total > TOLD {
            true => format!("; and so on, {} times more", total - TOLD),
            false => String::new(),
        };
        let finding = Finding::new(rule, format!("{subject} {}{more}", problem.detail)).help(help);
        findings.push(match &problem.path {
            Some(path) => finding.in_file(path.clone()),
            None => finding,
        });
    }
}

/// A finding when a file that describes the distribution is absent for certain.
fn tell_missing(
    subject: &Subject<'_>,
    rule: &'static Rule,
    file: &str,
    help: &str,
    findings: &mut Vec<Finding>,
) {
    let distribution = subject.distribution;
    let Some(path) = distribution.info_path(file) else { return };
    let there = distribution.files.contains_key(&path) || distribution.withheld.contains(&path);
    if !there && !distribution.incomplete {
        let message = format!("there is no `{path}`");
        findings.push(Finding::new(rule, message).help(help));
    }
}

/// A finding when a file that describes the distribution is not UTF-8.
fn tell_undecodable(
    subject: &Subject<'_>,
    rule: &'static Rule,
    file: &str,
    findings: &mut Vec<Finding>,
) {
    let Some(path) = subject.distribution.info_path(file) else { return };
    for problem in &subject.distribution.problems {
        if problem.kind == ProblemKind::Undecodable && problem.path.as_ref() == Some(&path) {
            let message = format!("{file} {}", problem.detail);
            let finding = Finding::new(rule, message).in_file(path.clone());
            findings.push(finding.help("write it in UTF-8"));
        }
    }
}

/// A finding for each line that is no field.
fn tell_header_problems(
    document: &Document<Headers>,
    rule: &'static Rule,
    findings: &mut Vec<Finding>,
) {
    for problem in &document.value.problems {
        let finding = Finding::new(rule, format!("this line {}", problem.message)).at(
            document.path.clone(),
            &document.text,
            problem.span,
        );
        findings.push(finding.help("build it again: a builder writes it"));
    }
}

/// A finding at the value of a field of the metadata.
fn at_field(
    rule: &'static Rule,
    metadata: &Document<Headers>,
    field: &crate::package::distribution::Field,
    message: impl Into<String>,
) -> Finding {
    let span = if field.span.is_empty() { field.name_span } else { field.span };
    Finding::new(rule, message).at(metadata.path.clone(), &metadata.text, span)
}

/// Whether RECORD need not list a file, or not with a hash: itself and its signatures.
fn record_is_exempt(path: &str, record: &RepoPath) -> bool {
    path.strip_prefix(record.as_str()).is_some_and(|rest| matches!(rest, "" | ".jws" | ".p7s"))
}
