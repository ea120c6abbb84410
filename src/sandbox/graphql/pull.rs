//! Pull requests and labels.

use super::connection::page;
use super::execute::{Arguments, Execution, Failure, Resolved};
use super::node::Node;
use super::repository::in_states;
use crate::sandbox::world::{PullState, Repository, RepositoryId, rfc3339};

impl Execution<'_> {
    pub(super) fn pulls_of(
        &mut self,
        id: RepositoryId,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let repository = self.world.repository(id)?;
        if field == "pullRequest" {
            let number = arguments.value("number").and_then(serde_json::Value::as_u64);
            let number = number.unwrap_or_default();
            let missing =
                || Failure::not_found(&format!("a PullRequest with the number of {number}"));
            repository.pull(number).ok_or_else(missing)?;
            return Ok(Resolved::Object(Node::Pull(id, number)));
        }
        let is = |name: &str, value: &str| arguments.text(name).is_none_or(|asked| asked == value);
        let labels = arguments.texts("labels");
        let mut found: Vec<_> = repository
            .pulls
            .iter()
            .filter(|pull| {
                in_states(pull, arguments)
                    && is("headRefName", &pull.head)
                    && is("baseRefName", &pull.base)
                    && labels
                        .as_ref()
                        .is_none_or(|labels| labels.iter().any(|label| pull.labels.contains(label)))
            })
            .collect();
        if let Some(order) = arguments.value("orderBy") {
            let updated =
                order.get("field").and_then(serde_json::Value::as_str) == Some("UPDATED_AT");
            found.sort_by_key(|pull| if updated { pull.updated } else { pull.created });
            if order.get("direction").and_then(serde_json::Value::as_str) == Some("DESC") {
                found.reverse();
            }
        }
        let nodes = found.into_iter().map(|pull| Node::Pull(id, pull.number)).collect();
        page("PullRequest", nodes, arguments)
    }

    pub(super) fn labels_of(
        &mut self,
        id: RepositoryId,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let repository = self.world.repository(id)?;
        if field == "label" {
            let found = repository.label(arguments.text("name").unwrap_or_default());
            return Ok(Resolved::object(found.map(|label| Node::Label(id, label.name.clone()))));
        }
        let query = arguments.text("query").map(str::to_lowercase);
        let fits = |name: &str| {
            query.as_ref().is_none_or(|query| name.to_lowercase().contains(query.as_str()))
        };
        let found = repository.labels.iter().filter(|label| fits(&label.name));
        let nodes = found.map(|label| Node::Label(id, label.name.clone())).collect();
        page("Label", nodes, arguments)
    }

    pub(super) fn label(
        &mut self,
        id: RepositoryId,
        name: &str,
        field: &str,
    ) -> Result<Resolved, Failure> {
        let missing = || Failure::not_found("a Label");
        let label = self.world.repository(id)?.label(name).ok_or_else(missing)?;
        Ok(Resolved::Leaf(match field {
            "id" => label.node_id().into(),
            "name" => label.name.as_str().into(),
            "color" => label.color.as_str().into(),
            _ => label.description.clone().into(),
        }))
    }

    pub(super) fn pull(
        &mut self,
        id: RepositoryId,
        number: u64,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let missing = || Failure::not_found("a PullRequest");
        let repository = self.world.repository(id)?;
        let pull = repository.pull(number).ok_or_else(missing)?.clone();
        let branch = |id: RepositoryId, name: &str| Node::Ref(id, format!("refs/heads/{name}"));
        Ok(match field {
            "repository" | "baseRepository" => Resolved::Object(Node::Repository(id)),
            "headRepository" => Resolved::Object(Node::Repository(pull.head_repository)),
            "headRef" | "baseRef" => {
                let (owner, name) = match field {
                    "headRef" => (pull.head_repository, &pull.head),
                    _ => (id, &pull.base),
                };
                let known = self.store(owner)?.branch(name)?;
                Resolved::object(known.map(|_| branch(owner, name)))
            }
            "author" => Resolved::Object(super::review::actor(&pull.author)),
            "mergeCommit" => match pull.merge_commit.as_deref().map(git2::Oid::from_str) {
                Some(oid) => Resolved::Object(Node::Commit(id, oid?)),
                None => Resolved::null(),
            },
            "labels" => {
                let nodes = pull.labels.into_iter().map(|name| Node::Label(id, name)).collect();
                return page("Label", nodes, arguments);
            }
            "mergeable"
            | "mergeStateStatus"
            | "reviewDecision"
            | "statusCheckRollup"
            | "autoMergeRequest"
            | "mergedBy"
            | "latestOpinionatedReviews"
            | "reviewRequests"
            | "timelineItems"
            | "commits" => {
                return self.pull_standing(id, &pull, field, arguments);
            }
            _ => Resolved::Leaf(self.pull_scalar(repository, &pull, field)),
        })
    }

    fn pull_scalar(
        &self,
        repository: &Repository,
        pull: &crate::sandbox::world::Pull,
        field: &str,
    ) -> serde_json::Value {
        let open = pull.is_open();
        match field {
            "id" => pull.node_id().into(),
            "databaseId" => pull.id.into(),
            "number" => pull.number.into(),
            "title" => pull.title.as_str().into(),
            "body" => pull.body.clone().unwrap_or_default().into(),
            "url" => {
                let name = repository.full_name();
                format!("{}/{name}/pull/{}", self.call.base, pull.number).into()
            }
            "state" => match pull.state {
                PullState::Open => "OPEN".into(),
                PullState::Closed => "CLOSED".into(),
                PullState::Merged => "MERGED".into(),
            },
            "isDraft" => pull.draft.into(),
            "closed" => (!open).into(),
            "merged" => (pull.state == PullState::Merged).into(),
            "createdAt" => rfc3339(pull.created).into(),
            "updatedAt" => rfc3339(pull.updated).into(),
            "closedAt" => pull.closed.map(rfc3339).into(),
            "mergedAt" => pull.merged.map(rfc3339).into(),
            "headRefName" => pull.head.as_str().into(),
            "headRefOid" => pull.head_sha.as_str().into(),
            "baseRefName" => pull.base.as_str().into(),
            "baseRefOid" => pull.base_sha.as_str().into(),
            "isCrossRepository" => (pull.head_repository != repository.id).into(),
            "maintainerCanModify" => pull.maintainer_can_modify.into(),
            _ => serde_json::Value::Null,
        }
    }
}
