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

mod first_image;
mod lists;
mod repository;

pub use first_image::{FirstRuns, Patience};
pub use lists::{Offer, Offered};
pub use repository::{Existing, Made, kept_of, seen_as};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::fleet::manifest::Visibility;
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
    /// Who sees it.
    pub visibility: Visibility,
    /// What the forge says that it is.
    pub description: String,
    /// Its files.
    pub draft: &'a Draft,
    /// The shape that they follow.
    pub pack: Arc<Pack>,
    /// The fleet with the new member; `None` for a repository on its own.
    pub fleet: Option<&'a Fleet>,
    /// The manifest's repository and path, where it is on the forge.
    pub home: Option<(RepositoryName, String)>,
    /// The image that it will publish, without a tag.
    pub image: Option<String>,
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
    /// What is open, each with the reason.
    pub left: Vec<(String, Error)>,
    /// The first runs of its workflows and its image.
    pub first: FirstRuns,
    /// Whether lists wait for the image: their pull requests are drafts.
    pub waits_for_image: bool,
}

/// Who is told of each step.
pub type Told<'a> = &'a dyn Fn(&str);

impl Publication<'_> {
    /// Says in a commit what it is of.
    fn trailer(&self) -> String {
        format!("Shipshape-New: {}", self.repository)
    }

    /// Says in a pull request what it is of; people do not see it.
    fn marker(&self) -> String {
        format!("<!-- shipshape: new {} -->", self.repository)
    }
}

/// Makes it, or goes on with what was begun.
///
/// # Errors
/// When the repository or its commit cannot be made. What comes after is tried as far as it goes.
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
    let first = first_image::watch(wanted, &made, client, told).await?;
    let mut waits = false;
    if first.image_is_there || wanted.image.is_none() {
        for (what, outcome) in &mut offered {
            if let Err(error) = lists::make_ready(what, outcome, client, operation, told).await {
                left.push((what.clone(), error));
            }
        }
    } else {
        waits = offered.iter().any(|(_, outcome)| outcome.is_draft());
    }
    Ok(Published { made, offered, left, first, waits_for_image: waits })
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

/// Texts by path, for whoever reads a tree again.
type Texts = BTreeMap<String, Vec<u8>>;
