//! What is said after pull requests were closed: how to offer the change there again, which waivers or entries of the baseline
//! prevent that, and where it was not offered yet.

use super::Which;
use super::chosen::{Chosen, NotOffered};
use super::report::needs_approval;
use super::run::Run;
use crate::campaign::file::Campaign;
use crate::campaign::held::Held;
use crate::campaign::identity::branch;
use crate::campaign::look::Sight;
use crate::campaign::selection;
use crate::cli::Context;
use crate::cli::campaign::only::{naming, offered_again};
use crate::cli::shared::decisions;
use crate::cli::shared::fold::some;
use crate::cli::shared::next::{at_same_place, quoted};
use crate::edge::terminal::visible_line;
use crate::error::{Error, Result};
use crate::fleet::baseline::Entry;
use crate::fleet::waivers::Waiver;
use crate::fleet::{Date, Fleet, Member};

impl Which {
    /// Notes which command offers the change again, and which waivers or entries of the baseline keep it from doing so.
    pub(super) fn note_given_up(
        &self,
        context: &Context,
        campaign: &Campaign,
        chosen: &Chosen,
        run: &Run<'_>,
    ) {
        let fleet = &chosen.fleet;
        let file = quoted(&self.file.display().to_string());
        // What other people declined stays declined: without the members, there is no command.
        let Some(only) = naming(fleet, &run.ended) else { return };
        let what = if self.reverted { "inverse" } else { "change" };
        let needs_approval = needs_approval(campaign, fleet);
        let does = if needs_approval { "plans" } else { "offers" };
        let command = offered_again(&file, &only, self.reverted, needs_approval);
        let command = at_same_place(context, &command);
        context.terminal.note(&visible_line(&format!(
            "Given up: `{command}` {does} the {what} there again; nothing else does."
        )));
        let changed = changed_branches(chosen, run);
        if !changed.is_empty() {
            context.terminal.note(&visible_line(&format!(
                "Delete the branch `{}` before that in {}: it stays as a person changed it.",
                branch(&campaign.says.name),
                some(&changed)
            )));
        }
        if self.reverted {
            return;
        }
        // The pull requests are closed by now, whatever is wrong with the waivers or the baseline.
        for lines in [waived(context, campaign, fleet, run), in_baseline(campaign, fleet, run)] {
            let warning = |error: Error| vec![format!("WARNING: {}", error.in_one_line())];
            for line in lines.unwrap_or_else(warning) {
                context.terminal.note(&visible_line(&line));
            }
        }
    }
}

impl Which {
    /// Notes where the change was not offered yet, after all of the campaign was given up: nothing was closed there.
    pub(super) fn note_not_offered(&self, context: &Context, campaign: &Campaign, chosen: &Chosen) {
        let Some(NotOffered { names, command }) = chosen.not_offered(context, self, campaign)
        else {
            return;
        };
        // A revert is about what was merged, whatever is selected. Whether it can be made, only a plan of it shows.
        let (unless, end) = match self.reverted {
            true => (", unless it is blocked", ""),
            false => ("", " To end the campaign there too, leave them out in `select`."),
        };
        context.terminal.note(&visible_line(&format!(
            "Not offered yet, in {}: only `{}` goes on there{unless}.{end}",
            some(&names),
            at_same_place(context, &command)
        )));
    }
}

/// The repositories of pull requests that this run closed, whose branch stays since a person changed it. Where only the base
/// branch of the pull request was changed, nothing is in the way.
fn changed_branches(chosen: &Chosen, run: &Run<'_>) -> Vec<String> {
    let is_changed = |sight: &Sight| {
        let is_edited = matches!(sight.held, Held::Edited { .. });
        sight.offer.as_ref().is_ok_and(|offer| {
            let base = offer.open_pull().map(|pull| &pull.base_branch);
            is_edited && offer.branch.is_some() && base == offer.default_branch.as_ref()
        })
    };
    let closed = chosen.each().filter(|(spot, _)| run.ended.contains(&spot.name.key()));
    let changed = closed.filter(|(_, sight)| is_changed(sight));
    changed.map(|(spot, _)| spot.name.name.clone()).collect()
}

/// A line for each closed member with waivers that the campaign keeps to: `--reopen` offers nothing that they accept.
fn waived(
    context: &Context,
    campaign: &Campaign,
    fleet: &Fleet,
    run: &Run<'_>,
) -> Result<Vec<String>> {
    if !campaign.rests_on_decisions() {
        return Ok(Vec::new());
    }
    let waivers = decisions::waivers(context, fleet)?;
    let today = Date(context.clock.today());
    let line = |member: &Member| {
        let about: Vec<String> = waivers
            .of(&member.names(), today)
            .filter(|waiver| selection::is_about(&campaign.says.select, &waiver.rule))
            .map(said)
            .collect();
        let waiver = match about.len() {
            0 => return None,
            1 => "a waiver",
            _ => "waivers",
        };
        Some(format!(
            "{} has {waiver} in {}, of {}: `--reopen` does not offer what is waived.",
            member.slug,
            fleet.manifest.waivers,
            some(&about)
        ))
    };
    let closed = fleet.members.iter().filter(|member| run.ended.contains(&member.repository.key()));
    Ok(closed.filter_map(line).collect())
}

/// A line for each closed member with findings in the baseline that the campaign keeps to, likewise.
fn in_baseline(campaign: &Campaign, fleet: &Fleet, run: &Run<'_>) -> Result<Vec<String>> {
    let baseline = decisions::baseline(fleet)?
        .filter(|_| campaign.rests_on_decisions() && !campaign.says.select.include_baseline);
    let Some(baseline) = baseline else { return Ok(Vec::new()) };
    let line = |member: &Member| {
        let entries = baseline.repositories.get(&member.name())?;
        let about: Vec<String> = entries
            .iter()
            .filter(|entry| selection::is_about(&campaign.says.select, &entry.code))
            .map(|Entry { code, path, .. }| match path {
                Some(path) => format!("{code} {path}"),
                None => code.clone(),
            })
            .collect();
        let findings = match about.len() {
            0 => return None,
            1 => "a finding",
            _ => "findings",
        };
        Some(format!(
            "{} has {findings} in the baseline, {}: `--reopen` does not offer what the baseline accepts.",
            member.slug,
            some(&about)
        ))
    };
    let closed = fleet.members.iter().filter(|member| run.ended.contains(&member.repository.key()));
    Ok(closed.filter_map(line).collect())
}

/// What a waiver is about, with its reason.
fn said(waiver: &Waiver) -> String {
    let path = waiver.path.as_ref().map(|path| format!(" {path}")).unwrap_or_default();
    format!("{}{path} ({})", waiver.rule, waiver.reason)
}
