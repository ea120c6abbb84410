//! What the journal knew of a campaign when a run began, by repository.
//!
//! Keys of effects are made by [`EffectKind`]. When journal and forge disagree the forge is right: what it shows done is
//! written down ([`super::recorder::Recorder::seen`]), and what was done once and is not so any more is done anew
//! ([`Memory::anew`]).

use std::collections::BTreeMap;

use serde_json::Value;

use super::effect_kind::EffectKind;
use crate::error::Result;
use crate::journal::{EffectRecord, Operation, Standing};

/// Effects of a campaign, by repository.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    effects: BTreeMap<String, Vec<EffectRecord>>,
}

impl Memory {
    /// What an operation knows now.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn of(operation: &Operation) -> Result<Self> {
        let mut effects: BTreeMap<String, Vec<EffectRecord>> = BTreeMap::new();
        for effect in operation.effects()? {
            if let Some((_, repository)) = EffectKind::of_key(&effect.key) {
                effects.entry(repository.to_owned()).or_default().push(effect);
            }
        }
        Ok(Self { effects })
    }

    fn of_repository(&self, repository: &str) -> &[EffectRecord] {
        self.effects.get(repository).map_or(&[], Vec::as_slice)
    }

    /// Keys of effects of a repository that begin like this, each with whether it was done.
    #[must_use]
    pub fn like(&self, repository: &str, beginning: &str) -> Vec<(&str, bool)> {
        let effects = self.of_repository(repository).iter();
        let like = effects.filter(|effect| effect.key.starts_with(beginning));
        like.map(|effect| (effect.key.as_str(), effect.standing.outcome().is_some())).collect()
    }

    /// Whether an effect was done.
    #[must_use]
    pub fn is_done(&self, repository: &str, key: &str) -> bool {
        let mut effects = self.of_repository(repository).iter();
        effects.any(|effect| effect.key == key && effect.standing.outcome().is_some())
    }

    /// The key of something that may have been tried without effect: its own, or another where that was done and the forge
    /// does not have it for all that.
    #[must_use]
    pub fn unless_held(&self, repository: &str, key: String) -> String {
        let last = |key: &String| {
            let mut effects = self.of_repository(repository).iter();
            effects.rfind(|effect| effect.key.starts_with(key)).cloned()
        };
        match last(&key) {
            Some(EffectRecord { standing: Standing::Done(Value::Bool(false)), .. }) => {
                self.anew(repository, key)
            }
            Some(effect) => effect.key,
            None => key,
        }
    }

    /// Whether an effect was begun, and nobody knows what came of it.
    #[must_use]
    pub fn is_begun(&self, repository: &str, key: &str) -> bool {
        let mut effects = self.of_repository(repository).iter();
        effects.any(|effect| effect.key == key && effect.standing.outcome().is_none())
    }

    /// Whether a pull request was opened in a repository, and none was merged or closed by this campaign.
    #[must_use]
    pub fn leaves_open(&self, repository: &str) -> bool {
        let is_done = |deeds: &[EffectKind]| {
            self.of_repository(repository).iter().any(|effect| {
                let kind = EffectKind::of_key(&effect.key).map(|(kind, _)| kind);
                effect.standing.outcome().is_some() && kind.is_some_and(|it| deeds.contains(&it))
            })
        };
        is_done(&[EffectKind::Open, EffectKind::Update, EffectKind::Reopen])
            && !is_done(&[EffectKind::Merge, EffectKind::Close])
    }

    /// Whether something of a repository failed the last time.
    #[must_use]
    pub fn failed(&self, repository: &str) -> bool {
        let mut effects = self.of_repository(repository).iter();
        effects.any(|effect| matches!(effect.standing, Standing::Failed(_)))
    }

    /// The key of something that is to be done although it may have been done before: a pull request that was closed,
    /// opened again by a person, and is closed again.
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

    fn memory(effects: &[(&str, Standing)]) -> Memory {
        let record = |(key, standing): &(&str, Standing)| EffectRecord {
            key: (*key).to_owned(),
            intent: Value::Null,
            standing: standing.clone(),
            tries: 1,
        };
        let effects = effects.iter().map(record).collect();
        Memory { effects: [("acme/a".to_owned(), effects)].into() }
    }

    #[test]
    fn what_had_no_effect_is_done_under_another_key() {
        let key = || "auto-merge acme/a #1 by p".to_owned();
        let done =
            |held: bool| memory(&[("auto-merge acme/a #1 by p", Standing::Done(json!(held)))]);
        assert_eq!(memory(&[]).unless_held("acme/a", key()), key());
        assert_eq!(done(true).unless_held("acme/a", key()), key());
        assert_eq!(done(false).unless_held("acme/a", key()), format!("{}, time 2", key()));
        let twice = memory(&[
            ("auto-merge acme/a #1 by p", Standing::Done(json!(false))),
            ("auto-merge acme/a #1 by p, time 2", Standing::Done(json!(true))),
        ]);
        assert_eq!(twice.unless_held("acme/a", key()), format!("{}, time 2", key()));
    }

    #[test]
    fn what_was_opened_is_left_open_until_the_campaign_ends_it() {
        let done = |key| (key, Standing::Done(json!(true)));
        let open = done("open acme/a d after #0 in R");
        assert!(memory(&[open.clone()]).leaves_open("acme/a"));
        assert!(!memory(&[open, done("merge acme/a #1 at c")]).leaves_open("acme/a"));
        assert!(
            !memory(&[("open acme/a d", Standing::Failed("no".to_owned()))]).leaves_open("acme/a")
        );
    }
}
