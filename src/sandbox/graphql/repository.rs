//! Repositories and their references.

use git2::ObjectType;
use serde_json::Value;

use super::connection::page;
use super::execute::{Arguments, Execution, Failure, Resolved};
use super::node::Node;
use crate::sandbox::world::{
    Access, Authority, Decision, OwnerKind, Permission, Pull, PullState, Repository, RepositoryId,
    Visibility, rfc3339,
};

impl Execution<'_> {
    pub(super) fn is_visible(&self, id: RepositoryId) -> bool {
        let repository = self.world.repositories.get(&id);
        repository.is_some_and(|repository| {
            self.call.decide(self.world, repository, Permission::Metadata, Access::Read)
                == Decision::Allowed
        })
    }

    /// Refuses what the token may not do.
    pub(super) fn permit(
        &self,
        id: RepositoryId,
        permissions: &[Permission],
        access: Access,
    ) -> Result<(), Failure> {
        let repository = self.world.repository(id)?;
        let allowed = permissions.iter().any(|permission| {
            self.call.decide(self.world, repository, *permission, access) == Decision::Allowed
        });
        if allowed {
            return Ok(());
        }
        let token = self.call.token(self.world)?;
        Err(match token.authority {
            Authority::Classic { .. } if access == Access::Read => Failure::new(
                "INSUFFICIENT_SCOPES",
                "Your token has not been granted the required scopes to execute this query.",
            ),
            Authority::Classic { .. } => {
                let message = format!(
                    "{} does not have the correct permissions to execute this mutation.",
                    token.user
                );
                Failure::new("FORBIDDEN", message)
            }
            Authority::FineGrained(_) => {
                Failure::new("FORBIDDEN", "Resource not accessible by personal access token")
            }
            Authority::Installation(_) => {
                Failure::new("FORBIDDEN", "Resource not accessible by integration")
            }
        })
    }

    pub(super) fn repository(
        &mut self,
        id: RepositoryId,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let repository = self.world.repository(id)?;
        // Of a disabled repository, GitHub reveals hardly more than that it is disabled.
        if repository.disabled && matches!(field, "object" | "refs" | "ref" | "defaultBranchRef") {
            return Err(Failure::new("FORBIDDEN", "Repository access blocked"));
        }
        match field {
            "defaultBranchRef" | "ref" | "refs" | "object" => {
                self.permit(id, &[Permission::Contents], Access::Read)?;
                self.git_of(id, field, arguments)
            }
            "pullRequests" | "pullRequest" => {
                self.permit(id, &[Permission::PullRequests], Access::Read)?;
                self.pulls_of(id, field, arguments)
            }
            "labels" | "label" => {
                self.permit(id, &[Permission::Issues, Permission::PullRequests], Access::Read)?;
                self.labels_of(id, field, arguments)
            }
            "owner" => Ok(Resolved::Object(Node::Owner(repository.owner.clone()))),
            "repositoryTopics" => {
                let topics = repository.topics.clone();
                let nodes = topics.into_iter().map(|topic| Node::RepositoryTopic(id, topic));
                page("RepositoryTopic", nodes.collect(), arguments)
            }
            "templateRepository" => {
                let template = repository.generated_from.filter(|id| self.is_visible(*id));
                Ok(Resolved::object(template.map(Node::Repository)))
            }
            "isEmpty" => Ok(Resolved::Leaf(self.store(id)?.is_empty()?.into())),
            "viewerPermission" | "viewerCanAdminister" => {
                let token = self.call.token(self.world)?;
                let may = |permission, access| {
                    token.decide(repository, permission, access) == Decision::Allowed
                };
                let admin = may(Permission::Administration, Access::Write);
                Ok(Resolved::Leaf(match field {
                    "viewerCanAdminister" => admin.into(),
                    // GitHub does not return this to an App.
                    _ if token.is_installation() => Value::Null,
                    _ if admin => "ADMIN".into(),
                    _ if may(Permission::Contents, Access::Write) => "WRITE".into(),
                    _ => "READ".into(),
                }))
            }
            _ => Ok(Resolved::Leaf(self.scalar(repository, field))),
        }
    }

    fn scalar(&self, repository: &Repository, field: &str) -> Value {
        let owner = self.world.owner(&repository.owner);
        match field {
            "id" => repository.node_id().into(),
            "databaseId" => repository.id.into(),
            "name" => repository.name.as_str().into(),
            "nameWithOwner" => repository.full_name().into(),
            "description" => repository.description.clone().into(),
            "homepageUrl" => repository.homepage.clone().into(),
            "url" => format!("{}/{}", self.call.base, repository.full_name()).into(),
            "isArchived" => repository.archived.into(),
            "isDisabled" => repository.disabled.into(),
            "isLocked" => repository.locked.into(),
            "isTemplate" => repository.template.into(),
            "isFork" => repository.fork.into(),
            "isPrivate" => repository.is_private().into(),
            "isInOrganization" => {
                owner.is_some_and(|owner| owner.kind == OwnerKind::Organization).into()
            }
            "visibility" => match repository.visibility {
                Visibility::Public => "PUBLIC".into(),
                Visibility::Private => "PRIVATE".into(),
                Visibility::Internal => "INTERNAL".into(),
            },
            "createdAt" => rfc3339(repository.created).into(),
            "updatedAt" => rfc3339(repository.updated).into(),
            "pushedAt" => rfc3339(repository.pushed).into(),
            "archivedAt" => repository.archived.then(|| rfc3339(repository.updated)).into(),
            "autoMergeAllowed" => repository.settings.allow_auto_merge.into(),
            "mergeCommitAllowed" => repository.settings.allow_merge_commit.into(),
            "squashMergeAllowed" => repository.settings.allow_squash_merge.into(),
            "rebaseMergeAllowed" => repository.settings.allow_rebase_merge.into(),
            "deleteBranchOnMerge" => repository.settings.delete_branch_on_merge.into(),
            _ => Value::Null,
        }
    }

    fn git_of(
        &mut self,
        id: RepositoryId,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let store = self.store(id)?;
        let default_branch = self.world.repository(id)?.default_branch.clone();
        match field {
            "defaultBranchRef" => {
                let found = store.branch(&default_branch)?;
                let name = format!("refs/heads/{default_branch}");
                Ok(Resolved::object(found.map(|_| Node::Ref(id, name))))
            }
            "ref" => {
                let name = arguments.text("qualifiedName").unwrap_or_default();
                for full in
                    [name.to_owned(), format!("refs/heads/{name}"), format!("refs/tags/{name}")]
                {
                    if full.starts_with("refs/") && store.reference(&full)?.is_some() {
                        return Ok(Resolved::Object(Node::Ref(id, full)));
                    }
                }
                Ok(Resolved::null())
            }
            "refs" => {
                let prefix = arguments.text("refPrefix").unwrap_or_default();
                if !prefix.ends_with('/') {
                    let message = "refPrefix must end with a `/`.";
                    return Err(Failure::new("ARGUMENT_ERROR", message));
                }
                let query = arguments.text("query");
                let found = store.references(prefix)?.into_iter().map(|(name, _)| name);
                let found = found.filter(|name| query.is_none_or(|query| name.contains(query)));
                page("Ref", found.map(|name| Node::Ref(id, name)).collect(), arguments)
            }
            _ => {
                let found = match (arguments.text("oid"), arguments.text("expression")) {
                    (Some(oid), _) => git2::Oid::from_str(oid).ok(),
                    (None, Some(expression)) => self.expressed(id, expression, &default_branch)?,
                    (None, None) => {
                        let message = "Either `oid` or `expression` must be given.";
                        return Err(Failure::new("ARGUMENT_ERROR", message));
                    }
                };
                match found {
                    Some(oid) => Ok(Resolved::object(self.git_object(id, oid)?)),
                    None => Ok(Resolved::null()),
                }
            }
        }
    }

    /// Resolves `HEAD:path`, `branch:`, `branch`, or an id.
    fn expressed(
        &mut self,
        id: RepositoryId,
        expression: &str,
        default_branch: &str,
    ) -> Result<Option<git2::Oid>, Failure> {
        let store = self.store(id)?;
        let (name, path) = match expression.split_once(':') {
            Some((name, path)) => (name, Some(path)),
            None => (expression, None),
        };
        if let Ok(oid) = git2::Oid::from_str(name)
            && name.len() == 40
            && path.is_none()
        {
            return Ok(store.kind(oid).map(|_| oid));
        }
        let Some(commit) = store.resolve(name, default_branch)? else { return Ok(None) };
        let Some(path) = path else { return Ok(Some(commit)) };
        Ok(store.at(store.commit(commit)?.tree, path)?.map(|entry| entry.id))
    }

    pub(super) fn reference(
        &mut self,
        id: RepositoryId,
        name: &str,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let short = |name: &str| {
            let rest = name.strip_prefix("refs/heads/").or(name.strip_prefix("refs/tags/"));
            rest.unwrap_or(name).to_owned()
        };
        Ok(match field {
            "id" => Resolved::Leaf(format!("REF_{id}_{name}").into()),
            "name" => Resolved::Leaf(short(name).into()),
            "prefix" => {
                let length = name.len() - short(name).len();
                Resolved::Leaf(name.get(..length).unwrap_or_default().into())
            }
            "repository" => Resolved::Object(Node::Repository(id)),
            "refUpdateRule" => return self.protection_of(id, name),
            "rules" => return self.rules_of(id, name, arguments),
            "associatedPullRequests" => {
                let branch = short(name);
                let repository = self.world.repository(id)?;
                let fits = |pull: &&Pull| {
                    pull.head == branch && pull.head_repository == id && in_states(pull, arguments)
                };
                let found = repository.pulls.iter().filter(fits);
                let nodes = found.map(|pull| Node::Pull(id, pull.number)).collect();
                return page("PullRequest", nodes, arguments);
            }
            _ => {
                let store = self.store(id)?;
                let target = store.reference(name)?;
                match target {
                    Some(oid) => Resolved::object(self.git_object(id, oid)?),
                    None => Resolved::null(),
                }
            }
        })
    }

    /// Returns an object of a repository by its id, of any type.
    pub(super) fn git_object(
        &mut self,
        id: RepositoryId,
        oid: git2::Oid,
    ) -> Result<Option<Node>, Failure> {
        Ok(match self.store(id)?.kind(oid) {
            Some(ObjectType::Commit) => Some(Node::Commit(id, oid)),
            Some(ObjectType::Tree) => Some(Node::Tree(id, oid)),
            Some(ObjectType::Blob) => Some(Node::Blob(id, oid)),
            Some(ObjectType::Tag) => Some(Node::Tag(id, oid)),
            _ => None,
        })
    }
}

/// Whether a pull request is in one of the requested states.
pub(super) fn in_states(pull: &Pull, arguments: &Arguments) -> bool {
    let state = match pull.state {
        PullState::Open => "OPEN",
        PullState::Closed => "CLOSED",
        PullState::Merged => "MERGED",
    };
    arguments.texts("states").is_none_or(|states| states.iter().any(|asked| asked == state))
}
