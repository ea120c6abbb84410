//! One repository of the fleet, as a campaign sees it.

use super::compute::Computed;
use super::fit::Fit;
use super::held::Held;
use super::plan::{Decision, Wanted};
use super::selection::Accepted;
use crate::change::ChangeSet;
use crate::fleet::{Member, RepositoryName};
use crate::forge::calls::branch_pulls::Offer;
use crate::forge::{ForgeError, ForgeErrorKind};
use crate::snapshot::Snapshot;

/// One repository of the fleet, as a campaign sees it.
#[derive(Debug)]
pub struct Surveyed<'f> {
    /// The repository, as fleet.yaml names it.
    pub repository: RepositoryName,
    /// Every member in it.
    pub members: Vec<&'f Member>,
    /// Whether the campaign's selection includes it, whatever its verdict.
    pub is_candidate: bool,
    /// What is wanted of it.
    pub wanted: Wanted,
    /// Its change, with paths from the root.
    pub changes: ChangeSet,
    /// The result for each selected member.
    pub parts: Vec<(&'f Member, Computed)>,
    /// The members in it that the selection leaves out although they have findings.
    pub left_out: Vec<&'f Member>,
    /// The accepted findings because of which the campaign does not select it.
    pub waived: Vec<Accepted>,
    /// Its tree at the default branch.
    pub tree: Option<Snapshot>,
    /// What the forge shows of it.
    pub offer: Result<Offer, ForgeError>,
    /// Whose branch it is.
    pub held: Held,
    /// Whether merging its open pull request gives what is wanted.
    pub fit: Fit,
    /// What is to be done, and why.
    pub decision: Decision,
}

impl<'f> Surveyed<'f> {
    /// A repository of which nothing is wanted, and which the forge has not been asked about.
    #[must_use]
    pub fn unseen(repository: RepositoryName, members: Vec<&'f Member>) -> Self {
        Self {
            repository,
            members,
            is_candidate: false,
            wanted: Wanted::Unselected,
            changes: ChangeSet::default(),
            parts: Vec::new(),
            left_out: Vec::new(),
            waived: Vec::new(),
            tree: None,
            offer: Err(ForgeError::of_answer(ForgeErrorKind::NotFound, "it was not looked at")),
            held: Held::Absent,
            fit: Fit::AsWanted,
            decision: Decision::nothing(),
        }
    }

    /// Notes what merging its pull request would give. If that cannot be read, what is wanted of it is not known either.
    pub fn note_fit(&mut self, fit: Result<Fit, String>) {
        match fit {
            Ok(fit) => self.fit = fit,
            Err(why) => {
                let why = format!("what its pull request offers cannot be read: {why}");
                self.wanted = Wanted::Unread(why.into());
            }
        }
    }
}
