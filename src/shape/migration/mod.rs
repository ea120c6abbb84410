//! Migrates a document from one version of its schema to another.
//!
//! The result is text edits that keep every comment and the order of keys, or the reason for making none. The steps of
//! a migration are applied one after the other, each to the text that the previous one produced, so that migrations
//! compose: 1 to 3 is 1 to 2 followed by 2 to 3. Versions and keys come from the pack alone.

mod script;
mod step;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

pub use script::Script;
pub use step::{Migration, Scalar, Step};

use crate::change::FileEdit;
use crate::shape::demands::document::Version;
use crate::source::yaml::{Document, Path, Value, edit};
use crate::source::{Span, Text, TextEdit};

/// A planned migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The document's current version.
    pub from: i64,
    /// The version after the migration.
    pub to: i64,
    edits: Vec<TextEdit>,
}

impl Plan {
    /// Whether the document has that version already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Returns what the migration changes, for a document at this path. Whoever writes a migration writes all of it.
    #[must_use]
    pub fn file_edits(&self, path: &str) -> Vec<FileEdit> {
        vec![FileEdit::text(path, self.edits.clone())]
    }

    /// Returns the document's text after the migration.
    ///
    /// # Errors
    /// When the text is not the one that was planned for; returns the edit that does not fit.
    pub fn after(&self, text: &Text) -> Result<Text, TextEdit> {
        text.edited(&self.edits)
    }
}

/// Why a document is not migrated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The document does not state its version.
    #[error("`{key}` does not state the version of the document")]
    NoVersion {
        /// The key that should.
        key: String,
        /// The span of its value, or an empty one.
        span: Span,
    },
    /// The version is opt-in, and was not requested.
    #[error("version {to} is opt-in: not every reader supports it yet")]
    OptIn {
        /// The version.
        to: i64,
    },
    /// No chain of migrations reaches the version.
    #[error("there is no migration from version {from} to version {to}")]
    NoWay {
        /// The version that the document has.
        from: i64,
        /// The version that was asked for.
        to: i64,
    },
    /// A step would lose something.
    #[error("{reason}, so version {to} cannot be reached")]
    Blocked {
        /// The target version of the migration with the step.
        to: i64,
        /// What prevents the step. Unless it is the first step, the span refers to an intermediate text.
        reason: edit::EditRefused,
    },
}

/// Plans the migration of a document to a version, which may be an opt-in one only if `opted_in`.
///
/// # Errors
/// When the document's version is unknown, when no migrations reach the target, when it is opt-in and `opted_in` is
/// false, or when a step would lose something. No edits are made then.
pub fn plan(
    document: &Document,
    versions: &Version,
    to: i64,
    opted_in: bool,
) -> Result<Plan, Refusal> {
    let written = document.root().get(&versions.key);
    let Some(Value::Int(from)) = written.and_then(|node| node.value()) else {
        let span = written.map_or_else(Span::default, |node| node.span());
        return Err(Refusal::NoVersion { key: versions.key.clone(), span });
    };
    if from == to {
        return Ok(Plan { from, to, edits: Vec::new() });
    }
    if versions.opt_in.contains(&to) && !opted_in {
        return Err(Refusal::OptIn { to });
    }
    let way = way(&versions.migrations, from, to).ok_or(Refusal::NoWay { from, to })?;
    let mut script = Script::of(document);
    for migration in way {
        let blocked = |reason| Refusal::Blocked { to: migration.to, reason };
        for step in &migration.steps {
            step.make(&mut script).map_err(blocked)?;
        }
        let version = Path::keys([versions.key.as_str()]);
        script.set(&version, Value::Int(migration.to)).map_err(blocked)?;
    }
    Ok(Plan { from, to, edits: script.edits() })
}

/// Whether migrations lead from a version to the current one.
#[must_use]
pub fn leads(versions: &Version, from: i64) -> bool {
    way(&versions.migrations, from, versions.current).is_some()
}

/// Returns the shortest chain of migrations from one version to another.
fn way(migrations: &[Migration], from: i64, to: i64) -> Option<Vec<&Migration>> {
    let mut reached: HashMap<i64, &Migration> = HashMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(version) = waiting.pop_front() {
        if version == to {
            break;
        }
        for migration in migrations.iter().filter(|migration| migration.from == version) {
            if migration.to != from && !reached.contains_key(&migration.to) {
                reached.insert(migration.to, migration);
                waiting.push_back(migration.to);
            }
        }
    }
    let mut way = Vec::new();
    let mut version = to;
    while version != from {
        let migration = *reached.get(&version)?;
        way.push(migration);
        version = migration.from;
    }
    way.reverse();
    Some(way)
}

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed the text.
    Made,
    /// There was nothing to do.
    Nothing,
    /// It would have lost something, and was not made.
    Refused(edit::EditRefused),
}

impl From<Result<bool, edit::EditRefused>> for Outcome {
    fn from(made: Result<bool, edit::EditRefused>) -> Self {
        match made {
            Ok(true) => Self::Made,
            Ok(false) => Self::Nothing,
            Err(refused) => Self::Refused(refused),
        }
    }
}

/// Applies steps to a document, skipping those that are refused. Returns the edits, and the outcome of each step.
#[must_use]
pub fn make(document: &Document, steps: &[Step]) -> (Vec<TextEdit>, Vec<Outcome>) {
    let mut script = Script::of(document);
    let outcomes = steps.iter().map(|step| step.make(&mut script).into()).collect();
    (script.edits(), outcomes)
}
