//! Creates a draft on a forge: the repository, its one commit, and the pull requests that announce it.
//!
//! [`publish`] takes a [`Publication`] and returns what was created and what was not ([`Published`]). Every step is an
//! effect in the journal that looks for its result before it acts, so that a run can be killed at any point and started
//! again. Even a lost journal is no problem: the commit and the pull requests identify what they are for.
//!
//! | file | contents |
//! |---|---|
//! | `existing` | what the forge has under the name before |
//! | `repository` | the repository, its settings, its one commit |
//! | `lists` | pull requests: registrations, the manifest |
//! | `foreseen` | what becomes of a pull request, before anything is created |
//! | `offered` | the states of a pull request |
//! | `obstacle` | what keeps a pull request from being offered |
//! | `renewal` | pull requests that have come to conflict, or say something else than the answers |
//! | `recorded` | runs that have not finished, as the journal records them |
//! | `first_image` | the first workflow runs, and the image |
//! | `seen` | a repository's tree, for judging |

mod existing;
mod first_image;
mod foreseen;
mod lists;
mod obstacle;
mod offered;
mod recorded;
mod renewal;
mod repository;
mod seen;

pub use existing::{Answered, Existing, Sought, existing, is_published};
pub use first_image::{FirstRuns, NewImage, Patience};
pub use lists::{MANIFEST, is_announcing};
pub use obstacle::announced_by;
pub use offered::{Offered, OurPull, in_words};
pub use recorded::{
    Recorded, has_committed, has_repository, is_finished, made_by, operation, recorded,
    waits_for_entry,
};
pub use repository::{Made, differing, kept_of};
pub use seen::seen_as;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::fleet::manifest::Visibility;
use crate::fleet::{Fleet, RepositoryName};
use crate::forge::Client;
use crate::journal::Operation;
use crate::shape::Pack;

use self::foreseen::Foreseen;
use self::obstacle::Obstacle;
use self::renewal::{Conflict, Outdated};
use super::draft::Draft;

/// What to create.
#[derive(Debug)]
pub struct Publication<'a> {
    /// The repository.
    pub repository: RepositoryName,
    /// Its short name.
    pub slug: String,
    /// The template repository to generate it from; without one, a repository with a README is created.
    pub starter: Option<RepositoryName>,
    /// Its files, visibility and description.
    pub draft: &'a Draft,
    /// The shape that its files follow.
    pub pack: Arc<Pack>,
    /// The fleet including the new member; `None` for a standalone repository.
    pub fleet: Option<&'a Fleet>,
    /// The manifest's repository and path, if it is on the forge.
    pub home: Option<(RepositoryName, String)>,
    /// The image that it will publish, if any.
    pub image: Option<NewImage>,
    /// How long to wait for the first image.
    pub patience: Patience,
}

/// What was created.
#[derive(Debug)]
pub struct Published {
    /// The repository and its commit.
    pub made: Made,
    /// Pull requests, by what they change.
    pub offered: Vec<(String, Offered)>,
    /// What failed, with the reason.
    pub left: Vec<(String, Error)>,
    /// The first runs of its workflows and its image.
    pub first: FirstRuns,
}

impl Published {
    /// Whether nothing is left to do for another run of the same command.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left.is_empty() && !self.waits_for_image()
    }

    /// Returns the lists that lack the member since the pull request for it was closed without being merged, each with the
    /// pull request's page. Where fleet.yaml `has_it` all the same, that one no longer matters.
    pub fn declined(&self, has_it: bool) -> impl Iterator<Item = (&str, &str)> {
        let offered =
            self.offered.iter().filter(move |(what, _)| !has_it || what != lists::MANIFEST);
        offered.filter_map(|(what, outcome)| match outcome {
            Offered::Closed { page } => Some((what.as_str(), page.as_str())),
            _ => None,
        })
    }

    /// Records that everything is done, except that the manifest of this machine does not list the member yet. The
    /// operation stays unfinished, so that it can be continued or given up.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn wait_for_entry(&self, operation: &Operation) -> Result<()> {
        let manifest = self.offered.iter().rfind(|(what, _)| what == lists::MANIFEST);
        let state = manifest.map_or(&Offered::There, |(_, offered)| offered);
        operation.found_now(recorded::ENTRY, state)
    }

    /// Whether a pull request conflicts with its base, so that it cannot be merged.
    #[must_use]
    pub fn is_conflicting(&self) -> bool {
        self.offered.iter().any(|(_, outcome)| outcome.is_conflicting())
    }

    /// Whether pull requests are drafts until the image exists.
    #[must_use]
    pub fn waits_for_image(&self) -> bool {
        self.offered.iter().any(|(_, outcome)| outcome.is_draft())
    }
}

/// Receives progress messages.
pub type Announce<'a> = &'a dyn Fn(&str);

impl Publication<'_> {
    /// Returns what the repository's name is wanted for.
    #[must_use]
    pub fn sought(&self) -> Sought<'_> {
        let (starter, image) = (self.starter.as_ref(), self.image.as_ref());
        let answered = Answered {
            description: &self.draft.description,
            is_private: self.draft.visibility != Visibility::Public,
        };
        Sought { repository: &self.repository, starter, image, answered: Some(answered) }
    }

    /// The trailer that identifies the commit.
    fn trailer(&self) -> String {
        trailer(&self.repository)
    }

    /// The marker that identifies a pull request.
    fn marker(&self) -> String {
        marker(&self.repository)
    }
}

/// Returns the marker of the pull requests that announce a repository; an HTML comment, so not displayed.
#[must_use]
pub fn marker(repository: &RepositoryName) -> String {
    format!("<!-- shipshape: new {repository} -->")
}

/// Returns the trailer of a commit message that says which repository it was made for.
#[must_use]
pub fn trailer(repository: &RepositoryName) -> String {
    format!("Shipshape-New: {repository}")
}

/// Describes the pull requests in words, before anything is done: what became of those of an earlier run, and which
/// ones are opened. `continues` says whether the journal has that run, so that its pull requests are of these answers.
///
/// # Errors
/// When nothing exists yet, and a list is not there, the manifest on the forge cannot be read or changed, or a branch is in use
/// for something else.
pub async fn offers_in_words(
    wanted: &Publication<'_>,
    client: &Client,
    existing: &Existing,
    continues: bool,
) -> Result<Vec<String>> {
    let mut words = Vec::new();
    for offer in lists::offers(wanted) {
        let is_there = matches!(existing, Existing::Ours { .. });
        let foreseen = match is_there {
            true => Foreseen::Unknown,
            false => Foreseen::of(wanted, &offer, client).await?,
        };
        let known = match foreseen {
            Foreseen::There => Some(Offered::There),
            _ if !is_there && client.is_anonymous() => None,
            // What cannot be read keeps no other step from being done, and is reported then. What is to be created may have
            // been announced already, by a run of somebody else's.
            _ => offer.known(wanted, client).await.unwrap_or_default(),
        };
        let next = match &known {
            None if client.is_anonymous() => None,
            None => match Obstacle::of(wanted, &offer, client).await.unwrap_or_default() {
                Some(found) if !is_there => return Err(found.error(&offer.what, Error::usage)),
                found => found.map(|found| found.in_words()),
            },
            Some(known) => {
                let conflict = Conflict::of(wanted, &offer, known, client).await;
                let conflict = conflict.unwrap_or_default().map(|it| it.in_words());
                match conflict {
                    None if !continues => {
                        let outdated = Outdated::of(wanted, &offer, known, client).await;
                        outdated.unwrap_or_default().map(|it| it.in_words())
                    }
                    conflict => conflict,
                }
            }
        };
        let said = offer.in_words(known.as_ref(), next.as_deref());
        words.push(match (foreseen, known, next) {
            (Foreseen::Adds(added), None, None) => format!("{said}: {added}"),
            (Foreseen::Impossible(why), None, None) => {
                offer.in_words(None, Some(&format!("left to you: {why}")))
            }
            _ => said,
        });
    }
    Ok(words)
}

/// Creates the repository and its pull requests, or continues an earlier run.
///
/// # Errors
/// When the repository or its commit cannot be created. Failed pull requests are listed in [`Published::left`].
pub async fn publish(
    wanted: &Publication<'_>,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
) -> Result<Published> {
    let made = repository::make(wanted, client, operation, told).await?;
    let (mut offered, mut left) = (Vec::new(), Vec::new());
    for offer in lists::offers(wanted) {
        match lists::offer(wanted, &offer, client, operation, told).await {
            Ok(outcome) => offered.push((offer.what, outcome)),
            // A list that cannot be changed does not keep others from being changed.
            Err(error) => left.push((offer.what, error)),
        }
    }
    Ok(Published { made, offered, left, first: FirstRuns::default() })
}

/// Watches the first runs, and marks the draft pull requests as ready once the image exists.
///
/// # Errors
/// Never for what cannot be watched, which is reported in [`Published::first`].
pub async fn conclude(
    published: &mut Published,
    wanted: &Publication<'_>,
    client: &Client,
    operation: &Operation,
    told: Announce<'_>,
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

/// Returns the repositories to write to.
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
