//! How a campaign looks to a person: a plan, what came of it, where it stands. What these share is here.

mod outcome;
mod plan;
mod status;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::campaign::plan::decide::NOT_SELECTED;
use crate::campaign::state::State;
use crate::edge::terminal::visible_line;
use crate::source::secrets::masked;

pub(super) use outcome::{Counts, at_a_look, each, outcomes};
pub(super) use plan::{LINES, plan, plan_within};
pub(super) use status::{Named, changes, next, status};

/// Columns that a name takes at least.
const NAME: usize = 32;

/// Whether nobody meant it: told by its number.
fn is_unselected(state: State, reason: &str) -> bool {
    state == State::Skipped && reason == NOT_SELECTED
}

/// A reason without what is shown below it.
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

/// The columns that names take: as many as the longest.
fn column<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or_default().max(NAME)
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

/// What the token could not see of a pull request.
fn unread(text: &mut String, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "  {:11} not seen: {}", "", visible_line(&masked(line)));
    }
}
