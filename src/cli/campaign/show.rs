//! A plan as a person reads it: each different change once, who is left out and why, what it takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::fold::{folded, of_many};
use crate::campaign::apply::Outcome;
use crate::campaign::plan::decide::NOT_SELECTED;
use crate::campaign::plan::{Action, Cluster, Forecast, Item, Pace, Plan};
use crate::campaign::state::{Lead, State};
use crate::campaign::status::{Row, Status};
use crate::cli::counted;
use crate::cli::next::{Step, quoted};
use crate::edge::terminal::{visible, visible_line};
use crate::source::secrets::masked;

/// Columns that a name takes at least.
const NAME: usize = 32;

/// Names of a group that are shown.
const NAMES: usize = 8;

/// Lines of a difference that are shown of each group, unless somebody says otherwise.
pub(super) const LINES: usize = 60;

/// Lines that are shown of what is in a repository's way.
const DETAIL: usize = 20;

/// Groups whose difference is shown.
const GROUPS: usize = 12;

/// A plan for a person.
pub(super) fn plan(plan: &Plan, clusters: &[Cluster], forecast: Forecast, pace: Pace) -> String {
    plan_within(LINES, plan, clusters, (forecast, pace))
}

/// The same, with so many lines of each difference.
pub(super) fn plan_within(
    lines: usize,
    plan: &Plan,
    clusters: &[Cluster],
    (forecast, pace): (Forecast, Pace),
) -> String {
    let mut text = format!("Campaign {} on {}\n", plan.campaign, visible_line(&plan.forge));
    groups(&mut text, plan, clusters, lines);
    for (action, title) in [
        (Action::Close, "To be closed"),
        (Action::Update, "To be brought up to date"),
        (Action::Finish, "To be finished: an earlier run was cut off"),
    ] {
        let items = plan.items.iter().filter(|item| item.action == action);
        section(&mut text, title, items, |item| item.reason.clone());
    }
    let completed = plan.items.iter().filter(|item| item.action == Action::Complete);
    section(&mut text, "To be completed", completed, |item| {
        let missing: Vec<&str> = item.missing.iter().map(|extra| extra.as_str()).collect();
        format!("{:11} {} missing", item.state.as_str(), missing.join(", "))
    });
    let hindered = |item: &&Item| {
        !item.is_to_do()
            && !item.state.is_done()
            && item.state != State::Left
            && !is_unselected(item.state, &item.reason)
    };
    section(&mut text, "Left alone", plan.items.iter().filter(hindered), |item| {
        format!("{:11} {}", item.state.as_str(), item.reason)
    });
    let left = plan.items.iter().filter(|item| item.state == State::Left);
    section(&mut text, "Not for this campaign", left, |item| item.reason.clone());
    done(&mut text, plan);
    remarks(&mut text, plan);
    budget(&mut text, plan, forecast, pace);
    text
}

/// Whether nobody meant it: told by its number.
fn is_unselected(state: State, reason: &str) -> bool {
    state == State::Skipped && reason == NOT_SELECTED
}

fn groups(text: &mut String, plan: &Plan, clusters: &[Cluster], most: usize) {
    let changing: usize = clusters.iter().map(|cluster| cluster.members.len()).sum();
    if changing == 0 {
        match plan.items.iter().filter(|item| item.state == State::Blocked).count() {
            0 => text.push_str("Nothing is to be changed.\n"),
            blocked => {
                let _ = writeln!(
                    text,
                    "Nothing is offered: {}, as is told below.",
                    format_args!("{blocked} blocked")
                );
            }
        }
        return;
    }
    let alone = clusters.iter().filter(|cluster| cluster.members.len() == 1).count();
    let mut parts: Vec<String> = clusters
        .iter()
        .filter(|cluster| cluster.members.len() > 1)
        .enumerate()
        .map(|(number, cluster)| format!("{} of variant {}", cluster.members.len(), letter(number)))
        .collect();
    if alone > 0 {
        parts.push(format!("{alone} alone"));
    }
    let _ = writeln!(text, "{}: {}", counted(changing, "pull request"), parts.join(", "));
    for (number, cluster) in clusters.iter().enumerate().take(GROUPS) {
        let items: Vec<&Item> =
            cluster.members.iter().filter_map(|index| plan.items.get(*index)).collect();
        let mut names: Vec<String> =
            items.iter().take(NAMES).map(|item| short(&item.repository)).collect();
        if items.len() > NAMES {
            names.push(format!("and {} more", items.len() - NAMES));
        }
        let title = match items.len() {
            1 => "Alone".to_owned(),
            count => format!("Variant {}, {count} repositories", letter(number)),
        };
        let _ = writeln!(text, "\n{title}: {}", names.join(", "));
        let diff = visible(&masked(&cluster.diff));
        let lines = diff.lines().count();
        for line in diff.lines().take(most) {
            let _ = writeln!(text, "    {line}");
        }
        if most > 0 && lines > most {
            let _ = writeln!(text, "    … {}", counted(lines - most, "more line"));
        }
    }
    if clusters.len() > GROUPS {
        let more = clusters.len() - GROUPS;
        let _ = writeln!(text, "\n… {} more, in the plan's file", counted(more, "variant"));
    }
}

/// A reason without what is shown below it.
fn first_line(reason: &str) -> &str {
    reason.lines().next().unwrap_or_default()
}

/// `A` to `Z`, then numbers.
fn letter(number: usize) -> String {
    u8::try_from(number)
        .ok()
        .filter(|number| *number < 26)
        .map_or_else(|| number.to_string(), |number| char::from(b'A' + number).to_string())
}

fn short(repository: &str) -> String {
    visible_line(repository.split_once('/').map_or(repository, |(_, name)| name))
}

/// A repository with its pull request.
fn named(repository: &str, pull: Option<u64>) -> String {
    let pull = pull.map(|number| format!(" #{number}")).unwrap_or_default();
    format!("{}{pull}", short(repository))
}

/// The columns that names take: as many as the longest.
fn column<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or_default().max(NAME)
}

fn section<'a>(
    text: &mut String,
    title: &str,
    items: impl Iterator<Item = &'a Item>,
    said: impl Fn(&Item) -> String,
) {
    let rows: Vec<(String, String)> = folded(items, |item| said(item))
        .into_iter()
        .filter_map(|group| {
            let first = *group.first()?;
            let said = said(first);
            if group.len() == 1 {
                return Some((named(&first.repository, first.pull), said));
            }
            let names: Vec<String> = group.iter().map(|item| short(&item.repository)).collect();
            let (head, detail) =
                said.split_once('\n').map_or((&*said, None), |(a, b)| (a, Some(b)));
            let detail = detail.map_or_else(String::new, |detail| format!("\n{detail}"));
            Some((counted(names.len(), "repository"), of_many(head, &names) + &detail))
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let width = column(rows.iter().map(|(name, _)| name));
    let _ = writeln!(text, "\n{title}");
    for (name, said) in rows {
        let mut lines = said.lines();
        let first = visible_line(&masked(lines.next().unwrap_or_default()));
        let _ = writeln!(text, "  {name:width$} {first}");
        let detail: Vec<&str> = lines.collect();
        for line in detail.iter().take(DETAIL) {
            let _ = writeln!(text, "      {}", visible_line(&masked(line)));
        }
        if detail.len() > DETAIL {
            let _ =
                writeln!(text, "      … {} more lines, in the plan's file", detail.len() - DETAIL);
        }
    }
}

fn done(text: &mut String, plan: &Plan) {
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    for item in plan.items.iter().filter(|item| item.state.is_done()) {
        *counts.entry(item.state).or_default() += 1;
    }
    let mut parts: Vec<String> =
        counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let unselected = plan.items.iter().filter(|item| is_unselected(item.state, &item.reason));
    match unselected.count() {
        0 => {}
        count => parts.push(format!("{count} not selected")),
    }
    if !parts.is_empty() {
        let _ = writeln!(text, "\nNothing to do: {}", parts.join(", "));
    }
}

/// What was noticed on the way: each once, with how many repositories it is about.
fn remarks(text: &mut String, plan: &Plan) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for change in plan.items.iter().filter_map(|item| item.change.as_ref()) {
        for remark in &change.remarks {
            *counts.entry(remark).or_default() += 1;
        }
    }
    if counts.is_empty() {
        return;
    }
    text.push_str("\nWorth knowing\n");
    for (remark, count) in counts.iter().take(20) {
        let of = if *count == 1 { String::new() } else { format!(" ({count} repositories)") };
        let _ = writeln!(text, "  {}{of}", visible_line(&masked(remark)));
    }
}

fn budget(text: &mut String, plan: &Plan, forecast: Forecast, pace: Pace) {
    if forecast.writes == 0 {
        return;
    }
    let mut waves: BTreeMap<u32, usize> = BTreeMap::new();
    for item in plan.items.iter().filter(|item| item.is_to_do()) {
        *waves.entry(item.wave).or_default() += 1;
    }
    if waves.len() > 1 {
        let sizes: Vec<String> = waves.values().map(ToString::to_string).collect();
        let _ = writeln!(text, "\nWaves: {}", sizes.join(" → "));
    }
    let writes = counted(forecast.writes, "write");
    let creations = forecast.creations;
    let _ = write!(text, "\nBudget: {writes}, {creations} of them new content");
    if pace == Pace::Unlimited {
        text.push('\n');
        return;
    }
    let (minute, hour) = pace.creations();
    let minutes = counted(usize::try_from(forecast.minutes).unwrap_or(usize::MAX), "minute");
    let _ = writeln!(text, "; {minutes} at least, at {minute} a minute and {hour} an hour");
}

/// How many stand how; those whom nobody meant come last.
fn counts<'a>(standings: impl Iterator<Item = (State, &'a str)>) -> String {
    let (mut counts, mut unselected): (BTreeMap<State, usize>, usize) = Default::default();
    for (state, reason) in standings {
        match is_unselected(state, reason) {
            true => unselected += 1,
            false => *counts.entry(state).or_default() += 1,
        }
    }
    let mut parts: Vec<String> =
        counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if unselected > 0 {
        parts.push(format!("{unselected} not selected"));
    }
    if parts.is_empty() {
        return "no repository".to_owned();
    }
    parts.join(", ")
}

/// How repositories stand after a run, for a person.
pub(super) fn outcomes(plan: &Plan, outcomes: &[Outcome]) -> String {
    let standings = outcomes.iter().map(|outcome| (outcome.state, outcome.reason.as_str()));
    let mut text = format!("Campaign {}: {}\n", plan.campaign, counts(standings));
    text.push_str(&rows(plan, outcomes, |outcome| !outcome.state.is_done()));
    text
}

/// A line for each that is told; those that say the same are one.
fn rows(plan: &Plan, outcomes: &[Outcome], is_told: impl Fn(&Outcome) -> bool) -> String {
    let told = plan.items.iter().zip(outcomes).filter(|(_, outcome)| {
        is_told(outcome) && !is_unselected(outcome.state, &outcome.reason)
            || !outcome.left.is_empty()
            || !outcome.unread.is_empty()
    });
    let said = |(_, it): &(&Item, &Outcome)| {
        [it.state.as_str(), &it.reason, &it.left.join("\n"), &it.unread.join("\n")].join("\0")
    };
    let told: Vec<(String, String, &Outcome)> = folded(told, said)
        .into_iter()
        .filter_map(|group| {
            let (item, outcome) = *group.first()?;
            let reason = first_line(&outcome.reason);
            if group.len() == 1 {
                let pull = outcome.pull.as_ref().map(|(number, _)| *number);
                return Some((named(&item.repository, pull), reason.to_owned(), outcome));
            }
            let names: Vec<String> =
                group.iter().map(|(item, _)| short(&item.repository)).collect();
            Some((counted(names.len(), "repository"), of_many(reason, &names), outcome))
        })
        .collect();
    let width = column(told.iter().map(|(name, _, _)| name));
    let mut text = String::new();
    for (name, reason, outcome) in told {
        let reason = visible_line(&masked(&reason));
        let _ = writeln!(text, "  {name:width$} {:11} {reason}", outcome.state.as_str());
        unread(&mut text, &outcome.unread);
        for left in &outcome.left {
            let _ = writeln!(text, "  {:width$} left to do: {}", "", visible_line(&masked(left)));
        }
    }
    text
}

/// How repositories stand at one look of many, in as many lines as may be read again and again.
pub(super) fn at_a_look(plan: &Plan, outcomes: &[Outcome], beside: &[String]) -> String {
    let standings = outcomes.iter().map(|outcome| (outcome.state, outcome.reason.as_str()));
    let mut text = format!("{}\n", counts(standings));
    text.push_str(&rows(plan, outcomes, |outcome| !outcome.state.is_settled()));
    for line in beside {
        let _ = writeln!(text, "  {}", visible_line(&masked(line)));
    }
    text
}

/// How many pull requests came to what.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) done: usize,
    /// Of those of which it is only said what would be done.
    pub(super) would: usize,
    pub(super) refused: usize,
}

/// What came of going through pull requests: counts, and a line for each that was not as was asked.
pub(super) fn each(
    campaign: &str,
    verb: &str,
    counts: Counts,
    rows: &[(String, String)],
) -> String {
    let Counts { done, would, refused } = counts;
    let refused = if refused > 0 { format!(", {refused} not") } else { String::new() };
    let mut text = match would {
        0 => format!("Campaign {campaign}: {done} {verb}{refused}\n"),
        _ => format!("Campaign {campaign}: {would} would be {verb}{refused}\n"),
    };
    let rows: Vec<(String, String)> = folded(rows, |(_, said)| said.clone())
        .into_iter()
        .filter_map(|group| {
            let (name, said) = group.first()?;
            if group.len() == 1 {
                return Some((visible_line(name), said.clone()));
            }
            let names: Vec<String> = group.iter().map(|(name, _)| visible_line(name)).collect();
            Some((format!("{} pull requests", names.len()), of_many(said, &names)))
        })
        .collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, said) in rows {
        let said = visible_line(&masked(&said));
        let _ = writeln!(text, "  {name:width$}  {said}");
    }
    text
}

/// What the token could not see of a pull request.
fn unread(text: &mut String, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "  {:11} not seen: {}", "", visible_line(&masked(line)));
    }
}

/// Where a campaign stands, for a person.
pub(super) fn status(status: &Status) -> String {
    let standings = status.repositories.iter().map(|row| (row.state, row.reason.as_str()));
    let mut text = format!("Campaign {}: {}\n", status.campaign, counts(standings));
    let meant = |row: &&Row| !row.is_unselected();
    let names: Vec<String> = status
        .repositories
        .iter()
        .filter(meant)
        .map(|row| named(&row.repository, row.pull))
        .collect();
    let width = column(names.iter());
    for (owner, mut rows) in status.by_owner() {
        rows.retain(meant);
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{}", visible_line(owner.unwrap_or("without an owner")));
        let said =
            |row: &&Row| [row.state.as_str(), &row.reason, &row.unread.join("\n")].join("\0");
        for group in folded(rows, said) {
            let Some(row) = group.first() else { continue };
            let reason = first_line(&row.reason);
            let (name, reason) = match group.len() {
                1 => (named(&row.repository, row.pull), reason.to_owned()),
                // Nobody needs to know which those are.
                many if row.state == State::Done => {
                    (counted(many, "repository"), reason.to_owned())
                }
                many => {
                    let names: Vec<String> =
                        group.iter().map(|row| short(&row.repository)).collect();
                    (counted(many, "repository"), of_many(reason, &names))
                }
            };
            let reason = visible_line(&masked(&reason));
            let _ = writeln!(text, "  {:11} {name:width$} {reason}", row.state.as_str());
            unread(&mut text, &row.unread);
        }
    }
    text
}

/// What is to be done about a campaign that stands so: commands with what they are for, the most useful first.
pub(super) fn next(status: &Status, how: &Named<'_>) -> Vec<Step> {
    let mut counts: BTreeMap<Lead, usize> = BTreeMap::new();
    // Who waits for others is led on by those.
    for row in status.repositories.iter().filter(|row| row.state != State::Paused) {
        *counts.entry(row.state.lead()).or_default() += 1;
    }
    let file = quoted(how.file);
    let reverted = if how.is_reverted { " --reverted" } else { "" };
    let apply = match how.is_reverted {
        true => format!("revert {file}"),
        false => format!("apply {file}"),
    };
    let step = |(lead, count): (&Lead, &usize)| {
        let (what, command) = match lead {
            Lead::Retry => (
                "failed",
                match how.plan {
                    Some(plan) => format!("campaign apply {} --failed", quoted(plan)),
                    None => format!("campaign {apply} --failed"),
                },
            ),
            Lead::Merge => ("approved and green", format!("campaign merge{reverted} {file}")),
            Lead::Offer => ("not offered yet", format!("campaign {apply}")),
            Lead::Look => (
                "to be looked at, with links",
                format!("campaign status{reverted} {file} --format html -o campaign.html"),
            ),
            Lead::Judge => {
                ("with something that this campaign does not change", "drift".to_owned())
            }
            Lead::Wait => (
                "whose checks run or cannot be read",
                format!("campaign status{reverted} {file} --watch"),
            ),
            Lead::Nothing => return None,
        };
        Some(Step::because(format!("shipshape {command}"), format!("{count} {what}")))
    };
    let mut steps: Vec<Step> = counts.iter().filter_map(step).collect();
    let holding = status.holding();
    if !holding.is_empty() {
        let members = holding.iter().filter_map(|row| row.members.first());
        let members: String = members.map(|slug| format!(" -m {}", quoted(slug))).collect();
        let why = format!(
            "{} red that later waves wait for: mend it there, or give it up",
            holding.len()
        );
        let command = format!("shipshape campaign close{reverted} {file}{members}");
        steps.push(Step::because(command, why));
    }
    steps
}

/// How commands call a campaign.
pub(super) struct Named<'a> {
    pub(super) file: &'a str,
    /// The plan that is kept beside it, when that is of today's wording.
    pub(super) plan: Option<&'a str>,
    /// Whether it is about what takes the campaign back.
    pub(super) is_reverted: bool,
}
