//! Compares a plan that was shown with one that was made just now: exactly the changes that were shown, or none. Pure.
//!
//! Its bases may have moved, and the fleet's owners may have accepted what it would change.

use std::collections::HashMap;

use super::reason::{
    ANOTHER_CHANGE, NO_LONGER_NEEDED, NO_LONGER_SELECTED, NOT_SELECTED, Reason, ReasonKind,
};
use super::{Action, Item, Plan, Proposed};
use crate::campaign::state::State;

/// The plan that was shown, on top of the commits of another one that was made just now.
///
/// Its repositories, wording and order stay: they were shown, and perhaps approved. A repository whose change would differ
/// now waits for a new plan. Its digest stays as well, so that the log says which plan it was.
#[must_use]
pub fn on_todays_commits(shown: &Plan, today: Plan) -> Plan {
    let mut found: HashMap<String, Item> =
        today.items.into_iter().map(|item| (item.name().key(), item)).collect();
    let again = |item: &Item| on_todays_commit(item, found.remove(&item.name().key()));
    Plan { items: shown.items.iter().map(again).collect(), ..shown.clone() }
}

/// The plan that was shown, without what would not be offered today: what was waived since is left out, with the reason.
#[must_use]
pub fn still_meant(shown: &Plan, today: Plan) -> Plan {
    let mut found: HashMap<String, Item> =
        today.items.into_iter().map(|item| (item.name().key(), item)).collect();
    let still = |item: &Item| match why_left(item, found.remove(&item.name().key())) {
        None => item.clone(),
        Some((state, reason)) => item.left(state, &reason),
    };
    Plan { items: shown.items.iter().map(still).collect(), ..shown.clone() }
}

/// The state of a repository whose change is not wanted today, and why; `None` if it is still wanted.
fn why_left(shown: &Item, today: Option<Item>) -> Option<(State, Reason)> {
    if shown.judged_at.is_some() {
        return why_stays(today);
    }
    let change = shown.change.as_ref()?;
    let skipped = |kind, said: &str| Some((State::Skipped, Reason::of(kind, said)));
    let unselected = || skipped(ReasonKind::NoLongerSelected, NO_LONGER_SELECTED);
    match today {
        None => unselected(),
        Some(Item { change: Some(now), .. }) if now.is_given_by(&change.digest) => None,
        Some(Item { change: Some(_), .. }) => Some((State::Paused, another_change())),
        // Nothing is written to what is a person's now.
        Some(Item { state, .. }) if state.is_taken_over() => None,
        // The reason of an open one includes the state of its pull request, which is read again.
        Some(item) if item.state.is_open() => match item.is(ReasonKind::NoLongerSelected) {
            true => unselected(),
            false => skipped(ReasonKind::NoLongerNeeded, NO_LONGER_NEEDED),
        },
        Some(item) if item.is_unselected() => Some((State::Skipped, no_longer_selected(&item))),
        Some(item) => Some((item.state, item.why())),
    }
}

/// The reason for a repository that is not selected today, with what that names: the waivers, for example.
fn no_longer_selected(today: &Item) -> Reason {
    let named = today.reason.strip_prefix(NOT_SELECTED).unwrap_or_default();
    let mut kinds = today.kinds.clone();
    kinds.remove(&ReasonKind::NotSelected);
    kinds.insert(ReasonKind::NoLongerSelected);
    Reason::of_kinds(kinds, format!("{NO_LONGER_SELECTED}{named}"))
}

/// Why a pull request that the plan closes stays open today; `None` if it is closed today as well.
fn why_stays(today: Option<Item>) -> Option<(State, Reason)> {
    let item = today.filter(|item| item.action != Action::Close)?;
    match item.change {
        Some(_) => Some((State::Skipped, WANTED_AGAIN.to_owned().into())),
        None => Some((item.state, item.why())),
    }
}

/// The reason for a pull request that was to be closed, and would be offered today.
const WANTED_AGAIN: &str = "it is wanted again: plan again";

fn on_todays_commit(shown: &Item, today: Option<Item>) -> Item {
    if shown.judged_at.is_some() {
        let judged_at = today.as_ref().and_then(|item| item.judged_at.clone());
        return match why_stays(today) {
            Some((state, reason)) => shown.left(state, &reason),
            None => Item { judged_at, ..shown.clone() },
        };
    }
    let change = shown.change.as_ref().filter(|_| shown.action.writes_change());
    let Some(change) = change else { return shown.clone() };
    let left = |state, reason: &Reason| shown.left(state, reason);
    match today {
        None => {
            let why = "it is no longer selected: plan again";
            left(State::Paused, &Reason::of(ReasonKind::NoLongerSelected, why))
        }
        Some(Item { change: Some(now), .. }) if now.digest == change.digest => {
            let Proposed { base, base_branch, files, offered_as, replaces, .. } = now;
            let change =
                Proposed { base, base_branch, files, offered_as, replaces, ..change.clone() };
            Item { change: Some(change), ..shown.clone() }
        }
        Some(item) if item.action == Action::Leave => left(item.state, &item.why()),
        Some(_) => left(State::Paused, &another_change()),
    }
}

fn another_change() -> Reason {
    Reason::of(ReasonKind::AnotherChange, ANOTHER_CHANGE)
}

impl Item {
    /// The same item, left alone for this reason.
    fn left(&self, state: State, reason: &Reason) -> Self {
        let left =
            Self { action: Action::Leave, state, judged_at: None, change: None, ..self.clone() };
        left.because(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::file::{Advance, Approval, Moved, Unneeded};
    use crate::campaign::plan::{Kinds, SCHEMA, Terms};

    fn item(name: &str, action: Action, change: Option<(&str, &str)>) -> Item {
        let change = change.map(|(base, digest)| Proposed {
            base_branch: "main".to_owned(),
            base: base.to_owned(),
            digest: digest.to_owned(),
            offered_as: None,
            replaces: None,
            files: Vec::new(),
            title: format!("of {base}"),
            body: String::new(),
            commit: String::new(),
            reviewers: Vec::new(),
            team_reviewers: Vec::new(),
            remarks: Vec::new(),
            cluster: 0,
        });
        Item {
            repository: format!("acme/{name}"),
            members: vec![name.to_owned()],
            owner: None,
            wave: 1,
            action,
            state: State::Planned,
            reason: "needs the change".to_owned(),
            kinds: Kinds::new(),
            pull: None,
            has_open_pull: None,
            page: None,
            unread: Vec::new(),
            missing: Vec::new(),
            judged_at: None,
            change,
        }
    }

    fn plan(items: Vec<Item>) -> Plan {
        let terms = Terms {
            selects_everything: false,
            requires: Vec::new(),
            labels: Vec::new(),
            draft: false,
            auto_merge: None,
            checks: Vec::new(),
            windows: Vec::new(),
            advance: Advance::Merged,
            stop_at_failures: None,
            open: None,
            pending_checks: None,
            each_run: None,
            approval: Approval::Never,
            unneeded: Unneeded::Leave,
            moved: Moved::Replan,
        };
        let [schema, campaign] = [SCHEMA, "fix"].map(str::to_owned);
        let [file, file_digest, made_at, made_by, forge, branch, digest] =
            ["", "", "", "", "", "", "shown"].map(str::to_owned);
        let contents = std::collections::BTreeMap::new();
        Plan {
            schema,
            campaign,
            file,
            has_no_file: false,
            file_digest,
            decisions_digest: None,
            shapes_digest: None,
            made_at,
            made_by,
            forge,
            branch,
            is_limited: false,
            remarks: Vec::new(),
            terms,
            items,
            contents,
            digest,
        }
    }

    #[test]
    fn only_the_commits_are_new() {
        let shown = plan(vec![item("a", Action::Open, Some(("old", "1")))]);
        let mut now = item("A", Action::Open, Some(("new", "1")));
        (now.pull, now.wave) = (Some(7), 2);
        let again = on_todays_commits(&shown, plan(vec![now]));
        let only = &again.items[0];
        let change = only.change.as_ref().expect("a change");
        assert_eq!((change.base.as_str(), change.title.as_str()), ("new", "of old"));
        // What a person closed after the plan was made is still news.
        assert_eq!((only.pull, only.wave, again.digest.as_str()), (None, 1, "shown"));
    }

    #[test]
    fn what_is_to_be_closed_stays_open_where_it_is_wanted_again() {
        let to_close = |name, commit: &str| {
            let judged_at = Some(commit.to_owned());
            Item { state: State::Open, judged_at, ..item(name, Action::Close, None) }
        };
        let shown = plan(vec![to_close("a", "old"), to_close("b", "old")]);
        let wanted = item("b", Action::Update, Some(("new", "1")));
        let today = plan(vec![to_close("a", "new"), wanted]);
        for again in [still_meant(&shown, today.clone()), on_todays_commits(&shown, today.clone())]
        {
            let actions: Vec<Action> = again.items.iter().map(|item| item.action).collect();
            assert_eq!(actions, [Action::Close, Action::Leave]);
            assert_eq!(again.items[1].reason, WANTED_AGAIN);
        }
        let again = on_todays_commits(&shown, today);
        assert_eq!(again.items[0].judged_at.as_deref(), Some("new"));
    }

    #[test]
    fn another_change_waits_and_nobody_is_added() {
        let shown = plan(vec![
            item("a", Action::Open, Some(("old", "1"))),
            item("b", Action::Leave, None),
            item("c", Action::Open, Some(("old", "1"))),
            item("d", Action::Open, Some(("old", "1"))),
        ]);
        let mut blocked = item("c", Action::Leave, None);
        (blocked.state, blocked.reason) = (State::Blocked, "no".to_owned());
        let today = plan(vec![
            item("a", Action::Open, Some(("new", "2"))),
            item("b", Action::Open, Some(("new", "1"))),
            blocked,
            item("e", Action::Open, Some(("new", "1"))),
        ]);
        let again = on_todays_commits(&shown, today).items;
        let states: Vec<(State, bool)> =
            again.iter().map(|item| (item.state, item.change.is_some())).collect();
        let paused = (State::Paused, false);
        assert_eq!(states, [paused, (State::Planned, false), (State::Blocked, false), paused]);
        assert!(again.iter().all(|item| item.action == Action::Leave));
    }
}
