//! Infers the distributions that requirements files have in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::shape::infer::nearly_all;
use crate::source::requirements::{Requirement, Requirements, danger};

use super::{Files, Summary};

/// The distributions that requirements files have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Common {
    /// Distributions that nearly all list in a form that meets the demand: with a lower bound, in a file without
    /// dangerous lines.
    pub(super) demanded: Vec<String>,
    /// Distributions that nearly all list, but too few in that form.
    pub(super) others: Vec<String>,
}

impl Common {
    /// Returns the names of both.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.demanded.iter().chain(&self.others)
    }

    /// Summarizes what is demanded, and what is not although nearly all list it; `None` if nothing is demanded.
    pub(super) fn summary(&self) -> Option<Summary> {
        let demanded = format!("all require {}", self.demanded.join(", "));
        match (self.demanded.is_empty(), self.others.is_empty()) {
            (true, _) => None,
            (false, true) => Some(demanded),
            (false, false) => Some(format!(
                "{demanded}; not demanded, because too few files give a lowest version: {}",
                self.others.join(", ")
            )),
        }
    }
}

pub(super) fn infer(files: &Files) -> Common {
    let read: Vec<_> =
        files.iter().filter_map(|(_, blob)| blob.documents.requirements().ok()).collect();
    let names: BTreeSet<&String> =
        read.iter().flat_map(|read| read.requirements()).map(|it| &it.normalized).collect();
    let is_common = |count: usize| count >= 2 && nearly_all(count, files.len());
    let mut common = Common::default();
    // A demand on a file makes the checks examine each of its lines.
    let is_safe =
        |read: &&Arc<Requirements>| read.entries.iter().all(|it| danger::of(it).is_none());
    let is_safe = nearly_all(read.iter().filter(is_safe).count(), files.len());
    for name in names {
        let is_named = |read: &&Requirements| read.named(name).next().is_some();
        let read = || read.iter().map(AsRef::as_ref);
        if !is_common(read().filter(is_named).count()) {
            continue;
        }
        let is_bounded = |read: &&Requirements| read.named(name).any(Requirement::is_bounded);
        let bounded = read().filter(is_bounded).count();
        let list =
            if is_safe && is_common(bounded) { &mut common.demanded } else { &mut common.others };
        list.push(name.clone());
    }
    common
}
