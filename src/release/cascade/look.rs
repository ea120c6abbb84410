//! What images contain now: for who asks before members are told.

use std::collections::BTreeMap;

use pep440_rs::Version;

use super::document::{Row, State};
use super::image::{Fault, Images, Wanted};
use super::items::Item;
use crate::fleet::Fleet;
use crate::forge::Client;
use crate::registry::Registry;

/// Why a member is left alone that has an earlier version than all others go back to.
pub(super) const EARLIER: &str = "its image contains an earlier version: it is left alone";

/// What is looked at.
pub struct Look<'a> {
    /// The fleet.
    pub fleet: &'a Fleet,
    /// The version that members are to go back to.
    pub version: &'a Version,
    /// Whose images are looked at.
    pub items: &'a [Item],
    /// In whose time is waited.
    pub client: &'a Client,
    /// Where images are.
    pub registry: &'a Registry,
    /// The label of images that says which version is in them, by the slug of the member.
    pub labels: &'a BTreeMap<String, String>,
}

impl std::fmt::Debug for Look<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look").field("version", &self.version).finish_non_exhaustive()
    }
}

/// The images of each: those that contain this very version are current, the others planned.
pub async fn look(look: &Look<'_>) -> Vec<Row> {
    let images = Images {
        fleet: look.fleet,
        registry: look.registry,
        labels: look.labels,
        wanted: Wanted { version: look.version, exactly: true },
        client: look.client,
    };
    let held = images.of_each(look.items.iter().collect()).await;
    let row = |(item, held): (&Item, Vec<_>)| {
        let (state, reason) = match images.wanted.verdict(&held) {
            Ok(()) => (State::Current, None),
            Err(Fault::Old(_)) if !held.iter().any(|(_, it)| it.is_unknown()) => {
                (State::Current, Some(EARLIER.to_owned()))
            }
            Err(_) => (State::Planned, None),
        };
        Row {
            state,
            reason,
            images: held.iter().map(|(name, held)| held.seen(name)).collect(),
            ..item.row()
        }
    };
    look.items.iter().zip(held).map(row).collect()
}
