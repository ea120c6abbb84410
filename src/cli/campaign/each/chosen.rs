//! The repositories that `merge` and `close` are about, and what the forge shows of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Candidate, Which};
use crate::campaign::apply::{Base, now};
use crate::campaign::asked::Asked;
use crate::campaign::file::{Campaign, Moved};
use crate::campaign::held::is_of_campaign;
use crate::campaign::look::{Sight, Spot, failure, look};
use crate::campaign::plan::decide::hindrance;
use crate::campaign::plan::gate::{Seen, any_may_start};
use crate::campaign::plan::{Item, Plan};
use crate::campaign::state::State;
use crate::cli::Context;
use crate::cli::campaign::conditions::check_members;
use crate::cli::campaign::fleet_journal::FleetJournal;
use crate::cli::campaign::only::beside;
use crate::cli::campaign::plan::{Applied, Approved, applied};
use crate::cli::shared::forge::Session;
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName, Selection};
use crate::forge::calls::branch_pulls::{Offer, PullSeen, PullStanding};

/// What a run is about.
pub(super) struct Chosen {
    pub(super) fleet: Fleet,
    pub(super) session: Session,
    /// Repositories that are no longer members, in which the campaign has left a pull request open.
    pub(super) former: Vec<RepositoryName>,
    spots: Vec<Spot>,
    /// One for each of them, in the same order.
    sights: Vec<Sight>,
}

/// Repositories to which a plan offers the change, and which have no pull request yet. Those that are archived, for example,
/// do not count.
pub(super) struct Waiting {
    pub(super) count: usize,
    /// How many others the token may not push to.
    pub(super) shut: usize,
    /// How to apply that plan, or a new one if it is outdated.
    pub(super) applied: Applied,
}

/// Repositories in which the campaign has no pull request yet.
pub(super) struct NotOffered {
    pub(super) names: Vec<String>,
    /// The command that goes on there.
    pub(super) command: String,
}

impl Chosen {
    /// Reads the repositories of the selected members.
    pub(super) fn of(which: &Which, context: &Context, campaign: &Campaign) -> Result<Self> {
        let fleet = context.fleet(which.file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, but there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        let address = which.forge.address(Some(&fleet))?;
        let file = which.state.as_deref();
        let journal = FleetJournal { fleet: &fleet, forge: &address, file };
        let former = journal.former(&journal.memory(context, &campaign.says.name));
        let spots = repositories(&fleet, &which.members, &former)?;
        let writes = which.forge.writes(spots.iter().map(|spot| &spot.name));
        let session = which.forge.session(context, Some(&fleet), writes)?;
        let sights = session.run(look(session.client(), &campaign.says.name, &spots));
        match failure(&sights) {
            Some(error) => Err(error.clone().into()),
            None => Ok(Self { fleet, session, former, spots, sights }),
        }
    }

    /// Reports which members that were not named are concerned as well.
    pub(super) fn note_others(&self, context: &Context, members: &[String]) {
        if members.is_empty() {
            return;
        }
        let named = Selection::parse(members).and_then(|selection| selection.of(&self.fleet));
        let Ok(named) = named else { return };
        let open: Vec<String> = self.open().iter().map(|(name, _)| name.key()).collect();
        let is_open = |name: &RepositoryName| open.contains(&name.key());
        for line in beside(&self.fleet, &named, "the pull request", is_open) {
            context.terminal.note(&visible_line(&line));
        }
    }

    /// Each repository with what the forge showed of it.
    pub(super) fn each(&self) -> impl Iterator<Item = (&Spot, &Sight)> {
        self.spots.iter().zip(&self.sights)
    }

    /// The open pull requests, each with its repository.
    pub(super) fn open<'c>(&'c self) -> Vec<(&'c RepositoryName, Candidate<'c>)> {
        let candidate = |(spot, sight): (&'c Spot, &'c Sight)| {
            let offer = sight.offer.as_ref().ok().filter(|offer| offer.open_pull().is_some())?;
            Some((&spot.name, Candidate { repository: spot.name.to_string(), offer, sight }))
        };
        self.each().filter_map(candidate).collect()
    }

    /// The repositories without a pull request to which the plan beside the campaign would offer the change now; `None` if
    /// there are none. `ended` are those whose pull requests this run has merged, by key.
    pub(super) fn waiting(
        &self,
        which: &Which,
        campaign: &Campaign,
        ended: &BTreeSet<String>,
    ) -> Option<Waiting> {
        let (file, plan) = which.plan_beside(campaign)?;
        let (open, shut): (Vec<_>, Vec<_>) =
            self.without_pull(&plan).into_iter().partition(|(_, offer)| offer.may_push);
        // The next wave may wait for a pull request that this run did not merge.
        let is_waiting = |item: &Item| open.iter().any(|(it, _)| it.repository == item.repository);
        let places = plan.items.iter().enumerate();
        let places = places.filter(|(_, item)| is_waiting(item)).map(|(index, _)| index);
        let seen = self.seen(&plan, ended);
        let count = match any_may_start(&plan.terms, &plan.items, &seen, places) {
            true => open.len(),
            false => 0,
        };
        if count + shut.len() == 0 {
            return None;
        }
        let has_moved = |(item, offer): &(&Item, &Offer)| {
            let change = item.change.as_ref();
            change.is_some_and(|change| Base::of(change, offer) == Base::Moved)
        };
        // Where the base moved, this plan opens nothing any more; where campaign.yaml or fleet.yaml was changed, it is refused.
        let is_outdated = plan.file_digest != campaign.digest
            || plan.terms.moved == Moved::Leave && open.iter().any(has_moved)
            || check_members(&plan, &self.fleet).is_err();
        let applied = match is_outdated {
            true => which.applied_anew(&plan, &self.fleet),
            false => applied(&plan, &self.fleet, &file, Approved::Perhaps),
        };
        Some(Waiting { count, shut: shut.len(), applied })
    }

    /// Where the change was not offered yet, by the plan beside the campaign or, of a revert, by what was merged.
    pub(super) fn not_offered(
        &self,
        context: &Context,
        which: &Which,
        campaign: &Campaign,
    ) -> Option<NotOffered> {
        let (names, applied): (Vec<String>, Applied) = if which.reverted {
            let reverted = Campaign::load(&which.file).ok()?;
            let waiting = self.not_reverted(context, which, (&reverted, campaign)).into_iter();
            let asked = self.asked(context, which, campaign);
            let applied = which.reverted_anew(&reverted, &self.fleet, asked.as_ref());
            (waiting.map(|repository| repository.name.clone()).collect(), applied)
        } else {
            let (_, plan) = which.plan_beside(campaign)?;
            let waiting = self.without_pull(&plan).into_iter();
            let names = waiting.map(|(item, _)| item.name().name).collect();
            (names, which.applied_anew(&plan, &self.fleet))
        };
        (!names.is_empty()).then_some(NotOffered { names, command: applied.command })
    }

    /// What a plan offers to repositories in which the campaign has no pull request. Those that are archived, for example, do not
    /// count.
    fn without_pull<'p>(&'p self, plan: &'p Plan) -> Vec<(&'p Item, &'p Offer)> {
        let meant = plan.items.iter().filter(|item| item.offers());
        let meant: HashMap<String, &Item> = meant.map(|item| (item.name().key(), item)).collect();
        let is_one = |offer: &&Offer| {
            hindrance(offer).is_none()
                && !offer.pulls.iter().any(|pull| is_of_campaign(pull, &plan.campaign))
        };
        let offered = |(spot, sight): (&Spot, &'p Sight)| {
            let offer = sight.offer.as_ref().ok().filter(is_one)?;
            Some((*meant.get(&spot.name.key())?, offer))
        };
        self.each().filter_map(offered).collect()
    }

    /// How to offer the revert of a campaign where it was merged and the revert was not offered since: there it waits for a later
    /// wave or a limit, for which no plan is kept. `None` if there are none.
    pub(super) fn unreverted(
        &self,
        context: &Context,
        which: &Which,
        (campaign, inverse): (&Campaign, &Campaign),
    ) -> Option<Waiting> {
        let count = self.not_reverted(context, which, (campaign, inverse)).len();
        let asked = self.asked(context, which, inverse);
        let applied = which.reverted_anew(campaign, &self.fleet, asked.as_ref());
        (count > 0).then_some(Waiting { count, shut: 0, applied })
    }

    /// The repositories in which a campaign was merged and to which its revert was not offered since, as far as that was asked for.
    pub(super) fn not_reverted(
        &self,
        context: &Context,
        which: &Which,
        (campaign, inverse): (&Campaign, &Campaign),
    ) -> Vec<&RepositoryName> {
        // Then all was offered at once.
        if inverse.goes_at_once() {
            return Vec::new();
        }
        let asked = self.asked(context, which, inverse);
        let active: HashSet<String> =
            self.fleet.active().map(|member| member.repository.key()).collect();
        let there = self.session.run(look(self.session.client(), &campaign.says.name, &self.spots));
        let newest = |sight: &Sight, of: &Campaign, counts: &dyn Fn(&PullSeen) -> bool| {
            let pulls = sight.offer.as_ref().map_or(&[][..], |offer| &offer.pulls[..]);
            let of_it =
                pulls.iter().filter(|pull| is_of_campaign(pull, &of.says.name) && counts(pull));
            of_it.map(|pull| pull.number).max()
        };
        let waits = |((spot, back), there): &((&Spot, &Sight), &Sight)| {
            let merged = newest(there, campaign, &|pull| pull.state == PullStanding::Merged);
            let offer = back.offer.as_ref();
            active.contains(&spot.name.key())
                && asked.as_ref().is_none_or(|asked| asked.named.contains(&spot.name.to_string()))
                && offer.is_ok_and(|offer| offer.may_push && hindrance(offer).is_none())
                && merged > newest(back, inverse, &|_| true)
        };
        self.each().zip(&there).filter(waits).map(|((spot, _), _)| &spot.name).collect()
    }

    /// For which repositories the revert was asked that this run is about; `None` for all.
    fn asked(&self, context: &Context, which: &Which, revert: &Campaign) -> Option<Asked> {
        let name = &revert.says.name;
        let is_one = |pull: &PullSeen| is_of_campaign(pull, name);
        let is_there = |offer: &Offer| offer.pulls.iter().any(is_one);
        let is_offered = self.sights.iter().any(|sight| sight.offer.as_ref().is_ok_and(is_there));
        let forge = self.session.client().address();
        let journal = FleetJournal { fleet: &self.fleet, forge, file: which.state.as_deref() };
        journal.asked(context, name, is_offered)
    }

    /// How the repositories of a plan count for those that wait. What this run did not look at is taken to be as planned.
    fn seen(&self, plan: &Plan, ended: &BTreeSet<String>) -> Vec<Seen> {
        let sights: HashMap<String, &Sight> =
            self.each().map(|(spot, sight)| (spot.name.key(), sight)).collect();
        let members: HashSet<String> =
            self.fleet.members.iter().map(|member| member.repository.key()).collect();
        let seen = |item: &Item| {
            let key = item.name().key();
            match sights.get(&key) {
                _ if ended.contains(&key) => Seen::new(State::Merged, false),
                // A new plan will not have it.
                _ if !members.contains(&key) => Seen::new(State::Skipped, false),
                Some(sight) => now(plan, item, sight).1.for_others(),
                None => item.seen(),
            }
        };
        plan.items.iter().map(seen).collect()
    }
}

/// The repositories of the selected members, each once; retired ones too. A former member's repository is selected by its
/// name only.
fn repositories(fleet: &Fleet, members: &[String], former: &[RepositoryName]) -> Result<Vec<Spot>> {
    let former_of = |term: &String| {
        let is_it = |name: &&RepositoryName| {
            [&name.to_string(), &name.name].iter().any(|it| it.eq_ignore_ascii_case(term))
        };
        let is_member = fleet.named(term).next().is_some();
        former.iter().find(is_it).filter(|_| !is_member)
    };
    let terms: Vec<&String> = members.iter().filter(|term| former_of(term).is_none()).collect();
    let meant: Vec<&Member> = match (members.is_empty(), terms.is_empty()) {
        (true, _) => fleet.members.iter().collect(),
        (false, true) => Vec::new(),
        (false, false) => Selection::parse(terms)?.of(fleet)?,
    };
    let names = Fleet::by_repository(meant).into_iter().map(|(repository, _)| repository);
    let names = names.chain(members.iter().filter_map(former_of));
    Ok(names.map(Spot::unplanned).collect())
}
