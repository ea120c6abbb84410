//! The distributions that requirements files have in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::shape::infer::nearly_all;
use crate::source::requirements::{Requirements, danger};

use super::{Files, Summary};

/// What requirements files have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Common {
    /// Distributions that nearly all name as a demand wants it: with a lowest version, in a file without dangerous lines.
    pub(super) demanded: Vec<String>,
    /// Distributions that nearly all name, and too few of them so.
    pub(super) others: Vec<String>,
}

impl Common {
    /// All of them.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.demanded.iter().chain(&self.others)
    }

    /// What is demanded, and what is not although nearly all name it; `None` where nothing is.
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
    // A demand on the file has each of its lines looked at.
    let is_safe =
        |read: &&Arc<Requirements>| read.entries.iter().all(|it| danger::of(it).is_none());
    let is_safe = nearly_all(read.iter().filter(is_safe).count(), files.len());
    for name in names {
        let is_named = |read: &&Requirements| read.named(name).next().is_some();
        let read = || read.iter().map(AsRef::as_ref);
        if !is_common(read().filter(is_named).count()) {
            continue;
        }
        let bounded = read().filter(|read| is_bounded(read, name)).count();
        let list =
            if is_safe && is_common(bounded) { &mut common.demanded } else { &mut common.others };
        list.push(name.clone());
    }
    common
}

/// Whether a line gives a distribution's lowest version, as `requirements-unbounded` wants it.
fn is_bounded(read: &Requirements, name: &str) -> bool {
    read.named(name)
        .any(|line| line.url.is_some() || line.specifiers.is_none() || line.lower_bound().is_some())
}
