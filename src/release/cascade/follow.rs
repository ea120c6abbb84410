//! Following the runs that dispatches have caused.

use std::time::Duration;

use super::Job;
use super::dispatch::{APPEARS, Dispatch};
use super::document::RunSeen;
use super::items::Item;
use super::refusal::{is_refusal, unseen_runs};
use super::seen::{RUNS, caused};
use super::wave::Notified;
use crate::forge::ForgeError;
use crate::forge::calls::actions::Run;

/// Seconds between two progress messages.
const SAY_EVERY: f64 = 60.0;

/// How runs are followed.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Seconds between two looks.
    pub every: u64,
    /// Seconds that all runs of a wave together may take.
    pub patience: u64,
}

/// How following a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The run is over.
    Over(Run),
    /// The time was up before the run was over, or before a run that is only guessed counts.
    Late(Run),
    /// The time was up before a run appeared: so many minutes.
    NotYet(u64),
    /// No run appeared, although it had the time.
    Nothing,
    /// Its runs cannot be read, and why.
    Unseen(String),
}

impl Ended {
    /// What is wrong; `None` if the run succeeded, or nothing is known.
    pub(super) fn failure(&self) -> Option<String> {
        match self {
            Self::Over(run) if run.conclusion.as_deref() == Some("success") => None,
            Self::Over(run) => {
                let how = run.conclusion.as_deref().unwrap_or("without a conclusion");
                Some(format!("its run ended: {how}; {}", run.html_url))
            }
            Self::Late(run) if run.is_over() => Some(format!(
                "its run is over, but does not show the id of the dispatch: it counts {} min after that; {}",
                APPEARS / 60,
                run.html_url
            )),
            Self::Late(run) => Some(format!("its run is not over yet; {}", run.html_url)),
            Self::NotYet(0) => Some("it was notified, but its run was not waited for".to_owned()),
            Self::NotYet(minutes) => Some(format!(
                "no run appeared within {minutes} min: the next run notifies it again"
            )),
            Self::Nothing => Some(
                "it was notified, but no run started: is its workflow triggered by the event?"
                    .to_owned(),
            ),
            Self::Unseen(_) => None,
        }
    }

    /// Whether the time was up first.
    pub(super) fn is_late(&self) -> bool {
        matches!(self, Self::Late(_) | Self::NotYet(_))
    }

    /// Whether it was waited for, and no run appeared.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::NotYet(minutes) => *minutes > 0,
            Self::Over(_) | Self::Late(_) | Self::Unseen(_) => false,
        }
    }

    /// Why its runs cannot be read, if so.
    pub(super) fn unseen(&self) -> Option<&str> {
        match self {
            Self::Unseen(why) => Some(why),
            _ => None,
        }
    }

    /// The run, which may be a guess.
    fn run(&self) -> Option<&Run> {
        match self {
            Self::Over(run) | Self::Late(run) => Some(run),
            Self::NotYet(_) | Self::Nothing | Self::Unseen(_) => None,
        }
    }

    /// The run for the report.
    pub(super) fn seen(&self) -> Option<RunSeen> {
        self.run().map(run_seen)
    }

    /// The run after which whatever came was sent since this dispatch: the one that it certainly caused, or else the newest one
    /// before it. A run that is only guessed may have come after another notification.
    pub(super) fn bound(&self, dispatch: &Dispatch) -> Option<u64> {
        let caused = self.run().filter(|run| dispatch.is_of(run)).map(|run| run.id);
        caused.or(dispatch.run).or(dispatch.after)
    }
}

/// A run for the report.
pub(super) fn run_seen(run: &Run) -> RunSeen {
    RunSeen {
        id: run.id,
        page: run.html_url.clone(),
        conclusion: run.conclusion.clone().filter(|_| run.is_over()),
    }
}

/// Follows the runs of a wave until all are over or the time is up. `over` is called with the place of each row as soon
/// as its run is known to be over.
pub(super) async fn follow(
    job: &Job<'_>,
    notified: &[Notified<'_>],
    pace: Pace,
    over: &mut dyn FnMut(usize, &Ended),
) -> Vec<Ended> {
    let time = job.client.time();
    let begun = time.now();
    let mut say_at = SAY_EVERY;
    // When every look started to fail; `None` while any look succeeds.
    let mut silent_since: Option<f64> = None;
    let mut known: Vec<Option<Run>> = notified.iter().map(|_| None).collect();
    let mut ended: Vec<Option<Ended>> = notified.iter().map(|_| None).collect();
    let mut is_guess_said = vec![false; notified.len()];
    loop {
        let (mut answers, mut failures) = (0, 0);
        for (place, Notified { place: row, item, dispatch, .. }) in notified.iter().enumerate() {
            if ended.get(place).is_none_or(Option::is_some) {
                continue;
            }
            let now = time.now();
            let waited = now - begun;
            // An earlier run may have sent it long ago.
            let sent = dispatch.at.map_or(begun, |at| (at as f64).min(begun));
            let run = known.get(place).cloned().flatten();
            let looked = look(job, item, dispatch, run).await;
            match &looked {
                Ok(_) => answers += 1,
                Err(error) if is_refusal(error) => answers += 1,
                Err(_) => failures += 1,
            }
            let (left, patience) = (APPEARS as f64 - (now - sent), pace.patience as f64);
            let end = match looked {
                // A run that does not carry our id is a guess, and the one that does may still appear.
                Ok(Some(run)) if run.is_over() && (dispatch.is_of(&run) || left <= 0.0) => {
                    Some(Ended::Over(run))
                }
                Ok(Some(run)) if waited >= patience => Some(Ended::Late(run)),
                Ok(Some(run)) => {
                    if let Some(is_said) = is_guess_said.get_mut(place)
                        && run.is_over()
                        && !std::mem::replace(is_said, true)
                    {
                        (job.say)(&format!(
                            "{}: its run is over, but does not show the id of the dispatch: it counts in {left:.0} s",
                            item.repository
                        ));
                    }
                    if let Some(place) = known.get_mut(place) {
                        *place = Some(run);
                    }
                    None
                }
                Ok(None) if left <= 0.0 => Some(Ended::Nothing),
                Ok(None) if waited >= patience => Some(Ended::NotYet(pace.patience / 60)),
                Ok(None) => None,
                // A refusal will not change; any other error may pass.
                Err(error) if is_refusal(&error) || waited >= patience => {
                    Some(Ended::Unseen(unseen_runs(&error)))
                }
                Err(_) => None,
            };
            if let (Some(end), Some(place)) = (end, ended.get_mut(place)) {
                over(*row, &end);
                *place = Some(end);
            }
        }
        if ended.iter().all(Option::is_some) {
            return ended.into_iter().flatten().collect();
        }
        let waited = time.now() - begun;
        silent_since = (answers == 0 && failures > 0).then(|| silent_since.unwrap_or(waited));
        if waited >= say_at {
            let over = ended.iter().flatten().count();
            let silent = match silent_since {
                Some(since) => format!(
                    "; the forge has not answered for {:.0} s, and is queried again",
                    (waited - since).max(pace.every as f64)
                ),
                None => String::new(),
            };
            (job.say)(&format!(
                "{over} of {} runs are over, after {:.0} of {:.0} min{silent}",
                notified.len(),
                waited / 60.0,
                pace.patience as f64 / 60.0
            ));
            say_at = waited + SAY_EVERY;
        }
        time.sleep(Duration::from_secs(pace.every.max(1))).await;
    }
}

/// Looks once for a run which may not be known yet.
async fn look(
    job: &Job<'_>,
    item: &Item,
    dispatch: &Dispatch,
    known: Option<Run>,
) -> Result<Option<Run>, ForgeError> {
    let sure =
        dispatch.run.or_else(|| known.as_ref().filter(|run| dispatch.is_of(run)).map(|run| run.id));
    if let Some(id) = sure {
        return job.client.run(&item.repository, id).await.map(Some);
    }
    let runs = job.client.dispatched_runs(&item.repository, RUNS).await?;
    match (caused(&runs, dispatch, &job.announcement.workflow), known) {
        (Some(run), _) => Ok(Some(run.clone())),
        // It is no longer among the newest runs.
        (None, Some(run)) => job.client.run(&item.repository, run.id).await.map(Some),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PATH, dispatch, run};
    use super::*;

    #[test]
    fn a_run_that_is_only_guessed_bounds_nothing() {
        let bound = |ended: Ended, known: Option<u64>| {
            let dispatch = Dispatch { run: known, ..dispatch(Some(7)) };
            ended.bound(&dispatch)
        };
        let ours = || run(8, "runtime (0.1.6-0123456789abcdef)", PATH);
        assert_eq!(bound(Ended::Over(ours()), None), Some(8));
        // Another machine may have sent something between the dispatch and this run.
        let guess = || run(9, "runtime-published", PATH);
        assert_eq!(bound(Ended::Over(guess()), None), Some(7));
        assert_eq!(bound(Ended::Over(guess()), Some(9)), Some(9));
        assert_eq!(bound(Ended::Nothing, None), Some(7));
        assert_eq!(bound(Ended::Nothing, Some(8)), Some(8));
    }
}
