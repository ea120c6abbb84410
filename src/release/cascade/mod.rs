//! The cascade: notifies every member of a release, and follows each until its image contains the version.
//!
//! An accepted dispatch proves nothing; only an image that *contains* the released version does. The id of a dispatch
//! is the same whichever run sends it, so a run that was killed finds in the forge what it caused, and no member is
//! notified twice.
//!
//! | module | contents |
//! |---|---|
//! | `document` | the report |
//! | `items` | which repositories are notified, and in which wave |
//! | `wave` | one wave: leaving members out, notifying the others, following their runs |
//! | `seen` | what a repository shows: whether it can receive events, and its runs |
//! | `dispatch` | a dispatch, and whether a run is certainly of it |
//! | `before` | what is known of a repository before it is notified |
//! | `send` | sending one dispatch, exactly once |
//! | `since` | of which version a repository was notified last |
//! | `refusal` | why a repository was not notified |
//! | `follow` | following the run that a dispatch caused |
//! | `image` | which version an image contains |
//! | `aim` | which members are left alone |
//! | `foresee` | what would be done, for a dry run |
//! | `would_go_back` | which members would go back, by what their images contain |

mod aim;
mod before;
mod dispatch;
mod document;
mod follow;
mod foresee;
mod image;
mod items;
mod refusal;
mod seen;
mod send;
mod since;
#[cfg(test)]
mod testing;
mod wave;
mod would_go_back;

pub use aim::Aim;
pub use before::note_earlier;
pub use document::{
    Cascade, Halt, ImageSeen, Row, RunSeen, SCHEMA, StageState, State, only_taken_back, skipped,
};
pub use follow::Pace;
pub use foresee::{Foresight, foresee};
pub use image::{Images, Wanted, observed};
pub use items::{Grouping, Item, items, recipient, unheard};
pub use would_go_back::WouldGoBack;

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::forge::Client;
use crate::journal::Operation;
use crate::registry::Registry;
use crate::release::freeze;
use crate::release::{Announcement, ReleaseId, Subject};
use wave::Rows;

/// The kind of the operation that records which members were notified of a version.
pub const KIND: &str = "release-cascade";

/// The input of a cascade.
pub struct Job<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// How members are notified.
    pub announcement: &'a Announcement,
    /// What members are notified of.
    pub release: ReleaseId<'a>,
    /// The repositories to notify, in order.
    pub items: &'a [Item],
    /// The forge.
    pub client: &'a Client,
    /// The journal of this cascade.
    pub operation: &'a Operation,
    /// The registry with the images.
    pub registry: &'a Registry,
    /// The image label that contains the version, by member slug.
    pub labels: &'a BTreeMap<String, String>,
    /// Which members are left alone.
    pub aim: Aim,
    /// The freeze that holds later waves; `None` to ignore it.
    pub freeze: Option<FreezeWatch<'a>>,
    /// Distinguishes a dispatch that is sent again from earlier ones of the same version.
    pub anew: &'a str,
    /// How runs are followed; `None` to not follow them.
    pub follow: Option<Pace>,
    /// Called with each progress message, one line each.
    pub say: &'a dyn Fn(&str),
    /// Called with all rows whenever one of them changed.
    pub noted: &'a dyn Fn(&[Row]),
}

/// How the freeze is read: the token for members need not see the platform's repository.
#[derive(Clone, Copy, Debug)]
pub struct FreezeWatch<'a> {
    /// A client that may read the platform's tags.
    pub client: &'a Client,
    /// What is released.
    pub subject: &'a Subject,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("version", &self.release.version).finish_non_exhaustive()
    }
}

/// The newer version that has overtaken a version, if one has.
#[must_use]
pub fn newer<'a>(version: &Version, newest: Option<&'a Version>) -> Option<&'a Version> {
    newest.filter(|newest| *newest > version)
}

/// The error for a version that a newer one has overtaken: a member notified of it would go back.
#[must_use]
pub fn overtaken(version: &Version, newest: Option<&Version>) -> Option<Error> {
    let newest = newer(version, newest)?;
    Some(Error::usage(format!(
        "{newest} is published; notifying members of {version} would take their images back"
    )))
}

/// Notifies all repositories, wave by wave. Also returns what halted the cascade early, if anything did. Waves exist so
/// that a release can be stopped between them: the freeze is checked before each wave but the first, which the caller
/// has checked.
///
/// # Errors
/// When the journal cannot be read or written. A problem with one member is reported in its row.
pub async fn run(job: &Job<'_>) -> Result<(Vec<Row>, Option<Halt>)> {
    let images = Images {
        fleet: job.fleet,
        registry: job.registry,
        labels: job.labels,
        wanted: Wanted { version: job.release.version, exactly: job.aim.goes_back },
        client: job.client,
    };
    let mut rows = Rows { rows: job.items.iter().map(Item::row).collect(), noted: job.noted };
    let waves: BTreeSet<u32> = job.items.iter().map(|item| item.wave).collect();
    let first = waves.first().copied();
    let mut halt = None;
    for wave in waves {
        let places: Vec<usize> = (0..)
            .zip(job.items)
            .filter(|(_, item)| item.wave == wave)
            .map(|(place, _)| place)
            .collect();
        let mut why = held_back(&rows.rows, wave);
        if Some(wave) != first
            && let Some(FreezeWatch { client, subject }) = job.freeze
        {
            // A freeze says more than that the members before are not through: these may have been taken back with it.
            let halted = match freeze::find(client, subject).await {
                Ok(None) => None,
                Ok(Some(freeze)) => {
                    let why = format!("releases are {}", freeze.in_words());
                    halt = Some(Halt::Frozen(freeze));
                    Some(why)
                }
                Err(_) if why.is_some() => None,
                Err(error) => {
                    let why = format!("whether releases are frozen cannot be read: {error}");
                    halt = Some(Halt::Unseen(why.clone()));
                    Some(why)
                }
            };
            if let Some(halted) = &halted {
                (job.say)(&format!("wave {wave} is not notified: {halted}"));
            }
            why = halted.or(why);
        }
        if let Some(why) = why {
            for place in places {
                rows.set(place, State::Held, Some(why.clone()));
            }
            continue;
        }
        wave::run(job, &images, &mut rows, &places).await?;
    }
    Ok((rows.rows, halt))
}

/// Why a wave has to wait: a repository of an earlier wave is not through. A repository which cannot be notified does
/// not hold others, since that may be permanent, but then another one must have gone first. A repository left alone
/// with an earlier version does not count as having gone.
fn held_back(rows: &[Row], wave: u32) -> Option<String> {
    let before = || rows.iter().filter(|row| row.wave < wave);
    let open: Vec<&str> = before()
        .filter(|row| !row.state.is_through() && !row.cannot_be_told)
        .map(|row| row.repository.as_str())
        .collect();
    if !open.is_empty() {
        let named: Vec<&str> = open.iter().take(NAMED).copied().collect();
        let more = match open.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Some(format!("wave {wave} waits for {}{more}", named.join(", ")));
    }
    let is_idle = |row: &Row| row.cannot_be_told || row.state == State::Earlier;
    (before().any(|row| row.cannot_be_told) && before().all(is_idle)).then(|| {
        format!(
            "wave {wave} waits: no member of the waves before it could be notified; --first names another"
        )
    })
}

/// The most repositories that a waiting wave names.
const NAMED: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wave: u32, state: State) -> Row {
        Row { wave, state, ..Row::default() }
    }

    #[test]
    fn a_wave_waits_for_all_before_it() {
        let rows = [row(1, State::Contained), row(1, State::Current), row(2, State::Planned)];
        assert_eq!(held_back(&rows, 2), None);
        let open = Row { repository: "acme/b".to_owned(), ..row(1, State::Unchecked) };
        let rows = [row(1, State::Contained), open, row(2, State::Planned)];
        assert_eq!(held_back(&rows, 2).as_deref(), Some("wave 2 waits for acme/b"));
    }

    #[test]
    fn one_that_cannot_be_told_holds_no_wave_unless_nobody_went_before() {
        let shut = || Row { cannot_be_told: true, ..row(1, State::Failed) };
        let rows = [row(1, State::Contained), shut(), row(2, State::Planned)];
        assert_eq!(held_back(&rows, 2), None);
        let why = held_back(&[shut(), row(2, State::Planned)], 2).unwrap_or_default();
        assert!(why.contains("no member of the waves before it could be notified"), "{why}");
        assert_eq!(held_back(&[shut()], 1), None);
        // What an image contains proves that its member went; that it is left alone with an earlier version does not.
        let beside = |state| [row(1, state), shut(), row(2, State::Planned)];
        assert_eq!(held_back(&beside(State::Current), 2), None);
        assert!(held_back(&beside(State::Earlier), 2).is_some());
        assert_eq!(held_back(&[row(1, State::Earlier), row(2, State::Planned)], 2), None);
    }
}
