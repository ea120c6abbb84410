//! The distributions that requirements files have in common.

use std::collections::BTreeSet;

use crate::shape::infer::nearly_all;
use crate::source::requirements::Requirements;

use super::{Files, Summary};

/// What requirements files have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Common {
    /// Distributions that nearly all name with a lowest version: a demand wants one.
    pub(super) bounded: Vec<String>,
    /// Distributions that nearly all name, and too few of them with a lowest version.
    pub(super) unbounded: Vec<String>,
}

impl Common {
    /// All of them.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.bounded.iter().chain(&self.unbounded)
    }

    /// What is demanded, and what is not although nearly all name it; `None` where nothing is.
    pub(super) fn summary(&self) -> Option<Summary> {
        let demanded = format!("all require {}", self.bounded.join(", "));
        match (self.bounded.is_empty(), self.unbounded.is_empty()) {
            (true, _) => None,
            (false, true) => Some(demanded),
            (false, false) => Some(format!(
                "{demanded}; not demanded, because too few give a lowest version: {}",
                self.unbounded.join(", ")
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
    for name in names {
        let is_named = |read: &&Requirements| read.named(name).next().is_some();
        let read = || read.iter().map(AsRef::as_ref);
        if !is_common(read().filter(is_named).count()) {
            continue;
        }
        let bounded = read().filter(|read| is_bounded(read, name)).count();
        let list = if is_common(bounded) { &mut common.bounded } else { &mut common.unbounded };
        list.push(name.clone());
    }
    common
}

/// Whether a line gives a distribution's lowest version, as `requirements-unbounded` wants it.
fn is_bounded(read: &Requirements, name: &str) -> bool {
    read.named(name)
        .any(|line| line.url.is_some() || line.specifiers.is_none() || line.lower_bound().is_some())
}
