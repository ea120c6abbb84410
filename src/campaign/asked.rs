//! For which repositories a revert was asked, as far as is known here. Pure.
//!
//! A revert may be limited to named members, and only the journal of the machine where it was run knows that: elsewhere, pull
//! requests in some repositories say nothing about the others. Nobody is led to a revert that nobody is known to have asked for.

use std::collections::BTreeSet;

use super::effect_kind::EffectKind;
use super::memory::Memory;
use super::notes::Notes;
use super::plan::{Action, Item, Kinds, Plan, ReasonKind};
use super::state::{Lead, State};
use super::status::Row;
use crate::journal::EffectRecord;

/// The reason where nobody is known to have asked for it.
const NOT_ASKED_FOR: &str =
    "not asked for, as far as is known here: `campaign revert -m MEMBER` offers it";

/// The repositories for which a revert was asked that is not about all of them: those in which it has begun, and the ones of
/// members that were named here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The repositories of the members that were named here.
    pub named: BTreeSet<String>,
}

impl Asked {
    /// What the journal knows of a revert by its effects; `None` if that is about all repositories. `is_offered` says whether
    /// the forge shows a pull request of it: without one, nobody has asked for some only.
    #[must_use]
    pub fn of(effects: &[EffectRecord], is_offered: bool) -> Option<Self> {
        let notes = Notes::of(effects);
        if let Some(limit) = notes.limit() {
            return Some(Self { named: limit.named });
        }
        // In earlier versions, a run about all noted no limit. Only to merge or to close is to ask for nothing.
        let mut kinds = effects.iter().filter_map(|effect| EffectKind::of_key(&effect.key));
        let is_of_all = notes.is_about_all() || kinds.any(|(kind, _)| kind.offers());
        (is_offered && !is_of_all).then(Self::default)
    }

    /// The plan of the revert as far as it was asked for. What an earlier run has begun, or tried, was asked for, and so was
    /// what an earlier one closed until it is needed again. Where the campaign was merged once more after its revert, the
    /// revert that is merged says nothing.
    #[must_use]
    pub fn of_plan(&self, plan: &Plan, memory: &Memory) -> Plan {
        // What is in the way of a revert that nobody asked for is in nobody's way.
        let is_in_the_way = |item: &Item| {
            let is_hindered = item.state == State::Blocked || item.is(ReasonKind::MayNotPush);
            item.action == Action::Leave && item.pull.is_none() && is_hindered
        };
        let is_left_out = |item: &Item| {
            (item.action == Action::Open || is_in_the_way(item))
                && !self.named.contains(&item.repository)
                && memory.refused(&item.repository).is_none()
                && !item.is(ReasonKind::NeededAgain)
        };
        let as_asked = |item: Item| match is_left_out(&item) {
            true => Item {
                action: Action::Leave,
                state: State::Skipped,
                reason: NOT_ASKED_FOR.to_owned(),
                kinds: Kinds::new(),
                change: None,
                ..item
            },
            false => item,
        };
        let mut plan = plan.clone();
        plan.items = plan.items.into_iter().map(as_asked).collect();
        plan
    }

    /// Whether somebody asked for the revert there. One that is only found to be blocked was not asked for.
    #[must_use]
    pub fn is_about(&self, row: &Row) -> bool {
        let has_pull = row.pull.is_some() && row.state != State::Skipped;
        let is_begun = has_pull || row.is_refused() || row.state.lead() == Lead::Offer;
        is_begun || self.named.contains(&row.repository)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::journal::EffectState;

    fn effect(key: &str, outcome: Value) -> EffectRecord {
        EffectRecord {
            key: key.to_owned(),
            intent: json!({}),
            state: EffectState::Done(outcome),
            tries: 1,
            failed_before: None,
        }
    }

    #[test]
    fn without_a_word_of_the_journal_only_what_is_on_the_forge_was_asked_for() {
        let of = |effects: &[EffectRecord]| Asked::of(effects, true);
        assert_eq!(of(&[]), Some(Asked::default()));
        assert_eq!(Asked::of(&[], false), None);
        let merged = effect("merge acme/a #2 at c", json!(true));
        assert_eq!(of(std::slice::from_ref(&merged)), Some(Asked::default()));
        let opened = effect("open acme/a d after #1 in R", json!(true));
        assert_eq!(of(&[merged, opened.clone()]), None);
        assert_eq!(of(&[effect("limit", Value::Null)]), None);
        let limit = effect("limit", json!({ "named": ["acme/a"], "to_offer": [] }));
        let named = ["acme/a".to_owned()].into();
        assert_eq!(of(&[opened, limit]), Some(Asked { named }));
    }

    #[test]
    fn what_is_blocked_where_nobody_asked_for_it_is_not_looked_at() {
        let asked = Asked { named: ["acme/a".to_owned()].into() };
        let is_about = |repository: &str, state, pull| {
            asked.is_about(&Row { pull, ..Row::sample(repository, state) })
        };
        assert!(is_about("acme/a", State::Blocked, None));
        assert!(!is_about("acme/b", State::Blocked, None));
        assert!(is_about("acme/b", State::Red, Some(2)));
        assert!(!is_about("acme/b", State::Skipped, Some(2)));
    }
}
