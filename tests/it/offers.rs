//! Changes offered to many repositories: how they stand, offering them in one request, putting them on
//! another base.

use serde_json::json;
use shipshape::forge::ForgeErrorKind;
use shipshape::forge::calls::branch_pulls::{
    CheckState, Mergeable, OfferQuery, PullStanding, ReviewDecision,
};
use shipshape::forge::calls::branches::SeenBranch;
use shipshape::forge::calls::pull_opening::{FileContent, Opener};
use shipshape::forge::calls::pulls::{NewPull, PullStatus};

use crate::stage::{BRANCH, Stage, commit, proposal, repository};

/// A second pull request, of a branch.
fn two(branch: &str) -> NewPull<'_> {
    NewPull { branch, onto: "main", title: "Two", text: "", draft: false }
}

#[test]
fn one_document_tells_how_every_repository_stands() {
    let stage = Stage::new();
    stage.push("plain", "main", "other.txt", "x\n");
    let names = ["old", "strict", "archived", "disabled", "empty", "gone", "ruled"];
    stage.forge.requests();
    let mut offers = stage.offers(&names, BRANCH);
    assert_eq!(stage.forge.requests().len(), 1);
    let ruled = offers.pop().expect("ruled").expect("an offer");
    let gone = offers.pop().expect("gone").expect_err("there is none");
    assert_eq!(gone.kind, ForgeErrorKind::NotFound);
    let offers: Vec<_> = offers.into_iter().map(|offer| offer.expect("an offer")).collect();
    let [plain, strict, archived, disabled, empty] = offers.as_slice() else { panic!("five") };
    assert_eq!(plain.name, repository("plain"));
    assert_eq!(plain.renamed_from, Some(repository("old")));
    assert_eq!((plain.viewer.as_str(), plain.may_push), ("robot", true));
    assert_eq!(plain.checks.state, CheckState::None);
    assert!(plain.head.is_some() && plain.tree.is_some() && plain.branch.is_none());
    assert_eq!(plain.default_branch.as_deref(), Some("main"));
    assert!(plain.methods.merge && plain.methods.rebase && !plain.auto_merge_allowed);
    assert!(strict.is_private && strict.auto_merge_allowed && strict.delete_branch_on_merge);
    assert!(strict.methods.squash && !strict.methods.merge && !strict.methods.rebase);
    assert_eq!(
        (strict.required_checks.as_slice(), strict.required_approvals),
        (&["ci".to_owned()][..], 1)
    );
    assert_eq!(strict.checks.state, CheckState::Red);
    let checks: Vec<_> = strict
        .checks
        .contexts
        .iter()
        .map(|check| (check.name.as_str(), check.state, check.required))
        .collect();
    assert_eq!(checks, [("ci", CheckState::Green, true), ("lint", CheckState::Red, false)]);
    assert!(archived.is_archived && disabled.is_disabled && disabled.head.is_none());
    assert!(empty.is_empty && empty.default_branch.is_none() && empty.pulls.is_empty());
    assert_eq!(ruled.required_approvals, 2);
}

#[test]
fn a_branch_that_begins_alike_is_another() {
    let stage = Stage::new();
    let sha = stage.offer("plain").head.expect("a commit");
    stage
        .wait(stage.client.create_branch(&repository("plain"), "shipshape/fix-2", &sha))
        .expect("made");
    let number = {
        stage.push("plain", "shipshape/fix-2", "x", "x\n");
        let name = repository("plain");
        let made = stage.client.create_pull(&name, two("shipshape/fix-2"));
        stage.wait(made).expect("opened").number
    };
    let offer = stage.offer("plain");
    assert!(offer.branch.is_none() && offer.pulls.is_empty(), "{number}: {offer:#?}");
    let other = stage.offers(&["plain"], "shipshape/fix-2").pop().expect("one").expect("an offer");
    assert_eq!(other.open_pull().map(|pull| pull.number), Some(number));
    let branch = other.branch.expect("a branch");
    assert_eq!(branch.commits[0].author.login.as_deref(), Some("ann"));
    assert_eq!(branch.commits[0].parents, [sha]);
}

#[test]
fn a_change_to_a_new_branch_is_one_request() {
    let stage = Stage::new();
    let offer = stage.offer("plain");
    let change = proposal(&offer, "README.md", "two\n");
    stage.forge.requests();
    let made = stage
        .wait(stage.client.propose_new(&repository("plain"), &offer.id, &change))
        .expect("made");
    assert_eq!((stage.forge.requests().len(), change.creations()), (1, 1));
    let after = stage.offer("plain");
    let pull = after.open_pull().expect("an open pull request");
    assert_eq!((pull.number, &pull.id, &pull.url), (made.number, &made.id, &made.url));
    assert_eq!((&pull.head, pull.commit_count), (&made.commit, 1));
    assert_eq!(pull.commits[0].message.trim_end(), change.commit.message.trim_end());
    assert_eq!(pull.author.as_deref(), Some(after.viewer.as_str()));
    assert_eq!((pull.mergeable, pull.merge_state.as_str()), (Mergeable::Mergeable, "CLEAN"));
    assert_eq!(pull.review, ReviewDecision::None);
    assert_eq!(after.branch.expect("a branch").head, made.commit);
}

#[test]
fn a_lost_answer_never_offers_twice() {
    for kind in [
        "bad-gateway-before",
        "bad-gateway-after",
        "reset-before",
        "reset-after",
        "partial-data",
        "secondary-200",
        "truncated-body",
    ] {
        for executable in [false, true] {
            let stage = Stage::new();
            let offer = stage.offer("plain");
            let mut change = proposal(&offer, "run.sh", "#!/bin/sh\ntrue\n");
            if executable {
                let bytes = b"#!/bin/sh\ntrue\n".to_vec();
                change.commit.changes[0].content = Some(FileContent { mode: "100755", bytes });
            }
            stage.forge.requests();
            let count = if executable { 6 } else { 1 };
            assert_eq!(change.creations(), if executable { 3 } else { 1 });
            for at in 1..=count {
                stage.forge.fail(&json!([{ "at": at, "kind": kind }]));
                let made =
                    stage.wait(stage.client.propose_new(&repository("plain"), &offer.id, &change));
                let made = made.unwrap_or_else(|error| panic!("{kind} at {at}: {error}"));
                // Whoever asks who opened it is not told that it was another.
                assert_ne!(made.opener, Opener::Another, "{kind} at {at}");
                let log = stage.forge.requests();
                assert!(log.iter().any(|entry| entry["fault"] == kind), "{kind} at {at}: {log:#?}");
                let state = stage.state("plain");
                let pulls = state["pulls"].as_array().expect("pull requests");
                let open: Vec<_> = pulls.iter().filter(|pull| pull["state"] == "open").collect();
                assert_eq!(open.len(), 1, "{kind} at {at}: {state:#}");
                let branch = &state["references"][format!("refs/heads/{BRANCH}")];
                assert_eq!(
                    (&branch["commit"], &branch["history"]),
                    (&json!(made.commit), &json!(2))
                );
                stage.wait(stage.client.delete_branch(&repository("plain"), BRANCH)).expect("gone");
                stage.forge.requests();
            }
        }
    }
}

#[test]
fn somebody_elses_branch_is_left_alone() {
    let stage = Stage::new();
    let offer = stage.offer("plain");
    let sha = offer.head.clone().expect("a commit");
    stage.wait(stage.client.create_branch(&repository("plain"), BRANCH, &sha)).expect("made");
    let theirs = stage.push("plain", BRANCH, "mine.txt", "mine\n");
    for (executable, kind) in [(false, None), (true, None), (false, Some("reset-after"))] {
        let mut change = proposal(&offer, "README.md", "two\n");
        change.commit.keeps_modes = executable;
        if let Some(kind) = kind {
            stage.forge.fail(&json!([{ "at": 1, "kind": kind }]));
        }
        let failed = stage.wait(stage.client.propose_new(&repository("plain"), &offer.id, &change));
        assert_eq!(failed.expect_err("theirs").kind, ForgeErrorKind::Conflict);
        let state = stage.state("plain");
        assert_eq!(state["references"][format!("refs/heads/{BRANCH}")]["commit"], theirs.as_str());
        // The fields of a document are done one after the other, whatever became of those before.
        let pulls = state["pulls"].as_array().expect("pull requests");
        assert!(pulls.iter().all(|pull| pull["state"] == "closed"), "{pulls:#?}");
    }
}

#[test]
fn a_ruleset_that_forbids_the_branch_is_told_in_its_words() {
    let stage = Stage::new();
    let offer = stage.offer("ruled");
    let change = proposal(&offer, "README.md", "two\n");
    let failed = stage.wait(stage.client.propose_new(&repository("ruled"), &offer.id, &change));
    let failed = failed.expect_err("forbidden");
    assert_eq!(failed.kind, ForgeErrorKind::Invalid);
    assert!(
        failed.said.contains("Cannot create ref due to creations being restricted"),
        "{failed}"
    );
    assert!(stage.offer("ruled").branch.is_none());
}

#[test]
fn a_branch_is_replaced_only_from_where_it_was_seen() {
    let stage = Stage::new();
    let number = stage.proposed("plain");
    let before = stage.offer("plain");
    let seen = before.branch.clone().expect("a branch").head;
    // The base changes the same line: what was offered goes together with it no more.
    let base = stage.push("plain", "main", "README.md", "three\n");
    let conflicting = stage.offer("plain");
    let pull = conflicting.open_pull().expect("open");
    assert_eq!((pull.mergeable, pull.merge_state.as_str()), (Mergeable::Conflicting, "DIRTY"));
    let anew = commit(&base, "README.md", "four\n");
    for kind in ["bad-gateway-after", "reset-before"] {
        let head = stage.offer("plain").branch.expect("a branch").head;
        stage.forge.requests();
        stage.forge.fail(&json!([{ "route": "POST /graphql", "kind": kind }]));
        let made = stage
            .wait(stage.client.recommit(
                &repository("plain"),
                &before.id,
                SeenBranch { name: BRANCH, commit: &head },
                &anew,
            ))
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert!(stage.forge.requests().iter().any(|entry| entry["fault"] == kind), "{kind}");
        let after = stage.offer("plain");
        let pull = after.open_pull().expect("still open");
        assert_eq!((pull.number, &pull.head, pull.commit_count), (number, &made, 1));
        assert_eq!(pull.mergeable, Mergeable::Mergeable);
        assert_eq!(pull.commits[0].parents, [base.as_str()]);
    }
    let theirs = stage.push("plain", BRANCH, "mine.txt", "mine\n");
    let failed = stage.wait(stage.client.recommit(
        &repository("plain"),
        &before.id,
        SeenBranch { name: BRANCH, commit: &seen },
        &anew,
    ));
    assert_eq!(failed.expect_err("pushed to").kind, ForgeErrorKind::Conflict);
    let after = stage.offer("plain");
    assert_eq!(after.branch.expect("a branch").head, theirs);
    let newest = &after.pulls[0].commits[0];
    assert_eq!(
        (newest.author.login.as_deref(), newest.oid.as_str()),
        (Some("ann"), theirs.as_str())
    );
}

#[test]
fn what_is_closed_says_by_whom_and_is_opened_only_where_it_can_be() {
    let stage = Stage::new();
    let number = stage.proposed("plain");
    let name = repository("plain");
    let path = format!("/repos/acme/plain/pulls/{number}");
    let (status, _) = stage.ask("ann-token", "PATCH", &path, &json!({ "state": "closed" }));
    assert_eq!(status, 200);
    let pull = stage.offer("plain").pulls.remove(0);
    assert_eq!((pull.state, pull.closed_by.as_deref()), (PullStanding::Closed, Some("ann")));
    stage.forge.fail(&json!([{ "at": 1, "kind": "reset-after" }]));
    let opened = stage.wait(stage.client.reopen_pull(&name, number)).expect("opened");
    assert_eq!(opened.state, PullStatus::Open);
    stage.wait(stage.client.close_pull(&name, number)).expect("closed");
    let second = stage.wait(stage.client.create_pull(&name, two(BRANCH))).expect("opened");
    let refused = stage.wait(stage.client.reopen_pull(&name, number)).expect_err("another is open");
    assert!(refused.said.contains("already an open pull request"), "{refused}");
    stage.wait(stage.client.delete_branch(&name, BRANCH)).expect("gone");
    let offer = stage.offer("plain");
    let numbers: Vec<u64> = offer.pulls.iter().map(|pull| pull.number).collect();
    assert_eq!(numbers, [second.number, number], "the newest first");
    assert!(offer.open_pull().is_none() && offer.branch.is_none());
    let refused =
        stage.wait(stage.client.reopen_pull(&name, second.number)).expect_err("no branch");
    assert_eq!(refused.kind, ForgeErrorKind::Invalid);
}

#[test]
fn forks_cannot_hide_what_we_offered() {
    let stage = Stage::new();
    let number = stage.proposed("plain");
    let path = "/repos/acme/plain/pulls";
    for title in ["1", "2", "3", "4", "5", "6"] {
        let body = json!({ "title": title, "head": format!("zoe:{BRANCH}"), "base": "main" });
        let (status, made) = stage.ask("ann-token", "POST", path, &body);
        assert_eq!(status, 201, "{made}");
        let closed = json!({ "state": "closed" });
        assert_eq!(
            stage.ask("ann-token", "PATCH", &format!("{path}/{}", made["number"]), &closed).0,
            200
        );
    }
    let offer = stage.offer("plain");
    assert_eq!(offer.pulls.iter().map(|pull| pull.number).collect::<Vec<_>>(), [number]);
}

#[test]
fn an_app_knows_its_own() {
    let stage = Stage::new();
    let app = stage.client_of(&stage.app_token());
    let query = OfferQuery { repository: repository("plain"), branch: BRANCH.to_owned() };
    let look = || {
        let offers = stage.wait(app.offers(std::slice::from_ref(&query)));
        offers.into_iter().next().expect("one").expect("an offer")
    };
    let offer = look();
    assert_eq!((offer.viewer.as_str(), offer.may_push), ("checker[bot]", true));
    let change = proposal(&offer, "README.md", "two\n");
    stage.wait(app.propose_new(&repository("plain"), &offer.id, &change)).expect("made");
    let pull = look().pulls.remove(0);
    assert_eq!(pull.author.as_deref(), Some("checker[bot]"));
    assert_eq!(pull.commits[0].author.login.as_deref(), Some("checker[bot]"));
}

#[test]
fn a_branch_is_taken_away_only_from_where_it_was_seen() {
    let stage = Stage::new();
    let name = repository("plain");
    let offer = stage.offer("plain");
    let proposal = proposal(&offer, "README.md", "two\n");
    let made = stage.wait(stage.client.propose_new(&name, &offer.id, &proposal)).expect("made");
    let remove = |from: &str| {
        stage.wait(stage.client.remove_branch(
            &name,
            &offer.id,
            SeenBranch { name: BRANCH, commit: from },
        ))
    };
    let error = remove(&proposal.commit.base).expect_err("it is elsewhere");
    assert_eq!(error.kind, ForgeErrorKind::Conflict, "{error}");
    assert!(stage.wait(stage.client.branch_head(&name, BRANCH)).expect("asked").is_some());
    remove(&made.commit).expect("gone");
    remove(&made.commit).expect("gone already");
    assert_eq!(stage.wait(stage.client.branch_head(&name, BRANCH)), Ok(None));
}

#[test]
fn what_another_opened_meanwhile_is_found_and_said_to_be_anothers() {
    for executable in [false, true] {
        let stage = Stage::new();
        let offer = stage.offer("plain");
        let mut change = proposal(&offer, "README.md", "two\n");
        change.commit.keeps_modes = executable;
        let propose = || {
            let name = repository("plain");
            stage.wait(stage.client.propose_new(&name, &offer.id, &change)).expect("there")
        };
        let (made, found) = (propose(), propose());
        assert_eq!((made.opener, found.opener), (Opener::This, Opener::Another), "{executable}");
        assert_eq!((made.number, made.commit), (found.number, found.commit));
    }
}
