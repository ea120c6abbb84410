//! Tables of the chain for programs.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;
use schemars::JsonSchema;
use serde::Serialize;

use super::record::Record;
use super::returned::Returned;
use super::row::{Row, State};
use super::until;
use super::withdrawal::{Known, Remaining, withdrawal};
use crate::package::version;
use crate::release::back::Back;
use crate::release::{ReleaseId, Stage, consumers};
use crate::source::requirements::normalize;

/// Name and version of the document of one run, see `schemas/release-run.schema.json`.
pub const RUN_SCHEMA: &str = "shipshape/release-run/1";

/// Name and version of the document of several, see `schemas/release-status.schema.json`.
pub const STATUS_SCHEMA: &str = "shipshape/release-status/1";

/// The stages of one version's release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Run {
    /// The distribution.
    pub distribution: String,
    /// The version. Absent if there is nothing to release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Its commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When its first run started, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<String>,
    /// The command-line options of its last run; `--until` only while its stage is not reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The version to which members went back from this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub went_back: Option<String>,
    /// The repositories that are back, with the version to which each went. One that was notified of this version again is
    /// not listed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub repositories_back: BTreeMap<String, String>,
    /// Which members went back from it, as recorded.
    #[serde(skip)]
    pub returned: Option<Returned>,
    /// Whether the version is given up: members went back from it because it is bad, or none has it any more. Where some
    /// members were taken to an earlier version on purpose, it is not.
    #[serde(skip)]
    pub is_given_up: bool,
    /// The repositories, in lower case, that were notified of it without any run starting.
    #[serde(skip)]
    pub unheard: BTreeSet<String>,
    /// Whether the index has withdrawn the version, as it was last read there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_withdrawn: bool,
    /// The versions to withdraw on the index, since members went back from them because they are bad, and no member has
    /// them any more. Those that are known to be withdrawn are not listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to_withdraw: Vec<String>,
    /// The versions that members went back from because they are bad, and that other members still have. They are to be
    /// withdrawn once no member has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remaining: Vec<Remaining>,
    /// The later version that was published meanwhile. Members are notified of that one instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded: Option<String>,
    /// Whether members are still moving back to that version: a `release back` is running, or can be continued.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_going_back: bool,
    /// Whether an open `release back` takes all members back from it that is not recorded to have notified any yet.
    #[serde(skip)]
    pub is_to_be_left: bool,
    /// The process that is running it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_it: Option<String>,
    /// The stages, in their order.
    pub stages: Vec<Row>,
    /// The last known state of consumers.
    pub consumers: Vec<consumers::Row>,
}

/// The result of one `release run`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunDocument {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The stages of the release.
    #[serde(flatten)]
    pub run: Run,
}

/// The status of the last runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusDocument {
    /// Name and version of this form.
    pub schema: &'static str,
    /// When the report was made, RFC 3339 in UTC.
    pub generated_at: String,
    /// The last `release back`, if not all members are back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
    /// The releases, newest first.
    pub runs: Vec<Run>,
}

impl Run {
    /// The chain of a version, as recorded.
    #[must_use]
    pub fn of(
        release: ReleaseId<'_>,
        record: &Record,
        has_mirror: bool,
        begun_at: Option<String>,
    ) -> Self {
        let run = Self::of_no_version(release.distribution, record, has_mirror);
        let version = release.version.to_string();
        // A row keeps the command of the run that wrote it, which may have been asked for another last stage.
        let stages = run.stages.iter().map(|row| {
            let about = (version.as_str(), row.stage);
            let of = |command: &String| until::of_command(command, about, &run.options);
            let also = row.also.iter().map(of).collect();
            Row { next: row.next.as_ref().map(of), also, ..row.clone() }
        });
        let stages = stages.collect();
        Self { version: Some(version), begun_at, stages, ..run }
    }

    /// The chain if there is nothing to release.
    #[must_use]
    pub fn of_no_version(distribution: &str, record: &Record, has_mirror: bool) -> Self {
        let about = record.about.as_ref();
        Self {
            distribution: distribution.to_owned(),
            version: None,
            tag: about.map(|about| about.tag.clone()),
            commit: about.map(|about| about.commit.clone()),
            begun_at: None,
            options: record.options_to_continue(),
            went_back: record.went_back.as_ref().map(|back| back.to.clone()),
            repositories_back: record.went_back.as_ref().map(Returned::gone).unwrap_or_default(),
            returned: record.went_back.clone(),
            is_given_up: record.went_back.as_ref().is_some_and(Returned::is_blamed),
            unheard: BTreeSet::new(),
            is_withdrawn: record.is_withdrawn,
            to_withdraw: Vec::new(),
            remaining: Vec::new(),
            superseded: record.superseded.clone(),
            is_going_back: false,
            is_to_be_left: false,
            at_it: None,
            stages: record.table(has_mirror),
            consumers: record.consumers.clone(),
        }
    }

    /// Notes what is to become of this version and of those of `others` above the one to which members went back from it.
    /// `members` are the repositories of those that are notified of releases, `back` is the last way back.
    #[must_use]
    pub fn among(self, others: &[Self], members: &BTreeSet<String>, back: Option<&Back>) -> Self {
        let back = back.filter(|back| back.is_open());
        let open = back.and_then(|back| version::read(&back.version).ok());
        let others = others.iter().filter(|other| {
            other.version != self.version
                && normalize(&other.distribution) == normalize(&self.distribution)
        });
        let known: Vec<Known<'_>> = others.chain([&self]).filter_map(Self::known).collect();
        let mut found = withdrawal(&known, members, open.as_ref());
        if let Some(back) = back {
            found.leave_to(back, &known);
        }
        let ours = self.version.as_ref().and_then(|text| version::read(text).ok());
        let is_given_up = ours.is_some_and(|ours| found.bad.contains(&ours));
        let to = self.went_back.as_ref().and_then(|text| version::read(text).ok());
        let is_above = |version: &Version| to.as_ref().is_some_and(|to| version > to);
        let to_withdraw = found.now.iter().filter(|version| is_above(version));
        let to_withdraw = to_withdraw.map(Version::to_string).collect();
        let is_wanted =
            |it: &Remaining| version::read(&it.version).is_ok_and(|version| is_above(&version));
        let remaining = found.remaining.into_iter().filter(is_wanted).collect();
        let is_of_it = |back: &Back| {
            self.went_back.as_ref() == Some(&back.version)
                || self.repositories_back.values().any(|to| *to == back.version)
        };
        let is_going_back = back.is_some_and(is_of_it);
        let leaves = |back: &Back| {
            back.is_of_all() && self.version.as_ref().is_some_and(|it| back.knew.contains(it))
        };
        let is_to_be_left = self.went_back.is_none() && back.is_some_and(leaves);
        Self { is_given_up, to_withdraw, remaining, is_going_back, is_to_be_left, ..self }
    }

    /// What is to become of the versions, as another state of the same run shows it.
    #[must_use]
    pub fn concluded_as(self, known: Self) -> Self {
        let Self { is_given_up, to_withdraw, remaining, is_going_back, is_to_be_left, .. } = known;
        Self { is_given_up, to_withdraw, remaining, is_going_back, is_to_be_left, ..self }
    }

    /// All versions to which members went back from this one; `None` if none did.
    #[must_use]
    pub fn all_targets(&self) -> Option<String> {
        self.returned.as_ref().map(Returned::all_targets)
    }

    /// Whether the version is over: it is given up, or members only went back past it. Where an earlier version was chosen
    /// for some members, the others keep this one.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_given_up || self.returned.as_ref().is_some_and(|returned| !returned.is_chosen())
    }

    /// Whether nothing is left to do since members went back: some are at an earlier version on purpose.
    #[must_use]
    pub fn is_left_alone(&self) -> bool {
        let is_done = self.to_withdraw.is_empty() && self.remaining.is_empty();
        self.went_back.is_some() && !self.is_over() && is_done
    }

    fn known(&self) -> Option<Known<'_>> {
        let is_told = |row: &Row| row.stage == Stage::Cascade && row.state == State::Done;
        let is_begun = |row: &Row| {
            row.stage == Stage::Cascade && row.state != State::Skipped && row.at.is_some()
        };
        Some(Known {
            version: version::read(self.version.as_deref()?).ok()?,
            returned: self.returned.as_ref(),
            is_announced: self.stages.iter().any(is_told),
            is_begun: self.stages.iter().any(is_begun),
            is_withdrawn: self.is_withdrawn,
            unheard: &self.unheard,
        })
    }

    /// Whether the index offers it to members, as recorded: a final version that was published and not withdrawn.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.served().is_some()
    }

    /// When the index was seen to offer it, RFC 3339 in UTC; `None` if it never was, or has withdrawn it.
    #[must_use]
    pub fn published_at(&self) -> Option<&str> {
        self.served()?.at.as_deref()
    }

    /// The row that says that the index offers it.
    fn served(&self) -> Option<&Row> {
        // Of a version that was published by other means, only that it is on the index is on record.
        let stage = if self.tag.is_none() { Stage::Publish } else { Stage::Wait };
        let is_final = |text: &String| version::read(text).is_ok_and(|it| !it.any_prerelease());
        let is_candidate = !self.is_withdrawn && self.version.as_ref().is_some_and(is_final);
        let is_served = |row: &&Row| row.stage == stage && row.state == State::Done;
        self.stages.iter().filter(|_| is_candidate).find(is_served)
    }

    /// Whether members may still be notified of it: not if they were and all images were seen to contain it, and not
    /// unasked if some went back from it.
    #[must_use]
    pub fn is_left_to_continue(&self) -> bool {
        let is = |stage: Stage, states: &[State]| {
            self.stages.iter().any(|row| row.stage == stage && states.contains(&row.state))
        };
        let is_in_members =
            is(Stage::Cascade, &[State::Done]) && is(Stage::Images, &[State::Done, State::Skipped]);
        !is_in_members && self.went_back.is_none()
    }
}
