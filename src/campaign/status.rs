//! The status of a campaign: each repository with its state and the reason.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::asked::Asked;
use super::memory::Memory;
use super::plan::gate::{Seen, hold};
use super::plan::missing::without_sentence;
use super::plan::reason::MAY_NOT_PUSH_BEGINS;
use super::plan::{Action, Extra, Item, Kinds, Plan, ReasonKind, is_unselected};
use super::state::{Lead, State};
use super::state_of_open_pull::is_unreadable;
use crate::source::secrets::masked;

/// Name and version of the document, see `schemas/campaign-status.schema.json`.
pub const SCHEMA: &str = "shipshape/campaign-status/1";

/// The status of a campaign.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Status {
    /// Name and version of this format.
    pub schema: &'static str,
    /// The campaign.
    pub campaign: String,
    /// When the status was read, RFC 3339 in UTC.
    pub at: String,
    /// The forge's address.
    pub forge: String,
    /// Number of repositories by state. States without any are left out, and so are repositories that are not
    /// selected.
    pub counts: BTreeMap<State, usize>,
    /// Number of repositories that the campaign does not select, for whatever reason: by their kinds, for example, or by
    /// their findings. If members are named, only these count.
    pub not_selected: usize,
    /// The repositories, in the order in which they are changed. Those that the campaign leaves out before it reads them
    /// come last.
    pub repositories: Vec<Row>,
}

/// One repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The members in it, by their slugs.
    pub members: Vec<String>,
    /// Its owner: a team or a person.
    pub owner: Option<String>,
    /// Its wave; the first is 1. `null` if it has no place in one: nothing is to be changed, or it is left out.
    pub wave: Option<u32>,
    /// Its state.
    pub state: State,
    /// The reason for the state, for people.
    pub reason: String,
    /// What the reason is about, for programs.
    pub kinds: Kinds,
    /// Its newest pull request.
    pub pull: Option<u64>,
    /// The URL of the pull request's page.
    pub page: Option<String>,
    /// Parts of the pull request that the token cannot read, one line each. What depends on them is unknown.
    pub unread: Vec<String>,
    /// What its open pull request lacks. `campaign apply` adds it.
    pub missing: Vec<Extra>,
    /// Whether a pull request of the campaign is open: one that is blocked or failed may have one too.
    #[serde(skip)]
    pub has_open_pull: bool,
    /// Whether the next `campaign apply` renews its open pull request.
    #[serde(skip)]
    pub is_to_renew: bool,
    /// Whether its pull request was declined and is open according to the journal: commands that do not ask the forge lead to it.
    #[serde(skip)]
    pub is_followed: bool,
}

/// Whether an address, which a forge gave, leads to a page and runs nothing where it is followed.
#[must_use]
pub fn is_web_page(address: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme))
}

impl Row {
    /// A row for tests of what shows rows.
    #[cfg(test)]
    pub(crate) fn sample(repository: &str, state: State) -> Self {
        Self {
            repository: repository.to_owned(),
            members: Vec::new(),
            owner: None,
            wave: Some(1),
            state,
            reason: String::new(),
            kinds: Kinds::new(),
            pull: Some(7),
            page: None,
            unread: Vec::new(),
            missing: Vec::new(),
            has_open_pull: state.is_open(),
            is_to_renew: false,
            is_followed: false,
        }
    }

    /// The row of a planned repository.
    fn of(item: &Item, memory: &Memory) -> Self {
        Self {
            repository: item.repository.clone(),
            members: item.members.clone(),
            owner: item.owner.clone(),
            wave: item.is_in_wave().then_some(item.wave),
            state: item.state,
            reason: masked(&item.reason).into_owned(),
            kinds: item.kinds.clone(),
            pull: item.pull,
            page: item.page.clone().filter(|page| is_web_page(page)),
            unread: item.unread.iter().map(|line| masked(line).into_owned()).collect(),
            missing: item.missing.clone(),
            has_open_pull: item.is_open(),
            is_to_renew: item.action == Action::Update,
            is_followed: item.state == State::Declined && memory.leaves_open(&item.repository),
        }
    }

    /// Whether its pull request is open although the campaign does not want it any more.
    #[must_use]
    pub fn is_left_open(&self) -> bool {
        let is_it = |(kind, _): &(ReasonKind, &str)| self.kinds.contains(kind);
        self.state.is_open() && ReasonKind::UNWANTED.iter().any(is_it)
    }

    /// The first line of the reason, and what its pull request lacks.
    #[must_use]
    pub fn said(&self) -> String {
        self.with_missing(self.reason.lines().next().unwrap_or_default())
    }

    /// [`Self::said`] without the [`Self::remark`], which often holds for many.
    #[must_use]
    pub fn said_apart(&self) -> String {
        let first = self.reason.lines().next().unwrap_or_default();
        self.with_missing(without_sentence(first).map_or(first, |it| it.reason))
    }

    /// What the reason says of the repository's settings.
    #[must_use]
    pub fn remark(&self) -> Option<&'static str> {
        without_sentence(self.reason.lines().next()?).map(|it| it.remark)
    }

    fn with_missing(&self, reason: &str) -> String {
        match Extra::in_words(&self.missing) {
            None => reason.to_owned(),
            Some(missing) => format!("{reason}; {missing}"),
        }
    }

    /// Whether the campaign does not select it.
    #[must_use]
    pub fn is_unselected(&self) -> bool {
        is_unselected(self.state, &self.kinds)
    }

    /// Whether the token may not push to it, which is all that is in the way.
    #[must_use]
    pub fn is_not_to_be_pushed_to(&self) -> bool {
        self.state.may_lack_push() && self.kinds.contains(&ReasonKind::MayNotPush)
    }

    /// Whether its pull request is approved and no check ran on it, so that it is merged only on request.
    #[must_use]
    pub fn is_approved_without_checks(&self) -> bool {
        self.state.lead() == Lead::Merge && self.kinds.contains(&ReasonKind::NoChecks)
    }

    /// Whether the last `apply` tried to offer the change, and failed.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.state == State::Failed && self.kinds.contains(&ReasonKind::Refused)
    }

    /// Whether the token may not see it, or the checks of its pull request.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        is_unreadable(self.state, &self.kinds)
    }
}

/// The item as failed, if the change is still to be offered and the last attempt to do so failed: the forge does not show
/// that. Whether the token may push was looked up just now.
fn as_tried(item: &Item, memory: &Memory) -> Item {
    let is_to_offer = item.offers() && item.state == State::Planned;
    let why = memory.refused(&item.repository).filter(|why| !why.contains(MAY_NOT_PUSH_BEGINS));
    match why.filter(|_| is_to_offer) {
        Some(why) => Item {
            state: State::Failed,
            reason: format!("the last `apply` failed: {why}"),
            kinds: [ReasonKind::Refused].into(),
            ..item.clone()
        },
        None => item.clone(),
    }
}

/// The row as paused, if the repository has to wait for others.
fn with_hold(held: Option<String>, row: Row) -> Row {
    match held {
        Some(reason) => Row { state: State::Paused, reason, kinds: Kinds::new(), ..row },
        None => row,
    }
}

impl Status {
    /// The same without the repositories for which nobody asked. What could not be read may be one of the others.
    #[must_use]
    pub fn as_asked(&self, asked: &Asked) -> Self {
        let mut status = self.clone();
        status.repositories.retain(|row| asked.is_about(row) || row.state.lead() == Lead::Retry);
        status
    }

    /// The status of a campaign, from a plan that was made just now and the repositories that it leaves out. `memory` is what
    /// the journal knows of it.
    #[must_use]
    pub fn of(plan: &Plan, unselected: &[Item], memory: &Memory) -> Self {
        let items: Vec<Item> = plan.items.iter().map(|item| as_tried(item, memory)).collect();
        let seen: Vec<Seen> = items.iter().map(Item::seen).collect();
        // A repository that has to wait gets the same reason as in a run.
        let held = |index: usize, item: &Item| {
            let begins = item.offers() && item.state == State::Planned;
            begins.then(|| hold(&plan.terms, &items, &seen, index, 0)).flatten()
        };
        let row =
            |(index, item): (usize, &Item)| with_hold(held(index, item), Row::of(item, memory));
        let planned = items.iter().enumerate().map(row);
        let of = |item: &Item| Row::of(item, memory);
        let repositories: Vec<Row> = planned.chain(unselected.iter().map(of)).collect();
        let (unselected, meant): (Vec<&Row>, Vec<&Row>) =
            repositories.iter().partition(|row| row.is_unselected());
        let mut counts: BTreeMap<State, usize> = BTreeMap::new();
        for row in meant {
            *counts.entry(row.state).or_default() += 1;
        }
        Self {
            schema: SCHEMA,
            campaign: plan.campaign.clone(),
            at: plan.made_at.clone(),
            forge: plan.forge.clone(),
            counts,
            not_selected: unselected.len(),
            repositories,
        }
    }

    /// Rows by owner; those without one come last. For each owner, what needs a person comes first.
    #[must_use]
    pub fn by_owner<'s>(&'s self) -> Vec<(Option<&'s str>, Vec<&'s Row>)> {
        let mut groups: BTreeMap<(bool, &'s str), Vec<&'s Row>> = BTreeMap::new();
        for row in &self.repositories {
            let owner = row.owner.as_deref();
            groups.entry((owner.is_none(), owner.unwrap_or_default())).or_default().push(row);
        }
        let sorted = |mut rows: Vec<&'s Row>| {
            // The sort is stable: rows of the same state keep the order of the plan.
            rows.sort_by_key(|row| row.state.order());
            rows
        };
        groups
            .into_iter()
            .map(|((nobody, owner), rows)| ((!nobody).then_some(owner), sorted(rows)))
            .collect()
    }

    /// The stuck repositories that later waves wait for.
    #[must_use]
    pub fn holding(&self) -> Vec<&Row> {
        self.waited_for(|row| row.state.is_stuck())
    }

    /// The repositories that later waves wait for, whose open pull request is a person's by now.
    #[must_use]
    pub fn taken_over_and_holding(&self) -> Vec<&Row> {
        self.waited_for(|row| row.state == State::Edited && row.has_open_pull)
    }

    /// Those of these repositories that later waves wait for.
    fn waited_for(&self, is_one: impl Fn(&Row) -> bool) -> Vec<&Row> {
        let waits = |wave: Option<u32>| {
            self.repositories.iter().any(|it| it.state.is_held_back() && it.wave > wave)
        };
        self.repositories.iter().filter(|it| is_one(it) && waits(it.wave)).collect()
    }

    /// Whether nothing more happens without a person or another command. What the token may not see is not waited for,
    /// since the token would not see it change.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.repositories
            .iter()
            .all(|row| row.state.is_left_to_people() || !row.state.is_open() || row.is_unreadable())
    }

    /// Whether something is left to do, and a person has to do it.
    #[must_use]
    pub fn is_left_to_people(&self) -> bool {
        self.is_settled() && self.repositories.iter().any(|row| row.state.lead() != Lead::Nothing)
    }

    /// The rows that changed since an earlier status.
    #[must_use]
    pub fn changed_since<'s>(&'s self, before: &Self) -> Vec<&'s Row> {
        let known = |row: &&Row| !before.repositories.contains(*row);
        self.repositories.iter().filter(known).collect()
    }
}
