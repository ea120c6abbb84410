//! Pull requests that are open or were closed without being merged, for many repositories at once.

use serde::Deserialize;
use serde_json::json;

use super::branch_pulls::{Actor, login};
use crate::fleet::RepositoryName;
use crate::forge::{Client, ForgeError, ForgeErrorKind};

/// Repositories per document.
const AT_ONCE: usize = 50;

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
        let mut found = Vec::with_capacity(repositories.len());
        for chunk in repositories.chunks(AT_ONCE) {
            let mut fields = String::new();
            for (number, name) in chunk.iter().enumerate() {
                // Names consist of letters, digits and `-_.`, so they are safe to inline.
                let (owner, name) = (json!(name.owner), json!(name.name));
                fields.push_str(&format!(
                    " r{number}: repository(owner: {owner}, name: {name}) {{ {OPEN}: pullRequests(states: [OPEN], \
                     first: {MOST}, {NEWEST}) {{ nodes {{ {SAID} }} }} {CLOSED}: pullRequests(states: [CLOSED], \
                     first: {MOST}, {NEWEST}) {{ nodes {{ {SAID} timelineItems(itemTypes: [CLOSED_EVENT], last: 1) {{ \
                     nodes {{ ... on ClosedEvent {{ actor {{ __typename login }} }} }} }} }} }} }}"
                ));
            }
            let text = format!("query opened {{ rateLimit {{ cost }}{fields} }}");
            match self.query("opened", &text, &json!({})).await {
                Ok(data) => found.extend(chunk.iter().enumerate().map(|(number, name)| {
                    let request = format!("GraphQL pull requests of {name}");
                    let field = data.field(&format!("r{number}"), &request)?;
                    let of = |which: &'static str| {
                        let nodes = field.pointer(&format!("/{which}/nodes")).cloned();
                        let nodes: Vec<Node> = serde_json::from_value(nodes.unwrap_or_default())
                            .map_err(|error| {
                                let said = format!("it does not say which are {which}: {error}");
                                ForgeError::new(ForgeErrorKind::Unintelligible, &request, said)
                            })?;
                        let is_open = which == OPEN;
                        // Ignore forks: anybody could imitate a campaign's pull request from one.
                        let ours = nodes.into_iter().filter(|node| !node.is_cross_repository);
                        Ok(ours.map(move |node| unmerged(node, is_open)))
                    };
                    Ok(of(OPEN)?.chain(of(CLOSED)?).collect())
                })),
                Err(error) => found.extend(chunk.iter().map(|_| Err(error.clone()))),
            }
        }
        found
    }
}

fn unmerged(node: Node, is_open: bool) -> UnmergedPull {
    let Node { number, head_ref_name: branch, body, mut timeline_items, .. } = node;
    let closed_by = timeline_items.nodes.pop().and_then(|event| login(event.actor));
    UnmergedPull { number, branch, body, is_open, closed_by }
}
