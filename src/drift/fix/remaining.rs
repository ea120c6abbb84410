//! Whether a fix removed the finding that offered it.
//!
//! A fix that leaves its finding has changed something else: it would be made again in each round.

use std::collections::BTreeMap;

use super::Offer;
use crate::checks::{Finding, Fingerprint};

/// What findings of two trees are compared by. Equal lines of a file share it, so findings are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trace {
    fingerprint: Fingerprint,
    message: String,
}

impl Trace {
    pub(super) fn of(finding: &Finding) -> Self {
        Self { fingerprint: Fingerprint::of(finding), message: finding.message.clone() }
    }
}

/// Whether the finding of one of these fixes is still there after all of them were made.
pub(super) fn any_remains(made: &[Offer], before: &[Finding], after: &[Finding]) -> bool {
    let mut gone: BTreeMap<&Trace, usize> = BTreeMap::new();
    for offer in made {
        *gone.entry(&offer.trace).or_default() += 1;
    }
    let count = |findings: &[Finding]| {
        let mut counts: BTreeMap<Trace, usize> = BTreeMap::new();
        for finding in findings {
            *counts.entry(Trace::of(finding)).or_default() += 1;
        }
        counts
    };
    let (before, after) = (count(before), count(after));
    let of =
        |counts: &BTreeMap<Trace, usize>, trace: &Trace| counts.get(trace).copied().unwrap_or(0);
    gone.iter().any(|(trace, gone)| of(&after, trace) + gone > of(&before, trace))
}
