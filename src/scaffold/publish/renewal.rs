//! Pull requests that wait while others are merged: two new members are added after the same line of a list, so the
//! second conflicts once the first is merged. Its branch is put on top of today's base, as long as nobody else has worked
//! on it. The same replaces the entry of a run of other answers that was given up.
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
    /// Whether that branch has the member by now.
    is_listed: bool,
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
            None if self.is_listed => format!("`{}` has the member by now", self.with),
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
        let is_onto_it = base.onto == with;
        let changed = offer.changed(wanted, &base.bytes);
        let is_listed = is_onto_it && matches!(changed, Ok(None));
        let is_ours = is_onto_it && is_untouched(wanted, offer, &pull, client).await?;
        let bytes = if is_ours { changed? } else { None };
        let renewal = bytes.map(|bytes| Renewal { id, head: pull.head, base, bytes });
        Ok(Some(Self { with, renewal, is_listed }))
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
        let Some(renewal) = self.renewal else {
            return Ok(offered.conflicting(self.with, self.is_listed));
        };
        renewal.made(wanted, offer, client).await?;
        told(&format!(
            "{}: put its pull request on top of today's `{}`, which it conflicted with",
            offer.what, self.with
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

/// A pull request of this command that adds the member with other facts than the answers give, such as another owner.
#[derive(Clone, Debug)]
pub(super) struct Outdated {
    renewal: Renewal,
}

impl Outdated {
    /// What is going to be done about it, in words.
    pub(super) fn in_words(&self) -> String {
        "give its pull request the entry that these answers give".to_owned()
    }

    /// Returns how to replace what an open pull request adds, if it is the commit of another run alone.
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
        let base = offer.base(client).await?;
        let Some((from, to)) = only_change(wanted, offer, &pull, client).await? else {
            return Ok(None);
        };
        let made = offer.changed(wanted, &from).unwrap_or_default();
        let is_other = made.is_some_and(|made| differ_in_one_line(&made, &to));
        if base.onto != pull.base_branch || !is_other {
            return Ok(None);
        }
        let bytes = offer.changed(wanted, &base.bytes)?;
        let renewal = bytes.map(|bytes| Renewal { id, head: pull.head, base, bytes });
        Ok(renewal.map(|renewal| Self { renewal }))
    }

    /// Replaces it.
    pub(super) async fn renewed(
        self,
        wanted: &Publication<'_>,
        offer: &Offer<'_>,
        client: &Client,
        told: Announce<'_>,
    ) -> Result<()> {
        self.renewal.made(wanted, offer, client).await?;
        told(&format!(
            "{}: gave its pull request the entry that these answers give; it had that of an earlier run",
            offer.what
        ));
        Ok(())
    }
}

impl Renewal {
    /// Replaces the branch's content with the one commit on top of today's base.
    async fn made(
        self,
        wanted: &Publication<'_>,
        offer: &Offer<'_>,
        client: &Client,
    ) -> Result<(), ForgeError> {
        let branch = offer.branch(&wanted.slug);
        let seen = SeenBranch { name: &branch, commit: &self.head };
        let commit = offer.commit(wanted, &self.base, self.bytes);
        client.recommit(&offer.repository, &self.id, seen, &commit).await?;
        Ok(())
    }
}

/// Whether two texts are the same but for one line. An entry of the manifest is one line.
fn differ_in_one_line(one: &[u8], other: &[u8]) -> bool {
    let lines = |text: &'_ [u8]| text.split(|byte| *byte == b'\n').count();
    let pairs = one.split(|byte| *byte == b'\n').zip(other.split(|byte| *byte == b'\n'));
    lines(one) == lines(other) && pairs.filter(|(one, other)| one != other).count() == 1
}

/// Whether a pull request is as this command made it: its one commit changes only the file of the list, and that as the
/// answers do. A person may have committed something else under the same message.
async fn is_untouched(
    wanted: &Publication<'_>,
    offer: &Offer<'_>,
    pull: &PullSeen,
    client: &Client,
) -> Result<bool, ForgeError> {
    let changed = only_change(wanted, offer, pull, client).await?;
    Ok(changed.is_some_and(|(from, to)| {
        offer.changed(wanted, &from).is_ok_and(|made| made.is_some_and(|made| made == to))
    }))
}

/// The file of the list before and after the one commit of a pull request, if that is marked as this command's and changes
/// nothing else.
async fn only_change(
    wanted: &Publication<'_>,
    offer: &Offer<'_>,
    pull: &PullSeen,
    client: &Client,
) -> Result<Option<(Vec<u8>, Vec<u8>)>, ForgeError> {
    let [commit] = &pull.commits[..] else { return Ok(None) };
    let [parent] = &commit.parents[..] else { return Ok(None) };
    if pull.commit_count != 1 || !commit.message.contains(&wanted.trailer()) {
        return Ok(None);
    }
    let repository = &offer.repository;
    let tree = async |commit: &str| {
        client.tree(repository, &client.commit(repository, commit).await?.tree.sha).await
    };
    let (before, after) = (tree(parent).await?, tree(&commit.oid).await?);
    if before.truncated || after.truncated {
        return Ok(None);
    }
    let (mut before, mut after) = (files(&before), files(&after));
    let path = offer.path.as_str();
    let (Some((mode, from)), Some((new_mode, to))) = (before.remove(path), after.remove(path))
    else {
        return Ok(None);
    };
    if before != after || mode != new_mode {
        return Ok(None);
    }
    let (from, to) = (client.blob(repository, from).await?, client.blob(repository, to).await?);
    Ok(Some((from, to)))
}

/// The mode and id of each file, by path.
fn files(tree: &Tree) -> BTreeMap<&str, (&str, &str)> {
    let entries = tree.tree.iter().filter(|entry| entry.kind != "tree");
    entries.map(|entry| (entry.path.as_str(), (entry.mode.as_str(), entry.sha.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::differ_in_one_line;

    #[test]
    fn entries_of_other_facts_differ_in_one_line() {
        let before = b"members:\n  - a\n  - b\n";
        assert!(differ_in_one_line(before, b"members:\n  - a\n  - { slug: b, owner: x }\n"));
        assert!(!differ_in_one_line(before, before));
        assert!(!differ_in_one_line(before, b"members:\n  - c\n  - d\n"));
        assert!(!differ_in_one_line(before, b"members:\n  - a\n  - b\n  - c\n"));
    }
}
