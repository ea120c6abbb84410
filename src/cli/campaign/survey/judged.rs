//! What a campaign wants of each selected member: judges their trees, and computes the changes of those that are meant.
//!
//! Both are steps of their own, since what the forge shows in between matters: what an open pull request of the campaign
//! repairs is wanted until that is merged or closed, whatever the baseline accepts meanwhile.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _,
};

use super::repaired::{OpenPull, Repaired};
use super::{Question, is_told};
use crate::campaign::changes::Surroundings;
use crate::campaign::compute::{Computed, Refused, compute};
use crate::campaign::file::Campaign;
use crate::campaign::fit::Offered;
use crate::campaign::identity::change_digest;
use crate::campaign::look::Sight;
use crate::campaign::plan::{Reason, ReasonKind, Wanted};
use crate::campaign::selection::{self, Accepted};
use crate::checks::{Finding, Repository};
use crate::cli::Context;
use crate::cli::shared::decisions::{self, Owners};
use crate::cli::shared::forge::Session;
use crate::cli::shared::observing::Rounds;
use crate::drift::model::RepositoryReport;
use crate::drift::survey::{Observed, Target, unknown_profile};
use crate::drift::{Settings, judge};
use crate::edge::whole_file;
use crate::error::{Error, Obstacle, Result};
use crate::fleet::{Member, RepositoryName};
use crate::snapshot::{BlobStore, RepoPath, Snapshot};

/// What open pull requests of the campaign change, by repository key.
pub(in crate::cli::campaign) type OpenPulls<'s> = HashMap<String, &'s Offered>;

/// What the campaign's open pull requests change, as seen in these repositories.
pub(in crate::cli::campaign) fn open_pulls<'s>(
    seen: impl Iterator<Item = (&'s RepositoryName, &'s Sight)>,
) -> OpenPulls<'s> {
    let is_open = |sight: &Sight| sight.offer.as_ref().is_ok_and(|it| it.open_pull().is_some());
    let open = seen.filter(|(_, sight)| is_open(sight));
    open.filter_map(|(name, sight)| Some((name.key(), sight.offered()?))).collect()
}

/// The result for one member.
pub(super) struct Found {
    pub(super) wanted: Wanted,
    pub(super) computed: Computed,
    pub(super) tree: Option<Snapshot>,
    /// Whether the selection leaves it out although it has findings.
    pub(super) is_left_out: bool,
    /// The accepted findings because of which it is not selected.
    pub(super) waived: Vec<Accepted>,
}

/// Members whose trees are read and judged.
pub(super) struct Judged<'q, 't> {
    context: &'q Context,
    session: &'q Session,
    question: &'q Question<'t>,
    members: &'q [&'t Member],
    rounds: Rounds<'q>,
    /// Each member's report; empty if the campaign selects members whatever is found.
    reports: Vec<RepositoryReport>,
}

impl<'q, 't> Judged<'q, 't> {
    /// Reads the candidates, and judges them if the selection depends on it.
    pub(super) fn read(
        context: &'q Context,
        session: &'q Session,
        question: &'q Question<'t>,
        (members, targets): (&'q [&'t Member], &'q [Target]),
    ) -> Result<Self> {
        let select = &question.campaign.says.select;
        let mut rounds = Rounds::read(context, session, targets)?;
        let settings = Settings::default();
        let judge = |repository: &Repository<'_>| judge::judge(repository, &settings);
        let needs_judgement = !select.verdicts.is_empty() || !select.findings.is_empty();
        let mut reports = Vec::new();
        if needs_judgement {
            reports = rounds.judge(context, session, &judge)?;
            let judged: Vec<&Target> = targets.iter().collect();
            decisions::apply(context, Some(question.fleet), &judged, &mut reports)?;
        }
        Ok(Self { context, session, question, members, rounds, reports })
    }

    /// The commit at which each repository was read, by its key.
    pub(super) fn commits(&self) -> HashMap<String, String> {
        let mut commits = HashMap::new();
        for (index, member) in self.members.iter().enumerate() {
            if let Some(commit) = self.rounds.whole(index).and_then(|tree| tree.commit.clone()) {
                commits.entry(member.repository.key()).or_insert(commit);
            }
        }
        commits
    }

    /// Computes the changes of the members that are meant. An open pull request keeps its repository selected whatever the
    /// baseline accepts, and what it repairs is repaired as before.
    pub(super) fn computed(self, open: &OpenPulls<'_>) -> Result<Vec<Found>> {
        let Self { context, session, question, members, mut rounds, mut reports } = self;
        let select = &question.campaign.says.select;
        let of_member = |member: &&Member| {
            let offered = open.get(&member.repository.key()).copied()?;
            // In a repository of several members it may be about others.
            let folder = member.path.as_deref().map(RepoPath::new);
            folder.is_none_or(|folder| offered.changes(&folder)).then_some(offered)
        };
        let offered: Vec<Option<&Offered>> = members.iter().map(of_member).collect();
        for (report, offered) in reports.iter_mut().zip(&offered) {
            if select.include_baseline || offered.is_some() {
                report.findings.iter_mut().for_each(Finding::leave_baseline);
            }
        }
        let without_waivers: HashMap<usize, RepositoryReport> =
            reports.iter().enumerate().filter_map(unwaived).collect();
        reports.iter_mut().for_each(judge::settle);
        let meant = |index: usize| {
            let report: Option<&RepositoryReport> = reports.get(index);
            report
                .is_none_or(|report| report.error.is_some() || selection::is_meant(select, report))
        };
        let chosen: Vec<usize> = (0..members.len()).filter(|index| meant(*index)).collect();
        let mut made: BTreeMap<usize, std::result::Result<Computed, Refused>> = BTreeMap::new();
        let store = BlobStore::sharing(
            rounds
                .observed()
                .iter()
                .filter_map(|observed| observed.snapshot.as_ref().ok())
                .flat_map(|snapshot| snapshot.entries.values().map(|entry| entry.id)),
        );
        let bar = context.terminal.progress(chosen.len(), "computing");
        let owners = Owners::of(context, question.fleet)?;
        let owners = if select.include_baseline { owners.without_baseline() } else { owners };
        rounds.work(session, &chosen, &mut |observed, indices| {
            let one = |index: &usize| {
                let member = members.get(*index)?;
                let folder = member.path.as_deref();
                let offered = offered.get(*index).copied().flatten();
                let pull = offered.map(|offered| OpenPull { offered, folder });
                let computed = of_one(question, observed.get(*index)?, &store, (&owners, pull));
                bar.inc(1);
                Some((*index, computed?))
            };
            let results: Vec<_> = indices.par_iter().with_max_len(4).filter_map(one).collect();
            made.extend(results);
        });
        bar.finish_and_clear();
        Ok(rounds
            .observed()
            .iter()
            .enumerate()
            .map(|(index, observed)| {
                let tree = rounds.whole(index).cloned();
                let (wanted, computed) = match (&observed.snapshot, made.remove(&index)) {
                    (Err(error), _) => (Wanted::Unread(unread(error)), Computed::default()),
                    (Ok(_), None) => (Wanted::Unselected, Computed::default()),
                    (Ok(_), Some(Err(Refused { why, nowhere }))) => {
                        (Wanted::Refused(why), Computed { nowhere, ..Computed::default() })
                    }
                    (Ok(_), Some(Ok(computed))) if computed.changes.is_empty() => {
                        // The findings that selected it remain, and somebody has to be shown which.
                        let report = reports.get(index).filter(|_| select.is_by_findings());
                        let findings =
                            report.map(|report| report.findings.clone()).unwrap_or_default();
                        (Wanted::Nothing, Computed { findings, ..computed })
                    }
                    (Ok(_), Some(Ok(computed))) => {
                        (Wanted::Change(change_digest(&computed.changes)), computed)
                    }
                };
                let report = reports.get(index).filter(|_| wanted == Wanted::Unselected);
                let is_left_out = report.is_some_and(|report| report.findings.iter().any(is_told));
                let waived = report.zip(without_waivers.get(&index));
                let waived =
                    waived.map(|(report, without)| selection::waived(select, without, report));
                let waived = waived.unwrap_or_default();
                Found { wanted, computed, tree, is_left_out, waived }
            })
            .collect())
    }
}

/// A report as it would be without waivers, with its place; `None` if nothing in it is waived.
fn unwaived((index, report): (usize, &RepositoryReport)) -> Option<(usize, RepositoryReport)> {
    report.findings.iter().find(|finding| finding.waived.is_some())?;
    let mut report = report.clone();
    report.findings.iter_mut().for_each(|finding| finding.waived = None);
    judge::settle(&mut report);
    Some((index, report))
}

/// Why a tree could not be read.
fn unread(error: &Error) -> Reason {
    match error.obstacle() {
        Some(Obstacle::Permission) => Reason::of(ReasonKind::Unreadable, error.in_one_line()),
        Some(
            Obstacle::Freeze
            | Obstacle::Credential
            | Obstacle::NoReference
            | Obstacle::NoPack
            | Obstacle::NoDescription
            | Obstacle::NoCanon
            | Obstacle::Deleted,
        )
        | None => error.in_one_line().into(),
    }
}

/// The change of one member; `None` if its tree could not be read.
fn of_one(
    question: &Question<'_>,
    observed: &Observed<'_>,
    store: &BlobStore,
    (owners, pull): (&Owners<'_>, Option<OpenPull<'_>>),
) -> Option<std::result::Result<Computed, Refused>> {
    let tree = observed.snapshot.as_ref().ok()?;
    let target = observed.target;
    let store = &store.for_one();
    let Some(profile) = target.shape.profile(target.identity.profile.as_deref()) else {
        let why = unknown_profile(target).to_string();
        return Some(Err(Refused { why, nowhere: Vec::new() }));
    };
    let settings = Settings::default();
    let judged = |tree: &Snapshot| {
        let repository = Repository::new(&target.identity, tree, &target.shape, &profile, store);
        judge::judge(&repository, &settings)
    };
    let found = |tree: &Snapshot| judged(tree).findings;
    let repaired = pull.map(|pull| Repaired::new(pull, tree, &found));
    let stays_open =
        |finding: &Finding| repaired.as_ref().is_some_and(|repaired| repaired.has(finding));
    let judge = |tree: &Snapshot| owners.settled(target, judged(tree), &stays_open);
    let files = |name: &str| beside(question.campaign, name);
    let shape = (&*target.shape, &profile);
    let runtime = question.fleet.manifest.runtime_package.as_ref();
    let runtime = runtime.map(|package| package.distribution.as_str());
    let run = |run: &_, tree: &_| question.commands.run(run, tree);
    let surroundings = Surroundings::new(&target.identity, shape, store, &judge, &files)
        .with_runtime(runtime)
        .with_runner(&run);
    Some(compute(question.campaign, &surroundings, tree))
}

/// A file that the campaign includes.
fn beside(campaign: &Campaign, name: &str) -> Result<Arc<[u8]>> {
    let file: PathBuf = campaign.beside(name)?;
    let bytes = whole_file::read(&file)?;
    let bytes = bytes.ok_or_else(|| Error::usage("there is no such file").in_file(&file))?;
    Ok(bytes.into())
}
