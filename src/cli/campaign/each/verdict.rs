//! What is to be done with a pull request, and what a command gives for going through all of them.

use super::super::still_wanted::Unwanted;
use crate::campaign::file::Window;
use crate::campaign::leftovers::Ending;
use crate::campaign::look::Sight;
use crate::campaign::merge::Lenience;
use crate::cli::shared::forge::Session;
use crate::error::Result;
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::calls::branch_pulls::Offer;

/// An open pull request of a campaign.
pub(in crate::cli::campaign) struct Candidate<'a> {
    pub(in crate::cli::campaign) repository: String,
    pub(in crate::cli::campaign) offer: &'a Offer,
    pub(in crate::cli::campaign) sight: &'a Sight,
}

/// What to do with a pull request: something, or nothing for a reason.
pub(in crate::cli::campaign) enum Verdict<W> {
    Do(W),
    Refuse(Refusal),
}

/// Why nothing is done with a pull request.
#[derive(Clone)]
pub(in crate::cli::campaign) struct Refusal {
    pub(in crate::cli::campaign) why: String,
    /// The leniency that would allow it, for the next command to suggest.
    pub(in crate::cli::campaign) unless: Option<Lenience>,
    /// Whether it is only unknown if it may be done.
    pub(in crate::cli::campaign) is_unknown: bool,
    /// Whether the campaign wants nothing of the pull request any more, so that it is left to be closed.
    pub(in crate::cli::campaign) is_left_over: bool,
    /// Whether the next `campaign apply` renews the pull request, which may be merged afterwards.
    pub(in crate::cli::campaign) is_to_renew: bool,
}

impl Refusal {
    /// A refusal for this reason, whatever the options.
    pub(in crate::cli::campaign) fn because(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            unless: None,
            is_unknown: false,
            is_left_over: false,
            is_to_renew: false,
        }
    }
}

impl<W> Verdict<W> {
    /// Refuses instead if the campaign itself no longer wants the pull request.
    pub(super) fn unless_left(self, left: Option<&Refusal>) -> Self {
        match (self, left) {
            (Self::Do(_), Some(why)) => Self::Refuse(why.clone()),
            (verdict, _) => verdict,
        }
    }
}

/// Determines which of several open pull requests the campaign no longer wants, by repository.
pub(in crate::cli::campaign) type Still<'s> =
    dyn Fn(&Session, &Fleet, &[(&RepositoryName, Candidate<'_>)]) -> Result<Unwanted> + 's;

/// A verb with its forms.
#[derive(Clone, Copy)]
pub(in crate::cli::campaign) struct Verb<'v> {
    pub(in crate::cli::campaign) name: &'static str,
    /// The past participle: `merged`.
    pub(in crate::cli::campaign) done: &'static str,
    /// How it ends a pull request.
    pub(in crate::cli::campaign) ending: Ending,
    /// The options for how it is done, as typed, each after a space.
    pub(in crate::cli::campaign) said: &'v str,
    /// The windows that it has to keep to.
    pub(in crate::cli::campaign) windows: &'v [Window],
    /// Determines which open pull requests the campaign no longer wants; `None` if that does not matter.
    pub(in crate::cli::campaign) still: Option<&'v Still<'v>>,
    /// Asks for confirmation, given the number of pull requests; an error unless the answer is yes.
    pub(in crate::cli::campaign) asks: Option<&'v dyn Fn(usize) -> Result<()>>,
}
