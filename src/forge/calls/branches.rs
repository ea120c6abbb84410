//! Moving and deleting branches, on the condition that they are still where they were last seen.

use serde_json::json;

use super::commits::NewCommit;
use crate::fleet::RepositoryName;
use crate::forge::error::ForgeErrorKind;
use crate::forge::governor::{Budget, Cost};
use crate::forge::{Client, ForgeError};

/// A branch, and the commit that it was seen at.
#[derive(Clone, Copy, Debug)]
pub struct SeenBranch<'a> {
    /// Its name, without `refs/heads/`.
    pub name: &'a str,
    /// The commit.
    pub commit: &'a str,
}

impl Client {
    /// Moves a branch to any other commit, but only if the branch is still where it was seen, which the forge checks
    /// atomically. `id` is the repository's GraphQL id.
    ///
    /// # Errors
    /// A conflict when the branch has moved; otherwise when it may not be moved.
    pub async fn replace_branch(
        &self,
        repository: &RepositoryName,
        id: &str,
        seen: SeenBranch<'_>,
        to: &str,
    ) -> Result<(), ForgeError> {
        let SeenBranch { name: branch, commit: from } = seen;
        const REPLACE: &str = "mutation replace($input: UpdateRefsInput!) { \
            updateRefs(input: $input) { clientMutationId } }";
        let input = json!({ "repositoryId": id, "refUpdates": [{
            "name": format!("refs/heads/{branch}"), "beforeOid": from, "afterOid": to, "force": true,
        }] });
        let cost = Cost { budget: Budget::Graphql, notifies: true, ..Cost::WRITE };
        let request = self.document("replace", REPLACE, &json!({ "input": input }), cost);
        let done = async || {
            let head = self.branch_head(repository, branch).await?;
            Ok((head.as_deref() == Some(to)).then(|| json!({ "updateRefs": {} })))
        };
        let answer = self.mutate(repository, request, done).await?;
        let Err(error) = answer.whole("GraphQL replace") else { return Ok(()) };
        match self.branch_head(repository, branch).await? {
            Some(head) if head == to => Ok(()),
            Some(head) if head == from => Err(error),
            _ => Err(ForgeError::new(
                ForgeErrorKind::Conflict,
                format!("replace `{branch}` of {repository}"),
                "the branch has moved since it was read: it was pushed to or deleted",
            )
            .hint("check the branch; nothing was changed")),
        }
    }

    /// Deletes a branch, but only if it is still where it was seen, which the forge checks atomically. Succeeds if it
    /// is already gone. `id` is the repository's GraphQL id.
    ///
    /// # Errors
    /// A conflict when the branch has moved; otherwise when it may not be deleted.
    pub async fn remove_branch(
        &self,
        repository: &RepositoryName,
        id: &str,
        seen: SeenBranch<'_>,
    ) -> Result<(), ForgeError> {
        let SeenBranch { name: branch, commit: from } = seen;
        const REMOVE: &str = "mutation remove($input: UpdateRefsInput!) { \
            updateRefs(input: $input) { clientMutationId } }";
        // docs.github.com, "updateRefs": an `afterOid` of zeros deletes the reference.
        let nothing = "0".repeat(from.len());
        let input = json!({ "repositoryId": id, "refUpdates": [{
            "name": format!("refs/heads/{branch}"), "beforeOid": from, "afterOid": nothing,
        }] });
        let cost = Cost { budget: Budget::Graphql, ..Cost::WRITE };
        let request = self.document("remove", REMOVE, &json!({ "input": input }), cost);
        let gone = async || {
            let head = self.branch_head(repository, branch).await?;
            Ok(head.is_none().then(|| json!({ "updateRefs": {} })))
        };
        let answer = self.mutate(repository, request, gone).await?;
        let Err(error) = answer.whole("GraphQL remove") else { return Ok(()) };
        match self.branch_head(repository, branch).await? {
            None => Ok(()),
            Some(head) if head == from => Err(error),
            Some(_) => Err(ForgeError::new(
                ForgeErrorKind::Conflict,
                format!("remove `{branch}` of {repository}"),
                "the branch has moved since it was read: it was pushed to",
            )
            .hint("check the branch; nothing was changed")),
        }
    }

    /// Replaces a branch's content with one new commit on that commit's own base. Returns the commit's id.
    ///
    /// # Errors
    /// As for [`Client::replace_branch`]; the objects created before a failure are not reachable from any reference.
    pub async fn recommit(
        &self,
        repository: &RepositoryName,
        id: &str,
        seen: SeenBranch<'_>,
        commit: &NewCommit,
    ) -> Result<String, ForgeError> {
        let made = self.commit_unseen(repository, commit).await;
        let made = made.map_err(|error| commit.explained(error))?;
        self.replace_branch(repository, id, seen, &made).await?;
        Ok(made)
    }
}
