//! Mutations. A document may contain several: they are executed in order, and those already
//! executed are kept if a later one fails.

use std::collections::BTreeMap;

use git2::Oid;
use serde_json::Value;

use super::execute::{Arguments, Execution, Failure, Resolved};
use super::node::{Node, Payload};
use crate::sandbox::call::{Call, required, text};
use crate::sandbox::git::{Changes, TreeEdit};
use crate::sandbox::rest::objects::{
    check_message, decoded, is_sound_path, refuse_file_and_folder,
};
use crate::sandbox::rest::pulls::{Amendment, Proposal, amend, open};
use crate::sandbox::rest::workflow_files;
use crate::sandbox::world::{Access, Permission, Push, RepositoryId};

impl Execution<'_> {
    pub(super) fn mutate(
        &mut self,
        field: &str,
        arguments: &Arguments,
    ) -> Result<Resolved, Failure> {
        let input = arguments.value("input").cloned().unwrap_or_default();
        let (name, mut fields) = match field {
            "createRef" => ("CreateRefPayload", self.create_ref(&input)?),
            "updateRefs" => ("UpdateRefsPayload", self.update_refs(&input)?),
            "updateRef" => ("UpdateRefPayload", self.update_ref(&input)?),
            "deleteRef" => ("DeleteRefPayload", self.delete_ref(&input)?),
            "createCommitOnBranch" => ("CreateCommitOnBranchPayload", self.create_commit(&input)?),
            "createPullRequest" => ("CreatePullRequestPayload", self.create_pull(&input)?),
            "updatePullRequest" => ("UpdatePullRequestPayload", self.update_pull(&input)?),
            "markPullRequestReadyForReview" => {
                ("MarkPullRequestReadyForReviewPayload", self.set_draft(&input, false)?)
            }
            "convertPullRequestToDraft" => {
                ("ConvertPullRequestToDraftPayload", self.set_draft(&input, true)?)
            }
            "enablePullRequestAutoMerge" => {
                ("EnablePullRequestAutoMergePayload", self.enable_auto_merge(&input)?)
            }
            "disablePullRequestAutoMerge" => {
                ("DisablePullRequestAutoMergePayload", self.disable_auto_merge(&input)?)
            }
            "closePullRequest" => ("ClosePullRequestPayload", self.set_open(&input, false)?),
            "reopenPullRequest" => ("ReopenPullRequestPayload", self.set_open(&input, true)?),
            _ => ("AddLabelsToLabelablePayload", self.add_labels(&input)?),
        };
        if let Some(client) = input.get("clientMutationId") {
            fields.push(("clientMutationId", Payload::Leaf(client.clone())));
        }
        Ok(Resolved::Object(Node::Payload(name, fields)))
    }

    /// Permits a write to a repository, if it accepts writes and the token has the permission.
    pub(super) fn writable(
        &mut self,
        id: RepositoryId,
        permissions: &[Permission],
    ) -> Result<Call, Failure> {
        self.permit(id, permissions, Access::Write)?;
        let repository = self.world.repository(id)?;
        if repository.disabled {
            return Err(Failure::new("FORBIDDEN", "Repository access blocked"));
        }
        if repository.archived {
            let message = "Repository was archived so is read-only.";
            return Err(Failure::new("UNPROCESSABLE", message));
        }
        if repository.locked {
            let message = "Repository has been locked for migration.";
            return Err(Failure::new("UNPROCESSABLE", message));
        }
        Ok(self.call.about(id))
    }

    pub(super) fn object_named(
        &mut self,
        input: &Value,
        name: &str,
        what: &str,
    ) -> Result<Node, Failure> {
        let id = required(input, name)?;
        let missing = || Failure::not_found(&format!("{what} node with the global id of '{id}'"));
        self.by_id(id).ok_or_else(missing)
    }

    pub(super) fn repository_named(&mut self, input: &Value) -> Result<RepositoryId, Failure> {
        match self.object_named(input, "repositoryId", "a Repository")? {
            Node::Repository(id) => Ok(id),
            _ => Err(Failure::not_found("a Repository")),
        }
    }

    pub(super) fn pull_named(&mut self, input: &Value) -> Result<(RepositoryId, u64), Failure> {
        match self.object_named(input, "pullRequestId", "a PullRequest")? {
            Node::Pull(id, number) => Ok((id, number)),
            _ => Err(Failure::not_found("a PullRequest")),
        }
    }

    /// Returns the branch to commit to, given by its id or by repository and branch name.
    fn branch_named(&mut self, branch: &Value) -> Result<(RepositoryId, String), Failure> {
        let (id, name) = match text(branch, "id")? {
            Some(_) => match self.object_named(branch, "id", "a Ref")? {
                Node::Ref(id, name) => (id, name),
                _ => return Err(Failure::not_found("a Ref")),
            },
            None => {
                let full_name = required(branch, "repositoryNameWithOwner")?;
                let name = required(branch, "branchName")?;
                let missing =
                    || Failure::not_found(&format!("a Repository with the name '{full_name}'"));
                let (owner, repository) = full_name.split_once('/').ok_or_else(missing)?;
                let id = self.named(owner, repository, false).ok_or_else(missing)?;
                let name = name.strip_prefix("refs/heads/").unwrap_or(name);
                (id, format!("refs/heads/{name}"))
            }
        };
        let branch = name.strip_prefix("refs/heads/").map(str::to_owned);
        Ok((id, branch.ok_or_else(|| Failure::not_found("a branch"))?))
    }

    fn create_commit(&mut self, input: &Value) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let missing = Value::Null;
        let (id, branch) = self.branch_named(input.get("branch").unwrap_or(&missing))?;
        let call = self.writable(id, &[Permission::Contents])?;
        let store = self.store(id)?;
        let absent = || Failure::not_found(&format!("a ref with the name '{branch}'"));
        let head = store.branch(&branch)?.ok_or_else(absent)?;
        let expected = required(input, "expectedHeadOid")?;
        if head.to_string() != expected {
            let message = format!(
                "Expected branch to point to \"{expected}\" but it points to \"{head}\". Pull and try again."
            );
            return Err(Failure::new("STALE_DATA", message));
        }
        let tree = store.commit(head)?.tree;
        let edits = self.file_changes(&call, id, tree, input.get("fileChanges"))?;
        refuse_file_and_folder(&edits)?;
        let changed = store.edited(Some(tree), &edits)?;
        let message = input.get("message").unwrap_or(&missing);
        let (headline, body) = (required(message, "headline")?, text(message, "body")?);
        check_message(headline)?;
        let message = match body.filter(|body| !body.is_empty()) {
            Some(body) => format!("{headline}\n\n{body}"),
            None => headline.to_owned(),
        };
        check_message(&message)?;
        let identity = call.identity(self.world)?;
        let who = identity.at(self.world.seconds());
        let commit = store.create_commit(&Changes {
            tree: changed,
            parents: vec![head],
            message,
            author: who.clone(),
            committer: who,
        })?;
        let name = format!("refs/heads/{branch}");
        let (after, repository) = (commit.to_string(), self.world.repository(id)?);
        if let Some(why) = call.refused_push(self.world, repository, (&branch, Push::On(&after))) {
            return Err(Failure::new("BRANCH_PROTECTION_RULE_VIOLATION", why));
        }
        store.set_reference(&name, commit)?;
        self.world.branch_moved(id, &branch, &commit.to_string(), &identity.login);
        Ok(vec![
            ("commit", Payload::Node(Node::Commit(id, commit))),
            ("ref", Payload::Node(Node::Ref(id, name))),
        ])
    }

    fn file_changes(
        &mut self,
        call: &Call,
        id: RepositoryId,
        tree: Oid,
        changes: Option<&Value>,
    ) -> Result<BTreeMap<String, TreeEdit>, Failure> {
        let store = self.store(id)?;
        let mut edits = BTreeMap::new();
        let list = |name: &str| {
            let items = changes.and_then(|changes| changes.get(name)).and_then(Value::as_array);
            items.cloned().unwrap_or_default()
        };
        let bad = |path: &str, why: &str| {
            Failure::new("UNPROCESSABLE", format!("A path was requested that {why}: {path}"))
        };
        for deletion in list("deletions") {
            let path = required(&deletion, "path")?;
            if store.at(tree, path)?.is_none() {
                return Err(bad(path, "does not exist as a file"));
            }
            workflow_files::path_permitted(self.world, call, path)?;
            edits.insert(path.to_owned(), TreeEdit::Remove);
        }
        for addition in list("additions") {
            let path = required(&addition, "path")?;
            if !is_sound_path(path) {
                return Err(bad(path, "is malformed"));
            }
            workflow_files::path_permitted(self.world, call, path)?;
            // GitHub requires Base64 without line ends here; every file gets the regular mode.
            let blob = store.create_blob(&decoded(required(&addition, "contents")?)?)?;
            let put = TreeEdit::Put(blob, 0o100_644);
            if edits.insert(path.to_owned(), put).is_some() {
                return Err(bad(path, "is given twice"));
            }
        }
        if edits.is_empty() {
            return Err(Failure::new(
                "UNPROCESSABLE",
                "At least one file change must be specified",
            ));
        }
        Ok(edits)
    }

    fn create_pull(&mut self, input: &Value) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let id = self.repository_named(input)?;
        let call = self.writable(id, &[Permission::PullRequests])?;
        let flag = |name: &str| input.get(name).and_then(Value::as_bool);
        let mut head = required(input, "headRefName")?.to_owned();
        if text(input, "headRepositoryId")?.is_some()
            && let Node::Repository(other) =
                self.object_named(input, "headRepositoryId", "a Repository")?
            && other != id
        {
            head = format!("{}:{head}", self.world.repository(other)?.owner);
        }
        let proposal = Proposal {
            title: required(input, "title")?.to_owned(),
            head,
            base: required(input, "baseRefName")?.to_owned(),
            body: text(input, "body")?.map(str::to_owned),
            draft: flag("draft").unwrap_or(false),
            maintainer_can_modify: flag("maintainerCanModify").unwrap_or(true),
        };
        let number = open(self.world, &call, proposal)?;
        Ok(vec![("pullRequest", Payload::Node(Node::Pull(id, number)))])
    }

    fn update_pull(&mut self, input: &Value) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let (id, number) = self.pull_named(input)?;
        let call = self.writable(id, &[Permission::PullRequests])?;
        let labels = match input.get("labelIds").and_then(Value::as_array) {
            Some(ids) => Some(self.label_names(id, ids)?),
            None => None,
        };
        let amendment = Amendment {
            title: text(input, "title")?.map(str::to_owned),
            body: text(input, "body")?.map(str::to_owned),
            base: text(input, "baseRefName")?.map(str::to_owned),
            open: text(input, "state")?.map(|state| state == "OPEN"),
        };
        amend(self.world, &call, number, amendment)?;
        if let (Some(labels), Some(pull)) =
            (labels, self.world.repository_mut(id)?.pull_mut(number))
        {
            pull.labels = labels;
        }
        Ok(vec![("pullRequest", Payload::Node(Node::Pull(id, number)))])
    }

    fn set_draft(
        &mut self,
        input: &Value,
        draft: bool,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let (id, number) = self.pull_named(input)?;
        self.writable(id, &[Permission::PullRequests])?;
        let now = self.world.seconds();
        let missing = || Failure::not_found("a PullRequest");
        let pull = self.world.repository_mut(id)?.pull_mut(number).ok_or_else(missing)?;
        if !pull.is_open() {
            let message = "Pull request is closed.";
            return Err(Failure::new("UNPROCESSABLE", message));
        }
        if pull.draft != draft {
            pull.draft = draft;
            pull.updated = now;
        }
        Ok(vec![("pullRequest", Payload::Node(Node::Pull(id, number)))])
    }

    fn set_open(
        &mut self,
        input: &Value,
        open: bool,
    ) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let (id, number) = self.pull_named(input)?;
        let call = self.writable(id, &[Permission::PullRequests])?;
        let amendment = Amendment { open: Some(open), ..Amendment::default() };
        amend(self.world, &call, number, amendment)?;
        Ok(vec![("pullRequest", Payload::Node(Node::Pull(id, number)))])
    }

    fn label_names(&mut self, id: RepositoryId, ids: &[Value]) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for wanted in ids.iter().filter_map(Value::as_str) {
            match self.by_id(wanted) {
                Some(Node::Label(owner, name)) if owner == id => names.push(name),
                _ => {
                    let what = format!("a Label node with the global id of '{wanted}'");
                    return Err(Failure::not_found(&what));
                }
            }
        }
        Ok(names)
    }

    fn add_labels(&mut self, input: &Value) -> Result<Vec<(&'static str, Payload)>, Failure> {
        let labelable = self.object_named(input, "labelableId", "a Labelable")?;
        let Node::Pull(id, number) = labelable else {
            return Err(Failure::not_found("a Labelable"));
        };
        self.writable(id, &[Permission::Issues, Permission::PullRequests])?;
        let ids = input.get("labelIds").and_then(Value::as_array).cloned().unwrap_or_default();
        let names = self.label_names(id, &ids)?;
        let now = self.world.seconds();
        let missing = || Failure::not_found("a PullRequest");
        let pull = self.world.repository_mut(id)?.pull_mut(number).ok_or_else(missing)?;
        for name in names {
            if !pull.labels.contains(&name) {
                pull.labels.push(name);
                pull.updated = now;
            }
        }
        Ok(vec![("labelable", Payload::Node(Node::Pull(id, number)))])
    }
}
