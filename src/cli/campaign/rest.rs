//! What a run does of a plan, by what the journal knows of earlier runs: the question is about that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::apply::{How, Means};
use super::fleet_journal::FleetJournal;
use super::is_of_revert;
use crate::campaign::approval::is_needed;
use crate::campaign::effect_kind::EffectKind;
use crate::campaign::memory::Memory;
use crate::campaign::plan::{Item, Plan};
use crate::cli::shared::fold::some;
use crate::cli::shared::next::{self, Step, quoted};
use crate::cli::{Context, Exit};
use crate::edge::terminal::visible_line;
use crate::error::Result;
use crate::fleet::{Fleet, RepositoryName};
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

/// Says why `--failed` tries nothing: nothing failed, or what did is not in this plan, and how it is tried then.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn none_of_plan_failed(
    how: &How,
    context: &Context,
    (plan, means): (&Plan, &Means<'_>),
    fleet: &Fleet,
) -> Result<Exit> {
    let failed = failed_beside(how, context, plan, fleet)?;
    if failed.is_empty() {
        context.terminal.note(
            "No repository is known to have failed in the last run: nothing was done. To try those that could not be \
             read, leave out --failed.",
        );
        return Ok(Exit::Clean);
    }
    let them = if failed.len() == 1 { "it" } else { "them" };
    context.terminal.note(&visible_line(&format!(
        "{} failed in the last run, and this plan is not about {them}: nothing was done.",
        some(&failed)
    )));
    // A plan of all members that was made just now is about all that the campaign selects.
    let is_of_some = !means.is_fresh || plan.is_limited;
    if !is_of_some || !Path::new(&plan.file).is_file() {
        return Ok(Exit::Clean);
    }
    let file = quoted(&plan.file);
    let is_approved = is_needed(plan, fleet.manifest.campaigns.approval).is_some();
    let command = match (is_of_revert(plan), is_approved) {
        (true, _) => format!("revert {file} --failed"),
        // `plan` says how it is approved and applied.
        (false, true) => format!("plan {file}"),
        (false, false) => format!("apply {file} --failed"),
    };
    let why = format!("{} failed", failed.len());
    next::note_at_same_place(
        context,
        [Step::because(format!("shipshape campaign {command}"), why)],
    );
    Ok(Exit::Unchecked)
}

/// The repositories of the fleet that failed in the last run, and that the plan is not about.
fn failed_beside(how: &How, context: &Context, plan: &Plan, fleet: &Fleet) -> Result<Vec<String>> {
    let Some(begun) = begun(how, context, plan, fleet)? else { return Ok(Vec::new()) };
    let memory = Memory::of_effects(begun.effects);
    let planned: BTreeSet<String> = plan.items.iter().map(|item| item.name().key()).collect();
    let is_beside =
        |name: &&RepositoryName| !planned.contains(&name.key()) && memory.failed(&name.to_string());
    let repositories = Fleet::by_repository(fleet.active()).into_iter().map(|(name, _)| name);
    Ok(repositories.filter(is_beside).map(ToString::to_string).collect())
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
