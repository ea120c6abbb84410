//! Reads what the forge shows of a campaign in each of several repositories.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fit::Offered;
use super::held::Held;
use super::identity::{Mark, branch};
use super::plan::Item;
use crate::fleet::RepositoryName;
use crate::forge::calls::branch_pulls::{Offer, OfferQuery};
use crate::forge::scan::{Place, Scan};
use crate::forge::{Client, ForgeError};

/// A repository to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its name.
    pub name: RepositoryName,
    /// The commit that the change is meant for, if one is meant for it.
    pub base: Option<String>,
}

impl Spot {
    /// A repository for which no change is meant.
    #[must_use]
    pub fn unplanned(name: &RepositoryName) -> Self {
        Self { name: name.clone(), base: None }
    }

    /// The repository of a planned item.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        let base = item.change.as_ref().map(|change| change.base.clone());
        Self { name: item.name(), base }
    }
}

/// What the forge shows of one repository.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The repository, its branch and its pull requests.
    pub offer: Result<Offer, ForgeError>,
    /// Who owns the branch: the campaign, or somebody who changed it.
    pub held: Held,
    /// When it was read, in seconds of the client's clock.
    pub at: f64,
    /// The content of the branch, if it was compared.
    content: Option<Content>,
}

impl Sight {
    /// What the branch's commit changes, if it was compared.
    #[must_use]
    pub fn offered(&self) -> Option<&Offered> {
        self.content.as_ref().map(|content| &*content.offered)
    }
}

/// The content of a branch at a commit. It is the same in each later look that shows the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    head: String,
    /// The digest of the difference between the trees of the commit and its parent.
    digest: String,
    offered: Arc<Offered>,
}

/// How many seconds a look stays valid: going through a fleet at the forge's rate limits takes hours, and people keep
/// working meanwhile.
const GOOD_FOR: f64 = 60.0;

/// Whether what was read at this time, in seconds of the client's clock, is recent enough to act on.
pub(super) fn is_good(client: &Client, at: f64) -> bool {
    client.time().now() - at < GOOD_FOR
}

/// Reads one repository again, unless the last look is recent enough.
pub async fn again(client: &Client, campaign: &str, spot: &Spot, sight: &Sight) -> Option<Sight> {
    if is_good(client, sight.at) {
        return None;
    }
    let known = sight.content.as_ref();
    look_knowing(client, campaign, std::slice::from_ref(spot), known).await.pop()
}

/// Reads repositories, in order.
pub async fn look(client: &Client, campaign: &str, spots: &[Spot]) -> Vec<Sight> {
    look_knowing(client, campaign, spots, None).await
}

/// [`look`], without reading trees again whose difference is known.
async fn look_knowing(
    client: &Client,
    campaign: &str,
    spots: &[Spot],
    known: Option<&Content>,
) -> Vec<Sight> {
    let queries: Vec<OfferQuery> = spots
        .iter()
        .map(|spot| OfferQuery { repository: spot.name.clone(), branch: branch(campaign) })
        .collect();
    let at = client.time().now();
    let offers = client.offers(&queries).await;
    let mut contents = contents(client, &offers, campaign, known).await;
    offers
        .into_iter()
        .zip(spots)
        .enumerate()
        .map(|(index, (offer, spot))| {
            // A branch whose content cannot be compared proves nothing, so it is an error.
            let (offer, content) = match contents.remove(&index) {
                Some(Err(error)) => (Err(error), None),
                Some(Ok(content)) => (offer, Some(content)),
                None => (offer, None),
            };
            let digest = content.as_ref().map(|content| content.digest.as_str());
            let held = match &offer {
                Ok(offer) => Held::of(offer, campaign, spot.base.as_deref(), digest),
                Err(_) => Held::Absent,
            };
            Sight { offer, held, at, content }
        })
        .collect()
}

/// Why nothing could be read, if that is due to the run rather than to single repositories.
#[must_use]
pub fn failure(sights: &[Sight]) -> Option<&ForgeError> {
    let of_the_run = |sight: &Sight| sight.offer.as_ref().is_err_and(ForgeError::is_of_the_run);
    let all = !sights.is_empty() && sights.iter().all(of_the_run);
    sights.first().filter(|_| all).and_then(|sight| sight.offer.as_ref().err())
}

/// The content of the newest commit of each branch that claims to be the campaign's, computed from its trees: a person
/// may have changed the content and kept the message.
async fn contents(
    client: &Client,
    offers: &[Result<Offer, ForgeError>],
    campaign: &str,
    known: Option<&Content>,
) -> BTreeMap<usize, Result<Content, ForgeError>> {
    let mut found = BTreeMap::new();
    let (mut places, mut compared) = (Vec::new(), Vec::new());
    for (index, offer) in offers.iter().enumerate() {
        let Ok(offer) = offer else { continue };
        let commits = match (&offer.branch, offer.open_pull()) {
            (Some(branch), _) => &branch.commits,
            (None, Some(pull)) => &pull.commits,
            (None, None) => continue,
        };
        let Some(head) = commits.first() else { continue };
        let ours = Mark::of_message(&head.message).is_some_and(|mark| mark.campaign == campaign);
        let ([parent], true) = (head.parents.as_slice(), ours) else { continue };
        if let Some(known) = known.filter(|known| known.head == head.oid) {
            found.insert(index, Ok(known.clone()));
            continue;
        }
        for commit in [parent, &head.oid] {
            places.push(Place { name: offer.name.clone(), reference: Some(commit.clone()) });
        }
        compared.push((index, head.oid.clone()));
    }
    if places.is_empty() {
        return found;
    }
    let snapshots = Scan::new(client, []).snapshots_of_commits(&places).await;
    for ((index, head), pair) in compared.into_iter().zip(snapshots.chunks(2)) {
        let content = match pair {
            [Ok(before), Ok(after)] => {
                let offered = Arc::new(Offered::between(before, after));
                Ok(Content { head, digest: offered.digest(), offered })
            }
            [Err(error), _] | [_, Err(error)] => Err(error.clone()),
            _ => continue,
        };
        found.insert(index, content);
    }
    found
}
