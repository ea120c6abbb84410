//! Reading repositories from this machine, or from the forge in rounds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::options::SubjectOptions;
use crate::cli::shared::registrations;
pub(in crate::cli) use crate::cli::shared::shape_on_forge::remote_pack;
use crate::cli::shared::targets::{self, Targets};
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Judge, Observed, Origin, Target};
use crate::error::{Error, Obstacle, Result};
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, RepositoryName, registrations as lists};
use crate::forge::scan::{Place, Scan};
use crate::forge::{ForgeError, WriteScope};
use crate::shape::Pack;
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::Text;

/// The most rounds in which texts are fetched. A check that follows one file to another needs a further round; none
/// needs more than four.
const ROUNDS: usize = 8;

/// How many repositories are judged first, if there are at least four times as many. Repositories of a fleet are alike,
/// so the paths read in these are fetched for the others up front, and most of those are judged only once.
const FIRST: usize = 24;

/// Where repositories are read from.
pub(in crate::cli) enum Source {
    /// This machine.
    Here,
    /// The forge.
    Forge(Box<Session>),
}

/// Which members of a fleet to judge, and how.
#[derive(Clone, Copy)]
pub(in crate::cli) struct MembersOnForge<'a> {
    pub(in crate::cli) names: &'a [String],
    /// How the command takes repositories on this machine instead, if it does.
    pub(in crate::cli) here: Option<&'static str>,
    pub(in crate::cli) subject: &'a SubjectOptions,
}

/// The named members of the fleet, or all of them, on the forge.
pub(in crate::cli) fn on_forge(
    context: &Context,
    options: &ForgeOptions,
    members: &MembersOnForge<'_>,
) -> Result<(Targets, Source)> {
    let fleet = context.fleet(None)?.ok_or_else(|| {
        let error =
            Error::usage("no repositories are named, and there is no fleet.yaml that lists them");
        let error = match members.here {
            Some(here) => error.hint(format!("name some on this machine: `{here}`")),
            None => error,
        };
        error.hint("list the fleet: `shipshape init` writes a fleet.yaml")
    })?;
    let session = options.session(context, Some(&fleet), WriteScope::none())?;
    let named = members.subject.of(&[]);
    let owner = fleet.manifest.forge.owner.clone();
    let remote = |shape: &ShapeRepository| remote_pack(&session, &owner, shape);
    let targets = targets::of_fleet(context, fleet, members.names, &named, &remote)?;
    Ok((targets, Source::Forge(Box::new(session))))
}

impl Source {
    /// Whether it is the forge.
    pub(in crate::cli) fn is_forge(&self) -> bool {
        matches!(self, Self::Forge(_))
    }

    /// Reads and judges targets.
    pub(in crate::cli) fn judge(
        &mut self,
        context: &Context,
        targets: &[Target],
        judge: Judge<'_>,
    ) -> Result<Vec<RepositoryReport>> {
        match self {
            Self::Here => {
                let bar = context.terminal.progress(targets.len(), "reading");
                let observed = survey::observe(targets, &|| bar.inc(1));
                bar.finish_and_clear();
                let bar = context.terminal.progress(targets.len(), "judging");
                let observed: Vec<_> = observed.iter().collect();
                let reports = survey::judge_all(&observed, judge, &|| bar.inc(1));
                bar.finish_and_clear();
                Ok(reports)
            }
            Self::Forge(session) => judge_in_rounds(context, session, targets, judge),
        }
    }

    /// Findings about the fleet's registrations. `holders` are local repositories to read them from.
    pub(in crate::cli) fn registrations(
        &self,
        fleet: &Fleet,
        holders: &[PathBuf],
    ) -> Vec<lists::ListFinding> {
        let Self::Forge(session) = self else { return registrations::judge(fleet, holders) };
        if !holders.is_empty() {
            return registrations::judge(fleet, holders);
        }
        let owner = &fleet.manifest.forge.owner;
        let asked: Vec<(RepositoryName, String)> = fleet
            .manifest
            .registrations
            .iter()
            .filter_map(|registration| {
                let name = RepositoryName::parse(registration.repository.as_deref()?, owner)?;
                Some((name, registration.path.clone()))
            })
            .collect();
        let scan = Scan::new(session.client(), []);
        let found = session.run(scan.files(&asked));
        lists::judge_each(fleet, &|registration| {
            let Some(repository) = &registration.repository else {
                return registrations::beside(fleet, registration);
            };
            let name = RepositoryName::parse(repository, owner);
            let wanted = |(asked, path): &(RepositoryName, String)| {
                Some(asked) == name.as_ref() && *path == registration.path
            };
            let at = asked.iter().position(wanted);
            match at.and_then(|at| found.get(at)) {
                Some(Ok(Some(bytes))) => Text::decode(bytes).map_err(|error| error.to_string()),
                Some(Ok(None)) => Err("is not there".to_owned()),
                Some(Err(error)) => Err(format!("cannot be read: {error}")),
                None => Err(format!("is in `{repository}`, which is not the name of a repository")),
            }
        })
    }
}

/// Reads trees and judges them, fetches the texts that were wanted, and judges again where needed.
fn judge_in_rounds(
    context: &Context,
    session: &Session,
    targets: &[Target],
    judge: Judge<'_>,
) -> Result<Vec<RepositoryReport>> {
    let mut rounds = Rounds::read(context, session, targets)?;
    rounds.judge(context, session, judge)
}

/// Repositories on the forge whose trees were read, and whose texts are fetched when they are wanted.
pub(in crate::cli) struct Rounds<'t> {
    scan: Scan,
    observed: Vec<Observed<'t>>,
    /// The whole repositories, for members in subfolders too.
    whole: Vec<Option<Snapshot>>,
    /// The number of each snapshot in the scan; `None` for those that could not be read.
    numbers: Vec<Option<usize>>,
}

impl<'t> Rounds<'t> {
    /// Reads the trees of targets.
    pub(in crate::cli) fn read(
        context: &Context,
        session: &Session,
        targets: &'t [Target],
    ) -> Result<Self> {
        let mut packs: Vec<&Pack> = Vec::new();
        for pack in targets.iter().map(|target| &target.shape) {
            if !packs.iter().any(|known| std::ptr::eq(*known, &**pack)) {
                packs.push(pack);
            }
        }
        let mut scan = Scan::new(session.client(), packs.iter().flat_map(|pack| pack.contents()));
        let places = places(targets);
        let bar = context.terminal.progress(places.len(), "reading");
        let snapshots = session.run(scan.snapshots(&places, &|count| bar.inc(count)));
        bar.finish_and_clear();
        // Report an error of the run itself once instead of for every repository.
        if let Some(Err(error)) = snapshots.first()
            && snapshots
                .iter()
                .all(|snapshot| matches!(snapshot, Err(error) if error.is_of_the_run()))
        {
            return Err(error.clone().into());
        }
        // The scan numbers snapshots in order, without those that failed.
        let (mut observed, mut whole, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        let mut next = 0;
        for (target, snapshot) in targets.iter().zip(snapshots) {
            numbers.push(snapshot.is_ok().then_some(next));
            next += usize::from(snapshot.is_ok());
            whole.push(snapshot.as_ref().ok().cloned());
            observed.push(survey::seen(target, snapshot.map_err(|error| unread(target, error))));
        }
        Ok(Self { scan, observed, whole, numbers })
    }

    /// The repositories, in the order of the targets.
    pub(in crate::cli) fn observed(&self) -> &[Observed<'t>] {
        &self.observed
    }

    /// The whole repository of a target, even if the member is a subfolder.
    pub(in crate::cli) fn whole(&self, index: usize) -> Option<&Snapshot> {
        self.whole.get(index)?.as_ref()
    }

    /// Judges all of them.
    pub(in crate::cli) fn judge(
        &mut self,
        context: &Context,
        session: &Session,
        judge: Judge<'_>,
    ) -> Result<Vec<RepositoryReport>> {
        let bar = context.terminal.progress(self.observed.len(), "judging");
        let all: Vec<usize> = (0..self.observed.len()).collect();
        let mut reports: Vec<Option<RepositoryReport>> = all.iter().map(|_| None).collect();
        self.work(session, &all, &mut |observed, indices| {
            let some: Vec<_> = indices.iter().filter_map(|index| observed.get(*index)).collect();
            // A repository that wanted a text is judged again, and counts once.
            let is_first =
                indices.iter().any(|index| reports.get(*index).is_some_and(Option::is_none));
            let made = survey::judge_all(&some, judge, &|| bar.inc(u64::from(is_first)));
            for (index, report) in indices.iter().zip(made) {
                if let Some(place) = reports.get_mut(*index) {
                    *place = Some(report);
                }
            }
            bar.set_message("fetching texts");
        });
        bar.finish_and_clear();
        Ok(reports.into_iter().flatten().collect())
    }

    /// Processes some of them, and again those that wanted a text which was not available.
    pub(in crate::cli) fn work(
        &mut self,
        session: &Session,
        indices: &[usize],
        work: &mut dyn FnMut(&[Observed<'t>], &[usize]),
    ) {
        let few = if indices.len() < 4 * FIRST { 0 } else { FIRST };
        let (first, others) = indices.split_at(few);
        if !first.is_empty() {
            let mut paths = BTreeSet::new();
            self.in_rounds(session, first, work, Some(&mut paths));
            for index in others {
                self.want(*index, &paths);
            }
            session.run(self.scan.fetch_wanted());
        }
        self.in_rounds(session, others, work, None);
    }

    /// Processes some of them in rounds. Collects the paths of the wanted texts in `paths`, if given.
    fn in_rounds(
        &mut self,
        session: &Session,
        indices: &[usize],
        work: &mut dyn FnMut(&[Observed<'t>], &[usize]),
        mut paths: Option<&mut BTreeSet<RepoPath>>,
    ) {
        work(&self.observed, indices);
        for _ in 0..ROUNDS {
            if let Some(paths) = &mut paths {
                paths.append(&mut self.wanted_paths(indices));
            }
            let wanting = session.run(self.scan.fetch_wanted());
            let again: Vec<usize> = indices
                .iter()
                .copied()
                .filter(|index| self.number(*index).is_some_and(|number| wanting.contains(&number)))
                .collect();
            if again.is_empty() {
                break;
            }
            work(&self.observed, &again);
        }
    }

    /// The number of a target's snapshot in the scan.
    fn number(&self, index: usize) -> Option<usize> {
        self.numbers.get(index).copied().flatten()
    }

    /// The paths of the texts that some targets want.
    fn wanted_paths(&self, indices: &[usize]) -> BTreeSet<RepoPath> {
        let wanted = self.scan.wanted();
        let mut paths = BTreeSet::new();
        for index in indices {
            let (Some(number), Some(snapshot)) = (self.number(*index), self.whole(*index)) else {
                continue;
            };
            let waits = |id| wanted.get(id).is_some_and(|by| by.contains(&number));
            let of_it = snapshot.entries.iter().filter(|(_, entry)| waits(&entry.id));
            paths.extend(of_it.map(|(path, _)| path.clone()));
        }
        paths
    }

    /// Marks a target's texts at these paths as wanted.
    fn want(&self, index: usize, paths: &BTreeSet<RepoPath>) {
        let (Some(number), Some(snapshot)) = (self.number(index), self.whole(index)) else {
            return;
        };
        for entry in paths.iter().filter_map(|path| snapshot.entries.get(path)) {
            self.scan.want(entry.id, number);
        }
    }
}

fn places(targets: &[Target]) -> Vec<Place> {
    let name = |target: &Target| match &target.origin {
        Origin::Forge(name) => name.clone(),
        Origin::Local(_) => RepositoryName::default(),
    };
    targets
        .iter()
        .map(|target| Place { name: name(target), reference: target.reference.clone() })
        .collect()
}

/// The error for a target that could not be read. What the token may not read or see gets the same text for all
/// targets, since reports show the repository next to it.
fn unread(target: &Target, error: ForgeError) -> Error {
    match error.out_of_sight() {
        Some(why) => Error::failed(why).stopped_by(Obstacle::Permission),
        None => {
            Error::from(error).within(format!("cannot read `{}` from the forge", target.origin))
        }
    }
}
