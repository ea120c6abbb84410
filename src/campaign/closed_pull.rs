//! A campaign's pull request that was closed without being merged: by the campaign, or by a person who refuses it. Pure.

use super::identity::{closers, givers};
use super::state::State;
use crate::forge::calls::branch_pulls::{PullSeen, PullStanding};

/// Whether the campaign itself closed a pull request, and no person has reopened and closed it since: the login in its mark
/// is the one that closed it.
#[must_use]
pub fn is_closed_by_campaign(pull: &PullSeen) -> bool {
    let by = pull.closed_by.as_deref();
    pull.state == PullStanding::Closed
        && by.is_some_and(|by| closers(&pull.body).any(|login| login.eq_ignore_ascii_case(by)))
}

/// A person's refusal of a pull request: it was closed without being merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    who: String,
    /// The reason, possibly empty, if `campaign close` gave it up.
    given_up: Option<String>,
}

impl Refusal {
    /// The refusal of a closed pull request; `None` if its campaign closed it as no longer needed.
    #[must_use]
    pub fn of(body: &str, closed_by: Option<&str>) -> Option<Self> {
        let is_who = |login: &str| closed_by.is_some_and(|by| login.eq_ignore_ascii_case(by));
        if let Some((login, why)) = givers(body).find(|(login, _)| is_who(login)) {
            return Some(Self { who: login.to_owned(), given_up: Some(why.to_owned()) });
        }
        if closers(body).any(is_who) {
            return None;
        }
        Some(Self { who: closed_by.unwrap_or("somebody").to_owned(), given_up: None })
    }

    /// The refusal of a pull request, if it is closed and was refused.
    #[must_use]
    pub fn of_pull(pull: &PullSeen) -> Option<Self> {
        let is_closed = pull.state == PullStanding::Closed;
        is_closed.then(|| Self::of(&pull.body, pull.closed_by.as_deref())).flatten()
    }

    /// The state of a repository whose pull request was refused.
    #[must_use]
    pub fn state(&self) -> State {
        if self.given_up.is_some() { State::GivenUp } else { State::Declined }
    }

    /// In words: `ann closed #1`, `ann gave up #1: it waits`.
    #[must_use]
    pub fn said_of(&self, number: u64) -> String {
        let who = &self.who;
        match self.given_up.as_deref() {
            None => format!("{who} closed #{number}"),
            Some("") => format!("{who} gave up #{number}"),
            Some(why) => format!("{who} gave up #{number}: {why}"),
        }
    }
}
