//! What became of a pull request that was offered, and how that is said.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fleet::RepositoryName;
use crate::forge::Client;
use crate::forge::calls::pulls::{PullRequest, PullState, PullStatus};

/// The state of an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Offered {
    /// A pull request is open.
    Open {
        /// The repository of the pull request.
        repository: String,
        /// Its number.
        number: u64,
        /// Its web page.
        page: String,
        /// Whether it is a draft.
        draft: bool,
        /// The branch that it conflicts with, if it does, and this command cannot renew it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conflicts_with: Option<String>,
        /// Whether that branch has the member by now, so that the pull request is not needed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_needless: bool,
    },
    /// A pull request was merged.
    Merged {
        /// Its web page.
        page: String,
    },
    /// A pull request was closed without merging.
    Closed {
        /// Its web page.
        page: String,
    },
    /// The member is listed already.
    There,
}

/// What identifies a pull request of ours.
#[derive(Clone, Copy, Debug)]
pub struct OurPull<'a> {
    /// The branch that it is from.
    pub branch: &'a str,
    /// The marker in its text.
    pub marker: &'a str,
}

impl Offered {
    /// Whether it is a draft pull request.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        matches!(self, Self::Open { draft: true, .. })
    }

    /// Whether it is a pull request that cannot be merged, since it conflicts with its base.
    #[must_use]
    pub fn is_conflicting(&self) -> bool {
        matches!(self, Self::Open { conflicts_with: Some(_), .. })
    }

    /// The same as one that conflicts with this branch, which may have the member already.
    pub(super) fn conflicting(mut self, branch: String, has_member: bool) -> Self {
        if let Self::Open { conflicts_with, is_needless, .. } = &mut self {
            (*conflicts_with, *is_needless) = (Some(branch), has_member);
        }
        self
    }

    /// Whether it is a pull request that was closed without merging.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Returns the state of a pull request.
    #[must_use]
    pub fn of(repository: &RepositoryName, pull: &PullRequest) -> Self {
        let page = pull.html_url.clone();
        if pull.merged_at.is_some() {
            return Self::Merged { page };
        }
        if pull.state == PullStatus::Closed {
            return Self::Closed { page };
        }
        let repository = repository.to_string();
        let (number, draft) = (pull.number, pull.draft);
        Self::Open { repository, number, page, draft, conflicts_with: None, is_needless: false }
    }

    /// Returns the current state. A pull request left open by an earlier run may have been merged, closed or made ready
    /// since: if journal and forge disagree, the forge is right.
    ///
    /// # Errors
    /// When the forge cannot be queried.
    pub async fn now(self, client: &Client) -> Result<Self> {
        let Self::Open { repository, number, .. } = &self else { return Ok(self) };
        let name = RepositoryName::parse(repository, "").unwrap_or_default();
        let pull = client.pull(&name, *number).await?;
        Ok(Self::of(&name, &pull))
    }

    /// Returns the newest pull request from a branch with this marker if it was closed without merging: then it is not
    /// wanted, and must not be opened again.
    ///
    /// # Errors
    /// When the forge cannot be queried.
    pub async fn declined(
        client: &Client,
        repository: &RepositoryName,
        sought: &OurPull<'_>,
    ) -> Result<Option<Self>> {
        let OurPull { branch, marker } = *sought;
        let found = client.pulls(repository, Some(branch), PullState::All).await?;
        let is_ours = |pull: &&PullRequest| {
            pull.head.branch == branch
                && pull.body.as_deref().is_some_and(|body| body.contains(marker))
        };
        let newest = found.iter().find(is_ours).map(|pull| Self::of(repository, pull));
        Ok(newest.filter(Self::is_closed))
    }
}

/// Describes the state of an offer in words.
#[must_use]
pub fn in_words(offered: &Offered) -> String {
    match offered {
        Offered::Open { page, conflicts_with: Some(branch), is_needless: true, .. } => {
            format!("`{branch}` has the member by now: {page}")
        }
        Offered::Open { page, conflicts_with: Some(branch), .. } => {
            format!("conflicts with `{branch}`: {page}")
        }
        Offered::Open { page, draft: true, .. } => format!("a draft waits for the image: {page}"),
        Offered::Open { page, .. } => format!("a pull request waits for review: {page}"),
        Offered::Merged { page } => format!("merged: {page}"),
        Offered::Closed { page } => format!("closed without a merge, and left closed: {page}"),
        Offered::There => "already names it".to_owned(),
    }
}
