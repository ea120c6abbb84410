//! What the journal of a fleet on this machine knows of a campaign.

use std::path::Path;

use crate::campaign::effect_kind::EffectKind;
use crate::campaign::memory::Memory;
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

    /// Whether the campaign last opened a pull request in a run that was limited to named members.
    pub(super) fn was_limited(self, context: &Context, campaign: &str) -> bool {
        let begun = self.begun(context, campaign).ok().flatten();
        let effects = begun.map(|begun| begun.effects).unwrap_or_default();
        let is_offer = |effect: &&EffectRecord| {
            let kind = EffectKind::of_key(&effect.key).map(|(kind, _)| kind);
            matches!(kind, Some(EffectKind::Open | EffectKind::Reopen))
        };
        let last = effects.iter().rfind(is_offer);
        last.and_then(|effect| effect.intent.get(EffectKind::LIMITED)).is_some_and(|it| it == true)
    }
}
