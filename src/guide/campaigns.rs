//! What a campaign waits for, as far as its files and this machine's memory tell.

use std::collections::BTreeSet;

use super::facts::{Campaign, Done, Plan};
use super::words::{ago, counted};
use super::{Suggestion, Urgency, suggest};

/// The one command that leads a campaign on; `None` when it has come to its end as far as is known here.
pub(super) fn next(campaign: &Campaign, now: i64) -> Option<(Urgency, Suggestion)> {
    let file = campaign.file.as_str();
    let nothing = Done::default();
    let done = campaign.done.as_ref().unwrap_or(&nothing);
    let made = |plan: &Plan| {
        plan.made_at.map_or_else(String::new, |made_at| format!(" {}", ago(now, made_at)))
    };
    if done.failed > 0 {
        let failed = counted(done.failed, "repository", "repositories");
        let why = format!("the last run failed, or was cut off, in {failed}");
        let how = suggest("campaign apply", why).with(file).with("--failed");
        return Some((Urgency::Failed, how));
    }
    match &campaign.plan {
        None if campaign.done.is_none() => {
            let why = "nothing of this campaign is planned yet; a plan writes nothing on the forge";
            Some((Urgency::Decided, suggest("campaign plan", why).with(file)))
        }
        Some(plan) if !plan.is_current && done.opened.is_empty() => {
            let why = format!("it was changed since it was planned{}", made(plan));
            Some((Urgency::Decided, suggest("campaign plan", why).with(file)))
        }
        Some(plan) if plan.is_current && rest(plan, done) > 0 => {
            let planned = counted(plan.repositories.len(), "repository", "repositories");
            let why = match plan.repositories.len() - rest(plan, done) {
                0 => format!("planned{} for {planned}, and not applied", made(plan)),
                some => format!("planned{} for {planned}, and applied in {some}", made(plan)),
            };
            Some((Urgency::Decided, suggest("campaign apply", why).with(&plan.file)))
        }
        _ if done.opened.len() > done.ended => {
            let opened = counted(done.opened.len(), "pull request", "pull requests");
            let since = done
                .begun_at
                .map_or_else(String::new, |at| format!(" since it began {}", ago(now, at)));
            let ended = match done.ended {
                0 => "none merged or closed from here".to_owned(),
                ended => format!("{ended} merged or closed from here"),
            };
            let why =
                format!("{opened} opened{since}, {ended}: how they stand, and who waits for whom");
            Some((Urgency::UnderWay, suggest("campaign status", why).with(file)))
        }
        _ => None,
    }
}

/// Repositories of a plan in which nothing was opened yet.
fn rest(plan: &Plan, done: &Done) -> usize {
    let opened: BTreeSet<&str> = done.opened.iter().map(String::as_str).collect();
    plan.repositories.iter().filter(|repository| !opened.contains(repository.as_str())).count()
}
