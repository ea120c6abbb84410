//! What an open pull request lacks. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Proposed, Reason, ReasonKind, Terms};
use crate::campaign::file::Advance;
use crate::campaign::identity::{Earlier, Mark, Untouched, has_earlier_words};
use crate::campaign::state::State;
use crate::campaign::state_of_open_pull::Unpassed;
use crate::forge::calls::branch_pulls::{Mergeable, Offer, PullSeen};

/// A part of a pull request that may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// Its title and text: the campaign words them otherwise today, or a run was interrupted after the commit.
    Words,
    /// Its title, as above. A person edited its text, which stays.
    Title,
    /// Its text, as above. A person edited its title, which stays.
    Text,
    /// The mark of its change. A person edited its title or its text, which stay.
    Mark,
    /// Its labels.
    Labels,
    /// Its review requests.
    Reviewers,
    /// Auto-merge.
    AutoMerge,
}

impl Extra {
    /// For a person.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Words => "today's title and text",
            Self::Title => "today's title",
            Self::Text => "today's text",
            Self::Mark => "its mark",
            Self::Labels => "labels",
            Self::Reviewers => "reviewers",
            Self::AutoMerge => "auto-merge",
        }
    }

    /// What all of these are, for a person: `labels, reviewers missing`; `None` if nothing is.
    #[must_use]
    pub fn in_words(missing: &[Self]) -> Option<String> {
        let names: Vec<&str> = missing.iter().map(|extra| extra.as_str()).collect();
        (!names.is_empty()).then(|| format!("{} missing", names.join(", ")))
    }

    /// What [`reworded`](crate::campaign::identity::reworded) sets of a pull request that is to have the words of this
    /// change.
    #[must_use]
    pub fn of_words(change: &Proposed, pull: &PullSeen) -> Self {
        let earlier = Earlier::of(change, pull);
        match Untouched::of(pull) {
            Untouched { title: true, text: true } => Self::Words,
            _ if earlier.title => Self::Title,
            _ if earlier.text => Self::Text,
            _ => Self::Mark,
        }
    }

    /// Whether it is about the title or the text, which the campaign words otherwise today.
    #[must_use]
    pub fn is_of_words(self) -> bool {
        matches!(self, Self::Words | Self::Title | Self::Text)
    }
}

/// The labels that a pull request lacks; all that are wanted of one that was opened just now.
#[must_use]
pub fn labels(terms: &Terms, pull: Option<&PullSeen>) -> Vec<String> {
    let is_missing = |label: &&String| pull.is_none_or(|pull| !pull.labels.contains(*label));
    terms.labels.iter().filter(is_missing).cloned().collect()
}

/// GitHub's `mergeStateStatus` of pull requests that can be merged at once: all that is required is there. In the last
/// two, checks that are not required are running or red, or hooks run before the merge.
const MERGEABLE: [&str; 3] = ["CLEAN", "UNSTABLE", "HAS_HOOKS"];

/// The sentence for auto-merge that the campaign wants and the repository does not allow.
const NOT_ALLOWED: &str =
    "auto-merge is not allowed in the repository: `campaign merge` merges the pull request";

/// The sentence, if the campaign wants auto-merge and the repository does not allow it: no plan can change that.
#[must_use]
pub fn no_auto_merge(terms: &Terms, offer: &Offer) -> Option<&'static str> {
    (terms.auto_merge.is_some() && !offer.auto_merge_allowed).then_some(NOT_ALLOWED)
}

/// Whether auto-merge is to be enabled for a pull request that is not open yet: drafts cannot have it, and the remarks of
/// the change say where the repository does not allow it.
#[must_use]
pub fn gets_auto_merge(terms: &Terms, change: &Proposed) -> bool {
    let is_refused = change.remarks.iter().any(|remark| remark == NOT_ALLOWED);
    terms.auto_merge.is_some() && !terms.draft && !is_refused
}

/// The reason for the state of an open pull request, with the sentence of [`no_auto_merge`].
#[must_use]
pub fn explained(reason: Reason, terms: &Terms, offer: &Offer) -> Reason {
    match no_auto_merge(terms, offer) {
        Some(why) => reason.with(why),
        None => reason,
    }
}

/// The reason for a state, with what is still missing of its checks where the next wave waits for the pull request because of
/// that: [`ReasonKind::LacksChecks`] or [`ReasonKind::ChecksUnread`], and in words.
#[must_use]
pub fn with_checks(reason: Reason, state: State, terms: &Terms, offer: &Offer) -> Reason {
    let waits = terms.advance == Advance::Green && state.is_green();
    let Some(pull) = offer.open_pull().filter(|_| waits) else { return reason };
    let Some(why) = Unpassed::of(pull, offer, &terms.checks) else { return reason };
    let kind = match why.is_unread() {
        true => ReasonKind::ChecksUnread,
        false => ReasonKind::LacksChecks,
    };
    match why.is_said_of(pull) || reason.is(kind) {
        true => reason.also(kind),
        false => reason.beside(&Reason::of(kind, why.to_string())),
    }
}

/// A reason without the sentence of [`no_auto_merge`], for lists that say the sentence once; `None` if it is not in it.
#[must_use]
pub fn without_sentence(reason: &str) -> Option<Remarked<'_>> {
    let reason = reason.strip_suffix(NOT_ALLOWED)?;
    Some(Remarked { reason: reason.strip_suffix("; ").unwrap_or(reason), remark: NOT_ALLOWED })
}

/// A reason, and a sentence that was beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remarked<'r> {
    /// The rest of the reason.
    pub reason: &'r str,
    /// The sentence.
    pub remark: &'static str,
}

/// What is missing of a pull request; all that goes with it if it was opened just now.
#[must_use]
pub fn missing(
    terms: &Terms,
    change: &Proposed,
    offer: &Offer,
    pull: Option<&PullSeen>,
) -> Vec<Extra> {
    let mut found = Vec::new();
    let is_of_another = |pull: &PullSeen| {
        Mark::of_text(&pull.body).is_some_and(|mark| !change.is_given_by(&mark.change))
    };
    let has_others = |pull: &&PullSeen| is_of_another(pull) || has_earlier_words(change, pull);
    found.extend(pull.filter(has_others).map(|pull| Extra::of_words(change, pull)));
    if !labels(terms, pull).is_empty() {
        found.push(Extra::Labels);
    }
    let asks = !change.reviewers.is_empty() || !change.team_reviewers.is_empty();
    let is_asked =
        |pull: &PullSeen| !pull.requested_reviewers.is_empty() || !pull.reviews.is_empty();
    if asks && !pull.is_some_and(is_asked) {
        found.push(Extra::Reviewers);
    }
    // A draft cannot have auto-merge, and neither can a pull request that conflicts, or lacks nothing that is required.
    let lacks_nothing = |pull: &PullSeen| MERGEABLE.contains(&pull.merge_state.as_str());
    let conflicts = |pull: &PullSeen| pull.mergeable == Mergeable::Conflicting;
    let is_free = pull.map_or(!terms.draft, |pull| {
        !pull.auto_merge && !pull.draft && !conflicts(pull) && !lacks_nothing(pull)
    });
    if terms.auto_merge.is_some() && offer.auto_merge_allowed && is_free {
        found.push(Extra::AutoMerge);
    }
    found
}
