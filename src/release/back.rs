//! The journal entry of an unfinished way back to an earlier version (`release back`).
//!
//! There is one operation per version. It stays open until all members are back, another way back is started, or the index has
//! withdrawn its version. Once a later version goes forward, it is not continued any more, and its record only says what was known
//! when it was started. The dispatches themselves are recorded by the cascade of that version.

use std::collections::BTreeSet;

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ReleaseId, chain};
use crate::error::Result;
use crate::journal::{EffectRecord, Journal, Operation, OperationName, Unfinished};
use crate::package::version;
use crate::source::requirements::normalize;

/// The kind of the operation.
const KIND: &str = "release-back";

/// The effect that records the options of the command line.
const OPTIONS: &str = "options";

/// The effect that records the later versions that were known.
const KNEW: &str = "knew";

/// The effect that records that it was finished or overtaken elsewhere.
const OVERTAKEN: &str = "overtaken";

/// The effect that records how the run ended.
const ENDED: &str = "ended";

/// An unfinished `release back`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Back {
    /// The distribution.
    pub distribution: String,
    /// The version to which members go back.
    pub version: String,
    /// When it was started, RFC 3339 in UTC.
    pub begun_at: String,
    /// Its command-line options.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The later versions that were known when it was started, of the index, this machine and images; empty if that is not recorded.
    #[serde(skip)]
    pub knew: Vec<String>,
    /// Whether it was finished or overtaken elsewhere, or members went forward since. Nothing proposes to continue it then;
    /// the record stays, so that the same command does not undo what was released since.
    #[serde(skip)]
    pub is_overtaken: bool,
    /// How it ended. Absent if it was interrupted or is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// The process that is running it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_it: Option<String>,
}

/// How a `release back` ended without moving all members back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Number of repositories that are back.
    pub back: usize,
    /// Number of all selected repositories.
    pub of: usize,
    /// Number of repositories that are not back and cannot be notified.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unreachable: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// How an unfinished way back stands to another run of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Both do the same.
    Same,
    /// That run takes its members back, too, with others.
    Within,
    /// It takes members back whom that run does not, or to another version.
    Apart,
}

impl Back {
    /// Whether it is for all members.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.named().is_none()
    }

    /// The names of the members that it is limited to.
    fn named(&self) -> Option<&str> {
        self.options.iter().find_map(|option| option.strip_prefix("--runtime "))
    }

    /// The names of the members that it is limited to, as they were typed; none if it is for all.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let named = self.named().into_iter().flat_map(|named| named.split(' '));
        named.map(str::to_owned).collect()
    }

    /// How it stands to another run of the command: to a version, for the repositories `ours`. `theirs` are those that it is for
    /// itself, whichever names they were given.
    #[must_use]
    pub fn beside(
        &self,
        version: &Version,
        (theirs, ours): (&BTreeSet<String>, &BTreeSet<String>),
    ) -> Beside {
        match self.version == version.to_string() {
            true if theirs == ours => Beside::Same,
            true if theirs.is_subset(ours) => Beside::Within,
            _ => Beside::Apart,
        }
    }

    /// Whether it covers more than these members: all members, or additional named ones.
    #[must_use]
    pub fn is_wider_than(&self, members: &[String]) -> bool {
        let Some(named) = self.named() else {
            return !members.is_empty();
        };
        let named: Vec<&str> = named.split(' ').collect();
        let is_named = |member: &String| named.contains(&member.as_str());
        !members.is_empty() && members.iter().all(is_named) && named.len() > members.len()
    }

    /// Its state, in one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { version, begun_at, .. } = self;
        let begins = format!("`release back {version}`, started at {begun_at},");
        match (&self.at_it, self.ended) {
            (Some(process), _) => format!("{begins} is running: {process}"),
            (None, None) => format!("{begins} was cut off"),
            (None, Some(Ended { back, of, unreachable: 0 })) => {
                format!("{begins} ended with {back} of {of} repositories back")
            }
            (None, Some(Ended { back, of, unreachable })) => {
                format!(
                    "{begins} ended with {back} of {of} repositories back; {unreachable} cannot be notified"
                )
            }
        }
    }

    /// Whether members are on their way back: it is running, or can be resumed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.at_it.is_some() || self.can_go_on()
    }

    /// Whether running it again would take a member back: no process is running it, and a member which is not back can
    /// be notified.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        let is_exhausted = |ended: Ended| ended.back + ended.unreachable >= ended.of;
        self.at_it.is_none() && !self.ended.is_some_and(is_exhausted)
    }
}

/// A way back that this run has started.
#[derive(Debug)]
pub struct Begun {
    operation: Operation,
    /// The earlier one that was open, of which this is now the only record.
    replaces: Option<Back>,
}

impl Begun {
    /// Removes the record, because nothing was done that could be resumed. If an earlier way back was open, the record
    /// stays; of one that was overtaken, only what was known is kept.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn give_up(self) -> Result<()> {
        match self.replaces {
            Some(before) if before.is_overtaken => {
                let overtaken = (OVERTAKEN.to_owned(), json!(true));
                self.operation.found_together(&[(KNEW.to_owned(), json!(before.knew)), overtaken])
            }
            Some(_) => Ok(()),
            None => self.operation.finish(),
        }
    }

    /// Records the later versions that the index knew when it was started.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn keep_known(&self, versions: &[String]) -> Result<()> {
        self.operation.found_now(KNEW, &versions)
    }

    /// Records how it ended, or removes the record if all members are back.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn end(self, ended: Ended) -> Result<()> {
        if ended.back == ended.of {
            return self.operation.finish();
        }
        self.operation.found_now(ENDED, &ended)
    }
}

fn operation(release: ReleaseId<'_>) -> (OperationName, Value) {
    let (distribution, version) = (normalize(release.distribution), release.version);
    let name = OperationName::new(KIND, format!("{distribution}@{version}"));
    (name, json!({ "distribution": distribution, "version": version.to_string() }))
}

/// Starts a way back with the given options, and abandons the earlier ones.
///
/// # Errors
/// When another process is running one, or the journal cannot be written.
pub fn begin(
    journal: &Journal,
    release: ReleaseId<'_>,
    options: &[String],
    now: &str,
) -> Result<Begun> {
    let (name, input) = operation(release);
    let earlier = open(journal, release.distribution)?;
    let (same, others): (Vec<_>, Vec<_>) = earlier.iter().partition(|it| it.key == name.key);
    // What was known at a way back to another version says nothing of this one.
    let is_kept = |back: &Back| !back.is_overtaken || (!same.is_empty() && !back.knew.is_empty());
    let replaces = last(journal, release.distribution)?.filter(is_kept);
    for name in &same {
        journal.abandon(name, now)?;
    }
    // The others are abandoned only once this one is recorded.
    let operation = journal.begin(&name, &input, now)?;
    operation.found_now(OPTIONS, &options)?;
    for other in others {
        if let Err(error) = journal.abandon(other, now) {
            if same.is_empty() {
                operation.finish()?;
            }
            return Err(error);
        }
    }
    Ok(Begun { operation, replaces })
}

/// A way back that was open when members began to go forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    distribution: String,
    to: Version,
    /// When it was started: one to the same version that was started since is another.
    begun_at: String,
}

/// The ways back to versions before this one that are open.
///
/// # Errors
/// When the journal cannot be read.
pub fn opened(journal: &Journal, release: ReleaseId<'_>) -> Result<Vec<Opened>> {
    let mut found = Vec::new();
    for to in those(journal, release, |to| to < release.version)? {
        let (name, _) = operation(ReleaseId { version: &to, ..release });
        if let Some(begun) = journal.unfinished(&name)? {
            let distribution = release.distribution.to_owned();
            found.push(Opened { distribution, to, begun_at: begun.begun_at });
        }
    }
    Ok(found)
}

/// Records for these ways back that they are overtaken: members were notified of a later version since, and go forward again.
/// A way back that a process is still running stays as it is, and so does one that was started since.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn overtake(journal: &Journal, before: &[Opened], now: &str) -> Result<()> {
    for Opened { distribution, to, begun_at } in before {
        let release = ReleaseId { distribution, version: to };
        let is_same = |begun: Unfinished| begun.begun_at == *begun_at;
        if journal.unfinished(&operation(release).0)?.is_some_and(is_same) {
            note_overtaken(journal, release, now)?;
        }
    }
    Ok(())
}

/// Ends the way back to this version: the index has withdrawn it, so members cannot go back to it any more. One that a
/// process is still running stays open.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn withdrawn(journal: &Journal, release: ReleaseId<'_>, now: &str) -> Result<()> {
    for to in those(journal, release, |to| to == release.version)? {
        let (name, input) = operation(ReleaseId { version: &to, ..release });
        if let Some(operation) = journal.begin_if_free(&name, &input, now)? {
            operation.finish()?;
        }
    }
    Ok(())
}

/// Records that the way back to this version was finished or overtaken elsewhere. One that a process is still running
/// stays as it is.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn note_overtaken(journal: &Journal, release: ReleaseId<'_>, now: &str) -> Result<()> {
    let (name, input) = operation(release);
    let is_news = |effects: &[EffectRecord]| effects.iter().all(|effect| effect.key != OVERTAKEN);
    if !journal.unfinished(&name)?.is_some_and(|begun| is_news(&begun.effects)) {
        return Ok(());
    }
    match journal.begin_if_free(&name, &input, now)? {
        Some(operation) => operation.found_now(OVERTAKEN, &true),
        None => Ok(()),
    }
}

/// The versions of the open ways back that are like this.
fn those(
    journal: &Journal,
    release: ReleaseId<'_>,
    is_it: impl Fn(&Version) -> bool,
) -> Result<Vec<Version>> {
    let names = open(journal, release.distribution)?.into_iter();
    let to = |name: OperationName| version::read(name.key.split_once('@')?.1).ok();
    Ok(names.filter_map(to).filter(|to| is_it(to)).collect())
}

/// The latest unfinished way back, unless a later version has been released since, here or as far as is known elsewhere.
///
/// # Errors
/// When the journal cannot be read.
pub fn begun(journal: &Journal, distribution: &str) -> Result<Option<Back>> {
    Ok(last(journal, distribution)?.filter(|back| !back.is_overtaken))
}

/// The latest unfinished way back, also one that was finished or overtaken elsewhere, or after which a later version was
/// released.
///
/// # Errors
/// When the journal cannot be read.
pub fn last(journal: &Journal, distribution: &str) -> Result<Option<Back>> {
    let Some(name) = open(journal, distribution)?.into_iter().next() else {
        return Ok(None);
    };
    let Some(begun) = journal.unfinished(&name)? else {
        return Ok(None);
    };
    let Some((_, version)) = name.key.split_once('@') else {
        return Ok(None);
    };
    let is_overtaken = is_overtaken(journal, distribution, (version, &begun.begun_at))?;
    let outcome = |key: &str| {
        let effect = begun.effects.iter().find(|effect| effect.key == key)?;
        effect.state.outcome().cloned()
    };
    let options = outcome(OPTIONS).and_then(|known| serde_json::from_value(known).ok());
    Ok(Some(Back {
        distribution: distribution.to_owned(),
        version: version.to_owned(),
        options: options.unwrap_or_default(),
        knew: outcome(KNEW)
            .and_then(|known| serde_json::from_value(known).ok())
            .unwrap_or_default(),
        is_overtaken: is_overtaken || outcome(OVERTAKEN).is_some(),
        ended: outcome(ENDED).and_then(|known| serde_json::from_value(known).ok()),
        at_it: journal.at_it(&name)?,
        begun_at: begun.begun_at,
    }))
}

/// The open operations, latest first.
fn open(journal: &Journal, distribution: &str) -> Result<Vec<OperationName>> {
    let of = format!("{}@", normalize(distribution));
    let all = journal.running(KIND)?.into_iter();
    Ok(all.filter(|name| name.key.starts_with(&of)).collect())
}

/// Whether the release of a later version was started after the given moment. Chains that only record that members went
/// back do not count: a narrower way back beside this one makes them.
fn is_overtaken(
    journal: &Journal,
    distribution: &str,
    (version, begun_at): (&str, &str),
) -> Result<bool> {
    let Ok(back) = version::read(version) else {
        return Ok(false);
    };
    let of = format!("{}@", normalize(distribution));
    for name in journal.running(chain::KIND)? {
        let later = name.key.strip_prefix(&of).and_then(|text| version::read(text).ok());
        if later.is_some_and(|later| later > back)
            && let Some(run) = journal.unfinished(&name)?
            && run.begun_at.as_str() > begun_at
            && is_of_release(&chain::Record::of_effects(&run.effects))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a chain was started by a release that members did not go back from.
fn is_of_release(record: &chain::Record) -> bool {
    record.about.is_some() && record.went_back.is_none()
}

#[cfg(test)]
mod tests;
