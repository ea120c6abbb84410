//! Cleaning up after a run that died while it merged or closed: a branch that is no longer needed, effects without an
//! outcome.

use super::closed_pull::is_closed_by_campaign;
use super::effect_kind::EffectKind;
use super::failed::Failed;
use super::held::{Held, is_of_campaign};
use super::recorder::{Recorder, Step};
use crate::error::Result;
use crate::forge::ForgeErrorKind;
use crate::forge::calls::branch_pulls::{Offer, PullSeen, PullStanding};
use crate::forge::calls::branches::SeenBranch;

/// How a campaign ends a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is merged.
    Merged,
    /// It is closed, with the reason.
    Closed,
}

impl Ending {
    /// The newest pull request, if the campaign ended it in this way and none is open.
    #[must_use]
    pub fn of<'o>(self, offer: &'o Offer, campaign: &str) -> Option<&'o PullSeen> {
        let newest = offer.pulls.first().filter(|pull| is_of_campaign(pull, campaign))?;
        let ended = match self {
            Self::Merged => newest.state == PullStanding::Merged,
            Self::Closed => is_closed_by_campaign(newest),
        };
        (ended && offer.open_pull().is_none()).then_some(newest)
    }
}

/// A pull request that a campaign has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its number.
    pub number: u64,
    /// Why its branch still exists, if the forge refused to delete it.
    pub branch_stays: Option<String>,
}

/// Whether the branch of an ended pull request still exists, contains exactly what was offered, and should be deleted. The
/// forge deletes no branch of an archived repository, and nothing is sent to one that the fleet calls otherwise.
#[must_use]
pub fn leaves_branch(pull: &PullSeen, offer: &Offer, held: &Held) -> bool {
    let keeps = pull.state == PullStanding::Merged && offer.delete_branch_on_merge;
    let same = matches!(held, Held::Ours { head, .. } if *head == pull.head);
    let is_in_reach = !offer.is_archived && offer.renamed_from.is_none();
    offer.branch.is_some() && same && !keeps && is_in_reach
}

/// Records what the forge shows as done, and deletes the branch. Returns whether it did: a branch that was pushed to stays.
///
/// # Errors
/// When the forge refuses, or the journal cannot be written.
pub async fn tidy(
    recorder: &Recorder<'_>,
    repository: &str,
    offer: &Offer,
    held: &Held,
    pull: &PullSeen,
) -> Result<bool, Failed> {
    let merge = pull.merge_commit.clone().unwrap_or_default();
    for what in [EffectKind::Say, EffectKind::Close, EffectKind::Merge] {
        for key in begun(recorder, repository, what, pull.number) {
            match what {
                EffectKind::Merge => recorder.seen((repository, key), pull.number, &merge).await?,
                _ => recorder.seen((repository, key), pull.number, &true).await?,
            }
        }
    }
    if leaves_branch(pull, offer, held) {
        return delete_branch(recorder, repository, offer, pull).await;
    }
    if offer.branch.is_none() {
        for key in begun(recorder, repository, EffectKind::Delete, pull.number) {
            recorder.seen((repository, key), pull.number, &true).await?;
        }
    }
    Ok(false)
}

/// The keys of effects on a pull request that were started and have no outcome.
fn begun<'a>(
    recorder: &Recorder<'a>,
    repository: &str,
    what: EffectKind,
    number: u64,
) -> Vec<&'a str> {
    let beginning = what.key(repository, format_args!("#{number}"));
    let digit = |c: char| c.is_ascii_digit();
    let other = |key: &str| key.strip_prefix(&beginning).is_none_or(|rest| rest.starts_with(digit));
    let like = recorder.memory.like(repository, &beginning).into_iter();
    like.filter(|(key, done)| !done && !other(key)).map(|(key, _)| key).collect()
}

/// Deletes the branch of a pull request that was just ended; returns why it stays if the forge refuses, which undoes
/// nothing of what was done.
///
/// # Errors
/// When the forge refuses for a reason that does not concern this repository alone, or the journal or the log cannot be
/// written.
pub(super) async fn branch_taken(
    recorder: &Recorder<'_>,
    repository: &str,
    offer: &Offer,
    pull: &PullSeen,
) -> Result<Option<String>, Failed> {
    let refusal = match delete_branch(recorder, repository, offer, pull).await {
        Ok(_) => return Ok(None),
        Err(Failed::Forge(refusal)) => refusal,
        Err(error) => return Err(error),
    };
    let why = recorder.refused(EffectKind::Delete.as_str(), repository, &refusal)?;
    if refusal.is_of_the_run() { Err(refusal.into()) } else { Ok(Some(why)) }
}

/// Deletes the branch of a pull request if it still is where it was seen; what somebody pushed since is theirs. Returns
/// whether it was deleted.
///
/// # Errors
/// When the forge refuses.
pub(super) async fn delete_branch(
    recorder: &Recorder<'_>,
    repository: &str,
    offer: &Offer,
    pull: &PullSeen,
) -> Result<bool, Failed> {
    let key = recorder
        .memory
        .anew(repository, EffectKind::Delete.key(repository, format_args!("#{}", pull.number)));
    let act = async || {
        let branch = SeenBranch { name: &pull.head_branch, commit: &pull.head };
        match recorder.client.remove_branch(&offer.name, &offer.id, branch).await {
            Err(error) if error.kind == ForgeErrorKind::Conflict => {
                (recorder.told)(&format!(
                    "{repository}: its branch stays, because it was pushed to"
                ));
                Ok(false)
            }
            removed => Ok(removed.map(|()| true)?),
        }
    };
    let none = async || Ok(None);
    let deleted = recorder.effect(&Step::new(repository, &key), |_| pull.number, none, act).await?;
    Ok(deleted.outcome())
}
