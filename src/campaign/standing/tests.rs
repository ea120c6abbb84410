use super::*;
use crate::forge::calls::branch_pulls::{BranchSeen, CheckSeen, Person, ReviewSeen};

fn commit(oid: &str, message: &str, parents: &[&str]) -> CommitSeen {
    CommitSeen {
        oid: oid.to_owned(),
        message: message.to_owned(),
        author: Person { login: Some("ann".to_owned()), ..Person::default() },
        parents: parents.iter().map(|parent| (*parent).to_owned()).collect(),
        ..CommitSeen::default()
    }
}

fn marked(campaign: &str) -> String {
    format!("Words\n\n{}", Mark::new(campaign, "1").trailers())
}

/// A repository whose default branch is at `base`, with a branch of these commits.
fn offer(commits: Vec<CommitSeen>) -> Offer {
    let head = commits.first().map(|commit| commit.oid.clone()).unwrap_or_default();
    Offer {
        head: Some("base".to_owned()),
        branch: Some(BranchSeen { head, commits }),
        ..Offer::default()
    }
}

fn held(offer: &Offer) -> &'static str {
    match Held::of(offer, "fix", Some("planned"), None) {
        Held::Absent => "absent",
        Held::Empty => "empty",
        Held::Ours { .. } => "ours",
        Held::Edited { why } if why == "ann changed its branch" => "edited by ann",
        Held::Edited { .. } => "edited",
        Held::Foreign { .. } => "foreign",
    }
}

#[test]
fn a_branch_is_whose_commit_is_on_it() {
    let base = || commit("base", "Before", &[]);
    let ours = || commit("a", &marked("fix"), &["base"]);
    assert_eq!(held(&Offer::default()), "absent");
    assert_eq!(held(&offer(vec![base()])), "empty");
    assert_eq!(held(&offer(vec![commit("planned", "Before", &[])])), "empty");
    assert_eq!(held(&offer(vec![ours(), base()])), "ours");
    assert_eq!(held(&offer(vec![commit("a", &marked("fix-2"), &["base"]), base()])), "foreign");
    assert_eq!(held(&offer(vec![commit("a", "Mine", &["base"]), base()])), "foreign");
    assert_eq!(held(&offer(vec![commit("b", "More", &["a"]), ours(), base()])), "edited by ann");
    let merge = commit("b", &marked("fix"), &["base", "other"]);
    assert_eq!(held(&offer(vec![merge, base()])), "edited by ann");
}

#[test]
fn another_content_under_the_same_words_is_somebody_elses() {
    let seen = offer(vec![commit("a", &marked("fix"), &["base"])]);
    let with = |content| Held::of(&seen, "fix", None, Some(content));
    assert!(matches!(with("1"), Held::Ours { .. }));
    assert!(matches!(with("2"), Held::Edited { .. }));
}

#[test]
fn an_amended_commit_is_of_who_amended_it() {
    let person = |name: &str| Person { name: name.to_owned(), ..Person::default() };
    let by = |committer: &str| {
        let amended = CommitSeen {
            author: person("robot"),
            committer: person(committer),
            ..commit("a", &marked("fix"), &["base"])
        };
        match Held::of(&offer(vec![amended]), "fix", None, Some("2")) {
            Held::Edited { why } => why,
            held => panic!("{held:?}"),
        }
    };
    let changed = ["ann", "robot", "robot"].map(|who| format!("{who} changed its branch"));
    assert_eq!([by("ann"), by("GitHub"), by("")], changed);
}

#[test]
fn a_pull_request_with_another_base_branch_is_a_persons() {
    let with = |base: &str, default: Option<&str>, campaign: &str| {
        let pull =
            PullSeen { base_branch: base.to_owned(), commit_count: 1, ..PullSeen::default() };
        let seen = Offer {
            default_branch: default.map(str::to_owned),
            pulls: vec![pull],
            ..offer(vec![commit("a", &marked(campaign), &["base"])])
        };
        Held::of(&seen, "fix", None, None)
    };
    let why = "its base branch was changed to `release`".to_owned();
    assert_eq!(with("release", Some("main"), "fix"), Held::Edited { why });
    assert!(matches!(with("main", Some("main"), "fix"), Held::Ours { .. }));
    // What is not known is not a change.
    assert!(matches!(with("release", None, "fix"), Held::Ours { .. }));
    assert!(matches!(with("", Some("main"), "fix"), Held::Ours { .. }));
    assert!(matches!(with("release", Some("main"), "other"), Held::Foreign { .. }));
}

#[test]
fn a_missing_approval_is_told_from_one_that_is_not_enough() {
    let said = |review, reviews: &[(&str, &str)]| {
        stands(|pull, _| {
            let seen = |(by, state): &(&str, &str)| ReviewSeen {
                by: Some((*by).to_owned()),
                state: (*state).to_owned(),
            };
            pull.checks = checks(CheckState::Green, &["ci"]);
            (pull.review, pull.reviews) = (review, reviews.iter().map(seen).collect());
        })
        .1
    };
    assert_eq!(said(ReviewDecision::None, &[]), "checks are green; it is not approved yet");
    assert_eq!(said(ReviewDecision::Required, &[]), "it waits for a review");
    let one = [("ann", "APPROVED")];
    assert_eq!(said(ReviewDecision::Required, &one), "it needs another approval");
    assert_eq!(said(ReviewDecision::Approved, &one), "approved");
}

#[test]
fn what_the_base_merged_of_the_campaign_before_is_no_edit() {
    let earlier = commit("base", &marked("fix"), &["older"]);
    assert_eq!(held(&offer(vec![commit("a", &marked("fix"), &["base"]), earlier])), "ours");
    let below = commit("x", &marked("fix"), &["base"]);
    assert_eq!(held(&offer(vec![commit("a", &marked("fix"), &["x"]), below])), "edited by ann");
}

fn checks(state: CheckState, names: &[&str]) -> Checks {
    let seen = |name: &&str| CheckSeen { name: (*name).to_owned(), state, required: false };
    Checks { state, contexts: names.iter().map(seen).collect(), unread: None }
}

fn stands(change: impl Fn(&mut PullSeen, &mut Offer)) -> (State, String) {
    let mut offer = Offer::default();
    let mut pull = PullSeen { base_branch: "main".to_owned(), ..PullSeen::default() };
    change(&mut pull, &mut offer);
    let (state, reason) = of_open(&pull, &offer);
    (state, reason.to_string())
}

#[test]
fn an_open_pull_request_stands_by_what_is_worst() {
    let red = || checks(CheckState::Red, &["ci"]);
    let said = |change: fn(&mut PullSeen, &mut Offer)| stands(change);
    let wanted = said(|pull, _| {
        pull.review = ReviewDecision::ChangesRequested;
        pull.mergeable = Mergeable::Conflicting;
        let [by, state] = ["bob", "CHANGES_REQUESTED"].map(str::to_owned);
        pull.reviews = vec![ReviewSeen { by: Some(by), state }];
    });
    assert_eq!(wanted, (State::Blocked, "changes were requested by bob".to_owned()));
    assert_eq!(said(|pull, _| pull.mergeable = Mergeable::Conflicting).0, State::Blocked);
    assert_eq!(stands(|pull, _| pull.checks = red()), (State::Red, "red: ci".to_owned()));
    let on_base = stands(|pull, offer| (pull.checks, offer.checks) = (red(), red()));
    assert_eq!(on_base, (State::RedOnBase, "red on `main` as well: ci".to_owned()));
    let one_more = stands(|pull, offer| {
        (pull.checks, offer.checks) = (checks(CheckState::Red, &["ci", "lint"]), red());
    });
    assert_eq!(one_more, (State::Red, "red: lint".to_owned()));
    // Which ones are red is not known: then nobody says that the base is to blame.
    let untold = stands(|pull, offer| {
        (pull.checks, offer.checks) = (checks(CheckState::Red, &[]), red());
    });
    assert_eq!(untold.0, State::Red);
}

#[test]
fn what_could_not_be_checked_is_never_green() {
    let approved = |state, base| {
        stands(move |pull, offer| {
            pull.review = ReviewDecision::Approved;
            (pull.checks, offer.checks) = (checks(state, &[]), checks(base, &[]));
        })
        .0
    };
    assert_eq!(approved(CheckState::Green, CheckState::Green), State::Approved);
    assert_eq!(approved(CheckState::Pending, CheckState::Green), State::Checks);
    assert_eq!(approved(CheckState::Unknown, CheckState::Green), State::Checks);
    assert_eq!(approved(CheckState::None, CheckState::Green), State::Checks);
    assert_eq!(approved(CheckState::None, CheckState::None), State::Approved);
    let unchecked = stands(|pull, _| {
        (pull.review, pull.checks) = (ReviewDecision::Approved, checks(CheckState::None, &[]));
    });
    assert_eq!(unchecked.1, "approved; no checks ran");
    assert_eq!(stands(|pull, _| pull.draft = true), (State::Open, "it is a draft".to_owned()));
}
