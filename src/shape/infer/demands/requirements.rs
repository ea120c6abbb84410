//! The distributions that requirements files have in common.

use std::collections::BTreeSet;

use crate::shape::infer::nearly_all;
use crate::source::requirements::Entry;

use super::Files;

pub(super) fn infer(files: &Files) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, blob) in files {
        let Ok(requirements) = blob.documents.requirements() else { continue };
        let own: BTreeSet<String> = requirements
            .entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Requirement(requirement) => Some(requirement.normalized.clone()),
                _ => None,
            })
            .collect();
        names.extend(own);
    }
    names.sort();
    let common = names.chunk_by(|one, other| one == other);
    let common = common.filter(|run| run.len() >= 2 && nearly_all(run.len(), files.len()));
    common.filter_map(|run| run.first().cloned()).collect()
}
