//! Pull requests that are open or were closed without being merged, for many repositories at once.

use serde::Deserialize;
use serde_json::Value;

use super::branch_pulls::{Actor, login};
use super::of_each::Question;
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// Pull requests per repository and state: the newest ones.
const MOST: usize = 20;

/// A pull request that was not merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmergedPull {
    /// Its number.
    pub number: u64,
    /// Its head branch.
    pub branch: String,
    /// The description, in Markdown.
    pub body: String,
    /// Whether it is open.
    pub is_open: bool,
    /// Who closed it; `None` if it is open, or the forge closed it.
    pub closed_by: Option<String>,
}

/// A pull request in the forge's schema.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    number: u64,
    head_ref_name: String,
    body: String,
    is_cross_repository: bool,
    #[serde(default)]
    timeline_items: Closing,
}

#[derive(Default, Deserialize)]
struct Closing {
    nodes: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    actor: Option<Actor>,
}

/// The order of the pull requests, and the fields read of each.
const NEWEST: &str = "orderBy: { field: CREATED_AT, direction: DESC }";
const SAID: &str = "number headRefName body isCrossRepository";

const OPEN: &str = "open";
const CLOSED: &str = "closed";

impl Client {
    /// The open pull requests of some repositories, and those closed without being merged: of either the newest twenty,
    /// newest first.
    pub async fn unmerged_pulls(
        &self,
        repositories: &[RepositoryName],
    ) -> Vec<Result<Vec<UnmergedPull>, ForgeError>> {
        let fields = format!(
            "{OPEN}: pullRequests(states: [OPEN], first: {MOST}, {NEWEST}) {{ nodes {{ {SAID} }} }} \
             {CLOSED}: pullRequests(states: [CLOSED], first: {MOST}, {NEWEST}) {{ nodes {{ {SAID} \
             timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {{ nodes {{ ... on ClosedEvent {{ actor {{ __typename login }} }} }} }} }} }}"
        );
        let asked = Question { operation: "opened", about: "pull requests", fields: &fields };
        self.of_each(repositories, asked, |field, request| {
            let [open, closed] = [nodes(field, OPEN, request)?, nodes(field, CLOSED, request)?];
            let open = open.into_iter().map(|node| unmerged(node, true));
            Ok(open.chain(closed.into_iter().map(|node| unmerged(node, false))).collect())
        })
        .await
    }
}

/// The pull requests in one part of an answer.
fn nodes(field: &Value, which: &'static str, request: &str) -> Result<Vec<Node>, ForgeError> {
    let nodes = field.pointer(&format!("/{which}/nodes")).cloned();
    let mut nodes: Vec<Node> =
        serde_json::from_value(nodes.unwrap_or_default()).map_err(|error| {
            let said = format!("it does not say which are {which}: {error}");
            ForgeError::new(ForgeErrorKind::Unintelligible, request, said)
        })?;
    // Ignore forks: anybody could imitate a campaign's pull request from one.
    nodes.retain(|node| !node.is_cross_repository);
    Ok(nodes)
}

fn unmerged(node: Node, is_open: bool) -> UnmergedPull {
    let Node { number, head_ref_name: branch, body, mut timeline_items, .. } = node;
    let closed_by = timeline_items.nodes.pop().and_then(|event| login(event.actor));
    UnmergedPull { number, branch, body, is_open, closed_by }
}
