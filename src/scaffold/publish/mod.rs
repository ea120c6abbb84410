//! A draft made on a forge: the repository, its one commit, and everything that has to hear of it.
//!
//! In: what is wanted ([`Publication`]), a client, and the operation that remembers. Out: what was made, and
//! what could not be ([`Published`]). Every step is an effect of the journal, looked up before it is tried,
//! so that a run may be killed anywhere and begun again, and a journal that was lost is made up for: the
//! commit and the pull requests say what they are of.
//!
//! | file | what it owns |
//! |---|---|
//! | `repository` | the repository, its settings, its one commit |
//! | `lists` | pull requests: registrations, the manifest |
//! | `first_image` | the first runs of workflows, and the image |
//! | `seen` | a repository's tree, to be judged |

mod first_image;
mod lists;
mod repository;
mod seen;

pub use first_image::{FirstRuns, NewImage, Patience};
pub use lists::{Offered, in_words};
pub use repository::{Existing, Made, Sought, existing, kept_of};
pub use seen::seen_as;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::Client;
use crate::journal::Operation;
use crate::shape::Pack;

use super::draft::Draft;

/// What is to be made.
#[derive(Debug)]
pub struct Publication<'a> {
    /// The repository.
    pub repository: RepositoryName,
    /// Its short name.
    pub slug: String,
    /// The repository that it is generated from; one with a README is made where there is none.
    pub starter: Option<RepositoryName>,
    /// Its files, who sees it, and what the forge says that it is.
    pub draft: &'a Draft,
    /// The shape that they follow.
    pub pack: Arc<Pack>,
    /// The fleet with the new member; `None` for a repository on its own.
    pub fleet: Option<&'a Fleet>,
    /// The manifest's repository and path, where it is on the forge.
    pub home: Option<(RepositoryName, String)>,
    /// The image that it will publish.
    pub image: Option<NewImage>,
    /// How long its first image is waited for.
    pub patience: Patience,
}

/// What came of it.
#[derive(Debug)]
pub struct Published {
    /// The repository and its commit.
    pub made: Made,
    /// Pull requests, by what they are for.
    pub offered: Vec<(String, Offered)>,
    /// What could not be done, each with the reason.
    pub left: Vec<(String, Error)>,
    /// The first runs of its workflows and its image.
    pub first: FirstRuns,
}

impl Published {
    /// Whether nothing is left for another run of the same command.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left.is_empty() && !self.waits_for_image()
    }

    /// Whether pull requests are drafts until the image is there.
    #[must_use]
    pub fn waits_for_image(&self) -> bool {
        self.offered.iter().any(|(_, outcome)| outcome.is_draft())
    }
}

/// Who is told of each step.
pub type Told<'a> = &'a dyn Fn(&str);

impl Publication<'_> {
    /// What its name is wanted for.
    #[must_use]
    pub fn sought(&self) -> Sought<'_> {
        let (starter, image) = (self.starter.as_ref(), self.image.as_ref());
        Sought { repository: &self.repository, starter, image }
    }

    /// Says in a commit what it is of.
    fn trailer(&self) -> String {
        trailer(&self.repository)
    }

    /// Says in a pull request what it is of; people do not see it.
    fn marker(&self) -> String {
        format!("<!-- shipshape: new {} -->", self.repository)
    }
}

/// The line of a commit's message that says which repository it was made for.
#[must_use]
pub fn trailer(repository: &RepositoryName) -> String {
    format!("Shipshape-New: {repository}")
}

/// What will be offered, for a person.
#[must_use]
pub fn offers_in_words(wanted: &Publication<'_>) -> Vec<String> {
    lists::offers(wanted).iter().map(lists::Offer::in_words).collect()
}

/// Makes it, or goes on with what was begun.
///
/// # Errors
/// When the repository or its commit cannot be made. The pull requests are tried as far as it goes.
pub async fn publish(
    wanted: &Publication<'_>,
    client: &Client,
    operation: &Operation,
    told: Told<'_>,
) -> Result<Published> {
    let made = repository::make(wanted, client, operation, told).await?;
    let (mut offered, mut left) = (Vec::new(), Vec::new());
    for offer in lists::offers(wanted) {
        match lists::offer(wanted, &offer, client, operation, told).await {
            Ok(outcome) => offered.push((offer.what, outcome)),
            // One list that cannot be changed keeps no other from being.
            Err(error) => left.push((offer.what, error)),
        }
    }
    Ok(Published { made, offered, left, first: FirstRuns::default() })
}

/// Watches the first runs, and says of the drafts that they are ready once the image is there.
///
/// # Errors
/// Never for what cannot be watched: that is told in [`Published::first`].
pub async fn conclude(
    published: &mut Published,
    wanted: &Publication<'_>,
    client: &Client,
    operation: &Operation,
    told: Told<'_>,
) -> Result<()> {
    published.first = first_image::watch(wanted, &published.made, client, told).await?;
    if !published.first.image_is_there {
        return Ok(());
    }
    for (what, outcome) in &mut published.offered {
        if let Err(error) = lists::make_ready(what, outcome, client, operation, told).await {
            published.left.push((what.clone(), error));
        }
    }
    Ok(())
}

/// The repositories that making it writes to.
#[must_use]
pub fn written_to(
    repository: &RepositoryName,
    fleet: Option<&Fleet>,
    kind: &str,
    slug: &str,
) -> Vec<RepositoryName> {
    let mut written = vec![repository.clone()];
    let Some(fleet) = fleet else { return written };
    let owner = &fleet.manifest.forge.owner;
    let registrations = fleet.manifest.registrations.iter().filter(|registration| {
        registration.of.as_ref().is_none_or(|of| of == kind)
            && !registration.without.iter().any(|it| it == slug)
    });
    let named = registrations.filter_map(|registration| registration.repository.as_deref());
    let named = named.chain(fleet.manifest.home.as_ref().map(|home| home.repository.as_str()));
    written.extend(named.filter_map(|name| RepositoryName::parse(name, owner)));
    written
}
