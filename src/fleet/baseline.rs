//! The findings that existed when a fleet was first judged.
//!
//! A fleet that starts with hundreds of findings records them once, from then on sees only new ones, and lets the list
//! shrink. The file has one finding per line. Nothing in it expires; for deliberate decisions there are waivers.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::{Acceptance, Finding, Fingerprint, Waived};
use crate::error::Error;
use crate::source::Position;

/// Name and version of the file's format.
pub const SCHEMA: &str = "shipshape/baseline/1";

/// The reason given for findings waived by the baseline.
pub const REASON: &str = "baseline";

/// Known findings, which a run does not count as new, by repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Name and version of this format.
    #[schemars(schema_with = "schema_version")]
    pub schema: String,
    /// Findings by name of their repository.
    pub repositories: BTreeMap<String, Vec<Entry>>,
}

fn schema_version(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "const": SCHEMA })
}

/// A known finding. It is matched by its fingerprint. All other fields are for readers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The path of the finding, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The rule's code, such as `SHP012`.
    pub code: String,
    /// The finding's fingerprint, 16 hexadecimal digits or more.
    #[schemars(extend("pattern" = "^[0-9a-f]{16,64}$"))]
    pub fingerprint: String,
    /// How many findings share the fingerprint. Default: 1.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    #[schemars(range(min = 1))]
    pub count: u32,
    /// The message of the finding.
    pub message: String,
}

fn once() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands in a reference")]
fn is_once(count: &u32) -> bool {
    *count == 1
}

/// A finding of the baseline that no longer exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its repository.
    pub repository: String,
    /// Its entry.
    pub entry: Entry,
    /// How many fewer there are now.
    pub fewer: u32,
}

impl Baseline {
    /// Adds the entries of an older baseline for repositories that were not judged again.
    #[must_use]
    pub fn keeping(mut self, older: Self, is_kept: impl Fn(&str) -> bool) -> Self {
        for (name, entries) in older.repositories {
            if is_kept(&name) {
                self.repositories.insert(name, entries);
            }
        }
        self
    }

    /// Creates a baseline of all findings that are not waived. Excludes those that could not be checked, and files that
    /// do not parse, since it is unknown what would be accepted, and those about credentials, since each has to be
    /// revoked.
    #[must_use]
    pub fn of<'a>(repositories: impl IntoIterator<Item = (&'a str, &'a [Finding])>) -> Self {
        let mut baseline = Self { schema: SCHEMA.to_owned(), repositories: BTreeMap::new() };
        for (name, findings) in repositories {
            let mut entries: BTreeMap<Fingerprint, Entry> = BTreeMap::new();
            for finding in findings.iter().filter(|finding| is_coverable(finding)) {
                let fingerprint = Fingerprint::of(finding);
                let entry = || Entry {
                    path: finding.path().map(ToString::to_string),
                    code: finding.rule.code.to_owned(),
                    fingerprint: fingerprint.short(),
                    count: 0,
                    message: finding.message.clone(),
                };
                entries.entry(fingerprint).or_insert_with(entry).count += 1;
            }
            if !entries.is_empty() {
                let mut entries: Vec<Entry> = entries.into_values().collect();
                entries.sort();
                baseline.repositories.insert(name.to_owned(), entries);
            }
        }
        baseline
    }

    /// Returns the number of findings of each repository that has some.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let count = |entries: &Vec<Entry>| entries.iter().map(|entry| entry.count as usize).sum();
        self.repositories.values().map(count).collect()
    }

    /// Parses a baseline. `file` is only used in errors.
    ///
    /// # Errors
    /// When it is not a baseline in this format.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let wrong = || {
            Error::usage("cannot be read as a baseline")
                .hint("restore it from git, or remove it and write it again: `shipshape drift --write-baseline`")
        };
        let baseline: Self = serde_json::from_slice(bytes).map_err(|error| {
            let saturate = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let position =
                Position { line: saturate(error.line()), column: saturate(error.column()) };
            wrong().at_position(file, position).caused_by(error)
        })?;
        if baseline.schema != SCHEMA {
            let cause = format!("its schema is `{}`, not `{SCHEMA}`", baseline.schema);
            return Err(wrong().in_file(file).caused_by(cause));
        }
        Ok(baseline)
    }

    /// Waives the findings of a repository that are in the baseline, and returns those that no longer exist.
    pub fn apply(&self, repository: &str, findings: &mut [Finding]) -> Vec<Gone> {
        let Some(entries) = self.repositories.get(repository) else { return Vec::new() };
        let mut left: Vec<u32> = entries.iter().map(|entry| entry.count).collect();
        let mut is_known = |finding: &Finding| {
            let fingerprint = Fingerprint::of(finding);
            let covering = entries.iter().zip(left.iter_mut()).find(|(entry, left)| {
                **left > 0
                    && entry.code == finding.rule.code
                    && fingerprint.starts_with(&entry.fingerprint)
            });
            covering.map(|(_, left)| *left -= 1).is_some()
        };
        let checked = findings.iter_mut().filter(|finding| !finding.unchecked);
        let (coverable, others): (Vec<&mut Finding>, Vec<&mut Finding>) =
            checked.partition(|finding| is_coverable(finding));
        for finding in coverable {
            if is_known(finding) {
                let (reason, owner) = (REASON.to_owned(), String::new());
                finding.waived = Some(Waived { reason, owner, expires: None });
            }
        }
        // The baseline does not cover these, but they have not gone either.
        for finding in others {
            is_known(finding);
        }
        let gone = entries.iter().zip(left).filter(|(_, left)| *left > 0);
        gone.map(|(entry, fewer)| Gone {
            repository: repository.to_owned(),
            entry: entry.clone(),
            fewer,
        })
        .collect()
    }

    /// Removes what no longer exists from the baseline.
    #[must_use]
    pub fn without(mut self, gone: &[Gone]) -> Self {
        for Gone { repository, entry, fewer } in gone {
            let Some(entries) = self.repositories.get_mut(repository) else { continue };
            for known in entries.iter_mut().filter(|known| *known == entry) {
                known.count = known.count.saturating_sub(*fewer);
            }
            entries.retain(|entry| entry.count > 0);
        }
        self.repositories.retain(|_, entries| !entries.is_empty());
        self
    }

    /// Formats the file: one finding per line in a stable order, so that diffs show what came and went.
    #[must_use]
    pub fn render(&self) -> String {
        let json = |value: &str| serde_json::Value::from(value).to_string();
        let mut output =
            format!("{{\n  \"schema\": {},\n  \"repositories\": {{", json(&self.schema));
        for (index, (repository, entries)) in self.repositories.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            output.push_str(&format!("{comma}\n    {}: [", json(repository)));
            for (index, entry) in entries.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                // Serializing texts and a number cannot fail.
                let line = serde_json::to_string(entry).unwrap_or_default();
                output.push_str(&format!("{comma}\n      {line}"));
            }
            output.push_str("\n    ]");
        }
        output.push_str(if self.repositories.is_empty() { "}\n}\n" } else { "\n  }\n}\n" });
        output
    }
}

fn is_coverable(finding: &Finding) -> bool {
    finding.waived.is_none() && Acceptance::of(finding) == Acceptance::ByBaseline
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{fleet::waiver_expired, fleet::waiver_unused};

    fn finding(path: &str, message: &str) -> Finding {
        Finding::new(&waiver_unused::RULE, message).in_file(path)
    }

    fn waived(findings: &[Finding]) -> Vec<bool> {
        findings.iter().map(|finding| finding.waived.is_some()).collect()
    }

    #[test]
    fn what_was_there_is_covered_and_what_is_new_is_not() {
        let before = [finding("b", "m"), finding("a", "m")];
        let baseline = Baseline::of([("one", before.as_slice())]);
        let mut now = [finding("a", "m"), finding("c", "m"), finding("b", "m")];
        assert_eq!(baseline.apply("one", &mut now), []);
        assert_eq!(waived(&now), [true, false, true]);
        assert_eq!(now[0].waived.as_ref().map(|waived| waived.reason.as_str()), Some(REASON));
        let mut elsewhere = [finding("a", "m")];
        assert_eq!(baseline.apply("two", &mut elsewhere), []);
        assert_eq!(waived(&elsewhere), [false]);
    }

    #[test]
    fn one_more_of_the_same_is_new() {
        let before = [finding("a", "m"), finding("a", "m")];
        let baseline = Baseline::of([("one", before.as_slice())]);
        assert_eq!(baseline.repositories["one"].len(), 1);
        let mut now = [finding("a", "m"), finding("a", "m"), finding("a", "m")];
        assert_eq!(baseline.apply("one", &mut now), []);
        assert_eq!(waived(&now), [true, true, false]);
    }

    #[test]
    fn it_shrinks() {
        let before = [finding("a", "m"), finding("a", "m"), finding("b", "m")];
        let baseline = Baseline::of([("one", before.as_slice())]);
        let mut now = [finding("a", "m")];
        let gone = baseline.apply("one", &mut now);
        assert_eq!(gone.iter().map(|gone| gone.fewer).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(
            baseline.without(&gone),
            Baseline::of([("one", [finding("a", "m")].as_slice())])
        );
    }

    #[test]
    fn nothing_unchecked_is_accepted() {
        let unchecked = [finding("a", "m").unchecked()];
        let baseline = Baseline::of([("one", unchecked.as_slice())]);
        assert!(baseline.repositories.is_empty());
        let baseline = Baseline::of([("one", [finding("a", "m")].as_slice())]);
        let mut now = [finding("a", "m").unchecked()];
        assert_eq!(baseline.apply("one", &mut now).len(), 1);
        assert_eq!(waived(&now), [false]);
    }

    #[test]
    fn what_a_waiver_covers_as_well_has_not_gone() {
        let baseline = Baseline::of([("one", [finding("a", "m")].as_slice())]);
        let mut now = [finding("a", "m")];
        let waived = Waived { reason: "known".to_owned(), owner: "o".to_owned(), expires: None };
        now[0].waived = Some(waived.clone());
        assert_eq!(baseline.apply("one", &mut now), []);
        assert_eq!(now[0].waived, Some(waived));
    }

    #[test]
    fn no_file_that_does_not_parse_is_accepted() {
        let found =
            || Finding::new(&crate::checks::syntax_error::RULE, "does not parse").in_file("a");
        for broken in [found(), found().conceals_demands()] {
            assert!(Baseline::of([("one", [broken].as_slice())]).repositories.is_empty());
        }
    }

    #[test]
    fn no_credential_is_accepted() {
        let found = || Finding::new(&crate::checks::hygiene::secret::RULE, "a key").in_file("a");
        assert!(Baseline::of([("one", [found()].as_slice())]).repositories.is_empty());
        // An earlier version accepted them.
        let mut baseline = Baseline::of([("one", [finding("a", "m")].as_slice())]);
        let entry = &mut baseline.repositories.get_mut("one").expect("known")[0];
        found().rule.code.clone_into(&mut entry.code);
        entry.fingerprint = Fingerprint::of(&found()).short();
        let mut now = [found()];
        assert_eq!(baseline.apply("one", &mut now), []);
        assert_eq!(waived(&now), [false]);
    }

    #[test]
    fn the_text_has_a_line_for_each_finding_in_a_stable_order() {
        let mut findings = vec![
            finding("b", "says \"x\"\n"),
            finding("a", "m"),
            Finding::new(&waiver_expired::RULE, "whole"),
        ];
        let text = Baseline::of([("two", findings.as_slice()), ("one", &findings[..1])]).render();
        findings.reverse();
        let baseline = Baseline::of([("one", &findings[2..]), ("two", findings.as_slice())]);
        assert_eq!(baseline.render(), text);
        assert_eq!(text.lines().filter(|line| line.contains("fingerprint")).count(), 4);
        assert_eq!(Baseline::parse(Path::new("b.json"), text.as_bytes()), Ok(baseline));
        let empty = Baseline::of([]);
        assert_eq!(Baseline::parse(Path::new("b.json"), empty.render().as_bytes()), Ok(empty));
    }

    #[test]
    fn damage_is_told_with_its_place() {
        let parse = |text: &str| {
            Baseline::parse(Path::new("b.json"), text.as_bytes()).expect_err("wrong").to_string()
        };
        assert!(parse("{\n  \"schema\"").starts_with("cannot be read as a baseline (b.json:2:10)"));
        assert!(
            parse("{\"schema\": \"x/2\", \"repositories\": {}}")
                .contains("not `shipshape/baseline/1`")
        );
    }
}
