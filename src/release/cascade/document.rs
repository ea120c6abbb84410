//! The report of a cascade.

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::Serialize;

use crate::release::ReleaseId;
use crate::release::freeze::Freeze;

/// Name and version of the document, see `schemas/release-cascade.schema.json`.
pub const SCHEMA: &str = "shipshape/release-cascade/1";

/// The result of a cascade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cascade {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// Where in the chain of a release it stands: `cascade`.
    pub stage: &'static str,
    /// How the stage ended.
    pub state: StageState,
    /// The reason, if it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The freeze that stopped the remaining notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<Freeze>,
    /// The freeze that was set aside. It is still in effect.
    #[serde(skip)]
    pub set_aside: Option<Freeze>,
    /// The distribution.
    pub distribution: String,
    /// The released version.
    pub version: String,
    /// The type of the event.
    pub event: String,
    /// The repositories, in the order in which they are notified.
    pub repositories: Vec<Row>,
}

/// Why a cascade stopped before a wave, regardless of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Releases are frozen.
    Frozen(Freeze),
    /// Whether they are frozen could not be read, and why.
    Unseen(String),
}

/// How the stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StageState {
    /// Nothing was done: this was a dry run.
    Planned,
    /// Everything is done.
    Done,
    /// Something failed or could not be checked.
    Failed,
    /// There is no token for it.
    Skipped,
}

/// One repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The members in it, by their slugs.
    pub members: Vec<String>,
    /// Its wave; the first is 1.
    pub wave: u32,
    /// Its state.
    pub state: State,
    /// The reason, if it was not successful.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The id of the dispatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The workflow run that it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunSeen>,
    /// The images that were checked.
    pub images: Vec<ImageSeen>,
    /// Whether this very run told it.
    #[serde(skip)]
    pub is_told_now: bool,
    /// Its images as they were seen before it was told; none if they were not read then.
    #[serde(skip)]
    pub images_before: Vec<ImageSeen>,
    /// The earlier version that it was told of since, so that somebody has taken it back.
    #[serde(skip)]
    pub earlier_since: Option<Version>,
    /// The versions that runs under way there bring, whichever machine caused them, as far as their titles say so.
    #[serde(skip)]
    pub brings: Vec<Version>,
    /// The newest version that it was first notified of after it had been taken back to this one, whichever machine did that.
    #[serde(skip)]
    pub new_since: Option<Version>,
    /// Whether it cannot be told at all, today or tomorrow, before somebody changes something there.
    #[serde(skip)]
    pub cannot_be_told: bool,
}

impl Row {
    /// Whether it has images, and all of them were seen to contain a version.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        let is_it = |image: &ImageSeen| {
            image.version.as_ref().and_then(|seen| seen.parse().ok()).as_ref() == Some(version)
        };
        !self.images.is_empty() && self.images.iter().all(is_it)
    }

    /// The versions of its images before it was told; `None` for one that is not known.
    fn seen_before(&self) -> impl Iterator<Item = Option<Version>> {
        self.images_before.iter().map(|image| image.version.as_ref()?.parse().ok())
    }

    /// The newest version later than this one that an image was seen to contain before it was told; `None` if none was.
    #[must_use]
    pub fn had_later_than(&self, version: &Version) -> Option<Version> {
        self.seen_before().flatten().filter(|seen| seen > version).max()
    }

    /// Whether an image contained a version before it was told; `None` if that is not known.
    #[must_use]
    pub fn had(&self, version: &Version) -> Option<bool> {
        let seen: Vec<Option<Version>> = self.seen_before().collect();
        match seen.iter().flatten().any(|seen| seen == version) {
            true => Some(true),
            false if seen.is_empty() || seen.contains(&None) => None,
            false => Some(false),
        }
    }

    /// Whether its images were checked. A refused dispatch says nothing of them.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        match self.state {
            State::Current | State::Earlier | State::Contained => true,
            State::Failed | State::Unchecked => self.id.is_some(),
            State::Planned | State::Dispatched | State::Held => false,
        }
    }

    /// Whether it was notified and its run is over, and its images were not checked since.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let is_over = self.run.as_ref().is_some_and(|run| run.conclusion.is_some());
        self.state == State::Dispatched && is_over
    }

    /// Whether it was notified but no run started. Notifying it again does not help until its workflow receives the event.
    #[must_use]
    pub fn is_deaf(&self) -> bool {
        self.state == State::Failed && self.id.is_some() && self.run.is_none()
    }

    /// Whether it was notified, and its run ended without the version in its image, so only another dispatch may help. One
    /// that was taken back wants none.
    #[must_use]
    pub fn wants_another(&self) -> bool {
        let is_over = self.run.as_ref().is_some_and(|run| run.conclusion.is_some());
        let is_taken_back = self.earlier_since.is_some();
        self.state == State::Failed && self.id.is_some() && is_over && !is_taken_back
    }
}

/// The state of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It would be notified.
    #[default]
    Planned,
    /// Its image already contained the version, so nothing was done.
    Current,
    /// Its image contains an earlier version than the one that others go back to, so nothing was done.
    Earlier,
    /// It was notified; the result was not checked.
    Dispatched,
    /// Its image contains the version.
    Contained,
    /// It was not notified, or its image does not contain the version.
    Failed,
    /// It was notified, and the result cannot be checked.
    Unchecked,
    /// It is waiting for others.
    Held,
}

/// Whether nothing is left to do but to take members forward again that somebody took back, which only `--force` does: later
/// waves wait for these.
#[must_use]
pub fn only_taken_back(rows: &[Row]) -> bool {
    let is_back = |row: &Row| row.state == State::Failed && row.earlier_since.is_some();
    let mut open = rows.iter().filter(|row| !row.state.is_through());
    rows.iter().any(is_back) && open.all(|row| is_back(row) || row.state == State::Held)
}

impl State {
    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Current => "current",
            Self::Earlier => "earlier",
            Self::Dispatched => "dispatched",
            Self::Contained => "contained",
            Self::Failed => "failed",
            Self::Unchecked => "unchecked",
            Self::Held => "held",
        }
    }

    /// Whether later waves need not wait for it.
    #[must_use]
    pub fn is_through(self) -> bool {
        matches!(self, Self::Current | Self::Earlier | Self::Dispatched | Self::Contained)
    }

    /// Whether it was left alone because its image needs no other version.
    #[must_use]
    pub fn is_left_alone(self) -> bool {
        matches!(self, Self::Current | Self::Earlier)
    }
}

/// A run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunSeen {
    /// Its number.
    pub id: u64,
    /// The URL of its page.
    pub page: String,
    /// How it ended. Absent if it was still running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<String>,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImageSeen {
    /// Its name with its tag.
    pub name: String,
    /// The digest of the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The version that it contains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why the version is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

/// The report of a cascade that was skipped because there is no token.
#[must_use]
pub fn skipped(release: ReleaseId<'_>, event: &str, why: &str, now: String) -> Cascade {
    Cascade {
        schema: SCHEMA,
        generated_at: now,
        stage: "cascade",
        state: StageState::Skipped,
        reason: Some(why.to_owned()),
        freeze: None,
        set_aside: None,
        distribution: release.distribution.to_owned(),
        version: release.version.to_string(),
        event: event.to_owned(),
        repositories: Vec::new(),
    }
}

impl Cascade {
    /// Whether it was stopped before a wave, which cannot be excused like the failure of a single member.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.freeze.is_some() || (self.state == StageState::Failed && self.reason.is_some())
    }

    /// The report with these rows.
    #[must_use]
    pub fn of(
        release: ReleaseId<'_>,
        event: &str,
        (repositories, halt): (Vec<Row>, Option<Halt>),
        is_planned: bool,
        now: String,
    ) -> Self {
        let through = repositories.iter().all(|row| row.state.is_through());
        let state = match (is_planned, through) {
            (true, _) => StageState::Planned,
            (false, true) => StageState::Done,
            (false, false) => StageState::Failed,
        };
        let (freeze, reason) = match halt {
            None => (None, None),
            Some(Halt::Frozen(freeze)) => (Some(freeze), None),
            Some(Halt::Unseen(why)) => (None, Some(why)),
        };
        Self { state, reason, freeze, repositories, ..skipped(release, event, "", now) }
    }
}
