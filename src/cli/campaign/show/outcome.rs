//! The outcome of a run: how many repositories are in each state, and a line for each that needs one.

use std::collections::BTreeMap;

use super::{Page, Room, column, counts, first_line, named, short, unread, worth_knowing};
use crate::campaign::apply::Outcome;
use crate::campaign::plan::{Item, Plan};
use crate::campaign::state::{Lead, State};
use crate::cli::counted;
use crate::cli::shared::fold::{folded, of_many};
use crate::edge::terminal::visible_line;
use crate::source::secrets::masked;

/// The states of repositories after a run.
pub(in crate::cli::campaign) fn outcomes(room: Room, plan: &Plan, outcomes: &[Outcome]) -> String {
    let standings = outcomes.iter().map(|outcome| (outcome.state, outcome.reason.kinds()));
    let mut text = Page::new(room);
    text.row("", &format!("Campaign {}: {}", plan.campaign, counts(standings)));
    rows(&mut text, plan, outcomes, |outcome| !outcome.state.is_done());
    remarks(&mut text, plan, outcomes);
    text.into_text()
}

/// The remarks of a run, each once.
fn remarks(text: &mut Page, plan: &Plan, outcomes: &[Outcome]) {
    let mut about: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (item, outcome) in plan.items.iter().zip(outcomes) {
        if let Some(remark) = outcome.remark {
            about.entry(remark).or_default().push(named(&item.repository, outcome.pull));
        }
    }
    worth_knowing(text, about);
}

/// A line for each repository to report; equal lines are combined.
fn rows(text: &mut Page, plan: &Plan, outcomes: &[Outcome], is_told: impl Fn(&Outcome) -> bool) {
    let told = plan.items.iter().zip(outcomes).filter(|(_, outcome)| {
        is_told(outcome) && !outcome.is_unselected()
            || !outcome.left.is_empty()
            || !outcome.unread.is_empty()
    });
    let said = |(_, it): &(&Item, &Outcome)| {
        [it.state.as_str(), &it.reason.to_string(), &it.left.join("\n"), &it.unread.join("\n")]
            .join("\0")
    };
    let told: Vec<(String, String, &Outcome)> = folded(told, said)
        .into_iter()
        .filter_map(|group| {
            let (item, outcome) = *group.first()?;
            let reason = outcome.reason.to_string();
            let reason = first_line(&reason);
            if group.len() == 1 {
                let name = named(&item.repository, outcome.pull);
                return Some((name, reason.to_owned(), outcome));
            }
            let names: Vec<String> =
                group.iter().map(|(item, _)| short(&item.repository)).collect();
            Some((counted(names.len(), "repository"), of_many(reason, &names), outcome))
        })
        .collect();
    let width = column(told.iter().map(|(name, _, _)| name));
    for (name, reason, outcome) in told {
        let reason = visible_line(&masked(&reason));
        text.row(&format!("  {name:width$} {:11} ", outcome.state.as_str()), &reason);
        unread(text, &outcome.unread);
        for left in &outcome.left {
            text.row(&format!("  {:width$} left to do: ", ""), &visible_line(&masked(left)));
        }
    }
}

/// The states of repositories at one of many looks, short enough to be read repeatedly.
pub(in crate::cli::campaign) fn at_a_look(
    room: Room,
    plan: &Plan,
    outcomes: &[Outcome],
    beside: &[String],
) -> String {
    let standings = outcomes.iter().map(|outcome| (outcome.state, outcome.reason.kinds()));
    let mut text = Page::new(room);
    text.row("", &counts(standings));
    // What stands still because a person has to act is listed as well: a watch that waits on would not say which it is.
    let needs_person = |state: State| matches!(state.lead(), Lead::Look | Lead::Retry);
    let is_told = |outcome: &Outcome| !outcome.state.is_settled() || needs_person(outcome.state);
    rows(&mut text, plan, outcomes, is_told);
    for line in beside {
        text.row("  ", &visible_line(&masked(line)));
    }
    text.into_text()
}

/// How many pull requests had which result.
#[derive(Clone, Copy)]
pub(in crate::cli::campaign) struct Counts {
    pub(in crate::cli::campaign) done: usize,
    /// How many would be done, in a dry run.
    pub(in crate::cli::campaign) would: usize,
    pub(in crate::cli::campaign) refused: usize,
}

/// The result of working through pull requests: counts, and a line for each exception.
pub(in crate::cli::campaign) fn each(
    room: Room,
    campaign: &str,
    verb: &str,
    counts: Counts,
    rows: &[(String, String)],
) -> String {
    let Counts { done, would, refused } = counts;
    let refused = if refused > 0 { format!(", {refused} not") } else { String::new() };
    let mut text = Page::new(room);
    text.push_str(&match would {
        0 => format!("Campaign {campaign}: {done} {verb}{refused}\n"),
        _ => format!("Campaign {campaign}: {would} would be {verb}{refused}\n"),
    });
    let rows: Vec<(String, String)> = folded(rows, |(name, said)| of_any(name, said))
        .into_iter()
        .filter_map(|group| {
            let (name, said) = group.first()?;
            if group.len() == 1 {
                return Some((visible_line(name), said.clone()));
            }
            let names: Vec<String> = group.iter().map(|(name, _)| visible_line(name)).collect();
            // A repository that cannot be read is named without a pull request.
            let is_pull = name.contains('#');
            let what = if is_pull { "pull request" } else { "repository" };
            Some((counted(names.len(), what), of_many(&of_any(name, said), &names)))
        })
        .collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, said) in rows {
        let said = visible_line(&masked(&said));
        text.row(&format!("  {name:width$}  "), &said);
    }
    text.into_text()
}

/// What is said of one pull request, as it is said of others too: a request that was refused names repository and number.
fn of_any(name: &str, said: &str) -> String {
    let (repository, number) = name.split_once(" #").unwrap_or((name, ""));
    let said = said.replace(&format!("/repos/{repository}/"), "/repos/…/");
    if number.is_empty() {
        return said;
    }
    // The request may end with the number.
    said.replace(&format!("/{number}/"), "/…/").replace(&format!("/{number}`"), "/…`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_the_same_request_elsewhere_are_one_line() {
        let row = |name: &str| {
            let said = format!("not closed: 403 to `POST /repos/acme/{name}/issues/7/comments`");
            (format!("acme/{name} #7"), said)
        };
        let numbered = |number: u64| {
            let said = format!("not closed: 403 to `PATCH /repos/acme/a/pulls/{number}`");
            (format!("acme/a #{number}"), said)
        };
        let shown = |rows: &[(String, String)]| {
            let counts = Counts { done: 0, would: 0, refused: rows.len() };
            each(Room::unlimited(), "c", "closed", counts, rows)
        };
        let alone = shown(&[row("a")]);
        assert!(alone.contains("`POST /repos/acme/a/issues/7/comments`"), "{alone}");
        let many = shown(&["a", "b", "c", "d", "e", "f"].map(row));
        let said = "  6 pull requests  not closed: 403 to `POST /repos/…/issues/…/comments`";
        assert!(many.contains(said) && many.lines().count() == 2, "{many}");
        let many = shown(&[1, 2, 3, 12, 23, 123].map(numbered));
        let said = "  6 pull requests  not closed: 403 to `PATCH /repos/…/pulls/…`";
        assert!(many.contains(said) && many.lines().count() == 2, "{many}");
    }
}
