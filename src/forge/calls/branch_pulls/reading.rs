//! Converts the forge's answer into our types.

use super::answer::{Actor, Commit, Context, DefaultBranch, Page, Pull, Repository, Rollup, Who};
use super::seen::{
    BranchSeen, CheckSeen, CheckState, Checks, CommitSeen, MergeMethods, Mergeable, Offer, Person,
    PullSeen, PullStanding, ReviewDecision, ReviewSeen,
};
use super::{MOST_PULLS, OfferQuery};
use crate::fleet::RepositoryName;

/// The offer, and whether pull requests from forks crowded out some of this repository's own.
pub(super) fn offer(answer: Repository, query: &OfferQuery, viewer: &str) -> Option<(Offer, bool)> {
    let name = RepositoryName::parse(&answer.name_with_owner, "")?;
    let renamed_from = (!name.same(&query.repository)).then(|| query.repository.clone());
    let default = answer.default_branch_ref.unwrap_or_default();
    let (required_checks, required_approvals) = rules(&default);
    let target = default.target.unwrap_or_default();
    let crowded = answer.pull_requests.nodes.iter().any(|pull| pull.is_cross_repository)
        && answer.pull_requests.total_count > answer.pull_requests.nodes.len() as u64;
    let ours = |pull: &Pull| !pull.is_cross_repository && pull.head_ref_name == query.branch;
    let pulls = answer.pull_requests.nodes.into_iter().filter(ours).take(MOST_PULLS);
    let pulls = pulls.map(|found| pull(found, &required_checks)).collect();
    let branch = answer.branch.and_then(|branch| branch.target).map(|head| BranchSeen {
        head: head.oid,
        commits: nodes(head.history).into_iter().map(commit).collect(),
    });
    let offer = Offer {
        name,
        renamed_from,
        id: answer.id,
        viewer: viewer.to_owned(),
        default_branch: Some(default.name).filter(|name| !name.is_empty()),
        head: Some(target.oid).filter(|oid| !oid.is_empty()),
        tree: target.tree.map(|tree| tree.oid),
        is_archived: answer.is_archived,
        is_disabled: answer.is_disabled,
        is_empty: answer.is_empty,
        is_private: answer.is_private,
        may_push: answer
            .viewer_permission
            .is_none_or(|may| matches!(may.as_str(), "ADMIN" | "MAINTAIN" | "WRITE")),
        methods: MergeMethods {
            merge: answer.merge_commit_allowed,
            squash: answer.squash_merge_allowed,
            rebase: answer.rebase_merge_allowed,
        },
        auto_merge_allowed: answer.auto_merge_allowed,
        delete_branch_on_merge: answer.delete_branch_on_merge,
        checks: checks(target.status_check_rollup, &required_checks),
        required_checks,
        required_approvals,
        branch,
        pulls,
        unread: Vec::new(),
    };
    Some((offer, crowded))
}

/// What the fuzz target asserts: the number of pull requests is bounded, and the required checks are sorted.
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::forge) fn fuzzed(value: &serde_json::Value) {
    let Ok(answer) = serde_json::from_value::<Repository>(value.clone()) else { return };
    let repository = RepositoryName::new("acme", "api");
    let query = OfferQuery { repository, branch: "shipshape/fix".to_owned() };
    let Some((offer, _)) = offer(answer, &query, "me") else { return };
    assert!(offer.pulls.len() <= MOST_PULLS);
    assert!(offer.required_checks.is_sorted());
}

/// The checks that the default branch requires, sorted by name, and the number of approvals.
fn rules(branch: &DefaultBranch) -> (Vec<String>, u64) {
    let protection = branch.ref_update_rule.as_ref();
    let mut checks: Vec<String> = protection
        .and_then(|rule| rule.required_status_check_contexts.clone())
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    let mut approvals =
        protection.and_then(|rule| rule.required_approving_review_count).unwrap_or_default();
    let rules = branch.rules.iter().flat_map(|rules| &rules.nodes);
    for parameters in rules.filter_map(|rule| rule.parameters.as_ref()) {
        let names = parameters.required_status_checks.iter().map(|check| check.context.clone());
        checks.extend(names);
        approvals = approvals.max(parameters.required_approving_review_count);
    }
    checks.sort();
    checks.dedup();
    (checks, approvals)
}

fn pull(pull: Pull, required: &[String]) -> PullSeen {
    let reviews: Vec<ReviewSeen> = nodes(pull.latest_opinionated_reviews)
        .into_iter()
        .map(|review| ReviewSeen { by: login(review.author), state: review.state })
        .collect();
    let said = |state: &str| reviews.iter().any(|review| review.state == state);
    // GitHub makes no decision where no rule requires one; reviews count nevertheless.
    let review = match pull.review_decision.as_deref() {
        Some("CHANGES_REQUESTED") => ReviewDecision::ChangesRequested,
        _ if said("CHANGES_REQUESTED") => ReviewDecision::ChangesRequested,
        Some("REVIEW_REQUIRED") => ReviewDecision::Required,
        Some("APPROVED") => ReviewDecision::Approved,
        _ if said("APPROVED") => ReviewDecision::Approved,
        _ => ReviewDecision::None,
    };
    let state = match pull.state.as_str() {
        "OPEN" => PullStanding::Open,
        "MERGED" => PullStanding::Merged,
        _ => PullStanding::Closed,
    };
    let closing = nodes(pull.timeline_items).pop().and_then(|closing| login(closing.actor));
    let asked = nodes(pull.review_requests).into_iter().filter_map(|request| {
        let reviewer = request.requested_reviewer?;
        reviewer.login.or(reviewer.combined_slug)
    });
    let mut commits: Vec<CommitSeen> =
        pull.commits.nodes.into_iter().map(|found| commit(found.commit)).collect();
    commits.reverse();
    let (merge_commit, merged_onto) = match pull.merge_commit {
        Some(commit) => {
            let first = nodes(commit.parents).into_iter().next();
            (Some(commit.oid), first.map(|parent| parent.oid))
        }
        None => (None, None),
    };
    PullSeen {
        number: pull.number,
        id: pull.id,
        url: pull.url,
        state,
        draft: pull.is_draft,
        title: pull.title,
        body: pull.body,
        author: login(pull.author),
        head: pull.head_ref_oid,
        head_branch: pull.head_ref_name,
        base_branch: pull.base_ref_name,
        created_at: pull.created_at,
        merged_at: pull.merged_at,
        closed_at: pull.closed_at,
        merge_commit,
        merged_onto,
        merged_by: login(pull.merged_by),
        closed_by: closing.filter(|_| state == PullStanding::Closed),
        labels: nodes(pull.labels).into_iter().map(|label| label.name).collect(),
        review,
        reviews,
        requested_reviewers: asked.collect(),
        mergeable: match pull.mergeable.as_str() {
            "MERGEABLE" => Mergeable::Mergeable,
            "CONFLICTING" => Mergeable::Conflicting,
            _ => Mergeable::Unknown,
        },
        merge_state: pull.merge_state_status,
        auto_merge: pull.auto_merge_request.is_some_and(|request| !request.is_null()),
        checks: checks(pull.status_check_rollup, required),
        commit_count: pull.commits.total_count,
        commits,
    }
}

fn nodes<T>(page: Option<Page<T>>) -> Vec<T> {
    page.map(|page| page.nodes).unwrap_or_default()
}

/// A login as REST writes it: GraphQL omits the `[bot]` suffix of an App.
pub(in crate::forge::calls) fn login(actor: Option<Actor>) -> Option<String> {
    let Actor { kind, login } = actor?;
    let is_bare = kind == "Bot" && !login.ends_with("[bot]");
    Some(if is_bare { format!("{login}[bot]") } else { login })
}

fn commit(commit: Commit) -> CommitSeen {
    CommitSeen {
        oid: commit.oid,
        message: commit.message,
        author: person(commit.author),
        committer: person(commit.committer),
        parents: nodes(commit.parents).into_iter().map(|parent| parent.oid).collect(),
    }
}

fn person(who: Option<Who>) -> Person {
    let who = who.unwrap_or_default();
    let email = who.email.unwrap_or_default();
    let login = login(who.user).or_else(|| behind(&email));
    Person { login, name: who.name.unwrap_or_default(), email }
}

/// The account behind one of the forge's noreply addresses, the only way to identify an App.
fn behind(email: &str) -> Option<String> {
    let (account, host) = email.split_once('@')?;
    let login = account.split_once('+').map_or(account, |(_, login)| login);
    host.starts_with("users.noreply.").then(|| login.to_owned())
}

fn checks(rollup: Option<Rollup>, required: &[String]) -> Checks {
    let Some(rollup) = rollup else { return Checks::default() };
    let contexts = nodes(rollup.contexts).into_iter().map(|context| {
        let state = state(&context);
        let name = context.name.or(context.context).unwrap_or_default();
        CheckSeen { required: required.contains(&name), name, state }
    });
    Checks { state: word(&rollup.state), contexts: contexts.collect(), unread: None }
}

fn state(context: &Context) -> CheckState {
    match (&context.state, context.status.as_deref(), context.conclusion.as_deref()) {
        (Some(state), ..) => word(state),
        (_, Some("COMPLETED"), conclusion) => word(conclusion.unwrap_or_default()),
        _ => CheckState::Pending,
    }
}

/// Anything not known to be good counts as red.
fn word(word: &str) -> CheckState {
    match word {
        "SUCCESS" | "NEUTRAL" | "SKIPPED" => CheckState::Green,
        "PENDING" | "EXPECTED" => CheckState::Pending,
        _ => CheckState::Red,
    }
}
