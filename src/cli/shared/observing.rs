//! Where repositories are read from: this machine, all at once, or the forge, in rounds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::Context;
use crate::cli::shared::forge::{ForgeOptions, Session};
use crate::cli::shared::options::SubjectOptions;
use crate::cli::shared::registrations;
use crate::cli::shared::targets::{self, Targets};
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{self, Judge, Observed, Origin, Target};
use crate::error::{Error, Result};
use crate::fleet::manifest::ShapeRepository;
use crate::fleet::{Fleet, RepositoryName, registrations as lists};
use crate::forge::scan::{Place, Scan};
use crate::forge::{ForgeError, WriteScope};
use crate::shape::{Pack, load};
use crate::snapshot::{RepoPath, Snapshot};
use crate::source::Text;

/// Texts are fetched in this many rounds at most. A check that follows what it read to another file makes
/// a round; nothing needs more than four.
const ROUNDS: usize = 8;

/// So many repositories go first, when there are four times as many. Repositories of a fleet are alike: what
/// is read in these is fetched for the others before anybody looks at them, so that those are looked at once.
const FIRST: usize = 24;

/// Where repositories are read from.
pub(in crate::cli) enum Source {
    /// This machine.
    Here,
    /// The forge.
    Forge(Box<Session>),
}

/// Which members of a fleet are meant, and how they are judged.
#[derive(Clone, Copy)]
pub(in crate::cli) struct MembersOnForge<'a> {
    pub(in crate::cli) names: &'a [String],
    pub(in crate::cli) subject: &'a SubjectOptions,
}

/// The members of the fleet, as the forge has them.
pub(in crate::cli) fn on_forge(
    context: &Context,
    options: &ForgeOptions,
    members: &MembersOnForge<'_>,
) -> Result<(Targets, Source)> {
    let fleet = context.fleet(None)?.ok_or_else(|| {
        Error::usage("no repositories are named, and there is no fleet.yaml that lists them")
            .hint("name some on this machine: `--local repos/*`")
            .hint("or list the fleet: `shipshape init` writes a fleet.yaml")
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

    /// Reads targets and judges them.
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

    /// Where the fleet's registrations and its members disagree; `holders` are repositories on this
    /// machine that are read for it.
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
                None => Err(format!("is in `{repository}`, which is no name of a repository")),
            }
        })
    }
}

/// Reads trees, judges, fetches what was wanted, and judges again who wanted it.
fn judge_in_rounds(
    context: &Context,
    session: &Session,
    targets: &[Target],
    judge: Judge<'_>,
) -> Result<Vec<RepositoryReport>> {
    let mut rounds = Rounds::read(context, session, targets)?;
    rounds.judge(context, session, judge)
}

/// Repositories of the forge whose trees were read, and whose texts are fetched once somebody asks for them.
pub(in crate::cli) struct Rounds<'t> {
    scan: Scan,
    observed: Vec<Observed<'t>>,
    /// Whole repositories, whichever folder the member is in.
    whole: Vec<Option<Snapshot>>,
    /// The number that the scan knows each by; those that could not be read have none.
    numbers: Vec<Option<usize>>,
}

impl<'t> Rounds<'t> {
    /// Reads trees.
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
        // What is wrong with the run is told once, and not of every repository.
        if let Some(Err(error)) = snapshots.first()
            && snapshots
                .iter()
                .all(|snapshot| matches!(snapshot, Err(error) if error.is_of_the_run()))
        {
            return Err(error.clone().into());
        }
        // Snapshots are numbered in order, those that failed left out.
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

    /// What was read, in the order of the targets.
    pub(in crate::cli) fn observed(&self) -> &[Observed<'t>] {
        &self.observed
    }

    /// The whole repository of a target, whichever folder the member is in.
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
            let made = survey::judge_all(&some, judge, &|| bar.inc(1));
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

    /// Does something with some of them, and again with those that wanted a text which was not at hand.
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

    /// Does something with some of them, and again. `paths` are told where the texts lie that were not at hand.
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

    /// The number that the scan knows one by.
    fn number(&self, index: usize) -> Option<usize> {
        self.numbers.get(index).copied().flatten()
    }

    /// Where the texts lie that these of them wait for.
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

    /// Asks for what one of them has at these paths.
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

/// Why a target could not be read. What is so of many for the same reason is said of each in the same words: reports name
/// the repository beside it.
fn unread(target: &Target, error: ForgeError) -> Error {
    if let Some(why) = error.unreadable() {
        return Error::failed(why);
    }
    Error::from(error).within(format!("cannot read `{}` from the forge", target.origin))
}

/// The shape pack in a repository of the forge.
pub(in crate::cli) fn remote_pack(
    session: &Session,
    owner: &str,
    shape: &ShapeRepository,
) -> Result<Pack> {
    let name = RepositoryName::parse(&shape.repository, owner).ok_or_else(|| {
        Error::usage(format!("the shape's `{}` is no name of a repository", shape.repository))
    })?;
    let mut scan = Scan::new(session.client(), []);
    let place = Place { name: name.clone(), reference: shape.reference.clone() };
    let snapshot: Snapshot = session
        .run(scan.snapshots(&[place], &|_| {}))
        .pop()
        .unwrap_or_else(|| {
            Err(ForgeError::new(crate::forge::ForgeErrorKind::NotFound, name.to_string(), ""))
        })
        .map_err(|error| {
            Error::from(error).hint(format!("the shape of the fleet is in `{name}`"))
        })?;
    // All of the pack is wanted: asking for it once lets it come in few documents.
    for entry in snapshot.below(&shape.path).entries.values() {
        let _ = snapshot.read(entry.id);
    }
    session.run(scan.fetch_wanted());
    let commit = snapshot.commit.clone().unwrap_or_default();
    let source = format!("{name} at {}", commit.get(..12).unwrap_or(&commit));
    load::from_snapshot(&snapshot, &shape.path, &source)
}
