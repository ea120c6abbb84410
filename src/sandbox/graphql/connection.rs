//! Pages of a list.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::execute::{Arguments, Failure, Resolved};
use super::node::Node;

/// A page of a list, with what is needed to request the next.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// The name of its type, without `Connection`.
    pub(super) of: &'static str,
    nodes: Vec<Node>,
    /// The index at which the page begins.
    start: usize,
    total: usize,
}

fn cursor(index: usize) -> String {
    STANDARD.encode(format!("cursor:{index}"))
}

fn position(cursor: &str) -> Result<usize, Failure> {
    let wrong = || {
        Failure::new(
            "INVALID_CURSOR_ARGUMENTS",
            format!("`{cursor}` does not appear to be a valid cursor."),
        )
    };
    let text = STANDARD.decode(cursor).map_err(|_| wrong())?;
    let text = String::from_utf8(text).map_err(|_| wrong())?;
    let number = text.strip_prefix("cursor:").and_then(|number| number.parse().ok());
    number.ok_or_else(wrong)
}

/// Returns the requested page of a list.
pub(super) fn page(
    of: &'static str,
    nodes: Vec<Node>,
    arguments: &Arguments,
) -> Result<Resolved, Failure> {
    let total = nodes.len();
    let start = arguments.text("after").map(position).transpose()?.map_or(0, |index| index + 1);
    let end = arguments.text("before").map(position).transpose()?.unwrap_or(total);
    let (mut start, mut end) = (start.min(total), end.min(total));
    let count = |name: &str| {
        let number = arguments.value(name).and_then(Value::as_u64)?;
        usize::try_from(number).ok()
    };
    if let Some(first) = count("first") {
        end = end.min(start + first);
    }
    if let Some(last) = count("last") {
        start = start.max(end.saturating_sub(last));
    }
    let length = end.saturating_sub(start);
    let nodes = nodes.into_iter().skip(start).take(length).collect();
    Ok(Resolved::Object(Node::Connection(Box::new(Connection { of, nodes, start, total }))))
}

impl Connection {
    pub(super) fn resolve(&self, field: &str) -> Resolved {
        match field {
            "nodes" => Resolved::List(self.nodes.iter().cloned().map(Some).collect()),
            "edges" => {
                let edges = self.nodes.iter().enumerate().map(|(index, node)| {
                    let cursor = cursor(self.start + index);
                    Some(Node::Edge { of: self.of, cursor, node: Box::new(node.clone()) })
                });
                Resolved::List(edges.collect())
            }
            "pageInfo" => {
                let end = self.start + self.nodes.len();
                let some = !self.nodes.is_empty();
                Resolved::Object(Node::PageInfo {
                    next: end < self.total,
                    previous: self.start > 0,
                    start: some.then(|| cursor(self.start)),
                    end: some.then(|| cursor(end - 1)),
                })
            }
            _ => Resolved::Leaf(self.total.into()),
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        TYPES.iter().find(|(of, ..)| *of == self.of).map_or("LabelConnection", |found| found.1)
    }
}

/// The lists, with their type names and those of their edges.
const TYPES: &[(&str, &str, &str)] = &[
    ("SearchResultItem", "SearchResultItemConnection", "SearchResultItemEdge"),
    ("Repository", "RepositoryConnection", "RepositoryEdge"),
    ("RepositoryTopic", "RepositoryTopicConnection", "RepositoryTopicEdge"),
    ("RepositoryRule", "RepositoryRuleConnection", "RepositoryRuleEdge"),
    ("Ref", "RefConnection", "RefEdge"),
    ("CommitHistory", "CommitHistoryConnection", "CommitEdge"),
    ("Commit", "CommitConnection", "CommitEdge"),
    ("PullRequest", "PullRequestConnection", "PullRequestEdge"),
    ("PullRequestCommit", "PullRequestCommitConnection", "PullRequestCommitEdge"),
    ("PullRequestReview", "PullRequestReviewConnection", "PullRequestReviewEdge"),
    (
        "PullRequestTimelineItems",
        "PullRequestTimelineItemsConnection",
        "PullRequestTimelineItemsEdge",
    ),
    ("ReviewRequest", "ReviewRequestConnection", "ReviewRequestEdge"),
    (
        "StatusCheckRollupContext",
        "StatusCheckRollupContextConnection",
        "StatusCheckRollupContextEdge",
    ),
];

/// Returns the type name of an edge.
pub(super) fn edge_of(of: &str) -> &'static str {
    TYPES.iter().find(|(known, ..)| *known == of).map_or("LabelEdge", |found| found.2)
}
