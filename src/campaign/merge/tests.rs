use super::*;
use crate::forge::calls::branch_pulls::{CheckSeen, Checks, MergeMethods};
use crate::forge::{ForgeError, ForgeErrorKind};

fn ready() -> (PullSeen, Offer, Held) {
    let checks = Checks {
        state: CheckState::Green,
        contexts: vec![CheckSeen {
            name: "ci".to_owned(),
            state: CheckState::Green,
            required: true,
        }],
        unread: None,
    };
    let pull = PullSeen {
        number: 1,
        head: "a".to_owned(),
        review: ReviewDecision::Approved,
        mergeable: Mergeable::Mergeable,
        checks,
        ..PullSeen::default()
    };
    let offer = Offer {
        methods: MergeMethods { merge: true, squash: true, rebase: true },
        required_checks: vec!["ci".to_owned()],
        ..Offer::default()
    };
    let held = Held::Ours { head: "a".to_owned(), base: "b".to_owned(), change: "c".to_owned() };
    (pull, offer, held)
}

fn refused(change: impl Fn(&mut PullSeen, &mut Offer, &mut Held)) -> String {
    let (mut pull, mut offer, mut held) = ready();
    change(&mut pull, &mut offer, &mut held);
    let refused = method(&pull, &offer, &held, (None, &[]), &BTreeSet::new());
    refused.expect_err("a reason").to_string()
}

#[test]
fn what_is_approved_and_green_is_merged() {
    let (pull, offer, held) = ready();
    let merged = |wanted| method(&pull, &offer, &held, (wanted, &[]), &BTreeSet::new());
    assert_eq!(merged(None), Ok(MergeMethod::Squash));
    assert_eq!(merged(Some(Method::Rebase)), Ok(MergeMethod::Rebase));
}

#[test]
fn each_obstacle_has_its_reason() {
    assert_eq!(refused(|pull, _, _| pull.draft = true), "it is a draft");
    assert_eq!(
        refused(|pull, _, _| pull.review = ReviewDecision::ChangesRequested),
        "changes were requested"
    );
    assert_eq!(refused(|pull, _, _| pull.review = ReviewDecision::None), "it is not approved yet");
    assert_eq!(refused(|pull, _, _| pull.checks.state = CheckState::Pending), "checks are running");
    assert_eq!(refused(|pull, _, _| pull.checks.contexts.clear()), "the check `ci` has not run");
    let none = refused(|pull, offer, _| {
        pull.checks = Checks::default();
        offer.required_checks.clear();
    });
    assert_eq!(none, "no checks ran; --without-checks merges it all the same");
    let red = || {
        let contexts =
            vec![CheckSeen { name: "ci".to_owned(), state: CheckState::Red, required: true }];
        Checks { state: CheckState::Red, contexts, unread: None }
    };
    let on_base = refused(|pull, offer, _| (pull.checks, offer.checks) = (red(), red()));
    assert!(on_base.ends_with(": ci; --red-on-base merges it all the same"), "{on_base}");
    assert_eq!(refused(|pull, _, _| pull.checks = red()), "red: ci");
    let edited =
        refused(|_, _, held| *held = Held::Edited { why: "ann changed its branch".to_owned() });
    assert!(edited.contains("ann"), "{edited}");
    assert!(refused(|pull, _, _| pull.head = "z".to_owned()).contains("not the campaign's"));
}

#[test]
fn what_of_the_checks_is_not_seen_did_neither_run_nor_not_run() {
    let (pull, offer, held) = ready();
    let unread = || {
        let said = "Resource not accessible by integration";
        let why = ForgeError::new(ForgeErrorKind::Forbidden, "GraphQL pull requests", said);
        Some(ForgeError { accepted: Some("checks=read, statuses=read".to_owned()), ..why })
    };
    let needed = "its checks cannot be read: Resource not accessible by integration: the token needs `checks: read` and `statuses: read`";
    let asked = |pull: &PullSeen, offer: &Offer| {
        let leniences = [Lenience::Approval, Lenience::Checks, Lenience::RedOnBase].into();
        let refused = method(pull, offer, &held, (None, &["e2e".to_owned()]), &leniences);
        let refused = refused.expect_err("a reason");
        (refused.to_string(), refused.is_unknown)
    };
    let unseen = Checks { state: CheckState::Unknown, contexts: Vec::new(), unread: unread() };
    let pull_unseen = PullSeen { checks: unseen, ..pull.clone() };
    assert_eq!(asked(&pull_unseen, &offer), (needed.to_owned(), true));
    // One that is red is, whatever the others are.
    let red = CheckSeen { name: "ci".to_owned(), state: CheckState::Red, required: true };
    let in_part = Checks { state: CheckState::Red, contexts: vec![red], unread: unread() };
    let pull_red = PullSeen { checks: in_part.clone(), ..pull.clone() };
    assert_eq!(asked(&pull_red, &offer), ("red: ci".to_owned(), false));
    // That all of those that are seen are red on the base says nothing of the rest.
    let offer = Offer { checks: in_part, ..offer };
    assert_eq!(asked(&pull_red, &offer), (needed.to_owned(), true));
    let passing = ForgeError::new(ForgeErrorKind::Unavailable, "", "come again");
    let unseen = Checks { state: CheckState::Unknown, contexts: Vec::new(), unread: Some(passing) };
    let (why, is_unknown) = asked(&PullSeen { checks: unseen, ..pull }, &offer);
    assert_eq!((&*why, is_unknown), ("its checks could not be read this time: come again", true));
}

#[test]
fn checks_of_the_campaign_count_as_well() {
    let (pull, offer, held) = ready();
    let checks = ["e2e".to_owned()];
    let why = method(&pull, &offer, &held, (None, &checks), &BTreeSet::new());
    assert_eq!(why, Err("the check `e2e` has not run".into()));
}

#[test]
fn a_method_that_is_not_allowed_gives_way_to_the_next() {
    let (pull, mut offer, held) = ready();
    offer.methods = MergeMethods { merge: true, squash: false, rebase: false };
    let wanted = (Some(Method::Squash), &[][..]);
    assert_eq!(method(&pull, &offer, &held, wanted, &BTreeSet::new()), Ok(MergeMethod::Merge));
    offer.methods = MergeMethods { merge: false, squash: false, rebase: false };
    assert!(method(&pull, &offer, &held, wanted, &BTreeSet::new()).is_err());
}
