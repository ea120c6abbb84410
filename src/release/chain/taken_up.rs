//! How another run takes up the recorded chain of a version again. Pure: a run records the rows that are to be kept, and
//! a dry run only shows the result, so the two cannot decide differently.

use super::record::{About, Record};
use super::row::{Row, State};
use crate::release::Stage;

/// What a run is to do with a version, and what it knows of the version.
#[derive(Clone, Debug)]
pub struct TakeUp<'a> {
    /// The stages that are done before there is a record: the plan and the tag.
    pub rows: &'a [Row],
    /// The tag and the commit.
    pub about: Option<About>,
    /// Whether its tag was gone, so that what is recorded of the tag does not hold.
    pub is_tagged_again: bool,
    /// The stage from which stages are repeated.
    pub from: Option<Stage>,
    /// The last stage to run.
    pub until: Stage,
    /// The stages that concern members, if members go back to this version from a later one.
    pub back: Option<[Row; 2]>,
    /// The stages that can run now, if they were skipped before: with the token, those that concern members.
    pub can_run: &'a [Stage],
    /// The gates that run again while nothing is uploaded.
    pub gates: &'a [Stage],
    /// The failed publish stage, if the index could not be read.
    pub unread: Option<Row>,
}

/// The chain with which a run starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenUp {
    /// The state of every stage when the run starts.
    pub record: Record,
    /// The earlier states, without those that no longer hold.
    pub before: Record,
    /// The rows to record before the first step.
    pub rows_to_keep: Vec<Row>,
    /// Whether the run ends at once, because the index could not be read before the upload.
    pub is_unread: bool,
}

/// Decides which stages of a recorded chain are forgotten, asked again, and kept.
#[must_use]
pub fn taken_up(recorded: &Record, wish: TakeUp<'_>) -> TakenUp {
    let (mut record, mut before) = (recorded.clone(), recorded.clone());
    let mut rows_to_keep = Vec::new();
    // What was done with another commit says nothing of this one.
    if is_of_another(recorded.about.as_ref(), wish.about.as_ref()) {
        rows_to_keep.extend(record.to_come_from(Stage::Tag));
        before.forget_from(Stage::Tag);
    }
    if wish.is_tagged_again {
        record.forget(&[Row::new(Stage::Tag, State::Waiting, "")]);
    }
    if let Some(from) = wish.from {
        record.forget_from(from);
    }
    // Members were notified of later versions since, so what is recorded of them is outdated.
    if let Some(rows) = wish.back {
        record.forget_from(Stage::Cascade);
        before.forget_from(Stage::Cascade);
        if wish.can_run.contains(&Stage::Cascade) {
            rows.iter().cloned().for_each(|row| record.set(row));
        }
        rows_to_keep.extend(rows);
    }
    let can_run_now = record.to_come_again(wish.can_run);
    before.forget(&can_run_now);
    rows_to_keep.extend(can_run_now);
    rows_to_keep.extend(record.add(wish.rows));
    record.about = wish.about;
    // After the upload, an index that cannot be read merely does not serve the files yet, and is waited for.
    let matters = wish.until >= Stage::Publish && !record.is_settled(Stage::Publish);
    let unread = wish.unread.filter(|_| matters);
    let is_unread = unread.is_some();
    match unread {
        Some(row) => {
            rows_to_keep.push(row.clone());
            record.set(row);
        }
        // Only if the gates run: otherwise their results stay in the table.
        None => record.ask_again(wish.gates, wish.until),
    }
    TakenUp { record, before, rows_to_keep, is_unread }
}

/// Whether a version is released from another commit than the recorded one.
fn is_of_another(recorded: Option<&About>, now: Option<&About>) -> bool {
    recorded.zip(now).is_some_and(|(recorded, now)| recorded.commit != now.commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish<'a>() -> TakeUp<'a> {
        TakeUp {
            rows: &[],
            about: None,
            is_tagged_again: false,
            from: None,
            until: Stage::Consumers,
            back: None,
            can_run: &[],
            gates: &Stage::GATES,
            unread: None,
        }
    }

    fn record(rows: &[(Stage, State)]) -> Record {
        let mut record = Record::default();
        rows.iter().for_each(|(stage, state)| record.set(Row::new(*stage, *state, "before")));
        record
    }

    fn all_done() -> Record {
        record(&Stage::ALL.map(|stage| (stage, State::Done)))
    }

    fn stages(rows: &[Row]) -> Vec<Stage> {
        rows.iter().map(|row| row.stage).collect()
    }

    #[test]
    fn what_is_repeated_is_forgotten_but_can_still_be_said() {
        let taken = taken_up(&all_done(), TakeUp { from: Some(Stage::Cascade), ..wish() });
        assert_eq!(taken.record.row(Stage::Cascade), None);
        assert!(taken.record.is_settled(Stage::Mirror));
        assert_eq!(taken.before, all_done());
        assert_eq!(taken.rows_to_keep, []);
    }

    #[test]
    fn members_that_go_back_make_what_was_recorded_of_them_outdated() {
        let back =
            [Stage::Cascade, Stage::Images].map(|stage| Row::new(stage, State::Waiting, "back"));
        let wish = TakeUp { back: Some(back.clone()), ..wish() };
        let with_token =
            taken_up(&all_done(), TakeUp { can_run: &[Stage::Cascade], ..wish.clone() });
        assert_eq!(with_token.record.row(Stage::Cascade), Some(&back[0]));
        assert_eq!(with_token.before.row(Stage::Cascade), None);
        assert_eq!(with_token.rows_to_keep, back);
        let without = taken_up(&all_done(), wish);
        assert_eq!(without.record.row(Stage::Images), None);
        assert_eq!(without.rows_to_keep, back);
    }

    #[test]
    fn what_was_skipped_waits_again_as_soon_as_it_can_run() {
        let recorded = record(&[(Stage::Cascade, State::Skipped), (Stage::Mirror, State::Skipped)]);
        let taken = taken_up(&recorded, TakeUp { can_run: &[Stage::Cascade], ..wish() });
        assert_eq!(stages(&taken.rows_to_keep), [Stage::Cascade]);
        assert_eq!(taken.before.row(Stage::Cascade), None);
        assert_eq!(taken.before.row(Stage::Mirror), recorded.row(Stage::Mirror));
        assert_eq!(taken_up(&recorded, wish()).record, recorded);
    }

    #[test]
    fn gates_run_again_until_something_is_uploaded_and_the_plan_keeps_its_time() {
        let begun = record(&[(Stage::Plan, State::Done), (Stage::Check, State::Done)]);
        let rows = [Stage::Plan, Stage::Tag].map(|stage| Row::new(stage, State::Done, "now"));
        let taken = taken_up(&begun, TakeUp { rows: &rows, ..wish() });
        assert_eq!(stages(&taken.rows_to_keep), [Stage::Tag]);
        assert_eq!(taken.record.row(Stage::Plan), begun.row(Stage::Plan));
        assert_eq!(taken.record.row(Stage::Check), None);
        let uploaded = taken_up(&all_done(), wish());
        assert!(uploaded.record.is_settled(Stage::Check));
    }

    #[test]
    fn what_was_done_with_another_commit_says_nothing_of_this_one() {
        let about =
            |commit: &str| Some(About { tag: "v0.1.6".to_owned(), commit: commit.to_owned() });
        let mut begun = record(&[
            (Stage::Plan, State::Done),
            (Stage::Tag, State::Done),
            (Stage::Check, State::Done),
        ]);
        begun.about = about("one");
        let rows = [Row::new(Stage::Tag, State::Done, "now")];
        let of = |commit| taken_up(&begun, TakeUp { rows: &rows, about: about(commit), ..wish() });
        let same = of("one");
        assert_eq!(
            (same.rows_to_keep.len(), same.record.row(Stage::Tag)),
            (0, begun.row(Stage::Tag))
        );
        let other = of("two");
        assert_eq!(stages(&other.rows_to_keep), [Stage::Tag, Stage::Check, Stage::Tag]);
        assert_eq!(other.record.row(Stage::Tag), Some(&rows[0]));
        assert!(other.record.is_settled(Stage::Plan) && !other.record.is_settled(Stage::Check));
        assert_eq!(other.before.row(Stage::Check), None);
    }

    #[test]
    fn a_tag_that_was_created_again_is_not_the_recorded_one() {
        let begun = record(&[(Stage::Tag, State::Done), (Stage::Build, State::Done)]);
        let rows = [Row::new(Stage::Tag, State::Done, "created again")];
        let taken = taken_up(&begun, TakeUp { rows: &rows, is_tagged_again: true, ..wish() });
        assert_eq!(taken.rows_to_keep, rows);
        assert!(taken.record.is_settled(Stage::Build));
    }

    #[test]
    fn an_index_that_cannot_be_read_matters_only_before_the_upload() {
        let unread = Some(Row::new(Stage::Publish, State::Failed, "the index is away"));
        let wish = TakeUp { unread, ..wish() };
        let begun = record(&[(Stage::Check, State::Done)]);
        let taken = taken_up(&begun, wish.clone());
        assert!(taken.is_unread && taken.record.is_settled(Stage::Check));
        assert_eq!(stages(&taken.rows_to_keep), [Stage::Publish]);
        assert!(!taken_up(&begun, TakeUp { until: Stage::Check, ..wish.clone() }).is_unread);
        assert!(!taken_up(&all_done(), wish).is_unread);
    }
}
