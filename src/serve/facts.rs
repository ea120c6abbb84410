//! What a dashboard is made of, and who is asked for it.
//!
//! The command line answers with the operations of the other rooms. Each question may take long and is asked
//! off the threads that serve requests; one that cannot be answered is an error, and is shown as one.

use std::collections::BTreeSet;

use crate::campaign::status::Status;
use crate::drift::model::Report;
use crate::error::{Error, Result};
use crate::fleet::RepositoryName;
use crate::images::status::Verdict;
use crate::release::back::Back;
use crate::release::chain::Run;

/// What is to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Every member.
    All,
    /// The members in these repositories, `owner/name` in lower case.
    Some(BTreeSet<String>),
}

/// Whoever knows the fleet.
pub trait Facts: Send + Sync + 'static {
    /// What time it is, RFC 3339 in UTC.
    fn now(&self) -> String;

    /// Who is in the fleet.
    ///
    /// # Errors
    /// When fleet.yaml cannot be read.
    fn members(&self) -> Result<Members>;

    /// Judges members. One that cannot be read is in the report, and says so.
    ///
    /// # Errors
    /// When nothing could be judged at all.
    fn judge(&self, which: &Which) -> Result<Report>;

    /// How the campaigns that are watched stand.
    fn campaigns(&self) -> Vec<CampaignSight>;

    /// How the images on this host stand; asked only where they are refreshed.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    fn images(&self) -> Result<Vec<ImageSight>> {
        Ok(Vec::new())
    }

    /// The last releases. None were made, or none are known, when it is empty.
    ///
    /// # Errors
    /// When they cannot be read.
    fn releases(&self) -> Result<ReleaseSight> {
        Ok(ReleaseSight::default())
    }
}

/// Who is in a fleet, as far as webhooks and images need to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// The fleet's name.
    pub fleet: String,
    /// Each member that is kept in shape.
    pub members: Vec<MemberSight>,
    /// The repository that holds the runtime's source: a release of it concerns every member.
    pub source: Option<RepositoryName>,
    /// Whether the fleet has a package that is released.
    pub releases: bool,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSight {
    /// Its short name: the runtime.
    pub slug: String,
    /// Its repository.
    pub repository: RepositoryName,
    /// Its image, without a tag; `None` in a fleet without images.
    pub image: Option<String>,
}

impl Members {
    /// Members that live in a repository, `owner/name` in whatever case.
    pub fn of_repository<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a MemberSight> {
        let lives =
            |member: &&MemberSight| member.repository.to_string().eq_ignore_ascii_case(name);
        self.members.iter().filter(lives)
    }

    /// The runtimes that have an image, in their order.
    #[must_use]
    pub fn runtimes(&self) -> Vec<String> {
        let with_image = self.members.iter().filter(|member| member.image.is_some());
        with_image.map(|member| member.slug.clone()).collect()
    }
}

/// What is remembered of releases.
#[derive(Clone, Debug, Default)]
pub struct ReleaseSight {
    /// The way back to an earlier version that is not at its end.
    pub back: Option<Back>,
    /// The last releases, the newest first.
    pub runs: Vec<Run>,
}

/// A campaign, or why nothing is known of it.
#[derive(Clone, Debug)]
pub struct CampaignSight {
    /// Its file.
    pub file: String,
    /// How it stands.
    pub status: Result<Status, Error>,
}

/// How an image stands on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSight {
    /// Whose.
    pub runtime: String,
    /// How what is here stands to the registry.
    pub standing: Verdict,
    /// The digest that is here.
    pub digest: Option<String>,
    /// The version of the runtime package in it.
    pub version: Option<String>,
    /// Containers that were made from it.
    pub containers: usize,
    /// Of these, those that were made from an earlier one.
    pub behind: usize,
    /// Why it is held, where it is.
    pub held: Option<String>,
    /// What could not be seen, and why.
    pub unread: Vec<String>,
}
