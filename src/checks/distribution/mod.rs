//! What must hold of a distribution: everything that an index would refuse, and everything that would break on
//! installation, as far as can be seen without running it.
//!
//! Given a [`Distribution`] and what is known around it (the workspace it was built from, wheels of its
//! dependencies), this yields the same kind of findings as for a repository, with paths inside the distribution. Each
//! rule has its own file; shared code is here, in `declared` and in `known_modules`.

pub mod archive_comment;
pub mod archive_compression;
pub mod archive_damaged;
pub mod archive_data_descriptor;
pub mod archive_disagreement;
pub mod archive_duplicate;
pub mod archive_encrypted;
pub mod archive_name_encoding;
pub mod archive_overlap;
pub mod archive_special_file;
pub mod archive_stray_bytes;
pub mod archive_too_large;
pub mod archive_unsafe_path;
pub mod archive_zip64;
mod at_source;
pub mod classifier_unknown;
mod declared;
pub mod dependency_undeclared;
pub mod description_type;
mod digest;
pub mod dist_info_folder;
pub mod entry_point_absent;
pub mod entry_points_malformed;
pub mod file_name_disagrees;
pub mod file_name_invalid;
pub mod file_name_not_normalised;
pub mod import_excluded;
pub mod import_unresolved;
mod known_modules;
pub mod licence_expression;
pub mod licence_fields;
pub mod licence_file_missing;
mod loaded;
pub mod metadata_dynamic;
pub mod metadata_email;
pub mod metadata_field;
pub mod metadata_malformed;
pub mod metadata_missing;
pub mod metadata_name;
pub mod metadata_text;
pub mod metadata_url;
pub mod metadata_version;
pub mod module_too_new;
pub mod module_unparsable;
pub mod package_list_drift;
pub mod record_absent_file;
pub mod record_malformed;
pub mod record_missing;
pub mod record_unlisted_file;
pub mod record_weak_hash;
pub mod record_wrong_hash;
pub mod record_wrong_size;
pub mod release_duplicate;
pub mod requirement_invalid;
pub mod requirement_url;
pub mod requires_python_invalid;
pub mod sdist_layout;
pub mod stray_file;
pub mod symbol_absent;
pub mod unrewritten_module_name;
pub mod version_invalid;
pub mod version_local;
pub mod wheel_file_malformed;
pub mod wheel_file_missing;
pub mod wheel_tags;
mod workspace;

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Finding, Rule};
use crate::package::distribution::{Distribution, Document, Headers, ProblemKind};
use crate::package::modules::{Modules, PythonFile};
use crate::package::symbols::{Place, Reference, SymbolTable, references};
use crate::snapshot::RepoPath;

pub use at_source::at_source;
pub use declared::Provided;
pub use package_list_drift::of_project;
pub use release_duplicate::of_release;
pub use workspace::Workspace;

/// Every rule with the function that decides it, ordered by code.
const CHECKS: &[(&Rule, Engine)] = &[
    (&unrewritten_module_name::RULE, unrewritten_module_name::check),
    (&package_list_drift::RULE, package_list_drift::check),
    (&archive_damaged::RULE, archive_damaged::check),
    (&archive_disagreement::RULE, archive_disagreement::check),
    (&archive_overlap::RULE, archive_overlap::check),
    (&archive_unsafe_path::RULE, archive_unsafe_path::check),
    (&archive_name_encoding::RULE, archive_name_encoding::check),
    (&archive_duplicate::RULE, archive_duplicate::check),
    (&archive_special_file::RULE, archive_special_file::check),
    (&archive_encrypted::RULE, archive_encrypted::check),
    (&archive_compression::RULE, archive_compression::check),
    (&archive_data_descriptor::RULE, archive_data_descriptor::check),
    (&archive_comment::RULE, archive_comment::check),
    (&archive_stray_bytes::RULE, archive_stray_bytes::check),
    (&archive_too_large::RULE, archive_too_large::check),
    (&archive_zip64::RULE, archive_zip64::check),
    (&file_name_invalid::RULE, file_name_invalid::check),
    (&file_name_not_normalised::RULE, file_name_not_normalised::check),
    (&file_name_disagrees::RULE, file_name_disagrees::check),
    (&dist_info_folder::RULE, dist_info_folder::check),
    (&metadata_missing::RULE, metadata_missing::check),
    (&wheel_file_missing::RULE, wheel_file_missing::check),
    (&record_missing::RULE, record_missing::check),
    (&record_malformed::RULE, record_malformed::check),
    (&record_weak_hash::RULE, record_weak_hash::check),
    (&record_wrong_hash::RULE, record_wrong_hash::check),
    (&record_wrong_size::RULE, record_wrong_size::check),
    (&record_unlisted_file::RULE, record_unlisted_file::check),
    (&record_absent_file::RULE, record_absent_file::check),
    (&wheel_file_malformed::RULE, wheel_file_malformed::check),
    (&wheel_tags::RULE, wheel_tags::check),
    (&stray_file::RULE, stray_file::check),
    (&metadata_malformed::RULE, metadata_malformed::check),
    (&metadata_field::RULE, metadata_field::check),
    (&metadata_version::RULE, metadata_version::check),
    (&metadata_name::RULE, metadata_name::check),
    (&version_invalid::RULE, version_invalid::check),
    (&version_local::RULE, version_local::check),
    (&requires_python_invalid::RULE, requires_python_invalid::check),
    (&requirement_invalid::RULE, requirement_invalid::check),
    (&requirement_url::RULE, requirement_url::check),
    (&classifier_unknown::RULE, classifier_unknown::check),
    (&description_type::RULE, description_type::check),
    (&licence_fields::RULE, licence_fields::check),
    (&licence_expression::RULE, licence_expression::check),
    (&licence_file_missing::RULE, licence_file_missing::check),
    (&metadata_dynamic::RULE, metadata_dynamic::check),
    (&metadata_text::RULE, metadata_text::check),
    (&metadata_email::RULE, metadata_email::check),
    (&metadata_url::RULE, metadata_url::check),
    (&entry_points_malformed::RULE, entry_points_malformed::check),
    (&entry_point_absent::RULE, entry_point_absent::check),
    (&sdist_layout::RULE, sdist_layout::check),
    (&release_duplicate::RULE, release_duplicate::check),
    (&module_unparsable::RULE, module_unparsable::check),
    (&module_too_new::RULE, module_too_new::check),
    (&import_unresolved::RULE, import_unresolved::check),
    (&import_excluded::RULE, import_excluded::check),
    (&symbol_absent::RULE, symbol_absent::check),
    (&dependency_undeclared::RULE, dependency_undeclared::check),
];

/// The function that decides a rule.
type Engine = fn(&Subject<'_>, &mut Vec<Finding>);

/// What is known around a distribution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The folder that the package was built from.
    pub workspace: Option<&'a Workspace>,
    /// Which modules distributions provide, beyond what is generally known.
    pub provided: Option<&'a Provided>,
}

/// A distribution, with everything that its rules need.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The distribution.
    pub distribution: &'a Distribution,
    /// Its modules.
    pub modules: Modules,
    /// The names that its modules define.
    pub symbols: SymbolTable,
    /// What each module refers to in others, by site path.
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

    /// Every module that was parsed, with what it refers to in others.
    fn wanting(&self) -> impl Iterator<Item = (&PythonFile, &[Reference])> {
        self.references
            .iter()
            .filter_map(|(site, references)| Some((self.modules.files.get(site)?, &**references)))
    }
}

/// Judges a distribution. Findings are ordered by path and position.
#[must_use]
pub fn judge(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, check) in CHECKS {
        check(subject, &mut findings);
    }
    sort(&mut findings);
    findings
}

/// Sorts findings by path, position and rule code.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|finding| {
        let region = finding.location.as_ref().and_then(|location| location.region.as_ref());
        let start = region.map_or(0, |region| region.span.start);
        (finding.path().cloned(), start, finding.rule.code)
    });
}

/// Every rule of this folder.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CHECKS.iter().map(|(rule, _)| *rule)
}

/// Collects the findings of one rule that may be as many as a file has lines: only the first ten are reported, and
/// the last of them says how many more there are.
struct Few<'f> {
    findings: &'f mut Vec<Finding>,
    met: usize,
}

impl<'f> Few<'f> {
    const TOLD: usize = 10;

    fn new(findings: &'f mut Vec<Finding>) -> Self {
        Self { findings, met: 0 }
    }

    /// Reports one more; `make` is called only if it is among those reported.
    fn tell(&mut self, make: impl FnOnce() -> Finding) {
        self.met += 1;
        if self.met <= Self::TOLD {
            self.findings.push(make());
        }
    }

    fn end(self) {
        if let Some(last) = self.findings.last_mut()
            && self.met > Self::TOLD
        {
            last.message.push_str(&format!("; and so on, {} times more", self.met - Self::TOLD));
        }
    }
}

/// Reports each problem of these kinds, at most ten of them.
fn tell_problems(
    subject: &Subject<'_>,
    rule: &'static Rule,
    kinds: &[ProblemKind],
    help: &str,
    findings: &mut Vec<Finding>,
) {
    let mut few = Few::new(findings);
    for problem in subject.distribution.problems.iter() {
        if !kinds.contains(&problem.kind) {
            continue;
        }
        few.tell(|| {
            let finding = Finding::new(rule, problem.in_words()).help(help);
            match &problem.path {
                Some(path) => finding.in_file(path.clone()),
                None => finding,
            }
        });
    }
    few.end();
}

/// Reports a file of the metadata folder that is certainly missing.
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

/// Reports a file of the metadata folder that is not UTF-8.
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

/// Reports each line that is not a field.
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

/// A finding at the value of a metadata field, or at its name if the value is empty.
fn at_field(
    rule: &'static Rule,
    metadata: &Document<Headers>,
    field: &crate::package::distribution::Field,
    message: impl Into<String>,
) -> Finding {
    let span = if field.span.is_empty() { field.name_span } else { field.span };
    Finding::new(rule, message).at(metadata.path.clone(), &metadata.text, span)
}

/// Whether RECORD may omit a file or its hash: RECORD itself and its signatures.
fn record_is_exempt(path: &str, record: &RepoPath) -> bool {
    path.strip_prefix(record.as_str()).is_some_and(|rest| matches!(rest, "" | ".jws" | ".p7s"))
}
