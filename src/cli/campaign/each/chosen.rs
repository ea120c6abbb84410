//! The repositories that `merge` and `close` are about, and what the forge shows of them.

use std::collections::HashMap;

use super::{Candidate, Which};
use crate::campaign::apply::Base;
use crate::campaign::file::{Campaign, Moved};
use crate::campaign::held::says;
use crate::campaign::look::{Sight, failure, look};
use crate::campaign::plan::decide::hindrance;
use crate::campaign::plan::{Item, Plan};
use crate::cli::Context;
use crate::cli::campaign::plan::{Applied, Approved, applied};
use crate::cli::shared::forge::Session;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Member, RepositoryName, Selection};
use crate::forge::calls::branch_pulls::Offer;

/// A repository to look at, and the commit that its plan is bound to, if there is a plan.
pub(super) type Place = (RepositoryName, Option<String>);

/// What a run is about.
pub(super) struct Chosen {
    pub(super) fleet: Fleet,
    pub(super) session: Session,
    places: Vec<Place>,
    /// One for each place, in the same order.
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

impl Chosen {
    /// Reads the repositories of the selected members.
    pub(super) fn of(which: &Which, context: &Context, campaign: &Campaign) -> Result<Self> {
        let fleet = context.fleet(which.file.parent())?.ok_or_else(|| {
            Error::usage("a campaign is about a fleet, but there is no fleet.yaml here")
                .hint("name it with --fleet FILE")
        })?;
        let places = repositories(&fleet, &which.members)?;
        let writes = which.forge.writes(places.iter().map(|(name, _)| name));
        let session = which.forge.session(context, Some(&fleet), writes)?;
        let sights = session.run(look(session.client(), &campaign.says.name, &places));
        match failure(&sights) {
            Some(error) => Err(error.clone().into()),
            None => Ok(Self { fleet, session, places, sights }),
        }
    }

    /// Each repository with what the forge showed of it.
    pub(super) fn each(&self) -> impl Iterator<Item = (&Place, &Sight)> {
        self.places.iter().zip(&self.sights)
    }

    /// The open pull requests, each with its repository.
    pub(super) fn open<'c>(&'c self) -> Vec<(&'c RepositoryName, Candidate<'c>)> {
        let candidate = |((name, _), sight): (&'c Place, &'c Sight)| {
            let offer = sight.offer.as_ref().ok().filter(|offer| offer.open_pull().is_some())?;
            Some((name, Candidate { repository: name.to_string(), offer, sight }))
        };
        self.each().filter_map(candidate).collect()
    }

    /// The repositories without a pull request to which the plan beside the campaign would offer the change; `None` if
    /// there are none.
    pub(super) fn waiting(&self, which: &Which, campaign: &Campaign) -> Option<Waiting> {
        let file = which.file.with_extension("plan.json");
        let plan = Plan::load(&file).ok().filter(|plan| {
            plan.campaign == campaign.says.name && plan.file_digest == campaign.digest
        })?;
        let meant = plan.items.iter().filter(|item| item.offers());
        let meant: HashMap<String, &Item> = meant.map(|item| (item.name().key(), item)).collect();
        let has_none = |sight: &Sight| {
            let offer = sight.offer.as_ref();
            offer.is_ok_and(|offer| !offer.pulls.iter().any(|pull| says(pull, &plan.campaign)))
        };
        let item = |name: &RepositoryName| meant.get(&name.key());
        let waiting = self.each().filter(|(_, sight)| has_none(sight));
        let waiting = waiting.filter_map(|((name, _), sight)| {
            let offer = sight.offer.as_ref().ok().filter(|offer| hindrance(offer).is_none())?;
            Some((*item(name)?, offer))
        });
        let (open, shut): (Vec<_>, Vec<_>) = waiting.partition(|(_, offer)| offer.may_push);
        if open.len() + shut.len() == 0 {
            return None;
        }
        let has_moved = |(item, offer): &(&Item, &Offer)| {
            let change = item.change.as_ref();
            change.is_some_and(|change| Base::of(change, offer) == Base::Moved)
        };
        // Where the base moved, this plan opens nothing any more.
        let is_outdated = plan.terms.moved == Moved::Leave && open.iter().any(has_moved);
        let applied = match is_outdated {
            true => which.applied_anew(&plan, &self.fleet),
            false => applied(&plan, &self.fleet, &file, Approved::Perhaps),
        };
        Some(Waiting { count: open.len(), shut: shut.len(), applied })
    }
}

/// The repositories of the selected members, each once; retired ones too.
fn repositories(fleet: &Fleet, members: &[String]) -> Result<Vec<Place>> {
    let meant: Vec<&Member> = if members.is_empty() {
        fleet.members.iter().collect()
    } else {
        Selection::parse(members)?.of(fleet)?
    };
    let names = Fleet::by_repository(meant).into_iter();
    Ok(names.map(|(repository, _)| (repository.clone(), None)).collect())
}
