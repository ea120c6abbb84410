//! What the journal notes of a campaign beside its effects, for commands that do not ask the forge: to which members its runs
//! were limited, that it was given up, and why a plan does nothing in a repository.
//!
//! A note has the place of an effect that was found done; a newer one replaces it.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::apply::Outcome;
use super::effect_kind::EffectKind;
use super::plan::{Item, Plan, ReasonKind};
use crate::error::Result;
use crate::journal::{EffectRecord, Operation};

/// The keys of notes on a campaign as a whole. They begin with no kind of effect.
const LIMIT: &str = "limit";
const GIVEN_UP: &str = "given-up";
const GIVING_UP: &str = "giving-up";

/// The members that the runs of a campaign were limited to. Those that wait for others leave nothing else in the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The repositories of the members that were named.
    pub named: BTreeSet<String>,
    /// Those of them that the change was to be offered to when they were looked at last.
    pub to_offer: BTreeSet<String>,
}

/// Why a plan does nothing in a repository in which it would do something, as its last run found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idle {
    /// The base branch moved after the plan was made.
    BaseMoved,
    /// The campaign makes another change there now.
    AnotherChange,
    /// Nothing is to be done there any more.
    Over,
}

/// The notes in a journal.
#[derive(Debug)]
pub struct Notes<'e> {
    by_key: BTreeMap<&'e str, &'e Value>,
}

impl<'e> Notes<'e> {
    /// The notes among these effects.
    #[must_use]
    pub fn of(effects: &'e [EffectRecord]) -> Self {
        let note = |effect: &'e EffectRecord| {
            let kind = EffectKind::of_key(&effect.key).map(|(kind, _)| kind);
            let is_one = kind.is_none_or(|kind| kind == EffectKind::Idle);
            Some((effect.key.as_str(), effect.state.outcome().filter(|_| is_one)?))
        };
        Self { by_key: effects.iter().filter_map(note).collect() }
    }

    fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        Option::<T>::deserialize(*self.by_key.get(key)?).ok().flatten()
    }

    /// The limit of the last run; `None` if that was about all members.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        self.read(LIMIT)
    }

    /// Whether it is noted that the last run was about all members. Earlier versions noted that only after one that was
    /// limited.
    #[must_use]
    pub fn is_about_all(&self) -> bool {
        self.by_key.get(LIMIT).is_some_and(|note| note.is_null())
    }

    /// When all of the campaign was given up, RFC 3339, unless a plan of it was carried out since.
    #[must_use]
    pub fn given_up_at(&self) -> Option<String> {
        self.read(GIVEN_UP)
    }

    /// Whether the last run was to give up all of the campaign, and did not come to its end.
    #[must_use]
    pub fn is_giving_up(&self) -> bool {
        self.read(GIVING_UP).unwrap_or(false)
    }

    /// Why the plan with this digest does nothing in a repository.
    #[must_use]
    pub fn idle(&self, repository: &str, plan: &str) -> Option<Idle> {
        self.read(&EffectKind::idle(repository, plan))
    }
}

impl Limit {
    /// The limit once these were named too.
    fn with(mut self, items: &[Item]) -> Self {
        self.named.extend(items.iter().map(|item| item.repository.clone()));
        self.looked_at(items)
    }

    /// The limit after a look at these repositories. Of one that could not be read, what was known stays.
    #[must_use]
    pub fn looked_at(mut self, items: &[Item]) -> Self {
        for item in items.iter().filter(|item| !item.is_unread()) {
            let repository = &item.repository;
            match item.offers() && self.named.contains(repository) {
                true => self.to_offer.insert(repository.clone()),
                false => self.to_offer.remove(repository),
            };
        }
        self
    }

    /// Notes the limit.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn note(&self, operation: &Operation) -> Result<()> {
        operation.found_now(LIMIT, self)
    }
}

impl Idle {
    /// By the outcome of a run; `None` if something was done, or may be done by a later run.
    fn of(outcome: &Outcome) -> Option<Self> {
        if outcome.is_moved() {
            return Some(Self::BaseMoved);
        }
        if outcome.reason.is(ReasonKind::AnotherChange) {
            return Some(Self::AnotherChange);
        }
        // What could not be done or read may be possible later.
        let is_over = outcome.state.is_settled() && !outcome.state.is_hindered();
        is_over.then_some(Self::Over)
    }
}

/// Notes that a run carries out a plan.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn begin(operation: &Operation, plan: &Plan) -> Result<()> {
    let effects = operation.effects()?;
    let notes = Notes::of(&effects);
    let before = notes.limit();
    // A run without a limit is about all members; one with a limit also means what earlier ones named.
    let after = plan.is_limited.then(|| before.clone().unwrap_or_default().with(&plan.items));
    // A run about all may leave nothing else here: elsewhere the first wave was opened, and the next one waits.
    let is_noted = notes.by_key.contains_key(LIMIT);
    if after != before || !is_noted {
        operation.found_now(LIMIT, &after)?;
    }
    if notes.given_up_at().is_some() {
        operation.found_now(GIVEN_UP, &None::<String>)?;
    }
    giving_up(operation, false)
}

/// Notes whether a run begins to give up all of the campaign: if it is killed, the rest is to be given up too.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn giving_up(operation: &Operation, is_all: bool) -> Result<()> {
    let is_noted = Notes::of(&operation.effects()?).is_giving_up();
    if is_noted == is_all { Ok(()) } else { operation.found_now(GIVING_UP, &is_all) }
}

/// Notes in which repositories a plan does nothing, by the outcomes of its run. Where a pull request was opened, the journal
/// has that.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn end(operation: &Operation, plan: &Plan, outcomes: &[Outcome]) -> Result<()> {
    let effects = operation.effects()?;
    let notes = Notes::of(&effects);
    let opened: BTreeSet<&str> = effects
        .iter()
        .filter(|effect| effect.state.outcome().is_some())
        .filter_map(|effect| EffectKind::of_key(&effect.key))
        .filter_map(|(kind, repository)| kind.offers().then_some(repository))
        .collect();
    let meant = plan.items.iter().zip(outcomes).filter(|(item, _)| item.is_to_do());
    for (item, outcome) in meant.filter(|(item, _)| !opened.contains(item.repository.as_str())) {
        let (repository, idle) = (&item.repository, Idle::of(outcome));
        if idle != notes.idle(repository, &plan.digest) {
            operation.found_now(&EffectKind::idle(repository, &plan.digest), &idle)?;
        }
    }
    Ok(())
}

/// Notes that all of the campaign was given up at this time, RFC 3339: what was planned by then is not proposed any more.
///
/// # Errors
/// When the journal cannot be written.
pub fn give_up(operation: &Operation, now: &str) -> Result<()> {
    operation.found_now(GIVEN_UP, &now)?;
    giving_up(operation, false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::campaign::plan::Action;
    use crate::journal::EffectState;

    fn items(items: &[(&str, Action)]) -> Vec<Item> {
        let item = |(name, action): &(&str, Action)| {
            let item = json!({
                "repository": format!("acme/{name}"), "members": [], "owner": null, "wave": 1, "action": action,
                "state": "planned", "reason": "", "pull": null, "page": null, "change": null,
            });
            serde_json::from_value(item).expect("an item")
        };
        items.iter().map(item).collect()
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| format!("acme/{name}")).collect()
    }

    #[test]
    fn what_was_named_is_meant_until_it_is_offered() {
        let both = items(&[("a", Action::Open), ("b", Action::Open)]);
        let first = Limit::default().with(&both);
        assert_eq!(first, Limit { named: names(&["a", "b"]), to_offer: names(&["a", "b"]) });
        let more = items(&[("b", Action::Leave), ("c", Action::Finish)]);
        let second = first.clone().with(&more);
        let named = names(&["a", "b", "c"]);
        assert_eq!(second, Limit { named, to_offer: names(&["a", "c"]) });
        // A look at all members names nobody.
        let seen = items(&[("a", Action::Complete), ("b", Action::Open), ("d", Action::Open)]);
        let named = names(&["a", "b"]);
        assert_eq!(first.looked_at(&seen), Limit { named, to_offer: names(&["b"]) });
    }

    #[test]
    fn a_note_is_read_as_it_was_entered() {
        let note = |key: &str, outcome: Value| EffectRecord {
            key: key.to_owned(),
            intent: json!({}),
            state: EffectState::Done(outcome),
            tries: 0,
            failed_before: None,
        };
        let effects = [
            note(&EffectKind::idle("acme/a", "d"), json!(Idle::AnotherChange)),
            note(&EffectKind::idle("acme/b", "d"), Value::Null),
            note(GIVEN_UP, json!("2026-11-30T10:00:00Z")),
            note(LIMIT, Value::Null),
        ];
        let notes = Notes::of(&effects);
        assert_eq!(notes.idle("acme/a", "d"), Some(Idle::AnotherChange));
        assert_eq!((notes.idle("acme/b", "d"), notes.idle("acme/a", "e")), (None, None));
        assert_eq!(notes.given_up_at().as_deref(), Some("2026-11-30T10:00:00Z"));
        assert_eq!(notes.limit(), None);
    }
}
