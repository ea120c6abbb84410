//! The data behind the dashboard, and the trait that provides it.
//!
//! The command line implements the trait with the operations of other modules. Each call may take long and runs off the
//! threads that serve requests. Failures are errors, which the dashboard shows.

use std::collections::BTreeSet;

use crate::campaign::status::Status;
use crate::drift::model::Report;
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::images::status::Verdict;
use crate::release::back::Back;
use crate::release::chain::Run;

/// What to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every member.
    All,
    /// The members in these repositories, given as `owner/name` in lower case.
    Some(BTreeSet<String>),
}

/// Provides everything about the fleet that the server shows.
pub trait Facts: Send + Sync + 'static {
    /// The current time (RFC 3339, UTC).
    fn now(&self) -> String;

    /// The members of the fleet.
    ///
    /// # Errors
    /// When fleet.yaml cannot be read.
    fn members(&self) -> Result<Members>;

    /// Judges members. One that cannot be read is in the report with its error.
    ///
    /// # Errors
    /// When nothing could be judged at all.
    fn judge(&self, which: &Which) -> Result<Report>;

    /// The status of the watched campaigns; asked after each judgement of the whole fleet.
    fn campaigns(&self) -> Vec<CampaignSight>;

    /// The images on this host; asked as the campaigns are and after each refresh, only if the server refreshes images.
    ///
    /// # Errors
    /// When the engine cannot be reached.
    fn images(&self) -> Result<Vec<ImageSight>> {
        Ok(Vec::new())
    }

    /// The last releases; empty if there are none. Asked as the campaigns are and about each minute, since a release that
    /// runs on this machine records its stages.
    ///
    /// # Errors
    /// When they cannot be read.
    fn releases(&self) -> Result<ReleaseSight> {
        Ok(ReleaseSight::default())
    }
}

/// The members of a fleet, with what webhooks and images need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// The fleet's name.
    pub fleet: String,
    /// The members that are kept in shape.
    pub members: Vec<MemberSight>,
    /// The repository with the runtime's source: a release of it affects every member.
    pub source: Option<RepositoryName>,
    /// Whether the fleet has a package that is released.
    pub releases: bool,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSight {
    /// Its slug, which names the runtime.
    pub slug: String,
    /// Its repository.
    pub repository: RepositoryName,
    /// Its image, without a tag; `None` in a fleet without images.
    pub image: Option<String>,
}

impl Members {
    /// The members in a repository, given as `owner/name` in any case.
    pub fn of_repository<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a MemberSight> {
        let lives =
            |member: &&MemberSight| member.repository.to_string().eq_ignore_ascii_case(name);
        self.members.iter().filter(lives)
    }

    /// The runtimes that have an image, in order.
    #[must_use]
    pub fn runtimes(&self) -> Vec<String> {
        let with_image = self.members.iter().filter(|member| member.image.is_some());
        with_image.map(|member| member.slug.clone()).collect()
    }
}

/// The recorded releases.
#[derive(Clone, Debug, Default)]
pub struct ReleaseSight {
    /// An unfinished rollback to an earlier version.
    pub back: Option<Back>,
    /// The last releases, newest first.
    pub runs: Vec<Run>,
}

/// The status of a campaign, or why it is unknown.
#[derive(Clone, Debug)]
pub struct CampaignSight {
    /// Its file.
    pub file: String,
    /// Its status.
    pub status: Result<Status, Error>,
}

/// The state of an image on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSight {
    /// The runtime.
    pub runtime: String,
    /// How the local image compares with the registry.
    pub standing: Verdict,
    /// The local digest.
    pub digest: Option<String>,
    /// The version of the runtime package in it.
    pub version: Option<String>,
    /// The number of containers created from it.
    pub containers: usize,
    /// How many of these were created from an older image.
    pub behind: usize,
    /// Why it is held, if it is.
    pub held: Option<String>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}
