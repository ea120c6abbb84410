//! The record of past runs: JSON Lines, append-only.
//!
//! This module parses and formats records; `edge` appends them to the file. Unreadable lines are counted and otherwise
//! ignored: two versions of shipshape may write to the same file, and a process may be killed in the middle of a write.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RepositoryVerdict;
use crate::drift::model::TrendPoint;

/// Name and version of the record format.
pub const SCHEMA: &str = "shipshape/history/1";

/// One run. Unknown keys are ignored, so that later versions can add some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Name and version of this format.
    #[schemars(schema_with = "schema_version")]
    pub schema: String,
    /// The run in numbers.
    #[serde(flatten)]
    pub point: TrendPoint,
    /// Verdict of each repository, by name.
    #[serde(default)]
    pub verdicts: BTreeMap<String, RepositoryVerdict>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

impl Record {
    /// Creates the record of a run from its numbers and the verdict of each repository.
    #[must_use]
    pub fn new(point: TrendPoint, verdicts: BTreeMap<String, RepositoryVerdict>) -> Self {
        Self { schema: SCHEMA.to_owned(), point, verdicts }
    }

    /// Formats the record as a line, without the line end.
    ///
    /// # Errors
    /// Never in practice: every field can be represented in JSON.
    pub fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// The contents of a history file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The records, oldest first; those with the same time are in file order.
    pub records: Vec<Record>,
    /// Numbers of the lines that are not records, counted from 1.
    pub unreadable: Vec<usize>,
    /// Number of lines in another version of the format.
    pub foreign: usize,
    /// Whether the last line lacks a line end: a process was killed while writing it, or is still writing.
    pub torn: bool,
}

impl History {
    /// Parses a history file. Never fails: unreadable lines are recorded in `unreadable`.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut history =
            Self { torn: bytes.last().is_some_and(|last| *last != b'\n'), ..Self::default() };
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match read_line(line) {
                Line::Record(record) => history.records.push(record),
                Line::Foreign => history.foreign += 1,
                Line::Unreadable => history.unreadable.push(index + 1),
            }
        }
        // Concurrent runs append in the order in which they finish, not in which they started.
        history.records.sort_by(|left, right| left.point.at.cmp(&right.point.at));
        history
    }

    /// Returns the numbers of the last `count` runs, oldest first.
    #[must_use]
    pub fn trend(&self, count: usize) -> Vec<TrendPoint> {
        let skipped = self.records.len().saturating_sub(count);
        self.records.iter().skip(skipped).map(|record| record.point.clone()).collect()
    }

    /// Returns the verdict of a repository in the last run that judged it.
    #[must_use]
    pub fn last_verdict(&self, repository: &str) -> Option<RepositoryVerdict> {
        self.records.iter().rev().find_map(|record| record.verdicts.get(repository)).copied()
    }
}

#[allow(clippy::large_enum_variant, reason = "lives for one line")]
enum Line {
    Record(Record),
    Foreign,
    Unreadable,
}

fn read_line(line: &[u8]) -> Line {
    #[derive(Deserialize)]
    struct Named {
        schema: String,
    }
    let Ok(named) = serde_json::from_slice::<Named>(line) else { return Line::Unreadable };
    if named.schema != SCHEMA {
        return Line::Foreign;
    }
    match serde_json::from_slice::<Record>(line) {
        Ok(record) if record.point.at.parse::<jiff::Timestamp>().is_ok() => Line::Record(record),
        _ => Line::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at: &str) -> Record {
        let point = TrendPoint {
            at: at.to_owned(),
            repositories: 2,
            conformant: 1,
            drifted: 1,
            broken: 0,
            unchecked: 0,
            unread: 0,
            findings: 7,
            waived: 0,
            baseline: 0,
            automatic: None,
        };
        let verdicts =
            [("one", RepositoryVerdict::Conformant), ("two", RepositoryVerdict::Drifted)];
        Record::new(point, verdicts.map(|(name, verdict)| (name.to_owned(), verdict)).into())
    }

    fn line(at: &str) -> String {
        record(at).to_line().expect("JSON")
    }

    #[test]
    fn a_record_is_one_line_and_is_read_back() {
        let line = line("2026-11-22T10:00:00Z");
        assert!(
            line.starts_with(r#"{"schema":"shipshape/history/1","at":"2026-11-22T10:00:00Z","#)
        );
        assert!(!line.contains('\n'));
        let history = History::parse(format!("{line}\n").as_bytes());
        assert_eq!(history.records, [record("2026-11-22T10:00:00Z")]);
        assert_eq!(history.last_verdict("two"), Some(RepositoryVerdict::Drifted));
        assert_eq!(history.last_verdict("three"), None);
        assert!(!history.torn);
    }

    #[test]
    fn lines_that_are_no_records_are_counted() {
        let good = line("2026-11-22T10:00:00Z");
        let bad_time = line("yesterday");
        let content = format!(
            "{good}\n\nnot json\n{{\"schema\":\"shipshape/history/2\"}}\n{bad_time}\n{{}}\n{}",
            &good[..40]
        );
        let mut bytes = content.into_bytes();
        let history = History::parse(&bytes);
        assert_eq!(history.records.len(), 1);
        assert_eq!(history.unreadable, [3, 5, 6, 7]);
        assert_eq!(history.foreign, 1);
        assert!(history.torn);
        bytes.extend(b"\n\xff\xfe\n");
        assert_eq!(History::parse(&bytes).unreadable, [3, 5, 6, 7, 8]);
    }

    #[test]
    fn a_last_line_without_its_end_counts_when_it_is_whole() {
        let history = History::parse(line("2026-11-22T10:00:00Z").as_bytes());
        assert_eq!((history.records.len(), history.torn), (1, true));
    }

    #[test]
    fn unknown_keys_are_passed_over() {
        let line = line("2026-11-22T10:00:00Z").replacen('{', r#"{"later":[1],"#, 1);
        assert_eq!(History::parse(line.as_bytes()).records.len(), 1);
    }

    #[test]
    fn the_trend_is_in_the_order_of_time_and_ends_with_the_last_run() {
        let lines = [
            line("2026-11-22T10:00:00Z"),
            line("2026-11-20T10:00:00Z"),
            line("2026-11-21T10:00:00Z"),
        ];
        let history = History::parse(lines.join("\r\n").as_bytes());
        let trend: Vec<String> = history.trend(2).into_iter().map(|point| point.at).collect();
        assert_eq!(trend, ["2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z"]);
        assert_eq!(history.trend(9).len(), 3);
        assert!(History::parse(b"").trend(3).is_empty());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let history = History::parse(&bytes);
            proptest::prop_assert!(history.records.is_empty());
        }
    }
}
