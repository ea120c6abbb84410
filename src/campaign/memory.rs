//! What the journal knew of a campaign when a run began, by repository.
//!
//! Keys of effects are made by [`EffectKind`]. When journal and forge disagree the forge is right: what it shows done is
//! written down ([`super::recorder::Recorder::seen`]), and what was done once and is not so any more is done anew
//! ([`Memory::anew`]).

use std::collections::BTreeMap;

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

    /// Whether an effect was begun, and nobody knows what came of it.
    #[must_use]
    pub fn is_begun(&self, repository: &str, key: &str) -> bool {
        let mut effects = self.of_repository(repository).iter();
        effects.any(|effect| effect.key == key && effect.standing.outcome().is_none())
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
