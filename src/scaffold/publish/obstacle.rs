//! What keeps a pull request from being offered. Its branch is named for the slug and the list alone, so it may be of
//! another repository: that of a run which was given up, or of somebody else's.

use super::Publication;
use super::lists::Offer;
use crate::error::{Error, Result};
use crate::forge::Client;
use crate::forge::calls::pulls::{PullRequest, PullState, PullStatus};

/// The branch of an offer that is in use for something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obstacle {
    branch: String,
    /// The branch's repository, in words.
    of: String,
    what: InUse,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum InUse {
    /// A pull request is open from it: its page, and the new repository that it is about, if it says so.
    Pull { page: String, about: Option<String> },
    /// It has other commits than this command would make.
    Commits,
}

impl Obstacle {
    /// Returns what keeps an offer from being made that has no pull request yet, unless the list has the member already.
    pub(super) async fn of(
        wanted: &Publication<'_>,
        offer: &Offer<'_>,
        client: &Client,
    ) -> Result<Option<Self>> {
        let branch = offer.branch(&wanted.slug);
        let Some(head) = client.branch_head(&offer.repository, &branch).await? else {
            return Ok(None);
        };
        let found = client.pulls(&offer.repository, Some(&branch), PullState::Open).await?;
        let is_open =
            |pull: &&PullRequest| pull.head.branch == branch && pull.state == PullStatus::Open;
        let what = match found.iter().find(is_open) {
            Some(pull) => {
                let body = pull.body.as_deref().unwrap_or_default();
                if body.contains(&super::marker(&wanted.repository)) {
                    return Ok(None);
                }
                let (page, about) = (pull.html_url.clone(), announced_by(body).map(str::to_owned));
                InUse::Pull { page, about }
            }
            None => {
                let base = offer.base(client).await?;
                let commit = client.commit(&offer.repository, &head).await?;
                // A run that was cut off leaves the branch as it was created, or with its own commit.
                if base.is_at(&head) || commit.message.contains(&wanted.trailer()) {
                    return Ok(None);
                }
                InUse::Commits
            }
        };
        // Its text may have been rewritten: what it adds decides then.
        let is_unsaid = matches!(&what, InUse::Pull { about: None, .. });
        if is_unsaid && offer.has_member_at(wanted, &head, client).await? {
            return Ok(None);
        }
        if offer.there(wanted, client).await?.is_some() {
            return Ok(None);
        }
        Ok(Some(Self { branch, of: offer.repository.to_string(), what }))
    }

    /// Describes it in words.
    pub(super) fn in_words(&self) -> String {
        let Self { branch, of, what } = self;
        match what {
            InUse::Pull { page, about: Some(about) } => {
                format!("{page} adds another repository, {about}")
            }
            InUse::Pull { page, about: None } => {
                format!("{page} is from the branch `{branch}`, and adds something else")
            }
            InUse::Commits => format!("the branch `{branch}` of {of} has other commits"),
        }
    }

    /// Returns it as an error about what the offer changes.
    pub(super) fn error(&self, offered: &str, make: fn(String) -> Error) -> Error {
        let Self { branch, of, what } = self;
        let next = match what {
            InUse::Pull { .. } => "close that pull request and delete its branch",
            InUse::Commits => "delete the branch",
        };
        make(format!("no pull request for {offered} can be opened: {}", self.in_words()))
            .hint(format!("unless it is wanted, {next}: `{branch}` of {of}"))
            .hint("or use another slug: the branch is named for it")
    }
}

/// Returns the repository that a pull request of `new` announces, according to its text.
#[must_use]
pub fn announced_by(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once("<!-- shipshape: new ")?;
    rest.split_once(" -->").map(|(name, _)| name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::RepositoryName;

    #[test]
    fn the_marker_says_which_repository_a_pull_request_is_about() {
        let marker = super::super::marker(&RepositoryName::new("acme", "x"));
        assert_eq!(announced_by(&format!("{marker}\n\nmore -->")), Some("acme/x"));
        assert_eq!(announced_by("<!-- shipshape: registrations -->"), None);
        assert_eq!(announced_by(""), None);
    }

    #[test]
    fn what_is_in_the_way_is_named_with_what_to_do_about_it() {
        let of = |what| Obstacle { branch: "b".to_owned(), of: "acme/ops".to_owned(), what };
        let pull = of(InUse::Pull { page: "p/17".to_owned(), about: Some("acme/x".to_owned()) });
        assert_eq!(pull.in_words(), "p/17 adds another repository, acme/x");
        let error = of(InUse::Commits).error("fleet.yaml", Error::usage);
        assert!(error.to_string().contains("the branch `b` of acme/ops has other commits"));
        assert!(error.hints().iter().any(|hint| hint.contains("delete the branch: `b`")));
    }
}
