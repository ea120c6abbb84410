//! What the journal of a fleet on this machine knows of a campaign.

use std::path::Path;

use serde_json::json;

use crate::campaign::asked::Asked;
use crate::campaign::effect_kind::EffectKind;
use crate::campaign::memory::Memory;
use crate::campaign::notes::{Limit, Notes};
use crate::campaign::plan::{Item, Plan};
use crate::campaign::state::State;
use crate::cli::Context;
use crate::cli::shared::journal;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::forge::ForgeAddress;
use crate::journal::{Journal, OperationName, Unfinished};

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

    /// Notes what a look at the forge found: pull requests of the campaign that were merged there, and named members that the
    /// change is not to be offered to any more. `shipshape` alone knows only what the journal knows, and would propose for ever
    /// to look after them. The look is what was asked for, so if the journal cannot be written, or another run works on the
    /// campaign, the next look notes them.
    pub(super) fn note_seen(self, context: &Context, plan: &Plan, memory: &Memory) {
        let merged = merged_elsewhere(plan, memory);
        let limit = self.limit(context, &plan.campaign);
        let newer = limit.clone().map(|limit| limit.looked_at(&plan.items));
        let newer = newer.filter(|newer| Some(newer) != limit.as_ref());
        if !merged.is_empty() || newer.is_some() {
            let _ = self.enter(context, plan, &merged);
        }
    }

    /// Enters these effects as found done, and what a look at the plan's repositories says of the limit.
    fn enter(self, context: &Context, plan: &Plan, keys: &[String]) -> Result<()> {
        let campaign = &plan.campaign;
        let file = journal::file_at(self.file, context, self.fleet, self.forge)?;
        let (name, now) =
            (OperationName::new("campaign", campaign), context.clock.again().rfc3339());
        let input = json!({ "campaign": campaign });
        let Some(operation) = Journal::open(&file)?.begin_if_free(&name, &input, &now)? else {
            return Ok(());
        };
        keys.iter().try_for_each(|key| operation.found_now(key, &true))?;
        // The limit may be another one since it was looked at: nobody changes it now.
        let limit = Notes::of(&operation.effects()?).limit();
        limit.map_or(Ok(()), |limit| limit.looked_at(&plan.items).note(&operation))
    }

    /// The members that the runs of the campaign were limited to; `None` if the last one was about all.
    fn limit(self, context: &Context, campaign: &str) -> Option<Limit> {
        Notes::of(&self.begun(context, campaign).ok().flatten()?.effects).limit()
    }

    /// For which repositories a revert was asked; `None` for all. `is_offered` says whether the forge shows a pull request of it.
    pub(super) fn asked(self, context: &Context, revert: &str, is_offered: bool) -> Option<Asked> {
        let begun = self.begun(context, revert).ok().flatten();
        Asked::of(&begun.map(|begun| begun.effects).unwrap_or_default(), is_offered)
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
