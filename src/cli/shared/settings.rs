//! Judging the settings of members on the forge.
//!
//! Trees are judged first and kept, so that using them again costs no requests. Workflows of other repositories that
//! members call are read once for all members.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::checks::repository::Identity;
use crate::checks::settings::{Expected, Settings, judge};
use crate::checks::{Finding, Repository};
use crate::cli::shared::forge::Session;
use crate::cli::shared::targets::Targets;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{Origin, Target};
use crate::edge::concurrent::together;
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::settings as observed;
use crate::snapshot::{BlobStore, Snapshot};
use crate::source::Text;
use crate::source::workflow::{Revision, Uses, UsesTarget, Workflow};

/// The number of repositories that are read concurrently.
const AT_ONCE: usize = 4;

/// The maximum nesting depth of called workflows.
const MOST_LEVELS: usize = 4;

/// The folder of workflows, which judging settings needs.
const WORKFLOWS: &str = ".github/workflows";

/// The judged trees, by name and slug.
#[derive(Default)]
pub(in crate::cli) struct Noted(Mutex<BTreeMap<(String, String), Snapshot>>);

fn key(identity: &Identity) -> (String, String) {
    (identity.name.clone(), identity.slug.clone())
}

impl Noted {
    /// Keeps a tree while it is judged, and wants its workflows even if the shape makes no demands on them.
    pub(in crate::cli) fn note(&self, repository: &Repository<'_>) {
        for path in repository.paths_below(WORKFLOWS) {
            let _ = repository.workflow(path.as_str());
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.insert(key(repository.identity), repository.snapshot.clone());
    }

    fn of(&self, target: &Target) -> Option<Snapshot> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get(&key(&target.identity)).cloned()
    }
}

/// Reads the settings of targets on the forge, and adds findings about them to the reports.
pub(in crate::cli) fn add(
    session: &Session,
    Targets { fleet, targets, .. }: &Targets,
    noted: &Noted,
    reports: &mut [RepositoryReport],
) {
    let context = &session.context;
    let names: BTreeSet<RepositoryName> = targets.iter().filter_map(name_of).cloned().collect();
    let names: Vec<RepositoryName> = names.into_iter().collect();
    let bar = context.terminal.progress(names.len(), "reading settings");
    let asked = together(AT_ONCE, names.clone(), |name| {
        let (client, bar) = (session.client().clone(), bar.clone());
        async move {
            let settings = observed::read(&client, &name).await;
            bar.inc(1);
            settings
        }
    });
    let answered = session.run(asked);
    bar.finish_and_clear();
    let settings: BTreeMap<&RepositoryName, Settings> =
        names.iter().zip(answered).filter_map(|(name, settings)| Some((name, settings?))).collect();
    let default_branch = usual_branch(settings.values());
    let mut called = Called::default();
    for level in 0..=MOST_LEVELS {
        let judged = |(target, report): (&Target, &RepositoryReport)| -> Vec<Finding> {
            let of = || {
                let name = name_of(target)?;
                let (settings, snapshot) = (settings.get(name)?, noted.of(target)?);
                let profile = target.shape.profile(target.identity.profile.as_deref())?;
                let (identity, store) = (&target.identity, BlobStore::default());
                let repository =
                    Repository::new(identity, &snapshot, &target.shape, &profile, &store);
                let find = |uses: &Uses| called.find(uses);
                let visibility = fleet.as_ref().and_then(|fleet| visibility(fleet, name));
                let expected = Expected { default_branch: default_branch.clone(), visibility };
                Some(judge(&repository, &name.owner, settings, &expected, &find))
            };
            if report.error.is_some() { Vec::new() } else { of().unwrap_or_default() }
        };
        let found: Vec<Vec<Finding>> = targets.iter().zip(reports.iter()).map(judged).collect();
        if level < MOST_LEVELS && called.fetch(session) {
            continue;
        }
        for (report, findings) in reports.iter_mut().zip(found) {
            report.findings.extend(findings);
        }
        return;
    }
}

/// The visibility that a member's kind prescribes.
fn visibility(fleet: &Fleet, name: &RepositoryName) -> Option<String> {
    let member = fleet.members.iter().find(|member| member.repository.same(name))?;
    let kind = fleet.manifest.kinds.get(&member.kind)?;
    kind.new.visibility.map(|visibility| visibility.as_str().to_owned())
}

fn name_of(target: &Target) -> Option<&RepositoryName> {
    match &target.origin {
        Origin::Forge(name) => Some(name),
        Origin::Local(_) => None,
    }
}

/// The default branch of more than half of the repositories.
fn usual_branch<'s>(settings: impl Iterator<Item = &'s Settings>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for branch in settings.filter_map(|settings| settings.default_branch.known()) {
        *counts.entry(branch).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    let (branch, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count * 2 > all).then(|| branch.to_owned())
}

/// Workflows of other repositories, keyed by how they are called: `owner/name/path@revision`.
#[derive(Default)]
struct Called {
    known: BTreeMap<String, Option<Arc<Workflow>>>,
    wanted: Mutex<BTreeMap<String, Place>>,
}

/// The location of a called workflow.
#[derive(Clone)]
struct Place {
    repository: RepositoryName,
    path: String,
    revision: Option<String>,
}

impl Called {
    /// The workflow that a job calls. One that is not known yet becomes wanted.
    fn find(&self, uses: &Uses) -> Option<Arc<Workflow>> {
        let written = &uses.written.text;
        if let Some(known) = self.known.get(written) {
            return known.clone();
        }
        let UsesTarget::Repository { owner, repository, path, revision } = &uses.target else {
            return None;
        };
        let revision = revision.as_ref().map(|revision| match revision {
            Revision::Commit(text) | Revision::Name(text) => text.clone(),
        });
        let repository = RepositoryName::parse(&format!("{owner}/{repository}"), "")?;
        let place = Place { repository, path: path.clone(), revision };
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.insert(written.clone(), place);
        None
    }

    /// Reads the wanted workflows. Returns whether there were any.
    fn fetch(&mut self, session: &Session) -> bool {
        let wanted = std::mem::take(self.wanted.get_mut().unwrap_or_else(PoisonError::into_inner));
        let is_any = !wanted.is_empty();
        let (written, places): (Vec<String>, Vec<Place>) = wanted.into_iter().unzip();
        let client = session.client();
        let answered = session.run(together(AT_ONCE, places, |place| {
            let client = client.clone();
            async move {
                let Place { repository, path, revision } = place;
                let bytes = client.file_at(&repository, &path, revision.as_deref()).await;
                // Unreadable workflows stay unknown, which rules report.
                let text = Text::decode(&bytes.ok()??).ok()?;
                Workflow::parse(&text).ok().map(Arc::new)
            }
        }));
        for (written, workflow) in written.into_iter().zip(answered) {
            self.known.insert(written, workflow.flatten());
        }
        is_any
    }
}
