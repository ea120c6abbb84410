//! Campaigns for people: a plan, the outcome of a run, the status. This file contains what these share.

mod outcome;
mod page;
mod plan;
mod status;

use std::collections::BTreeMap;

use crate::campaign::plan::{Kinds, is_unselected};
use crate::campaign::state::State;
use crate::cli::counted;
use crate::cli::shared::fold::of_many;
use crate::edge::terminal::visible_line;
use crate::source::secrets::masked;

pub(super) use outcome::{Counts, at_a_look, each, outcomes};
use page::Page;
pub(super) use page::Room;
pub(super) use plan::{LINES, Within, left_alone, plan};
pub(super) use status::{Named, changes, next, options, status};

/// The minimum width of the column of names.
const NAME: usize = 32;

/// A reason without its details.
fn first_line(reason: &str) -> &str {
    reason.lines().next().unwrap_or_default()
}

fn short(repository: &str) -> String {
    visible_line(repository.split_once('/').map_or(repository, |(_, name)| name))
}

/// A repository with its pull request.
fn named(repository: &str, pull: Option<u64>) -> String {
    let pull = pull.map(|number| format!(" #{number}")).unwrap_or_default();
    format!("{}{pull}", short(repository))
}

/// The width of the column of names: that of the longest.
fn column<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or_default().max(NAME)
}

/// How many repositories are in each state, in the order of lists; those not selected come last.
fn counts<'a>(standings: impl Iterator<Item = (State, &'a Kinds)>) -> String {
    let (mut counts, mut unselected): (BTreeMap<usize, (State, usize)>, usize) = Default::default();
    for (state, kinds) in standings {
        match is_unselected(state, kinds) {
            true => unselected += 1,
            false => counts.entry(state.order()).or_insert((state, 0)).1 += 1,
        }
    }
    let mut parts: Vec<String> =
        counts.values().map(|(state, count)| format!("{count} {state}")).collect();
    if unselected > 0 {
        parts.push(format!("{unselected} not selected"));
    }
    if parts.is_empty() {
        return "no repository".to_owned();
    }
    parts.join(", ")
}

/// What holds for pull requests, each once, with their names.
fn worth_knowing(text: &mut Page, about: BTreeMap<&str, Vec<String>>) {
    if !about.is_empty() {
        text.push_str("\nWorth knowing\n");
    }
    for (remark, names) in about {
        match names.as_slice() {
            [one] => text.row(&format!("  {one}: "), remark),
            several => {
                let count = counted(several.len(), "pull request");
                text.row(&format!("  {count}: "), &of_many(remark, several));
            }
        }
    }
}

/// What the token could not read of a pull request.
fn unread(text: &mut Page, lines: &[String]) {
    for line in lines {
        text.row(&format!("  {:11} not seen: ", ""), &visible_line(&masked(line)));
    }
}
