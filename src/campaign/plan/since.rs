//! What happened since a change was merged, where another difference is wanted now. Pure.

use super::{Decision, Wanted};
use crate::campaign::fit::result;
use crate::campaign::identity::Mark;
use crate::change::ChangeSet;
use crate::forge::calls::branch_pulls::PullSeen;
use crate::snapshot::Snapshot;

/// What happened since a change was merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// What is wanted now is what was merged, and the files are as before the merge: a part of it was changed back.
    PartChangedBack,
    /// What is wanted now is what was merged: a part of it was changed to something else, or nobody knows to what.
    PartChanged,
    /// What was merged is still there, and the campaign wants something else.
    AnotherWanted,
    /// Neither: what was merged was changed otherwise, or the campaign was changed as well.
    Changed,
}

/// The trees that are compared.
#[derive(Clone, Copy, Debug)]
pub struct Trees<'a> {
    /// Before the change that was merged; `None` if it is not known.
    pub before: Option<&'a Snapshot>,
    /// After the merge.
    pub merged: &'a Snapshot,
    /// Today's.
    pub now: &'a Snapshot,
}

impl Since {
    /// Compares the trees at the paths that are to be changed now.
    #[must_use]
    pub fn of(wanted: &ChangeSet, trees: Trees<'_>) -> Self {
        let Trees { before, merged, now } = trees;
        let mut paths = wanted.changes.keys().map(|path| path.as_str());
        let is_same =
            |one: &Snapshot, other: &Snapshot, path: &str| one.entry(path) == other.entry(path);
        let is_merged =
            wanted.changes.iter().all(|(path, to)| result(to) == merged.entry(path.as_str()));
        if is_merged {
            let is_back = before.is_some_and(|before| paths.all(|path| is_same(before, now, path)));
            if is_back { Self::PartChangedBack } else { Self::PartChanged }
        } else if paths.all(|path| is_same(merged, now, path)) {
            Self::AnotherWanted
        } else {
            Self::Changed
        }
    }

    /// The sentence about a pull request that was merged.
    pub(super) fn said_of(self, number: u64) -> String {
        match self {
            Self::PartChangedBack => format!(
                "#{number} was merged, and a part of it was changed back since: --again offers that part"
            ),
            Self::PartChanged => format!(
                "#{number} was merged, and a part of it was changed since: --again offers that part"
            ),
            Self::AnotherWanted => format!(
                "#{number} was merged, and the campaign wants another change now: --again offers it"
            ),
            Self::Changed => format!(
                "#{number} was merged, and its files or the campaign were changed since: --again offers the difference"
            ),
        }
    }
}

impl Wanted {
    /// Whether it is a change, and not the one of this pull request. A difference does not mean that the change was
    /// reverted: the campaign may have been changed since.
    #[must_use]
    pub fn is_another(&self, pull: &PullSeen) -> bool {
        let is_it = |mark: Mark| *self == Self::Change(mark.change);
        matches!(self, Self::Change(_))
            && Mark::of_text(&pull.body).is_some_and(|mark| !is_it(mark))
    }
}

impl Decision {
    /// The same for a repository that is regressed, naming what happened since the merge.
    #[must_use]
    pub fn after_merge(self, since: Since) -> Self {
        match self.pull {
            Some(number) => Self { reason: since.said_of(number).into(), ..self },
            None => self,
        }
    }
}
