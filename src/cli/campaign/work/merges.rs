//! Merging what is approved and green while a run watches.

use std::collections::BTreeSet;

use super::{Voice, Work};
use crate::campaign::apply::Outcome;
use crate::campaign::fit::Fit;
use crate::campaign::look::{Sight, Spot, look};
use crate::campaign::memory::Memory;
use crate::campaign::merge::{Lenience, merge, method};
use crate::campaign::plan::{Item, Plan};
use crate::campaign::recorder::{Recorder, Tried};
use crate::campaign::state::State;
use crate::cli::campaign::each::Refusal;
use crate::edge::interrupt::Interrupt;
use crate::error::Result;
use crate::forge::calls::branch_pulls::{Offer, PullSeen};
use crate::journal::Operation;

/// An approved pull request that still offers what was shown.
#[derive(Clone, Copy)]
struct Approved<'a> {
    item: &'a Item,
    sight: &'a Sight,
    offer: &'a Offer,
    pull: &'a PullSeen,
}

/// What became of it.
enum Became {
    /// It was merged; the reason if its branch stays.
    Merged { branch_stays: Option<String> },
    /// It is not merged, for this reason.
    Not { why: String, is_left: IsLeft },
    /// Nothing else is merged in this round, for this reason.
    Stops(String),
}

/// Whether waiting is useless for one that is not merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IsLeft {
    /// A person has to do something.
    ToPeople,
    /// A later look may find something else.
    ForLater,
}

impl<'a> Approved<'a> {
    /// `None` where nothing is open any more, or something else is offered by now.
    fn of(item: &'a Item, sight: &'a Sight) -> Option<Self> {
        let offer = sight.offer.as_ref().ok()?;
        let pull = offer.open_pull()?;
        let fit = item.change.as_ref()?.fit(&sight.held);
        (fit == Fit::AsWanted).then_some(Self { item, sight, offer, pull })
    }

    /// A line about it.
    fn said(&self, what: &str) -> String {
        format!("{} #{}{what}", self.item.repository, self.pull.number)
    }
}

impl Work<'_> {
    /// Merges what is approved and green, and adds why others are not merged. Returns whether anything was merged.
    pub(super) fn merges(
        &self,
        (plan, outcomes): (&Plan, &[Outcome]),
        operation: &Operation,
        interrupt: &Interrupt,
        beside: &mut Vec<String>,
    ) -> Result<bool> {
        let is_ready = |outcome: &Outcome| outcome.state == State::Approved;
        let ready: Vec<&Item> = plan
            .items
            .iter()
            .zip(outcomes)
            .filter(|(item, outcome)| is_ready(outcome) && item.change.is_some())
            .map(|(item, _)| item)
            .collect();
        if ready.is_empty() {
            return Ok(false);
        }
        let asked: Vec<Spot> = ready.iter().map(|item| Spot::of(item)).collect();
        let client = self.session.client();
        let sights = self.session.run(look(client, &plan.campaign, &asked));
        let unwanted = self.unwanted((&ready, &asked), &sights)?;
        let memory = Memory::of(operation)?;
        let (now, told) = (self.now(), self.told());
        let recorder =
            self.recorder(plan, operation, &memory, interrupt, Voice { now: &now, told: &told });
        let mut merged = false;
        for (item, sight) in ready.into_iter().zip(&sights) {
            if interrupt.is_asked() {
                break;
            }
            if let Some(why) = self.hours.shut() {
                beside.push(format!("the rest is not merged: {why}"));
                break;
            }
            let Some(one) = Approved::of(item, sight) else { continue };
            match self.merge_one((plan, &recorder), one, unwanted.get(&item.name().key()))? {
                Became::Merged { branch_stays } => {
                    let stays =
                        branch_stays.map(|why| one.said(&format!(": its branch stays: {why}")));
                    beside.extend(stays);
                    merged = true;
                }
                Became::Not { why, is_left } => {
                    beside.push(one.said(&format!(" not merged: {why}")));
                    if is_left == IsLeft::ToPeople {
                        self.left_approved.borrow_mut().insert(item.repository.clone());
                    }
                }
                Became::Stops(why) => {
                    beside.push(why);
                    break;
                }
            }
        }
        Ok(merged)
    }

    /// Merges one pull request, unless something is in the way. The forge is not asked again for what it refused.
    fn merge_one(
        &self,
        (plan, recorder): (&Plan, &Recorder<'_>),
        one: Approved<'_>,
        unwanted: Option<&Refusal>,
    ) -> Result<Became> {
        let Approved { item, sight, offer, pull } = one;
        if let Some(Refusal { why, is_unknown, .. }) = unwanted {
            // What could not be read may be read at the next look.
            let is_left = if *is_unknown { IsLeft::ForLater } else { IsLeft::ToPeople };
            return Ok(Became::Not { why: why.clone(), is_left });
        }
        let wanted = (plan.terms.auto_merge, &plan.terms.checks[..]);
        let method = match method(pull, offer, &sight.held, wanted, &BTreeSet::new()) {
            Ok(method) => method,
            Err(refused) => {
                let is_left = match refused.unless == Some(Lenience::Checks) {
                    true => IsLeft::ToPeople,
                    false => IsLeft::ForLater,
                };
                return Ok(Became::Not { why: refused.to_string(), is_left });
            }
        };
        let not = |why| Ok(Became::Not { why, is_left: IsLeft::ForLater });
        let key = (item.repository.clone(), pull.head.clone());
        let known = self.refused.borrow().get(&key).cloned();
        if let Some(why) = known {
            return not(why);
        }
        let by = (item.repository.as_str(), offer.viewer.as_str());
        let work = merge(recorder, &item.repository, offer, method);
        match self.session.run(recorder.tried("merge", by, work))? {
            Tried::Done(ended) => {
                // The next read may not show the merge yet.
                let why = "it was merged just now".to_owned();
                self.refused.borrow_mut().insert(key, why);
                Ok(Became::Merged { branch_stays: ended.branch_stays })
            }
            Tried::Failed { why, .. } => {
                self.refused.borrow_mut().insert(key, why.clone());
                not(why)
            }
            Tried::Stops(why) => Ok(Became::Stops(why)),
        }
    }
}
