//! What a run does of a plan, by what the journal knows of earlier runs: the question is about that.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::How;
use super::fleet_journal::FleetJournal;
use crate::campaign::effect_kind::EffectKind;
use crate::campaign::memory::Memory;
use crate::campaign::plan::{Item, Plan};
use crate::cli::Context;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::journal::Unfinished;

/// The part of the plan that this run is about: with `--failed`, what failed; otherwise what this machine has not offered
/// yet. `None` if that is the whole plan.
///
/// # Errors
/// When the journal cannot be read, which only `--failed` needs.
pub(super) fn left_of(
    how: &How,
    context: &Context,
    plan: &Plan,
    fleet: &Fleet,
) -> Result<Option<Plan>> {
    match how.failed {
        true => failed_of(how, context, plan, fleet),
        false => Ok(not_offered_of(how, context, plan, fleet)),
    }
}

/// The part of the plan that `--failed` tries: the repositories that failed in the last run. `None` if there is none.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn failed_of(
    how: &How,
    context: &Context,
    plan: &Plan,
    fleet: &Fleet,
) -> Result<Option<Plan>> {
    let Some(begun) = begun(how, context, plan, fleet)? else { return Ok(None) };
    let memory = Memory::of_effects(begun.effects);
    let has_failed = |item: &&Item| memory.failed(&item.repository);
    let items: Vec<Item> = plan.items.iter().filter(has_failed).cloned().collect();
    Ok((!items.is_empty()).then(|| Plan { items, ..plan.clone() }))
}

/// What the journal knows of the campaign.
fn begun(how: &How, context: &Context, plan: &Plan, fleet: &Fleet) -> Result<Option<Unfinished>> {
    let forge = &how.forge.address(Some(fleet))?;
    FleetJournal { fleet, forge, file: how.state.as_deref() }.begun(context, &plan.campaign)
}

/// The plan without repositories that this machine has already offered the change to, so that the question is about the
/// rest. `None` if there is no difference, or nothing left.
fn not_offered_of(how: &How, context: &Context, plan: &Plan, fleet: &Fleet) -> Option<Plan> {
    let begun = begun(how, context, plan, fleet).ok()??;
    let opened: BTreeSet<&str> = begun
        .effects
        .iter()
        .filter(|effect| effect.state.outcome().is_some())
        .filter_map(|effect| EffectKind::of_key(&effect.key))
        .filter_map(|(kind, repository)| (kind == EffectKind::Open).then_some(repository))
        .collect();
    // A pull request that the plan does not know yet; one with a number is offered again.
    let is_offered = |item: &Item| {
        item.offers() && item.pull.is_none() && opened.contains(item.repository.as_str())
    };
    if !plan.items.iter().any(is_offered) {
        return None;
    }
    let items = plan.items.iter().filter(|item| !is_offered(item)).cloned().collect();
    let left = Plan { items, contents: BTreeMap::new(), ..plan.clone() };
    let is_any = left.to_do().next().is_some();
    is_any.then_some(left)
}
