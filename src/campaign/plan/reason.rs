//! Why something is decided about a repository: a sentence for people, and kinds that decisions rest on.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaign::selection::Accepted;

/// What a reason is about. Programs decide by this, never by the sentence.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// The campaign does not select the repository.
    NotSelected,
    /// Its pull request is open, but the campaign no longer selects the repository.
    NoLongerSelected,
    /// Its pull request is open, but the change is no longer needed.
    NoLongerNeeded,
    /// The campaign closed its pull request because the change was no longer needed, and it is needed again.
    NeededAgain,
    /// Merging its pull request would not give what the campaign wants today: it offers an earlier form or a part of the
    /// change, or the base changed one of its files.
    EarlierForm,
    /// The campaign now makes another change than the plan.
    AnotherChange,
    /// The campaign would select the repository if some of its findings were not waived or in the baseline.
    Waived,
    /// Some of these findings are in the baseline.
    InBaseline,
    /// It was declined, and the change cannot be made today.
    BlockedToday,
    /// Nothing can be offered: the repository is empty, archived, renamed or disabled.
    OutOfReach,
    /// The token may not see the repository, or not the checks of its pull request.
    Unreadable,
    /// The repository could not be read when the plan was made, or nothing could be offered to it.
    NotPlanned,
    /// The branch of the campaign belongs to another campaign or a person.
    BranchTaken,
    /// The token may not push to the repository.
    MayNotPush,
    /// Its pull request is approved, and no check ran on it.
    NoChecks,
    /// The last `campaign apply` tried to offer the change, and failed.
    Refused,
    /// The next wave waits for green pull requests, and so for this one: no check has run on it, or not each that is required
    /// or that the campaign names.
    LacksChecks,
    /// The next wave waits for green pull requests, and so for this one, of which checks could not be read.
    ChecksUnread,
    /// A person declined the very same change in another campaign, and the plan is to offer it all the same (`--reopen`).
    DeclinedElsewhere,
}

impl ReasonKind {
    /// Why the campaign does not want its open pull request any more, with the words for that.
    pub const UNWANTED: [(Self, &str); 2] = [
        (Self::NoLongerSelected, "no longer selected"),
        (Self::NoLongerNeeded, "no longer needed"),
    ];
}

/// The kinds of a reason. There may be several, or none where nothing is decided by it.
pub type Kinds = BTreeSet<ReasonKind>;

/// Why something is decided, or why a repository is in its state. Displays as a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    said: String,
    /// The state of the pull request, where the reason itself is about something else, and remarks.
    beside: Vec<String>,
    kinds: Kinds,
}

impl Reason {
    /// A reason of one kind.
    #[must_use]
    pub fn of(kind: ReasonKind, said: impl Into<String>) -> Self {
        Self::of_kinds([kind].into(), said)
    }

    /// A reason of these kinds.
    #[must_use]
    pub fn of_kinds(kinds: Kinds, said: impl Into<String>) -> Self {
        Self { said: said.into(), beside: Vec::new(), kinds }
    }

    /// Its branch is not the campaign's, for this reason.
    pub(super) fn of_taken_branch(why: &str) -> Self {
        Self::of(ReasonKind::BranchTaken, format!("its branch {why}"))
    }

    /// Adds the reason for the state of its pull request.
    #[must_use]
    pub fn beside(mut self, state: &Self) -> Self {
        self.kinds.extend(&state.kinds);
        self.beside.push(state.to_string());
        self
    }

    /// Adds a remark after the sentence.
    #[must_use]
    pub fn with(self, remark: &str) -> Self {
        self.beside(&remark.into())
    }

    /// Adds a kind to the reason, whose sentence says it already.
    #[must_use]
    pub fn also(mut self, kind: ReasonKind) -> Self {
        self.kinds.insert(kind);
        self
    }

    /// Whether this is one of its kinds.
    #[must_use]
    pub fn is(&self, kind: ReasonKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Its kinds.
    #[must_use]
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// For a repository that is not selected, or no longer: names the accepted findings by which it would be.
    #[must_use]
    pub(super) fn waived(self, waived: &[Accepted]) -> Self {
        let is_unselected =
            self.is(ReasonKind::NotSelected) || self.is(ReasonKind::NoLongerSelected);
        let said: Vec<String> = waived.iter().map(|accepted| accepted.said.clone()).collect();
        match Found::of(&said) {
            Some(Found { shown, .. }) if is_unselected => {
                let mut kinds = self.kinds;
                kinds.insert(ReasonKind::Waived);
                kinds.extend(
                    waived.iter().any(|it| it.is_in_baseline).then_some(ReasonKind::InBaseline),
                );
                Self { said: format!("{}: {shown}", self.said), beside: self.beside, kinds }
            }
            _ => self,
        }
    }

    /// For a change that is no longer needed: names what is found in the repository all the same.
    #[must_use]
    pub(super) fn although(self, found: Option<&Found>) -> Self {
        let said = match found {
            Some(Found { shown, is_one }) if self.is(ReasonKind::NoLongerNeeded) => {
                let verb = if *is_one { "stays" } else { "stay" };
                format!("it would change nothing there now, and {shown} {verb}")
            }
            _ => return self,
        };
        Self { said, ..self }
    }
}

impl From<String> for Reason {
    fn from(said: String) -> Self {
        Self { said, ..Self::default() }
    }
}

impl From<&str> for Reason {
    fn from(said: &str) -> Self {
        said.to_owned().into()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)?;
        self.beside.iter().try_for_each(|it| write!(f, "; {it}"))
    }
}

/// Findings in a repository, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The first of them, and how many more there are.
    pub(super) shown: String,
    is_one: bool,
}

impl Found {
    /// Words for findings, each given as rule and path; `None` if there are none.
    pub(super) fn of(found: &[String]) -> Option<Self> {
        let more = found.len().saturating_sub(FOUND);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let shown: Vec<&str> = found.iter().take(FOUND).map(String::as_str).collect();
        let shown = format!("{}{more}", shown.join(", "));
        (!found.is_empty()).then_some(Self { shown, is_one: found.len() == 1 })
    }
}

/// The first few of several remarks, and how many more there are; `None` if there are none.
pub(super) fn in_few(remarks: &[String]) -> Option<String> {
    let more = remarks.len().saturating_sub(FOUND);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let shown: Vec<&str> = remarks.iter().take(FOUND).map(String::as_str).collect();
    (!remarks.is_empty()).then(|| format!("{}{more}", shown.join("; ")))
}

/// The sentence for a repository that the forge has disabled.
pub(super) const DISABLED: &str =
    "the forge has disabled it: set `retired` in fleet.yaml, or ask the forge why";

/// How the sentence for [`ReasonKind::MayNotPush`] begins, in journals of earlier versions too.
pub const MAY_NOT_PUSH_BEGINS: &str = "the token may not push to it";

/// The sentence for [`ReasonKind::MayNotPush`].
///
/// What the forge tells of a fine-grained token may be its account's role, or what the token itself may do.
pub const MAY_NOT_PUSH: &str = "the token may not push to it: its account needs write access there, and the token \
                                `contents: write`";

/// The sentence for [`ReasonKind::NotSelected`].
pub const NOT_SELECTED: &str = "not selected";

/// The sentence for [`ReasonKind::NoLongerSelected`].
pub const NO_LONGER_SELECTED: &str = "it is no longer selected";

/// The sentence for [`ReasonKind::NoLongerNeeded`].
pub const NO_LONGER_NEEDED: &str = "the change is no longer needed";

/// The sentence for [`ReasonKind::EarlierForm`] where the campaign changed since.
pub const EARLIER_FORM: &str = "it offers an earlier form of the change";

/// The sentence for [`ReasonKind::NotPlanned`].
pub const NOT_PLANNED: &str = "it could not be read when the plan was made: plan again";

/// The sentence for [`ReasonKind::NotPlanned`] where nothing could be offered then: the repository was archived, for example.
pub const NOT_REACHED: &str =
    "nothing could be offered to it when the plan was made, and it can now: plan again";

/// The sentence for [`ReasonKind::NotPlanned`] where the branch was in the way then.
pub const BRANCH_IS_FREE: &str =
    "it was blocked by its branch when the plan was made, and is not now: plan again";

/// The sentence for [`ReasonKind::AnotherChange`].
pub(super) const ANOTHER_CHANGE: &str = "it results in another change now: plan again";

/// The sentence for a repository in which nothing is to be changed.
pub(super) const NOTHING: &str = "nothing to change";

/// The sentence for a repository that was selected by findings which the campaign does not change.
pub(super) const NOT_OF_IT: &str = "this campaign does not change what was found here";

/// The most findings that are named for a repository that the campaign leaves alone.
const FOUND: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_may_be_of_two_kinds_at_once() {
        let unread = Reason::of(ReasonKind::Unreadable, "its checks cannot be read");
        let both = Reason::of(ReasonKind::NoLongerSelected, NO_LONGER_SELECTED).beside(&unread);
        assert_eq!(both.to_string(), "it is no longer selected; its checks cannot be read");
        assert_eq!(*both.kinds(), [ReasonKind::NoLongerSelected, ReasonKind::Unreadable].into());
    }

    #[test]
    fn what_may_not_be_pushed_to_is_told_by_a_beginning_that_stays() {
        assert!(MAY_NOT_PUSH.starts_with(MAY_NOT_PUSH_BEGINS));
    }

    #[test]
    fn a_remark_takes_no_place_of_what_is_beside_the_reason() {
        let open = Reason::from(NO_LONGER_NEEDED).beside(&"checks are green".into());
        let said = open.with("the check `ci` has not run").to_string();
        assert_eq!(
            said,
            "the change is no longer needed; checks are green; the check `ci` has not run"
        );
    }

    #[test]
    fn what_is_found_is_named_only_where_a_change_is_no_longer_needed() {
        let found = Found::of(&["path-missing Makefile".to_owned()]);
        let open = Reason::from("approved");
        let unneeded = Reason::of(ReasonKind::NoLongerNeeded, NO_LONGER_NEEDED).beside(&open);
        assert_eq!(
            unneeded.although(found.as_ref()).to_string(),
            "it would change nothing there now, and path-missing Makefile stays; approved"
        );
        assert_eq!(open.clone().although(found.as_ref()), open);
    }
}
