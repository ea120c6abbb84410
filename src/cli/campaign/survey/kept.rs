//! What an open pull request repairs stays wanted, whatever the baseline accepts meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use super::judged::OpenPulls;
use crate::campaign::compute::{Computed, joined};
use crate::campaign::fit::{Asked, Fit, fits};
use crate::campaign::identity::change_digest;
use crate::campaign::plan::Wanted;
use crate::change::ChangeSet;
use crate::cli::shared::forge::Session;
use crate::fleet::Member;
use crate::snapshot::Snapshot;

/// The results for one member.
pub(super) struct Made {
    /// By what the owners accept today; `None` if that leaves the member out.
    pub(super) today: Option<Result<Computed, String>>,
    /// The change as if the baseline did not accept what is found in the files of the open pull request; `None` if the result
    /// of today is what that offers, or if there is no such change.
    pub(super) kept: Option<Computed>,
}

impl Made {
    /// What is wanted if the pull request stays wanted.
    fn staying(&self) -> Option<&Computed> {
        self.kept.as_ref().or(self.today.as_ref()?.as_ref().ok())
    }
}

/// The members whose open pull request stays wanted although the result of today is another: those where merging it gives
/// just what would be wanted without the baseline. Where that is another change as well, the baseline is not the reason, and
/// what it accepts must not become a part of it.
pub(super) fn staying<'t>(
    session: &Session,
    members: &[&Member],
    made: &BTreeMap<usize, Made>,
    open: &OpenPulls<'_>,
    tree: &dyn Fn(usize) -> Option<&'t Snapshot>,
) -> BTreeSet<usize> {
    let mut repositories: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for index in made.keys() {
        let Some(member) = members.get(*index) else { continue };
        repositories.entry(member.repository.key()).or_default().push(*index);
    }
    let is_kept = |index: &usize| made.get(index).is_some_and(|made| made.kept.is_some());
    repositories.retain(|_, indices| indices.iter().any(is_kept));
    let of_member = |index: &usize| {
        let folder = members.get(*index)?.path.as_deref();
        Some(joined(folder, made.get(index)?.staying()?).changes)
    };
    let of_all = |indices: &Vec<usize>| ChangeSet {
        changes: indices.iter().filter_map(of_member).flatten().collect(),
    };
    let changes: Vec<ChangeSet> = repositories.values().map(of_all).collect();
    let asked: Vec<Option<Asked<'_>>> = repositories
        .iter()
        .zip(&changes)
        .map(|((key, indices), changes)| {
            let wanted = Wanted::Change(change_digest(changes));
            Asked::of(open.get(key)?, &wanted, changes, tree(*indices.first()?))
        })
        .collect();
    let fits = session.run(fits(session.client(), &asked));
    // What cannot be compared is not given up.
    let stays = |fit: &Result<Fit, String>| fit.as_ref().map_or(true, |fit| *fit == Fit::AsWanted);
    let kept = repositories.into_values().zip(fits).filter(|(_, fit)| stays(fit));
    kept.flat_map(|(indices, _)| indices).filter(is_kept).collect()
}
