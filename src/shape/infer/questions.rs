//! What a person is asked about paths while they are decided.

use std::collections::BTreeSet;

use crate::snapshot::BlobId;

use super::census::PathCensus;
use super::decide::{Deciding, called};

impl Deciding<'_> {
    /// What more than half have alike is too little to be held, and too much to be passed over.
    pub(super) fn ask_of_unheld(&mut self, path: &PathCensus, of: usize) {
        let equal = path.groups.first().map_or(0, |group| group.members.len());
        if equal >= 2 && equal == path.present() && equal * 2 >= of {
            let name = path.path.as_str();
            let question = format!(
                "`{name}`: {equal} of {of} have it, and the same: hold it (`policy: exact`), with `optional: true` where it is no loss, or leave it free"
            );
            self.of_unheld.push((name.to_owned(), question));
        }
    }

    /// What several have alike, and too few for a canon: the others may be the drift that somebody came for.
    pub(super) fn ask_of_some(&mut self, path: &PathCensus, of: usize) {
        let Some(first) = path.groups.first() else { return };
        let equal = first.members.len();
        if equal < 2 || equal * 2 < of || path.groups.len() < 2 {
            return;
        }
        let others = path.groups.iter().skip(1).flat_map(|group| group.members.iter().copied());
        let others = listed(&called(self.members, &others.collect::<Vec<_>>()));
        self.questions.push(format!(
            "`{}`: the same in {equal} of {of}, and other in {others}: is that drift (hold it, `policy: exact`), or each its own?",
            path.path
        ));
    }

    /// Asks of each content that several share and that was never canon: the same edit, made more than once.
    pub(super) fn ask_of_shared(
        &mut self,
        path: &PathCensus,
        conforming: &[usize],
        known: &BTreeSet<BlobId>,
    ) {
        let shared = path.groups.iter().filter(|group| {
            group.members.len() >= 2
                && !known.contains(&group.id)
                && !group.members.iter().any(|member| conforming.contains(member))
        });
        let shared: Vec<String> =
            shared.map(|group| called(self.members, &group.members).join(", ")).collect();
        self.questions.extend(shared.into_iter().map(|names| {
            format!(
                "`{}`: {names} share another content, which counts as their edit: is it drift, the canon to come (`shape promote`), or a profile of their own?",
                path.path
            )
        }));
    }
}

/// Names in a sentence; of many the first.
fn listed(names: &[String]) -> String {
    const NAMED: usize = 3;
    match names.len() {
        ..=NAMED => names.join(", "),
        count => format!(
            "{} and {} more",
            names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "),
            count - NAMED
        ),
    }
}
