//! The status of a campaign, and what to do next.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Page, Room, column, counts, named, short, unread, worth_knowing};
use crate::campaign::merge::Lenience;
use crate::campaign::plan::ReasonKind;
use crate::campaign::state::{Lead, State};
use crate::campaign::status::{Row, Status};
use crate::cli::campaign::only::offered_again;
use crate::cli::counted;
use crate::cli::shared::fold::{folded, of_many};
use crate::cli::shared::next::{Step, quoted};
use crate::edge::terminal::visible_line;
use crate::source::secrets::masked;

/// The status of a campaign for people.
pub(in crate::cli::campaign) fn status(room: Room, status: &Status) -> String {
    let standings = status.repositories.iter().map(|row| (row.state, &row.kinds));
    let mut text = Page::new(room);
    text.row("", &format!("Campaign {}: {}", status.campaign, counts(standings)));
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
        lines(&mut text, rows, width);
    }
    remarks(&mut text, status.repositories.iter().filter(meant));
    text.into_text()
}

/// What holds for several repositories, once.
fn remarks<'r>(text: &mut Page, rows: impl Iterator<Item = &'r Row>) {
    let mut about: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        if let Some(remark) = row.remark() {
            about.entry(remark).or_default().push(named(&row.repository, row.pull));
        }
    }
    worth_knowing(text, about);
}

/// A line for each row; equal lines are combined.
fn lines(text: &mut Page, rows: Vec<&Row>, width: usize) {
    let said = |row: &&Row| {
        [row.state.as_str(), &row.reason, &row.said_apart(), &row.unread.join("\n")].join("\0")
    };
    for group in folded(rows, said) {
        let Some(row) = group.first() else { continue };
        let reason = row.said_apart();
        let (name, reason) = match group.len() {
            1 => (named(&row.repository, row.pull), reason),
            // Nobody needs to know which ones these are.
            many if row.state == State::Done => (counted(many, "repository"), reason),
            many => {
                let names: Vec<String> = group.iter().map(|row| short(&row.repository)).collect();
                (counted(many, "repository"), of_many(&reason, &names))
            }
        };
        let reason = visible_line(&masked(&reason));
        text.row(&format!("  {:11} {name:width$} ", row.state.as_str()), &reason);
        unread(text, &row.unread);
    }
}

/// What has changed since an earlier look: the time, the counts, and a line for each repository that changed.
pub(in crate::cli::campaign) fn changes(room: Room, status: &Status, before: &Status) -> String {
    let standings = status.repositories.iter().map(|row| (row.state, &row.kinds));
    let time = status.at.get(11..16).unwrap_or_default();
    let mut text = Page::new(room);
    text.push_str("\n");
    text.row(&format!("{time} UTC  "), &counts(standings));
    let rows = status.changed_since(before);
    let names: Vec<String> = rows.iter().map(|row| named(&row.repository, row.pull)).collect();
    let width = column(names.iter());
    lines(&mut text, rows.clone(), width);
    remarks(&mut text, rows.into_iter());
    text.into_text()
}

/// The options that name the members of these rows.
pub(in crate::cli::campaign) fn options(rows: &[&Row]) -> String {
    let members = rows.iter().filter_map(|row| row.members.first());
    members.map(|slug| format!(" -m {}", quoted(slug))).collect()
}

/// What to do next about a campaign in this state: commands with their purpose, most useful first.
pub(in crate::cli::campaign) fn next(status: &Status, how: &Named<'_>) -> Vec<Step> {
    // Repositories that wait for others need no step of their own.
    let (left_open, meant): (Vec<&Row>, Vec<&Row>) =
        status.repositories.iter().partition(|row| row.is_left_open());
    let (unreadable, seen): (Vec<&Row>, Vec<&Row>) =
        meant.into_iter().partition(|row| row.is_unreadable());
    let (shut, seen): (Vec<&Row>, Vec<&Row>) =
        seen.into_iter().partition(|row| row.is_not_to_be_pushed_to());
    let (refused, seen): (Vec<&Row>, Vec<&Row>) =
        seen.into_iter().partition(|row| row.is_refused());
    // What is renewed is merged and looked at afterwards.
    let (renewed, seen): (Vec<&Row>, Vec<&Row>) = seen.into_iter().partition(|row| row.is_to_renew);
    // `merge` leaves these out unless it is given an option.
    let (unchecked, seen): (Vec<&Row>, Vec<&Row>) =
        seen.into_iter().partition(|row| row.is_approved_without_checks());
    let mut of_lead: BTreeMap<Lead, Vec<&Row>> = BTreeMap::new();
    for row in seen.into_iter().filter(|row| !row.state.is_held_back()) {
        of_lead.entry(row.state.lead()).or_default().push(row);
    }
    let (file, only) = (quoted(how.file), how.only);
    // Without a narrower wish all are meant.
    let narrowed = |rows: &[&Row]| if only.is_empty() { String::new() } else { options(rows) };
    let reverted = if how.is_reverted { " --reverted" } else { "" };
    let apply = match (how.is_reverted, how.needs_approval) {
        (true, false) => format!("revert {file}{only}"),
        (true, true) => format!("revert {file}{only} --plan revert.plan.json"),
        (false, false) => format!("apply {file}{only}"),
        // `plan` says how it is approved and applied.
        (false, true) => format!("plan {file}{only}"),
    };
    // Several campaigns may be followed in one folder.
    let page = quoted(&format!("{}.html", status.campaign));
    let step = |(lead, rows): (&Lead, &Vec<&Row>)| {
        let (what, command) = match lead {
            // These need not be among those that are named.
            Lead::Retry => (
                "that could not be read",
                format!("campaign status{reverted} {file}{}", narrowed(rows)),
            ),
            // `merge` takes no list of targets.
            Lead::Merge => {
                ("approved", format!("campaign merge{reverted} {file}{}", narrowed(rows)))
            }
            Lead::Offer => ("not offered yet", format!("campaign {apply}")),
            Lead::Look => (
                "to look at, with links",
                format!("campaign status{reverted} {file}{only} --format html -o {page}"),
            ),
            Lead::Judge => {
                ("with something that this campaign does not change", "drift".to_owned())
            }
            Lead::Wait => (
                "whose checks are running",
                format!("campaign status{reverted} {file}{only} --watch"),
            ),
            Lead::Nothing => return None,
        };
        Some(Step::because(format!("shipshape {command}"), format!("{} {what}", rows.len())))
    };
    let mut steps: Vec<Step> = of_lead.iter().filter_map(step).collect();
    if !unchecked.is_empty() && how.checks.is_empty() {
        let lenience = Lenience::Checks;
        let (members, option) = (narrowed(&unchecked), lenience.option());
        let command = format!("shipshape campaign merge{reverted} {file}{members} {option}");
        let why = format!("{} approved, {}", unchecked.len(), lenience.about());
        let at = usize::from(of_lead.contains_key(&Lead::Merge));
        steps.insert(at.min(steps.len()), Step::because(command, why));
    }
    let lacking = status.repositories.iter().filter(|row| !row.missing.is_empty()).count();
    let lacking = (lacking > 0).then(|| format!("{lacking} with an incomplete pull request"));
    let renewed = (!renewed.is_empty()).then(|| format!("{} to be renewed", renewed.len()));
    let applied: Vec<String> = renewed.into_iter().chain(lacking).collect();
    if !applied.is_empty() {
        let command = format!("shipshape campaign {apply}");
        // What is not offered yet takes the same command.
        let said = of_lead.get(&Lead::Offer).map(|rows| format!("{} not offered yet", rows.len()));
        let why = said.iter().chain(&applied).cloned().collect::<Vec<_>>().join(", ");
        steps.retain(|step| step.what != command);
        // What is approved is completed before it is merged: afterwards it is too late.
        let is_approved = |row: &Row| row.state.lead() == Lead::Merge && !row.missing.is_empty();
        let is_first = status.repositories.iter().any(is_approved);
        let at = usize::from(!is_first && of_lead.contains_key(&Lead::Merge));
        steps.insert(at.min(steps.len()), Step::because(command, why));
    }
    if !unreadable.is_empty() {
        let command = "shipshape doctor --permissions campaign status";
        steps.push(Step::because(command, format!("{} that cannot be read", unreadable.len())));
    }
    if !shut.is_empty() {
        let command = "shipshape doctor --permissions campaign apply";
        let why = format!("{} that the token may not push to", shut.len());
        steps.push(Step::because(command, why));
    }
    if !refused.is_empty() {
        // Without an approval, the plan that is kept is applied again.
        let failed = if how.needs_approval { "" } else { " --failed" };
        let why = format!("once the reason is gone: {} failed", refused.len());
        steps.push(Step::because(format!("shipshape campaign {apply}{failed}"), why));
    }
    let close = format!("shipshape campaign close{reverted} {file}");
    steps.extend(given_up(status, (&unchecked, how.checks), &close));
    steps.extend(declined(status, how, &close));
    for (kind, said) in ReasonKind::UNWANTED {
        let rows: Vec<&Row> =
            left_open.iter().filter(|row| row.kinds.contains(&kind)).copied().collect();
        if !rows.is_empty() {
            let why = format!("{} open and {said}", rows.len());
            steps.push(Step::because(format!("{close}{}", options(&rows)), why));
        }
    }
    steps
}

/// What may be done about pull requests that people closed, once nothing else is left: `close` is the command that gives up pull
/// requests, by which one that is closed is not followed any more.
fn declined(status: &Status, how: &Named<'_>, close: &str) -> Vec<Step> {
    let left = status.repositories.iter().filter(|row| row.state.lead() != Lead::Nothing);
    let (declined, others): (Vec<&Row>, Vec<&Row>) =
        left.partition(|row| row.state == State::Declined);
    if declined.is_empty() || !others.is_empty() {
        return Vec::new();
    }
    // What the baseline accepts is not offered again either, nor what cannot be made today.
    let may_be_offered = |row: &&&Row| {
        ![ReasonKind::InBaseline, ReasonKind::BlockedToday].iter().any(|it| row.kinds.contains(it))
    };
    let offered: Vec<&Row> = declined.iter().filter(may_be_offered).copied().collect();
    let again = (!offered.is_empty()).then(|| {
        let (file, members) = (quoted(how.file), options(&offered));
        let command = offered_again(&file, &members, how.is_reverted, how.needs_approval);
        Step::because(
            command,
            format!("{} declined: to offer it again, after talking", offered.len()),
        )
    });
    let followed: Vec<&Row> = declined.into_iter().filter(|row| row.is_followed).collect();
    let leave = (!followed.is_empty()).then(|| {
        let command = format!("{close}{}", options(&followed));
        Step::because(command, format!("{} declined: to leave it at that", followed.len()))
    });
    again.into_iter().chain(leave).collect()
}

/// What to do about open pull requests with which no command goes on, but for `close`, the command that gives them up.
/// `unchecked` are approved ones on which no check ran, and `checks` those that the campaign names.
fn given_up(
    status: &Status,
    (unchecked, checks): (&[&Row], &[String]),
    close: &str,
) -> impl Iterator<Item = Step> {
    let steps = [
        never_checked(unchecked, checks, close),
        fixed_or_given_up(status, close),
        merged_or_given_up(status, close),
    ];
    steps.into_iter().flatten()
}

/// What to do about approved pull requests on which no check ran although the campaign names some: nothing merges them.
fn never_checked(rows: &[&Row], checks: &[String], close: &str) -> Option<Step> {
    let name = checks.first().filter(|_| !rows.is_empty())?;
    let why = format!(
        "{} approved on which `{name}` has not run: let it run there, take it out of `checks`, or give up",
        rows.len()
    );
    Some(Step::because(format!("{close}{}", options(rows)), why))
}

/// What to do about pull requests that are a person's by now and that later waves wait for.
fn merged_or_given_up(status: &Status, close: &str) -> Option<Step> {
    let taken = status.taken_over_and_holding();
    let merge = match taken.len() {
        0 => return None,
        1 => "merge it by hand, or give it up",
        _ => "merge them by hand, or give them up",
    };
    let why = format!("{} edited that later waves wait for: {merge}", taken.len());
    Some(Step::because(format!("{close} --edited{}", options(&taken)), why))
}

/// What to do about red pull requests that later waves wait for; `close` is the command that gives up pull requests.
fn fixed_or_given_up(status: &Status, close: &str) -> Option<Step> {
    let holding = status.holding();
    let fix = match holding.len() {
        0 => return None,
        1 => "fix it there, or give it up",
        _ => "fix them there, or give them up",
    };
    let why = format!("{} red that later waves wait for: {fix}", holding.len());
    Some(Step::because(format!("{close}{}", options(&holding)), why))
}

/// How commands refer to a campaign.
pub(in crate::cli::campaign) struct Named<'a> {
    pub(in crate::cli::campaign) file: &'a str,
    /// The options that limit the members, as typed, after a space.
    pub(in crate::cli::campaign) only: &'a str,
    /// Whether it is about the revert of the campaign.
    pub(in crate::cli::campaign) is_reverted: bool,
    /// Whether a plan of it has to be approved before it is applied.
    pub(in crate::cli::campaign) needs_approval: bool,
    /// The checks that it wants on each of its pull requests.
    pub(in crate::cli::campaign) checks: &'a [String],
}
