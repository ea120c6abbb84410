use super::*;
use crate::campaign::identity::{Mark, closed_mark, given_up_mark};
use crate::forge::calls::branch_pulls::{Mergeable, ReviewDecision};

const CAMPAIGN: &str = "fix";

fn offer(pulls: Vec<PullSeen>) -> Offer {
    Offer {
        viewer: "robot".to_owned(),
        default_branch: Some("main".to_owned()),
        head: Some("base".to_owned()),
        may_push: true,
        pulls,
        ..Offer::default()
    }
}

/// A pull request of the campaign.
fn pull(state: PullStanding, by: Option<&str>) -> PullSeen {
    PullSeen {
        number: 7,
        state,
        body: format!("Words.\n\n{}\n", Mark::new(CAMPAIGN, "1").marker()),
        head: "head".to_owned(),
        base_branch: "main".to_owned(),
        closed_by: by.map(str::to_owned),
        ..PullSeen::default()
    }
}

fn closed_by_campaign(by: Option<&str>) -> PullSeen {
    let mut pull = pull(PullStanding::Closed, by);
    pull.body = format!("{}\n{}\n", pull.body, closed_mark("robot"));
    pull
}

fn given_up_by(by: &str) -> PullSeen {
    let mut pull = pull(PullStanding::Closed, Some(by));
    pull.body = format!("{}\n{}\n", pull.body, given_up_mark("robot", Some("it wants to wait")));
    pull
}

#[test]
fn what_was_given_up_is_offered_again_only_when_somebody_says_so() {
    let seen = offer(vec![given_up_by("robot")]);
    let decision =
        decide(&change(), &seen, (&Held::Absent, &Fit::AsWanted), CAMPAIGN, Wishes::default());
    assert_eq!((decision.action, decision.state), (Action::Leave, State::GivenUp));
    assert_eq!(decision.reason.to_string(), "robot gave up #7: it wants to wait");
    let reopen = Wishes { reopen: true, ..Wishes::default() };
    assert_eq!(decided(&change(), &seen, &Held::Absent, reopen), "Open planned");
    // A person may open it again, and close it.
    let seen = offer(vec![given_up_by("ann")]);
    assert_eq!(plainly(&change(), &seen, &Held::Absent), "Leave declined");
    // What was closed since nobody needed it is another thing.
    let seen = offer(vec![closed_by_campaign(Some("robot"))]);
    assert_eq!(plainly(&change(), &seen, &Held::Absent), "Open planned");
    let decision =
        decide(&change(), &seen, (&Held::Absent, &Fit::AsWanted), CAMPAIGN, Wishes::default());
    assert!(decision.reason.is(ReasonKind::NeededAgain));
}

#[test]
fn what_was_declined_stays_so_whatever_is_in_the_way_today() {
    let refused = Wanted::Refused("it conflicts".to_owned());
    let seen = offer(vec![pull(PullStanding::Closed, Some("ann"))]);
    let held = (&Held::Absent, &Fit::AsWanted);
    let decision = decide(&refused, &seen, held, CAMPAIGN, Wishes::default());
    assert_eq!((decision.action, decision.state), (Action::Leave, State::Declined));
    let said = "ann closed #7; today it is blocked: it conflicts";
    assert_eq!(decision.reason.to_string(), said);
    assert!(decision.reason.is(ReasonKind::BlockedToday));
    let reopen = Wishes { reopen: true, ..Wishes::default() };
    assert_eq!(decided(&refused, &seen, &Held::Absent, reopen), "Leave blocked");
    let seen = offer(vec![closed_by_campaign(Some("robot"))]);
    assert_eq!(plainly(&refused, &seen, &Held::Absent), "Leave blocked");
}

#[test]
fn what_another_campaign_offers_already_is_not_offered_twice() {
    let decided = |branch: &str, offered: &str| {
        let none = offer(Vec::new());
        let decision =
            decide(&change(), &none, (&Held::Absent, &Fit::AsWanted), CAMPAIGN, Wishes::default());
        let body = format!("Words.\n\n{}\n", Mark::new("other", offered).marker());
        let branch = branch.to_owned();
        let pull = UnmergedPull { number: 3, branch, body, is_open: true, closed_by: None };
        decision.beside_others("1", CAMPAIGN, Wishes::default(), &[pull])
    };
    let same = decided("shipshape/other", "1");
    assert_eq!((same.action, same.state), (Action::Leave, State::Skipped));
    assert_eq!(same.reason.to_string(), "#3 of the campaign `other` offers the same change");
    assert_eq!(decided("shipshape/other", "2").action, Action::Open);
    // Who only claims it is none.
    assert_eq!(decided("elsewhere", "1").action, Action::Open);
}

#[test]
fn what_a_person_declined_in_another_campaign_is_offered_only_when_somebody_says_so() {
    let decided_before = |mark: String, reopen: bool, later: Option<String>| {
        let none = offer(Vec::new());
        let wishes = Wishes { reopen, ..Wishes::default() };
        let decision = decide(&change(), &none, (&Held::Absent, &Fit::AsWanted), CAMPAIGN, wishes);
        let body = format!("Words.\n\n{}\n{mark}\n", Mark::new("other", "1").marker());
        let (branch, closed_by) = ("shipshape/other".to_owned(), Some("ann".to_owned()));
        let pull = UnmergedPull { number: 3, branch, body, is_open: false, closed_by };
        let mut pulls = vec![pull];
        pulls.extend(later.map(|later| UnmergedPull {
            number: 4,
            body: later,
            ..pulls[0].clone()
        }));
        let decision = decision.beside_others("1", CAMPAIGN, wishes, &pulls);
        format!("{:?}: {}", decision.action, decision.reason)
    };
    let decided = |mark, reopen| decided_before(mark, reopen, None);
    insta::assert_snapshot!(decided(String::new(), false), @"Leave: it was declined in `other`: ann closed #3; --reopen offers it all the same");
    let given_up = given_up_mark("ann", Some("not now"));
    insta::assert_snapshot!(decided(given_up, false), @"Leave: it was declined in `other`: ann gave up #3: not now; --reopen offers it all the same");
    assert_eq!(decided(String::new(), true), "Open: needs the change");
    // That nobody needed it there is no word about here.
    assert_eq!(decided(closed_mark("ann"), false), "Open: needs the change");
    // Nor is what was declined before it was offered once more.
    let later = format!("Words.\n\n{}\n{}\n", Mark::new("other", "1").marker(), closed_mark("ann"));
    assert_eq!(decided_before(String::new(), false, Some(later)), "Open: needs the change");
}

#[test]
fn a_change_that_fits_no_more_is_not_said_to_be_needed_no_more() {
    let seen = offer(vec![pull(PullStanding::Open, None)]);
    let decision =
        decide(&Wanted::Nothing, &seen, (&ours("1"), &Fit::AsWanted), CAMPAIGN, Wishes::default());
    let found = ["path-modified ci.yml".to_owned()];
    assert!(decision.reason.is(ReasonKind::NoLongerNeeded));
    let reason = decision.reason.to_string();
    assert!(reason.starts_with("the change is no longer needed; "), "{reason}");
    let decision = decision.of_selected_by_findings(&found);
    let reason = decision.reason.to_string();
    let stays = "it would change nothing there now, and path-modified ci.yml stays; ";
    assert!(reason.starts_with(stays), "{reason}");
}

fn ours(change: &str) -> Held {
    let [head, base, change] = ["head", "base", change].map(str::to_owned);
    Held::Ours { head, base, change }
}

fn change() -> Wanted {
    Wanted::Change("1".to_owned())
}

/// Action and state, in words.
fn decided(wanted: &Wanted, offer: &Offer, held: &Held, wishes: Wishes) -> String {
    let fit = match wanted {
        Wanted::Change(wanted) if !matches!(held, Held::Ours { change, .. } if change == wanted) => {
            Fit::EarlierForm
        }
        _ => Fit::AsWanted,
    };
    let Decision { action, state, .. } = decide(wanted, offer, (held, &fit), CAMPAIGN, wishes);
    format!("{action:?} {state}")
}

fn plainly(wanted: &Wanted, offer: &Offer, held: &Held) -> String {
    decided(wanted, offer, held, Wishes::default())
}

#[test]
fn what_is_on_the_forge_says_what_is_left_to_do() {
    let none = offer(Vec::new());
    assert_eq!(plainly(&change(), &none, &Held::Absent), "Open planned");
    assert_eq!(plainly(&change(), &none, &Held::Empty), "Finish planned");
    assert_eq!(plainly(&change(), &none, &ours("1")), "Finish planned");
    assert_eq!(plainly(&Wanted::Nothing, &none, &Held::Absent), "Leave done");
    assert_eq!(plainly(&Wanted::Unselected, &none, &Held::Absent), "Leave skipped");
    let open = offer(vec![pull(PullStanding::Open, None)]);
    assert_eq!(plainly(&change(), &open, &ours("1")), "Leave open");
    assert_eq!(plainly(&change(), &open, &ours("0")), "Update open");
    let merged = offer(vec![pull(PullStanding::Merged, None)]);
    assert_eq!(plainly(&Wanted::Nothing, &merged, &Held::Absent), "Leave merged");
    assert_eq!(plainly(&Wanted::Unselected, &merged, &Held::Absent), "Leave merged");
}

#[test]
fn nothing_is_done_against_a_persons_will() {
    let by = || "ann".to_owned();
    let (edited, foreign) = (Held::Edited { why: by() }, Held::Foreign { why: by() });
    for pulls in [Vec::new(), vec![pull(PullStanding::Open, None)]] {
        let seen = offer(pulls);
        for wanted in [change(), Wanted::Nothing, Wanted::Unselected] {
            let wishes =
                Wishes { unneeded: Unneeded::Close, reopen: true, again: true, only_planned: true };
            let said = decided(&wanted, &seen, &edited, wishes);
            assert!(said.starts_with("Leave"), "{wanted:?}: {said}");
            assert!(decided(&wanted, &seen, &foreign, wishes).starts_with("Leave"), "{wanted:?}");
        }
    }
    let closed = offer(vec![pull(PullStanding::Closed, Some("ann"))]);
    assert_eq!(plainly(&change(), &closed, &ours("1")), "Leave declined");
    let reopen = Wishes { reopen: true, ..Wishes::default() };
    assert_eq!(decided(&change(), &closed, &ours("1"), reopen), "Finish planned");
    let merged = offer(vec![pull(PullStanding::Merged, None)]);
    assert_eq!(plainly(&change(), &merged, &Held::Absent), "Leave regressed");
    let again = Wishes { again: true, ..Wishes::default() };
    assert_eq!(decided(&change(), &merged, &Held::Absent, again), "Open planned");
}

#[test]
fn what_the_campaign_closed_is_its_own_until_a_person_closes_it() {
    let seen = |by| offer(vec![closed_by_campaign(by)]);
    assert_eq!(plainly(&change(), &seen(Some("robot")), &Held::Absent), "Open planned");
    assert_eq!(plainly(&change(), &seen(Some("ann")), &Held::Absent), "Leave declined");
    // The forge closed it: somebody took the branch away.
    assert_eq!(plainly(&change(), &seen(None), &Held::Absent), "Leave declined");
}

#[test]
fn what_nobody_needs_is_closed_only_when_that_was_said() {
    let open = offer(vec![pull(PullStanding::Open, None)]);
    let close = Wishes { unneeded: Unneeded::Close, ..Wishes::default() };
    for wanted in [Wanted::Nothing, Wanted::Unselected] {
        assert_eq!(plainly(&wanted, &open, &ours("1")), "Leave open");
        assert_eq!(decided(&wanted, &open, &ours("1"), close), "Close open");
    }
}

#[test]
fn only_a_conflict_is_a_reason_to_follow_the_base() {
    let moved = |mergeable| {
        let mut seen = offer(vec![PullSeen { mergeable, ..pull(PullStanding::Open, None) }]);
        seen.head = Some("newer".to_owned());
        plainly(&change(), &seen, &ours("1"))
    };
    assert_eq!(moved(Mergeable::Mergeable), "Leave open");
    assert_eq!(moved(Mergeable::Unknown), "Leave open");
    assert_eq!(moved(Mergeable::Conflicting), "Update blocked");
}

#[test]
fn where_nothing_can_be_offered_the_reason_is_told_and_nothing_has_failed() {
    let unread = Wanted::Unread("the forge answered 403".into());
    type Hinder = fn(&mut Offer);
    let cases: [(Hinder, &str); 4] = [
        (|offer| offer.is_disabled = true, "disabled"),
        (|offer| offer.is_archived = true, "archived"),
        (|offer| offer.is_empty = true, "empty"),
        (|offer| offer.renamed_from = Some(crate::fleet::RepositoryName::new("a", "b")), "called"),
    ];
    for (hinder, word) in cases {
        let mut seen = offer(Vec::new());
        hinder(&mut seen);
        for wanted in [&unread, &change()] {
            let decision =
                decide(wanted, &seen, (&Held::Absent, &Fit::AsWanted), CAMPAIGN, Wishes::default());
            assert_eq!(decision.state, State::Skipped, "{word}");
            assert!(decision.reason.to_string().contains(word), "{}", decision.reason);
        }
    }
    assert_eq!(plainly(&unread, &offer(Vec::new()), &Held::Absent), "Leave failed");
    let mut bare = offer(Vec::new());
    bare.may_push = false;
    assert_eq!(plainly(&change(), &bare, &Held::Absent), "Leave failed");
    let planned = Wishes { only_planned: true, ..Wishes::default() };
    assert_eq!(decided(&change(), &bare, &Held::Absent, planned), "Open planned");
    let decision = decide(&change(), &bare, (&Held::Absent, &Fit::AsWanted), CAMPAIGN, planned);
    assert!(decision.reason.is(ReasonKind::MayNotPush), "{}", decision.reason);
}

#[test]
fn a_difference_in_a_tree_from_before_the_merge_is_not_back() {
    let seen = offer(vec![pull(PullStanding::Merged, None)]);
    let decision =
        decide(&change(), &seen, (&Held::Absent, &Fit::AsWanted), CAMPAIGN, Wishes::default());
    assert_eq!(decision.state, State::Regressed);
    let stands = |commit| decision.clone().unless_read_before(commit, &seen).state;
    assert_eq!(stands(Some("base")), State::Regressed);
    assert_eq!(stands(Some("before")), State::Merged);
}

#[test]
fn what_is_wrong_with_an_earlier_form_is_said_too() {
    let review = ReviewDecision::ChangesRequested;
    let seen = offer(vec![PullSeen { review, ..pull(PullStanding::Open, None) }]);
    let held = (&ours("0"), &Fit::EarlierForm);
    let decision = decide(&change(), &seen, held, CAMPAIGN, Wishes::default());
    let said = "it offers an earlier form of the change; changes were requested";
    assert_eq!(decision.reason.to_string(), said);
}
