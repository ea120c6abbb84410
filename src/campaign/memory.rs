//! What the journal knew of a campaign when a run began, by repository.
//!
//! [`EffectKind`] makes the keys of effects. When journal and forge disagree, the forge is right: what it shows as done
//! is recorded ([`super::recorder::Recorder::seen`]), and what was done once but no longer holds is done again
//! ([`Memory::anew`]).

use std::collections::BTreeMap;

use serde_json::Value;

use super::effect_kind::EffectKind;
use crate::error::Result;
use crate::journal::{EffectRecord, EffectState, Operation};

/// The effects of a campaign, by repository.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    effects: BTreeMap<String, Vec<EffectRecord>>,
}

impl Memory {
    /// Reads what an operation knows now.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn of(operation: &Operation) -> Result<Self> {
        Ok(Self::of_effects(operation.effects()?))
    }

    /// What these effects of a campaign say, in their order.
    #[must_use]
    pub fn of_effects(records: Vec<EffectRecord>) -> Self {
        let mut effects: BTreeMap<String, Vec<EffectRecord>> = BTreeMap::new();
        for effect in records {
            if let Some((_, repository)) = EffectKind::of_key(&effect.key) {
                effects.entry(repository.to_owned()).or_default().push(effect);
            }
        }
        Self { effects }
    }

    fn of_repository(&self, repository: &str) -> &[EffectRecord] {
        self.effects.get(repository).map_or(&[], Vec::as_slice)
    }

    /// The keys of a repository's effects with this prefix, each with whether it was done.
    #[must_use]
    pub fn like(&self, repository: &str, beginning: &str) -> Vec<(&str, bool)> {
        let effects = self.of_repository(repository).iter();
        let like = effects.filter(|effect| effect.key.starts_with(beginning));
        like.map(|effect| (effect.key.as_str(), effect.state.outcome().is_some())).collect()
    }

    /// Whether an effect was done.
    #[must_use]
    pub fn is_done(&self, repository: &str, key: &str) -> bool {
        let mut effects = self.of_repository(repository).iter();
        effects.any(|effect| effect.key == key && effect.state.outcome().is_some())
    }

    /// The key for an effect that an earlier attempt may have recorded without achieving it. If the last matching
    /// effect has the outcome `false`, this is a fresh key; otherwise the key of that effect.
    #[must_use]
    pub fn unless_held(&self, repository: &str, key: String) -> String {
        let last = |key: &String| {
            let mut effects = self.of_repository(repository).iter();
            effects.rfind(|effect| effect.key.starts_with(key)).cloned()
        };
        match last(&key) {
            Some(EffectRecord { state: EffectState::Done(Value::Bool(false)), .. }) => {
                self.anew(repository, key)
            }
            Some(effect) => effect.key,
            None => key,
        }
    }

    /// Whether an effect was started without a recorded outcome.
    #[must_use]
    pub fn is_begun(&self, repository: &str, key: &str) -> bool {
        let mut effects = self.of_repository(repository).iter();
        effects.any(|effect| effect.key == key && effect.state.outcome().is_none())
    }

    /// The repositories that it knows.
    pub fn repositories(&self) -> impl Iterator<Item = &str> {
        self.effects.keys().map(String::as_str)
    }

    /// The repositories of which [`Self::leaves_open`] is true.
    pub fn left_open(&self) -> impl Iterator<Item = &str> {
        self.repositories().filter(|repository| self.leaves_open(repository))
    }

    /// Whether a pull request was opened, updated or reopened in a repository, and this campaign merged or closed none.
    #[must_use]
    pub fn leaves_open(&self, repository: &str) -> bool {
        use EffectKind::{Close, Merge, Open, Reopen, Update};
        let done = self.of_repository(repository).iter().rev();
        let done = done.filter(|effect| effect.state.outcome().is_some());
        let mut kinds = done.filter_map(|effect| Some(EffectKind::of_key(&effect.key)?.0));
        let last = kinds.find(|kind| [Open, Update, Reopen, Merge, Close].contains(kind));
        matches!(last, Some(Open | Update | Reopen))
    }

    /// Whether the last thing that was tried on a repository failed. What failed before that,
    /// such as a merge at an earlier commit, has another key and is past.
    #[must_use]
    pub fn failed(&self, repository: &str) -> bool {
        self.last(repository, EffectKind::is_tried)
            .is_some_and(|effect| effect.why_failed().is_some())
    }

    /// Why the change was not offered to a repository when that was last tried.
    #[must_use]
    pub fn refused(&self, repository: &str) -> Option<&str> {
        self.last(repository, EffectKind::offers)?.why_failed()
    }

    /// The last effect of such a kind on a repository.
    fn last(
        &self,
        repository: &str,
        is_such: impl Fn(EffectKind) -> bool,
    ) -> Option<&EffectRecord> {
        let is_it = |effect: &&EffectRecord| {
            EffectKind::of_key(&effect.key).is_some_and(|(kind, _)| is_such(kind))
        };
        self.of_repository(repository).iter().rfind(is_it)
    }

    /// The key for something that has to be done even if it was done before, such as closing a pull request that a
    /// person reopened.
    #[must_use]
    pub fn anew(&self, repository: &str, key: String) -> String {
        if !self.is_done(repository, &key) {
            return key;
        }
        let before = self.of_repository(repository).len();
        (2..=before + 1)
            .map(|time| format!("{key}, time {time}"))
            .find(|key| !self.is_done(repository, key))
            .unwrap_or(key)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn memory(effects: &[(&str, EffectState)]) -> Memory {
        let record = |(key, state): &(&str, EffectState)| EffectRecord {
            key: (*key).to_owned(),
            intent: Value::Null,
            state: state.clone(),
            tries: 1,
            failed_before: None,
        };
        let effects = effects.iter().map(record).collect();
        Memory { effects: [("acme/a".to_owned(), effects)].into() }
    }

    #[test]
    fn what_had_no_effect_is_done_under_another_key() {
        let key = || "auto-merge acme/a #1 by p".to_owned();
        let done =
            |held: bool| memory(&[("auto-merge acme/a #1 by p", EffectState::Done(json!(held)))]);
        assert_eq!(memory(&[]).unless_held("acme/a", key()), key());
        assert_eq!(done(true).unless_held("acme/a", key()), key());
        assert_eq!(done(false).unless_held("acme/a", key()), format!("{}, time 2", key()));
        let twice = memory(&[
            ("auto-merge acme/a #1 by p", EffectState::Done(json!(false))),
            ("auto-merge acme/a #1 by p, time 2", EffectState::Done(json!(true))),
        ]);
        assert_eq!(twice.unless_held("acme/a", key()), format!("{}, time 2", key()));
    }

    #[test]
    fn what_failed_is_tried_as_a_failure_until_it_comes_about() {
        let tried = |state, failed_before: Option<&str>| {
            let mut memory = memory(&[("open acme/a d after #0 in R", state)]);
            for effect in memory.effects.values_mut().flatten() {
                (effect.tries, effect.failed_before) = (3, failed_before.map(str::to_owned));
            }
            let why = memory.refused("acme/a").map(str::to_owned);
            assert_eq!(memory.failed("acme/a"), why.is_some());
            why
        };
        let no = Some("no".to_owned());
        assert_eq!(tried(EffectState::Failed("no".to_owned()), None), no);
        // It was tried again, and that was cut off.
        assert_eq!(tried(EffectState::Intended, Some("no")), no);
        // Every try was cut off: nothing has failed.
        assert_eq!(tried(EffectState::Intended, None), None);
        assert_eq!(tried(EffectState::Done(json!(true)), None), None);
    }

    #[test]
    fn what_failed_under_an_earlier_key_is_past() {
        let no = || EffectState::Failed("no".to_owned());
        let done = || EffectState::Done(json!(true));
        let failed = |effects: &[(&str, EffectState)]| memory(effects).failed("acme/a");
        let [first, second] = ["merge acme/a #1 at c", "merge acme/a #1 at d"];
        assert!(failed(&[(first, no())]));
        assert!(!failed(&[(first, no()), (second, done())]));
        // By a person.
        assert!(!failed(&[(first, no()), ("merge acme/a #1 on the forge", done())]));
        assert!(failed(&[(first, done()), (second, no())]));
        // A note is nothing that was tried.
        assert!(failed(&[(first, no()), ("idle acme/a by p", done())]));
    }

    #[test]
    fn what_was_opened_is_left_open_until_the_campaign_ends_it() {
        let done = |key| (key, EffectState::Done(json!(true)));
        let open = done("open acme/a d after #0 in R");
        assert!(memory(std::slice::from_ref(&open)).leaves_open("acme/a"));
        assert!(!memory(&[open, done("merge acme/a #1 at c")]).leaves_open("acme/a"));
        assert!(
            !memory(&[("open acme/a d", EffectState::Failed("no".to_owned()))])
                .leaves_open("acme/a")
        );
    }
}
