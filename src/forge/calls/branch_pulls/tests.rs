use serde_json::{Value, json};

use super::*;
use crate::fleet::RepositoryName;

fn query() -> OfferQuery {
    OfferQuery { repository: RepositoryName::new("acme", "api"), branch: "fix".to_owned() }
}

fn data(repository: &Value, errors: &Value) -> Data {
    let body = json!({ "data": { "r0": repository }, "errors": errors });
    Data::read(body.to_string().as_bytes()).expect("an answer")
}

fn repository() -> Value {
    json!({
        "id": "R", "nameWithOwner": "acme/api", "viewerPermission": "WRITE",
        "defaultBranchRef": { "name": "main",
            "refUpdateRule": { "requiredStatusCheckContexts": ["ci", null], "requiredApprovingReviewCount": 1 },
            "rules": { "nodes": [
                { "parameters": null },
                { "parameters": {} },
                { "parameters": { "requiredStatusChecks": [{ "context": "lint" }, { "context": "ci" }] } },
                { "parameters": { "requiredApprovingReviewCount": 2 } },
            ] },
            "target": { "oid": "c", "tree": { "oid": "t" }, "statusCheckRollup": null } },
        "ref": null,
        "pullRequests": { "totalCount": 1, "nodes": [pull(1, false)] },
    })
}

fn pull(number: u64, cross: bool) -> Value {
    json!({
        "number": number, "id": "P", "state": "OPEN", "isCrossRepository": cross,
        "headRefName": "fix", "author": { "__typename": "Bot", "login": "robot" },
        "autoMergeRequest": { "enabledAt": null },
        "reviewRequests": { "nodes": [
            { "requestedReviewer": { "login": "ann" } },
            { "requestedReviewer": { "combinedSlug": "acme/platform" } },
            { "requestedReviewer": null },
        ] },
        "latestOpinionatedReviews": { "nodes": [
            { "state": "APPROVED", "author": null },
            { "state": "CHANGES_REQUESTED", "author": { "login": "ann" } },
        ] },
        "statusCheckRollup": { "state": "PENDING", "contexts": { "nodes": [
            { "name": "ci", "status": "COMPLETED", "conclusion": "TIMED_OUT" },
            { "name": "new", "status": "IN_PROGRESS", "conclusion": null },
            { "context": "old", "state": "EXPECTED" },
            { "name": "no", "status": "COMPLETED", "conclusion": "SKIPPED" },
        ] } },
        "commits": { "totalCount": 2, "nodes": [
            { "commit": { "oid": "1", "author": { "email": "9+robot[bot]@users.noreply.github.com" } } },
            { "commit": { "oid": "2", "parents": { "nodes": [{ "oid": "1" }] },
                "author": { "email": "ann@example.com", "user": { "login": "ann" } } } },
        ] },
    })
}

#[test]
fn an_answer_is_read_with_what_is_required() {
    let (offer, crowded) =
        read(&data(&repository(), &json!([])), "r0", &query(), "robot[bot]").expect("an offer");
    assert!(!crowded && offer.may_push);
    assert_eq!(offer.required_checks, ["ci", "lint"]);
    assert_eq!((offer.required_approvals, offer.checks.state), (2, CheckState::None));
    let pull = offer.open_pull().expect("an open pull request");
    assert_eq!(pull.author.as_deref(), Some(offer.viewer.as_str()));
    assert_eq!(pull.requested_reviewers, ["ann", "acme/platform"]);
    assert_eq!(pull.review, ReviewDecision::ChangesRequested);
    assert!(pull.auto_merge);
    let states: Vec<_> =
        pull.checks.contexts.iter().map(|check| (check.state, check.required)).collect();
    assert_eq!(
        states,
        [
            (CheckState::Red, true),
            (CheckState::Pending, false),
            (CheckState::Pending, false),
            (CheckState::Green, false)
        ]
    );
    assert_eq!(pull.checks.missing(&offer.required_checks), ["lint"]);
    let authors: Vec<_> =
        pull.commits.iter().map(|commit| commit.author.login.as_deref()).collect();
    assert_eq!(authors, [Some("ann"), Some("robot[bot]")]);
}

#[test]
fn what_others_propose_is_not_ours_and_may_crowd_it_out() {
    let mut answer = repository();
    answer["pullRequests"] = json!({ "totalCount": 9, "nodes": [pull(7, true), pull(6, false)] });
    let (offer, crowded) = read(&data(&answer, &json!([])), "r0", &query(), "").expect("an offer");
    assert!(crowded);
    assert_eq!(offer.pulls.iter().map(|pull| pull.number).collect::<Vec<_>>(), [6]);
}

#[test]
fn checks_that_may_not_be_seen_are_not_green() {
    let error = json!({ "type": "FORBIDDEN", "message": "Resource not accessible",
        "path": ["r0", "defaultBranchRef", "target", "statusCheckRollup"] });
    let (offer, _) =
        read(&data(&repository(), &json!([error])), "r0", &query(), "").expect("an offer");
    assert_eq!(offer.checks.state, CheckState::Unknown);
    let why = "checks of the default branch: Resource not accessible: the token needs `checks: read` and `statuses: read`";
    assert_eq!(offer.unread, [why]);
    assert!(offer.checks.are_forbidden());
    let error = json!({ "type": "FORBIDDEN", "message": "Resource not accessible",
        "path": ["r0", "pullRequests", "nodes", 0, "title"] });
    let failed = read(&data(&repository(), &json!([error])), "r0", &query(), "");
    assert_eq!(failed.expect_err("half an offer").kind, ForgeErrorKind::Forbidden);
}

#[test]
fn a_repository_that_is_not_there_says_so() {
    let error = json!({ "type": "NOT_FOUND", "message": "Could not resolve", "path": ["r0"] });
    let failed = read(&data(&Value::Null, &json!([error])), "r0", &query(), "");
    assert_eq!(failed.expect_err("none").kind, ForgeErrorKind::NotFound);
}
