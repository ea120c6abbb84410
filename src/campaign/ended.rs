//! What a run left behind that died while it merged or closed: a branch that nobody needs, effects without an outcome.

use serde_json::json;

use super::desk::Desk;
use super::plan::decide::CLOSED_BY_CAMPAIGN;
use super::standing::{Held, says};
use crate::error::Result;
use crate::forge::calls::offers::{Offer, PullSeen, PullStanding};
use crate::journal::Caution;

/// How the campaign itself ends a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is merged.
    Merged,
    /// It is closed, with the reason.
    Closed,
}

impl Ending {
    /// The newest pull request, when the campaign ended it so and none is open.
    #[must_use]
    pub fn of<'o>(self, offer: &'o Offer, campaign: &str) -> Option<&'o PullSeen> {
        let newest = offer.pulls.first().filter(|pull| says(pull, campaign))?;
        let ended = match self {
            Self::Merged => newest.state == PullStanding::Merged,
            Self::Closed => {
                newest.state == PullStanding::Closed && newest.body.contains(CLOSED_BY_CAMPAIGN)
            }
        };
        (ended && offer.open_pull().is_none()).then_some(newest)
    }
}

/// Whether the branch of a pull request that ended is still there, holds what was offered and nothing else, and was to go.
#[must_use]
pub fn leaves_branch(pull: &PullSeen, offer: &Offer, held: &Held) -> bool {
    let keeps = pull.state == PullStanding::Merged && offer.delete_branch_on_merge;
    let same = matches!(held, Held::Ours { head, .. } if *head == pull.head);
    offer.branch.is_some() && same && !keeps
}

/// Writes down what the forge shows done, and takes the branch away. Whether it was there.
///
/// # Errors
/// When the forge refuses, or the journal cannot be written.
pub async fn tidy(
    desk: &Desk<'_>,
    repository: &str,
    offer: &Offer,
    held: &Held,
    pull: &PullSeen,
) -> Result<bool> {
    let merge = pull.merge_commit.clone().unwrap_or_default();
    for what in ["say", "close", "merge"] {
        for key in begun(desk, repository, what, pull.number) {
            match what {
                "merge" => desk.seen(repository, key, &merge).await?,
                _ => desk.seen(repository, key, &true).await?,
            }
        }
    }
    if leaves_branch(pull, offer, held) {
        delete_branch(desk, repository, offer, pull).await?;
        return Ok(true);
    }
    if offer.branch.is_none() {
        for key in begun(desk, repository, "delete", pull.number) {
            desk.seen(repository, key, &true).await?;
        }
    }
    Ok(false)
}

/// Keys of what was begun with a pull request and has no outcome.
fn begun<'a>(desk: &Desk<'a>, repository: &str, what: &str, number: u64) -> Vec<&'a str> {
    let beginning = format!("{what} {repository} #{number}");
    let digit = |c: char| c.is_ascii_digit();
    let other = |key: &str| key.strip_prefix(&beginning).is_none_or(|rest| rest.starts_with(digit));
    let like = desk.memory.like(repository, &beginning).into_iter();
    like.filter(|(key, done)| !done && !other(key)).map(|(key, _)| key).collect()
}

/// Takes the branch of a pull request away.
///
/// # Errors
/// When the forge refuses.
pub(super) async fn delete_branch(
    desk: &Desk<'_>,
    repository: &str,
    offer: &Offer,
    pull: &PullSeen,
) -> Result<()> {
    let key = desk.memory.anew(repository, format!("delete {repository} #{}", pull.number));
    let act = async || {
        let deleted = desk.client.delete_branch(&offer.name, &pull.head_branch).await;
        desk.noted(deleted).map(|()| true)
    };
    let none = async || Ok(None);
    desk.operation.effect(&key, &json!({}), Caution::WhenInDoubt, none, act).await?;
    Ok(())
}
