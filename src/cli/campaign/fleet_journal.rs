//! What the journal of a fleet on this machine knows of a campaign.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::campaign::effect_kind::EffectKind;
use crate::campaign::memory::Memory;
use crate::campaign::plan::{Item, Plan};
use crate::campaign::state::State;
use crate::cli::Context;
use crate::cli::shared::journal;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::forge::ForgeAddress;
use crate::journal::{EffectRecord, Journal, OperationName, Unfinished};

/// The journal of a fleet, which may not be there yet.
#[derive(Clone, Copy)]
pub(super) struct FleetJournal<'j> {
    pub(super) fleet: &'j Fleet,
    pub(super) forge: &'j ForgeAddress,
    /// The file, if another one than the fleet's is meant.
    pub(super) file: Option<&'j Path>,
}

impl FleetJournal<'_> {
    /// What it knows of the campaign; `None` if that never began here.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn begun(self, context: &Context, campaign: &str) -> Result<Option<Unfinished>> {
        let file = journal::file_at(self.file, context, self.fleet, self.forge)?;
        let name = OperationName::new("campaign", campaign);
        Journal::look(&file)?.map_or(Ok(None), |journal| journal.unfinished(&name))
    }

    /// The same for what can do without: nothing if it cannot be read.
    pub(super) fn memory(self, context: &Context, campaign: &str) -> Memory {
        let begun = self.begun(context, campaign).ok().flatten();
        Memory::of_effects(begun.map(|begun| begun.effects).unwrap_or_default())
    }

    /// Notes the pull requests of the campaign that were merged on the forge: `shipshape` alone knows only what the journal knows,
    /// and would propose for ever to look after them. The look at the forge is what was asked for, so if the journal cannot be
    /// written, or another run works on the campaign, the next look notes them.
    pub(super) fn note_merged(self, context: &Context, plan: &Plan, memory: &Memory) {
        let merged = merged_elsewhere(plan, memory);
        if !merged.is_empty() {
            let _ = self.enter(context, &plan.campaign, &merged);
        }
    }

    /// Enters these effects as found done.
    fn enter(self, context: &Context, campaign: &str, keys: &[String]) -> Result<()> {
        let file = journal::file_at(self.file, context, self.fleet, self.forge)?;
        let (name, now) =
            (OperationName::new("campaign", campaign), context.clock.again().rfc3339());
        let input = json!({ "campaign": campaign });
        let Some(operation) = Journal::open(&file)?.begin_if_free(&name, &input, &now)? else {
            return Ok(());
        };
        keys.iter().try_for_each(|key| operation.found_now(key, &true))
    }

    /// Whether the campaign last opened a pull request in a run that was limited to named members.
    pub(super) fn was_limited(self, context: &Context, campaign: &str) -> bool {
        self.limited_to(context, campaign).is_some()
    }

    /// The repositories of the run that last opened a pull request, if that was limited to named members. Journals of earlier
    /// versions do not know them.
    pub(super) fn limited_to(self, context: &Context, campaign: &str) -> Option<BTreeSet<String>> {
        limited_to(&self.begun(context, campaign).ok().flatten()?.effects)
    }
}

/// The effects by which the pull requests of a plan that was made just now have ended that the journal takes to be open, and that
/// were merged. Of one that was closed a person may still have to decide.
fn merged_elsewhere(plan: &Plan, memory: &Memory) -> Vec<String> {
    let is_it = |item: &&Item| item.state == State::Merged && memory.leaves_open(&item.repository);
    let key = |item: &Item| {
        let number = item.pull?;
        Some(EffectKind::Merge.key(&item.repository, format_args!("#{number} on the forge")))
    };
    plan.items.iter().filter(is_it).filter_map(key).collect()
}

/// See [`FleetJournal::limited_to`].
fn limited_to(effects: &[EffectRecord]) -> Option<BTreeSet<String>> {
    let is_offer = |effect: &&EffectRecord| {
        let kind = EffectKind::of_key(&effect.key).map(|(kind, _)| kind);
        matches!(kind, Some(EffectKind::Open | EffectKind::Reopen))
    };
    let is_limited =
        |effect: &EffectRecord| effect.intent.get(EffectKind::LIMITED).is_some_and(|it| it == true);
    let mut offers = effects.iter().filter(is_offer).rev().peekable();
    offers.peek().filter(|last| is_limited(last))?;
    // The first of a run has the names for all of them.
    let named = offers.find_map(|effect| effect.intent.get(EffectKind::NAMED)?.as_array());
    let named = named.into_iter().flatten().filter_map(Value::as_str);
    Some(named.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::EffectState;

    #[test]
    fn the_last_run_says_to_what_it_was_limited() {
        let open = |repository: &str, intent: Value| EffectRecord {
            key: EffectKind::Open.key(repository, "1 after #0 in R"),
            intent,
            state: EffectState::Done(json!(true)),
            tries: 1,
        };
        let first =
            open("acme/a", json!({ "limited": true, "named": ["acme/a", "acme/b", "acme/c"] }));
        let second = open("acme/b", json!({ "limited": true }));
        let whole = open("acme/d", json!({ "limited": false }));
        let named = limited_to(&[whole.clone(), first.clone(), second.clone()]).expect("limited");
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["acme/a", "acme/b", "acme/c"]);
        assert_eq!(limited_to(&[first, whole]), None);
        // A journal of an earlier version.
        assert_eq!(limited_to(&[second]), Some(BTreeSet::new()));
        assert_eq!(limited_to(&[]), None);
    }
}
