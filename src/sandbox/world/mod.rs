//! Everything that the forge remembers besides git's own objects and references.
//!
//! A [`World`] is behind a single lock: requests change it one after the other, as GitHub's
//! database makes it appear. Whatever has become due (the content of a generated repository, the
//! next status of a run, a pending merge) is applied by [`World::settle`] before each request, so
//! that nothing runs in the background.

mod actions;
mod checkpoint;
mod checks;
mod events;
mod following;
mod merging;
mod owner;
mod population;
mod protection;
mod pull;
mod repository;
mod reviews;
mod token;
mod workflow_file;

pub(super) use actions::{Image, Installs, Run, Script, Stage, Started, Trigger};
pub(super) use checks::{CheckRun, CheckScript, Context, Outcome, Status, rollup};
pub(super) use merging::{AutoMerge, How, MergeState, Method, standing, told};
pub(super) use owner::{Owner, OwnerKind, Package, PackageVersion};
pub(super) use population::{Due, Population};
pub(super) use protection::Push;
pub(super) use pull::{Event, Pull, PullState};
pub(super) use repository::{Label, Repository, SelectedActions, Settings, Visibility};
pub(super) use reviews::{Comment, Review, ReviewState, latest};
pub(super) use token::{Access, App, Authority, Decision, Grant, Permission, Token};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::faults::Faults;
use super::index::Index;
use super::limits::Limits;
use super::log::Log;
use super::refusal::{Answer, Refusal};

/// The number of a repository, which survives renaming.
pub(super) type RepositoryId = u64;

/// The result of looking up a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The repository with this name.
    Here(RepositoryId),
    /// The repository that previously had this name.
    Renamed(RepositoryId),
}

/// The whole state.
#[derive(Debug)]
pub(in crate::sandbox) struct World {
    /// The directory in which bare repositories are created.
    pub(super) folder: PathBuf,
    /// The git program.
    pub(super) git: Option<PathBuf>,
    /// Owners by lower-case login.
    pub(super) owners: BTreeMap<String, Owner>,
    pub(super) repositories: BTreeMap<RepositoryId, Repository>,
    /// Repositories by earlier name, in lower case.
    earlier_names: BTreeMap<String, RepositoryId>,
    names: BTreeMap<String, RepositoryId>,
    pub(super) tokens: Vec<Token>,
    pub(super) app: Option<App>,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    pub(super) log: Log,
    /// The package index beside the forge.
    pub(super) index: Index,
    /// How long a generated repository stays empty.
    pub(super) population: Due,
    last_id: u64,
    /// The time of the current request, in seconds since 1970.
    pub(super) now: f64,
}

impl World {
    pub(super) fn new(folder: &Path, now: f64) -> Self {
        Self {
            folder: folder.to_owned(),
            git: None,
            owners: BTreeMap::new(),
            repositories: BTreeMap::new(),
            earlier_names: BTreeMap::new(),
            names: BTreeMap::new(),
            tokens: Vec::new(),
            app: None,
            limits: Limits::default(),
            faults: Faults::default(),
            log: Log::default(),
            index: Index::default(),
            population: Due::default(),
            last_id: 1000,
            now,
        }
    }

    /// Returns the next number, for a repository, a label or a run. Numbers are assigned in order,
    /// so that states are comparable.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Returns the time of the current request, in whole seconds.
    pub(super) fn seconds(&self) -> i64 {
        // Timestamps of this millennium are far inside the range.
        #[expect(clippy::cast_possible_truncation, reason = "times are small")]
        let seconds = self.now.floor() as i64;
        seconds
    }

    /// Looks up `owner/name`, ignoring case.
    pub(super) fn find(&self, owner: &str, name: &str) -> Option<Found> {
        let key = key(owner, name);
        if let Some(id) = self.names.get(&key) {
            return Some(Found::Here(*id));
        }
        self.earlier_names.get(&key).map(|id| Found::Renamed(*id))
    }

    pub(super) fn repository(&self, id: RepositoryId) -> Answer<&Repository> {
        self.repositories.get(&id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn repository_mut(&mut self, id: RepositoryId) -> Answer<&mut Repository> {
        self.repositories.get_mut(&id).ok_or_else(Refusal::not_found)
    }

    pub(super) fn owner(&self, login: &str) -> Option<&Owner> {
        self.owners.get(&login.to_lowercase())
    }

    /// Creates a repository with its bare directory. The name must be free.
    pub(super) fn add_repository(
        &mut self,
        owner: &str,
        name: &str,
        default_branch: &str,
    ) -> Answer<RepositoryId> {
        let id = self.next_id();
        let git = self.folder.join(format!("{owner}/{name}-{id}.git"));
        let repository = Repository::make(id, owner, name, default_branch, &git, self.seconds())?;
        self.repositories.insert(id, repository);
        let key = key(owner, name);
        // A new repository takes over a name from the one that had it: GitHub's redirect ends
        // there.
        self.earlier_names.remove(&key);
        self.names.insert(key, id);
        Ok(id)
    }

    /// Renames a repository; the old name redirects to it until another repository takes it.
    pub(super) fn rename(&mut self, id: RepositoryId, name: &str) -> Answer<()> {
        let repository = self.repository_mut(id)?;
        let owner = repository.owner.clone();
        let earlier = std::mem::replace(&mut repository.name, name.to_owned());
        self.names.remove(&key(&owner, &earlier));
        self.add_earlier_name(&owner, &earlier, id);
        self.earlier_names.remove(&key(&owner, name));
        self.names.insert(key(&owner, name), id);
        Ok(())
    }

    pub(super) fn add_earlier_name(&mut self, owner: &str, name: &str, id: RepositoryId) {
        self.earlier_names.insert(key(owner, name), id);
    }

    /// Applies what is due: content of generated repositories, statuses of runs, pending merges.
    pub(super) fn settle(&mut self, now: f64) {
        self.now = now;
        let due: Vec<RepositoryId> = self
            .repositories
            .iter()
            .filter(|(_, repository)| repository.is_due(now))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.populate(id);
        }
        for repository in self.repositories.values_mut() {
            repository.advance_runs(now);
        }
        self.publish_images();
        self.merge_what_waits();
    }
}

fn key(owner: &str, name: &str) -> String {
    format!("{owner}/{name}").to_lowercase()
}

/// Formats a time as GitHub does.
pub(super) fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
