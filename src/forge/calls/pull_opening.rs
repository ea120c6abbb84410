//! Proposing a change as a pull request, in one GraphQL mutation where the change allows it.
//!
//! One mutation document creates the branch, the commit and the pull request, in that order, and counts as one content
//! creation instead of three. Its fields are not a transaction: each one is executed even if an earlier one failed. So
//! whatever was done is looked up and completed step by step. A branch left without a commit is deleted again if this
//! document created it, and a pull request that it opened from somebody else's branch is closed.

use serde_json::{Value, json};

use super::branch_pulls::OfferQuery;
use super::commits::committable;
pub use super::commits::{FileChange, FileContent, NewCommit};
use super::pulls::{NewPull, PullRequest};
use crate::fleet::RepositoryName;
use crate::forge::error::ForgeErrorKind;
use crate::forge::governor::{Budget, Cost};
use crate::forge::{Client, Data, ForgeError};

/// A pull request to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The branch to create.
    pub branch: String,
    /// The base branch.
    pub onto: String,
    /// Its one commit.
    pub commit: NewCommit,
    /// The title.
    pub title: String,
    /// The description, in Markdown.
    pub body: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// Its labels.
    pub labels: Vec<String>,
}

impl Proposal {
    /// How many content creations it takes to propose this from scratch and add its labels. One mutation counts once;
    /// otherwise the commit, the branch and the pull request count separately.
    #[must_use]
    pub fn creations(&self) -> usize {
        let offered = if self.commit.fits_a_document() { 1 } else { 3 };
        offered + usize::from(!self.labels.is_empty())
    }
}

/// A proposed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The number of the pull request.
    pub number: u64,
    /// Its GraphQL id.
    pub id: String,
    /// The address of its web page.
    pub url: String,
    /// The head commit.
    pub commit: String,
    /// Whose request opened it.
    pub opener: Opener,
}

/// Whose request opened a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opener {
    /// This one.
    This,
    /// Another: it was there already, or another run was faster.
    Another,
    /// An answer was lost: this one if the account is its own, as the forge names it.
    Account(Option<String>),
}

/// A pull request that is there.
struct Offered {
    pull: PullRequest,
    opener: Opener,
}

impl Offered {
    fn by_this(pull: PullRequest) -> Self {
        Self { pull, opener: Opener::This }
    }

    fn by_another(pull: PullRequest) -> Self {
        Self { pull, opener: Opener::Another }
    }

    /// The same of one that a document may have opened.
    fn after(sent: &Sent, pull: PullRequest) -> Self {
        let opener = match (sent.opened, &sent.error) {
            (Some(number), _) if number == pull.number => Opener::This,
            (None, Some(error)) if error.kind == ForgeErrorKind::Unavailable => {
                Opener::Account(pull.user.as_ref().map(|user| user.login.clone()))
            }
            (None, None) => Opener::Account(pull.user.as_ref().map(|user| user.login.clone())),
            _ => Opener::Another,
        };
        Self { pull, opener }
    }
}

impl From<Offered> for Proposed {
    fn from(Offered { pull, opener }: Offered) -> Self {
        let PullRequest { number, node_id: id, html_url: url, head, .. } = pull;
        Self { number, id, url, commit: head.sha, opener }
    }
}

/// The result of the mutation document.
struct Sent {
    /// The pull request, if all fields succeeded.
    proposed: Option<Proposed>,
    /// Whether this document created the branch; `false` if its answer was lost, since then it is unknown.
    made_branch: bool,
    /// The pull request that it opened, even if other fields failed.
    opened: Option<u64>,
    /// The first error.
    error: Option<ForgeError>,
}

impl Client {
    /// Proposes a change. If a pull request from the same branch is already open, returns that one unchanged.
    ///
    /// # Errors
    /// When the branch holds something else, the base has moved, or the token lacks the permission.
    pub async fn propose(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<PullRequest, ForgeError> {
        let offered = self.proposed(repository, proposal).await;
        let pull = offered.map_err(|error| proposal.commit.explained(error))?.pull;
        self.add_labels(repository, pull.number, &proposal.labels).await?;
        Ok(pull)
    }

    /// The same for those who have to know whose request opened it. Labels are left to the caller.
    ///
    /// # Errors
    /// When the branch holds something else, the base has moved away, or it may not.
    pub async fn propose_or_find(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<Proposed, ForgeError> {
        let offered = self.proposed(repository, proposal).await;
        offered.map(Proposed::from).map_err(|error| proposal.commit.explained(error))
    }

    /// Offers a change where [`branch_pulls`](Client::offers) showed neither the branch nor a pull request from it:
    /// nothing is looked up before, and one request makes it all. Labels are left to the caller, who has
    /// to know of the pull request even if they fail.
    ///
    /// # Errors
    /// When the branch exists by now and holds something else (conflict), the base has moved, or the token lacks the
    /// permission.
    pub async fn propose_new(
        &self,
        repository: &RepositoryName,
        id: &str,
        proposal: &Proposal,
    ) -> Result<Proposed, ForgeError> {
        let proposed = async {
            if !proposal.commit.fits_a_document() {
                return self.propose_by_objects(repository, proposal).await;
            }
            let sent = self.propose_at_once(repository, id, proposal).await?;
            match sent.proposed {
                Some(proposed) => Ok(proposed),
                None => Ok(self.finished(repository, proposal, sent).await?.into()),
            }
        };
        proposed.await.map_err(|error| proposal.commit.explained(error))
    }

    async fn proposed(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<Offered, ForgeError> {
        let Proposal { branch, onto, .. } = proposal;
        if let Some(pull) = self.open_pull(repository, branch, onto).await? {
            return Ok(Offered::by_another(pull));
        }
        let is_new = self.branch_head(repository, branch).await?.is_none();
        if is_new && proposal.commit.fits_a_document() {
            let id = self.repository(repository).await?.node_id;
            let sent = self.propose_at_once(repository, &id, proposal).await?;
            return self.finished(repository, proposal, sent).await;
        }
        self.propose_step_by_step(repository, proposal).await
    }

    /// Completes what a document began and returns its pull request, or undoes it and returns the error.
    async fn finished(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
        sent: Sent,
    ) -> Result<Offered, ForgeError> {
        let Proposal { branch, onto, commit, .. } = proposal;
        if let Some(pull) = self.open_pull(repository, branch, onto).await? {
            if self.made(repository, &pull.head.sha, commit).await?.is_some() {
                return Ok(Offered::after(&sent, pull));
            }
            let is_ours = match sent.opened {
                Some(number) => number == pull.number,
                None => sent.error.is_none() && self.is_mistaken(repository, proposal).await?,
            };
            if is_ours {
                self.close_pull(repository, pull.number).await?;
            }
        } else if let Some(error) = sent.error
            && error.kind != ForgeErrorKind::Unavailable
        {
            // Nothing useful was created. A branch that already existed belongs to somebody else.
            if sent.made_branch {
                self.delete_branch(repository, branch).await?;
                return Err(error);
            }
            if self.branch_head(repository, branch).await?.is_none() {
                return Err(error);
            }
        }
        self.propose_step_by_step(repository, proposal).await
    }

    /// Whether the open pull request has our title and text but none of our commits. Then a document whose answer was
    /// lost opened it from a branch that somebody else created.
    async fn is_mistaken(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<bool, ForgeError> {
        let query = OfferQuery { repository: repository.clone(), branch: proposal.branch.clone() };
        let mut offers = self.offers(std::slice::from_ref(&query)).await;
        let Some(offer) = offers.pop().transpose()? else { return Ok(false) };
        let ours = proposal.commit.message.trim_end();
        Ok(offer.open_pull().is_some_and(|pull| {
            pull.author.as_deref() == Some(offer.viewer.as_str())
                && (pull.title.as_str(), pull.body.as_str())
                    == (proposal.title.as_str(), proposal.body.as_str())
                && pull.commits.len() as u64 == pull.commit_count
                && !pull.commits.iter().any(|commit| commit.message.trim_end() == ours)
        }))
    }

    /// Sends the mutation document.
    async fn propose_at_once(
        &self,
        repository: &RepositoryName,
        id: &str,
        proposal: &Proposal,
    ) -> Result<Sent, ForgeError> {
        const PROPOSE: &str = "mutation propose($ref: CreateRefInput!, $commit: CreateCommitOnBranchInput!, \
            $pull: CreatePullRequestInput!) { \
            createRef(input: $ref) { ref { name } } \
            createCommitOnBranch(input: $commit) { commit { oid } } \
            createPullRequest(input: $pull) { pullRequest { id number url } } }";
        let mut commit = proposal.commit.variables();
        commit["branch"] = committable(repository, &proposal.branch);
        let variables = json!({
            "ref": {
                "repositoryId": id,
                "name": format!("refs/heads/{}", proposal.branch),
                "oid": proposal.commit.base,
            },
            "commit": commit,
            "pull": {
                "repositoryId": id,
                "baseRefName": proposal.onto,
                "headRefName": proposal.branch,
                "title": proposal.title,
                "body": proposal.body,
                "draft": proposal.draft,
            },
        });
        let cost = Cost { budget: Budget::Graphql, notifies: true, ..Cost::CREATION };
        let request = self.document("propose", PROPOSE, &variables, cost);
        // Once the branch exists, the rest is completed step by step; the document is not sent again.
        let begun = async || {
            let head = self.branch_head(repository, &proposal.branch).await?;
            Ok(head.map(|_| Value::Null))
        };
        let answer = self.mutate(repository, request, begun).await?;
        Ok(Sent {
            proposed: proposed(&answer),
            made_branch: answer.data.pointer("/createRef/ref/name").is_some(),
            opened: answer
                .data
                .pointer("/createPullRequest/pullRequest/number")
                .and_then(Value::as_u64),
            error: answer.errors.first().map(|error| error.failure("GraphQL propose")),
        })
    }

    async fn propose_step_by_step(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<Offered, ForgeError> {
        let Proposal { branch, commit, .. } = proposal;
        if self.branch_head(repository, branch).await?.is_none() {
            self.create_branch(repository, branch, &commit.base).await?;
        }
        self.commit_on_branch(repository, branch, commit).await?;
        self.opened(repository, proposal).await
    }

    /// Like [`Self::propose_step_by_step`], but without lookups: the new branch is created at the finished commit.
    async fn propose_by_objects(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<Proposed, ForgeError> {
        let commit = self.commit_unseen(repository, &proposal.commit).await?;
        match self.create_branch(repository, &proposal.branch, &commit).await {
            Ok(()) => Ok(self.opened(repository, proposal).await?.into()),
            // The branch exists by now: ours from another run, or somebody else's.
            Err(error) if error.kind == ForgeErrorKind::Invalid => {
                Ok(self.propose_step_by_step(repository, proposal).await?.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Opens the pull request of a branch; returns the existing one if it was opened meanwhile.
    async fn opened(
        &self,
        repository: &RepositoryName,
        proposal: &Proposal,
    ) -> Result<Offered, ForgeError> {
        let Proposal { branch, onto, .. } = proposal;
        let (title, text) = (&proposal.title, &proposal.body);
        let new = NewPull { branch, onto, title, text, draft: proposal.draft };
        match self.create_pull(repository, new).await {
            Err(error) if error.kind == ForgeErrorKind::Invalid => {
                let found = self.open_pull(repository, branch, onto).await?;
                found.map(Offered::by_another).ok_or(error)
            }
            done => done.map(Offered::by_this),
        }
    }
}

/// The created pull request, if all fields succeeded.
fn proposed(answer: &Data) -> Option<Proposed> {
    if !answer.errors.is_empty() {
        return None;
    }
    let text = |path: &str| answer.data.pointer(path)?.as_str().map(str::to_owned);
    Some(Proposed {
        number: answer.data.pointer("/createPullRequest/pullRequest/number")?.as_u64()?,
        id: text("/createPullRequest/pullRequest/id")?,
        url: text("/createPullRequest/pullRequest/url")?,
        commit: text("/createCommitOnBranch/commit/oid")?,
        opener: Opener::This,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_document_is_no_proposal() {
        let read = |body: Value| Data::read(body.to_string().as_bytes()).expect("an answer");
        let whole = json!({
            "createRef": { "ref": { "name": "fix" } },
            "createCommitOnBranch": { "commit": { "oid": "c" } },
            "createPullRequest": { "pullRequest": { "id": "P", "number": 7, "url": "u" } },
        });
        let made = proposed(&read(json!({ "data": whole }))).expect("all of it");
        assert_eq!((made.number, made.commit.as_str()), (7, "c"));
        let mut half = whole.clone();
        half["createPullRequest"] = Value::Null;
        assert_eq!(proposed(&read(json!({ "data": half }))), None);
        let errors = json!([{ "message": "no", "path": ["createPullRequest"] }]);
        assert_eq!(proposed(&read(json!({ "data": whole, "errors": errors }))), None);
    }
}
