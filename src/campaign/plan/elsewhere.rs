//! The very same change in pull requests of other campaigns: offered there, or declined. Pure.

use super::super::closed_pull::Refusal;
use super::super::identity::{Mark, branch};
use super::Wishes;
use crate::forge::calls::unmerged_pulls::UnmergedPull;

/// What follows from the very same change in other campaigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// No other campaign has it in a way that counts.
    Free,
    /// A person declined it in another campaign, and it is to be offered all the same.
    Overruled,
    /// It is left out, for this reason.
    LeftOut(String),
}

impl Elsewhere {
    /// What follows for a change of this campaign, by its digest, from the pull requests of a repository that are open or were
    /// closed without being merged.
    #[must_use]
    pub fn of(change: &str, campaign: &str, wishes: Wishes, pulls: &[UnmergedPull]) -> Self {
        let others = || {
            pulls.iter().filter_map(|pull| {
                let mark = Mark::of_text(&pull.body)?;
                let is_other = mark.campaign != campaign && pull.branch == branch(&mark.campaign);
                (is_other && mark.change == change).then_some((pull, mark.campaign))
            })
        };
        if let Some((pull, other)) = others().find(|(pull, _)| pull.is_open) {
            let number = pull.number;
            return Self::LeftOut(format!(
                "#{number} of the campaign `{other}` offers the same change"
            ));
        }
        // Only the newest pull request of a campaign counts: a declined change may have been offered again since.
        let is_last = |pull: &UnmergedPull, of: &str| {
            others().all(|(later, campaign)| campaign != of || later.number <= pull.number)
        };
        let declined = others().filter(|(pull, other)| !pull.is_open && is_last(pull, other));
        let mut declined = declined.filter_map(|(pull, other)| {
            let closed_by = pull.closed_by.as_deref();
            Refusal::of(&pull.body, closed_by).map(|refusal| (pull.number, other, refusal))
        });
        let Some((number, other, refusal)) = declined.next() else { return Self::Free };
        if wishes.reopen {
            return Self::Overruled;
        }
        // Alone, it would not offer again what this campaign has merged.
        let reopen = if wishes.again { "--again --reopen" } else { "--reopen" };
        let said = refusal.said_of(number);
        Self::LeftOut(format!(
            "it was declined in `{other}`: {said}; {reopen} offers it all the same"
        ))
    }
}
