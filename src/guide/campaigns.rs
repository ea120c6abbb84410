//! What a campaign waits for, according to its files and this machine's journal.

use std::collections::BTreeSet;

use super::facts::{Campaign, Done, Halt, Plan, Verb};
use super::words::ago;
use super::{Suggestion, Urgency, suggest};
use crate::counted::counted_as;

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
    if let Some(suggestion) = given_up(campaign, done) {
        return Some((Urgency::Failed, suggestion));
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
            Some((Urgency::ToBegin, suggest("campaign plan", why).with(&campaign.file)))
        }
        Some(plan) if !plan.is_current && done.opened.is_empty() => {
            let why = format!("it was changed since it was planned{}", made(plan));
            let command = if campaign.is_reverted { "campaign revert" } else { "campaign plan" };
            Some((Urgency::Decided, limited(suggest(command, why).with(&campaign.file), campaign)))
        }
        Some(plan) if plan.is_current && is_left(plan, done) => {
            let planned = counted_as(plan.repositories.len(), "repository", "repositories");
            let why = match plan.repositories.len() - rest(plan, done).count() {
                0 => format!("planned{} for {planned}, and not applied", made(plan)),
                some => format!("planned{} for {planned}, and applied in {some}", made(plan)),
            };
            let why = if campaign.is_reverted { format!("reverts it: {why}") } else { why };
            // What the others wait for, only the forge knows.
            if waits(plan, done) {
                let why = format!("{why}: what the rest waits for, and what to do");
                return Some((Urgency::UnderWay, status(campaign, why)));
            }
            let next = outdated(plan, done);
            let suggestion = match next.is_empty() {
                true => applied(plan, why),
                false => replanned(campaign, plan, &next),
            };
            Some((Urgency::Decided, suggestion))
        }
        _ => under_way(campaign, done, now).map(|it| (Urgency::UnderWay, it)),
    }
}

/// The repositories in which its plan is still to be carried out, as far as is known here.
pub(super) fn left(campaign: &Campaign) -> Vec<&str> {
    let nothing = Done::default();
    let done = campaign.done.as_ref().unwrap_or(&nothing);
    let plan = campaign.plan.as_ref().filter(|plan| plan.is_current && is_left(plan, done));
    let left = plan.into_iter().flat_map(|plan| rest(plan, done));
    left.map(|(repository, _)| repository.as_str()).collect()
}

/// The command that looks after open pull requests, and after named members that have none yet.
fn under_way(campaign: &Campaign, done: &Done, now: i64) -> Option<Suggestion> {
    let waiting = if done.given_up_at.is_some() { 0 } else { done.waiting.len() };
    if done.opened.len() == done.ended.len() && waiting == 0 {
        return None;
    }
    let opened = counted_as(done.opened.len(), "pull request", "pull requests");
    let since =
        done.begun_at.map_or_else(String::new, |at| format!(" since it started {}", ago(now, at)));
    let ended = match done.ended.len() {
        _ if done.opened.is_empty() => String::new(),
        0 => ", none merged or closed as far as is known here".to_owned(),
        ended => format!(", {ended} merged or closed as far as is known here"),
    };
    let waiting = match waiting {
        0 => String::new(),
        1 => ", and 1 repository that was named has none yet".to_owned(),
        many => format!(", and {many} repositories that were named have none yet"),
    };
    let back = if campaign.is_reverted { "to revert it, " } else { "" };
    let why = format!(
        "{back}{opened} opened{since}{ended}{waiting}: the state of each, and what waits for what"
    );
    Some(status(campaign, why))
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

/// The command that replaces an outdated plan; `next` are the repositories that stop it.
fn replanned(campaign: &Campaign, plan: &Plan, next: &[&str]) -> Suggestion {
    let are = if next.len() == 1 { "is" } else { "are" };
    let left = counted_as(next.len(), "repository", "repositories");
    let has_moved = |repository: &&str| plan.moved.iter().any(|moved| moved == repository);
    let why = match next.iter().filter(|repository| has_moved(repository)).count() {
        0 => format!("another change results now in {left} that {are} left"),
        all if all == next.len() => {
            format!("the base of {left} that {are} left moved after it was planned")
        }
        _ => format!(
            "the base of {left} that are left moved after it was planned, or another change results"
        ),
    };
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
    let only = looked_after(campaign).into_iter();
    only.fold(followed(campaign, "status", why), |it, member| it.with("-m").with(member))
}

/// The members to look after, by the names that commands take; empty for all. A plan that was limited may be about others than
/// what is open, or waits to be offered.
fn looked_after(campaign: &Campaign) -> Vec<&String> {
    match (&campaign.plan, &campaign.done) {
        (None, None) => Vec::new(),
        (None, Some(done)) => done.only.iter().collect(),
        (Some(plan), Some(done)) if leaves_out(plan, done) => {
            // What is limited to nobody is about all.
            if plan.only.is_empty() || done.only.is_empty() {
                return Vec::new();
            }
            let planned: BTreeSet<&String> = plan.only.iter().collect();
            let others = done.only.iter().filter(|member| !planned.contains(member));
            plan.only.iter().chain(others).collect()
        }
        (Some(plan), _) => plan.only.iter().collect(),
    }
}

/// Whether a plan is not about all that runs have left open, or have still to offer.
fn leaves_out(plan: &Plan, done: &Done) -> bool {
    let planned: BTreeSet<&String> = plan.repositories.iter().map(|(it, _)| it).collect();
    let ended: BTreeSet<&String> = done.ended.iter().collect();
    let is_planned = |repository: &String| planned.contains(repository);
    let mut open = done.opened.iter().filter(|repository| !ended.contains(repository));
    let waits = || done.given_up_at.is_none() && !done.waiting.iter().all(is_planned);
    !open.all(is_planned) || waits()
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

/// The command that gives up the rest of a campaign, where the run that gave up all of it did not come to its end.
fn given_up(campaign: &Campaign, done: &Done) -> Option<Suggestion> {
    if !done.gives_up_all {
        return None;
    }
    let ended: BTreeSet<&String> = done.ended.iter().collect();
    let open = done.opened.iter().filter(|repository| !ended.contains(repository)).count();
    // The run that comes to its end notes that these are not to be offered it any more.
    let unoffered = match &campaign.plan {
        Some(plan) if plan.is_current && is_left(plan, done) => rest(plan, done).count(),
        _ if done.given_up_at.is_some() => 0,
        _ => done.waiting.len(),
    };
    let left = match (open, unoffered) {
        (0, 0) => return None,
        (0, unoffered) => {
            let repositories = counted_as(unoffered, "repository was", "repositories were");
            format!("{repositories} not offered it yet")
        }
        (open, _) => {
            let pulls = counted_as(open, "pull request is", "pull requests are");
            format!("{pulls} open as far as is known here")
        }
    };
    let why = format!("the last run, which gave up all of it, did not come to its end: {left}");
    Some(followed(campaign, "close", why))
}

/// The command that resumes what failed or was interrupted: the same command, which does nothing twice.
fn again(campaign: &Campaign, halt: &Halt) -> Suggestion {
    let places = counted_as(halt.repositories.len(), "repository", "repositories");
    let halted = match halt.is_cut {
        true => format!("the last run was cut off in {places}"),
        false => format!("the last run failed in {places}"),
    };
    let why = match halt.is_cut {
        true => format!("{halted}; this continues there"),
        false => halted.clone(),
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
            let anew = || {
                let verb = if campaign.is_reverted { "revert" } else { "apply" };
                suggest(&format!("campaign {verb}"), why.clone()).with(&campaign.file)
            };
            let suggestion = match plan {
                Some(plan) if holds(plan, halt) => applied(plan, why),
                // The plan that is kept is about others by now, and so are the members that it was limited to.
                Some(plan) => {
                    let only = campaign.done.iter().flat_map(|done| &done.only);
                    let named =
                        |it: Suggestion| only.fold(it, |it, member| it.with("-m").with(member));
                    if plan.needs_approval.is_some() && !campaign.is_reverted {
                        // `plan` says how it is approved and applied.
                        let them = if halt.repositories.len() == 1 { "it" } else { "them" };
                        let why = format!(
                            "{halted}; a new plan is about {them}, and replaces the one that is kept"
                        );
                        return named(suggest("campaign plan", why).with(&campaign.file));
                    }
                    named(anew())
                }
                None => limited(anew(), campaign),
            };
            if halt.is_cut { suggestion } else { suggestion.with("--failed") }
        }
    }
}

/// Whether a plan is about all repositories in which a run did not finish.
fn holds(plan: &Plan, halt: &Halt) -> bool {
    let planned: BTreeSet<&String> = plan.repositories.iter().map(|(it, _)| it).collect();
    halt.repositories.iter().all(|repository| planned.contains(repository))
}

/// The plan's repositories in which nothing was opened yet, with their waves.
fn rest<'p>(plan: &'p Plan, done: &Done) -> impl Iterator<Item = &'p (String, u32)> {
    let opened: BTreeSet<String> = done.opened.iter().cloned().collect();
    plan.repositories.iter().filter(move |(repository, _)| !opened.contains(repository))
}

/// Whether a plan is still to be carried out, as far as is known here. What was planned before all of the campaign was given up
/// is not.
fn is_left(plan: &Plan, done: &Done) -> bool {
    let is_given_up = done.given_up_at.is_some_and(|at| plan.made_at.is_none_or(|made| made <= at));
    !is_given_up && rest(plan, done).next().is_some()
}

/// The repositories of the next wave, if the plan cannot be carried out in any of them: the later waves wait for them. Otherwise
/// none.
fn outdated<'p>(plan: &'p Plan, done: &Done) -> Vec<&'p str> {
    let next = next_wave(plan, done);
    let of_wave: Vec<&str> = rest(plan, done)
        .filter(|(_, wave)| Some(*wave) == next)
        .map(|(repository, _)| repository.as_str())
        .collect();
    let is_outdated = |repository: &&str| {
        plan.moved.iter().chain(&plan.changed).any(|outdated| outdated == repository)
    };
    if of_wave.iter().all(is_outdated) { of_wave } else { Vec::new() }
}

/// The first wave in which something was not opened yet.
fn next_wave(plan: &Plan, done: &Done) -> Option<u32> {
    rest(plan, done).map(|(_, wave)| *wave).min()
}

/// Whether the next wave may have to wait for pull requests of earlier ones.
fn waits(plan: &Plan, done: &Done) -> bool {
    let Some(next) = next_wave(plan, done).filter(|_| plan.waits) else { return false };
    let ended: BTreeSet<&String> = done.ended.iter().collect();
    let open: BTreeSet<&String> =
        done.opened.iter().filter(|repository| !ended.contains(repository)).collect();
    let is_open = |repository: &String| open.contains(repository);
    plan.repositories.iter().any(|(repository, wave)| *wave < next && is_open(repository))
}

#[cfg(test)]
mod tests {
    use super::super::Word;
    use super::*;

    #[test]
    fn a_plan_whose_next_wave_cannot_be_opened_is_made_again() {
        let why = |moved: &[&str], changed: &[&str]| {
            let of = |(name, wave): (&str, u32)| (format!("acme/{name}"), wave);
            let plan = Plan {
                is_current: true,
                moved: moved.iter().map(|name| format!("acme/{name}")).collect(),
                changed: changed.iter().map(|name| format!("acme/{name}")).collect(),
                repositories: [("a", 1), ("b", 1), ("c", 2)].map(of).into(),
                waits: true,
                ..Plan::default()
            };
            let campaign = Campaign { plan: Some(plan), ..Campaign::default() };
            next(&campaign, 0).expect("a command").1.why
        };
        let none: &[&str] = &[];
        for (moved, changed) in [(none, none), (&["a", "c"], none), (none, &["b"])] {
            let why = why(moved, changed);
            assert!(why.ends_with("and not applied"), "{why}");
        }
        let moved = "the base of 2 repositories that are left moved after it was planned";
        assert_eq!(why(&["a", "b"], &[]), moved);
        let changed = "another change results now in 2 repositories that are left";
        assert_eq!(why(&[], &["a", "b"]), changed);
        assert_eq!(why(&["a"], &["b"]), format!("{moved}, or another change results"));
    }

    /// A campaign with this plan and what was done; the command, and why.
    fn told(plan: Option<Plan>, done: Done) -> Option<(String, String)> {
        let file = "c.yaml".to_owned();
        let campaign = Campaign { file, plan, done: Some(done), ..Campaign::default() };
        let (_, suggestion) = next(&campaign, 60)?;
        let words = suggestion.command.iter().map(|word| match word {
            Word::Plain(word) | Word::AllIn(word) | Word::Several(word) => word.as_str(),
        });
        Some((words.collect::<Vec<_>>().join(" "), suggestion.why))
    }

    #[test]
    fn named_members_are_led_on_until_each_was_offered_the_change() {
        let named = |opened: &[&str], ended: &[&str], waiting: &[&str]| {
            let [opened, ended, waiting] = [opened, ended, waiting]
                .map(|names| names.iter().map(|name| format!("acme/{name}")).collect());
            let only = vec!["a".to_owned(), "b".to_owned()];
            told(None, Done { opened, ended, waiting, only, ..Done::default() })
        };
        let (command, why) = named(&["a"], &["a"], &["b"]).expect("a command");
        assert_eq!(command, "campaign status c.yaml -m a -m b");
        let wanted = "1 pull request opened, 1 merged or closed as far as is known here, and 1 repository that was named has none yet";
        assert!(why.starts_with(wanted), "{why}");
        // A run that was cut off before it opened one.
        let (_, why) = named(&[], &[], &["a", "b"]).expect("a command");
        let wanted = "0 pull requests opened, and 2 repositories that were named have none yet";
        assert!(why.starts_with(wanted), "{why}");
        assert_eq!(named(&["a", "b"], &["a", "b"], &[]), None);
    }

    #[test]
    fn an_older_plan_of_some_members_hides_nothing_that_is_open() {
        let command = |open: &str, only: &[&str]| {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let plan = Plan {
                is_current: true,
                repositories: vec![("acme/c".to_owned(), 1)],
                only: names(&["c"]),
                ..Plan::default()
            };
            let opened = names(&["acme/c", open]);
            let done = Done { opened, only: names(only), ..Done::default() };
            told(Some(plan), done).expect("a command").0
        };
        assert_eq!(command("acme/c", &["c"]), "campaign status c.yaml -m c");
        assert_eq!(command("acme/d", &["c", "d"]), "campaign status c.yaml -m c -m d");
        assert_eq!(command("acme/d", &[]), "campaign status c.yaml");
    }

    #[test]
    fn what_did_not_finish_is_not_sought_in_a_plan_of_others() {
        let command = |is_cut, needs_approval, only: &[&str]| {
            let plan = Plan {
                file: "c.plan.json".to_owned(),
                is_current: true,
                repositories: vec![("acme/c".to_owned(), 1)],
                only: vec!["c".to_owned()],
                needs_approval,
                ..Plan::default()
            };
            let repositories = vec!["acme/d".to_owned()];
            let halt = Some(Halt { verb: Verb::Apply, repositories, is_cut });
            let only = only.iter().map(|name| (*name).to_owned()).collect();
            told(Some(plan), Done { halt, only, ..Done::default() }).expect("a command")
        };
        let why = |is_cut| command(is_cut, Some("it has to be approved"), &[]).1;
        let anew = "; a new plan is about it, and replaces the one that is kept";
        assert_eq!(why(true), format!("the last run was cut off in 1 repository{anew}"));
        assert_eq!(why(false), format!("the last run failed in 1 repository{anew}"));
        let command =
            |is_cut, needs_approval, only: &[&str]| command(is_cut, needs_approval, only).0;
        assert_eq!(command(false, None, &[]), "campaign apply c.yaml --failed");
        assert_eq!(command(true, None, &[]), "campaign apply c.yaml");
        assert_eq!(command(false, None, &["d"]), "campaign apply c.yaml -m d --failed");
        assert_eq!(command(false, Some("it has to be approved"), &[]), "campaign plan c.yaml");
    }

    #[test]
    fn what_was_given_up_as_a_whole_is_given_up_to_its_end() {
        let command = |gives_up_all, ended: &[&str]| {
            let opened = vec!["acme/a".to_owned(), "acme/b".to_owned()];
            let ended = ended.iter().map(|name| format!("acme/{name}")).collect();
            let repositories = vec!["acme/b".to_owned()];
            let halt = Some(Halt { verb: Verb::Close, repositories, is_cut: true });
            let done = Done { opened, ended, halt, gives_up_all, ..Done::default() };
            told(None, done).expect("a command").0
        };
        assert_eq!(command(true, &["a"]), "campaign close c.yaml");
        // The run was about named members.
        assert_eq!(command(false, &["a"]), "campaign close c.yaml -m b");
        // Only a branch is left.
        assert_eq!(command(true, &["a", "b"]), "campaign close c.yaml -m b");
    }

    #[test]
    fn what_is_being_given_up_is_not_offered_to_those_that_are_left() {
        let told = |waiting: &[&str], planned: &[(&str, u32)]| {
            let names = |names: &[&str]| names.iter().map(|name| format!("acme/{name}")).collect();
            let plan = Plan {
                is_current: true,
                repositories: planned
                    .iter()
                    .map(|(it, wave)| (format!("acme/{it}"), *wave))
                    .collect(),
                ..Plan::default()
            };
            let (opened, ended, waiting) = (names(&["a"]), names(&["a"]), names(waiting));
            let done = Done { opened, ended, waiting, gives_up_all: true, ..Done::default() };
            told((!planned.is_empty()).then_some(plan), done)
        };
        let (command, why) = told(&[], &[("a", 1), ("b", 2), ("c", 2)]).expect("a command");
        assert_eq!(command, "campaign close c.yaml");
        assert!(why.ends_with("2 repositories were not offered it yet"), "{why}");
        let (command, _) = told(&["b"], &[]).expect("a command");
        assert_eq!(command, "campaign close c.yaml");
        assert_eq!(told(&[], &[("a", 1)]), None);
    }

    #[test]
    fn what_is_not_begun_comes_after_what_waits_for_people() {
        let opened = vec!["acme/a".to_owned()];
        let done = Some(Done { opened, ..Done::default() });
        let urgency = |done| next(&Campaign { done, ..Campaign::default() }, 0).map(|it| it.0);
        assert!(urgency(done) < urgency(None));
    }

    #[test]
    fn what_was_planned_before_all_was_given_up_is_not_proposed() {
        let plan = |made_at: i64| {
            let repositories = vec![("acme/a".to_owned(), 1), ("acme/b".to_owned(), 2)];
            let file = "c.plan.json".to_owned();
            let made_at = Some(made_at);
            Some(Plan { file, made_at, repositories, is_current: true, ..Plan::default() })
        };
        let a = || vec!["acme/a".to_owned()];
        let given_up = |ended: Vec<String>| Done {
            opened: a(),
            ended,
            waiting: vec!["acme/b".to_owned()],
            given_up_at: Some(30),
            ..Done::default()
        };
        assert_eq!(told(plan(20), given_up(a())), None);
        assert_eq!(told(plan(20), given_up(Vec::new())).expect("one").0, "campaign status c.yaml");
        let newer = told(plan(40), given_up(a())).expect("a command");
        assert_eq!(newer.0, "campaign apply c.plan.json");
    }
}
