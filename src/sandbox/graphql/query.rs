//! The root fields of queries: the viewer, owners, repositories by name, objects by id, searches.

use serde_json::Value;

use super::connection::page;
use super::execute::{Arguments, Execution, Failure, Resolved};
use super::node::Node;
use crate::sandbox::limits::Resource;
use crate::sandbox::rest::repositories::{searched, visible};
use crate::sandbox::world::{OwnerKind, rfc3339};

impl Execution<'_> {
    pub(super) fn query(
        &mut self,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let login = || arguments.text("login").unwrap_or_default().to_owned();
        match field {
            "viewer" => {
                Ok(Resolved::Object(Node::Owner(self.call.token(self.world)?.user.clone())))
            }
            "rateLimit" => Ok(Resolved::Object(Node::RateLimit)),
            // Only for this field, a missing owner is null without an error.
            "repositoryOwner" => Ok(Resolved::object(self.found_owner(&login(), None))),
            "organization" => {
                let found = self.found_owner(&login(), Some(OwnerKind::Organization));
                let missing = || format!("an Organization with the login of '{}'", login());
                found.map(Resolved::Object).ok_or_else(|| Failure::not_found(&missing()))
            }
            "user" => {
                let found = self.found_owner(&login(), Some(OwnerKind::User));
                let missing = || format!("a User with the login of '{}'", login());
                found.map(Resolved::Object).ok_or_else(|| Failure::not_found(&missing()))
            }
            "repository" => {
                let owner = arguments.text("owner").unwrap_or_default();
                self.named_repository(owner, arguments)
            }
            "node" => {
                let id = arguments.text("id").unwrap_or_default();
                let missing =
                    || Failure::not_found(&format!("a node with the global id of '{id}'"));
                let node = self.by_id(id).ok_or_else(missing)?;
                self.polled(&node);
                Ok(Resolved::Object(node))
            }
            "nodes" => {
                let ids = arguments.texts("ids").unwrap_or_default();
                let nodes: Vec<Option<Node>> = ids.iter().map(|id| self.by_id(id)).collect();
                nodes.iter().flatten().for_each(|node| self.polled(node));
                Ok(Resolved::List(nodes))
            }
            _ => self.search(arguments),
        }
    }

    /// Counts a poll of a repository that waits for its content.
    fn polled(&mut self, node: &Node) {
        if let Node::Repository(id) = node {
            self.world.poll(*id);
            self.world.settle(self.world.now);
        }
    }

    fn found_owner(&self, login: &str, kind: Option<OwnerKind>) -> Option<Node> {
        let owner = self.world.owner(login)?;
        let fits = kind.is_none_or(|kind| owner.kind == kind);
        fits.then(|| Node::Owner(owner.login.clone()))
    }

    fn named_repository(
        &mut self,
        owner: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let name = arguments.text("name").unwrap_or_default();
        let renames = arguments.flag("followRenames").unwrap_or(true);
        let missing =
            || Failure::not_found(&format!("a Repository with the name '{owner}/{name}'"));
        let found = self.named(owner, name, renames);
        found.map(|id| Resolved::Object(Node::Repository(id))).ok_or_else(missing)
    }

    fn search(&mut self, arguments: &Arguments) -> Result<Resolved, Failure> {
        let query = arguments.text("query").unwrap_or_default();
        let found = searched(self.world, self.call, query)?;
        let nodes = found.into_iter().take(1000).map(|found| Node::Repository(found.id)).collect();
        page("SearchResultItem", nodes, arguments)
    }

    pub(super) fn rate_limit(&mut self, field: &str) -> Resolved {
        let (identity, now) = (self.world.limit_identity(self.call), self.world.now);
        let (limit, remaining, used, reset) =
            self.world.limits.left(&identity, Resource::GraphQl, now);
        let cost = self.weight.cost;
        Resolved::Leaf(match field {
            "cost" => cost.into(),
            "limit" => limit.into(),
            "nodeCount" => self.weight.nodes.into(),
            // This document is already counted.
            "remaining" => remaining.saturating_sub(cost).into(),
            "used" => (used + cost).into(),
            #[expect(clippy::cast_possible_truncation, reason = "times are small")]
            _ => rfc3339(reset as i64).into(),
        })
    }

    pub(super) fn owner(
        &mut self,
        login: &str,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let missing = || Failure::not_found(&format!("an owner with the login of '{login}'"));
        match field {
            "repositories" => return self.repositories_of(login, arguments),
            "repository" => {
                return Ok(match self.named_repository(login, arguments) {
                    Ok(found) => found,
                    Err(failure) if failure.kind == "NOT_FOUND" => Resolved::null(),
                    Err(failure) => return Err(failure),
                });
            }
            _ => {}
        }
        if self.world.owner(login).is_none() && login.ends_with("[bot]") {
            // An App sees itself as a user, with the `[bot]` suffix.
            return Ok(Resolved::Leaf(match field {
                "databaseId" => 0.into(),
                "id" => format!("BOT_{login}").into(),
                "url" => format!("{}/apps/{login}", self.call.base).into(),
                _ => login.into(),
            }));
        }
        let owner = self.world.owner(login).ok_or_else(missing)?;
        let url = format!("{}/{}", self.call.base, owner.login);
        Ok(Resolved::Leaf(match field {
            "id" => owner.node_id().into(),
            "databaseId" => owner.id.into(),
            "login" => owner.login.as_str().into(),
            "name" => owner.name.as_str().into(),
            _ => url.into(),
        }))
    }

    fn repositories_of(&mut self, login: &str, arguments: &Arguments) -> Result<Resolved, Failure> {
        let mut found = visible(self.world, self.call, Some(login));
        if let Some(archived) = arguments.flag("isArchived") {
            found.retain(|found| found.archived == archived);
        }
        if let Some(fork) = arguments.flag("isFork") {
            found.retain(|found| found.fork == fork);
        }
        match arguments.text("privacy") {
            Some("PUBLIC") => found.retain(|found| !found.is_private()),
            Some(_) => found.retain(|found| found.is_private()),
            None => {}
        }
        if let Some(order) = arguments.value("orderBy") {
            let field = order.get("field").and_then(Value::as_str).unwrap_or_default();
            match field {
                "NAME" => found.sort_by_key(|found| found.name.to_lowercase()),
                "CREATED_AT" => found.sort_by_key(|found| (found.created, found.id)),
                "UPDATED_AT" => found.sort_by_key(|found| (found.updated, found.id)),
                "PUSHED_AT" => found.sort_by_key(|found| (found.pushed, found.id)),
                // There are no stars in the sandbox.
                _ => {}
            }
            if order.get("direction").and_then(Value::as_str) == Some("DESC") {
                found.reverse();
            }
        } else {
            found.sort_by_key(|found| found.id);
        }
        let nodes = found.into_iter().map(|found| Node::Repository(found.id)).collect();
        page("Repository", nodes, arguments)
    }
}
