//! A plan as a person reads it: each different change once, who is left out and why, what it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::campaign::apply::Outcome;
use crate::campaign::plan::decide::{NOT_OF_IT, NOT_SELECTED, NOTHING};
use crate::campaign::plan::{Action, Cluster, Forecast, Item, Pace, Plan};
use crate::campaign::state::State;
use crate::campaign::status::{Row, Status};
use crate::cli::counted;
use crate::cli::next::{Step, quoted};
use crate::edge::terminal::{visible, visible_line};
use crate::source::secrets::masked;

/// More repositories than this in which there is nothing to change are told by their number.
const SAME: usize = 5;

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
        item.action == Action::Leave
            && !is_done(item.state)
            && !is_unselected(item.state, &item.reason)
    };
    section(&mut text, "Left alone", plan.items.iter().filter(hindered), |item| {
        format!("{:11} {}", item.state.as_str(), item.reason)
    });
    done(&mut text, plan);
    remarks(&mut text, plan);
    budget(&mut text, plan, forecast, pace);
    text
}

/// Whether nobody meant it: told by its number.
fn is_unselected(state: State, reason: &str) -> bool {
    state == State::Skipped && reason == NOT_SELECTED
}

fn is_done(state: State) -> bool {
    matches!(state, State::Done | State::Merged)
}

fn groups(text: &mut String, plan: &Plan, clusters: &[Cluster], most: usize) {
    let changing: usize = clusters.iter().map(|cluster| cluster.members.len()).sum();
    if changing == 0 {
        text.push_str("Nothing is to be changed.\n");
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
    let items: Vec<(String, &Item)> =
        items.map(|item| (named(&item.repository, item.pull), item)).collect();
    if items.is_empty() {
        return;
    }
    let width = column(items.iter().map(|(name, _)| name));
    let _ = writeln!(text, "\n{title}");
    for (name, item) in items {
        let said = said(item);
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
    for item in plan.items.iter().filter(|item| is_done(item.state)) {
        *counts.entry(item.state).or_default() += 1;
    }
    let mut parts: Vec<String> =
        counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let left = plan.items.iter().filter(|it| it.state == State::Done && it.reason == NOT_OF_IT);
    match left.count() {
        0 => {}
        count => {
            parts.push(format!("{count} of them with something that this campaign does not change"))
        }
    }
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
    for item in plan.items.iter().filter(|item| item.action != Action::Leave) {
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
    let told = plan.items.iter().zip(outcomes).filter(|(_, outcome)| {
        !is_done(outcome.state) && !is_unselected(outcome.state, &outcome.reason)
            || !outcome.left.is_empty()
            || !outcome.unread.is_empty()
    });
    let told: Vec<(String, &Outcome)> = told
        .map(|(item, outcome)| {
            let pull = outcome.pull.as_ref().map(|(number, _)| *number);
            (named(&item.repository, pull), outcome)
        })
        .collect();
    let width = column(told.iter().map(|(name, _)| name));
    for (name, outcome) in told {
        let reason = visible_line(&masked(first_line(&outcome.reason)));
        let _ = writeln!(text, "  {name:width$} {:11} {reason}", outcome.state.as_str());
        unread(&mut text, &outcome.unread);
        for left in &outcome.left {
            let _ = writeln!(text, "  {:width$} left to do: {}", "", visible_line(&masked(left)));
        }
    }
    text
}

/// What came of going through pull requests: counts, and a line for each that was not as was asked.
pub(super) fn each(
    campaign: &str,
    verb: &str,
    (done, refused): (usize, usize),
    rows: &[(String, String)],
) -> String {
    let refused = if refused > 0 { format!(", {refused} not") } else { String::new() };
    let mut text = format!("Campaign {campaign}: {done} {verb}{refused}\n");
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, said) in rows {
        let said = visible_line(&masked(said));
        let _ = writeln!(text, "  {:width$}  {said}", visible_line(name));
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
        let over: Vec<&Row> = rows.iter().copied().filter(|row| row.state == State::Done).collect();
        for row in rows {
            if row.state == State::Done && over.len() > SAME {
                continue;
            }
            let name = named(&row.repository, row.pull);
            let reason = visible_line(&masked(first_line(&row.reason)));
            let _ = writeln!(text, "  {:11} {name:width$} {reason}", row.state.as_str());
            unread(&mut text, &row.unread);
        }
        if over.len() > SAME {
            let many = counted_repositories(over.len());
            let reasons: BTreeSet<&str> = over.iter().map(|row| row.reason.as_str()).collect();
            let reason = match (reasons.len(), reasons.first()) {
                (1, Some(reason)) => visible_line(&masked(first_line(reason))),
                _ => NOTHING.to_owned(),
            };
            let _ = writeln!(text, "  {:11} {many:width$} {reason}", State::Done.as_str());
        }
    }
    text
}

/// What is to be done about a campaign that stands so: commands with what they are for, the most useful first.
pub(super) fn next(status: &Status, file: &str) -> Vec<Step> {
    let count = |states: &[State]| {
        status.repositories.iter().filter(|row| states.contains(&row.state)).count()
    };
    let file = quoted(file);
    let mut next = Vec::new();
    let mut say = |number: usize, what: &str, command: String| {
        if number > 0 {
            next.push(Step::because(command, format!("{number} {what}")));
        }
    };
    say(count(&[State::Failed]), "failed", format!("shipshape campaign apply {file} --failed"));
    say(
        count(&[State::Approved]),
        "approved and green",
        format!("shipshape campaign merge {file}"),
    );
    say(
        count(&[State::Planned, State::Paused]),
        "not offered yet",
        format!("shipshape campaign apply {file}"),
    );
    say(
        count(&[State::Open, State::Red, State::Blocked, State::Edited]),
        "to be looked at, with links",
        format!("shipshape campaign status {file} --format html -o campaign.html"),
    );
    next
}

fn counted_repositories(number: usize) -> String {
    if number == 1 { "1 repository".to_owned() } else { format!("{number} repositories") }
}
