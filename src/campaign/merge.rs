//! Merging a campaign's pull requests: never without green checks and an approval, unless the user allows it.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::json;

use super::effect_kind::EffectKind;
use super::failed::Failed;
use super::file::Method;
use super::held::Held;
use super::leftovers::{Ended, branch_taken};
use super::recorder::{Recorder, Step};
use super::state::State;
use super::state_of_open_pull::{CHECKS_UNREADABLE, of_open, of_out_of_reach, unapproved};
use crate::error::Result;
use crate::forge::calls::branch_pulls::{CheckState, Mergeable, Offer, PullSeen, ReviewDecision};
use crate::forge::calls::merging::{Merge, MergeMethod};
use crate::forge::{ForgeError, ForgeErrorKind};

/// A condition of merging that the user may waive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lenience {
    /// An approval.
    Approval,
    /// Checks, if there are none at all.
    Checks,
    /// Green checks, if the same ones are red on the base branch.
    RedOnBase,
}

impl Lenience {
    /// The option of `campaign merge` that allows it.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Approval => "--without-approval",
            Self::Checks => "--without-checks",
            Self::RedOnBase => "--red-on-base",
        }
    }

    /// Describes the pull requests that it concerns: `2 on which no check ran`.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Approval => "without an approval",
            Self::Checks => "on which no check ran",
            Self::RedOnBase => "with checks that are red on the base branch too",
        }
    }
}

/// Why a pull request must not be merged; displays as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    why: String,
    /// The leniency that would lift this refusal; `None` for a missing approval, which has to be waited for.
    pub unless: Option<Lenience>,
    /// Whether it is unknown if the pull request may be merged, because something cannot be read.
    pub is_unknown: bool,
}

impl Refused {
    fn unless(lenience: Lenience, why: impl Into<String>) -> Self {
        Self { unless: Some(lenience), ..Self::from(why.into()) }
    }

    /// Refuses because some of its checks cannot be read: a check that cannot be seen does not count as absent.
    fn unread(pull: &PullSeen, offer: &Offer) -> Self {
        let why = match pull.checks.unread.as_ref().map(|why| (why.of_permission(), &why.said)) {
            Some((Some(why), _)) => format!("{CHECKS_UNREADABLE}: {why}"),
            Some((None, said)) => format!("{}: {said}", of_open(pull, offer).1),
            None => of_open(pull, offer).1.to_string(),
        };
        Self { is_unknown: true, ..Self::from(why) }
    }
}

impl From<String> for Refused {
    fn from(why: String) -> Self {
        Self { why, unless: None, is_unknown: false }
    }
}

impl From<&str> for Refused {
    fn from(why: &str) -> Self {
        why.to_owned().into()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        match self.unless {
            None => Ok(()),
            Some(lenience) => write!(f, "; {} merges it all the same", lenience.option()),
        }
    }
}

/// Decides how a pull request is merged, or why it must not be.
///
/// # Errors
/// Why it must not be merged.
pub fn method(
    pull: &PullSeen,
    offer: &Offer,
    held: &Held,
    wanted: (Option<Method>, &[String]),
    leniences: &BTreeSet<Lenience>,
) -> Result<MergeMethod, Refused> {
    let (wanted, checks) = wanted;
    if let Some(why) = of_out_of_reach(offer) {
        return Err(why.to_string().into());
    }
    match held {
        Held::Ours { head, .. } if *head == pull.head => {}
        Held::Edited { why } => return Err(format!("{why}: merge it by hand").into()),
        _ => return Err("its branch is not the campaign's".into()),
    }
    if pull.draft {
        return Err("it is a draft".into());
    }
    if pull.review == ReviewDecision::ChangesRequested {
        return Err(of_open(pull, offer).1.to_string().into());
    }
    if pull.mergeable == Mergeable::Conflicting {
        return Err(of_open(pull, offer).1.to_string().into());
    }
    if pull.review != ReviewDecision::Approved && !leniences.contains(&Lenience::Approval) {
        return Err(unapproved(pull).into());
    }
    // A check that cannot be seen may be red.
    let standing = of_open(pull, offer);
    let is_red = pull.checks.state == CheckState::Red && standing.0 == State::Red;
    if pull.checks.state == CheckState::Unknown || pull.checks.unread.is_some() && !is_red {
        return Err(Refused::unread(pull, offer));
    }
    if is_red && pull.checks.unread.is_some() {
        return Err(standing.1.to_string().into());
    }
    let missing: Vec<&str> =
        [pull.checks.missing(&offer.required_checks), pull.checks.missing(checks)].concat();
    if let Some(name) = missing.first() {
        return Err(format!("the check `{name}` has not run").into());
    }
    match (pull.checks.state, standing) {
        (CheckState::Green, (state, _)) if state.may_be_merged() => {}
        // No check may have started although the base has some: that is what this leniency is for.
        (CheckState::None, (state, _))
            if leniences.contains(&Lenience::Checks) && state.may_be_merged_unchecked() => {}
        (CheckState::None, _) => return Err(Refused::unless(Lenience::Checks, "no checks ran")),
        (CheckState::Unknown, _) => return Err(Refused::unread(pull, offer)),
        (CheckState::Red, (State::RedOnBase, _)) if leniences.contains(&Lenience::RedOnBase) => {}
        (CheckState::Red, (State::RedOnBase, why)) => {
            return Err(Refused::unless(Lenience::RedOnBase, why.to_string()));
        }
        (CheckState::Green | CheckState::Pending | CheckState::Red, (_, why)) => {
            return Err(why.to_string().into());
        }
    }
    allowed(wanted, offer)
}

/// The requested method, or else the first one that the repository allows.
fn allowed(wanted: Option<Method>, offer: &Offer) -> Result<MergeMethod, Refused> {
    let order = [
        (Method::Squash, MergeMethod::Squash, offer.methods.squash),
        (Method::Merge, MergeMethod::Merge, offer.methods.merge),
        (Method::Rebase, MergeMethod::Rebase, offer.methods.rebase),
    ];
    let first = order.iter().find(|(method, _, allowed)| Some(*method) == wanted && *allowed);
    let next = || order.iter().find(|(_, _, allowed)| *allowed);
    first
        .or_else(next)
        .map(|(_, method, _)| *method)
        .ok_or_else(|| "the repository allows no merge method".into())
}

/// Adds what the token lacks to an error that says "not found" for a pull request which the forge shows: that is how it
/// refuses a merge for lack of a permission.
fn explained(error: ForgeError) -> ForgeError {
    if !error.is_not_found() {
        return error;
    }
    let said = format!(
        "{}: if the change is to `.github/workflows`, the token needs `workflows: write` (a classic token the scope `workflow`)",
        error.said
    );
    ForgeError { kind: ForgeErrorKind::Forbidden, said, ..error }
}

/// Merges the open pull request at the head that was seen, and deletes its branch.
///
/// # Errors
/// When it is gone, or the forge refuses.
pub async fn merge(
    recorder: &Recorder<'_>,
    repository: &str,
    offer: &Offer,
    method: MergeMethod,
) -> Result<Ended, Failed> {
    let Some(pull) = offer.open_pull() else {
        return Err(Failed::gone("its pull request is gone"));
    };
    let (client, name) = (recorder.client, &offer.name);
    let key = EffectKind::Merge.key(repository, format_args!("#{} at {}", pull.number, pull.head));
    let none = async || Ok(None);
    let act = async || {
        let merge = Merge { method, head: &pull.head, title: None, message: None };
        Ok(client.merge_pull(name, pull.number, &merge).await.map_err(explained)?)
    };
    let intent = json!({ "method": method.name(), EffectKind::HEAD: pull.head });
    let step = Step::new(repository, &key).intending(intent);
    recorder.effect(&step, |_| pull.number, none, act).await?;
    (recorder.told)(&format!("{repository}: merged {} ({})", pull.url, method.name()));
    let branch_stays = match offer.delete_branch_on_merge {
        true => None,
        false => branch_taken(recorder, repository, offer, pull).await?,
    };
    Ok(Ended { number: pull.number, branch_stays })
}

#[cfg(test)]
mod tests;
