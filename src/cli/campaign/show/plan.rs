//! A plan for people: each different change once, what is left out and why, and what it takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Page, Room, column, named, short};
use crate::campaign::plan::{Action, Cluster, Extra, Forecast, Item, Pace, Plan, ReasonKind};
use crate::campaign::state::State;
use crate::cli::counted;
use crate::cli::shared::fold::{folded, of_many};
use crate::edge::terminal::{visible, visible_line};
use crate::source::secrets::masked;

/// The most names of a group that are shown.
const NAMES: usize = 8;

/// The default number of lines that are shown of each group's diff.
pub(in crate::cli::campaign) const LINES: usize = 60;

/// The most lines that are shown of a repository's obstacle.
const DETAIL: usize = 20;

/// The most remarks that are shown.
const REMARKS: usize = 20;

/// The most groups that are shown with their diff.
const GROUPS: usize = 12;

/// Where the rest is. Whether this plan is kept in a file is not known here: `apply` and `revert` can do without one.
const IN_FULL: &str = " (a plan that is kept in a file has all)";

/// How much of a plan is shown.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli::campaign) struct Within {
    /// The most lines of each diff.
    pub(in crate::cli::campaign) lines: usize,
    pub(in crate::cli::campaign) room: Room,
}

/// A plan, with as much of it as there is room for.
pub(in crate::cli::campaign) fn plan(
    within: Within,
    plan: &Plan,
    clusters: &[Cluster],
    (forecast, pace): (Forecast, Pace),
) -> String {
    let mut text = titled(within.room, plan);
    groups(&mut text, plan, clusters, within.lines);
    for (action, title) in [
        (Action::Close, "To be closed"),
        (Action::Update, "To be brought up to date"),
        (Action::Finish, "To be offered from an existing branch"),
    ] {
        let items = plan.items.iter().filter(|item| item.action == action);
        section(&mut text, title, items, |item| item.reason.clone());
    }
    let completed = plan.items.iter().filter(|item| item.action == Action::Complete);
    section(&mut text, "To be completed", completed, |item| {
        let missing = Extra::in_words(&item.missing).unwrap_or_default();
        let first = item.reason.lines().next().unwrap_or_default();
        // What is in the way of it stays in the way.
        let reason = if item.state.is_hindered() { format!("{first}; ") } else { String::new() };
        format!("{:11} {reason}{missing}", item.state.as_str())
    });
    hindered(&mut text, plan);
    let left = plan.items.iter().filter(|item| item.state == State::Left);
    section(&mut text, "Not for this campaign", left, |item| item.reason.clone());
    let waived =
        plan.items.iter().filter(|item| item.is_unselected() && item.is(ReasonKind::Waived));
    section(&mut text, "Not selected because of waivers", waived, |item| item.reason.clone());
    done(&mut text, plan);
    remarks(&mut text, plan);
    budget(&mut text, plan, forecast, pace);
    text.into_text()
}

fn titled(room: Room, plan: &Plan) -> Page {
    let mut text = Page::new(room);
    let _ = writeln!(text, "Campaign {} on {}", plan.campaign, visible_line(&plan.forge));
    text
}

/// What a plan leaves alone, with the reasons.
pub(in crate::cli::campaign) fn left_alone(room: Room, plan: &Plan) -> String {
    let mut text = titled(room, plan);
    hindered(&mut text, plan);
    done(&mut text, plan);
    text.into_text()
}

fn hindered(text: &mut Page, plan: &Plan) {
    let is_hindered = |item: &&Item| {
        !item.is_to_do()
            && !item.state.is_done()
            && item.state != State::Left
            && !item.is_unselected()
    };
    section(text, "Left alone", plan.items.iter().filter(is_hindered), |item| {
        format!("{:11} {}", item.state.as_str(), item.reason)
    });
}

fn groups(text: &mut Page, plan: &Plan, clusters: &[Cluster], most: usize) {
    let changing: usize = clusters.iter().map(|cluster| cluster.members.len()).sum();
    let unread = plan.items.iter().filter(|item| item.is_unread()).count();
    let unread_line = |text: &mut Page| {
        if unread > 0 {
            let count = counted(unread, "repository");
            let them = if unread == 1 { "it" } else { "them" };
            let _ = writeln!(text, "{count} could not be read: nothing is planned for {them}.");
        }
    };
    if changing == 0 {
        let kept = |item: &&Item| {
            // Those that failed are told of above.
            item.state.is_hindered() && item.state != State::Failed
                || item.state == State::Regressed
        };
        let mut counts: BTreeMap<State, usize> = BTreeMap::new();
        for item in plan.items.iter().filter(kept) {
            *counts.entry(item.state).or_default() += 1;
        }
        let counts: Vec<String> =
            counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
        match counts.join(", ").as_str() {
            "" if unread == 0 => text.push_str("There is nothing to change.\n"),
            "" if unread == meant(plan) => {}
            "" => text
                .push_str("There is nothing to change in the repositories that could be read.\n"),
            counts => {
                let _ = writeln!(text, "Nothing is offered: {counts}, as listed below.");
            }
        }
        unread_line(text);
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
    text.row(&format!("{}: ", counted(changing, "pull request")), &parts.join(", "));
    unread_line(text);
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
        text.push_str("\n");
        text.row(&format!("{title}: "), &names.join(", "));
        if cluster.differs_around {
            let first = names.first().map_or("the first", String::as_str);
            text.row("    ", &format!("The lines around it differ; these are those of {first}."));
        }
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
        let _ = writeln!(text, "\n… {} more{IN_FULL}", counted(more, "variant"));
    }
}

/// How many repositories the campaign selects.
fn meant(plan: &Plan) -> usize {
    plan.items.iter().filter(|item| !item.is_unselected()).count()
}

/// `A` to `Z`, then numbers.
fn letter(number: usize) -> String {
    u8::try_from(number)
        .ok()
        .filter(|number| *number < 26)
        .map_or_else(|| number.to_string(), |number| char::from(b'A' + number).to_string())
}

fn section<'a>(
    text: &mut Page,
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
        text.row(&format!("  {name:width$} "), &first);
        let detail: Vec<&str> = lines.collect();
        for line in detail.iter().take(DETAIL) {
            text.row("      ", &visible_line(&masked(line)));
        }
        if detail.len() > DETAIL {
            let _ = writeln!(text, "      … {} more lines{IN_FULL}", detail.len() - DETAIL);
        }
    }
}

fn done(text: &mut Page, plan: &Plan) {
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    for item in plan.items.iter().filter(|item| item.state.is_done()) {
        *counts.entry(item.state).or_default() += 1;
    }
    let mut parts: Vec<String> =
        counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let unselected = plan.items.iter().filter(|item| item.is_unselected());
    match unselected.count() {
        0 => {}
        count => parts.push(format!("{count} not selected")),
    }
    if !parts.is_empty() {
        text.push_str("\n");
        text.row("Nothing to do: ", &parts.join(", "));
    }
}

/// The remarks of changes: each once, with its repository or the number of repositories.
fn remarks(text: &mut Page, plan: &Plan) {
    let mut counts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in &plan.items {
        for remark in item.change.iter().flat_map(|change| &change.remarks) {
            counts.entry(remark).or_default().push(&item.repository);
        }
    }
    if counts.is_empty() {
        return;
    }
    text.push_str("\nWorth knowing\n");
    for (remark, count) in counts.iter().take(REMARKS) {
        let remark = visible_line(&masked(remark));
        match count.as_slice() {
            [one] if !remark.contains(one) => text.row(&format!("  {}: ", short(one)), &remark),
            [_] => text.row("  ", &remark),
            several => {
                let names: Vec<String> = several.iter().map(|name| short(name)).collect();
                let count = counted(names.len(), "repository");
                text.row(&format!("  {count}: "), &of_many(&remark, &names));
            }
        }
    }
    if counts.len() > REMARKS {
        let _ = writeln!(text, "  … {} more{IN_FULL}", counts.len() - REMARKS);
    }
}

fn budget(text: &mut Page, plan: &Plan, forecast: Forecast, pace: Pace) {
    if forecast.writes == 0 {
        return;
    }
    let mut waves: BTreeMap<u32, usize> = BTreeMap::new();
    for item in plan.items.iter().filter(|item| item.is_to_do()) {
        *waves.entry(item.wave).or_default() += 1;
    }
    if waves.len() > 1 {
        let sizes: Vec<String> = waves.values().map(ToString::to_string).collect();
        text.push_str("\n");
        text.row("Waves: ", &sizes.join(" → "));
    }
    let writes = counted(forecast.writes, "write");
    let creations = forecast.creations;
    text.push_str("\n");
    let said = format!("{writes}, {creations} of them new content");
    if pace == Pace::Unlimited {
        text.row("Budget: ", &said);
        return;
    }
    let (minute, hour) = pace.creations();
    let minutes = match usize::try_from(forecast.minutes).unwrap_or(usize::MAX) {
        0 => "less than a minute".to_owned(),
        minutes => format!("{} at least", counted(minutes, "minute")),
    };
    text.row("Budget: ", &format!("{said}; {minutes}, at {minute} a minute and {hour} an hour"));
}
