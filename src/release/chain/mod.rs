//! The chain of a release: its stages in order, their states, and which step is next. Pure.
//!
//! A step is what one operation does at once; it may cover several stages. Every step looks at the outside world before
//! it acts, so a lost record costs time but nothing is done twice.
//!
//! | module | contents |
//! |---|---|
//! | `row` | the state of one stage |
//! | `record` | what the journal records of a version |
//! | `lines` | which recorded chains still matter |
//! | `taken_up` | what a run forgets, asks again and keeps of a recorded version |
//! | `until` | the last stage that a run was asked for |
//! | `returned` | which repositories went back from a version |
//! | `withdrawal` | which versions are to be withdrawn after that |
//! | `document` | tables of the chain for programs |

mod document;
mod lines;
mod record;
mod returned;
mod row;
mod taken_up;
pub mod until;
mod withdrawal;

pub use document::{RUN_SCHEMA, Run, RunDocument, STATUS_SCHEMA, StatusDocument};
pub use lines::{Line, lines};
pub use record::{About, KIND, OF_ONE_VERSION, Record, operation};
pub use returned::{Progress, Purpose, Reach, Returned, WayBack};
pub use row::{Hindrance, Row, State};
pub use taken_up::{TakeUp, TakenUp, taken_up};
pub use withdrawal::{Remaining, withdrawing};

use super::stage::{Stage, Step};
use crate::error::Result;

/// The first step after `after` with an unsettled stage that is not beyond `until`.
#[must_use]
pub fn next(record: &Record, after: Option<Step>, until: Stage) -> Option<Step> {
    let behind = |step: &Step| after.is_none_or(|after| *step > after);
    let is_open = |step: &Step| {
        let wanted = |stage: &&Stage| **stage <= until;
        step.stages().iter().filter(wanted).any(|stage| !record.is_settled(*stage))
    };
    Step::ALL.into_iter().filter(behind).find(is_open)
}

/// Runs the steps after `after`, up to the stage `until`. `take` runs one step and returns the rows of its stages,
/// which are recorded before the next step starts. A failed step stops those that depend on it.
///
/// # Errors
/// The error of `take`; the rows of its stages stay as they were.
pub fn drive(
    record: &mut Record,
    mut after: Option<Step>,
    until: Stage,
    mut take: impl FnMut(Step, &Record) -> Result<Vec<Row>>,
) -> Result<()> {
    while let Some(step) = next(record, after, until) {
        for row in take(step, record)? {
            record.set(row);
        }
        if step.carries_the_rest() && record.has_failed(step) {
            break;
        }
        after = Some(step);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::error::Error;

    fn row(stage: Stage, state: State) -> Row {
        Row::new(stage, state, "")
    }

    fn all(step: Step, state: State) -> Vec<Row> {
        step.stages().iter().map(|stage| row(*stage, state)).collect()
    }

    fn taken(record: &mut Record, until: Stage, fails: Option<Step>) -> Vec<Step> {
        let steps = RefCell::new(Vec::new());
        let take = |step: Step, _: &Record| {
            steps.borrow_mut().push(step);
            let state = if Some(step) == fails { State::Failed } else { State::Done };
            Ok(all(step, state))
        };
        drive(record, None, until, take).expect("driven");
        steps.into_inner()
    }

    #[test]
    fn steps_are_taken_in_their_order_and_no_further_than_wanted() {
        assert_eq!(taken(&mut Record::default(), Stage::Consumers, None), Step::ALL);
        let some = taken(&mut Record::default(), Stage::Check, None);
        assert_eq!(some, [Step::Plan, Step::Tag, Step::Publish]);
        assert_eq!(taken(&mut Record::default(), Stage::Plan, None), [Step::Plan]);
    }

    #[test]
    fn what_is_done_is_not_done_again_but_consumers_are_asked_each_time() {
        let mut record = Record::default();
        taken(&mut record, Stage::Consumers, None);
        assert_eq!(taken(&mut record, Stage::Consumers, None), [Step::Consumers]);
        record.forget_from(Stage::Cascade);
        assert_eq!(taken(&mut record, Stage::Images, None), [Step::Cascade]);
    }

    #[test]
    fn what_fails_stops_what_builds_upon_it_and_nothing_else() {
        let stops = |step| taken(&mut Record::default(), Stage::Consumers, Some(step)).len();
        assert_eq!([Step::Plan, Step::Tag, Step::Publish].map(stops), [1, 2, 3]);
        assert_eq!([Step::Mirror, Step::Cascade].map(stops), [6, 6]);
        let mut record = Record::default();
        taken(&mut record, Stage::Consumers, Some(Step::Publish));
        // It goes on where it failed.
        let again = taken(&mut record, Stage::Consumers, None);
        assert_eq!(again, [Step::Publish, Step::Mirror, Step::Cascade, Step::Consumers]);
    }

    #[test]
    fn a_stage_that_was_left_out_by_wish_is_settled_and_one_that_was_not_seen_is_not() {
        let mut record = Record::default();
        for step in Step::ALL {
            all(step, State::Done).into_iter().for_each(|row| record.set(row));
        }
        record.set(row(Stage::Smoke, State::Unchecked));
        assert_eq!(next(&record, None, Stage::Images), None);
        record.set(row(Stage::Images, State::Unchecked));
        assert_eq!(next(&record, None, Stage::Images), Some(Step::Cascade));
        record.set(row(Stage::Images, State::Done));
        // Without its token it was skipped; with one it may be done.
        record.set(row(Stage::Cascade, State::Skipped));
        assert_eq!(next(&record, None, Stage::Images), Some(Step::Cascade));
    }

    #[test]
    fn killed_at_any_step_and_driven_again_each_step_is_finished_once() {
        for dies_at in 0..Step::ALL.len() {
            // What outlives a run: the record is written by `take` itself.
            let kept = RefCell::new(Record::default());
            let finished = RefCell::new(Vec::new());
            for life in [Some(dies_at), None] {
                let mut record = kept.borrow().clone();
                let mut steps = 0;
                let take = |step: Step, _: &Record| {
                    if life == Some(steps) {
                        return Err(Error::failed("killed"));
                    }
                    steps += 1;
                    finished.borrow_mut().push(step);
                    let rows = all(step, State::Done);
                    rows.iter().cloned().for_each(|row| kept.borrow_mut().set(row));
                    Ok(rows)
                };
                let ended = drive(&mut record, None, Stage::Images, take);
                assert_eq!(ended.is_err(), life.is_some_and(|life| life < 5));
            }
            let wanted = [Step::Plan, Step::Tag, Step::Publish, Step::Mirror, Step::Cascade];
            assert_eq!(*finished.borrow(), wanted, "killed at {dies_at}");
        }
    }
}
