//! Reviews, checks and merges: what people and Apps say of an offer, and what the client makes of it.

use serde_json::{Value, json};
use shipshape::forge::ForgeErrorKind;
use shipshape::forge::calls::branch_pulls::{
    CheckState, Mergeable, PullSeen, PullStanding, ReviewDecision,
};
use shipshape::forge::calls::branches::SeenBranch;
use shipshape::forge::calls::merging::{AutoMerge, Merge, MergeMethod};
use shipshape::forge::calls::pulls::NewPull;

use crate::stage::{BRANCH, Stage, commit, repository};

fn merge(head: &str, method: MergeMethod) -> Merge<'_> {
    Merge { method, head, title: None, message: None }
}

fn pull(stage: &Stage, name: &str) -> PullSeen {
    stage.offer(name).pulls.into_iter().next().expect("a pull request")
}

/// Everything that this room asks of a forge, once: it is held against GitHub's own description.
pub(crate) fn exchanges() -> Vec<Value> {
    let stage = Stage::new();
    let number = stage.proposed("strict");
    let name = repository("strict");
    let (users, teams) = (["ann".to_owned()], ["platform".to_owned()]);
    let asked = stage.client.request_reviewers(&name, number, &users, &teams);
    stage.wait(asked).expect("asked");
    stage.wait(stage.client.comment_on_pull(&name, number, "Look.")).expect("said");
    assert_eq!(stage.review("ann-token", "strict", number, "APPROVE"), 200);
    let seen = pull(&stage, "strict");
    report(&stage, &seen.head);
    let path = "/repos/acme/strict";
    for what in [
        format!("{path}/pulls/{number}/requested_reviewers"),
        format!("{path}/pulls/{number}/reviews"),
        format!("{path}/issues/{number}/comments"),
        format!("{path}/commits/{}/check-runs", seen.head),
        format!("{path}/commits/{BRANCH}/statuses"),
        format!("{path}/commits/{}/status", seen.head),
    ] {
        let (status, answer) = stage.ask("ann-token", "GET", &what, &Value::Null);
        assert_eq!(status, 200, "{what}: {answer}");
    }
    let how = merge(&seen.head, MergeMethod::Squash);
    let waits = stage.client.enable_auto_merge(&name, &seen.id, &how);
    assert_eq!(stage.wait(waits).expect("enabled"), AutoMerge::Enabled);
    let path = format!("/repos/acme/strict/pulls/{number}");
    assert_eq!(stage.ask("ann-token", "GET", &path, &Value::Null).0, 200);
    stage.wait(stage.client.disable_auto_merge(&name, &seen.id)).expect("disabled");
    stage.pass(40);
    stage.wait(stage.client.merge_pull(&name, number, &how)).expect("merged");
    stage.forge.exchanges()
}

/// The App and ann report of a commit.
fn report(stage: &Stage, sha: &str) {
    let app = stage.app_token();
    let run = json!({ "name": "scan", "head_sha": sha, "conclusion": "neutral" });
    let (status, made) = stage.ask(&app, "POST", "/repos/acme/strict/check-runs", &run);
    assert_eq!(status, 201, "{made}");
    let path = format!("/repos/acme/strict/statuses/{sha}");
    let said = json!({ "context": "deploy", "state": "pending" });
    let (status, made) = stage.ask("ann-token", "POST", &path, &said);
    assert_eq!(status, 201, "{made}");
}

#[test]
fn a_merge_waits_for_review_and_checks_and_says_so() {
    let stage = Stage::new();
    let (name, number) = (repository("strict"), stage.proposed("strict"));
    let seen = pull(&stage, "strict");
    assert_eq!((seen.review, seen.merge_state.as_str()), (ReviewDecision::Required, "BLOCKED"));
    assert_eq!(seen.checks.state, CheckState::Red, "lint is red");
    assert_eq!(stage.review("robot-token", "strict", number, "APPROVE"), 422, "its own");
    let refused = |method, head: &str| {
        let error = stage.wait(stage.client.merge_pull(&name, number, &merge(head, method)));
        let error = error.expect_err("refused");
        (error.kind, error.said)
    };
    let (kind, said) = refused(MergeMethod::Squash, &seen.head);
    assert_eq!(kind, ForgeErrorKind::Blocked);
    assert!(said.contains("At least 1 approving review is required"), "{said}");
    assert!(said.contains("Required status check \"ci\" is pending."), "{said}");
    assert_eq!(stage.review("ann-token", "strict", number, "REQUEST_CHANGES"), 200);
    assert_eq!(pull(&stage, "strict").review, ReviewDecision::ChangesRequested);
    assert_eq!(stage.review("ann-token", "strict", number, "APPROVE"), 200);
    stage.pass(31);
    let seen = pull(&stage, "strict");
    assert_eq!((seen.review, seen.merge_state.as_str()), (ReviewDecision::Approved, "UNSTABLE"));
    assert_eq!(seen.reviews.len(), 1, "{:?}", seen.reviews);
    let (kind, said) = refused(MergeMethod::Rebase, &seen.head);
    assert_eq!(kind, ForgeErrorKind::Blocked, "{said}");
    assert!(said.contains("Rebase merges are not allowed"), "{said}");
    // A push takes the approval back, and moves the head.
    stage.push("strict", BRANCH, "mine.txt", "mine\n");
    let (kind, said) = refused(MergeMethod::Squash, &seen.head);
    assert_eq!(kind, ForgeErrorKind::Conflict, "{said}");
    let seen = pull(&stage, "strict");
    assert_eq!((seen.review, seen.commit_count), (ReviewDecision::Required, 2));
    assert_eq!(stage.review("ann-token", "strict", number, "APPROVE"), 200);
    stage.pass(31);
    stage.forge.fail(&json!([{ "route": "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", "kind": "bad-gateway-after" }]));
    let how = Merge { title: Some("Fix it all"), ..merge(&seen.head, MergeMethod::Squash) };
    let made = stage.wait(stage.client.merge_pull(&name, number, &how)).expect("merged");
    let offer = stage.offer("strict");
    assert_eq!(offer.head.as_deref(), Some(made.as_str()));
    assert!(offer.branch.is_none(), "its branch went");
    let done = &offer.pulls[0];
    assert_eq!((done.state, done.merged_by.as_deref()), (PullStanding::Merged, Some("robot")));
    assert_eq!((done.merge_commit.as_deref(), &done.closed_by), (Some(made.as_str()), &None));
    let state = stage.state("strict");
    assert_eq!(state["references"]["refs/heads/main"]["history"], 2);
    let message = state["references"]["refs/heads/main"]["message"].as_str().expect("words");
    assert!(message.starts_with("Fix it all\n\n* Fix it"), "{message}");
}

#[test]
fn every_method_makes_the_commits_that_git_would() {
    for (method, history, parents) in
        [(MergeMethod::Merge, 4, 2), (MergeMethod::Squash, 3, 1), (MergeMethod::Rebase, 3, 1)]
    {
        let stage = Stage::new();
        let (name, number) = (repository("plain"), stage.proposed("plain"));
        stage.push("plain", "main", "other.txt", "x\n");
        let seen = pull(&stage, "plain");
        let made = stage.wait(stage.client.merge_pull(&name, number, &merge(&seen.head, method)));
        let made = made.unwrap_or_else(|error| panic!("{method:?}: {error}"));
        let main = &stage.state("plain")["references"]["refs/heads/main"];
        assert_eq!(main["commit"], made.as_str(), "{method:?}");
        assert_eq!((&main["history"], &main["parents"]), (&json!(history), &json!(parents)));
        let message = main["message"].as_str().expect("words");
        // Trailers outlive a squash and a rebase.
        let kept = message.contains("Shipshape-Campaign: fix");
        assert_eq!(kept, method != MergeMethod::Merge, "{message}");
        let again = stage.wait(stage.client.merge_pull(&name, number, &merge(&seen.head, method)));
        assert_eq!(again.expect_err("merged").kind, ForgeErrorKind::Blocked);
        let offer = stage.offer("plain");
        assert!(offer.branch.is_some(), "nothing takes it away");
    }
}

#[test]
fn drafts_and_conflicts_are_not_merged() {
    let stage = Stage::new();
    let (name, number) = (repository("plain"), stage.proposed("plain"));
    let base = stage.push("plain", "main", "README.md", "three\n");
    let head = pull(&stage, "plain").head;
    let error =
        stage.wait(stage.client.merge_pull(&name, number, &merge(&head, MergeMethod::Merge)));
    let error = error.expect_err("they contradict each other");
    assert_eq!((error.kind, error.status), (ForgeErrorKind::Blocked, Some(405)));
    let offer = stage.offer("plain");
    let anew = commit(&base, "README.md", "four\n");
    let moved =
        stage.client.recommit(&name, &offer.id, SeenBranch { name: BRANCH, commit: &head }, &anew);
    let head = stage.wait(moved).expect("put on the new base");
    stage.wait(stage.client.close_pull(&name, number)).expect("closed");
    let draft = stage.client.create_pull(
        &name,
        NewPull { branch: BRANCH, onto: "main", title: "A draft", text: "", draft: true },
    );
    let draft = stage.wait(draft).expect("opened");
    assert_eq!(pull(&stage, "plain").merge_state, "DRAFT");
    let how = merge(&head, MergeMethod::Merge);
    let error = stage.wait(stage.client.merge_pull(&name, draft.number, &how));
    assert!(error.expect_err("a draft").said.contains("still a draft"));
    stage.wait(stage.client.ready_pull(&name, &draft)).expect("ready");
    stage.wait(stage.client.merge_pull(&name, draft.number, &how)).expect("merged");
}

#[test]
fn what_waits_to_merge_does_so_when_it_may() {
    let stage = Stage::new();
    let (name, number) = (repository("strict"), stage.proposed("strict"));
    let seen = pull(&stage, "strict");
    let enable = |pull: &PullSeen, head: &str| {
        stage.wait(stage.client.enable_auto_merge(
            &name,
            &pull.id,
            &merge(head, MergeMethod::Squash),
        ))
    };
    let elsewhere = "0".repeat(40);
    assert_eq!(enable(&seen, &elsewhere).expect_err("moved").kind, ForgeErrorKind::Conflict);
    stage.forge.fail(&json!([{ "at": 1, "kind": "reset-after" }]));
    assert_eq!(enable(&seen, &seen.head).expect("enabled"), AutoMerge::Enabled);
    assert!(pull(&stage, "strict").auto_merge);
    stage.wait(stage.client.disable_auto_merge(&name, &seen.id)).expect("disabled");
    stage.wait(stage.client.disable_auto_merge(&name, &seen.id)).expect("disabled already");
    assert!(!pull(&stage, "strict").auto_merge);
    enable(&seen, &seen.head).expect("enabled");
    assert_eq!(stage.review("ann-token", "strict", number, "APPROVE"), 200);
    assert_eq!(pull(&stage, "strict").state, PullStanding::Open);
    stage.pass(31);
    let done = pull(&stage, "strict");
    assert_eq!((done.state, done.merged_by.as_deref()), (PullStanding::Merged, Some("robot")));
    stage.proposed("plain");
    let plain = pull(&stage, "plain");
    let (name, how) = (repository("plain"), merge(&plain.head, MergeMethod::Merge));
    let not = stage.client.enable_auto_merge(&name, &plain.id, &how);
    assert!(stage.wait(not).expect_err("not allowed").said.contains("not allowed"));
    // Nothing is required, and a check goes on for ever.
    stage.proposed("loose");
    let loose = pull(&stage, "loose");
    assert_eq!((loose.mergeable, loose.merge_state.as_str()), (Mergeable::Unknown, "UNKNOWN"));
    stage.pass(61);
    let loose = pull(&stage, "loose");
    assert_eq!((loose.checks.state, loose.merge_state.as_str()), (CheckState::Pending, "UNSTABLE"));
    let (name, how) = (repository("loose"), merge(&loose.head, MergeMethod::Merge));
    let not = stage.client.enable_auto_merge(&name, &loose.id, &how);
    assert_eq!(stage.wait(not).expect("answered"), AutoMerge::NotNeeded);
}

#[test]
fn reviewers_are_asked_once_and_strangers_never() {
    let stage = Stage::new();
    let (name, number) = (repository("strict"), stage.proposed("strict"));
    let ask = |users: &[&str], teams: &[&str]| {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (users, teams) = (own(users), own(teams));
        stage.wait(stage.client.request_reviewers(&name, number, &users, &teams))
    };
    for (users, teams) in [(&["zoe"][..], &[][..]), (&["robot"], &[]), (&[], &["nobody"])] {
        let error = ask(users, teams).expect_err("not to be asked");
        assert_eq!(error.kind, ForgeErrorKind::Invalid, "{users:?} {teams:?}");
    }
    stage.forge.requests();
    stage.forge.fail(&json!([{ "at": 1, "kind": "bad-gateway-after" }]));
    ask(&["ann"], &["platform"]).expect("asked");
    let log = stage.forge.requests();
    assert_eq!(log.iter().filter(|entry| entry["method"] == "POST").count(), 1, "{log:#?}");
    assert_eq!(pull(&stage, "strict").requested_reviewers, ["ann", "acme/platform"]);
    assert_eq!(stage.review("ann-token", "strict", number, "COMMENT"), 200);
    assert_eq!(pull(&stage, "strict").requested_reviewers, ["acme/platform"]);
}

#[test]
fn a_comment_is_said_once() {
    let stage = Stage::new();
    let (name, number) = (repository("plain"), stage.proposed("plain"));
    for kind in ["bad-gateway-after", "reset-before", "truncated-body", "secondary-403"] {
        stage.forge.fail(&json!([{ "at": 1, "kind": kind }]));
        let said = stage.wait(stage.client.comment_on_pull(&name, number, kind)).expect("said");
        assert_eq!(said.body.as_deref(), Some(kind));
    }
    let comments = stage.state("plain")["pulls"][0]["comments"].clone();
    assert_eq!(comments.as_array().map(Vec::len), Some(4), "{comments}");
}

#[test]
fn apps_report_checks_and_what_a_token_may_not_see_is_not_green() {
    let stage = Stage::new();
    stage.proposed("strict");
    stage.pass(31);
    let head = pull(&stage, "strict").head;
    report(&stage, &head);
    let checks = pull(&stage, "strict").checks;
    let mut seen: Vec<_> = checks.contexts.iter().map(|it| (it.name.as_str(), it.state)).collect();
    seen.sort_by_key(|(name, _)| *name);
    let wanted = [
        ("ci", CheckState::Green),
        ("deploy", CheckState::Pending),
        ("lint", CheckState::Red),
        ("scan", CheckState::Green),
    ];
    assert_eq!(seen, wanted);
    let run = json!({ "name": "scan", "head_sha": head });
    let (status, said) = stage.ask("ann-token", "POST", "/repos/acme/strict/check-runs", &run);
    assert_eq!(status, 403, "{said}");
    let query = shipshape::forge::calls::branch_pulls::OfferQuery {
        repository: repository("strict"),
        branch: BRANCH.to_owned(),
    };
    let blind = stage.client_of("blind-token");
    let offer = stage.wait(blind.offers(&[query])).pop().expect("one").expect("an offer");
    assert_eq!(offer.checks.state, CheckState::Unknown);
    assert_eq!(offer.pulls[0].checks.state, CheckState::Unknown);
    assert_eq!(offer.unread.len(), 2, "{:?}", offer.unread);
}

#[test]
fn the_seed_of_the_page_is_one() {
    let page = include_str!("../../docs/sandbox.md");
    let seed = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let seed = seed.expect("an example");
    let world = crate::world::World::new();
    let forge = crate::rehearsal::Rehearsal::new(&world, seed);
    assert!(seed.contains("acme/api") && forge.url().starts_with("http://127.0.0.1"));
}
