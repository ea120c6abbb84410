//! What the journal remembers of the stages of one version.
//!
//! One operation for each version, which stays open: what was done stays known for as long as there is the journal.

use std::collections::BTreeMap;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::row::{Row, State};
use crate::error::Result;
use crate::journal::{EffectRecord, Operation, OperationName, Standing};
use crate::release::{Stage, Step, consumers};
use crate::source::requirements::normalize;

/// The kind of the operation of a chain. The stages themselves have operations of their own.
pub const KIND: &str = "release-run";

/// What the key of a stage begins with.
const STAGE: &str = "stage ";

/// The key of what a version is of.
const ABOUT: &str = "about";

/// The key of what consumers said.
const CONSUMERS: &str = "consumers";

/// The key of the options that the last run was given.
const OPTIONS: &str = "options";

/// The key of the version that members went back to from this one.
const WENT_BACK: &str = "went back";

/// The operation of a chain with its input.
#[must_use]
pub fn operation(distribution: &str, version: &Version) -> (OperationName, Value) {
    let distribution = normalize(distribution);
    let name = OperationName::new(KIND, format!("{distribution}@{version}"));
    (name, json!({ "distribution": distribution, "version": version.to_string() }))
}

/// What a version is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its tag.
    pub tag: String,
    /// Its commit.
    pub commit: String,
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What the version is of.
    pub about: Option<About>,
    /// The options that the last run of it was given, as they are typed: the command that goes on is given them again.
    pub options: Vec<String>,
    /// What consumers said last.
    pub consumers: Vec<consumers::Row>,
    /// The version that members went back to from this one, and were not told of this one again since.
    pub went_back: Option<String>,
    rows: BTreeMap<Stage, Row>,
}

impl Record {
    /// What the effects of a chain's operation say. What is not understood is as good as not there.
    #[must_use]
    pub fn of_effects(effects: &[EffectRecord]) -> Self {
        let mut record = Self::default();
        for effect in effects {
            let Standing::Done(outcome) = &effect.standing else { continue };
            match effect.key.as_str() {
                ABOUT => record.about = About::deserialize(outcome).ok(),
                OPTIONS => record.options = Vec::deserialize(outcome).unwrap_or_default(),
                WENT_BACK => record.went_back = Option::deserialize(outcome).unwrap_or_default(),
                CONSUMERS => record.consumers = Vec::deserialize(outcome).unwrap_or_default(),
                key if key.starts_with(STAGE) => {
                    if let Ok(row) = Row::deserialize(outcome) {
                        record.set(row);
                    }
                }
                _ => {}
            }
        }
        record
    }

    /// Remembers how stages stand.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep(operation: &Operation, rows: &[Row]) -> Result<()> {
        for row in rows {
            operation.found_now(&format!("{STAGE}{}", row.stage.as_str()), row)?;
        }
        Ok(())
    }

    /// Remembers what the version is of.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_about(operation: &Operation, about: &About) -> Result<()> {
        operation.found_now(ABOUT, about)
    }

    /// Remembers the options of a run.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_options(operation: &Operation, options: &[String]) -> Result<()> {
        operation.found_now(OPTIONS, &options)
    }

    /// Remembers what consumers said.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_consumers(operation: &Operation, rows: &[consumers::Row]) -> Result<()> {
        operation.found_now(CONSUMERS, &rows)
    }

    /// Remembers that members went back from the version, or that they were told of it again.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_went_back(operation: &Operation, to: Option<&str>) -> Result<()> {
        operation.found_now(WENT_BACK, &to)
    }

    /// Sets how a stage stands.
    pub fn set(&mut self, row: Row) {
        self.rows.insert(row.stage, row);
    }

    /// Sets how stages stand that are not settled, and says which: what was seen first says when.
    pub fn add(&mut self, rows: &[Row]) -> Vec<Row> {
        let new = rows.iter().filter(|row| !self.is_settled(row.stage));
        let new: Vec<Row> = new.cloned().collect();
        new.iter().cloned().for_each(|row| self.set(row));
        new
    }

    /// How a stage stands; `None` when it was not come to.
    #[must_use]
    pub fn row(&self, stage: Stage) -> Option<&Row> {
        self.rows.get(&stage)
    }

    /// Forgets a stage and all behind it.
    pub fn forget_from(&mut self, stage: Stage) {
        self.rows.retain(|known, _| *known < stage);
    }

    /// Forgets stages.
    pub fn forget(&mut self, rows: &[Row]) {
        self.rows.retain(|known, _| rows.iter().all(|row| row.stage != *known));
    }

    /// Sets stages that were skipped to what is still to come, and says how they stand now.
    pub fn to_come_again(&mut self, stages: &[Stage]) -> Vec<Row> {
        let is_skipped =
            |stage: &&Stage| self.rows.get(stage).is_some_and(|row| row.state == State::Skipped);
        let skipped = stages.iter().filter(is_skipped);
        let rows: Vec<Row> =
            skipped.map(|stage| Row::new(*stage, State::Waiting, stage.in_words())).collect();
        rows.iter().cloned().for_each(|row| self.set(row));
        rows
    }

    /// Forgets gates up to a stage, of a version that is not uploaded: what is asked of its files may be another question
    /// now, and whom it breaks has another answer when templates change.
    pub fn ask_again(&mut self, gates: &[Stage], until: Stage) {
        if !self.is_settled(Stage::Publish) {
            self.rows.retain(|known, _| *known > until || !gates.contains(known));
        }
    }

    /// Whether a stage need not be done again.
    #[must_use]
    pub fn is_settled(&self, stage: Stage) -> bool {
        self.rows.get(&stage).is_some_and(Row::is_settled)
    }

    /// Whether a stage of a step has failed.
    #[must_use]
    pub fn has_failed(&self, step: Step) -> bool {
        let failed = |row: &Row| row.state == State::Failed;
        step.stages().iter().any(|stage| self.rows.get(stage).is_some_and(failed))
    }

    /// The whole table: what was not come to is waiting. The mirror has no line where there is none.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_again_and_nonsense_is_left_aside() {
        let effect = |key: &str, outcome: Value| EffectRecord {
            key: key.to_owned(),
            intent: Value::Null,
            standing: Standing::Done(outcome),
            tries: 0,
        };
        let row = Row {
            at: Some("2026-11-22T12:00:00Z".to_owned()),
            ..Row::new(Stage::Tag, State::Done, "runtime-v0.1.6")
        };
        let effects = [
            effect("stage tag", serde_json::to_value(&row).expect("JSON")),
            effect("stage elsewhere", json!({ "stage": "elsewhere" })),
            effect("about", json!({ "tag": "runtime-v0.1.6", "commit": "c" })),
            effect("options", json!(["--waves 1", "--no-deps"])),
            effect("of another version of this program", json!(1)),
        ];
        let record = Record::of_effects(&effects);
        assert_eq!(record.row(Stage::Tag), Some(&row));
        assert_eq!(record.about.as_ref().map(|about| about.commit.as_str()), Some("c"));
        assert_eq!(record.options, ["--waves 1", "--no-deps"]);
        let table = record.table(false);
        assert_eq!(table.len(), 11);
        assert_eq!((table[0].state, table[1].state), (State::Waiting, State::Done));
        assert_eq!(record.table(true).len(), 12);
    }
}
