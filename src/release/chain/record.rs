//! What the journal records of the stages of one version.
//!
//! There is one operation per version, and it stays open: the record is kept for as long as the journal.

use std::collections::BTreeMap;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::returned::Returned;
use super::row::{Row, State};
use super::until;
use crate::error::Result;
use crate::journal::{EffectRecord, EffectState, Journal, Operation, OperationName, json};
use crate::release::{ReleaseId, Stage, Step, consumers};
use crate::source::requirements::normalize;

/// The kind of the operation of a chain. Some stages have operations of their own.
pub const KIND: &str = "release-run";

/// The prefix of the keys of stages.
const STAGE: &str = "stage ";

/// The key of the tag and the commit.
const ABOUT: &str = "about";

/// The key of what consumers reported.
const CONSUMERS: &str = "consumers";

/// The key of the options of the last run.
const OPTIONS: &str = "options";

/// The key of the version that members went back to from this one.
const WENT_BACK: &str = "went back";

/// The key of the later version that has superseded this one.
const SUPERSEDED: &str = "superseded";

/// The key of whether the index has withdrawn the version.
const WITHDRAWN: &str = "withdrawn";

/// The key of the newest later version that members were taken back from, to this one.
const TAKEN_BACK_FROM: &str = "taken back from";

/// Options that let one version through, and that which ends its run early, by their long names. They are not proposed for
/// another version.
pub const OF_ONE_VERSION: [&str; 4] = ["force", "no-compat", "no-smoke", "until"];

/// The option that overrides a refusal, as it is typed.
const FORCE: &str = "--force";

/// The operation of a chain, with its input.
#[must_use]
pub fn operation(release: ReleaseId<'_>) -> (OperationName, Value) {
    let (distribution, version) = (normalize(release.distribution), release.version);
    let name = OperationName::new(KIND, format!("{distribution}@{version}"));
    let version = version.to_string();
    (name, serde_json::json!({ "distribution": distribution, "version": version }))
}

/// The tag and the commit of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its tag.
    pub tag: String,
    /// Its commit.
    pub commit: String,
}

/// What is recorded of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The tag and the commit.
    pub about: Option<About>,
    /// The options of the last run as typed, to be repeated in the command that continues: all but `--force`, and `--until` only
    /// while its stage is not reached.
    pub options: Vec<String>,
    /// What consumers reported last.
    pub consumers: Vec<consumers::Row>,
    /// The members that went back from this version, except those that were notified of it again since.
    pub went_back: Option<Returned>,
    /// The later version that was published meanwhile. Members are notified of that one instead.
    pub superseded: Option<String>,
    /// Whether the index has withdrawn this version, as a run has read there last.
    pub is_withdrawn: bool,
    /// The newest later version that there was when members were taken back to this one.
    pub taken_back_from: Option<Version>,
    rows: BTreeMap<Stage, Row>,
}

impl Record {
    /// Reads the record from the effects of a chain's operation. What cannot be parsed counts as absent.
    ///
    /// No command repeats the `--force` of an earlier one: it overrode what was known then, and would now override what
    /// nobody has seen, such as a freeze.
    #[must_use]
    pub fn of_effects(effects: &[EffectRecord]) -> Self {
        let mut record = Self::default();
        for effect in effects {
            let EffectState::Done(outcome) = &effect.state else { continue };
            match effect.key.as_str() {
                ABOUT => record.about = About::deserialize(outcome).ok(),
                OPTIONS => {
                    record.options = Vec::deserialize(outcome).unwrap_or_default();
                    record.options.retain(|option| option != FORCE);
                }
                WITHDRAWN => record.is_withdrawn = bool::deserialize(outcome).unwrap_or_default(),
                WENT_BACK => record.went_back = Option::deserialize(outcome).unwrap_or_default(),
                SUPERSEDED => record.superseded = Option::deserialize(outcome).unwrap_or_default(),
                TAKEN_BACK_FROM => {
                    record.taken_back_from = outcome.as_str().and_then(|text| text.parse().ok());
                }
                CONSUMERS => record.consumers = Vec::deserialize(outcome).unwrap_or_default(),
                key if key.starts_with(STAGE) => {
                    if let Ok(row) = Row::deserialize(outcome) {
                        record.set(without_force(row));
                    }
                }
                _ => {}
            }
        }
        record.options = record.options_to_continue();
        record
    }

    /// The options to be repeated in the command that continues, as far as the version has come by now.
    #[must_use]
    pub fn options_to_continue(&self) -> Vec<String> {
        let stays = |option: &&String| until::is_reached(option, self) != Some(true);
        self.options.iter().filter(stays).cloned().collect()
    }

    /// Records the states of stages.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep(operation: &Operation, rows: &[Row]) -> Result<()> {
        for row in rows {
            operation.found_now(&stage_key(row), row)?;
        }
        Ok(())
    }

    /// Records the tag and the commit.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_about(operation: &Operation, about: &About) -> Result<()> {
        operation.found_now(ABOUT, about)
    }

    /// Records the options of a run.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_options(operation: &Operation, options: &[String]) -> Result<()> {
        operation.found_now(OPTIONS, &options)
    }

    /// Records what consumers reported.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_consumers(operation: &Operation, rows: &[consumers::Row]) -> Result<()> {
        operation.found_now(CONSUMERS, &rows)
    }

    /// Changes which members went back: `change` makes of what is recorded at that moment what is to be recorded instead, with
    /// `None` if all were notified of this version again.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn change_went_back(
        operation: &Operation,
        change: impl FnOnce(Option<Returned>) -> Option<Returned>,
    ) -> Result<()> {
        operation.change_now(WENT_BACK, |known| {
            let known: Option<Returned> =
                known.and_then(|known| Option::deserialize(known).unwrap_or_default());
            let changed = change(known.clone());
            (changed != known).then(|| json(&changed)).transpose()
        })
    }

    /// Records which members went back while another process is running the chain, which leaves that as it is.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn add_way_back(
        journal: &Journal,
        release: ReleaseId<'_>,
        members: &Returned,
        now: &str,
    ) -> Result<()> {
        let name = operation(release).0;
        journal.change_beside(&name, WENT_BACK, now, |_| json(members).map(Some)).map(drop)
    }

    /// Records which members went back, and the stages that say so. One without the other would say what is not so.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_way_back(operation: &Operation, members: &Returned, rows: &[Row]) -> Result<()> {
        let mut effects = vec![(WENT_BACK.to_owned(), json(members)?)];
        for row in rows {
            effects.push((stage_key(row), json(row)?));
        }
        operation.found_together(&effects)
    }

    /// Records that a later version has superseded this one, or with `None` that this one is released all the same.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_superseded(operation: &Operation, by: Option<&str>) -> Result<()> {
        operation.found_now(SUPERSEDED, &by)
    }

    /// Records whether the index has withdrawn this version.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_withdrawn(operation: &Operation, is_withdrawn: bool) -> Result<()> {
        operation.found_now(WITHDRAWN, &is_withdrawn)
    }

    /// Records that members were taken back to this version while `later` was the newest.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_taken_back_from(operation: &Operation, later: &Version) -> Result<()> {
        operation.found_now(TAKEN_BACK_FROM, &later.to_string())
    }

    /// Sets the row of a stage.
    pub fn set(&mut self, row: Row) {
        self.rows.insert(row.stage, row);
    }

    /// Sets the rows of stages that are not settled yet, and returns them. Settled stages keep their earlier time.
    pub fn add(&mut self, rows: &[Row]) -> Vec<Row> {
        let new = rows.iter().filter(|row| !self.is_settled(row.stage));
        let new: Vec<Row> = new.cloned().collect();
        new.iter().cloned().for_each(|row| self.set(row));
        new
    }

    /// The row of a stage; `None` if it was not reached.
    #[must_use]
    pub fn row(&self, stage: Stage) -> Option<&Row> {
        self.rows.get(&stage)
    }

    /// The row of the dispatches, if a run or a cascade has sent some or tried to.
    #[must_use]
    pub fn dispatched(&self) -> Option<&Row> {
        let is_tried = |row: &&Row| row.state != State::Skipped && row.at.is_some();
        self.row(Stage::Cascade).filter(is_tried)
    }

    /// Whether the version can never be published, since the index has other files of its names.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.row(Stage::Publish).is_some_and(Row::is_taken)
    }

    /// Removes a stage and all later ones.
    pub fn forget_from(&mut self, stage: Stage) {
        self.rows.retain(|known, _| *known < stage);
    }

    /// Removes the stages of these rows.
    pub fn forget(&mut self, rows: &[Row]) {
        self.rows.retain(|known, _| rows.iter().all(|row| row.stage != *known));
    }

    /// Sets skipped stages back to waiting, and returns their rows.
    pub fn to_come_again(&mut self, stages: &[Stage]) -> Vec<Row> {
        let is_skipped =
            |stage: &&Stage| self.rows.get(stage).is_some_and(|row| row.state == State::Skipped);
        let skipped = stages.iter().filter(is_skipped);
        let rows: Vec<Row> =
            skipped.map(|stage| Row::new(*stage, State::Waiting, stage.in_words())).collect();
        rows.iter().cloned().for_each(|row| self.set(row));
        rows
    }

    /// Sets a stage and those after it back to waiting, if they are recorded, and returns their rows.
    pub fn to_come_from(&mut self, stage: Stage) -> Vec<Row> {
        let known: Vec<Stage> = self.rows.range(stage..).map(|(stage, _)| *stage).collect();
        let rows: Vec<Row> = known
            .into_iter()
            .map(|stage| Row::new(stage, State::Waiting, stage.in_words()))
            .collect();
        rows.iter().cloned().for_each(|row| self.set(row));
        rows
    }

    /// Removes the rows of gates up to a stage, if the version is not uploaded yet: the question asked of its files may
    /// differ now, and the answer to which members break changes with their templates.
    pub fn ask_again(&mut self, gates: &[Stage], until: Stage) {
        if !self.is_settled(Stage::Publish) {
            self.rows.retain(|known, _| *known > until || !gates.contains(known));
        }
    }

    /// Whether a stage is finished and need not run again.
    #[must_use]
    pub fn is_settled(&self, stage: Stage) -> bool {
        self.rows.get(&stage).is_some_and(Row::is_settled)
    }

    /// Whether a stage of a step failed.
    #[must_use]
    pub fn has_failed(&self, step: Step) -> bool {
        let failed = |row: &Row| row.state == State::Failed;
        step.stages().iter().any(|stage| self.rows.get(stage).is_some_and(failed))
    }

    /// All rows in order; stages that were not reached are waiting. Without a mirror there is no row for it.
    #[must_use]
    pub fn table(&self, has_mirror: bool) -> Vec<Row> {
        let wanted = |stage: &Stage| *stage != Stage::Mirror || has_mirror;
        let line = |stage: Stage| match self.rows.get(&stage) {
            Some(row) => row.clone(),
            None => Row::new(stage, State::Waiting, stage.in_words()),
        };
        Stage::ALL.into_iter().filter(wanted).map(line).collect()
    }
}

/// The key of the row of a stage.
fn stage_key(row: &Row) -> String {
    format!("{STAGE}{}", row.stage.as_str())
}

/// A row whose suggested commands lack `--force`.
fn without_force(row: Row) -> Row {
    let plain = |command: &String| {
        let words: Vec<&str> = command.split(' ').filter(|word| *word != FORCE).collect();
        words.join(" ")
    };
    Row { next: row.next.as_ref().map(plain), also: row.also.iter().map(plain).collect(), ..row }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_kept_is_read_again_and_nonsense_is_left_aside() {
        let effect = |key: &str, outcome: Value| EffectRecord {
            key: key.to_owned(),
            intent: Value::Null,
            state: EffectState::Done(outcome),
            tries: 0,
            failed_before: None,
        };
        let row = Row {
            at: Some("2026-11-22T12:00:00Z".to_owned()),
            ..Row::new(Stage::Tag, State::Done, "runtime-v0.1.6")
        };
        let failed = Row {
            next: Some("shipshape release run --version 0.1.6 --force --no-deps".to_owned()),
            ..Row::new(Stage::Images, State::Failed, "0 of 1")
        };
        let effects = [
            effect("stage tag", serde_json::to_value(&row).expect("JSON")),
            effect("stage images", serde_json::to_value(&failed).expect("JSON")),
            effect("stage elsewhere", json!({ "stage": "elsewhere" })),
            effect("about", json!({ "tag": "runtime-v0.1.6", "commit": "c" })),
            effect("options", json!(["--waves 1", "--force", "--no-deps"])),
            effect("of another version of this program", json!(1)),
        ];
        let record = Record::of_effects(&effects);
        assert_eq!(record.row(Stage::Tag), Some(&row));
        assert_eq!(record.about.as_ref().map(|about| about.commit.as_str()), Some("c"));
        // What was overridden once is not overridden by what is proposed later.
        assert_eq!(record.options, ["--waves 1", "--no-deps"]);
        let next = record.row(Stage::Images).and_then(|row| row.next.as_deref());
        assert_eq!(next, Some("shipshape release run --version 0.1.6 --no-deps"));
        let table = record.table(false);
        assert_eq!(table.len(), 11);
        assert_eq!((table[0].state, table[1].state), (State::Waiting, State::Done));
        assert_eq!(record.table(true).len(), 12);
    }
}
