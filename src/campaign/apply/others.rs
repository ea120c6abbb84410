//! What became of the very same change in other campaigns since the plan was made: they may offer it by now, or a person
//! declined it there.

use std::collections::BTreeMap;

use super::todo::Todo;
use super::{Job, Turn};
use crate::campaign::look::is_good;
use crate::campaign::plan::{Elsewhere, ReasonKind, Wishes};
use crate::fleet::RepositoryName;
use crate::forge::ForgeError;
use crate::forge::calls::branch_pulls::PullStanding;
use crate::forge::calls::unmerged_pulls::UnmergedPull;

/// How many repositories are asked about at once: as many as one document of the forge has.
const AT_ONCE: usize = 50;

/// The pull requests in the repositories that are next, by their places in the plan.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// When they were read, in seconds of the client's clock.
    at: f64,
    pulls: BTreeMap<usize, Result<Vec<UnmergedPull>, ForgeError>>,
}

impl Others {
    /// Why the change is not offered in a repository; `None` if it is. As in a plan, it is offered where the pull requests cannot
    /// be read.
    ///
    /// # Errors
    /// When all further requests would fail as well.
    pub(super) async fn why_left(
        &mut self,
        job: &Job<'_>,
        turns: &[Turn<'_>],
        index: usize,
    ) -> Result<Option<String>, ForgeError> {
        let Some(turn) = turns.get(index) else { return Ok(None) };
        let Some(change) = &turn.item.change else { return Ok(None) };
        // The plan of a revert leaves out nothing for this reason either.
        if job.is_revert {
            return Ok(None);
        }
        let client = job.recorder.client;
        if !self.pulls.contains_key(&index) || !is_good(client, self.at) {
            let next = next(turns, index);
            let names: Vec<RepositoryName> =
                next.iter().filter_map(|it| Some(turns.get(*it)?.item.name())).collect();
            self.at = client.time().now();
            self.pulls = next.into_iter().zip(client.unmerged_pulls(&names).await).collect();
        }
        let pulls = match self.pulls.get(&index) {
            Some(Ok(pulls)) => pulls,
            Some(Err(error)) if error.is_of_the_run() => return Err(error.clone()),
            _ => return Ok(None),
        };
        let newest = turn.sight.offer.as_ref().ok().and_then(|offer| offer.pulls.first());
        let wishes = Wishes {
            reopen: turn.item.is(ReasonKind::DeclinedElsewhere),
            // What was merged is only offered again if somebody said so.
            again: newest.is_some_and(|pull| pull.state == PullStanding::Merged),
            ..Wishes::default()
        };
        Ok(match Elsewhere::of(&change.digest, &job.plan.campaign, wishes, pulls) {
            Elsewhere::LeftOut(why) => Some(why),
            Elsewhere::Free | Elsewhere::Overruled => None,
        })
    }
}

/// This repository and the next ones of its wave in which something is to be opened: later waves may have to wait.
fn next(turns: &[Turn<'_>], index: usize) -> Vec<usize> {
    let wave = turns.get(index).map(|turn| turn.item.wave);
    let opens = |turn: &Turn<'_>| {
        Some(turn.item.wave) == wave
            && turn.todo.as_ref().is_some_and(|todo: &Todo| todo.opens() && !todo.is_moved())
    };
    let later = turns.iter().enumerate().skip(index + 1).filter(|(_, turn)| opens(turn));
    std::iter::once(index).chain(later.map(|(later, _)| later)).take(AT_ONCE).collect()
}
