//! What a campaign waits for, according to its files and this machine's journal.

use std::collections::BTreeSet;

use super::facts::{Campaign, Done, Halt, Plan, Verb};
use super::words::ago;
use super::{Suggestion, Urgency, suggest};
use crate::counted::counted_as;

/// Maximum number of names to list of those that are waited for.
const NAMES: usize = 2;

/// The command that continues a campaign; `None` if it has ended as far as is known here.
pub(super) fn next(campaign: &Campaign, now: i64) -> Option<(Urgency, Suggestion)> {
    let nothing = Done::default();
    let done = campaign.done.as_ref().unwrap_or(&nothing);
    let made = |plan: &Plan| {
        plan.made_at.map_or_else(String::new, |made_at| format!(" {}", ago(now, made_at)))
    };
    // A run in progress must be neither interrupted nor repeated.
    if let Some(run) = &done.at_it {
        let why = format!(
            "a run is in progress ({run}): the state of each repository, and what waits for what"
        );
        return Some((Urgency::UnderWay, status(campaign, why)));
    }
    if let Some(halt) = &done.halt {
        return Some((Urgency::Failed, again(campaign, halt)));
    }
    match &campaign.plan {
        None if campaign.done.is_none() => {
            let why = match &campaign.unusable_plan {
                Some(why) => format!("{why}; a plan writes nothing on the forge"),
                None => "this campaign is not planned yet; a plan writes nothing on the forge"
                    .to_owned(),
            };
            Some((Urgency::Decided, suggest("campaign plan", why).with(&campaign.file)))
        }
        Some(plan) if !plan.is_current && done.opened.is_empty() => {
            let why = format!("it was changed since it was planned{}", made(plan));
            let command = if campaign.is_reverted { "campaign revert" } else { "campaign plan" };
            Some((Urgency::Decided, limited(suggest(command, why).with(&campaign.file), campaign)))
        }
        Some(plan) if plan.is_current && rest(plan, done).next().is_some() => {
            if let Some(why) = waits(plan, done) {
                let why = format!("{why}: the state of each repository, and what to do");
                return Some((Urgency::UnderWay, status(campaign, why)));
            }
            if let moved @ 1.. = all_moved(plan, done) {
                return Some((Urgency::Decided, replanned(campaign, plan, moved)));
            }
            let planned = counted_as(plan.repositories.len(), "repository", "repositories");
            let why = match plan.repositories.len() - rest(plan, done).count() {
                0 => format!("planned{} for {planned}, and not applied", made(plan)),
                some => format!("planned{} for {planned}, and applied in {some}", made(plan)),
            };
            let why = if campaign.is_reverted { format!("reverts it: {why}") } else { why };
            Some((Urgency::Decided, applied(plan, why)))
        }
        _ if done.opened.len() > done.ended.len() => {
            let opened = counted_as(done.opened.len(), "pull request", "pull requests");
            let since = done
                .begun_at
                .map_or_else(String::new, |at| format!(" since it started {}", ago(now, at)));
            let ended = match done.ended.len() {
                0 => "none merged or closed as far as is known here".to_owned(),
                ended => format!("{ended} merged or closed as far as is known here"),
            };
            let back = if campaign.is_reverted { "to revert it, " } else { "" };
            let why = format!(
                "{back}{opened} opened{since}, {ended}: the state of each, and what waits for what"
            );
            Some((Urgency::UnderWay, status(campaign, why)))
        }
        _ => None,
    }
}

/// The command that applies a plan, with the approval that it needs.
fn applied(plan: &Plan, why: String) -> Suggestion {
    match plan.needs_approval {
        None => suggest("campaign apply", why).with(&plan.file),
        Some(needed) => {
            let why = format!("{why}; {needed}: NUMBER is the pull request that offers the plan");
            let suggestion = suggest("campaign apply", why).with(&plan.file);
            suggestion.with("--approved-in").with("NUMBER")
        }
    }
}

/// The command that replaces an outdated plan; `moved` is the number of repositories that stop it.
fn replanned(campaign: &Campaign, plan: &Plan, moved: usize) -> Suggestion {
    let are = if moved == 1 { "is" } else { "are" };
    let left = counted_as(moved, "repository", "repositories");
    let why = format!("the base of {left} that {are} left moved after it was planned");
    match campaign.is_reverted {
        false => limited(suggest("campaign plan", why).with(&campaign.file), campaign),
        // Without a plan file, this would open the pull requests.
        true => {
            let why = format!("reverts it: {why}");
            let suggestion =
                limited(suggest("campaign revert", why).with(&campaign.file), campaign);
            suggestion.with("--plan").with(&plan.file)
        }
    }
}

/// The command that shows the state of each repository.
fn status(campaign: &Campaign, why: String) -> Suggestion {
    limited(followed(campaign, "status", why), campaign)
}

/// The same command for the members that the plan was limited to, or without a plan file those that all runs were limited
/// to: no others were meant.
fn limited(suggestion: Suggestion, campaign: &Campaign) -> Suggestion {
    let only = match (&campaign.plan, &campaign.done) {
        (Some(plan), _) => &plan.only[..],
        (None, Some(done)) => &done.only,
        (None, None) => &[],
    };
    only.iter().fold(suggestion, |suggestion, member| suggestion.with("-m").with(member))
}

/// A command about the campaign's pull requests.
fn followed(campaign: &Campaign, verb: &str, why: String) -> Suggestion {
    let suggestion = suggest(&format!("campaign {verb}"), why);
    let suggestion = if campaign.is_reverted { suggestion.with("--reverted") } else { suggestion };
    suggestion.with(&campaign.file)
}

/// The command that resumes what failed or was interrupted: the same command, which does nothing twice.
fn again(campaign: &Campaign, halt: &Halt) -> Suggestion {
    let places = counted_as(halt.repositories.len(), "repository", "repositories");
    let why = match halt.is_cut {
        true => format!("the last run was cut off in {places}; this continues there"),
        false => format!("the last run failed in {places}"),
    };
    match halt.verb {
        Verb::Merge | Verb::Close => {
            let verb = if halt.verb == Verb::Merge { "merge" } else { "close" };
            // Only for the repositories of the halt, since the user did not name the others.
            let names = halt.repositories.iter();
            names.fold(followed(campaign, verb, why), |it, name| {
                it.with("-m").with(name.rsplit('/').next().unwrap_or(name))
            })
        }
        Verb::Apply => {
            let plan = campaign.plan.as_ref().filter(|plan| plan.is_current);
            let suggestion = match plan {
                Some(plan) => applied(plan, why),
                None => {
                    let verb = if campaign.is_reverted { "revert" } else { "apply" };
                    let command = suggest(&format!("campaign {verb}"), why).with(&campaign.file);
                    limited(command, campaign)
                }
            };
            if halt.is_cut { suggestion } else { suggestion.with("--failed") }
        }
    }
}

/// The plan's repositories in which nothing was opened yet, with their waves.
fn rest<'p>(plan: &'p Plan, done: &Done) -> impl Iterator<Item = &'p (String, u32)> {
    let opened: BTreeSet<String> = done.opened.iter().cloned().collect();
    plan.repositories.iter().filter(move |(repository, _)| !opened.contains(repository))
}

/// The number of repositories of the next wave, if the base of each moved: the plan cannot be carried out in them, and the
/// later waves wait for them. Otherwise 0.
fn all_moved(plan: &Plan, done: &Done) -> usize {
    let Some(wave) = rest(plan, done).map(|(_, wave)| *wave).min() else { return 0 };
    let of_wave = || rest(plan, done).filter(|(_, of)| *of == wave);
    let is_all = of_wave().all(|(repository, _)| plan.moved.contains(repository));
    if is_all { of_wave().count() } else { 0 }
}

/// The open pull requests that the next wave waits for, if it has to wait.
fn waits(plan: &Plan, done: &Done) -> Option<String> {
    let wave = rest(plan, done).map(|(_, wave)| *wave).min()?;
    let is_open =
        |repository: &String| done.opened.contains(repository) && !done.ended.contains(repository);
    let open: Vec<&str> = plan
        .repositories
        .iter()
        .filter(|(repository, earlier)| *earlier < wave && is_open(repository))
        .map(|(repository, _)| repository.split_once('/').map_or(&**repository, |(_, name)| name))
        .collect();
    if open.is_empty() {
        return None;
    }
    let until = plan.until.as_deref()?;
    let shown = open.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
    let more = match open.len().saturating_sub(NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("wave {wave} waits for {shown}{more} to be {until}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_whose_next_wave_cannot_be_opened_is_made_again() {
        let why = |moved: &[&str]| {
            let of = |(name, wave): (&str, u32)| (format!("acme/{name}"), wave);
            let plan = Plan {
                is_current: true,
                moved: moved.iter().map(|name| format!("acme/{name}")).collect(),
                repositories: [("a", 1), ("b", 1), ("c", 2)].map(of).into(),
                until: Some("green".to_owned()),
                ..Plan::default()
            };
            let campaign = Campaign { plan: Some(plan), ..Campaign::default() };
            next(&campaign, 0).expect("a command").1.why
        };
        assert!(why(&[]).ends_with("and not applied"), "{}", why(&[]));
        assert!(why(&["a", "c"]).ends_with("and not applied"), "{}", why(&["a", "c"]));
        let wanted = "the base of 2 repositories that are left moved after it was planned";
        assert_eq!(why(&["a", "b"]), wanted);
    }
}
