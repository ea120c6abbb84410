//! Reviews and comments of pull requests.

use super::{Pull, World};
use crate::sandbox::refusal::{Answer, Refusal};

/// The state of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum ReviewState {
    /// Not submitted: only visible to its author.
    Pending,
    Commented,
    Approved,
    ChangesRequested,
    /// An opinion that no longer counts.
    Dismissed,
}

impl ReviewState {
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Commented => "COMMENTED",
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Dismissed => "DISMISSED",
        }
    }

    fn is_opinion(self) -> bool {
        matches!(self, Self::Approved | Self::ChangesRequested | Self::Dismissed)
    }
}

/// A review.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Review {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) by: String,
    pub(in crate::sandbox) state: ReviewState,
    pub(in crate::sandbox) body: String,
    /// The reviewed commit.
    pub(in crate::sandbox) sha: String,
    pub(in crate::sandbox) submitted: Option<i64>,
}

/// A comment.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Comment {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) by: String,
    pub(in crate::sandbox) body: String,
    pub(in crate::sandbox) created: i64,
    pub(in crate::sandbox) updated: i64,
}

/// Returns the newest opinion of each reviewer, in the order in which they were given.
pub(in crate::sandbox) fn latest(pull: &Pull) -> Vec<&Review> {
    let opinions = || pull.reviews.iter().filter(|review| review.state.is_opinion());
    opinions()
        .enumerate()
        .filter(|(index, review)| !opinions().skip(index + 1).any(|later| later.by == review.by))
        .map(|(_, review)| review)
        .collect()
}

impl World {
    /// Submits a review, when it is created or later.
    pub(in crate::sandbox) fn submit(
        pull: &mut Pull,
        mut review: Review,
        state: ReviewState,
        now: i64,
    ) -> Answer<Review> {
        let own = review.by == pull.author;
        match state {
            ReviewState::Approved if own => {
                return Err(Refusal::unprocessable("Can not approve your own pull request"));
            }
            ReviewState::ChangesRequested if own => {
                let message = "Can not request changes on your own pull request";
                return Err(Refusal::unprocessable(message));
            }
            ReviewState::ChangesRequested | ReviewState::Commented if review.body.is_empty() => {
                return Err(Refusal::unprocessable("Body can't be blank"));
            }
            _ => {}
        }
        review.state = state;
        review.submitted = Some(now);
        pull.reviewers.retain(|login| *login != review.by);
        pull.reviews.retain(|other| other.id != review.id);
        pull.reviews.push(review.clone());
        let by = review.by.clone();
        pull.note("submitted", &by, now);
        Ok(review)
    }
}
