//! The objects of the schema, and their global ids.

use git2::Oid;
use serde_json::Value;

use super::connection::Connection;
use super::execute::{Arguments, Execution, Failure, Resolved};
use crate::sandbox::git::Entry;
use crate::sandbox::world::{Found, OwnerKind, RepositoryId, World};

/// An object.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Query,
    Mutation,
    RateLimit,
    /// By login.
    Owner(String),
    Repository(RepositoryId),
    /// With its full name: `refs/heads/main`.
    Ref(RepositoryId, String),
    Commit(RepositoryId, Oid),
    Tree(RepositoryId, Oid),
    Blob(RepositoryId, Oid),
    Tag(RepositoryId, Oid),
    TreeEntry(RepositoryId, Box<Entry>),
    GitActor(crate::sandbox::git::Who),
    /// By number.
    Pull(RepositoryId, u64),
    /// By name.
    Label(RepositoryId, String),
    RepositoryTopic(RepositoryId, String),
    Topic(String),
    /// The combined checks of a commit.
    Rollup(RepositoryId, String),
    Connection(Box<Connection>),
    Edge {
        of: &'static str,
        cursor: String,
        node: Box<Node>,
    },
    PageInfo {
        next: bool,
        previous: bool,
        start: Option<String>,
        end: Option<String>,
    },
    /// The result of a mutation, or another object created on demand, with its type name.
    Payload(&'static str, Vec<(&'static str, Payload)>),
}

/// A field of a payload.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    Node(Node),
    List(Vec<Node>),
    Leaf(Value),
}

impl Node {
    /// Returns the name of its type.
    pub(super) fn type_name(&self, world: &World) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::RateLimit => "RateLimit",
            Self::Owner(login) => match world.owner(login).map(|owner| owner.kind) {
                Some(OwnerKind::Organization) => "Organization",
                _ => "User",
            },
            Self::Repository(_) => "Repository",
            Self::Ref(..) => "Ref",
            Self::Commit(..) => "Commit",
            Self::Tree(..) => "Tree",
            Self::Blob(..) => "Blob",
            Self::Tag(..) => "Tag",
            Self::TreeEntry(..) => "TreeEntry",
            Self::GitActor(_) => "GitActor",
            Self::Pull(..) => "PullRequest",
            Self::Label(..) => "Label",
            Self::RepositoryTopic(..) => "RepositoryTopic",
            Self::Topic(_) => "Topic",
            Self::Rollup(..) => "StatusCheckRollup",
            Self::Connection(connection) => connection.type_name(),
            Self::Edge { of, .. } => super::connection::edge_of(of),
            Self::PageInfo { .. } => "PageInfo",
            Self::Payload(name, _) => name,
        }
    }
}

impl Execution<'_> {
    /// Resolves a field of an object.
    pub(super) fn resolve(
        &mut self,
        node: &Node,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        match node {
            Node::Query => self.query(field, arguments),
            Node::Mutation => self.mutate(field, arguments),
            Node::RateLimit => Ok(self.rate_limit(field)),
            Node::Owner(login) => self.owner(login, field, arguments),
            Node::Repository(id) => self.repository(*id, field, arguments),
            Node::Ref(id, name) => self.reference(*id, name, field, arguments),
            Node::Commit(id, oid) => self.commit(*id, *oid, field, arguments),
            Node::Tree(id, oid) | Node::Blob(id, oid) | Node::Tag(id, oid) => {
                self.object(*id, *oid, field)
            }
            Node::TreeEntry(id, entry) => self.tree_entry(*id, entry, field),
            Node::GitActor(who) => Ok(self.git_actor(who, field)),
            Node::Pull(id, number) => self.pull(*id, *number, field, arguments),
            Node::Label(id, name) => self.label(*id, name, field),
            Node::RepositoryTopic(id, name) => Ok(match field {
                "id" => Resolved::Leaf(format!("RT_{id}_{name}").into()),
                _ => Resolved::Object(Node::Topic(name.clone())),
            }),
            Node::Topic(name) => Ok(match field {
                "id" => Resolved::Leaf(format!("TO_{name}").into()),
                _ => Resolved::Leaf(name.as_str().into()),
            }),
            Node::Rollup(id, sha) => self.rollup(*id, sha, field, arguments),
            Node::Connection(connection) => Ok(connection.resolve(field)),
            Node::Edge { cursor, node, .. } => Ok(match field {
                "cursor" => Resolved::Leaf(cursor.as_str().into()),
                _ => Resolved::Object((**node).clone()),
            }),
            Node::PageInfo { next, previous, start, end } => Ok(Resolved::Leaf(match field {
                "hasNextPage" => (*next).into(),
                "hasPreviousPage" => (*previous).into(),
                "startCursor" => start.clone().into(),
                _ => end.clone().into(),
            })),
            Node::Payload(_, fields) => {
                let found = fields.iter().find(|(name, _)| *name == field);
                Ok(match found.map(|(_, value)| value.clone()) {
                    Some(Payload::Node(node)) => Resolved::Object(node),
                    Some(Payload::List(nodes)) => {
                        Resolved::List(nodes.into_iter().map(Some).collect())
                    }
                    Some(Payload::Leaf(value)) => Resolved::Leaf(value),
                    None => Resolved::null(),
                })
            }
        }
    }

    /// Returns the object with a global id, if the token may see it.
    pub(super) fn by_id(&mut self, id: &str) -> Option<Node> {
        let (kind, rest) = id.split_once('_')?;
        let node = match kind {
            "U" | "O" => {
                let number = rest.parse::<u64>().ok()?;
                let owner = self.world.owners.values().find(|owner| owner.id == number)?;
                return Some(Node::Owner(owner.login.clone()));
            }
            "R" => Node::Repository(rest.parse().ok()?),
            "PR" => {
                let number = rest.parse::<u64>().ok()?;
                self.world.repositories.values().find_map(|repository| {
                    let pull = repository.pulls.iter().find(|pull| pull.id == number)?;
                    Some(Node::Pull(repository.id, pull.number))
                })?
            }
            "LA" => {
                let number = rest.parse::<u64>().ok()?;
                self.world.repositories.values().find_map(|repository| {
                    let label = repository.labels.iter().find(|label| label.id == number)?;
                    Some(Node::Label(repository.id, label.name.clone()))
                })?
            }
            "REF" => {
                let (number, name) = rest.split_once('_')?;
                let id = number.parse().ok()?;
                self.store(id).ok()?.reference(name).ok()??;
                Node::Ref(id, name.to_owned())
            }
            "C" | "T" | "B" => {
                let (number, oid) = rest.split_once('_')?;
                let (id, oid) = (number.parse().ok()?, Oid::from_str(oid).ok()?);
                self.git_object(id, oid).ok()??
            }
            _ => return None,
        };
        let id = match &node {
            Node::Repository(id)
            | Node::Pull(id, _)
            | Node::Label(id, _)
            | Node::Ref(id, _)
            | Node::Commit(id, _)
            | Node::Tree(id, _)
            | Node::Blob(id, _) => *id,
            _ => return None,
        };
        self.is_visible(id).then_some(node)
    }

    /// Returns the repository with a name, if the token may see it.
    pub(super) fn named(&mut self, owner: &str, name: &str, renames: bool) -> Option<RepositoryId> {
        let id = match self.world.find(owner, name)? {
            Found::Here(id) => id,
            Found::Renamed(id) if renames => id,
            Found::Renamed(_) => return None,
        };
        if !self.is_visible(id) {
            return None;
        }
        self.world.poll(id);
        self.world.settle(self.world.now);
        Some(id)
    }
}
