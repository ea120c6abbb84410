//! Pull requests that wait while others are merged: two new members are added after the same line of a list, so the
//! second conflicts once the first is merged. Its branch is put on top of today's base, as long as nobody else has worked
//! on it.
//!
//! This needs no record in the journal: what it looks at is the pull request, and one that was renewed does not conflict.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lists::{Base, Offer};
use super::offered::Offered;
use super::{Announce, Publication};
use crate::error::Result;
use crate::forge::calls::branch_pulls::{Mergeable, OfferQuery, PullSeen};
use crate::forge::calls::branches::SeenBranch;
use crate::forge::calls::git::Tree;
use crate::forge::{Client, ForgeError};

/// How often, and at which interval, to ask for what a forge computes only once it is asked.
const POLLS: u32 = 4;
const BETWEEN_POLLS: Duration = Duration::from_secs(2);

/// A conflict of an open pull request with its base.
#[derive(Clone, Debug)]
pub(super) struct Conflict {
    /// The branch that it conflicts with.
    with: String,
    /// How to put it on top of that branch; `None` if somebody else has worked on it, or if nothing would be left of it.
    renewal: Option<Renewal>,
}

/// A pull request's branch and what replaces it.
#[derive(Clone, Debug)]
struct Renewal {
    /// The repository's GraphQL id.
    id: String,
    /// The commit that the branch is at.
    head: String,
    base: Base,
    bytes: Vec<u8>,
}

impl Conflict {
    /// What is going to be done about it, in words.
    pub(super) fn in_words(&self) -> String {
        match self.renewal {
            Some(_) => format!("put its pull request on top of today's `{}`", self.with),
            None => format!("conflicts with `{}`", self.with),
        }
    }

    /// Returns the conflict of an open pull request, if it has one.
    pub(super) async fn of(
        wanted: &Publication<'_>,
        offer: &Offer<'_>,
        offered: &Offered,
        client: &Client,
    ) -> Result<Option<Self>> {
        let Offered::Open { number, .. } = offered else { return Ok(None) };
        let Some((id, pull)) = seen(wanted, offer, *number, client).await? else {
            return Ok(None);
        };
        if pull.mergeable != Mergeable::Conflicting {
            return Ok(None);
        }
        let with = pull.base_branch.clone();
        let base = offer.base(client).await?;
        // A person may have asked for another base branch.
        let is_ours = base.onto == with && is_untouched(wanted, offer, &pull, client).await?;
        let bytes = if is_ours { offer.changed(wanted, &base.bytes)? } else { None };
        let renewal = bytes.map(|bytes| Renewal { id, head: pull.head, base, bytes });
        Ok(Some(Self { with, renewal }))
    }

    /// Resolves it, if this command can; returns the state of the pull request afterwards.
    pub(super) async fn resolved(
        self,
        wanted: &Publication<'_>,
        offer: &Offer<'_>,
        offered: Offered,
        client: &Client,
        told: Announce<'_>,
    ) -> Result<Offered> {
        let Some(Renewal { id, head, base, bytes }) = self.renewal else {
            return Ok(offered.conflicting(self.with));
        };
        let branch = offer.branch(&wanted.slug);
        let seen = SeenBranch { name: &branch, commit: &head };
        let commit = offer.commit(wanted, &base, bytes);
        client.recommit(&offer.repository, &id, seen, &commit).await?;
        told(&format!(
            "{}: put its pull request on top of today's `{}`, which it conflicted with",
            offer.what, base.onto
        ));
        Ok(offered)
    }
}

/// Returns the repository's id and the open pull request of this number, as soon as the forge knows whether it conflicts.
async fn seen(
    wanted: &Publication<'_>,
    offer: &Offer<'_>,
    number: u64,
    client: &Client,
) -> Result<Option<(String, PullSeen)>, ForgeError> {
    let branch = offer.branch(&wanted.slug);
    let query = OfferQuery { repository: offer.repository.clone(), branch };
    let mut found = None;
    for poll in 0..POLLS {
        if poll > 0 {
            client.time().sleep(BETWEEN_POLLS).await;
        }
        let mut offers = client.offers(std::slice::from_ref(&query)).await;
        let Some(there) = offers.pop().transpose()? else { return Ok(None) };
        let pull = there.open_pull().filter(|pull| pull.number == number).cloned();
        found = pull.map(|pull| (there.id, pull));
        let is_computed = |(_, pull): &(String, PullSeen)| pull.mergeable != Mergeable::Unknown;
        if found.as_ref().is_none_or(is_computed) {
            break;
        }
    }
    Ok(found)
}

/// Whether a pull request is as this command made it: its one commit changes only the file of the list, and that as the
/// answers do. A person may have committed something else under the same message.
async fn is_untouched(
    wanted: &Publication<'_>,
    offer: &Offer<'_>,
    pull: &PullSeen,
    client: &Client,
) -> Result<bool, ForgeError> {
    let [commit] = &pull.commits[..] else { return Ok(false) };
    let [parent] = &commit.parents[..] else { return Ok(false) };
    if pull.commit_count != 1 || !commit.message.contains(&wanted.trailer()) {
        return Ok(false);
    }
    let repository = &offer.repository;
    let tree = async |commit: &str| {
        client.tree(repository, &client.commit(repository, commit).await?.tree.sha).await
    };
    let (before, after) = (tree(parent).await?, tree(&commit.oid).await?);
    if before.truncated || after.truncated {
        return Ok(false);
    }
    let (mut before, mut after) = (files(&before), files(&after));
    let path = offer.path.as_str();
    let (Some((mode, from)), Some((new_mode, to))) = (before.remove(path), after.remove(path))
    else {
        return Ok(false);
    };
    if before != after || mode != new_mode {
        return Ok(false);
    }
    let (from, to) = (client.blob(repository, from).await?, client.blob(repository, to).await?);
    Ok(offer.changed(wanted, &from).is_ok_and(|made| made.is_some_and(|made| made == to)))
}

/// The mode and id of each file, by path.
fn files(tree: &Tree) -> BTreeMap<&str, (&str, &str)> {
    let entries = tree.tree.iter().filter(|entry| entry.kind != "tree");
    entries.map(|entry| (entry.path.as_str(), (entry.mode.as_str(), entry.sha.as_str()))).collect()
}
