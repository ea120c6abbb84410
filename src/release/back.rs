//! What the journal remembers of a way back to an earlier version that is not at its end: `release back`.
//!
//! One operation for each version. It is open until all members are back, another way back is begun, or a later release
//! is; the dispatches themselves are remembered by the cascade of that version.

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chain;
use crate::error::Result;
use crate::journal::{Journal, Operation, OperationName};
use crate::package::version;
use crate::source::requirements::normalize;

/// The kind of the operation.
const KIND: &str = "release-back";

/// The key of the options that it was given.
const OPTIONS: &str = "options";

/// The key of how it ended.
const ENDED: &str = "ended";

/// A way back that is not at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Back {
    /// The distribution.
    pub distribution: String,
    /// The version that members go back to.
    pub version: String,
    /// When it was begun, RFC 3339 in UTC.
    pub begun_at: String,
    /// The options that it was given, as they are typed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// How it ended; absent when it was cut off, or is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// The process that is at it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_it: Option<String>,
}

/// How a way back ended, without all members being back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// How many repositories are back.
    pub back: usize,
    /// How many were meant.
    pub of: usize,
}

impl Back {
    /// How it stands, in one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { version, begun_at, .. } = self;
        let begins = format!("`release back {version}`, started at {begun_at},");
        match (&self.at_it, self.ended) {
            (Some(process), _) => format!("{begins} is running: {process}"),
            (None, None) => format!("{begins} was cut off"),
            (None, Some(Ended { back, of })) => {
                format!("{begins} ended with {back} of {of} repositories back")
            }
        }
    }
}

fn operation(distribution: &str, version: &str) -> (OperationName, Value) {
    let distribution = normalize(distribution);
    let name = OperationName::new(KIND, format!("{distribution}@{version}"));
    (name, json!({ "distribution": distribution, "version": version }))
}

/// Begins a way back, with the options that it was given. Earlier ones are over by that.
///
/// # Errors
/// When another process is at one, or the journal cannot be written.
pub fn begin(
    journal: &Journal,
    (distribution, version): (&str, &Version),
    options: &[String],
    now: &str,
) -> Result<Operation> {
    for name in open(journal, distribution)? {
        journal.abandon(&name, now)?;
    }
    let (name, input) = operation(distribution, &version.to_string());
    let operation = journal.begin(&name, &input, now)?;
    operation.found_now(OPTIONS, &options)?;
    Ok(operation)
}

/// Remembers how a way back ended; where all are back, nothing is left to be remembered.
///
/// # Errors
/// When the journal cannot be written.
pub fn end(operation: Operation, ended: Ended) -> Result<()> {
    if ended.back == ended.of {
        return operation.finish();
    }
    operation.found_now(ENDED, &ended)
}

/// The way back that was begun last and is not at its end. A later release that was begun since has overtaken it.
///
/// # Errors
/// When the journal cannot be read.
pub fn begun(journal: &Journal, distribution: &str) -> Result<Option<Back>> {
    let Some(name) = open(journal, distribution)?.into_iter().next() else { return Ok(None) };
    let Some(begun) = journal.unfinished(&name)? else { return Ok(None) };
    let Some((_, version)) = name.key.split_once('@') else { return Ok(None) };
    if is_overtaken(journal, distribution, (version, &begun.begun_at))? {
        return Ok(None);
    }
    let outcome = |key: &str| {
        let effect = begun.effects.iter().find(|effect| effect.key == key)?;
        effect.standing.outcome().cloned()
    };
    let options = outcome(OPTIONS).and_then(|known| serde_json::from_value(known).ok());
    Ok(Some(Back {
        distribution: distribution.to_owned(),
        version: version.to_owned(),
        options: options.unwrap_or_default(),
        ended: outcome(ENDED).and_then(|known| serde_json::from_value(known).ok()),
        at_it: journal.at_it(&name)?,
        begun_at: begun.begun_at,
    }))
}

/// The operations that are open, the one that was begun last first.
fn open(journal: &Journal, distribution: &str) -> Result<Vec<OperationName>> {
    let of = format!("{}@", normalize(distribution));
    let all = journal.running(KIND)?.into_iter();
    Ok(all.filter(|name| name.key.starts_with(&of)).collect())
}

/// Whether a release of a later version was begun after a moment.
fn is_overtaken(
    journal: &Journal,
    distribution: &str,
    (version, begun_at): (&str, &str),
) -> Result<bool> {
    let Ok(back) = version::read(version) else { return Ok(false) };
    let of = format!("{}@", normalize(distribution));
    for name in journal.running(chain::KIND)? {
        let later = name.key.strip_prefix(&of).and_then(|text| version::read(text).ok());
        if later.is_some_and(|later| later > back)
            && let Some(run) = journal.unfinished(&name)?
            && run.begun_at.as_str() > begun_at
        {
            return Ok(true);
        }
    }
    Ok(false)
}
