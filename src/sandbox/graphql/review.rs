//! The status of a pull request: its reviews and commits, what prevents it from being merged, and
//! its timeline.

use serde_json::Value;

use super::checks::leaf;
use super::connection::page;
use super::execute::{Arguments, Execution, Failure, Resolved};
use super::node::{Node, Payload};
use crate::sandbox::world::{
    Access, Event, MergeState, Permission, Pull, RepositoryId, Review, ReviewState, latest,
    rfc3339, told,
};

/// Returns an actor. An App is a bot, whose login does not have the suffix here.
pub(super) fn actor(login: &str) -> Node {
    match login.strip_suffix("[bot]") {
        Some(slug) => Node::Payload(
            "Bot",
            vec![
                leaf("id", format!("BOT_{slug}")),
                leaf("login", slug),
                leaf("url", format!("https://github.com/apps/{slug}")),
            ],
        ),
        None => Node::Owner(login.to_owned()),
    }
}

impl Execution<'_> {
    /// Resolves a field about the status of a pull request.
    pub(super) fn pull_standing(
        &mut self,
        id: RepositoryId,
        pull: &Pull,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        Ok(match field {
            "mergeable" | "mergeStateStatus" => {
                let store = self.store(id)?;
                let repository = self.world.repository(id)?;
                let state = told(repository, &store, pull, self.world.now)?;
                Resolved::Leaf(match (field, state) {
                    ("mergeStateStatus", state) => state.name().into(),
                    (_, MergeState::Unknown) => "UNKNOWN".into(),
                    (_, MergeState::Dirty) => "CONFLICTING".into(),
                    _ => "MERGEABLE".into(),
                })
            }
            "reviewDecision" => {
                let wanted = self.world.repository(id)?.settings.approvals_of(&pull.base);
                Resolved::Leaf(decision(pull, wanted).into())
            }
            "statusCheckRollup" => return self.rollup_of(id, &pull.head_sha),
            "autoMergeRequest" => Resolved::object(pull.auto_merge.as_ref().map(|waits| {
                let fields = vec![
                    leaf("enabledAt", rfc3339(waits.since)),
                    ("enabledBy", Payload::Node(actor(&waits.by.login))),
                    leaf("mergeMethod", waits.how.method.name()),
                    leaf("commitHeadline", waits.how.title.clone()),
                    leaf("commitBody", waits.how.message.clone()),
                ];
                Node::Payload("AutoMergeRequest", fields)
            })),
            "mergedBy" => Resolved::object(pull.last("merged").map(|event| actor(&event.by))),
            "latestOpinionatedReviews" => {
                let nodes = latest(pull).into_iter().map(review).collect();
                return page("PullRequestReview", nodes, arguments);
            }
            "reviewRequests" => return self.requests_of(id, pull, arguments),
            "timelineItems" => {
                let asked = arguments.texts("itemTypes");
                let asks = |name: &str| {
                    asked.as_ref().is_none_or(|all| all.iter().any(|asked| asked == name))
                };
                let nodes = pull.events.iter().filter_map(|event| item(pull, event));
                let nodes = nodes.filter(|(kind, _)| asks(kind)).map(|(_, node)| node).collect();
                return page("PullRequestTimelineItems", nodes, arguments);
            }
            _ => return self.commits_of(id, pull, arguments),
        })
    }

    fn requests_of(
        &mut self,
        id: RepositoryId,
        pull: &Pull,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let owner = self.world.repository(id)?.owner.clone();
        let team = |slug: &String| {
            let fields = vec![
                leaf("id", format!("T_{slug}")),
                leaf("name", slug.as_str()),
                leaf("slug", slug.as_str()),
                leaf("combinedSlug", format!("{owner}/{slug}")),
            ];
            Node::Payload("Team", fields)
        };
        let users = pull.reviewers.iter().map(|login| actor(login));
        let all = users.chain(pull.team_reviewers.iter().map(team));
        let nodes = all.enumerate().map(|(index, reviewer)| {
            let id = leaf("id", format!("RRQ_{}_{index}", pull.id));
            Node::Payload("ReviewRequest", vec![id, ("requestedReviewer", Payload::Node(reviewer))])
        });
        page("ReviewRequest", nodes.collect(), arguments)
    }

    fn commits_of(
        &mut self,
        id: RepositoryId,
        pull: &Pull,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        self.permit(id, &[Permission::Contents, Permission::PullRequests], Access::Read)?;
        let store = self.store(id)?;
        let head = git2::Oid::from_str(&pull.head_sha)?;
        let then = git2::Oid::from_str(&pull.base_sha)?;
        // After the merge, the base contains the commits.
        let base = if pull.is_open() { store.branch(&pull.base)? } else { None };
        let mut commits = match store.kind(head) {
            Some(_) => store.ahead(base.unwrap_or(then), head)?,
            None => Vec::new(),
        };
        commits.reverse();
        let nodes = commits.into_iter().map(|oid| {
            let name = leaf("id", format!("PRC_{}_{oid}", pull.id));
            let commit = ("commit", Payload::Node(Node::Commit(id, oid)));
            Node::Payload("PullRequestCommit", vec![name, commit])
        });
        page("PullRequestCommit", nodes.collect(), arguments)
    }
}

/// Returns the review decision. As on GitHub, there is none unless a rule requires reviews.
fn decision(pull: &Pull, wanted: u64) -> Option<&'static str> {
    let opinions = latest(pull);
    let count = |state| opinions.iter().filter(|review| review.state == state).count() as u64;
    if wanted == 0 {
        None
    } else if count(ReviewState::ChangesRequested) > 0 {
        Some("CHANGES_REQUESTED")
    } else if count(ReviewState::Approved) >= wanted {
        Some("APPROVED")
    } else {
        Some("REVIEW_REQUIRED")
    }
}

fn review(review: &Review) -> Node {
    let fields = vec![
        leaf("id", format!("PRR_{}", review.id)),
        leaf("state", review.state.name()),
        ("author", Payload::Node(actor(&review.by))),
        leaf("body", review.body.as_str()),
        leaf("submittedAt", review.submitted.map(rfc3339)),
    ];
    Node::Payload("PullRequestReview", fields)
}

/// Returns an event of the timeline, with GitHub's name for its kind.
fn item(pull: &Pull, event: &Event) -> Option<(&'static str, Node)> {
    let (kind, of) = match event.what {
        "closed" => ("CLOSED_EVENT", "ClosedEvent"),
        "merged" => ("MERGED_EVENT", "MergedEvent"),
        _ => return None,
    };
    let fields = vec![
        leaf("id", Value::from(format!("{kind}_{}_{}", pull.id, event.at))),
        ("actor", Payload::Node(actor(&event.by))),
        leaf("createdAt", rfc3339(event.at)),
    ];
    Some((kind, Node::Payload(of, fields)))
}
