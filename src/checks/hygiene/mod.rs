//! What must not be left behind in a repository, whatever the file.

pub mod merge_conflict_marker;
pub mod secret;
pub mod secret_in_history;
mod text_files;
pub mod todo_marker;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, Finding, Found, Repository, Rule};
use crate::snapshot::{Blob, BlobId, RepoPath};

/// The checks of this folder, in the order in which they run. A new one needs a `pub mod` above and a line here.
pub(super) const CHECKS: &[&dyn Check] =
    &[&todo_marker::TodoMarker, &secret::SecretInFile, &merge_conflict_marker::MergeConflictMarker];

/// Whether a rule is about credentials. What such a rule finds has already been exposed, and no edit of a file makes
/// it secret again.
#[must_use]
pub fn is_about_credentials(rule: &Rule) -> bool {
    [&secret::RULE, &secret_in_history::RULE].iter().any(|about| std::ptr::eq(*about, rule))
}

/// Whether `content` holds a credential that the file at its path does not hold yet, so that the `secret` rule would
/// report it there.
#[must_use]
pub fn brings_credential(
    repository: &Repository<'_>,
    path: &RepoPath,
    content: &Arc<[u8]>,
) -> bool {
    let examples = &repository.pack.manifest.demands.secrets.examples;
    let new = Blob::new(BlobId::of(content), Arc::clone(content));
    let Found::File(old) = repository.find(path.as_str()) else {
        return secret::secrets_of(&new, examples).next().is_some();
    };
    let known: Vec<&[u8]> =
        secret::secrets_of(&old, examples).map(|it| secret::said(&old, it.span)).collect();
    secret::secrets_of(&new, examples).any(|it| !known.contains(&secret::said(&new, it.span)))
}

/// Files that hold fewer credentials than before, in order. Those that are gone have to be revoked, whoever removed
/// them.
#[must_use]
pub fn relieved_of_credentials(before: &[Finding], after: &[Finding]) -> Vec<RepoPath> {
    let held = |findings: &[Finding]| {
        let mut held: BTreeMap<RepoPath, usize> = BTreeMap::new();
        for path in findings
            .iter()
            .filter(|finding| is_about_credentials(finding.rule) && finding.waived.is_none())
            .filter_map(Finding::path)
        {
            *held.entry(path.clone()).or_default() += 1;
        }
        held
    };
    let after = held(after);
    let fewer = |(path, count): &(RepoPath, usize)| after.get(path).is_none_or(|left| left < count);
    held(before).into_iter().filter(fewer).map(|(path, _)| path).collect()
}

/// Searching a history has to be requested, so this is not among the checks of a tree.
pub(super) const OF_HISTORIES: &[&Rule] = &[&secret_in_history::RULE];
