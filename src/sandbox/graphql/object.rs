//! Git's objects.

use git2::Oid;
use serde_json::Value;

use super::connection::page;
use super::execute::{Arguments, Execution, Failure, Resolved};
use super::node::Node;
use crate::sandbox::git::{Entry, Who};
use crate::sandbox::world::{Access, Permission, RepositoryId, rfc3339};

/// The most bytes of a blob's text that GitHub returns.
const MAX_TEXT: usize = 512 * 1024;

/// The most commits of a history.
const MAX_HISTORY: usize = 10_000;

/// Whether git would consider it binary: a NUL in its first bytes.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|byte| *byte == 0)
}

impl Execution<'_> {
    pub(super) fn commit(
        &mut self,
        id: RepositoryId,
        oid: Oid,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let store = self.store(id)?;
        let commit = store.commit(oid)?;
        Ok(match field {
            "url" => {
                let name = self.world.repository(id)?.full_name();
                Resolved::Leaf(format!("{}/{name}/commit/{oid}", self.call.base).into())
            }
            "message" => Resolved::Leaf(commit.message.into()),
            "messageHeadline" => {
                Resolved::Leaf(commit.message.lines().next().unwrap_or_default().into())
            }
            "messageBody" => {
                let rest = commit.message.split_once('\n').map_or("", |(_, rest)| rest);
                Resolved::Leaf(rest.trim().into())
            }
            "committedDate" => Resolved::Leaf(rfc3339(commit.committer.seconds).into()),
            "authoredDate" => Resolved::Leaf(rfc3339(commit.author.seconds).into()),
            "author" => Resolved::Object(Node::GitActor(commit.author)),
            "committer" => Resolved::Object(Node::GitActor(commit.committer)),
            "tree" => Resolved::Object(Node::Tree(id, commit.tree)),
            "parents" => {
                let nodes = commit.parents.into_iter().map(|parent| Node::Commit(id, parent));
                return page("Commit", nodes.collect(), arguments);
            }
            "statusCheckRollup" => return self.rollup_of(id, &oid.to_string()),
            "history" => return self.history(id, oid, arguments),
            "associatedPullRequests" => {
                self.permit(id, &[Permission::PullRequests], Access::Read)?;
                let sha = oid.to_string();
                let repository = self.world.repository(id)?;
                let found = repository.pulls.iter().filter(|pull| {
                    pull.merge_commit.as_ref() == Some(&sha) || pull.head_sha == sha
                });
                let nodes = found.map(|pull| Node::Pull(id, pull.number)).collect();
                return page("PullRequest", nodes, arguments);
            }
            "file" => {
                let path = arguments.text("path").unwrap_or_default();
                let found = store.at(commit.tree, path)?;
                Resolved::object(found.map(|entry| Node::TreeEntry(id, Box::new(entry))))
            }
            _ => return self.object(id, oid, field),
        })
    }

    fn history(
        &mut self,
        id: RepositoryId,
        oid: Oid,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let store = self.store(id)?;
        let mut nodes = Vec::new();
        for commit in store.history(oid, MAX_HISTORY)? {
            if let Some(path) = arguments.text("path") {
                let commit = store.commit(commit)?;
                let now = store.at(commit.tree, path)?.map(|entry| entry.id);
                let before = match commit.parents.first() {
                    Some(parent) => store.at(store.commit(*parent)?.tree, path)?,
                    None => None,
                };
                if now == before.map(|entry| entry.id) {
                    continue;
                }
            }
            nodes.push(Node::Commit(id, commit));
        }
        page("CommitHistory", nodes, arguments)
    }

    /// Resolves the common fields of objects, and those of trees, blobs and tags.
    pub(super) fn object(
        &mut self,
        id: RepositoryId,
        oid: Oid,
        field: &str,
    ) -> Result<Resolved, Failure> {
        let store = self.store(id)?;
        Ok(match field {
            "id" => {
                let kind = match store.kind(oid) {
                    Some(git2::ObjectType::Commit) => "C",
                    Some(git2::ObjectType::Tree) => "T",
                    Some(git2::ObjectType::Tag) => "TA",
                    _ => "B",
                };
                Resolved::Leaf(format!("{kind}_{id}_{oid}").into())
            }
            "oid" => Resolved::Leaf(oid.to_string().into()),
            "abbreviatedOid" => Resolved::Leaf(oid.to_string().get(..7).into()),
            "repository" => Resolved::Object(Node::Repository(id)),
            "entries" => {
                let entries = store.entries(oid, false)?.into_iter();
                let nodes = entries.map(|entry| Some(Node::TreeEntry(id, Box::new(entry))));
                Resolved::List(nodes.collect())
            }
            "byteSize" | "isBinary" | "isTruncated" | "text" => {
                let bytes = store.blob(oid)?.unwrap_or_default();
                let binary = is_binary(&bytes);
                Resolved::Leaf(match field {
                    "byteSize" => bytes.len().into(),
                    "isBinary" => binary.into(),
                    "isTruncated" => (bytes.len() > MAX_TEXT).into(),
                    _ if binary => Value::Null,
                    _ => {
                        let kept = bytes.get(..MAX_TEXT).unwrap_or(&bytes);
                        String::from_utf8_lossy(kept).into_owned().into()
                    }
                })
            }
            "name" | "message" | "target" | "tagger" => {
                let tag = store.tag(oid)?;
                match field {
                    "tagger" => Resolved::object(tag.tagger.map(Node::GitActor)),
                    "name" => Resolved::Leaf(tag.name.into()),
                    "message" => Resolved::Leaf(tag.message.into()),
                    _ => Resolved::object(self.git_object(id, tag.target)?),
                }
            }
            _ => Resolved::null(),
        })
    }

    pub(super) fn tree_entry(
        &mut self,
        id: RepositoryId,
        entry: &Entry,
        field: &str,
    ) -> Result<Resolved, Failure> {
        Ok(match field {
            "name" => Resolved::Leaf(entry.name().into()),
            "path" => Resolved::Leaf(entry.path.as_str().into()),
            "mode" => Resolved::Leaf(entry.mode.into()),
            "type" => Resolved::Leaf(entry.kind.into()),
            "oid" => Resolved::Leaf(entry.id.to_string().into()),
            "size" => Resolved::Leaf(entry.size.unwrap_or_default().into()),
            "extension" => {
                let extension = entry.name().rfind('.').and_then(|dot| entry.name().get(dot..));
                Resolved::Leaf(extension.unwrap_or_default().into())
            }
            // A submodule's commit is in another repository.
            _ => Resolved::object(self.git_object(id, entry.id)?),
        })
    }

    pub(super) fn git_actor(&self, who: &Who, field: &str) -> Resolved {
        match field {
            "name" => Resolved::Leaf(who.name.as_str().into()),
            "email" => Resolved::Leaf(who.email.as_str().into()),
            "date" => Resolved::Leaf(rfc3339(who.seconds).into()),
            _ => {
                let login = who.email.strip_suffix("@users.noreply.github.com");
                let login = login.and_then(|text| text.split_once('+')).map(|(_, login)| login);
                let known = login.filter(|login| self.world.owner(login).is_some());
                Resolved::object(known.map(|login| Node::Owner(login.to_owned())))
            }
        }
    }
}
