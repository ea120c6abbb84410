//! What a change may look at, and what it results in.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::{Nowhere, Run};
use crate::change::ChangeSet;
use crate::checks::finding::Location;
use crate::checks::repository::{Identity, Repository};
use crate::drift::Judgement;
use crate::error;
use crate::shape::pack::{Pack, ProfileGlobs};
use crate::shape::variables::Variables;
use crate::snapshot::{BlobStore, RepoPath, Snapshot};
use crate::source::{Span, Text};

/// Loads a file that the campaign includes, by its path relative to the folder of campaign.yaml.
pub type Files<'a> = &'a dyn Fn(&str) -> error::Result<Arc<[u8]>>;

/// Judges a tree, with the owners' decisions (severities, waivers, the baseline) applied.
pub type Judge<'a> = &'a dyn Fn(&Snapshot) -> Judgement;

/// Runs a command in a checkout of a tree, and returns what it changed.
pub type Runner<'a> = &'a dyn Fn(&Run, &Snapshot) -> Result<ChangeSet, Hindrance>;

/// What a change may look at besides the tree.
pub struct Surroundings<'a> {
    /// The identity of the repository.
    pub identity: &'a Identity,
    /// The shape that it is held to.
    pub pack: &'a Pack,
    /// Its declared variation.
    pub profile: &'a ProfileGlobs,
    /// Blobs that several repositories share.
    pub store: &'a BlobStore,
    runtime: Option<&'a str>,
    judge: Judge<'a>,
    files: Files<'a>,
    runner: Option<Runner<'a>>,
    /// Trees that were already judged, with the results: every change asks, and so does the end.
    judged: RefCell<Vec<(Snapshot, Arc<Judgement>)>>,
}

impl<'a> Surroundings<'a> {
    /// The surroundings of one repository.
    #[must_use]
    pub fn new(
        identity: &'a Identity,
        (pack, profile): (&'a Pack, &'a ProfileGlobs),
        store: &'a BlobStore,
        judge: Judge<'a>,
        files: Files<'a>,
    ) -> Self {
        let (runtime, runner, judged) = (None, None, RefCell::default());
        Self { identity, pack, profile, store, runtime, judge, files, runner, judged }
    }

    /// Sets how commands are run; without it, none is.
    #[must_use]
    pub fn with_runner(mut self, runner: Runner<'a>) -> Self {
        self.runner = Some(runner);
        self
    }

    /// Sets the distribution that the fleet runs on.
    #[must_use]
    pub fn with_runtime(mut self, distribution: Option<&'a str>) -> Self {
        self.runtime = distribution;
        self
    }

    /// The distribution that the fleet runs on: from fleet.yaml, or else the first one that the shape demands.
    #[must_use]
    pub fn runtime(&self) -> Option<&str> {
        let demands = &self.pack.manifest.demands;
        let listed = demands.requirements.iter().map(|demand| demand.distribution.as_str());
        let installed = demands.dockerfiles.iter().filter_map(|demand| demand.installs.as_deref());
        self.runtime.or_else(|| listed.chain(installed).next())
    }

    /// The repository with this tree in place of its own.
    #[must_use]
    pub fn repository<'t>(&'t self, tree: &'t Snapshot) -> Repository<'t> {
        Repository::new(self.identity, tree, self.pack, self.profile, self.store)
    }

    /// The judgement of a tree. Each tree is judged once.
    #[must_use]
    pub fn judgement(&self, tree: &Snapshot) -> Arc<Judgement> {
        let same = |known: &Snapshot| {
            Arc::ptr_eq(&known.entries, &tree.entries) || known.entries == tree.entries
        };
        let known = self.judged.borrow().iter().find(|(known, _)| same(known)).cloned();
        if let Some((_, judgement)) = known {
            return judgement;
        }
        let judgement = Arc::new((self.judge)(tree));
        self.judged.borrow_mut().push((tree.clone(), Arc::clone(&judgement)));
        judgement
    }

    /// The values for rendering templates.
    ///
    /// # Errors
    /// When a default of the pack does not render for this repository.
    pub fn variables(&self, tree: &Snapshot) -> Result<Variables, Hindrance> {
        let values = self.repository(tree).variables(None);
        let (values, _) = values.map_err(|error| {
            Hindrance::new(format!("a variable has no value here: {error}"))
                .hint("set the value in fleet.yaml under `variables`")
        })?;
        Ok(values)
    }

    /// Runs a command in a checkout of a tree, and returns what it changed.
    ///
    /// # Errors
    /// When it has no result, or commands are not run here.
    pub fn run(&self, run: &Run, tree: &Snapshot) -> Result<ChangeSet, Hindrance> {
        match self.runner {
            Some(runner) => runner(run, tree),
            None => Err(Hindrance::new("no command is run here")),
        }
    }

    /// A file that the campaign includes.
    ///
    /// # Errors
    /// When it leads out of the folder of campaign.yaml, or cannot be read.
    pub fn file(&self, name: &str) -> Result<Arc<[u8]>, Hindrance> {
        if !RepoPath::new(name).is_sound() {
            let why = format!("`{name}` is outside the campaign's folder");
            return Err(Hindrance::new(why));
        }
        (self.files)(name).map_err(|error| {
            Hindrance::new(format!("`{name}` cannot be read beside campaign.yaml: {error}"))
        })
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The result of one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The changes to the tree; empty if there is nothing to do.
    pub changes: ChangeSet,
    /// What a reviewer should know: what was left alone, and why. One line each.
    pub remarks: Vec<String>,
}

/// The result of all changes of a campaign.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The changes from the current tree to the wanted one; empty if there is nothing to do.
    pub changes: ChangeSet,
    /// The wanted tree.
    pub after: Snapshot,
    /// What a reviewer should know, in the order of the changes.
    pub remarks: Vec<String>,
    /// The places that changes which changed nothing name, and that were not there when their turn came.
    pub nowhere: Vec<Nowhere>,
}

/// Why a repository cannot take the changes of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindered {
    /// What hinders one of them.
    pub by: Hindrance,
    /// The places that the changes before it name which changed nothing, and that were not there when their turn came.
    pub nowhere: Vec<Nowhere>,
}

/// Why a repository cannot take a change. It quotes the repository, with credentials masked; escape it for wherever it
/// is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// The reason, in one line.
    pub why: String,
    /// Where.
    pub location: Option<Box<Location>>,
    /// What to do about it.
    pub hint: Option<String>,
    /// What a person needs to see to continue, on several lines: the hunks of a conflict, the end of an output.
    pub detail: Option<String>,
}

impl Hindrance {
    /// A hindrance of the repository as a whole.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        let why = crate::source::secrets::masked(&why.into()).into_owned();
        Self { why, location: None, hint: None, detail: None }
    }

    /// Sets the file.
    #[must_use]
    pub fn in_file(mut self, path: &RepoPath) -> Self {
        self.location = Some(Box::new(Location::file(path.clone())));
        self
    }

    /// Sets the file and the part of it.
    #[must_use]
    pub fn at(mut self, path: &RepoPath, text: &Text, span: Span) -> Self {
        self.location = Some(Box::new(Location::span(path.clone(), text, span)));
        self
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets what a person needs to see to continue.
    #[must_use]
    pub fn detail(mut self, detail: &str) -> Self {
        self.detail = Some(crate::source::secrets::masked(detail).into_owned());
        self
    }
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        if let Some(location) = &self.location {
            write!(f, " ({}", location.path)?;
            if let Some(region) = &location.region {
                write!(f, ":{}", region.start)?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl From<crate::change::Conflict> for Hindrance {
    fn from(conflict: crate::change::Conflict) -> Self {
        Self::new(conflict.to_string())
    }
}
