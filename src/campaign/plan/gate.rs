//! What may start now: waves, the limits on what is in progress, and the number of failures that stops everything. Pure.

use super::{Item, Kinds, Plan, ReasonKind, Terms};
use crate::campaign::file::Advance;
use crate::campaign::state::State;
use crate::counted::counted;

/// The state of a repository, as it counts for repositories that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The state.
    pub state: State,
    /// Whether a pull request of the campaign is open there: a blocked repository may have one.
    pub is_open: bool,
    /// What waves that wait for green pull requests know of its checks.
    pub checked: Checked,
}

/// What waves that wait for green pull requests know of the checks of one that is not red.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// All that they wait for have passed.
    Enough,
    /// Some have not run: see [`ReasonKind::LacksChecks`].
    NotRun,
    /// Some could not be read: see [`ReasonKind::ChecksUnread`].
    Unread,
}

impl Checked {
    /// What a reason of these kinds says of them.
    #[must_use]
    pub fn of(kinds: &Kinds) -> Self {
        if kinds.contains(&ReasonKind::LacksChecks) {
            Self::NotRun
        } else if kinds.contains(&ReasonKind::ChecksUnread) {
            Self::Unread
        } else {
            Self::Enough
        }
    }
}

impl Seen {
    /// One on which all checks have run that waves wait for, or which has no pull request.
    #[must_use]
    pub fn new(state: State, is_open: bool) -> Self {
        Self { state, is_open, checked: Checked::Enough }
    }
}

/// Why nothing more may start, whatever else happens: enough others failed, and a person has to look.
#[must_use]
pub fn halt(terms: &Terms, seen: &[Seen]) -> Option<String> {
    let most = terms.stop_at_failures?;
    let failed = seen.iter().filter(|it| it.state.is_failure()).count();
    let is_enough = usize::try_from(most).is_ok_and(|most| failed >= most);
    is_enough.then(|| {
        let them = if failed == 1 { "it" } else { "them" };
        format!(
            "stopped: {failed} failed, declined or red (`stop_at_failures: {most}`): fix {them}, offer again what was declined \
             (--reopen), or raise `stop_at_failures`"
        )
    })
}

/// Why a plan opens nothing of what it would open: see [`halt`]. `None` if nothing stops it, or it opens nothing anyhow.
#[must_use]
pub fn stopped(plan: &Plan) -> Option<String> {
    let seen: Vec<Seen> = plan.items.iter().map(Item::seen).collect();
    halt(&plan.terms, &seen).filter(|_| plan.items.iter().any(Item::offers))
}

/// Why a repository may not start now: enough others failed, or it has to wait; `None` if it may.
///
/// `seen` are the current states of `items`, in the same order; `opened` is how many pull requests this run has opened.
#[must_use]
pub fn hold(
    terms: &Terms,
    items: &[Item],
    seen: &[Seen],
    index: usize,
    opened: u32,
) -> Option<String> {
    halt(terms, seen).or_else(|| wait(terms, items, seen, index, opened))
}

/// Why a repository has to wait for others or for a limit, as [`hold`] sees it where nothing has halted.
#[must_use]
pub fn wait(
    terms: &Terms,
    items: &[Item],
    seen: &[Seen],
    index: usize,
    opened: u32,
) -> Option<String> {
    let wave = items.get(index)?.wave;
    let count = |is: &dyn Fn(&Seen) -> bool| {
        u32::try_from(seen.iter().filter(|it| is(it)).count()).unwrap_or(u32::MAX)
    };
    let before = items.iter().zip(seen).filter(|(item, _)| item.wave < wave);
    let open: Vec<(&Item, &Seen)> =
        before.filter(|(_, it)| !is_through(terms.advance, it)).collect();
    if let Some(first) = open.iter().map(|(item, _)| item.wave).min() {
        let of_first: Vec<(&Item, &Seen)> =
            open.into_iter().filter(|(item, _)| item.wave == first).collect();
        let left = of_first.len();
        let until = match terms.advance {
            Advance::Merged => "to be merged",
            Advance::Green => "to be green",
            Advance::Opened => "to be opened",
        };
        let stuck = stuck(&of_first);
        let left = counted(left, "pull request");
        return Some(format!("wave {wave} waits for {left} of wave {first} {until}{stuck}"));
    }
    if let Some(most) = terms.open
        && count(&|it| it.is_open) >= most
    {
        let most = number(most, "open pull request");
        return Some(format!("the campaign allows only {most} at once"));
    }
    if let Some(most) = terms.pending_checks {
        let pending = count(&|it| it.state == State::Checks);
        if pending >= most {
            let most = number(most, "pull request");
            return Some(format!("the campaign allows only {most} with running checks at once"));
        }
    }
    match terms.each_run {
        Some(most) if opened >= most => {
            let most = number(most, "new pull request");
            Some(format!("the campaign allows only {most} in one run"))
        }
        _ => None,
    }
}

/// What of pull requests that others wait for a person has to do something about, in brackets: red ones are fixed or given up,
/// and where checks never run or cannot be read, nothing goes on until that is changed.
fn stuck(waited_for: &[(&Item, &Seen)]) -> String {
    let named = |is: &dyn Fn(&Seen) -> bool| {
        let them = waited_for.iter().filter(|(_, it)| is(it));
        let mut names: Vec<&str> = them.map(|(item, _)| short(&item.repository)).collect();
        names.sort_unstable();
        names
    };
    match named(&|it| it.state.is_stuck()).as_slice() {
        [] => {}
        [name] => return format!(" ({name} is red)"),
        [name, more @ ..] => return format!(" ({name} and {} more are red)", more.len()),
    }
    let those = |checked| match named(&|it| it.checked == checked).as_slice() {
        [] => None,
        [name] => Some((*name).to_owned()),
        [name, more @ ..] => Some(format!("{name} and {} more", more.len())),
    };
    if let Some(on) = those(Checked::NotRun) {
        return format!(
            " (not every check has run on {on}; where none will, `advance: merged` waits for none)"
        );
    }
    those(Checked::Unread)
        .map_or_else(String::new, |of| format!(" (the checks of {of} cannot be read)"))
}

/// The name of a repository without its owner.
fn short(repository: &str) -> &str {
    repository.split_once('/').map_or(repository, |(_, name)| name)
}

/// Whether any of these repositories may start in a new run, given the current states of all items.
#[must_use]
pub fn any_may_start(
    terms: &Terms,
    items: &[Item],
    seen: &[Seen],
    mut waiting: impl Iterator<Item = usize>,
) -> bool {
    waiting.any(|index| hold(terms, items, seen, index, 0).is_none())
}

/// A limit with its noun.
fn number(most: u32, noun: &str) -> String {
    counted(usize::try_from(most).unwrap_or(usize::MAX), noun)
}

/// Whether later waves do not have to wait for a repository.
fn is_through(advance: Advance, it: &Seen) -> bool {
    it.state.is_settled()
        || match advance {
            Advance::Merged => false,
            Advance::Green => it.state.is_green() && it.checked == Checked::Enough,
            Advance::Opened => it.state.is_open(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::file::{Approval, Moved, Unneeded};
    use crate::campaign::plan::Action;

    fn terms(advance: Advance) -> Terms {
        Terms {
            selects_everything: false,
            requires: Vec::new(),
            labels: Vec::new(),
            draft: false,
            auto_merge: None,
            checks: Vec::new(),
            windows: Vec::new(),
            advance,
            stop_at_failures: None,
            open: None,
            pending_checks: None,
            each_run: None,
            approval: Approval::Never,
            unneeded: Unneeded::Leave,
            moved: Moved::Leave,
        }
    }

    /// These states, where nothing is blocked.
    fn seen(states: &[State]) -> Vec<Seen> {
        states.iter().map(|state| Seen::new(*state, state.is_open())).collect()
    }

    fn items(waves: &[u32]) -> Vec<Item> {
        let item = |wave: &u32| Item {
            repository: "acme/a".to_owned(),
            members: Vec::new(),
            owner: None,
            wave: *wave,
            action: Action::Open,
            state: State::Planned,
            reason: String::new(),
            kinds: Kinds::new(),
            pull: None,
            has_open_pull: None,
            page: None,
            unread: Vec::new(),
            missing: Vec::new(),
            judged_at: None,
            change: None,
        };
        waves.iter().map(item).collect()
    }

    #[test]
    fn a_wave_waits_for_those_before_it() {
        let items = items(&[1, 1, 2]);
        let held = |advance, states: &[State]| hold(&terms(advance), &items, &seen(states), 2, 0);
        let waits = held(Advance::Merged, &[State::Merged, State::Open, State::Planned]);
        assert_eq!(
            waits.as_deref(),
            Some("wave 2 waits for 1 pull request of wave 1 to be merged")
        );
        assert_eq!(held(Advance::Merged, &[State::Merged, State::Declined, State::Planned]), None);
        assert_eq!(held(Advance::Green, &[State::Approved, State::Open, State::Planned]), None);
        assert!(held(Advance::Green, &[State::Checks, State::Open, State::Planned]).is_some());
        let red = held(Advance::Green, &[State::Red, State::Open, State::Planned]);
        assert_eq!(
            red.as_deref(),
            Some("wave 2 waits for 1 pull request of wave 1 to be green (a is red)")
        );
        assert_eq!(held(Advance::Opened, &[State::Checks, State::Edited, State::Planned]), None);
        let planned = [State::Planned, State::Open, State::Planned];
        assert!(held(Advance::Opened, &planned).is_some());
        assert_eq!(hold(&terms(Advance::Merged), &items, &seen(&planned), 0, 0), None);
    }

    #[test]
    fn a_wave_that_waits_for_green_ones_waits_for_their_checks() {
        let items = items(&[1, 2]);
        let held = |advance, checked| {
            let without = Seen { checked, ..Seen::new(State::Open, true) };
            let planned = Seen::new(State::Planned, false);
            hold(&terms(advance), &items, &[without, planned], 1, 0)
        };
        assert_eq!(
            held(Advance::Green, Checked::NotRun).as_deref(),
            Some(
                "wave 2 waits for 1 pull request of wave 1 to be green (not every check has run on a; \
                 where none will, `advance: merged` waits for none)"
            )
        );
        assert_eq!(held(Advance::Opened, Checked::NotRun), None);
        assert_eq!(
            held(Advance::Green, Checked::Unread).as_deref(),
            Some(
                "wave 2 waits for 1 pull request of wave 1 to be green (the checks of a cannot be read)"
            )
        );
        assert_eq!(held(Advance::Green, Checked::Enough), None);
    }

    #[test]
    fn the_brake_counts_what_is_open_and_what_runs() {
        let items = items(&[1, 1, 1]);
        let states = [State::Open, State::Checks, State::Planned];
        let with = |terms: Terms, opened| hold(&terms, &items, &seen(&states), 2, opened);
        assert!(with(Terms { open: Some(2), ..terms(Advance::Merged) }, 0).is_some());
        assert!(with(Terms { open: Some(3), ..terms(Advance::Merged) }, 0).is_none());
        assert!(with(Terms { pending_checks: Some(1), ..terms(Advance::Merged) }, 0).is_some());
        assert!(with(Terms { each_run: Some(1), ..terms(Advance::Merged) }, 1).is_some());
        assert!(with(Terms { each_run: Some(1), ..terms(Advance::Merged) }, 0).is_none());
    }

    #[test]
    fn what_is_blocked_or_unreadable_may_be_open_all_the_same() {
        let items = items(&[1, 1, 1]);
        let terms = Terms { open: Some(2), ..terms(Advance::Opened) };
        let with = |is_open| {
            let it = |state| Seen::new(state, is_open);
            let planned = Seen::new(State::Planned, false);
            hold(&terms, &items, &[it(State::Blocked), it(State::Failed), planned], 2, 0)
        };
        let limit = "the campaign allows only 2 open pull requests at once";
        assert_eq!(with(true).as_deref(), Some(limit));
        assert_eq!(with(false), None);
    }

    #[test]
    fn a_pull_request_that_has_ended_is_not_open() {
        let blocked = |has_open_pull| {
            let [item]: [Item; 1] = items(&[1]).try_into().expect("one");
            Item { state: State::Blocked, pull: Some(7), has_open_pull, ..item }.seen().is_open
        };
        assert!(blocked(Some(true)));
        assert!(!blocked(Some(false)));
        // A plan of an earlier version does not say it.
        assert!(blocked(None));
    }

    #[test]
    fn enough_failures_stop_it() {
        let items = items(&[1, 1, 1]);
        let states = [State::Red, State::Declined, State::Planned];
        let terms = |most| Terms { stop_at_failures: Some(most), ..terms(Advance::Opened) };
        assert!(hold(&terms(2), &items, &seen(&states), 2, 0).is_some());
        assert!(hold(&terms(3), &items, &seen(&states), 2, 0).is_none());
        assert!(halt(&terms(2), &seen(&states)).is_some());
        assert_eq!(halt(&terms(3), &seen(&states)), None);
        let one = halt(&terms(1), &seen(&[State::Red])).unwrap_or_default();
        let said = "stopped: 1 failed, declined or red (`stop_at_failures: 1`): fix it, ";
        assert!(one.starts_with(said), "{one}");
    }
}
